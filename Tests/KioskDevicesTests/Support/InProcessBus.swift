// Carries the device models' transfers to the drivers without libusb, in the test's own time.

import KioskDevices
import KioskEmulation
import Synchronization

final class InProcessBus: USBBus {
    private struct State {
        var attached: [(location: USBLocation, device: any EmulatedUSBDevice, line: InProcessLine)] = []
        var nextAddress: UInt8 = 1
    }

    private let time: TestTime
    private let state = Mutex(State())

    init(time: TestTime) {
        self.time = time
    }

    func plug(_ device: any EmulatedUSBDevice) {
        device.attached()
        state.withLock { state in
            state.attached.append((USBLocation(bus: 1, address: state.nextAddress), device, InProcessLine()))
            state.nextAddress += 1
        }
    }

    func unplug(_ device: any EmulatedUSBDevice) {
        state.withLock { state in
            for entry in state.attached where entry.device === device { entry.line.cut() }
            state.attached.removeAll { $0.device === device }
        }
    }

    func devices() async throws(USBError) -> [USBDeviceInfo] {
        state.withLock { $0.attached }.compactMap { entry in
            guard let descriptor = try? USBDeviceDescriptor(entry.device.deviceDescriptor) else { return nil }
            return USBDeviceInfo(
                location: entry.location, descriptor: descriptor,
                configuration: try? USBConfiguration(entry.device.configurationDescriptor))
        }
    }

    func open(_ info: USBDeviceInfo) async throws(USBError) -> any USBTransport {
        guard let entry = state.withLock({ $0.attached.first { $0.location == info.location } }) else {
            throw USBError(.noDevice)
        }
        return InProcessTransport(
            info: info, device: entry.device, line: entry.line, time: time,
            onGone: { [weak self] in self?.unplug(entry.device) })
    }

    func hotplugEvents() -> AsyncStream<USBHotplugEvent> {
        AsyncStream { $0.finish() }
    }
}

/// The cable.
final class InProcessLine: Sendable {
    private let isCutFlag = Mutex(false)

    var isCut: Bool { isCutFlag.withLock { $0 } }

    func cut() { isCutFlag.withLock { $0 = true } }
}

actor InProcessTransport: USBTransport {
    nonisolated let info: USBDeviceInfo
    private let device: any EmulatedUSBDevice
    private let line: InProcessLine
    private let time: TestTime
    /// The model says that its cable was pulled.
    private let onGone: @Sendable () -> Void
    private var pipe = EmulatedControlPipe()

    init(
        info: USBDeviceInfo, device: any EmulatedUSBDevice, line: InProcessLine, time: TestTime,
        onGone: @escaping @Sendable () -> Void
    ) {
        self.info = info
        self.device = device
        self.line = line
        self.time = time
        self.onGone = onGone
    }

    func string(_ index: UInt8) async -> String? {
        device.strings[index]
    }

    func claim(interface: UInt8) throws(USBError) {
        try check()
    }

    func setAlternate(interface: UInt8, alternate: UInt8) throws(USBError) {
        try check()
        pipe.setInterface(device, number: interface, alternate: alternate)
    }

    func controlIn(_ setup: USBSetup, length: Int, timeoutMilliseconds: Int) async throws(USBError) -> [UInt8] {
        try await transfer(within: timeoutMilliseconds) {
            $0.transfer(device, setup: Self.bytes(setup, length), data: [])
        }
    }

    func controlOut(_ setup: USBSetup, data: [UInt8], timeoutMilliseconds: Int) async throws(USBError) {
        _ = try await transfer(within: timeoutMilliseconds) {
            $0.transfer(device, setup: Self.bytes(setup, data.count), data: data)
        }
    }

    func write(_ bytes: [UInt8], to endpoint: USBEndpoint, timeoutMilliseconds: Int) async throws(USBError) {
        _ = try await transfer(within: timeoutMilliseconds) {
            $0.transfer(device, endpoint: endpoint.address, data: bytes, maximum: 0)
        }
    }

    func read(from endpoint: USBEndpoint, maximum: Int, timeoutMilliseconds: Int) async throws(USBError) -> [UInt8] {
        let packets = (max(1, maximum) - 1) / endpoint.packetSize + 1
        return try await transfer(within: timeoutMilliseconds) {
            $0.transfer(device, endpoint: endpoint.address, data: [], maximum: packets * endpoint.packetSize)
        }
    }

    /// Asks once a millisecond until the device has an answer.
    private func transfer(
        within timeoutMilliseconds: Int, _ attempt: (inout EmulatedControlPipe) -> EmulatedTransfer
    ) async throws(USBError) -> [UInt8] {
        let deadline = time.elapsed + Int64(timeoutMilliseconds)
        while true {
            try check()
            let transfer = attempt(&pipe)
            if transfer != .notReady { return try answer(transfer) }
            guard time.elapsed < deadline else { throw USBError(.timedOut) }
            time.advance(by: 1)
            await Task.yield()
        }
    }

    func stream(_ request: USBStreamRequest, handler: @escaping USBPacketHandler) async throws(USBError) {
        let nothing: [UInt8] = []
        var packets = 0
        var silence = 0
        while true {
            try check()
            packets += 1
            // Eight microframes a millisecond.
            if packets % 8 == 0 {
                time.advance(by: 1)
                await Task.yield()
            }
            let isIsochronous = request.endpoint.transferType == .isochronous
            let transfer =
                isIsochronous
                ? device.isochronous(endpoint: request.endpoint.address, maximum: request.packetSize)
                : device.input(endpoint: request.endpoint.address, maximum: request.packetSize)
            let action: USBStreamAction
            switch transfer {
            case .done(let bytes): action = handler(.received, bytes.span.bytes)
            case .damaged: action = handler(.damaged, nothing.span.bytes)
            case .babble where isIsochronous: action = handler(.damaged, nothing.span.bytes)
            case .babble: throw USBError(.overflow)
            case .notReady where isIsochronous: action = handler(.received, nothing.span.bytes)
            case .notReady:
                silence += 1
                action = silence % 4000 == 0 ? handler(.idle, nothing.span.bytes) : .more
            case .stall: throw USBError(.stalled)
            case .gone:
                onGone()
                throw USBError(.noDevice)
            }
            if action == .stop { return }
        }
    }

    func clearHalt(_ endpoint: USBEndpoint) throws(USBError) {
        try check()
        pipe.clearHalt(device, endpoint: endpoint.address)
    }

    func reset() throws(USBError) {
        try check()
        pipe.reset(device)
    }

    func close() async {}

    private func check() throws(USBError) {
        if line.isCut { throw USBError(.noDevice) }
        if Task.isCancelled { throw USBError(.cancelled) }
    }

    private func answer(_ transfer: EmulatedTransfer) throws(USBError) -> [UInt8] {
        switch transfer {
        case .done(let bytes): return bytes
        case .notReady: throw USBError(.timedOut)
        case .stall: throw USBError(.stalled)
        case .gone:
            onGone()
            throw USBError(.noDevice)
        case .damaged: throw USBError(.damaged)
        case .babble: throw USBError(.overflow)
        }
    }

    private static func bytes(_ setup: USBSetup, _ length: Int) -> [UInt8] {
        let low = { (number: UInt16) in UInt8(truncatingIfNeeded: number) }
        let length = UInt16(clamping: length)
        return [
            setup.requestType, setup.request, low(setup.value), low(setup.value >> 8), low(setup.index),
            low(setup.index >> 8), low(length), low(length >> 8),
        ]
    }
}
