// The virtual host controller's side written out by hand: USB/IP messages over a pair of sockets, without a kernel.

import Foundation
import Glibc
import KioskEmulation
import Synchronization
import Testing

/// Stands for vhci-hcd: keeps what it is given and speaks on it.
private final class HandController: USBIPController {
    struct Attached {
        var descriptor: Int32
        var speed: USBIPSpeed
        var preferredPort: Int?
    }

    private let state = Mutex<[Attached]>([])

    deinit {
        state.withLock { for attached in $0 { close(attached.descriptor) } }
    }

    var attached: [Attached] { state.withLock { $0 } }

    func attach(_ descriptor: Int32, speed: USBIPSpeed, preferredPort: Int?) throws(EmulationError) -> Int {
        let copy = dup(descriptor)
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(copy, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        return state.withLock { attached in
            attached.append(Attached(descriptor: copy, speed: speed, preferredPort: preferredPort))
            return preferredPort ?? 4
        }
    }

    func waitUntilFree(port: Int) {}

    func send(_ bytes: [UInt8], on index: Int = 0) {
        #expect(Glibc.send(attached[index].descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count)
    }

    /// Nil: the other end has hung up.
    func receive(_ count: Int, on index: Int = 0) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return recv(attached[index].descriptor, &bytes, count, Int32(MSG_WAITALL)) == count ? bytes : nil
    }
}

/// A device whose bulk IN answers what it is told to.
private final class ScriptedDevice: EmulatedUSBDevice {
    private let answers: Mutex<[EmulatedTransfer]>
    let resets = Atomic(0)
    let written = Mutex<[[UInt8]]>([])

    init(_ answers: [EmulatedTransfer] = []) {
        self.answers = Mutex(answers)
    }

    func say(_ answer: EmulatedTransfer) { answers.withLock { $0.append(answer) } }

    let deviceDescriptor: [UInt8] = [18, 1, 0x00, 0x02, 0, 0, 0, 64, 0x09, 0x12, 1, 0, 0, 1, 0, 0, 0, 1]
    let configurationDescriptor: [UInt8] = [9, 2, 9, 0, 0, 1, 0, 0x80, 50]
    let strings: [UInt8: String] = [:]
    func control(setup: [UInt8], data: [UInt8]) -> EmulatedTransfer { .stall }

    func out(endpoint: UInt8, data: [UInt8]) -> EmulatedTransfer {
        written.withLock { $0.append(data) }
        return .done([])
    }

    func input(endpoint: UInt8, maximum: Int) -> EmulatedTransfer {
        answers.withLock { $0.isEmpty ? .notReady : $0.removeFirst() }
    }

    func isochronous(endpoint: UInt8, maximum: Int) -> EmulatedTransfer {
        input(endpoint: endpoint, maximum: maximum)
    }

    func setInterface(_ number: UInt8, alternate: UInt8) {}
    func clearHalt(endpoint: UInt8) {}
    func reset() { resets.wrappingAdd(1, ordering: .relaxed) }
}

@Suite("USB/IP host", .timeLimit(.minutes(1)))
struct USBIPHostTests {
    private static func words(_ values: UInt32...) -> [UInt8] {
        values.flatMap { value in withUnsafeBytes(of: value.bigEndian) { [UInt8]($0) } }
    }

    private static func submit(
        _ sequence: UInt32, input: Bool, endpoint: UInt32, length: UInt32, packets: UInt32 = 0, interval: UInt32 = 0,
        setup: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0], trailer: [UInt8] = []
    ) -> [UInt8] {
        words(1, sequence, 0x10005, input ? 1 : 0, endpoint, 0, length, 0, packets, interval) + setup + trailer
    }

    private static func answer(
        _ sequence: UInt32, status: Int32 = 0, length: UInt32 = 0, packets: UInt32 = 0, errors: UInt32 = 0
    ) -> [UInt8] {
        words(3, sequence, 0, 0, 0, UInt32(bitPattern: status), length, 0, packets, errors, 0, 0)
    }

    private static func unlink(_ sequence: UInt32, _ target: UInt32) -> [UInt8] {
        words(2, sequence, 0x10005, 0, 0, target, 0, 0, 0, 0, 0, 0)
    }

    private static func plugged(
        _ device: some EmulatedUSBDevice, time: any MonotonicTime = SystemMonotonicTime()
    ) throws -> (USBIPHost, HandController) {
        let controller = HandController()
        let host = USBIPHost(controller: controller, time: time)
        try host.plug(device, name: "device")
        return (host, controller)
    }

    @Test("control transfers come from the default pipe, cut to the length asked for")
    func control() throws {
        let device = ScriptedDevice()
        let (host, controller) = try Self.plugged(device)
        defer { host.close() }
        controller.send(Self.submit(1, input: true, endpoint: 0, length: 8, setup: [0x80, 6, 0, 1, 0, 0, 8, 0]))
        #expect(controller.receive(56) == Self.answer(1, length: 8) + device.deviceDescriptor.prefix(8))
        controller.send(Self.submit(2, input: false, endpoint: 0, length: 0, setup: [0, 9, 1, 0, 0, 0, 0, 0]))
        #expect(controller.receive(48) == Self.answer(2))
        controller.send(Self.submit(3, input: true, endpoint: 0, length: 4, setup: [0xC0, 9, 1, 0, 0, 0, 4, 0]))
        #expect(controller.receive(48) == Self.answer(3, status: -EPIPE))
    }

    @Test("the 64 bytes of device descriptor that Linux asks for after a port reset reset the model")
    func reset() throws {
        let device = ScriptedDevice()
        let (host, controller) = try Self.plugged(device)
        defer { host.close() }
        let before = device.resets.load(ordering: .relaxed)
        controller.send(Self.submit(1, input: true, endpoint: 0, length: 64, setup: [0x80, 6, 0, 1, 0, 0, 64, 0]))
        #expect(controller.receive(66) == Self.answer(1, length: 18) + device.deviceDescriptor)
        #expect(device.resets.load(ordering: .relaxed) == before + 1)
    }

    @Test("bulk OUT hands on its bytes and reports them all taken")
    func bulkOut() throws {
        let device = ScriptedDevice()
        let (host, controller) = try Self.plugged(device)
        defer { host.close() }
        controller.send(Self.submit(7, input: false, endpoint: 2, length: 3, trailer: [1, 2, 3]))
        #expect(controller.receive(48) == Self.answer(7, length: 3))
        #expect(device.written.withLock { $0 } == [[1, 2, 3]])
    }

    @Test(
        "a bulk IN ends as the device answers",
        arguments: [
            (.stall, -EPIPE, []), (.damaged, -EPROTO, []), (.done([9, 8]), 0, [9, 8]),
            (.done([UInt8](repeating: 5, count: 100)), 0, [UInt8](repeating: 5, count: 64)),
        ] as [(EmulatedTransfer, Int32, [UInt8])])
    func bulkIn(transfer: EmulatedTransfer, status: Int32, bytes: [UInt8]) throws {
        let (host, controller) = try Self.plugged(ScriptedDevice([.notReady, .notReady, transfer]))
        defer { host.close() }
        controller.send(Self.submit(5, input: true, endpoint: 1, length: 64))
        #expect(
            controller.receive(48 + bytes.count)
                == Self.answer(5, status: status, length: UInt32(bytes.count)) + bytes)
    }

    @Test("a device that has nothing yet is not answered for until it is unlinked; what is over cannot be unlinked")
    func unlinking() throws {
        let device = ScriptedDevice()
        let (host, controller) = try Self.plugged(device)
        defer { host.close() }
        controller.send(Self.submit(1, input: true, endpoint: 1, length: 64))
        controller.send(Self.unlink(2, 1))
        let cancelled = UInt32(bitPattern: -ECONNRESET)
        #expect(controller.receive(48) == Self.words(4, 2, 0, 0, 0, cancelled, 0, 0, 0, 0, 0, 0))
        controller.send(Self.unlink(3, 1))
        #expect(controller.receive(48) == Self.words(4, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
        // What comes now belongs to the next request.
        device.say(.done([1]))
        controller.send(Self.submit(4, input: true, endpoint: 1, length: 64))
        #expect(controller.receive(49) == Self.answer(4, length: 1) + [1])
    }

    @Test("requests of one endpoint are answered in order, whatever waits at another")
    func order() throws {
        let device = ScriptedDevice()
        let (host, controller) = try Self.plugged(device)
        defer { host.close() }
        controller.send(Self.submit(1, input: true, endpoint: 1, length: 64))
        controller.send(Self.submit(2, input: true, endpoint: 1, length: 64))
        controller.send(Self.submit(3, input: false, endpoint: 2, length: 1, trailer: [0xAA]))
        #expect(controller.receive(48) == Self.answer(3, length: 1))
        device.say(.done([1]))
        device.say(.done([2]))
        #expect(controller.receive(49) == Self.answer(1, length: 1) + [1])
        #expect(controller.receive(49) == Self.answer(2, length: 1) + [2])
    }

    @Test("isochronous packets take their bus time, keep their own status, and come packed")
    func isochronous() throws {
        let time = ManualMonotonicTime()
        let (host, controller) = try Self.plugged(
            ScriptedDevice([.done([1, 2]), .notReady, .damaged, .done([3, 4, 5, 6, 7])]), time: time)
        defer { host.close() }
        let packets = (0..<4).flatMap { Self.words($0 * 4, 4, 0, 0) }
        controller.send(
            Self.submit(1, input: true, endpoint: 3, length: 16, packets: 4, interval: 2, trailer: packets))
        // Behind it on the connection: once this is answered, the packets have been looked at and are not due.
        controller.send(Self.submit(2, input: false, endpoint: 2, length: 1, trailer: [0]))
        #expect(controller.receive(48) == Self.answer(2, length: 1))
        time.advance(by: .microseconds(1000))
        let protocolError = UInt32(bitPattern: -EPROTO)
        #expect(
            controller.receive(48 + 6 + 64)
                == Self.answer(1, length: 6, packets: 4, errors: 1) + [1, 2, 3, 4, 5, 6]
                + Self.words(0, 4, 2, 0) + Self.words(4, 4, 0, 0) + Self.words(8, 4, 0, protocolError)
                + Self.words(12, 4, 4, 0))
    }

    @Test("a device that has gone is unplugged, and comes back on the port it had")
    func gone() throws {
        let device = ScriptedDevice([.gone])
        let (host, controller) = try Self.plugged(device)
        defer { host.close() }
        controller.send(Self.submit(1, input: true, endpoint: 1, length: 64))
        #expect(controller.receive(1) == nil)
        while host.isPlugged(name: "device") { sched_yield() }
        try host.plug(device, name: "device")
        #expect(controller.attached.map(\.preferredPort) == [nil, 4])
        #expect(controller.attached.map(\.speed) == [.high, .high])
        #expect(throws: EmulationError.self) { try host.plug(device, name: "device") }
    }

    @Test("unplugging hangs up; unplugging twice is an error")
    func unplug() throws {
        let (host, controller) = try Self.plugged(ScriptedDevice())
        controller.send(Self.submit(1, input: true, endpoint: 1, length: 64))
        try host.unplug(name: "device")
        #expect(controller.receive(1) == nil)
        #expect(throws: EmulationError.self) { try host.unplug(name: "device") }
        host.close()
        #expect(throws: EmulationError.self) { try host.plug(ScriptedDevice(), name: "device") }
    }

    @Test(
        "what a controller may not send ends the connection and nothing else",
        arguments: [
            [UInt8](repeating: 0, count: 48), [UInt8](repeating: 0xFF, count: 48),
            // An endpoint and a direction that there are not.
            submit(1, input: true, endpoint: 16, length: 0),
            words(1, 1, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0),
            // More than 16 MiB, more than 1024 packets.
            submit(1, input: true, endpoint: 1, length: (16 << 20) + 1),
            submit(1, input: false, endpoint: 1, length: .max),
            submit(1, input: true, endpoint: 1, length: 16, packets: 1025),
            // A packet outside the buffer, one whose end wraps, and two that overlap.
            submit(1, input: true, endpoint: 1, length: 4, packets: 1, trailer: words(0, 5, 0, 0)),
            submit(1, input: true, endpoint: 1, length: 4, packets: 1, trailer: words(.max, 2, 0, 0)),
            submit(
                1, input: true, endpoint: 1, length: 4, packets: 2, trailer: words(0, 4, 0, 0) + words(0, 4, 0, 0)),
        ])
    func hostile(bytes: [UInt8]) throws {
        let (host, controller) = try Self.plugged(ScriptedDevice())
        defer { host.close() }
        controller.send(bytes)
        #expect(controller.receive(1) == nil)
        while host.isPlugged(name: "device") { sched_yield() }
        try host.plug(ScriptedDevice(), name: "device")
        controller.send(Self.submit(1, input: false, endpoint: 2, length: 0), on: 1)
        #expect(controller.receive(48, on: 1) == Self.answer(1))
    }

    @Test("a controller that only submits is cut off before memory runs out", arguments: [(0, 1024), (1 << 20, 64)])
    func flood(length: Int, most: Int) throws {
        let (host, controller) = try Self.plugged(ScriptedDevice())
        defer { host.close() }
        for sequence in 0..<UInt32(most) {
            controller.send(Self.submit(sequence, input: true, endpoint: 1, length: UInt32(length)))
        }
        // All of these may wait: the connection still answers.
        controller.send(Self.unlink(5000, 0))
        #expect(controller.receive(48)?[3] == 4)
        controller.send(Self.submit(6000, input: true, endpoint: 1, length: UInt32(length)))
        controller.send(Self.submit(6001, input: true, endpoint: 1, length: UInt32(length)))
        #expect(controller.receive(1) == nil)
    }

    @Test("without a virtual host controller, plugging in says what is missing")
    func noController() {
        let host = USBIPHost(controller: VHCIController(folder: "/nonexistent"))
        #expect(throws: EmulationError(.testbed, "no virtual host controller in /nonexistent; modprobe vhci-hcd")) {
            try host.plug(ScriptedDevice(), name: "device")
        }
    }

    @Test("of the controller's ports, the free ones of its high-speed hub are used")
    func ports() throws {
        let folder = NSTemporaryDirectory() + "vhci-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let status = """
            hub port sta spd dev      sockfd local_busid
            hs  0000 006 003 00010001 000003 1-1
            hs  0001 004 000 00000000 000000 0-0
            hs  0002 004 000 00000000 000000 0-0
            ss  0008 004 000 00000000 000000 0-0

            """
        try Data(status.utf8).write(to: URL(filePath: folder + "/status"))
        try Data().write(to: URL(filePath: folder + "/attach"))
        let controller = VHCIController(folder: folder)
        #expect(try controller.attach(33, speed: .full, preferredPort: 0) == 1)
        #expect(try String(contentsOfFile: folder + "/attach", encoding: .utf8) == "1 33 65538 2")
        #expect(try controller.attach(34, speed: .high, preferredPort: 2) == 2)
        #expect(try String(contentsOfFile: folder + "/attach", encoding: .utf8) == "2 34 65539 3")
    }
}
