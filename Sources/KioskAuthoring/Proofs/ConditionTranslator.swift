/// Turns conditions into terms of the solver, exactly as the evaluator would find them; what cannot be turned is left open.
///
/// An open part may take any value, so the solver's “impossible” can be believed whatever was left open, and its
/// “possible” must be tried out with the evaluator.

internal import KioskCore

struct ConditionTranslator {
    let z: Z3Session
    /// Numbers of the texts that occur; words of choices are texts too.
    private var texts: [String: Int] = [:]
    private(set) var textNames: [Int: String] = [:]
    /// Facts about open parts that always hold.
    private(set) var facts: [Z3Term] = []
    private var ages: [Pair: SymbolicValue] = [:]
    private var shifts: [Shift] = []
    private var bound: [(name: String, value: SymbolicValue)] = []
    private var lookUp: (String) -> SymbolicValue? = { _ in nil }
    private var named: [String: Condition] = [:]
    private var depth = 0

    private struct Pair: Hashable {
        let first: Z3Term
        let second: Z3Term
    }

    /// A day moved by months on the calendar.
    private struct Shift {
        let day: Z3Term
        let months: Int
        let result: Z3Term
    }

    private static let maximumDepth = 16
    /// Nodes of named conditions that are written out below each other may grow fast: a matter has far fewer.
    private static let maximumNodes = 20_000
    private var nodes = 0

    init(_ session: Z3Session) { z = session }

    // MARK: Values

    mutating func number(ofText text: String) -> Int {
        if let number = texts[text] { return number }
        let number = texts.count
        texts[text] = number
        textNames[number] = text
        return number
    }

    /// The number of a text that was numbered before; one that no text has otherwise.
    func knownNumber(ofText text: String) -> Int { texts[text] ?? -1 }

    func value(_ core: SymbolicValue.Core) -> SymbolicValue {
        SymbolicValue(core: core, isNull: z.no, fails: z.no)
    }

    var null: SymbolicValue { SymbolicValue(core: .none, isNull: z.yes, fails: z.no) }
    private var failure: SymbolicValue { SymbolicValue(core: .none, isNull: z.no, fails: z.yes) }

    /// Nothing is known of the value, not even whether it can be found.
    private var open: SymbolicValue {
        SymbolicValue(core: .unknown, isNull: z.freshTruth(), fails: z.freshTruth())
    }

    /// A truth that may be found or not, and turn out either way.
    private var openTruth: SymbolicValue {
        SymbolicValue(core: .truth(z.freshTruth()), isNull: z.no, fails: z.freshTruth())
    }

    /// Whether the condition holds: it is found, and true.
    func holds(_ value: SymbolicValue) -> Z3Term {
        switch value.core {
        case .truth(let term): z.and([z.not(value.fails), z.not(value.isNull), term])
        case .unknown: z.and([z.not(value.fails), z.not(value.isNull), z.freshTruth()])
        default: z.no
        }
    }

    // MARK: Conditions

    /// The value of an expression under these names. A name with no value fails.
    mutating func translate(
        _ node: ExpressionNode, named conditions: [String: Condition], _ lookUp: @escaping (String) -> SymbolicValue?
    ) -> SymbolicValue {
        self.lookUp = lookUp
        named = conditions
        nodes = 0
        return translate(node)
    }

    private mutating func translate(_ node: ExpressionNode) -> SymbolicValue {
        nodes += 1
        guard nodes < Self.maximumNodes else { return open }
        switch node.form {
        case .literal(let literal): return translate(literal)
        case .name(let name, let isAbsolute):
            if !isAbsolute, let local = bound.last(where: { $0.name == name }) { return local.value }
            return look(name)
        case .select(let target, let field): return select(field, of: translate(target))
        case .has(let target, let field):
            let target = translate(target)
            guard case .record(let fields) = target.core else { return failure }
            return SymbolicValue(
                core: .truth(z.truth(fields[field] != nil)), isNull: z.no, fails: z.or(target.fails, target.isNull))
        case .index(let target, let index):
            guard case .literal(.string(let field)) = index.form else { return open }
            return select(field, of: translate(target))
        case .list(let nodes):
            let entries = nodes.map { translate($0) }
            let list = SymbolicValue.List(
                entries: entries.map { SymbolicValue.List.Entry(isThere: z.yes, value: $0) },
                size: z.number(entries.count), hasMore: z.no)
            return SymbolicValue(core: .list(list), isNull: z.no, fails: z.or(entries.map(\.fails)))
        case .map: return open
        case .call(let name, let nodes): return call(name, nodes)
        case .method(let target, let name, let nodes): return call(name, [target] + nodes)
        case .unary(.not, let operand):
            let operand = translate(operand)
            guard case .truth(let term) = operand.core else { return open(unless: operand) }
            return SymbolicValue(core: .truth(z.not(term)), isNull: z.no, fails: z.or(operand.fails, operand.isNull))
        case .unary(.negate, let operand): return negated(translate(operand))
        case .binary(let sign, let left, let right): return binary(sign, translate(left), translate(right))
        case .and(let sides): return logical(sides.map { translate($0) }, decidedBy: false)
        case .or(let sides): return logical(sides.map { translate($0) }, decidedBy: true)
        case .conditional(let condition, let yes, let no):
            return conditional(translate(condition), translate(yes), translate(no))
        case .comprehension(let comprehension): return translate(comprehension)
        }
    }

    /// An open value that fails where the given one does, or is null and may not be.
    private func open(unless operand: SymbolicValue) -> SymbolicValue {
        if case .none = operand.core { return failure }
        return SymbolicValue(
            core: .unknown, isNull: z.no, fails: z.or([operand.fails, operand.isNull, z.freshTruth()]))
    }

    private mutating func look(_ name: String) -> SymbolicValue {
        if let value = lookUp(name) { return value }
        guard let condition = named[name], depth < Self.maximumDepth else { return failure }
        depth += 1
        let hidden = bound
        bound = []
        defer {
            bound = hidden
            depth -= 1
        }
        return translate(condition.root)
    }

    private mutating func translate(_ literal: ExpressionValue) -> SymbolicValue {
        switch literal {
        case .null: return null
        case .bool(let truth): return value(.truth(z.truth(truth)))
        case .int(let number): return value(.number(z.number(Int(number))))
        case .double(let number): return number.isFinite ? value(.real(z.real(Self.decimal(number)))) : open
        case .string(let text): return value(.text(z.number(number(ofText: text))))
        default: return open
        }
    }

    /// The shortest decimal that reads as this number, without an exponent.
    static func decimal(_ number: Double) -> String {
        let text = "\(number)"
        guard let mark = text.firstIndex(of: "e"), let power = Int(text[text.index(after: mark)...]) else {
            return text
        }
        let mantissa = text[..<mark]
        let isNegative = mantissa.hasPrefix("-")
        let parts = mantissa.drop { $0 == "-" }.split(separator: ".")
        let whole = parts.first.map(String.init) ?? "0"
        let fraction = parts.count > 1 ? String(parts[1]) : ""
        let digits = whole + fraction
        let point = whole.count + power
        let plain: String
        if point <= 0 {
            plain = "0." + String(repeating: "0", count: -point) + digits
        } else if point >= digits.count {
            plain = digits + String(repeating: "0", count: point - digits.count)
        } else {
            plain = String(digits.prefix(point)) + "." + String(digits.dropFirst(point))
        }
        return (isNegative ? "-" : "") + plain
    }

    private func select(_ field: String, of target: SymbolicValue) -> SymbolicValue {
        switch target.core {
        case .record(let fields):
            guard var found = fields[field] else { return failure }
            found.fails = z.or([found.fails, target.fails, target.isNull])
            return found
        case .unknown: return open
        default: return failure
        }
    }

    // MARK: Truths

    /// A failing side does not matter when another side decides.
    private func logical(_ sides: [SymbolicValue], decidedBy decisive: Bool) -> SymbolicValue {
        var decides: [Z3Term] = []
        var fails: [Z3Term] = []
        for side in sides {
            switch side.core {
            case .truth(let term):
                let failing = z.or(side.fails, side.isNull)
                decides.append(z.and(z.not(failing), decisive ? term : z.not(term)))
                fails.append(failing)
            case .unknown:
                let failing = z.freshTruth()
                decides.append(z.and(z.not(failing), z.freshTruth()))
                fails.append(failing)
            default: fails.append(z.yes)
            }
        }
        let decided = z.or(decides)
        return SymbolicValue(
            core: .truth(decisive ? decided : z.not(decided)), isNull: z.no,
            fails: z.and(z.not(decided), z.or(fails)))
    }

    private func conditional(
        _ condition: SymbolicValue, _ first: SymbolicValue, _ second: SymbolicValue
    ) -> SymbolicValue {
        guard case .truth(let term) = condition.core, let core = chosen(term, first.core, second.core) else {
            return open
        }
        return SymbolicValue(
            core: core, isNull: z.choose(term, first.isNull, second.isNull),
            fails: z.or([condition.fails, condition.isNull, z.choose(term, first.fails, second.fails)]))
    }

    private func chosen(
        _ condition: Z3Term, _ first: SymbolicValue.Core, _ second: SymbolicValue.Core
    ) -> SymbolicValue.Core? {
        switch (first, second) {
        case (.none, _): second
        case (_, .none): first
        case (.truth(let one), .truth(let two)): .truth(z.choose(condition, one, two))
        case (.number(let one), .number(let two)): .number(z.choose(condition, one, two))
        case (.real(let one), .real(let two)): .real(z.choose(condition, one, two))
        case (.text(let one), .text(let two)): .text(z.choose(condition, one, two))
        case (.time(let one, let unit), .time(let two, let other)) where unit == other:
            .time(z.choose(condition, one, two), unit)
        default: nil
        }
    }

    // MARK: Comparisons

    private func binary(
        _ sign: ExpressionNode.BinaryOperator, _ left: SymbolicValue, _ right: SymbolicValue
    ) -> SymbolicValue {
        let fails = z.or(left.fails, right.fails)
        switch sign {
        case .equal: return SymbolicValue(core: .truth(equal(left, right)), isNull: z.no, fails: fails)
        case .notEqual: return SymbolicValue(core: .truth(z.not(equal(left, right))), isNull: z.no, fails: fails)
        case .within: return within(left, right)
        case .less: return ordered(left, right, fails, z.less)
        case .lessOrEqual: return ordered(left, right, fails, z.atMost)
        case .greater: return ordered(right, left, fails, z.less)
        case .greaterOrEqual: return ordered(right, left, fails, z.atMost)
        case .add, .subtract, .multiply, .divide, .remainder: return arithmetic(sign, left, right)
        }
    }

    /// CEL equality: never fails by itself, null equals null alone, values of other types are not equal.
    private func equal(_ left: SymbolicValue, _ right: SymbolicValue) -> Z3Term {
        let bothNull = z.and(left.isNull, right.isNull)
        let neither = z.and(z.not(left.isNull), z.not(right.isNull))
        return z.or(bothNull, z.and(neither, equalCores(left.core, right.core)))
    }

    private func equalCores(_ left: SymbolicValue.Core, _ right: SymbolicValue.Core) -> Z3Term {
        switch (left, right) {
        case (.none, _), (_, .none): return z.no
        case (.unknown, _), (_, .unknown), (.list, .list), (.record, .record): return z.freshTruth()
        case (.truth(let one), .truth(let two)), (.text(let one), .text(let two)): return z.equal(one, two)
        default:
            guard let (one, two) = aligned(left, right) else { return z.no }
            return z.equal(one, two)
        }
    }

    /// Two numbers, times or durations in one unit.
    private func aligned(_ left: SymbolicValue.Core, _ right: SymbolicValue.Core) -> (Z3Term, Z3Term)? {
        switch (left, right) {
        case (.number(let one), .number(let two)), (.real(let one), .real(let two)): (one, two)
        case (.number(let one), .real(let two)): (z.asReal(one), two)
        case (.real(let one), .number(let two)): (one, z.asReal(two))
        case (.time(let one, let unit), .time(let two, let other)),
            (.duration(let one, let unit), .duration(let two, let other)):
            unit == other ? (one, two) : (seconds(one, unit), seconds(two, other))
        default: nil
        }
    }

    private func seconds(_ term: Z3Term, _ unit: SymbolicValue.Unit) -> Z3Term {
        unit == .seconds ? term : z.product(z.number(86_400), term)
    }

    private func ordered(
        _ left: SymbolicValue, _ right: SymbolicValue, _ fails: Z3Term, _ compare: (Z3Term, Z3Term) -> Z3Term
    ) -> SymbolicValue {
        let failing = z.or([fails, left.isNull, right.isNull])
        switch (left.core, right.core) {
        case (.none, _), (_, .none): return failure
        default: break
        }
        guard let (one, two) = aligned(left.core, right.core) else {
            return SymbolicValue(core: .truth(z.freshTruth()), isNull: z.no, fails: z.or(failing, z.freshTruth()))
        }
        return SymbolicValue(core: .truth(compare(one, two)), isNull: z.no, fails: failing)
    }

    private func within(_ element: SymbolicValue, _ container: SymbolicValue) -> SymbolicValue {
        guard case .list(let list) = container.core else {
            if case .none = container.core { return failure }
            return openTruth
        }
        let found = list.entries.map { z.and($0.isThere, equal($0.value, element)) }
        let beyond = list.hasMore == z.no ? z.no : z.and(list.hasMore, z.freshTruth())
        return SymbolicValue(
            core: .truth(z.or(found + [beyond])), isNull: z.no,
            fails: z.or([element.fails, container.fails, container.isNull]))
    }

    // MARK: Arithmetic

    private func negated(_ operand: SymbolicValue) -> SymbolicValue {
        switch operand.core {
        case .number(let term):
            SymbolicValue(
                core: .number(z.difference(z.number(0), term)), isNull: z.no, fails: z.or(operand.fails, operand.isNull)
            )
        case .real(let term):
            SymbolicValue(
                core: .real(z.difference(z.real("0"), term)), isNull: z.no, fails: z.or(operand.fails, operand.isNull))
        default: open(unless: operand)
        }
    }

    /// Exact for whole numbers, times and durations. Doubles are rounded, so a sum of them is left open.
    private func arithmetic(
        _ sign: ExpressionNode.BinaryOperator, _ left: SymbolicValue, _ right: SymbolicValue
    ) -> SymbolicValue {
        let fails = z.or([left.fails, right.fails, left.isNull, right.isNull])
        switch (sign, left.core, right.core) {
        case (_, .none, _), (_, _, .none): return failure
        case (.add, .number(let one), .number(let two)): return result(.number(z.sum([one, two])), fails)
        case (.subtract, .number(let one), .number(let two)): return result(.number(z.difference(one, two)), fails)
        case (_, .number, .number): return result(.number(z.freshNumber()), z.or(fails, z.freshTruth()))
        case (_, .real, .real): return result(.real(z.freshReal()), fails)
        case (.add, .time(let one, .days), .duration(let two, .days)),
            (.add, .duration(let two, .days), .time(let one, .days)):
            return day(z.sum([one, two]), fails)
        case (.subtract, .time(let one, .days), .duration(let two, .days)): return day(z.difference(one, two), fails)
        case (.subtract, .time(let one, .days), .time(let two, .days)):
            return length(z.difference(one, two), fails)
        default: return open
        }
    }

    private func result(_ core: SymbolicValue.Core, _ fails: Z3Term) -> SymbolicValue {
        SymbolicValue(core: core, isNull: z.no, fails: fails)
    }

    /// A computed day; out of the years 1 to 9999 it fails.
    private func day(_ term: Z3Term, _ fails: Z3Term) -> SymbolicValue {
        let isOut = z.or(z.less(term, z.number(Self.days.lowerBound)), z.less(z.number(Self.days.upperBound), term))
        return result(.time(term, .days), z.or(fails, isOut))
    }

    /// A computed length in days; one that CEL's durations cannot hold fails.
    private func length(_ term: Z3Term, _ fails: Z3Term) -> SymbolicValue {
        let limit = Self.longest
        let isOut = z.or(z.less(term, z.number(-limit)), z.less(z.number(limit), term))
        return result(.duration(term, .days), z.or(fails, isOut))
    }

    /// Days since 1970 of the years 1 to 9999.
    static let days = -719_162...2_932_896
    /// Whole days in the longest duration.
    private static let longest = 106_751

    // MARK: Functions

    private mutating func call(_ name: String, _ nodes: [ExpressionNode]) -> SymbolicValue {
        if name == "date", nodes.count == 1, case .literal(.string(let text)) = nodes[0].form {
            return CalendarDate(text).map { value(.time(z.number($0.daysSince1970), .days)) } ?? failure
        }
        let values = nodes.map { translate($0) }
        guard let first = values.first else { return open }
        let fails = z.or(values.flatMap { [$0.fails, $0.isNull] })
        if values.contains(where: { if case .none = $0.core { true } else { false } }) { return failure }
        switch (name, first.core) {
        case ("size", .list(let list)): return result(.number(list.size), fails)
        case ("size", .text): return result(.number(atLeastNothing()), fails)
        case ("days", .number(let count)): return length(count, fails)
        case ("plusDays", .time(let time, .days)):
            guard values.count == 2, case .number(let count) = values[1].core else { return open }
            return day(z.sum([time, count]), fails)
        case ("plusMonths", .time(let time, .days)), ("plusYears", .time(let time, .days)):
            guard nodes.count == 2, let count = Self.integer(nodes[1]), (-2400...2400).contains(count) else {
                return open
            }
            // 200 years from either end of the calendar nothing is out of range.
            let isNear = z.and(z.atMost(z.number(-640_000), time), z.atMost(time, z.number(2_850_000)))
            let later = shifted(time, by: name == "plusYears" ? count * 12 : count)
            return result(.time(later, .days), z.or(fails, z.and(z.not(isNear), z.freshTruth())))
        case ("ageOf", .text(let text)):
            guard values.count == 2, case .time(let day, _) = values[1].core else { return open }
            var age = age(of: text, on: day)
            age.fails = z.or(age.fails, fails)
            return age
        case ("getFullYear", .time(let day, .days)) where values.count == 1:
            return result(.number(year(of: day)), fails)
        case ("double", .number(let term)): return result(.real(z.asReal(term)), fails)
        case ("contains", .text), ("startsWith", .text), ("endsWith", .text), ("matches", .text):
            return result(.truth(z.freshTruth()), z.or(fails, z.freshTruth()))
        default: return open
        }
    }

    private static func integer(_ node: ExpressionNode) -> Int? {
        switch node.form {
        case .literal(.int(let number)): Int(exactly: number)
        case .unary(.negate, let operand): integer(operand).map { -$0 }
        default: nil
        }
    }

    private mutating func atLeastNothing() -> Z3Term {
        let term = z.freshNumber()
        facts.append(z.atMost(z.number(0), term))
        return term
    }

    /// A day some months later: not computed, but held between the shortest and the longest run of so many months, and
    /// in the order of the days it starts from.
    private mutating func shifted(_ day: Z3Term, by months: Int) -> Z3Term {
        if let known = shifts.first(where: { $0.day == day && $0.months == months }) { return known.result }
        let result = z.freshNumber()
        let (few, many) = Self.daysIn(months: abs(months))
        let (least, most) = months < 0 ? (-many, -few) : (few, many)
        facts.append(z.atMost(z.sum([day, z.number(least)]), result))
        facts.append(z.atMost(result, z.sum([day, z.number(most)])))
        for other in shifts where other.months == months {
            facts.append(z.implies(z.atMost(day, other.day), z.atMost(result, other.result)))
            facts.append(z.implies(z.atMost(other.day, day), z.atMost(other.result, result)))
        }
        shifts.append(Shift(day: day, months: months, result: result))
        return result
    }

    /// Bounds on the days that so many months on the calendar take, end of month and leap years included.
    private static func daysIn(months: Int) -> (few: Int, many: Int) {
        let (years, rest) = (months / 12, months % 12)
        return (years * 1461 / 4 - 1 + rest * 28 - (years == 0 ? -1 : 1), years * 1461 / 4 + 2 + rest * 31)
    }

    /// The full years of the person with this citizen number: any that a person can have.
    private mutating func age(of text: Z3Term, on day: Z3Term) -> SymbolicValue {
        let pair = Pair(first: text, second: day)
        if let known = ages[pair] { return known }
        let years = z.freshNumber()
        facts.append(z.and(z.atMost(z.number(0), years), z.atMost(years, z.number(10_000))))
        let value = SymbolicValue(core: .number(years), isNull: z.no, fails: z.freshTruth())
        ages[pair] = value
        return value
    }

    /// The calendar year of a day. Exact from 1901 to 2099, where every fourth year is a leap year; open elsewhere.
    mutating func year(of day: Z3Term) -> Z3Term {
        let year = z.freshNumber()
        let isNear = z.and(z.atMost(z.number(-25_202), day), z.less(day, z.number(47_482)))
        let isYear = z.and([
            z.atMost(z.number(1901), year), z.atMost(year, z.number(2099)),
            z.atMost(firstDay(of: year), day), z.less(day, firstDay(of: z.sum([year, z.number(1)]))),
        ])
        facts.append(z.implies(isNear, isYear))
        return year
    }

    private func firstDay(of year: Z3Term) -> Z3Term {
        z.sum([
            z.product(z.number(365), z.difference(year, z.number(1970))),
            z.quotient(z.difference(year, z.number(1969)), by: 4),
        ])
    }

    // MARK: Macros

    private mutating func translate(_ macro: ExpressionNode.Comprehension) -> SymbolicValue {
        let range = translate(macro.range)
        guard macro.variables.count == 1, case .list(let list) = range.core else {
            if case .none = range.core { return failure }
            return open
        }
        let fails = z.or(range.fails, range.isNull)
        var predicates: [SymbolicValue] = []
        for entry in list.entries {
            bound.append((macro.variables[0], entry.value))
            predicates.append(macro.predicate.map { translate($0) } ?? value(.truth(z.yes)))
            bound.removeLast()
        }
        let found = predicates.map(truthAndFailure)
        let entries = zip(list.entries, found)
        switch macro.macro {
        case .exists, .all:
            let isExists = macro.macro == .exists
            let beyond = list.hasMore == z.no ? z.no : z.and(list.hasMore, z.freshTruth())
            let decided = z.or(
                entries.map { z.and([$0.isThere, z.not($1.fails), isExists ? $1.truth : z.not($1.truth)]) } + [beyond])
            let beyondFails = list.hasMore == z.no ? z.no : z.and(list.hasMore, z.freshTruth())
            let failing = z.or(entries.map { z.and($0.isThere, $1.fails) } + [beyondFails])
            return SymbolicValue(
                core: .truth(isExists ? decided : z.not(decided)), isNull: z.no,
                fails: z.or(fails, z.and(z.not(decided), failing)))
        case .filter:
            let kept = entries.map {
                SymbolicValue.List.Entry(isThere: z.and($0.isThere, $1.truth), value: $0.value)
            }
            let failing = z.or(entries.map { z.and($0.isThere, $1.fails) })
            var size = z.sum([z.number(0)] + kept.map { z.choose($0.isThere, z.number(1), z.number(0)) })
            var mayFail = z.no
            if list.hasMore != z.no {
                let more = atLeastNothing()
                facts.append(z.or(list.hasMore, z.equal(more, z.number(0))))
                size = z.sum([size, more])
                mayFail = z.and(list.hasMore, z.freshTruth())
            }
            return SymbolicValue(
                core: .list(SymbolicValue.List(entries: kept, size: size, hasMore: list.hasMore)), isNull: z.no,
                fails: z.or([fails, failing, mayFail]))
        case .existsOne, .map, .transformMap: return open
        }
    }

    private func truthAndFailure(_ value: SymbolicValue) -> (truth: Z3Term, fails: Z3Term) {
        switch value.core {
        case .truth(let term): (term, z.or(value.fails, value.isNull))
        case .unknown: (z.freshTruth(), z.freshTruth())
        default: (z.no, z.yes)
        }
    }
}
