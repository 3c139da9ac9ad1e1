/// The files that matters share: departments, life events, names of papers, archetypes, sections and registers.

internal import Yams

/// One shared section as YAML: decoded anew for each matter, because its texts may have parameters.
struct SharedSection {
    static let keys = [
        "section", "identity", "place", "parameters", "conditions", "pages", "materials", "rules", "consent",
    ]

    var name: String
    var source: MatterSource
    var entries: [String: Node]
    var parameters: [String]
    /// The identity that brings this section along by itself.
    var identity: Matter.IdentityPolicy?
    /// Before the matter's own pages instead of after them.
    var standsBefore: Bool
}

/// An archetype: the steps, and how its fields are asked.
struct Archetype {
    struct SharedPages {
        var section: String
        /// Only for these outputs.
        var outputs: [Matter.Output]?
        /// Only when the result is not there at once.
        var whenLater: Bool
    }

    var name: String
    var source: MatterSource
    var title: Localized
    /// `.section` steps stand here too, in their place.
    var steps: [StepTemplate]
    var sections: [String: SharedPages]
    var requiresLookup: Bool
    var answering: Matter.Answering
}

struct SharedFiles {
    private(set) var departments: [MatterLibrary.Named] = []
    private(set) var events: [MatterLibrary.Named] = []
    private(set) var papers: [String: Localized] = [:]
    private(set) var sections: [String: SharedSection] = [:]
    private(set) var archetypes: [String: Archetype] = [:]
    private(set) var registers: [String: (register: Register, source: MatterSource)] = [:]
    private(set) var diagnostics: [MatterDiagnostic] = []
    /// The text of `materials.yaml`: part of the version of every matter.
    private(set) var papersText = ""

    init(_ sources: [MatterSource]) {
        for source in sources {
            switch source.path {
            case "departments.yaml": departments = names(source, key: "departments")
            case "life-events.yaml": events = names(source, key: "events")
            case "materials.yaml":
                papersText = source.text
                papers = Dictionary(
                    names(source, key: "materials").map { ($0.key, $0.name) }, uniquingKeysWith: { first, _ in first })
            default: break
            }
        }
        for source in sources where source.folder == "sections" { readSection(source) }
        for source in sources where source.folder == "registers" { readRegister(source) }
        for source in sources where source.folder == "archetypes" { readArchetype(source) }
    }

    func section(of identity: Matter.IdentityPolicy) -> SharedSection? {
        sections.values.first { $0.identity == identity }
    }

    private mutating func close(_ yaml: StrictYAML) -> Bool {
        diagnostics += yaml.diagnostics
        return yaml.diagnostics.isEmpty
    }

    // MARK: Lists of names

    private mutating func names(_ source: MatterSource, key: String) -> [MatterLibrary.Named] {
        let yaml = StrictYAML(file: source.path)
        var names: [MatterLibrary.Named] = []
        if let root = yaml.root(of: source.text) {
            let entries = yaml.mapping(root, allowed: [key], what: "this file")
            guard let mapping = entries[key]?.mapping else {
                yaml.report("“\(key)” must be a list of “key: 中文 | English” lines", at: entries[key] ?? root)
                _ = close(yaml)
                return []
            }
            for (name, value) in mapping {
                guard let word = name.string, let text = yaml.localized(value, what: "“\(name.string ?? "")”", at: name)
                else { continue }
                names.append(MatterLibrary.Named(key: word, name: text))
            }
        }
        _ = close(yaml)
        return names
    }

    // MARK: Sections

    private mutating func readSection(_ source: MatterSource) {
        let yaml = StrictYAML(file: source.path)
        guard let root = yaml.root(of: source.text) else {
            _ = close(yaml)
            return
        }
        let entries = yaml.mapping(root, allowed: SharedSection.keys, what: "a section")
        let name = yaml.text(entries, "section", in: "a section", at: root)
        if let name, name != source.name {
            yaml.report("the section is called “\(name)” but its file “\(source.name)”", at: entries["section"])
        }
        let parameters = yaml.words(entries["parameters"], what: "“parameters”")
        for parameter in parameters where !source.text.contains("{\(parameter)}") {
            yaml.report("no text of this section uses “{\(parameter)}”", at: entries["parameters"])
        }
        let identity = entries["identity"].flatMap { _ in
            yaml.word(entries, "identity", as: Matter.IdentityPolicy.self, in: "a section", at: root)
        }
        let place = entries["place"].flatMap { _ in yaml.text(entries, "place", in: "a section", at: root) }
        if let place, !["before", "after"].contains(place) {
            yaml.report("“place” is before or after", at: entries["place"])
        }
        let section = SharedSection(
            name: source.name, source: source, entries: entries, parameters: parameters, identity: identity,
            standsBefore: place == "before")
        // Decoded once here, so that a faulty section is reported once and not by every matter that uses it.
        let sample = Dictionary(
            parameters.map { ($0, Localized(zh: $0, en: $0)) }, uniquingKeysWith: { first, _ in first })
        let filled = yaml.with(parameters: sample)
        var decoder = MatterDecoder(yaml: filled, papers: papers)
        _ = decoder.content(of: section)
        filled.diagnostics.forEach(yaml.add)
        if close(yaml) { sections[source.name] = section }
    }

    // MARK: Registers

    private mutating func readRegister(_ source: MatterSource) {
        let yaml = StrictYAML(file: source.path)
        guard let root = yaml.root(of: source.text) else {
            _ = close(yaml)
            return
        }
        let entries = yaml.mapping(root, allowed: MatterGrammar.registerKeys, what: "a register")
        let name = yaml.text(entries, "register", in: "a register", at: root)
        if let name, name != source.name {
            yaml.report("the register is called “\(name)” but its file “\(source.name)”", at: entries["register"])
        }
        let title = yaml.localized(entries["title"], what: "“title”", at: root)
        var decoder = MatterDecoder(yaml: yaml, papers: [:])
        let facts = decoder.facts(entries["facts"])
        if facts.isEmpty { yaml.report("a register has facts", at: entries["facts"] ?? root) }
        guard close(yaml), let name, let title else { return }
        registers[source.name] = (Register(name: name, title: title, facts: facts), source)
    }

    // MARK: Archetypes

    static let steps: [String: StepTemplate] = [
        "notice": .notice, "identify": .identify, "key-pages": .keyPages, "pages": .pages, "guide": .guide,
        "capture": .capture, "preview": .preview, "payment": .payment, "review": .review, "sign": .sign,
        "submit": .submit, "print": .print, "rating": .rating, "finish": .finish,
    ]

    private mutating func readArchetype(_ source: MatterSource) {
        let yaml = StrictYAML(file: source.path)
        guard let root = yaml.root(of: source.text) else {
            _ = close(yaml)
            return
        }
        let entries = yaml.mapping(root, allowed: MatterGrammar.archetypeKeys, what: "an archetype")
        if let name = yaml.text(entries, "archetype", in: "an archetype", at: root), name != source.name {
            yaml.report("the archetype is called “\(name)” but its file “\(source.name)”", at: entries["archetype"])
        }
        let title = yaml.localized(entries["title"], what: "“title”", at: root)
        var answering = Matter.Answering.all
        if entries["answers"] != nil, let word = yaml.text(entries, "answers", in: "an archetype", at: root) {
            guard let known = Matter.Answering(rawValue: word) else {
                yaml.report("“answers” is all or any", at: entries["answers"])
                _ = close(yaml)
                return
            }
            answering = known
        }
        var archetype = Archetype(
            name: source.name, source: source, title: title ?? Localized(zh: "", en: ""), steps: [], sections: [:],
            requiresLookup: false, answering: answering)
        for node in yaml.sequence(entries["steps"], what: "“steps”") { readStep(node, into: &archetype, yaml) }
        if archetype.steps.first != .notice || archetype.steps.last != .finish {
            yaml.report("an archetype begins with “notice” and ends with “finish”", at: entries["steps"] ?? root)
        }
        if close(yaml) { archetypes[source.name] = archetype }
    }

    private func readStep(_ node: Node, into archetype: inout Archetype, _ yaml: StrictYAML) {
        let step: StepTemplate
        if let word = node.scalar?.string {
            guard let known = Self.steps[word] else {
                let all = Array(Self.steps.keys) + ["section", "consent", "lookup"]
                yaml.report(
                    "there is no step “\(word)”", at: node,
                    hint: nearest(to: word, in: all).map { "did you mean “\($0)”?" })
                return
            }
            step = known
        } else {
            let entries = yaml.mapping(
                node, allowed: MatterGrammar.stepKeys, what: "a step")
            if let name = entries["consent"] {
                guard let consent = sectionNamed(name, yaml) else { return }
                if sections[consent]?.entries["consent"] == nil {
                    yaml.report("the section “\(consent)” has no “consent”", at: name)
                }
                step = .consent(consent)
            } else if entries["lookup"] != nil {
                guard let word = yaml.text(entries, "lookup", in: "a step", at: node) else { return }
                if !["required", "optional"].contains(word) {
                    yaml.report("“lookup” is required or optional", at: entries["lookup"])
                }
                archetype.requiresLookup = word == "required"
                step = .lookup
            } else {
                guard let name = entries["section"] else {
                    yaml.report("a step is a word, or a section, consent or lookup", at: node)
                    return
                }
                guard let section = sectionNamed(name, yaml) else { return }
                let outputs = entries["outputs"].map { node in
                    yaml.words(node, what: "“outputs”").compactMap { word -> Matter.Output? in
                        let known = Matter.Output(rawValue: word)
                        if known == nil { yaml.report("“\(word)” is not a known output", at: node) }
                        return known
                    }
                }
                archetype.sections[section] = Archetype.SharedPages(
                    section: section, outputs: outputs, whenLater: yaml.flag(entries, "when-later") ?? false)
                step = .section(section)
            }
        }
        if archetype.steps.contains(step) { yaml.report("a step stands twice", at: node) }
        archetype.steps.append(step)
    }

    private func sectionNamed(_ node: Node, _ yaml: StrictYAML) -> String? {
        guard let name = node.scalar?.string, sections[name] != nil else {
            let name = node.scalar?.string ?? ""
            yaml.report(
                "there is no section “\(name)”, or its file has a fault", at: node,
                hint: nearest(to: name, in: sections.keys).map { "did you mean “\($0)”?" }
                    ?? "sections are files of the folder sections/")
            return nil
        }
        return name
    }
}
