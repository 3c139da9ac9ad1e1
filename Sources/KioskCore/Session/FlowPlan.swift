/// Which pages a flow has, given its answers so far: a pure function of the flow state.

public struct FlowPlan: Sendable {
    /// A material with what is known about it now.
    public struct PlannedMaterial: Hashable, Sendable {
        public var material: Material
        /// False when no rule needs it: it is neither asked for nor listed.
        public var isNeeded: Bool
        /// What must be photographed for it; empty when a card covers it.
        public var slots: [CaptureSlot]

        public init(material: Material, isNeeded: Bool, slots: [CaptureSlot]) {
            self.material = material
            self.isNeeded = isNeeded
            self.slots = slots
        }
    }

    /// A page in the order of asking, with the place in `steps` where it stands, or would stand if it were shown.
    private struct PlacedPage {
        let page: FormPage
        let place: Int
    }

    /// The pages from the notice to the end, in order. `rejected` and `window` are never among them.
    public let steps: [Step]
    public let materials: [PlannedMaterial]
    /// Notes whose rules hold now.
    public let notes: [Localized]
    /// What is to be paid, in fen; nil for nothing.
    public let amountDue: Int?
    /// What the computed fields that are shown hold.
    let computed: [String: Answer]
    let facts: FlowFacts
    private let flow: FlowState
    private let visible: Set<String>
    private let placed: [PlacedPage]

    public init(_ flow: FlowState, today: CalendarDate) {
        self.flow = flow
        var asking = Asking(flow, today: today)
        asking.run()
        facts = asking.facts
        visible = asking.visible
        computed = asking.computed
        let facts = asking.facts

        var needed: Set<String> = []
        var notes: [Localized] = []
        for rule in flow.matter.rules {
            switch rule.action {
            case .need(let key): if facts.holds(rule.when) { needed.insert(key) }
            case .note(let text): if facts.holds(rule.when) { notes.append(text) }
            case .reject, .window: break
            }
        }
        self.notes = notes
        materials = flow.matter.materials.map { material in
            let isNeeded = material.mark != .conditional || needed.contains(material.key)
            return PlannedMaterial(
                material: material, isNeeded: isNeeded,
                slots: isNeeded ? Self.slots(of: material, in: flow, visible: asking.visible) : [])
        }
        amountDue =
            flow.matter.payment.map { ComputedAnswer.fen(facts.value(of: $0.amount)) }
            ?? (flow.matter.fee > 0 ? flow.matter.fee : nil)

        var steps: [Step] = []
        var placed: [PlacedPage] = []
        let slots = materials.flatMap { $0.slots.map(Step.capture) }
        let isPaid = amountDue != nil || flow.payment != nil
        for (index, template) in flow.matter.steps.enumerated() {
            for (page, isShown) in asking.pages[index] {
                placed.append(PlacedPage(page: page, place: steps.count))
                if isShown { steps.append(Self.step(for: page)) }
            }
            steps += Self.steps(of: template, in: flow, captures: slots, isPaid: isPaid)
        }
        if flow.handsOver {
            let rating = flow.matter.steps.contains(.rating) ? [Step.rating] : []
            self.steps = [.submit, .print] + rating + [.finish]
            self.placed = []
        } else {
            self.steps = steps
            self.placed = placed
        }
    }

    /// The steps of a template that are no form pages.
    private static func steps(
        of template: StepTemplate, in flow: FlowState, captures: [Step], isPaid: Bool
    ) -> [Step] {
        let matter = flow.matter
        switch template {
        case .notice: return [.notice]
        case .identify: return matter.identity == .none ? [] : [.identify]
        case .agent:
            guard matter.identity == .agentAllowed else { return [] }
            return flow.actsForOther == true ? [.agent, .principalCard] : [.agent]
        case .consent(let id): return matter.consents.contains { $0.id == id } ? [.consent(id)] : []
        case .confirmHolder: return matter.identity == .none ? [] : [.confirmHolder]
        case .section, .keyPages, .pages: return []
        case .guide: return matter.guide == nil ? [] : [.guide]
        case .capture: return captures
        case .lookup: return matter.lookup == nil ? [] : [.lookup]
        case .preview: return matter.lookup == nil || flow.goesOnWithoutRecord ? [] : [.preview]
        case .payment: return isPaid ? [.payment] : []
        case .review: return [.review]
        // Signing is done with the number on the signer's own card.
        case .sign: return matter.identity == .none ? [] : [.sign]
        case .submit: return [.submit]
        case .print:
            let hasPaper =
                matter.steps.contains(.submit) || matter.steps.contains(.guide)
                || matter.lookup != nil && !flow.goesOnWithoutRecord
            return hasPaper ? [.print] : []
        case .rating: return [.rating]
        case .finish: return [.finish]
        }
    }

    private static func step(for page: FormPage) -> Step {
        if page.fields.count == 1, case .records = page.fields[0].kind { return .list(page.fields[0].key) }
        return .form(page.id)
    }

    private static func slots(of material: Material, in flow: FlowState, visible: Set<String>) -> [CaptureSlot] {
        switch material.source {
        case .camera: return [CaptureSlot(material: material.key)]
        case .applicantCard, .agentCard: return []
        case .entryCards(let field):
            guard visible.contains(field), case .records(let entries) = flow.answers[field] else { return [] }
            return entries.indices.filter { entries[$0].card == nil }
                .map { CaptureSlot(material: material.key, entry: $0) }
        }
    }

    // MARK: Reading the plan

    /// Position of the current step, from 1; nil when it is not among the steps.
    public var progress: (step: Int, of: Int)? {
        steps.firstIndex(of: flow.step).map { ($0 + 1, steps.count) }
    }

    /// The fields of a page that are asked for now.
    public func fields(of page: FormPage) -> [Field] {
        page.fields.filter { visible.contains($0.key) }
    }

    /// The fields that are shown, in the order in which they are asked.
    var shownFields: [Field] { placed.flatMap { fields(of: $0.page) } }

    /// What the field holds: typed, chosen, or computed.
    public func answer(to field: Field) -> Answer? {
        field.value == nil ? flow.answers[field.key] : computed[field.key]
    }

    public func material(of slot: CaptureSlot) -> Material? {
        flow.matter.material(slot.material)
    }

    /// Whether 修改 may lead to this page: nothing that was paid for changes any more.
    public func canChange(_ step: Step) -> Bool {
        let open = steps.prefix { $0 != .review }.dropFirst(firstOpen)
        guard steps.contains(.review), open.contains(step) else { return false }
        return switch step {
        case .form, .list, .capture, .agent: true
        default: false
        }
    }

    /// The first step that may still change: that behind the payment once an order stands.
    var firstOpen: Int {
        guard flow.payment != nil, let payment = steps.firstIndex(of: .payment) else { return 0 }
        return payment + 1
    }

    /// True when the paper at the end is the record itself; otherwise it is a receipt or a guide.
    public var printsRecord: Bool {
        let isRecord = flow.matter.output == .certificate || flow.matter.output == .querySlip
        // An appointment shows the free places; its paper is the slip.
        return isRecord && flow.record != nil && !flow.handsOver && flow.matter.steps.contains(.preview)
            && flow.matter.archetype != "appointment"
    }

    /// What the office is asked: the applicant's number, and of the answers only those that the look-up needs.
    var query: RecordQuery? {
        guard let lookup = flow.matter.lookup, let place = steps.firstIndex(of: .lookup) else { return nil }
        var parameters: [String: Answer] = [:]
        for entry in placed where entry.place < place {
            for field in fields(of: entry.page) where entry.page.section == nil || lookup.keys.contains(field.key) {
                if let answer = answer(to: field), FieldCheck.isAnswered(answer) { parameters[field.key] = answer }
            }
        }
        return RecordQuery(
            register: lookup.register.name, matterCode: flow.matter.code, number: flow.applicant?.number ?? "",
            name: flow.applicant?.name ?? "", parameters: parameters)
    }

    // MARK: Rules that end a case

    /// Where rules lead a case whose pages are done up to the current one; nil when it may go on.
    func diversion() -> (isRejected: Bool, reasons: [Localized])? {
        var rejections: [Localized] = []
        var windows: [Localized] = []
        var known: FlowFacts?
        for rule in flow.matter.rules {
            switch rule.action {
            case .need, .note: continue
            case .reject(let text), .window(let text):
                let facts = known ?? knownFacts
                known = facts
                guard facts.holds(rule.when) else { continue }
                if case .reject = rule.action { rejections.append(text) } else { windows.append(text) }
            }
        }
        if !rejections.isEmpty { return (true, rejections) }
        return windows.isEmpty ? nil : (false, windows)
    }

    /// The facts without what was not asked yet: nothing must be concluded from a page to come.
    private var knownFacts: FlowFacts {
        guard !flow.returnsToReview, let here = steps.firstIndex(of: flow.step) else { return facts }
        var known = facts
        for entry in placed where entry.place > here {
            for field in entry.page.fields where !FieldCheck.isAnswered(answer(to: field)) {
                known.forget(field.key)
            }
        }
        return known
    }

    // MARK: What is missing

    /// What is wrong with the answers of one page.
    func problems(on page: FormPage) -> [FieldProblem] {
        var problems = fields(of: page).compactMap { field in
            problem(with: field).map { FieldProblem(field: field.key, reason: $0) }
        }
        if let filter = unansweredFilter, filter.id == page.id, let first = fields(of: page).first {
            problems.append(FieldProblem(field: first.key, reason: .nothingGiven))
        }
        return problems
    }

    private func problem(with field: Field) -> FieldProblem.Reason? {
        let answer = answer(to: field)
        if let reason = FieldCheck.problem(with: answer, of: field, holds: facts.holds) { return reason }
        guard case .records(let fields) = field.kind, fields.contains(where: { !$0.checks.isEmpty }),
            case .records(let entries) = answer
        else { return nil }
        return entries.allSatisfy { problems(in: $0, of: fields).isEmpty } ? nil : .notAllowed
    }

    /// The last page of filters, when none of them all was given.
    private var unansweredFilter: FormPage? {
        guard flow.matter.answering == .any else { return nil }
        var last: FormPage?
        for entry in placed where entry.page.section == nil {
            let fields = fields(of: entry.page).filter { $0.value == nil }
            if fields.contains(where: { FieldCheck.isAnswered(flow.answers[$0.key]) }) { return nil }
            if !fields.isEmpty { last = entry.page }
        }
        return last
    }

    /// What is wrong with a list entry that is being edited.
    func problems(in entry: RecordEntry, of fields: [Field]) -> [FieldProblem] {
        let facts = facts.with(entry, of: fields)
        return fields.compactMap { field in
            FieldCheck.problem(with: entry.answers[field.key], of: field, holds: facts.holds)
                .map { FieldProblem(field: field.key, reason: $0) }
        }
    }

    /// Whether a step before the review has everything it asks for.
    func isComplete(_ step: Step) -> Bool {
        switch step {
        case .identify: flow.holder != nil
        case .agent: flow.actsForOther != nil
        case .principalCard: flow.principal != nil
        case .confirmHolder: flow.holderCheck != nil
        case .consent(let id): flow.consents[id] != nil
        case .form(let id): flow.matter.page(id).map { problems(on: $0).isEmpty } ?? true
        case .list(let key): flow.matter.page(key).map { problems(on: $0).isEmpty } ?? true
        case .capture(let slot): flow.captures[slot.key]?.isEmpty == false || flow.deferred[slot.key] != nil
        case .lookup: flow.record != nil || flow.goesOnWithoutRecord
        case .guide: flow.guided != nil
        case .payment: flow.payment.map { $0.state != .waiting } ?? false
        case .sign: flow.signature != nil
        case .notice, .preview, .review, .submit, .print, .rating, .finish, .rejected, .window: true
        }
    }

    /// The first step before `limit` that still asks for something. Behind an order that stands nothing is asked again.
    func firstIncomplete(before limit: Step) -> Step? {
        for step in steps.dropFirst(firstOpen) {
            if step == limit { return nil }
            if !isComplete(step) { return step }
        }
        return nil
    }
}

/// Walks a matter's pages in the order of asking and finds out which of them, and which of their fields, are shown.
///
/// A hidden field has no value: what was typed before it was hidden decides nothing and is not handed in.
private struct Asking {
    let flow: FlowState
    var facts: FlowFacts
    var visible: Set<String> = []
    var computed: [String: Answer] = [:]
    /// The pages of each step template, and whether they are shown.
    var pages: [[(page: FormPage, isShown: Bool)]] = []
    private var done: Set<String> = []

    init(_ flow: FlowState, today: CalendarDate) {
        self.flow = flow
        facts = FlowFacts(flow, today: today)
    }

    mutating func run() {
        for template in flow.matter.steps {
            var found: [(page: FormPage, isShown: Bool)] = []
            switch template {
            case .section(let name):
                for page in flow.matter.pages where page.section == name { found.append((page, show(page))) }
            case .keyPages:
                for page in flow.matter.pages where isKeyPage(page) { found.append((page, show(page))) }
            case .pages:
                for page in flow.matter.pages where page.section == nil && !done.contains(page.id) {
                    found.append((page, show(page)))
                }
            default: break
            }
            pages.append(found)
        }
    }

    private mutating func show(_ page: FormPage) -> Bool {
        guard done.insert(page.id).inserted else { return false }
        let before = visible.count
        guard facts.holds(page.when) else { return false }
        for field in page.fields where facts.holds(field.when) {
            visible.insert(field.key)
            if let condition = field.value {
                let result = facts.value(of: condition).flatMap { ComputedAnswer($0, for: field) }
                facts.set(field.key, to: result?.value ?? .null)
                computed[field.key] = result?.answer
            } else {
                facts.set(field, to: flow.answers[field.key])
            }
        }
        return visible.count > before
    }

    /// Whether all that the page shows now is needed to look the record up.
    private func isKeyPage(_ page: FormPage) -> Bool {
        guard page.section == nil, let keys = flow.matter.lookup?.keys,
            page.fields.contains(where: { keys.contains($0.key) }), facts.holds(page.when)
        else { return false }
        var facts = facts
        var isShown = false
        for field in page.fields where facts.holds(field.when) {
            guard keys.contains(field.key) else { return false }
            facts.set(field, to: flow.answers[field.key])
            isShown = true
        }
        return isShown
    }
}
