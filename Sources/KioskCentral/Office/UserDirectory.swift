/// The people who may open the office pages: one file each with a salted scrypt hash (RFC 7914).

import Crypto
import FoundationEssentials
import KioskCore
import _CryptoExtras

struct PasswordHash: Codable, Hashable, Sendable {
    /// scrypt's N; with r = 8 it takes 128 · N · 8 bytes of memory: 32 MiB.
    static let rounds = 1 << 15
    private static let blockSize = 8

    var salt: String
    var hash: String
    var rounds: Int

    /// Blocks for about a tenth of a second.
    init(password: String, rounds: Int = Self.rounds) throws {
        let salt = randomBytes(16)
        self.salt = Data(salt).base64EncodedString()
        self.rounds = rounds
        hash = Data(try Self.derive(password, salt: salt, rounds: rounds)).base64EncodedString()
    }

    /// Blocks as long as making one.
    func matches(_ password: String) -> Bool {
        guard let salt = Data(base64Encoded: salt), let expected = Data(base64Encoded: hash),
            let derived = try? Self.derive(password, salt: Array(salt), rounds: rounds)
        else { return false }
        return equalInConstantTime(derived, Array(expected))
    }

    private static func derive(_ password: String, salt: [UInt8], rounds: Int) throws -> [UInt8] {
        try KDF.Scrypt.deriveKey(
            from: Array(password.utf8), salt: salt, outputByteCount: 32, rounds: rounds, blockSize: blockSize,
            parallelism: 1
        ).withUnsafeBytes { Array($0) }
    }
}

struct UserDirectory: Sendable {
    private let folder: String

    init(data: DataFolder) throws(CentralError) {
        folder = data.path("users")
        try DurableFiles.makeFolder(folder)
    }

    var isEmpty: Bool { !DurableFiles.names(in: folder).contains { $0.hasSuffix(".json") } }

    /// One to thirty-two lower-case letters, digits, `.`, `_` and `-`; a letter or digit first.
    static func isName(_ name: some StringProtocol) -> Bool {
        let bytes = Array(name.utf8)
        guard (1...32).contains(bytes.count), let first = bytes.first, isLetterOrDigit(first) else { return false }
        return bytes.allSatisfy { isLetterOrDigit($0) || [0x2D, 0x2E, 0x5F].contains($0) }
    }

    func save(name: String, password: String, now: Timestamp) throws {
        guard Self.isName(name) else {
            throw CentralError(.invalid, "a user's name is 1 to 32 of a-z, 0-9, '.', '_' and '-'")
        }
        guard (10...1024).contains(password.utf8.count) else {
            throw CentralError(.invalid, "a password has 10 to 1024 bytes")
        }
        let hash = try PasswordHash(password: password)
        try DurableFiles.write(Array(try JSONEncoder().encode(hash)), to: "\(folder)/\(name).json", mode: 0o600)
    }

    func hash(of name: String) -> PasswordHash? {
        guard Self.isName(name), let bytes = try? DurableFiles.read("\(folder)/\(name).json", limit: 4096) else {
            return nil
        }
        return try? JSONDecoder().decode(PasswordHash.self, from: Data(bytes))
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
    }
}
