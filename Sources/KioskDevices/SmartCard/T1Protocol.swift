/// The block protocol T=1 (ISO/IEC 7816-3, chapter 11), seen from the terminal.

/// A block as the card sent it.
enum T1Block: Hashable, Sendable {
    enum Supervisory: UInt8, Hashable, Sendable {
        case resynchronise = 0
        case informationFieldSize = 1
        case abort = 2
        case waitingTime = 3
    }

    case information(sendNumber: UInt8, hasMore: Bool, [UInt8])
    case receiveReady(receiveNumber: UInt8, error: UInt8)
    case supervisory(Supervisory, isResponse: Bool, [UInt8])

    /// NAD, PCB, LEN, LEN bytes and the LRC, and nothing after it.
    init(_ bytes: [UInt8]) throws(CodecError) {
        guard let address = bytes.uint8(0), let control = bytes.uint8(1), let length = bytes.uint8(2) else {
            throw CodecError(.t1Block, .truncated, "prologue")
        }
        guard length < 0xFF, bytes.count == 4 + Int(length) else { throw CodecError(.t1Block, .badLength, "LEN") }
        guard bytes.reduce(0, ^) == 0 else { throw CodecError(.t1Block, .badChecksum, "LRC") }
        guard address == 0 else { throw CodecError(.t1Block, .badValue, "NAD") }
        let information = Array(bytes[3..<3 + Int(length)])
        switch control >> 6 {
        case 0, 1:
            guard control & 0x1F == 0 else { throw CodecError(.t1Block, .badValue, "PCB") }
            self = .information(sendNumber: control >> 6 & 1, hasMore: control & 0x20 != 0, information)
        case 2:
            guard control & 0x2C == 0, information.isEmpty else { throw CodecError(.t1Block, .badValue, "PCB") }
            self = .receiveReady(receiveNumber: control >> 4 & 1, error: control & 0x03)
        default:
            guard let kind = Supervisory(rawValue: control & 0x1F) else {
                throw CodecError(.t1Block, .badValue, "PCB")
            }
            let needed = kind == .informationFieldSize || kind == .waitingTime ? 1 : 0
            guard information.count == needed else { throw CodecError(.t1Block, .badLength, "INF") }
            self = .supervisory(kind, isResponse: control & 0x20 != 0, information)
        }
    }
}

/// Carries one command at a time in blocks. A value: a block goes in, what to do next comes out.
///
/// Everything is bounded: blocks of one command, errors in a row, bytes of an answer.
struct T1Protocol: Hashable, Sendable {
    enum Step: Hashable, Sendable {
        /// Send it and wait `waitingMultiplier` times the block waiting time for the answer (0 and 1: once).
        case send(CardBytes, waitingMultiplier: UInt8)
        /// The answer to the command, SW1 and SW2 included.
        case done([UInt8])
    }

    static let blockLimit = 2048
    static let errorLimit = 3
    /// 64 KiB and the status.
    static let answerLimit = 65_538

    /// IFSC: information bytes the card takes in one block.
    private(set) var cardFieldSize: Int
    /// What a reader can carry in one block.
    private let readerFieldSize: Int
    private var sendNumber: UInt8 = 0
    private var receiveNumber: UInt8 = 0
    private var command: CardBytes?
    /// Parts of the command: how many were acknowledged, and all of them.
    private var acknowledged = 0
    private var parts: [CardBytes] = []
    private var answer: [UInt8] = []
    private var lastSent: CardBytes?
    private var awaited: T1Block.Supervisory?
    private var offeredFieldSize: UInt8 = 0
    private var errors = 0
    private var resynchronisations = 0
    private var blocks = 0

    /// `readerFieldSize`: the longest information field that fits a message of the reader.
    init(cardFieldSize: UInt8, readerFieldSize: Int) {
        self.cardFieldSize = Int(cardFieldSize)
        self.readerFieldSize = max(1, readerFieldSize)
    }

    /// Begins with telling the card how long a field we take (S(IFS request)); ends in `.done` without bytes.
    mutating func start(offering size: UInt8) -> Step {
        begin(nil)
        offeredFieldSize = size
        return request(.informationFieldSize, size)
    }

    mutating func start(_ command: CardBytes) -> Step {
        begin(command)
        return sendPart()
    }

    /// Takes the card's block, or nil for one that reader or card damaged.
    mutating func take(_ bytes: [UInt8]?) throws(SmartCardError) -> Step {
        blocks += 1
        guard blocks <= Self.blockLimit else { throw SmartCardError(.cardFailed, "T=1: too many blocks") }
        guard let bytes else { return try complain(1) }
        let block: T1Block
        do throws(CodecError) {
            block = try T1Block(bytes)
        } catch {
            return try complain(error.problem == .badChecksum ? 1 : 2)
        }
        if let awaited { return try take(block, awaiting: awaited) }
        switch block {
        case .information(let number, let hasMore, let information): return try take(information, number, hasMore)
        case .receiveReady(let number, _): return try takeReady(number)
        case .supervisory(let kind, isResponse: false, let information): return try answer(kind, information)
        case .supervisory: return try complain(2)
        }
    }

    private mutating func begin(_ command: CardBytes?) {
        self.command = command
        parts = command?.parts(of: min(cardFieldSize, readerFieldSize)) ?? []
        acknowledged = 0
        answer = []
        awaited = nil
        errors = 0
        resynchronisations = 0
        blocks = 0
    }

    private mutating func send(_ bytes: CardBytes, waitingMultiplier: UInt8 = 0) -> Step {
        lastSent = bytes
        return .send(bytes, waitingMultiplier: waitingMultiplier)
    }

    private mutating func sendPart() -> Step {
        send(
            CardBytes(
                informationBlock: parts[acknowledged], sendNumber: sendNumber,
                hasMore: acknowledged + 1 < parts.count))
    }

    private mutating func request(_ kind: T1Block.Supervisory, _ information: UInt8? = nil) -> Step {
        awaited = kind
        return send(CardBytes(supervisory: kind, isResponse: false, information: information))
    }

    private mutating func take(_ information: [UInt8], _ number: UInt8, _ hasMore: Bool) throws(SmartCardError) -> Step
    {
        // It acknowledges our last part; before that the card has nothing to say.
        guard number == receiveNumber, acknowledged + 1 >= parts.count else { return try complain(2) }
        if acknowledged < parts.count {
            acknowledged = parts.count
            sendNumber ^= 1
        }
        errors = 0
        receiveNumber ^= 1
        answer += information
        guard answer.count <= Self.answerLimit else { throw SmartCardError(.cardFailed, "T=1: endless answer") }
        guard hasMore else { return .done(answer) }
        // A chain that carries nothing would never end.
        guard !information.isEmpty else { throw SmartCardError(.cardFailed, "T=1: empty chain") }
        return send(CardBytes(receiveReady: receiveNumber, error: 0))
    }

    private mutating func takeReady(_ number: UInt8) throws(SmartCardError) -> Step {
        if acknowledged + 1 < parts.count, number != sendNumber {
            acknowledged += 1
            sendNumber ^= 1
            errors = 0
            return sendPart()
        }
        if let step = try count() { return step }
        // The card wants again what it did not get: our part, or else what we sent last.
        return acknowledged < parts.count && number == sendNumber ? sendPart() : try resend()
    }

    private mutating func resend() throws(SmartCardError) -> Step {
        guard let lastSent else { throw SmartCardError(.cardFailed, "T=1: nothing to repeat") }
        return .send(lastSent, waitingMultiplier: 0)
    }

    private mutating func answer(
        _ kind: T1Block.Supervisory, _ information: [UInt8]
    ) throws(SmartCardError) -> Step {
        let value = information.first
        switch kind {
        case .waitingTime:
            // Not kept as sent last: what is repeated on an R-block is the block before it.
            return .send(
                CardBytes(supervisory: .waitingTime, isResponse: true, information: value),
                waitingMultiplier: value ?? 1)
        case .informationFieldSize:
            guard let value, (1...0xFE).contains(value) else { return try complain(2) }
            cardFieldSize = Int(value)
            // Parts not sent yet follow the new size.
            if acknowledged + 1 < parts.count { resize() }
            return .send(
                CardBytes(supervisory: .informationFieldSize, isResponse: true, information: value),
                waitingMultiplier: 0)
        case .abort: throw SmartCardError(.cardFailed, "T=1: the card gave its chain up")
        case .resynchronise: return try complain(2)
        }
    }

    /// Splits anew what follows the part that is under way.
    private mutating func resize() {
        guard let command else { return }
        let sent = parts.prefix(acknowledged + 1)
        let sentCount = sent.reduce(0) { $0 + $1.bytes.count }
        let rest = command.dropping(sentCount).parts(of: min(cardFieldSize, readerFieldSize))
        parts = Array(sent) + rest
    }

    /// The answer to our own S-block.
    private mutating func take(
        _ block: T1Block, awaiting kind: T1Block.Supervisory
    ) throws(SmartCardError) -> Step {
        guard case .supervisory(kind, isResponse: true, let information) = block else {
            if let step = try count() { return step }
            return try resend()
        }
        awaited = nil
        switch kind {
        case .informationFieldSize:
            guard information == [offeredFieldSize] else {
                throw SmartCardError(.cardFailed, "T=1: another field size than offered")
            }
            return .done([])
        default:
            // Both sides begin again; the commands of this terminal may be given twice.
            (sendNumber, receiveNumber) = (0, 0)
            acknowledged = 0
            answer = []
            errors = 0
            return sendPart()
        }
    }

    private mutating func complain(_ error: UInt8) throws(SmartCardError) -> Step {
        if let step = try count() { return step }
        return awaited == nil ? send(CardBytes(receiveReady: receiveNumber, error: error)) : try resend()
    }

    /// Counts an error; after too many in a row asks the card once to begin again, then gives up.
    private mutating func count() throws(SmartCardError) -> Step? {
        errors += 1
        guard errors > Self.errorLimit else { return nil }
        guard awaited == nil, command != nil, resynchronisations == 0 else {
            throw SmartCardError(.cardFailed, "T=1: blocks cannot be brought in step")
        }
        resynchronisations += 1
        errors = 0
        return request(.resynchronise)
    }
}
