/// One attached device as its usbfs node: what all processes that have it open share.

import Glibc
import Synchronization

/// Safe from any thread; the model is called by one at a time.
final class USBFSNode: Sendable {
    let device: any EmulatedUSBDevice
    let time: any MonotonicTime
    private let isPaced: Bool
    /// The kernel's drivers as they are found for the interfaces, bound or not.
    private let kernelDrivers: [UInt32: String]
    /// Told once, without the node's lock, that the model says its cable was pulled.
    private let onGone: @Sendable (USBFSNode) -> Void
    private let state: Mutex<State>

    private struct State {
        var pipe = EmulatedControlPipe()
        var isGone = false
        /// Interface to the open file that claimed it.
        var claims: [UInt32: ObjectIdentifier] = [:]
        /// Interface to the kernel's driver that is bound to it now.
        var kernelDrivers: [UInt32: String] = [:]
        /// When the isochronous endpoint's queue runs dry.
        var isochronousEnd: [UInt8: Duration] = [:]

        func driver(of interface: UInt32) -> String? {
            claims[interface] == nil ? kernelDrivers[interface] : "usbfs"
        }

        mutating func claim(_ interface: UInt32, by owner: ObjectIdentifier) -> Int32 {
            if kernelDrivers[interface] != nil { return EBUSY }
            if let holder = claims[interface], holder != owner { return EBUSY }
            claims[interface] = owner
            return 0
        }
    }

    /// What has become of a block.
    enum Outcome {
        /// The messages that put the result into the client's memory.
        case done([UInt8])
        case waiting
        /// Isochronous packets take bus time: done no sooner than this.
        case due(Duration)
    }

    init(
        device: any EmulatedUSBDevice, isPaced: Bool, time: any MonotonicTime,
        onGone: @escaping @Sendable (USBFSNode) -> Void
    ) {
        self.device = device
        self.isPaced = isPaced
        self.time = time
        self.onGone = onGone
        kernelDrivers = Dictionary(uniqueKeysWithValues: device.kernelDrivers.map { (UInt32($0), $1) })
        state = Mutex(State(kernelDrivers: kernelDrivers))
    }

    var isGone: Bool { state.withLock { $0.isGone } }

    /// Every waiting and later transfer ends with ESHUTDOWN.
    func unplug() {
        state.withLock { $0.isGone = true }
    }

    var speed: Speed {
        (device.deviceDescriptor.littleEndian(UInt16.self, at: 2) ?? 0) < 0x0200 ? .full : .high
    }

    enum Speed: Int {
        case full = 2
        case high = 3

        /// The sysfs attribute, in Mbit/s.
        var megabits: String { self == .full ? "12" : "480" }
    }

    // MARK: What the ioctls do; each returns an errno, 0 for success

    func claim(_ interface: UInt32, by owner: ObjectIdentifier) -> Int32 {
        state.withLock { $0.claim(interface, by: owner) }
    }

    /// USBDEVFS_DISCONNECT_CLAIM: takes the interface from the kernel's driver, unless `isSpared` says no to its name.
    func disconnectAndClaim(
        _ interface: UInt32, by owner: ObjectIdentifier, sparing isSpared: (String) -> Bool
    ) -> Int32 {
        state.withLock { state in
            if let driver = state.driver(of: interface) {
                guard !isSpared(driver) else { return EBUSY }
                state.kernelDrivers[interface] = nil
            }
            return state.claim(interface, by: owner)
        }
    }

    /// `usbfs` for an interface that a process has claimed; nil: nobody has it.
    func driver(of interface: UInt32) -> String? {
        state.withLock { $0.driver(of: interface) }
    }

    func isKernelDriverBound(_ interface: UInt32) -> Bool {
        state.withLock { $0.kernelDrivers[interface] != nil }
    }

    /// USBDEVFS_DISCONNECT.
    func disconnect(_ interface: UInt32) -> Int32 {
        state.withLock { state in
            guard state.driver(of: interface) != nil else { return ENODATA }
            state.kernelDrivers[interface] = nil
            state.claims[interface] = nil
            return 0
        }
    }

    /// USBDEVFS_CONNECT: the kernel looks for a driver. The number of drivers bound, or a negative errno.
    func connect(_ interface: UInt32) -> Int {
        state.withLock { [kernelDrivers] state in
            guard state.driver(of: interface) == nil else { return -Int(EBUSY) }
            state.kernelDrivers[interface] = kernelDrivers[interface]
            return kernelDrivers[interface] == nil ? 0 : 1
        }
    }

    func release(_ interface: UInt32, by owner: ObjectIdentifier) -> Int32 {
        state.withLock { state in
            guard state.claims[interface] == owner else { return EINVAL }
            state.claims[interface] = nil
            return 0
        }
    }

    func releaseAll(of owner: ObjectIdentifier) {
        state.withLock { state in state.claims = state.claims.filter { $0.value != owner } }
    }

    func setConfiguration(_ value: UInt32) {
        state.withLock { $0.pipe.setConfiguration(UInt8(truncatingIfNeeded: value)) }
    }

    func setInterface(_ number: UInt32, alternate: UInt32) {
        state.withLock { [device] state in
            state.isochronousEnd = [:]
            state.pipe.setInterface(
                device, number: UInt8(truncatingIfNeeded: number), alternate: UInt8(truncatingIfNeeded: alternate))
        }
    }

    func clearHalt(_ endpoint: UInt32) {
        state.withLock { [device] state in
            state.pipe.clearHalt(device, endpoint: UInt8(truncatingIfNeeded: endpoint))
        }
    }

    func reset() {
        state.withLock { [device] state in state.pipe.reset(device) }
    }

    // MARK: Transfers

    /// Tries to carry a block out. `due` is what an earlier call said of the same block.
    func perform(_ block: USBRequestBlock, due: Duration?) -> Outcome {
        let (outcome, hasLeft) = state.withLock { state in
            if state.isGone { return (Outcome.done(block.completion(status: -ESHUTDOWN, actualLength: 0)), false) }
            let outcome = perform(block, due: due, &state)
            return (outcome, state.isGone)
        }
        if hasLeft { onGone(self) }
        return outcome
    }

    private func perform(_ block: USBRequestBlock, due: Duration?, _ state: inout State) -> Outcome {
        let transfer: EmulatedTransfer
        switch block.kind {
        case .control:
            transfer = state.pipe.transfer(
                device, setup: Array(block.data.prefix(8)), data: block.isInput ? [] : Array(block.data.dropFirst(8)))
        case .bulk, .interrupt:
            transfer = state.pipe.transfer(
                device, endpoint: block.endpoint, data: block.data, maximum: block.bufferLength)
        case .isochronous:
            return isochronous(block, due: due, &state)
        }
        if transfer == .gone { state.isGone = true }
        let prefix = block.kind == .control ? 8 : 0
        return outcome(transfer, of: block, inputOffset: prefix, outputLength: block.bufferLength - prefix)
    }

    private func outcome(
        _ transfer: EmulatedTransfer, of block: USBRequestBlock, inputOffset: Int, outputLength: Int
    ) -> Outcome {
        switch transfer {
        case .done(let bytes) where block.isInput:
            let fitting = Array(bytes.prefix(block.bufferLength - inputOffset))
            return .done(
                block.completion(status: 0, actualLength: fitting.count, input: (inputOffset, fitting)))
        case .done: return .done(block.completion(status: 0, actualLength: outputLength))
        case .notReady: return .waiting
        case .stall: return .done(block.completion(status: -EPIPE, actualLength: 0))
        case .gone: return .done(block.completion(status: -ESHUTDOWN, actualLength: 0))
        case .damaged: return .done(block.completion(status: -EPROTO, actualLength: 0))
        case .babble: return .done(block.completion(status: -EOVERFLOW, actualLength: 0))
        }
    }

    private func isochronous(_ block: USBRequestBlock, due: Duration?, _ state: inout State) -> Outcome {
        if isPaced {
            let now = time.now()
            let end: Duration
            if let due {
                end = due
            } else {
                // One packet a microframe.
                let start = Swift.max(now, state.isochronousEnd[block.endpoint] ?? now)
                end = start + .microseconds(125 * block.packetCount)
                state.isochronousEnd[block.endpoint] = end
            }
            guard end <= now else { return .due(end) }
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(block.packetLengths.reduce(0, +))
        var packets: [(length: Int, status: Int32)] = []
        packets.reserveCapacity(block.packetCount)
        var total = 0
        for length in block.packetLengths {
            let start = bytes.count
            switch device.isochronous(endpoint: block.endpoint, maximum: length) {
            case .done(let payload):
                bytes += payload.prefix(length)
                packets.append((bytes.count - start, 0))
                total += bytes.count - start
            case .notReady: packets.append((0, 0))
            case .damaged, .stall: packets.append((0, -EPROTO))
            case .babble: packets.append((0, -EOVERFLOW))
            case .gone:
                state.isGone = true
                return .done(block.completion(status: -ESHUTDOWN, actualLength: 0))
            }
            bytes.append(contentsOf: repeatElement(0, count: length - (bytes.count - start)))
        }
        return .done(
            block.completion(
                status: 0, actualLength: total, input: (0, total == 0 ? [] : bytes), packets: packets))
    }
}
