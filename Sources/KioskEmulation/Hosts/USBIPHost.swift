/// A USB host in a running kernel: our models behind its virtual host controller, for every program and kernel driver.

import Foundation
import Synchronization

/// Any number of devices, as many as the controller has ports. Safe from any thread; `plug` and `unplug` block for some
/// milliseconds. The end of the process is an unplug of everything.
///
/// Each device has a thread of its own that answers the controller's requests (see ``USBIPController``).
public final class USBIPHost: EmulationHost {
    private struct Attached {
        var port: Int
        var connection: UnixConnection
    }

    private struct State {
        var attached: [String: Attached] = [:]
        /// A device keeps its port when it comes back.
        var ports: [String: Int] = [:]
        var isClosed = false
    }

    private let controller: any USBIPController
    private let isPaced: Bool
    private let time: any MonotonicTime
    private let state = Mutex(State())

    /// `isPaced`: isochronous transfers take the bus time they would take (125 µs a packet at high speed).
    public init(
        controller: any USBIPController = VHCIController(), isPaced: Bool = true,
        time: any MonotonicTime = SystemMonotonicTime()
    ) {
        self.controller = controller
        self.isPaced = isPaced
        self.time = time
    }

    deinit { close() }

    /// Empty: every process of the machine sees the devices.
    public var environment: [String: String] { [:] }

    public func isPlugged(name: String) -> Bool {
        state.withLock { $0.attached[name] != nil }
    }

    /// A device that answers ``EmulatedTransfer/gone`` is unplugged by that.
    public func plug(_ device: any EmulatedUSBDevice, name: String) throws(EmulationError) {
        try state.withLock { state throws(EmulationError) in
            guard !state.isClosed else { throw EmulationError(.name, "the host is closed") }
            guard state.attached[name] == nil else { throw EmulationError(.name, "\(name) is plugged in already") }
            device.attached()
            let preferred = state.ports[name]
            let (connection, port) = try UnixConnection.pair { end throws(EmulationError) in
                try controller.attach(end, speed: USBIPSpeed(of: device), preferredPort: preferred)
            }
            state.ports[name] = port
            state.attached[name] = Attached(port: port, connection: connection)
            Thread.detachNewThread { [self, isPaced, time] in
                USBIPLink(device: device, connection: connection, isPaced: isPaced, time: time).serve()
                forget(name, connection)
            }
        }
    }

    public func unplug(name: String) throws(EmulationError) {
        let port = try state.withLock { state throws(EmulationError) in
            guard let attached = state.attached.removeValue(forKey: name) else {
                throw EmulationError(.name, "\(name) is not plugged in")
            }
            attached.connection.hangUp()
            return attached.port
        }
        controller.waitUntilFree(port: port)
    }

    public func close() {
        state.withLock { state in
            for attached in state.attached.values { attached.connection.hangUp() }
            state.attached = [:]
            state.isClosed = true
        }
    }

    /// The device has gone by itself, or the controller has let go of it.
    private func forget(_ name: String, _ connection: UnixConnection) {
        state.withLock { state in
            if state.attached[name]?.connection === connection { state.attached[name] = nil }
        }
    }
}

/// As the kernel numbers them (enum usb_device_speed).
public enum USBIPSpeed: Int, Sendable {
    case full = 2
    case high = 3

    init(of device: any EmulatedUSBDevice) {
        self = (device.deviceDescriptor.littleEndian(UInt16.self, at: 2) ?? 0) < 0x0200 ? .full : .high
    }
}

/// Whoever stands at the other end of the devices' connections: the kernel, or a test.
public protocol USBIPController: Sendable {
    /// Makes a copy of a stream socket's descriptor its own, and speaks USB/IP on it. Returns the port.
    func attach(_ descriptor: Int32, speed: USBIPSpeed, preferredPort: Int?) throws(EmulationError) -> Int
    /// Returns when the port takes another device, or after a second.
    func waitUntilFree(port: Int)
}

/// Linux's vhci-hcd, through its files in sysfs. Needs root.
public struct VHCIController: USBIPController {
    private let folder: String

    public init(folder: String = "/sys/devices/platform/vhci_hcd.0") {
        self.folder = folder
    }

    /// VDEV_ST_NULL.
    private static let freeState = 4

    public func attach(
        _ descriptor: Int32, speed: USBIPSpeed, preferredPort: Int?
    ) throws(EmulationError) -> Int {
        let free = try freePorts()
        guard let port = preferredPort.flatMap({ free.contains($0) ? $0 : nil }) ?? free.first else {
            throw EmulationError(.testbed, "no free port in \(folder)")
        }
        // Bus 1 in the upper half, as the tools of USB/IP number devices.
        let line = Array("\(port) \(descriptor) \(1 << 16 | port + 1) \(speed.rawValue)".utf8)
        let file = open(folder + "/attach", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw EmulationError(.testbed, "\(folder)/attach cannot be written to (errno \(errno))")
        }
        let written = write(file, line, line.count)
        let reason = errno
        Glibc.close(file)
        guard written == line.count else {
            throw EmulationError(.testbed, "the virtual host controller refused port \(port) (errno \(reason))")
        }
        return port
    }

    public func waitUntilFree(port: Int) {
        for _ in 0..<200 {
            if (try? freePorts().contains(port)) ?? true { return }
            usleep(5_000)
        }
    }

    /// The high-speed hub's ports; full-speed devices use them, too.
    private func freePorts() throws(EmulationError) -> [Int] {
        guard let status = try? String(contentsOfFile: folder + "/status", encoding: .utf8) else {
            throw EmulationError(.testbed, "no virtual host controller in \(folder); modprobe vhci-hcd")
        }
        // hub port sta spd dev sockfd local_busid
        return status.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count >= 3, fields[0] == "hs", Int(fields[2]) == Self.freeState else { return nil }
            return Int(fields[1])
        }
    }
}
