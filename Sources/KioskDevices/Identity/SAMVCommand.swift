/// The requests of GA/T 467 that a terminal makes, and what can be an answer to each.

/// A request to the reader, with the bytes that its model has for it.
struct SAMVCommand: Hashable, Sendable {
    var name: SAMVSettings.Command
    private var code: SAMVSettings.CommandBytes
    private var data: [UInt8]

    /// `changes`: where the reader's model differs from the standard.
    init(
        _ name: SAMVSettings.Command, data: [UInt8] = [],
        changes: [SAMVSettings.Command: SAMVSettings.CommandBytes] = [:]
    ) {
        self.name = name
        self.data = data
        code = changes[name] ?? Self.standard(name)
    }

    private static func standard(_ name: SAMVSettings.Command) -> SAMVSettings.CommandBytes {
        switch name {
        case .resetSAM: .init(0x10, 0xFF)
        case .samStatus: .init(0x11, 0xFF)
        case .samIdentifier: .init(0x12, 0xFF)
        case .findCard: .init(0x20, 0x01)
        case .selectCard: .init(0x20, 0x02)
        case .readBase: .init(0x30, 0x01)
        case .readBaseWithFingerprints: .init(0x30, 0x10)
        case .setMaximumRFByte: .init(0x61, 0xFF)
        }
    }

    var bytes: [UInt8] {
        let length = UInt16(clamping: data.count + 3)
        let body =
            [UInt8(length >> 8), UInt8(truncatingIfNeeded: length), code.command, code.parameter] + data
        return SAMVFrame.preamble + body + [SAMVFrame.checksum(body)]
    }

    /// Whether `response` can be an answer to this command. A reader numbers nothing, so an answer that came too late
    /// for its own command is told apart by its status and size: no two steps of the sequence share one.
    func isAnswered(by response: SAMVResponse) -> Bool {
        switch response.status {
        case .found: return name == .findCard
        case .done:
            let count = response.data.count
            switch name {
            case .findCard: return false
            case .selectCard: return count == 8
            case .samIdentifier: return count == 16
            // Longer than any other answer; its own length fields say more.
            case .readBase, .readBaseWithFingerprints: return count > 16
            case .resetSAM, .samStatus, .setMaximumRFByte: return count == 0
            }
        // Of the additional address alone, which is never asked for.
        case .itemAbsent: return false
        case .noCard, .selectFailed, .cardRejectedSAM, .samRejectedCard, .unknownCard, .randomNumberFailed,
            .informationCheckFailed, .fingerprintCheckFailed, .lengthError, .readFailed:
            switch name {
            case .findCard, .selectCard, .readBase, .readBaseWithFingerprints: return true
            case .resetSAM, .samStatus, .samIdentifier, .setMaximumRFByte: return false
            }
        default: return true
        }
    }
}
