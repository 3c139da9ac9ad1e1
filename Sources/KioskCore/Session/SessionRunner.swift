/// Carries out what the engine asks for, and feeds it what happened. One runner a terminal.

/// Everything outside that a session uses.
public struct SessionPorts: Sendable {
    public var reader: any IdentityReader
    public var camera: any DocumentCamera
    public var printer: any PaperPrinter
    public var composer: any PaperComposer
    public var store: any CaseStore
    public var office: any OfficeLink
    public var presenter: any Presenter
    public var clock: any Clock
    /// Nil where no face matcher is installed: staff confirm the holder.
    public var verifier: (any HolderVerifier)?
    /// Nil where no photo library is installed: staff look at the card itself.
    public var photoDecoder: (any PhotoDecoder)?

    public init(
        reader: any IdentityReader, camera: any DocumentCamera, printer: any PaperPrinter,
        composer: any PaperComposer, store: any CaseStore, office: any OfficeLink, presenter: any Presenter,
        clock: any Clock, verifier: (any HolderVerifier)? = nil, photoDecoder: (any PhotoDecoder)? = nil
    ) {
        self.reader = reader
        self.camera = camera
        self.printer = printer
        self.composer = composer
        self.store = store
        self.office = office
        self.presenter = presenter
        self.clock = clock
        self.verifier = verifier
        self.photoDecoder = photoDecoder
    }
}

/// Something worth a log line. Carries no personal data by construction.
public enum SessionNote: Sendable {
    case started(matter: String, version: String)
    case page(String)
    case fault(Fault, page: String)
    case resumed(page: String)
    case accepted(receiptNumber: String)
    case printed(job: String)
    case ended(SessionState.Farewell?)
}

public actor SessionRunner {
    private var engine: SessionEngine
    private let ports: SessionPorts
    private let policy: SessionPolicy
    private let note: @Sendable (SessionNote) -> Void
    private var reading: Task<Void, Never>?
    private var calling: Task<Void, Never>?
    /// Ratings on their way: they carry no personal data and outlive the session.
    private var ratings: [Task<Void, Never>] = []
    /// Device and office requests of the current session; cancelled by a wipe.
    private var requests: [Task<Void, Never>] = []
    /// Store calls run one after another, in the order the engine asked for them.
    private var storeLane: Task<Void, Never>?
    private var pendingSave = 0

    static let draftSweepSeconds = 60
    static let staffPollSeconds = 3
    /// Polls in a row that may fail before a call to confirm the holder counts as lost.
    static let staffPollFailures = 3
    static let paymentPollSeconds = 3
    static let ratingAttempts = 4
    static let maximumRatings = 16
    static let ratingRetrySeconds = 20

    public init(
        engine: SessionEngine, ports: SessionPorts, policy: SessionPolicy,
        note: @escaping @Sendable (SessionNote) -> Void = { _ in }
    ) {
        self.engine = engine
        self.engine.comparesFaces = ports.verifier != nil
        self.ports = ports
        self.policy = policy
        self.note = note
    }

    public var state: SessionState { engine.state }

    /// Shows the first page, then handles `events` until the stream ends or the task is cancelled.
    public func run(events: AsyncStream<SessionEvent>) async {
        await ports.presenter.show(engine.state)
        let ticking = Task { await tick() }
        for await event in events { await send(event) }
        ticking.cancel()
        cancelRequests()
        ratings.forEach { $0.cancel() }
        await storeLane?.value
    }

    /// Handles one event and shows the page that follows.
    public func send(_ event: SessionEvent) async {
        let before = engine.state
        let effects = engine.handle(event, at: ports.clock.now())
        noteChange(from: before, by: event)
        for effect in effects { carryOut(effect) }
        if engine.state != before { await ports.presenter.show(engine.state) }
    }

    private func tick() async {
        var sweepAt = ports.clock.now()
        while !Task.isCancelled {
            let now = ports.clock.now()
            if now >= sweepAt {
                sweepAt = now.adding(seconds: Self.draftSweepSeconds)
                let store = ports.store
                let limit = policy.resumeWithin
                inStoreLane { [weak self] in
                    do throws(Fault) {
                        try await store.sweepDrafts(at: now, maximumAge: limit)
                    } catch {
                        await self?.log(.fault(error, page: "sweep"))
                    }
                }
            }
            do { try await ports.clock.sleep(until: now.adding(seconds: 1)) } catch { return }
            await send(.tick)
        }
    }

    private func log(_ entry: SessionNote) { note(entry) }

    private func noteChange(from before: SessionState, by event: SessionEvent) {
        let after = engine.state
        if case .choose = event, let flow = after.flow {
            note(.started(matter: flow.matter.code, version: flow.matter.version))
        }
        if before.id != after.id, before.flow != nil, after.flow == nil { note(.ended(after.farewell)) }
        guard let flow = after.flow else { return }
        let page = SessionEngine.name(of: flow.step)
        if case .draftResumed = event { note(.resumed(page: page)) }
        if before.flow?.step != flow.step { note(.page(page)) }
        if case .failed(let fault) = flow.device, before.flow?.device != flow.device {
            note(.fault(fault, page: page))
        }
        if case .accepted(let accepted, _) = event, flow.accepted != nil {
            note(.accepted(receiptNumber: accepted.receiptNumber))
        }
    }

    // MARK: Effects

    private func carryOut(_ effect: SessionEffect) {
        let ports = ports
        let session = engine.state.id
        switch effect {
        case .readCard(let purpose, let cards, let matter, let generation):
            reading?.cancel()
            let limit = policy.resumeWithin
            reading = Task { [weak self] in
                await self?.read(
                    purpose, cards, matter: matter, session: session, generation: generation, limit: limit)
            }
        case .stopReading:
            reading?.cancel()
            reading = nil
        case .capturePage(let generation):
            request { runner in
                do throws(Fault) {
                    let page = try await ports.camera.capture()
                    guard let reference = try await runner.keep(page, of: session) else { return }
                    await runner.send(.pageCaptured(reference, generation: generation))
                } catch {
                    await runner.send(.captureFailed(error, generation: generation))
                }
            }
        case .dropAttachment(let page):
            inStoreLane { try? await ports.store.dropAttachment(session: session, page) }
        case .compareHolder(let photo, let generation):
            request { runner in await runner.compare(photo, of: session, generation: generation) }
        case .confirmHolder(let call, let generation):
            request { runner in await runner.confirm(call, generation: generation) }
        case .decodePortrait(let photo):
            guard let decoder = ports.photoDecoder else { return }
            request { runner in await runner.decode(photo, of: session, with: decoder) }
        case .lookUp(let query, let generation):
            request { runner in
                do throws(Fault) {
                    let record = try await ports.office.lookUp(query)
                    await runner.send(.recordFound(record, generation: generation))
                } catch {
                    await runner.send(.lookUpFailed(error, generation: generation))
                }
            }
        case .pay(let order, let generation):
            request { runner in await runner.follow(order, generation: generation) }
        case .rate(let rating): send(rating)
        case .saveDraft:
            save(engine.state)
        case .discardDraft(let session):
            inStoreLane { [weak self] in
                do throws(Fault) {
                    try await ports.store.discardDraft(session: session)
                } catch {
                    await self?.log(.fault(error, page: "discard"))
                }
            }
        case .submit(let content, let generation):
            let state = engine.state
            inStoreLane { [weak self] in
                do throws(Fault) {
                    // From here on a crash leads back to this step, which seals the same case again: never to the
                    // signature of a case that is sealed already. Without a card there is no draft.
                    if state.flow?.holder != nil { try await ports.store.saveDraft(state, at: ports.clock.now()) }
                    let accepted = try await ports.store.seal(
                        session: session, content: content, at: ports.clock.now())
                    await self?.send(.accepted(accepted, generation: generation))
                } catch {
                    await self?.send(.submitFailed(error, generation: generation))
                }
            }
        case .print(let paper, let generation):
            request { runner in await runner.print(paper, generation: generation) }
        case .callStaff(let call):
            calling?.cancel()
            calling = Task { [weak self] in await self?.follow(call) }
        case .wipe:
            cancelRequests()
        }
    }

    private func request(_ work: @escaping @Sendable (SessionRunner) async -> Void) {
        requests.removeAll(where: \.isCancelled)
        requests.append(Task { [self] in await work(self) })
    }

    private func cancelRequests() {
        reading?.cancel()
        reading = nil
        calling?.cancel()
        calling = nil
        requests.forEach { $0.cancel() }
        requests = []
    }

    private func inStoreLane(_ work: @escaping @Sendable () async -> Void) {
        let previous = storeLane
        storeLane = Task {
            await previous?.value
            await work()
        }
    }

    /// The same for a call whose result is waited for.
    private func throughStoreLane<Value: Sendable>(
        _ work: @escaping @Sendable () async throws(Fault) -> Value
    ) async throws(Fault) -> Value {
        let previous = storeLane
        let task = Task<Result<Value, Fault>, Never> {
            await previous?.value
            do throws(Fault) {
                return .success(try await work())
            } catch {
                return .failure(error)
            }
        }
        storeLane = Task { _ = await task.value }
        return try await task.value.get()
    }

    /// Nil when the session ended meanwhile: a photograph that comes late belongs to nobody.
    private func keep(_ page: CapturedPage, of session: String) async throws(Fault) -> PageReference? {
        guard engine.state.id == session else { return nil }
        let ports = ports
        return try await throughStoreLane { () async throws(Fault) -> PageReference in
            try await ports.store.keepAttachment(
                session: session, bytes: page.jpeg, mediaType: "image/jpeg", width: page.width, height: page.height,
                device: page.device, at: ports.clock.now())
        }
    }

    /// Only the newest of several waiting saves is written.
    private func save(_ state: SessionState) {
        pendingSave += 1
        let turn = pendingSave
        let ports = ports
        inStoreLane { [weak self] in
            guard let self, await self.isNewest(turn) else { return }
            do throws(Fault) {
                try await ports.store.saveDraft(state, at: ports.clock.now())
            } catch {
                await self.log(.fault(error, page: "save"))
            }
        }
    }

    private func isNewest(_ turn: Int) -> Bool { turn == pendingSave }

    private func read(
        _ purpose: SessionEffect.CardPurpose, _ cards: CardRequest, matter: String?, session: String, generation: Int,
        limit: Int
    ) async {
        do throws(Fault) {
            let reading = try await ports.reader.readCard(cards) { [weak self] in
                Task { await self?.send(.cardFound(generation: generation)) }
            }
            // A session that ended meanwhile must not open a draft.
            guard engine.state.id == session, engine.state.generation == generation else { return }
            let ports = ports
            let event = try await throughStoreLane { () async throws(Fault) -> SessionEvent in
                try await Self.event(
                    for: reading, purpose, matter: matter, session: session, generation: generation, limit: limit,
                    ports: ports)
            }
            guard !Task.isCancelled else { return }
            await send(event)
        } catch {
            guard !Task.isCancelled else { return }
            await send(.cardFailed(error, generation: generation))
        }
    }

    private static func event(
        for reading: IdentityReading, _ purpose: SessionEffect.CardPurpose, matter: String?, session: String,
        generation: Int, limit: Int, ports: SessionPorts
    ) async throws(Fault) -> SessionEvent {
        let now = ports.clock.now()
        if purpose == .holder || purpose == .resume {
            let draft = try await ports.store.resumeDraft(reading: reading, at: now, maximumAge: limit)
            if let draft, purpose == .resume || draft.state.flow?.matter.code == matter {
                return .draftResumed(draft.state, generation: generation)
            }
            if purpose == .resume { return .nothingToResume(generation: generation) }
            try await ports.store.openDraft(session: session, reading: reading)
        }
        var photo: PageReference?
        if !reading.photoRecord.isEmpty {
            photo = try await ports.store.keepAttachment(
                session: session, bytes: reading.photoRecord, mediaType: "application/octet-stream", width: 0,
                height: 0, device: "id-card-reader", at: now)
        }
        return .cardRead(reading.card, photo: photo, generation: generation)
    }

    private func print(_ paper: PaperRequest, generation: Int) async {
        do {
            let pdf = try ports.composer.compose(paper)
            try await ports.printer.print(
                PrintJob(id: paper.jobID, title: paper.title, pdf: pdf, copies: paper.copies))
            note(.printed(job: paper.jobID))
            await send(.printed(generation: generation))
        } catch let fault as Fault {
            await send(.printFailed(fault, generation: generation))
        } catch {
            await send(
                .printFailed(
                    Fault(.printRejected, responsible: .technician, detail: "the paper could not be laid out"),
                    generation: generation))
        }
    }

    /// Places the order, then asks for it until it is settled or the engine waits for something else. An office that
    /// cannot be reached meanwhile is asked again: the citizen may have paid all the same.
    private func follow(_ request: PaymentRequest, generation: Int) async {
        var order: PaymentOrder
        do throws(Fault) {
            order = try await ports.office.placeOrder(request)
        } catch {
            await send(.paymentFailed(error, generation: generation))
            return
        }
        await send(.paymentChanged(order, generation: generation))
        while order.state == .waiting, engine.state.generation == generation {
            let time = ports.clock.now().adding(seconds: Self.paymentPollSeconds)
            do { try await ports.clock.sleep(until: time) } catch { return }
            guard engine.state.generation == generation else { return }
            guard let current = try? await ports.office.order(id: order.orderID), current != order else { continue }
            order = current
            await send(.paymentChanged(order, generation: generation))
        }
    }

    // MARK: Holder and card

    private func photoRecord(_ photo: PageReference, of session: String) async throws(Fault) -> [UInt8] {
        let ports = ports
        return try await throughStoreLane { () async throws(Fault) -> [UInt8] in
            try await ports.store.attachment(session: session, photo)
        }
    }

    private func compare(_ photo: PageReference, of session: String, generation: Int) async {
        do throws(Fault) {
            guard let verifier = ports.verifier else {
                throw Fault(.faceMatcherFailed, responsible: .technician, detail: "no matcher is installed")
            }
            let match = try await verifier.verify(photoRecord: photoRecord(photo, of: session))
            await send(.holderCompared(match, generation: generation))
        } catch {
            // The page asks staff instead and shows no fault: a technician reads of it here.
            if error.responsible != .citizen { note(.fault(error, page: SessionEngine.name(of: .confirmHolder))) }
            await send(.comparisonFailed(error, generation: generation))
        }
    }

    private func decode(_ photo: PageReference, of session: String, with decoder: any PhotoDecoder) async {
        do throws(Fault) {
            let portrait = try await decoder.decode(photoRecord(photo, of: session))
            await send(.portraitDecoded(portrait, of: photo))
        } catch {
            note(.fault(error, page: SessionEngine.name(of: .confirmHolder)))
        }
    }

    /// Raises the call, then asks for it until staff have answered or the engine waits for something else. An office
    /// that cannot be reached for a moment is asked again: somebody may be on the way.
    private func confirm(_ call: StaffCallRequest, generation: Int) async {
        do throws(Fault) {
            let id = try await ports.office.callStaff(call)
            var last: StaffCallReply?
            var failures = 0
            while engine.state.generation == generation {
                do throws(Fault) {
                    let reply = try await ports.office.staffCall(id: id)
                    failures = 0
                    if reply != last { await send(.holderCallChanged(reply, generation: generation)) }
                    last = reply
                    if reply.state == .closed { return }
                } catch {
                    failures += 1
                    if failures >= Self.staffPollFailures { throw error }
                }
                let time = ports.clock.now().adding(seconds: Self.staffPollSeconds)
                do { try await ports.clock.sleep(until: time) } catch { return }
            }
        } catch {
            await send(.holderCallFailed(error, generation: generation))
        }
    }

    /// Tries a few times, with nobody waiting.
    private func send(_ rating: ServiceRating) {
        let ports = ports
        if ratings.count >= Self.maximumRatings { ratings.removeFirst() }
        ratings.append(
            Task { [weak self] in
                for attempt in 1...Self.ratingAttempts {
                    do {
                        try await ports.office.rate(rating)
                        return
                    } catch {
                        if attempt == Self.ratingAttempts, let fault = error as? Fault {
                            await self?.log(.fault(fault, page: "rating"))
                        }
                    }
                    let time = ports.clock.now().adding(seconds: Self.ratingRetrySeconds)
                    do { try await ports.clock.sleep(until: time) } catch { return }
                }
            })
    }

    /// Rings, then follows the call until staff close it.
    private func follow(_ call: StaffCallRequest) async {
        do {
            let id = try await ports.office.callStaff(call)
            await send(.staffCallChanged(.ringing))
            var last = StaffCallState.ringing
            while last != .closed {
                try await ports.clock.sleep(until: ports.clock.now().adding(seconds: Self.staffPollSeconds))
                let current = try await ports.office.staffCall(id: id).state
                if current != last {
                    last = current
                    await send(.staffCallChanged(current == .acknowledged ? .acknowledged : .closed))
                }
            }
        } catch is CancellationError {
            return
        } catch {
            await send(.staffCallChanged(.failed))
        }
    }
}
