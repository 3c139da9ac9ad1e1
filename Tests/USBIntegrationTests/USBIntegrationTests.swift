// The drivers through real libusb: device models on a umockdev testbed in this process.

import Dispatch
import Foundation
import KioskCore
import KioskDevices
import KioskEmulation
import Synchronization
import Testing

@Suite("Drivers on libusb", .serialized, .timeLimit(.minutes(10)))
struct USBIntegrationTests {
    /// One testbed for the whole process: its folder is named in the environment.
    static let testbed = Result { try UMockdevHost() }

    let host: UMockdevHost
    let clock = SystemClock()

    init() throws {
        try #require(
            ProcessInfo.processInfo.environment["LD_PRELOAD"]?.contains("umockdev") == true,
            "libusb must run on umockdev: run these tests by `make test`, which starts them under umockdev-wrapper")
        host = try Self.testbed.get()
    }

    private static let readerMatcher = DeviceMatcher(devices: [.init(vendor: 0x0400, product: 0xC35A)])
    static let cameraMatcher = DeviceMatcher(interfaceClass: 0x0E)

    private static func card(_ id: String) throws -> EmulatedCard {
        try #require(EmulatedCard.builtIn.first { $0.id == id })
    }

    static func paper() throws -> EmulatedPaper {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let jpeg = try Data(contentsOf: folder.appending(path: "deploy/demo/papers/lease.jpg"))
        return EmulatedPaper(name: "lease", title: "租赁合同", titleEnglish: "lease", jpeg: [UInt8](jpeg))
    }

    func plugged<Value>(
        _ devices: [String: any EmulatedUSBDevice], _ body: () async throws -> Value
    ) async throws -> Value {
        for (name, device) in devices { try host.plug(device, name: name) }
        defer {
            for name in devices.keys where host.isPlugged(name: name) { try? host.unplug(name: name) }
        }
        return try await body()
    }

    @Test("Both devices are found, with their profiles and strings")
    func enumeration() async throws {
        let reader = KioskEmulation.SAMVReader(times: .none)
        let camera = KioskEmulation.UVCCamera()
        try await plugged(["reader": reader, "camera": camera]) {
            let bus = try USBContext()
            let devices = try await bus.devices()
            let endpoints = devices.compactMap { $0.configuration?.interfaces.first?.endpoints.map(\.address) }
            #expect(endpoints.contains([0x02, 0x06, 0x81, 0x85]))
            let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appending(path: "hardware-profiles")
            let profiles = try HardwareProfile.load(folder: folder.path())
            let reports = try await DeviceInventory(bus: bus, profiles: profiles).list()
            #expect(Set(reports.compactMap(\.kind)) == [.identityCardReader, .documentCamera])
            #expect(Set(reports.compactMap(\.serial)) == ["EMU-READER-0001", "EMU-CAMERA-0001"])
            #expect(reports.allSatisfy { $0.problem == nil })
        }
    }

    @Test("A card's text and photo arrive byte for byte", arguments: KioskEmulation.SAMVReader.Style.allCases)
    func readsCard(style: KioskEmulation.SAMVReader.Style) async throws {
        let model = KioskEmulation.SAMVReader(style: style, times: .none)
        try await plugged(["reader": model]) {
            let driver = KioskDevices.SAMVReader(bus: try USBContext(), matcher: Self.readerMatcher, clock: clock)
            for id in ["zhang", "li"] {
                let card = try Self.card(id)
                model.place(card)
                let reading = try await driver.readCard {}
                #expect(reading.textRecord == card.textRecord)
                #expect(reading.photoRecord == card.photoRecord)
            }
            await driver.close()
        }
    }

    @Test("A reader that does not answer in time is brought back in step")
    func timesOut() async throws {
        let model = KioskEmulation.SAMVReader(times: .none)
        try await plugged(["reader": model]) {
            var settings = SAMVSettings()
            (settings.timings.find, settings.timings.status) = (100, 100)
            let driver = KioskDevices.SAMVReader(
                bus: try USBContext(), matcher: Self.readerMatcher, settings: settings, clock: clock)
            let card = try Self.card("wang")
            model.place(card)
            model.inject(.silence, at: .find, times: 1)
            #expect(try await driver.readCard {}.textRecord == card.textRecord)
            await driver.close()
        }
    }

    @Test("A cancelled read ends while its transfer waits")
    func cancels() async throws {
        let model = KioskEmulation.SAMVReader(times: .none)
        let waiting = AsyncStream<Void>.makeStream()
        let device = ObservedDevice(model)
        device.onOut = { data in
            if data.starts(with: [0x20, 0x02]) { waiting.continuation.finish() }
        }
        try await plugged(["reader": device]) {
            let driver = KioskDevices.SAMVReader(bus: try USBContext(), matcher: Self.readerMatcher, clock: clock)
            model.place(try Self.card("zhang"))
            model.inject(.silence, at: .select, times: 1)
            let task = Task { try await driver.readCard {} }
            for await _ in waiting.stream {}
            task.cancel()
            await Self.expect(.timedOut) { _ = try await task.value }
            model.place(try Self.card("li"))
            #expect(try await driver.readCard {}.card.name == "李静")
            await driver.close()
        }
    }

    @Test("A reader unplugged in mid-read is lost at once; plugged in again it reads")
    func readerUnplugged() async throws {
        let model = KioskEmulation.SAMVReader(times: .none)
        let device = ObservedDevice(model)
        let pulled = Mutex(false)
        device.onOut = { [host] data in
            guard data.starts(with: [0x30, 0x01]), !pulled.withLock({ $0 }) else { return }
            pulled.withLock { $0 = true }
            // The model is called by the host: pulling the plug from here would wait for itself.
            DispatchQueue.global().async { try? host.unplug(name: "reader") }
        }
        try await plugged(["reader": device]) {
            let bus = try USBContext()
            var hotplug = bus.hotplugEvents().makeAsyncIterator()
            let driver = KioskDevices.SAMVReader(bus: bus, matcher: Self.readerMatcher, clock: clock)
            model.place(try Self.card("zhang"))
            model.inject(.silence, at: .read, times: 1)
            let began = ContinuousClock.now
            await Self.expect(.readerLost) { _ = try await driver.readCard {} }
            #expect(ContinuousClock.now - began < .seconds(2), "well within the read's own three seconds")
            #expect(await hotplug.next().map(Self.isArrival) == false)
            await Self.expect(.readerMissing) { _ = try await driver.readCard {} }
            try host.plug(device, name: "reader")
            #expect(await hotplug.next().map(Self.isArrival) == true)
            model.place(try Self.card("li"))
            #expect(try await driver.readCard {}.card.name == "李静")
            await driver.close()
        }
    }

    @Test(
        "A photograph arrives byte for byte, again and again", arguments: KioskEmulation.UVCCamera.Transport.allCases)
    func captures(transport: KioskEmulation.UVCCamera.Transport) async throws {
        let paper = try Self.paper()
        let model = KioskEmulation.UVCCamera(version: .uvc10, transport: transport)
        model.lay(paper)
        try await plugged(["camera": model]) {
            let driver = DocumentCameraDriver(bus: try USBContext(), matcher: Self.cameraMatcher, clock: clock)
            for _ in 0..<5 {
                let page = try await driver.capture()
                #expect(page.jpeg == paper.jpeg)
                #expect(page.device == "Document camera EMU-CAMERA-0001")
            }
            await driver.close()
        }
    }

    @Test("Of a stream with damaged packets only whole photographs are delivered")
    func damagedPackets() async throws {
        let paper = try Self.paper()
        let model = KioskEmulation.UVCCamera()
        model.lay(paper)
        model.setFault(.damagedPackets(every: 701))
        try await plugged(["camera": model]) {
            let driver = DocumentCameraDriver(bus: try USBContext(), matcher: Self.cameraMatcher, clock: clock)
            for _ in 0..<3 { #expect(try await driver.capture().jpeg == paper.jpeg) }
            #expect(await driver.droppedFrames > 0)
            await driver.close()
        }
    }

    @Test("A camera unplugged in mid-capture is lost at once; plugged in again it works")
    func cameraUnplugged() async throws {
        let paper = try Self.paper()
        let model = KioskEmulation.UVCCamera()
        model.lay(paper)
        let device = ObservedDevice(model)
        let packets = Mutex(0)
        device.onPacket = { [host] in
            let count = packets.withLock { count in
                count += 1
                return count
            }
            if count == 300 { DispatchQueue.global().async { try? host.unplug(name: "camera") } }
        }
        try await plugged(["camera": device]) {
            let bus = try USBContext()
            var hotplug = bus.hotplugEvents().makeAsyncIterator()
            let driver = DocumentCameraDriver(bus: bus, matcher: Self.cameraMatcher, clock: clock)
            let began = ContinuousClock.now
            await Self.expect(.cameraLost) { _ = try await driver.capture() }
            #expect(ContinuousClock.now - began < .seconds(2), "well within the capture's own three seconds")
            #expect(await hotplug.next().map(Self.isArrival) == false)
            await Self.expect(.cameraMissing) { _ = try await driver.capture() }
            try host.plug(device, name: "camera")
            #expect(await hotplug.next().map(Self.isArrival) == true)
            #expect(try await driver.capture().jpeg == paper.jpeg)
            await driver.close()
        }
    }

    private static func isArrival(_ event: USBHotplugEvent) -> Bool {
        if case .arrived = event { true } else { false }
    }

    private static func expect(
        _ kind: Fault.Kind, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
    ) async {
        do {
            try await body()
            Issue.record("no fault", sourceLocation: sourceLocation)
        } catch {
            #expect((error as? Fault)?.kind == kind, "\(error)", sourceLocation: sourceLocation)
        }
    }
}
