/// The messages between host and chip-card reader (CCID 1.1, chapter 6).
///
/// Each begins with ten bytes: type, dwLength (LE), bSlot, bSeq and three bytes of the type's own.

enum CCIDMessage {
    static let headerLength = 10
    /// Terminals have readers of one slot.
    static let slot: UInt8 = 0
}

/// `bPowerSelect`.
enum CCIDVoltage: UInt8, Hashable, Sendable {
    case automatic, five, three, onePointEight
}

/// `wLevelParameter`: which part of an APDU a block carries (6.1.4).
enum CCIDBlockPart: UInt16, Hashable, Sendable {
    case whole = 0
    case first = 1
    case last = 2
    case middle = 3
    /// Empty: asks for the next part of the answer.
    case continueAnswer = 0x10

    /// The same value as `bChainParameter` of an answer.
    var wireByte: UInt8 { UInt8(truncatingIfNeeded: rawValue) }
}

/// What the host may ask of a reader. Escape, Secure and the commands of a PIN pad are not among them.
enum CCIDCommand: Hashable, Sendable {
    case powerOn(CCIDVoltage)
    case powerOff
    case slotStatus
    case transfer(CardBytes?, part: CCIDBlockPart, waitingMultiplier: UInt8)
    case setParameters(TransmissionParameters)
    case abort

    private var messageType: UInt8 {
        switch self {
        case .powerOn: 0x62
        case .powerOff: 0x63
        case .slotStatus: 0x65
        case .transfer: 0x6F
        case .setParameters: 0x61
        case .abort: 0x72
        }
    }

    /// The type of the answer.
    var answerType: UInt8 {
        switch self {
        case .powerOn, .transfer: 0x80
        case .powerOff, .slotStatus, .abort: 0x81
        case .setParameters: 0x82
        }
    }

    func bytes(sequence: UInt8) -> [UInt8] {
        let data: [UInt8]
        let own: [UInt8]
        switch self {
        case .powerOn(let voltage): (data, own) = ([], [voltage.rawValue, 0, 0])
        case .powerOff, .slotStatus, .abort: (data, own) = ([], [0, 0, 0])
        case .transfer(let bytes, let part, let multiplier):
            data = bytes?.bytes ?? []
            own = [multiplier, UInt8(truncatingIfNeeded: part.rawValue), UInt8(truncatingIfNeeded: part.rawValue >> 8)]
        case .setParameters(let parameters):
            (data, own) = (parameters.bytes, [parameters.transmissionProtocol.rawValue, 0, 0])
        }
        let length = UInt32(clamping: data.count)
        let lengthBytes = [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: length >> $0) }
        return [messageType] + lengthBytes + [CCIDMessage.slot, sequence] + own + data
    }
}

/// An answer on the bulk pipe.
struct CCIDAnswer: Hashable, Sendable {
    enum CardState: UInt8, Hashable, Sendable {
        case active, inactive, absent
    }

    enum Outcome: UInt8, Hashable, Sendable {
        case done, failed, timeExtension
    }

    var type: UInt8
    var slot: UInt8
    var sequence: UInt8
    var cardState: CardState
    var outcome: Outcome
    /// `bError`; only of a failed command it means anything.
    var error: UInt8
    /// `bChainParameter`, `bClockStatus` or `bProtocolNum`.
    var parameter: UInt8
    var data: [UInt8]

    /// How many bytes follow the header that `bytes` begin with; at most `maximum`. Nil while the header is not whole.
    static func dataLength(_ bytes: [UInt8], maximum: Int) throws(CodecError) -> Int? {
        guard bytes.count >= CCIDMessage.headerLength, let length = bytes.littleEndian32(1) else { return nil }
        guard let exact = Int(exactly: length), exact <= max(0, maximum - CCIDMessage.headerLength) else {
            throw CodecError(.ccidMessage, .tooLarge, "dwLength")
        }
        return exact
    }

    /// One whole message and nothing after it.
    init(_ bytes: [UInt8]) throws(CodecError) {
        guard let length = try Self.dataLength(bytes, maximum: CCIDDescriptor.longestMessage),
            let type = bytes.uint8(0), let slot = bytes.uint8(5), let sequence = bytes.uint8(6),
            let status = bytes.uint8(7), let error = bytes.uint8(8), let parameter = bytes.uint8(9)
        else { throw CodecError(.ccidMessage, .truncated, "header") }
        guard bytes.count == CCIDMessage.headerLength + length else {
            throw CodecError(.ccidMessage, .badLength, "dwLength")
        }
        guard (0x80...0x84).contains(type) else { throw CodecError(.ccidMessage, .badValue, "bMessageType") }
        guard let cardState = CardState(rawValue: status & 3), let outcome = Outcome(rawValue: status >> 6) else {
            throw CodecError(.ccidMessage, .badValue, "bStatus")
        }
        self.type = type
        self.slot = slot
        self.sequence = sequence
        self.cardState = cardState
        self.outcome = outcome
        self.error = error
        self.parameter = parameter
        data = Array(bytes[CCIDMessage.headerLength...])
    }

    /// Why the command failed (table 6.2-2); nil when it did not. An empty slot comes before whatever else is said.
    var failure: SmartCardError? {
        guard outcome == .failed else { return nil }
        if cardState == .absent { return SmartCardError(.cardRemoved, "slot is empty") }
        let digits = String(error, radix: 16, uppercase: true)
        let detail = "bError " + (digits.count == 1 ? "0" + digits : digits)
        switch error {
        // Aborted, busy with another command, busy with an automatic sequence.
        case 0xFF, 0xE0, 0xF2: return SmartCardError(.outOfStep, detail)
        // Protocol or class of card not supported.
        case 0xF6, 0xF5: return SmartCardError(.cardUnsupported, detail)
        // Command not supported, or the index of the field that is not.
        case 0x00...0x7F: return SmartCardError(.readerUnusable, detail)
        default: return SmartCardError(.cardFailed, detail)
        }
    }
}

/// A message on the interrupt pipe.
enum CCIDNotification: Hashable, Sendable {
    /// NotifySlotChange (6.3.1), as to our slot.
    case slotChange(isPresent: Bool)
    /// HardwareError (6.3.2).
    case hardwareError(code: UInt8)

    init(_ bytes: [UInt8]) throws(CodecError) {
        guard let type = bytes.uint8(0), let first = bytes.uint8(1) else {
            throw CodecError(.ccidMessage, .truncated, "notification")
        }
        switch type {
        case 0x50: self = .slotChange(isPresent: first & 1 != 0)
        case 0x51:
            guard let code = bytes.uint8(3) else { throw CodecError(.ccidMessage, .truncated, "notification") }
            self = .hardwareError(code: code)
        default: throw CodecError(.ccidMessage, .badValue, "notification")
        }
    }
}
