/// Makes the list of everything a matter needs (一次性告知单): all that is missing at once, not the first thing only.

extension Checklist {
    /// The list for a flow as it stands; for a flow that has just begun, that of the matter.
    public init(_ flow: FlowState, today: CalendarDate) {
        let plan = FlowPlan(flow, today: today)
        let fields = plan.steps.flatMap { step -> [Field] in
            let problems: [FieldProblem] =
                switch step {
                case .form(let id), .list(let id): flow.matter.page(id).map(plan.problems) ?? []
                default: []
                }
            return problems.compactMap { flow.matter.field($0.field) }
        }
        let isOver = flow.step == .rejected || flow.step == .window
        self.init(
            matterCode: flow.matter.code, matterTitle: flow.matter.title, department: flow.matter.department,
            day: today, reasons: isOver ? flow.outcome : [], openAnswers: fields.map(\.label),
            papers: plan.materials.compactMap { Self.paper($0, flow: flow, plan: plan) }, notes: plan.notes)
    }

    private static func paper(_ planned: FlowPlan.PlannedMaterial, flow: FlowState, plan: FlowPlan) -> Item? {
        let material = planned.material
        guard planned.isNeeded else { return sometimes(material, flow: flow) }
        return Item(title: material.title, note: material.hint, state: state(of: planned, flow: flow))
    }

    private static func state(of planned: FlowPlan.PlannedMaterial, flow: FlowState) -> Item.State {
        let material = planned.material
        let promises = planned.slots.compactMap { flow.deferred[$0.key] }
        let isHandedIn = planned.slots.allSatisfy { flow.captures[$0.key]?.isEmpty == false }
        switch material.source {
        case .applicantCard: return flow.knowsApplicant ? .present : .missing
        case .agentCard: return flow.actsForOther == true && flow.holder != nil ? .present : .missing
        case .entryCards(let field):
            guard FieldCheck.isAnswered(flow.answers[field]), isHandedIn else { return .missing }
            return .present
        case .camera:
            if isHandedIn { return .present }
            if let promise = promises.max() { return .later(promise) }
            return material.mark == .deferrable ? .later(nil) : .missing
        }
    }

    /// A paper that no rule needs now: listed as long as an answer that decides on it is still open.
    private static func sometimes(_ material: Material, flow: FlowState) -> Item? {
        let conditions = flow.matter.rules.compactMap { rule -> Condition? in
            rule.action == .need(material.key) ? rule.when : nil
        }
        guard conditions.contains(where: { isOpen($0, flow: flow, depth: 0) }) else { return nil }
        let words = ConditionWords(matter: flow.matter)
        let notes = conditions.compactMap(words.words)
        let note =
            notes.count == conditions.count
            ? Localized(
                zh: notes.map(\.zh).joined(separator: "；或者"), en: notes.map(\.en).joined(separator: "; or "))
            : nil
        return Item(title: material.title, note: note ?? material.hint, state: .sometimes)
    }

    /// Whether the condition uses something that is not answered yet.
    private static func isOpen(_ condition: Condition, flow: FlowState, depth: Int) -> Bool {
        condition.names.contains { use in
            switch use.name {
            case "agent", "age", "birth_date", "hukou_local": return !flow.knowsApplicant
            case "record": return flow.record == nil && !flow.goesOnWithoutRecord
            default: break
            }
            if let named = flow.matter.conditions[use.name] {
                return depth < 8 && isOpen(named, flow: flow, depth: depth + 1)
            }
            return flow.matter.field(use.name) != nil && !FieldCheck.isAnswered(flow.answers[use.name])
        }
    }
}
