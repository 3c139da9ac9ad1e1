/// What must fit together in one matter: names, types, papers, sources.

internal import Yams

struct MatterCheck {
    let loaded: LoadedMatter
    let entries: [String: Node]
    let yaml: StrictYAML
    let assembly: MatterAssembly
    private var matter: Matter { loaded.matter }

    init(loaded: LoadedMatter, entries: [String: Node], yaml: StrictYAML, assembly: MatterAssembly) {
        self.loaded = loaded
        self.entries = entries
        self.yaml = yaml
        self.assembly = assembly
    }

    func run() {
        reportDoubles(matter.fields.map(\.key), "field") { .field($0) }
        reportDoubles(matter.materials.map(\.key), "paper") { .material($0) }
        checkNamedConditions()
        checkConditions()
        checkFields()
        checkPapers()
        checkLookup()
        checkCards()
        checkHead()
    }

    private func report(_ message: String, at place: MatterPlace, hint: String? = nil) {
        let finding = loaded.diagnostic(message, at: place, hint: hint)
        // A finding in a shared file is one of this matter all the same: its line says which.
        yaml.add(finding)
    }

    private func reportDoubles(_ names: [String], _ what: String, _ place: (String) -> MatterPlace) {
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted {
            report(
                "the \(what) “\(name)” stands twice", at: place(name),
                hint: "one may come from a shared section: \(loaded.sharedFiles.joined(separator: ", "))")
        }
    }

    // MARK: Conditions

    private func checkConditions() {
        let environment = MatterNames.environment(of: matter)
        for (place, condition) in matter.allConditions {
            do throws(ExpressionCheckFailure) {
                let type = try condition.check(in: environment.entering(place, of: matter)).type
                if let message = mismatch(type, at: place) { report(message, at: place) }
            } catch {
                for finding in error.findings {
                    var diagnostic = loaded.diagnostic(finding.message, at: place, hint: finding.hint)
                    // The offset counts bytes, a column characters.
                    diagnostic.column +=
                        String(decoding: condition.source.utf8.prefix(finding.offset), as: UTF8.self).count
                    yaml.add(diagnostic)
                }
            }
        }
    }

    /// What is wrong with the type of a condition where it stands.
    private func mismatch(_ type: ExpressionType, at place: MatterPlace) -> String? {
        if type == .dynamic { return nil }
        switch place {
        case .fieldValue(let key):
            guard let field = matter.field(key) else { return nil }
            let wanted = MatterNames.type(of: field)
            let isNumber = (wanted == .double || wanted == .int) && (type == .double || type == .int)
            return isNumber || type == wanted || (wanted == .string && type.description == "string")
                ? nil : "the value is \(type), but the field is \(wanted)"
        case .head:
            return type == .double || type == .int ? nil : "the amount must be a number, not \(type)"
        default:
            return type == .bool ? nil : "a condition must be true or false; this one is \(type)"
        }
    }

    /// Named conditions are no fields, are used, and do not go round in a circle.
    private func checkNamedConditions() {
        let names = Set(matter.conditions.keys)
        let own = Set((entries["conditions"]?.mapping?.keys.compactMap(\.string)) ?? [])
        let used = Set(matter.allConditions.flatMap { $0.condition.names.map(\.name) })
        for name in names.sorted() {
            if matter.field(name) != nil {
                report("“\(name)” is both a condition and a field", at: .condition(name))
            }
            if MatterNames.facts[name] != nil || name == "record" {
                report("“\(name)” is a reserved name", at: .condition(name))
            }
            if own.contains(name), !used.contains(name) {
                report("the condition “\(name)” is never used", at: .condition(name), hint: "use it or take it out")
            }
            if let circle = circle(from: name) {
                report("the condition goes round in a circle: \(circle.joined(separator: " → "))", at: .condition(name))
            }
        }
    }

    private func circle(from start: String) -> [String]? {
        var path = [start]
        func visit(_ name: String) -> Bool {
            for (next, _) in matter.conditions[name]?.names ?? [] {
                if next == start {
                    path.append(start)
                    return true
                }
                guard matter.conditions[next] != nil, !path.contains(next) else { continue }
                path.append(next)
                if visit(next) { return true }
                path.removeLast()
            }
            return false
        }
        return visit(start) ? path : nil
    }

    // MARK: Fields

    private func checkFields() {
        let facts = matter.lookup?.register.facts
        for field in matter.fields {
            if case .record(let key)? = field.source {
                guard let facts else {
                    report("“from: record.\(key)” needs a “lookup”", at: .field(field.key))
                    continue
                }
                guard let fact = facts.first(where: { $0.key == key }) else {
                    report(
                        "the register “\(matter.lookup?.register.name ?? "")” has no “\(key)”", at: .field(field.key),
                        hint: nearest(to: key, in: facts.map(\.key)).map { "did you mean “\($0)”?" })
                    continue
                }
                if !Self.fits(fact.kind, field.kind) {
                    report("“record.\(key)” is of another type than the field", at: .field(field.key))
                }
            }
            if field.source != nil, field.value != nil {
                report("a computed field has no “from”", at: .field(field.key))
            }
            if case .card? = field.source, matter.identity == .none {
                report("nobody's card is read in this matter", at: .field(field.key))
            }
            if field.value != nil, case .records = field.kind {
                report("a list cannot be computed", at: .field(field.key))
            }
        }
    }

    private static func fits(_ fact: Field.Kind, _ field: Field.Kind) -> Bool {
        switch (fact, field) {
        case (.choice(let one), .choice(let two)), (.multi(let one), .multi(let two)):
            !Set(one.map(\.key)).isDisjoint(with: two.map(\.key))
        case (.records(let one), .records(let two)): Set(one.map(\.key)).isSubset(of: Set(two.map(\.key)))
        case (_, .text): true
        default: fact == field
        }
    }

    // MARK: Papers

    private func checkPapers() {
        var needed: Set<String> = []
        for (index, rule) in matter.rules.enumerated() {
            guard case .need(let key) = rule.action else { continue }
            needed.insert(key)
            if matter.material(key)?.mark != .conditional {
                let marked = matter.materials.filter { $0.mark == .conditional }.map(\.key)
                report(
                    "the rule needs “\(key)”, which is no paper marked “?”", at: .rule(index),
                    hint: nearest(to: key, in: marked).map { "did you mean “\($0)”?" })
            }
        }
        for material in matter.materials {
            if material.mark == .conditional, !needed.contains(material.key) {
                report("no rule ever needs the paper “\(material.key)”", at: .material(material.key))
            }
            guard case .entryCards(let list) = material.source else { continue }
            guard let field = matter.field(list), case .records = field.kind else {
                report("“entry-cards \(list)”: there is no such list", at: .material(material.key))
                continue
            }
        }
        if !matter.steps.contains(.capture), let paper = matter.materials.first(where: { $0.source == .camera }) {
            report("the archetype “\(matter.archetype)” photographs nothing", at: .material(paper.key))
        }
    }

    // MARK: Look-up and head

    private func checkLookup() {
        guard let lookup = matter.lookup else { return }
        for key in lookup.keys where matter.field(key) == nil {
            report(
                "the look-up sends “\(key)”, which is no field", at: .head("lookup"),
                hint: nearest(to: key, in: matter.fields.map(\.key)).map { "did you mean “\($0)”?" })
        }
        if matter.identity == .none, lookup.keys.isEmpty, matter.answering == .all {
            report("nobody's card is read: the look-up needs “by”", at: .head("lookup"))
        }
    }

    /// What the cards must give, and that somebody brings one.
    private func checkCards() {
        let readsCard = matter.identity != .none && matter.steps.contains(.identify)
        for key in ["cards", "holder"] where entries[key] != nil && !readsCard {
            report("nobody's card is read in this matter: “\(key)” says nothing", at: .head(key))
        }
        guard matter.cards.contains(.socialSecurityCard) else { return }
        let hint = "leave “social-security-card” out of “cards”"
        for (place, condition) in matter.allConditions
        where condition.names.contains(where: { $0.name == "hukou_local" }) {
            report("a social security card has no address: “hukou_local” stays unknown", at: place, hint: hint)
        }
        for field in matter.fields where field.source == .card(.address) {
            report(
                "a social security card has no address for “\(field.key)”", at: .field(field.key), hint: hint)
        }
    }

    private func checkHead() {
        if matter.guide != nil, !matter.steps.contains(.guide) {
            report("the archetype “\(matter.archetype)” prints no guide", at: .head("guide"))
        }
        if matter.steps.contains(.pages), matter.pages.allSatisfy({ $0.section != nil }), entries["pages"] == nil {
            report("the matter asks nothing of its own: “pages” is missing", at: .head("code"))
        }
    }
}

extension ExpressionEnvironment {
    /// A check on a sub-field of a list names the other sub-fields of its entry too.
    func entering(_ place: MatterPlace, of matter: Matter) -> ExpressionEnvironment {
        guard case .fieldCheck(let name, _) = place, let dot = name.firstIndex(of: "."),
            case .records(let fields)? = matter.field(String(name[..<dot]))?.kind
        else { return self }
        var environment = self
        for field in fields { environment.variables[field.key] = MatterNames.type(of: field) }
        return environment
    }
}
