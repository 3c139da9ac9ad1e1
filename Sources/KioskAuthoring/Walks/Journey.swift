/// One citizen's way through one matter: the real engine, a citizen who answers as a scenario says, and the outside world.

internal import KioskCore

struct Journey {
    /// Why a journey did not come to an end.
    struct Stuck: Hashable {
        var step: Step?
        var reason: String
    }

    private(set) var engine: SessionEngine
    private var world: OutsideWorld
    private let scenario: Scenario
    private let failure: WalkFailure
    /// Cards instead of typing for list entries, papers later instead of now, a face matcher instead of staff: both ways
    /// are walked.
    private let prefersSecondWay: Bool
    private var now: Timestamp
    private var events = 0
    /// Pages on which `retry` was tried once.
    private var retried: Set<String> = []
    /// Pages on which the samples were tried instead of the scenario's answers, and the fields that take them.
    private var corrected: Set<String> = []
    private var givenUp: Set<String> = []
    /// The state before the last event: what the session was when it ended.
    private var last: SessionState?
    private(set) var stuck: Stuck?
    private(set) var outcome: WalkOutcome?
    /// Other ways out of the pages that were met, each to be walked to its end; nil when they are not wanted.
    private(set) var forks: [Journey]?
    /// Ways out that have a journey of their own already.
    private(set) var forked: Set<String>
    /// Every page of the way, also those that nobody stops at.
    private(set) var trail: [Step] = []
    private var hasPrinted = false

    /// Events a journey may take: far more than any matter needs.
    static let maximumEvents = 2_000
    private static let policy = SessionPolicy()

    init(
        _ matter: Matter, in library: MatterLibrary, scenario: Scenario, failure: WalkFailure = .none,
        prefersSecondWay: Bool = false, forked: Set<String>? = nil
    ) {
        self.scenario = scenario
        self.failure = failure
        self.prefersSecondWay = prefersSecondWay
        // Ten o'clock in Harbin.
        now = Timestamp(milliseconds: Int64(scenario.today.daysSince1970) * 86_400_000 + 2 * 3_600_000)
        engine = SessionEngine(library: library, policy: Self.policy, at: now) {
            "00000000-0000-4000-8000-000000000000"
        }
        engine.comparesFaces = prefersSecondWay || failure == .faceDiffers || failure == .noMatcher
        world = OutsideWorld(scenario, failure: failure, register: matter.lookup?.register)
        self.forked = forked ?? []
        forks = forked == nil ? nil : []
        send(.choose(matter: matter.code))
        if engine.state.flow == nil { stuck = Stuck(step: nil, reason: "the matter cannot be chosen") }
    }

    /// Walks on to the end. `observe` sees each page when the citizen is about to leave it, and the state at the end of it.
    mutating func run(_ observe: (SessionState, () -> FlowPlan) -> Void) {
        while stuck == nil, outcome == nil { page(observe) }
    }

    // MARK: One page

    private mutating func page(_ observe: (SessionState, () -> FlowPlan) -> Void) {
        guard let flow = engine.state.flow else {
            outcome = last?.flow.map(outcome(of:))
            if outcome == nil { stuck = Stuck(step: nil, reason: "the session ended before it began") }
            return
        }
        fillIn(flow.step)
        guard let filled = engine.state.flow else { return }
        if filled.step != flow.step { return }
        let today = scenario.today
        observe(engine.state) { FlowPlan(filled, today: today) }
        if forks != nil { fork(filled) }
        for event in waysOn(filled) {
            send(event)
            if hasMoved(from: filled) { return }
        }
        if failure != .none, correctOnce() { return }
        if events > Self.maximumEvents {
            stuck = Stuck(step: flow.step, reason: "no end after \(Self.maximumEvents) events")
        } else if stuck == nil {
            let problems = (engine.state.flow?.problems ?? []).map { "\($0.field): \($0.reason)" }
            let fault = engine.state.flow?.fault.map { ["\($0.kind)"] } ?? []
            stuck = Stuck(
                step: flow.step, reason: "nothing leads on (\((problems + fault).joined(separator: "; ")))")
        }
    }

    /// A failure may lead past where the scenario ends, to pages that its answers were not made for: there the samples
    /// are tried.
    private mutating func correctOnce() -> Bool {
        guard let flow = engine.state.flow, !flow.problems.isEmpty, corrected.insert("\(flow.step)").inserted else {
            return false
        }
        for problem in flow.problems { givenUp.insert(problem.field) }
        return true
    }

    private func hasMoved(from flow: FlowState) -> Bool {
        guard let now = engine.state.flow else { return true }
        return now.step != flow.step || now.payment?.state != flow.payment?.state
            || now.ordersGivenUp != flow.ordersGivenUp || now.confirmation != flow.confirmation
    }

    /// Ways off the page, the citizen's first choice first.
    private func waysOn(_ flow: FlowState) -> [SessionEvent] {
        if flow.fault != nil {
            var ways: [SessionEvent] = flow.canGoOnWithoutRecord ? [.goOnWithoutRecord] : []
            if flow.canHandOver { ways.append(.handOver) }
            return ways + [.next, .finish]
        }
        switch flow.step {
        case .agent: return [.answerAgent(actsForOther: scenario.actsForOther)]
        case .confirmHolder where flow.confirmation.way == .face: return [.compareFace, .next]
        case .consent: return [.agree]
        case .capture(let slot) where flow.captures[slot.key]?.isEmpty ?? true: return [.deferMaterial(slot: slot.key)]
        case .window: return [.handOver]
        case .rejected: return [.finish]
        case .guide:
            let code = engine.state.flow?.matter.code
            return [.pickGuide(matter: code ?? "")]
        case .payment where flow.payment?.state == .waiting: return [.tick]
        default: return [.next]
        }
    }

    /// Every other way off the page gets a journey of its own.
    private mutating func fork(_ flow: FlowState) {
        var ways: [(String, [SessionEvent])] = []
        switch flow.step {
        case .consent(let id): ways.append(("refuse \(id)", [.disagree]))
        case .notice:
            for side in [SidePage.checklist, .sampleForm, .guide] where flow.canOpen(side) {
                ways.append(("\(side)", [.open(side), .printSide, .closeSide]))
            }
        case .review:
            if let plan = plan, let first = plan.steps.first(where: plan.canChange) {
                ways.append(("change", [.change(first)]))
            }
        case .rejected: ways.append(("slip", [.open(.checklist), .printSide, .closeSide, .finish]))
        case .confirmHolder: if flow.canAskStaff { ways.append(("staff", [.askStaffToConfirm])) }
        case .window: ways.append(("leave", [.finish]))
        default: break
        }
        if let fault = flow.fault {
            let place = "\(fault.kind) at \(flow.step)"
            if flow.canHandOver { ways.append(("\(place): hand over", [.handOver])) }
            if flow.canFinish { ways.append(("\(place): finish", [.finish])) }
            if flow.canGoOnWithoutRecord { ways.append(("\(place): go on", [.goOnWithoutRecord])) }
        }
        for (name, events) in ways where forked.insert(name).inserted {
            var other = self
            other.forks = nil
            for event in events { other.send(event) }
            forks?.append(other)
        }
    }

    private func outcome(of flow: FlowState) -> WalkOutcome {
        if flow.accepted != nil, flow.handsOver { return .handedOver }
        if flow.accepted != nil { return hasPrinted && flow.submittedContent?.issued != nil ? .printed : .submitted }
        switch flow.step {
        case .rejected: return .rejected
        case .window: return .window
        default: break
        }
        if flow.fault != nil { return .givenUp }
        return hasPrinted ? .printed : .finished
    }

    // MARK: Events

    private var plan: FlowPlan? { engine.state.flow.map { FlowPlan($0, today: scenario.today) } }

    /// One event, and everything that the outside world makes of it.
    private mutating func send(_ event: SessionEvent) {
        var waiting = [event]
        while !waiting.isEmpty, events <= Self.maximumEvents {
            let next = waiting.removeFirst()
            events += 1
            now = now.adding(seconds: next == .tick ? Self.policy.payWithin : 1)
            if engine.state.flow != nil { last = engine.state }
            if case .printed = next, engine.state.flow?.step == .print { hasPrinted = true }
            for effect in engine.handle(next, at: now) { waiting += world.events(after: effect, at: now) }
            if let step = engine.state.flow?.step, trail.last != step { trail.append(step) }
        }
    }

    // MARK: Filling in

    private mutating func fillIn(_ step: Step) {
        if let flow = engine.state.flow, flow.fault != nil, retried.insert("\(step) \(flow.ordersGivenUp)").inserted {
            send(.retry)
            return
        }
        switch step {
        case .form(let id): fillForm(id)
        case .list(let key): fillList(key)
        case .capture(let slot): capture(slot)
        case .sign:
            send(.edit(field: "signature", text: String(engine.state.flow?.holder?.number.suffix(4) ?? "")))
        case .rating:
            send(.rate(grade: prefersSecondWay ? 5 : 2))
            send(.rateReason(.slow))
        default: break
        }
    }

    private mutating func fillForm(_ id: String) {
        var done: Set<String> = []
        // An answer may open a field of the same page, or close one.
        while let plan, let page = engine.state.flow?.matter.page(id),
            let field = plan.fields(of: page).first(where: { !done.contains($0.key) })
        {
            done.insert(field.key)
            guard field.value == nil, let answer = answer(to: field) else { continue }
            give(answer, to: field)
        }
        guard let flow = engine.state.flow, flow.matter.answering == .any else { return }
        // Filters: where all were left empty, one is filled in.
        var tried = self
        tried.send(.next)
        guard let problem = tried.engine.state.flow?.problems.first(where: { $0.reason == .nothingGiven }),
            let field = flow.matter.field(problem.field), let answer = field.sampleAnswer()
        else { return }
        give(answer, to: field)
    }

    /// What the scenario says, else what is there already, else the sample.
    private func answer(to field: Field) -> Answer? {
        if givenUp.contains(field.key) { return field.sampleAnswer() }
        if let answer = scenario.answers[field.key] { return answer }
        guard engine.state.flow?.answers[field.key] == nil, field.required else { return nil }
        return field.sampleAnswer()
    }

    private mutating func give(_ answer: Answer, to field: Field) {
        let present = engine.state.flow.flatMap {
            $0.entry.map { $0.draft.answers[field.key] } ?? $0.answers[field.key]
        }
        switch answer {
        case .text(let text): send(.edit(field: field.key, text: text))
        case .choice(let key): send(.pick(field: field.key, option: key))
        case .flag(let flag): send(.pick(field: field.key, option: flag ? "yes" : "no"))
        case .choices(let keys):
            var chosen: [String] = []
            if case .choices(let keys) = present { chosen = keys }
            for key in Set(keys).symmetricDifference(chosen).sorted() {
                send(.pick(field: field.key, option: key))
            }
        case .records: break
        }
    }

    private mutating func fillList(_ key: String) {
        guard let flow = engine.state.flow, let field = flow.matter.field(key), case .records(let fields) = field.kind,
            case .records(let entries)? = answer(to: field), flow.answers[key] != .records(entries)
        else { return }
        if case .records(let present) = flow.answers[key] {
            for _ in present { send(.removeEntry(field: key, index: 0)) }
        }
        for (index, entry) in entries.enumerated() {
            // Every second entry is read from its card, the others are typed.
            let usesCard = (index % 2 == 0) == prefersSecondWay
            world.entryCard = usesCard ? card(of: entry, field) : nil
            send(.addEntry(field: key))
            if engine.state.flow?.device != .done { send(.typeByHand) }
            for sub in fields where sub.value == nil {
                if let answer = entry.answers[sub.key] { give(answer, to: sub) }
            }
            send(.next)
            guard engine.state.flow?.entry == nil else {
                let problems = (engine.state.flow?.problems ?? []).map { "\($0.field): \($0.reason)" }
                stuck = Stuck(
                    step: .list(key),
                    reason: "entry \(index + 1) of the list is not accepted (\(problems.joined(separator: "; ")))")
                return
            }
        }
    }

    /// The card that says what the entry says.
    private func card(of entry: RecordEntry, _ field: Field) -> IdentityCard? {
        func text(_ fact: Field.CardFact) -> String? {
            guard let key = field.fromCard.first(where: { $0.value == fact })?.key,
                case .text(let text) = entry.answers[key]
            else { return nil }
            return text
        }
        guard let number = text(.number), let born = CitizenNumber.birthDate(of: number) else { return nil }
        return OutsideWorld.card(
            text(.name) ?? "王小红", number: number, born: born, address: text(.address) ?? "哈尔滨市香坊区民生路8号",
            on: scenario.today)
    }

    private mutating func capture(_ slot: CaptureSlot) {
        guard let flow = engine.state.flow, flow.captures[slot.key]?.isEmpty ?? true else { return }
        // Left empty here: promised for later when the page is left.
        if prefersSecondWay, flow.matter.material(slot.material)?.mark == .deferrable { return }
        send(.takePicture)
    }
}
