/// A catalogue of descriptors that break USB 2.0 chapter 9, each servable as a device.

/// One way in which a device lies about itself. Everything but its descriptors is well behaved.
public struct MalformedDescriptors: Hashable, Sendable, CustomStringConvertible {
    /// A few words for the test's name.
    public let name: String
    /// Meant to be 18 bytes.
    public let device: [UInt8]
    public let configuration: [UInt8]

    public init(name: String, device: [UInt8] = Self.wellFormedDevice, configuration: [UInt8]) {
        self.name = name
        self.device = device
        self.configuration = configuration
    }

    public var description: String { name }

    /// A device of these descriptors: no strings, stalls every class and vendor request, and has nothing to say on
    /// any endpoint.
    public func makeDevice() -> any EmulatedUSBDevice {
        FaultyDevice(MuteDevice(), deviceDescriptor: device, configurationDescriptor: configuration)
    }

    /// 0400:C35A at full speed, as an identity card reader has it.
    public static let wellFormedDevice: [UInt8] = [
        18, 1, 0x10, 0x01, 0, 0, 0, 64, 0x00, 0x04, 0x5A, 0xC3, 0x63, 0x00, 0, 0, 0, 1,
    ]

    /// One vendor interface, four bulk endpoints: what the entries of ``all`` depart from.
    public static let wellFormedConfiguration = assembled([interface(0, endpoints: 4)] + endpoints)

    public static let all: [MalformedDescriptors] = lengths + structures + counts + endpointFaults + deviceFaults

    // MARK: The catalogue

    private static let lengths: [MalformedDescriptors] = [
        .init(name: "nothing at all", configuration: []),
        .init(name: "one byte", configuration: [9]),
        .init(name: "bLength and type alone", configuration: [9, 2]),
        .init(name: "configuration cut before wTotalLength ends", configuration: [9, 2, 46]),
        .init(name: "configuration cut", configuration: Array(wellFormedConfiguration.prefix(8))),
        .init(name: "cut inside the interface", configuration: Array(wellFormedConfiguration.prefix(13))),
        .init(name: "cut inside the last endpoint", configuration: Array(wellFormedConfiguration.dropLast(3))),
        .init(
            name: "one byte after the last endpoint",
            configuration: assembled([interface(0, endpoints: 4)] + endpoints + [[7]])),
        .init(name: "wTotalLength 0", configuration: withTotal(0)),
        .init(name: "wTotalLength 8", configuration: withTotal(8)),
        .init(name: "wTotalLength of the header alone", configuration: withTotal(9)),
        .init(name: "wTotalLength one too small", configuration: withTotal(wellFormedConfiguration.count - 1)),
        .init(name: "wTotalLength one too large", configuration: withTotal(wellFormedConfiguration.count + 1)),
        .init(name: "wTotalLength 65535 and nothing behind it", configuration: withTotal(0xFFFF)),
        .init(
            name: "64 KiB of vendor descriptors",
            configuration: padded(with: [UInt8](repeating: 0xFF, count: 255), to: 0xFFFF)),
        .init(name: "64 KiB of two-byte descriptors", configuration: padded(with: [2, 0x30], to: 0xFFFF)),
        .init(name: "64 KiB of zeros", configuration: padded(with: [0], to: 0xFFFF)),
        .init(name: "64 KiB of endpoints", configuration: padded(with: endpoints[0], to: 0xFFFF)),
        .init(
            name: "configuration bLength 0", configuration: changed(wellFormedConfiguration, at: 0, to: 0)),
        .init(
            name: "configuration bLength 1", configuration: changed(wellFormedConfiguration, at: 0, to: 1)),
        .init(
            name: "configuration bLength 255", configuration: changed(wellFormedConfiguration, at: 0, to: 255)),
        .init(name: "interface bLength 0", configuration: changed(wellFormedConfiguration, at: 9, to: 0)),
        .init(name: "interface bLength 1", configuration: changed(wellFormedConfiguration, at: 9, to: 1)),
        .init(name: "interface bLength 8", configuration: changed(wellFormedConfiguration, at: 9, to: 8)),
        .init(
            name: "interface bLength beyond the end", configuration: changed(wellFormedConfiguration, at: 9, to: 255)),
        .init(name: "endpoint bLength 0", configuration: changed(wellFormedConfiguration, at: 18, to: 0)),
        .init(name: "endpoint bLength 1", configuration: changed(wellFormedConfiguration, at: 18, to: 1)),
        .init(name: "endpoint bLength 6", configuration: changed(wellFormedConfiguration, at: 18, to: 6)),
        .init(name: "last endpoint bLength 255", configuration: changed(wellFormedConfiguration, at: 39, to: 255)),
        .init(
            name: "class descriptor bLength 0 before the endpoints",
            configuration: assembled([interface(0, endpoints: 4), [0, 0x21, 1, 2]] + endpoints)),
    ]

    private static let structures: [MalformedDescriptors] = [
        .init(
            name: "not a configuration", configuration: changed(wellFormedConfiguration, at: 1, to: 0x0F)),
        .init(
            name: "endpoint before any interface", configuration: assembled(endpoints + [interface(0, endpoints: 0)])),
        .init(
            name: "configuration inside the configuration",
            configuration: assembled(
                [interface(0, endpoints: 4), Array(wellFormedConfiguration.prefix(9))] + endpoints)),
        .init(
            name: "the whole configuration again inside itself",
            configuration: assembled([wellFormedConfiguration, interface(0, endpoints: 4)] + endpoints)),
        .init(
            name: "device descriptor inside the configuration",
            configuration: assembled([wellFormedDevice, interface(0, endpoints: 4)] + endpoints)),
        .init(
            name: "interface association over interfaces that are not there",
            configuration: assembled([[8, 11, 200, 255, 0xFF, 0, 0, 0], interface(0, endpoints: 4)] + endpoints)),
        .init(
            name: "interface association over itself, twice",
            configuration: assembled(
                [[8, 11, 0, 1, 0xFF, 0, 0, 0], [8, 11, 0, 1, 0xFF, 0, 0, 0], interface(0, endpoints: 4)] + endpoints)),
        .init(
            name: "the same interface and alternate twice",
            configuration: assembled(
                [interface(0, endpoints: 4)] + endpoints + [interface(0, endpoints: 4)] + endpoints)),
        .init(
            name: "256 alternates of one interface",
            configuration: assembled((0...255).map { interface(0, alternate: $0, endpoints: 0) })),
        .init(
            name: "alternates without the first",
            configuration: assembled([interface(0, alternate: 1, endpoints: 4)] + endpoints)),
        .init(
            name: "32 interfaces",
            configuration: assembled(
                (0..<32).flatMap { [interface($0, endpoints: 1), [7, 5, 0x81, 2, 64, 0, 0]] }, interfaces: 32)),
        .init(
            name: "256 interfaces",
            configuration: assembled((0...255).map { interface($0, endpoints: 0) }, interfaces: 255)),
        .init(
            name: "interface number 255", configuration: assembled([interface(255, endpoints: 4)] + endpoints)),
        .init(
            name: "HID descriptor that counts 255 reports",
            configuration: assembled(
                [interface(0, endpoints: 4, class: 3), [9, 0x21, 0x11, 1, 0, 255, 0x22, 0xFF, 0xFF]] + endpoints)),
        .init(
            name: "CCID descriptor of 54 bytes in 12",
            configuration: assembled(
                [interface(0, endpoints: 4, class: 0x0B), [54, 0x21, 0x10, 1, 0, 7, 3, 0, 0, 0, 0, 0]] + endpoints)),
        .init(
            name: "video control header that is longer than all that follows",
            configuration: assembled(
                [interface(0, endpoints: 4, class: 0x0E), [13, 0x24, 1, 0, 1, 0xFF, 0xFF, 0, 0, 0, 0, 255, 1]]
                    + endpoints)),
    ]

    private static let counts: [MalformedDescriptors] = [
        .init(name: "bNumInterfaces 0", configuration: changed(wellFormedConfiguration, at: 4, to: 0)),
        .init(name: "bNumInterfaces 255", configuration: changed(wellFormedConfiguration, at: 4, to: 255)),
        .init(name: "bNumEndpoints 0", configuration: changed(wellFormedConfiguration, at: 13, to: 0)),
        .init(name: "bNumEndpoints 3 of 4", configuration: changed(wellFormedConfiguration, at: 13, to: 3)),
        .init(name: "bNumEndpoints 5 of 4", configuration: changed(wellFormedConfiguration, at: 13, to: 5)),
        .init(name: "bNumEndpoints 255", configuration: changed(wellFormedConfiguration, at: 13, to: 255)),
        .init(
            name: "255 endpoints in one interface",
            configuration: assembled(
                [interface(0, endpoints: 255)] + (0..<255).map { [7, 5, UInt8($0), 2, 64, 0, 0] })),
    ]

    private static let endpointFaults: [MalformedDescriptors] = [
        .init(
            name: "the same endpoint four times",
            configuration: assembled([interface(0, endpoints: 4)] + [[UInt8]](repeating: endpoints[0], count: 4))),
        .init(
            name: "the same endpoint in two interfaces",
            configuration: assembled(
                [interface(0, endpoints: 4)] + endpoints + [interface(1, endpoints: 4)] + endpoints, interfaces: 2)),
        .init(name: "endpoint 0", configuration: changed(wellFormedConfiguration, at: 20, to: 0x00)),
        .init(name: "endpoint 0 inwards", configuration: changed(wellFormedConfiguration, at: 20, to: 0x80)),
        .init(
            name: "reserved bits in the endpoint address",
            configuration: changed(wellFormedConfiguration, at: 20, to: 0x72)),
        .init(
            name: "reserved bits in bmAttributes", configuration: changed(wellFormedConfiguration, at: 21, to: 0xFE)),
        .init(
            name: "all endpoints inwards",
            configuration: assembled(
                [interface(0, endpoints: 4)] + (1...4).map { [7, 5, 0x80 | UInt8($0), 2, 64, 0, 0] })),
        .init(
            name: "control endpoints",
            configuration: assembled(
                [interface(0, endpoints: 4)] + endpoints.map { changed($0, at: 3, to: 0) })),
        .init(
            name: "wMaxPacketSize 0",
            configuration: assembled(
                [interface(0, endpoints: 4)] + endpoints.map { changed($0, at: 4, to: 0) })),
        .init(
            name: "wMaxPacketSize 65535",
            configuration: assembled(
                [interface(0, endpoints: 4)] + endpoints.map { changed(changed($0, at: 4, to: 0xFF), at: 5, to: 0xFF) })
        ),
        .init(
            name: "wMaxPacketSize 1",
            configuration: assembled(
                [interface(0, endpoints: 4)] + endpoints.map { changed($0, at: 4, to: 1) })),
    ]

    private static let deviceFaults: [MalformedDescriptors] = [
        .init(
            name: "device of no configurations", device: changed(wellFormedDevice, at: 17, to: 0),
            configuration: wellFormedConfiguration),
        .init(
            name: "device of 255 configurations", device: changed(wellFormedDevice, at: 17, to: 255),
            configuration: wellFormedConfiguration),
        .init(
            name: "device bLength 0", device: changed(wellFormedDevice, at: 0, to: 0),
            configuration: wellFormedConfiguration),
        .init(
            name: "device bLength 255", device: changed(wellFormedDevice, at: 0, to: 255),
            configuration: wellFormedConfiguration),
        .init(
            name: "not a device descriptor", device: changed(wellFormedDevice, at: 1, to: 2),
            configuration: wellFormedConfiguration),
        .init(
            name: "device descriptor cut", device: Array(wellFormedDevice.prefix(10)), configuration: []),
        .init(
            name: "no device descriptor", device: [], configuration: []),
        .init(
            name: "bMaxPacketSize0 of 0", device: changed(wellFormedDevice, at: 7, to: 0),
            configuration: wellFormedConfiguration),
        .init(
            name: "strings that are not there",
            device: changed(changed(changed(wellFormedDevice, at: 14, to: 1), at: 15, to: 0xFF), at: 16, to: 0xEE),
            configuration: wellFormedConfiguration),
    ]

    /// String descriptors that lie, by name. Meant for ``FaultyDevice``: as the languages or as any other index.
    public static let strings: [(name: String, descriptor: [UInt8])] = [
        ("nothing", []), ("bLength alone", [4]), ("bLength 0", [0, 3]), ("bLength 1", [1, 3, 0x41, 0]),
        ("header alone", [2, 3]), ("odd bLength", [5, 3, 0x41, 0, 0x42]),
        ("bLength beyond the end", [255, 3, 0x41, 0]),
        ("bLength short of the end", [4, 3, 0x41, 0, 0x42, 0, 0x43, 0]), ("not a string", [4, 2, 0x41, 0]),
        ("half a surrogate pair", [6, 3, 0x00, 0xD8, 0x41, 0]), ("zeros", [8, 3, 0, 0, 0, 0, 0, 0]),
        ("line feeds and escapes", [8, 3, 0x0A, 0, 0x1B, 0, 0x5B, 0]),
        ("as long as can be", [255, 3] + [UInt8](repeating: 0x41, count: 253)),
        ("longer than can be", [255, 3] + [UInt8](repeating: 0x41, count: 4094)),
    ]

    // MARK: Parts

    private static let endpoints: [[UInt8]] = [0x02, 0x06, 0x81, 0x85].map { [7, 5, $0, 2, 64, 0, 0] }

    private static func interface(
        _ number: Int, alternate: Int = 0, endpoints: Int, class interfaceClass: UInt8 = 0xFF
    ) -> [UInt8] {
        [
            9, 4, UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: alternate),
            UInt8(truncatingIfNeeded: endpoints), interfaceClass, 0, 0, 0,
        ]
    }

    /// With a configuration header whose wTotalLength is right.
    private static func assembled(_ parts: [[UInt8]], interfaces: UInt8 = 1) -> [UInt8] {
        let rest = Array(parts.joined())
        return [9, 2] + [UInt8](littleEndian: UInt16(clamping: rest.count + 9)) + [interfaces, 1, 0, 0x80, 50] + rest
    }

    private static func withTotal(_ total: Int) -> [UInt8] {
        wellFormedConfiguration.prefix(2) + [UInt8](littleEndian: UInt16(clamping: total))
            + wellFormedConfiguration.dropFirst(4)
    }

    /// The well-formed configuration and then `filler` again and again, `total` bytes in all.
    private static func padded(with filler: [UInt8], to total: Int) -> [UInt8] {
        var bytes = withTotal(total)
        while bytes.count < total { bytes += filler.prefix(total - bytes.count) }
        return bytes
    }

    private static func changed(_ bytes: [UInt8], at index: Int, to value: UInt8) -> [UInt8] {
        var copy = bytes
        copy[index] = value
        return copy
    }
}

/// Answers nothing.
private final class MuteDevice: EmulatedUSBDevice {
    let deviceDescriptor: [UInt8] = []
    let configurationDescriptor: [UInt8] = []
    let strings: [UInt8: String] = [:]

    func control(setup: [UInt8], data: [UInt8]) -> EmulatedTransfer { .stall }
    func out(endpoint: UInt8, data: [UInt8]) -> EmulatedTransfer { .done([]) }
    func input(endpoint: UInt8, maximum: Int) -> EmulatedTransfer { .notReady }
    func isochronous(endpoint: UInt8, maximum: Int) -> EmulatedTransfer { .notReady }
    func setInterface(_ number: UInt8, alternate: UInt8) {}
    func clearHalt(endpoint: UInt8) {}
    func reset() {}
}
