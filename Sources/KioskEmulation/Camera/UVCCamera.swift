/// A USB Video Class document camera (MJPEG) as its USB host sees it.

import Synchronization

/// One camera over one platen. Safe from any thread.
///
/// Frames are the laid paper's JPEG bytes, cut into payloads and otherwise untouched.
public final class UVCCamera: EmulatedUSBDevice {
    public enum Transport: String, Sendable, CaseIterable {
        case isochronous, bulk
    }

    public enum Version: UInt16, Sendable, CaseIterable {
        /// PROBE and COMMIT have 26 bytes.
        case uvc10 = 0x0100
        /// PROBE and COMMIT have 34 bytes.
        case uvc11 = 0x0110

        var probeLength: Int { self == .uvc10 ? 26 : 34 }
    }

    public enum Fault: Hashable, Sendable {
        /// No payload comes any more.
        case silent
        /// Every nth packet is lost: the host sees an empty one.
        case droppedPackets(every: Int)
        /// Every nth packet arrives with an error status.
        case damagedPackets(every: Int)
        /// Every nth frame carries the ERR bit.
        case errorBit(everyFrame: Int)
    }

    /// What the camera has done since it was made.
    public struct Counters: Codable, Hashable, Sendable {
        /// Frames whose last payload has been sent.
        public var frames = 0
        public var commits = 0
        public var damagedPackets = 0
    }

    /// In the order of the frame descriptors.
    public static let sizes = [
        EmulatedPaper.Size(width: 1920, height: 1080), EmulatedPaper.Size(width: 3264, height: 2448),
    ]

    public let version: Version
    public let transport: Transport
    private let emptyPlaten: EmulatedPaper
    private let frameInterval: Duration
    private let time: any MonotonicTime
    private let state: Mutex<State>

    /// `emptyPlaten` is what it sees when no paper lies there. A frame begins no sooner than `frameInterval` after the
    /// one before; zero leaves the pace to the bus.
    public init(
        version: Version = .uvc10, transport: Transport = .isochronous, emptyPlaten: EmulatedPaper = .emptyPlaten,
        frameInterval: Duration = .zero, time: any MonotonicTime = SystemMonotonicTime()
    ) {
        self.frameInterval = frameInterval
        self.time = time
        self.version = version
        self.transport = transport
        self.emptyPlaten = emptyPlaten
        state = Mutex(State(selection: Selection(frame: 1, transport: transport), paper: emptyPlaten))
    }

    // MARK: What a person at the camera does

    public var paper: EmulatedPaper {
        state.withLock { $0.paper }
    }

    /// Seen from the next frame on.
    public func lay(_ paper: EmulatedPaper) {
        state.withLock { $0.paper = paper }
    }

    public func clearPlaten() {
        state.withLock { [emptyPlaten] in $0.paper = emptyPlaten }
    }

    /// Nil: it works.
    public var fault: Fault? {
        state.withLock { $0.fault }
    }

    public func setFault(_ fault: Fault?) {
        state.withLock { $0.fault = fault }
    }

    public var counters: Counters {
        state.withLock { $0.counters }
    }

    // MARK: EmulatedUSBDevice

    public let deviceDescriptor: [UInt8] = [
        18, 1, 0x00, 0x02, 0xEF, 2, 1, 64, 0x09, 0x12, 0x02, 0x00, 0x00, 0x01, 1, 2, 3, 1,
    ]

    public var configurationDescriptor: [UInt8] {
        UVCDescriptors.configuration(version: version, transport: transport)
    }

    public let strings: [UInt8: String] = [1: "Demo", 2: "Document camera", 3: "EMU-CAMERA-0001"]

    public func control(setup: [UInt8], data: [UInt8]) -> EmulatedTransfer {
        guard let request = UVCRequest(setup: setup) else { return .stall }
        return state.withLock { state in
            let result = answer(request, data: data, &state)
            if request.target != .errorCode { state.lastError = result == .stall ? UVCRequest.invalidControl : 0 }
            return result
        }
    }

    public func out(endpoint: UInt8, data: [UInt8]) -> EmulatedTransfer { .stall }

    public func input(endpoint: UInt8, maximum: Int) -> EmulatedTransfer {
        guard transport == .bulk, endpoint == UVCDescriptors.streamEndpoint else { return .stall }
        return state.withLock { state in
            guard state.committed != nil, maximum > 0 else { return .notReady }
            if state.payloadRest.isEmpty {
                switch nextPayload(&state, limit: state.selection.payloadSize) {
                case .done(let payload): state.payloadRest = payload[...]
                case let other: return other
                }
            }
            let bytes = state.payloadRest.prefix(maximum)
            state.payloadRest = state.payloadRest.dropFirst(bytes.count)
            return .done(Array(bytes))
        }
    }

    public func isochronous(endpoint: UInt8, maximum: Int) -> EmulatedTransfer {
        guard transport == .isochronous, endpoint == UVCDescriptors.streamEndpoint else { return .stall }
        return state.withLock { state in
            guard state.committed != nil, state.alternate > 0 else { return .notReady }
            let bandwidth = UVCDescriptors.bandwidths[state.alternate - 1]
            return nextPayload(&state, limit: Swift.min(maximum, bandwidth, state.selection.payloadSize))
        }
    }

    public func setInterface(_ number: UInt8, alternate: UInt8) {
        guard number == UVCDescriptors.streamingInterface else { return }
        state.withLock { state in
            state.alternate = Swift.min(Int(alternate), UVCDescriptors.bandwidths.count)
            state.startOver()
        }
    }

    public func clearHalt(endpoint: UInt8) {
        state.withLock { $0.startOver() }
    }

    public func reset() {
        state.withLock { [transport] state in
            state.alternate = 0
            state.committed = nil
            state.selection = Selection(frame: 1, transport: transport)
            state.startOver()
        }
    }

    private func nextPayload(_ state: inout State, limit: Int) -> EmulatedTransfer {
        if frameInterval > .zero, state.isBetweenFrames {
            let now = time.now()
            guard now >= state.nextFrame else { return .notReady }
            state.nextFrame = now + frameInterval
        }
        return state.nextPayload(limit: limit)
    }

    // MARK: Class requests

    private func answer(_ request: UVCRequest, data: [UInt8], _ state: inout State) -> EmulatedTransfer {
        switch request.target {
        case .errorCode:
            switch request.code {
            case .getCurrent: return .done([state.lastError])
            case .getInformation: return .done([0x01])
            default: return .stall
            }
        case .probe, .commit:
            return negotiate(request, data: data, &state)
        }
    }

    private func negotiate(_ request: UVCRequest, data: [UInt8], _ state: inout State) -> EmulatedTransfer {
        switch request.code {
        case .setCurrent:
            guard let wanted = Selection(probe: data, transport: transport) else { return .stall }
            state.selection = wanted
            if request.target == .commit {
                state.committed = wanted
                state.counters.commits += 1
                state.startOver()
            }
            return .done([])
        case .getCurrent:
            return .done(state.selection.probe(version))
        case .getMinimum, .getDefault:
            return .done(Selection(frame: 1, transport: transport).probe(version))
        case .getMaximum:
            return .done(Selection(frame: UInt8(Self.sizes.count), transport: transport).probe(version))
        case .getLength:
            return .done([UInt8](littleEndian: UInt16(version.probeLength)))
        case .getInformation:
            return .done([0x03])
        }
    }

    // MARK: State

    private struct State {
        var selection: Selection
        var committed: Selection?
        var alternate = 0
        var paper: EmulatedPaper
        var fault: Fault?
        var counters = Counters()
        var lastError: UInt8 = 0
        /// No frame begins before.
        var nextFrame = Duration.zero

        private var frame: [UInt8] = []
        private var position = 0
        private var frameIdentifier: UInt8 = 0
        private var packets = 0
        private var framesBegun: UInt32 = 0
        /// What is left of a bulk payload that the host fetches in several transfers.
        var payloadRest: ArraySlice<UInt8> = []

        init(selection: Selection, paper: EmulatedPaper) {
            self.selection = selection
            self.paper = paper
        }

        var isBetweenFrames: Bool { position >= frame.count }

        mutating func startOver() {
            frame = []
            position = 0
            payloadRest = []
        }

        /// The next payload, header and at most `limit` bytes in all, of the running frame or of a new one.
        mutating func nextPayload(limit: Int) -> EmulatedTransfer {
            if fault == .silent { return .notReady }
            guard let committed, limit > UVCDescriptors.payloadHeaderLength else { return .notReady }
            if isBetweenFrames {
                frame = paper.photograph(at: committed.size)
                position = 0
                framesBegun &+= 1
                guard !frame.isEmpty else { return .notReady }
            }
            let end = Swift.min(frame.count, position + limit - UVCDescriptors.payloadHeaderLength)
            var payload: [UInt8] = []
            payload.reserveCapacity(limit)
            // End of header, source clock, presentation time.
            var flags: UInt8 = 0x8C | frameIdentifier
            if end == frame.count { flags |= 0x02 }
            if case .errorBit(let every) = fault, every > 0, Int(framesBegun) % every == 0 { flags |= 0x40 }
            payload.append(UInt8(UVCDescriptors.payloadHeaderLength))
            payload.append(flags)
            payload.append(littleEndian: framesBegun)
            payload.append(littleEndian: framesBegun)
            payload.append(littleEndian: UInt16(0))
            payload += frame[position..<end]
            position = end
            if end == frame.count {
                counters.frames += 1
                frameIdentifier ^= 1
            }
            packets &+= 1
            switch fault {
            case .droppedPackets(let every) where every > 0 && packets % every == 0:
                return .notReady
            case .damagedPackets(let every) where every > 0 && packets % every == 0:
                counters.damagedPackets += 1
                return .damaged
            default:
                return .done(payload)
            }
        }
    }
}

/// What PROBE and COMMIT settle.
private struct Selection: Equatable {
    /// 1 or 2: index of the frame descriptor.
    var frame: UInt8
    var transport: UVCCamera.Transport

    init(frame: UInt8, transport: UVCCamera.Transport) {
        self.frame = frame
        self.transport = transport
    }

    /// A frame index that is not there becomes the first, as cameras do; nil when the field is missing.
    init?(probe: [UInt8], transport: UVCCamera.Transport) {
        guard probe.count >= 26 else { return nil }
        let frame = probe[3]
        self.init(frame: UVCCamera.sizes.indices.contains(Int(frame) - 1) ? frame : 1, transport: transport)
    }

    var size: EmulatedPaper.Size { UVCCamera.sizes[Int(frame) - 1] }

    /// The larger picture asks for the whole high-speed bandwidth, the smaller for two packets a microframe.
    var payloadSize: Int {
        switch transport {
        case .isochronous: frame == 1 ? 2048 : 3072
        case .bulk: 16384
        }
    }

    func probe(_ version: UVCCamera.Version) -> [UInt8] {
        var bytes: [UInt8] = [0, 0, 1, frame]
        bytes.append(littleEndian: UVCDescriptors.frameInterval)
        bytes += [UInt8](repeating: 0, count: 10)
        bytes.append(littleEndian: UVCDescriptors.frameBufferSize(size))
        bytes.append(littleEndian: UInt32(payloadSize))
        if version == .uvc11 {
            bytes.append(littleEndian: UVCDescriptors.clockFrequency)
            bytes += [3, 1, 1, 1]
        }
        return bytes
    }
}
