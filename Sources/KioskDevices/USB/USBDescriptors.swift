/// Parses device and configuration descriptors (USB 2.0 chapter 9.6) from untrusted bytes.

/// USB 2.0 table 9-8.
public struct USBDeviceDescriptor: Hashable, Sendable {
    /// As the device gave it, 18 bytes.
    public let bytes: [UInt8]
    public let deviceClass: UInt8
    public let deviceSubclass: UInt8
    public let deviceProtocol: UInt8
    /// `bMaxPacketSize0`; an exponent of 2 for SuperSpeed.
    public let controlPacketSize: UInt8
    public let vendorID: UInt16
    public let productID: UInt16
    /// `bcdUSB` and `bcdDevice`: binary-coded decimal, as the device gives them.
    public let usbVersion: UInt16
    public let deviceVersion: UInt16
    /// String descriptor indices; 0 means none.
    public let manufacturerIndex: UInt8
    public let productIndex: UInt8
    public let serialIndex: UInt8
    public let configurationCount: UInt8

    /// Bytes past the 18 are ignored.
    public init(_ bytes: [UInt8]) throws(CodecError) {
        guard let usbVersion = bytes.littleEndian16(2), let deviceClass = bytes.uint8(4),
            let deviceSubclass = bytes.uint8(5), let deviceProtocol = bytes.uint8(6),
            let controlPacketSize = bytes.uint8(7), let vendorID = bytes.littleEndian16(8),
            let productID = bytes.littleEndian16(10), let version = bytes.littleEndian16(12),
            let manufacturer = bytes.uint8(14), let product = bytes.uint8(15), let serial = bytes.uint8(16),
            let configurationCount = bytes.uint8(17)
        else { throw CodecError(.usbDescriptor, .truncated, "device") }
        guard bytes.uint8(0) == 18, bytes.uint8(1) == 1 else {
            throw CodecError(.usbDescriptor, .badValue, "device")
        }
        self.bytes = Array(bytes.prefix(18))
        self.usbVersion = usbVersion
        self.deviceClass = deviceClass
        self.deviceSubclass = deviceSubclass
        self.deviceProtocol = deviceProtocol
        self.controlPacketSize = controlPacketSize
        self.vendorID = vendorID
        self.productID = productID
        deviceVersion = version
        manufacturerIndex = manufacturer
        productIndex = product
        serialIndex = serial
        self.configurationCount = configurationCount
    }
}

/// USB 2.0 table 9-13, with the SuperSpeed companion's payload when there is one.
public struct USBEndpoint: Hashable, Sendable {
    public enum TransferType: UInt8, Sendable {
        case control, isochronous, bulk, interrupt
    }

    public enum Direction: Hashable, Sendable {
        case output, input
    }

    /// With the direction bit 0x80.
    public var address: UInt8
    public var transferType: TransferType
    /// `wMaxPacketSize` as given: bits 0–10 size, bits 11–12 additional transactions a microframe.
    public var maximumPacketSizeField: UInt16
    /// `bInterval` as given: frames, or an exponent of microframes, by speed and type.
    public var interval: UInt8
    /// `wBytesPerInterval` of the SuperSpeed companion (USB 3.2 table 9-29).
    public var superSpeedBytesPerInterval: UInt16?

    public init(
        address: UInt8, transferType: TransferType, maximumPacketSizeField: UInt16, interval: UInt8 = 0,
        superSpeedBytesPerInterval: UInt16? = nil
    ) {
        self.address = address
        self.transferType = transferType
        self.maximumPacketSizeField = maximumPacketSizeField
        self.interval = interval
        self.superSpeedBytesPerInterval = superSpeedBytesPerInterval
    }

    public var isInput: Bool { address & 0x80 != 0 }

    public var direction: Direction { isInput ? .input : .output }

    /// Bytes of one packet, at least 1.
    public var packetSize: Int { max(1, Int(maximumPacketSizeField & 0x7FF)) }

    /// Bytes that one service interval carries.
    public var bytesPerInterval: Int {
        if let superSpeedBytesPerInterval { return Int(superSpeedBytesPerInterval) }
        return Int(maximumPacketSizeField & 0x7FF) * (1 + Int(maximumPacketSizeField >> 11 & 3))
    }
}

/// One alternate setting of one interface, USB 2.0 table 9-12.
public struct USBInterface: Hashable, Sendable {
    public var number: UInt8
    public var alternate: UInt8
    public var interfaceClass: UInt8
    public var subclass: UInt8
    public var interfaceProtocol: UInt8
    /// String descriptor index; 0 means none.
    public var nameIndex: UInt8 = 0
    /// Each address once, in the order of the descriptor.
    public var endpoints: [USBEndpoint] = []
    /// Descriptors of the types 0x20 to 0x3F that belong to this setting or its endpoints, whole and in order: 0x21
    /// (HID, CCID), 0x24 (CS_INTERFACE), 0x25 (CS_ENDPOINT). Without the standard's own companions 0x30 and 0x31.
    public var classDescriptors: [[UInt8]] = []

    /// In the order of the descriptor.
    public func endpoints(
        _ type: USBEndpoint.TransferType, _ direction: USBEndpoint.Direction
    ) -> [USBEndpoint] {
        endpoints.filter { $0.transferType == type && $0.direction == direction }
    }

    /// The first of its kind.
    public func endpoint(_ type: USBEndpoint.TransferType, _ direction: USBEndpoint.Direction) -> USBEndpoint? {
        endpoints.first { $0.transferType == type && $0.direction == direction }
    }

    public func classDescriptors(ofType type: UInt8) -> [[UInt8]] {
        classDescriptors.filter { $0.uint8(1) == type }
    }
}

/// Interfaces that make one function together: USB 2.0, interface association descriptor ECN, table 9-Z.
public struct USBInterfaceAssociation: Hashable, Sendable {
    public var firstInterface: UInt8
    public var interfaceCount: UInt8
    public var functionClass: UInt8
    public var functionSubclass: UInt8
    public var functionProtocol: UInt8

    public func contains(_ interface: USBInterface) -> Bool {
        (Int(firstInterface)..<Int(firstInterface) + Int(interfaceCount)).contains(Int(interface.number))
    }
}

/// A configuration with everything under it.
///
/// The counts that a configuration and an interface announce decide nothing: what stands in the bytes does. As in the
/// Linux kernel, a second descriptor of the same setting or endpoint is skipped with what belongs to it, and so are an
/// endpoint without a number and a device or configuration descriptor inside.
public struct USBConfiguration: Hashable, Sendable {
    /// As the device gave it, `wTotalLength` bytes.
    public let bytes: [UInt8]
    /// `bConfigurationValue`.
    public let value: UInt8
    /// `bmAttributes`: bit 6 self-powered, bit 5 remote wake-up.
    public let attributes: UInt8
    /// `bMaxPower`: in units of 2 mA, 8 mA for SuperSpeed.
    public let maximumPower: UInt8
    public let associations: [USBInterfaceAssociation]
    /// Each alternate setting is one element, in the order of the descriptor.
    public let interfaces: [USBInterface]

    /// `bytes`: from the configuration descriptor to `wTotalLength`. Bytes past it are ignored.
    public init(_ bytes: [UInt8]) throws(CodecError) {
        guard let total = bytes.littleEndian16(2), let value = bytes.uint8(5), let attributes = bytes.uint8(7),
            let maximumPower = bytes.uint8(8)
        else { throw CodecError(.usbDescriptor, .truncated, "configuration") }
        guard bytes.uint8(1) == 2, total >= 9 else {
            throw CodecError(.usbDescriptor, .badValue, "configuration")
        }
        guard bytes.count >= Int(total) else {
            throw CodecError(.usbDescriptor, .truncated, "wTotalLength")
        }
        var parser = Parser()
        var offset = 0
        while offset < Int(total) {
            guard let length = bytes.uint8(offset), let type = bytes.uint8(offset + 1), length >= 2,
                offset + Int(length) <= Int(total)
            else { throw CodecError(.usbDescriptor, .badLength, "bLength") }
            try parser.take(type, Array(bytes[offset..<offset + Int(length)]))
            offset += Int(length)
        }
        parser.endSetting()
        self.bytes = Array(bytes.prefix(Int(total)))
        self.value = value
        self.attributes = attributes
        self.maximumPower = maximumPower
        associations = parser.associations
        interfaces = parser.interfaces
    }
}

/// Puts descriptors under the interface and endpoint that they follow, each in constant time.
private struct Parser {
    private struct Setting: Hashable {
        var number: UInt8
        var alternate: UInt8
    }

    private(set) var interfaces: [USBInterface] = []
    private(set) var associations: [USBInterfaceAssociation] = []
    private var current: USBInterface?
    private var seen: Set<Setting> = []
    /// What follows belongs to a setting or an endpoint that is skipped.
    private var skipsSetting = false
    private var skipsEndpoint = false

    mutating func take(_ type: UInt8, _ descriptor: [UInt8]) throws(CodecError) {
        switch type {
        case 0x04:
            let interface = try Self.interface(descriptor)
            endSetting()
            skipsSetting = !seen.insert(Setting(number: interface.number, alternate: interface.alternate)).inserted
            if !skipsSetting { current = interface }
        case 0x05:
            let endpoint = try Self.endpoint(descriptor)
            guard current != nil || skipsSetting else {
                throw CodecError(.usbDescriptor, .badValue, "endpoint before interface")
            }
            skipsEndpoint =
                endpoint.address & 0x0F == 0 || endpoint.address & 0x70 != 0
                || current?.endpoints.contains { $0.address == endpoint.address } == true
            if !skipsEndpoint { current?.endpoints.append(endpoint) }
        case 0x0B:
            associations.append(try Self.association(descriptor))
        case 0x30:
            guard let perInterval = descriptor.littleEndian16(4) else {
                throw CodecError(.usbDescriptor, .truncated, "endpoint companion")
            }
            if !skipsEndpoint, let last = current?.endpoints.indices.last {
                current?.endpoints[last].superSpeedBytesPerInterval = perInterval
            }
        case 0x31: break
        case 0x20...0x3F:
            // A class descriptor before any interface belongs to nothing we drive.
            if !skipsEndpoint { current?.classDescriptors.append(descriptor) }
        default: break
        }
    }

    /// The setting in progress has no more descriptors.
    mutating func endSetting() {
        if let current { interfaces.append(current) }
        current = nil
        skipsEndpoint = false
    }

    private static func interface(_ bytes: [UInt8]) throws(CodecError) -> USBInterface {
        guard let number = bytes.uint8(2), let alternate = bytes.uint8(3), let interfaceClass = bytes.uint8(5),
            let subclass = bytes.uint8(6), let interfaceProtocol = bytes.uint8(7), let nameIndex = bytes.uint8(8)
        else { throw CodecError(.usbDescriptor, .truncated, "interface") }
        return USBInterface(
            number: number, alternate: alternate, interfaceClass: interfaceClass, subclass: subclass,
            interfaceProtocol: interfaceProtocol, nameIndex: nameIndex)
    }

    private static func endpoint(_ bytes: [UInt8]) throws(CodecError) -> USBEndpoint {
        guard let address = bytes.uint8(2), let attributes = bytes.uint8(3), let size = bytes.littleEndian16(4),
            let interval = bytes.uint8(6), let type = USBEndpoint.TransferType(rawValue: attributes & 3)
        else { throw CodecError(.usbDescriptor, .truncated, "endpoint") }
        return USBEndpoint(address: address, transferType: type, maximumPacketSizeField: size, interval: interval)
    }

    private static func association(_ bytes: [UInt8]) throws(CodecError) -> USBInterfaceAssociation {
        guard let first = bytes.uint8(2), let count = bytes.uint8(3), let functionClass = bytes.uint8(4),
            let subclass = bytes.uint8(5), let functionProtocol = bytes.uint8(6), bytes.count >= 8
        else { throw CodecError(.usbDescriptor, .truncated, "interface association") }
        return USBInterfaceAssociation(
            firstInterface: first, interfaceCount: count, functionClass: functionClass, functionSubclass: subclass,
            functionProtocol: functionProtocol)
    }
}

/// Decodes a string descriptor (USB 2.0 table 9-16): UTF-16LE after a two-byte header. Nil when it is none.
func usbString(_ bytes: [UInt8]) -> String? {
    guard let length = bytes.uint8(0), bytes.uint8(1) == 3, length >= 2, Int(length) <= bytes.count else { return nil }
    let units = stride(from: 2, to: Int(length) - 1, by: 2).compactMap { bytes.littleEndian16($0) }
    let text = String(decoding: units, as: UTF16.self)
    // A product string ends in logs and on the technician's page: keep it to one printable line that reads one way.
    let printable = text.unicodeScalars.filter { scalar in
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
    return String(String.UnicodeScalarView(printable))
}
