/// Looks for ways to a matter's goals by trying: cheap, and most goals are found this way.

internal import KioskCore

struct ScenarioSearch {
    /// Goals that some way meets, the ways that get stuck included.
    private(set) var met: Set<Goal> = []
    /// Ways that go through to an end, each the first to some goal, and what they meet.
    private(set) var found: [(scenario: Scenario, met: Set<Goal>)] = []
    /// Goals that a way that does not get stuck meets.
    private(set) var covered: Set<Goal> = []
    /// Ways to a window with what stands on the list for it: good enough for what no way through meets.
    private var listed: [(scenario: Scenario, met: Set<Goal>)] = []

    private let matter: Matter
    private let order: AskingOrder
    private let candidates: Candidates
    private let variables: [Variable]
    let start: Scenario
    private var random = SplitMix(state: 0x4B49_4F53)

    private static let triesPerGoal = 70
    private static let randomTries = 24
    private static let repairs = 4

    init(_ matter: Matter, order: AskingOrder, today: CalendarDate) {
        self.matter = matter
        self.order = order
        candidates = Candidates(matter, today: today)
        variables = candidates.variables
        start = candidates.start()
    }

    /// Tries for each of the goals.
    mutating func run(for goals: [Goal]) {
        attempt(start)
        for goal in goals where !isDone(goal) { search(goal) }
    }

    /// Takes a way that was found elsewhere. True when it meets the goal.
    mutating func take(_ scenario: Scenario, for goal: Goal) -> Bool {
        attempt(scenario)
        if isDone(goal) { return true }
        // The solver holds a day some months on between bounds only: the right one is near.
        for variable in variables(of: goal) {
            for change in candidates.changes(of: scenario, in: variable) {
                attempt(change, keeping: variable)
                if isDone(goal) { return true }
            }
        }
        return false
    }

    func isDone(_ goal: Goal) -> Bool {
        if case .checkFails = goal { return met.contains(goal) }
        return covered.contains(goal)
    }

    /// The fewest of the ways found that meet together what all of them meet.
    func fewest() -> [Scenario] {
        var open = covered.filter { if case .checkFails = $0 { false } else { true } }
        var rest = found
        for way in listed where !way.met.isSubset(of: open) {
            open.formUnion(way.met)
            rest.append(way)
        }
        var chosen: [Scenario] = []
        while !open.isEmpty {
            var best: (index: Int, count: Int)?
            for index in rest.indices {
                let count = rest[index].met.intersection(open).count
                if count > best?.count ?? 0 { best = (index, count) }
            }
            guard let best else { break }
            var (scenario, reached) = rest.remove(at: best.index)
            let first = reached.intersection(open).map { $0.words(in: matter) }.min() ?? ""
            scenario.goal = chosen.isEmpty && reached.contains(.end) ? Goal.end.words(in: matter) : first
            open.subtract(reached)
            chosen.append(scenario)
        }
        return chosen
    }

    // MARK: Trying

    /// Walks, and where an answer is turned back tries others for it, or for what its checks compare it with: what was
    /// changed on purpose is kept as long as it can be.
    private mutating func attempt(_ given: Scenario, keeping kept: Variable? = nil) {
        var scenario = given
        var walk = MatterWalk(scenario, through: matter, order: order)
        note(walk, scenario)
        for _ in 0..<Self.repairs {
            guard case .stuck = walk.end, let key = walk.problems.first else { break }
            guard let (better, next) = repaired(scenario, key, keeping: kept) else { break }
            scenario = better
            walk = next
            note(walk, scenario)
        }
    }

    private func repaired(_ scenario: Scenario, _ key: String, keeping kept: Variable?) -> (Scenario, MatterWalk)? {
        var order = [Variable.answer(key)]
        for check in matter.field(key)?.checks ?? [] {
            for case .name(let name) in self.order.parts(of: check.holds) {
                order += matter.field(name) == nil ? Self.variables(of: name) : [.answer(name)]
            }
        }
        for variable in order.filter({ $0 != kept }) + order.filter({ $0 == kept }) {
            for change in candidates.changes(of: scenario, in: variable) {
                let walk = MatterWalk(change, through: matter, order: self.order)
                if !walk.problems.contains(key), walk.hasReached(key, in: matter) { return (change, walk) }
            }
        }
        return nil
    }

    private mutating func note(_ walk: MatterWalk, _ scenario: Scenario) {
        met.formUnion(walk.met)
        if case .stuck = walk.end { return }
        if !walk.listed.isSubset(of: met) { listed.append((scenario, walk.listed)) }
        met.formUnion(walk.listed)
        guard !walk.met.isSubset(of: covered) else { return }
        covered.formUnion(walk.met)
        found.append((scenario, walk.met))
    }

    private mutating func search(_ goal: Goal) {
        let depends = variables(of: goal)
        let bases = bases(for: goal, depends)
        var tries = 0
        for base in bases {
            for variable in depends {
                for change in candidates.changes(of: base, in: variable) {
                    guard tries < Self.triesPerGoal else { break }
                    tries += 1
                    attempt(change, keeping: variable)
                    if isDone(goal) { return }
                }
            }
        }
        guard depends.count > 1, let base = bases.last else { return }
        for _ in 0..<Self.randomTries {
            var scenario = base
            for variable in depends where random.next() % 3 != 0 {
                let changes = candidates.changes(of: scenario, in: variable)
                if !changes.isEmpty { scenario = changes[Int(random.next() % UInt64(changes.count))] }
            }
            attempt(scenario)
            if isDone(goal) { return }
        }
    }

    /// Ways to start from: the first that goes through, and those that come near.
    private func bases(for goal: Goal, _ depends: [Variable]) -> [Scenario] {
        var near: [Goal] = [.end]
        switch goal {
        case .field(let key), .fieldHidden(let key): if let page = order.pageOfField[key] { near.append(.page(page)) }
        case .passes(let key): near.append(.field(key))
        case .checkFails(let key, _): near.append(.field(String(key.prefix { $0 != "." })))
        default:
            for case .answer(let key) in depends { near.append(.field(key)) }
        }
        var bases: [Scenario] = []
        for goal in near {
            guard let way = found.first(where: { $0.met.contains(goal) })?.scenario, !bases.contains(way) else {
                continue
            }
            bases.append(way)
        }
        return bases.isEmpty ? [start] : Array(bases.prefix(4))
    }

    // MARK: What a goal depends on

    private func variables(of goal: Goal) -> [Variable] {
        var conditions: [Condition] = []
        var names: [String] = []
        func add(page: Int) {
            conditions += [matter.pages[page].when].compactMap { $0 }
        }
        func add(field key: String) {
            guard let page = order.pageOfField[key], let field = matter.field(key) else { return }
            conditions += [field.when, field.value].compactMap { $0 }
            add(page: page)
        }
        switch goal {
        case .end: conditions = matter.rules.filter(\.isDiverting).compactMap(\.when)
        case .page(let index), .pageHidden(let index):
            add(page: index)
            for field in matter.pages[index].fields { conditions += [field.when].compactMap { $0 } }
        case .field(let key), .fieldHidden(let key): add(field: key)
        case .rule(let index), .ruleSilent(let index), .late(let index):
            conditions += [matter.rules[index].when].compactMap { $0 }
        case .condition(let name), .conditionFails(let name):
            conditions += [matter.conditions[name]].compactMap { $0 }
        case .passes(let key):
            names.append(key)
            add(field: key)
            conditions += matter.field(key)?.checks.map(\.holds) ?? []
        case .checkFails(let key, let index):
            let list = String(key.prefix { $0 != "." })
            names.append(list)
            guard let field = matter.field(list) else { break }
            if list == key {
                conditions.append(field.checks[index].holds)
            } else if case .records(let fields) = field.kind,
                let sub = fields.first(where: { "\(list).\($0.key)" == key })
            {
                conditions.append(sub.checks[index].holds)
            }
        }
        // What the fields that it names depend on counts too.
        var seen = Set(names)
        var all: [Variable] = names.map(Variable.answer)
        while !conditions.isEmpty {
            let condition = conditions.removeFirst()
            for part in order.parts(of: condition) {
                switch part {
                case .name(let name):
                    guard seen.insert(name).inserted else { continue }
                    if matter.field(name) != nil {
                        all.append(.answer(name))
                        add(field: name)
                    } else {
                        all += Self.variables(of: name)
                    }
                case .fact(let key):
                    if seen.insert("record.\(key)").inserted { all += [.fact(key), .hasRecord] }
                }
            }
        }
        return all.filter(variables.contains)
    }

    private static func variables(of name: String) -> [Variable] {
        switch name {
        case "agent": [.agent]
        case "age", "birth_date": [.birthDate]
        case "hukou_local": [.isLocal]
        default: []
        }
    }
}

extension AskingOrder {
    enum Part: Hashable {
        case name(String)
        /// A fact of the looked-up record.
        case fact(String)
    }

    /// The names and facts of a condition, named conditions written out, in order of appearance.
    func parts(of condition: Condition) -> [Part] {
        var found: [Part] = []
        var seen: Set<String> = []
        var open = [condition.root]
        while let node = open.popLast() {
            switch node.form {
            case .select(let target, let field):
                if case .name("record", _) = target.form { found.append(.fact(field)) } else { open.append(target) }
            case .name(let name, _):
                if let named = conditions[name] {
                    if seen.insert(name).inserted { open.append(named.root) }
                } else {
                    found.append(.name(name))
                }
            default: open += node.children.reversed()
            }
        }
        return found
    }
}

/// A small generator of numbers that are the same on every run (Steele, Lea, Flood: SplitMix64).
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
