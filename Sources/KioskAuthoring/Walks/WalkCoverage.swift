/// Which parts of a matter the walks have been to.

internal import KioskCore

/// A part of a matter that a walk can visit.
enum MatterPart: Hashable, Sendable {
    /// A step of the archetype, by its name on the engine's pages: `sign`.
    case step(String)
    case page(String)
    case field(String)
    /// A paper that is asked for.
    case paper(String)
    /// A paper marked `?` that is not asked for.
    case paperLeftOut(String)
    /// A rule, by index in `Matter.rules`.
    case rule(Int)
    /// A consent that is refused.
    case refusal(String)

    /// Where the part stands in the matter's files.
    var place: MatterPlace {
        switch self {
        case .step: .head("archetype")
        case .page(let id): .page(id)
        case .field(let key): .field(key)
        case .paper(let key), .paperLeftOut(let key): .material(key)
        case .rule(let index): .rule(index)
        case .refusal(let id): .consent(id)
        }
    }

    /// In words, for a finding.
    func words(in matter: Matter) -> String {
        switch self {
        case .step(let name): "the step “\(name)”"
        case .page(let id): "the page “\(matter.page(id)?.title.zh ?? id)”"
        case .field(let key): "the field “\(key)”"
        case .paper(let key): "a case that needs the paper “\(key)”"
        case .paperLeftOut(let key): "a case without the paper “\(key)”"
        case .rule(let index):
            switch matter.rules[index].action {
            case .need(let key): "the rule that needs “\(key)”"
            case .reject(let text): "the rejection “\(text.zh)”"
            case .window(let text): "the window “\(text.zh)”"
            case .note(let text): "the note “\(text.zh)”"
            }
        case .refusal(let id): "the refusal of “\(id)”"
        }
    }
}

struct WalkCoverage {
    private(set) var visited: Set<MatterPart> = []
    private let probe: RuleProbe

    init(_ matter: Matter) {
        probe = RuleProbe(matter)
    }

    /// Everything of a matter that must be visited.
    static func parts(of matter: Matter) -> [MatterPart] {
        var parts: [MatterPart] = matter.steps.compactMap { stepName($0, matter).map(MatterPart.step) }
        for page in matter.pages {
            parts.append(.page(page.id))
            parts += page.fields.map { .field($0.key) }
        }
        for material in matter.materials {
            parts.append(.paper(material.key))
            if material.mark == .conditional { parts.append(.paperLeftOut(material.key)) }
        }
        parts += matter.rules.indices.map(MatterPart.rule)
        parts += matter.consents.map { .refusal($0.id) }
        return parts
    }

    /// Nil for a template that stands for pages, papers or nothing in this matter.
    private static func stepName(_ template: StepTemplate, _ matter: Matter) -> String? {
        switch template {
        case .section, .keyPages, .pages, .capture: nil
        case .notice: "notice"
        case .identify: "identify"
        case .agent: "agent"
        case .confirmHolder: "confirm-holder"
        case .consent(let id): "consent.\(id)"
        case .guide: matter.guide == nil ? nil : "guide"
        case .lookup: "lookup"
        case .preview: "preview"
        case .payment: "payment"
        case .review: "review"
        case .sign: matter.identity == .none ? nil : "sign"
        case .submit: "submit"
        case .print: "print"
        case .rating: "rating"
        case .finish: "finish"
        }
    }

    mutating func visit(_ trail: [Step]) {
        for step in trail {
            switch step {
            case .notice: visited.insert(.step("notice"))
            case .consent(let id): visited.insert(.step("consent.\(id)"))
            case .identify: visited.insert(.step("identify"))
            case .agent: visited.insert(.step("agent"))
            case .confirmHolder: visited.insert(.step("confirm-holder"))
            case .form(let id), .list(let id): visited.insert(.page(id))
            case .lookup: visited.insert(.step("lookup"))
            case .preview: visited.insert(.step("preview"))
            case .guide: visited.insert(.step("guide"))
            case .payment: visited.insert(.step("payment"))
            case .review: visited.insert(.step("review"))
            case .sign: visited.insert(.step("sign"))
            case .submit: visited.insert(.step("submit"))
            case .print: visited.insert(.step("print"))
            case .rating: visited.insert(.step("rating"))
            case .finish: visited.insert(.step("finish"))
            case .capture, .principalCard, .rejected, .window: break
            }
        }
    }

    /// What a page shows when the citizen leaves it.
    mutating func visit(_ state: SessionState, _ plan: FlowPlan, today: CalendarDate) {
        guard let flow = state.flow else { return }
        switch flow.step {
        case .form(let id), .list(let id):
            guard let page = flow.matter.page(id) else { return }
            for field in plan.fields(of: page) { visited.insert(.field(field.key)) }
        case .rejected, .window:
            visit(outcomes: flow)
            if case .consent(let id)? = flow.outcomeFrom { visited.insert(.refusal(id)) }
            // The citizen takes the list of papers and notes along.
            if flow.step == .window { visitList(flow, plan, today: today) }
        // Where everything is answered, what the rules ask for is what they ask for.
        case .review, .submit, .print, .finish, .sign, .preview: visitEnd(flow, plan, today: today)
        default: break
        }
    }

    private mutating func visit(outcomes flow: FlowState) {
        for (index, rule) in flow.matter.rules.enumerated() {
            switch rule.action {
            case .reject(let text), .window(let text):
                if flow.outcome.contains(text) { visited.insert(.rule(index)) }
            case .need, .note: break
            }
        }
    }

    private mutating func visitEnd(_ flow: FlowState, _ plan: FlowPlan, today: CalendarDate) {
        guard !flow.handsOver else { return }
        visitList(flow, plan, today: today)
        for planned in plan.materials where !planned.isNeeded {
            visited.insert(.paperLeftOut(planned.material.key))
        }
    }

    private mutating func visitList(_ flow: FlowState, _ plan: FlowPlan, today: CalendarDate) {
        for planned in plan.materials where planned.isNeeded { visited.insert(.paper(planned.material.key)) }
        for index in probe.holding(flow, today: today) {
            switch flow.matter.rules[index].action {
            case .need, .note: visited.insert(.rule(index))
            case .reject, .window: break
            }
        }
    }
}

/// Finds out which rules hold in a flow, each by itself, through the plan that the terminal uses.
struct RuleProbe {
    private let rules: [Rule]

    init(_ matter: Matter) {
        rules = matter.rules.enumerated().map { index, rule in
            Rule(when: rule.when, action: .note(Localized(zh: "\(index)", en: "\(index)")))
        }
    }

    /// Indices in `Matter.rules`.
    func holding(_ flow: FlowState, today: CalendarDate) -> [Int] {
        guard !rules.isEmpty else { return [] }
        var probed = flow
        probed.matter.rules = rules
        return FlowPlan(probed, today: today).notes.compactMap { Int($0.zh) }
    }
}
