// The SAM-V wire format from the reader's side: frames, commands, status codes (GA/T 467-2019 as vendors print it).

/// A step of the reader's work, by the command that asks for it.
public enum SAMVStep: String, Codable, Sendable, CaseIterable {
    /// 10 FF
    case reset
    /// 11 FF
    case status
    /// 12 FF
    case identify
    /// 20 01
    case find
    /// 20 02
    case select
    /// 30 01 and 30 10
    case read
    /// 30 03
    case readMore
    /// 61 FF
    case setMaximumRFByte

    init?(command: UInt8, parameter: UInt8) {
        switch (command, parameter) {
        case (0x10, 0xFF): self = .reset
        case (0x11, 0xFF): self = .status
        case (0x12, 0xFF): self = .identify
        case (0x20, 0x01): self = .find
        case (0x20, 0x02): self = .select
        case (0x30, 0x01), (0x30, 0x10): self = .read
        case (0x30, 0x03): self = .readMore
        case (0x61, 0xFF): self = .setMaximumRFByte
        default: return nil
        }
    }

    /// Bytes that stand between the parameter and the checksum of the request.
    var dataLength: Int { self == .setMaximumRFByte ? 1 : 0 }
}

/// How a reader misbehaves.
public enum SAMVFault: Hashable, Sendable {
    /// The card leaves the field just as the step begins.
    case cardLifted
    /// This SW3 instead of an answer.
    case status(UInt8)
    case wrongChecksum
    /// LEN promises 16 bytes that never come.
    case lengthTooLarge
    /// LEN leaves out the last byte.
    case lengthTooShort
    /// These bytes come before the preamble.
    case noise([UInt8])
    case oneBytePackets
    /// The whole frame in one transfer.
    case coalesced
    /// The answer comes this much later.
    case late(Duration)
    /// No answer at all.
    case silence
    /// The photo record has length 0.
    case noPhoto
    /// This UTF-16 unit stands where the card's kind does.
    case kindLetter(UInt16)

    /// The host cannot have understood the answer.
    var spoilsReply: Bool {
        switch self {
        case .wrongChecksum, .lengthTooLarge, .lengthTooShort, .silence, .status: true
        default: false
        }
    }
}

enum SAMVFrame {
    static let preamble: [UInt8] = [0xAA, 0xAA, 0xAA, 0x96, 0x69]
    /// Preamble and LEN.
    static let headerLength = 7
    /// No request is longer; a LEN above it is answered with 11.
    static let longestRequest = 64

    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt8 {
        bytes.reduce(0, ^)
    }

    /// Preamble, LEN, SW1 SW2 SW3, data, CHK.
    static func reply(_ status: UInt8, _ data: [UInt8] = []) -> [UInt8] {
        let length = UInt16(data.count + 4)
        let checked = [UInt8(length >> 8), UInt8(truncatingIfNeeded: length), 0, 0, status] + data
        return preamble + checked + [checksum(checked)]
    }
}
