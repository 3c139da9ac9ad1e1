import KioskEmulation
import Testing

@testable import KioskDevices

@Suite("USB descriptors")
struct USBDescriptorTests {
    private let camera = KioskEmulation.UVCCamera().configurationDescriptor

    @Test("A configuration gives its interfaces, endpoints and class descriptors")
    func parsesReader() throws {
        let configuration = try USBConfiguration(
            KioskEmulation.SAMVReader(style: .fourEndpoint).configurationDescriptor)
        let interface = try #require(configuration.interfaces.first)
        #expect(interface.endpoints.map(\.address) == [0x02, 0x06, 0x81, 0x85])
        #expect(interface.endpoints.map(\.isInput) == [false, false, true, true])
        #expect(interface.endpoints.allSatisfy { $0.transferType == .bulk && $0.packetSize == 64 })
    }

    @Test("High-bandwidth and SuperSpeed endpoints carry more than one packet an interval")
    func bandwidth() {
        var endpoint = USBEndpoint(address: 0x81, transferType: .isochronous, maximumPacketSizeField: 0x1400)
        #expect(endpoint.bytesPerInterval == 3072)
        endpoint.superSpeedBytesPerInterval = 49152
        #expect(endpoint.bytesPerInterval == 49152)
    }

    @Test("Every truncation is refused")
    func truncation() {
        for length in 0..<camera.count {
            #expect(throws: CodecError.self) { try USBConfiguration(Array(camera.prefix(length))) }
        }
    }

    @Test(
        "Lengths that lead nowhere are refused",
        arguments: [
            // bLength 0 would never end.
            [9, 2, 11, 0, 1, 1, 0, 0x80, 50, 0, 4] as [UInt8],
            // bLength past wTotalLength.
            [9, 2, 12, 0, 1, 1, 0, 0x80, 50, 9, 4, 0],
            // An endpoint without an interface.
            [9, 2, 16, 0, 1, 1, 0, 0x80, 50, 7, 5, 0x81, 2, 64, 0, 0],
            // wTotalLength shorter than the header.
            [9, 2, 4, 0, 1, 1, 0, 0x80, 50],
            // An interface that is too short.
            [9, 2, 13, 0, 1, 1, 0, 0x80, 50, 4, 4, 0, 0],
        ])
    func badLengths(bytes: [UInt8]) {
        #expect(throws: CodecError.self) { try USBConfiguration(bytes) }
    }

    @Test("Changed descriptors are parsed or refused, never a trap")
    func mutations() {
        var generator = SeededGenerator(state: 1)
        for _ in 0..<5000 {
            let bytes = generator.mutated(camera)
            if let configuration = try? USBConfiguration(bytes) { _ = try? UVCCameraDescription(configuration) }
        }
    }

    @Test("A string descriptor keeps Chinese and loses control characters")
    func strings() {
        let units = Array("高拍仪\u{1B}[2J".utf16).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        #expect(usbString([UInt8(units.count + 2), 3] + units) == "高拍仪[2J")
        #expect(usbString([4, 3]) == nil)
        #expect(usbString([]) == nil)
    }
}
