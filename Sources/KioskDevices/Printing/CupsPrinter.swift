/// Prints a paper once through a CUPS queue, and says truly whether the printer took it.

public import KioskCore

/// The terminal's paper printer: one queue of a print service.
///
/// A paper is known to the service by its id, which stands at the end of the job's name. So the same id never comes
/// out twice while the service remembers the job, not even after a crash of this process: an unfinished job of that id
/// is waited for, and a completed one counts as printed. A wish for another copy needs another id.
///
/// The title stands in the job's name too, and CUPS writes that into its log: a title has no personal data.
///
/// A job that is given up on is cancelled at the service and, when it speaks IPP, at the printer. When neither can be
/// reached, that is made up for as soon as the service answers again.
public actor CupsPrinter: PaperPrinter {
    private static let pollMilliseconds: Int64 = 250
    /// A service that restarts for an update is back within this time.
    private static let lossSeconds = 5
    private static let cancelSeconds = 5
    /// cupsd kills the backend of a cancelled job after `JobKillDelay`, 30 seconds.
    private static let backendSeconds = 40
    private static let copiesAtMost = 20
    /// RFC 8011 §5.1.3: a name has at most 255 octets.
    private static let nameBytesAtMost = 255

    private let queue: String
    private let client: IPPClient
    private let clock: any KioskCore.Clock
    private let deadlineSeconds: Int
    private var running: [String: Task<Fault?, Never>] = [:]
    /// Ids of papers whose jobs could not be cancelled yet.
    private var abandoned: Set<String> = []
    private var reaper: Task<Void, Never>?

    /// - Parameters:
    ///   - queue: the name of the queue at the service.
    ///   - server: a socket's path or `host:port`; nil takes `CUPS_SERVER`, then the machine's own service.
    ///   - deadlineSeconds: how long one paper may take from the call to its last sheet.
    public init(queue: String, server: String?, clock: any KioskCore.Clock, deadlineSeconds: Int = 60) {
        self.queue = queue
        self.client = IPPClient(server: server)
        self.clock = clock
        self.deadlineSeconds = deadlineSeconds
    }

    deinit {
        reaper?.cancel()
    }

    /// Returns when the printer reports the job as completed. A call with an id that is being printed joins that one.
    /// Cancelling the task cancels the job and throws `printerStopped`.
    public func print(_ job: PrintJob) async throws(Fault) {
        let task: Task<Fault?, Never>
        if let current = running[job.id] {
            task = current
        } else {
            task = Task { await self.carryOut(job) }
            running[job.id] = task
        }
        let fault = await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        if let fault { throw fault }
    }

    /// Asks the queue and, when it speaks IPP, the printer itself. Of a printer that does not, only a stopped queue is
    /// known between jobs: its last reasons stay at the queue until its next job.
    public func fault() async -> Fault? {
        await cancelAbandoned()
        do throws(IPPError) {
            return try await obstacle()
        } catch {
            return Self.fault(error)
        }
    }

    private func carryOut(_ job: PrintJob) async -> Fault? {
        defer { running[job.id] = nil }
        do throws(Fault) {
            try await printOnce(job)
            return nil
        } catch {
            return error
        }
    }

    private func printOnce(_ job: PrintJob) async throws(Fault) {
        let deadline = clock.now().adding(seconds: deadlineSeconds)
        await cancelAbandoned()
        let before: Before
        do throws(IPPError) {
            before = try await lookBefore(paper: job.id)
        } catch {
            throw Self.fault(error)
        }
        let id: Int
        if before.isPrinted {
            return
        } else if let unfinished = before.unfinished {
            id = unfinished
        } else if let fault = before.obstacle {
            throw fault
        } else if Task.isCancelled {
            throw Self.cancelledByCaller
        } else {
            id = try await send(job)
        }
        try await settle(id, ofPaper: job.id, until: deadline, ignoring: before.reasons)
    }

    /// What is known of a paper and of the queue before anything is sent.
    private struct Before {
        var isPrinted: Bool
        var unfinished: Int?
        var obstacle: Fault?
        /// Of the queue: they may be left over from an earlier job.
        var reasons: Set<String>
    }

    private func lookBefore(paper: String) async throws(IPPError) -> Before {
        let earlier = try await jobs(ofPapers: [paper], at: .queue(queue), includingFinished: true)
        return Before(
            isPrinted: earlier.contains { $0.state == .completed },
            unfinished: earlier.first { !$0.state.isFinal }?.id,
            obstacle: try await obstacle(),
            reasons: Set(try await client.status(of: .queue(queue)).reasons))
    }

    private func send(_ job: PrintJob) async throws(Fault) -> Int {
        do throws(IPPError) {
            return try await client.print(
                job.pdf, name: Self.jobName(of: job), copies: min(max(1, job.copies), Self.copiesAtMost),
                cancelAfter: max(1, deadlineSeconds), on: .queue(queue))
        } catch {
            // The service may have the job although its answer was lost.
            if error.code == .unreachable || error.code == .malformed { abandon(job.id) }
            throw Self.fault(error)
        }
    }

    /// Watches one job to its end. On a fault the job is cancelled before this throws.
    private func settle(
        _ id: Int, ofPaper paper: String, until deadline: Timestamp, ignoring reasons: Set<String>
    ) async throws(Fault) {
        var lostAt: Timestamp?
        while true {
            let now = clock.now()
            switch await progress(of: id, ignoring: reasons) {
            case .completed:
                return
            case .ended(let fault):
                throw fault
            case .blocked(let fault):
                return try await cancel(paper, because: fault)
            case .lost:
                let since = lostAt ?? now
                lostAt = since
                if now.seconds(since: since) >= Self.lossSeconds {
                    return try await cancel(paper, because: Self.serviceLost)
                }
            case .working:
                // A service that was gone starts its job anew, and what the printer already has is not known.
                if lostAt != nil { return try await cancel(paper, because: Self.serviceLost) }
            }
            if now >= deadline {
                return try await cancel(
                    paper,
                    because: Fault(.printerStopped, responsible: .hallStaff, detail: "no end within the deadline"))
            }
            do {
                try await clock.sleep(until: Timestamp(milliseconds: now.milliseconds &+ Self.pollMilliseconds))
            } catch {
                return try await cancel(paper, because: Self.cancelledByCaller)
            }
        }
    }

    private enum Progress {
        case working, completed
        /// Nobody answers.
        case lost
        /// Without paper, and by itself.
        case ended(Fault)
        /// Waiting for somebody's hands.
        case blocked(Fault)
    }

    private func progress(of id: Int, ignoring reasons: Set<String>) async -> Progress {
        do throws(IPPError) {
            switch try await client.job(id, of: .queue(queue)).state {
            case .completed:
                return .completed
            case .canceled:
                return .ended(Fault(.printerStopped, responsible: .hallStaff, detail: "job cancelled at the printer"))
            case .aborted:
                return .ended(Fault(.printRejected, responsible: .technician, detail: "job aborted"))
            case .stopped:
                // CUPS keeps a job that a filter could not read, to be restarted by hand.
                let rejected = Fault(.printRejected, responsible: .technician, detail: "job stopped by a filter")
                return .blocked(try await obstacle(duringJobIgnoring: reasons) ?? rejected)
            case .pending, .held, .processing:
                return try await obstacle(duringJobIgnoring: reasons).map(Progress.blocked) ?? .working
            }
        } catch {
            return error.code == .unreachable ? .lost : .ended(Self.fault(error))
        }
    }

    /// What keeps the printer from printing.
    ///
    /// A printer that speaks IPP is asked itself, because the queue keeps a printer's last reasons until its next job.
    /// For any other, the queue's reasons count during a job, when they are new since before it.
    private func obstacle(duringJobIgnoring stale: Set<String>? = nil) async throws(IPPError) -> Fault? {
        let status = try await client.status(of: .queue(queue))
        if status.state == .stopped || !status.isAcceptingJobs {
            return Fault(.printerStopped, responsible: .hallStaff, detail: "queue stopped")
        }
        guard let printer = Self.printer(of: status) else {
            guard let stale else { return nil }
            return PrinterStateReasons.fault(in: status.reasons.filter { !stale.contains($0) })
        }
        do throws(IPPError) {
            let own = try await client.status(of: printer)
            if let fault = PrinterStateReasons.fault(in: own.reasons) { return fault }
            return own.state == .stopped
                ? Fault(.printerStopped, responsible: .hallStaff, detail: "printer stopped") : nil
        } catch {
            return Fault(.printerMissing, responsible: .technician, detail: "printer does not answer")
        }
    }

    private func jobs(
        ofPapers papers: Set<String>, at target: IPPTarget, includingFinished: Bool
    ) async throws(IPPError) -> [JobStatus] {
        let endings = papers.map(Self.jobNameEnding)
        return try await client.jobs(of: target, includingFinished: includingFinished)
            .filter { job in endings.contains { job.name.hasSuffix($0) } }
    }

    // MARK: Giving up

    /// Throws `fault` once the paper's jobs are cancelled; returns when the paper was completed after all.
    private func cancel(_ paper: String, because fault: Fault) async throws(Fault) {
        // A task of its own: the caller's may be cancelled, and then could not wait for anything.
        let isPrinted = await Task { await self.cancelJobs(ofPapers: [paper]) }.value
        if !isPrinted { throw fault }
    }

    /// True when a job of the papers was completed. Papers whose jobs could not be cancelled stay in `abandoned`.
    @discardableResult
    private func cancelJobs(ofPapers papers: Set<String>) async -> Bool {
        do throws(IPPError) {
            let isClear = try await cancelJobs(ofPapers: papers, at: .queue(queue))
            // A backend that died with its service has told the printer nothing. A jammed printer may keep hold of its
            // job; it has the cancellation, and nobody has to wait for it.
            if let printer = Self.printer(of: try await client.status(of: .queue(queue))) {
                try await waitUntilKnown(papers, to: printer)
                _ = try await cancelJobs(ofPapers: papers, at: printer)
            }
            guard isClear else { throw IPPError(code: .refused) }
            abandoned.subtract(papers)
            return try await jobs(ofPapers: papers, at: .queue(queue), includingFinished: true)
                .contains { $0.state == .completed }
        } catch {
            papers.forEach(abandon)
            return false
        }
    }

    /// A cancelled job is over for the service at once, while its backend may still be handing it to the printer. Waits
    /// until the printer has a job of the papers to cancel, or the backend has ended and none will come.
    private func waitUntilKnown(_ papers: Set<String>, to printer: IPPTarget) async throws(IPPError) {
        var patience = Patience(until: clock.now().adding(seconds: Self.backendSeconds))
        while try await client.status(of: .queue(queue)).state == .processing {
            guard try await jobs(ofPapers: papers, at: printer, includingFinished: false).isEmpty else { return }
            guard patience.goesOn(at: clock.now()), await waitOnePoll() else { return }
        }
    }

    /// True once the target has no unfinished job of the papers; false when it keeps one for too long.
    private func cancelJobs(ofPapers papers: Set<String>, at target: IPPTarget) async throws(IPPError) -> Bool {
        var patience = Patience(until: clock.now().adding(seconds: Self.cancelSeconds))
        while true {
            let unfinished = try await jobs(ofPapers: papers, at: target, includingFinished: false)
            if unfinished.isEmpty { return true }
            for job in unfinished { try await cancelIfUnfinished(job.id, of: target) }
            guard patience.goesOn(at: clock.now()), await waitOnePoll() else { return false }
        }
    }

    /// How long to go on looking: by time, but at least a few looks. On a busy machine one look can take all the time.
    private struct Patience {
        let until: Timestamp
        private var looks = 0

        init(until: Timestamp) { self.until = until }

        mutating func goesOn(at now: Timestamp) -> Bool {
            looks += 1
            return looks < 8 || now < until
        }
    }

    /// A job that ends by itself meanwhile is no error.
    private func cancelIfUnfinished(_ id: Int, of target: IPPTarget) async throws(IPPError) {
        do throws(IPPError) {
            try await client.cancel(id, of: target)
        } catch  where error.code == .refused || error.code == .notFound {
        }
    }

    private func waitOnePoll() async -> Bool {
        let next = Timestamp(milliseconds: clock.now().milliseconds &+ Self.pollMilliseconds)
        do {
            try await clock.sleep(until: next)
            return true
        } catch {
            return false
        }
    }

    /// Keeps trying to cancel the paper's jobs, so that a service that comes back does not print them later.
    private func abandon(_ paper: String) {
        abandoned.insert(paper)
        guard reaper == nil else { return }
        reaper = Task { [weak self, clock] in
            while true {
                do { try await clock.sleep(until: clock.now().adding(seconds: 1)) } catch { return }
                guard let self, await self.cancelAbandoned() else { return }
            }
        }
    }

    /// True while some are left.
    @discardableResult
    private func cancelAbandoned() async -> Bool {
        if !abandoned.isEmpty { await cancelJobs(ofPapers: abandoned) }
        if abandoned.isEmpty {
            reaper?.cancel()
            reaper = nil
        }
        return !abandoned.isEmpty
    }

    // MARK: Names and faults

    private static func printer(of status: PrinterStatus) -> IPPTarget? {
        guard let address = status.deviceURI, address.hasPrefix("ipp://") || address.hasPrefix("ipps://") else {
            return nil
        }
        return .printer(address)
    }

    private static func jobNameEnding(of paper: String) -> String { " [\(paper)]" }

    private static func jobName(of job: PrintJob) -> String {
        let ending = jobNameEnding(of: job.id)
        var title = String(String.UnicodeScalarView(job.title.unicodeScalars.filter { $0.value >= 0x20 }))
        while !title.isEmpty, title.utf8.count + ending.utf8.count > nameBytesAtMost { title.removeLast() }
        return title + ending
    }

    private static let cancelledByCaller = Fault(
        .printerStopped, responsible: .citizen, detail: "cancelled by the caller")
    private static let serviceLost = Fault(
        .printerMissing, responsible: .technician, detail: "print service lost during the job")

    private static func fault(_ error: IPPError) -> Fault {
        switch error.code {
        case .unreachable:
            Fault(.printerMissing, responsible: .technician, detail: "print service does not answer")
        case .notFound:
            Fault(.printerMissing, responsible: .technician, detail: "no such queue or job")
        case .refused:
            Fault(.printRejected, responsible: .technician, detail: "IPP status \(error.status)")
        case .malformed:
            Fault(.printerStopped, responsible: .technician, detail: "print service answers wrongly")
        }
    }
}
