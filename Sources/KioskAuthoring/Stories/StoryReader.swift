/// Turns a story file into stories of its matter: names may be the keys of the matter file or its Chinese labels.

public import KioskCore
internal import Yams

public struct StoryReader {
    package static let fileKeys = ["matter", "stories"]
    package static let storyKeys = [
        "name", "today", "who", "answers", "record", "pages", "among", "not", "papers", "notes", "outcome", "reason",
    ]
    package static let whoKeys = ["agent", "age", "birth", "holder", "local"]

    private let yaml: StoryYAML
    private let library: MatterLibrary

    /// The stories of one file, and every finding. Without findings there is a file.
    public static func read(
        _ source: MatterSource, in library: MatterLibrary
    ) -> (file: StoryFile?, diagnostics: [MatterDiagnostic]) {
        let reader = StoryReader(yaml: StoryYAML(file: source.path), library: library)
        let file = reader.file(source)
        return (reader.yaml.diagnostics.isEmpty ? file : nil, reader.yaml.diagnostics)
    }

    private func file(_ source: MatterSource) -> StoryFile? {
        guard let root = yaml.root(of: source.text) else { return nil }
        let entries = yaml.mapping(root, allowed: Self.fileKeys, what: "a story file")
        guard let code = yaml.text(entries["matter"], what: "“matter”") else {
            if entries["matter"] == nil { yaml.report("“matter” is missing: which matter is it about?", at: root) }
            return nil
        }
        guard let matter = library.matter(code.value) else {
            yaml.reportUnknown(code.value, "matter", known: library.matters.map(\.code), at: entries["matter"])
            return nil
        }
        if source.path.split(separator: "/").last.map(String.init) != "\(code.value).yaml" {
            yaml.report("stories of \(code.value) belong into “\(code.value).yaml”", at: entries["matter"])
        }
        let nodes = yaml.sequence(entries["stories"], what: "“stories”")
        if nodes.isEmpty { yaml.report("a story file needs “stories”", at: root) }
        return StoryFile(path: source.path, matter: code.value, stories: nodes.compactMap { story($0, matter) })
    }

    private func story(_ node: Node, _ matter: Matter) -> Story? {
        let entries = yaml.mapping(node, allowed: Self.storyKeys, what: "a story")
        guard let name = yaml.text(entries["name"], what: "“name”") else {
            if entries["name"] == nil { yaml.report("a story needs a “name”", at: node) }
            return nil
        }
        guard let outcomeNode = entries["outcome"] else {
            yaml.report("a story needs an “outcome”: how does it end?", at: node)
            return nil
        }
        let word = outcomeNode.scalar?.string ?? ""
        guard let outcome = Story.Outcome(rawValue: word) else {
            yaml.reportUnknown(word, "outcome", known: Story.Outcome.allCases.map(\.rawValue), at: outcomeNode)
            return nil
        }
        var scenario = Scenario.sample(
            of: matter, today: yaml.day(entries["today"], what: "“today”") ?? Scenario.usualDay)
        scenario.goal = name.value
        readWho(entries["who"], matter, into: &scenario)
        scenario.answers = answers(entries["answers"], of: matter.fields, what: "field")
        readRecord(entries["record"], matter, into: &scenario)
        func pages(_ key: String) -> [Story.Written<String>] {
            yaml.sequence(entries[key], what: "“\(key)”").compactMap { page($0, matter) }
        }
        if let node = entries["pages"], let other = entries["among"] {
            yaml.report("“pages” are all pages; “among” is not needed", at: node.mark == nil ? other : node)
        }
        return Story(
            name: name, scenario: scenario,
            pages: entries["pages"].map { yaml.written(pages("pages").map(\.value), $0) },
            among: pages("among"), not: pages("not"),
            papers: entries["papers"].map { node in
                yaml.written(
                    yaml.sequence(node, what: "“papers”").compactMap { paper($0, matter) }, node)
            },
            notes: yaml.sequence(entries["notes"], what: "“notes”").compactMap { yaml.text($0, what: "a note") },
            outcome: yaml.written(outcome, outcomeNode), reason: yaml.text(entries["reason"], what: "“reason”"))
    }

    // MARK: Who and what

    private func readWho(_ node: Node?, _ matter: Matter, into scenario: inout Scenario) {
        guard let node else { return }
        let entries = yaml.mapping(node, allowed: Self.whoKeys, what: "“who”")
        if let agent = yaml.flag(entries["agent"], what: "“agent”") {
            if agent, matter.identity != .agentAllowed {
                yaml.report("nobody can act for somebody else in this matter", at: entries["agent"])
            }
            scenario.actsForOther = agent
        }
        if let holder = yaml.flag(entries["holder"], what: "“holder”") {
            if !holder, !matter.confirmsHolder {
                yaml.report("this matter does not ask whether holder and card belong together", at: entries["holder"])
            }
            scenario.isHolder = holder
        }
        if let local = yaml.flag(entries["local"], what: "“local”") { scenario.isLocal = local }
        if let birth = yaml.day(entries["birth"], what: "“birth”") { scenario.birthDate = birth }
        if let age = entries["age"] {
            guard let years = age.scalar.flatMap({ Int($0.string) }), (0...130).contains(years) else {
                yaml.report("“age” is a number of years, 0 to 130", at: age)
                return
            }
            scenario.birthDate = Scenario.birthDate(ofAge: years, on: scenario.today)
        }
    }

    private func readRecord(_ node: Node?, _ matter: Matter, into scenario: inout Scenario) {
        guard let node else { return }
        guard let facts = matter.lookup?.register.facts else {
            yaml.report("this matter looks nothing up: it has no record", at: node)
            return
        }
        if node.scalar?.string == "none" {
            scenario.record = nil
        } else {
            let changed = answers(node, of: facts, what: "fact of the register “\(matter.lookup?.register.name ?? "")”")
            scenario.record?.merge(changed) { _, new in new }
        }
    }

    private func page(_ node: Node, _ matter: Matter) -> Story.Written<String>? {
        guard let name = yaml.text(node, what: "a page") else { return nil }
        let found = matter.pages.first { $0.id == name.value || $0.title.zh == name.value }
        guard let found else {
            yaml.reportUnknown(name.value, "page", known: matter.pages.map(\.title.zh), at: node)
            return nil
        }
        return yaml.written(found.id, node)
    }

    private func paper(_ node: Node, _ matter: Matter) -> String? {
        guard let name = yaml.text(node, what: "a paper")?.value else { return nil }
        let found = matter.materials.first { $0.key == name || $0.title.zh == name }
        if found == nil { yaml.reportUnknown(name, "paper", known: matter.materials.map(\.title.zh), at: node) }
        return found?.key
    }

    // MARK: Answers

    private func answers(_ node: Node?, of fields: [Field], what: String) -> [String: Answer] {
        guard let node else { return [:] }
        guard let mapping = node.mapping else {
            yaml.report("answers are “field: answer” lines", at: node)
            return [:]
        }
        var answers: [String: Answer] = [:]
        for (key, value) in mapping {
            let name = key.scalar?.string ?? ""
            guard let field = fields.first(where: { $0.key == name || $0.label.zh == name }) else {
                yaml.reportUnknown(name, what, known: fields.map(\.key), at: key)
                continue
            }
            if field.value != nil {
                yaml.report("“\(name)” is computed: nobody answers it", at: key)
            } else if let answer = answer(value, to: field) {
                answers[field.key] = answer
            }
        }
        return answers
    }

    private func answer(_ node: Node, to field: Field) -> Answer? {
        switch field.kind {
        case .choice(let options): return option(node, options).map(Answer.choice)
        case .multi(let options):
            return .choices(yaml.sequence(node, what: "“\(field.key)”").compactMap { option($0, options) })
        case .flag: return yaml.flag(node, what: "“\(field.key)”").map(Answer.flag)
        case .records(let fields):
            return .records(
                yaml.sequence(node, what: "“\(field.key)”").map { entry in
                    var written = answers(entry, of: fields, what: "field of the list “\(field.key)”")
                    for field in fields where written[field.key] == nil && field.required {
                        written[field.key] = field.sampleAnswer()
                    }
                    return RecordEntry(answers: written)
                })
        default:
            // Left empty on purpose.
            if node.scalar?.string.isEmpty == true { return .text("") }
            return yaml.text(node, what: "“\(field.key)”").map { .text($0.value) }
        }
    }

    private func option(_ node: Node, _ options: [Field.Option]) -> String? {
        let name = node.scalar?.string ?? ""
        let found = options.first { $0.key == name || $0.label.zh == name }
        if found == nil { yaml.reportUnknown(name, "option", known: options.map(\.key), at: node) }
        return found?.key
    }
}
