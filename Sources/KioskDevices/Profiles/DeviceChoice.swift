/// Picks, among the profiles of one driver, the device to use and the settings that fit it.

/// The profiles of one kind of device with their drivers' settings.
public struct DeviceChoice<Settings: Sendable>: Sendable {
    public struct Entry: Sendable {
        public var profile: String
        public var matcher: DeviceMatcher
        public var settings: Settings

        public init(profile: String, matcher: DeviceMatcher, settings: Settings) {
            self.profile = profile
            self.matcher = matcher
            self.settings = settings
        }
    }

    /// A plugged-in device and what its profile says.
    public struct Found: Sendable {
        public enum Device: Hashable, Sendable {
            case usb(USBDeviceInfo)
            /// A device node.
            case serial(path: String)
        }

        public var device: Device
        public var profile: String
        public var settings: Settings
        /// Why this profile, in words for the technician.
        public var reason: String
    }

    public var entries: [Entry]
    /// Profiles of other kinds: a device that one of them describes more closely is not taken.
    public var rivals: [DeviceMatcher]

    public init(_ entries: [Entry], rivals: [DeviceMatcher] = []) {
        self.entries = entries
        self.rivals = rivals
    }

    /// The device that a profile describes most closely; of equals the earlier entry, then the earlier device. Nil when
    /// nothing matches.
    ///
    /// A device is opened to read its strings only when they can decide. One that may not be opened matches nothing
    /// that asks for strings; `accessDenied` is thrown when nothing else matches either.
    public func find(on bus: any USBBus) async throws(USBError) -> Found? {
        var candidates: [(match: DeviceMatcher.Match, entry: Int, device: Found.Device)] = []
        var denied: USBError?
        for device in try await bus.devices() {
            var strings: USBStrings?
            if wantsStrings(of: device) {
                do throws(USBError) {
                    strings = try await bus.strings(of: device)
                } catch {
                    if error.code == .cancelled { throw error }
                    if error.code == .accessDenied { denied = error }
                }
            }
            for (index, entry) in entries.enumerated() {
                guard let match = entry.matcher.match(device, strings: strings),
                    !rivals.contains(where: { rival in
                        rival.match(device, strings: strings).map { $0.specificity > match.specificity } ?? false
                    })
                else { continue }
                candidates.append((match, index, .usb(device)))
            }
        }
        for (index, entry) in entries.enumerated() {
            for port in entry.matcher.serialPorts() { candidates.append((port.match, index, .serial(path: port.path))) }
        }
        // `min` keeps the first of equals.
        let best = candidates.min { left, right in
            left.match.specificity == right.match.specificity
                ? left.entry < right.entry : left.match.specificity > right.match.specificity
        }
        guard let best else {
            if let denied { throw denied }
            return nil
        }
        let entry = entries[best.entry]
        return Found(
            device: best.device, profile: entry.profile, settings: entry.settings, reason: best.match.reason)
    }

    private func wantsStrings(of device: USBDeviceInfo) -> Bool {
        let isOurs = entries.contains { $0.matcher.match(device) != nil || $0.matcher.asksStrings(of: device) }
        return isOurs
            && (entries.contains { $0.matcher.asksStrings(of: device) }
                || rivals.contains { $0.asksStrings(of: device) })
    }
}
