import KioskCore
import KioskEmulation
import Synchronization
import Testing

@testable import KioskDevices

@Suite("A card that still lies on the reader")
struct SAMVSameCardTests {
    private static func bench(_ rule: SAMVSettings.SameCardRule) -> SAMVBench {
        SAMVBench(mustLift: rule == .mustLift, settings: { $0.sameCard = rule })
    }

    @Test("It is not read for the next person", arguments: SAMVSettings.SameCardRule.allCases)
    func nextPerson(rule: SAMVSettings.SameCardRule) async throws {
        let bench = Self.bench(rule)
        let (first, second) = (try SAMVBench.card("zhang"), try SAMVBench.card("li"))
        bench.model.place(first)
        #expect(try await bench.driver.readCard {}.card.name == "张伟民")
        // It lies there for a minute; then somebody takes it, and the next person puts another.
        bench.time.after(60_000) { bench.model.liftCard() }
        bench.time.after(65_000) { bench.model.place(second) }
        let announced = Mutex<[Int64]>([])
        let reading = try await bench.driver.readCard { announced.withLock { $0.append(bench.time.elapsed) } }
        #expect(reading.textRecord == second.textRecord)
        #expect(announced.withLock { $0.count } == 1)
        #expect(announced.withLock { $0.first ?? 0 } > 60_000, "the forgotten card was not announced")
    }

    @Test("Lifted and put again, it is read again", arguments: SAMVSettings.SameCardRule.allCases)
    func samePerson(rule: SAMVSettings.SameCardRule) async throws {
        let bench = Self.bench(rule)
        let card = try SAMVBench.card("zhang")
        bench.model.place(card)
        _ = try await bench.driver.readCard {}
        bench.time.after(5000) { bench.model.liftCard() }
        bench.time.after(6000) { bench.model.place(card) }
        #expect(try await bench.driver.readCard {}.textRecord == card.textRecord)
        #expect(bench.time.elapsed > 6000)
    }

    @Test("Another card is taken at once, even when nobody saw the reader empty")
    func swapped() async throws {
        let bench = Self.bench(.foundAgain)
        let second = try SAMVBench.card("li")
        bench.model.place(try SAMVBench.card("zhang"))
        _ = try await bench.driver.readCard {}
        let before = bench.time.elapsed
        bench.model.place(second)
        #expect(try await bench.driver.readCard {}.textRecord == second.textRecord)
        #expect(bench.time.elapsed - before < 1500)
    }

    @Test("A reset makes a reader forget what it has read, not the driver")
    func afterReset() async throws {
        let bench = Self.bench(.mustLift)
        let second = try SAMVBench.card("li")
        bench.model.place(try SAMVBench.card("zhang"))
        _ = try await bench.driver.readCard {}
        bench.model.inject(.status(0x24), at: .find, times: 1)
        bench.time.after(20_000) { bench.model.place(second) }
        #expect(try await bench.driver.readCard {}.textRecord == second.textRecord)
        #expect(bench.time.elapsed >= 20_000)
    }
}
