/// A matter as the solver sees it: every person, day, record and answer at once, asked in the order of the flow.

internal import KioskCore

struct SymbolicMatter {
    private(set) var translator: ConditionTranslator
    private let matter: Matter
    private let order: AskingOrder
    private let z: Z3Session

    private let agent: Z3Term
    private let birthDay: Z3Term
    private let isLocal: Z3Term
    private let today: Z3Term
    private let hasRecord: Z3Term
    private var answers: [String: SymbolicField] = [:]
    private var record: [SymbolicField] = []

    /// What conditions see after all pages.
    private var values: [String: SymbolicValue] = [:]
    private var shown: [String: Z3Term] = [:]
    private(set) var shownPages: [Int: Z3Term] = [:]
    /// Each condition where it is looked at, by place.
    private(set) var held: [MatterPlace: Z3Term] = [:]
    private var sides: [MatterPlace: [Side]] = [:]
    /// What the pages' fields demand, by field; parts of it.
    private var demands: [String: [Demand]] = [:]
    private(set) var ruleHolds: [Z3Term] = []
    private var heldAtCapture: [Z3Term] = []

    struct Side {
        let offset: Int
        let node: ExpressionNode
        let holds: Z3Term
        let isAlternative: Bool
    }

    struct Demand {
        let place: MatterPlace?
        let isMet: Z3Term
        /// The field's answer is judged by it: shown and answered.
        let applies: Z3Term
    }

    /// The days for which the proofs speak.
    private static let days = (CalendarDate(year: 2024, month: 1, day: 1), CalendarDate(year: 2060, month: 12, day: 31))

    init(_ matter: Matter, order: AskingOrder, session z: Z3Session) {
        self.matter = matter
        self.order = order
        self.z = z
        translator = ConditionTranslator(z)
        agent = matter.identity == .agentAllowed ? z.freshTruth() : z.no
        birthDay = z.freshNumber()
        isLocal = z.freshTruth()
        today = z.freshNumber()
        hasRecord = matter.lookup?.isRequired ?? true ? z.yes : z.freshTruth()
        setFacts()
        for page in matter.pages {
            for field in page.fields {
                if field.value == nil { answers[field.key] = SymbolicField(field, &translator) }
                shown[field.key] = z.no
                values[field.key] = value(of: field, isShown: z.no)
            }
        }
        ask()
        judge()
        for fact in translator.facts { z.assert(fact) }
    }

    // MARK: Facts

    private mutating func setFacts() {
        if let first = Self.days.0, let last = Self.days.1 {
            z.assert(z.atMost(z.number(first.daysSince1970), today))
            z.assert(z.atMost(today, z.number(last.daysSince1970)))
        }
        values["today"] = translator.value(.time(today, .days))
        values["this_year"] = translator.value(.number(translator.year(of: today)))
        for name in ["agent", "age", "birth_date", "hukou_local"] { values[name] = translator.null }
        if let lookup = matter.lookup {
            record = lookup.register.facts.map { SymbolicField($0, isTyped: false, &translator) }
            for fact in record where fact.field.required || !fact.mayBeNull { z.assert(fact.isAnswered) }
            values["record"] = translator.null
        }
    }

    private mutating func learnApplicant() {
        values["agent"] = translator.value(.truth(agent))
        values["birth_date"] = translator.value(.time(birthDay, .days))
        values["hukou_local"] = translator.value(.truth(isLocal))
        let age = z.freshNumber()
        let life = z.product(z.number(4), z.difference(today, birthDay))
        // A year is 1461 quarter days; the bounds leave room for every run of leap years since 1894.
        z.assert(z.atMost(z.number(0), age))
        z.assert(z.atMost(age, z.number(130)))
        z.assert(z.atMost(birthDay, today))
        z.assert(z.atMost(z.difference(z.product(z.number(1461), age), z.number(12)), life))
        z.assert(
            z.atMost(life, z.sum([z.product(z.number(1461), z.sum([age, z.number(1)])), z.number(12)])))
        values["age"] = translator.value(.number(age))
    }

    private mutating func learnRecord() {
        let facts = record.map { ($0.field.key, $0.value(isShown: z.yes, translator)) }
        values["record"] = SymbolicValue(
            core: .record(Dictionary(facts, uniquingKeysWith: { first, _ in first })), isNull: z.not(hasRecord),
            fails: z.no)
    }

    // MARK: Asking

    private mutating func ask() {
        var doneEarly: [Int: Z3Term] = [:]
        for stop in order.stops {
            switch stop {
            case .identify: if matter.identity != .agentAllowed { learnApplicant() }
            case .agent: learnApplicant()
            case .lookup: learnRecord()
            case .capture: heldAtCapture = matter.rules.map { holds($0.when) }
            case .other: break
            case .page(let index, true):
                let isEarly = isKeyPage(matter.pages[index])
                doneEarly[index] = isEarly
                show(index, where: isEarly)
            case .page(let index, false):
                show(index, where: z.not(doneEarly[index] ?? z.no))
            }
        }
    }

    /// Whether all that the page shows now belongs to the look-up.
    private mutating func isKeyPage(_ page: FormPage) -> Z3Term {
        let keys = matter.lookup?.keys ?? []
        let before = values
        defer { values = before }
        var parts = [holds(page.when)]
        var shownKeys: [Z3Term] = []
        for field in page.fields {
            let isShown = holds(field.when)
            if keys.contains(field.key) {
                shownKeys.append(isShown)
                values[field.key] = value(of: field, isShown: isShown)
            } else {
                parts.append(z.not(isShown))
            }
        }
        return z.and(parts + [z.or(shownKeys)])
    }

    private mutating func show(_ index: Int, where isHere: Z3Term) {
        guard isHere != z.no else { return }
        let page = matter.pages[index]
        let isOpen = z.and(isHere, remember(page.when, at: .pageWhen(page.id)))
        for field in page.fields {
            let isShown = z.and(isOpen, remember(field.when, at: .fieldWhen(field.key)))
            let everShown = z.or(shown[field.key] ?? z.no, isShown)
            shown[field.key] = everShown
            values[field.key] = value(of: field, isShown: everShown)
        }
        shownPages[index] = z.or(page.fields.compactMap { shown[$0.key] })
    }

    private mutating func value(of field: Field, isShown: Z3Term) -> SymbolicValue {
        guard let condition = field.value else {
            return answers[field.key]?.value(isShown: isShown, translator) ?? translator.null
        }
        guard isShown != z.no else { return translator.null }
        var value = translate(condition.root)
        // What a computed value becomes in the field's type is followed only where nothing is rounded.
        switch (field.kind, value.core) {
        case (.flag, .truth), (.date, .time(_, .days)), (.text, .text): break
        case (.number, .number): if field.decimals > 0 { value.core = .real(z.freshReal()) }
        case (.number, _): value.core = field.decimals == 0 ? .number(z.freshNumber()) : .real(z.freshReal())
        case (.money, _): if !isFact(condition.root) { value.core = .real(z.freshReal()) }
        default: value = SymbolicValue(core: .unknown, isNull: z.freshTruth(), fails: z.no)
        }
        let isEmpty = z.or([z.not(isShown), value.fails, value.isNull])
        return SymbolicValue(core: value.core, isNull: isEmpty, fails: z.no)
    }

    /// `record.amount`: taken over as it is.
    private func isFact(_ node: ExpressionNode) -> Bool {
        guard case .select(let target, let key) = node.form, case .name("record", _) = target.form else { return false }
        return record.contains { $0.field.key == key && $0.field.kind == .money }
    }

    // MARK: Conditions

    private mutating func translate(_ node: ExpressionNode) -> SymbolicValue {
        let values = values
        return translator.translate(node, named: matter.conditions) { values[$0] }
    }

    private mutating func holds(_ condition: Condition?) -> Z3Term {
        guard let condition else { return z.yes }
        return translator.holds(translate(condition.root))
    }

    /// The condition as it stands at its place, with the sides of its top-level operator.
    private mutating func remember(_ condition: Condition?, at place: MatterPlace) -> Z3Term {
        guard let condition else { return z.yes }
        let result = holds(condition)
        held[place] = held[place].map { z.or($0, result) } ?? result
        switch condition.root.form {
        case .or(let nodes): note(nodes, at: place, isAlternative: true)
        case .and(let nodes): note(nodes, at: place, isAlternative: false)
        default: break
        }
        return result
    }

    private mutating func note(_ nodes: [ExpressionNode], at place: MatterPlace, isAlternative: Bool) {
        guard sides[place] == nil else {
            // A page that may be asked at two times: its sides are not told apart.
            sides[place] = []
            return
        }
        sides[place] = nodes.filter { !Self.isGuard($0) }.map { node in
            Side(
                offset: node.firstOffset, node: node, holds: translator.holds(translate(node)),
                isAlternative: isAlternative)
        }
    }

    /// `x == null` guards what stands beside it; it may well never be so.
    private static func isGuard(_ node: ExpressionNode) -> Bool {
        guard case .binary(let sign, let left, let right) = node.form, sign == .equal || sign == .notEqual else {
            return false
        }
        return left.form == .literal(.null) || right.form == .literal(.null)
    }

    /// The checks, the named conditions and the rules, which see all answers.
    private mutating func judge() {
        for page in matter.pages {
            for field in page.fields { demands[field.key] = judge(field) }
        }
        for (name, condition) in matter.conditions.sorted(by: { $0.key < $1.key }) {
            _ = remember(condition, at: .condition(name))
        }
        for (index, rule) in matter.rules.enumerated() {
            ruleHolds.append(remember(rule.when, at: .ruleWhen(index)))
        }
    }

    private mutating func judge(_ field: Field) -> [Demand] {
        let isShown = shown[field.key] ?? z.no
        guard let answer = answers[field.key] else {
            let isEmpty = values[field.key]?.isNull ?? z.yes
            return field.checks.enumerated().map { index, check in
                let place = MatterPlace.fieldCheck(field.key, index)
                return Demand(
                    place: place, isMet: remember(check.holds, at: place), applies: z.and(isShown, z.not(isEmpty)))
            }
        }
        var demands: [Demand] = []
        if field.required { demands.append(Demand(place: nil, isMet: answer.isAnswered, applies: isShown)) }
        let isGiven = z.and(isShown, answer.isAnswered)
        for (index, check) in field.checks.enumerated() {
            let place = MatterPlace.fieldCheck(field.key, index)
            demands.append(Demand(place: place, isMet: remember(check.holds, at: place), applies: isGiven))
        }
        guard case .records(let size, let entries) = answer.content else { return demands }
        for (number, entry) in entries.enumerated() {
            let isThere = z.and(isGiven, z.less(z.number(number), size))
            demands += judge(entry, of: field.key, isThere: isThere, isFirst: number == 0)
        }
        return demands
    }

    private mutating func judge(
        _ entry: [(field: Field, value: SymbolicField)], of list: String, isThere: Z3Term, isFirst: Bool
    ) -> [Demand] {
        let before = values
        defer { values = before }
        for (field, value) in entry { values[field.key] = value.value(isShown: z.yes, translator) }
        var demands: [Demand] = []
        for (field, value) in entry {
            if field.required { demands.append(Demand(place: nil, isMet: value.isAnswered, applies: isThere)) }
            for (index, check) in field.checks.enumerated() {
                let place = MatterPlace.fieldCheck("\(list).\(field.key)", index)
                let isMet = isFirst ? remember(check.holds, at: place) : holds(check.holds)
                demands.append(
                    Demand(place: isFirst ? place : nil, isMet: isMet, applies: z.and(isThere, value.isAnswered)))
            }
        }
        return demands
    }

    // MARK: What must be so for a goal

    func isShown(_ key: String) -> Z3Term { shown[key] ?? z.no }

    /// The parts of a condition that stand beside each other at its top.
    func sides(at place: MatterPlace) -> [Side] { sides[place] ?? [] }

    func demands(on key: String) -> [Demand] { demands[key] ?? [] }

    /// The answers of the fields asked up to a stop are good, except those of `bad`. A check that looks further on
    /// judges nothing yet.
    func areGood(upTo stop: Int, except bad: Set<String>, isInclusive: Bool) -> [Z3Term] {
        var terms: [Z3Term] = []
        for page in matter.pages {
            for field in page.fields where !bad.contains(field.key) {
                let last = order.lastStop(of: field.key)
                guard isInclusive ? last <= stop : last < stop else { continue }
                for demand in demands[field.key] ?? [] {
                    if let place = demand.place, looksAhead(place, from: last) { continue }
                    terms.append(z.implies(demand.applies, demand.isMet))
                }
            }
        }
        return terms
    }

    private func looksAhead(_ place: MatterPlace, from stop: Int) -> Bool {
        guard case .fieldCheck(let name, let index) = place,
            let field = matter.field(String(name.prefix { $0 != "." })),
            field.key == name, field.checks.indices.contains(index)
        else { return false }
        return order.names(in: field.checks[index].holds).contains { order.lastStop(of: $0) > stop }
    }

    /// No rule that is known before the stop ends the case there; with `toWindow`, it may send the citizen to a window.
    func goesOn(before stop: Int, except bad: Set<Int>, toWindow: Bool = false) -> [Z3Term] {
        matter.rules.indices.compactMap { index in
            if toWindow, case .window = matter.rules[index].action { return nil }
            guard let when = matter.rules[index].when, matter.rules[index].isDiverting, !bad.contains(index),
                order.lastStop(of: when) < stop
            else { return nil }
            return z.not(ruleHolds[index])
        }
    }

    /// No rule that is known when the stop is left rejects the case.
    func isNotRejected(upTo stop: Int, except bad: Set<Int>) -> [Z3Term] {
        matter.rules.indices.compactMap { index in
            guard case .reject = matter.rules[index].action, !bad.contains(index), order.ruleStops[index] <= stop else {
                return nil
            }
            return z.not(ruleHolds[index])
        }
    }

    /// A rule is decided only after papers were photographed.
    func isLate(_ index: Int) -> [Z3Term]? {
        guard heldAtCapture.indices.contains(index) else { return nil }
        let papers = matter.materials.filter { $0.source == .camera }.map { material in
            material.mark != .conditional
                ? z.yes
                : z.or(
                    matter.rules.indices.filter { matter.rules[$0].action == .need(material.key) }.map {
                        heldAtCapture[$0]
                    })
        }
        return [ruleHolds[index], z.not(heldAtCapture[index]), z.or(papers)]
    }

    /// Holds on the day of the scenarios, which then look alike.
    func isToday(_ day: CalendarDate) -> Z3Term { z.equal(today, z.number(day.daysSince1970)) }

    // MARK: Reading a model

    /// Ways of the solver's last possible answer. What is open there is filled from `start`. Where the answers differ from
    /// what the record fills in, the first way is that of a record that agrees with them.
    func scenarios(like start: Scenario) -> [Scenario] {
        let scenario = scenario(like: start)
        guard var record = scenario.record else { return [scenario] }
        for field in matter.fields where z.isTrue(isShown(field.key)) {
            if let key = field.factKey { record[key] = scenario.answers[field.key] }
        }
        var agreeing = scenario
        agreeing.record = record
        return agreeing == scenario ? [scenario] : [agreeing, scenario]
    }

    private func scenario(like start: Scenario) -> Scenario {
        var scenario = start
        scenario.actsForOther = z.isTrue(agent)
        if let day = z.integer(birthDay), ConditionTranslator.days.contains(day) {
            scenario.birthDate = CalendarDate(daysSince1970: day)
        }
        scenario.isLocal = z.isTrue(isLocal)
        if let day = z.integer(today), ConditionTranslator.days.contains(day) {
            scenario.today = CalendarDate(daysSince1970: day)
        }
        for (key, field) in answers { scenario.answers[key] = field.answer(translator) }
        if matter.lookup != nil {
            let facts = record.compactMap { fact in fact.answer(translator).map { (fact.field.key, $0) } }
            scenario.record = z.isTrue(hasRecord) ? Dictionary(facts, uniquingKeysWith: { first, _ in first }) : nil
        }
        return scenario
    }
}

extension ExpressionNode {
    /// Where the node's text begins, nearly: at the first token in it.
    var firstOffset: Int { ([self] + children).map(\.offset).min() ?? offset }
}
