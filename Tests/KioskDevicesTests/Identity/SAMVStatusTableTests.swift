import KioskCore
import KioskEmulation
import Testing

@testable import KioskDevices

/// Every status code at every step, through the whole driver.
@Suite("SAM-V status codes")
struct SAMVStatusTableTests {
    private struct Bench {
        let time = TestTime()
        let model: ReaderModel
        let driver: ReaderDriver

        init() {
            let bus = InProcessBus(time: time)
            model = ReaderModel(times: .none, time: time)
            bus.plug(model)
            var settings = SAMVSettings()
            // A code that cannot be an answer is waited past, which takes the test's own time.
            (settings.timings.find, settings.timings.select, settings.timings.read) = (10, 10, 10)
            (settings.timings.status, settings.timings.pollInterval, settings.timings.drainQuiet) = (10, 40, 2)
            driver = ReaderDriver(
                bus: bus, matcher: DeviceMatcher(devices: [.init(vendor: 0x0400, product: 0xC35A)]),
                settings: settings, clock: time)
        }
    }

    /// What stays for ever is told by the published table (id-card reader standard, SW3).
    private static func expected(_ code: UInt8, at step: SAMVStep) -> Fault.Kind? {
        switch (step, code) {
        case (_, 0x60), (_, 0x66): .readerOutOfService
        // The status command's other answers say nothing about the module; its number decides.
        case (.status, _): nil
        case (.identify, _): .readerSilent
        case (_, 0x10), (_, 0x11), (_, 0x21), (_, 0x23): .readerOutOfService
        case (_, 0x31), (_, 0x32), (_, 0x33), (_, 0x37), (_, 0x3F), (_, 0x47): .cardUnreadable
        case (_, 0x40): .cardUnsupported
        case (_, 0x41): .cardRemoved
        case (.select, 0x80), (.select, 0x81), (.read, 0x80), (.read, 0x81): .cardRemoved
        // Found, but nothing to select.
        case (.find, 0x9F): .cardRemoved
        // Answers that the step does not have: they are waited past.
        case (_, 0x90), (_, 0x91), (_, 0x9F): .readerSilent
        default: .readerOutOfService
        }
    }

    private static let steps: [SAMVStep] = [.status, .identify, .find, .select, .read]

    @Test("A code that stays ends the read with the fault of its table, and nothing of a card", arguments: steps)
    func stays(step: SAMVStep) async throws {
        let card = try #require(EmulatedCard.builtIn.first { $0.id == "zhang" })
        for code in UInt8.min...UInt8.max {
            // No card is no fault: the driver waits for one. So it does for one that find cannot select.
            if step == .find, code == 0x80 || code == 0x81 { continue }
            let bench = Bench()
            bench.model.place(card)
            bench.model.inject(.status(code), at: step)
            let expected = Self.expected(code, at: step)
            do {
                let reading = try await bench.driver.readCard {}
                #expect(expected == nil, "\(step) \(SAMVStatus(rawValue: code).hexadecimal) was read over")
                #expect(reading.textRecord == card.textRecord)
            } catch {
                #expect(error.kind == expected, "\(step) \(SAMVStatus(rawValue: code).hexadecimal): \(error)")
                let health = await bench.driver.health
                #expect(health.lastError != nil)
                #expect(health.cardsRead == 0)
            }
            #expect(bench.time.elapsed < 60_000)
            // The same reader works as soon as the fault is gone.
            bench.model.clearFaults()
            bench.model.place(card)
            #expect(try await bench.driver.readCard {}.textRecord == card.textRecord)
        }
    }

    @Test("A code that comes once costs no more than another try, or ends with its fault", arguments: steps)
    func once(step: SAMVStep) async throws {
        let card = try #require(EmulatedCard.builtIn.first { $0.id == "zhang" })
        for code in UInt8.min...UInt8.max {
            let bench = Bench()
            bench.model.place(card)
            bench.model.inject(.status(code), at: step, times: 1)
            do {
                let reading = try await bench.driver.readCard {}
                #expect(reading.textRecord == card.textRecord)
                #expect(reading.photoRecord == card.photoRecord)
            } catch {
                let atOnce: [UInt8] = [0x21, 0x23, 0x40, 0x60, 0x66]
                #expect(atOnce.contains(code), "\(step) \(SAMVStatus(rawValue: code).hexadecimal): \(error)")
            }
        }
    }
}
