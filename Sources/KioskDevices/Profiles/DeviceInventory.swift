/// Lists what is plugged in and which profile would drive it, for the technician.

/// One plugged-in device, as `kiosk devices --json` prints it.
public struct DeviceReport: Codable, Hashable, Sendable {
    public var location: USBLocation
    /// `0400:c35a`
    public var identifiers: String
    public var product: String?
    public var serial: String?
    /// Name of the first profile that matches, and why it does; nil for a device that nothing here drives.
    public var profile: String?
    public var kind: HardwareProfile.Kind?
    public var reason: String?
    /// Why it could not be opened, when it is one of ours.
    public var problem: String?
}

public struct DeviceInventory: Sendable {
    private let bus: any USBBus
    private let profiles: [HardwareProfile]

    public init(bus: any USBBus, profiles: [HardwareProfile]) {
        self.bus = bus
        self.profiles = profiles
    }

    /// Every device on the bus. Only those with a profile are opened, to read their strings.
    public func list() async throws(USBError) -> [DeviceReport] {
        var reports: [DeviceReport] = []
        for device in try await bus.devices() {
            let identifiers = DeviceMatcher.Identifiers(
                vendor: device.descriptor.vendorID, product: device.descriptor.productID)
            var report = DeviceReport(location: device.location, identifiers: identifiers.description)
            for profile in profiles {
                guard let reason = profile.matcher.reason(for: device) else { continue }
                report.profile = profile.name
                report.kind = profile.kind
                report.reason = reason
                break
            }
            if report.profile != nil {
                do throws(USBError) {
                    let transport = try await bus.open(device)
                    report.product = await transport.string(device.descriptor.productIndex)
                    report.serial = await transport.string(device.descriptor.serialIndex)
                    await transport.close()
                } catch {
                    report.problem = error.description
                }
            }
            reports.append(report)
        }
        return reports
    }
}
