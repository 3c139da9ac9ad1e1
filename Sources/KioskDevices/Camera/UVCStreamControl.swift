/// The video probe and commit control (UVC 1.5 table 4-75): what host and camera agree on before a stream starts.

/// Keeps the camera's own bytes: what is committed is what it answered, fields we do not know included.
struct UVCStreamControl: Hashable, Sendable {
    private(set) var bytes: [UInt8]

    /// 26 bytes in UVC 1.0, 34 in 1.1, 48 in 1.5.
    static func length(version: UInt16) -> Int {
        switch version {
        case ..<0x0110: 26
        case ..<0x0150: 34
        default: 48
        }
    }

    /// Asks for one frame size with its interval held fixed.
    init(frame: UVCFrameSize, version: UInt16) {
        bytes = Array(repeating: 0, count: Self.length(version: version))
        bytes[0] = 0x01
        bytes[2] = frame.formatIndex
        bytes[3] = frame.frameIndex
        setLittleEndian32(frame.defaultInterval, at: 4)
    }

    /// A camera's answer; shorter than its version says is accepted down to the 26 bytes of UVC 1.0.
    init(answer: [UInt8]) throws(CodecError) {
        guard answer.count >= 26 else { throw CodecError(.uvcStreamControl, .truncated, "probe") }
        bytes = Array(answer.prefix(48))
    }

    var formatIndex: UInt8 { bytes[2] }
    var frameIndex: UInt8 { bytes[3] }
    /// `dwMaxVideoFrameSize`
    var maximumFrameBytes: UInt32 { bytes.littleEndian32(18) ?? 0 }
    /// `dwMaxPayloadTransferSize`
    var maximumPayloadBytes: UInt32 { bytes.littleEndian32(22) ?? 0 }

    /// The same with the first 26 bytes only, for a camera that refuses its version's length.
    func shortened() -> UVCStreamControl {
        var copy = self
        copy.bytes = Array(bytes.prefix(26))
        return copy
    }

    private mutating func setLittleEndian32(_ value: UInt32, at offset: Int) {
        for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(index))) }
    }
}
