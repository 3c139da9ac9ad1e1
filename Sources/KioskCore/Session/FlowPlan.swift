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

    /// The pages from the notice to the end, in order. `rejected` and `window` are never among them.
    public let steps: [Step]
    public let materials: [PlannedMaterial]
    /// Notes whose rules hold now.
    public let notes: [Localized]
    /// Reasons why the matter cannot be accepted.
    let rejections: [Localized]
    /// Reasons why it must be finished at a staffed window.
    let windowReasons: [Localized]
    private let flow: FlowState
    private let facts: FlowFacts
    private let visible: Set<String>

    public init(_ flow: FlowState, today: CalendarDate) {
        self.flow = flow
        let matter = flow.matter

        // A hidden field has no value: what was typed before it was hidden decides nothing and is not handed in.
        var facts = FlowFacts(flow, today: today)
        var visible: Set<String> = []
        var shownPages: [FormPage] = []
        for page in matter.pages where facts.holds(page.when) {
            var isShown = false
            for field in page.fields where facts.holds(field.when) {
                visible.insert(field.key)
                facts.set(field, to: flow.answers[field.key])
                isShown = true
            }
            if isShown { shownPages.append(page) }
        }
        self.facts = facts
        self.visible = visible

        var needed: Set<String> = []
        var notes: [Localized] = []
        var rejections: [Localized] = []
        var windowReasons: [Localized] = []
        for rule in matter.rules where facts.holds(rule.when) {
            switch rule.action {
            case .need(let key): needed.insert(key)
            case .note(let text): notes.append(text)
            case .reject(let text): rejections.append(text)
            case .window(let text): windowReasons.append(text)
            }
        }
        self.notes = notes
        self.rejections = rejections
        self.windowReasons = windowReasons

        materials = matter.materials.map { material in
            let isNeeded = material.mark != .conditional || needed.contains(material.key)
            return PlannedMaterial(
                material: material, isNeeded: isNeeded,
                slots: isNeeded ? Self.slots(of: material, in: flow, visible: visible) : [])
        }
        let slots = materials.flatMap(\.slots)
        steps = matter.steps.flatMap { template -> [Step] in
            switch template {
            case .notice: [.notice]
            case .identify: matter.identity == .none ? [] : [.identify]
            case .agent:
                matter.identity != .agentAllowed
                    ? [] : flow.actsForOther == true ? [.agent, .principalCard] : [.agent]
            case .section(let name): shownPages.filter { $0.section == name }.map(Self.step)
            case .pages: shownPages.filter { $0.section == nil }.map(Self.step)
            case .capture: slots.map(Step.capture)
            case .lookup: [.lookup]
            case .preview: [.preview]
            case .review: [.review]
            case .sign: [.sign]
            case .submit: [.submit]
            case .print: [.print]
            case .finish: [.finish]
            }
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

    /// Position of the current step, from 1; nil when it is not among the steps.
    public var progress: (step: Int, of: Int)? {
        steps.firstIndex(of: flow.step).map { ($0 + 1, steps.count) }
    }

    /// The fields of a page that are asked for now.
    public func fields(of page: FormPage) -> [Field] {
        page.fields.filter { visible.contains($0.key) }
    }

    public func material(of slot: CaptureSlot) -> Material? {
        flow.matter.material(slot.material)
    }

    /// What is wrong with the answers of one page.
    func problems(on page: FormPage) -> [FieldProblem] {
        fields(of: page).compactMap { field in
            FieldCheck.problem(with: flow.answers[field.key], of: field, holds: facts.holds)
                .map { FieldProblem(field: field.key, reason: $0) }
        }
    }

    /// What is wrong with a list entry that is being edited.
    func problems(in entry: RecordEntry, of fields: [Field]) -> [FieldProblem] {
        fields.compactMap { field in
            FieldCheck.problem(with: entry.answers[field.key], of: field, holds: { _ in true })
                .map { FieldProblem(field: field.key, reason: $0) }
        }
    }

    /// Whether a step before the review has everything it asks for.
    func isComplete(_ step: Step) -> Bool {
        switch step {
        case .identify: flow.holder != nil
        case .agent: flow.actsForOther != nil
        case .principalCard: flow.principal != nil
        case .form(let id): flow.matter.page(id).map { problems(on: $0).isEmpty } ?? true
        case .list(let key):
            flow.matter.pages.first { $0.fields.first?.key == key }.map { problems(on: $0).isEmpty } ?? true
        case .capture(let slot): flow.captures[slot.key]?.isEmpty == false || flow.deferred[slot.key] != nil
        case .lookup: flow.record != nil
        case .sign: flow.signature != nil
        case .notice, .preview, .review, .submit, .print, .finish, .rejected, .window: true
        }
    }
}
