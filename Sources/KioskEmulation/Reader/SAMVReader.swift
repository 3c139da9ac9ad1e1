/// A second-generation identity card reader (0400:C35A, SAM-V protocol) as its USB host sees it.

import Synchronization

/// What ends a fault besides its number of times.
public enum SAMVRecovery: Hashable, Sendable {
    /// ResetSAM (10 FF), which itself goes well.
    case samReset
    /// A bus reset, or plugging in.
    case busReset
}

/// One reader with at most one card on it. Safe from any thread.
///
/// A ``SerialReaderHost`` serves the same reader on a line, whatever its style.
public final class SAMVReader: EmulatedUSBDevice {
    /// The ways in which readers of this id have been built.
    public enum Style: Hashable, Sendable, CaseIterable {
        /// OUT 02 carries preamble and LEN, OUT 06 the rest; IN 81 and IN 85 likewise. Bulk.
        case fourEndpoint
        /// OUT 01 and IN 82 carry whole frames in pieces of 64 bytes. Bulk.
        case singlePair
        /// As `singlePair`, with interrupt endpoints.
        case interruptPair
        /// A HID interface: IN 82 and, unless reports go out by the default pipe, OUT 01.
        case hid(HIDReports)

        /// The two that public code drives and that need no parameter.
        public static let allCases: [Style] = [.fourEndpoint, .singlePair]
    }

    /// How long the reader takes. Estimates: nobody has published figures.
    public struct WireTimes: Hashable, Sendable {
        public var find: Duration = .milliseconds(60)
        public var findMiss: Duration = .milliseconds(100)
        public var select: Duration = .milliseconds(60)
        public var read: Duration = .milliseconds(700)
        public var readWithFingerprints: Duration = .milliseconds(900)

        public init() {}

        public static let none: WireTimes = {
            var times = WireTimes()
            (times.find, times.findMiss, times.select) = (.zero, .zero, .zero)
            (times.read, times.readWithFingerprints) = (.zero, .zero)
            return times
        }()
    }

    public let style: Style
    private let time: any MonotonicTime
    private let module: Mutex<SAMVModule>

    /// With `mustLift` a card that was read is found again only after it has been lifted. `baudRate` is the one a line
    /// begins with. `vendor` and `product` stand in the device descriptor.
    public init(
        style: Style = .fourEndpoint, times: WireTimes = WireTimes(), mustLift: Bool = true,
        commands: SAMVCommandMap = .standard, identifier: SAMVIdentifier = SAMVIdentifier(), baudRate: Int = 115_200,
        vendor: UInt16 = 0x0400, product: UInt16 = 0xC35A, time: any MonotonicTime = SystemMonotonicTime()
    ) {
        self.style = style
        self.time = time
        module = Mutex(
            SAMVModule(
                .init(
                    commands: commands, times: times, mustLift: mustLift, identifier: identifier, baudRate: baudRate)))
        deviceDescriptor =
            [18, 1, 0x10, 0x01, 0, 0, 0, 64] + [UInt8](littleEndian: vendor) + [UInt8](littleEndian: product)
            + [0x63, 0x00, 1, 2, 3, 1]
    }

    // MARK: What a person at the reader does

    public var card: EmulatedCard? {
        module.withLock { $0.card }
    }

    /// Takes the place of a card that lies there.
    public func place(_ card: EmulatedCard) {
        module.withLock { $0.place(card) }
    }

    public func liftCard() {
        module.withLock { $0.place(nil) }
    }

    /// The next `times` answers of this step (of every step when nil) have the fault; all of them when `times` is nil,
    /// or until what `recovery` names.
    public func inject(
        _ fault: SAMVFault, at step: SAMVStep? = nil, times: Int? = nil, until recovery: SAMVRecovery? = nil
    ) {
        module.withLock { $0.inject(fault, step: step, times: times, recovery: recovery) }
    }

    public func clearFaults() {
        module.withLock { $0.clearFaults() }
    }

    public var isFaulty: Bool {
        module.withLock { $0.isFaulty }
    }

    // MARK: A line

    /// Bits a second that the reader sends and understands now (SetCOMBaud).
    public var baudRate: Int {
        module.withLock { $0.baudRate }
    }

    func lineInput(_ bytes: [UInt8]) {
        let now = time.now()
        module.withLock { $0.acceptLine(bytes, now: now) }
    }

    /// The next bytes for the line; nil: nothing now.
    func lineOutput() -> [UInt8]? {
        let now = time.now()
        return module.withLock { $0.take(fromHeaders: false, maximum: .max, now: now) }
    }

    /// Its cable was pulled by a fault.
    var isGone: Bool {
        module.withLock { $0.isGone }
    }

    var isAnswering: Bool {
        module.withLock { $0.isAnswering }
    }

    // MARK: EmulatedUSBDevice

    public let deviceDescriptor: [UInt8]

    public var configurationDescriptor: [UInt8] {
        let addresses: [UInt8]
        let attributes: UInt8
        var interface: [UInt8] = [9, 4, 0, 0, 0, 0xFF, 0, 0, 0]
        switch style {
        case .fourEndpoint: (addresses, attributes) = ([0x02, 0x06, 0x81, 0x85], 2)
        case .singlePair: (addresses, attributes) = ([0x01, 0x82], 2)
        case .interruptPair: (addresses, attributes) = ([0x01, 0x82], 3)
        case .hid(let reports):
            (addresses, attributes) = (reports.output == .endpoint ? [0x01, 0x82] : [0x82], 3)
            interface[5] = 3
            interface += [9, 0x21, 0x11, 0x01, 0, 1, 0x22, UInt8(reports.reportDescriptor.count), 0]
        }
        interface[4] = UInt8(addresses.count)
        let rest = interface + addresses.flatMap { [7, 5, $0, attributes, 64, 0, attributes == 3 ? 1 : 0] }
        return [9, 2, UInt8(9 + rest.count), 0, 1, 1, 0, 0x80, 50] + rest
    }

    public let strings: [UInt8: String] = [1: "Demo", 2: "ID card reader", 3: "EMU-READER-0001"]

    public var kernelDrivers: [UInt8: String] {
        if case .hid = style { [0: "usbhid"] } else { [:] }
    }

    public func control(setup: [UInt8], data: [UInt8]) -> EmulatedTransfer {
        guard !isGone else { return .gone }
        guard case .hid(let reports) = style, setup.count == 8 else { return .stall }
        switch (setup[0], setup[1], setup[3]) {
        case (0x81, 6, 0x21): return .done(Array(configurationDescriptor[18..<27]))
        case (0x81, 6, 0x22): return .done(reports.reportDescriptor)
        // SET_IDLE
        case (0x21, 10, _): return .done([])
        // SET_REPORT
        case (0x21, 9, reports.setReportType):
            guard setup[2] == reports.outputID, let content = reports.content(ofOutputReport: data) else {
                return .stall
            }
            accept(content, of: reports)
            return .done([])
        default: return .stall
        }
    }

    public func out(endpoint: UInt8, data: [UInt8]) -> EmulatedTransfer {
        guard !isGone else { return .gone }
        let isHeader: Bool?
        let packing: SAMVModule.Packing
        switch (style, endpoint) {
        case (.fourEndpoint, 0x02): (isHeader, packing) = (true, .twoPipes)
        case (.fourEndpoint, 0x06): (isHeader, packing) = (false, .twoPipes)
        case (.singlePair, 0x01), (.interruptPair, 0x01): (isHeader, packing) = (nil, .pieces(64))
        case (.hid(let reports), 0x01) where reports.output == .endpoint:
            // A report of another length or id is taken and means nothing.
            if let content = reports.content(ofOutputReport: data) { accept(content, of: reports) }
            return .done([])
        default: return .stall
        }
        let now = time.now()
        module.withLock {
            $0.accept(data, isHeader: isHeader, isShort: data.count < 64, packing: packing, now: now)
        }
        return .done([])
    }

    public func input(endpoint: UInt8, maximum: Int) -> EmulatedTransfer {
        guard !isGone else { return .gone }
        let isHeader: Bool
        switch (style, endpoint) {
        case (.fourEndpoint, 0x81): isHeader = true
        case (.fourEndpoint, 0x85), (.singlePair, 0x82), (.interruptPair, 0x82), (.hid, 0x82): isHeader = false
        default: return .stall
        }
        let now = time.now()
        return module.withLock { module in
            guard maximum > 0, let bytes = module.take(fromHeaders: isHeader, maximum: maximum, now: now) else {
                return .notReady
            }
            return .done(bytes)
        }
    }

    public func isochronous(endpoint: UInt8, maximum: Int) -> EmulatedTransfer { isGone ? .gone : .stall }

    public func setInterface(_ number: UInt8, alternate: UInt8) {}

    public func clearHalt(endpoint: UInt8) {}

    public func reset() {
        module.withLock { $0.reset() }
    }

    public func attached() {
        module.withLock { $0.powerOn() }
    }

    private func accept(_ content: [UInt8], of reports: HIDReports) {
        let now = time.now()
        module.withLock {
            $0.accept(
                content, isHeader: nil, isShort: reports.hasCount && content.count < reports.outputLength - 1,
                isPadded: !reports.hasCount, packing: .reports(reports), now: now)
        }
    }
}
