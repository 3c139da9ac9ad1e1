/// Lists what is plugged in, which profile would drive it and why, and what is wrong with it, for the technician.

public import KioskCore

/// One device, as `kiosk devices --json` prints it. What does not apply is left out.
public struct DeviceReport: Codable, Hashable, Sendable {
    public enum Connection: String, Codable, Sendable {
        case usb
        case serial
        case printQueue = "print-queue"
    }

    public enum Health: String, Codable, Sendable {
        /// It can be used; with a probe: it answered.
        case good = "ok"
        /// It cannot be used: `problem`, `responsible` and `remedy` say more.
        case faulty
        /// No profile matches, so nobody looked.
        case unknown
    }

    public var connection: Connection
    /// Of a USB device: bus and address.
    public var location: USBLocation?
    /// Of a serial line: its device node; of a print queue: its name.
    public var path: String?
    /// `0400:c35a`
    public var identifiers: String?
    public var manufacturer: String?
    public var product: String?
    public var serial: String?
    /// `bcdDevice`, as `1.00`.
    public var firmware: String?
    /// Of a print queue: where its printer is.
    public var uri: String?
    /// Name of the profile that matches most closely, and why it does; nil for a device that nothing here drives.
    public var profile: String?
    public var kind: HardwareProfile.Kind?
    public var driver: HardwareProfile.DriverName?
    public var reason: String?
    public var health = Health.unknown
    public var problem: String?
    public var responsible: Fault.Responsible?
    /// What that person should do.
    public var remedy: String?
    /// Of a probed identity-card reader: the number of its security module, the module's status (SW3; `90` is well),
    /// and how frames travel to it.
    public var samIdentifier: String?
    public var samStatus: String?
    public var transport: String?
    /// Whether it is a part of the machine's own bus, and no device.
    public var isRootHub: Bool

    init(_ connection: Connection) {
        self.connection = connection
        isRootHub = false
    }

    fileprivate mutating func fail(_ problem: String, _ responsible: Fault.Responsible, _ remedy: String) {
        health = .faulty
        (self.problem, self.responsible, self.remedy) = (problem, responsible, remedy)
    }

    fileprivate mutating func adopt(_ profile: HardwareProfile, _ match: DeviceMatcher.Match) {
        self.profile = profile.name
        kind = profile.kind
        driver = profile.driver.name
        reason = match.reason
        health = .good
    }
}

public struct DeviceInventory: Sendable {
    static let rulesRemedy =
        "install deploy/udev/60-kiosk.rules, put the user into the group kiosk, plug the device in again"

    private let bus: any USBBus
    private let profiles: [HardwareProfile]

    public init(bus: any USBBus, profiles: [HardwareProfile]) {
        self.bus = bus
        self.profiles = profiles
    }

    /// Every device on the bus, then every serial port that a profile names. Only devices that a profile is or may be
    /// about are opened, to read their strings; nothing is claimed and nothing sent to them.
    public func list() async throws(USBError) -> [DeviceReport] {
        var reports: [DeviceReport] = []
        for device in try await bus.devices() { reports.append(await report(on: device)) }
        return reports + serialReports()
    }

    // MARK: - USB

    private func report(on device: USBDeviceInfo) async -> DeviceReport {
        var report = DeviceReport(.usb)
        report.location = device.location
        let descriptor = device.descriptor
        report.identifiers =
            DeviceMatcher.Identifiers(vendor: descriptor.vendorID, product: descriptor.productID).description
        // The Linux kernel's own id for root hubs.
        report.isRootHub = descriptor.vendorID == 0x1D6B && descriptor.deviceClass == 0x09
        report.firmware = Self.version(descriptor.deviceVersion)
        guard profiles.contains(where: { $0.matcher.match(device) != nil || $0.matcher.asksStrings(of: device) })
        else { return report }
        var strings: USBStrings?
        var problem: USBError?
        do throws(USBError) {
            strings = try await bus.strings(of: device)
        } catch {
            problem = error
        }
        (report.manufacturer, report.product, report.serial) = (
            strings?.manufacturer, strings?.product, strings?.serial
        )
        guard let (profile, match) = best(profiles.map { $0.matcher.match(device, strings: strings) }) else {
            return report
        }
        report.adopt(profile, match)
        judge(device, profile, problem, &report)
        return report
    }

    /// What can be said without speaking with the device.
    private func judge(
        _ device: USBDeviceInfo, _ profile: HardwareProfile, _ problem: USBError?, _ report: inout DeviceReport
    ) {
        // CUPS opens printers itself; this user need not.
        if profile.driver == .cups { return }
        if let problem {
            switch problem.code {
            case .accessDenied: report.fail("access denied", .technician, Self.rulesRemedy)
            case .noDevice: report.fail("unplugged meanwhile", .hallStaff, "plug it in and list again")
            case .busy: report.fail("in use by another program", .technician, "end that program")
            default: report.fail(problem.description, .technician, "plug it in again; when it stays so, replace it")
            }
            return
        }
        let unsuitable =
            "it is another model than \(profile.name): write a profile for it, see docs/hardware-profiles.md"
        guard let configuration = device.configuration else {
            report.fail("its configuration descriptor is damaged", .technician, "plug it in again; then replace it")
            return
        }
        switch profile.driver {
        case .samv(let settings) where settings.transport == .byDescriptors:
            if SAMVWiring(configuration: configuration) == nil {
                report.fail("neither endpoints 02 06 81 85 nor one pair of endpoints", .technician, unsuitable)
            }
        case .uvc:
            if (try? UVCCameraDescription(configuration))?.best == nil {
                report.fail("it offers no MJPEG pictures", .technician, unsuitable)
            }
        default: break
        }
    }

    /// The closest match; of equals that of the earlier profile.
    private func best(_ matches: [DeviceMatcher.Match?]) -> (HardwareProfile, DeviceMatcher.Match)? {
        var best: (HardwareProfile, DeviceMatcher.Match)?
        for (profile, match) in zip(profiles, matches) {
            guard let match else { continue }
            if let present = best, present.1.specificity >= match.specificity { continue }
            best = (profile, match)
        }
        return best
    }

    /// Binary-coded decimal: 0x0100 is 1.00.
    private static func version(_ number: UInt16) -> String {
        String(number >> 8, radix: 16) + "." + hexadecimal(UInt8(truncatingIfNeeded: number))
    }

    // MARK: - Serial lines

    private func serialReports() -> [DeviceReport] {
        let ports = profiles.map { $0.matcher.serialPorts() }
        let paths = Set(ports.joined().map(\.path)).sorted()
        return paths.compactMap { path in
            guard let (profile, match) = best(ports.map { $0.first { $0.path == path }?.match }) else { return nil }
            var report = DeviceReport(.serial)
            report.path = path
            report.adopt(profile, match)
            switch SerialNodes.obstacle(path)?.code {
            case nil: break
            case .accessDenied: report.fail("access denied", .technician, Self.rulesRemedy)
            default: report.fail("unplugged meanwhile", .hallStaff, "plug it in and list again")
            }
            return report
        }
    }

    // MARK: - Print queues

    /// Asks the print service for a queue, its device and what stops it. `server`: a socket's path or `host:port`; nil
    /// takes the machine's own service.
    public func report(onQueue queue: String, server: String?, clock: any KioskCore.Clock) async -> DeviceReport {
        var report = DeviceReport(.printQueue)
        report.path = queue
        let status: PrinterStatus
        do throws(IPPError) {
            status = try await IPPClient(server: server).status(of: .queue(queue))
        } catch {
            switch error.code {
            case .notFound: report.fail("no such queue", .technician, "add it with lpadmin, or name another")
            default: report.fail("the print service does not answer", .technician, "start cups")
            }
            return report
        }
        report.uri = status.deviceURI
        if let uri = status.deviceURI, let (profile, match) = best(profiles.map { $0.matcher.match(uri: uri) }) {
            report.adopt(profile, match)
        }
        report.health = .good
        if let fault = await CupsPrinter(queue: queue, server: server, clock: clock).fault() {
            report.fail(
                "\(fault.kind)" + (fault.detail.isEmpty ? "" : ": \(fault.detail)"), fault.responsible, "look at it")
        }
        return report
    }

    // MARK: - Probe

    /// Asks a reader or camera itself, through its driver: an identity-card reader for its status and the number of
    /// its security module, a chip-card reader for its slot, a camera for its formats. Others, and what is faulty
    /// already, come back as they are.
    public func probe(_ report: DeviceReport, clock: any KioskCore.Clock) async -> DeviceReport {
        guard report.health == .good, let profile = profiles.first(where: { $0.name == report.profile }) else {
            return report
        }
        var report = report
        let bus = SingleDeviceBus(bus: bus, location: report.location)
        var matcher = DeviceMatcher(serialPorts: report.connection == .serial ? report.path.map { [$0] } ?? [] : [])
        if let identifiers = report.identifiers.flatMap({ DeviceMatcher.Identifiers($0) }) {
            matcher = DeviceMatcher(devices: [identifiers])
        }
        do throws(Fault) {
            switch profile.driver {
            case .samv(let settings):
                let reader = SAMVReader(bus: bus, matcher: matcher, settings: settings, clock: clock)
                let result = await outcome { () throws(Fault) in try await reader.check() }
                let health = await reader.health
                await reader.close()
                (report.samIdentifier, report.samStatus) = (health.samIdentifier, health.samStatus)
                report.transport = health.transport.isEmpty ? nil : health.transport
                try result.get()
            case .ccid(let settings):
                let reader = CCIDReader(bus: bus, matcher: matcher, settings: settings, clock: clock)
                let result = await outcome { () throws(Fault) in try await reader.check() }
                await reader.close()
                try result.get()
            case .uvc(let settings):
                let camera = DocumentCameraDriver(bus: bus, matcher: matcher, settings: settings, clock: clock)
                let result = await outcome { () throws(Fault) in try await camera.check() }
                await camera.close()
                try result.get()
            case .cups: break
            }
        } catch {
            report.fail(
                "\(error.kind)" + (error.detail.isEmpty ? "" : ": \(error.detail)"), error.responsible,
                error.kind == .readerOutOfService ? "replace it when it stays so" : "plug it in again, then probe again"
            )
        }
        return report
    }

    /// So that a device is closed before what it ended with is thrown.
    private func outcome(_ work: () async throws(Fault) -> Void) async -> Result<Void, Fault> {
        do throws(Fault) {
            return .success(try await work())
        } catch {
            return .failure(error)
        }
    }
}

/// The bus with one device on it, so that a driver can take no other.
private struct SingleDeviceBus: USBBus {
    let bus: any USBBus
    let location: USBLocation?

    func devices() async throws(USBError) -> [USBDeviceInfo] {
        try await bus.devices().filter { $0.location == location }
    }

    func open(_ device: USBDeviceInfo) async throws(USBError) -> any USBTransport {
        try await bus.open(device)
    }

    func hotplugEvents() -> AsyncStream<USBHotplugEvent> {
        bus.hotplugEvents()
    }
}
