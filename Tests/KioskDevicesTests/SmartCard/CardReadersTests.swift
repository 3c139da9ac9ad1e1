import KioskCore
import KioskEmulation
import Synchronization
import Testing

@testable import KioskDevices

@Suite("Both card readers as one")
struct CardReadersTests {
    private static let both = CardRequest(accepts: [.identityCard, .socialSecurityCard])

    /// Both readers on one bus, in the test's own time.
    private struct Bench {
        let time = TestTime()
        let bus: InProcessBus
        let identity: KioskEmulation.SAMVReader
        let chip: CCIDReaderModel
        let readers: CardReaders
        let noted = FaultLog()

        init(hasIdentity: Bool = true, hasChip: Bool = true, hasChipProfile: Bool = true) {
            bus = InProcessBus(time: time)
            identity = KioskEmulation.SAMVReader(time: time)
            chip = CCIDReaderModel(time: time)
            let chipPort = SocialSecurityCardReader(
                CCIDReader(bus: bus, matcher: DeviceMatcher(interfaceClass: 0x0B), clock: time))
            readers = CardReaders(
                identity: KioskDevices.SAMVReader(
                    bus: bus, matcher: DeviceMatcher(devices: [.init(vendor: 0x0400, product: 0xC35A)]), clock: time),
                chip: hasChipProfile ? chipPort : nil, note: { [noted] in noted.append($0, $1.kind) })
            if hasIdentity { bus.plug(identity) }
            if hasChip { bus.plug(chip) }
        }

        func read(_ request: CardRequest = CardReadersTests.both) async throws -> IdentityReading {
            try await readers.readCard(request) { noted.announce() }
        }

        func layDown() throws {
            identity.place(try #require(EmulatedCard.builtIn.first { $0.id == "zhang" }))
        }

        func putIn(_ id: String = "li") throws {
            chip.insert(try #require(EmulatedChipCard.builtIn().first { $0.id == id }))
        }
    }

    private final class FaultLog: Sendable {
        struct Entry: Hashable {
            var source: CardSource
            var kind: Fault.Kind
        }

        private let entries = Mutex<Set<Entry>>([])
        private let announced = Mutex(0)

        func append(_ source: CardSource, _ kind: Fault.Kind) {
            entries.withLock { _ = $0.insert(Entry(source: source, kind: kind)) }
        }
        func announce() { announced.withLock { $0 += 1 } }
        var all: Set<Entry> { entries.withLock { $0 } }
        var announcements: Int { announced.withLock { $0 } }
    }

    @Test("Whichever card comes is read, announced once, and the other reader is in step afterwards")
    func firstCard() async throws {
        let bench = Bench()
        bench.time.after(2000) { try? bench.layDown() }
        #expect(try await bench.read().card.kind == .resident)
        #expect(bench.noted.announcements == 1)
        bench.time.after(2000) { try? bench.putIn() }
        #expect(try await bench.read().card.kind == .socialSecurityCard)
        #expect(bench.noted.announcements == 2)
        bench.chip.pull()
        bench.identity.liftCard()
        bench.time.after(2000) { try? bench.layDown() }
        #expect(try await bench.read().card.kind == .resident)
        #expect(bench.noted.all.isEmpty)
    }

    @Test("A reader that is missing does not disturb the other", arguments: [true, false])
    func oneMissing(chipIsMissing: Bool) async throws {
        let bench = Bench(hasIdentity: chipIsMissing, hasChip: !chipIsMissing)
        bench.time.after(2000) { chipIsMissing ? try? bench.layDown() : try? bench.putIn() }
        #expect(try await bench.read().card.kind == (chipIsMissing ? .resident : .socialSecurityCard))
        #expect(
            bench.noted.all == [
                .init(source: chipIsMissing ? .socialSecurityCard : .identityCard, kind: .readerMissing)
            ])
    }

    @Test("A reader that fails while both wait does not end the other's wait", arguments: [true, false])
    func lostWhileWaiting(chipIsLost: Bool) async throws {
        let bench = Bench()
        bench.time.after(1500) { bench.bus.unplug(chipIsLost ? bench.chip : bench.identity) }
        bench.time.after(9000) { chipIsLost ? try? bench.layDown() : try? bench.putIn() }
        #expect(try await bench.read().card.kind == (chipIsLost ? .resident : .socialSecurityCard))
        #expect(bench.noted.all == [.init(source: chipIsLost ? .socialSecurityCard : .identityCard, kind: .readerLost)])
    }

    @Test("Without any reader the fault shows")
    func bothMissing() async {
        let bench = Bench(hasIdentity: false, hasChip: false)
        await expectFault(.readerMissing, .technician) { try await bench.read() }
        #expect(bench.noted.all == Set(CardSource.allCases.map { .init(source: $0, kind: .readerMissing) }))
    }

    @Test("Asked alone, a reader shows its own faults", arguments: CardSource.allCases)
    func alone(source: CardSource) async throws {
        let bench = Bench(hasIdentity: source != .identityCard, hasChip: source != .socialSecurityCard)
        await expectFault(.readerMissing, .technician) { try await bench.read(CardRequest(accepts: [source])) }
        let unprofiled = Bench(hasChipProfile: false)
        await expectFault(.readerMissing, .technician) {
            try await unprofiled.read(CardRequest(accepts: [.socialSecurityCard]))
        }
        try unprofiled.layDown()
        #expect(try await unprofiled.read().card.kind == .resident)
    }

    @Test("A card that cannot be read ends the wait, whatever the other reader does")
    func badCard() async throws {
        let bench = Bench()
        bench.time.after(1000) { try? bench.putIn("bank") }
        await expectFault(.cardUnsupported, .citizen) { try await bench.read() }
        bench.chip.pull()
        try bench.layDown()
        #expect(try await bench.read().card.kind == .resident)
    }

    @Test("Cancelled, both readers come to rest")
    func cancelled() async throws {
        let bench = Bench()
        let started = AsyncStream<Void>.makeStream()
        bench.time.after(3000) { started.continuation.finish() }
        let task = Task { try await bench.read() }
        for await _ in started.stream {}
        task.cancel()
        await expectFault(.timedOut, .citizen) { try await task.value }
        try bench.putIn()
        #expect(try await bench.read(CardRequest(accepts: [.socialSecurityCard])).card.name == "李静")
        try bench.layDown()
        #expect(try await bench.read(CardRequest(accepts: [.identityCard])).card.name == "张伟民")
    }
}
