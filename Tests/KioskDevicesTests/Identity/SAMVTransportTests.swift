import KioskEmulation
import Testing

@testable import KioskDevices

@Suite("SAM-V transports")
struct SAMVTransportTests {
    private static func configuration(
        interfaceClass: UInt8, _ endpoints: [(UInt8, UInt8)]
    ) throws -> USBConfiguration {
        let total = UInt8(18 + 7 * endpoints.count)
        return try USBConfiguration(
            [9, 2, total, 0, 1, 1, 0, 0x80, 50] + [9, 4, 3, 0, UInt8(endpoints.count), interfaceClass, 0, 0, 0]
                + endpoints.flatMap { [7, 5, $0.0, $0.1, 64, 0, 1] })
    }

    @Test("The pipes are chosen by what the descriptors have")
    func wiring() throws {
        let four = try Self.configuration(interfaceClass: 0xFF, [(0x02, 2), (0x06, 2), (0x81, 2), (0x85, 2)])
        #expect(SAMVWiring(configuration: four)?.inputs.map(\.address) == [0x81, 0x85])
        for type in [2, 3] as [UInt8] {
            let pair = try Self.configuration(interfaceClass: 0xFF, [(0x04, type), (0x83, type)])
            #expect(SAMVWiring(configuration: pair)?.inputs.map(\.address) == [0x83])
            #expect(SAMVWiring(configuration: pair)?.interface == 3)
        }
        let other = try Self.configuration(interfaceClass: 0xFF, [(0x01, 2), (0x02, 2), (0x83, 2)])
        #expect(SAMVWiring(configuration: other) == nil)
    }

    @Test("HID takes the interrupt endpoints of the HID interface, or SET_REPORT when none goes out")
    func hidWiring() throws {
        let reports = SAMVSettings.HIDReports(outputLength: 64, inputLength: 64, countsBytes: false)
        let both = try Self.configuration(interfaceClass: 3, [(0x01, 3), (0x82, 3)])
        #expect(SAMVWiring(configuration: both, reports: reports)?.outputs.map(\.address) == [0x01])
        let inputOnly = try Self.configuration(interfaceClass: 3, [(0x82, 3)])
        #expect(SAMVWiring(configuration: inputOnly, reports: reports)?.outputs == [])
        let vendor = try Self.configuration(interfaceClass: 0xFF, [(0x01, 3), (0x82, 3)])
        #expect(SAMVWiring(configuration: vendor, reports: reports) == nil)
    }

    @Test(
        "Sizes that cannot carry a frame are refused",
        arguments: [
            (0, 64, false), (64, 0, false), (1, 64, true), (64, 1, true), (-5, 64, false), (Int.max, 64, false),
        ])
    func hidSizes(output: Int, input: Int, countsBytes: Bool) throws {
        let reports = SAMVSettings.HIDReports(outputLength: output, inputLength: input, countsBytes: countsBytes)
        let both = try Self.configuration(interfaceClass: 3, [(0x01, 3), (0x82, 3)])
        #expect(SAMVWiring(configuration: both, reports: reports) == nil)
        #expect(reports.inputReportLength >= 1)
    }

    @Test("A frame is cut into reports of one size, with id and count where the profile has them")
    func packing() throws {
        let frame: [UInt8] = [1, 2, 3, 4, 5, 6, 7]
        let plain = SAMVSettings.HIDReports(outputLength: 5, inputLength: 5, countsBytes: false)
        #expect(plain.packed(frame) == [[1, 2, 3, 4, 5], [6, 7, 0, 0, 0]])
        #expect(try plain.unpacked([6, 7, 0, 0, 0]) == [6, 7, 0, 0, 0])
        let full = SAMVSettings.HIDReports(
            outputID: 9, inputID: 8, outputLength: 5, inputLength: 5, countsBytes: true)
        #expect(full.packed(frame) == [[9, 4, 1, 2, 3, 4], [9, 3, 5, 6, 7, 0]])
        #expect(try full.unpacked([8, 2, 6, 7, 0, 0]) == [6, 7])
        #expect(full.inputReportLength == 6)
        // Another report of the same device, an empty one, and one that counts more than it has.
        #expect(try full.unpacked([5, 2, 6, 7, 0, 0]) == [])
        #expect(try full.unpacked([]) == [])
        #expect(try full.unpacked([8]) == [])
        #expect(throws: USBError.self) { try full.unpacked([8, 6, 1, 2, 3, 4]) }
    }
}
