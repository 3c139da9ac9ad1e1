/// The places of a matter that somebody must be able to reach.

internal import KioskCore

enum Goal: Hashable {
    /// A case that goes through to its end.
    case end
    /// By index in `Matter.pages`.
    case page(Int)
    /// The page is passed by.
    case pageHidden(Int)
    case field(String)
    /// The field is hidden on a page that is shown.
    case fieldHidden(String)
    /// By index in `Matter.rules`: it applies, or not.
    case rule(Int)
    case ruleSilent(Int)
    case condition(String)
    case conditionFails(String)
    /// An answer that a check turns back; a sub-field of a list as `staff.name`.
    case checkFails(String, Int)
    /// A field with checks takes an answer.
    case passes(String)
    /// A rule that ends the case, or asks for a paper, becomes known only after papers were photographed.
    case late(Int)

    /// As it stands in a scenario.
    func words(in matter: Matter) -> String {
        switch self {
        case .end: "end"
        case .page(let index): "page \(matter.pages[index].id)"
        case .pageHidden(let index): "past page \(matter.pages[index].id)"
        case .field(let key): "field \(key)"
        case .fieldHidden(let key): "without field \(key)"
        case .rule(let index): "rule \(index + 1)"
        case .ruleSilent(let index): "without rule \(index + 1)"
        case .condition(let name): "condition \(name)"
        case .conditionFails(let name): "without condition \(name)"
        case .checkFails(let key, let index): "check \(index + 1) of \(key)"
        case .passes(let key): "answer to \(key)"
        case .late(let index): "rule \(index + 1) after the papers"
        }
    }

    /// Every goal of a matter. What stands in a shared section is one too.
    static func all(of matter: Matter) -> [Goal] {
        var goals: [Goal] = [.end]
        for (index, page) in matter.pages.enumerated() {
            goals.append(.page(index))
            if page.when != nil { goals.append(.pageHidden(index)) }
            for field in page.fields {
                goals.append(.field(field.key))
                if field.when != nil { goals.append(.fieldHidden(field.key)) }
                goals += field.checks.indices.map { .checkFails(field.key, $0) }
                if field.hasChecks { goals.append(.passes(field.key)) }
                guard case .records(let fields) = field.kind else { continue }
                for sub in fields { goals += sub.checks.indices.map { .checkFails("\(field.key).\(sub.key)", $0) } }
            }
        }
        for (index, rule) in matter.rules.enumerated() {
            goals.append(.rule(index))
            if rule.when != nil { goals.append(.ruleSilent(index)) }
        }
        // One that names nothing is a constant, and meant to be.
        for (name, condition) in matter.conditions.sorted(by: { $0.key < $1.key }) where !condition.names.isEmpty {
            goals += [.condition(name), .conditionFails(name)]
        }
        return goals
    }
}

extension Field {
    /// The field, or one of the list's own, has checks.
    var hasChecks: Bool {
        if case .records(let fields) = kind, fields.contains(where: { !$0.checks.isEmpty }) { return true }
        return !checks.isEmpty
    }
}

extension Rule {
    /// Whether the rule ends the case here.
    var isDiverting: Bool {
        switch action {
        case .reject, .window: true
        case .need, .note: false
        }
    }
}
