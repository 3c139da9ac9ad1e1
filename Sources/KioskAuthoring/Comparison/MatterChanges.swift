/// The differences between two versions of one matter, part by part.

internal import KioskCore

struct MatterChanges {
    typealias Change = MatterComparison.Change

    private(set) var all: [Change] = []

    init(_ old: Matter, _ new: Matter) {
        head(old, new)
        pages(old, new)
        keyed(
            .paper, old.materials, new.materials, key: \.key, name: { "paper “\($0.title.zh)”" },
            words: { material in
                joined(["mark \(material.mark.rawValue)", material.title.both, material.hint?.both])
            })
        keyed(
            .rule, Self.numbered(old.rules), Self.numbered(new.rules), key: \.key, name: { "rule “\($0.text)”" },
            words: { $0.rule.when.map { "when \($0.source)" } ?? "always" })
        let named = { (matter: Matter) in matter.conditions.map { (name: $0.key, condition: $0.value) } }
        keyed(
            .condition, named(old).sorted { $0.name < $1.name }, named(new).sorted { $0.name < $1.name }, key: \.name,
            name: { "condition \($0.name)" }, words: \.condition.source)
        keyed(
            .consent, old.consents, new.consents, key: \.id, name: { "consent “\($0.title.zh)”" },
            words: { joined([$0.title.both, $0.statement.both, $0.refused.both]) })
        keyed(
            .question, old.questions, new.questions, key: \.question.zh, name: { "question “\($0.question.zh)”" },
            words: { joined([$0.question.both, $0.answer.both]) })
    }

    private mutating func add(_ kind: Change.Kind, _ subject: String, _ before: String?, _ after: String?) {
        if before != after {
            all.append(Change(kind: kind, subject: subject, before: before, after: after))
        }
    }

    private mutating func head(_ old: Matter, _ new: Matter) {
        let values: [(String, (Matter) -> String?)] = [
            ("title", { $0.title.both }), ("department", { $0.department.both }), ("kind", { $0.kind.rawValue }),
            ("audience", { $0.audience.rawValue }), ("archetype", { $0.archetype }),
            ("identity", { $0.identity.rawValue }), ("summary", { $0.summary.both }),
            ("output", { $0.output.rawValue }),
            ("basis", { $0.basis?.both }), ("workdays", { "\($0.workdays)" }), ("fee", { "\($0.fee / 100)" }),
            ("events", { $0.events.joined(separator: ", ") }), ("words", { $0.words.joined(separator: ", ") }),
            ("answers", { $0.answering.rawValue }), ("guide", { $0.guide?.rawValue }),
            ("cards", { $0.cards.map(\.rawValue).joined(separator: ", ") }),
            ("holder", { $0.confirmsHolder ? "confirmed" : nil }),
            ("reviewed", { $0.reviewed.map { "\($0.by) \($0.on)" } }),
        ]
        for (name, value) in values { add(.head, name, value(old), value(new)) }
        add(.step, "steps", Self.words(old.steps), Self.words(new.steps))
        add(.payment, "payment", Self.words(old.payment), Self.words(new.payment))
        add(.lookup, "look-up", Self.words(old.lookup), Self.words(new.lookup))
        keyed(
            .lookup, old.lookup?.register.facts ?? [], new.lookup?.register.facts ?? [], key: \.key,
            name: { "fact record.\($0.key)" }, words: { Self.words($0) })
    }

    private static func words(_ steps: [StepTemplate]) -> String {
        steps.map { step in
            switch step {
            case .consent(let id): "consent \(id)"
            case .section(let name): "section \(name)"
            default: "\(step)"
            }
        }.joined(separator: ", ")
    }

    private static func words(_ payment: Matter.Payment?) -> String? {
        payment.map { "\($0.subject.both): \($0.amount.source)" }
    }

    private static func words(_ lookup: Matter.Lookup?) -> String? {
        lookup.map { "\($0.register.name) by \($0.keys.joined(separator: ", "))\($0.isRequired ? "" : ", optional")" }
    }

    // MARK: Pages

    private mutating func pages(_ old: Matter, _ new: Matter) {
        keyed(
            .page, old.pages, new.pages, key: \.id, name: { "page “\($0.title.zh)”" },
            words: { page in
                joined([page.title.both, page.hint?.both, page.when.map { "when \($0.source)" }])
            })
        add(
            .page, "order of pages", Self.order(old.pages, among: new.pages), Self.order(new.pages, among: old.pages))
        let placed = { (matter: Matter) in
            matter.pages.flatMap { page in page.fields.map { (field: $0, page: page.title.zh) } }
        }
        keyed(
            .field, placed(old), placed(new), key: \.field.key,
            name: { "field “\($0.field.label.zh)” (\($0.field.key))" },
            words: { "\(Self.words($0.field)); on the page “\($0.page)”" })
        for field in new.fields {
            guard let before = old.field(field.key) else { continue }
            options(before, field)
            guard case .records(let one) = before.kind, case .records(let two) = field.kind else { continue }
            keyed(
                .field, one, two, key: \.key, name: { "field “\($0.label.zh)” (\(field.key).\($0.key))" },
                words: { Self.words($0) })
            for sub in two {
                if let before = one.first(where: { $0.key == sub.key }) { options(before, sub) }
            }
        }
    }

    /// The pages that both have, in the order of the first.
    private static func order(_ pages: [FormPage], among others: [FormPage]) -> String {
        let known = Set(others.map(\.id))
        return pages.map(\.id).filter(known.contains).joined(separator: ", ")
    }

    private mutating func options(_ old: Field, _ new: Field) {
        func list(_ field: Field) -> [Field.Option] {
            switch field.kind {
            case .choice(let options), .multi(let options): options
            default: []
            }
        }
        keyed(
            .option, list(old), list(new), key: \.key, name: { "option “\($0.label.zh)” of “\(new.label.zh)”" },
            words: \.label.both)
    }

    private static func words(_ field: Field) -> String {
        let type =
            switch field.kind {
            case .choice: "choice"
            case .multi: "multi"
            case .records: "list"
            default: "\(field.kind)"
            }
        let source: String? =
            switch field.source {
            case nil: nil
            case .card(let fact): "from card.\(fact.rawValue)"
            case .record(let key): "from record.\(key)"
            }
        let checks = field.checks.map { "check \($0.holds.source): \($0.message.both)" }
        let parts: [String?] = [
            field.label.both, type, field.required ? "required" : "may stay empty", field.hint?.both, field.unit?.both,
            field.sample.map { "sample \($0)" }, field.when.map { "when \($0.source)" },
            field.value.map { "value \($0.source)" }, source, field.minimum.map { "min \($0)" },
            field.maximum.map { "max \($0)" }, field.decimals == 0 ? nil : "\(field.decimals) decimals",
        ]
        return joined(parts + checks)
    }

    // MARK: Lists

    private struct NumberedRule {
        var rule: Rule
        var text: String
        /// The text, and which of those with the same text.
        var key: String
    }

    private static func numbered(_ rules: [Rule]) -> [NumberedRule] {
        var seen: [String: Int] = [:]
        return rules.map { rule in
            let text =
                switch rule.action {
                case .need(let key): "need \(key)"
                case .reject(let text): "reject: \(text.both)"
                case .window(let text): "window: \(text.both)"
                case .note(let text): "note: \(text.both)"
                }
            seen[text, default: 0] += 1
            return NumberedRule(rule: rule, text: text, key: "\(text) #\(seen[text] ?? 0)")
        }
    }

    private mutating func keyed<Item>(
        _ kind: Change.Kind, _ old: [Item], _ new: [Item], key: (Item) -> String, name: (Item) -> String,
        words: (Item) -> String
    ) {
        let before = Dictionary(old.map { (key($0), $0) }, uniquingKeysWith: { first, _ in first })
        let after = Set(new.map(key))
        for item in old where !after.contains(key(item)) { add(kind, name(item), words(item), nil) }
        for item in new { add(kind, name(item), before[key(item)].map(words), words(item)) }
    }
}

extension Localized {
    fileprivate var both: String { "\(zh) | \(en)" }
}

private func joined(_ parts: [String?]) -> String { parts.compactMap(\.self).joined(separator: "; ") }
