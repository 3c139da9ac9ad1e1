import KioskEmulation
import Testing

@testable import KioskDevices

@Suite("UVC descriptors and negotiation")
struct UVCDescriptorTests {
    private static func description(
        _ version: KioskEmulation.UVCCamera.Version = .uvc10,
        _ transport: KioskEmulation.UVCCamera.Transport = .isochronous
    ) throws -> UVCCameraDescription {
        try UVCCameraDescription(
            try USBConfiguration(
                KioskEmulation.UVCCamera(version: version, transport: transport).configurationDescriptor))
    }

    @Test("The largest MJPEG frame is found")
    func largest() throws {
        let best = try #require(try Self.description().best)
        #expect(best.frame.width == 3264)
        #expect(best.frame.height == 2448)
        #expect(best.stream.number == 1)
    }

    @Test("The smallest setting that carries the payload is chosen, the largest when none does")
    func alternates() throws {
        let stream = try #require(try Self.description().best).stream
        let sizes = try [1, 512, 513, 1025, 3072, 9999, 0].map { payload in
            try #require(stream.setting(forPayload: payload)).endpoint.bytesPerInterval
        }
        #expect(sizes == [512, 512, 1024, 2048, 3072, 3072, 3072])
        let bulk = try #require(try Self.description(.uvc10, .bulk).best).stream
        #expect(bulk.setting(forPayload: 16384)?.alternate == 0)
    }

    @Test("Probe and commit have the length of the version", arguments: [(0x0100, 26), (0x0110, 34), (0x0150, 48)])
    func controlLength(version: Int, length: Int) throws {
        let frame = try #require(try Self.description().best).frame
        let control = UVCStreamControl(frame: frame, version: UInt16(version))
        #expect(control.bytes.count == length)
        #expect(control.formatIndex == frame.formatIndex)
        #expect(control.frameIndex == frame.frameIndex)
    }

    @Test("An answer of UVC 1.0's length is accepted from any version, a shorter one never")
    func answers() throws {
        for length in 0..<26 {
            #expect(throws: CodecError.self) { try UVCStreamControl(answer: [UInt8](repeating: 1, count: length)) }
        }
        let control = try UVCStreamControl(answer: [UInt8](repeating: 0xFF, count: 26))
        #expect(control.maximumFrameBytes == .max)
        #expect(control.maximumPayloadBytes == .max)
        #expect(try UVCStreamControl(answer: [UInt8](repeating: 0, count: 200)).bytes.count == 48)
    }

    @Test("A device without a VideoControl interface is no camera")
    func noCamera() throws {
        let reader = try USBConfiguration(KioskEmulation.SAMVReader().configurationDescriptor)
        #expect(throws: CodecError.self) { try UVCCameraDescription(reader) }
    }
}
