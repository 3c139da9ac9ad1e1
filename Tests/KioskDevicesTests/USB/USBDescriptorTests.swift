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

    /// A configuration of these descriptors, with a right wTotalLength.
    private static func configuration(_ descriptors: [[UInt8]], interfaces: UInt8 = 1) -> [UInt8] {
        let body = descriptors.flatMap { $0 }
        let total = body.count + 9
        return [9, 2, UInt8(total & 0xFF), UInt8(total >> 8), interfaces, 7, 0, 0xC0, 50] + body
    }

    private static let interface: [UInt8] = [9, 4, 0, 0, 3, 0x0B, 0, 0, 4]
    private static let bulkIn: [UInt8] = [7, 5, 0x81, 2, 64, 0, 0]
    private static let bulkOut: [UInt8] = [7, 5, 0x02, 2, 64, 0, 0]
    private static let interruptIn: [UInt8] = [7, 5, 0x83, 3, 8, 0, 24]

    @Test("A configuration keeps its value, its associations, intervals and every class descriptor whole")
    func completeConfiguration() throws {
        let ccid = [54, 0x21] + [UInt8](repeating: 7, count: 52)
        let configuration = try USBConfiguration(
            Self.configuration([
                [8, 0x0B, 0, 2, 0x0E, 3, 1, 5], Self.interface, ccid, Self.bulkIn, [6, 0x30, 3, 0, 0, 4],
                [5, 0x25, 3, 8, 0], Self.bulkOut, Self.interruptIn, [8, 0x31, 0, 0, 0, 0, 1, 0],
                [9, 4, 0, 1, 0, 0x0B, 0, 0, 0], [5, 0x24, 1, 0, 1],
            ]))
        #expect(configuration.value == 7)
        #expect(configuration.attributes == 0xC0)
        #expect(configuration.maximumPower == 50)
        let association = try #require(configuration.associations.first)
        #expect(association.functionClass == 0x0E)
        #expect(configuration.interfaces.allSatisfy(association.contains))
        let interface = try #require(configuration.interfaces.first)
        #expect(interface.classDescriptors == [ccid, [5, 0x25, 3, 8, 0]])
        #expect(interface.classDescriptors(ofType: 0x21) == [ccid])
        #expect(configuration.interfaces.last?.classDescriptors == [[5, 0x24, 1, 0, 1]])
        #expect(interface.nameIndex == 4)
        #expect(interface.endpoint(.bulk, .input)?.superSpeedBytesPerInterval == 1024)
        #expect(interface.endpoint(.bulk, .output)?.address == 0x02)
        #expect(interface.endpoint(.interrupt, .input)?.interval == 24)
        #expect(interface.endpoint(.interrupt, .output) == nil)
        #expect(interface.endpoints(.bulk, .input).map(\.address) == [0x81])
    }

    @Test("A device descriptor is whole or refused")
    func deviceDescriptor() throws {
        let bytes: [UInt8] = [18, 1, 0, 2, 0xEF, 2, 1, 64, 0, 4, 0x5A, 0xC3, 0x63, 0, 1, 2, 3, 1]
        let device = try USBDeviceDescriptor(bytes + [0xFF])
        #expect(device.bytes == bytes)
        #expect(device.usbVersion == 0x0200)
        #expect([device.deviceClass, device.deviceSubclass, device.deviceProtocol] == [0xEF, 2, 1])
        #expect((device.vendorID, device.productID, device.deviceVersion) == (0x0400, 0xC35A, 0x0063))
        #expect((device.controlPacketSize, device.configurationCount, device.serialIndex) == (64, 1, 3))
        for length in 0..<18 {
            #expect(throws: CodecError.self) { try USBDeviceDescriptor(Array(bytes.prefix(length))) }
        }
        #expect(throws: CodecError.self) { try USBDeviceDescriptor([17] + bytes.dropFirst()) }
        #expect(throws: CodecError.self) { try USBDeviceDescriptor([18, 2] + bytes.dropFirst(2)) }
    }

    @Test("Counts that lie decide nothing")
    func lyingCounts() throws {
        for count in [0, 200] as [UInt8] {
            let interface: [UInt8] = [9, 4, 0, 0, count, 0x0B, 0, 0, 0]
            let parsed = try USBConfiguration(Self.configuration([interface, Self.bulkIn], interfaces: count))
            #expect(parsed.interfaces.map(\.endpoints.count) == [1])
        }
    }

    @Test("Of what comes twice the first counts, and what belongs to the second is skipped with it")
    func duplicates() throws {
        let parsed = try USBConfiguration(
            Self.configuration([
                Self.interface, Self.bulkIn, [7, 5, 0x81, 3, 8, 0, 1], [6, 0x30, 0, 0, 0xFF, 0xFF], [4, 0x25, 9, 9],
                Self.bulkOut, Self.interface, Self.interruptIn, [4, 0x24, 1, 1], [9, 4, 1, 0, 0, 3, 0, 0, 0],
            ]))
        #expect(parsed.interfaces.map(\.number) == [0, 1])
        #expect(parsed.interfaces[0].endpoints.map(\.address) == [0x81, 0x02])
        #expect(parsed.interfaces[0].endpoints[0].transferType == .bulk)
        #expect(parsed.interfaces[0].endpoints[0].superSpeedBytesPerInterval == nil)
        #expect(parsed.interfaces[0].classDescriptors.isEmpty)
    }

    @Test("An endpoint without a number, and a configuration inside the configuration, are skipped")
    func misplaced() throws {
        let inner = Self.configuration([Self.interface])
        let parsed = try USBConfiguration(
            Self.configuration([
                Self.interface, [7, 5, 0x80, 2, 64, 0, 0], [7, 5, 0x91, 2, 64, 0, 0], Array(inner.prefix(9)),
                [18, 1] + [UInt8](repeating: 0, count: 16), Self.bulkIn,
            ]))
        #expect(parsed.interfaces.count == 1)
        #expect(parsed.interfaces[0].endpoints.map(\.address) == [0x81])
    }

    @Test(
        "64 KiB of any one descriptor are parsed in a moment, and hold no more than they say",
        arguments: [
            [9, 4, 0, 0, 0, 0, 0, 0, 0], [7, 5, 0x81, 2, 64, 0, 0], [2, 0x24], [2, 0x7F], [6, 0x30, 0, 0, 1, 0],
            [8, 0x0B, 0, 1, 1, 1, 1, 1],
        ] as [[UInt8]])
    func largest(descriptor: [UInt8]) throws {
        let room = (0xFFFF - 18) / descriptor.count
        let many = (0..<room).map { index in
            var copy = descriptor
            // As many different settings and addresses as there can be.
            if copy[1] == 4 { (copy[2], copy[3]) = (UInt8(index >> 8), UInt8(index & 0xFF)) }
            if copy[1] == 5 { copy[2] = UInt8(index & 0xFF) }
            return copy
        }
        let began = ContinuousClock.now
        let parsed = try USBConfiguration(Self.configuration([Self.interface] + many))
        #expect(ContinuousClock.now - began < .seconds(5), "linear in 64 KiB, even on a busy machine")
        #expect(parsed.interfaces.count <= room + 1)
        #expect(parsed.interfaces.allSatisfy { $0.endpoints.count <= 30 })
        #expect(parsed.interfaces[0].classDescriptors.count <= room)
    }

    @Test("wTotalLength of 64 KiB without the bytes is refused")
    func announcedTooMuch() {
        #expect(throws: CodecError(.usbDescriptor, .truncated, "wTotalLength")) {
            try USBConfiguration([9, 2, 0xFF, 0xFF, 1, 1, 0, 0x80, 50] + Self.interface)
        }
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
        #expect(usbString([1, 3]) == nil)
        #expect(usbString([0, 3]) == nil)
        #expect(usbString([2, 3]) == "")
        #expect(usbString([3, 3, 0x41]) == "")
        #expect(usbString([4, 2, 0x41, 0]) == nil)
        #expect(usbString([4, 3, 0x00, 0xD8]) == "\u{FFFD}")
        let reversed = Array("a\u{202E}b\u{2028}c\u{85}".utf16).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        #expect(usbString([UInt8(reversed.count + 2), 3] + reversed) == "abc")
        #expect(usbString([]) == nil)
    }
}
