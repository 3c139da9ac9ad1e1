// What the drivers cost beyond their devices: cards by the thousand, bytes by the megabyte, plugs and unplugs, all
// through real libusb on devices that answer at once.

import CUSBLoop
import Foundation
import KioskCore
import KioskDevices
import KioskEmulation

enum USBLoad {
    static let childWord = "usb-load"

    /// Enough for a percentile.
    private static let timedReads = 1000
    /// A year of a busy terminal; `KIOSK_BENCH_READS` says another number.
    private static let reads =
        ProcessInfo.processInfo.environment["KIOSK_BENCH_READS"].flatMap { Int($0) } ?? 20_000
    private static let plugs = 1000
    private static let block = 65_536
    private static let bytes = 32 << 20
    private static let throughputRuns = 7

    private struct Figures: Codable {
        var cards: [Double] = []
        var memoryBefore = 0.0
        var memoryAfter = 0.0
        var ours: [Double] = []
        var plain: [Double] = []
        /// Milliseconds of one plug, read, unplug.
        var cycles: [Double] = []
        /// From plugging in to the event; from unplugging to the event.
        var arrivals: [Double] = []
        var removals: [Double] = []
        var descriptorsBefore = 0
        var descriptorsAfter = 0
        var threadsBefore = 0
        var threadsAfter = 0
        var cycleMemoryBefore = 0.0
        var cycleMemoryAfter = 0.0
    }

    static func measure() throws -> [Measurement] {
        guard let own = Bundle.main.executablePath else { throw HallProblem("this program does not know where it is") }
        let output = try Child.output(of: "/usr/bin/umockdev-wrapper", [own, childWord])
        let figures = try JSONDecoder().decode(Figures.self, from: output)
        let cards = Samples(figures.cards)
        return [
            Measurement("reader: driver and bus, a card (median)", cards),
            Measurement("reader: driver and bus, a card (99 of 100)", Samples([cards.percentile(99)])),
            Measurement(
                "reader: memory after \(reads) more reads", Samples([figures.memoryAfter]), unit: "MiB",
                against: figures.memoryBefore, peer: "after the first \(timedReads)"),
            Measurement(
                "bulk: our transport", Samples(figures.ours), unit: "MiB/s", against: Samples(figures.plain),
                "a plain C libusb loop"),
            Measurement("hot-plug: plugged in to event", Samples(figures.arrivals), against: 500, peer: "the limit"),
            Measurement("hot-plug: unplugged to event", Samples(figures.removals), against: 500, peer: "the limit"),
            Measurement("hot-plug: plug, read, unplug", Samples(figures.cycles)),
            Measurement(
                "hot-plug: memory after \(plugs) cycles", Samples([figures.cycleMemoryAfter]), unit: "MiB",
                against: figures.cycleMemoryBefore, peer: "before"),
            Measurement(
                "hot-plug: open files after \(plugs) cycles", Samples([Double(figures.descriptorsAfter)]), unit: "",
                against: Double(figures.descriptorsBefore), peer: "before"),
            Measurement(
                "hot-plug: threads after \(plugs) cycles", Samples([Double(figures.threadsAfter)]), unit: "",
                against: Double(figures.threadsBefore), peer: "before"),
        ]
    }

    /// In a process under umockdev: host, devices and drivers together.
    static func runChild() async throws {
        let host = try UMockdevHost()
        var figures = Figures()
        try await readCards(on: host, &figures)
        try await readBytes(on: host, &figures)
        try await plugAndUnplug(on: host, &figures)
        host.close()
        print(String(decoding: try JSONEncoder().encode(figures), as: UTF8.self))
    }

    private static let matcher = DeviceMatcher(devices: [.init(vendor: 0x0400, product: 0xC35A)])
    private static let cards = EmulatedCard.builtIn.filter { ["zhang", "li"].contains($0.id) }

    private static var memory: Double {
        get throws { try Memory.proportional(ProcessInfo.processInfo.processIdentifier) }
    }

    private static func readCards(on host: UMockdevHost, _ figures: inout Figures) async throws {
        let model = KioskEmulation.SAMVReader(times: .none)
        try host.plug(model, name: "reader")
        let driver = KioskDevices.SAMVReader(bus: try USBContext(), matcher: matcher, clock: SystemClock())
        for index in 0..<timedReads {
            model.place(cards[index % cards.count])
            let start = ContinuousClock.now
            _ = try await driver.readCard {}
            figures.cards.append(milliseconds(since: start))
        }
        figures.memoryBefore = try memory
        for index in 0..<reads {
            model.place(cards[index % cards.count])
            _ = try await driver.readCard {}
            if (index + 1) % max(1, reads / 10) == 0 {
                figures.memoryAfter = try memory
                report("usb: \(index + 1) reads, \((figures.memoryAfter * 100).rounded() / 100) MiB")
            }
        }
        await driver.close()
        try host.unplug(name: "reader")
    }

    private static func readBytes(on host: UMockdevHost, _ figures: inout Figures) async throws {
        let source = BulkSource()
        try host.plug(source, name: "source")
        let megabytes = Double(bytes) / 1_048_576
        for _ in 0..<throughputRuns {
            let bus = try USBContext()
            guard let device = try await bus.devices().first(where: { $0.descriptor.vendorID == BulkSource.vendor }),
                let endpoint = device.configuration?.interfaces.first?.endpoints.first
            else { throw HallProblem("the bulk source is not there") }
            let transport = try await bus.open(device)
            try await transport.claim(interface: 0)
            let start = ContinuousClock.now
            var read = 0
            while read < bytes {
                read += try await transport.read(from: endpoint, maximum: block, timeoutMilliseconds: 1000).count
            }
            figures.ours.append(megabytes / (milliseconds(since: start) / 1000))
            await transport.close()
            let seconds = try await onThread {
                usb_loop_read(BulkSource.vendor, BulkSource.product, BulkSource.endpoint, block, bytes)
            }
            guard seconds > 0 else { throw HallProblem("the C loop ended with \(seconds)") }
            figures.plain.append(megabytes / seconds)
        }
        try host.unplug(name: "source")
    }

    private static func plugAndUnplug(on host: UMockdevHost, _ figures: inout Figures) async throws {
        let model = KioskEmulation.SAMVReader(times: .none)
        let bus = try USBContext()
        // A thousand times the silence that a fresh reader's pipes are listened to would be most of the time.
        var settings = SAMVSettings()
        settings.timings.drainQuiet = 2
        let driver = KioskDevices.SAMVReader(bus: bus, matcher: matcher, settings: settings, clock: SystemClock())
        var events = bus.hotplugEvents().makeAsyncIterator()
        for cycle in 0..<plugs {
            // What the first cycles keep for good (caches, threads of the pool) is no leak.
            if cycle == plugs / 20 {
                figures.descriptorsBefore = try count("fd")
                figures.threadsBefore = try count("task")
                figures.cycleMemoryBefore = try memory
            }
            let start = ContinuousClock.now
            try host.plug(model, name: "reader")
            guard case .arrived = await events.next() else { throw HallProblem("no arrival") }
            figures.arrivals.append(milliseconds(since: start))
            model.place(cards[cycle % cards.count])
            _ = try await driver.readCard {}
            let unplugged = ContinuousClock.now
            try host.unplug(name: "reader")
            guard case .left = await events.next() else { throw HallProblem("no removal") }
            figures.removals.append(milliseconds(since: unplugged))
            figures.cycles.append(milliseconds(since: start))
        }
        await driver.close()
        figures.descriptorsAfter = try count("fd")
        figures.threadsAfter = try count("task")
        figures.cycleMemoryAfter = try memory
    }

    /// Entries of a folder of /proc/self.
    private static func count(_ folder: String) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/\(folder)").count
    }
}

/// A device with one bulk IN endpoint that always has more.
private final class BulkSource: EmulatedUSBDevice {
    static let vendor: UInt16 = 0x1209
    static let product: UInt16 = 0x0001
    static let endpoint: UInt8 = 0x81

    let deviceDescriptor: [UInt8] = [18, 1, 0, 2, 0, 0, 0, 64, 0x09, 0x12, 0x01, 0x00, 0, 1, 0, 0, 0, 1]
    let configurationDescriptor: [UInt8] = [
        9, 2, 25, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 1, 0xFF, 0, 0, 0, 7, 5, 0x81, 2, 0, 2, 0,
    ]
    let strings: [UInt8: String] = [:]

    func control(setup: [UInt8], data: [UInt8]) -> EmulatedTransfer { .stall }
    func out(endpoint: UInt8, data: [UInt8]) -> EmulatedTransfer { .stall }
    func input(endpoint: UInt8, maximum: Int) -> EmulatedTransfer { .done([UInt8](repeating: 0x5A, count: maximum)) }
    func isochronous(endpoint: UInt8, maximum: Int) -> EmulatedTransfer { .stall }
    func setInterface(_ number: UInt8, alternate: UInt8) {}
    func clearHalt(endpoint: UInt8) {}
    func reset() {}
}
