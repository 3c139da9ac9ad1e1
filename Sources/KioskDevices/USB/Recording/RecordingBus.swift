/// Wraps a bus and keeps every operation on it with its outcome.

public import KioskCore
import Synchronization

/// Records until `finish`. Nothing is written to a disk, and `finish` masks what was recorded, so that personal data
/// leaves the process only when it was asked for. At most 256 MiB are kept; what comes later is not recorded.
public final class RecordingBus: USBBus {
    private let base: any USBBus
    private let recorder: USBRecorder
    private let mask: @Sendable (USBDeviceInfo) -> USBRecordingMask
    private let hotplug: Task<Void, Never>

    /// `mask` says for each device what drives it, and so where personal data is in its transfers.
    public init(
        _ base: any USBBus, clock: any KioskCore.Clock, mask: @escaping @Sendable (USBDeviceInfo) -> USBRecordingMask
    ) {
        self.base = base
        self.mask = mask
        let recorder = USBRecorder(clock: clock)
        self.recorder = recorder
        let events = base.hotplugEvents()
        hotplug = Task {
            for await event in events {
                let line: USBRecording.Line
                switch event {
                case .arrived(let location): line = recorder.line(.arrived, at: location)
                case .left(let location): line = recorder.line(.left, at: location)
                }
                recorder.append(line)
            }
        }
    }

    deinit { hotplug.cancel() }

    public func devices() async throws(USBError) -> [USBDeviceInfo] {
        try await recorder.record(.init(.devices)) { () async throws(USBError) -> [USBDeviceInfo] in
            try await base.devices()
        } outcome: { found, line in
            line.found = found.map(USBRecording.Device.init)
        }
    }

    public func open(_ device: USBDeviceInfo) async throws(USBError) -> any USBTransport {
        let number = recorder.nextDevice()
        var line = recorder.line(.open, at: device.location)
        line.device = number
        let opened = try await recorder.record(line) { () async throws(USBError) -> any USBTransport in
            try await base.open(device)
        }
        recorder.setMask(mask(device), for: number)
        return RecordingTransport(opened, number: number, recorder: recorder)
    }

    public func hotplugEvents() -> AsyncStream<USBHotplugEvent> {
        base.hotplugEvents()
    }

    /// Ends the recording and gives it; masked unless `isMasked` is false. Operations go on unrecorded.
    public func finish(isMasked: Bool = true) -> USBRecording {
        hotplug.cancel()
        return recorder.finish(isMasked: isMasked)
    }
}

/// The lines of a recording in progress. Safe from any thread.
final class USBRecorder: Sendable {
    static let maximumBytes = 256 << 20

    private struct State {
        var lines: [USBRecording.Line] = []
        var masks: [Int: USBRecordingMask] = [:]
        var devices = 0
        var weight = 0
        var isFull = false
        var isFinished = false
    }

    private let clock: any KioskCore.Clock
    private let start: Int64
    private let state = Mutex(State())

    init(clock: any KioskCore.Clock) {
        self.clock = clock
        start = clock.now().milliseconds
    }

    func nextDevice() -> Int {
        state.withLock { state in
            state.devices += 1
            return state.devices
        }
    }

    func setMask(_ mask: USBRecordingMask, for device: Int) {
        state.withLock { $0.masks[device] = mask }
    }

    func line(_ op: USBRecording.Operation, at location: USBLocation) -> USBRecording.Line {
        var line = USBRecording.Line(op)
        line.location = location
        return line
    }

    /// Runs `body` and appends `line` with how it ended.
    func record<Value>(
        _ line: USBRecording.Line, isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws(USBError) -> Value,
        outcome: (Value, inout USBRecording.Line) -> Void = { _, _ in }
    ) async throws(USBError) -> Value {
        var line = line
        do throws(USBError) {
            let value = try await body()
            outcome(value, &line)
            append(line)
            return value
        } catch {
            line.error = USBRecording.Failure(error)
            append(line)
            throw error
        }
    }

    func append(_ line: USBRecording.Line, packets: [USBRecording.Line] = []) {
        let ms = clock.now().milliseconds - start
        state.withLock { state in
            guard !state.isFinished, !state.isFull else { return }
            let weight = packets.reduce(line.weight) { $0 + $1.weight }
            guard state.weight + weight <= Self.maximumBytes else {
                state.isFull = true
                return
            }
            state.weight += weight
            for var entry in [line] + packets {
                entry.ms = ms
                state.lines.append(entry)
            }
        }
    }

    func finish(isMasked: Bool) -> USBRecording {
        let (lines, masks, isFull) = state.withLock { state in
            state.isFinished = true
            defer { state.lines = [] }
            return (state.lines, state.masks, state.isFull)
        }
        var recording = USBRecording(isMasked: isMasked, isComplete: !isFull, lines: lines)
        if isMasked { recording.mask(masks) }
        return recording
    }
}

/// One opened device with a recorder.
private final class RecordingTransport: USBTransport {
    private let base: any USBTransport
    private let number: Int
    private let recorder: USBRecorder
    private let isClosed = Atomic(false)

    var info: USBDeviceInfo { base.info }

    init(_ base: any USBTransport, number: Int, recorder: USBRecorder) {
        self.base = base
        self.number = number
        self.recorder = recorder
    }

    func string(_ index: UInt8) async -> String? {
        var line = USBRecording.Line(.string, device: number)
        line.index = index
        let text = await base.string(index)
        line.text = text
        recorder.append(line)
        return text
    }

    func claim(interface: UInt8) async throws(USBError) {
        var line = USBRecording.Line(.claim, device: number)
        line.interface = interface
        try await recorder.record(line) { () async throws(USBError) in try await base.claim(interface: interface) }
    }

    func setAlternate(interface: UInt8, alternate: UInt8) async throws(USBError) {
        var line = USBRecording.Line(.alternate, device: number)
        (line.interface, line.alternate) = (interface, alternate)
        try await recorder.record(line) { () async throws(USBError) in
            try await base.setAlternate(interface: interface, alternate: alternate)
        }
    }

    func controlIn(_ setup: USBSetup, length: Int, timeoutMilliseconds: Int) async throws(USBError) -> [UInt8] {
        var line = USBRecording.Line(.controlIn, device: number)
        line.setup = .init(setup.recordedBytes)
        (line.length, line.timeout) = (length, timeoutMilliseconds)
        return try await recorder.record(line) { () async throws(USBError) -> [UInt8] in
            try await base.controlIn(setup, length: length, timeoutMilliseconds: timeoutMilliseconds)
        } outcome: { bytes, line in
            line.setPayload(bytes)
        }
    }

    func controlOut(_ setup: USBSetup, data: [UInt8], timeoutMilliseconds: Int) async throws(USBError) {
        var line = USBRecording.Line(.controlOut, device: number)
        line.setup = .init(setup.recordedBytes)
        line.timeout = timeoutMilliseconds
        line.setPayload(data)
        try await recorder.record(line) { () async throws(USBError) in
            try await base.controlOut(setup, data: data, timeoutMilliseconds: timeoutMilliseconds)
        }
    }

    func write(_ bytes: [UInt8], to endpoint: USBEndpoint, timeoutMilliseconds: Int) async throws(USBError) {
        var line = line(.output, endpoint)
        line.timeout = timeoutMilliseconds
        line.setPayload(bytes)
        try await recorder.record(line) { () async throws(USBError) in
            try await base.write(bytes, to: endpoint, timeoutMilliseconds: timeoutMilliseconds)
        }
    }

    func read(from endpoint: USBEndpoint, maximum: Int, timeoutMilliseconds: Int) async throws(USBError) -> [UInt8] {
        var line = line(.input, endpoint)
        (line.length, line.timeout) = (maximum, timeoutMilliseconds)
        return try await recorder.record(line) { () async throws(USBError) -> [UInt8] in
            try await base.read(from: endpoint, maximum: maximum, timeoutMilliseconds: timeoutMilliseconds)
        } outcome: { bytes, line in
            line.setPayload(bytes)
        }
    }

    func stream(_ request: USBStreamRequest, handler: @escaping USBPacketHandler) async throws(USBError) {
        var line = line(.stream, request.endpoint)
        (line.length, line.timeout) = (request.packetSize, request.transferTimeoutMilliseconds)
        let packets = PacketLog(device: number)
        let failure: USBError?
        do throws(USBError) {
            try await base.stream(request) { status, bytes in
                packets.append(status, bytes)
                return handler(status, bytes)
            }
            failure = nil
        } catch {
            failure = error
        }
        let taken = packets.take()
        line.error = failure.map(USBRecording.Failure.init)
        line.packets = taken.count
        recorder.append(line, packets: taken)
        if let failure { throw failure }
    }

    func clearHalt(_ endpoint: USBEndpoint) async throws(USBError) {
        try await recorder.record(line(.clearHalt, endpoint)) { () async throws(USBError) in
            try await base.clearHalt(endpoint)
        }
    }

    func reset() async throws(USBError) {
        try await recorder.record(.init(.reset, device: number)) { () async throws(USBError) in
            try await base.reset()
        }
    }

    func close() async {
        await base.close()
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        recorder.append(.init(.close, device: number))
    }

    private func line(_ op: USBRecording.Operation, _ endpoint: USBEndpoint) -> USBRecording.Line {
        var line = USBRecording.Line(op, device: number)
        line.endpoint = .init([endpoint.address])
        line.type = "\(endpoint.transferType)"
        return line
    }
}

/// A stream's packets while it runs: the event thread appends, and must not wait.
private final class PacketLog: Sendable {
    private let device: Int
    private let state = Mutex((lines: [USBRecording.Line](), weight: 0))

    init(device: Int) {
        self.device = device
    }

    func append(_ status: USBPacketStatus, _ bytes: RawSpan) {
        var line = USBRecording.Line(.packet, device: device)
        line.status = status.recordedName
        line.setPayload(bytes.withUnsafeBytes { Array($0) })
        state.withLock { state in
            // One more than fits, so that the recorder sees that it is too much.
            guard state.weight <= USBRecorder.maximumBytes else { return }
            state.weight += line.weight
            state.lines.append(line)
        }
    }

    func take() -> [USBRecording.Line] {
        state.withLock { $0.lines }
    }
}
