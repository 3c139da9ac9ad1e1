/// An opened device on the real bus.

import CLibUSB

/// Everything that touches its handle runs on its own queue. Closing waits for every transfer in flight.
actor USBDevice: USBTransport {
    nonisolated let info: USBDeviceInfo

    private let executor = USBExecutor(label: "usb.device")
    private var handle: USBDeviceHandle?
    /// Keeps the context open longer than the handle.
    private let events: USBEventThread
    private var transfers: [ObjectIdentifier: USBTransfer] = [:]
    private var streams: [ObjectIdentifier: USBStream] = [:]
    private var isClosing = false
    private var closers: [CheckedContinuation<Void, Never>] = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(handle: consuming USBDeviceHandle, info: USBDeviceInfo, events: USBEventThread) {
        self.info = info
        self.events = events
        self.handle = consume handle
    }

    func string(_ index: UInt8) async -> String? {
        guard index != 0, let languages = try? await stringDescriptor(0, language: 0),
            let language = languages.littleEndian16(2),
            let bytes = try? await stringDescriptor(index, language: language)
        else { return nil }
        return usbString(bytes)
    }

    private func stringDescriptor(_ index: UInt8, language: UInt16) async throws(USBError) -> [UInt8] {
        let setup = USBSetup(requestType: 0x80, request: 6, value: 0x0300 | UInt16(index), index: language)
        return try await controlIn(setup, length: 255, timeoutMilliseconds: 500)
    }

    func claim(interface: UInt8) throws(USBError) {
        try checkOpen()
        try handle?.claim(interface)
    }

    func setAlternate(interface: UInt8, alternate: UInt8) throws(USBError) {
        try checkOpen()
        try handle?.setAlternate(interface: interface, alternate: alternate)
    }

    func clearHalt(_ endpoint: USBEndpoint) throws(USBError) {
        try checkOpen()
        try handle?.clearHalt(endpoint.address)
    }

    func reset() throws(USBError) {
        try checkOpen()
        try handle?.reset()
    }

    func controlIn(_ setup: USBSetup, length: Int, timeoutMilliseconds: Int) async throws(USBError) -> [UInt8] {
        let length = UInt16(clamping: length)
        let transfer = try transfer(
            endpoint: 0, type: LIBUSB_TRANSFER_TYPE_CONTROL, payload: setup.bytes(length: length),
            capacity: 8 + Int(length), timeoutMilliseconds)
        let (bytes, error) = await run(transfer, "control IN request \(setup.request)")
        if let error { throw error }
        return bytes
    }

    func controlOut(_ setup: USBSetup, data: [UInt8], timeoutMilliseconds: Int) async throws(USBError) {
        guard let length = UInt16(exactly: data.count) else { throw USBError(.unsupported, "control data too long") }
        let transfer = try transfer(
            endpoint: 0, type: LIBUSB_TRANSFER_TYPE_CONTROL, payload: setup.bytes(length: length) + data,
            capacity: 8 + data.count, timeoutMilliseconds)
        let (_, error) = await run(transfer, "control OUT request \(setup.request)")
        if let error { throw error }
    }

    func write(_ bytes: [UInt8], to endpoint: USBEndpoint, timeoutMilliseconds: Int) async throws(USBError) {
        let transfer = try transfer(
            endpoint: endpoint.address, type: Self.type(of: endpoint), payload: bytes, capacity: bytes.count,
            timeoutMilliseconds)
        let (sent, error) = await run(transfer, "OUT endpoint \(endpoint.address)")
        if let error { throw error }
        // For OUT the buffer's first `actual_length` bytes come back: their count is what matters.
        guard sent.count == bytes.count else { throw USBError(.damaged, "short OUT transfer") }
    }

    func read(from endpoint: USBEndpoint, maximum: Int, timeoutMilliseconds: Int) async throws(USBError) -> [UInt8] {
        let packets = max(1, (max(1, maximum) - 1) / endpoint.packetSize + 1)
        let transfer = try transfer(
            endpoint: endpoint.address, type: Self.type(of: endpoint), payload: [],
            capacity: packets * endpoint.packetSize, timeoutMilliseconds)
        let (bytes, error) = await run(transfer, "IN endpoint \(endpoint.address)")
        if let error, !(error.code == .timedOut && !bytes.isEmpty) { throw error }
        return bytes
    }

    func stream(_ request: USBStreamRequest, handler: @escaping USBPacketHandler) async throws(USBError) {
        try checkOpen()
        let stream = try makeStream(request, handler)
        let identifier = ObjectIdentifier(stream)
        streams[identifier] = stream
        let error = await stream.run()
        streams[identifier] = nil
        resumeClosers()
        if let error { throw error }
    }

    func close() async {
        isClosing = true
        for transfer in transfers.values { transfer.cancel() }
        for stream in streams.values { stream.stop(USBError(.cancelled, "device closed")) }
        if !(transfers.isEmpty && streams.isEmpty) {
            await withCheckedContinuation { closers.append($0) }
        }
        handle = nil
    }

    private func checkOpen() throws(USBError) {
        if isClosing { throw USBError(.cancelled, "device closed") }
    }

    private func transfer(
        endpoint: UInt8, type: libusb_transfer_type, payload: [UInt8], capacity: Int, _ timeoutMilliseconds: Int
    ) throws(USBError) -> USBTransfer {
        try checkOpen()
        switch handle {
        case .some(let handle):
            return try USBTransfer(
                handle: handle, endpoint: endpoint, type: type, payload: payload, capacity: capacity,
                timeoutMilliseconds: timeoutMilliseconds)
        case .none:
            throw USBError(.cancelled, "device closed")
        }
    }

    private func makeStream(
        _ request: USBStreamRequest, _ handler: @escaping USBPacketHandler
    ) throws(USBError) -> USBStream {
        switch handle {
        case .some(let handle): return try USBStream(handle: handle, request: request, handler: handler)
        case .none: throw USBError(.cancelled, "device closed")
        }
    }

    private func run(_ transfer: USBTransfer, _ action: String) async -> (bytes: [UInt8], error: USBError?) {
        let identifier = ObjectIdentifier(transfer)
        transfers[identifier] = transfer
        let result = await transfer.run(action)
        transfers[identifier] = nil
        resumeClosers()
        return result
    }

    private func resumeClosers() {
        guard isClosing, transfers.isEmpty, streams.isEmpty else { return }
        for closer in closers { closer.resume() }
        closers = []
    }

    private static func type(of endpoint: USBEndpoint) -> libusb_transfer_type {
        endpoint.transferType == .interrupt ? LIBUSB_TRANSFER_TYPE_INTERRUPT : LIBUSB_TRANSFER_TYPE_BULK
    }
}

extension USBSetup {
    fileprivate func bytes(length: UInt16) -> [UInt8] {
        [
            requestType, request, UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8),
            UInt8(truncatingIfNeeded: index), UInt8(truncatingIfNeeded: index >> 8),
            UInt8(truncatingIfNeeded: length), UInt8(truncatingIfNeeded: length >> 8),
        ]
    }
}
