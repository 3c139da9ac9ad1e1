import Foundation
import KioskCore
import KioskEmulation
import Testing

@testable import KioskDevices

/// The whole driver on a pseudo-terminal behind which the emulated reader stands. The line is real, so is its time.
@Suite("Identity-card reader on a serial line", .serialized)
struct SAMVSerialReaderTests {
    private struct SystemClock: KioskCore.Clock {
        func now() -> Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }

        func sleep(until time: Timestamp) async throws {
            try await Task.sleep(for: .milliseconds(max(0, time.milliseconds - now().milliseconds)))
        }
    }

    /// A line that goes with the test.
    private final class Bench {
        let model: ReaderModel
        let host: SerialReaderHost
        let driver: ReaderDriver

        /// Long limits: what ends by them is waited for in real time, and nothing else may, on however busy a machine.
        init(baud: Int = 115_200, readerBaud: Int? = nil, status: Int = 5000) throws {
            model = ReaderModel(times: .none, baudRate: readerBaud ?? baud)
            let path = NSTemporaryDirectory() + "kiosk-line-" + UUID().uuidString
            host = SerialReaderHost(reader: model, path: path, options: .init(isPaced: true))
            try host.plug()
            var settings = SAMVSettings()
            settings.transport = .serial(baud: baud)
            (settings.timings.find, settings.timings.select, settings.timings.read) = (5000, 5000, 8000)
            (settings.timings.status, settings.timings.pollInterval) = (status, 20)
            let matcher = DeviceMatcher(serialPorts: [path])
            let bus = InProcessBus(time: TestTime())
            driver = ReaderDriver(bus: bus, matcher: matcher, settings: settings, clock: SystemClock())
        }

        deinit { host.unplug() }
    }

    @Test("Text, photo and templates arrive byte for byte", arguments: [115_200, 9600])
    func reads(baud: Int) async throws {
        let bench = try Bench(baud: baud)
        let card = try SAMVBench.card("zhang")
        bench.model.place(card)
        let reading = try await bench.driver.readCard(CardRequest(wantsFingerprints: true)) {}
        #expect(reading.textRecord == card.textRecord)
        #expect(reading.photoRecord == card.photoRecord)
        #expect(reading.fingerprintRecord == card.fingerprintRecord)
        #expect(await bench.driver.health.transport == "serial line")
        await bench.driver.close()
    }

    @Test(
        "What comes once is survived",
        arguments: [
            SAMVFault.wrongChecksum, .oneBytePackets, .coalesced, .repeated, .silence, .lengthTooShort,
            .noise([0xAA, 0xAA, 0xAA, 0xAA, 0x96, 0x69]),
        ])
    func survives(fault: SAMVFault) async throws {
        for step in [SAMVStep.find, .select, .read] {
            let bench = try Bench()
            let card = try SAMVBench.card("li")
            bench.model.place(card)
            bench.model.inject(fault, at: step, times: 1)
            #expect(try await bench.driver.readCard {}.textRecord == card.textRecord, "\(step)")
            await bench.driver.close()
        }
    }

    @Test("Pulled in mid-read it is lost; back, it reads again")
    func unplugged() async throws {
        let bench = try Bench()
        let card = try SAMVBench.card("li")
        bench.model.place(card)
        bench.model.inject(.unplugged(after: 100), at: .read, times: 1)
        await SAMVBench.expect(.readerLost, .hallStaff) { try await bench.driver.readCard {} }
        await SAMVBench.expect(.readerMissing, .technician) { try await bench.driver.readCard {} }
        try bench.host.plug()
        bench.model.place(card)
        #expect(try await bench.driver.readCard {}.textRecord == card.textRecord)
        await bench.driver.close()
    }

    @Test("A line of another speed is silent")
    func wrongSpeed() async throws {
        let bench = try Bench(baud: 9600, readerBaud: 115_200, status: 50)
        bench.model.place(try SAMVBench.card("li"))
        await SAMVBench.expect(.readerSilent, .technician) { try await bench.driver.readCard {} }
    }

    @Test("A wait for a card ends when it is cancelled")
    func cancelled() async throws {
        let bench = try Bench()
        let driver = bench.driver
        try await driver.check()
        let task = Task { try await driver.readCard {} }
        task.cancel()
        await SAMVBench.expect(.timedOut) { try await task.value }
        bench.model.place(try SAMVBench.card("li"))
        #expect(try await driver.readCard {}.card.name == "李静")
        await driver.close()
    }
}
