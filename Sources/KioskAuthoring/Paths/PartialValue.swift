/// What one known answer makes of a condition while everything else is unknown.

internal import KioskCore

struct PartialValue {
    enum Known {
        case choice(String)
        /// A multiple choice with this option ticked and no other.
        case only(String)
        case flag(Bool)
    }

    let field: String
    let known: Known
    let conditions: [String: Condition]

    private static let maximumDepth = 24

    /// Nil when it depends on other answers too.
    func value(of condition: Condition) -> Bool? { value(condition.root, 0) }

    private func value(_ node: ExpressionNode, _ depth: Int) -> Bool? {
        guard depth < Self.maximumDepth else { return nil }
        switch node.form {
        case .literal(.bool(let flag)): return flag
        case .name(let name, _):
            if name == field, case .flag(let flag) = known { return flag }
            return conditions[name].flatMap { value($0.root, depth + 1) }
        case .unary(.not, let inner): return value(inner, depth + 1).map { !$0 }
        case .and(let sides):
            let values = sides.map { value($0, depth + 1) }
            return values.contains(false) ? false : values.contains(nil) ? nil : true
        case .or(let sides):
            let values = sides.map { value($0, depth + 1) }
            return values.contains(true) ? true : values.contains(nil) ? nil : false
        case .binary(.equal, let left, let right): return equals(left, right)
        case .binary(.notEqual, let left, let right): return equals(left, right).map { !$0 }
        case .binary(.within, let left, let right): return isWithin(left, right)
        default: return nil
        }
    }

    private func isField(_ node: ExpressionNode) -> Bool {
        if case .name(let name, _) = node.form { name == field } else { false }
    }

    private func equals(_ left: ExpressionNode, _ right: ExpressionNode) -> Bool? {
        guard isField(left) || isField(right) else { return nil }
        switch (known, (isField(left) ? right : left).form) {
        case (.choice(let key), .literal(.string(let word))): return key == word
        case (.flag(let flag), .literal(.bool(let value))): return flag == value
        default: return nil
        }
    }

    private func isWithin(_ left: ExpressionNode, _ right: ExpressionNode) -> Bool? {
        if isField(left), case .choice(let key) = known, case .list(let nodes) = right.form {
            let words = nodes.compactMap { node -> String? in
                if case .literal(.string(let word)) = node.form { word } else { nil }
            }
            return words.count == nodes.count ? words.contains(key) : nil
        }
        guard isField(right), case .only(let key) = known, case .literal(.string(let word)) = left.form else {
            return nil
        }
        return word == key
    }
}
