/// Says in words when a simple condition holds, for lists of what is needed.

struct ConditionWords {
    let matter: Matter

    /// `场所是怎么来的：租赁`; nil for a condition that is not made of chosen answers.
    func words(for condition: Condition) -> Localized? { words(for: condition.root, depth: 0) }

    private static let maximumDepth = 8

    private func words(for node: ExpressionNode, depth: Int) -> Localized? {
        guard depth < Self.maximumDepth else { return nil }
        switch node.form {
        case .name("agent", _): return Localized(zh: "由别人代办时", en: "When someone acts for the applicant")
        case .name(let name, _):
            if let field = matter.field(name) { return flag(field, true) }
            return matter.conditions[name].flatMap { words(for: $0.root, depth: depth + 1) }
        case .unary(.not, let operand):
            guard case .name(let name, _) = operand.form, let field = matter.field(name) else { return nil }
            return flag(field, false)
        case .binary(.equal, let left, let right):
            return choice(left, [right]) ?? choice(right, [left])
        case .binary(.within, let left, let right):
            if case .list(let options) = right.form { return choice(left, options) }
            return choice(right, [left])
        case .or(let sides): return joined(sides, Localized(zh: "；或者", en: "; or "), depth)
        case .and(let sides): return joined(sides, Localized(zh: "，并且", en: ", and "), depth)
        default: return nil
        }
    }

    private func joined(_ sides: [ExpressionNode], _ separator: Localized, _ depth: Int) -> Localized? {
        let parts = sides.compactMap { words(for: $0, depth: depth + 1) }
        guard parts.count == sides.count else { return nil }
        return Localized(
            zh: parts.map(\.zh).joined(separator: separator.zh), en: parts.map(\.en).joined(separator: separator.en))
    }

    private func flag(_ field: Field, _ value: Bool) -> Localized? {
        guard case .flag = field.kind else { return nil }
        return named(field, Localized(zh: value ? "是" : "否", en: value ? "Yes" : "No"))
    }

    /// A choice, or one of several: `KEY == "a"`, `KEY in ["a", "b"]`, `"a" in KEY`.
    private func choice(_ node: ExpressionNode, _ literals: [ExpressionNode]) -> Localized? {
        guard case .name(let name, _) = node.form, let field = matter.field(name) else { return nil }
        let options: [Field.Option]
        switch field.kind {
        case .choice(let all), .multi(let all): options = all
        default: return nil
        }
        let labels = literals.compactMap { literal -> Localized? in
            guard case .literal(.string(let key)) = literal.form else { return nil }
            return options.first { $0.key == key }?.label
        }
        guard labels.count == literals.count, !labels.isEmpty else { return nil }
        return named(
            field,
            Localized(
                zh: labels.map(\.zh).joined(separator: "、"), en: labels.map(\.en).joined(separator: ", ")))
    }

    private func named(_ field: Field, _ value: Localized) -> Localized {
        Localized(zh: "\(field.label.zh)：\(value.zh)", en: "\(field.label.en): \(value.en)")
    }
}
