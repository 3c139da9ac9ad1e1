/// Finds what nobody can reach in one matter, what always or never holds, and where a flow cannot end.

internal import KioskCore

struct FindingSearch {
    private(set) var findings: [Finding] = []
    /// Questions that the solver was asked.
    private(set) var questions = 0
    /// Places of which neither a way nor a proof was found.
    private(set) var open: [String] = []

    private let matter: Matter
    private let order: AskingOrder
    private let z: Z3Session
    private var search: ScenarioSearch
    private var symbolic: SymbolicMatter
    /// Fields no answer of which is good: they hold nothing up in what is asked after.
    private var badFields: Set<String> = []
    private var badRules: Set<Int> = []
    private var hiddenPages: Set<Int> = []
    private var hiddenFields: Set<String> = []

    private static let everywhere = Int.max

    init(_ matter: Matter, order: AskingOrder, search: ScenarioSearch, session: Z3Session) {
        self.matter = matter
        self.order = order
        self.search = search
        z = session
        symbolic = SymbolicMatter(matter, order: order, session: session)
    }

    mutating func run() {
        findBadAnswers()
        findBadRules()
        let ends = findEnd()
        // Where nobody gets through, everything further on only follows from that.
        guard ends || !badFields.isEmpty || !badRules.isEmpty else { return }
        findPages()
        findFields()
        findChecks()
        findConditions()
        findRules(ends: ends)
        findLateRules()
        findSides()
    }

    // MARK: Asking

    /// Whether the goal can be met: by a way that was found, or as far as the solver knows.
    private mutating func canMeet(_ goal: Goal, _ terms: [Z3Term]) -> Bool {
        if search.met.contains(goal) { return true }
        return isPossible(terms, goal.words(in: matter))
    }

    private mutating func isPossible(_ terms: [Z3Term], _ what: String) -> Bool {
        questions += 1
        switch z.ask(terms) {
        case .impossible: return false
        case .possible: return true
        case .unknown:
            open.append(what)
            return true
        }
    }

    /// The citizen comes to this stop.
    private func comes(to stop: Int) -> [Z3Term] {
        symbolic.areGood(upTo: stop, except: badFields, isInclusive: false)
            + symbolic.goesOn(before: stop, except: badRules)
    }

    /// The citizen leaves this stop with good answers.
    private func leaves(_ stop: Int) -> [Z3Term] {
        symbolic.areGood(upTo: stop, except: badFields, isInclusive: true)
            + symbolic.goesOn(before: stop, except: badRules)
    }

    /// The case goes through to its end.
    private var ends: [Z3Term] { leaves(Self.everywhere) }

    /// The case goes through to its end, or to a window.
    private var endsOrHandsOver: [Z3Term] {
        symbolic.areGood(upTo: Self.everywhere, except: badFields, isInclusive: true)
            + symbolic.goesOn(before: Self.everywhere, except: badRules, toWindow: true)
    }

    private func names(_ condition: Condition?) -> Set<String> { condition.map { Set($0.names.map(\.name)) } ?? [] }

    // MARK: Ways

    /// The search with the ways that the solver knows to these goals, where they can be walked.
    consuming func searching(for goals: [Goal]) -> ScenarioSearch {
        for goal in goals {
            guard let terms = terms(of: goal), !search.isDone(goal) else { continue }
            // On the day of the other ways where that is possible.
            for more in [[symbolic.isToday(search.start.today)], []] {
                guard z.ask(terms + more) == .possible else { continue }
                if take(for: goal) { break }
            }
        }
        return search
    }

    private mutating func take(for goal: Goal) -> Bool {
        symbolic.scenarios(like: search.start).contains { search.take($0, for: goal) }
    }

    /// What must be so where the goal is met and the case goes through to an end.
    private func terms(of goal: Goal) -> [Z3Term]? {
        let ends = ends
        switch goal {
        case .end: return ends
        case .page(let index): return symbolic.shownPages[index].map { ends + [$0] }
        case .pageHidden(let index): return symbolic.shownPages[index].map { ends + [z.not($0)] }
        case .field(let key): return ends + [symbolic.isShown(key)]
        case .fieldHidden(let key): return ends + [z.not(symbolic.isShown(key))]
        case .rule(let index):
            guard matter.rules[index].when != nil else { return ends }
            let stop = order.ruleStops[index]
            let held = [symbolic.ruleHolds[index]]
            switch matter.rules[index].action {
            case .reject: return leaves(stop) + held
            case .window: return leaves(stop) + symbolic.isNotRejected(upTo: stop, except: badRules) + held
            case .need, .note: return ends + held
            }
        case .ruleSilent(let index): return ends + [z.not(symbolic.ruleHolds[index])]
        case .condition(let name): return symbolic.held[.condition(name)].map { ends + [$0] }
        case .conditionFails(let name): return symbolic.held[.condition(name)].map { ends + [z.not($0)] }
        case .passes(let key): return ends + symbolic.demands(on: key).flatMap { [$0.applies, $0.isMet] }
        case .checkFails, .late: return nil
        }
    }

    // MARK: Answers

    private mutating func findBadAnswers() {
        for stop in order.stops {
            guard case .page(let index, _) = stop else { continue }
            for field in matter.pages[index].fields
            where field.hasChecks && !badFields.contains(field.key) && !search.met.contains(.passes(field.key)) {
                findBadAnswer(to: field)
            }
        }
    }

    private mutating func findBadAnswer(to field: Field) {
        let what = "answer to \(field.key)"
        let demands = symbolic.demands(on: field.key)
        let given =
            comes(to: order.firstStop(of: field.key))
            + demands.filter { $0.place == nil }.map { z.implies($0.applies, $0.isMet) }
        let checks = demands.filter { $0.place != nil }
        // An optional field is judged by what happens when it is answered.
        guard let applies = checks.first?.applies, isPossible(given + [applies], what) else { return }
        guard !isPossible(given + checks.flatMap { [$0.applies, $0.isMet] }, what) else { return }
        badFields.insert(field.key)
        let impossible = checks.first { !isPossible(given + [$0.applies, $0.isMet], what) }
        if let impossible, let place = impossible.place {
            findings.append(
                Finding(
                    place: place, message: "no answer meets this check", hint: "nobody gets past “\(field.key)”",
                    names: names(condition(at: place)).subtracting([field.key])))
        } else {
            findings.append(
                Finding(
                    place: .field(field.key), message: "no answer meets all checks of “\(field.key)”",
                    hint: "one check shuts out what the other demands",
                    names: Set(field.checks.flatMap { names($0.holds) }).subtracting([field.key])))
        }
    }

    func condition(at place: MatterPlace) -> Condition? {
        matter.allConditions.first { $0.place == place }?.condition
    }

    private mutating func findBadRules() {
        for (index, rule) in matter.rules.enumerated() where rule.isDiverting {
            guard let when = rule.when, !search.met.contains(.ruleSilent(index)) else { continue }
            let stop = order.lastStop(of: when)
            let given = leaves(stop)
            guard isPossible(given, "rule \(index + 1)"),
                !isPossible(given + [z.not(symbolic.ruleHolds[index])], "without rule \(index + 1)")
            else { continue }
            badRules.insert(index)
            findings.append(
                Finding(
                    place: .ruleWhen(index), message: "this rule turns everybody away: its condition always holds",
                    hint: "nobody gets through the matter", names: names(when)))
        }
    }

    private mutating func findEnd() -> Bool {
        let isEnding = canMeet(.end, ends)
        if !isEnding, badFields.isEmpty, badRules.isEmpty {
            findings.append(
                Finding(
                    place: .head("code"),
                    message: "the flow cannot end: whatever is answered, a rule turns the citizen away",
                    hint: "look at the rules with “reject” and “window”: together they leave nobody"))
        }
        return isEnding
    }

    // MARK: Pages and fields

    private mutating func findPages() {
        for (index, page) in matter.pages.enumerated() {
            guard let first = page.fields.first, let shown = symbolic.shownPages[index] else { continue }
            let come = comes(to: order.firstStop(of: first.key))
            let condition = page.when
            if !canMeet(.page(index), come + [shown]) {
                hiddenPages.insert(index)
                let isItsOwn = symbolic.held[.pageWhen(page.id)].map { !isPossible(come + [$0], page.id) } ?? false
                findings.append(
                    Finding(
                        place: isItsOwn ? .pageWhen(page.id) : .page(page.id),
                        message: isItsOwn
                            ? "nobody reaches this page: its condition never holds" : "nobody reaches this page",
                        hint: why(condition, symbolic.held[.pageWhen(page.id)], for: first.key),
                        source: condition?.source, names: names(condition),
                        spoils: Set(page.fields.map(\.key))))
            } else if let held = symbolic.held[.pageWhen(page.id)], !canMeet(.pageHidden(index), come + [z.not(held)]) {
                findings.append(
                    Finding(
                        place: .pageWhen(page.id), message: "the condition always holds: every citizen sees this page",
                        hint: whyAlways(condition, for: first.key) ?? "take “when” out, or mend it",
                        names: names(condition)))
            }
        }
    }

    private mutating func findFields() {
        for (index, page) in matter.pages.enumerated() where !hiddenPages.contains(index) {
            for field in page.fields {
                guard let when = field.when, let held = symbolic.held[.fieldWhen(field.key)] else { continue }
                let come = comes(to: order.firstStop(of: field.key))
                if !canMeet(.field(field.key), come + [symbolic.isShown(field.key)]) {
                    hiddenFields.insert(field.key)
                    findings.append(
                        Finding(
                            place: .fieldWhen(field.key),
                            message: "nobody is asked for “\(field.key)”: its condition never holds",
                            hint: why(when, held, for: field.key), names: names(when), spoils: [field.key]))
                } else if !canMeet(
                    .fieldHidden(field.key), come + [symbolic.held[.pageWhen(page.id)] ?? z.yes, z.not(held)])
                {
                    findings.append(
                        Finding(
                            place: .fieldWhen(field.key),
                            message: "the condition always holds: “\(field.key)” is always asked",
                            hint: whyAlways(when, for: field.key) ?? "take “when” out, or mend it", names: names(when)))
                }
            }
        }
    }

    private func isHidden(_ key: String) -> Bool {
        hiddenFields.contains(key) || order.pageOfField[key].map(hiddenPages.contains) ?? false
    }

    private mutating func findChecks() {
        for field in matter.fields where field.hasChecks && !isHidden(field.key) && !badFields.contains(field.key) {
            let come = comes(to: order.firstStop(of: field.key))
            for demand in symbolic.demands(on: field.key) {
                guard case .fieldCheck(let name, let index)? = demand.place, let place = demand.place,
                    !canMeet(.checkFails(name, index), come + [demand.applies, z.not(demand.isMet)])
                else { continue }
                findings.append(
                    Finding(
                        place: place, message: "this check never fails: it lets every answer through",
                        hint: "take it out, or mend it", names: names(condition(at: place)).subtracting([field.key])))
            }
        }
    }

    // MARK: Named conditions and rules

    private mutating func findConditions() {
        for (name, condition) in matter.conditions.sorted(by: { $0.key < $1.key }) {
            guard !condition.names.isEmpty, let held = symbolic.held[.condition(name)] else { continue }
            let given = leaves(order.lastStop(of: condition))
            if !canMeet(.condition(name), given + [held]) {
                findings.append(
                    Finding(
                        place: .condition(name), message: "the condition “\(name)” never holds",
                        hint: why(condition, held, for: nil), names: names(condition), spoils: [name]))
            } else if !canMeet(.conditionFails(name), given + [z.not(held)]) {
                findings.append(
                    Finding(
                        place: .condition(name), message: "the condition “\(name)” always holds",
                        hint: "whatever asks for it could go without it", names: names(condition), spoils: [name]))
            }
        }
    }

    private mutating func findRules(ends: Bool) {
        for (index, rule) in matter.rules.enumerated() {
            guard let when = rule.when, !badRules.contains(index) else { continue }
            let isNeed = if case .need = rule.action { true } else { false }
            // A paper is asked for where the case goes on, and is on the list for the window.
            guard ends || !isNeed else { continue }
            let given = isNeed ? endsOrHandsOver : leaves(order.lastStop(of: when))
            let held = symbolic.ruleHolds[index]
            if !canMeet(.rule(index), given + [held]) {
                findings.append(
                    Finding(
                        place: .ruleWhen(index), message: Self.neverMessage(rule), hint: why(when, held, for: nil),
                        source: when.source, names: names(when)))
            } else if !rule.isDiverting, ends,
                !canMeet(.ruleSilent(index), (isNeed ? given : self.ends) + [z.not(held)])
            {
                findings.append(
                    Finding(
                        place: .ruleWhen(index), message: "the condition of this rule always holds",
                        hint: isNeed ? "mark the paper “*” and take the rule out" : "take “when” out",
                        names: names(when)))
            }
        }
    }

    private static func neverMessage(_ rule: Rule) -> String {
        switch rule.action {
        case .need(let paper): "this rule never asks for the paper “\(paper)”: its condition never holds"
        case .reject, .window: "this rule never turns anybody away: its condition never holds"
        case .note: "nobody sees this note: its condition never holds"
        }
    }

    private mutating func findLateRules() {
        guard let capture = order.capture else { return }
        for (index, rule) in matter.rules.enumerated() {
            guard let when = rule.when, order.lastStop(of: when) > capture, let late = symbolic.isLate(index) else {
                continue
            }
            if case .note = rule.action { continue }
            // Believed only when the way was walked.
            guard search.met.contains(.late(index)) || isWalked(.late(index), late + leaves(order.lastStop(of: when)))
            else { continue }
            let tooLate = order.names(in: when).filter { order.lastStop(of: $0) > capture }.sorted()
            let isNeed = !rule.isDiverting
            findings.append(
                Finding(
                    place: .ruleWhen(index),
                    message: isNeed
                        ? "the paper is asked for only after the papers were photographed"
                        : "the citizen learns of this only after papers were photographed",
                    hint: tooLate.first.map { "“\($0)” becomes known too late: ask it before" }, names: names(when)))
        }
    }

    private mutating func isWalked(_ goal: Goal, _ terms: [Z3Term]) -> Bool {
        questions += 1
        guard z.ask(terms) == .possible else { return false }
        return take(for: goal)
    }

    // MARK: Parts of conditions

    private mutating func findSides() {
        let found = Set(findings.map(\.place))
        for (place, condition) in matter.allConditions where !found.contains(place) {
            let sides = symbolic.sides(at: place)
            guard !sides.isEmpty, let given = context(of: place, condition) else { continue }
            for side in sides where !side.node.freeNames.isEmpty {
                let wanted = side.isAlternative ? side.holds : z.not(side.holds)
                guard !isPossible(given + [wanted], "part of \(place)") else { continue }
                findings.append(
                    Finding(
                        place: place, offset: side.offset,
                        message: side.isAlternative
                            ? "this part of the condition never holds" : "this part of the condition always holds",
                        hint: "take it out, or mend it", names: Set(side.node.freeNames.map(\.name))))
            }
        }
    }

    /// What is so wherever the condition is looked at; nil where nobody comes.
    private func context(of place: MatterPlace, _ condition: Condition) -> [Z3Term]? {
        switch place {
        case .pageWhen(let id): return isHidden(id) ? nil : comes(to: order.firstStop(of: id))
        case .fieldWhen(let key): return isHidden(key) ? nil : comes(to: order.firstStop(of: key))
        case .fieldCheck(let name, _):
            let key = String(name.prefix { $0 != "." })
            guard !isHidden(key), let demand = symbolic.demands(on: key).first(where: { $0.place == place }) else {
                return nil
            }
            return comes(to: order.firstStop(of: key)) + [demand.applies]
        case .ruleWhen, .condition: return leaves(order.lastStop(of: condition))
        default: return nil
        }
    }

    // MARK: Reasons

    /// Why a condition never holds, as far as it can be said.
    private mutating func why(_ condition: Condition?, _ held: Z3Term?, for key: String?) -> String? {
        guard let condition else { return "what is asked before it never leads here" }
        if let ahead = ahead(condition, of: key) { return ahead }
        if let held, isPossible([held], "reason") {
            return "wherever it holds, a check or a rule stops the citizen before"
        }
        for (name, _) in condition.names {
            guard let field = matter.field(name), let page = order.pageOfField[name].map({ matter.pages[$0] }) else {
                continue
            }
            if let when = field.when ?? page.when { return "“\(name)” is asked only when “\(when)”" }
        }
        return "no answers, taken together, make it so"
    }

    private func whyAlways(_ condition: Condition?, for key: String) -> String? {
        condition.flatMap { ahead($0, of: key) }
    }

    private func ahead(_ condition: Condition, of key: String?) -> String? {
        guard let key,
            let name = order.names(in: condition).sorted().first(where: { order.isAsked($0, notBefore: key) })
        else { return nil }
        return name == key
            ? "“\(name)” has no answer yet where it is asked" : "“\(name)” is asked only later and has no answer here"
    }
}
