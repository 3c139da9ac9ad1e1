/// Finds a camera's MJPEG stream in its USB Video Class descriptors (UVC 1.5, chapter 3 and the MJPEG payload document).

/// One size of an MJPEG format.
struct UVCFrameSize: Hashable, Sendable {
    var formatIndex: UInt8
    var frameIndex: UInt8
    var width: Int
    var height: Int
    /// `dwMaxVideoFrameBufferSize`; devices may give 0.
    var maximumBytes: UInt32
    /// `dwDefaultFrameInterval` in 100 ns.
    var defaultInterval: UInt32
}

/// A VideoStreaming interface with its alternate settings.
struct UVCStreamingInterface: Hashable, Sendable {
    /// A setting that carries the video endpoint.
    struct Setting: Hashable, Sendable {
        var alternate: UInt8
        var endpoint: USBEndpoint
    }

    var number: UInt8
    var frameSizes: [UVCFrameSize]
    var settings: [Setting]

    var largestFrame: UVCFrameSize? {
        frameSizes.max { ($0.width * $0.height, $1.frameIndex) < ($1.width * $1.height, $0.frameIndex) }
    }

    /// The smallest setting that carries `payload` bytes an interval; the largest when none does or it is 0.
    /// A bulk endpoint carries any payload.
    func setting(forPayload payload: UInt32) -> Setting? {
        if let bulk = settings.first(where: { $0.endpoint.transferType == .bulk }) { return bulk }
        let isochronous = settings.filter { $0.endpoint.transferType == .isochronous }
        let fitting = isochronous.filter { payload > 0 && $0.endpoint.bytesPerInterval >= Int(payload) }
        return fitting.min { $0.endpoint.bytesPerInterval < $1.endpoint.bytesPerInterval }
            ?? isochronous.max { $0.endpoint.bytesPerInterval < $1.endpoint.bytesPerInterval }
    }
}

/// What a camera says of itself.
struct UVCCameraDescription: Hashable, Sendable {
    /// `bcdUVC`, for instance 0x0110.
    var version: UInt16
    var controlInterface: UInt8
    var streams: [UVCStreamingInterface]

    /// The stream with the largest MJPEG frame: a camera with a document head and a face head has two.
    var best: (stream: UVCStreamingInterface, frame: UVCFrameSize)? {
        let choices = streams.compactMap { stream in stream.largestFrame.map { (stream: stream, frame: $0) } }
        return choices.max { $0.frame.width * $0.frame.height < $1.frame.width * $1.frame.height }
    }

    init(_ configuration: USBConfiguration) throws(CodecError) {
        guard
            let control = configuration.interfaces.first(where: { $0.interfaceClass == 0x0E && $0.subclass == 1 })
        else { throw CodecError(.uvcDescriptor, .missing, "VideoControl interface") }
        guard let header = control.classDescriptors(ofType: 0x24).first(where: { $0.uint8(2) == 0x01 }) else {
            throw CodecError(.uvcDescriptor, .missing, "VideoControl header")
        }
        guard let version = header.littleEndian16(3) else {
            throw CodecError(.uvcDescriptor, .truncated, "VideoControl header")
        }
        self.version = version
        controlInterface = control.number
        streams = []
        let streaming = configuration.interfaces.filter { $0.interfaceClass == 0x0E && $0.subclass == 2 }
        for number in streaming.map(\.number).unique() {
            let settings = streaming.filter { $0.number == number }
            let descriptors = settings.flatMap { $0.classDescriptors(ofType: 0x24) }
            // Without an input header it is no camera's stream.
            guard let input = descriptors.first(where: { $0.uint8(2) == 0x01 }) else { continue }
            guard let address = input.uint8(6) else { throw CodecError(.uvcDescriptor, .truncated, "input header") }
            streams.append(
                UVCStreamingInterface(
                    number: number, frameSizes: try Self.frameSizes(descriptors),
                    settings: settings.compactMap { setting in
                        setting.endpoints.first { $0.address == address }
                            .map { UVCStreamingInterface.Setting(alternate: setting.alternate, endpoint: $0) }
                    }))
        }
    }

    /// Frame descriptors belong to the format before them.
    private static func frameSizes(_ descriptors: [[UInt8]]) throws(CodecError) -> [UVCFrameSize] {
        var sizes: [UVCFrameSize] = []
        var mjpegFormat: UInt8?
        for descriptor in descriptors {
            switch descriptor.uint8(2) {
            case 0x06:
                guard let index = descriptor.uint8(3) else {
                    throw CodecError(.uvcDescriptor, .truncated, "MJPEG format")
                }
                mjpegFormat = index
            // Every other format subtype: its frames are not JPEG.
            case 0x04, 0x0A, 0x0C, 0x10, 0x12, 0x13, 0x15, 0x16, 0x17, 0x18:
                mjpegFormat = nil
            case 0x07:
                guard let format = mjpegFormat else { continue }
                guard let frame = descriptor.uint8(3), let width = descriptor.littleEndian16(5),
                    let height = descriptor.littleEndian16(7), let maximum = descriptor.littleEndian32(17),
                    let interval = descriptor.littleEndian32(21)
                else { throw CodecError(.uvcDescriptor, .truncated, "MJPEG frame") }
                guard width > 0, height > 0 else { continue }
                sizes.append(
                    UVCFrameSize(
                        formatIndex: format, frameIndex: frame, width: Int(width), height: Int(height),
                        maximumBytes: maximum, defaultInterval: interval))
            default: continue
            }
        }
        return sizes
    }
}

extension Array where Element: Hashable {
    fileprivate func unique() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
