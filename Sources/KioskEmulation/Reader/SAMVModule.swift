/// What stands behind each of a reader's ports: the SAM and its radio part with the card in the field, requests in and
/// answers out.

/// Pure: time comes with each call, and the owner keeps it under a lock.
struct SAMVModule {
    struct Settings {
        var commands: SAMVCommandMap
        var times: SAMVReader.WireTimes
        var mustLift: Bool
        var identifier: SAMVIdentifier
        var baudRate: Int
    }

    /// How answers are cut into packets.
    enum Packing {
        /// Preamble and LEN on one pipe, the rest on the other.
        case twoPipes
        case pieces(Int)
        case reports(HIDReports)
        case line
    }

    /// A request can be this long in pieces before its header is there.
    private static let longestUnit = 4096
    /// A host that never reads gets no more answers than these.
    private static let mostReplies = 16
    /// A request on a line has ended when nothing came for so long. An assumption: nothing is published.
    private static let linePause = Duration.milliseconds(100)
    private static let endlessPacket = Duration.milliseconds(1)

    private enum Stage { case idle, found, selected, read }

    private struct ArmedFault {
        var fault: SAMVFault
        var step: SAMVStep?
        var remaining: Int?
        var recovery: SAMVRecovery?
    }

    /// One answer on its way to the host.
    private struct Reply {
        /// For the pipe of headers; only with two pipes.
        var header: [[UInt8]] = []
        var body: [[UInt8]] = []
        var due: Duration
        /// Holds from when the answer has been sent.
        var baudRate: Int?
        /// The cable is pulled when the answer has been sent.
        var isLast = false

        /// Only the first bytes are sent, headers first.
        mutating func end(after count: Int) {
            var room = Swift.max(1, count)
            func cut(_ packets: [[UInt8]]) -> [[UInt8]] {
                packets.compactMap { packet in
                    let kept = Array(packet.prefix(room))
                    room -= kept.count
                    return kept.isEmpty && !packet.isEmpty ? nil : kept
                }
            }
            header = cut(header)
            body = cut(body)
            isLast = true
        }

        mutating func take(fromHeaders: Bool, maximum: Int) -> [UInt8] {
            fromHeaders ? Self.take(&header, maximum) : Self.take(&body, maximum)
        }

        private static func take(_ packets: inout [[UInt8]], _ maximum: Int) -> [UInt8] {
            let packet = packets[0]
            if packet.count > maximum {
                packets[0] = Array(packet.dropFirst(maximum))
            } else {
                packets.removeFirst()
            }
            return Array(packet.prefix(maximum))
        }
    }

    private let settings: Settings
    private(set) var card: EmulatedCard?
    private(set) var isGone = false
    private(set) var baudRate: Int
    private var wasRead = false
    private var stage = Stage.idle
    private var header: [UInt8] = []
    private var body: [UInt8] = []
    private var line: [UInt8] = []
    private var lineHeard = Duration.zero
    private var replies: [Reply] = []
    private var heldBack: (frame: [UInt8], position: Int)?
    private var endless: (pattern: [UInt8], headerDue: Duration, bodyDue: Duration, packing: Packing)?
    private var faults: [ArmedFault] = []

    init(_ settings: Settings) {
        self.settings = settings
        baudRate = settings.baudRate
    }

    var isFaulty: Bool { !faults.isEmpty }

    mutating func place(_ card: EmulatedCard?) {
        self.card = card
        wasRead = false
        stage = .idle
    }

    mutating func inject(_ fault: SAMVFault, step: SAMVStep?, times: Int?, recovery: SAMVRecovery?) {
        faults.append(ArmedFault(fault: fault, step: step, remaining: times, recovery: recovery))
    }

    mutating func clearFaults() {
        faults = []
        endless = nil
        heldBack = nil
    }

    /// Bus reset.
    mutating func reset() {
        faults.removeAll { $0.recovery == .busReset }
        header = []
        body = []
        line = []
        replies = []
        endless = nil
        heldBack = nil
        stage = .idle
    }

    /// Power came back; what lies in the field is found as if it had just been put there.
    mutating func powerOn() {
        reset()
        isGone = false
        wasRead = false
        baudRate = settings.baudRate
    }

    // MARK: Requests

    /// A transfer on the pipe of headers, of bodies, or (`isHeader` nil) of whole frames. `isShort`: less than a full
    /// packet. `isPadded`: what follows the frame does not count.
    mutating func accept(
        _ data: [UInt8], isHeader: Bool?, isShort: Bool, isPadded: Bool = false, packing: Packing, now: Duration
    ) {
        if data.starts(with: SAMVFrame.preamble) {
            header = []
            body = []
        }
        switch isHeader {
        case true?: header += data
        case false?: body += data
        case nil:
            let room = Swift.max(0, SAMVFrame.headerLength - header.count)
            header += data.prefix(room)
            body += data.dropFirst(room)
        }
        if header.count >= SAMVFrame.headerLength
            ? !header.starts(with: SAMVFrame.preamble)
            : body.count > Self.longestUnit
        {
            // Without its preamble it is line noise: the SAM does not answer.
            header = []
            body = []
            return
        }
        guard let length = Self.declaredLength(header) else { return }
        let tooLong = length > SAMVFrame.longestRequest
        // A short packet after part of the body ends the request, whatever LEN promised.
        guard tooLong || body.count >= length || (isShort && !body.isEmpty) else { return }
        let frame = header + (isPadded ? Array(body.prefix(length)) : body)
        header = []
        body = []
        answer(frame, packing: packing, now: now)
    }

    /// Bytes of a line, in whatever pieces they came.
    mutating func acceptLine(_ data: [UInt8], now: Duration) {
        endLineRequest(now: now)
        line += data
        if !data.isEmpty { lineHeard = now }
        while let start = Self.preambleStart(in: line) {
            line.removeFirst(start)
            guard let length = Self.declaredLength(line) else { return }
            let tooLong = length > SAMVFrame.longestRequest
            let end = SAMVFrame.headerLength + (tooLong ? 0 : length)
            guard line.count >= end else { return }
            let frame = Array(line.prefix(end))
            line.removeFirst(end)
            answer(frame, packing: .line, now: now)
        }
        // What could be the start of a preamble is kept.
        line = Array(line.suffix(SAMVFrame.preamble.count - 1))
    }

    /// A request that stopped in the middle is answered with 11.
    private mutating func endLineRequest(now: Duration) {
        guard !line.isEmpty, now - lineHeard > Self.linePause else { return }
        let hasHeader = line.count >= SAMVFrame.headerLength
        line = []
        if hasHeader { refuse(0x11, packing: .line, now: now) }
    }

    private static func preambleStart(in bytes: [UInt8]) -> Int? {
        let length = SAMVFrame.preamble.count
        guard bytes.count >= length else { return nil }
        return (0...bytes.count - length).first { bytes[$0...].starts(with: SAMVFrame.preamble) }
    }

    private static func declaredLength(_ header: [UInt8]) -> Int? {
        header.count >= SAMVFrame.headerLength ? Int(header[5]) << 8 | Int(header[6]) : nil
    }

    /// `frame` has a whole header.
    private mutating func answer(_ frame: [UInt8], packing: Packing, now: Duration) {
        let body = frame.dropFirst(SAMVFrame.headerLength)
        guard let length = Self.declaredLength(frame), (3...SAMVFrame.longestRequest).contains(length),
            body.count == length, let command = body.first, let parameter = body.dropFirst().first
        else { return refuse(0x11, packing: packing, now: now) }
        guard SAMVFrame.checksum(frame.dropFirst(SAMVFrame.preamble.count)) == 0 else {
            return refuse(0x10, packing: packing, now: now)
        }
        guard let request = settings.commands.request(command, parameter) else {
            return refuse(0x21, packing: packing, now: now)
        }
        guard length - 3 == request.step.dataLength else { return refuse(0x11, packing: packing, now: now) }
        perform(request, packing: packing, now: now)
    }

    /// The answer to a request whose form was wrong.
    private mutating func refuse(_ status: UInt8, packing: Packing, now: Duration) {
        let faults = takeFaults(at: nil)
        guard !faults.contains(where: \.isSilent) else { return }
        send(SAMVFrame.reply(status), faults: [], packing: packing, at: now)
    }

    private mutating func perform(_ request: SAMVRequest, packing: Packing, now: Duration) {
        let step = request.step
        if step == .reset { faults.removeAll { $0.recovery == .samReset } }
        let faults = takeFaults(at: step)
        moveCard(faults)
        let isSpoilt = faults.contains(where: \.spoilsReply)
        let result = carryOut(request, faults: faults, isSpoilt: isSpoilt)
        if faults.contains(.unplugged(after: 0)) { isGone = true }
        let due = Swift.max(now, replies.last?.due ?? now) + result.duration
        for case .endless(let pattern) in faults where !pattern.isEmpty {
            endless = (pattern, due, due, packing)
        }
        guard !faults.contains(where: \.isSilent) else { return }
        var frame = SAMVFrame.reply(result.status, result.data)
        var delay = Duration.zero
        for fault in faults {
            switch fault {
            case .status(let code): frame = SAMVFrame.reply(code)
            case .answer(of: let other): frame = successReply(of: other)
            case .wrongChecksum: frame[frame.count - 1] ^= 0xFF
            case .lengthTooLarge: Self.changeLength(of: &frame, by: 16)
            case .lengthTooShort: Self.changeLength(of: &frame, by: -1)
            case .late(let time): delay += time
            default: break
            }
        }
        for case .heldBack(let position) in faults {
            heldBack = (frame, position)
            return
        }
        send(frame, faults: faults, packing: packing, at: due + delay, baudRate: isSpoilt ? nil : request.baudRate)
    }

    private static func changeLength(of frame: inout [UInt8], by difference: Int) {
        let length = (Int(frame[5]) << 8 | Int(frame[6])) + difference
        frame[5] = UInt8(truncatingIfNeeded: length >> 8)
        frame[6] = UInt8(truncatingIfNeeded: length)
    }

    private mutating func moveCard(_ faults: [SAMVFault]) {
        for fault in faults {
            switch fault {
            case .cardLifted: place(nil)
            case .cardSwapped(let other): place(other)
            case .cardSwappedUnnoticed(let other): card = other
            default: break
            }
        }
    }

    private mutating func carryOut(
        _ request: SAMVRequest, faults: [SAMVFault], isSpoilt: Bool
    ) -> (status: UInt8, data: [UInt8], duration: Duration) {
        let times = settings.times
        switch request.step {
        case .reset:
            stage = .idle
            wasRead = false
            return (0x90, [], .zero)
        case .status, .setMaximumRFByte, .setBaudRate:
            return (0x90, [], .zero)
        case .identify:
            return (0x90, settings.identifier.bytes, .zero)
        case .find:
            let isFound = card != nil && !(settings.mustLift && wasRead)
            stage = isFound && !isSpoilt ? .found : .idle
            return isFound ? (0x9F, Self.found, times.find) : (0x80, [], times.findMiss)
        case .select:
            let isSelected = stage == .found
            stage = isSelected && !isSpoilt ? .selected : .idle
            return (isSelected ? 0x90 : 0x81, isSelected ? Self.selected : [], times.select)
        case .read:
            let duration = request.withFingerprints ? times.readWithFingerprints : times.read
            guard stage == .selected, let card else {
                stage = .idle
                return (0x41, [], duration)
            }
            stage = isSpoilt ? .idle : .read
            wasRead = !isSpoilt
            return (0x90, Self.records(of: card, withFingerprints: request.withFingerprints, faults: faults), duration)
        case .readMore:
            guard stage == .selected || stage == .read, let card else { return (0x41, [], .zero) }
            let data = card.extraAddressRecord
            return (data.isEmpty ? 0x91 : 0x90, data, .zero)
        }
    }

    private static let found: [UInt8] = [0, 0, 0, 0]
    private static let selected = [UInt8](repeating: 0, count: 8)

    /// What the step says when all goes well; of a card when none lies there the first built-in one's records.
    private func successReply(of step: SAMVStep) -> [UInt8] {
        switch step {
        case .reset, .status, .setBaudRate, .setMaximumRFByte: SAMVFrame.reply(0x90)
        case .identify: SAMVFrame.reply(0x90, settings.identifier.bytes)
        case .find: SAMVFrame.reply(0x9F, Self.found)
        case .select: SAMVFrame.reply(0x90, Self.selected)
        case .read:
            SAMVFrame.reply(
                0x90,
                (card ?? EmulatedCard.builtIn.first).map {
                    Self.records(of: $0, withFingerprints: false, faults: [])
                } ?? [])
        case .readMore: SAMVFrame.reply(0x91)
        }
    }

    private static func records(of card: EmulatedCard, withFingerprints: Bool, faults: [SAMVFault]) -> [UInt8] {
        var text = card.textRecord
        let photo = faults.contains(.noPhoto) ? [] : card.photoRecord
        let fingerprints = withFingerprints ? card.fingerprintRecord : []
        var textLength = UInt16(clamping: text.count)
        var photoLength = UInt16(clamping: photo.count)
        for fault in faults {
            switch fault {
            case .kindLetter(let unit): text.replaceSubrange(248..<250, with: [UInt8](littleEndian: unit))
            case .textLength(let length): textLength = length
            case .photoLength(let length): photoLength = length
            default: break
            }
        }
        var lengths = [textLength, photoLength]
        if withFingerprints { lengths.append(UInt16(clamping: fingerprints.count)) }
        return lengths.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] } + text + photo + fingerprints
    }

    private mutating func takeFaults(at step: SAMVStep?) -> [SAMVFault] {
        var taken: [SAMVFault] = []
        for index in faults.indices where faults[index].step == nil || faults[index].step == step {
            taken.append(faults[index].fault)
            faults[index].remaining = faults[index].remaining.map { $0 - 1 }
        }
        faults.removeAll { $0.remaining.map { $0 <= 0 } ?? false }
        return taken
    }

    // MARK: Answers

    private mutating func send(
        _ frame: [UInt8], faults: [SAMVFault], packing: Packing, at due: Duration, baudRate: Int? = nil
    ) {
        guard replies.count < Self.mostReplies else { return }
        // The SAM works on one command at a time.
        var reply = Reply(due: Swift.max(due, replies.last?.due ?? due), baudRate: baudRate)
        let held = heldBack
        heldBack = nil
        var isWhole = faults.contains(.coalesced)
        /// One pipe's share of this frame with those that travel with it.
        func joined(_ share: (ArraySlice<UInt8>) -> ArraySlice<UInt8>) -> [UInt8] {
            let own = share(frame[...])
            let before = held.map { share($0.frame[...]) } ?? []
            let position = Swift.min(Swift.max(0, held?.position ?? 0), own.count)
            return Array(own.prefix(position) + before + own.dropFirst(position))
                + (faults.contains(.repeated) ? own : [])
        }
        var noise: [UInt8] = []
        for case .noise(let bytes) in faults { noise += bytes }
        if case .twoPipes = packing {
            let cut = isWhole ? frame.count : SAMVFrame.headerLength
            reply.header = [noise + joined { $0.prefix(cut) }]
            reply.body = [joined { $0.dropFirst(cut) }]
        } else {
            reply.body = [noise + joined { $0 }]
        }
        isWhole = isWhole || faults.contains(.repeated) || held?.position == 0
        reply.header = Self.packets(reply.header, faults, isWhole: isWhole, packing)
        reply.body = Self.packets(reply.body, faults, isWhole: isWhole, packing)
        for case .unplugged(let count) in faults { reply.end(after: count) }
        replies.append(reply)
    }

    private static func packets(
        _ streams: [[UInt8]], _ faults: [SAMVFault], isWhole: Bool, _ packing: Packing
    ) -> [[UInt8]] {
        let bytes = Array(streams.joined())
        guard !bytes.isEmpty else { return [] }
        let isTrickling = faults.contains(.oneBytePackets)
        var packets: [[UInt8]]
        switch packing {
        case .reports(let reports):
            // Without a count a report of one byte could not be told from its padding.
            packets =
                isTrickling && reports.hasCount
                ? bytes.flatMap { reports.inputReports([$0]) } : reports.inputReports(bytes)
        case .pieces(let size) where !isWhole && !isTrickling:
            packets = stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0...].prefix(size)) }
        default:
            packets = isTrickling ? bytes.map { [$0] } : [bytes]
        }
        if faults.contains(.emptyPackets) { packets = packets.flatMap { [[], $0] } }
        return packets
    }

    /// The next packet of the first answer that has one for this pipe, when its time has come; at most `maximum` bytes
    /// of it.
    mutating func take(fromHeaders: Bool, maximum: Int, now: Duration) -> [UInt8]? {
        endLineRequest(now: now)
        guard let index = replies.firstIndex(where: { !(fromHeaders ? $0.header : $0.body).isEmpty }) else {
            return takeEndless(fromHeaders: fromHeaders, maximum: maximum, now: now)
        }
        guard replies[index].due <= now else { return nil }
        let bytes = replies[index].take(fromHeaders: fromHeaders, maximum: maximum)
        if replies[index].header.isEmpty, replies[index].body.isEmpty {
            let sent = replies.remove(at: index)
            baudRate = sent.baudRate ?? baudRate
            if sent.isLast { isGone = true }
        }
        return bytes
    }

    private mutating func takeEndless(fromHeaders: Bool, maximum: Int, now: Duration) -> [UInt8]? {
        guard var stream = endless else { return nil }
        guard (fromHeaders ? stream.headerDue : stream.bodyDue) <= now else { return nil }
        if fromHeaders {
            stream.headerDue = now + Self.endlessPacket
        } else {
            stream.bodyDue = now + Self.endlessPacket
        }
        endless = stream
        let bytes = (0..<64).map { stream.pattern[$0 % stream.pattern.count] }
        return Self.packets([bytes], [], isWhole: true, stream.packing).first.map { Array($0.prefix(maximum)) }
    }

    /// There is something to say, now or later.
    var isAnswering: Bool { !replies.isEmpty || endless != nil }
}
