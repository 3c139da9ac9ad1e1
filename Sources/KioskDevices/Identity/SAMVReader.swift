/// The identity-card reader's port: finds the reader, polls for a card, reads it, and recovers from what goes wrong.

public import KioskCore

/// Opens the reader on demand and keeps it open between reads. One read at a time; a second caller waits.
///
/// A cancelled read throws `timedOut` with the detail `cancelled`; what the reader may still send for it is thrown away
/// before the next command. Expiry of the card is not judged here.
///
/// A card that was read and still lies there is not given a second time. Readers that demand that it be lifted see to it
/// themselves; of one that finds it again (`SameCardRule.foundAgain`), and after a reset that made the reader forget,
/// the same records are passed over until the reader has once said that there is no card.
public actor SAMVReader: IdentityReader {
    private let bus: any USBBus
    private let choice: DeviceChoice<SAMVSettings>
    private var settings = SAMVSettings()
    private let clock: any KioskCore.Clock
    private let access = ExclusiveAccess()
    private var link: SAMVLink?
    public private(set) var health = Health()
    /// The text record of the last card whose kind no layout describes, for whoever writes the layout; forgotten with
    /// the next read and on `close()`. Personal data: it goes into no log and no file.
    public private(set) var unknownRecord: [UInt8]?
    /// The last card that was read, as a hash that is keyed anew in every process.
    private var lastCard: Int?
    /// The reader may find a card again that was not lifted.
    private var mayFindLastCard = false
    /// How often the reader was given back: a read that was under way does not open it again.
    private var closings = 0

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

    /// The security module's number as printed on the reader (`05.03-20261121-…`); nil before the first contact.
    public var samIdentifier: String? { health.samIdentifier }

    public func readCard(
        _ request: CardRequest, onCard: @Sendable () -> Void
    ) async throws(Fault) -> IdentityReading {
        guard await access.enter() else { throw Self.cancelled }
        defer { access.leave() }
        unknownRecord = nil
        return try await noting { () throws(Fault) in try await read(request, onCard: onCard) }
    }

    /// Opens the reader when it is not open and asks for its status; throws what is wrong with it. For `kiosk doctor`.
    public func check() async throws(Fault) {
        guard await access.enter() else { throw Self.cancelled }
        defer { access.leave() }
        _ = try await noting { () throws(Fault) in try await connected() }
    }

    /// Gives the reader back to the system; a read that is under way ends as if it were cancelled.
    public func close() async {
        closings += 1
        unknownRecord = nil
        await disconnect()
    }

    /// What ends a read stands in the reader's health as well.
    private func noting<Value: Sendable>(_ body: () async throws(Fault) -> Value) async throws(Fault) -> Value {
        do {
            return try await body()
        } catch {
            if error.kind != .timedOut { health.note("\(error.kind.rawValue): \(error.detail)", at: clock.now()) }
            throw error
        }
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
        /// A record was on its way and did not arrive whole: the reader may think that this card was read.
        var mayHaveLostRecord = false

        mutating func announce(_ onCard: () -> Void) {
            guard !hasAnnouncedCard else { return }
            hasAnnouncedCard = true
            onCard()
        }
    }

    private func read(_ request: CardRequest, onCard: () -> Void) async throws(Fault) -> IdentityReading {
        var attempt = Attempt()
        let closings = closings
        // A reader that was unplugged and plugged in again between two reads shows only at the first command.
        var mayReopen = link != nil
        while true {
            guard closings == self.closings else { throw Self.cancelled }
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
                if !mayBeLastCard { attempt.announce(onCard) }
            case .answer(let response) where response.status == .noCard || response.status == .selectFailed:
                if attempt.mayHaveLostRecord {
                    // A reset makes the reader find it again, if it still lies there.
                    attempt.mayHaveLostRecord = false
                    try await recover(link, "no card after a lost record", from: .samReset)
                    attempt.lastTrouble = now
                    continue
                }
                if attempt.hasAnnouncedCard, now - attempt.lastTrouble >= Int64(timings.removal) {
                    throw Fault(.cardRemoved, responsible: .citizen, detail: "no card after a failed read")
                }
                if response.status == .noCard { (lastCard, mayFindLastCard) = (nil, false) }
                attempt.recoveries = 0
                try await pause()
                continue
            case .answer(let response):
                try await handle(response, .findCard, link, &attempt)
                continue
            }
            switch try await step(.selectCard, timings.select, link, &attempt) {
            case .resynchronised: continue
            case .answer(let response) where response.status == .done: break
            case .answer(let response):
                try await handle(response, .selectCard, link, &attempt)
                continue
            }
            let reading: SAMVSettings.Command = request.wantsFingerprints ? .readBaseWithFingerprints : .readBase
            switch try await step(reading, timings.read, link, &attempt) {
            case .resynchronised:
                attempt.mayHaveLostRecord = true
                continue
            case .answer(let response) where response.status == .done:
                guard let record = try await record(response, reading, &attempt) else { continue }
                guard !mayBeLastCard || Self.hash(record) != lastCard else {
                    attempt = Attempt()
                    try await pause()
                    continue
                }
                attempt.announce(onCard)
                if let reading = try await self.reading(record, &attempt) { return reading }
            case .answer(let response):
                try await handle(response, reading, link, &attempt)
            }
        }
    }

    /// Takes an answer apart; nil when the sequence begins again at find.
    private func record(
        _ response: SAMVResponse, _ command: SAMVSettings.Command, _ attempt: inout Attempt
    ) async throws(Fault) -> IdentityRecord? {
        do throws(CodecError) {
            return try IdentityRecord(
                readData: response.data, withFingerprints: command == .readBaseWithFingerprints)
        } catch {
            attempt.mayHaveLostRecord = true
            try await restart(error.description, .cardUnreadable, &attempt)
            return nil
        }
    }

    /// What the record says; nil when it is damaged and the sequence begins again at find.
    private func reading(_ record: IdentityRecord, _ attempt: inout Attempt) async throws(Fault) -> IdentityReading? {
        do throws(IdentityRecordError) {
            let reading = try record.reading()
            remember(record)
            return reading
        } catch {
            switch error {
            case .unsupportedKind(let letter):
                remember(record)
                unknownRecord = record.text
                throw Fault(
                    .cardUnsupported, responsible: .citizen,
                    detail: "card kind U+\(String(letter, radix: 16, uppercase: true)) has no known layout")
            case .malformed(let problem):
                attempt.mayHaveLostRecord = true
                try await restart(problem.description, .cardUnreadable, &attempt)
                return nil
            }
        }
    }

    private var mayBeLastCard: Bool {
        lastCard != nil && (settings.sameCard == .foundAgain || mayFindLastCard)
    }

    private func remember(_ record: IdentityRecord) {
        (lastCard, mayFindLastCard) = (Self.hash(record), false)
        health.cardsRead += 1
    }

    private static func hash(_ record: IdentityRecord) -> Int {
        var hasher = Hasher()
        hasher.combine(record.text)
        hasher.combine(record.photo)
        return hasher.finalize()
    }

    /// Does what the status table says; returns when the sequence begins again at find.
    private func handle(
        _ response: SAMVResponse, _ command: SAMVSettings.Command, _ link: SAMVLink, _ attempt: inout Attempt
    ) async throws(Fault) {
        let detail = "\(command.rawValue): SW3 \(response.status.hexadecimal)"
        health.count(command, \.failed)
        health.note(detail, at: clock.now())
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
            try await recover(link, detail, from: .samReset)
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

    /// Sends a command until it is answered, or until the reader was brought back in step.
    private func step(
        _ command: SAMVSettings.Command, _ timeout: Int, _ link: SAMVLink, _ attempt: inout Attempt
    ) async throws(Fault) -> Outcome {
        do throws(USBError) {
            let response = try await ask(command, timeout, link)
            if response.status.action == .proceed { health.count(command, \.done) }
            return .answer(response)
        } catch {
            try await throwIfFinal(error)
            health.count(command, \.recovered)
            health.note("\(command.rawValue): \(error)", at: clock.now())
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

    /// Sends a command, again at most twice when the reader received it damaged.
    private func ask(
        _ name: SAMVSettings.Command, data: [UInt8] = [], _ timeout: Int, _ link: SAMVLink
    ) async throws(USBError) -> SAMVResponse {
        let command = SAMVCommand(name, data: data, changes: settings.commands)
        var resends = 0
        while true {
            let response = try await link.exchange(command, timeoutMilliseconds: timeout)
            guard response.status.action == .resend, resends < 2 else { return response }
            resends += 1
            health.count(name, \.resent)
        }
    }

    // MARK: - The reader

    private func connected() async throws(Fault) -> SAMVLink {
        if let link {
            guard await link.needsSync else { return link }
            do throws(USBError) {
                guard try await identify(link).action == .outOfService else { return link }
            } catch  where error.code == .noDevice {
                // Unplugged since the last read; perhaps it is back as another device.
                await disconnect()
                return try await opened()
            } catch {
                try await throwIfFinal(error)
                return try await recover(link, error.description)
            }
            return try await recover(link, "the security module is out of service")
        }
        return try await opened()
    }

    private func opened() async throws(Fault) -> SAMVLink {
        let opened = try await open()
        link = opened
        let status: SAMVStatus
        do throws(USBError) {
            status = try await contact(opened, .samStatus, isFresh: true)
        } catch {
            try await throwIfFinal(error)
            return try await recover(opened, error.description)
        }
        try await throwIfOutOfService(status)
        return opened
    }

    private func open() async throws(Fault) -> SAMVLink {
        do throws(USBError) {
            guard let found = try await choice.find(on: bus) else { throw USBError(.noDevice) }
            settings = found.settings
            let transport: any SAMVTransport
            switch found.device {
            case .usb(let info):
                let device = try await bus.open(info)
                do throws(USBError) {
                    transport = try await SAMVUSBTransport(
                        device: device, transport: settings.transport, clock: clock)
                } catch {
                    await device.close()
                    throw error
                }
            case .serial(let path):
                guard case .serial(let baud) = settings.transport else {
                    throw USBError(.unsupported, "the profile of \(path) asks for another transport")
                }
                transport = try SAMVSerialLine(path: path, baud: baud)
            }
            (health.profile, health.transport) = (found.profile, transport.name)
            return SAMVLink(transport: transport, timings: timings, clock: clock)
        } catch {
            if error.code == .cancelled { throw Self.cancelled }
            throw Fault(
                error.code == .noDevice ? .readerMissing : .readerOutOfService, responsible: .technician,
                detail: error.description)
        }
    }

    /// Comes in step by asking for the SAM's number. Returns `done`, or the status of a SAM that is out of service.
    private func identify(_ link: SAMVLink) async throws(USBError) -> SAMVStatus {
        let response = try await link.synchronise(SAMVCommand(.samIdentifier, changes: settings.commands))
        if response.status.action == .outOfService { return response.status }
        guard response.status == .done else { throw USBError(.damaged, "SAM number \(response.status.hexadecimal)") }
        health.count(.samIdentifier, \.done)
        health.samIdentifier = Self.format(samIdentifier: response.data)
        return response.status
    }

    /// Empties the transport, asks for the status or resets the SAM, and comes in step. Returns the status.
    private func contact(
        _ link: SAMVLink, _ name: SAMVSettings.Command, isFresh: Bool
    ) async throws(USBError) -> SAMVStatus {
        try await link.drain()
        let status = try await ask(name, timings.status, link).status
        health.samStatus = status.hexadecimal
        guard status.action != .outOfService else { return status }
        health.count(name, status == .done ? \.done : \.failed)
        let identity = try await identify(link)
        guard identity.action != .outOfService else { return identity }
        if isFresh, let byte = settings.maximumRFByte {
            let answer = try await ask(.setMaximumRFByte, data: [byte], timings.status, link)
            health.count(.setMaximumRFByte, answer.status == .done ? \.done : \.failed)
            // A reader that keeps its own setting reads cards all the same.
            if answer.status != .done { health.note("rf byte: SW3 \(answer.status.hexadecimal)", at: clock.now()) }
        }
        return identity
    }

    /// The ladder after a time-out or a damaged answer. Then the reader is given up.
    private enum Rung: Int, CaseIterable {
        case status, samReset, transportReset
    }

    /// Returns the link that is in step: another one when the reader came back as a new device.
    @discardableResult
    private func recover(
        _ link: SAMVLink, _ cause: String, from first: Rung = .status
    ) async throws(Fault) -> SAMVLink {
        for rung in Rung.allCases where rung.rawValue >= first.rawValue {
            if rung != .status { mayFindLastCard = true }
            let status: SAMVStatus
            do throws(USBError) {
                if rung == .transportReset { try await link.reset() }
                status = try await contact(
                    link, rung == .samReset ? .resetSAM : .samStatus, isFresh: rung != .status)
            } catch {
                if rung == .transportReset, error.code == .noDevice { return try await reopened() }
                try await throwIfFinal(error)
                continue
            }
            try await throwIfOutOfService(status)
            return link
        }
        await disconnect()
        throw Fault(.readerSilent, responsible: .technician, detail: cause)
    }

    /// A device that was reset may come back under another address: it is looked for as long as that takes.
    private func reopened() async throws(Fault) -> SAMVLink {
        await disconnect()
        let deadline = now + Int64(timings.comeback)
        while true {
            let opened: SAMVLink
            do throws(Fault) {
                opened = try await open()
            } catch {
                guard error.kind == .readerMissing else { throw error }
                guard now < deadline else {
                    throw Fault(.readerLost, responsible: .hallStaff, detail: "not back after its reset")
                }
                try await pause()
                continue
            }
            link = opened
            let status: SAMVStatus
            do throws(USBError) {
                status = try await contact(opened, .samStatus, isFresh: true)
            } catch {
                try await throwIfFinal(error)
                await disconnect()
                throw Fault(.readerSilent, responsible: .technician, detail: error.description)
            }
            try await throwIfOutOfService(status)
            return opened
        }
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
        case .accessDenied, .busy, .unsupported, .notRecorded:
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
