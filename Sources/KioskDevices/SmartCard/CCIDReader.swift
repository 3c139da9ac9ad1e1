/// A reader for contact chip cards (CCID 1.1): finds it, waits for a card, and recovers from what goes wrong.

public import KioskCore

/// Opens the reader on demand and keeps it open between cards. One card at a time; a second caller waits.
///
/// A card is under power only while it is read. A cancelled read throws `timedOut` with the detail `cancelled`; what the
/// reader still did for it has been aborted then. Only commands that read are ever given to a card.
public actor CCIDReader {
    private let bus: any USBBus
    private let choice: DeviceChoice<CCIDSettings>
    private var settings = CCIDSettings()
    private let clock: any KioskCore.Clock
    private let access = ExclusiveAccess()
    private var link: CCIDLink?

    public init(bus: any USBBus, choice: DeviceChoice<CCIDSettings>, clock: any KioskCore.Clock) {
        self.bus = bus
        self.choice = choice
        self.clock = clock
    }

    /// A reader of one profile.
    public init(
        bus: any USBBus, matcher: DeviceMatcher, settings: CCIDSettings = CCIDSettings(), clock: any KioskCore.Clock
    ) {
        self.init(
            bus: bus, choice: DeviceChoice([.init(profile: "", matcher: matcher, settings: settings)]), clock: clock)
    }

    /// Opens the reader when it is not open and asks for its slot; throws what is wrong with it. For `kiosk doctor`.
    public func check() async throws(Fault) {
        guard await access.enter() else { throw Self.cancelled }
        defer { access.leave() }
        _ = try await connected()
    }

    /// Gives the reader back to the system.
    public func close() async {
        await disconnect()
    }

    /// Waits for a card (one that is there already counts), powers it on and hands it to `body`, again when the card
    /// failed. The card's power is off when this returns or throws.
    func withCard<Value: Sendable>(
        onCard: @Sendable () -> Void, _ body: @Sendable (any CardChannel) async throws(SmartCardError) -> Value
    ) async throws(Fault) -> Value {
        guard await access.enter() else { throw Self.cancelled }
        defer { access.leave() }
        let link = try await connected()
        var hasAnnouncedCard = false
        var failures = 0
        var recoveries = 0
        while true {
            do throws(SmartCardError) {
                try await waitForCard(link, mustBeThere: hasAnnouncedCard)
                if !hasAnnouncedCard {
                    hasAnnouncedCard = true
                    onCard()
                }
                let card = try await ChipCard.powerOn(
                    link, prefersDefaults: failures > 0, limit: settings.extensionLimit, clock: clock)
                let value = try await body(card)
                await rest(link)
                return value
            } catch {
                switch error.code {
                case .cardFailed:
                    failures += 1
                    guard failures <= settings.retries else {
                        await rest(link)
                        throw Fault(
                            .cardUnreadable, responsible: .citizen, detail: "\(error.detail), \(failures) times")
                    }
                    await rest(link)
                    do throws(SmartCardError) {
                        try await link.pause()
                    } catch {
                        throw Self.cancelled
                    }
                case .outOfStep:
                    recoveries += 1
                    guard recoveries <= 2 else {
                        await disconnect()
                        throw Fault(.readerSilent, responsible: .technician, detail: error.detail)
                    }
                    try await recover(link, error.detail)
                case .cardRemoved, .cardStuck, .cardUnsupported, .cancelled:
                    await rest(link)
                    throw Self.fault(error)
                case .readerLost, .readerUnusable:
                    await disconnect()
                    throw Self.fault(error)
                }
            }
        }
    }

    /// Returns when a card is in the slot. `mustBeThere`: it was, so an empty slot means it was taken out.
    private func waitForCard(_ link: CCIDLink, mustBeThere: Bool) async throws(SmartCardError) {
        var believed = 0
        while true {
            if try await link.isCardPresent() { return }
            if mustBeThere { throw SmartCardError(.cardRemoved, "taken out") }
            guard try await link.awaitNotification() else { continue }
            // A reader that keeps telling of a card that its slot does not have.
            believed += 1
            if believed > 3 { try await link.pause() }
        }
    }

    // MARK: - The reader

    private func connected() async throws(Fault) -> CCIDLink {
        if let link {
            do throws(SmartCardError) {
                if await link.needsSync {
                    try await link.synchronise()
                } else {
                    _ = try await link.isCardPresent()
                }
                return link
            } catch {
                switch error.code {
                // Unplugged since the last card; perhaps it is back as another device.
                case .readerLost: await disconnect()
                case .cancelled: throw Self.cancelled
                default:
                    try await recover(link, error.detail)
                    return link
                }
            }
        }
        let opened = try await open()
        link = opened
        do throws(SmartCardError) {
            try await opened.settle()
        } catch {
            switch error.code {
            case .readerLost, .readerUnusable:
                await disconnect()
                throw Self.fault(error)
            case .cancelled: throw Self.cancelled
            default: try await recover(opened, error.detail)
            }
        }
        return opened
    }

    private func open() async throws(Fault) -> CCIDLink {
        do throws(USBError) {
            guard let found = try await choice.find(on: bus), case .usb(let device) = found.device else {
                throw USBError(.noDevice)
            }
            settings = found.settings
            let transport = try await bus.open(device)
            do throws(USBError) {
                return try await CCIDLink(transport: transport, settings: settings, clock: clock)
            } catch {
                await transport.close()
                throw error
            }
        } catch {
            if error.code == .cancelled { throw Self.cancelled }
            throw Fault(
                error.code == .noDevice ? .readerMissing : .readerOutOfService, responsible: .technician,
                detail: error.description)
        }
    }

    /// Abort, then a reset of the port; then the reader is given up.
    private func recover(_ link: CCIDLink, _ cause: String) async throws(Fault) {
        for resets in [false, true] {
            do throws(SmartCardError) {
                if resets {
                    try await link.reset()
                } else {
                    try await link.synchronise()
                }
                return
            } catch {
                switch error.code {
                case .cancelled: throw Self.cancelled
                case .readerLost, .readerUnusable:
                    await disconnect()
                    throw Self.fault(error)
                default: continue
                }
            }
        }
        await disconnect()
        throw Fault(.readerSilent, responsible: .technician, detail: cause)
    }

    /// Takes the card's power, after ending what the reader may still be doing. Done whole even when the caller's task
    /// is cancelled; what fails here shows at the next card.
    private func rest(_ link: CCIDLink) async {
        await Task {
            do throws(SmartCardError) {
                if await link.needsSync { try await link.synchronise() }
                _ = try await link.exchange(.powerOff)
            } catch {
                return
            }
        }.value
    }

    private func disconnect() async {
        let closing = link
        link = nil
        await closing?.transport.close()
    }

    private static let cancelled = Fault(.timedOut, responsible: .citizen, detail: "cancelled")

    private static func fault(_ error: SmartCardError) -> Fault {
        switch error.code {
        case .cancelled: cancelled
        case .readerLost: Fault(.readerLost, responsible: .hallStaff, detail: error.detail)
        case .readerUnusable: Fault(.readerOutOfService, responsible: .technician, detail: error.detail)
        case .outOfStep: Fault(.readerSilent, responsible: .technician, detail: error.detail)
        case .cardRemoved: Fault(.cardRemoved, responsible: .citizen, detail: error.detail)
        case .cardFailed, .cardStuck: Fault(.cardUnreadable, responsible: .citizen, detail: error.detail)
        case .cardUnsupported: Fault(.cardUnsupported, responsible: .citizen, detail: error.detail)
        }
    }
}
