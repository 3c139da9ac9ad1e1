/// The identity-card reader's port: finds the reader, polls for a card, reads it, and recovers from what goes wrong.

public import KioskCore

/// Opens the reader on demand and keeps it open between reads. One read at a time; a second caller waits.
///
/// A cancelled read throws `timedOut` with the detail `cancelled`; what the reader may still send for it is thrown away
/// before the next command. Expiry of the card is not judged here.
public actor SAMVReader: IdentityReader {
    private let bus: any USBBus
    private let choice: DeviceChoice<SAMVSettings>
    private var settings = SAMVSettings()
    private let clock: any KioskCore.Clock
    private let access = ExclusiveAccess()
    private var link: SAMVLink?
    /// The security module's number as printed on the reader (`05.03-20261121-…`); nil before the first contact.
    public private(set) var samIdentifier: String?

    public init(bus: any USBBus, choice: DeviceChoice<SAMVSettings>, clock: any KioskCore.Clock) {
        self.bus = bus
        self.choice = choice
        self.clock = clock
    }

    /// A reader of one profile.
    public init(
        bus: any USBBus, matcher: DeviceMatcher, settings: SAMVSettings = SAMVSettings(), clock: any KioskCore.Clock
    ) {
        self.init(
            bus: bus, choice: DeviceChoice([.init(profile: "", matcher: matcher, settings: settings)]), clock: clock)
    }

    private var timings: SAMVTimings { settings.timings }

    public func readCard(
        _ request: CardRequest, onCard: @Sendable () -> Void
    ) async throws(Fault) -> IdentityReading {
        guard await access.enter() else { throw Self.cancelled }
        defer { access.leave() }
        return try await read(onCard: onCard)
    }

    /// Opens the reader when it is not open and asks for its status; throws what is wrong with it. For `kiosk doctor`.
    public func check() async throws(Fault) {
        guard await access.enter() else { throw Self.cancelled }
        defer { access.leave() }
        _ = try await connected()
    }

    /// Gives the reader back to the system.
    public func close() async {
        await disconnect()
    }

    // MARK: - One read

    /// How a command ended, when it did not end the read.
    private enum Outcome {
        case answer(SAMVResponse)
        /// The reader had to be brought back in step: begin again at find.
        case resynchronised
    }

    /// What is counted during one read.
    private struct Attempt {
        var hasAnnouncedCard = false
        var failures = 0
        var firstFailure: Int64 = 0
        /// When a card last failed or the reader last had to be brought back in step.
        var lastTrouble: Int64 = 0
        var rereads = 0
        var resets = 0
        /// Since the reader last said that there is no card: then it was well.
        var recoveries = 0
    }

    private func read(onCard: () -> Void) async throws(Fault) -> IdentityReading {
        var attempt = Attempt()
        // A reader that was unplugged and plugged in again between two reads shows only at the first command.
        var mayReopen = link != nil
        while true {
            let link = try await connected()
            let found: Outcome
            do throws(Fault) {
                found = try await step(.findCard, timings.find, link, &attempt)
            } catch {
                guard error.kind == .readerLost, mayReopen else { throw error }
                mayReopen = false
                continue
            }
            mayReopen = false
            switch found {
            case .resynchronised: continue
            case .answer(let response) where response.status == .found:
                if !attempt.hasAnnouncedCard {
                    attempt.hasAnnouncedCard = true
                    onCard()
                }
            case .answer(let response) where response.status == .noCard || response.status == .selectFailed:
                // Taken away, or not shown again because the reader thinks it was read: either way it must be put anew.
                if attempt.hasAnnouncedCard, now - attempt.lastTrouble >= Int64(timings.removal) {
                    throw Fault(.cardRemoved, responsible: .citizen, detail: "no card after a failed read")
                }
                attempt.recoveries = 0
                try await pause()
                continue
            case .answer(let response):
                try await handle(response, link, &attempt)
                continue
            }
            switch try await step(.selectCard, timings.select, link, &attempt) {
            case .resynchronised: continue
            case .answer(let response) where response.status == .done: break
            case .answer(let response):
                try await handle(response, link, &attempt)
                continue
            }
            switch try await step(.readBase, timings.read, link, &attempt) {
            case .resynchronised: continue
            case .answer(let response) where response.status == .done:
                do throws(IdentityRecordError) {
                    return try IdentityRecord.reading(readBaseData: response.data)
                } catch {
                    switch error {
                    case .unsupportedKind:
                        throw Fault(.cardUnsupported, responsible: .citizen, detail: "card kind not served")
                    case .malformed(let problem):
                        try await restart(problem.description, .cardUnreadable, &attempt)
                    }
                }
            case .answer(let response):
                try await handle(response, link, &attempt)
            }
        }
    }

    /// Does what the status table says; returns when the sequence begins again at find.
    private func handle(_ response: SAMVResponse, _ link: SAMVLink, _ attempt: inout Attempt) async throws(Fault) {
        let detail = "SW3 \(response.status.hexadecimal)"
        switch response.status.action {
        case .restart, .proceed:
            try await restart(detail, .cardUnreadable, &attempt)
        case .restartMoved, .keepPolling:
            try await restart(detail, .cardRemoved, &attempt)
        case .rereadOnce:
            attempt.rereads += 1
            guard attempt.rereads <= 1 else { throw Fault(.cardUnreadable, responsible: .citizen, detail: detail) }
            try await restart(detail, .cardUnreadable, &attempt)
        case .refuseCard:
            throw Fault(.cardUnsupported, responsible: .citizen, detail: detail)
        case .outOfService, .report, .resend:
            throw Fault(.readerOutOfService, responsible: .technician, detail: detail)
        case .resetOnce:
            attempt.resets += 1
            guard attempt.resets <= 1 else {
                throw Fault(.readerOutOfService, responsible: .technician, detail: detail)
            }
            try await recover(link, detail, from: 1)
            attempt.lastTrouble = now
        }
    }

    private func restart(_ detail: String, _ kind: Fault.Kind, _ attempt: inout Attempt) async throws(Fault) {
        let time = now
        if attempt.failures == 0 { attempt.firstFailure = time }
        attempt.failures += 1
        attempt.lastTrouble = time
        guard attempt.failures <= timings.retries, time - attempt.firstFailure <= Int64(timings.retryWindow) else {
            throw Fault(kind, responsible: .citizen, detail: "\(detail), \(attempt.failures) times")
        }
        try await pause()
    }

    // MARK: - One command

    /// Sends a command until it is answered, resending at most twice what the reader received damaged.
    private func step(
        _ command: SAMVCommand, _ timeout: Int, _ link: SAMVLink, _ attempt: inout Attempt
    ) async throws(Fault) -> Outcome {
        var resends = 0
        while true {
            do throws(USBError) {
                let response = try await link.exchange(command, timeoutMilliseconds: timeout)
                if response.status.action == .resend, resends < 2 {
                    resends += 1
                    continue
                }
                return .answer(response)
            } catch {
                try await throwIfFinal(error)
                attempt.recoveries += 1
                guard attempt.recoveries <= 2 else {
                    await disconnect()
                    throw Fault(.readerSilent, responsible: .technician, detail: error.description)
                }
                try await recover(link, error.description)
                attempt.lastTrouble = now
                return .resynchronised
            }
        }
    }

    // MARK: - The reader

    private func connected() async throws(Fault) -> SAMVLink {
        if let link {
            guard await link.needsSync else { return link }
            do throws(USBError) {
                try await identify(link)
                return link
            } catch  where error.code == .noDevice {
                // Unplugged since the last read; perhaps it is back as another device.
                await disconnect()
            } catch {
                try await throwIfFinal(error)
                try await recover(link, error.description)
                return link
            }
        }
        let opened = try await open()
        link = opened
        let status: SAMVStatus
        do throws(USBError) {
            status = try await contact(opened, .samStatus)
        } catch {
            try await throwIfFinal(error)
            try await recover(opened, error.description)
            return opened
        }
        try await throwIfOutOfService(status)
        return opened
    }

    private func open() async throws(Fault) -> SAMVLink {
        do throws(USBError) {
            guard let found = try await choice.find(on: bus), case .usb(let device) = found.device else {
                throw USBError(.noDevice)
            }
            settings = found.settings
            let transport = try await bus.open(device)
            do throws(USBError) {
                return try await SAMVLink(transport: transport, timings: timings, clock: clock)
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

    private func identify(_ link: SAMVLink) async throws(USBError) {
        let response = try await link.synchronise()
        guard response.status == .done else { throw USBError(.damaged, "SAM number \(response.status.hexadecimal)") }
        samIdentifier = Self.format(samIdentifier: response.data)
    }

    /// Empties the pipes, asks for the status or resets, and comes in step. Returns the status.
    private func contact(_ link: SAMVLink, _ command: SAMVCommand) async throws(USBError) -> SAMVStatus {
        try await link.drain()
        let response = try await link.exchange(command, timeoutMilliseconds: timings.status)
        if response.status.action != .outOfService { try await identify(link) }
        return response.status
    }

    /// The ladder after a time-out or a damaged answer: status, SAM reset, USB reset; then the reader is given up.
    private func recover(_ link: SAMVLink, _ cause: String, from first: Int = 0) async throws(Fault) {
        for rung in first..<3 {
            let status: SAMVStatus
            do throws(USBError) {
                if rung == 2 { try await link.reset() }
                status = try await contact(link, rung == 1 ? .resetSAM : .samStatus)
            } catch {
                try await throwIfFinal(error)
                continue
            }
            return try await throwIfOutOfService(status)
        }
        await disconnect()
        throw Fault(.readerSilent, responsible: .technician, detail: cause)
    }

    private func throwIfOutOfService(_ status: SAMVStatus) async throws(Fault) {
        guard status.action == .outOfService else { return }
        await disconnect()
        throw Fault(.readerOutOfService, responsible: .technician, detail: "SW3 \(status.hexadecimal)")
    }

    /// Errors that end the read at once: the reader is gone, or nobody waits any more.
    private func throwIfFinal(_ error: USBError) async throws(Fault) {
        switch error.code {
        case .cancelled: throw Self.cancelled
        case .noDevice:
            await disconnect()
            throw Fault(.readerLost, responsible: .hallStaff, detail: error.description)
        case .accessDenied, .busy, .unsupported:
            await disconnect()
            throw Fault(.readerOutOfService, responsible: .technician, detail: error.description)
        default: return
        }
    }

    private func disconnect() async {
        let closing = link
        link = nil
        await closing?.transport.close()
    }

    private func pause() async throws(Fault) {
        let until = Timestamp(milliseconds: now + Int64(timings.pollInterval))
        do {
            try await clock.sleep(until: until)
        } catch {
            throw Self.cancelled
        }
    }

    private var now: Int64 { clock.now().milliseconds }

    private static let cancelled = Fault(.timedOut, responsible: .citizen, detail: "cancelled")

    /// Little-endian u16, u16, u32, u32, u32 as `%02d.%02d-%08d-%010d-%010d`.
    static func format(samIdentifier bytes: [UInt8]) -> String? {
        guard let first = bytes.littleEndian16(0), let second = bytes.littleEndian16(2),
            let third = bytes.littleEndian32(4), let fourth = bytes.littleEndian32(8),
            let fifth = bytes.littleEndian32(12)
        else { return nil }
        func padded(_ number: some BinaryInteger, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return [
            padded(first, 2) + "." + padded(second, 2), padded(third, 8), padded(fourth, 10), padded(fifth, 10),
        ].joined(separator: "-")
    }
}
