/// Turns the YAML of pages, fields, papers and rules into the model, and remembers where each stood.

internal import Yams

/// What a matter or a section says: the parts they have in common.
struct MatterContent {
    var conditions: [(name: String, condition: Condition)] = []
    var pages: [FormPage] = []
    var materials: [Material] = []
    var rules: [Rule] = []
    var consent: Consent?
    /// Keys of fields whose `required` was not written.
    var implicit: Set<String> = []
}

struct MatterDecoder {
    /// Fields on one page at most: more is a form dump.
    static let maximumFieldsPerPage = 6
    static let maximumDecimals = 6

    let yaml: StrictYAML
    /// Names of papers that several matters share.
    let papers: [String: Localized]
    private(set) var places: [MatterPlace: SourcePosition] = [:]
    private var implicit: Set<String> = []
    /// The list whose sub-fields are being read.
    private var listKey: String?
    /// Rules before this decoder's own: their indices are those of the finished matter.
    private let firstRule: Int

    init(yaml: StrictYAML, papers: [String: Localized], firstRule: Int = 0) {
        self.yaml = yaml
        self.papers = papers
        self.firstRule = firstRule
    }

    mutating func note(_ place: MatterPlace, _ node: Node?) {
        guard let mark = node?.mark else { return }
        // Inside the quotes, so that a condition's offset counts from here.
        let quoted = node?.scalar?.style == .singleQuoted || node?.scalar?.style == .doubleQuoted
        places[place] = SourcePosition(file: yaml.file, line: mark.line, column: mark.column + (quoted ? 1 : 0))
    }

    mutating func content(of section: SharedSection) -> MatterContent {
        var content = content(section.entries, section: section.name)
        content.consent = section.entries["consent"].flatMap { consent($0, id: section.name) }
        return content
    }

    /// The keys `conditions`, `pages`, `materials` and `rules` of a mapping.
    mutating func content(_ entries: [String: Node], section: String?) -> MatterContent {
        var content = MatterContent()
        content.conditions = conditions(entries["conditions"])
        content.pages = yaml.sequence(entries["pages"], what: "“pages”").compactMap { page($0, section: section) }
        content.materials = yaml.sequence(entries["materials"], what: "“materials”").compactMap { material($0) }
        for node in yaml.sequence(entries["rules"], what: "“rules”") {
            guard let rule = rule(node, index: firstRule + content.rules.count) else { continue }
            content.rules.append(rule)
        }
        content.implicit = implicit
        return content
    }

    private mutating func conditions(_ node: Node?) -> [(name: String, condition: Condition)] {
        guard let node else { return [] }
        guard let mapping = node.mapping else {
            yaml.report("“conditions” must be a list of “name: condition” lines", at: node)
            return []
        }
        return mapping.compactMap { key, value in
            guard let name = key.string, isKey(name, at: key),
                let condition = yaml.condition(value, what: "the condition “\(name)”")
            else { return nil }
            note(.condition(name), value)
            return (name, condition)
        }
    }

    private mutating func consent(_ node: Node, id: String) -> Consent? {
        let entries = yaml.mapping(node, allowed: MatterGrammar.consentKeys, what: "“consent”")
        note(.consent(id), node)
        guard let title = yaml.localized(entries["title"], what: "“title”", at: node),
            let statement = yaml.localized(entries["statement"], what: "“statement”", at: node),
            let refused = yaml.localized(entries["refused"], what: "“refused”", at: node)
        else { return nil }
        return Consent(id: id, title: title, statement: statement, refused: refused)
    }

    // MARK: Pages

    private mutating func page(_ node: Node, section: String?) -> FormPage? {
        let entries = yaml.mapping(node, allowed: MatterGrammar.pageKeys, what: "a page")
        let fields = yaml.sequence(entries["fields"], what: "“fields”").compactMap { field($0, as: .page) }
        if fields.isEmpty { yaml.report("a page needs at least one field", at: node) }
        if fields.count > Self.maximumFieldsPerPage {
            yaml.report("a page has at most \(Self.maximumFieldsPerPage) fields", at: node, hint: "split it")
        }
        let hasList = fields.contains { field in
            if case .records = field.kind { true } else { false }
        }
        if hasList, fields.count > 1 { yaml.report("a list needs a page of its own", at: node) }
        guard let title = yaml.localized(entries["title"], what: "the page's “title”", at: node),
            let id = fields.first?.key
        else { return nil }
        note(.page(id), node)
        note(.pageWhen(id), entries["when"])
        return FormPage(
            id: id, section: section, title: title, hint: yaml.optionalLocalized(entries["hint"], what: "“hint”"),
            when: yaml.condition(entries["when"], what: "“when”"), fields: fields)
    }

    // MARK: Fields

    private enum Owner {
        case page, list, register
    }

    static let kinds: [String: Field.Kind] = [
        "text": .text, "number": .number, "money": .money, "date": .date, "month": .month, "datetime": .dateTime,
        "phone": .phone, "address": .address, "id-number": .idNumber, "usci": .creditCode, "bank-card": .bankCard,
        "bool": .flag,
    ]
    static let typeNames = Array(kinds.keys) + ["choice", "multi", "list"]
    static let fieldKeys = [
        "key", "type", "label", "hint", "sample", "required", "options", "decimals", "unit", "min", "max", "when",
        "checks", "value", "from", "fields",
    ]
    static let listFieldKeys = [
        "key", "type", "label", "hint", "sample", "required", "options", "decimals", "unit", "min", "max", "checks",
        "card",
    ]
    static let factKeys = [
        "key", "type", "label", "hint", "sample", "options", "required", "decimals", "unit", "fields",
    ]

    /// The facts of a register.
    mutating func facts(_ node: Node?) -> [Field] {
        let nodes = yaml.sequence(node, what: "“facts”")
        let facts = nodes.compactMap { field($0, as: .register) }
        var seen: Set<String> = []
        for (node, fact) in zip(nodes, facts) where !seen.insert(fact.key).inserted {
            yaml.report("the fact “\(fact.key)” stands twice", at: node)
        }
        return facts
    }

    private mutating func field(_ node: Node, as owner: Owner) -> Field? {
        let allowed =
            switch owner {
            case .page: Self.fieldKeys
            case .list: Self.listFieldKeys
            case .register: Self.factKeys
            }
        let entries = yaml.mapping(node, allowed: allowed, what: owner == .list ? "a field of a list" : "a field")
        guard let key = yaml.text(entries, "key", in: "a field", at: node),
            let type = yaml.text(entries, "type", in: "a field", at: node),
            isKey(key, at: entries["key"])
        else { return nil }
        if owner == .page, MatterNames.reserved.contains(key) {
            yaml.report("“\(key)” is a reserved name", at: entries["key"])
        }
        guard let label = yaml.localized(entries["label"], what: "the “label” of “\(key)”", at: node),
            let kind = kind(type, key: key, entries, owner, at: node)
        else { return nil }
        switch owner {
        case .page: notePlaces(key, entries, node)
        case .list: if let listKey { notePlaces("\(listKey).\(key)", entries, node) }
        case .register: break
        }
        let required = yaml.flag(entries, "required")
        if required == nil, owner == .page { implicit.insert(key) }
        var fromCard: [String: Field.CardFact] = [:]
        if case .records = kind { fromCard = cardFacts(entries["fields"]) }
        let field = Field(
            key: key, label: label, kind: kind, required: required ?? Self.isRequired(key, kind),
            when: yaml.condition(entries["when"], what: "“when”"),
            hint: yaml.optionalLocalized(entries["hint"], what: "“hint”"),
            sample: entries["sample"].flatMap { _ in yaml.text(entries, "sample", in: "a field", at: node) },
            checks: checks(entries["checks"], of: key), fromCard: fromCard, source: source(entries["from"]),
            value: yaml.condition(entries["value"], what: "“value”"), decimals: decimals(entries, kind),
            unit: yaml.optionalLocalized(entries["unit"], what: "“unit”"),
            minimum: bound(entries, "min", kind), maximum: bound(entries, "max", kind))
        if let minimum = field.minimum, let maximum = field.maximum, minimum > maximum {
            yaml.report("“min” is larger than “max”", at: entries["min"])
        }
        if let problem = Self.sampleProblem(of: field) {
            yaml.report("the sample is no good answer: \(problem)", at: entries["sample"] ?? node)
        }
        return field
    }

    private static func sampleProblem(of field: Field) -> String? {
        guard field.sample != nil else { return nil }
        guard let answer = field.sampleAnswer() else { return "its type takes none, or not this one" }
        return FieldCheck.problem(with: answer, of: field, holds: { _ in true }).map { "\($0)" }
    }

    private mutating func notePlaces(_ key: String, _ entries: [String: Node], _ node: Node) {
        note(.field(key), node)
        note(.fieldWhen(key), entries["when"])
        note(.fieldValue(key), entries["value"])
        for (index, check) in (entries["checks"]?.sequence.map(Array.init) ?? []).enumerated() {
            note(.fieldCheck(key, index), check.mapping?["holds"] ?? check)
        }
    }

    /// Left empty without harm, by the catalogue's rule.
    private static func isRequired(_ key: String, _ kind: Field.Kind) -> Bool {
        if kind == .flag { return false }
        return !["remark", "comment", "email", "website"].contains(key) && !key.hasSuffix("_wish")
    }

    private mutating func kind(
        _ type: String, key: String, _ entries: [String: Node], _ owner: Owner, at node: Node
    ) -> Field.Kind? {
        if type != "choice", type != "multi", let options = entries["options"] {
            yaml.report("only choice and multi have options", at: options)
        }
        if type != "list", let fields = entries["fields"] { yaml.report("only a list has fields", at: fields) }
        switch type {
        case "choice": return .choice(options(entries["options"], at: node))
        case "multi": return .multi(options(entries["options"], at: node))
        case "list" where owner != .list:
            listKey = key
            defer { listKey = nil }
            let nodes = yaml.sequence(entries["fields"], what: "“fields”")
            let fields = nodes.compactMap { field($0, as: .list) }
            if fields.isEmpty { yaml.report("a list needs fields", at: node) }
            var seen: Set<String> = []
            for (node, field) in zip(nodes, fields) where !seen.insert(field.key).inserted {
                yaml.report("the field “\(field.key)” stands twice in its list", at: node)
            }
            return .records(fields)
        default:
            guard let known = Self.kinds[type] else {
                yaml.report(
                    type == "list" ? "a list has no list inside" : "there is no type “\(type)”", at: entries["type"],
                    hint: nearest(to: type, in: Self.typeNames).map { "did you mean “\($0)”?" })
                return nil
            }
            return known
        }
    }

    private func cardFacts(_ node: Node?) -> [String: Field.CardFact] {
        var facts: [String: Field.CardFact] = [:]
        for field in node?.sequence.map(Array.init) ?? [] {
            guard let card = field.mapping?["card"] else { continue }
            guard let word = card.string, let fact = Field.CardFact(rawValue: word), fact != .birthDate,
                let key = field.mapping?["key"]?.string
            else {
                yaml.report("“card” is name, number or address", at: card)
                continue
            }
            facts[key] = fact
        }
        return facts
    }

    private func options(_ node: Node?, at owner: Node) -> [Field.Option] {
        guard let mapping = node?.mapping, mapping.count >= 2 else {
            yaml.report("a choice needs two options or more: “key: 中文 | English”", at: node ?? owner)
            return []
        }
        var labels: Set<String> = []
        return mapping.compactMap { key, value in
            guard let name = key.string, isKey(name, at: key),
                let label = yaml.localized(value, what: "the option “\(name)”", at: key)
            else { return nil }
            if !labels.insert(label.zh).inserted { yaml.report("two options read “\(label.zh)”", at: key) }
            return Field.Option(key: name, label: label)
        }
    }

    private func checks(_ node: Node?, of key: String) -> [Field.Check] {
        yaml.sequence(node, what: "“checks”").compactMap { node in
            let entries = yaml.mapping(node, allowed: MatterGrammar.checkKeys, what: "a check")
            guard entries["holds"] != nil else {
                yaml.report("a check lacks “holds”", at: node)
                return nil
            }
            guard let condition = yaml.condition(entries["holds"], what: "“holds”"),
                let message = yaml.localized(entries["message"], what: "“message”", at: node)
            else { return nil }
            return Field.Check(holds: condition, message: message)
        }
    }

    private func source(_ node: Node?) -> Field.Source? {
        guard let node else { return nil }
        let parts = (node.scalar?.string ?? "").split(separator: ".", maxSplits: 1).map(String.init)
        if parts.count == 2 {
            if parts[0] == "record" { return .record(parts[1]) }
            if parts[0] == "card", let fact = Field.CardFact(rawValue: parts[1]) { return .card(fact) }
        }
        yaml.report("“from” is record.KEY, or card.name, card.number, card.address, card.birth_date", at: node)
        return nil
    }

    private func decimals(_ entries: [String: Node], _ kind: Field.Kind) -> Int {
        guard let node = entries["decimals"] else { return 0 }
        guard kind == .number else {
            yaml.report("only a number has “decimals”", at: node)
            return 0
        }
        let decimals = yaml.integer(entries, "decimals", in: "a field", at: node) ?? 0
        if decimals > Self.maximumDecimals {
            yaml.report("at most \(Self.maximumDecimals) decimals", at: node)
            return 0
        }
        return decimals
    }

    private func bound(_ entries: [String: Node], _ key: String, _ kind: Field.Kind) -> Double? {
        guard let node = entries[key] else { return nil }
        guard kind == .number || kind == .money else {
            yaml.report("only number and money have “\(key)”", at: node)
            return nil
        }
        guard let text = node.scalar?.string, let value = Double(text), value.isFinite else {
            yaml.report("“\(key)” must be a number", at: node)
            return nil
        }
        return value
    }

    /// A name that conditions can use: small letters, digits and `_`.
    private func isKey(_ key: String, at node: Node?) -> Bool {
        let isWord =
            !key.isEmpty
            && key.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F
            }
        if !isWord { yaml.report("“\(key)” is no key: a key has small letters, digits and “_”", at: node) }
        return isWord
    }

    // MARK: Papers and rules

    private mutating func material(_ node: Node) -> Material? {
        let what = "a paper"
        let entries = yaml.mapping(node, allowed: MatterGrammar.paperKeys, what: what)
        guard let key = yaml.text(entries, "key", in: what, at: node), isKey(key, at: entries["key"]),
            let mark = yaml.word(entries, "mark", as: Material.Mark.self, in: what, at: node)
        else { return nil }
        note(.material(key), node)
        let title: Localized
        if let label = entries["label"] {
            guard let own = yaml.localized(label, what: "the “label” of “\(key)”", at: node) else { return nil }
            title = own
        } else if let shared = papers[key] {
            title = shared
        } else {
            yaml.report(
                "the paper “\(key)” needs a “label”: it is not in materials.yaml", at: entries["key"],
                hint: nearest(to: key, in: papers.keys).map { "did you mean “\($0)”?" })
            return nil
        }
        guard let source = materialSource(entries["from"]) else { return nil }
        return Material(
            key: key, title: title, mark: mark, source: source,
            hint: yaml.optionalLocalized(entries["hint"], what: "“hint”"))
    }

    private func materialSource(_ node: Node?) -> Material.Source? {
        switch node?.scalar?.string {
        case nil where node == nil, "camera": return .camera
        case "applicant-card": return .applicantCard
        case "agent-card": return .agentCard
        case let word? where word.hasPrefix("entry-cards "):
            return .entryCards(String(word.dropFirst("entry-cards ".count)))
        default:
            yaml.report("“from” is camera, applicant-card, agent-card or “entry-cards LIST”", at: node)
            return nil
        }
    }

    private mutating func rule(_ node: Node, index: Int) -> Rule? {
        let actions = MatterGrammar.ruleActions
        let entries = yaml.mapping(node, allowed: ["when"] + actions, what: "a rule")
        let given = actions.filter { entries[$0] != nil }
        guard given.count == 1, let action = given.first else {
            yaml.report("a rule has one of \(actions.joined(separator: ", "))", at: node)
            return nil
        }
        note(.rule(index), node)
        note(.ruleWhen(index), entries["when"])
        let when = yaml.condition(entries["when"], what: "“when”")
        if entries["when"] == nil, action != "note" {
            yaml.report("“\(action)” needs a “when”", at: node)
        }
        if action == "need" {
            return yaml.text(entries, "need", in: "a rule", at: node).map { Rule(when: when, action: .need($0)) }
        }
        guard let text = yaml.localized(entries[action], what: "“\(action)”", at: node) else { return nil }
        switch action {
        case "reject": return Rule(when: when, action: .reject(text))
        case "window": return Rule(when: when, action: .window(text))
        default: return Rule(when: when, action: .note(text))
        }
    }
}
