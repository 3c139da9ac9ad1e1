// What a broken or hostile terminal may send: each must be refused with a problem, and leave nothing behind.

import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import KioskCore
import Testing

@testable import KioskCentral

@Suite struct HostileTerminalTests {
    /// Ways to spoil a manifest, each with a name for the report.
    static let spoilers: [(name: String, change: @Sendable (inout CaseManifest) -> Void)] = [
        ("another protocol", { $0.proto = "case-sync/2" }),
        ("another suite", { $0.suite = "none" }),
        ("empty schema", { $0.schema = "" }),
        ("schema with a newline", { $0.schema = "kiosk\ncase" }),
        ("another terminal", { $0.terminal = "DL02" }),
        ("another case", { $0.caseID = "00000000-0000-4000-8000-000000000000" }),
        ("another revision", { $0.rev = 2 }),
        ("a negative epoch", { $0.epoch = -1 }),
        ("sequence zero", { $0.sequence = 0 }),
        ("no recipients", { $0.recipients = [] }),
        ("nine recipients", { $0.recipients = Array(repeating: $0.recipients[0], count: 9) }),
        ("recipients of somebody else", { $0.recipients = Array($0.recipients.dropFirst()) }),
        ("a huge encapsulated key", { $0.recipients[0].encapsulated = String(repeating: "A", count: 5000) }),
        ("no items", { $0.items = [] }),
        ("no case file", { $0.items[0].slot = "other" }),
        ("two items of one slot", { $0.items.append($0.items[0]) }),
        (
            "257 items",
            { manifest in
                for number in 0..<256 {
                    var item = manifest.items[0]
                    item.slot = "p\(number)"
                    manifest.items.append(item)
                }
            }
        ),
        ("a path for a slot", { spoilSecond(&$0) { $0.slot = "../../etc/passwd" } }),
        ("a dot for a slot", { spoilSecond(&$0) { $0.slot = ".." } }),
        ("an empty slot", { spoilSecond(&$0) { $0.slot = "" } }),
        ("a slot with markup", { spoilSecond(&$0) { $0.slot = "<b>" } }),
        ("a negative length", { $0.items[0].length = -1 }),
        ("the greatest length", { $0.items[0].length = .max }),
        ("a length of more chunks", { $0.items[0].length = 2 << 20 }),
        ("more chunks than the length", { $0.items[0].chunks.append($0.items[0].chunks[0]) }),
        ("no chunks", { $0.items[0].chunks = [] }),
        ("a path for a chunk", { $0.items[0].chunks = ["../../../etc/passwd"] }),
        (
            "capitals in a digest",
            {
                $0.items[0].sha256 = $0.items[0].sha256.uppercased() + "";
                $0.items[0].chunks = [String(repeating: "A", count: 64)]
            }
        ),
        ("a short digest", { $0.items[0].sha256 = "00" }),
        ("a media type with a header", { $0.items[0].mediaType = "text/html\r\nX: y" }),
        ("a previous hash of other letters", { $0.previousHash = String(repeating: "g", count: 64) }),
        (
            "a case of 600 MiB",
            { manifest in
                for number in 0..<10 {
                    manifest.items.append(
                        CaseManifest.Item(
                            slot: "p\(number)", mediaType: "image/jpeg", length: 60 << 20,
                            sha256: manifest.items[0].sha256,
                            chunks: Array(repeating: manifest.items[0].chunks[0], count: 60)))
                }
            }
        ),
    ]

    static func spoilSecond(_ manifest: inout CaseManifest, _ change: (inout CaseManifest.Item) -> Void) {
        var item = manifest.items[0]
        item.slot = "p1"
        change(&item)
        manifest.items.append(item)
    }

    @Test func everySpoiltManifestIsRefusedThoughItsSignatureIsGood() async throws {
        let office = try TestOffice()
        let file = Sample.file()
        let path = "/v1/kiosks/DL01/cases/\(file.caseID)/revs/1"
        try await office.kiosk { kiosk in
            for spoiler in Self.spoilers {
                let sealed = try office.client.seal(file, change: spoiler.change)
                let answer = try await kiosk.putManifest(sealed, path: path)
                #expect([.unprocessableContent, .contentTooLarge].contains(answer.status), "\(spoiler.name)")
                #expect(["malformed", "too-large", "no-recipient"].contains(answer.problem), "\(spoiler.name)")
            }
        }
        #expect(try await OfficeArchive(office.data).cases().isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(office.folder)/data/chunks").isEmpty)
    }

    @Test(arguments: [
        "", "x", "{}", "[]", "null", #"{"payload":1,"keyID":2,"signature":3}"#,
        #"{"payload":"","keyID":"","signature":""}"#, #"{"payload":"!!!","keyID":"../..","signature":"!!!"}"#,
        String(repeating: "[", count: 100_000),
    ])
    func bytesThatAreNoSignedDocumentAreRefused(body: String) async throws {
        let office = try TestOffice()
        let path = "/v1/kiosks/DL01/cases/\(UUID().uuidString.lowercased())/revs/1/manifest"
        try await office.kiosk { kiosk in
            let answer = try await kiosk.execute(uri: path, method: .put, body: ByteBuffer(string: body))
            #expect(answer.status == .unprocessableContent)
        }
    }

    @Test(arguments: [
        #"{"proto":"case-sync/1"}"#, "\u{0}", #"{"rev":1e999}"#, #"{"rev":99999999999999999999}"#,
        String(repeating: "{\"a\":", count: 5000),
    ])
    func signedBytesThatAreNoManifestAreRefused(payload: String) async throws {
        let office = try TestOffice()
        let document = try office.client.sign(Array(payload.utf8))
        try await office.kiosk { kiosk in
            let path = "/v1/kiosks/DL01/cases/\(UUID().uuidString.lowercased())/revs/1/manifest"
            let answer = try await kiosk.send(.put, path, json: document)
            #expect(answer.problem == "malformed")
        }
    }

    @Test func aBodyAboveTheLimitIsRefused() async throws {
        let office = try TestOffice()
        try await office.kiosk { kiosk in
            let answer = try await kiosk.execute(
                uri: "/v1/kiosks/DL01/cases/\(UUID().uuidString.lowercased())/revs/1/manifest", method: .put,
                body: ByteBuffer(repeating: 0x20, count: SyncLimits.manifestBytes + 1))
            #expect(answer.status == .contentTooLarge)
            #expect(answer.problem == "too-large")
        }
    }

    @Test(arguments: [
        "/v1/kiosks/DL01/cases/..%2f..%2fetc/revs/1/manifest",
        "/v1/kiosks/DL01/cases/00000000-0000-1000-8000-000000000000/revs/1/manifest",
        "/v1/kiosks/DL01/cases/0000000000000-4000-8000-000000000000/revs/1/manifest",
        "/v1/kiosks/DL01/cases/00000000-0000-4000-8000-000000000000/revs/0/manifest",
        "/v1/kiosks/DL01/cases/00000000-0000-4000-8000-000000000000/revs/-1/manifest",
        "/v1/kiosks/DL01/cases/00000000-0000-4000-8000-000000000000/revs/99999999999999999999/manifest",
    ])
    func aPathThatNamesNoCaseIsRefused(path: String) async throws {
        let office = try TestOffice()
        try await office.kiosk { kiosk in
            let answer = try await kiosk.execute(uri: path, method: .put)
            #expect(answer.problem == "malformed")
        }
    }

    @Test func aTerminalMayOnlySpeakForItself() async throws {
        let office = try TestOffice()
        let sealed = try office.client.seal(Sample.file())
        for identity in ["DL02", "dl01", "DL01 ", nil] {
            try await office.kiosk(as: identity) { kiosk in
                let answer = try await kiosk.putManifest(sealed)
                #expect(answer.status == .forbidden)
                #expect(answer.problem == "wrong-terminal")
            }
        }
        try await office.kiosk(as: "DL09") { kiosk in
            let answer = try await kiosk.putManifest(
                sealed, path: "/v1/kiosks/DL09/cases/\(sealed.manifest.caseID)/revs/1")
            #expect(answer.problem == "unknown-terminal")
        }
    }

    @Test func aRevokedOrReplacedCertificateIsRefusedWhileTheOfficeRuns() async throws {
        let office = try TestOffice()
        let sealed = try office.client.seal(Sample.file())
        try await office.kiosk(as: "DL01", certificate: String(repeating: "0", count: 64)) { kiosk in
            let answer = try await kiosk.putManifest(sealed)
            #expect(answer.problem == "revoked")
        }
        try OfficeSetup.revoke(office.data, terminal: "DL01", now: office.time.now())
        try await office.kiosk { kiosk in
            let answer = try await kiosk.putManifest(sealed)
            #expect(answer.status == .forbidden)
            #expect(answer.problem == "revoked")
        }
    }

    @Test func unknownResourcesAreProblemsToo() async throws {
        let office = try TestOffice()
        try await office.kiosk { kiosk in
            for path in ["/", "/v1", "/v1/kiosks/DL01", "/cases", "/office.css"] {
                let answer = try await kiosk.execute(uri: path, method: .get)
                #expect(answer.status == .notFound)
                #expect(answer.problem == "not-found")
            }
        }
    }

    @Test func aContentDigestIsReadAsRFC9530SaysAndNeverTraps() {
        let digest = Data(repeating: 7, count: 32).base64EncodedString()
        #expect(contentDigest("sha-256=:\(digest):") == [UInt8](repeating: 7, count: 32))
        #expect(contentDigest("md5=:AAAA:, sha-256=:\(digest):") == [UInt8](repeating: 7, count: 32))
        for text in [
            "", ",", "sha-256", "sha-256=", "sha-256=:", "sha-256=::", "sha-256=:AAAA:", "sha-256=\(digest)",
            String(repeating: "sha-256=:AAAA:,", count: 1000), "\u{0}", "sha-256=:\(digest)",
        ] {
            #expect(contentDigest(text) == nil, "\(text.prefix(40))")
        }
    }
}
