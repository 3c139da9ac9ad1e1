/// A matter as a reader sees it: its stops in order, when each is there, and where the case can end before its end.

public import KioskCore

public struct MatterOutline: Sendable {
    /// One stop of the way.
    public struct Stop: Sendable {
        public enum Kind: Sendable {
            /// Something the terminal does or asks by itself: card, look-up, signature.
            case step
            case page
            case papers
            case end
        }

        public var kind: Kind
        public var title: Localized
        /// Shown only when this holds.
        public var when: Condition?
        /// Fields of a page, or papers, with their own conditions and a word on them.
        public var items: [Item]
        /// Where the case can stop right after this.
        public var exits: [Exit]
        /// The page's id.
        public var page: String?
    }

    public struct Item: Sendable {
        public var title: Localized
        public var note: Localized?
        public var when: [Condition]
    }

    public struct Exit: Sendable {
        public var isRejection: Bool
        public var text: Localized
        public var when: Condition?
    }

    public var stops: [Stop] = []
    /// Notes with their conditions.
    public var notes: [Exit] = []

    public init(_ matter: Matter) {
        var shown: Set<String> = []
        var learned: [String: Int] = [:]
        for template in matter.steps {
            switch template {
            case .section(let name): addPages(matter.pages.filter { $0.section == name }, &shown, &learned)
            case .keyPages:
                let keys = matter.lookup?.keys ?? []
                let pages = matter.pages.filter { page in
                    page.section == nil && !keys.isEmpty && page.fields.allSatisfy { keys.contains($0.key) }
                }
                addPages(pages, &shown, &learned)
            case .pages: addPages(matter.pages.filter { $0.section == nil }, &shown, &learned)
            case .capture: addPapers(of: matter)
            default: add(template, matter, &learned)
            }
        }
        placeRules(of: matter, learned)
    }

    private mutating func addPages(_ pages: [FormPage], _ shown: inout Set<String>, _ learned: inout [String: Int]) {
        for page in pages where shown.insert(page.id).inserted {
            let items = page.fields.map { field in
                Item(title: field.label, note: Self.note(on: field), when: field.when.map { [$0] } ?? [])
            }
            for field in page.fields { learned[field.key] = stops.count }
            stops.append(
                Stop(kind: .page, title: page.title, when: page.when, items: items, exits: [], page: page.id))
        }
    }

    private static func note(on field: Field) -> Localized? {
        if field.value != nil { return Localized(zh: "自动算出", en: "computed") }
        return field.required ? nil : Localized(zh: "可不填", en: "may stay empty")
    }

    private mutating func addPapers(of matter: Matter) {
        let items = matter.materials.filter(\.isPhotographed).map { material -> Item in
            let conditions = matter.rules.compactMap { $0.action == .need(material.key) ? $0.when : nil }
            let note: Localized? =
                material.mark == .deferrable ? Localized(zh: "可以后补", en: "may follow later") : nil
            return Item(
                title: material.title, note: note, when: material.mark == .conditional ? conditions : [])
        }
        guard !items.isEmpty else { return }
        stops.append(
            Stop(
                kind: .papers, title: Localized(zh: "拍材料", en: "Photograph the papers"), when: nil, items: items,
                exits: [], page: nil))
    }

    private mutating func add(_ template: StepTemplate, _ matter: Matter, _ learned: inout [String: Int]) {
        func text(_ zh: String, _ en: String) -> Localized { Localized(zh: zh, en: en) }
        let title: Localized
        var exits: [Exit] = []
        var kind = Stop.Kind.step
        switch template {
        case .notice: title = text("办事须知", "Notice")
        case .identify:
            title = text("刷身份证", "ID card")
            for name in ["agent", "age", "birth_date", "hukou_local"] { learned[name] = stops.count }
        case .agent:
            title = text("本人办还是代办", "For oneself or for someone else")
            for name in ["agent", "age", "birth_date", "hukou_local"] { learned[name] = stops.count }
        case .confirmHolder:
            title = text("核对本人", "Confirm the holder")
            exits = [Exit(isRejection: false, text: HandOverReason.notTheHolder, when: nil)]
        case .consent(let id):
            guard let consent = matter.consents.first(where: { $0.id == id }) else { return }
            title = consent.title
            exits = [Exit(isRejection: false, text: consent.refused, when: nil)]
        case .guide:
            guard matter.guide != nil else { return }
            title = text("选要打印的事项", "Choose the matter to print")
        case .lookup:
            title = text(
                "查询：\(matter.lookup?.register.title.zh ?? "")", "Look up: \(matter.lookup?.register.title.en ?? "")")
            learned["record"] = stops.count
        case .preview: title = text("看查到的内容", "See the record")
        case .payment: title = text("缴费", "Payment")
        case .review: title = text("核对", "Check the answers")
        case .sign:
            guard matter.identity != .none else { return }
            title = text("签名", "Sign")
        case .submit: title = text("提交", "Submit")
        case .print: title = text("打印", "Print")
        case .rating: title = text("评价", "Rate the service")
        case .finish: (kind, title) = (.end, text("办完", "Done"))
        case .section, .keyPages, .pages, .capture: return
        }
        stops.append(Stop(kind: kind, title: title, when: nil, items: [], exits: exits, page: nil))
    }

    /// A rule stops the case as soon as everything it names is known.
    private mutating func placeRules(of matter: Matter, _ learned: [String: Int]) {
        func stop(for condition: Condition, depth: Int) -> Int {
            condition.names.map { use in
                if let named = matter.conditions[use.name], depth < 16 { return stop(for: named, depth: depth + 1) }
                return learned[use.name] ?? 0
            }.max() ?? 0
        }
        for rule in matter.rules {
            switch rule.action {
            case .need: break
            case .note(let text): notes.append(Exit(isRejection: false, text: text, when: rule.when))
            case .reject(let text), .window(let text):
                guard let when = rule.when, !stops.isEmpty else { continue }
                let isRejection = if case .reject = rule.action { true } else { false }
                stops[min(stop(for: when, depth: 0), stops.count - 1)].exits.append(
                    Exit(isRejection: isRejection, text: text, when: when))
            }
        }
    }
}
