import KioskCore
import KioskEmulation
import Synchronization
import Testing

@testable import KioskDevices

/// A driver on a reader, in the test's own time.
struct ChipBench<Model: EmulatedUSBDevice> {
    let time = TestTime()
    let bus: InProcessBus
    let model: Model
    let driver: CCIDReader
    let port: SocialSecurityCardReader

    init(plugged: Bool = true, settings: CCIDSettings = CCIDSettings(), _ model: (TestTime) -> Model) {
        bus = InProcessBus(time: time)
        self.model = model(time)
        driver = CCIDReader(
            bus: bus, matcher: DeviceMatcher(interfaceClass: 0x0B), settings: settings, clock: time)
        port = SocialSecurityCardReader(driver)
        if plugged { bus.plug(self.model) }
    }

    func read() async throws -> IdentityReading {
        try await port.readCard(CardRequest(accepts: [.socialSecurityCard])) {}
    }

    func expect(
        _ kind: Fault.Kind, _ responsible: Fault.Responsible, sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        await expectFault(kind, responsible, sourceLocation: sourceLocation) { try await read() }
    }
}

func expectFault(
    _ kind: Fault.Kind, _ responsible: Fault.Responsible, sourceLocation: SourceLocation = #_sourceLocation,
    _ read: () async throws -> IdentityReading
) async {
    do {
        _ = try await read()
        Issue.record("a card was read", sourceLocation: sourceLocation)
    } catch {
        let fault = error as? Fault
        #expect(fault?.kind == kind, "\(error)", sourceLocation: sourceLocation)
        #expect(fault?.responsible == responsible, "\(error)", sourceLocation: sourceLocation)
    }
}

@Suite("Chip-card reader, message by message")
struct CCIDReaderTests {
    private typealias Bench = ChipBench<ScriptedChipReader>

    private static func bench(
        _ files: ScriptedFiles? = ScriptedFiles(), settings: CCIDSettings = CCIDSettings(),
        _ reader: ScriptedChipReader = ScriptedChipReader()
    ) -> Bench {
        let bench = Bench(settings: settings) { _ in reader }
        if let files { reader.insert(files.card) }
        return bench
    }

    @Test("A card in the slot is read, then it has no power any more", arguments: [true, false])
    func reads(hasInterrupt: Bool) async throws {
        let files = ScriptedFiles()
        let bench = Self.bench(files, ScriptedChipReader(hasInterrupt: hasInterrupt))
        let reading = try await bench.read()
        #expect(reading.textRecord == ScriptedFiles.zhangText)
        #expect(reading.card.name == "张伟民")
        #expect(!bench.model.isPowered)
        #expect(bench.model.received.last?.type == 0x63)
        #expect(Set(files.instructions).isSubset(of: [0xA4, 0xB2, 0xC0]), "nothing but reading")
    }

    @Test("The reader's every message type stays within what reading needs")
    func messageTypes() async throws {
        let bench = Self.bench(ScriptedFiles(), ScriptedChipReader(features: 0x10000))
        _ = try await bench.read()
        let types = Set(bench.model.received.map(\.type))
        #expect(types.isSubset(of: [0x61, 0x62, 0x63, 0x65, 0x6F]))
        let sequences = bench.model.received.map(\.sequence)
        #expect(zip(sequences, sequences.dropFirst()).allSatisfy { $1 == $0 &+ 1 })
    }

    @Test("It waits for a card and says once that one came", arguments: [true, false])
    func waits(hasInterrupt: Bool) async throws {
        let bench = Self.bench(nil, ScriptedChipReader(hasInterrupt: hasInterrupt))
        bench.time.after(30_000) { bench.model.insert(ScriptedFiles().card) }
        let announced = Mutex(0)
        let reading = try await bench.port.readCard(CardRequest(accepts: [.socialSecurityCard])) {
            announced.withLock { $0 += 1 }
        }
        #expect(reading.card.documentNumber == "A12345678")
        #expect(announced.withLock { $0 } == 1)
        #expect(bench.time.elapsed < 31_500)
    }

    @Test("A notification that never comes, or that lies, does not matter")
    func notifications() async throws {
        let bench = Self.bench(nil)
        for _ in 0..<50 { bench.model.insert(ScriptedFiles().card) }
        bench.model.script = { message in
            // The slot itself says otherwise for a while.
            message.type == 0x65 && message.index < 20 ? [.done(message.answer(0x81, status: 2))] : nil
        }
        #expect(try await bench.read().textRecord == ScriptedFiles.zhangText)
    }

    @Test("A card that takes its time for every command is given up before the citizen is")
    func slowCard() async {
        let bench = Self.bench()
        bench.model.script = { message in
            if message.type == 0x6F { bench.time.advance(by: 4000) }
            return nil
        }
        await bench.expect(.cardUnreadable, .citizen)
        #expect(bench.time.elapsed < 40_000)
    }

    @Test("What the reader does not do by itself it is told: PPS, then the parameters")
    func parameters() async throws {
        let reader = ScriptedChipReader(features: 0x10000)
        let bench = Self.bench(nil, reader)
        let files = ScriptedFiles()
        reader.insert(
            ScriptedCard(answerToReset: [0x3B, 0x10, 0x95]) { $0.first == 0xFF ? $0 : files.answer($0) })
        _ = try await bench.read()
        let sent = reader.received.filter { $0.type != 0x65 }
        #expect(sent[0].bytes == [0x62, 0, 0, 0, 0, 0, sent[0].sequence, 1, 0, 0], "5 V first")
        #expect(sent[1].data == [0xFF, 0x10, 0x95, 0x7A])
        #expect(sent[2].type == 0x61)
        #expect(sent[2].data == [0x95, 0x00, 0x00, 0x0A, 0x00])
    }

    @Test("A card that does not take PPS is read at its first speed after a cold start")
    func refusesSpeed() async throws {
        let reader = ScriptedChipReader(features: 0x10000)
        let bench = Self.bench(nil, reader)
        let files = ScriptedFiles()
        reader.insert(
            ScriptedCard(answerToReset: [0x3B, 0x10, 0x95]) { $0.first == 0xFF ? [0xFF, 0xFF] : files.answer($0) })
        #expect(try await bench.read().card.name == "张伟民")
        let parameters = reader.received.filter { $0.type == 0x61 }
        #expect(parameters.map { $0.data.first } == [0x11])
    }

    @Test("A reader without SetParameters is believed to do it itself; another refusal is out of service")
    func parametersRefused() async throws {
        let bench = Self.bench(ScriptedFiles(), ScriptedChipReader(features: 0x10000))
        bench.model.script = { $0.type == 0x61 ? [.done($0.answer(0x82, status: 0x40, error: 0))] : nil }
        _ = try await bench.read()
        bench.model.script = { $0.type == 0x61 ? [.done($0.answer(0x82, status: 0x40, error: 10))] : nil }
        await bench.expect(.readerOutOfService, .technician)
    }

    @Test("Voltages are tried from the reader's own choice down")
    func voltages() async throws {
        let reader = ScriptedChipReader()
        let bench = Self.bench(ScriptedFiles(), reader)
        reader.script = { message in
            guard message.type == 0x62, message.bytes[7] != 3 else { return nil }
            return [.done(message.answer(0x80, status: 0x41, error: message.bytes[7] == 1 ? 7 : 0xFE))]
        }
        _ = try await bench.read()
        #expect(reader.received.filter { $0.type == 0x62 }.map { $0.bytes[7] } == [0, 1, 2, 3])
    }

    @Test("Time extensions are waited for, and end at the limit", arguments: [false, true])
    func timeExtension(isEndless: Bool) async throws {
        let bench = Self.bench()
        let extended = Mutex(false)
        bench.model.script = { [model = bench.model] message in
            guard message.type == 0x6F, !extended.withLock({ $0 }) else { return nil }
            extended.withLock { $0 = true }
            let more = EmulatedTransfer.done(message.answer(0x80, status: 0x80, error: 3))
            if isEndless { return [EmulatedTransfer](repeating: more, count: 2000) }
            return [more, more, more, .done(model.usual(message))]
        }
        if isEndless {
            await bench.expect(.cardUnreadable, .citizen)
        } else {
            #expect(try await bench.read().textRecord == ScriptedFiles.zhangText)
        }
    }

    @Test("A time extension that is not followed by anything ends at the message's own patience")
    func extensionThenSilence() async throws {
        let bench = Self.bench()
        bench.model.script = { message in
            message.type == 0x6F ? [.done(message.answer(0x80, status: 0x80, error: 1))] : nil
        }
        await bench.expect(.readerSilent, .technician)
        #expect(bench.time.elapsed < 25_000)
    }

    @Test(
        "An answer out of step is followed by an abort, and the card is read from the beginning",
        arguments: ["sequence", "slot", "type", "long", "short", "status", "none", "stall", "babble", "damaged"])
    func outOfStep(how: String) async throws {
        let bench = Self.bench()
        let done = Mutex(false)
        bench.model.script = { [model = bench.model] message in
            guard message.type == 0x6F, message.index > 4, !done.withLock({ $0 }) else { return nil }
            done.withLock { $0 = true }
            var bytes = model.usual(message)
            switch how {
            case "sequence": bytes[6] &-= 1
            case "slot": bytes[5] = 1
            case "type": bytes[0] = 0x82
            case "long": bytes.append(0)
            case "short": bytes.removeLast()
            case "status": bytes[7] = 0xC3
            case "stall": return [.stall]
            case "babble": return [.babble]
            case "damaged": return [.damaged]
            default: return []
            }
            return [.done(bytes)]
        }
        #expect(try await bench.read().textRecord == ScriptedFiles.zhangText)
        #expect(done.withLock { $0 })
        let abort = try #require(bench.model.received.first { $0.type == 0x72 })
        #expect(bench.model.controls.first == [0x21, 0x01, 0, abort.sequence, 0, 0, 0, 0])
        #expect(bench.model.resets == 0)
    }

    @Test("An old answer is never taken for the new card's")
    func stale() async throws {
        let bench = Self.bench()
        _ = try await bench.read()
        let next = try #require(bench.model.received.last).sequence &+ 1
        // As if it answered the very next command, and more of the kind behind it.
        bench.model.send([0x80, 2, 0, 0, 0, 0, next, 0, 0, 0, 0x90, 0x00])
        bench.model.send([0x81, 0, 0, 0, 0, 0, next &+ 3, 2, 0, 0])
        #expect(try await bench.read().textRecord == ScriptedFiles.zhangText)
    }

    @Test("A reader that does not come in step is reset, then given up", arguments: [true, false])
    func silent(helps: Bool) async throws {
        let bench = Self.bench()
        bench.model.script = { [model = bench.model] message in
            if message.type == 0x65 && message.index == 0 { return nil }
            return helps && model.resets > 0 ? nil : []
        }
        if helps {
            #expect(try await bench.read().textRecord == ScriptedFiles.zhangText)
        } else {
            await bench.expect(.readerSilent, .technician)
        }
        #expect(bench.model.resets == 1)
    }

    @Test("A reader that never stops sending is given up")
    func babbles() async {
        let bench = Self.bench()
        bench.model.script = { message in
            [EmulatedTransfer](repeating: .done(message.answer(0x81, sequence: 0xEE)), count: 500)
        }
        await bench.expect(.readerSilent, .technician)
    }

    @Test("Pulled in the middle of a command the card is removed, by whichever error", arguments: [0x40, 0x41, 0x42])
    func pulled(status: UInt8) async throws {
        let bench = Self.bench()
        bench.model.script = { [model = bench.model] message in
            guard message.type == 0x6F, message.data.count > 1, message.data[1] == 0xB2 else { return nil }
            model.pull()
            return [.done(message.answer(0x80, status: status, error: 0xFE))]
        }
        await bench.expect(.cardRemoved, .citizen)
        bench.model.script = nil
        bench.model.insert(ScriptedFiles().card)
        #expect(try await bench.read().textRecord == ScriptedFiles.zhangText)
    }

    @Test("A mute card is unreadable after a few cold starts")
    func mute() async throws {
        let bench = Self.bench()
        bench.model.script = { $0.type == 0x62 ? [.done($0.answer(0x80, status: 0x41, error: 0xFE))] : nil }
        await bench.expect(.cardUnreadable, .citizen)
        #expect(bench.model.received.filter { $0.type == 0x62 }.count == 12, "four voltages, three times")
    }

    @Test(
        "A card that answers nonsense is unreadable, and what it asks for is bounded",
        arguments: [
            [], [0x90], [0x6C, 0x01], [0x61, 0x01], [0x61, 0x00], [0x6F, 0x00], [0x65, 0x81],
            [UInt8](repeating: 0x61, count: 258),
        ] as [[UInt8]])
    func nonsense(answer: [UInt8]) async {
        let bench = Self.bench(nil)
        bench.model.insert(ScriptedCard(answerToReset: ScriptedCard.plainReset) { _ in answer })
        await bench.expect(.cardUnreadable, .citizen)
        #expect(bench.model.received.count < 1200)
    }

    @Test("A card that fails once is read at the second attempt")
    func failsOnce() async throws {
        let bench = Self.bench()
        let failed = Mutex(false)
        bench.model.script = { message in
            guard message.type == 0x6F, !failed.withLock({ $0 }) else { return nil }
            failed.withLock { $0 = true }
            return [.done(message.answer(0x80, status: 0x40, error: 0xFB))]
        }
        #expect(try await bench.read().textRecord == ScriptedFiles.zhangText)
    }

    @Test("A reader that works character by character, or without class descriptor, is out of service")
    func characterLevel() async {
        await Self.bench(ScriptedFiles(), ScriptedChipReader(features: 0x000000BA))
            .expect(.readerOutOfService, .technician)
        await Self.bench(ScriptedFiles(), ScriptedChipReader(features: 0x00030000))
            .expect(.readerOutOfService, .technician)
        await Self.bench(ScriptedFiles(), ScriptedChipReader(messageLength: 20))
            .expect(.readerOutOfService, .technician)
    }

    @Test("An extended APDU travels in parts both ways, where reader and card can")
    func extendedLength() async throws {
        let reader = ScriptedChipReader(features: 0x000404FE, protocols: 3)
        let bench = Self.bench(nil, reader)
        // T=1, and card capabilities with extended lengths.
        let body: [UInt8] = [0x85, 0x01, 0x80, 0x73, 0x00, 0x00, 0x40]
        let content = (0..<600).map { UInt8($0 & 0xFF) }
        reader.insert(ScriptedCard(answerToReset: [0x3B] + body + [body.reduce(0, ^)]) { _ in [] })
        let parts = Mutex(0)
        reader.script = { message in
            guard message.type == 0x6F else { return nil }
            let part = parts.withLock { count in
                count += 1
                return count
            }
            switch part {
            case 1: return [.done(message.answer(0x80, parameter: 1, data: Array(content[0..<261])))]
            case 2: return [.done(message.answer(0x80, parameter: 3, data: Array(content[261..<522])))]
            default: return [.done(message.answer(0x80, parameter: 2, data: Array(content[522...]) + [0x90, 0]))]
            }
        }
        let response = try await bench.driver.withCard(onCard: {}) { card throws(SmartCardError) in
            try await card.transmit(.readBinary(offset: 0, length: 600))
        }
        #expect(response == CardResponse(data: content, status: 0x9000))
        let transfers = reader.received.filter { $0.type == 0x6F }
        #expect(transfers.map(\.data) == [[0x00, 0xB0, 0, 0, 0, 0x02, 0x58], [], []])
        #expect(transfers.map { $0.bytes[8] } == [0x00, 0x10, 0x10])
    }

    @Test(
        "Extended lengths are refused where card or reader has none", arguments: [0x000104FE, 0x000204FE, 0x000404FE])
    func noExtendedLength(features: UInt32) async {
        let bench = Self.bench(ScriptedFiles(), ScriptedChipReader(features: features))
        await #expect {
            _ = try await bench.driver.withCard(onCard: {}) { card throws(SmartCardError) in
                try await card.transmit(.readBinary(offset: 0, length: 600))
            }
        } throws: { ($0 as? Fault)?.kind == .cardUnsupported }
    }

    @Test("Parts of GET RESPONSE are put together")
    func getResponse() async throws {
        var habits = ScriptedFiles.Habits()
        habits.chunk = 1
        let files = ScriptedFiles(ScriptedFiles.zhang, habits)
        let bench = Self.bench(files)
        #expect(try await bench.read().textRecord == ScriptedFiles.zhangText)
        #expect(files.instructions.filter { $0 == 0xC0 }.count == 4)
    }

    @Test("No reader is missing, and one plugged in later works")
    func missing() async throws {
        let bench = Bench(plugged: false) { _ in ScriptedChipReader() }
        await bench.expect(.readerMissing, .technician)
        await #expect(throws: Fault.self) { try await bench.driver.check() }
        bench.bus.plug(bench.model)
        bench.model.insert(ScriptedFiles().card)
        #expect(try await bench.read().card.name == "张伟民")
        try await bench.driver.check()
        await bench.driver.close()
    }

    @Test("A second caller waits for the first; cancelled, neither leaves anything behind")
    func oneAtATime() async throws {
        let bench = Self.bench(nil)
        let started = AsyncStream<Void>.makeStream()
        bench.time.after(1000) { started.continuation.finish() }
        let first = Task { try await bench.read() }
        for await _ in started.stream {}
        let second = Task { try await bench.read() }
        second.cancel()
        await expectFault(.timedOut, .citizen) { try await second.value }
        first.cancel()
        await expectFault(.timedOut, .citizen) { try await first.value }
        bench.model.insert(ScriptedFiles().card)
        #expect(try await bench.read().textRecord == ScriptedFiles.zhangText)
    }

    @Test("Cancelled in the middle of a command, the command is aborted and the card loses its power")
    func cancelledInCommand() async throws {
        let bench = Self.bench()
        let cancel = Mutex<(@Sendable () -> Void)?>(nil)
        bench.model.script = { message in
            guard message.type == 0x6F, cancel.withLock({ $0 }) != nil else { return nil }
            cancel.withLock { $0 }?()
            return []
        }
        let gate = AsyncStream<Void>.makeStream()
        let task = Task {
            for await _ in gate.stream {}
            return try await bench.read()
        }
        cancel.withLock { $0 = { task.cancel() } }
        gate.continuation.finish()
        await expectFault(.timedOut, .citizen) { try await task.value }
        #expect(bench.model.received.suffix(3).map(\.type) == [0x72, 0x65, 0x63])
        #expect(!bench.model.isPowered)
        bench.model.script = nil
        #expect(try await bench.read().textRecord == ScriptedFiles.zhangText)
    }
}
