/// Puts a camera's payloads together to whole MJPEG frames (UVC 1.5 section 2.4.3) and drops every damaged one.

/// A frame comes out only when no packet of it was lost or marked, it kept its announced size, and it begins with SOI
/// and ends with EOI. Its bytes are exactly those between the payload headers.
struct UVCFrameAssembler {
    /// Never more than this, whatever a camera announces.
    static let absoluteMaximum = 64 << 20

    private let maximumBytes: Int
    private var frame: [UInt8] = []
    private var frameID: UInt8?
    private var isDamaged = false
    /// After an EOF, until the frame ID changes or a new SOI comes: what trails a frame belongs to nothing.
    private var isBetweenFrames = true
    /// Bytes of the bulk payload in progress; 0 before its header.
    private var bulkPayloadBytes = 0
    /// The payload in progress had EOF in its header.
    private var endsFrame = false

    /// Frames that began and could not be delivered.
    private(set) var droppedFrames = 0

    init(maximumBytes: Int) {
        self.maximumBytes = min(max(1, maximumBytes), Self.absoluteMaximum)
        frame.reserveCapacity(min(self.maximumBytes, 4 << 20))
    }

    /// One isochronous packet, which is one payload. Returns a frame when this completed it.
    mutating func isochronousPacket(_ packet: RawSpan) -> [UInt8]? {
        packet.isEmpty ? nil : payload(packet)
    }

    /// One bulk transfer. A payload spans transfers until it is `maximumPayload` long or a transfer of less than
    /// `transferSize` ends it; only its first transfer has a header.
    mutating func bulkTransfer(_ bytes: RawSpan, transferSize: Int, maximumPayload: Int) -> [UInt8]? {
        let isFirst = bulkPayloadBytes == 0
        if isFirst, bytes.isEmpty { return nil }
        bulkPayloadBytes += bytes.byteCount
        if bytes.byteCount < transferSize || bulkPayloadBytes >= maximumPayload { bulkPayloadBytes = 0 }
        if isFirst { return payload(bytes) }
        append(bytes)
        return bulkPayloadBytes == 0 ? endOfPayload() : nil
    }

    /// The bus lost bytes: whatever is in progress cannot be whole.
    mutating func packetLost() {
        bulkPayloadBytes = 0
        isDamaged = true
    }

    private mutating func payload(_ bytes: RawSpan) -> [UInt8]? {
        let headerLength = Int(bytes.unsafeLoad(fromByteOffset: 0, as: UInt8.self))
        guard headerLength >= 2, headerLength <= bytes.byteCount else {
            isDamaged = true
            return nil
        }
        let flags = bytes.unsafeLoad(fromByteOffset: 1, as: UInt8.self)
        let newID = flags & 0x01
        var finished: [UInt8]?
        if let frameID, frameID != newID {
            // The frame before ended without EOF.
            finished = isBetweenFrames ? nil : finish()
            beginFrame()
        } else if frameID == nil {
            beginFrame()
        }
        frameID = newID
        if flags & 0x40 != 0 { isDamaged = true }
        let data = bytes.extracting(headerLength..<bytes.byteCount)
        if isBetweenFrames, Self.startsWithSOI(data) { beginFrame() }
        append(data)
        endsFrame = flags & 0x02 != 0
        // A bulk payload that goes on in the next transfer ends there.
        guard bulkPayloadBytes == 0 else { return finished }
        return endOfPayload() ?? finished
    }

    private mutating func endOfPayload() -> [UInt8]? {
        guard endsFrame, !isBetweenFrames else { return nil }
        endsFrame = false
        let whole = finish()
        isBetweenFrames = true
        return whole
    }

    private mutating func beginFrame() {
        frame.removeAll(keepingCapacity: true)
        isDamaged = false
        isBetweenFrames = false
        endsFrame = false
    }

    private mutating func append(_ bytes: RawSpan) {
        guard !isBetweenFrames, !isDamaged else { return }
        guard frame.count + bytes.byteCount <= maximumBytes else {
            isDamaged = true
            return
        }
        bytes.withUnsafeBytes { frame.append(contentsOf: $0) }
    }

    /// The frame when it is whole; otherwise nil, and counted unless nothing had come of it.
    private mutating func finish() -> [UInt8]? {
        defer {
            frame.removeAll(keepingCapacity: true)
            isDamaged = false
        }
        if !isDamaged, Self.isWholeJPEG(frame) { return frame }
        if isDamaged || !frame.isEmpty { droppedFrames += 1 }
        return nil
    }

    private static func startsWithSOI(_ data: RawSpan) -> Bool {
        data.byteCount >= 2 && data.unsafeLoad(fromByteOffset: 0, as: UInt8.self) == 0xFF
            && data.unsafeLoad(fromByteOffset: 1, as: UInt8.self) == 0xD8
    }

    /// SOI first and EOI last; zero padding may follow, as some cameras fill their last packet.
    private static func isWholeJPEG(_ bytes: [UInt8]) -> Bool {
        guard bytes.starts(with: [0xFF, 0xD8]), let last = bytes.lastIndex(where: { $0 != 0 }), last >= 3 else {
            return false
        }
        return bytes[last] == 0xD9 && bytes[last - 1] == 0xFF
    }
}
