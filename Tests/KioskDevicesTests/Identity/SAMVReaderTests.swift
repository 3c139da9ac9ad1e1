import KioskCore
import KioskEmulation
import Synchronization
import Testing

@testable import KioskDevices

typealias ReaderModel = KioskEmulation.SAMVReader
typealias ReaderDriver = KioskDevices.SAMVReader

@Suite("Identity-card reader")
struct SAMVReaderTests {
    /// A driver, a model of a reader and the wire between them.
    private struct Bench {
        let time = TestTime()
        let bus: InProcessBus
        let model: ReaderModel
        let driver: ReaderDriver

        init(_ style: ReaderModel.Style = .fourEndpoint, plugged: Bool = true) {
            bus = InProcessBus(time: time)
            model = ReaderModel(style: style, time: time)
            driver = ReaderDriver(
                bus: bus, matcher: DeviceMatcher(devices: [.init(vendor: 0x0400, product: 0xC35A)]), clock: time)
            if plugged { bus.plug(model) }
        }

        func read() async throws -> IdentityReading { try await driver.readCard {} }
    }

    private static func card(_ id: String) throws -> EmulatedCard {
        try #require(EmulatedCard.builtIn.first { $0.id == id })
    }

    @Test("A card's text and photo arrive byte for byte", arguments: ReaderModel.Style.allCases)
    func readsCard(style: ReaderModel.Style) async throws {
        let bench = Bench(style)
        let card = try Self.card("zhang")
        bench.model.place(card)
        let reading = try await bench.read()
        #expect(reading.textRecord == card.textRecord)
        #expect(reading.photoRecord == card.photoRecord)
        #expect(reading.card.name == "张伟民")
        #expect(reading.card.number == "230199199001010018")
        #expect(await bench.driver.samIdentifier == "05.03-20260101-0000000001-0000000007")
        #expect(bench.time.elapsed < 1500, "card to text within a second and a half of the reader's time")
    }

    @Test("It waits for a card and says once that one came")
    func waits() async throws {
        let bench = Bench()
        let card = try Self.card("wang")
        bench.time.after(60_000) { bench.model.place(card) }
        let announced = Mutex(0)
        let reading = try await bench.driver.readCard { announced.withLock { $0 += 1 } }
        #expect(reading.card.expiry == .never)
        #expect(announced.withLock { $0 } == 1)
    }

    @Test("A reader that is given back ends the read that waits, and is not opened again by it")
    func closedWhileWaiting() async throws {
        let bench = Bench()
        let card = try Self.card("wang")
        bench.time.after(5000) { Task { await bench.driver.close() } }
        bench.time.after(600_000) { bench.model.place(card) }
        await #expect(throws: Fault(.timedOut, responsible: .citizen, detail: "cancelled")) {
            try await bench.read()
        }
        #expect(bench.time.elapsed < 600_000)
    }

    @Test("A card that was read is read again once it was lifted", arguments: ReaderModel.Style.allCases)
    func readsTwice(style: ReaderModel.Style) async throws {
        let bench = Bench(style)
        let (first, second) = (try Self.card("zhang"), try Self.card("li"))
        bench.model.place(first)
        #expect(try await bench.read().card.name == "张伟民")
        bench.time.after(5000) { bench.model.place(second) }
        #expect(try await bench.read().card.name == "李静")
    }

    @Test(
        "A card of an unknown kind is unsupported, not broken", arguments: [SAMVFault.status(0x40), .kindLetter(0x51)])
    func unsupported(fault: SAMVFault) async throws {
        let bench = Bench()
        bench.model.place(try Self.card("zhang"))
        bench.model.inject(fault, at: fault == .status(0x40) ? .find : .read)
        await Self.expect(.cardUnsupported, .citizen) { try await bench.read() }
    }

    @Test("A card without photo is read without one")
    func noPhoto() async throws {
        let bench = Bench()
        bench.model.place(try Self.card("zhang"))
        bench.model.inject(.noPhoto, at: .read)
        #expect(try await bench.read().photoRecord.isEmpty)
    }

    @Test(
        "What passes is survived",
        arguments: [
            SAMVFault.status(0x10), .status(0x11), .status(0x24), .status(0x31), .status(0x32), .status(0x33),
            .status(0x41), .status(0x47), .status(0x81), .wrongChecksum, .lengthTooLarge, .lengthTooShort, .silence,
            .noise([0x00, 0xAA, 0xAA, 0x96]), .oneBytePackets, .coalesced, .late(.milliseconds(3500)),
        ], [SAMVStep.find, .select, .read])
    func survives(fault: SAMVFault, step: SAMVStep) async throws {
        for style in ReaderModel.Style.allCases {
            let bench = Bench(style)
            let card = try Self.card("li")
            bench.model.place(card)
            bench.model.inject(fault, at: step, times: 1)
            let reading = try await bench.read()
            #expect(reading.textRecord == card.textRecord, "\(style)")
            #expect(reading.photoRecord == card.photoRecord, "\(style)")
        }
    }

    @Test(
        "What stays ends with the fault that says who must act",
        arguments: [
            (SAMVFault.status(0x31), SAMVStep.read, Fault.Kind.cardUnreadable, Fault.Responsible.citizen),
            (.status(0x32), .select, .cardUnreadable, .citizen), (.status(0x33), .read, .cardUnreadable, .citizen),
            (.status(0x41), .read, .cardRemoved, .citizen), (.status(0x81), .select, .cardRemoved, .citizen),
            (.status(0x60), .find, .readerOutOfService, .technician),
            (.status(0x66), .select, .readerOutOfService, .technician),
            (.status(0x21), .read, .readerOutOfService, .technician),
            (.status(0x24), .read, .readerOutOfService, .technician),
            (.silence, .read, .readerSilent, .technician), (.wrongChecksum, .read, .readerSilent, .technician),
        ])
    func staysBroken(
        fault: SAMVFault, step: SAMVStep, kind: Fault.Kind, responsible: Fault.Responsible
    ) async throws {
        let bench = Bench()
        bench.model.place(try Self.card("zhang"))
        bench.model.inject(fault, at: step)
        await Self.expect(kind, responsible) { try await bench.read() }
        #expect(bench.time.elapsed < 60_000)
        // The same reader works again as soon as the fault is gone.
        bench.model.clearFaults()
        bench.model.place(try Self.card("li"))
        #expect(try await bench.read().card.name == "李静")
    }

    @Test("A card taken away during the read is asked for again")
    func removed() async throws {
        let bench = Bench()
        bench.model.place(try Self.card("zhang"))
        bench.model.inject(.cardLifted, at: .read, times: 1)
        await Self.expect(.cardRemoved, .citizen) { try await bench.read() }
    }

    @Test("A card put back at once is read on")
    func putBack() async throws {
        let bench = Bench()
        let card = try Self.card("zhang")
        bench.model.place(card)
        bench.model.inject(.cardLifted, at: .read, times: 1)
        bench.time.after(2000) { bench.model.place(card) }
        #expect(try await bench.read().card.name == "张伟民")
    }

    @Test("A reader that says nothing at all is silent, not missing", arguments: ReaderModel.Style.allCases)
    func silent(style: ReaderModel.Style) async throws {
        let bench = Bench(style)
        bench.model.inject(.silence)
        await Self.expect(.readerSilent, .technician) { try await bench.read() }
    }

    @Test("A stuck security module is out of service")
    func stuckModule() async throws {
        let bench = Bench()
        bench.model.inject(.status(0x60))
        await Self.expect(.readerOutOfService, .technician) { try await bench.read() }
    }

    @Test("No reader is missing, and a reader plugged in later works")
    func missing() async throws {
        let bench = Bench(plugged: false)
        await Self.expect(.readerMissing, .technician) { try await bench.read() }
        bench.bus.plug(bench.model)
        bench.model.place(try Self.card("zhang"))
        #expect(try await bench.read().card.name == "张伟民")
    }

    @Test("Unplugged in any step it is lost at once, and works when it is back", arguments: [10, 100, 170, 230, 500])
    func unplugged(after milliseconds: Int64) async throws {
        let bench = Bench()
        bench.model.place(try Self.card("zhang"))
        bench.time.after(milliseconds) { bench.bus.unplug(bench.model) }
        await Self.expect(.readerLost, .hallStaff) { try await bench.read() }
        #expect(bench.time.elapsed <= milliseconds + 1)
        await Self.expect(.readerMissing, .technician) { try await bench.read() }
        bench.model.reset()
        bench.bus.plug(bench.model)
        bench.model.place(try Self.card("li"))
        #expect(try await bench.read().card.name == "李静")
    }

    @Test("Plugged in anew between two reads it is simply used")
    func replugged() async throws {
        let bench = Bench()
        bench.model.place(try Self.card("zhang"))
        _ = try await bench.read()
        bench.bus.unplug(bench.model)
        bench.bus.plug(bench.model)
        bench.model.place(try Self.card("li"))
        #expect(try await bench.read().card.name == "李静")
    }

    @Test("A late answer is never taken for the next card's", arguments: ReaderModel.Style.allCases)
    func lateAnswer(style: ReaderModel.Style) async throws {
        let bench = Bench(style)
        let second = try Self.card("li")
        bench.model.place(try Self.card("zhang"))
        // Zhang's record comes when the driver has given up waiting for it and Li's card lies there.
        bench.model.inject(.late(.milliseconds(4000)), at: .read, times: 1)
        bench.time.after(3600) { bench.model.place(second) }
        #expect(try await bench.read().textRecord == second.textRecord)
    }

    @Test("A cancelled read stops at once and leaves nothing behind", arguments: ReaderModel.Style.allCases)
    func cancelled(style: ReaderModel.Style) async throws {
        let bench = Bench(style)
        let second = try Self.card("li")
        bench.model.place(try Self.card("zhang"))
        // In the middle of reading Zhang's record, so that it comes when nobody waits for it any more.
        let cancel = Mutex<(@Sendable () -> Void)?>(nil)
        bench.time.after(600) { cancel.withLock { $0 }?() }
        let gate = AsyncStream<Void>.makeStream()
        let task = Task {
            for await _ in gate.stream {}
            return try await bench.read()
        }
        cancel.withLock { $0 = { task.cancel() } }
        gate.continuation.finish()
        await Self.expect(.timedOut, .citizen) { try await task.value }
        bench.model.place(second)
        #expect(try await bench.read().textRecord == second.textRecord)
    }

    @Test("A second caller waits for the first; cancelled, it does not wait on")
    func oneAtATime() async throws {
        let bench = Bench()
        let started = AsyncStream<Void>.makeStream()
        bench.time.after(1000) { started.continuation.finish() }
        let first = Task { try await bench.read() }
        for await _ in started.stream {}
        let second = Task { try await bench.read() }
        second.cancel()
        await Self.expect(.timedOut, .citizen) { try await second.value }
        first.cancel()
        await Self.expect(.timedOut, .citizen) { try await first.value }
    }

    private static func expect(
        _ kind: Fault.Kind, _ responsible: Fault.Responsible, sourceLocation: SourceLocation = #_sourceLocation,
        _ read: () async throws -> IdentityReading
    ) async {
        do {
            _ = try await read()
            Issue.record("a card was read", sourceLocation: sourceLocation)
        } catch {
            let fault = error as? Fault
            #expect(fault?.kind == kind, "\(error)", sourceLocation: sourceLocation)
            #expect(fault?.responsible == responsible, sourceLocation: sourceLocation)
        }
    }
}
