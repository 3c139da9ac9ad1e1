/// The session as a pure machine: an event goes in, the new state and the effects come out.
///
/// No I/O, no clock, no randomness: time comes with each event and ids from a generator given at the start. So a session
/// can be saved after every answer, resumed after a crash and replayed in a test.
public struct SessionEngine: Sendable {
    public internal(set) var state: SessionState
    let library: MatterLibrary
    let policy: SessionPolicy
    private let makeID: @Sendable () -> String
    /// The time of the event being handled.
    private(set) var now: Timestamp
    var effects: [SessionEffect] = []
    /// Whether the terminal can compare faces; without that, staff confirm the holder.
    public var comparesFaces = false

    /// Working days until a deferred material is due (容缺受理).
    public static let deferralWorkingDays = 5
    static let maximumPagesPerMaterial = 20
    /// Code points of what is typed in a search.
    static let maximumSearchLength = 60

    /// `makeID` gives lower-case UUIDs, a new one a call.
    public init(
        library: MatterLibrary, policy: SessionPolicy, at now: Timestamp, makeID: @escaping @Sendable () -> String
    ) {
        self.library = library
        self.policy = policy
        self.makeID = makeID
        self.now = now
        state = SessionState(id: makeID(), at: now)
    }

    /// Handles one event and returns what must be carried out, in order. Events that make no sense now change nothing.
    public mutating func handle(_ event: SessionEvent, at time: Timestamp) -> [SessionEffect] {
        now = max(now, time)
        effects = []
        switch event {
        case .tick: tick()
        case .cardFound, .cardRead, .cardFailed, .draftResumed, .nothingToResume, .pageCaptured, .captureFailed,
            .recordFound, .lookUpFailed, .paymentChanged, .paymentFailed, .accepted, .submitFailed, .printed,
            .printFailed, .holderCompared, .comparisonFailed, .holderCallChanged, .holderCallFailed, .portraitDecoded:
            handleResult(event)
        case .staffCallChanged(let call): state.staffCall?.state = call
        default:
            state.lastActivity = now
            state.idleWarning = nil
            state.farewell = nil
            handleCitizen(event)
        }
        return effects
    }

    var today: CalendarDate { now.chinaDate }

    func plan() -> FlowPlan? {
        state.flow.map { FlowPlan($0, today: today) }
    }

    // MARK: The citizen

    private mutating func handleCitizen(_ event: SessionEvent) {
        switch event {
        case .stillHere: break
        case .setLanguage(let language): state.language = language
        case .setTextSize(let size): state.textSize = size
        case .callStaff: callStaff()
        case .dismissStaffCall: state.staffCall = nil
        case .askStartOver: if state.flow != nil { state.confirmsStartOver = true }
        case .cancelStartOver: state.confirmsStartOver = false
        case .confirmStartOver:
            if state.confirmsStartOver { end(isOver ? .finished : .startedOver, keepsLanguage: true) }
        default:
            // While the question stands, only its answers count.
            guard !state.confirmsStartOver else { return }
            if state.flow == nil {
                handleWelcome(event)
            } else if state.flow?.side != nil {
                handleSide(event)
            } else {
                handleFlow(event)
            }
        }
    }

    private mutating func handleFlow(_ event: SessionEvent) {
        guard let flow = state.flow else { return }
        switch event {
        case .next: next()
        case .back: back()
        case .edit(let field, let text):
            if flow.step == .guide { search(field, text) } else { edit(field, text) }
        case .pick(let field, let option): pick(field, option)
        case .answerAgent(let actsForOther): answerAgent(actsForOther)
        case .addEntry(let field): beginEntry(field, index: nil)
        case .editEntry(let field, let index): beginEntry(field, index: index)
        case .removeEntry(let field, let index): removeEntry(field, index)
        case .typeByHand: typeByHand()
        case .takePicture: takePicture()
        case .removePicture(let slot, let page): removePicture(slot, page)
        case .deferMaterial(let slot): deferMaterial(slot)
        case .retry: retry()
        case .change(let step):
            guard flow.step == .review, let plan = plan(), plan.canChange(step) else { return }
            state.flow?.returnsToReview = true
            enter(step)
        case .agree: answerConsent(agrees: true)
        case .disagree: answerConsent(agrees: false)
        case .goOnWithoutRecord:
            guard flow.canGoOnWithoutRecord else { return }
            state.flow?.goesOnWithoutRecord = true
            proceed()
        case .checkPayment: checkPayment()
        case .find(let finding): if flow.step == .guide { find(finding) }
        case .pickGuide(let code):
            guard flow.step == .guide, let matter = library.matter(code) else { return }
            state.flow?.guided = matter
            proceed()
        case .compareFace: compareFace()
        case .askStaffToConfirm: if flow.canAskStaff { askStaff() }
        case .rate(let grade): rate(grade)
        case .rateReason(let reason): rate(reason)
        case .handOver: handOver()
        case .open(let page): openSide(page)
        case .printAgain:
            guard flow.step == .print, flow.device != .working else { return }
            if flow.device == .done { state.flow?.printAttempts += 1 }
            requestPrint()
        case .finish:
            guard flow.canFinish else { return }
            if flow.step == .rating { sendRating() }
            let isAbandoned = flow.fault != nil && flow.step != .print
            end(isAbandoned ? .startedOver : .finished, keepsLanguage: false)
        default: break
        }
    }

    private mutating func callStaff() {
        if let call = state.staffCall, call.state == .calling || call.state == .ringing { return }
        state.staffCall = SessionState.StaffCall(state: .calling, calledAt: now)
        let page = state.flow.map { Self.name(of: $0.step) } ?? "welcome"
        effects.append(
            .callStaff(StaffCallRequest(page: page, matterCode: state.flow?.matter.code, at: now)))
    }

    /// The page's name without anything a citizen wrote.
    static func name(of step: Step) -> String {
        switch step {
        case .notice: "notice"
        case .consent(let id): "consent.\(id)"
        case .identify: "identify"
        case .agent: "agent"
        case .principalCard: "principal-card"
        case .confirmHolder: "confirm-holder"
        case .form(let id): "form.\(id)"
        case .list(let field): "list.\(field)"
        case .capture(let slot): "capture.\(slot.material)"
        case .lookup: "lookup"
        case .preview: "preview"
        case .guide: "guide"
        case .payment: "payment"
        case .review: "review"
        case .sign: "sign"
        case .submit: "submit"
        case .print: "print"
        case .rating: "rating"
        case .finish: "finish"
        case .rejected: "rejected"
        case .window: "window"
        }
    }

    // MARK: Time and the end

    /// True once the citizen has what they came for.
    private var isOver: Bool {
        guard let flow = state.flow else { return false }
        return flow.accepted != nil || flow.step == .rating || flow.step == .finish
            || flow.step == .print && flow.device == .done
    }

    private mutating func tick() {
        endWaitingForPayment()
        endWaitingForStaff()
        let isWorking =
            state.flow?.device == .working || state.flow?.sideDevice == .working || state.resuming == .working
            || isPaying || isWaitingForStaff
        if isWorking { state.lastActivity = now }
        let idle = now.seconds(since: state.lastActivity)
        guard state.flow != nil || state.resuming != nil else {
            // Nobody is here: the next citizen finds the terminal in its own language and size.
            if idle >= policy.idleAfter,
                state.language != .zh || state.textSize != .standard || state.farewell != nil
                    || state.staffCall != nil || state.finding != Finding(.home)
            {
                state = SessionState(id: state.id, at: now)
            }
            return
        }
        if idle >= policy.idleAfter + policy.warnFor {
            end(isOver ? .finished : .wipedAfterIdle, keepsLanguage: false)
        } else if idle >= policy.idleAfter {
            state.idleWarning = policy.idleAfter + policy.warnFor - idle
        }
    }

    mutating func touch() {
        state.lastActivity = now
        state.idleWarning = nil
    }

    mutating func end(_ farewell: SessionState.Farewell, keepsLanguage: Bool) {
        effects.append(.stopReading)
        effects.append(.discardDraft(session: state.id))
        effects.append(.wipe)
        let old = state
        state = SessionState(id: makeID(), at: now)
        state.generation = old.generation + 1
        state.farewell = farewell
        if keepsLanguage {
            state.language = old.language
            state.textSize = old.textSize
        }
    }
}
