/// Reads the three strings by which a USB device names itself.

/// USB 2.0 table 9-8: `iManufacturer`, `iProduct`, `iSerialNumber`; nil for what the device does not tell.
public struct USBStrings: Hashable, Sendable {
    public var manufacturer: String?
    public var product: String?
    public var serial: String?

    public init(manufacturer: String? = nil, product: String? = nil, serial: String? = nil) {
        self.manufacturer = manufacturer
        self.product = product
        self.serial = serial
    }
}

extension USBBus {
    /// Opens the device for it, claims nothing, and closes it. A device that does not answer costs the time-outs of
    /// `USBTransport.string`. The texts come from outside: what a terminal could take for a command is taken out.
    public func strings(of device: USBDeviceInfo) async throws(USBError) -> USBStrings {
        let transport = try await open(device)
        let descriptor = device.descriptor
        let strings = USBStrings(
            manufacturer: await transport.string(descriptor.manufacturerIndex).flatMap(printable),
            product: await transport.string(descriptor.productIndex).flatMap(printable),
            serial: await transport.string(descriptor.serialIndex).flatMap(printable))
        await transport.close()
        return strings
    }
}

/// Without control and format characters and without blanks at its ends; nil when nothing is left.
private func printable(_ text: String) -> String? {
    var scalars = Substring.UnicodeScalarView(
        text.unicodeScalars.filter { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
            default: true
            }
        })
    while scalars.last?.properties.isWhitespace == true { scalars.removeLast() }
    while scalars.first?.properties.isWhitespace == true { scalars.removeFirst() }
    return scalars.isEmpty ? nil : String(scalars)
}
