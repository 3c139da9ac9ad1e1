/// Decides whether a plugged-in device is one that a profile means, how closely it is described, and why.

/// A list of alternatives; one of them is enough.
public struct DeviceMatcher: Hashable, Sendable {
    /// `idVendor` and `idProduct`.
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
    }

    /// What must hold of a device, all of it. What is nil or empty is not asked. A serial line or a print queue is
    /// meant when `serialPort` or `uri` is there, and then nothing else is; otherwise a USB device.
    public struct Alternative: Hashable, Sendable {
        /// The device is one of these.
        public var devices: [Identifiers] = []
        /// `bInterfaceClass`, for instance 0x0E for video. Class, subclass, protocol and endpoints hold of one and the
        /// same interface.
        public var interfaceClass: UInt8?
        public var interfaceSubclass: UInt8?
        public var interfaceProtocol: UInt8?
        /// Addresses with the direction bit; the interface may have more.
        public var endpoints: [UInt8] = []
        /// Texts that the device's strings contain, in any case.
        public var manufacturer: String?
        public var product: String?
        public var serial: String?
        /// A device node as a pattern of glob(7) (`/dev/serial/by-id/*`).
        public var serialPort: String?
        /// How the address of a print queue's device begins (`ipp://`).
        public var uri: String?

        public init() {}
    }

    public var alternatives: [Alternative]

    public init(alternatives: [Alternative]) {
        self.alternatives = alternatives
    }

    /// Any of these devices, or any device of this class, or any of these serial ports.
    public init(devices: [Identifiers] = [], interfaceClass: UInt8? = nil, serialPorts: [String] = []) {
        alternatives = []
        if !devices.isEmpty {
            var alternative = Alternative()
            alternative.devices = devices
            alternatives.append(alternative)
        }
        if let interfaceClass {
            var alternative = Alternative()
            alternative.interfaceClass = interfaceClass
            alternatives.append(alternative)
        }
        for port in serialPorts {
            var alternative = Alternative()
            alternative.serialPort = port
            alternatives.append(alternative)
        }
    }

    /// How closely an alternative describes a device. Strings count more than endpoints, endpoints more than the class,
    /// and the ids least, because vendors share them; a USB device counts more than a serial line, whose bridge may
    /// carry anything.
    public struct Specificity: Comparable, Sendable {
        /// Compared from the first on.
        private let ranks: [Int]

        init(_ alternative: Alternative) {
            if let pattern = alternative.serialPort {
                let wildcards = pattern.count { "*?[".contains($0) }
                ranks = [0, wildcards == 0 ? 1 : 0, pattern.utf8.count - wildcards]
            } else if let uri = alternative.uri {
                ranks = [1, uri.utf8.count]
            } else {
                let classes = [
                    alternative.interfaceClass, alternative.interfaceSubclass, alternative.interfaceProtocol,
                ]
                ranks = [
                    1, alternative.strings.count, alternative.endpoints.isEmpty ? 0 : 1,
                    classes.count { $0 != nil }, alternative.devices.isEmpty ? 0 : 1,
                ]
            }
        }

        public static func < (left: Specificity, right: Specificity) -> Bool {
            left.ranks.lexicographicallyPrecedes(right.ranks)
        }
    }

    public struct Match: Sendable {
        /// In words for the technician.
        public var reason: String
        public var specificity: Specificity
    }

    /// The closest alternative that holds; nil when none does. Without `strings` those that ask for strings do not.
    public func match(_ device: USBDeviceInfo, strings: USBStrings? = nil) -> Match? {
        Self.best(
            alternatives.lazy.compactMap { alternative in
                guard let reasons = alternative.reasons(device),
                    let more = alternative.reasons(strings ?? USBStrings())
                else { return nil }
                return Match(
                    reason: (more + reasons).joined(separator: ", "), specificity: Specificity(alternative))
            })
    }

    /// Why the device matches without its strings; nil when it does not.
    public func reason(for device: USBDeviceInfo) -> String? {
        match(device)?.reason
    }

    /// Whether the device's strings can decide: everything else of an alternative that asks for some holds already,
    /// and the device has those strings.
    public func asksStrings(of device: USBDeviceInfo) -> Bool {
        alternatives.contains { alternative in
            guard !alternative.strings.isEmpty, alternative.reasons(device) != nil else { return false }
            let descriptor = device.descriptor
            return (alternative.manufacturer == nil || descriptor.manufacturerIndex != 0)
                && (alternative.product == nil || descriptor.productIndex != 0)
                && (alternative.serial == nil || descriptor.serialIndex != 0)
        }
    }

    /// The serial ports that are there now, each with its closest alternative. Asks the kernel for device nodes only,
    /// so it does not wait for a disk.
    public func serialPorts() -> [(path: String, match: Match)] {
        var found: [String: Match] = [:]
        for alternative in alternatives {
            guard let pattern = alternative.serialPort else { continue }
            let match = Match(reason: "serial port \(pattern)", specificity: Specificity(alternative))
            for path in SerialNodes.matching(pattern)
            where found[path].map({ $0.specificity < match.specificity }) ?? true {
                found[path] = match
            }
        }
        return found.sorted { $0.key < $1.key }.map { (path: $0.key, match: $0.value) }
    }

    /// The closest alternative for the address of a print queue's device.
    public func match(uri: String) -> Match? {
        Self.best(
            alternatives.lazy.compactMap { alternative in
                guard let prefix = alternative.uri, uri.lowercased().hasPrefix(prefix.lowercased()) else { return nil }
                return Match(reason: "address \(prefix)", specificity: Specificity(alternative))
            })
    }

    /// Of equals the first.
    private static func best(_ matches: some Sequence<Match>) -> Match? {
        matches.reduce(nil) { best, match in
            if let best, best.specificity >= match.specificity { best } else { match }
        }
    }
}

extension DeviceMatcher.Alternative {
    /// What is asked of the strings, by the name of each.
    var strings: [(name: String, text: String, path: KeyPath<USBStrings, String?>)] {
        [
            ("manufacturer", manufacturer, \USBStrings.manufacturer), ("product", product, \.product),
            ("serial", serial, \.serial),
        ].compactMap { name, text, path in text.map { (name, $0, path) } }
    }

    /// Which of the asked strings hold; nil when one does not.
    fileprivate func reasons(_ present: USBStrings) -> [String]? {
        var reasons: [String] = []
        for (name, text, path) in strings {
            guard present[keyPath: path]?.lowercased().contains(text.lowercased()) == true else { return nil }
            reasons.append("\(name) has “\(text)”")
        }
        return reasons
    }

    /// What holds of the descriptors; nil when something does not, or when no USB device is meant.
    fileprivate func reasons(_ device: USBDeviceInfo) -> [String]? {
        guard serialPort == nil, uri == nil else { return nil }
        var reasons: [String] = []
        if interfaceClass != nil || !endpoints.isEmpty {
            guard device.configuration?.interfaces.contains(where: holds) == true else { return nil }
            if !endpoints.isEmpty { reasons.append("endpoints " + endpoints.map(hexadecimal).joined(separator: " ")) }
            let classes = [interfaceClass, interfaceSubclass, interfaceProtocol].compactMap(\.self)
            if !classes.isEmpty {
                reasons.append("interface class " + classes.map(hexadecimal).joined(separator: "/"))
            }
        }
        if !devices.isEmpty {
            let own = DeviceMatcher.Identifiers(
                vendor: device.descriptor.vendorID, product: device.descriptor.productID)
            guard devices.contains(own) else { return nil }
            reasons.append("device \(own)")
        }
        return reasons.isEmpty ? nil : reasons
    }

    private func holds(_ interface: USBInterface) -> Bool {
        (interfaceClass ?? interface.interfaceClass) == interface.interfaceClass
            && (interfaceSubclass ?? interface.subclass) == interface.subclass
            && (interfaceProtocol ?? interface.interfaceProtocol) == interface.interfaceProtocol
            && endpoints.allSatisfy { address in interface.endpoints.contains { $0.address == address } }
    }
}

/// Padded to the width of its type, without prefix.
func hexadecimal(_ number: some FixedWidthInteger & UnsignedInteger) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: max(0, number.bitWidth / 4 - digits.count)) + digits
}
