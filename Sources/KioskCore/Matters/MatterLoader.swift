/// Reads matter files, archetypes and shared sections into a library, strictly: a wrong file is named, never guessed at.

internal import Yams

/// One YAML file.
public struct MatterSource: Hashable, Sendable {
    /// Path below the matters folder: `MKT-001.yaml`, `archetypes/apply.yaml`, `sections/contact.yaml`.
    public var path: String
    public var text: String

    public init(path: String, text: String) {
        self.path = path
        self.text = text
    }

    var name: String { String(path.split(separator: "/").last?.dropLast(".yaml".count) ?? "") }
}

public struct MatterLoader {
    public struct Result: Sendable {
        /// Every matter whose files have no finding.
        public var library: MatterLibrary
        public var diagnostics: [MatterDiagnostic]
    }

    /// Fields on one page at most: more is a form dump.
    public static let maximumFieldsPerPage = 6

    private struct Archetype {
        var steps: [StepTemplate]
        /// Sections only for these outputs.
        var outputs: [String: [Matter.Output]]
        var text: String
    }

    private struct Section {
        var pages: [FormPage]
        var text: String
    }

    private let digest: @Sendable (String) -> String
    private var archetypes: [String: Archetype] = [:]
    private var sections: [String: Section] = [:]
    private var diagnostics: [MatterDiagnostic] = []

    private init(digest: @escaping @Sendable (String) -> String) {
        self.digest = digest
    }

    /// Loads every file. `digest` gives the hex digest that becomes the version of a matter.
    public static func load(_ sources: [MatterSource], digest: @escaping @Sendable (String) -> String) -> Result {
        var loader = MatterLoader(digest: digest)
        let sorted = sources.sorted { $0.path < $1.path }
        for source in sorted where source.path.hasPrefix("sections/") { loader.readSection(source) }
        for source in sorted where source.path.hasPrefix("archetypes/") { loader.readArchetype(source) }
        var matters: [Matter] = []
        var unavailable: [String] = []
        for source in sorted where !source.path.contains("/") {
            if let matter = loader.readMatter(source) {
                matters.append(matter)
            } else {
                unavailable.append(source.name)
            }
        }
        return Result(
            library: MatterLibrary(matters: matters, unavailable: unavailable), diagnostics: loader.diagnostics)
    }

    private mutating func close(_ yaml: StrictYAML) -> Bool {
        diagnostics += yaml.diagnostics
        return yaml.diagnostics.isEmpty
    }

    // MARK: Sections and archetypes

    private mutating func readSection(_ source: MatterSource) {
        let yaml = StrictYAML(file: source.path)
        if let root = yaml.root(of: source.text) {
            let entries = yaml.mapping(root, allowed: ["section", "pages"], what: "a section")
            let name = yaml.text(entries, "section", in: "a section", at: root)
            if let name, name != source.name {
                yaml.report("the section is called “\(name)” but its file “\(source.name)”", at: entries["section"])
            }
            let pages = Self.pages(entries["pages"], section: name, yaml)
            sections[source.name] = Section(pages: pages, text: source.text)
        }
        if !close(yaml) { sections[source.name] = nil }
    }

    private mutating func readArchetype(_ source: MatterSource) {
        let yaml = StrictYAML(file: source.path)
        if let root = yaml.root(of: source.text) {
            let entries = yaml.mapping(root, allowed: ["archetype", "steps"], what: "an archetype")
            if let name = yaml.text(entries, "archetype", in: "an archetype", at: root), name != source.name {
                yaml.report("the archetype is called “\(name)” but its file “\(source.name)”", at: entries["archetype"])
            }
            var archetype = Archetype(steps: [], outputs: [:], text: source.text)
            for node in yaml.sequence(entries["steps"], what: "“steps”") { readStep(node, into: &archetype, yaml) }
            if archetype.steps.first != .notice || archetype.steps.last != .finish {
                yaml.report("an archetype begins with “notice” and ends with “finish”", at: entries["steps"] ?? root)
            }
            archetypes[source.name] = archetype
        }
        if !close(yaml) { archetypes[source.name] = nil }
    }

    private static let steps: [String: StepTemplate] = [
        "notice": .notice, "identify": .identify, "agent": .agent, "pages": .pages, "capture": .capture,
        "lookup": .lookup, "preview": .preview, "review": .review, "sign": .sign, "submit": .submit, "print": .print,
        "finish": .finish,
    ]

    private func readStep(_ node: Node, into archetype: inout Archetype, _ yaml: StrictYAML) {
        if let word = node.scalar?.string {
            guard let step = Self.steps[word] else {
                yaml.report(
                    "there is no step “\(word)”", at: node,
                    hint: nearest(to: word, in: Self.steps.keys).map { "did you mean “\($0)”?" })
                return
            }
            if archetype.steps.contains(step) { yaml.report("the step “\(word)” stands twice", at: node) }
            archetype.steps.append(step)
            return
        }
        let entries = yaml.mapping(node, allowed: ["section", "outputs"], what: "a section step")
        guard let name = yaml.text(entries, "section", in: "a section step", at: node) else { return }
        guard sections[name] != nil else {
            yaml.report(
                "there is no section “\(name)”", at: entries["section"],
                hint: nearest(to: name, in: sections.keys).map { "did you mean “\($0)”?" }
                    ?? "sections are files of the folder sections/")
            return
        }
        if entries["outputs"] != nil {
            archetype.outputs[name] = yaml.sequence(entries["outputs"], what: "“outputs”").compactMap { output in
                guard let word = output.scalar?.string, let known = Matter.Output(rawValue: word) else {
                    yaml.report("not a known output", at: output)
                    return nil
                }
                return known
            }
        }
        archetype.steps.append(.section(name))
    }

    // MARK: A matter

    private static let matterKeys = [
        "code", "title", "department", "kind", "audience", "archetype", "identity", "summary", "output", "basis",
        "workdays", "fee", "lookup", "reviewed", "pages", "materials", "rules",
    ]

    private mutating func readMatter(_ source: MatterSource) -> Matter? {
        let yaml = StrictYAML(file: source.path)
        guard let root = yaml.root(of: source.text) else {
            _ = close(yaml)
            return nil
        }
        let entries = yaml.mapping(root, allowed: Self.matterKeys, what: "a matter")
        let matter = matter(entries, root: root, source: source, yaml)
        if let matter { check(matter, entries, yaml) }
        return close(yaml) ? matter : nil
    }

    private func matter(
        _ entries: [String: Node], root: Node, source: MatterSource, _ yaml: StrictYAML
    ) -> Matter? {
        let what = "a matter"
        let code = yaml.text(entries, "code", in: what, at: root)
        if let code, code != source.name {
            yaml.report("the code is “\(code)” but the file is called “\(source.name).yaml”", at: entries["code"])
        }
        let title = yaml.localized(entries["title"], what: "“title”", at: root)
        let department = yaml.localized(entries["department"], what: "“department”", at: root)
        _ = yaml.text(entries, "kind", in: what, at: root)
        _ = yaml.text(entries, "audience", in: what, at: root)
        let identity = yaml.word(entries, "identity", as: Matter.IdentityPolicy.self, in: what, at: root)
        let output = yaml.word(entries, "output", as: Matter.Output.self, in: what, at: root)
        let workdays = yaml.integer(entries, "workdays", in: what, at: root)
        let fee = yaml.integer(entries, "fee", in: what, at: root)
        let own = Self.pages(entries["pages"], section: nil, yaml)
        let materials = yaml.sequence(entries["materials"], what: "“materials”").compactMap { Self.material($0, yaml) }
        let rules = yaml.sequence(entries["rules"], what: "“rules”").compactMap { Self.rule($0, yaml) }
        guard let name = yaml.text(entries, "archetype", in: what, at: root) else { return nil }
        guard let archetype = archetypes[name] else {
            yaml.report(
                "there is no archetype “\(name)”, or its file has a fault", at: entries["archetype"],
                hint: nearest(to: name, in: archetypes.keys).map { "did you mean “\($0)”?" })
            return nil
        }
        guard let code, let title, let department, let identity, let output, let workdays, let fee else { return nil }
        let steps = archetype.steps.filter { step in
            guard case .section(let section) = step, let outputs = archetype.outputs[section] else { return true }
            return outputs.contains(output)
        }
        let used = steps.compactMap { step -> String? in
            guard case .section(let section) = step else { return nil }
            return section
        }
        var pages: [FormPage] = []
        for step in steps {
            if step == .pages { pages += own }
            if case .section(let section) = step { pages += sections[section]?.pages ?? [] }
        }
        let texts = [source.text, archetype.text] + used.compactMap { sections[$0]?.text }
        return Matter(
            code: code, version: String(digest(texts.joined(separator: "\u{0}")).prefix(16)), title: title,
            department: department, archetype: name, identity: identity,
            summary: entries["summary"] == nil ? nil : yaml.localized(entries["summary"], what: "“summary”", at: root),
            steps: steps, pages: pages, materials: materials, rules: rules,
            lookup: entries["lookup"] == nil ? nil : yaml.text(entries, "lookup", in: what, at: root), output: output,
            basis: entries["basis"] == nil ? nil : yaml.localized(entries["basis"], what: "“basis”", at: root),
            workdays: workdays, fee: fee, reviewed: Self.review(entries["reviewed"], yaml))
    }

    private static func review(_ node: Node?, _ yaml: StrictYAML) -> Matter.Review? {
        guard let node else { return nil }
        let entries = yaml.mapping(node, allowed: ["by", "on"], what: "“reviewed”")
        guard let by = yaml.text(entries, "by", in: "“reviewed”", at: node),
            let on = yaml.text(entries, "on", in: "“reviewed”", at: node)
        else { return nil }
        guard let day = CalendarDate(on) else {
            yaml.report("“on” must be a day: YYYY-MM-DD", at: entries["on"])
            return nil
        }
        return Matter.Review(by: by, on: day)
    }

    // MARK: Pages and fields

    private static func pages(_ node: Node?, section: String?, _ yaml: StrictYAML) -> [FormPage] {
        yaml.sequence(node, what: "“pages”").compactMap { node in
            let entries = yaml.mapping(node, allowed: ["id", "title", "hint", "when", "fields"], what: "a page")
            let fields = yaml.sequence(entries["fields"], what: "“fields”").compactMap {
                field($0, inList: false, yaml)
            }
            if fields.isEmpty { yaml.report("a page needs at least one field", at: node) }
            if fields.count > maximumFieldsPerPage {
                yaml.report("a page has at most \(maximumFieldsPerPage) fields", at: node, hint: "split it")
            }
            let hasList = fields.contains { field in
                if case .records = field.kind { true } else { false }
            }
            if hasList, fields.count > 1 { yaml.report("a list needs a page of its own", at: node) }
            guard let id = yaml.text(entries, "id", in: "a page", at: node),
                let title = yaml.localized(entries["title"], what: "the page's “title”", at: node)
            else { return nil }
            return FormPage(
                id: id, section: section, title: title,
                hint: entries["hint"] == nil ? nil : yaml.localized(entries["hint"], what: "“hint”", at: node),
                when: yaml.condition(entries["when"], what: "“when”"), fields: fields)
        }
    }

    private static let kinds: [String: Field.Kind] = [
        "text": .text, "number": .number, "money": .money, "date": .date, "month": .month, "phone": .phone,
        "address": .address, "id-number": .idNumber, "bool": .flag,
    ]

    private static func field(_ node: Node, inList: Bool, _ yaml: StrictYAML) -> Field? {
        var allowed = ["key", "type", "zh", "en", "required", "hint", "options"]
        if !inList { allowed += ["when", "checks", "fields"] } else { allowed += ["card"] }
        let entries = yaml.mapping(node, allowed: allowed, what: inList ? "a field of a list" : "a field")
        guard let key = yaml.text(entries, "key", in: "a field", at: node),
            let zh = yaml.text(entries, "zh", in: "a field", at: node),
            let en = yaml.text(entries, "en", in: "a field", at: node),
            let type = yaml.text(entries, "type", in: "a field", at: node)
        else { return nil }
        if key.utf8.contains(where: { !(0x61...0x7A).contains($0) && !(0x30...0x39).contains($0) && $0 != 0x5F }) {
            yaml.report("a key has small letters, digits and “_”", at: entries["key"])
        }
        if FlowFacts.reserved.contains(key) { yaml.report("“\(key)” is a reserved name", at: entries["key"]) }
        var fromCard: [String: Field.CardFact] = [:]
        let kind: Field.Kind
        switch type {
        case "choice": kind = .choice(options(entries["options"], at: node, yaml))
        case "multi": kind = .multi(options(entries["options"], at: node, yaml))
        case "list" where !inList:
            let nodes = yaml.sequence(entries["fields"], what: "“fields”")
            let fields = nodes.compactMap { field($0, inList: true, yaml) }
            if fields.isEmpty { yaml.report("a list needs fields", at: node) }
            for (node, field) in zip(nodes, fields) where node.mapping?["card"] != nil {
                guard let word = node.mapping?["card"]?.string, let fact = Field.CardFact(rawValue: word) else {
                    yaml.report("“card” is name, number or address", at: node.mapping?["card"])
                    continue
                }
                fromCard[field.key] = fact
            }
            kind = .records(fields)
        default:
            guard let known = kinds[type] else {
                yaml.report(
                    "there is no type “\(type)”", at: entries["type"],
                    hint: nearest(to: type, in: Array(kinds.keys) + ["choice", "multi", "list"])
                        .map { "did you mean “\($0)”?" })
                return nil
            }
            kind = known
        }
        let checks = yaml.sequence(entries["checks"], what: "“checks”").compactMap { check($0, yaml) }
        return Field(
            key: key, label: Localized(zh: zh, en: en), kind: kind, required: yaml.flag(entries, "required") ?? true,
            when: yaml.condition(entries["when"], what: "“when”"),
            hint: entries["hint"] == nil ? nil : yaml.localized(entries["hint"], what: "“hint”", at: node),
            checks: checks, fromCard: fromCard)
    }

    private static func options(_ node: Node?, at owner: Node, _ yaml: StrictYAML) -> [Field.Option] {
        guard let mapping = node?.mapping, mapping.count >= 2 else {
            yaml.report("a choice needs two options or more: “key: {zh: …, en: …}”", at: node ?? owner)
            return []
        }
        return mapping.compactMap { key, value in
            guard let name = key.string else { return nil }
            return yaml.localized(value, what: "the option “\(name)”", at: key).map {
                Field.Option(key: name, label: $0)
            }
        }
    }

    private static func check(_ node: Node, _ yaml: StrictYAML) -> Field.Check? {
        let entries = yaml.mapping(node, allowed: ["holds", "message"], what: "a check")
        guard let condition = yaml.condition(entries["holds"], what: "“holds”"),
            let message = yaml.localized(entries["message"], what: "“message”", at: node)
        else { return nil }
        return Field.Check(holds: condition, message: message)
    }

    // MARK: Materials and rules

    private static func material(_ node: Node, _ yaml: StrictYAML) -> Material? {
        let what = "a material"
        let entries = yaml.mapping(node, allowed: ["key", "zh", "en", "mark", "from", "hint"], what: what)
        guard let key = yaml.text(entries, "key", in: what, at: node),
            let zh = yaml.text(entries, "zh", in: what, at: node),
            let en = yaml.text(entries, "en", in: what, at: node),
            let mark = yaml.word(entries, "mark", as: Material.Mark.self, in: what, at: node)
        else { return nil }
        let source: Material.Source
        switch entries["from"]?.scalar?.string {
        case nil, "camera": source = .camera
        case "applicant-card": source = .applicantCard
        case "agent-card": source = .agentCard
        case let word? where word.hasPrefix("entry-cards "):
            source = .entryCards(String(word.dropFirst("entry-cards ".count)))
        default:
            yaml.report(
                "“from” is camera, applicant-card, agent-card or “entry-cards LIST”", at: entries["from"])
            return nil
        }
        return Material(
            key: key, title: Localized(zh: zh, en: en), mark: mark, source: source,
            hint: entries["hint"] == nil ? nil : yaml.localized(entries["hint"], what: "“hint”", at: node))
    }

    private static func rule(_ node: Node, _ yaml: StrictYAML) -> Rule? {
        let actions = ["need", "reject", "window", "note"]
        let entries = yaml.mapping(node, allowed: ["when"] + actions, what: "a rule")
        let given = actions.filter { entries[$0] != nil }
        guard given.count == 1, let action = given.first else {
            yaml.report("a rule has one of \(actions.joined(separator: ", "))", at: node)
            return nil
        }
        let when = yaml.condition(entries["when"], what: "“when”")
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

    // MARK: What must fit together

    private func check(_ matter: Matter, _ entries: [String: Node], _ yaml: StrictYAML) {
        let keys = matter.fields.map(\.key)
        reportDoubles(keys, what: "field", at: entries["pages"], yaml)
        reportDoubles(matter.pages.map(\.id), what: "page", at: entries["pages"], yaml)
        reportDoubles(matter.materials.map(\.key), what: "material", at: entries["materials"], yaml)

        let known = Set(keys).union(FlowFacts.reserved)
        func checkNames(_ condition: Condition?, at node: Node?) {
            for (name, _) in condition?.names ?? [] where !known.contains(name) {
                yaml.report(
                    "a condition uses “\(name)”, which is no field of this matter", at: node,
                    hint: nearest(to: name, in: known).map { "did you mean “\($0)”?" })
            }
        }
        for page in matter.pages {
            checkNames(page.when, at: entries["pages"])
            for field in page.fields {
                checkNames(field.when, at: entries["pages"])
                for check in field.checks { checkNames(check.holds, at: entries["pages"]) }
            }
        }
        let ruleNodes = yaml.sequence(entries["rules"], what: "“rules”")
        var needed: Set<String> = []
        for (index, rule) in matter.rules.enumerated() {
            let node = ruleNodes.indices.contains(index) ? ruleNodes[index] : entries["rules"]
            checkNames(rule.when, at: node)
            guard case .need(let key) = rule.action else { continue }
            needed.insert(key)
            if matter.material(key)?.mark != .conditional {
                yaml.report(
                    "the rule needs “\(key)”, which is no material marked “?”", at: node,
                    hint: nearest(to: key, in: matter.materials.map(\.key)).map { "did you mean “\($0)”?" })
            }
        }
        for material in matter.materials {
            if material.mark == .conditional, !needed.contains(material.key) {
                yaml.report("no rule ever needs the material “\(material.key)”", at: entries["materials"])
            }
            if case .entryCards(let list) = material.source {
                guard let field = matter.field(list), case .records = field.kind else {
                    yaml.report("“entry-cards \(list)”: there is no such list", at: entries["materials"])
                    continue
                }
            }
        }
        if matter.steps.contains(.lookup), matter.lookup == nil {
            yaml.report("this archetype looks a record up: “lookup: REGISTER” is missing", at: entries["archetype"])
        }
        if !matter.steps.contains(.lookup), matter.lookup != nil {
            yaml.report("this archetype has no lookup step", at: entries["lookup"])
        }
        if !matter.steps.contains(.capture), matter.materials.contains(where: { $0.source == .camera }) {
            yaml.report("this archetype photographs nothing", at: entries["materials"])
        }
    }

    private func reportDoubles(_ names: [String], what: String, at node: Node?, _ yaml: StrictYAML) {
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted {
            yaml.report("the \(what) “\(name)” stands twice", at: node)
        }
    }
}
