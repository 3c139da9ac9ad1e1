/// A chip card as its reader's contacts see it: power, negotiation, T=0 and T=1 (ISO 7816-3).

import Synchronization

/// One card, wherever it is; a card keeps its PIN counter and its count of VERIFY commands. Safe from any thread.
public final class EmulatedChipCard: Sendable {
    /// How this card differs from a plain one.
    public struct Habits: Hashable, Sendable {
        /// Tells lengths by 61xx and 6Cxx also where the protocol does not force it to.
        public var announcesLengths = false
        /// How often it asks for more time before each answer: NULL bytes in T=0, S(WTX) in T=1.
        public var timeExtensions = 0
        /// T=1: asks with S(IFS) for this size of the blocks it is sent, before its first answer.
        public var requestedBlockSize: UInt8?
        /// Where the card works: 1 is 5 V, 2 is 3 V, 4 is 1.8 V. Elsewhere it is mute.
        public var voltages: UInt8 = 0x07
        /// Sent instead of the answer to reset that fits its protocols.
        public var rawAnswerToReset: [UInt8]?

        public init() {}
    }

    /// One word, for the control socket.
    public let id: String
    /// For the person at the dock.
    public let title: String
    public let titleEnglish: String
    /// Nil: the card is mute.
    public let answerToReset: EmulatedAnswerToReset?
    public let habits: Habits
    private let state: Mutex<State>

    public init(
        id: String, title: String, titleEnglish: String,
        answerToReset: EmulatedAnswerToReset? = EmulatedAnswerToReset(), habits: Habits = Habits(),
        application: any ChipCardApplication
    ) {
        self.id = id
        self.title = title
        self.titleEnglish = titleEnglish
        self.answerToReset = answerToReset
        self.habits = habits
        state = Mutex(State(application: application))
    }

    /// VERIFY commands (INS 20 and 21) that ever reached the card.
    public var verifyAttempts: Int {
        state.withLock { $0.verifyAttempts }
    }

    // MARK: What the reader's contacts do

    /// Cold or warm reset. Nil: mute.
    func powerOn() -> [UInt8]? {
        guard let answerToReset else { return nil }
        state.withLock { state in
            state.application.reset()
            state.transmission = answerToReset.protocols[0]
            state.rate = answerToReset.isSpecific ? answerToReset.fastestRate ?? 0x11 : 0x11
            state.isNegotiable = !answerToReset.isSpecific
            state.engine = T1CardEngine(blockSize: answerToReset.blockSize)
            state.requestsBlockSize = habits.requestedBlockSize != nil
            state.pending = []
        }
        return habits.rawAnswerToReset ?? answerToReset.bytes
    }

    /// What the card speaks now, and its Fi and Di as in TA1.
    var speech: (transmission: EmulatedAnswerToReset.TransmissionProtocol, rate: UInt8) {
        state.withLock { ($0.transmission, $0.rate) }
    }

    /// ISO 7816-3, clause 9: protocol and parameters selection. Nil: no answer.
    func select(parameters request: [UInt8]) -> [UInt8]? {
        guard let answerToReset, request.count >= 3, request[0] == 0xFF, request.reduce(0, ^) == 0 else { return nil }
        let flags = request[1]
        let length = 3 + [0x10, 0x20, 0x40].filter { flags & $0 != 0 }.count
        guard request.count == length,
            let wanted = EmulatedAnswerToReset.TransmissionProtocol(rawValue: flags & 0x0F),
            answerToReset.protocols.contains(wanted)
        else { return nil }
        return state.withLock { state in
            guard state.isNegotiable else { return nil }
            state.isNegotiable = false
            state.transmission = wanted
            guard flags & 0x10 != 0 else { return request }
            if request[2] == 0x11 || request[2] == answerToReset.fastestRate {
                state.rate = request[2]
                return request
            }
            // PPS1 is left out: the default rate stays.
            var answer = [0xFF, flags & 0x0F]
            answer.append(answer.reduce(0, ^))
            return answer
        }
    }

    /// One T=0 command: header of five bytes, then P3 bytes or none. Nil: the card waits for bytes that do not come.
    func exchangeT0(_ command: [UInt8]) -> [UInt8]? {
        guard command.count >= 5 else { return nil }
        let (instruction, length) = (command[1], Int(command[4]))
        let data = Array(command.dropFirst(5))
        return state.withLock { state in
            state.isNegotiable = false
            if instruction == 0xC0 {
                guard data.isEmpty else { return nil }
                return state.getResponse(length == 0 ? 256 : length)
            }
            state.pending = []
            var call = ChipCommand(cla: command[0], ins: instruction, p1: command[2], p2: command[3])
            if Self.takesData(instruction) {
                guard data.count == length else { return nil }
                call.data = data
                let response = state.respond(to: call)
                return habits.announcesLengths ? state.announce(response) : Self.statusBytes(response.status)
            }
            guard data.isEmpty else { return nil }
            call.expectedLength = length == 0 ? 256 : length
            let response = state.respond(to: call)
            if response.data.isEmpty { return Self.statusBytes(response.status) }
            // T=0 transfers exactly P3 bytes.
            guard response.data.count == call.expectedLength else {
                return Self.statusBytes(0x6C00 | UInt16(truncatingIfNeeded: response.data.count & 0xFF))
            }
            return response.data + Self.statusBytes(response.status)
        }
    }

    /// One T=1 block.
    func exchangeT1(_ block: [UInt8]) -> [UInt8] {
        state.withLock { state in
            state.isNegotiable = false
            var engine = state.engine
            defer { state.engine = engine }
            var requests: [(control: UInt8, information: [UInt8])] = []
            if state.requestsBlockSize, let size = habits.requestedBlockSize { requests.append((0xC1, [size])) }
            requests += [(UInt8, [UInt8])](repeating: (0xC3, [1]), count: habits.timeExtensions)
            return engine.answer(block, requests: requests) { command in
                state.requestsBlockSize = false
                return state.exchange(command, announcesLengths: habits.announcesLengths)
            }
        }
    }

    /// One APDU, when the reader speaks T=1 with the card by itself.
    func exchange(apdu: [UInt8]) -> [UInt8] {
        state.withLock { state in
            state.isNegotiable = false
            return state.exchange(apdu, announcesLengths: habits.announcesLengths)
        }
    }

    /// Commands whose data go to the card (ISO 7816-4, table 4); in T=0 the header does not tell.
    private static func takesData(_ instruction: UInt8) -> Bool {
        [0x20, 0x21, 0x22, 0x24, 0x2A, 0x2C, 0x82, 0xA4, 0xC2, 0xD0, 0xD2, 0xD6, 0xDA, 0xDC, 0xE2]
            .contains(instruction)
    }

    private static func statusBytes(_ status: UInt16) -> [UInt8] {
        [UInt8(status >> 8), UInt8(status & 0xFF)]
    }

    private struct State {
        var application: any ChipCardApplication
        var transmission = EmulatedAnswerToReset.TransmissionProtocol.t0
        var rate: UInt8 = 0x11
        /// PPS is answered only as the first thing after a reset.
        var isNegotiable = false
        var engine = T1CardEngine(blockSize: nil)
        var requestsBlockSize = false
        /// What GET RESPONSE will fetch.
        var pending: [UInt8] = []
        var verifyAttempts = 0

        init(application: any ChipCardApplication) {
            self.application = application
        }

        mutating func respond(to command: ChipCommand) -> ChipResponse {
            if command.ins == 0x20 || command.ins == 0x21 { verifyAttempts += 1 }
            return application.respond(to: command)
        }

        /// Keeps the data for GET RESPONSE and answers 61xx.
        mutating func announce(_ response: ChipResponse) -> [UInt8] {
            guard !response.data.isEmpty, response.status == 0x9000 else { return statusBytes(response.status) }
            pending = response.data
            return statusBytes(0x6100 | UInt16(min(pending.count, 256) & 0xFF))
        }

        mutating func getResponse(_ length: Int) -> [UInt8] {
            guard !pending.isEmpty else { return statusBytes(0x6985) }
            guard length <= pending.count else { return statusBytes(0x6C00 | UInt16(min(pending.count, 256) & 0xFF)) }
            let piece = Array(pending.prefix(length))
            pending.removeFirst(length)
            return piece
                + statusBytes(pending.isEmpty ? 0x9000 : 0x6100 | UInt16(min(pending.count, 256) & 0xFF))
        }

        mutating func exchange(_ apdu: [UInt8], announcesLengths: Bool) -> [UInt8] {
            guard let command = ChipCommand(apdu: apdu) else { return statusBytes(0x6700) }
            if command.ins == 0xC0 { return getResponse(command.expectedLength) }
            pending = []
            let response = respond(to: command)
            let count = response.data.count
            if announcesLengths, count > 0, command.expectedLength != count {
                if !command.data.isEmpty { return announce(response) }
                return statusBytes(0x6C00 | UInt16(min(count, 256) & 0xFF))
            }
            guard command.expectedLength > 0, count > 0 else { return statusBytes(response.status) }
            guard count <= command.expectedLength else { return statusBytes(0x6C00 | UInt16(min(count, 256) & 0xFF)) }
            return response.data + statusBytes(response.status)
        }

        private func statusBytes(_ status: UInt16) -> [UInt8] { EmulatedChipCard.statusBytes(status) }
    }
}

extension EmulatedChipCard {
    /// A social security card in either protocol.
    public static func socialSecurity(
        id: String, title: String, titleEnglish: String, card: SocialSecurityCard,
        transmission: EmulatedAnswerToReset.TransmissionProtocol = .t0, habits: Habits = Habits()
    ) -> EmulatedChipCard {
        EmulatedChipCard(
            id: id, title: title, titleEnglish: titleEnglish,
            answerToReset: EmulatedAnswerToReset(
                protocols: [transmission], blockSize: transmission == .t1 ? 254 : nil,
                historicalBytes: Array("DEMO-SSC".utf8)),
            habits: habits, application: card)
    }

    /// A chip that never answers: the wrong way round, or broken.
    public static func mute(id: String = "mute") -> EmulatedChipCard {
        EmulatedChipCard(
            id: id, title: "无应答的卡", titleEnglish: "mute chip", answerToReset: nil, application: BlankChip())
    }

    /// New cards at each call. The people of ``EmulatedCard/builtIn`` with the same numbers: Zhang's speaks T=0,
    /// Wang's T=1, Li's T=0 with 61xx and 6Cxx.
    public static func builtIn() -> [EmulatedChipCard] {
        var announcing = Habits()
        announcing.announcesLengths = true
        return [
            socialSecurity(id: "zhang", title: "张伟民 社保卡", titleEnglish: "Zhang, T=0", card: .zhang),
            socialSecurity(
                id: "wang", title: "王秀兰 社保卡", titleEnglish: "Wang, T=1", card: .wang, transmission: .t1),
            socialSecurity(
                id: "li", title: "李静 社保卡", titleEnglish: "Li, 61xx and 6Cxx", card: .li, habits: announcing),
            socialSecurity(id: "expired", title: "赵立新 社保卡", titleEnglish: "has expired", card: .expired),
            EmulatedChipCard(
                id: "bank", title: "银行卡", titleEnglish: "bank card",
                answerToReset: EmulatedAnswerToReset(historicalBytes: Array("DEMO-BANK".utf8)), application: BankCard()),
            EmulatedChipCard(id: "blank", title: "空白芯片", titleEnglish: "blank chip", application: BlankChip()),
            mute(),
        ]
    }
}

extension SocialSecurityCard {
    /// 张伟民.
    public static let zhang = SocialSecurityCard(
        number: "230199199001010018", name: [0xD5, 0xC5, 0xCE, 0xB0, 0xC3, 0xF1], sex: "1", nation: "01",
        birth: "19900101", cardNumber: "D00000018", issued: "20200601", expires: "20400601")
    /// 王秀兰.
    public static let wang = SocialSecurityCard(
        number: "230199195203150029", name: [0xCD, 0xF5, 0xD0, 0xE3, 0xC0, 0xBC], sex: "2", nation: "11",
        birth: "19520315", cardNumber: "D00000029", issued: "20180401", expires: "20380401")
    /// 李静.
    public static let li = SocialSecurityCard(
        number: "230199198506120023", name: [0xC0, 0xEE, 0xBE, 0xB2], sex: "2", nation: "01", birth: "19850612",
        cardNumber: "D00000023", issued: "20200301", expires: "20400301")
    /// 赵立新, whose card ended in 2021.
    public static let expired = SocialSecurityCard(
        number: "230199199308200019", name: [0xD5, 0xD4, 0xC1, 0xA2, 0xD0, 0xC2], sex: "1", nation: "03",
        birth: "19930820", cardNumber: "D00000019", issued: "20110501", expires: "20210501")
}
