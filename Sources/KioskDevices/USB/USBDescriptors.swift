/// Parses device and configuration descriptors (USB 2.0 chapter 9.6) from untrusted bytes.

/// USB 2.0 table 9-8.
public struct USBDeviceDescriptor: Hashable, Sendable {
    public var deviceClass: UInt8
    public var vendorID: UInt16
    public var productID: UInt16
    /// Binary-coded decimal, as the device gives it.
    public var deviceVersion: UInt16
    /// String descriptor indices; 0 means none.
    public var manufacturerIndex: UInt8
    public var productIndex: UInt8
    public var serialIndex: UInt8

    public init(_ bytes: [UInt8]) throws(CodecError) {
        guard bytes.count >= 18, let deviceClass = bytes.uint8(4), let vendorID = bytes.littleEndian16(8),
            let productID = bytes.littleEndian16(10), let version = bytes.littleEndian16(12),
            let manufacturer = bytes.uint8(14), let product = bytes.uint8(15), let serial = bytes.uint8(16)
        else { throw CodecError(.usbDescriptor, .truncated, "device") }
        guard bytes.uint8(0) == 18, bytes.uint8(1) == 1 else {
            throw CodecError(.usbDescriptor, .badValue, "device")
        }
        self.deviceClass = deviceClass
        self.vendorID = vendorID
        self.productID = productID
        deviceVersion = version
        manufacturerIndex = manufacturer
        productIndex = product
        serialIndex = serial
    }
}

/// USB 2.0 table 9-13, with the SuperSpeed companion's payload when there is one.
public struct USBEndpoint: Hashable, Sendable {
    public enum TransferType: UInt8, Sendable {
        case control, isochronous, bulk, interrupt
    }

    /// With the direction bit 0x80.
    public var address: UInt8
    public var transferType: TransferType
    /// `wMaxPacketSize` as given: bits 0–10 size, bits 11–12 additional transactions a microframe.
    public var maximumPacketSizeField: UInt16
    /// `wBytesPerInterval` of the SuperSpeed companion (USB 3.2 table 9-29).
    public var superSpeedBytesPerInterval: UInt16?

    public init(
        address: UInt8, transferType: TransferType, maximumPacketSizeField: UInt16,
        superSpeedBytesPerInterval: UInt16? = nil
    ) {
        self.address = address
        self.transferType = transferType
        self.maximumPacketSizeField = maximumPacketSizeField
        self.superSpeedBytesPerInterval = superSpeedBytesPerInterval
    }

    public var isInput: Bool { address & 0x80 != 0 }

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
    public var endpoints: [USBEndpoint] = []
    /// Class-specific descriptors (types 0x21 and 0x24), whole, in order.
    public var classDescriptors: [[UInt8]] = []
}

/// A configuration with everything under it.
public struct USBConfiguration: Hashable, Sendable {
    /// Each alternate setting is one element, in the order of the descriptor.
    public var interfaces: [USBInterface]

    /// `bytes`: from the configuration descriptor to `wTotalLength`. Bytes past it are ignored.
    public init(_ bytes: [UInt8]) throws(CodecError) {
        guard let total = bytes.littleEndian16(2), bytes.count >= 9 else {
            throw CodecError(.usbDescriptor, .truncated, "configuration")
        }
        guard bytes.uint8(1) == 2, total >= 9 else {
            throw CodecError(.usbDescriptor, .badValue, "configuration")
        }
        guard bytes.count >= Int(total) else {
            throw CodecError(.usbDescriptor, .truncated, "wTotalLength")
        }
        var parsed: [USBInterface] = []
        var offset = 0
        while offset < Int(total) {
            guard let length = bytes.uint8(offset), let type = bytes.uint8(offset + 1), length >= 2,
                offset + Int(length) <= Int(total)
            else { throw CodecError(.usbDescriptor, .badLength, "bLength") }
            let descriptor = Array(bytes[offset..<offset + Int(length)])
            offset += Int(length)
            switch type {
            case 0x04:
                parsed.append(try Self.interface(descriptor))
            case 0x05:
                let endpoint = try Self.endpoint(descriptor)
                guard !parsed.isEmpty else {
                    throw CodecError(.usbDescriptor, .badValue, "endpoint before interface")
                }
                parsed[parsed.count - 1].endpoints.append(endpoint)
            case 0x21, 0x24:
                // A class descriptor before any interface belongs to nothing we drive.
                if !parsed.isEmpty { parsed[parsed.count - 1].classDescriptors.append(descriptor) }
            case 0x30:
                guard let perInterval = descriptor.littleEndian16(4) else {
                    throw CodecError(.usbDescriptor, .truncated, "endpoint companion")
                }
                if let endpointCount = parsed.last?.endpoints.count, endpointCount > 0 {
                    parsed[parsed.count - 1].endpoints[endpointCount - 1].superSpeedBytesPerInterval = perInterval
                }
            default:
                break
            }
        }
        interfaces = parsed
    }

    private static func interface(_ bytes: [UInt8]) throws(CodecError) -> USBInterface {
        guard let number = bytes.uint8(2), let alternate = bytes.uint8(3), let interfaceClass = bytes.uint8(5),
            let subclass = bytes.uint8(6), let interfaceProtocol = bytes.uint8(7), bytes.count >= 9
        else { throw CodecError(.usbDescriptor, .truncated, "interface") }
        return USBInterface(
            number: number, alternate: alternate, interfaceClass: interfaceClass, subclass: subclass,
            interfaceProtocol: interfaceProtocol)
    }

    private static func endpoint(_ bytes: [UInt8]) throws(CodecError) -> USBEndpoint {
        guard let address = bytes.uint8(2), let attributes = bytes.uint8(3), let size = bytes.littleEndian16(4),
            bytes.count >= 7, let type = USBEndpoint.TransferType(rawValue: attributes & 3)
        else { throw CodecError(.usbDescriptor, .truncated, "endpoint") }
        return USBEndpoint(address: address, transferType: type, maximumPacketSizeField: size)
    }
}

/// Decodes a string descriptor (USB 2.0 table 9-16): UTF-16LE after a two-byte header. Nil when it is none.
func usbString(_ bytes: [UInt8]) -> String? {
    guard let length = bytes.uint8(0), bytes.uint8(1) == 3, length >= 2, Int(length) <= bytes.count else { return nil }
    let units = stride(from: 2, to: Int(length) - 1, by: 2).compactMap { bytes.littleEndian16($0) }
    let text = String(decoding: units, as: UTF16.self)
    // A product string ends in logs and on the technician's page: keep it to one printable line.
    let printable = text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }
    return String(String.UnicodeScalarView(printable))
}
