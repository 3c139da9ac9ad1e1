/// A chip card's answer to reset (ISO/IEC 7816-3, chapter 8): its protocols and their parameters.

/// Transmission protocols this terminal speaks; the raw value is T.
enum TransmissionProtocol: UInt8, Hashable, Sendable, CaseIterable {
    case t0, t1
}

struct AnswerToReset: Hashable, Sendable {
    /// TA2: the card speaks this way and no other.
    struct SpecificMode: Hashable, Sendable {
        var protocolNumber: UInt8
        /// The card's speed is not that of TA1 but one agreed outside the standard.
        var hasImplicitParameters: Bool
    }

    /// TS and at most 32 characters.
    static let longest = 33

    var isInverse: Bool
    /// TA1: Fi in the high half, Di in the low; nil when absent (then 0x11).
    var speed: UInt8?
    /// TC1.
    var extraGuardTime: UInt8 = 0
    /// TC2 for T=0.
    var waitingInteger: UInt8 = 10
    var specificMode: SpecificMode?
    /// T numbers, the card's first choice first; never empty.
    var protocolNumbers: [UInt8]
    /// The first TA for T=1: information bytes the card takes in one block.
    var informationFieldSize: UInt8 = 32
    /// The first TB for T=1: BWI and CWI.
    var blockWaiting: UInt8 = 0x4D
    /// The first TC for T=1: blocks end in a CRC instead of an LRC.
    var usesCRC = false
    var historicalBytes: [UInt8]

    init(_ bytes: [UInt8]) throws(CodecError) {
        guard bytes.count <= Self.longest else { throw CodecError(.answerToReset, .tooLarge, "answer to reset") }
        guard let initial = bytes.uint8(0), let format = bytes.uint8(1) else {
            throw CodecError(.answerToReset, .truncated, "answer to reset")
        }
        switch initial {
        case 0x3B: isInverse = false
        // 0x03 is how a reader that does not turn the bits round shows the inverse convention.
        case 0x3F, 0x03: isInverse = true
        default: throw CodecError(.answerToReset, .badValue, "TS")
        }
        var offset = 2
        func next(_ name: String) throws(CodecError) -> UInt8 {
            guard let byte = bytes.uint8(offset) else { throw CodecError(.answerToReset, .truncated, name) }
            offset += 1
            return byte
        }
        var offered: [UInt8] = []
        var needsCheck = false
        var protocolNumber: UInt8 = 0
        var sizeIsKnown = false
        var waitingIsKnown = false
        var codeIsKnown = false
        var group = 1
        var indicator = format >> 4
        // Every turn takes at least one of at most 33 bytes.
        while true {
            if indicator & 1 != 0 {
                let value = try next("TA\(group)")
                if group == 1 {
                    speed = value
                } else if group == 2 {
                    specificMode = SpecificMode(
                        protocolNumber: value & 0x0F, hasImplicitParameters: value & 0x10 != 0)
                } else if protocolNumber == 1, !sizeIsKnown {
                    guard (1...0xFE).contains(value) else { throw CodecError(.answerToReset, .badValue, "IFSC") }
                    (informationFieldSize, sizeIsKnown) = (value, true)
                }
            }
            if indicator & 2 != 0 {
                let value = try next("TB\(group)")
                if group > 2, protocolNumber == 1, !waitingIsKnown { (blockWaiting, waitingIsKnown) = (value, true) }
            }
            if indicator & 4 != 0 {
                let value = try next("TC\(group)")
                if group == 1 {
                    extraGuardTime = value
                } else if group == 2 {
                    waitingInteger = value
                } else if protocolNumber == 1, !codeIsKnown {
                    (usesCRC, codeIsKnown) = (value & 1 != 0, true)
                }
            }
            guard indicator & 8 != 0 else { break }
            let value = try next("TD\(group)")
            protocolNumber = value & 0x0F
            if protocolNumber != 0 { needsCheck = true }
            // T=15 stands before global interface bytes and is no protocol.
            if protocolNumber != 15, !offered.contains(protocolNumber) { offered.append(protocolNumber) }
            indicator = value >> 4
            group += 1
        }
        protocolNumbers = offered.isEmpty ? [0] : offered
        let historicalEnd = offset + Int(format & 0x0F)
        guard bytes.count >= historicalEnd + (needsCheck ? 1 : 0) else {
            throw CodecError(.answerToReset, .truncated, "historical bytes")
        }
        guard bytes.count == historicalEnd + (needsCheck ? 1 : 0) else {
            throw CodecError(.answerToReset, .badLength, "answer to reset")
        }
        historicalBytes = Array(bytes[offset..<historicalEnd])
        if needsCheck, bytes.dropFirst().reduce(0, ^) != 0 {
            throw CodecError(.answerToReset, .badChecksum, "TCK")
        }
    }

    /// The card takes extended lengths: card capabilities in the historical bytes (ISO/IEC 7816-4, 8.1.1.2.7).
    var takesExtendedLength: Bool {
        guard let category = historicalBytes.first, category == 0x00 || category == 0x80 else { return false }
        var offset = 1
        while let head = historicalBytes.uint8(offset) {
            let length = Int(head & 0x0F)
            if head >> 4 == 7, length >= 3, let capabilities = historicalBytes.uint8(offset + 3) {
                return capabilities & 0x40 != 0
            }
            offset += 1 + length
        }
        return false
    }
}
