/// Goes through a matter with given answers as a flow does, and notes which goals the way meets.

internal import KioskCore

struct MatterWalk {
    enum End: Equatable {
        /// An answer of this page is missing or turned back.
        case stuck(page: Int)
        /// A rule ended the case.
        case turnedAway
        case finished
    }

    private(set) var met: Set<Goal> = []
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
    /// Fields of pages that were passed by; known from the next stop on.
    private var passed: [String] = []
    private var done: Set<Int> = []
    /// Rules that do not hold on this way, whatever comes.
    private var settled: Set<Int> = []
    /// Where the way stands, in `order.stops`.
    private var stop = 0
    private var heldAtCapture: Set<Int>?
    private var hasFilter = false
    /// Every rule that ended the case sends the citizen to a window, with the list of what to bring.
    private var isSentToWindow = false

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
        var isTurnedAway = false
        var isRejected = false
        for (index, rule) in matter.rules.enumerated() where rule.isDiverting && !settled.contains(index) {
            guard holdsNow(rule.when) else {
                // All that it rests on was known, and stays.
                if order.ruleStops[index] < stop, passed.isEmpty { settled.insert(index) }
                continue
            }
            isTurnedAway = true
            if case .reject = rule.action { isRejected = true }
            met.insert(.rule(index))
            if let heldAtCapture, !heldAtCapture.contains(index) { met.insert(.late(index)) }
        }
        isSentToWindow = isTurnedAway && !isRejected
        if isTurnedAway { end = .turnedAway }
        return isTurnedAway
    }

    /// What holds where the way ends. What rests on an answer that was not asked for is not counted.
    private mutating func finish() {
        for (name, last) in order.conditionStops where end == .finished || last <= stop {
            met.insert(named(name, depth: 0) == .bool(true) ? .condition(name) : .conditionFails(name))
        }
        for (index, rule) in matter.rules.enumerated() where !rule.isDiverting {
            guard end == .finished || order.ruleStops[index] <= stop else { continue }
            let isHeld = holds(rule.when)
            let isNote = if case .note = rule.action { true } else { false }
            if end == .finished {
                met.insert(isHeld ? .rule(index) : .ruleSilent(index))
                if !isNote, isHeld, let heldAtCapture, !heldAtCapture.contains(index) { met.insert(.late(index)) }
            } else if isHeld, isNote || isSentToWindow {
                met.insert(.rule(index))
            }
        }
        if end == .finished {
            for (index, rule) in matter.rules.enumerated() where rule.isDiverting { met.insert(.ruleSilent(index)) }
        }
    }

    // MARK: Conditions

    private func holds(_ condition: Condition?) -> Bool {
        guard let condition else { return true }
        return value(of: condition) == .bool(true)
    }

    /// As rules see it: what stands further on is not known yet, so a rule that rests on it does not hold.
    private func holdsNow(_ condition: Condition?) -> Bool {
        guard let condition else { return true }
        return
            (try? condition.evaluate { name in
                ahead.contains(name) ? nil : facts[name] ?? named(name, depth: 0, isNow: true)
            }) == .bool(true)
    }

    private func value(of condition: Condition) -> ExpressionValue? {
        try? condition.evaluate { facts[$0] ?? named($0, depth: 0) }
    }

    private func named(_ name: String, depth: Int, isNow: Bool = false) -> ExpressionValue? {
        guard depth < Self.maximumDepth, let condition = matter.conditions[name] else { return nil }
        return try? condition.evaluate { name in
            isNow && ahead.contains(name) ? nil : facts[name] ?? named(name, depth: depth + 1, isNow: isNow)
        }
    }
}
