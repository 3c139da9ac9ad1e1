/// What a device model is, how it is recognised and how its driver is set.

/// How a profile recognises a device: by its exact ids, or by the class of one of its interfaces.
public struct DeviceMatcher: Hashable, Sendable {
    public struct Identifiers: Hashable, Sendable, CustomStringConvertible {
        public var vendor: UInt16
        public var product: UInt16

        public init(vendor: UInt16, product: UInt16) {
            self.vendor = vendor
            self.product = product
        }

        /// `0400:c35a`; nil for anything else.
        public init?(_ text: some StringProtocol) {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 4 && $0.allSatisfy(\.isHexDigit) }),
                let vendor = UInt16(parts[0], radix: 16), let product = UInt16(parts[1], radix: 16)
            else { return nil }
            self.init(vendor: vendor, product: product)
        }

        public var description: String { hexadecimal(vendor) + ":" + hexadecimal(product) }

        private func hexadecimal(_ number: UInt16) -> String {
            let digits = String(number, radix: 16)
            return String(repeating: "0", count: 4 - digits.count) + digits
        }
    }

    public var devices: [Identifiers]
    /// `bInterfaceClass`, for instance 0x0E for video.
    public var interfaceClass: UInt8?
    /// Device nodes of serial lines, as shell patterns (`/dev/serial/by-id/*`).
    public var serialPorts: [String]

    public init(devices: [Identifiers] = [], interfaceClass: UInt8? = nil, serialPorts: [String] = []) {
        self.devices = devices
        self.interfaceClass = interfaceClass
        self.serialPorts = serialPorts
    }

    /// Why the device matches, in words for the technician; nil when it does not.
    public func reason(for device: USBDeviceInfo) -> String? {
        let own = Identifiers(vendor: device.descriptor.vendorID, product: device.descriptor.productID)
        if devices.contains(own) { return "device \(own)" }
        if let interfaceClass,
            device.configuration?.interfaces.contains(where: { $0.interfaceClass == interfaceClass }) == true
        {
            return "interface class 0x\(String(interfaceClass, radix: 16))"
        }
        return nil
    }
}

/// One file of `hardware-profiles/`.
public struct HardwareProfile: Hashable, Sendable {
    public enum Kind: String, Codable, Sendable, CaseIterable {
        case identityCardReader = "id-card-reader"
        case chipCardReader = "chip-card-reader"
        case documentCamera = "document-camera"
        case faceCamera = "face-camera"
        case printer
    }

    /// The driver with its parameters.
    public enum Driver: Hashable, Sendable {
        case samv(SAMVSettings)
        case ccid(CCIDSettings)
        case uvc(CameraSettings)
    }

    public var name: String
    public var kind: Kind
    public var matcher: DeviceMatcher
    public var driver: Driver
    /// What is known of the model for certain, and what is assumed until a real one was tried.
    public var certain: [String]
    public var assumed: [String]

    public init(
        name: String, kind: Kind, matcher: DeviceMatcher, driver: Driver, certain: [String] = [],
        assumed: [String] = []
    ) {
        self.name = name
        self.kind = kind
        self.matcher = matcher
        self.driver = driver
        self.certain = certain
        self.assumed = assumed
    }
}
