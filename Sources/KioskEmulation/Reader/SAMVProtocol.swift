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
    /// 60 00 to 60 04
    case setBaudRate
    /// 61 FF
    case setMaximumRFByte

    /// Bytes that stand between the parameter and the checksum of the request.
    var dataLength: Int { self == .setMaximumRFByte ? 1 : 0 }
}

/// Which CMD and PARA a reader takes for its steps.
public struct SAMVCommandMap: Hashable, Sendable {
    public struct Code: Hashable, Sendable {
        public var command: UInt8
        public var parameter: UInt8

        public init(_ command: UInt8, _ parameter: UInt8) {
            self.command = command
            self.parameter = parameter
        }
    }

    /// Steps that are not here are answered with 21. ``SAMVStep/read`` is the one without fingerprints;
    /// ``SAMVStep/setBaudRate`` takes the parameters from its own on: five of them.
    public var codes: [SAMVStep: Code]
    public var readWithFingerprints: Code?

    public init(codes: [SAMVStep: Code], readWithFingerprints: Code?) {
        self.codes = codes
        self.readWithFingerprints = readWithFingerprints
    }

    public static let standard = SAMVCommandMap(
        codes: [
            .reset: Code(0x10, 0xFF), .status: Code(0x11, 0xFF), .identify: Code(0x12, 0xFF), .find: Code(0x20, 0x01),
            .select: Code(0x20, 0x02), .read: Code(0x30, 0x01), .readMore: Code(0x30, 0x03),
            .setBaudRate: Code(0x60, 0x00), .setMaximumRFByte: Code(0x61, 0xFF),
        ], readWithFingerprints: Code(0x30, 0x10))

    /// Some CVR-100AU: 00 81, 00 82 and 00 83. That they are find, select and read, in this order, and that the other
    /// commands are the standard ones, is assumed.
    public static let cvr100AU: SAMVCommandMap = {
        var map = standard
        (map.codes[.find], map.codes[.select], map.codes[.read]) = (Code(0, 0x81), Code(0, 0x82), Code(0, 0x83))
        return map
    }()

    func request(_ command: UInt8, _ parameter: UInt8) -> SAMVRequest? {
        let code = Code(command, parameter)
        if code == readWithFingerprints { return SAMVRequest(step: .read, withFingerprints: true) }
        if let step = codes.first(where: { $0.key != .setBaudRate && $0.value == code })?.key {
            return SAMVRequest(step: step)
        }
        guard let first = codes[.setBaudRate], command == first.command, parameter >= first.parameter,
            SAMVRequest.baudRates.indices.contains(Int(parameter - first.parameter))
        else { return nil }
        return SAMVRequest(step: .setBaudRate, baudRate: SAMVRequest.baudRates[Int(parameter - first.parameter)])
    }
}

/// A request whose form was right.
struct SAMVRequest {
    /// By the parameter of 60.
    static let baudRates = [115_200, 57_600, 38_400, 19_200, 9_600]

    var step: SAMVStep
    var withFingerprints = false
    var baudRate: Int?
}

/// How a reader misbehaves at a step.
public enum SAMVFault: Hashable, Sendable {
    // The card

    /// The card leaves the field just as the step begins.
    case cardLifted
    /// Another card takes its place just as the step begins, and the reader notices.
    case cardSwapped(EmulatedCard)
    /// Another card takes its place just as the step begins, and the reader goes on with that one.
    case cardSwappedUnnoticed(EmulatedCard)

    // The answer's content

    /// This SW3 instead of an answer.
    case status(UInt8)
    case wrongChecksum
    /// LEN promises 16 bytes that never come.
    case lengthTooLarge
    /// LEN leaves out the last byte.
    case lengthTooShort
    /// The success answer of another step.
    case answer(of: SAMVStep)
    /// The photo record has length 0.
    case noPhoto
    /// What the record says is the length of its text; the text is as ever.
    case textLength(UInt16)
    /// What the record says is the length of its photo; the photo is as ever.
    case photoLength(UInt16)
    /// This UTF-16 unit stands where the card's kind does.
    case kindLetter(UInt16)

    // How the answer travels

    /// These bytes come before the preamble.
    case noise([UInt8])
    case oneBytePackets
    /// The whole frame in one transfer.
    case coalesced
    /// The answer comes twice, both in one transfer.
    case repeated
    /// A zero-length packet comes before each packet.
    case emptyPackets
    /// The answer comes this much later.
    case late(Duration)
    /// The answer does not come, but stands in the next one after so many of that one's bytes; at 0 right before it,
    /// both in one transfer.
    case heldBack(into: Int)
    /// Instead of an answer these bytes over and over, a packet a millisecond, until a bus reset, plugging in or
    /// ``SAMVReader/clearFaults()``.
    case endless([UInt8])
    /// No answer at all.
    case silence
    /// The cable is pulled after so many bytes of the answer; 0: as soon as the request is there.
    case unplugged(after: Int)

    /// The host cannot have understood the answer.
    var spoilsReply: Bool {
        switch self {
        case .wrongChecksum, .lengthTooLarge, .lengthTooShort, .silence, .status, .answer, .textLength, .photoLength,
            .heldBack, .endless, .unplugged:
            true
        case .cardLifted, .cardSwapped, .cardSwappedUnnoticed, .noPhoto, .kindLetter, .noise, .oneBytePackets,
            .coalesced, .repeated, .emptyPackets, .late:
            false
        }
    }

    /// Nothing is said at this step.
    var isSilent: Bool {
        switch self {
        case .silence, .endless, .unplugged(after: ...0): true
        default: false
        }
    }
}

/// What a SAM says it is: five numbers, shown `05.03-20260101-0000000001-0000000007`.
public struct SAMVIdentifier: Hashable, Sendable {
    public var first: UInt16
    public var second: UInt16
    public var date: UInt32
    public var serial: UInt32
    public var last: UInt32

    public init(
        first: UInt16 = 5, second: UInt16 = 3, date: UInt32 = 20_260_101, serial: UInt32 = 1, last: UInt32 = 7
    ) {
        self.first = first
        self.second = second
        self.date = date
        self.serial = serial
        self.last = last
    }

    /// The 16 bytes that answer 12 FF.
    public var bytes: [UInt8] {
        [UInt8](littleEndian: first) + [UInt8](littleEndian: second) + [UInt8](littleEndian: date)
            + [UInt8](littleEndian: serial) + [UInt8](littleEndian: last)
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
