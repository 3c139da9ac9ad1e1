/// A USB host without hardware: a umockdev testbed in which real libusb, in this or another process, finds our models.

internal import CUMockdev
import Foundation
import Glibc
import Synchronization

/// Any number of devices, each at its own bus and device number. Safe from any thread; `plug` and `unplug` block for
/// some milliseconds.
///
/// libumockdev keeps sysfs and sends the uevents; the devices' ioctl sockets are served here, because the library
/// keeps copies of the client's buffers past their life when transfers are isochronous. A process sees the devices
/// when it starts with ``environment``; in this process libusb sees them when it was started under `umockdev-wrapper`.
/// Processes hear of plugging and unplugging only when this process, too, has libumockdev preloaded (``isPreloaded``).
/// A process that still has a device open when the host is closed is aborted by the preloaded library.
public final class UMockdevHost: Sendable {
    private struct Testbed: ~Copyable {
        let pointer: UnsafeMutablePointer<UMockdevTestbed>

        deinit { cumockdev_testbed_free(pointer) }
    }

    private struct Attached {
        var node: USBFSNode
        var listener: UnixListener
        var sysPath: String
        var devicePath: String
        var number: Int
    }

    private struct State: ~Copyable {
        var testbed: Testbed?
        var attached: [String: Attached] = [:]
        /// A device keeps its port when it comes back.
        var ports: [String: Int] = [:]
        /// As in the kernel, every attach gets the next number that is free, up to 127. 1 is the root hub's.
        var nextNumber = 2

        mutating func takeNumber() throws(EmulationError) -> Int {
            for _ in 2...127 {
                let number = nextNumber
                nextNumber = number == 127 ? 2 : number + 1
                if !attached.values.contains(where: { $0.number == number }) { return number }
            }
            throw EmulationError(.testbed, "the bus is full")
        }
    }

    public static let preloadLibrary = "libumockdev-preload.so.0"

    /// The testbed's folder.
    public let directory: String
    private let isPaced: Bool
    private let time: any MonotonicTime
    private let state: Mutex<State>

    /// Sets `UMOCKDEV_DIR` in this process's environment: make it before other threads read the environment.
    /// `isPaced`: isochronous transfers take the bus time they would take (125 µs a packet).
    public init(isPaced: Bool = true, time: any MonotonicTime = SystemMonotonicTime()) throws(EmulationError) {
        guard let pointer = umockdev_testbed_new() else { throw EmulationError(.testbed, "no umockdev testbed") }
        let testbed = Testbed(pointer: pointer)
        guard let root = umockdev_testbed_get_root_dir(pointer) else {
            throw EmulationError(.testbed, "the umockdev testbed has no folder")
        }
        directory = String(cString: root)
        g_free(root)
        self.isPaced = isPaced
        self.time = time
        state = Mutex(State(testbed: testbed))
    }

    deinit { close() }

    /// Add these to the environment of a process that is to see the devices.
    public var environment: [String: String] {
        ["UMOCKDEV_DIR": directory, "LD_PRELOAD": Self.preloadLibrary]
    }

    /// libumockdev finds the device that a uevent is about through its own preloaded sysfs.
    public static let isPreloaded = cumockdev_is_loaded(preloadLibrary) != 0

    public func isPlugged(name: String) -> Bool {
        state.withLock { $0.attached[name] != nil }
    }

    /// Whether the kernel's own driver (``EmulatedUSBDevice/kernelDrivers``) has the interface at this moment: false
    /// after a process has detached it, true again when it was given back. False for a device that is not plugged in.
    public func isKernelDriverBound(name: String, interface: UInt8) -> Bool {
        state.withLock { $0.attached[name]?.node.isKernelDriverBound(UInt32(interface)) ?? false }
    }

    /// `name` is for later calls; it is not shown to the host. A device that answers ``EmulatedTransfer/gone`` is
    /// unplugged soon after, as by ``unplug(name:)``.
    public func plug(_ device: any EmulatedUSBDevice, name: String) throws(EmulationError) {
        try state.withLock { state throws(EmulationError) in
            guard state.attached[name] == nil else { throw EmulationError(.name, "\(name) is plugged in already") }
            guard let testbed = state.testbed?.pointer else { throw EmulationError(.testbed, "the host is closed") }
            let port = state.ports[name] ?? state.ports.count + 1
            let number = try state.takeNumber()
            device.attached()
            let node = USBFSNode(device: device, isPaced: isPaced, time: time) { [weak self] node in
                // Not from the client's own thread: that one is in the middle of an answer.
                guard let self else { return }
                Thread.detachNewThread { try? self.unplug(name: name, only: node) }
            }
            let digits = String(number)
            let padded = String(repeating: "0", count: max(0, 3 - digits.count)) + digits
            let devicePath = "/dev/bus/usb/001/" + padded
            let sysPath = "/devices/usb1/1-\(port)"
            // The socket first: a process that finds the device and not the socket gives up.
            let socketPath = directory + "/ioctl" + devicePath
            do {
                try FileManager.default.createDirectory(
                    atPath: String(socketPath.dropLast(padded.count + 1)), withIntermediateDirectories: true)
            } catch {
                throw EmulationError(.testbed, "cannot make the folder of \(socketPath)")
            }
            let listener = try UnixListener(path: socketPath) { connection in
                USBFSClient(node: node, connection: connection).serve()
            }
            var failure: UnsafeMutablePointer<GError>?
            let description = describe(node, sysPath: sysPath, devicePath: devicePath, number: padded)
            guard umockdev_testbed_add_from_string(testbed, description, &failure) != 0 else {
                let detail = failure.flatMap { $0.pointee.message }.map { String(cString: $0) } ?? "refused"
                g_clear_error(&failure)
                listener.close()
                throw EmulationError(.testbed, detail)
            }
            state.ports[name] = port
            state.attached[name] = Attached(
                node: node, listener: listener, sysPath: "/sys" + sysPath, devicePath: devicePath, number: number)
            if Self.isPreloaded { umockdev_testbed_uevent(testbed, "/sys" + sysPath, "add") }
        }
    }

    /// Waiting transfers end at once. Processes that have the device open keep their file until they close it.
    public func unplug(name: String) throws(EmulationError) {
        try unplug(name: name, only: nil)
    }

    /// With a node: only if it is still the one of that name.
    private func unplug(name: String, only node: USBFSNode?) throws(EmulationError) {
        try state.withLock { state throws(EmulationError) in
            guard let attached = state.attached[name], node == nil || attached.node === node else {
                throw EmulationError(.name, "\(name) is not plugged in")
            }
            state.attached[name] = nil
            guard let testbed = state.testbed?.pointer else { return }
            attached.node.unplug()
            if Self.isPreloaded { umockdev_testbed_uevent(testbed, attached.sysPath, "remove") }
            umockdev_testbed_remove_device(testbed, attached.sysPath)
            unlink(directory + attached.devicePath)
            attached.listener.stopAccepting()
        }
    }

    /// Removes the testbed and its folder. Idempotent.
    public func close() {
        state.withLock { state in
            for attached in state.attached.values {
                attached.node.unplug()
                attached.listener.close()
            }
            state.attached = [:]
            state.testbed = nil
        }
    }

    /// In umockdev's device description language.
    private func describe(_ node: USBFSNode, sysPath: String, devicePath: String, number: String) -> String {
        let device = node.device.deviceDescriptor
        let vendor = Self.hexadecimal(device.dropFirst(8).prefix(2).reversed())
        let product = Self.hexadecimal(device.dropFirst(10).prefix(2).reversed())
        let decimal = number.drop { $0 == "0" }
        return """
            P: \(sysPath)
            N: \(devicePath.dropFirst("/dev/".count))
            E: SUBSYSTEM=usb
            E: DEVTYPE=usb_device
            E: DRIVER=usb
            E: DEVNAME=\(devicePath)
            E: BUSNUM=001
            E: DEVNUM=\(number)
            E: ID_VENDOR_ID=\(vendor)
            E: ID_MODEL_ID=\(product)
            A: bConfigurationValue=1\\n
            A: busnum=1\\n
            A: devnum=\(decimal)\\n
            A: speed=\(node.speed.megabits)\\n
            A: idVendor=\(vendor)\\n
            A: idProduct=\(product)\\n
            H: descriptors=\(Self.hexadecimal(device + node.device.configurationDescriptor))

            """
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 0xF, radix: 16) }.joined()
    }
}
