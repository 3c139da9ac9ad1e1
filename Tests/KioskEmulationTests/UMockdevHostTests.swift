// The usbfs node from a process's side: the messages of libumockdev-preload written out by hand, on a real testbed.

import Foundation
import Glibc
import KioskEmulation
import Testing

private struct NoAnswer: Error {}

/// Stands for a process with a preloaded libumockdev: opens the node's socket and keeps its own memory.
private final class PreloadedProcess {
    private let descriptor: Int32
    /// Addresses that were handed out, and what lies there.
    var memory: [UInt: [UInt8]] = [:]

    init(_ host: UMockdevHost, device: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array((host.directory + "/ioctl" + device).utf8)
        try #require(path.count < MemoryLayout.size(ofValue: address.sun_path))
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw NoAnswer() }
    }

    deinit { close(descriptor) }

    /// Result, or the negative errno.
    func ioctl(_ request: UInt, _ argument: UInt) throws -> Int {
        send([1, request, argument])
        while true {
            let words = try receive(24)
            let address = words[1]
            switch words[0] {
            case 3:
                let result = Int(bitPattern: words[1])
                return result < 0 ? -Int(words[2]) : result
            case 5:
                let (start, bytes) = try #require(
                    memory.first { $0.key <= address && address < $0.key + UInt($0.value.count) })
                sendBytes(Array(bytes.dropFirst(Int(address - start)).prefix(Int(words[2]))))
            case 6:
                let bytes = try receiveBytes(Int(words[2]))
                let start = try #require(
                    memory.first { $0.key <= address && address < $0.key + UInt($0.value.count) }?.key)
                for (offset, byte) in bytes.enumerated() {
                    memory[start]?[Int(address - start) + offset] = byte
                }
            default:
                throw NoAnswer()
            }
        }
    }

    func send(_ words: [UInt]) {
        sendBytes(words.flatMap { word in withUnsafeBytes(of: word) { [UInt8]($0) } })
    }

    private func sendBytes(_ bytes: [UInt8]) {
        #expect(Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count)
    }

    private func receive(_ count: Int) throws -> [UInt] {
        let bytes = try receiveBytes(count)
        return stride(from: 0, to: count, by: 8).map { offset in
            bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt.self) }
        }
    }

    func receiveBytes(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard recv(descriptor, &bytes, count, Int32(MSG_WAITALL)) == count else { throw NoAnswer() }
        return bytes
    }

    // linux/usbdevice_fs.h, x86-64

    enum Request {
        static let submit: UInt = 0x8038_550A
        static let discard: UInt = 0x550B
        static let reapNoDelay: UInt = 0x4008_550D
        static let claim: UInt = 0x8004_550F
        static let release: UInt = 0x8004_5510
        static let setInterface: UInt = 0x8008_5504
        static let capabilities: UInt = 0x8004_551A
        static let ioctl: UInt = 0xC010_5512
        static let getDriver: UInt = 0x4104_5508
        static let disconnectAndClaim: UInt = 0x8108_551B
        static let disconnect: UInt32 = 0x5516
        static let connect: UInt32 = 0x5517
    }

    /// Puts a request block and its buffer at `address` and submits it.
    func submit(
        at address: UInt, kind: UInt8, endpoint: UInt8, buffer: [UInt8], packets: [UInt32] = []
    ) throws -> Int {
        var block = [UInt8](repeating: 0, count: 56)
        block[0] = kind
        block[1] = endpoint
        func put(_ value: some FixedWidthInteger, _ offset: Int) {
            withUnsafeBytes(of: value) { block.replaceSubrange(offset..<offset + $0.count, with: $0) }
        }
        put(UInt64(address + 0x10_0000), 16)
        put(Int32(buffer.count), 24)
        put(Int32(packets.count), 36)
        for length in packets {
            block += withUnsafeBytes(of: length) { [UInt8]($0) } + [UInt8](repeating: 0, count: 8)
        }
        memory[address] = block
        memory[address + 0x10_0000] = buffer
        return try ioctl(Request.submit, address)
    }

    /// Asks for finished transfers until there is one or the device has gone; nil for ENODEV.
    func reap() throws -> (address: UInt, status: Int32, length: Int, buffer: [UInt8])? {
        memory[0x1000] = [UInt8](repeating: 0, count: 8)
        for _ in 0..<2000 {
            let result = try ioctl(Request.reapNoDelay, 0x1000)
            if result == -Int(ENODEV) { return nil }
            if result == -Int(EAGAIN) { continue }
            try #require(result == 0)
            let pointer = try #require(memory[0x1000])
            let address = pointer.withUnsafeBytes { $0.loadUnaligned(as: UInt.self) }
            let block = try #require(memory[address])
            let (status, length) = block.withUnsafeBytes {
                (
                    $0.loadUnaligned(fromByteOffset: 4, as: Int32.self),
                    $0.loadUnaligned(fromByteOffset: 28, as: Int32.self)
                )
            }
            return (address, status, Int(length), memory[address + 0x10_0000] ?? [])
        }
        throw NoAnswer()
    }
}

/// struct usbdevfs_ioctl
private func driverRequest(interface: UInt32, _ request: UInt32) -> [UInt8] {
    withUnsafeBytes(of: (interface, request, UInt64(0))) { [UInt8]($0) }
}

/// struct usbdevfs_disconnect_claim
private func claimRequest(interface: UInt32, flags: UInt32, driver: String) -> [UInt8] {
    var bytes = withUnsafeBytes(of: (interface, flags)) { [UInt8]($0) } + driver.utf8
    bytes += [UInt8](repeating: 0, count: 264 - bytes.count)
    return bytes
}

private let first = "/dev/bus/usb/001/002"
private let preambleAndLength: [UInt8] = [0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x03]

/// Suites that make a testbed, one at a time: each changes the process's environment.
@Suite(.serialized) struct HostedTests {}

extension HostedTests {
    @Suite("umockdev host") struct UMockdevHostTests {}
}

extension HostedTests.UMockdevHostTests {
    @Test("shows a device in sysfs with its descriptors, and takes it away again")
    func sysfs() throws {
        let host = try UMockdevHost()
        let reader = SAMVReader()
        try host.plug(reader, name: "reader")
        let folder = host.directory + "/sys/devices/usb1/1-1"
        let descriptors = try Data(contentsOf: URL(filePath: folder + "/descriptors"))
        #expect([UInt8](descriptors) == reader.deviceDescriptor + reader.configurationDescriptor)
        #expect(try String(contentsOfFile: folder + "/speed", encoding: .utf8) == "12\n")
        #expect(throws: EmulationError.self) { try host.plug(reader, name: "reader") }
        try host.plug(UVCCamera(), name: "camera")
        #expect(FileManager.default.fileExists(atPath: host.directory + "/dev/bus/usb/001/003"))
        try host.unplug(name: "reader")
        #expect(!FileManager.default.fileExists(atPath: folder))
        #expect(!FileManager.default.fileExists(atPath: host.directory + first))
        #expect(throws: EmulationError.self) { try host.unplug(name: "reader") }
        try host.plug(reader, name: "reader")
        #expect(FileManager.default.fileExists(atPath: host.directory + "/dev/bus/usb/001/004"))
        #expect(try String(contentsOfFile: folder + "/devnum", encoding: .utf8) == "4\n")
        let directory = host.directory
        host.close()
        #expect(!FileManager.default.fileExists(atPath: directory))
        #expect(throws: EmulationError.self) { try host.plug(reader, name: "other") }
    }

    @Test("carries control and bulk transfers through the process's memory")
    func transfers() throws {
        let host = try UMockdevHost()
        defer { host.close() }
        let reader = SAMVReader(times: .none)
        try host.plug(reader, name: "reader")
        let process = try PreloadedProcess(host, device: first)
        process.memory[0x2000] = [0, 0, 0, 0]
        #expect(try process.ioctl(PreloadedProcess.Request.capabilities, 0x2000) == 0)
        #expect(process.memory[0x2000] != [0, 0, 0, 0])
        process.memory[0x2000] = driverRequest(interface: 0, PreloadedProcess.Request.disconnect)
        #expect(try process.ioctl(PreloadedProcess.Request.ioctl, 0x2000) == -Int(ENODATA))
        #expect(try process.ioctl(0x1234, 0x2000) == -Int(ENOTTY))

        #expect(
            try process.submit(
                at: 0x100_0000, kind: 2, endpoint: 0,
                buffer: [0x80, 6, 0, 1, 0, 0, 18, 0] + [UInt8](repeating: 0, count: 18)) == 0)
        let descriptor = try #require(try process.reap())
        #expect(descriptor.length == 18 && descriptor.status == 0)
        #expect(Array(descriptor.buffer.dropFirst(8)) == reader.deviceDescriptor)

        // The answer is asked for before the question, as drivers with a read always under way do.
        #expect(
            try process.submit(at: 0x200_0000, kind: 3, endpoint: 0x81, buffer: [UInt8](repeating: 0, count: 64)) == 0)
        #expect(try process.submit(at: 0x300_0000, kind: 3, endpoint: 0x02, buffer: preambleAndLength) == 0)
        #expect(try process.submit(at: 0x400_0000, kind: 3, endpoint: 0x06, buffer: [0x11, 0xFF, 0xED]) == 0)
        var order: [UInt] = []
        for _ in 0..<3 {
            let ended = try #require(try process.reap())
            #expect(ended.status == 0)
            order.append(ended.address)
            if ended.address == 0x200_0000 {
                #expect(ended.length == 7)
                #expect(ended.buffer.prefix(7) == [0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x04])
            }
        }
        #expect(order == [0x300_0000, 0x400_0000, 0x200_0000])
        #expect(try process.submit(at: 0x500_0000, kind: 3, endpoint: 0x07, buffer: [1]) == 0)
        #expect(try process.reap()?.status == -EPIPE)
    }

    @Test("carries isochronous packets, each with its length and status")
    func isochronous() throws {
        let host = try UMockdevHost(isPaced: false)
        defer { host.close() }
        let camera = UVCCamera()
        let jpeg: [UInt8] = [0xFF, 0xD8] + [UInt8](repeating: 0x5A, count: 5000) + [0xFF, 0xD9]
        camera.lay(EmulatedPaper(name: "x", title: "x", titleEnglish: "", jpeg: jpeg))
        camera.setFault(.damagedPackets(every: 3))
        try host.plug(camera, name: "camera")
        let process = try PreloadedProcess(host, device: first)
        var wanted = [UInt8](repeating: 0, count: 26)
        wanted[2] = 1
        wanted[3] = 2
        #expect(
            try process.submit(at: 0x100_0000, kind: 2, endpoint: 0, buffer: [0x21, 1, 0, 2, 1, 0, 26, 0] + wanted) == 0
        )
        #expect(try process.reap()?.status == 0)
        process.memory[0x2000] = [1, 0, 0, 0, 4, 0, 0, 0]
        #expect(try process.ioctl(PreloadedProcess.Request.setInterface, 0x2000) == 0)
        #expect(
            try process.submit(
                at: 0x200_0000, kind: 0, endpoint: 0x81, buffer: [UInt8](repeating: 0, count: 9216),
                packets: [3072, 3072, 3072]) == 0)
        let ended = try #require(try process.reap())
        let block = try #require(process.memory[0x200_0000])
        let words = stride(from: 56, to: 92, by: 4).map { offset in
            block.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Int32.self) }
        }
        let second = Int32(jpeg.count - 3060 + 12)
        #expect(words == [3072, 3072, 0, 3072, second, 0, 3072, 0, -EPROTO])
        #expect(Array(ended.buffer[12..<3072]) + ended.buffer[3084..<3072 + Int(second)] == jpeg)
        #expect(ended.length == 3072 + Int(second))
    }

    @Test("refuses blocks that cannot be carried out and survives them")
    func hostile() throws {
        let host = try UMockdevHost()
        defer { host.close() }
        try host.plug(UVCCamera(), name: "camera")
        let process = try PreloadedProcess(host, device: first)
        #expect(try process.submit(at: 0x100_0000, kind: 9, endpoint: 0x81, buffer: [0]) == -Int(EINVAL))
        #expect(try process.submit(at: 0x100_0000, kind: 2, endpoint: 0, buffer: [0x80, 6]) == -Int(EINVAL))
        #expect(try process.submit(at: 0x100_0000, kind: 0, endpoint: 0x81, buffer: [0]) == -Int(EINVAL))
        #expect(
            try process.submit(at: 0x100_0000, kind: 0, endpoint: 0x81, buffer: [0], packets: [.max, .max]) == -Int(
                EINVAL))
        #expect(try process.ioctl(PreloadedProcess.Request.discard, 0x100_0000) == -Int(EINVAL))
        process.memory[0x2000] = [0, 0, 0, 0]
        #expect(try process.ioctl(PreloadedProcess.Request.capabilities, 0x2000) == 0)
    }

    @Test("ends a cancelled transfer, and all transfers when the device is unplugged")
    func endings() throws {
        let host = try UMockdevHost()
        defer { host.close() }
        try host.plug(SAMVReader(), name: "reader")
        let process = try PreloadedProcess(host, device: first)
        let buffer = [UInt8](repeating: 0, count: 64)
        #expect(try process.submit(at: 0x100_0000, kind: 3, endpoint: 0x81, buffer: buffer) == 0)
        #expect(try process.submit(at: 0x200_0000, kind: 3, endpoint: 0x85, buffer: buffer) == 0)
        process.memory[0x1000] = [UInt8](repeating: 0, count: 8)
        #expect(try process.ioctl(PreloadedProcess.Request.reapNoDelay, 0x1000) == -Int(EAGAIN))
        #expect(try process.ioctl(PreloadedProcess.Request.discard, 0x200_0000) == 0)
        let cancelled = try #require(try process.reap())
        #expect(cancelled.address == 0x200_0000 && cancelled.status == -ENOENT)
        try host.unplug(name: "reader")
        let ended = try #require(try process.reap())
        #expect(ended.address == 0x100_0000 && ended.status == -ESHUTDOWN)
        #expect(try process.reap() == nil)
        #expect(try process.submit(at: 0x300_0000, kind: 3, endpoint: 0x81, buffer: buffer) == -Int(ENODEV))
    }

    @Test("lets one process claim an interface, and frees it when the process is gone")
    func claims() throws {
        let host = try UMockdevHost()
        defer { host.close() }
        try host.plug(SAMVReader(), name: "reader")
        var holder: PreloadedProcess? = try PreloadedProcess(host, device: first)
        holder?.memory[0x2000] = [0, 0, 0, 0]
        #expect(try holder?.ioctl(PreloadedProcess.Request.claim, 0x2000) == 0)
        let other = try PreloadedProcess(host, device: first)
        other.memory[0x2000] = [0, 0, 0, 0]
        #expect(try other.ioctl(PreloadedProcess.Request.claim, 0x2000) == -Int(EBUSY))
        #expect(try other.ioctl(PreloadedProcess.Request.release, 0x2000) == -Int(EINVAL))
        holder = nil
        var result = -Int(EBUSY)
        for _ in 0..<10_000 where result == -Int(EBUSY) {
            result = try other.ioctl(PreloadedProcess.Request.claim, 0x2000)
        }
        #expect(result == 0)
    }

    @Test("keeps an interface from processes while the kernel's driver has it, and gives it back to that driver")
    func kernelDriver() throws {
        let host = try UMockdevHost()
        defer { host.close() }
        let device = FaultyDevice(SAMVReader(), kernelDrivers: [0: "usbhid"])
        try host.plug(device, name: "reader")
        #expect(host.isKernelDriverBound(name: "reader", interface: 0))
        #expect(!host.isKernelDriverBound(name: "reader", interface: 1))
        #expect(!host.isKernelDriverBound(name: "other", interface: 0))
        let process = try PreloadedProcess(host, device: first)
        process.memory[0x2000] = [0, 0, 0, 0]
        #expect(try process.ioctl(PreloadedProcess.Request.claim, 0x2000) == -Int(EBUSY))
        process.memory[0x3000] = [UInt8](repeating: 0, count: 260)
        #expect(try process.ioctl(PreloadedProcess.Request.getDriver, 0x3000) == 0)
        #expect(process.memory[0x3000]?.dropFirst(4).prefix(7) == [0x75, 0x73, 0x62, 0x68, 0x69, 0x64, 0])

        process.memory[0x4000] = driverRequest(interface: 0, PreloadedProcess.Request.disconnect)
        process.memory[0x5000] = driverRequest(interface: 0, PreloadedProcess.Request.connect)
        #expect(try process.ioctl(PreloadedProcess.Request.ioctl, 0x5000) == -Int(EBUSY))
        #expect(try process.ioctl(PreloadedProcess.Request.ioctl, 0x4000) == 0)
        #expect(!host.isKernelDriverBound(name: "reader", interface: 0))
        #expect(try process.ioctl(PreloadedProcess.Request.getDriver, 0x3000) == -Int(ENODATA))
        #expect(try process.ioctl(PreloadedProcess.Request.ioctl, 0x4000) == -Int(ENODATA))
        #expect(try process.ioctl(PreloadedProcess.Request.claim, 0x2000) == 0)
        #expect(try process.ioctl(PreloadedProcess.Request.getDriver, 0x3000) == 0)
        #expect(process.memory[0x3000]?.dropFirst(4).prefix(6) == [0x75, 0x73, 0x62, 0x66, 0x73, 0])
        #expect(try process.ioctl(PreloadedProcess.Request.ioctl, 0x5000) == -Int(EBUSY))
        #expect(try process.ioctl(PreloadedProcess.Request.release, 0x2000) == 0)
        // device_attach() answers 1 when it has bound a driver.
        #expect(try process.ioctl(PreloadedProcess.Request.ioctl, 0x5000) == 1)
        #expect(host.isKernelDriverBound(name: "reader", interface: 0))
        process.memory[0x6000] = driverRequest(interface: 0, 0x1234)
        #expect(try process.ioctl(PreloadedProcess.Request.ioctl, 0x6000) == -Int(ENOTTY))
    }

    @Test(
        "detaches and claims in one step, but not a driver that the flags spare",
        arguments: [
            (UInt32(0), "", true), (1, "usbhid", true), (1, "cdc_acm", false), (2, "usbfs", true),
            (2, "usbhid", false),
        ])
    func disconnectAndClaim(flags: UInt32, driver: String, isDetached: Bool) throws {
        let host = try UMockdevHost()
        defer { host.close() }
        try host.plug(FaultyDevice(SAMVReader(), kernelDrivers: [0: "usbhid"]), name: "reader")
        let process = try PreloadedProcess(host, device: first)
        process.memory[0x2000] = claimRequest(interface: 0, flags: flags, driver: driver)
        let result = try process.ioctl(PreloadedProcess.Request.disconnectAndClaim, 0x2000)
        #expect(result == (isDetached ? 0 : -Int(EBUSY)))
        #expect(host.isKernelDriverBound(name: "reader", interface: 0) == !isDetached)
        if isDetached {
            let other = try PreloadedProcess(host, device: first)
            other.memory[0x2000] = claimRequest(interface: 0, flags: 2, driver: "usbfs")
            #expect(try other.ioctl(PreloadedProcess.Request.disconnectAndClaim, 0x2000) == -Int(EBUSY))
        }
    }

    @Test(
        "ends a transfer as the kernel does when the bus fails",
        arguments: [(BusFault.stall, EPIPE), (.babble, EOVERFLOW), (.damaged, EPROTO), (.gone, ESHUTDOWN)])
    func busFaults(fault: BusFault, errno: Int32) throws {
        let host = try UMockdevHost()
        defer { host.close() }
        let device = FaultyDevice(SAMVReader(times: .none))
        device.inject(fault, at: .endpoint(0x81))
        try host.plug(device, name: "reader")
        let process = try PreloadedProcess(host, device: first)
        let buffer = [UInt8](repeating: 0, count: 64)
        #expect(try process.submit(at: 0x100_0000, kind: 3, endpoint: 0x81, buffer: buffer) == 0)
        #expect(try process.reap()?.status == -errno)
        if fault == .gone {
            // Taken out of sysfs by another thread; the process is told at once.
            #expect(try process.submit(at: 0x300_0000, kind: 3, endpoint: 0x81, buffer: buffer) == -Int(ENODEV))
            while host.isPlugged(name: "reader") { sched_yield() }
            #expect(!FileManager.default.fileExists(atPath: host.directory + first))
            try host.plug(device, name: "reader")
            #expect(device.input(endpoint: 0x81, maximum: 64) == .notReady)
        }
    }

    @Test("shows malformed descriptors as they are", arguments: MalformedDescriptors.all)
    func malformedDescriptors(entry: MalformedDescriptors) throws {
        let host = try UMockdevHost()
        defer { host.close() }
        try host.plug(entry.makeDevice(), name: "device")
        let file = host.directory + "/sys/devices/usb1/1-1/descriptors"
        #expect(try [UInt8](Data(contentsOf: URL(filePath: file))) == entry.device + entry.configuration)
    }

    @Test("forgets a process that dies with transfers under way")
    func death() throws {
        let host = try UMockdevHost()
        defer { host.close() }
        let reader = SAMVReader(times: .none)
        try host.plug(reader, name: "reader")
        do {
            let process = try PreloadedProcess(host, device: first)
            #expect(try process.submit(at: 0x100_0000, kind: 3, endpoint: 0x81, buffer: [0, 0, 0, 0]) == 0)
            process.send([1, PreloadedProcess.Request.reapNoDelay, 0x1000])
        }
        let next = try PreloadedProcess(host, device: first)
        #expect(try next.submit(at: 0x300_0000, kind: 3, endpoint: 0x02, buffer: preambleAndLength) == 0)
        #expect(try next.submit(at: 0x400_0000, kind: 3, endpoint: 0x06, buffer: [0x11, 0xFF, 0xED]) == 0)
        #expect(try next.submit(at: 0x500_0000, kind: 3, endpoint: 0x81, buffer: [UInt8](repeating: 0, count: 64)) == 0)
        for _ in 0..<3 { #expect(try next.reap()?.status == 0) }
        #expect(next.memory[0x510_0000]?.prefix(7) == [0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x04])
    }

    @Test("takes bus time for isochronous packets only when it is paced", arguments: [true, false])
    func pacing(isPaced: Bool) throws {
        let time = SteppingTime()
        let host = try UMockdevHost(isPaced: isPaced, time: time)
        defer { host.close() }
        try host.plug(UVCCamera(), name: "camera")
        let process = try PreloadedProcess(host, device: first)
        let packets = [UInt32](repeating: 16, count: 80)
        let buffer = [UInt8](repeating: 0, count: 16 * 80)
        #expect(try process.submit(at: 0x100_0000, kind: 0, endpoint: 0x81, buffer: buffer, packets: packets) == 0)
        let start = time.now()
        #expect(try process.reap()?.status == 0)
        #expect((time.now() - start >= .milliseconds(10)) == isPaced)
    }
}

/// A tenth of a millisecond passes with every look at it.
private final class SteppingTime: MonotonicTime {
    private let time = ManualMonotonicTime()

    func now() -> Duration {
        time.advance(by: .microseconds(100))
        return time.now()
    }
}
