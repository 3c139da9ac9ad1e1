// The real listeners on loopback: who gets through TLS, and who the office takes them for.

import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import KioskCentral
import KioskCore
import NIOSSL
import Testing

@Suite struct MutualTLSTests {
    /// The client's side of TLS with the files of an enrolment folder; no certificate when `identity` is nil.
    static func tls(trust: String, identity: String?) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile("\(trust)/ca.pem"))
        if let identity {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMFile("\(identity)/client.pem")
                .map { .certificate($0) }
            configuration.privateKey = .privateKey(
                try NIOSSLPrivateKey(file: "\(identity)/client.key.pem", format: .pem))
        }
        return configuration
    }

    static func put(_ sealed: SealedCase, port: Int, _ tls: TLSConfiguration) async throws -> HTTPResponse.Status {
        try await TestClient.withClient(
            host: "localhost", port: port, configuration: .init(tlsConfiguration: tls, serverName: "localhost")
        ) { client in
            let body = ByteBuffer(bytes: try JSONEncoder().encode(sealed.document))
            return try await client.put("\(sealed.path)/manifest", body: body).status
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func onlyAnEnrolledCertificateOfOurAuthorityGetsThrough() async throws {
        let office = try TestOffice()
        let stranger = try TestOffice()
        try OfficeSetup.enrol(
            office.data, terminal: "DL02", out: "\(office.folder)/DL02", officeURL: "https://a", publicURL: "https://b",
            now: office.time.now())
        let sealed = try office.client.seal(Sample.file())
        let ours = "\(office.folder)/DL01"
        let enrolled = try Self.tls(trust: ours, identity: ours)
        let nobody = try Self.tls(trust: ours, identity: nil)
        let foreign = try Self.tls(trust: ours, identity: "\(stranger.folder)/DL01")
        let neighbour = try Self.tls(trust: ours, identity: "\(office.folder)/DL02")
        let mistrusting = try Self.tls(trust: "\(stranger.folder)/DL01", identity: ours)
        try await office.serving { kioskPort, officePort in
            #expect(try await Self.put(sealed, port: kioskPort, enrolled) == .accepted)
            #expect(try await Self.put(sealed, port: kioskPort, neighbour) == .forbidden)
            await #expect(throws: (any Error).self) { try await Self.put(sealed, port: kioskPort, nobody) }
            await #expect(throws: (any Error).self) { try await Self.put(sealed, port: kioskPort, foreign) }
            await #expect(throws: (any Error).self) { try await Self.put(sealed, port: kioskPort, mistrusting) }
            // The staff's listener asks for no certificate, and knows nothing of the terminals' routes.
            #expect(try await Self.put(sealed, port: officePort, nobody) == .notFound)
            // A new enrolment ends the certificate before it, at once.
            try OfficeSetup.enrol(
                office.data, terminal: "DL01", out: "\(office.folder)/new", officeURL: "https://a",
                publicURL: "https://b", now: office.time.now())
            #expect(try await Self.put(sealed, port: kioskPort, enrolled) == .forbidden)
            let renewed = try Self.tls(trust: ours, identity: "\(office.folder)/new")
            #expect(try await Self.put(sealed, port: kioskPort, renewed) == .accepted)
        }
    }
}
