/// Picks, among the profiles of one driver, the device to use and the settings that fit it.

/// The profiles of one kind of device with their drivers' settings, best first.
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
    }

    public var entries: [Entry]

    public init(_ entries: [Entry]) {
        self.entries = entries
    }

    /// The first device that a profile matches; nil when there is none.
    public func find(on bus: any USBBus) async throws(USBError) -> Found? {
        let devices = try await bus.devices()
        for entry in entries {
            for device in devices where entry.matcher.reason(for: device) != nil {
                return Found(device: .usb(device), profile: entry.profile, settings: entry.settings)
            }
        }
        return nil
    }
}
