/// Carries one CCID command and its answer over a transport, and brings the reader back in step when it is not.

import KioskCore

/// One command at a time. After any throw the link may be out of step (`needsSync`): no command is sent then until
/// `synchronise` has seen the answer to its own abort.
actor CCIDLink {
    nonisolated let transport: any USBTransport
    nonisolated let wiring: CCIDWiring
    private let settings: CCIDSettings
    private let clock: any KioskCore.Clock
    private var sequence: UInt8 = 0
    private var halted: [USBEndpoint] = []
    private(set) var needsSync = true

    /// Status, abort and reading the pipe empty: what a reader answers without its card.
    private static let quickMilliseconds = 500
    /// An IN pipe that is silent this long is empty.
    private static let quietMilliseconds = 30
    /// Between two parts of one message.
    private static let partMilliseconds = 100
    /// Answers thrown away before a reader is held to babble.
    private static let staleLimit = 64
    /// Time extensions of one message, however short they are.
    private static let extensionCount = 1000

    /// Claims the reader's interface.
    init(
        transport: any USBTransport, settings: CCIDSettings, clock: any KioskCore.Clock
    ) async throws(USBError) {
        guard let configuration = transport.info.configuration else {
            throw USBError(.unsupported, "configuration descriptor cannot be read")
        }
        do throws(CodecError) {
            wiring = try CCIDWiring(configuration: configuration)
        } catch {
            throw USBError(.unsupported, error.description)
        }
        guard wiring.descriptor.exchangeLevel != .character else {
            throw USBError(.unsupported, "character level exchange")
        }
        self.transport = transport
        self.settings = settings
        self.clock = clock
        try await transport.claim(interface: wiring.interface)
    }

    /// Sends `command` and waits for its answer, through time extensions. The answer may tell of a failure.
    func exchange(_ command: CCIDCommand) async throws(SmartCardError) -> CCIDAnswer {
        let patience =
            switch command {
            case .powerOn: settings.powerOn
            case .transfer, .setParameters: settings.exchange
            case .powerOff, .slotStatus, .abort: Self.quickMilliseconds
            }
        needsSync = true
        sequence &+= 1
        let limit = now + Int64(settings.extensionLimit)
        var deadline = now + Int64(patience)
        try await send(command, deadline: deadline)
        for _ in 0..<Self.extensionCount {
            let answer: CCIDAnswer
            do throws(SmartCardError) {
                answer = try await receive(deadline: deadline)
            } catch  where error.code == .outOfStep && now >= limit {
                break
            }
            guard answer.slot == CCIDMessage.slot, answer.sequence == sequence else {
                throw SmartCardError(.outOfStep, "the answer has another slot or sequence number")
            }
            guard answer.outcome != .timeExtension else {
                guard now < limit else { break }
                deadline = min(now + Int64(patience), limit)
                continue
            }
            guard answer.type == command.answerType else {
                throw SmartCardError(.outOfStep, "an answer of another type")
            }
            needsSync = false
            return answer
        }
        throw SmartCardError(.cardStuck, "time extensions without end")
    }

    /// The same; a failure is thrown.
    func perform(_ command: CCIDCommand) async throws(SmartCardError) -> CCIDAnswer {
        let answer = try await exchange(command)
        if let failure = answer.failure { throw failure }
        return answer
    }

    /// Whether a card is in the slot.
    func isCardPresent() async throws(SmartCardError) -> Bool {
        let answer = try await exchange(.slotStatus)
        if answer.cardState == .absent { return false }
        // A status that failed tells nothing of the slot.
        if let failure = answer.failure { throw failure }
        return true
    }

    /// Reads the pipe empty and asks for the slot's state, for a reader just opened.
    func settle() async throws(SmartCardError) {
        try await drain()
        _ = try await exchange(.slotStatus)
    }

    /// Ends whatever the reader still does for us (CCID 1.1, 5.3.1): ABORT on the control pipe and on the bulk pipe with
    /// the same sequence number, then everything older is read away. A reader that does not know ABORT refuses it; the
    /// answer to the bulk message still shows where the old answers end.
    func synchronise() async throws(SmartCardError) {
        needsSync = true
        sequence &+= 1
        let setup = USBSetup(
            requestType: 0x21, request: 0x01, value: UInt16(sequence) << 8 | UInt16(CCIDMessage.slot),
            index: UInt16(wiring.interface))
        do throws(USBError) {
            try await transport.controlOut(setup, data: [], timeoutMilliseconds: Self.quickMilliseconds)
        } catch {
            let problem = SmartCardError(error)
            guard problem.code == .outOfStep else { throw problem }
        }
        try await clearHalts()
        try await drain()
        let deadline = now + Int64(Self.quickMilliseconds)
        try await send(.abort, deadline: deadline)
        for _ in 0..<Self.staleLimit {
            let answer: CCIDAnswer
            do throws(SmartCardError) {
                answer = try await receive(deadline: deadline)
            } catch  where error.code == .outOfStep && now < deadline && halted.isEmpty {
                continue
            }
            guard answer.sequence == sequence, answer.type == CCIDCommand.abort.answerType else { continue }
            _ = try await exchange(.slotStatus)
            return
        }
        throw SmartCardError(.outOfStep, "answers without end")
    }

    /// Resets the port and takes up the pipes again. The card has lost its power then.
    func reset() async throws(SmartCardError) {
        needsSync = true
        do throws(USBError) {
            try await transport.reset()
            try await transport.clearHalt(wiring.input)
            try await transport.clearHalt(wiring.output)
        } catch {
            throw SmartCardError(error)
        }
        halted = []
        try await settle()
    }

    /// Waits until the reader tells that a card is there, at most a moment: a notification can be lost, so the caller
    /// asks for the slot's state in any case. True when a card was told of.
    func awaitNotification() async throws(SmartCardError) -> Bool {
        guard let interrupt = wiring.interrupt else {
            try await pause()
            return false
        }
        do throws(USBError) {
            let bytes = try await transport.read(
                from: interrupt, maximum: interrupt.packetSize, timeoutMilliseconds: settings.pollInterval * 4)
            if let message = try? CCIDNotification(bytes), message == .slotChange(isPresent: true) { return true }
        } catch {
            switch error.code {
            case .timedOut: return false
            case .stalled:
                do throws(USBError) {
                    try await transport.clearHalt(interrupt)
                } catch {
                    throw SmartCardError(error)
                }
            default:
                let problem = SmartCardError(error)
                guard problem.code == .outOfStep else { throw problem }
            }
        }
        // A reader that babbles here is asked no more often than one without this pipe.
        try await pause()
        return false
    }

    func pause() async throws(SmartCardError) {
        do {
            try await clock.sleep(until: Timestamp(milliseconds: now + Int64(settings.pollInterval)))
        } catch {
            throw SmartCardError(.cancelled, "pause")
        }
    }

    private func send(_ command: CCIDCommand, deadline: Int64) async throws(SmartCardError) {
        let bytes = command.bytes(sequence: sequence)
        guard bytes.count <= wiring.descriptor.maximumMessageLength else {
            throw SmartCardError(.cardUnsupported, "a command longer than the reader's messages")
        }
        do throws(USBError) {
            try await transport.write(bytes, to: wiring.output, timeoutMilliseconds: try remaining(deadline))
        } catch {
            if error.code == .stalled { halted.append(wiring.output) }
            throw SmartCardError(error)
        }
    }

    /// One whole message. Readers send it in one transfer (CCID 1.1, chapter 6); one that splits it is understood as
    /// long as the parts follow at once. A packet without bytes before it is the end of the message before.
    private func receive(deadline: Int64) async throws(SmartCardError) -> CCIDAnswer {
        let input = wiring.input
        var message: [UInt8] = []
        var missing = input.packetSize
        var empty = 0
        do throws(USBError) {
            while missing > 0 {
                let patience = try remaining(deadline)
                let bytes = try await transport.read(
                    from: input, maximum: missing,
                    timeoutMilliseconds: message.isEmpty ? patience : min(patience, Self.partMilliseconds))
                if bytes.isEmpty {
                    empty += 1
                    guard empty <= 2 else { throw USBError(.damaged, "packets without bytes") }
                    continue
                }
                message += bytes
                do throws(CodecError) {
                    let length = try CCIDAnswer.dataLength(
                        message, maximum: wiring.descriptor.maximumMessageLength)
                    missing = length.map { CCIDMessage.headerLength + $0 - message.count } ?? input.packetSize
                } catch {
                    throw USBError(.damaged, error.description)
                }
            }
        } catch {
            if error.code == .stalled { halted.append(input) }
            throw SmartCardError(error)
        }
        do throws(CodecError) {
            return try CCIDAnswer(message)
        } catch {
            throw SmartCardError(.outOfStep, error.description)
        }
    }

    /// Reads until the pipe has been quiet for a moment; what comes belongs to nobody.
    private func drain() async throws(SmartCardError) {
        for _ in 0..<Self.staleLimit {
            do throws(USBError) {
                _ = try await transport.read(
                    from: wiring.input, maximum: 4096, timeoutMilliseconds: Self.quietMilliseconds)
            } catch {
                switch error.code {
                case .timedOut: return
                case .stalled:
                    halted.append(wiring.input)
                    try await clearHalts()
                default:
                    let problem = SmartCardError(error)
                    guard problem.code == .outOfStep else { throw problem }
                }
            }
        }
        throw SmartCardError(.outOfStep, "the reader does not stop sending")
    }

    private func clearHalts() async throws(SmartCardError) {
        let endpoints = halted
        halted = []
        do throws(USBError) {
            for endpoint in endpoints { try await transport.clearHalt(endpoint) }
        } catch {
            throw SmartCardError(error)
        }
    }

    private func remaining(_ deadline: Int64) throws(USBError) -> Int {
        let left = deadline - now
        guard left > 0 else { throw USBError(.timedOut, "no answer from the reader") }
        return Int(clamping: left)
    }

    private var now: Int64 { clock.now().milliseconds }
}
