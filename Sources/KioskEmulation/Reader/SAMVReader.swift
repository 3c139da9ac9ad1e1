/// A second-generation identity card reader (0400:C35A, SAM-V protocol) as its USB host sees it.

import Synchronization

/// One reader with at most one card on it. Safe from any thread.
public final class SAMVReader: EmulatedUSBDevice {
    /// Both ways in which readers of this id have been built.
    public enum Style: String, Sendable, CaseIterable {
        /// OUT 02 carries preamble and LEN, OUT 06 the rest; IN 81 and IN 85 likewise.
        case fourEndpoint
        /// OUT 01 and IN 82 carry whole frames in pieces of 64 bytes.
        case singlePair
    }

    /// How long the reader takes. Estimates: nobody has published figures.
    public struct WireTimes: Hashable, Sendable {
        public var find: Duration = .milliseconds(60)
        public var findMiss: Duration = .milliseconds(100)
        public var select: Duration = .milliseconds(60)
        public var read: Duration = .milliseconds(700)

        public init() {}

        public static let none: WireTimes = {
            var times = WireTimes()
            (times.find, times.findMiss, times.select, times.read) = (.zero, .zero, .zero, .zero)
            return times
        }()
    }

    public let style: Style
    private let times: WireTimes
    private let mustLift: Bool
    private let time: any MonotonicTime
    private let state = Mutex(State())

    /// With `mustLift` a card that was read is found again only after it has been lifted.
    public init(
        style: Style = .fourEndpoint, times: WireTimes = WireTimes(), mustLift: Bool = true,
        time: any MonotonicTime = SystemMonotonicTime()
    ) {
        self.style = style
        self.times = times
        self.mustLift = mustLift
        self.time = time
    }

    // MARK: What a person at the reader does

    public var card: EmulatedCard? {
        state.withLock { $0.card }
    }

    /// Takes the place of a card that lies there.
    public func place(_ card: EmulatedCard) {
        state.withLock { $0.place(card) }
    }

    public func liftCard() {
        state.withLock { $0.place(nil) }
    }

    /// The next `times` answers of this step (of every step when nil) have the fault; all of them when `times` is nil.
    public func inject(_ fault: SAMVFault, at step: SAMVStep? = nil, times: Int? = nil) {
        state.withLock { $0.faults.append(ArmedFault(fault: fault, step: step, remaining: times)) }
    }

    public func clearFaults() {
        state.withLock { $0.faults = [] }
    }

    public var isFaulty: Bool {
        state.withLock { !$0.faults.isEmpty }
    }

    // MARK: EmulatedUSBDevice

    public let deviceDescriptor: [UInt8] = [
        18, 1, 0x10, 0x01, 0, 0, 0, 64, 0x00, 0x04, 0x5A, 0xC3, 0x63, 0x00, 1, 2, 3, 1,
    ]

    public var configurationDescriptor: [UInt8] {
        let endpoints: [UInt8] = style == .fourEndpoint ? [0x02, 0x06, 0x81, 0x85] : [0x01, 0x82]
        let total = UInt8(18 + 7 * endpoints.count)
        return [9, 2, total, 0, 1, 1, 0, 0x80, 50]
            + [9, 4, 0, 0, UInt8(endpoints.count), 0xFF, 0, 0, 0]
            + endpoints.flatMap { [7, 5, $0, 2, 64, 0, 0] }
    }

    public let strings: [UInt8: String] = [1: "Demo", 2: "ID card reader", 3: "EMU-READER-0001"]

    public func control(setup: [UInt8], data: [UInt8]) -> EmulatedTransfer { .stall }

    public func out(endpoint: UInt8, data: [UInt8]) -> EmulatedTransfer {
        let isHeader: Bool
        switch (style, endpoint) {
        case (.fourEndpoint, 0x02): isHeader = true
        case (.fourEndpoint, 0x06): isHeader = false
        case (.singlePair, 0x01): isHeader = false
        default: return .stall
        }
        let now = time.now()
        state.withLock { state in
            if data.starts(with: SAMVFrame.preamble) {
                state.header = []
                state.body = []
            }
            if isHeader {
                state.header += data
            } else if style == .fourEndpoint {
                state.body += data
            } else {
                let room = Swift.max(0, SAMVFrame.headerLength - state.header.count)
                state.header += data.prefix(room)
                state.body += data.dropFirst(room)
            }
            acceptRequest(&state, now: now, isShort: data.count < 64)
        }
        return .done([])
    }

    public func input(endpoint: UInt8, maximum: Int) -> EmulatedTransfer {
        let isHeader: Bool
        switch (style, endpoint) {
        case (.fourEndpoint, 0x81): isHeader = true
        case (.fourEndpoint, 0x85), (.singlePair, 0x82): isHeader = false
        default: return .stall
        }
        let now = time.now()
        return state.withLock { state in
            guard maximum > 0, let bytes = state.take(header: isHeader, maximum: maximum, now: now) else {
                return .notReady
            }
            return .done(bytes)
        }
    }

    public func isochronous(endpoint: UInt8, maximum: Int) -> EmulatedTransfer { .stall }

    public func setInterface(_ number: UInt8, alternate: UInt8) {}

    public func clearHalt(endpoint: UInt8) {}

    public func reset() {
        state.withLock { $0.forgetTraffic() }
    }

    // MARK: Requests

    private func acceptRequest(_ state: inout State, now: Duration, isShort: Bool) {
        if state.header.count >= SAMVFrame.headerLength, !state.header.starts(with: SAMVFrame.preamble) {
            // Without its preamble it is line noise: the SAM does not answer.
            state.header = []
            state.body = []
            return
        }
        guard let length = state.declaredLength else { return }
        let tooLong = length > SAMVFrame.longestRequest
        // A short packet after part of the body ends the request, whatever LEN promised.
        guard tooLong || state.body.count >= length || (isShort && !state.body.isEmpty) else { return }
        let body = state.body
        let header = state.header
        state.header = []
        state.body = []
        guard !tooLong, length >= 3, body.count == length else {
            return respond(&state, .init(frame: SAMVFrame.reply(0x11)), step: nil, after: .zero, now: now)
        }
        guard SAMVFrame.checksum(header[5...] + body.dropLast()) == body.last else {
            return respond(&state, .init(frame: SAMVFrame.reply(0x10)), step: nil, after: .zero, now: now)
        }
        guard let step = SAMVStep(command: body[0], parameter: body[1]) else {
            return respond(&state, .init(frame: SAMVFrame.reply(0x21)), step: nil, after: .zero, now: now)
        }
        guard body.count - 3 == step.dataLength else {
            return respond(&state, .init(frame: SAMVFrame.reply(0x11)), step: nil, after: .zero, now: now)
        }
        perform(step, withFingerprints: body[1] == 0x10, &state, now: now)
    }

    private func perform(_ step: SAMVStep, withFingerprints: Bool, _ state: inout State, now: Duration) {
        let faults = state.takeFaults(at: step)
        if faults.contains(.cardLifted) { state.place(nil) }
        if faults.contains(.silence) { return }
        let isSpoilt = faults.contains(where: \.spoilsReply)
        var status: UInt8 = 0x90
        var data: [UInt8] = []
        var duration = Duration.zero
        switch step {
        case .reset:
            state.stage = .idle
            state.wasRead = false
        case .status, .setMaximumRFByte:
            break
        case .identify:
            data = Self.samIdentifier
        case .find:
            let isFound = state.card != nil && !(mustLift && state.wasRead)
            state.stage = isFound && !isSpoilt ? .found : .idle
            status = isFound ? 0x9F : 0x80
            data = isFound ? [0, 0, 0, 0] : []
            duration = isFound ? times.find : times.findMiss
        case .select:
            let isSelected = state.stage == .found
            state.stage = isSelected && !isSpoilt ? .selected : .idle
            status = isSelected ? 0x90 : 0x81
            data = isSelected ? [UInt8](repeating: 0, count: 8) : []
            duration = times.select
        case .read:
            duration = times.read
            guard state.stage == .selected, let card = state.card else {
                state.stage = .idle
                status = 0x41
                break
            }
            data = Self.records(of: card, withFingerprints: withFingerprints, faults: faults)
            state.stage = isSpoilt ? .idle : .read
            state.wasRead = !isSpoilt
        case .readMore:
            status = state.stage == .selected || state.stage == .read ? 0x91 : 0x41
        }
        var reply = Reply(frame: SAMVFrame.reply(status, data))
        for case .late(let delay) in faults { duration += delay }
        for fault in faults { reply.apply(fault) }
        respond(&state, reply, step: step, after: duration, now: now)
    }

    private func respond(_ state: inout State, _ reply: Reply, step: SAMVStep?, after: Duration, now: Duration) {
        if step == nil, state.takeFaults(at: nil).contains(.silence) { return }
        var reply = reply
        // The SAM works on one command at a time.
        reply.due = Swift.max(now, state.replies.last?.due ?? now) + after
        reply.split(style)
        state.replies.append(reply)
    }

    /// Shown as 05.03-20260101-0000000001-0000000007.
    private static let samIdentifier: [UInt8] =
        [UInt8](littleEndian: UInt16(5)) + [UInt8](littleEndian: UInt16(3)) + [UInt8](littleEndian: UInt32(20_260_101))
        + [UInt8](littleEndian: UInt32(1)) + [UInt8](littleEndian: UInt32(7))

    private static func records(of card: EmulatedCard, withFingerprints: Bool, faults: [SAMVFault]) -> [UInt8] {
        var text = card.textRecord
        let photo = faults.contains(.noPhoto) ? [] : card.photoRecord
        for case .kindLetter(let unit) in faults {
            text.replaceSubrange(248..<250, with: [UInt8](littleEndian: unit))
        }
        var data = [
            UInt8(text.count >> 8), UInt8(text.count & 0xFF), UInt8(photo.count >> 8), UInt8(photo.count & 0xFF),
        ]
        if withFingerprints { data += [0, 0] }
        return data + text + photo
    }

    // MARK: State

    private enum Stage { case idle, found, selected, read }

    private struct ArmedFault {
        var fault: SAMVFault
        var step: SAMVStep?
        var remaining: Int?
    }

    /// One answer on its way to the host.
    private struct Reply {
        var frame: [UInt8]
        /// For IN 81; only with four endpoints.
        var header: [UInt8] = []
        /// For IN 85, or whole for IN 82.
        var body: [UInt8] = []
        var due = Duration.zero
        var piece: Int?
        var isCoalesced = false

        mutating func apply(_ fault: SAMVFault) {
            switch fault {
            case .status(let code): frame = SAMVFrame.reply(code)
            case .wrongChecksum: frame[frame.count - 1] ^= 0xFF
            case .lengthTooLarge: changeLength(by: 16)
            case .lengthTooShort: changeLength(by: -1)
            case .noise(let bytes): header = bytes
            case .oneBytePackets: piece = 1
            case .coalesced: isCoalesced = true
            case .cardLifted, .late, .silence, .noPhoto, .kindLetter: break
            }
        }

        private mutating func changeLength(by difference: Int) {
            let length = (Int(frame[5]) << 8 | Int(frame[6])) + difference
            frame[5] = UInt8(truncatingIfNeeded: length >> 8)
            frame[6] = UInt8(truncatingIfNeeded: length)
        }

        mutating func split(_ style: Style) {
            let noise = header
            switch style {
            case .fourEndpoint:
                let cut = isCoalesced ? frame.count : SAMVFrame.headerLength
                header = noise + frame[..<cut]
                body = Array(frame[cut...])
            case .singlePair:
                header = []
                body = noise + frame
                if piece == nil, !isCoalesced { piece = 64 }
            }
            frame = []
        }
    }

    private struct State {
        var card: EmulatedCard?
        var wasRead = false
        var stage = Stage.idle
        var header: [UInt8] = []
        var body: [UInt8] = []
        var replies: [Reply] = []
        var faults: [ArmedFault] = []

        var declaredLength: Int? {
            header.count >= SAMVFrame.headerLength ? Int(header[5]) << 8 | Int(header[6]) : nil
        }

        mutating func place(_ card: EmulatedCard?) {
            self.card = card
            wasRead = false
            stage = .idle
        }

        mutating func forgetTraffic() {
            header = []
            body = []
            replies = []
            stage = .idle
        }

        mutating func takeFaults(at step: SAMVStep?) -> [SAMVFault] {
            var taken: [SAMVFault] = []
            for index in faults.indices where faults[index].step == nil || faults[index].step == step {
                taken.append(faults[index].fault)
                faults[index].remaining = faults[index].remaining.map { $0 - 1 }
            }
            faults.removeAll { $0.remaining.map { $0 <= 0 } ?? false }
            return taken
        }

        mutating func take(header isHeader: Bool, maximum: Int, now: Duration) -> [UInt8]? {
            let waiting = replies.firstIndex { !(isHeader ? $0.header : $0.body).isEmpty }
            guard let index = waiting, replies[index].due <= now else { return nil }
            let count = Swift.min(maximum, replies[index].piece ?? maximum)
            let bytes: [UInt8]
            if isHeader {
                bytes = Array(replies[index].header.prefix(count))
                replies[index].header.removeFirst(bytes.count)
            } else {
                bytes = Array(replies[index].body.prefix(count))
                replies[index].body.removeFirst(bytes.count)
            }
            if replies[index].header.isEmpty, replies[index].body.isEmpty { replies.remove(at: index) }
            return bytes
        }
    }
}
