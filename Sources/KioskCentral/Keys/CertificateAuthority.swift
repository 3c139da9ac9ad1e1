/// The office's own certificate authority (P-256): it issues the server's certificate and one to each terminal.

import Crypto
import FoundationEssentials
import KioskCore
import SwiftASN1
import X509

struct CertificateAuthority {
    private static let days: TimeInterval = 86_400
    private let key: P256.Signing.PrivateKey
    let certificate: Certificate

    /// Reads the authority of this folder, or makes it.
    init(data: DataFolder, now: Timestamp) throws {
        let keyPath = data.key("ca.key.pem")
        let certificatePath = data.key("ca.pem")
        if !DurableFiles.exists(keyPath) {
            let key = P256.Signing.PrivateKey()
            let name = try DistinguishedName {
                OrganizationName("Kiosk Central Office")
                CommonName("Kiosk Central Office CA \(hexadecimal(randomBytes(4)))")
            }
            let publicKey = Certificate.PublicKey(key.publicKey)
            let certificate = try Certificate(
                version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: publicKey,
                notValidBefore: date(now) - 3600, notValidAfter: date(now) + 3650 * Self.days, issuer: name,
                subject: name,
                extensions: try Certificate.Extensions {
                    Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                    Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                    SubjectKeyIdentifier(hash: publicKey)
                },
                issuerPrivateKey: Certificate.PrivateKey(key))
            try DurableFiles.write(
                Array(try certificate.serializeAsPEM().pemString.utf8), to: certificatePath, mode: 0o644)
            try DurableFiles.write(Array(key.pemRepresentation.utf8), to: keyPath, mode: 0o600)
        }
        key = try P256.Signing.PrivateKey(pemRepresentation: try Self.text(keyPath))
        certificate = try Certificate(pemEncoded: try Self.text(certificatePath))
    }

    /// Writes `server.pem` for these names, unless it already stands for them and for another month.
    func ensureServerCertificate(data: DataFolder, hosts: [String], now: Timestamp) throws {
        let path = data.key("server.pem")
        let names = hosts.map(Self.generalName)
        if DurableFiles.exists(path), DurableFiles.exists(data.key("server.key.pem")) {
            let present = try Certificate(pemEncoded: try Self.text(path))
            let presentNames = try present.extensions.subjectAlternativeNames.map(Array.init) ?? []
            if Set(presentNames) == Set(names), present.notValidAfter > date(now) + 30 * Self.days { return }
        }
        let serverKey = P256.Signing.PrivateKey()
        let certificate = try issue(
            subject: hosts.first ?? "localhost", publicKey: serverKey.publicKey, names: names, usage: .serverAuth,
            validDays: 825, now: now)
        try DurableFiles.write(Array(serverKey.pemRepresentation.utf8), to: data.key("server.key.pem"), mode: 0o600)
        try DurableFiles.write(Array(try certificate.serializeAsPEM().pemString.utf8), to: path, mode: 0o644)
    }

    /// A client certificate whose subject's common name is the terminal's id, valid for two years.
    func issueTerminalCertificate(
        _ terminal: TerminalID, now: Timestamp
    ) throws -> (pem: String, keyPEM: String, fingerprint: ContentDigest) {
        let clientKey = P256.Signing.PrivateKey()
        let certificate = try issue(
            subject: terminal.text, publicKey: clientKey.publicKey, names: [], usage: .clientAuth, validDays: 730,
            now: now)
        let document = try certificate.serializeAsPEM()
        return (document.pemString, clientKey.pemRepresentation, ContentDigest(of: document.derBytes))
    }

    private func issue(
        subject: String, publicKey: P256.Signing.PublicKey, names: [GeneralName], usage: ExtendedKeyUsage.Usage,
        validDays: Int, now: Timestamp
    ) throws -> Certificate {
        let subjectKey = Certificate.PublicKey(publicKey)
        return try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: subjectKey,
            notValidBefore: date(now) - 3600, notValidAfter: date(now) + Double(validDays) * Self.days,
            issuer: certificate.subject,
            subject: try DistinguishedName {
                OrganizationName("Kiosk Central Office")
                CommonName(subject)
            },
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([usage])
                SubjectKeyIdentifier(hash: subjectKey)
                AuthorityKeyIdentifier(keyIdentifier: SubjectKeyIdentifier(hash: certificate.publicKey).keyIdentifier)
                if !names.isEmpty { SubjectAlternativeNames(names) }
            },
            issuerPrivateKey: Certificate.PrivateKey(key))
    }

    private static func generalName(_ host: String) -> GeneralName {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        let octets = parts.compactMap { $0 }
        guard parts.count == 4, octets.count == 4 else { return .dnsName(host) }
        return .ipAddress(ASN1OctetString(contentBytes: octets[...]))
    }

    static func text(_ path: String) throws(CentralError) -> String {
        String(decoding: try DurableFiles.read(path, limit: 64 << 10), as: UTF8.self)
    }
}

/// The common name of a certificate's subject; nil when there is none or more than one.
func commonName(ofCertificate bytes: [UInt8]) -> String? {
    guard let certificate = try? Certificate(derEncoded: bytes) else { return nil }
    let names = certificate.subject.flatMap { $0 }.filter { $0.type == .RDNAttributeType.commonName }
    guard names.count == 1, let name = names.first else { return nil }
    return String(name.value)
}

private func date(_ time: Timestamp) -> Date {
    Date(timeIntervalSince1970: Double(time.milliseconds) / 1000)
}
