import KioskCore
import KioskEmulation
import Synchronization
import Testing

@testable import KioskDevices

/// How a reader is built and what it leaves to the host.
struct ReaderBuild: Sendable, CustomTestStringConvertible {
    var level: CCIDReaderModel.ExchangeLevel
    var features: CCIDFeatures
    var hasInterrupt: Bool

    static let all: [ReaderBuild] = CCIDReaderModel.ExchangeLevel.allCases.flatMap { level in
        [
            ReaderBuild(level: level, features: [], hasInterrupt: false),
            ReaderBuild(level: level, features: [.automaticParameters, .automaticVoltage], hasInterrupt: true),
            ReaderBuild(
                level: level,
                features: [
                    .automaticParameters, .automaticVoltage, .automaticNegotiation, .automaticPPS, .automaticBlockSize,
                ], hasInterrupt: true),
        ]
    }

    var configuration: CCIDReaderModel.Configuration {
        var configuration = CCIDReaderModel.Configuration()
        (configuration.level, configuration.features) = (level, features)
        configuration.hasInterruptEndpoint = hasInterrupt
        return configuration
    }

    var testDescription: String { "\(level), features \(features.rawValue), interrupt \(hasInterrupt)" }
}

@Suite("Chip-card reader on emulated cards")
struct EmulatedChipReaderTests {
    private typealias Bench = ChipBench<CCIDReaderModel>

    private static func bench(
        _ build: ReaderBuild = ReaderBuild.all[1], settings: CCIDSettings = CCIDSettings()
    ) -> Bench {
        Bench(settings: settings) { CCIDReaderModel(build.configuration, time: $0) }
    }

    private static func card(_ id: String) throws -> EmulatedChipCard {
        try #require(EmulatedChipCard.builtIn().first { $0.id == id })
    }

    @Test("Every kind of reader reads every kind of card", arguments: ReaderBuild.all, ["zhang", "wang", "li"])
    func reads(build: ReaderBuild, id: String) async throws {
        let bench = Self.bench(build)
        let card = try Self.card(id)
        bench.model.insert(card)
        let reading = try await bench.read()
        let holder = try #require(["zhang": "张伟民", "wang": "王秀兰", "li": "李静"][id])
        #expect(reading.card.name == holder)
        #expect(reading.card.kind == .socialSecurityCard)
        #expect(CitizenNumber.isValid(reading.card.number))
        #expect(try await bench.read() == reading, "read again while it stays in the slot")
        #expect(card.verifyAttempts == 0)
        #expect(bench.time.elapsed < 3000)
    }

    @Test("Cards that ask for time and for smaller blocks are read", arguments: ReaderBuild.all)
    func habits(build: ReaderBuild) async throws {
        let bench = Self.bench(build)
        var habits = EmulatedChipCard.Habits()
        habits.timeExtensions = 2
        habits.requestedBlockSize = 10
        bench.model.insert(
            .socialSecurity(id: "slow", title: "", titleEnglish: "", card: .wang, transmission: .t1, habits: habits))
        #expect(try await bench.read().card.name == "王秀兰")
    }

    @Test(
        "However the card lets its files be found, the reading is the same",
        arguments: KioskEmulation.SocialSecurityCard.RecordAddressing.allCases, [true, false])
    func addressing(addressing: KioskEmulation.SocialSecurityCard.RecordAddressing, denies: Bool) async throws {
        let bench = Self.bench()
        var files = KioskEmulation.SocialSecurityCard.zhang
        (files.addressing, files.deniesEnvironment) = (addressing, denies)
        bench.model.insert(.socialSecurity(id: "variant", title: "", titleEnglish: "", card: files))
        #expect(try await bench.read().card.documentNumber == "D00000018")
    }

    @Test("Other cards are unsupported, and no PIN was tried", arguments: ["bank", "blank", "guarded"])
    func otherCards(id: String) async throws {
        let bench = Self.bench()
        var guarded = KioskEmulation.SocialSecurityCard.zhang
        guarded.guardsHolder = true
        let card =
            id == "guarded"
            ? EmulatedChipCard.socialSecurity(id: id, title: "", titleEnglish: "", card: guarded) : try Self.card(id)
        bench.model.insert(card)
        await bench.expect(.cardUnsupported, .citizen)
        #expect(card.verifyAttempts == 0)
    }

    @Test("A mute chip is unreadable, an expired card is read")
    func muteAndExpired() async throws {
        let bench = Self.bench()
        bench.model.insert(try Self.card("mute"))
        await bench.expect(.cardUnreadable, .citizen)
        bench.model.insert(try Self.card("expired"))
        let today = try #require(CalendarDate(compact: "20260101"))
        #expect(try await bench.read().card.isExpired(on: today))
    }

    @Test(
        "A fault that passes does not keep the card from being read",
        arguments: [
            .wrongSequence, .wrongSlot, .wrongMessageType, .wrongLength(5), .wrongLength(-1), .truncated(4),
            .truncated(11), .noData, .emptyTransfer, .oneBytePackets, .oversized(300), .silence, .stall, .stallOut,
            .damaged, .late(.seconds(8)), .error(0xFE), .error(0xFD), .error(0xFC), .error(0xFB), .error(0xE0),
            .error(0xFF),
        ] as [CCIDFault], ["zhang", "wang"])
    func passingFault(fault: CCIDFault, id: String) async throws {
        let bench = Self.bench()
        bench.model.insert(try Self.card(id))
        bench.model.inject(fault, at: .transfer, skipping: 3, times: 1)
        #expect(try await bench.read().card.kind == .socialSecurityCard)
    }

    @Test(
        "A fault that stays ends in a fault of ours, and the reader works when it is gone",
        arguments: [
            (.wrongSequence, .readerSilent), (.wrongSlot, .readerSilent), (.wrongMessageType, .readerSilent),
            (.truncated(4), .readerSilent), (.silence, .readerSilent), (.stall, .readerSilent),
            (.damaged, .readerSilent), (.noData, .cardUnreadable), (.error(0xFE), .cardUnreadable),
            (.error(0xFB), .cardUnreadable), (.error(0xF6), .cardUnsupported), (.cardPulled, .cardRemoved),
            (.endlessTimeExtension, .cardUnreadable),
        ] as [(CCIDFault, Fault.Kind)])
    func stayingFault(fault: CCIDFault, kind: Fault.Kind) async throws {
        let bench = Self.bench()
        bench.model.insert(try Self.card("zhang"))
        bench.model.inject(fault, at: .transfer, skipping: 2)
        let responsible: Fault.Responsible = kind == .readerSilent ? .technician : .citizen
        await bench.expect(kind, responsible)
        #expect(bench.time.elapsed < 60_000)
        bench.model.clearFaults()
        bench.model.insert(try Self.card("li"))
        let before = bench.time.elapsed
        #expect(try await bench.read().card.name == "李静")
        #expect(bench.time.elapsed - before < 3000)
    }

    @Test(
        "A bad answer to reset makes the card unreadable; when it passes, the card is read",
        arguments: [.wrongTS, .wrongTCK, .truncatedATR(1), .truncatedATR(3), .endlessTD, .noData] as [CCIDFault])
    func badReset(fault: CCIDFault) async throws {
        let bench = Self.bench()
        bench.model.insert(try Self.card("wang"))
        bench.model.inject(fault, at: .powerOn)
        await bench.expect(.cardUnreadable, .citizen)
        bench.model.clearFaults()
        bench.model.inject(fault, at: .powerOn, times: 1)
        #expect(try await bench.read().card.name == "王秀兰")
    }

    @Test(
        "Damaged and misnumbered blocks of T=1 are asked for again",
        arguments: [.wrongLRC, .wrongSendNumber] as [CCIDFault])
    func blocks(fault: CCIDFault) async throws {
        let bench = Self.bench()
        bench.model.insert(try Self.card("wang"))
        bench.model.inject(fault, at: .transfer, skipping: 2, times: 1)
        #expect(try await bench.read().card.name == "王秀兰")
        #expect(bench.model.counters.powerOns == 1, "without a new start")
        bench.model.inject(fault, at: .transfer)
        await bench.expect(.cardUnreadable, .citizen)
    }

    @Test("Unplugged at any moment it is lost, and works when it is back", arguments: [1, 20, 60, 110, 200, 280])
    func unplugged(after milliseconds: Int64) async throws {
        let bench = Self.bench()
        bench.model.insert(try Self.card("zhang"))
        bench.time.after(milliseconds) { bench.bus.unplug(bench.model) }
        await bench.expect(.readerLost, .hallStaff)
        #expect(bench.time.elapsed <= milliseconds + 40)
        await bench.expect(.readerMissing, .technician)
        bench.bus.plug(bench.model)
        bench.model.insert(try Self.card("li"))
        #expect(try await bench.read().card.name == "李静")
    }
}
