/// Plays a recording back to a driver in place of its devices.

import Synchronization

/// The same operations in the same order have the recorded outcomes, at once: no recorded time is waited for, and the
/// time-outs that a driver asks for are not compared. The first operation that differs fails with `notRecorded` and the
/// recording's line, and so does everything after it.
///
/// The order is kept for each device, and for enumerating and opening. A device with bulk endpoints may tell of itself
/// on an interrupt endpoint while a command runs: each such endpoint keeps an order of its own, and is silent until the
/// read is cancelled or the device closed when nothing more, or a cancelled read, is recorded.
public final class ReplayBus: USBBus {
    private let replay: Replay

    public init(_ recording: USBRecording) throws(USBRecordingError) {
        replay = try Replay(recording)
    }

    /// What a driver asked for that was not recorded at that place; nil while it does as recorded.
    public var mismatch: USBError? { replay.mismatch }

    /// Recorded operations that were not asked for yet.
    public var remaining: Int { replay.remaining }

    public func devices() async throws(USBError) -> [USBDeviceInfo] {
        let line = try replay.next(.init(.devices), on: .bus).line
        return (line.found ?? []).compactMap(\.info)
    }

    public func open(_ device: USBDeviceInfo) async throws(USBError) -> any USBTransport {
        var asked = USBRecording.Line(.open)
        asked.location = device.location
        let line = try replay.next(asked, on: .bus).line
        return ReplayTransport(info: device, number: line.device ?? 0, replay: replay)
    }

    public func hotplugEvents() -> AsyncStream<USBHotplugEvent> {
        replay.hotplugEvents()
    }
}

/// The recording with how far it has been played. Safe from any thread.
private final class Replay: Sendable {
    typealias Line = USBRecording.Line

    /// What keeps one order.
    enum Pipe: Hashable {
        case bus
        case device(Int)
        case interrupt(Int, endpoint: UInt8)
    }

    struct Entry {
        var line: Line
        var packets: [Line] = []
    }

    private struct Queue {
        var entries: [Entry] = []
        var next = 0
    }

    private struct State {
        var queues: [Pipe: Queue] = [:]
        var played = 0
        var mismatch: USBError?
        /// With the number of operations that are played before each.
        var events: [(after: Int, event: USBHotplugEvent)] = []
        var listeners: [Int: AsyncStream<USBHotplugEvent>.Continuation] = [:]
        var nextListener = 0
    }

    private let state: Mutex<State>
    private let total: Int

    init(_ recording: USBRecording) throws(USBRecordingError) {
        var state = State()
        var total = 0
        var known: [USBLocation: USBDeviceInfo] = [:]
        var interrupts: [Int: Set<UInt8>] = [:]
        /// The stream whose packets are being read, and how many are missing.
        var stream: (pipe: Pipe, missing: Int)?
        for line in recording.lines {
            if let current = stream {
                guard line.op == .packet, line.device != nil, USBPacketStatus(recordedName: line.status) != nil else {
                    throw USBRecordingError(line: line.number, problem: "is no packet, but the stream above lacks some")
                }
                let last = (state.queues[current.pipe]?.entries.count ?? 1) - 1
                state.queues[current.pipe]?.entries[last].packets.append(line)
                stream = current.missing > 1 ? (current.pipe, current.missing - 1) : nil
                continue
            }
            let pipe: Pipe
            switch (line.op, line.device) {
            case (.packet, _):
                throw USBRecordingError(line: line.number, problem: "is a packet of no stream")
            case (.arrived, _), (.left, _):
                guard let location = line.location else {
                    throw USBRecordingError(line: line.number, problem: "lacks `location`")
                }
                state.events.append((total, line.op == .arrived ? .arrived(location) : .left(location)))
                continue
            case (.devices, _):
                pipe = .bus
                for info in (line.found ?? []).compactMap(\.info) { known[info.location] = info }
            case (.open, let device?):
                pipe = .bus
                interrupts[device] = line.location.flatMap { known[$0] }.map(Self.spontaneous) ?? []
            case (.input, let device?):
                let endpoint = line.endpoint?.bytes.first ?? 0
                pipe =
                    interrupts[device]?.contains(endpoint) == true
                    ? .interrupt(device, endpoint: endpoint) : .device(device)
            case (_, let device?): pipe = .device(device)
            case (_, nil): throw USBRecordingError(line: line.number, problem: "lacks `device`")
            }
            state.queues[pipe, default: Queue()].entries.append(Entry(line: line))
            total += 1
            if line.op == .stream, let count = line.packets, count > 0 { stream = (pipe, count) }
        }
        if let line = recording.lines.last, stream != nil {
            throw USBRecordingError(line: line.number, problem: "is the last, but the stream above lacks packets")
        }
        self.total = total
        self.state = Mutex(state)
    }

    /// The interrupt IN endpoints of a device that has bulk endpoints for its commands.
    static func spontaneous(_ info: USBDeviceInfo) -> Set<UInt8> {
        let endpoints = (info.configuration?.interfaces ?? []).flatMap(\.endpoints)
        guard endpoints.contains(where: { $0.transferType == .bulk }) else { return [] }
        return Set(endpoints.filter { $0.transferType == .interrupt && $0.isInput }.map(\.address))
    }

    var mismatch: USBError? { state.withLock { $0.mismatch } }

    var remaining: Int { state.withLock { total - $0.played } }

    /// The recorded operation in place of `asked`; throws its error when it failed.
    func next(_ asked: Line, on pipe: Pipe) throws(USBError) -> Entry {
        let entry = try advance(asked, on: pipe)
        if let failure = entry.line.error { throw failure.error }
        return entry
    }

    /// As `next`, but leaves the recorded error to the caller.
    func stream(_ asked: Line, on pipe: Pipe) throws(USBError) -> Entry {
        try advance(asked, on: pipe)
    }

    /// As `next`, but nil where the recording knows no answer: the endpoint is silent.
    func nextOrSilence(_ asked: Line, on pipe: Pipe) throws(USBError) -> Entry? {
        let isSilent = state.withLock { state in
            guard state.mismatch == nil, let queue = state.queues[pipe], queue.next < queue.entries.count else {
                return state.mismatch == nil
            }
            return false
        }
        if isSilent { return nil }
        let entry = try advance(asked, on: pipe)
        guard let failure = entry.line.error?.error else { return entry }
        if failure.code == .cancelled { return nil }
        throw failure
    }

    private func advance(_ asked: Line, on pipe: Pipe) throws(USBError) -> Entry {
        let result: Result<Entry, USBError> = state.withLock { state in
            if let mismatch = state.mismatch { return .failure(mismatch) }
            guard let queue = state.queues[pipe], queue.next < queue.entries.count else {
                let last = state.queues[pipe]?.entries.last.map { "after line \($0.line.number): " } ?? ""
                return .failure(
                    Self.differs(&state, "\(last)nothing more is recorded, asked for \(asked.summary)"))
            }
            let entry = queue.entries[queue.next]
            guard entry.line.isAnswer(to: asked) else {
                return .failure(
                    Self.differs(
                        &state,
                        "line \(entry.line.number): recorded \(entry.line.summary), asked for \(asked.summary)"))
            }
            state.queues[pipe]?.next += 1
            state.played += 1
            while let first = state.events.first, first.after <= state.played {
                state.events.removeFirst()
                for listener in state.listeners.values { listener.yield(first.event) }
            }
            return .success(entry)
        }
        return try result.get()
    }

    /// For what a driver does with an outcome and the recording does not go on from.
    func fail(_ problem: String) -> USBError {
        state.withLock { Self.differs(&$0, problem) }
    }

    private static func differs(_ state: inout State, _ problem: String) -> USBError {
        let error = USBError(.notRecorded, problem)
        state.mismatch = state.mismatch ?? error
        return state.mismatch ?? error
    }

    func hotplugEvents() -> AsyncStream<USBHotplugEvent> {
        AsyncStream(bufferingPolicy: .bufferingNewest(64)) { continuation in
            let token = state.withLock { state in
                state.nextListener += 1
                state.listeners[state.nextListener] = continuation
                return state.nextListener
            }
            continuation.onTermination = { [weak self] _ in
                self?.state.withLock { _ = $0.listeners.removeValue(forKey: token) }
            }
        }
    }

    deinit {
        let listeners = state.withLock { Array($0.listeners.values) }
        for listener in listeners { listener.finish() }
    }
}

extension USBRecording.Line {
    /// Whether this recorded operation is the one that is asked for.
    fileprivate func isAnswer(to asked: Self) -> Bool {
        guard op == asked.op, interface == asked.interface, alternate == asked.alternate, index == asked.index,
            endpoint == asked.endpoint, setup == asked.setup
        else { return false }
        switch op {
        case .open: return location == asked.location
        case .controlIn, .input, .stream: return length == asked.length
        case .controlOut, .output:
            // Of what was masked only the length is known.
            return masked == true ? payload.count == asked.payload.count : payload == asked.payload
        default: return true
        }
    }

    /// For an error: no payload.
    fileprivate var summary: String {
        var words = ["`\(op.rawValue)`"]
        if let location { words.append("\(location)") }
        if let interface { words.append("interface \(interface)") }
        if let alternate { words.append("alternate \(alternate)") }
        if let index { words.append("index \(index)") }
        if let address = endpoint?.bytes.first { words.append("endpoint 0x\(String(address, radix: 16))") }
        if let request = setup?.bytes.dropFirst().first { words.append("request \(request)") }
        if let length { words.append("of \(length) bytes") }
        if op == .output || op == .controlOut { words.append("with \(payload.count) bytes") }
        return words.joined(separator: " ")
    }
}

/// One opened device of a recording.
private final class ReplayTransport: USBTransport {
    private struct State {
        var isClosed = false
        var nextTicket: UInt64 = 0
        /// Reads of silent endpoints.
        var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
        /// Reads that were cancelled before they began to wait.
        var cancelled: Set<UInt64> = []
    }

    let info: USBDeviceInfo
    private let number: Int
    private let replay: Replay
    private let spontaneous: Set<UInt8>
    private let state = Mutex(State())

    init(info: USBDeviceInfo, number: Int, replay: Replay) {
        self.info = info
        self.number = number
        self.replay = replay
        spontaneous = Replay.spontaneous(info)
    }

    func string(_ index: UInt8) async -> String? {
        var asked = USBRecording.Line(.string)
        asked.index = index
        return (try? next(asked))?.line.text
    }

    func claim(interface: UInt8) async throws(USBError) {
        var asked = USBRecording.Line(.claim)
        asked.interface = interface
        _ = try next(asked)
    }

    func setAlternate(interface: UInt8, alternate: UInt8) async throws(USBError) {
        var asked = USBRecording.Line(.alternate)
        (asked.interface, asked.alternate) = (interface, alternate)
        _ = try next(asked)
    }

    func controlIn(_ setup: USBSetup, length: Int, timeoutMilliseconds: Int) async throws(USBError) -> [UInt8] {
        var asked = USBRecording.Line(.controlIn)
        asked.setup = .init(setup.recordedBytes)
        asked.length = length
        return try next(asked).line.payload
    }

    func controlOut(_ setup: USBSetup, data: [UInt8], timeoutMilliseconds: Int) async throws(USBError) {
        var asked = USBRecording.Line(.controlOut)
        asked.setup = .init(setup.recordedBytes)
        asked.setPayload(data)
        _ = try next(asked)
    }

    func write(_ bytes: [UInt8], to endpoint: USBEndpoint, timeoutMilliseconds: Int) async throws(USBError) {
        var asked = line(.output, endpoint)
        asked.setPayload(bytes)
        _ = try next(asked)
    }

    func read(from endpoint: USBEndpoint, maximum: Int, timeoutMilliseconds: Int) async throws(USBError) -> [UInt8] {
        var asked = line(.input, endpoint)
        asked.length = maximum
        guard spontaneous.contains(endpoint.address) else { return try next(asked).line.payload }
        try checkOpen()
        let pipe = Replay.Pipe.interrupt(number, endpoint: endpoint.address)
        if let entry = try replay.nextOrSilence(asked, on: pipe) { return entry.line.payload }
        await untilCancelledOrClosed()
        throw USBError(.cancelled, "read of a silent endpoint")
    }

    func stream(_ request: USBStreamRequest, handler: @escaping USBPacketHandler) async throws(USBError) {
        var asked = line(.stream, request.endpoint)
        asked.length = request.packetSize
        try checkOpen()
        // Its packets come before the error that ended it.
        let entry = try replay.stream(asked, on: .device(number))
        for packet in entry.packets {
            guard let status = USBPacketStatus(recordedName: packet.status) else { continue }
            if handler(status, packet.payload.span.bytes) == .stop { return }
        }
        if let failure = entry.line.error { throw failure.error }
        throw replay.fail("line \(entry.line.number): the driver wants more packets than were recorded")
    }

    func clearHalt(_ endpoint: USBEndpoint) async throws(USBError) {
        _ = try next(line(.clearHalt, endpoint))
    }

    func reset() async throws(USBError) {
        _ = try next(.init(.reset))
    }

    func close() async {
        let waiting: [CheckedContinuation<Void, Never>]? = state.withLock { state in
            guard !state.isClosed else { return nil }
            state.isClosed = true
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        guard let waiting else { return }
        for continuation in waiting { continuation.resume() }
        _ = try? replay.next(.init(.close), on: .device(number))
    }

    private func line(_ op: USBRecording.Operation, _ endpoint: USBEndpoint) -> USBRecording.Line {
        var line = USBRecording.Line(op)
        line.endpoint = .init([endpoint.address])
        return line
    }

    private func next(_ asked: USBRecording.Line) throws(USBError) -> Replay.Entry {
        try checkOpen()
        return try replay.next(asked, on: .device(number))
    }

    private func checkOpen() throws(USBError) {
        if state.withLock({ $0.isClosed }) { throw USBError(.noDevice, "device closed") }
    }

    private func untilCancelledOrClosed() async {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.cancelled.remove(ticket) != nil || state.isClosed { return true }
                    state.waiting[ticket] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let continuation = state.withLock { state -> CheckedContinuation<Void, Never>? in
                if let continuation = state.waiting.removeValue(forKey: ticket) { return continuation }
                state.cancelled.insert(ticket)
                return nil
            }
            continuation?.resume()
        }
        // A cancellation that came after the end leaves its mark behind.
        state.withLock { _ = $0.cancelled.remove(ticket) }
    }
}
