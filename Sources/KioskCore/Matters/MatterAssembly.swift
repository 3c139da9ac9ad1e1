/// Puts one matter together from its own file, its archetype, its sections and its register.

internal import Yams

struct MatterAssembly {
    let yaml: StrictYAML
    let entries: [String: Node]
    let root: Node
    let source: MatterSource
    let shared: SharedFiles
    let digest: @Sendable (String) -> String

    /// Fields whose `required` was not written: the whole decides.
    private var implicit: Set<String> = []
    private(set) var places: [MatterPlace: SourcePosition] = [:]

    init(
        yaml: StrictYAML, entries: [String: Node], root: Node, source: MatterSource, shared: SharedFiles,
        digest: @escaping @Sendable (String) -> String
    ) {
        self.yaml = yaml
        self.entries = entries
        self.root = root
        self.source = source
        self.shared = shared
        self.digest = digest
    }

    mutating func matter() -> LoadedMatter? {
        let what = "a matter"
        let code = yaml.text(entries, "code", in: what, at: root)
        if let code { checkCode(code) }
        let title = yaml.localized(entries["title"], what: "“title”", at: root)
        let summary = yaml.localized(entries["summary"], what: "“summary”", at: root)
        let kind = yaml.word(entries, "kind", as: Matter.Kind.self, in: what, at: root)
        let audience = yaml.word(entries, "audience", as: Matter.Audience.self, in: what, at: root)
        let identity = yaml.word(entries, "identity", as: Matter.IdentityPolicy.self, in: what, at: root)
        let output = yaml.word(entries, "output", as: Matter.Output.self, in: what, at: root)
        let workdays = yaml.integer(entries, "workdays", in: what, at: root)
        let fee = yaml.integer(entries, "fee", in: what, at: root)
        let name = yaml.text(entries, "archetype", in: what, at: root)
        let guide = entries["guide"].flatMap { _ in
            yaml.word(entries, "guide", as: Matter.Guide.self, in: what, at: root)
        }
        let basis = yaml.optionalLocalized(entries["basis"], what: "“basis”")
        let events = events()
        let words = yaml.words(entries["words"], what: "“words”")
        let questions = questions()
        let reviewed = reviewed()
        for key in MatterLoader.matterKeys { note(.head(key), entries[key]) }
        guard let name else { return nil }
        guard let archetype = shared.archetypes[name] else {
            yaml.report(
                "there is no archetype “\(name)”, or its file has a fault", at: entries["archetype"],
                hint: nearest(to: name, in: shared.archetypes.keys).map { "did you mean “\($0)”?" })
            return nil
        }
        guard let code, let title, let summary, let kind, let audience, let identity, let output, let workdays,
            let fee
        else { return nil }
        let department = shared.departments.first { code.hasPrefix($0.key + "-") }?.name

        let confirmsHolder = confirmsHolder
        let cards = cards()
        var parts = Parts(archetype: archetype)
        gatherSections(archetype, identity: identity, output: output, workdays: workdays, into: &parts)
        let lookup = lookup(archetype)
        let payment = payment(archetype, fee: fee)
        let matter = Matter(
            code: code, version: version(parts), title: title, department: department ?? Localized(zh: "", en: ""),
            kind: kind, audience: audience, archetype: name, identity: identity, summary: summary,
            steps: steps(
                archetype, parts, identity: identity, confirmsHolder: confirmsHolder, hasLookup: lookup != nil,
                hasPayment: payment != nil),
            pages: parts.pages, consents: parts.consents,
            materials: parts.materials.map { $0.naming(cards) }, rules: parts.rules,
            conditions: parts.conditions, answering: archetype.answering, lookup: lookup, payment: payment,
            guide: guide, output: output, basis: basis, workdays: workdays, fee: fee * 100, events: events,
            words: words, questions: questions, reviewed: reviewed)
        var whole = finished(matter)
        whole.acceptsExpiredCard = acceptsExpiredCard
        whole.confirmsHolder = confirmsHolder
        whole.cards = cards
        return LoadedMatter(
            matter: whole, file: source.path, sharedFiles: parts.sharedFiles, places: places)
    }

    private mutating func note(_ place: MatterPlace, _ node: Node?) {
        guard let mark = node?.mark else { return }
        places[place] = SourcePosition(file: yaml.file, line: mark.line, column: mark.column)
    }

    private func checkCode(_ code: String) {
        if code != source.name {
            yaml.report("the code is “\(code)” but the file is called “\(source.name).yaml”", at: entries["code"])
        }
        let letters = String(code.prefix { $0 != "-" })
        if !shared.departments.contains(where: { $0.key == letters }) {
            yaml.report(
                "no department has the letters “\(letters)”", at: entries["code"],
                hint: "departments.yaml lists them")
        } else if source.folder != letters {
            yaml.report("\(code) belongs into the folder “\(letters)”", at: entries["code"])
        }
    }

    private var acceptsExpiredCard: Bool {
        guard let node = entries["expired-card"] else { return false }
        if node.scalar?.string != "accepted" {
            yaml.report("“expired-card” can only be accepted; leave it out otherwise", at: node)
        }
        return true
    }

    private var confirmsHolder: Bool {
        guard let node = entries["holder"] else { return false }
        if node.scalar?.string != "confirmed" {
            yaml.report("“holder” can only be confirmed; leave it out otherwise", at: node)
        }
        return true
    }

    /// Which cards identify the person; the ID card alone unless the matter says otherwise.
    private func cards() -> [CardSource] {
        guard let node = entries["cards"] else { return [.identityCard] }
        let known = CardSource.allCases.map(\.rawValue)
        var cards: [CardSource] = []
        for item in yaml.sequence(node, what: "“cards”") {
            let word = item.scalar?.string ?? ""
            guard let card = CardSource(rawValue: word) else {
                yaml.report(
                    "there is no card “\(word)”", at: item,
                    hint: nearest(to: word, in: known).map { "did you mean “\($0)”?" }
                        ?? "known: \(known.joined(separator: ", "))")
                continue
            }
            guard !cards.contains(card) else {
                yaml.report("the card “\(word)” stands twice", at: item)
                continue
            }
            cards.append(card)
        }
        if node.sequence?.isEmpty == true {
            yaml.report("“cards” names at least one card; leave it out for the ID card", at: node)
        }
        return cards.isEmpty ? [.identityCard] : cards
    }

    // MARK: Lists of the head

    private func events() -> [String] {
        let known = shared.events.map(\.key)
        return yaml.sequence(entries["events"], what: "“events”").compactMap { node in
            guard let word = node.scalar?.string, known.contains(word) else {
                let word = node.scalar?.string ?? ""
                yaml.report(
                    "there is no life event “\(word)”", at: node,
                    hint: nearest(to: word, in: known).map { "did you mean “\($0)”?" }
                        ?? "known: \(known.joined(separator: ", "))")
                return nil
            }
            return word
        }
    }

    private mutating func questions() -> [Matter.Question] {
        var questions: [Matter.Question] = []
        for node in yaml.sequence(entries["questions"], what: "“questions”") {
            let entries = yaml.mapping(node, allowed: MatterGrammar.questionKeys, what: "a question")
            note(.question(questions.count), node)
            guard let question = yaml.localized(entries["q"], what: "“q”", at: node),
                let answer = yaml.localized(entries["a"], what: "“a”", at: node)
            else { continue }
            questions.append(Matter.Question(question: question, answer: answer))
        }
        return questions
    }

    private func reviewed() -> Matter.Review? {
        guard let node = entries["reviewed"] else { return nil }
        let entries = yaml.mapping(node, allowed: MatterGrammar.reviewedKeys, what: "“reviewed”")
        guard let by = yaml.text(entries, "by", in: "“reviewed”", at: node),
            let on = yaml.text(entries, "on", in: "“reviewed”", at: node)
        else { return nil }
        guard let day = CalendarDate(on) else {
            yaml.report("“on” must be a day: YYYY-MM-DD", at: entries["on"])
            return nil
        }
        return Matter.Review(by: by, on: day)
    }

    // MARK: Sections

    private struct Parts {
        var texts: [String]
        var sharedFiles: [String]
        var pages: [FormPage] = []
        var consents: [Consent] = []
        var materials: [Material] = []
        var rules: [Rule] = []
        var conditions: [String: Condition] = [:]
        /// Sections whose pages stand at the step of their name.
        var placed: Set<String> = []
        var identitySection: String?

        init(archetype: Archetype) {
            texts = [archetype.source.text]
            sharedFiles = [archetype.source.path]
        }
    }

    private mutating func gatherSections(
        _ archetype: Archetype, identity: Matter.IdentityPolicy, output: Matter.Output, workdays: Int,
        into parts: inout Parts
    ) {
        let used = uses()
        let without = yaml.words(entries["without"], what: "“without”")
        for name in without
        where archetype.sections[name] == nil && !archetype.steps.contains(.consent(name)) && name != "rating" {
            yaml.report(
                "the archetype “\(archetype.name)” has no section “\(name)” to leave out", at: entries["without"])
        }
        if let section = shared.section(of: identity) {
            parts.identitySection = section.name
            parts.placed.insert(section.name)
            add(section, named: section.name, [:], into: &parts)
        }
        for (section, values) in used where section.standsBefore { add(section, named: nil, values, into: &parts) }
        // The archetype's sections before “pages”, the matter's own, then the others: the order in which they are asked.
        var isAfter = false
        for step in archetype.steps {
            switch step {
            case .pages:
                isAfter = true
                addOwn(into: &parts)
                for (section, values) in used where !section.standsBefore {
                    add(section, named: nil, values, into: &parts)
                }
            case .section(let name):
                guard let section = shared.sections[name], let placing = archetype.sections[name],
                    !without.contains(name), placing.outputs?.contains(output) ?? true,
                    !placing.whenLater || workdays > 0
                else { continue }
                parts.placed.insert(name)
                add(section, named: name, [:], into: &parts)
            case .consent(let name):
                guard let section = shared.sections[name], !without.contains(name) else { continue }
                add(section, named: name, [:], into: &parts)
            default: break
            }
        }
        if !isAfter { addOwn(into: &parts) }
    }

    /// The sections that the matter's `uses` names, with the values of their parameters.
    private func uses() -> [(section: SharedSection, values: [String: Localized])] {
        var seen: Set<String> = []
        return yaml.sequence(entries["uses"], what: "“uses”").compactMap { node in
            let name: String
            var given: [String: Node] = [:]
            if let word = node.scalar?.string {
                name = word
            } else if let mapping = node.mapping, mapping.count == 1, let pair = mapping.first,
                let word = pair.key.string
            {
                name = word
                let allowed = shared.sections[word]?.parameters ?? []
                given = yaml.mapping(pair.value, allowed: allowed, what: "the section “\(word)”")
            } else {
                yaml.report("“uses” names sections: “- bank-card: {for: 补贴 | the subsidy}”", at: node)
                return nil
            }
            guard let section = shared.sections[name] else {
                yaml.report(
                    "there is no section “\(name)”, or its file has a fault", at: node,
                    hint: nearest(to: name, in: shared.sections.keys).map { "did you mean “\($0)”?" })
                return nil
            }
            if !seen.insert(name).inserted { yaml.report("the section “\(name)” is used twice", at: node) }
            if section.identity != nil {
                yaml.report("the section “\(name)” comes with the identity and is not used by itself", at: node)
            }
            var values: [String: Localized] = [:]
            for parameter in section.parameters {
                values[parameter] = yaml.localized(
                    given[parameter], what: "“\(parameter)” of the section “\(name)”", at: node)
            }
            return values.count == section.parameters.count ? (section, values) : nil
        }
    }

    private mutating func add(
        _ section: SharedSection, named name: String?, _ values: [String: Localized], into parts: inout Parts
    ) {
        let sectionYAML = StrictYAML(file: section.source.path, parameters: values)
        var decoder = MatterDecoder(yaml: sectionYAML, papers: shared.papers, firstRule: parts.rules.count)
        var content = decoder.content(of: section)
        // A section that is not placed by the archetype stands among the matter's own pages.
        for index in content.pages.indices { content.pages[index].section = name }
        merge(content, decoder.places, into: &parts, at: entries["uses"])
        parts.texts.append(section.source.text)
        if !parts.sharedFiles.contains(section.source.path) { parts.sharedFiles.append(section.source.path) }
    }

    private mutating func addOwn(into parts: inout Parts) {
        var decoder = MatterDecoder(yaml: yaml, papers: shared.papers, firstRule: parts.rules.count)
        let content = decoder.content(entries, section: nil)
        merge(content, decoder.places, into: &parts, at: entries["conditions"])
    }

    private mutating func merge(
        _ content: MatterContent, _ found: [MatterPlace: SourcePosition], into parts: inout Parts, at node: Node?
    ) {
        places.merge(found) { first, _ in first }
        parts.pages += content.pages
        parts.materials += content.materials
        parts.rules += content.rules
        if let consent = content.consent { parts.consents.append(consent) }
        for (name, condition) in content.conditions {
            if parts.conditions[name] != nil { yaml.report("the condition “\(name)” stands twice", at: node) }
            parts.conditions[name] = condition
        }
        implicit.formUnion(content.implicit)
    }

    // MARK: Look-up, payment, steps

    private mutating func lookup(_ archetype: Archetype) -> Matter.Lookup? {
        guard let node = entries["lookup"] else {
            if archetype.requiresLookup {
                yaml.report(
                    "the archetype “\(archetype.name)” looks a record up: “lookup: {register: …}” is missing", at: root)
            }
            return nil
        }
        let entries = yaml.mapping(node, allowed: MatterGrammar.lookupKeys, what: "“lookup”")
        guard let name = yaml.text(entries, "register", in: "“lookup”", at: node) else { return nil }
        guard archetype.steps.contains(.lookup) else {
            yaml.report("the archetype “\(archetype.name)” has no look-up", at: node)
            return nil
        }
        guard let register = shared.registers[name] else {
            yaml.report(
                "there is no register “\(name)”, or its file has a fault", at: entries["register"],
                hint: nearest(to: name, in: shared.registers.keys).map { "did you mean “\($0)”?" }
                    ?? "registers are files of the folder registers/")
            return nil
        }
        return Matter.Lookup(
            register: register.register, keys: yaml.words(entries["by"], what: "“by”"),
            isRequired: archetype.requiresLookup)
    }

    private func payment(_ archetype: Archetype, fee: Int) -> Matter.Payment? {
        guard let node = entries["payment"] else {
            guard fee > 0, let amount = try? Condition("\(fee)") else { return nil }
            if !archetype.steps.contains(.payment) {
                yaml.report(
                    "the archetype “\(archetype.name)” takes no payment, but there is a fee", at: entries["fee"])
            }
            return Matter.Payment(amount: amount, subject: Localized(zh: "工本费", en: "Fee"))
        }
        if !archetype.steps.contains(.payment) {
            yaml.report("the archetype “\(archetype.name)” takes no payment", at: node)
        }
        let entries = yaml.mapping(node, allowed: MatterGrammar.paymentKeys, what: "“payment”")
        guard let amount = yaml.condition(entries["amount"], what: "“amount”"),
            let subject = yaml.localized(entries["for"], what: "“for”", at: node)
        else {
            if entries["amount"] == nil { yaml.report("“payment” lacks “amount”", at: node) }
            return nil
        }
        return Matter.Payment(amount: amount, subject: subject)
    }

    private func steps(
        _ archetype: Archetype, _ parts: Parts, identity: Matter.IdentityPolicy, confirmsHolder: Bool,
        hasLookup: Bool, hasPayment: Bool
    ) -> [StepTemplate] {
        archetype.steps.flatMap { step -> [StepTemplate] in
            switch step {
            case .identify:
                identity == .none
                    ? []
                    : [.identify] + (identity == .agentAllowed ? [.agent] : [])
                        + (confirmsHolder ? [.confirmHolder] : [])
                        + (parts.identitySection.map { [.section($0)] } ?? [])
            case .section(let name): parts.placed.contains(name) ? [step] : []
            case .consent(let name): parts.consents.contains { $0.id == name } ? [step] : []
            case .lookup: hasLookup ? [step] : []
            case .preview: hasLookup ? [step] : []
            case .payment: hasPayment ? [step] : []
            case .rating: leavesOutRating ? [] : [step]
            default: [step]
            }
        }
    }

    /// `without: [rating]`: for a matter that is a rating itself.
    private var leavesOutRating: Bool {
        entries["without"]?.sequence?.contains { $0.string == "rating" } ?? false
    }

    private func version(_ parts: Parts) -> String {
        var texts = [source.text] + parts.texts + [shared.papersText]
        if let name = entries["lookup"]?.mapping?["register"]?.string, let register = shared.registers[name] {
            texts.append(register.source.text)
        }
        return String(digest(texts.joined(separator: "\u{0}")).prefix(16))
    }

    /// What follows from the whole: which flags must be answered, and that filters are optional.
    private func finished(_ matter: Matter) -> Matter {
        var matter = matter
        let used = Set(matter.allConditions.flatMap { $0.condition.names.map(\.name) })
        for page in matter.pages.indices {
            for field in matter.pages[page].fields.indices {
                let key = matter.pages[page].fields[field].key
                guard implicit.contains(key) else { continue }
                if matter.answering == .any, matter.pages[page].section == nil {
                    matter.pages[page].fields[field].required = false
                } else if matter.pages[page].fields[field].kind == .flag, used.contains(key) {
                    matter.pages[page].fields[field].required = true
                }
            }
        }
        return matter
    }
}

extension Material {
    /// The title of a card on the reader names every card that will do.
    fileprivate func naming(_ cards: [CardSource]) -> Material {
        guard cards.contains(.socialSecurityCard), source == .applicantCard || source == .agentCard else {
            return self
        }
        var named = self
        if cards.contains(.identityCard) {
            named.title.zh += "或社会保障卡"
            named.title.en += " or social security card"
        } else {
            named.title = IdentityCard.Kind.socialSecurityCard.title
        }
        return named
    }
}

extension Matter {
    /// Every condition of the matter with its place.
    public var allConditions: [(place: MatterPlace, condition: Condition)] {
        var all: [(MatterPlace, Condition)] = conditions.sorted { $0.key < $1.key }.map {
            (.condition($0.key), $0.value)
        }
        for page in pages {
            if let when = page.when { all.append((.pageWhen(page.id), when)) }
            for field in page.fields {
                if let when = field.when { all.append((.fieldWhen(field.key), when)) }
                if let value = field.value { all.append((.fieldValue(field.key), value)) }
                all += Self.checks(of: field, named: field.key)
                guard case .records(let fields) = field.kind else { continue }
                for sub in fields { all += Self.checks(of: sub, named: "\(field.key).\(sub.key)") }
            }
        }
        for (index, rule) in rules.enumerated() {
            if let when = rule.when { all.append((.ruleWhen(index), when)) }
        }
        if let payment { all.append((.head("payment"), payment.amount)) }
        return all
    }

    private static func checks(of field: Field, named name: String) -> [(MatterPlace, Condition)] {
        field.checks.enumerated().map { (.fieldCheck(name, $0), $1.holds) }
    }
}
