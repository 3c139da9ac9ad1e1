/// A chip card reader of the CCID class (0B/00/00) as its USB host sees it.

import Synchronization

/// One reader with one slot. Safe from any thread.
public final class CCIDReaderModel: EmulatedUSBDevice {
    /// dwFeatures bits 16 to 18: what one XfrBlock carries.
    public enum ExchangeLevel: UInt32, Sendable, CaseIterable {
        /// A T=0 command or a T=1 block as it goes to the card.
        case tpdu = 0x10000
        case shortAPDU = 0x20000
        /// Also extended ones, in several messages when they are long.
        case extendedAPDU = 0x40000
    }

    /// How long the reader takes. Estimates.
    public struct WireTimes: Hashable, Sendable {
        public var powerOn: Duration = .milliseconds(40)
        public var transfer: Duration = .milliseconds(15)
        /// Between two requests for more time.
        public var timeExtension: Duration = .milliseconds(250)

        public init() {}

        public static let none: WireTimes = {
            var times = WireTimes()
            (times.powerOn, times.transfer, times.timeExtension) = (.zero, .zero, .zero)
            return times
        }()
    }

    public struct Configuration: Hashable, Sendable {
        public var level = ExchangeLevel.tpdu
        public var features: CCIDFeatures = [.automaticParameters, .automaticVoltage]
        public var protocols = EmulatedAnswerToReset.TransmissionProtocol.allCases
        /// bVoltageSupport: 1 is 5 V, 2 is 3 V, 4 is 1.8 V.
        public var voltages: UInt8 = 0x07
        /// dwMaxCCIDMessageLength.
        public var maximumMessageLength: UInt32 = 271
        /// dwMaxIFSD.
        public var maximumBlockSize: UInt32 = 254
        public var hasInterruptEndpoint = true
        /// At the APDU levels with T=0: the reader fetches what 61xx announces and repeats what 6Cxx corrects.
        public var fetchesResponses = true
        /// An id for tests (pid.codes).
        public var vendor: UInt16 = 0x1209
        public var product: UInt16 = 0x0001
        public var manufacturerName = "Demo"
        public var productName = "Demo chip reader"
        public var serialNumber = "EMU-CHIP-0001"

        public init() {}
    }

    public static let bulkOut: UInt8 = 0x02
    public static let bulkIn: UInt8 = 0x83
    public static let interruptIn: UInt8 = 0x81
    static let packetSize = 64

    public let configuration: Configuration
    private let times: WireTimes
    private let time: any MonotonicTime
    private let state = Mutex(State())

    public init(
        _ configuration: Configuration = Configuration(), times: WireTimes = WireTimes(),
        time: any MonotonicTime = SystemMonotonicTime()
    ) {
        self.configuration = configuration
        self.times = times
        self.time = time
    }

    // MARK: What a person at the reader does

    public var card: EmulatedChipCard? {
        state.withLock { $0.card }
    }

    /// Takes the place of a card that is there.
    public func insert(_ card: EmulatedChipCard) {
        state.withLock { $0.place(card) }
    }

    public func pull() {
        state.withLock { $0.place(nil) }
    }

    /// After `skipping` answers of this step (of every step when nil), the next `times` have the fault; all of them
    /// when `times` is nil.
    public func inject(_ fault: CCIDFault, at step: CCIDStep? = nil, skipping: Int = 0, times: Int? = nil) {
        state.withLock {
            $0.faults.append(ArmedFault(fault: fault, step: step, skipped: skipping, remaining: times))
        }
    }

    public func clearFaults() {
        state.withLock { $0.faults = [] }
    }

    public var isFaulty: Bool {
        state.withLock { !$0.faults.isEmpty }
    }

    /// What the reader has done since it was made.
    public struct Counters: Codable, Hashable, Sendable {
        /// Complete messages of the host.
        public var commands = 0
        public var powerOns = 0
        /// XfrBlock messages.
        public var transfers = 0
    }

    public var counters: Counters {
        state.withLock { $0.counters }
    }

    // MARK: EmulatedUSBDevice

    /// USB 1.1: at full speed bulk packets have 64 bytes.
    public var deviceDescriptor: [UInt8] {
        [18, 1, 0x10, 0x01, 0, 0, 0, 64] + [UInt8](littleEndian: configuration.vendor)
            + [UInt8](littleEndian: configuration.product) + [0x00, 0x01, 1, 2, 3, 1]
    }

    public var configurationDescriptor: [UInt8] {
        var endpoints: [UInt8] = []
        if configuration.hasInterruptEndpoint { endpoints += [7, 5, Self.interruptIn, 3, 8, 0, 24] }
        for endpoint in [Self.bulkOut, Self.bulkIn] { endpoints += [7, 5, endpoint, 2, 64, 0, 0] }
        let count = UInt8(endpoints.count / 7)
        let body = [9, 4, 0, 0, count, 0x0B, 0, 0, 0] + functionalDescriptor + endpoints
        return [9, 2] + [UInt8](littleEndian: UInt16(9 + body.count)) + [1, 1, 0, 0x80, 50] + body
    }

    /// 54 bytes (CCID 1.1, table 5.1-1).
    public var functionalDescriptor: [UInt8] {
        var bytes: [UInt8] = [54, 0x21, 0x10, 0x01, 0, configuration.voltages]
        bytes.append(littleEndian: configuration.protocols.reduce(UInt32(0)) { $0 | 1 << UInt32($1.rawValue) })
        bytes.append(littleEndian: CCIDParameters.clock)
        bytes.append(littleEndian: CCIDParameters.clock)
        bytes.append(1)
        bytes.append(littleEndian: CCIDParameters.rates[0])
        bytes.append(littleEndian: CCIDParameters.rates[CCIDParameters.rates.count - 1])
        bytes.append(UInt8(CCIDParameters.rates.count))
        bytes.append(littleEndian: configuration.maximumBlockSize)
        bytes.append(littleEndian: UInt32(0))
        bytes.append(littleEndian: UInt32(0))
        bytes.append(littleEndian: configuration.features.rawValue | configuration.level.rawValue)
        bytes.append(littleEndian: configuration.maximumMessageLength)
        // Class of GET RESPONSE and ENVELOPE as in the command; no display; no PIN pad; one busy slot.
        return bytes + [0xFF, 0xFF, 0, 0, 0, 1]
    }

    public var strings: [UInt8: String] {
        [1: configuration.manufacturerName, 2: configuration.productName, 3: configuration.serialNumber]
    }

    /// The class requests ABORT, GET_CLOCK_FREQUENCIES and GET_DATA_RATES (CCID 1.1, 5.3).
    public func control(setup: [UInt8], data: [UInt8]) -> EmulatedTransfer {
        guard setup.count == 8, setup[4] == 0, setup[5] == 0 else { return .stall }
        switch (setup[0], setup[1]) {
        case (0x21, 0x01):
            state.withLock { $0.requestAbort(slot: setup[2], sequence: setup[3], now: time.now()) }
            return .done([])
        case (0xA1, 0x02): return .done([UInt8](littleEndian: CCIDParameters.clock))
        case (0xA1, 0x03): return .done(CCIDParameters.rates.flatMap { [UInt8](littleEndian: $0) })
        default: return .stall
        }
    }

    public func out(endpoint: UInt8, data: [UInt8]) -> EmulatedTransfer {
        guard endpoint == Self.bulkOut else { return .stall }
        let now = time.now()
        return state.withLock { state in
            state.incoming += data
            let declared = state.incoming.littleEndian(UInt32.self, at: 1)
            let total = declared.map { Int($0) + CCIDCommand.headerLength }
            // A short packet ends a message, whatever dwLength promised.
            let isShort = data.count % Self.packetSize != 0 || data.isEmpty
            let isTooLong = state.incoming.count > Int(configuration.maximumMessageLength)
            guard isShort || isTooLong || state.incoming.count >= total ?? Int.max else { return .done([]) }
            let bytes = state.incoming
            state.incoming = []
            // Less than a header cannot be answered.
            guard bytes.count >= CCIDCommand.headerLength else { return .done([]) }
            let command = CCIDCommand(
                messageType: bytes[0], slot: bytes[5], sequence: bytes[6], parameters: (bytes[7], bytes[8], bytes[9]),
                data: Array(bytes.dropFirst(CCIDCommand.headerLength)))
            state.counters.commands += 1
            let faults = state.takeFaults(at: command.step)
            if faults.contains(.stallOut) { return .stall }
            let isWhole = bytes.count == total && !isTooLong
            take(command, isWhole: isWhole, faults: faults, &state, now: now)
            return .done([])
        }
    }

    public func input(endpoint: UInt8, maximum: Int) -> EmulatedTransfer {
        let now = time.now()
        if endpoint == Self.interruptIn, configuration.hasInterruptEndpoint {
            return state.withLock { $0.takeSlotChange().map { .done(Array($0.prefix(maximum))) } ?? .notReady }
        }
        guard endpoint == Self.bulkIn else { return .stall }
        return state.withLock { $0.takeReply(maximum: maximum, now: now, interval: times.timeExtension) }
    }

    public func isochronous(endpoint: UInt8, maximum: Int) -> EmulatedTransfer { .stall }

    public func setInterface(_ number: UInt8, alternate: UInt8) {}

    public func clearHalt(endpoint: UInt8) {
        guard endpoint == Self.bulkOut else { return }
        state.withLock { $0.incoming = [] }
    }

    public func reset() {
        state.withLock { $0.forgetTraffic() }
    }

    // MARK: Commands

    private func take(
        _ command: CCIDCommand, isWhole: Bool, faults: [CCIDFault], _ state: inout State, now: Duration
    ) {
        if command.slot == 0, faults.contains(.cardPulled) { state.place(nil) }
        var answer: Answer
        var isLongWork = false
        if command.slot != 0 {
            answer = Answer(error: CCIDError.slot)
        } else if command.messageType == 0x72 {
            guard let done = state.abort(command) else { return }
            answer = done
        } else if state.isAborting {
            answer = Answer(error: CCIDError.aborted)
        } else if state.isBusy(now: now) {
            answer = Answer(error: CCIDError.slotBusy)
        } else if !isWhole {
            answer = Answer(error: CCIDError.length)
        } else {
            answer = perform(command, &state)
            isLongWork = command.step == .powerOn || command.step == .transfer
        }
        for case .error(let code) in faults { answer = Answer(error: code) }
        var due = now
        if isLongWork { due += command.step == .powerOn ? times.powerOn : times.transfer }
        for case .late(let delay) in faults { due += delay }
        let isEndless = faults.contains(.endlessTimeExtension)
        // bStatus 80 and bError the multiplier: the card, or the reader, needs more time.
        let extensions = isEndless ? 1 : answer.timeExtensions
        for _ in 0..<extensions {
            var message = message(of: Answer(error: 1), to: command, state)
            message[7] = message[7] & 0x03 | 0x80
            state.replies.append(Reply(bytes: message, due: due, isEndless: isEndless))
            due += times.timeExtension
        }
        if isEndless || faults.contains(.silence) { return }
        let isBlock =
            command.step == .transfer && configuration.level == .tpdu && state.transmission == .t1
            && answer.error == nil
        var reply = Reply(bytes: message(of: answer, to: command, state), due: due)
        for fault in faults { reply.apply(fault, at: command.step, isBlock: isBlock) }
        state.replies.append(reply)
    }

    private func message(of answer: Answer, to command: CCIDCommand, _ state: State) -> [UInt8] {
        var bytes: [UInt8] = [command.answerType]
        bytes.append(littleEndian: UInt32(answer.data.count))
        let slotState: UInt8 = command.slot == 0 && state.card != nil ? (state.isActive ? 0 : 1) : 2
        bytes += [command.slot, command.sequence, slotState | (answer.error == nil ? 0 : 0x40), answer.error ?? 0]
        return bytes + [answer.last] + answer.data
    }

    private func perform(_ command: CCIDCommand, _ state: inout State) -> Answer {
        switch command.messageType {
        case 0x62: return powerOn(command, &state)
        case 0x63:
            guard command.data.isEmpty else { return Answer(error: CCIDError.length) }
            state.deactivate()
            return Answer(last: state.clockStatus)
        case 0x65:
            guard command.data.isEmpty else { return Answer(error: CCIDError.length) }
            return Answer(last: state.clockStatus)
        case 0x6F:
            state.counters.transfers += 1
            return transfer(command, &state)
        case 0x61: return setParameters(command, &state)
        case 0x6C, 0x6D:
            guard command.data.isEmpty else { return Answer(error: CCIDError.length) }
            if command.messageType == 0x6D {
                state.parameters = CCIDParameters.defaultT0
                state.transmission = .t0
            }
            return Answer(data: state.parameters, last: state.transmission.rawValue)
        // Escape, Secure, Mechanical, T0APDU, IccClock, SetDataRateAndClockFrequency, and what there is not.
        default: return Answer(error: CCIDError.notSupported)
        }
    }

    private func powerOn(_ command: CCIDCommand, _ state: inout State) -> Answer {
        guard command.data.isEmpty else { return Answer(error: CCIDError.length) }
        let select = command.parameters.0
        let isOffered =
            select == 0
            ? configuration.features.contains(.automaticVoltage)
            : select <= 3 && configuration.voltages & (1 << (select - 1)) != 0
        guard isOffered else { return Answer(error: CCIDError.powerSelect) }
        state.deactivate()
        state.counters.powerOns += 1
        let voltages = configuration.voltages & (select == 0 ? 0x07 : 1 << (select - 1))
        guard let card = state.card, card.habits.voltages & voltages != 0, let answerToReset = card.powerOn() else {
            return Answer(error: CCIDError.mute)
        }
        state.isActive = true
        state.parameters = CCIDParameters.defaultT0
        state.transmission = .t0
        let negotiates = configuration.features.contains(.automaticNegotiation) || configuration.level != .tpdu
        if negotiates || configuration.features.contains(.automaticParameters) {
            if negotiates, let rate = card.answerToReset?.fastestRate {
                negotiate(rate, card.speech.transmission, card)
            }
            let speech = card.speech
            state.transmission = speech.transmission
            state.parameters = speech.transmission == .t0 ? CCIDParameters.defaultT0 : CCIDParameters.defaultT1
            state.parameters[0] = speech.rate
            if speech.transmission == .t1, let size = card.answerToReset?.blockSize { state.parameters[5] = size }
            guard configuration.protocols.contains(speech.transmission) else {
                state.deactivate()
                return Answer(error: CCIDError.protocolNotSupported)
            }
        }
        return Answer(data: answerToReset)
    }

    private func setParameters(_ command: CCIDCommand, _ state: inout State) -> Answer {
        guard let wanted = EmulatedAnswerToReset.TransmissionProtocol(rawValue: command.parameters.0),
            configuration.protocols.contains(wanted)
        else { return Answer(error: CCIDError.protocolNumber) }
        let length = wanted == .t0 ? CCIDParameters.defaultT0.count : CCIDParameters.defaultT1.count
        guard command.data.count == length else { return Answer(error: CCIDError.length) }
        if let offset = CCIDParameters.badField(command.data) { return Answer(error: offset) }
        state.transmission = wanted
        state.parameters = command.data
        let negotiates = !configuration.features.isDisjoint(with: [.automaticPPS, .automaticNegotiation])
        if state.isActive, negotiates, let card = state.card, card.speech != (wanted, command.data[0]) {
            negotiate(command.data[0], wanted, card)
            state.parameters[0] = card.speech.rate
        }
        return Answer(data: state.parameters, last: state.transmission.rawValue)
    }

    /// PPS by the reader itself; a card that has been talked to already does not answer it.
    private func negotiate(
        _ rate: UInt8, _ transmission: EmulatedAnswerToReset.TransmissionProtocol, _ card: EmulatedChipCard
    ) {
        var request: [UInt8] = [0xFF, 0x10 | transmission.rawValue, rate]
        request.append(request.reduce(0, ^))
        _ = card.select(parameters: request)
    }

    // MARK: Exchange with the card

    private func transfer(_ command: CCIDCommand, _ state: inout State) -> Answer {
        let level = UInt16(command.parameters.1) | UInt16(command.parameters.2) << 8
        guard let card = state.card, state.isActive else { return Answer(error: CCIDError.mute) }
        guard configuration.level == .extendedAPDU || level == 0 else { return Answer(error: CCIDError.level) }
        switch configuration.level {
        case .tpdu: return transferTPDU(command.data, card: card, state)
        case .shortAPDU:
            guard let apdu = ChipCommand(apdu: command.data), command.data.count <= 261, apdu.expectedLength <= 256
            else {
                return Answer(error: CCIDError.length)
            }
            return exchange(command.data, card: card, state)
        case .extendedAPDU: return transferExtended(command.data, level: level, card: card, &state)
        }
    }

    private func transferTPDU(_ bytes: [UInt8], card: EmulatedChipCard, _ state: State) -> Answer {
        if bytes.first == 0xFF {
            return card.select(parameters: bytes).map { Answer(data: $0) } ?? Answer(error: CCIDError.mute)
        }
        // At another speed or in the other protocol neither understands the other.
        guard card.speech == (state.transmission, state.parameters[0]) else { return Answer(error: CCIDError.mute) }
        switch state.transmission {
        case .t0:
            // A TPDU has P3, and after it nothing but the data.
            guard bytes.count >= 5, bytes.count == 5 || bytes.count == 5 + Int(bytes[4]) else {
                return Answer(error: CCIDError.length)
            }
            guard let answer = card.exchangeT0(bytes) else { return Answer(error: CCIDError.mute) }
            return Answer(data: answer, timeExtensions: card.habits.timeExtensions)
        case .t1:
            guard bytes.count >= 4 else { return Answer(error: CCIDError.length) }
            return Answer(data: card.exchangeT1(bytes))
        }
    }

    /// wLevelParameter: 0 whole, 1 begins, 2 ends, 3 goes on, 10 asks for the next piece of the answer.
    private func transferExtended(
        _ bytes: [UInt8], level: UInt16, card: EmulatedChipCard, _ state: inout State
    ) -> Answer {
        switch level {
        case 0x0000, 0x0001: state.chain = bytes
        case 0x0002, 0x0003:
            guard let begun = state.chain, begun.count + bytes.count <= 65_544 else {
                state.chain = nil
                return Answer(error: CCIDError.level)
            }
            state.chain = begun + bytes
        case 0x0010:
            guard bytes.isEmpty else { return Answer(error: CCIDError.length) }
            guard !state.answerRest.isEmpty else { return Answer(error: CCIDError.level) }
            return nextPiece(&state, isFirst: false)
        default: return Answer(error: CCIDError.level)
        }
        state.answerRest = []
        // bChainParameter 10: an answer without data, the next piece of the command is awaited.
        if level == 0x0001 || level == 0x0003 { return Answer(last: 0x10) }
        let apdu = state.chain ?? []
        state.chain = nil
        var answer = exchange(apdu, card: card, state)
        guard answer.error == nil else { return answer }
        state.answerRest = answer.data[...]
        let piece = nextPiece(&state, isFirst: true)
        (answer.data, answer.last) = (piece.data, piece.last)
        return answer
    }

    /// bChainParameter: 0 whole, 1 begins, 2 ends, 3 goes on.
    private func nextPiece(_ state: inout State, isFirst: Bool) -> Answer {
        let room = Swift.max(1, Int(configuration.maximumMessageLength) - CCIDCommand.headerLength)
        let piece = Array(state.answerRest.prefix(room))
        state.answerRest = state.answerRest.dropFirst(piece.count)
        let isLast = state.answerRest.isEmpty
        return Answer(data: piece, last: isFirst ? (isLast ? 0 : 1) : (isLast ? 2 : 3))
    }

    /// One APDU by the reader's own protocol engine.
    private func exchange(_ apdu: [UInt8], card: EmulatedChipCard, _ state: State) -> Answer {
        let speech = card.speech
        guard speech.transmission == state.transmission else { return Answer(error: CCIDError.mute) }
        let extensions = card.habits.timeExtensions
        if speech.transmission == .t1 { return Answer(data: card.exchange(apdu: apdu), timeExtensions: extensions) }
        guard let command = ChipCommand(apdu: apdu), command.data.count <= 255 else {
            return Answer(error: CCIDError.length)
        }
        let third = command.data.isEmpty ? UInt8(truncatingIfNeeded: command.expectedLength) : UInt8(command.data.count)
        var header = Array(apdu.prefix(4)) + [third]
        guard var answer = card.exchangeT0(header + command.data) else { return Answer(error: CCIDError.mute) }
        guard configuration.fetchesResponses else { return Answer(data: answer, timeExtensions: extensions) }
        // ISO 7816-3, 12.2: repeat with the right length, then fetch what is announced, at most a whole answer of it.
        if answer.count == 2, answer[0] == 0x6C, command.data.isEmpty {
            header[4] = answer[1]
            answer = card.exchangeT0(header) ?? answer
        }
        var collected: [UInt8] = []
        while answer[answer.count - 2] == 0x61, command.expectedLength > collected.count, collected.count <= 65_536 {
            collected += answer.dropLast(2)
            guard let next = card.exchangeT0([apdu[0], 0xC0, 0, 0, answer[answer.count - 1]]), next.count > 2 else {
                break
            }
            answer = next
        }
        return Answer(data: collected + answer, timeExtensions: extensions)
    }

    // MARK: State

    /// What a command came to, before it is a message.
    private struct Answer {
        /// Nil: it succeeded.
        var error: UInt8?
        var data: [UInt8] = []
        /// Byte 9: bChainParameter, bClockStatus or bProtocolNum.
        var last: UInt8 = 0
        var timeExtensions = 0

        init(data: [UInt8] = [], last: UInt8 = 0, timeExtensions: Int = 0) {
            self.data = data
            self.last = last
            self.timeExtensions = timeExtensions
        }

        init(error: UInt8) {
            self.error = error
        }
    }

    private struct ArmedFault {
        var fault: CCIDFault
        var step: CCIDStep?
        var skipped: Int
        var remaining: Int?
    }

    /// One message on its way to the host.
    private struct Reply {
        var bytes: [UInt8]
        var due: Duration
        var isEndless = false
        /// Comes instead of the bytes.
        var instead: EmulatedTransfer?
        var startsWithEmptyTransfer = false
        var piece: Int?
        /// Of the bytes no more than these come.
        private var limit = Int.max

        init(bytes: [UInt8], due: Duration, isEndless: Bool = false) {
            self.bytes = bytes
            self.due = due
            self.isEndless = isEndless
        }

        /// Faults of a block or of an answer to reset change nothing else.
        mutating func apply(_ fault: CCIDFault, at step: CCIDStep, isBlock: Bool) {
            let header = CCIDCommand.headerLength
            let isReset = step == .powerOn && bytes.count > header
            let isBlock = isBlock && bytes.count >= header + 4
            switch fault {
            case .wrongSequence: bytes[6] &-= 1
            case .wrongSlot: bytes[5] &+= 1
            case .wrongMessageType: bytes[0] = bytes[0] == 0x81 ? 0x80 : 0x81
            case .wrongLength(let difference): setLength((bytes.count - header) &+ difference)
            case .truncated(let count): limit = Swift.max(0, count)
            case .noData: setData([])
            case .emptyTransfer: startsWithEmptyTransfer = true
            case .oneBytePackets: piece = 1
            case .oversized(let count):
                setData(bytes.dropFirst(header) + [UInt8](repeating: 0x5A, count: Swift.max(0, count)))
            case .stall: instead = .stall
            case .damaged: instead = .damaged
            case .babble: instead = .babble
            case .wrongTS where isReset: bytes[header] = 0x3A
            case .wrongTCK where isReset:
                // A TCK stands where a protocol other than T=0 is offered; where none stands, one is too many.
                if bytes.dropFirst(header + 1).reduce(0, ^) == 0 {
                    bytes[bytes.count - 1] ^= 0xFF
                } else {
                    setData(bytes.dropFirst(header) + [0xA5])
                }
            case .truncatedATR(let count) where isReset:
                setData(bytes.dropFirst(header).prefix(Swift.max(0, count)))
            case .endlessTD where isReset:
                setData([0x3B, 0x80] + [UInt8](repeating: 0x81, count: 31))
            case .wrongLRC where isBlock: bytes[bytes.count - 1] ^= 0xFF
            case .wrongSendNumber where isBlock && bytes[header + 1] & 0x80 == 0:
                bytes[header + 1] ^= 0x40
                bytes[bytes.count - 1] ^= 0x40
            default: break
            }
        }

        /// What really comes.
        var sent: ArraySlice<UInt8> { bytes.prefix(limit) }

        private mutating func setData(_ data: some Sequence<UInt8>) {
            bytes = Array(bytes.prefix(CCIDCommand.headerLength)) + data
            setLength(bytes.count - CCIDCommand.headerLength)
        }

        private mutating func setLength(_ length: Int) {
            bytes.replaceSubrange(1..<5, with: [UInt8](littleEndian: UInt32(truncatingIfNeeded: length)))
        }
    }

    private struct State {
        var card: EmulatedChipCard?
        var isActive = false
        var transmission = EmulatedAnswerToReset.TransmissionProtocol.t0
        var parameters = CCIDParameters.defaultT0
        var incoming: [UInt8] = []
        /// Pieces of an extended command that have come.
        var chain: [UInt8]?
        /// Pieces of an extended answer that have not been fetched.
        var answerRest: ArraySlice<UInt8> = []
        var replies: [Reply] = []
        /// What is left of a message that the host fetches in several transfers.
        var sending: (bytes: ArraySlice<UInt8>, piece: Int?) = ([], nil)
        var faults: [ArmedFault] = []
        var counters = Counters()
        private var hasSlotChanged = false
        /// bSeq of the ABORT request, and of the Abort message, while the other has not come.
        private var abortRequest: UInt8?
        private var abortMessage: CCIDCommand?

        /// bClockStatus: running, or stopped low.
        var clockStatus: UInt8 { isActive ? 0 : 1 }

        var isAborting: Bool { abortRequest != nil || abortMessage != nil }

        func isBusy(now: Duration) -> Bool {
            replies.contains { $0.isEndless || $0.due > now }
        }

        mutating func place(_ card: EmulatedChipCard?) {
            deactivate()
            self.card = card
            hasSlotChanged = true
        }

        mutating func deactivate() {
            isActive = false
            chain = nil
            answerRest = []
        }

        /// A card that is there is announced anew.
        mutating func forgetTraffic() {
            deactivate()
            incoming = []
            replies = []
            sending = ([], nil)
            (abortRequest, abortMessage) = (nil, nil)
            hasSlotChanged = card != nil
        }

        /// RDR_to_PC_NotifySlotChange: bit 0 present, bit 1 changed.
        mutating func takeSlotChange() -> [UInt8]? {
            guard hasSlotChanged else { return nil }
            hasSlotChanged = false
            return [0x50, card == nil ? 0x02 : 0x03]
        }

        mutating func requestAbort(slot: UInt8, sequence: UInt8, now: Duration) {
            guard slot == 0 else { return }
            replies = []
            if let message = abortMessage, message.sequence == sequence {
                finishAbort(of: message, now: now)
            } else {
                abortRequest = sequence
            }
        }

        /// Nil: the request on the control pipe has not come yet.
        mutating func abort(_ command: CCIDCommand) -> Answer? {
            replies = []
            guard abortRequest == command.sequence else {
                abortMessage = command
                return nil
            }
            (abortRequest, abortMessage) = (nil, nil)
            return Answer(last: clockStatus)
        }

        private mutating func finishAbort(of command: CCIDCommand, now: Duration) {
            (abortRequest, abortMessage) = (nil, nil)
            let slotState: UInt8 = card == nil ? 2 : isActive ? 0 : 1
            replies.append(
                Reply(
                    bytes: [0x81, 0, 0, 0, 0, command.slot, command.sequence, slotState, 0, clockStatus], due: now))
        }

        mutating func takeFaults(at step: CCIDStep) -> [CCIDFault] {
            var taken: [CCIDFault] = []
            for index in faults.indices where faults[index].step == nil || faults[index].step == step {
                guard faults[index].skipped <= 0 else {
                    faults[index].skipped -= 1
                    continue
                }
                taken.append(faults[index].fault)
                faults[index].remaining = faults[index].remaining.map { $0 - 1 }
            }
            faults.removeAll { $0.remaining.map { $0 <= 0 } ?? false }
            return taken
        }

        mutating func takeReply(maximum: Int, now: Duration, interval: Duration) -> EmulatedTransfer {
            guard maximum > 0 else { return .notReady }
            if sending.bytes.isEmpty {
                // What is asked for again and again lets everything else pass.
                let waiting =
                    replies.firstIndex { $0.due <= now && !$0.isEndless } ?? replies.firstIndex { $0.due <= now }
                guard let index = waiting else { return .notReady }
                if replies[index].startsWithEmptyTransfer {
                    replies[index].startsWithEmptyTransfer = false
                    return .done([])
                }
                let reply = replies[index]
                if reply.isEndless { replies[index].due = now + interval } else { replies.remove(at: index) }
                if let instead = reply.instead { return instead }
                sending = (reply.sent, reply.piece)
            }
            let bytes = sending.bytes.prefix(Swift.min(maximum, sending.piece ?? maximum))
            sending.bytes = sending.bytes.dropFirst(bytes.count)
            return .done(Array(bytes))
        }
    }
}
