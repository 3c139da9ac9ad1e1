/// Evaluates a parsed expression: total, without side effects, within a budget of steps.

struct ExpressionEvaluator {
    static let stepLimit = 50_000

    /// The value of a name; nil when there is none.
    let lookUp: (String) -> ExpressionValue?
    private var locals: [(name: String, value: ExpressionValue)] = []
    private var steps = 0

    init(lookUp: @escaping (String) -> ExpressionValue?) {
        self.lookUp = lookUp
    }

    mutating func evaluate(_ node: ExpressionNode) throws(ExpressionError) -> ExpressionValue {
        try charge(1, at: node.offset)
        switch node.form {
        case .literal(let value):
            return value
        case .name(let name):
            if let local = locals.last(where: { $0.name == name }) { return local.value }
            guard let value = lookUp(name) else {
                throw ExpressionError(.unknownName, "no field or fact is named “\(name)”", at: node.offset)
            }
            return value
        case .select(let target, let field):
            guard case .map(let entries) = try evaluate(target) else {
                throw ExpressionError(.noSuchOverload, "“.\(field)” needs a record", at: node.offset)
            }
            guard let value = entries[field] else {
                throw ExpressionError(.noSuchKey, "the record has no “\(field)”", at: node.offset)
            }
            return value
        case .has(let target, let field):
            guard case .map(let entries) = try evaluate(target) else {
                throw ExpressionError(.noSuchOverload, "has() needs a record", at: node.offset)
            }
            return .bool(entries[field] != nil && entries[field] != .null)
        case .index(let target, let index):
            return try element(of: try evaluate(target), at: try evaluate(index), offset: node.offset)
        case .list(let elements):
            var values: [ExpressionValue] = []
            for element in elements { values.append(try evaluate(element)) }
            return .list(values)
        case .call(let name, let arguments):
            guard name == "size", arguments.count == 1 else { throw noFunction(name, at: node.offset) }
            return try size(of: try evaluate(arguments[0]), at: node.offset)
        case .method(let target, let name, let arguments):
            return try method(name, on: try evaluate(target), arguments, at: node.offset)
        case .unary(let sign, let operand):
            return try unary(sign, try evaluate(operand), at: node.offset)
        case .binary("&&", let left, let right):
            return try logical(left, right, decidedBy: false, at: node.offset)
        case .binary("||", let left, let right):
            return try logical(left, right, decidedBy: true, at: node.offset)
        case .binary(let sign, let left, let right):
            return try binary(sign, try evaluate(left), try evaluate(right), at: node.offset)
        case .conditional(let condition, let yes, let no):
            guard case .bool(let holds) = try evaluate(condition) else {
                throw ExpressionError(.noSuchOverload, "the part before “?” must be true or false", at: node.offset)
            }
            return try evaluate(holds ? yes : no)
        case .comprehension(let macro, let over, let variable, let body):
            return try comprehension(macro, try evaluate(over), variable, body, at: node.offset)
        }
    }

    /// Counts what is touched as steps, so that texts and lists that grow by doubling end at the budget too.
    private mutating func charge(_ count: Int, at offset: Int) throws(ExpressionError) {
        steps += count
        guard steps <= Self.stepLimit else {
            throw ExpressionError(.costLimit, "the condition takes too many steps", at: offset)
        }
    }

    /// A text is walked at less than the price of one step a byte.
    private mutating func charge(_ text: String, at offset: Int) throws(ExpressionError) {
        try charge(text.utf8.count / 16, at: offset)
    }

    /// `&&` and `||` of CEL: an error on one side does not matter when the other side decides.
    private mutating func logical(
        _ left: ExpressionNode, _ right: ExpressionNode, decidedBy decisive: Bool, at offset: Int
    ) throws(ExpressionError) -> ExpressionValue {
        var failure: ExpressionError?
        for side in [left, right] {
            do throws(ExpressionError) {
                guard case .bool(let value) = try evaluate(side) else {
                    throw ExpressionError(.noSuchOverload, "both sides must be true or false", at: offset)
                }
                if value == decisive { return .bool(decisive) }
            } catch {
                if error.code == .costLimit { throw error }
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return .bool(!decisive)
    }

    private func element(
        of target: ExpressionValue, at index: ExpressionValue, offset: Int
    ) throws(ExpressionError) -> ExpressionValue {
        switch (target, index) {
        case (.list(let elements), .int(let position)):
            guard position >= 0, position < Int64(elements.count) else {
                throw ExpressionError(.indexOutOfRange, "the list has no entry \(position)", at: offset)
            }
            return elements[Int(position)]
        case (.map(let entries), .string(let key)):
            guard let value = entries[key] else {
                throw ExpressionError(.noSuchKey, "the record has no such entry", at: offset)
            }
            return value
        default:
            throw ExpressionError(
                .noSuchOverload, "\(target.typeName) cannot be indexed by \(index.typeName)", at: offset)
        }
    }

    private mutating func size(of value: ExpressionValue, at offset: Int) throws(ExpressionError) -> ExpressionValue {
        switch value {
        case .string(let text):
            try charge(text, at: offset)
            return .int(Int64(text.unicodeScalars.count))
        case .list(let elements): return .int(Int64(elements.count))
        case .map(let entries): return .int(Int64(entries.count))
        default: throw ExpressionError(.noSuchOverload, "\(value.typeName) has no size", at: offset)
        }
    }

    private mutating func method(
        _ name: String, on target: ExpressionValue, _ arguments: [ExpressionNode], at offset: Int
    ) throws(ExpressionError) -> ExpressionValue {
        if name == "size", arguments.isEmpty { return try size(of: target, at: offset) }
        guard ["startsWith", "endsWith", "contains"].contains(name), arguments.count == 1 else {
            throw noFunction(name, at: offset)
        }
        guard case .string(let text) = target, case .string(let part) = try evaluate(arguments[0]) else {
            throw ExpressionError(.noSuchOverload, "“\(name)” needs a text on both sides", at: offset)
        }
        try charge(text, at: offset)
        try charge(part, at: offset)
        // Scalars, not graphemes: CEL strings are sequences of code points.
        let scalars = Array(text.unicodeScalars)
        let wanted = Array(part.unicodeScalars)
        switch name {
        case "startsWith": return .bool(scalars.starts(with: wanted))
        case "endsWith": return .bool(scalars.suffix(wanted.count) == wanted[...])
        default:
            guard wanted.count <= scalars.count else { return .bool(false) }
            for start in 0...(scalars.count - wanted.count) {
                try charge(wanted.count, at: offset)
                if scalars[start...].starts(with: wanted) { return .bool(true) }
            }
            return .bool(false)
        }
    }

    private func unary(
        _ sign: String, _ operand: ExpressionValue, at offset: Int
    ) throws(ExpressionError) -> ExpressionValue {
        switch (sign, operand) {
        case ("!", .bool(let value)): return .bool(!value)
        case ("-", .double(let value)): return .double(-value)
        case ("-", .int(let value)):
            let (result, overflow) = Int64(0).subtractingReportingOverflow(value)
            if overflow { throw ExpressionError(.overflow, "the number is too large", at: offset) }
            return .int(result)
        default:
            throw ExpressionError(.noSuchOverload, "“\(sign)” does not go with \(operand.typeName)", at: offset)
        }
    }

    /// Equality of `ExpressionValue`, an entry a step: lists that share their entries can be far larger than they are.
    private mutating func equal(
        _ left: ExpressionValue, _ right: ExpressionValue, at offset: Int
    ) throws(ExpressionError) -> Bool {
        try charge(1, at: offset)
        switch (left, right) {
        case (.list(let first), .list(let second)):
            guard first.count == second.count else { return false }
            for (one, two) in zip(first, second) {
                guard try equal(one, two, at: offset) else { return false }
            }
            return true
        case (.map(let first), .map(let second)):
            guard first.count == second.count else { return false }
            for (key, one) in first {
                guard let two = second[key], try equal(one, two, at: offset) else { return false }
            }
            return true
        case (.string(let first), .string(let second)):
            try charge(first, at: offset)
            try charge(second, at: offset)
            return left.equals(right)
        default: return left.equals(right)
        }
    }

    private mutating func binary(
        _ sign: String, _ left: ExpressionValue, _ right: ExpressionValue, at offset: Int
    ) throws(ExpressionError) -> ExpressionValue {
        switch sign {
        case "==": return .bool(try equal(left, right, at: offset))
        case "!=": return .bool(!(try equal(left, right, at: offset)))
        case "in":
            switch (left, right) {
            case (_, .list(let elements)):
                for element in elements {
                    if try equal(element, left, at: offset) { return .bool(true) }
                }
                return .bool(false)
            case (.string(let key), .map(let entries)): return .bool(entries[key] != nil)
            default: break
            }
        case "<", "<=", ">", ">=":
            if case (.string(let first), .string(let second)) = (left, right) {
                try charge(first, at: offset)
                try charge(second, at: offset)
            }
            if let order = ordering(left, right) {
                switch sign {
                case "<": return .bool(order < 0)
                case "<=": return .bool(order <= 0)
                case ">": return .bool(order > 0)
                default: return .bool(order >= 0)
                }
            }
        case "+":
            switch (left, right) {
            case (.string(let first), .string(let second)):
                try charge(first.utf8.count + second.utf8.count, at: offset)
                return .string(first + second)
            case (.list(let first), .list(let second)):
                try charge(first.count + second.count, at: offset)
                return .list(first + second)
            default: return try arithmetic(sign, left, right, at: offset)
            }
        default:
            return try arithmetic(sign, left, right, at: offset)
        }
        throw ExpressionError(
            .noSuchOverload, "“\(sign)” does not go between \(left.typeName) and \(right.typeName)", at: offset)
    }

    private func ordering(_ left: ExpressionValue, _ right: ExpressionValue) -> Int? {
        func compare<T: Comparable>(_ first: T, _ second: T) -> Int { first < second ? -1 : first > second ? 1 : 0 }
        switch (left, right) {
        case (.int(let first), .int(let second)): return compare(first, second)
        case (.double(let first), .double(let second)):
            return first.isNaN || second.isNaN ? nil : compare(first, second)
        case (.int(let first), .double(let second)): return second.isNaN ? nil : compare(Double(first), second)
        case (.double(let first), .int(let second)): return first.isNaN ? nil : compare(first, Double(second))
        case (.string(let first), .string(let second)):
            let one = Array(first.unicodeScalars.map(\.value))
            let two = Array(second.unicodeScalars.map(\.value))
            return one == two ? 0 : one.lexicographicallyPrecedes(two) ? -1 : 1
        case (.bool(let first), .bool(let second)): return compare(first ? 1 : 0, second ? 1 : 0)
        default: return nil
        }
    }

    private func arithmetic(
        _ sign: String, _ left: ExpressionValue, _ right: ExpressionValue, at offset: Int
    ) throws(ExpressionError) -> ExpressionValue {
        switch (left, right) {
        case (.int(let first), .int(let second)):
            if sign == "/" || sign == "%", second == 0 {
                throw ExpressionError(.divisionByZero, "division by zero", at: offset)
            }
            let (result, overflow) =
                switch sign {
                case "+": first.addingReportingOverflow(second)
                case "-": first.subtractingReportingOverflow(second)
                case "*": first.multipliedReportingOverflow(by: second)
                case "/": first.dividedReportingOverflow(by: second)
                default: first.remainderReportingOverflow(dividingBy: second)
                }
            if overflow { throw ExpressionError(.overflow, "the number is too large", at: offset) }
            return .int(result)
        case (.double(let first), .double(let second)):
            switch sign {
            case "+": return .double(first + second)
            case "-": return .double(first - second)
            case "*": return .double(first * second)
            case "/": return .double(first / second)
            default: break
            }
        default: break
        }
        throw ExpressionError(
            .noSuchOverload, "“\(sign)” does not go between \(left.typeName) and \(right.typeName)", at: offset)
    }

    private mutating func comprehension(
        _ macro: String, _ over: ExpressionValue, _ variable: String, _ body: ExpressionNode, at offset: Int
    ) throws(ExpressionError) -> ExpressionValue {
        guard case .list(let elements) = over else {
            throw ExpressionError(.noSuchOverload, "“\(macro)” needs a list", at: offset)
        }
        var results: [ExpressionValue] = []
        var failure: ExpressionError?
        for element in elements {
            locals.append((variable, element))
            defer { locals.removeLast() }
            do throws(ExpressionError) {
                let value = try evaluate(body)
                if macro == "map" {
                    results.append(value)
                    continue
                }
                guard case .bool(let holds) = value else {
                    throw ExpressionError(.noSuchOverload, "“\(macro)” needs true or false", at: offset)
                }
                if macro == "all", !holds { return .bool(false) }
                if macro == "exists", holds { return .bool(true) }
                if holds { results.append(element) }
            } catch {
                if macro != "all" && macro != "exists" || error.code == .costLimit { throw error }
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        switch macro {
        case "all": return .bool(true)
        case "exists": return .bool(false)
        case "exists_one": return .bool(results.count == 1)
        default: return .list(results)
        }
    }

    private func noFunction(_ name: String, at offset: Int) -> ExpressionError {
        ExpressionError(.noSuchOverload, "there is no function “\(name)” with these arguments", at: offset)
    }
}
