/// Names that come from outside, checked before they reach a path, a query or a page.

import Crypto
import KioskCore

/// A SHA-256, as 64 lower-case hexadecimal digits.
public struct ContentDigest: Hashable, Sendable, CustomStringConvertible {
    public let hex: String

    /// Nil unless `hex` is 64 lower-case hexadecimal digits.
    public init?(hex: some StringProtocol) {
        guard hex.utf8.count == 64, hex.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        self.hex = String(hex)
    }

    init(_ digest: SHA256Digest) {
        hex = hexadecimal(digest)
    }

    init(of bytes: [UInt8]) {
        self.init(SHA256.hash(data: bytes))
    }

    public var description: String { hex }
}

/// A terminal's id: two to sixteen capitals, digits and hyphens, a capital first.
public struct TerminalID: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard (2...16).contains(bytes.count), let first = bytes.first, (0x41...0x5A).contains(first),
            bytes.allSatisfy({ (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D })
        else { return nil }
        self.text = String(text)
    }

    public var description: String { text }
}

/// One revision of one case of one terminal.
public struct CaseReference: Hashable, Sendable, CustomStringConvertible {
    public let terminal: TerminalID
    /// UUID version 4, lower case.
    public let caseID: String
    /// From 1 to 9999.
    public let rev: Int

    public init?(terminal: TerminalID, caseID: some StringProtocol, rev: Int) {
        guard Self.isCaseID(caseID), (1...9999).contains(rev) else { return nil }
        self.terminal = terminal
        self.caseID = String(caseID)
        self.rev = rev
    }

    /// 36 bytes: lower-case hexadecimal digits with hyphens at the places RFC 9562 gives, version 4.
    static func isCaseID(_ text: some StringProtocol) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 36, bytes[14] == 0x34, [0x38, 0x39, 0x61, 0x62].contains(bytes[19]) else { return false }
        return bytes.enumerated().allSatisfy { index, byte in
            [8, 13, 18, 23].contains(index)
                ? byte == 0x2D : (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
        }
    }

    public var description: String { "\(terminal)/\(caseID)/\(rev)" }
}

/// A slot of a manifest: `case` or an attachment's id. It becomes a name in a URL and in a zip.
func isSlot(_ text: some StringProtocol) -> Bool {
    let bytes = Array(text.utf8)
    guard (1...128).contains(bytes.count), let first = bytes.first, first != 0x2E else { return false }
    return bytes.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
        default: false
        }
    }
}

/// `type/subtype` in lower-case letters, digits, `.`, `+` and `-`, at most 64 bytes.
func isMediaType(_ text: some StringProtocol) -> Bool {
    let parts = text.utf8.split(separator: 0x2F, omittingEmptySubsequences: false)
    guard text.utf8.count <= 64, parts.count == 2 else { return false }
    return parts.allSatisfy { part in
        !part.isEmpty
            && part.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x61...0x7A, 0x2B, 0x2D, 0x2E: true
                default: false
                }
            }
    }
}

func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}

/// Compares in a time that depends on the lengths alone.
func equalInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
}

/// `count` bytes of the system's generator.
func randomBytes(_ count: Int) -> [UInt8] {
    SymmetricKey(size: SymmetricKeySize(bitCount: count * 8)).withUnsafeBytes { Array($0) }
}
