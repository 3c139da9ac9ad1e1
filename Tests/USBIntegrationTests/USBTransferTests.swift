// Transfers, deadlines, cancellation and hot-plug of the USB core itself, through real libusb on a umockdev testbed.

import Dispatch
import Foundation
import KioskCore
import KioskEmulation
import Synchronization
import Testing

@testable import KioskDevices

/// A device that does what a test tells it: echoes on 02/81, notifies on 83, streams zeros on 84 isochronously.
private final class ScriptedDevice: EmulatedUSBDevice {
    struct State {
        var pending: [[UInt8]] = []
        var notifications: [[UInt8]] = []
        var stalledInputs = 0
        var damagedInputs = 0
        var babblingInputs = 0
        var halts = 0
        var resets = 0
        var onInput: (@Sendable () -> Void)?
    }

    let state = Mutex(State())
    let serial: String
    let kernelDrivers: [UInt8: String]

    init(serial: String = "A", kernelDrivers: [UInt8: String] = [:]) {
        self.serial = serial
        self.kernelDrivers = kernelDrivers
    }

    let deviceDescriptor: [UInt8] = [18, 1, 0, 2, 0, 0, 0, 64, 0x09, 0x12, 1, 0, 0, 1, 1, 2, 3, 1]
    let configurationDescriptor: [UInt8] = [
        9, 2, 55, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 4, 0xFF, 0, 0, 0, 9, 0x21, 1, 2, 3, 4, 5, 6, 7, 7, 5, 0x02, 2, 0,
        2, 0, 7, 5, 0x81, 2, 0, 2, 0, 7, 5, 0x83, 3, 8, 0, 4, 7, 5, 0x84, 1, 64, 0, 1,
    ]
    var strings: [UInt8: String] { [1: "Test", 2: "Scripted device", 3: serial] }

    func control(setup: [UInt8], data: [UInt8]) -> EmulatedTransfer { .stall }

    func out(endpoint: UInt8, data: [UInt8]) -> EmulatedTransfer {
        state.withLock { $0.pending.append(data) }
        return .done([])
    }

    func input(endpoint: UInt8, maximum: Int) -> EmulatedTransfer {
        let (answer, hook) = state.withLock { state -> (EmulatedTransfer, (@Sendable () -> Void)?) in
            defer { state.onInput = nil }
            let hook = state.onInput
            if endpoint == 0x83 {
                return (state.notifications.isEmpty ? .notReady : .done(state.notifications.removeFirst()), hook)
            }
            if state.stalledInputs > 0 {
                state.stalledInputs -= 1
                return (.stall, hook)
            }
            if state.damagedInputs > 0 {
                state.damagedInputs -= 1
                return (.damaged, hook)
            }
            if state.babblingInputs > 0 {
                state.babblingInputs -= 1
                return (.babble, hook)
            }
            return (state.pending.isEmpty ? .notReady : .done(state.pending.removeFirst()), hook)
        }
        hook?()
        return answer
    }

    func isochronous(endpoint: UInt8, maximum: Int) -> EmulatedTransfer {
        .done([UInt8](repeating: 0, count: min(64, maximum)))
    }

    func setInterface(_ number: UInt8, alternate: UInt8) {}
    func clearHalt(endpoint: UInt8) { state.withLock { $0.halts += 1 } }
    func reset() { state.withLock { $0.resets += 1 } }
}

/// Within the suite of the drivers, so that no two tests plug devices at the same time.
extension USBIntegrationTests {
    @Suite("USB transfers", .serialized)
    struct Transfers {
        private let host: UMockdevHost

        init() throws {
            try #require(
                ProcessInfo.processInfo.environment["LD_PRELOAD"]?.contains("umockdev") == true,
                "libusb must run on umockdev: run these tests by `make test`, which starts them under umockdev-wrapper")
            host = try USBIntegrationTests.testbed.get()
        }

        private struct Opened {
            var bus: USBContext
            var transport: any USBTransport
            var output: USBEndpoint
            var input: USBEndpoint
            var notify: USBEndpoint
            var stream: USBEndpoint
        }

        private static func info(on bus: USBContext) async throws -> USBDeviceInfo {
            try #require(try await bus.devices().first { $0.descriptor.vendorID == 0x1209 })
        }

        private func opened<Value>(
            _ device: ScriptedDevice, _ body: (Opened) async throws -> Value
        ) async throws -> Value {
            try host.plug(device, name: "scripted")
            defer { if host.isPlugged(name: "scripted") { try? host.unplug(name: "scripted") } }
            let bus = try USBContext()
            let info = try await Self.info(on: bus)
            let interface = try #require(info.configuration?.interfaces.first)
            let transport = try await bus.open(info)
            try await transport.claim(interface: interface.number)
            let value: Value
            do {
                value = try await body(
                    Opened(
                        bus: bus, transport: transport, output: try #require(interface.endpoint(.bulk, .output)),
                        input: try #require(interface.endpoint(.bulk, .input)),
                        notify: try #require(interface.endpoint(.interrupt, .input)),
                        stream: try #require(interface.endpoint(.isochronous, .input))))
            } catch {
                await transport.close()
                throw error
            }
            await transport.close()
            return value
        }

        private static func failure<Value: Sendable>(
            _ body: () async throws(USBError) -> Value
        ) async -> USBError.Code? {
            do throws(USBError) {
                _ = try await body()
                return nil
            } catch {
                return error.code
            }
        }

        /// Ends when the device is asked for input.
        private static func asked(_ device: ScriptedDevice) -> AsyncStream<Void> {
            let (stream, continuation) = AsyncStream<Void>.makeStream()
            device.state.withLock { $0.onInput = { continuation.finish() } }
            return stream
        }

        @Test("Class descriptors of every type come through libusb whole")
        func descriptors() async throws {
            try await opened(ScriptedDevice()) { opened in
                let interface = try #require(opened.transport.info.configuration?.interfaces.first)
                #expect(interface.classDescriptors(ofType: 0x21) == [[9, 0x21, 1, 2, 3, 4, 5, 6, 7]])
                #expect(interface.endpoint(.interrupt, .input)?.interval == 4)
                #expect(opened.transport.info.configuration?.value == 1)
            }
        }

        @Test("Bulk and interrupt transfers arrive")
        func transfers() async throws {
            let device = ScriptedDevice()
            try await opened(device) { opened in
                let bytes = (0..<1000).map { UInt8($0 & 0xFF) }
                try await opened.transport.write(bytes, to: opened.output, timeoutMilliseconds: 1000)
                let echo = try await opened.transport.read(from: opened.input, maximum: 1000, timeoutMilliseconds: 1000)
                #expect(echo == bytes)
                device.state.withLock { $0.notifications = [[0x50, 3]] }
                let change = try await opened.transport.read(from: opened.notify, maximum: 8, timeoutMilliseconds: 1000)
                #expect(change == [0x50, 3])
            }
        }

        @Test("A transfer ends at its deadline, and the next one is not disturbed")
        func deadline() async throws {
            let device = ScriptedDevice()
            try await opened(device) { opened in
                let began = ContinuousClock.now
                let code = await Self.failure { () async throws(USBError) -> [UInt8] in
                    try await opened.transport.read(from: opened.input, maximum: 512, timeoutMilliseconds: 100)
                }
                #expect(code == .timedOut)
                #expect(ContinuousClock.now - began >= .milliseconds(90))
                try await opened.transport.write([1, 2], to: opened.output, timeoutMilliseconds: 1000)
                let echo = try await opened.transport.read(from: opened.input, maximum: 512, timeoutMilliseconds: 1000)
                #expect(echo == [1, 2])
            }
        }

        @Test("A cancelled task ends its transfer at once, and no other")
        func cancellation() async throws {
            let device = ScriptedDevice()
            try await opened(device) { opened in
                let notified = Task { () -> [UInt8]? in
                    try? await opened.transport.read(from: opened.notify, maximum: 8, timeoutMilliseconds: 60_000)
                }
                let asked = Self.asked(device)
                let task = Task {
                    await Self.failure { () async throws(USBError) -> [UInt8] in
                        try await opened.transport.read(from: opened.input, maximum: 512, timeoutMilliseconds: 60_000)
                    }
                }
                for await _ in asked {}
                task.cancel()
                #expect(await task.value == .cancelled)
                device.state.withLock { $0.notifications = [[0x50, 2]] }
                #expect(await notified.value == [0x50, 2])
                // A task that was cancelled before it asked does not ask.
                let late = Task {
                    withUnsafeCurrentTask { $0?.cancel() }
                    return await Self.failure { () async throws(USBError) -> [UInt8] in
                        try await opened.transport.read(from: opened.input, maximum: 512, timeoutMilliseconds: 60_000)
                    }
                }
                #expect(await late.value == .cancelled)
            }
        }

        @Test("Closing ends what is in flight and waits for it; what comes later is cancelled too")
        func closing() async throws {
            let device = ScriptedDevice()
            try await opened(device) { opened in
                let asked = Self.asked(device)
                let reading = Task {
                    await Self.failure { () async throws(USBError) -> [UInt8] in
                        try await opened.transport.read(from: opened.input, maximum: 512, timeoutMilliseconds: 60_000)
                    }
                }
                let (packets, packet) = AsyncStream<Void>.makeStream()
                let request = USBStreamRequest(
                    endpoint: opened.stream, packetSize: 64, packetsPerTransfer: 8, transfers: 4,
                    transferTimeoutMilliseconds: 500)
                let streaming = Task {
                    await Self.failure { () async throws(USBError) in
                        try await opened.transport.stream(request) { _, _ in
                            packet.finish()
                            return .more
                        }
                    }
                }
                for await _ in asked {}
                for await _ in packets {}
                await opened.transport.close()
                #expect(await reading.value == .cancelled)
                #expect(await streaming.value == .cancelled)
                let code = await Self.failure { () async throws(USBError) -> [UInt8] in
                    try await opened.transport.read(from: opened.input, maximum: 512, timeoutMilliseconds: 1000)
                }
                #expect(code == .cancelled)
                await opened.transport.close()
            }
        }

        @Test("A device that is pulled out ends every transfer in flight as gone")
        func unplugged() async throws {
            let device = ScriptedDevice()
            try await opened(device) { [host] opened in
                let asked = Self.asked(device)
                let reads = [opened.input, opened.notify].map { endpoint in
                    Task {
                        await Self.failure { () async throws(USBError) -> [UInt8] in
                            try await opened.transport.read(from: endpoint, maximum: 8, timeoutMilliseconds: 60_000)
                        }
                    }
                }
                for await _ in asked {}
                let began = ContinuousClock.now
                try host.unplug(name: "scripted")
                for read in reads { #expect(await read.value == .noDevice) }
                #expect(ContinuousClock.now - began < .seconds(2))
            }
        }

        @Test("A stalled and a damaged endpoint are brought back by the one recovery; attempts are bounded")
        func recovery() async throws {
            let device = ScriptedDevice()
            try await opened(device) { opened in
                // Plugging in resets it, too.
                device.state.withLock {
                    $0.resets = 0
                    ($0.pending, $0.stalledInputs, $0.damagedInputs) = ([[7]], 1, 1)
                }
                let read: @Sendable () async throws(USBError) -> [UInt8] = { () async throws(USBError) in
                    try await opened.transport.read(from: opened.input, maximum: 512, timeoutMilliseconds: 1000)
                }
                let bytes = try await USBRecovery.standard.run(on: opened.transport, endpoints: [opened.input], read)
                #expect(bytes == [7])
                #expect(device.state.withLock { $0.halts } == 2)
                device.state.withLock { $0.stalledInputs = 1000 }
                let code = await Self.failure { () async throws(USBError) -> [UInt8] in
                    try await USBRecovery.standard.run(on: opened.transport, endpoints: [opened.input], read)
                }
                #expect(code == .stalled)
                #expect(device.state.withLock { $0.stalledInputs } == 996)
                #expect(device.state.withLock { $0.resets } == 1)
            }
        }

        @Test("A device that sends more than was asked for is an overflow, and then as good as before")
        func babble() async throws {
            let device = ScriptedDevice()
            try await opened(device) { opened in
                device.state.withLock { ($0.pending, $0.babblingInputs) = ([[7]], 2) }
                let read: @Sendable () async throws(USBError) -> [UInt8] = { () async throws(USBError) in
                    try await opened.transport.read(from: opened.input, maximum: 512, timeoutMilliseconds: 1000)
                }
                #expect(await Self.failure(read) == .overflow)
                let bytes = try await USBRecovery.standard.run(on: opened.transport, endpoints: [opened.input], read)
                #expect(bytes == [7])
            }
        }

        @Test("An interface that another holds is busy until it is closed")
        func exclusive() async throws {
            try await opened(ScriptedDevice()) { opened in
                let second = try await opened.bus.open(try await Self.info(on: opened.bus))
                #expect(
                    await Self.failure { () async throws(USBError) in try await second.claim(interface: 0) } == .busy)
                await opened.transport.close()
                try await second.claim(interface: 0)
                await second.close()
            }
        }

        @Test("A read through libusb is recorded, masked, and played back")
        func recording() async throws {
            let model = KioskEmulation.SAMVReader(times: .none)
            try host.plug(model, name: "reader")
            defer { try? host.unplug(name: "reader") }
            model.place(try #require(EmulatedCard.builtIn.first { $0.id == "zhang" }))
            let bus = RecordingBus(try USBContext(), clock: SystemClock()) { _ in .samv() }
            let matcher = DeviceMatcher(devices: [.init(vendor: 0x0400, product: 0xC35A)])
            let driver = KioskDevices.SAMVReader(bus: bus, matcher: matcher, clock: SystemClock())
            #expect(try await driver.readCard {}.card.name == "张伟民")
            await driver.close()
            let file = bus.finish().jsonLines()
            let replay = try ReplayBus(try USBRecording(jsonLines: file))
            let again = KioskDevices.SAMVReader(bus: replay, matcher: matcher, clock: SystemClock())
            #expect(try await again.readCard {}.card.name == "某某")
            await again.close()
            #expect(replay.mismatch == nil && replay.remaining == 0)
        }

        // MARK: - Hot-plug

        @Test("Arrival and removal are reported within 500 ms, twenty times over")
        func hotplugLatency() async throws {
            let device = ScriptedDevice()
            let bus = try USBContext()
            var events = bus.hotplugEvents().makeAsyncIterator()
            var longest = Duration.zero
            for _ in 0..<20 {
                var began = ContinuousClock.now
                try host.plug(device, name: "scripted")
                guard case .arrived(let location) = await events.next() else {
                    Issue.record("no arrival")
                    break
                }
                longest = max(longest, ContinuousClock.now - began)
                #expect(try await Self.info(on: bus).location == location)
                began = ContinuousClock.now
                try host.unplug(name: "scripted")
                #expect(await events.next() == .left(location))
                longest = max(longest, ContinuousClock.now - began)
            }
            print("longest time from plug to report: \(longest)")
            #expect(longest < .milliseconds(500))
        }

        @Test("What was enumerated opens that device alone, even when another of its model has its address")
        func reusedAddress() async throws {
            let bus = try USBContext()
            var events = bus.hotplugEvents().makeAsyncIterator()
            try host.plug(ScriptedDevice(serial: "A"), name: "scripted")
            defer { if host.isPlugged(name: "scripted") { try? host.unplug(name: "scripted") } }
            _ = await events.next()
            let first = try await Self.info(on: bus)
            #expect(try await Self.info(on: bus) == first)
            // A bus has 127 addresses: after so many devices the first one's comes again.
            for _ in 0..<127 {
                try host.unplug(name: "scripted")
                _ = await events.next()
                try host.plug(ScriptedDevice(serial: "B"), name: "scripted")
                if await events.next() == .arrived(first.location) { break }
            }
            // Not enumerated again: all that the bus knows of this address is the first device.
            let stale = await Self.failure { () async throws(USBError) in await (try bus.open(first)).close() }
            #expect(stale == .noDevice)
            let second = try await Self.info(on: bus)
            #expect(second.location == first.location)
            #expect(second.descriptor == first.descriptor)
            let again = await Self.failure { () async throws(USBError) in await (try bus.open(first)).close() }
            #expect(again == .noDevice)
            let transport = try await bus.open(second)
            #expect(await transport.string(3) == "B")
            await transport.close()
        }

        @Test("A kernel driver is detached while an interface is claimed, and gets it back at the end")
        func kernelDriver() async throws {
            let device = ScriptedDevice(kernelDrivers: [0: "usbfs-test"])
            try await opened(device) { opened in
                #expect(!host.isKernelDriverBound(name: "scripted", interface: 0))
                try await opened.transport.reset()
                #expect(!host.isKernelDriverBound(name: "scripted", interface: 0))
                await opened.transport.close()
                #expect(host.isKernelDriverBound(name: "scripted", interface: 0))
            }
        }

        // MARK: - Leaks

        @Test("A thousand times opened, used, streamed from and closed: no descriptor, no thread and no task is left")
        func noLeaks() async throws {
            let device = ScriptedDevice()
            try host.plug(device, name: "scripted")
            defer { try? host.unplug(name: "scripted") }
            let bus = try USBContext()
            let info = try await Self.info(on: bus)
            let interface = try #require(info.configuration?.interfaces.first)
            let output = try #require(interface.endpoint(.bulk, .output))
            let input = try #require(interface.endpoint(.bulk, .input))
            let request = USBStreamRequest(
                endpoint: try #require(interface.endpoint(.isochronous, .input)), packetSize: 64, packetsPerTransfer: 2,
                transfers: 2, transferTimeoutMilliseconds: 500)
            var descriptors = 0
            weak var last: USBDevice?
            for round in 0..<1000 {
                let transport = try await bus.open(info)
                try await transport.claim(interface: interface.number)
                try await transport.write([1], to: output, timeoutMilliseconds: 1000)
                #expect(try await transport.read(from: input, maximum: 512, timeoutMilliseconds: 1000) == [1])
                try await transport.stream(request) { _, _ in .stop }
                // One read is always in flight when the device is closed.
                let task = Task { () -> Bool in
                    do throws(USBError) {
                        _ = try await transport.read(from: input, maximum: 512, timeoutMilliseconds: 60_000)
                        return false
                    } catch {
                        return error.code == .cancelled || error.code == .noDevice
                    }
                }
                await transport.close()
                #expect(await task.value)
                last = transport as? USBDevice
                // The first rounds open what stays open: sockets of the testbed and the like.
                if round == 50 { descriptors = try Self.openDescriptors() }
            }
            #expect(last == nil, "a closed device is not kept")
            let left = try Self.openDescriptors()
            print("open descriptors after 50 and after 1,000 rounds: \(descriptors), \(left)")
            #expect(left <= descriptors + 3)
        }

        private static func openDescriptors() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        }
    }
}
