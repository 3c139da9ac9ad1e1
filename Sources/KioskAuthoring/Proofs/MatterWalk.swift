/// Goes through a matter with given answers as a flow does, and notes which goals the way meets.

internal import KioskCore

struct MatterWalk {
    enum End: Equatable {
        /// An answer of this page is missing or turned back.
        case stuck(page: Int)
        case rejected
        /// With the list of what to bring.
        case sentToWindow
        case finished
    }

    private(set) var met: Set<Goal> = []
    /// Rules whose paper or note stands on the list that the citizen takes to a window, where the way ends at one.
    private(set) var listed: Set<Goal> = []
    private(set) var end = End.finished
    /// Fields whose answers were turned back or missing.
    private(set) var problems: [String] = []

    private let matter: Matter
    private let order: AskingOrder
    private let scenario: Scenario
    /// Values as the pages see them: what was not asked is empty.
    private var facts: [String: ExpressionValue]
    /// What rules may not conclude from yet: the fields that stand further on.
    private var ahead: Set<String> = []
    /// Of those, the fields that have a value already.
    private var foreseen: [String: ExpressionValue] = [:]
    private var record: [String: Answer] = [:]
    /// Fields of pages that were passed by; known from the next stop on.
    private var passed: [String] = []
    private var done: Set<Int> = []
    /// Rules that do not hold on this way, whatever comes.
    private var settled: Set<Int> = []
    /// Where the way stands, in `order.stops`.
    private var stop = 0
    private var heldAtCapture: Set<Int>?
    private var hasFilter = false

    private static let maximumDepth = 16

    init(_ scenario: Scenario, through matter: Matter, order: AskingOrder) {
        self.matter = matter
        self.order = order
        self.scenario = scenario
        facts = [
            "today": AnswerValue.day(scenario.today), "this_year": .int(Int64(scenario.today.year)),
            "agent": .null, "age": .null, "birth_date": .null, "hukou_local": .null,
        ]
        if matter.lookup != nil { facts["record"] = .null }
        for page in matter.pages {
            for field in page.fields {
                facts[field.key] = AnswerValue.unanswered(field)
                ahead.insert(field.key)
            }
        }
        run()
    }

    /// The way came to the page of this field, or the field needs no answer any more.
    func hasReached(_ key: String, in matter: Matter) -> Bool {
        met.contains(.field(key)) || met.contains(.fieldHidden(key)) || end == .finished
    }

    // MARK: The way

    private mutating func run() {
        for (number, place) in order.stops.enumerated() {
            stop = number
            switch place {
            case .identify: if matter.identity != .agentAllowed { learnApplicant() }
            case .agent: learnApplicant()
            case .page(let index, let isEarly):
                guard ask(index, isEarly: isEarly) else { continue }
                if case .stuck = end { return }
            case .lookup: learnRecord()
            case .capture: rememberCapture()
            case .other: arrive()
            }
            if turnsAway() { return finish() }
        }
        arrive()
        if turnsAway() { return finish() }
        if matter.answering == .any, !hasFilter, let last = lastFilterPage {
            end = .stuck(page: last)
            return
        }
        met.insert(.end)
        finish()
    }

    private mutating func learnApplicant() {
        arrive()
        facts["agent"] = .bool(matter.identity == .agentAllowed && scenario.actsForOther)
        facts["age"] = .int(Int64(scenario.birthDate.age(on: scenario.today)))
        facts["birth_date"] = AnswerValue.day(scenario.birthDate)
        facts["hukou_local"] = .bool(scenario.isLocal)
    }

    private mutating func learnRecord() {
        arrive()
        guard let register = matter.lookup?.register, let record = scenario.record else { return }
        self.record = record
        facts["record"] = .map(
            Dictionary(
                register.facts.map { (.string($0.key), AnswerValue.of(record[$0.key], $0) ?? .null) },
                uniquingKeysWith: { first, _ in first }))
    }

    private mutating func rememberCapture() {
        arrive()
        guard matter.materials.contains(where: { $0.source == .camera && isNeeded($0) }) else { return }
        heldAtCapture = Set(matter.rules.indices.filter { holdsNow(matter.rules[$0].when) })
    }

    private func isNeeded(_ material: Material) -> Bool {
        material.mark != .conditional
            || matter.rules.contains { $0.action == .need(material.key) && holds($0.when) }
    }

    /// Standing at a page: what was passed by on the way to it is known not to be asked.
    private mutating func arrive() {
        for key in passed { ahead.remove(key) }
        passed = []
    }

    // MARK: A page

    /// False when the page is not shown here.
    private mutating func ask(_ index: Int, isEarly: Bool) -> Bool {
        let page = matter.pages[index]
        guard !done.contains(index) else { return false }
        if isEarly {
            guard isKeyPage(page) else { return false }
        }
        done.insert(index)
        guard holds(page.when) else {
            pass(page, index)
            return false
        }
        let before = facts
        var shown: [Field] = []
        for field in page.fields where holds(field.when) {
            shown.append(field)
            let computed = field.value.flatMap { AnswerValue.computed(value(of: $0), field) }
            facts[field.key] =
                field.value == nil
                ? AnswerValue.of(scenario.answers[field.key], field) ?? AnswerValue.unanswered(field)
                : computed ?? .null
        }
        guard !shown.isEmpty else {
            facts = before
            for field in page.fields { met.insert(.fieldHidden(field.key)) }
            pass(page, index)
            return false
        }
        arrive()
        met.insert(.page(index))
        for field in page.fields {
            let isShown = shown.contains { $0.key == field.key }
            met.insert(isShown ? .field(field.key) : .fieldHidden(field.key))
            ahead.remove(field.key)
        }
        if page.section == nil, shown.contains(where: { $0.value == nil && isAnswered(scenario.answers[$0.key]) }) {
            hasFilter = true
        }
        for field in shown where !accepts(field) { problems.append(field.key) }
        if !problems.isEmpty { end = .stuck(page: index) }
        return true
    }

    private mutating func pass(_ page: FormPage, _ index: Int) {
        met.insert(.pageHidden(index))
        passed += page.fields.map(\.key)
    }

    private func isKeyPage(_ page: FormPage) -> Bool {
        guard let keys = matter.lookup?.keys, holds(page.when) else { return false }
        var walk = self
        var isShown = false
        for field in page.fields where walk.holds(field.when) {
            guard keys.contains(field.key) else { return false }
            walk.facts[field.key] =
                AnswerValue.of(scenario.answers[field.key], field) ?? AnswerValue.unanswered(field)
            isShown = true
        }
        return isShown
    }

    private var lastFilterPage: Int? {
        matter.pages.indices.last { matter.pages[$0].section == nil && met.contains(.page($0)) }
    }

    private func isAnswered(_ answer: Answer?) -> Bool {
        switch answer {
        case nil: false
        case .text(let text): !text.isEmpty
        case .choice(let key): !key.isEmpty
        case .choices(let keys): !keys.isEmpty
        case .flag: true
        case .records(let entries): !entries.isEmpty
        }
    }

    private mutating func accepts(_ field: Field) -> Bool {
        if field.value == nil {
            guard isAnswered(scenario.answers[field.key]) else { return !field.required }
        } else if facts[field.key] == .null {
            return true
        }
        if !AnswerValue.isInRange(facts[field.key], field) { return false }
        var isAccepted = true
        for (index, check) in field.checks.enumerated() where !holds(check.holds) {
            met.insert(.checkFails(field.key, index))
            isAccepted = false
        }
        if case .records(let fields) = field.kind, case .records(let entries)? = scenario.answers[field.key] {
            for entry in entries where !accepts(entry, of: fields, in: field.key) { isAccepted = false }
        }
        if isAccepted, field.hasChecks { met.insert(.passes(field.key)) }
        return isAccepted
    }

    private mutating func accepts(_ entry: RecordEntry, of fields: [Field], in list: String) -> Bool {
        var walk = self
        var isAccepted = true
        for field in fields {
            walk.facts[field.key] =
                AnswerValue.of(entry.answers[field.key], field) ?? AnswerValue.unanswered(field)
        }
        for field in fields {
            guard isAnswered(entry.answers[field.key]) else {
                if field.required { isAccepted = false }
                continue
            }
            if !AnswerValue.isInRange(walk.facts[field.key], field) { isAccepted = false }
            for (index, check) in field.checks.enumerated() where !walk.holds(check.holds) {
                met.insert(.checkFails("\(list).\(field.key)", index))
                isAccepted = false
            }
        }
        return isAccepted
    }

    // MARK: Rules

    private mutating func turnsAway() -> Bool {
        foresee()
        var rejections: [Int] = []
        var windows: [Int] = []
        for (index, rule) in matter.rules.enumerated() where rule.isDiverting && !settled.contains(index) {
            guard holdsNow(rule.when) else {
                // All that it rests on was known, and stays.
                if order.ruleStops[index] < stop, passed.isEmpty { settled.insert(index) }
                continue
            }
            if case .reject = rule.action { rejections.append(index) } else { windows.append(index) }
        }
        // Where one rule rejects, nothing is said of windows.
        for index in rejections.isEmpty ? windows : rejections {
            met.insert(.rule(index))
            if let heldAtCapture, !heldAtCapture.contains(index) { met.insert(.late(index)) }
        }
        guard !rejections.isEmpty || !windows.isEmpty else { return false }
        end = rejections.isEmpty ? .sentToWindow : .rejected
        return true
    }

    /// What is filled in from the record, or computed from what is known, counts before its page is shown.
    private mutating func foresee() {
        guard order.hasForesight else { return }
        foreseen = [:]
        var known = facts
        for case .page(let index, _) in order.stops.dropFirst(stop + 1) where !done.contains(index) {
            let page = matter.pages[index]
            guard holds(page.when, knowing: known) else { continue }
            for field in page.fields where holds(field.when, knowing: known) {
                var found: ExpressionValue?
                if let condition = field.value {
                    found = AnswerValue.computed(value(of: condition, knowing: known), field)
                } else if let answer = field.factKey.flatMap({ record[$0] }), field.takes(answer) {
                    found = AnswerValue.of(answer, field)
                }
                guard let found, found != .null else { continue }
                known[field.key] = found
                foreseen[field.key] = found
            }
        }
    }

    /// What holds where the way ends. What rests on an answer that was not asked for is not counted.
    private mutating func finish() {
        for (name, last) in order.conditionStops where end == .finished || last <= stop {
            met.insert(named(name, depth: 0) { facts[$0] } == .bool(true) ? .condition(name) : .conditionFails(name))
        }
        for (index, rule) in matter.rules.enumerated() where !rule.isDiverting {
            guard end == .finished || order.ruleStops[index] <= stop else { continue }
            let isHeld = holds(rule.when)
            if end == .finished {
                let isNote = if case .note = rule.action { true } else { false }
                met.insert(isHeld ? .rule(index) : .ruleSilent(index))
                if !isNote, isHeld, let heldAtCapture, !heldAtCapture.contains(index) { met.insert(.late(index)) }
            } else if isHeld, end == .sentToWindow {
                listed.insert(.rule(index))
            }
        }
        if end == .finished {
            for (index, rule) in matter.rules.enumerated() where rule.isDiverting { met.insert(.ruleSilent(index)) }
        }
    }

    // MARK: Conditions

    private func holds(_ condition: Condition?) -> Bool { holds(condition, knowing: facts) }

    private func holds(_ condition: Condition?, knowing facts: [String: ExpressionValue]) -> Bool {
        guard let condition else { return true }
        return value(of: condition, knowing: facts) == .bool(true)
    }

    /// As rules see it: what stands further on is not known yet, so a rule that rests on it does not hold.
    private func holdsNow(_ condition: Condition?) -> Bool {
        guard let condition else { return true }
        func look(_ name: String) -> ExpressionValue? { ahead.contains(name) ? foreseen[name] : facts[name] }
        return (try? condition.evaluate { look($0) ?? named($0, depth: 0, look: look) }) == .bool(true)
    }

    private func value(of condition: Condition) -> ExpressionValue? { value(of: condition, knowing: facts) }

    private func value(of condition: Condition, knowing facts: [String: ExpressionValue]) -> ExpressionValue? {
        try? condition.evaluate { facts[$0] ?? named($0, depth: 0) { facts[$0] } }
    }

    private func named(_ name: String, depth: Int, look: (String) -> ExpressionValue?) -> ExpressionValue? {
        guard depth < Self.maximumDepth, let condition = matter.conditions[name] else { return nil }
        return try? condition.evaluate { look($0) ?? named($0, depth: depth + 1, look: look) }
    }
}
