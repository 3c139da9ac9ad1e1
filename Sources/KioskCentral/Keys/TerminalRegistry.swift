/// The terminals this office knows: one file each, so that one can be enrolled or revoked while the server runs.

import Crypto
import FoundationEssentials
import KioskCore

struct TerminalRecord: Codable, Hashable, Sendable {
    var terminal: String
    /// SHA-256 of the one client certificate that is accepted, DER.
    var certificate: String
    /// Base64 Ed25519 public keys by key id. Old ones stay: a case may have been sealed before the last enrolment.
    var signingKeys: [String: String]
    /// Where a reader of a paper checks a code.
    var publicURL: String
    var enrolledAt: Timestamp
    var revokedAt: Timestamp?

    func signingKey(_ keyID: String) -> Curve25519.Signing.PublicKey? {
        guard let text = signingKeys[keyID], let bytes = Data(base64Encoded: text) else { return nil }
        return try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)
    }
}

struct TerminalRegistry: Sendable {
    private let folder: String

    init(data: DataFolder) throws(CentralError) {
        folder = data.path("terminals")
        try DurableFiles.makeFolder(folder)
    }

    /// Nil when the terminal was never enrolled.
    func record(of terminal: TerminalID) throws -> TerminalRecord? {
        let path = "\(folder)/\(terminal).json"
        guard DurableFiles.exists(path) else { return nil }
        let bytes = try DurableFiles.read(path, limit: 256 << 10)
        return try JSONDecoder().decode(TerminalRecord.self, from: Data(bytes))
    }

    func save(_ record: TerminalRecord, of terminal: TerminalID) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try DurableFiles.write(Array(try encoder.encode(record)), to: "\(folder)/\(terminal).json", mode: 0o600)
    }
}
