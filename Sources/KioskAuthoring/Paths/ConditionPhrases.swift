/// Says in words, in both languages, when a condition holds.

public import KioskCore

/// Phrases for the conditions of one matter. What has no words is shown as it stands in the file.
public struct ConditionPhrases {
    private let matter: Matter
    private let facts: [Field]

    public init(_ matter: Matter) {
        self.matter = matter
        facts = matter.lookup?.register.facts ?? []
    }

    /// `经营形式是“家庭经营”` and `Form of business is “By a family”`.
    public func phrase(for condition: Condition) -> Localized {
        phrase(condition.root, Scope()) ?? Localized(zh: condition.source, en: condition.source)
    }

    private static let maximumDepth = 24

    /// The variables of macros around a node, with the fields of their list; and how deep named conditions went.
    private struct Scope {
        var lists: [String: [Field]] = [:]
        var depth = 0

        var deeper: Scope {
            var scope = self
            scope.depth += 1
            return scope
        }
    }

    // MARK: True or false

    private func phrase(_ node: ExpressionNode, _ scope: Scope) -> Localized? {
        guard scope.depth < Self.maximumDepth else { return nil }
        switch node.form {
        case .literal(.bool(true)): return text("总是", "always")
        case .literal(.bool(false)): return text("从不", "never")
        case .name(let name, _): return named(name, true, scope)
        case .select: return operand(node, scope).map { text("\($0.zh)：是", "\($0.en): yes") }
        case .unary(.not, let inner): return negated(inner, scope)
        case .and(let sides): return joined(sides, "，并且", ", and ", scope)
        case .or(let sides): return joined(sides, "，或者", ", or ", scope)
        case .binary(let sign, let left, let right): return comparison(sign, left, right, scope)
        case .comprehension(let comprehension): return comprehended(comprehension, scope)
        default: return nil
        }
    }

    private func named(_ name: String, _ value: Bool, _ scope: Scope) -> Localized? {
        switch name {
        case "agent":
            return value ? text("由别人代办", "someone acts for the applicant") : text("本人来办", "the applicant comes")
        case "hukou_local":
            return value
                ? text("身份证住址在哈尔滨", "the address on the card is in Harbin")
                : text("身份证住址不在哈尔滨", "the address on the card is not in Harbin")
        default: break
        }
        if let field = matter.field(name) {
            return text(
                "“\(field.label.zh)”\(value ? "选“是”" : "选“否”")", "“\(field.label.en)” is \(value ? "yes" : "no")")
        }
        guard let condition = matter.conditions[name] else { return nil }
        return value ? phrase(condition.root, scope.deeper) : negated(condition.root, scope.deeper)
    }

    private func negated(_ node: ExpressionNode, _ scope: Scope) -> Localized? {
        guard scope.depth < Self.maximumDepth else { return nil }
        switch node.form {
        case .name(let name, _): return named(name, false, scope)
        case .select: return operand(node, scope).map { text("\($0.zh)：否", "\($0.en): no") }
        case .unary(.not, let inner): return phrase(inner, scope.deeper)
        case .binary(.within, let left, let right): return within(left, right, isIn: false, scope)
        default: return phrase(node, scope.deeper).map { text("不是（\($0.zh)）", "not (\($0.en))") }
        }
    }

    private func joined(_ sides: [ExpressionNode], _ zh: String, _ en: String, _ scope: Scope) -> Localized? {
        let parts = sides.compactMap { side -> Localized? in
            guard let part = phrase(side, scope.deeper) else { return nil }
            switch side.form {
            case .or, .and: return text("（\(part.zh)）", "(\(part.en))")
            default: return part
            }
        }
        guard parts.count == sides.count else { return nil }
        return text(parts.map(\.zh).joined(separator: zh), parts.map(\.en).joined(separator: en))
    }

    private func comparison(
        _ sign: ExpressionNode.BinaryOperator, _ left: ExpressionNode, _ right: ExpressionNode, _ scope: Scope
    ) -> Localized? {
        if sign == .within { return within(left, right, isIn: true, scope) }
        if case .literal(.null) = right.form, let one = operand(left, scope) {
            return sign == .equal
                ? text("\(one.zh)没有填", "\(one.en) is not given") : text("\(one.zh)填了", "\(one.en) is given")
        }
        let words: Localized
        switch sign {
        case .equal: words = text("是", "is")
        case .notEqual: words = text("不是", "is not")
        case .less: words = isTime(left, right, scope) ? text("早于", "is before") : text("小于", "is less than")
        case .lessOrEqual: words = isTime(left, right, scope) ? text("不晚于", "is not after") : text("不超过", "is at most")
        case .greater: words = isTime(left, right, scope) ? text("晚于", "is after") : text("大于", "is more than")
        case .greaterOrEqual:
            words = isTime(left, right, scope) ? text("不早于", "is not before") : text("至少是", "is at least")
        case .within, .add, .subtract, .multiply, .divide, .remainder: return nil
        }
        let options = options(of: left, scope) ?? options(of: right, scope)
        guard let one = operand(left, scope, options), let two = operand(right, scope, options) else { return nil }
        return text("\(one.zh)\(words.zh)\(two.zh)", "\(one.en) \(words.en) \(two.en)")
    }

    /// `KEY in ["a", "b"]`, and `"a" in KEY` of a multiple choice.
    private func within(_ left: ExpressionNode, _ right: ExpressionNode, isIn: Bool, _ scope: Scope) -> Localized? {
        if case .list(let nodes) = right.form {
            guard let one = operand(left, scope) else { return nil }
            let options = options(of: left, scope)
            let parts = nodes.compactMap { operand($0, scope, options) }
            guard parts.count == nodes.count else { return nil }
            return text(
                "\(one.zh)\(isIn ? "是" : "不是")\(parts.map(\.zh).joined(separator: "或"))",
                "\(one.en) is \(isIn ? "" : "not ")\(parts.map(\.en).joined(separator: " or "))")
        }
        guard let list = operand(right, scope), let one = operand(left, scope, options(of: right, scope)) else {
            return nil
        }
        return text(
            "\(list.zh)\(isIn ? "选了" : "没选")\(one.zh)", "\(list.en) \(isIn ? "includes" : "does not include") \(one.en)"
        )
    }

    private func comprehended(_ comprehension: ExpressionNode.Comprehension, _ scope: Scope) -> Localized? {
        guard let list = operand(comprehension.range, scope), let variable = comprehension.variables.first,
            let predicate = comprehension.predicate
        else { return nil }
        var inner = scope.deeper
        if case .name(let name, _) = comprehension.range.form, case .records(let fields)? = matter.field(name)?.kind {
            inner.lists[variable] = fields
        }
        guard let part = phrase(predicate, inner) else { return nil }
        switch comprehension.macro {
        case .exists: return text("\(list.zh)里有一个\(part.zh)", "one of \(list.en): \(part.en)")
        case .existsOne: return text("\(list.zh)里只有一个\(part.zh)", "exactly one of \(list.en): \(part.en)")
        case .all: return text("\(list.zh)里每一个都\(part.zh)", "all of \(list.en): \(part.en)")
        case .map, .filter, .transformMap: return nil
        }
    }

    // MARK: Values

    /// The field or fact that a node names.
    private func field(_ node: ExpressionNode, _ scope: Scope) -> Field? {
        switch node.form {
        case .name(let name, _): return matter.field(name)
        case .select(let target, let key):
            guard case .name(let name, _) = target.form else { return nil }
            if name == "record" { return facts.first { $0.key == key } }
            return scope.lists[name]?.first { $0.key == key }
        default: return nil
        }
    }

    private func options(of node: ExpressionNode, _ scope: Scope) -> [Field.Option]? {
        switch field(node, scope)?.kind {
        case .choice(let options)?, .multi(let options)?: options
        default: nil
        }
    }

    private func isTime(_ left: ExpressionNode, _ right: ExpressionNode, _ scope: Scope) -> Bool {
        [left, right].contains { node in
            switch node.form {
            case .name("today", _), .name("birth_date", _), .call("date", _): return true
            case .method(let target, let name, _):
                return name.hasPrefix("plus") && name != "plus" || isTime(target, target, scope)
            default:
                switch field(node, scope)?.kind {
                case .date?, .month?, .dateTime?: return true
                default: return false
                }
            }
        }
    }

    private func operand(_ node: ExpressionNode, _ scope: Scope, _ options: [Field.Option]? = nil) -> Localized? {
        guard scope.depth < Self.maximumDepth else { return nil }
        if let field = field(node, scope) { return text("“\(field.label.zh)”", "“\(field.label.en)”") }
        switch node.form {
        case .literal(let value): return literal(value, options)
        case .name(let name, _): return fact(name) ?? (scope.lists[name] == nil ? nil : text("它", "it"))
        case .call(let name, let nodes): return call(name, nodes, scope)
        case .method(let target, let name, let nodes): return method(target, name, nodes, scope)
        case .unary(.negate, let inner): return operand(inner, scope.deeper).map { text("负\($0.zh)", "minus \($0.en)") }
        case .binary(let sign, let left, let right):
            let signs: [ExpressionNode.BinaryOperator: (String, String)] = [
                .add: ("加", "plus"), .subtract: ("减", "minus"), .multiply: ("乘", "times"),
                .divide: ("除以", "divided by"),
            ]
            guard let words = signs[sign], let one = operand(left, scope.deeper), let two = operand(right, scope.deeper)
            else { return nil }
            return text("\(one.zh)\(words.0)\(two.zh)", "\(one.en) \(words.1) \(two.en)")
        case .comprehension(let comprehension):
            guard comprehension.macro == .map, let list = operand(comprehension.range, scope.deeper) else { return nil }
            return list
        default: return nil
        }
    }

    private func literal(_ value: ExpressionValue, _ options: [Field.Option]?) -> Localized? {
        switch value {
        case .string(let word):
            let label = options?.first { $0.key == word }?.label ?? text(word, word)
            return text("“\(label.zh)”", "“\(label.en)”")
        case .int(let number): return text("\(number)", "\(number)")
        case .uint(let number): return text("\(number)", "\(number)")
        case .double(let number):
            let words = number == number.rounded() && abs(number) < 1e15 ? "\(Int64(number))" : "\(number)"
            return text(words, words)
        case .bool(let flag): return flag ? text("“是”", "yes") : text("“否”", "no")
        default: return nil
        }
    }

    private func fact(_ name: String) -> Localized? {
        switch name {
        case "age": text("年龄", "the applicant's age")
        case "birth_date": text("出生日期", "the date of birth")
        case "today": text("今天", "today")
        case "this_year": text("今年", "this year")
        default: nil
        }
    }

    private func call(_ name: String, _ nodes: [ExpressionNode], _ scope: Scope) -> Localized? {
        switch (name, nodes.count) {
        case ("size", 1): operand(nodes[0], scope.deeper).map { text("\($0.zh)的个数", "the number of \($0.en)") }
        case ("sum", 1): operand(nodes[0], scope.deeper).map { text("\($0.zh)的合计", "the sum of \($0.en)") }
        case ("date", 1):
            if case .literal(.string(let day)) = nodes[0].form { text(day, day) } else { nil }
        case ("days", 1): operand(nodes[0], scope.deeper).map { text("\($0.zh)天", "\($0.en) days") }
        case ("ageOf", 2): operand(nodes[0], scope.deeper).map { text("\($0.zh)的年龄", "the age by \($0.en)") }
        case ("double", 1), ("int", 1): operand(nodes[0], scope.deeper)
        default: nil
        }
    }

    private func method(
        _ target: ExpressionNode, _ name: String, _ nodes: [ExpressionNode], _ scope: Scope
    ) -> Localized? {
        guard let one = operand(target, scope.deeper) else { return nil }
        guard name != "size" else { return text("\(one.zh)的个数", "the number of \(one.en)") }
        let units = ["plusDays": ("天", "days"), "plusMonths": ("个月", "months"), "plusYears": ("年", "years")]
        guard let unit = units[name], let node = nodes.first else { return nil }
        if case .unary(.negate, let inner) = node.form, let count = operand(inner, scope.deeper) {
            return text("\(one.zh)之前\(count.zh)\(unit.0)", "\(count.en) \(unit.1) before \(one.en)")
        }
        guard let count = operand(node, scope.deeper) else { return nil }
        if count.zh.hasPrefix("-") {
            let number = count.zh.dropFirst()
            return text("\(one.zh)之前\(number)\(unit.0)", "\(number) \(unit.1) before \(one.en)")
        }
        return text("\(one.zh)之后\(count.zh)\(unit.0)", "\(count.en) \(unit.1) after \(one.en)")
    }

    private func text(_ zh: String, _ en: String) -> Localized { Localized(zh: zh, en: en) }
}
