/// In which order a matter comes to know things, and which parts a condition depends on: what can be said without answers.

internal import KioskCore

struct AskingOrder {
    /// A stop on the way through a flow at which something becomes known.
    enum Stop: Hashable {
        case identify
        case agent
        /// A page by its index in `Matter.pages`. The pages of the look-up's keys may stand early or late: `isEarly`.
        case page(Int, isEarly: Bool)
        case lookup
        case capture
        /// A page that asks no field, such as the review: rules are looked at when it is left.
        case other
    }

    let stops: [Stop]
    /// The last stop at which a field may be asked.
    private let lastStop: [String: Int]
    /// The first stop at which a field may be asked, and its place on the page.
    private let firstPlace: [String: (stop: Int, line: Int)]
    /// The page of a field, by index.
    let pageOfField: [String: Int]
    let lookup: Int?
    let capture: Int?
    let conditions: [String: Condition]
    /// Some field may have a value before it is asked: from the record, or computed.
    let hasForesight: Bool
    /// By rule and by named condition: the last stop whose answer it needs.
    private(set) var ruleStops: [Int] = []
    private(set) var conditionStops: [String: Int] = [:]

    init(_ matter: Matter) {
        var stops: [Stop] = []
        let keys = Set(matter.lookup?.keys ?? [])
        for step in matter.steps {
            switch step {
            case .identify: if matter.identity != .none { stops.append(.identify) }
            case .agent: if matter.identity == .agentAllowed { stops.append(.agent) }
            case .section(let name):
                for (index, page) in matter.pages.enumerated() where page.section == name {
                    stops.append(.page(index, isEarly: false))
                }
            case .keyPages:
                for (index, page) in matter.pages.enumerated()
                where page.section == nil && page.fields.contains(where: { keys.contains($0.key) }) {
                    stops.append(.page(index, isEarly: true))
                }
            case .pages:
                for (index, page) in matter.pages.enumerated() where page.section == nil {
                    stops.append(.page(index, isEarly: false))
                }
            case .lookup: if matter.lookup != nil { stops.append(.lookup) }
            case .capture: stops.append(.capture)
            case .consent, .review, .guide: stops.append(.other)
            case .preview: if matter.lookup != nil { stops.append(.other) }
            case .notice, .confirmHolder, .payment, .sign, .submit, .print, .rating, .finish: break
            }
        }
        self.stops = stops
        var lastStop: [String: Int] = [:]
        var firstPlace: [String: (stop: Int, line: Int)] = [:]
        var pageOfField: [String: Int] = [:]
        for (index, stop) in stops.enumerated() {
            guard case .page(let page, _) = stop else { continue }
            for (line, field) in matter.pages[page].fields.enumerated() {
                lastStop[field.key] = index
                if firstPlace[field.key] == nil { firstPlace[field.key] = (index, line) }
            }
        }
        for (index, page) in matter.pages.enumerated() {
            for field in page.fields { pageOfField[field.key] = index }
        }
        self.lastStop = lastStop
        self.firstPlace = firstPlace
        self.pageOfField = pageOfField
        lookup = stops.firstIndex(of: .lookup)
        capture = stops.firstIndex(of: .capture)
        conditions = matter.conditions
        hasForesight = matter.fields.contains { $0.factKey != nil || $0.value != nil }
        ruleStops = matter.rules.map { rule in rule.when.map { self.lastStop(of: $0) } ?? -1 }
        conditionStops = matter.conditions.mapValues { self.lastStop(of: $0) }
    }

    /// Whether all that the page asks for belongs to the look-up, whatever is hidden on it.
    static func isSurelyEarly(_ page: FormPage, _ matter: Matter) -> Bool {
        let keys = matter.lookup?.keys ?? []
        return page.section == nil && page.fields.allSatisfy { keys.contains($0.key) }
    }

    /// The names of a condition, with those of the named conditions in it.
    func names(in condition: Condition) -> Set<String> {
        var found: Set<String> = []
        var open = [condition]
        while let next = open.popLast() {
            for (name, _) in next.names where found.insert(name).inserted {
                if let named = conditions[name] { open.append(named) }
            }
        }
        return found
    }

    /// The first stop at which a field may be asked.
    func firstStop(of field: String) -> Int { firstPlace[field]?.stop ?? 0 }

    /// Whether the name is a field that is never asked before the other one.
    func isAsked(_ name: String, notBefore field: String) -> Bool {
        guard let first = firstPlace[name], let other = firstPlace[field] else { return false }
        return (first.stop, first.line) >= (other.stop, other.line)
    }

    /// The last stop whose answer the condition needs; -1 for none.
    func lastStop(of condition: Condition) -> Int {
        names(in: condition).map { lastStop(of: $0) }.max() ?? -1
    }

    func lastStop(of name: String) -> Int {
        if let stop = lastStop[name] { return stop }
        return switch name {
        case "record": lookup ?? -1
        case "agent", "age", "birth_date", "hukou_local":
            stops.lastIndex(of: .agent) ?? stops.lastIndex(of: .identify) ?? -1
        default: -1
        }
    }
}

extension Field {
    /// The fact of the record that fills the field in; nil for none.
    var factKey: String? {
        guard value == nil, case .record(let key)? = source else { return nil }
        return key
    }

    /// Whether the citizen could give this answer: only then it is filled in for them.
    func takes(_ answer: Answer) -> Bool {
        switch (kind, answer) {
        case (.choice(let options), .choice(let key)): options.contains { $0.key == key }
        case (.multi(let options), .choices(let keys)):
            !keys.isEmpty && keys.allSatisfy { key in options.contains { $0.key == key } }
        case (.flag, .flag): true
        case (.records, .records(let entries)): !entries.isEmpty
        case (.choice, _), (.multi, _), (.flag, _), (.records, _): false
        case (_, .text(let text)): !text.isEmpty
        default: false
        }
    }
}
