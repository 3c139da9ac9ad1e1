/// Brings sealed cases to the central office by Case Sync v1 and keeps the receipts.

internal import FoundationEssentials
public import KioskCore
public import Logging

/// Manifests first, because they tell the office what it must miss should the terminal be lost; then, oldest case
/// first, chunks and commit. Every request can be repeated, so nothing is remembered between runs but the case's row.
///
/// A failure of the way to the office (no answer, a portal, 401, 403, 429, Retry-After) holds everything back. A failure
/// of one case holds back that case alone, until five in a row say that the office itself is ill: then one probe at a
/// time goes out. The wait before try `n` is a random time up to min(300 s, 1 s · 2ⁿ).
public actor SyncClient {
    private let vault: Vault
    private let transport: any OfficeTransport
    private let clock: any KioskCore.Clock
    private let purgeAfter: Int
    private let jitter: @Sendable (_ milliseconds: Int) -> Int
    private let logger: Logger
    private let verifier: ReceiptVerifier
    private let root: String

    /// Chunks the office lacks, by case. Absent: the case must be announced (again).
    private var missing: [String: [String]] = [:]
    /// Tries that failed in a row, by case, and when each may be tried again.
    private var setbacks: [String: (count: Int, until: Timestamp)] = [:]
    private var linkFailures = 0
    private var linkHeldUntil: Timestamp?
    /// Answers in a row that failed, whatever the case.
    private var failuresInARow = 0
    private var lastProblem: String?

    /// - Parameters:
    ///   - purgeAfter: seconds that ciphertext stays on disk after its receipt; longer than the office's backup window.
    ///   - jitter: a random number of milliseconds from 0 to the given one.
    public init(
        vault: Vault, transport: any OfficeTransport, clock: any KioskCore.Clock, logger: Logger,
        purgeAfter: Int = 7 * 86_400,
        jitter: @escaping @Sendable (_ milliseconds: Int) -> Int = { Int.random(in: 0...max(0, $0)) }
    ) {
        self.vault = vault
        self.transport = transport
        self.clock = clock
        self.logger = logger
        self.purgeAfter = purgeAfter
        self.jitter = jitter
        let folder = vault.enrolment
        verifier = ReceiptVerifier(terminal: folder.enrolment.terminal, keys: folder.receiptKeys)
        root = "/v1/kiosks/\(folder.enrolment.terminal)/cases"
    }

    /// Works until its task is cancelled; then throws `CancellationError`. Throws a `Fault` when the store fails.
    public func run() async throws {
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await vault.setSealObserver { wake.yield() }
        var timer: Task<Void, Never>?
        defer { timer?.cancel() }
        wake.yield()
        for await _ in wakes {
            timer?.cancel()
            let due = try await deliverDue()
            timer = due.map { due in
                Task { [clock] in
                    do { try await clock.sleep(until: due) } catch { return }
                    wake.yield()
                }
            }
        }
        throw CancellationError()
    }

    /// One round: everything that is due now. Returns when to come again; nil when only a new case gives work.
    public func deliverDue() async throws(Fault) -> Timestamp? {
        do {
            try await deliver()
        } catch let setback as LinkFailure {
            hold(setback)
        } catch let fault as Fault {
            throw fault
        } catch {
            // Cancelled in the middle of a request: nothing is lost, everything can be repeated.
            return nil
        }
        let purgeDue = try await vault.purge(at: clock.now(), after: purgeAfter)
        var status = try await vault.outboxStatus(at: clock.now())
        status.lastProblem = lastProblem
        try await vault.publish(status)
        let casesDue = linkHeldUntil ?? setbacks.values.map(\.until).min()
        return [casesDue, purgeDue].compactMap { $0 }.min()
    }

    // MARK: One round

    private enum CaseOutcome {
        case done
        /// Try this case again later.
        case failed(String)
        /// Never again by itself.
        case refused(String)
    }

    /// The way to the office does not work: no case can be blamed.
    private struct LinkFailure: Error {
        var reason: String
        var floor: Int = 0
    }

    private func deliver() async throws {
        // A new case does not shorten what the office or the line made us wait.
        if let linkHeldUntil, clock.now() < linkHeldUntil { return }
        var isProbe = linkHeldUntil != nil
        linkHeldUntil = nil
        // One case moves at a time, and then the list is read anew: a case sealed meanwhile is announced before the
        // chunks of older ones go on.
        while let entry = nextEntry(try await vault.unsentCases()) {
            try Task.checkCancellation()
            let announces = missing[entry.caseID] == nil
            let outcome = announces ? try await announce(entry) : try await uploadAndCommit(entry)
            switch outcome {
            case .done:
                succeed(entry)
                isProbe = false
            case .failed(let reason):
                try fail(entry, reason, isProbe: isProbe)
            case .refused(let reason):
                try await vault.park(entry.caseID, because: reason)
                forget(entry)
                failuresInARow = 0
                lastProblem = reason
                logger.error(
                    "case parked",
                    metadata: ["case": "\(entry.caseID)", "reason": "\(reason)", "responsible": "technician"])
            }
        }
    }

    /// The oldest case that is due and not announced; when there is none, the oldest that is due.
    private func nextEntry(_ entries: [OutboxEntry]) -> OutboxEntry? {
        let now = clock.now()
        let due = entries.filter { entry in
            guard let setback = setbacks[entry.caseID] else { return true }
            return setback.until <= now
        }
        return due.first { missing[$0.caseID] == nil } ?? due.first
    }

    private func announce(_ entry: OutboxEntry) async throws -> CaseOutcome {
        let manifest = try await vault.signedManifest(of: entry.caseID)
        let response = try await send(
            OfficeRequest(
                .put, "\(path(entry))/manifest", contentType: "application/json", body: manifest, timeout: 30))
        switch response.status {
        case 200:
            return try await accept(response, entry)
        case 202:
            guard let list = response.json(MissingChunks.self) else { throw notTheOffice(response) }
            guard let chunks = wanted(list, of: manifest) else { return .failed("202 asks for foreign chunks") }
            missing[entry.caseID] = chunks
            try await vault.mark(entry.caseID, .announced)
            return .done
        default:
            return try judge(response, during: "manifest")
        }
    }

    private func uploadAndCommit(_ entry: OutboxEntry) async throws -> CaseOutcome {
        if missing[entry.caseID]?.isEmpty == false { try await vault.mark(entry.caseID, .uploading) }
        // An office that goes on asking for what it said it has must not keep us here.
        for _ in 0..<3 {
            while let hash = missing[entry.caseID]?.first {
                let outcome = try await upload(hash, entry)
                guard case .done = outcome else { return outcome }
                guard missing[entry.caseID] != nil else { return .done }
                missing[entry.caseID]?.removeFirst()
            }
            let request = CommitRequest(manifestHash: entry.manifestHash)
            let response = try await send(
                OfficeRequest(
                    .post, "\(path(entry))/commit", contentType: "application/json",
                    body: [UInt8](try WireJSON.encode(request)), timeout: 30))
            if response.status == 200 { return try await accept(response, entry) }
            guard response.status == 409, let list = response.json(MissingChunks.self) else {
                return try judge(response, during: "commit")
            }
            let manifest = try await vault.signedManifest(of: entry.caseID)
            guard let chunks = wanted(list, of: manifest), !chunks.isEmpty else {
                return .failed("409 asks for foreign chunks")
            }
            missing[entry.caseID] = chunks
        }
        return .failed("409 asks for the same chunks again")
    }

    private func upload(_ hash: String, _ entry: OutboxEntry) async throws -> CaseOutcome {
        let bytes: [UInt8]
        do {
            bytes = try await vault.chunk(hash, of: entry.caseID)
        } catch {
            // The case is damaged on this disk; the others are not. A store that fails as a whole shows in `park`.
            return .refused("a chunk cannot be read: \(error.detail)")
        }
        let request = OfficeRequest(
            .put, "\(path(entry))/chunks/\(hash)", contentType: "application/octet-stream",
            contentDigest: Digests.contentDigest(bytes), body: bytes, timeout: 120)
        // 400: damaged on the way.
        for _ in 0..<3 {
            let response = try await send(request)
            switch response.status {
            case 200, 201:
                // Nothing is believed of it: a portal's 200 shows at the commit, which must carry a signature.
                return .done
            case 400 where response.json(WireProblem.self) != nil:
                continue
            case 404 where response.json(WireProblem.self) != nil:
                // The office has lost the manifest: announce again.
                missing[entry.caseID] = nil
                return .done
            default:
                return try judge(response, during: "chunk")
            }
        }
        return .failed("400 for one chunk three times")
    }

    /// The chunks of the list when all are ours, in the manifest's order.
    private func wanted(_ list: MissingChunks, of manifest: [UInt8]) -> [String]? {
        guard let document = try? WireJSON.decode(SignedDocument.self, from: manifest),
            let payload = Data(base64Encoded: document.payload),
            let ours = try? WireJSON.decode(CaseManifest.self, from: payload)
        else { return nil }
        let chunks = ours.items.flatMap(\.chunks)
        let asked = Set(list.missing)
        return asked.isSubset(of: chunks) ? chunks.filter(asked.contains) : nil
    }

    private func accept(_ response: OfficeResponse, _ entry: OutboxEntry) async throws -> CaseOutcome {
        guard let document = response.json(SignedDocument.self) else { throw notTheOffice(response) }
        do {
            _ = try verifier.verify(document, for: entry)
        } catch {
            return .failed("\(error)")
        }
        let isNew = try await vault.keepReceipt(document, of: entry.caseID, at: clock.now())
        forget(entry)
        if isNew { logger.info("case receipted", metadata: ["case": "\(entry.caseID)"]) }
        return .done
    }

    // MARK: Answers that are none

    private func send(_ request: OfficeRequest) async throws -> OfficeResponse {
        do {
            return try await transport.send(request)
        } catch {
            try Task.checkCancellation()
            throw LinkFailure(reason: "\(error)")
        }
    }

    private func notTheOffice(_ response: OfficeResponse) -> LinkFailure {
        LinkFailure(reason: "\(response.status) without the office's JSON: a captive portal or a foreign server")
    }

    private func judge(_ response: OfficeResponse, during step: String) throws -> CaseOutcome {
        let problem = response.json(WireProblem.self)
        let reason = "\(response.status) \(problem.map { LogText.word($0.problem) } ?? "") at \(step)"
        switch response.status {
        case 401, 403:
            throw LinkFailure(reason: "\(reason): the terminal's certificate is refused", floor: 60)
        case 429:
            throw LinkFailure(reason: reason, floor: response.retryAfter ?? 0)
        case 408, 425:
            return .failed(reason)
        case 400...499:
            guard problem != nil else { throw notTheOffice(response) }
            return .refused(reason)
        case 500...599:
            if let floor = response.retryAfter { throw LinkFailure(reason: reason, floor: floor) }
            return .failed(reason)
        default:
            throw notTheOffice(response)
        }
    }

    private func succeed(_ entry: OutboxEntry) {
        setbacks[entry.caseID] = nil
        linkFailures = 0
        failuresInARow = 0
        lastProblem = nil
    }

    private func fail(_ entry: OutboxEntry, _ reason: String, isProbe: Bool) throws(LinkFailure) {
        // What the office has may have changed with its failure: begin with the manifest again.
        missing[entry.caseID] = nil
        let count = (setbacks[entry.caseID]?.count ?? 0) + 1
        setbacks[entry.caseID] = (count, clock.now().adding(milliseconds: delay(afterFailures: count)))
        failuresInARow += 1
        lastProblem = reason
        logger.warning("case not delivered", metadata: ["case": "\(entry.caseID)", "reason": "\(reason)"])
        if isProbe || failuresInARow >= 5 { throw LinkFailure(reason: reason) }
    }

    private func hold(_ failure: LinkFailure) {
        linkFailures += 1
        var wait = delay(afterFailures: linkFailures)
        // Terminals that were told the same second must not come back in it together.
        if failure.floor > 0 { wait = max(wait, failure.floor * 1000 + jitter(30_000)) }
        linkHeldUntil = clock.now().adding(milliseconds: wait)
        lastProblem = failure.reason
        logger.warning(
            "office not reached", metadata: ["reason": "\(failure.reason)", "retry_in_ms": "\(wait)"])
    }

    private func delay(afterFailures count: Int) -> Int {
        jitter(min(300_000, 1000 << min(count - 1, 9)))
    }

    private func forget(_ entry: OutboxEntry) {
        missing[entry.caseID] = nil
        setbacks[entry.caseID] = nil
    }

    private func path(_ entry: OutboxEntry) -> String {
        "\(root)/\(entry.caseID)/revs/\(entry.rev)"
    }
}

extension Timestamp {
    fileprivate func adding(milliseconds count: Int) -> Timestamp {
        Timestamp(milliseconds: milliseconds &+ Int64(count))
    }
}
