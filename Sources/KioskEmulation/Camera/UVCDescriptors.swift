// The emulated camera's descriptors and class requests (USB Video Class 1.0 and 1.1).

enum UVCDescriptors {
    static let streamingInterface: UInt8 = 1
    static let streamEndpoint: UInt8 = 0x81
    /// With presentation time stamp and source clock reference.
    static let payloadHeaderLength = 12
    static let clockFrequency: UInt32 = 6_000_000
    /// 15 frames a second, in units of 100 ns.
    static let frameInterval: UInt32 = 666_666
    /// Bytes a microframe of the alternate settings 1, 2, 3 and 4.
    static let bandwidths = [512, 1024, 2048, 3072]
    /// The same as wMaxPacketSize: bits 12 and 11 count the additional transactions.
    private static let packetSizes: [UInt16] = [0x0200, 0x0400, 0x0C00, 0x1400]

    static func frameBufferSize(_ size: EmulatedPaper.Size) -> UInt32 {
        UInt32(size.width) * UInt32(size.height) * 2
    }

    static func configuration(version: UVCCamera.Version, transport: UVCCamera.Transport) -> [UInt8] {
        let body =
            // Interface association: video, interface collection.
            [8, 11, 0, 2, 0x0E, 3, 0, 2] + [9, 4, 0, 0, 0, 0x0E, 1, 0, 2] + control(version) + streaming(transport)
        return [9, 2] + [UInt8](littleEndian: UInt16(9 + body.count)) + [2, 1, 0, 0x80, 250] + body
    }

    private static func control(_ version: UVCCamera.Version) -> [UInt8] {
        // Camera terminal 1, processing unit 2, output terminal 3; no control can be set.
        let units: [UInt8] =
            [18, 0x24, 2, 1, 0x01, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0]
            + (version == .uvc10 ? [11, 0x24, 5, 2, 1, 0, 0, 2, 0, 0, 0] : [12, 0x24, 5, 2, 1, 0, 0, 2, 0, 0, 0, 0])
            + [9, 0x24, 3, 3, 0x01, 0x01, 0, 2, 0]
        return [13, 0x24, 1] + [UInt8](littleEndian: version.rawValue)
            + [UInt8](littleEndian: UInt16(13 + units.count)) + [UInt8](littleEndian: clockFrequency)
            + [1, streamingInterface] + units
    }

    private static func streaming(_ transport: UVCCamera.Transport) -> [UInt8] {
        var formats: [UInt8] = [11, 0x24, 6, 1, UInt8(UVCCamera.sizes.count), 1, 1, 0, 0, 0, 0]
        for (index, size) in UVCCamera.sizes.enumerated() {
            formats += frame(UInt8(index + 1), size)
        }
        // Colour matching: BT.709 primaries and transfer, SMPTE 170M matrix.
        formats += [6, 0x24, 0x0D, 1, 1, 4]
        let header =
            [14, 0x24, 1, 1] + [UInt8](littleEndian: UInt16(14 + formats.count))
            + [streamEndpoint, 0, 3, 0, 0, 0, 1, 0]
        switch transport {
        case .bulk:
            return interface(alternate: 0, endpoints: 1) + header + formats
                + [7, 5, streamEndpoint, 2] + [UInt8](littleEndian: UInt16(512)) + [0]
        case .isochronous:
            let alternates = packetSizes.enumerated().flatMap { index, size in
                interface(alternate: UInt8(index + 1), endpoints: 1)
                    + [7, 5, streamEndpoint, 5] + [UInt8](littleEndian: size) + [1]
            }
            return interface(alternate: 0, endpoints: 0) + header + formats + alternates
        }
    }

    private static func interface(alternate: UInt8, endpoints: UInt8) -> [UInt8] {
        [9, 4, streamingInterface, alternate, endpoints, 0x0E, 2, 0, 0]
    }

    private static func frame(_ index: UInt8, _ size: EmulatedPaper.Size) -> [UInt8] {
        let buffer = frameBufferSize(size)
        var bytes: [UInt8] = [30, 0x24, 7, index, 0]
        bytes.append(littleEndian: size.width)
        bytes.append(littleEndian: size.height)
        // Bits a second at 1 and at 15 frames a second.
        bytes.append(littleEndian: buffer * 8)
        bytes.append(littleEndian: buffer * 120)
        bytes.append(littleEndian: buffer)
        bytes.append(littleEndian: frameInterval)
        bytes.append(1)
        bytes.append(littleEndian: frameInterval)
        return bytes
    }
}

/// A class request that this camera knows.
struct UVCRequest {
    enum Code: UInt8 {
        case setCurrent = 0x01
        case getCurrent = 0x81
        case getMinimum = 0x82
        case getMaximum = 0x83
        case getLength = 0x85
        case getInformation = 0x86
        case getDefault = 0x87
    }

    enum Target { case probe, commit, errorCode }

    /// VC_REQUEST_ERROR_CODE_CONTROL: invalid control.
    static let invalidControl: UInt8 = 0x06

    var code: Code
    var target: Target

    init?(setup: [UInt8]) {
        guard setup.count == 8, setup[0] & 0x7F == 0x21, let code = Code(rawValue: setup[1]),
            (setup[0] & 0x80 != 0) == (code != .setCurrent)
        else { return nil }
        let (selector, interface, entity) = (setup[3], setup[4], setup[5])
        switch (interface, entity, selector) {
        case (UVCDescriptors.streamingInterface, 0, 1): target = .probe
        case (UVCDescriptors.streamingInterface, 0, 2): target = .commit
        case (0, 0, 2): target = .errorCode
        default: return nil
        }
        self.code = code
    }
}
