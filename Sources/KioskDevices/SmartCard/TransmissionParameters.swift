/// How reader and card agree on protocol and speed: PPS (ISO/IEC 7816-3, chapter 9) and SetParameters (CCID 1.1, 6.1.7).

/// Protocol and speed that a card and its reader can both do.
struct ProtocolSelection: Hashable, Sendable {
    /// 0x11: F = 372, D = 1, which every card begins with.
    static let defaultSpeed: UInt8 = 0x11

    var transmissionProtocol: TransmissionProtocol
    /// F and D as in TA1.
    var speed = Self.defaultSpeed
    /// The card must be asked for it before it is used.
    var needsRequest = false

    /// The card's first protocol that the reader has; the card's speed when the reader keeps up with it.
    /// `prefersDefaults`: nothing that must be asked for, when there is a choice.
    init(
        card: AnswerToReset, reader: CCIDDescriptor, prefersDefaults: Bool = false
    ) throws(SmartCardError) {
        if let specific = card.specificMode {
            guard let fixed = TransmissionProtocol(rawValue: specific.protocolNumber), reader.protocols.contains(fixed)
            else { throw SmartCardError(.cardUnsupported, "T=\(specific.protocolNumber) is not the reader's") }
            guard !specific.hasImplicitParameters || reader.features.contains(.automaticNegotiation) else {
                throw SmartCardError(.cardUnsupported, "speed agreed outside the standard")
            }
            transmissionProtocol = fixed
            speed = card.speed ?? Self.defaultSpeed
        } else {
            let known = card.protocolNumbers.compactMap(TransmissionProtocol.init(rawValue:))
            guard let chosen = known.first(where: reader.protocols.contains) else {
                throw SmartCardError(.cardUnsupported, "no protocol of the card is the reader's")
            }
            transmissionProtocol = chosen
            if !prefersDefaults, let wanted = card.speed, Self.isPossible(wanted, reader) { speed = wanted }
            needsRequest = speed != Self.defaultSpeed || chosen.rawValue != card.protocolNumbers.first
        }
        if transmissionProtocol == .t1, card.usesCRC {
            throw SmartCardError(.cardUnsupported, "blocks with CRC")
        }
    }

    /// PPSS, PPS0, PPS1 and PCK.
    var request: [UInt8] {
        let body: [UInt8] = [0xFF, 0x10 | transmissionProtocol.rawValue, speed]
        return body + [body.reduce(0, ^)]
    }

    /// Takes the card's answer: as asked, or without PPS1 when the card keeps the default speed.
    mutating func take(answer: [UInt8]) throws(CodecError) {
        guard (3...6).contains(answer.count) else { throw CodecError(.protocolSelection, .badLength, "PPS") }
        guard answer.reduce(0, ^) == 0 else { throw CodecError(.protocolSelection, .badChecksum, "PCK") }
        if answer == request { return }
        guard answer == [0xFF, transmissionProtocol.rawValue, 0xFF ^ transmissionProtocol.rawValue] else {
            throw CodecError(.protocolSelection, .badValue, "PPS")
        }
        speed = Self.defaultSpeed
    }

    /// F and D of ISO/IEC 7816-3 tables 7 and 8; 0 is reserved.
    private static let clockRateConversion: [UInt64] = [
        372, 372, 558, 744, 1116, 1488, 1860, 0, 0, 512, 768, 1024, 1536, 2048, 0, 0,
    ]
    private static let baudRateAdjustment: [UInt64] = [0, 1, 2, 4, 8, 16, 32, 64, 12, 20, 0, 0, 0, 0, 0, 0]

    private static func isPossible(_ speed: UInt8, _ reader: CCIDDescriptor) -> Bool {
        let divisor = clockRateConversion[Int(speed >> 4)]
        let factor = baudRateAdjustment[Int(speed & 0x0F)]
        guard divisor > 0, factor > 0 else { return false }
        return UInt64(reader.defaultClock) * 1000 * factor / divisor <= UInt64(reader.maximumDataRate)
    }
}

/// `abProtocolDataStructure`: what a reader that does not see to it itself must know of the card.
struct TransmissionParameters: Hashable, Sendable {
    var transmissionProtocol: TransmissionProtocol
    var bytes: [UInt8]

    init(_ selection: ProtocolSelection, card: AnswerToReset) {
        transmissionProtocol = selection.transmissionProtocol
        let convention: UInt8 = card.isInverse ? 0x02 : 0x00
        switch selection.transmissionProtocol {
        case .t0:
            bytes = [selection.speed, convention, card.extraGuardTime, card.waitingInteger, 0]
        case .t1:
            bytes = [
                selection.speed, 0x10 | convention, card.extraGuardTime, card.blockWaiting, 0,
                card.informationFieldSize, 0,
            ]
        }
    }
}
