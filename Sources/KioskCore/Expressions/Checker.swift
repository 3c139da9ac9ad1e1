/// Finds what an expression's types make impossible, before anything is evaluated.

/// A checked expression: each node has a type.
public struct TypedExpression: Sendable {
    public let root: ExpressionNode
    /// By `ExpressionNode.id`.
    private let types: [ExpressionType]

    fileprivate init(root: ExpressionNode, types: [ExpressionType]) {
        self.root = root
        self.types = types
    }

    /// The type of the whole.
    public var type: ExpressionType { type(of: root) }

    /// The type of a node of this expression.
    public func type(of node: ExpressionNode) -> ExpressionType {
        types.indices.contains(node.id) ? types[node.id] : .dynamic
    }
}

/// Everything that the check found.
public struct ExpressionCheckFailure: Error, Hashable, Sendable {
    public struct Finding: Hashable, Sendable, CustomStringConvertible {
        /// UTF-8 offset in the source.
        public let offset: Int
        public let message: String
        /// What to do about it, when that can be said.
        public let hint: String?

        public var description: String {
            "\(message) (at character \(offset + 1)\(hint.map { "; \($0)" } ?? ""))"
        }
    }

    /// In the order of the source's evaluation; never empty.
    public let findings: [Finding]
}

public struct ExpressionChecker {
    private let environment: ExpressionEnvironment
    private var types: [ExpressionType] = []
    private var findings: [ExpressionCheckFailure.Finding] = []
    private var bound: [(name: String, type: ExpressionType)] = []

    public static func check(
        _ node: ExpressionNode, in environment: ExpressionEnvironment
    ) throws(ExpressionCheckFailure) -> TypedExpression {
        var checker = ExpressionChecker(environment: environment)
        checker.types = Array(repeating: .dynamic, count: node.id + 1)
        _ = checker.type(of: node)
        guard checker.findings.isEmpty else { throw ExpressionCheckFailure(findings: checker.findings) }
        return TypedExpression(root: node, types: checker.types)
    }

    private init(environment: ExpressionEnvironment) { self.environment = environment }

    private mutating func report(_ message: String, at node: ExpressionNode, hint: String? = nil) {
        findings.append(ExpressionCheckFailure.Finding(offset: node.offset, message: message, hint: hint))
    }

    private mutating func type(of node: ExpressionNode) -> ExpressionType {
        let type = typeUnrecorded(of: node)
        if types.indices.contains(node.id) { types[node.id] = type }
        return type
    }

    private mutating func typeUnrecorded(of node: ExpressionNode) -> ExpressionType {
        switch node.form {
        case .literal(let value): return ExpressionType(of: value)
        case .name: return nameType(node)
        case .select(let target, let field): return selectType(node, target, field)
        case .has(let target, let field):
            _ = fieldType(field, of: type(of: target), at: node)
            return .bool
        case .index(let target, let index): return indexType(node, target, index)
        case .list(let nodes): return .list(ExpressionType.common(nodes.map { type(of: $0) }))
        case .map(let entries): return mapType(entries)
        case .call(let name, let nodes):
            return callType(node, name, isMember: false, nodes)
        case .method(let target, let name, let nodes):
            return callType(node, name, isMember: true, [target] + nodes)
        case .unary(let sign, let operand): return unaryType(node, sign, operand)
        case .binary(let sign, let left, let right): return binaryType(node, sign, left, right)
        case .and(let sides), .or(let sides):
            for side in sides { expectBool(side, "both sides of “&&” and “||”") }
            return .bool
        case .conditional(let condition, let yes, let no):
            expectBool(condition, "the part before “?”")
            let (first, second) = (type(of: yes), type(of: no))
            if let type = first.joined(with: second) { return type }
            if first == .null || second == .null { return .dynamic }
            report("the two results after “?” are of different types: \(first) and \(second)", at: node)
            return .dynamic
        case .comprehension(let comprehension): return comprehensionType(node, comprehension)
        }
    }

    private mutating func expectBool(_ node: ExpressionNode, _ what: String) {
        let type = type(of: node)
        if !type.isAssignable(to: .bool) { report("\(what) must be true or false, not \(type)", at: node) }
    }

    // MARK: Names and fields

    private func constantType(_ name: String) -> ExpressionType? {
        StandardFunction.typeNames.contains(name) ? .type : nil
    }

    private mutating func nameType(_ node: ExpressionNode) -> ExpressionType {
        guard case .name(let name, let isAbsolute) = node.form else { return .dynamic }
        if !isAbsolute, let local = bound.last(where: { $0.name == name }) { return local.type }
        if let type = environment.variables[name] ?? constantType(name) { return type }
        report(
            "no field or fact is named “\(name)”", at: node,
            hint: suggestion(for: name, among: environment.variables.keys + bound.map(\.name)))
        return .dynamic
    }

    private mutating func selectType(
        _ node: ExpressionNode, _ target: ExpressionNode, _ field: String
    ) -> ExpressionType {
        if let (names, isAbsolute) = node.qualifiedName, isAbsolute || !bound.contains(where: { $0.name == names[0] }) {
            let full = names.joined(separator: ".")
            if let type = environment.variables[full] ?? constantType(full) { return type }
        }
        return fieldType(field, of: type(of: target), at: node)
    }

    private mutating func fieldType(
        _ field: String, of target: ExpressionType, at node: ExpressionNode
    ) -> ExpressionType {
        switch target {
        case .dynamic: return .dynamic
        case .map(let key, let value):
            if key.isAssignable(to: .string) { return value }
            report("a map of \(key) keys has no field “\(field)”", at: node)
            return value
        case .record(let fields):
            if let type = fields[field] { return type }
            report("the record has no “\(field)”", at: node, hint: suggestion(for: field, among: fields.keys))
            return .dynamic
        default:
            report("“.\(field)” needs a record, not \(target)", at: node)
            return .dynamic
        }
    }

    private mutating func indexType(
        _ node: ExpressionNode, _ target: ExpressionNode, _ index: ExpressionNode
    ) -> ExpressionType {
        let (container, position) = (type(of: target), type(of: index))
        switch container {
        case .dynamic: return .dynamic
        case .list(let element):
            if !position.isAssignable(to: .int) { report("a list is indexed by int, not \(position)", at: index) }
            return element
        case .map(let key, let value):
            let isNumber = key.isNumber && position.isNumber
            if !position.isAssignable(to: key), !isNumber {
                report("the map has \(key) keys, not \(position)", at: index)
            }
            return value
        case .record:
            if case .literal(.string(let field)) = index.form { return fieldType(field, of: container, at: index) }
            if !position.isAssignable(to: .string) { report("a record has text keys, not \(position)", at: index) }
            return .dynamic
        default:
            report("\(container) cannot be indexed", at: node)
            return .dynamic
        }
    }

    private mutating func mapType(_ entries: [ExpressionNode.Entry]) -> ExpressionType {
        var keys: [ExpressionType] = []
        var values: [ExpressionType] = []
        for entry in entries {
            let key = type(of: entry.key)
            switch key {
            case .dynamic, .bool, .int, .uint, .string, .word: break
            default: report("\(key) cannot be a key of a map", at: entry.key)
            }
            keys.append(key)
            values.append(type(of: entry.value))
        }
        return .map(ExpressionType.common(keys), ExpressionType.common(values))
    }

    // MARK: Functions

    private mutating func callType(
        _ node: ExpressionNode, _ name: String, isMember: Bool, _ nodes: [ExpressionNode]
    ) -> ExpressionType {
        let given = nodes.map { type(of: $0) }
        let standard = StandardFunction(rawValue: name)?.declarations ?? []
        let declared =
            standard.map { ($0.isMember, $0.parameters, $0.result) }
            + environment.functions.filter { $0.name == name }.map { ($0.isMember, $0.parameters, $0.result) }
        guard !declared.isEmpty else {
            let known = StandardFunction.allCases.map(\.rawValue) + environment.functions.map(\.name)
            report("there is no function “\(name)”", at: node, hint: suggestion(for: name, among: known))
            return .dynamic
        }
        let fitting = declared.filter { hasMember, parameters, _ in
            hasMember == isMember && parameters.count == given.count
                && zip(given, parameters).allSatisfy { $0.isAssignable(to: $1) }
        }
        guard let first = fitting.first else {
            let types = given.dropFirst(isMember ? 1 : 0).map(\.description).joined(separator: ", ")
            let call = isMember ? "\(given.first ?? .dynamic).\(name)(\(types))" : "\(name)(\(types))"
            let forms = declared.map { hasMember, parameters, _ in
                hasMember
                    ? "\(parameters[0]).\(name)(\(parameters.dropFirst().map(\.description).joined(separator: ", ")))"
                    : "\(name)(\(parameters.map(\.description).joined(separator: ", ")))"
            }
            report("“\(call)” is not possible", at: node, hint: "possible: \(forms.joined(separator: ", "))")
            return .dynamic
        }
        if environment.dialect == .matters { tryLiterals(node, nodes) }
        return fitting.allSatisfy { $0.2 == first.2 } ? first.2 : .dynamic
    }

    /// A call of literals alone always has the same result: an error now is one always.
    private mutating func tryLiterals(_ node: ExpressionNode, _ nodes: [ExpressionNode]) {
        if case .method(_, "matches", _) = node.form, case .literal(.string(let source)) = nodes[1].form {
            do throws(ExpressionError) {
                _ = try ExpressionPattern(source)
            } catch {
                report(error.message, at: nodes[1])
            }
            return
        }
        let areLiterals = nodes.allSatisfy { if case .literal = $0.form { true } else { false } }
        guard areLiterals else { return }
        var evaluator = ExpressionEvaluator(ExpressionProgram(node, functions: environment.functions)) { _ in nil }
        do throws(ExpressionError) {
            _ = try evaluator.evaluate()
        } catch {
            report(error.message, at: node)
        }
    }

    // MARK: Operators

    private mutating func unaryType(
        _ node: ExpressionNode, _ sign: ExpressionNode.UnaryOperator, _ operand: ExpressionNode
    ) -> ExpressionType {
        let type = type(of: operand)
        switch sign {
        case .not:
            if !type.isAssignable(to: .bool) { report("“!” needs true or false, not \(type)", at: node) }
            return .bool
        case .negate:
            if type == .dynamic || type == .int || type == .double { return type }
            report("“-” does not go with \(type)", at: node)
            return .dynamic
        }
    }

    private mutating func binaryType(
        _ node: ExpressionNode, _ sign: ExpressionNode.BinaryOperator, _ left: ExpressionNode, _ right: ExpressionNode
    ) -> ExpressionType {
        let (first, second) = (type(of: left), type(of: right))
        switch sign {
        case .equal, .notEqual:
            checkWord(left, against: second)
            checkWord(right, against: first)
            if !areComparable(first, second) { reportMismatch(sign, first, second, at: node) }
            return .bool
        case .within:
            checkMembership(node, left, first, right, second)
            return .bool
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            if !areOrdered(first, second) { reportMismatch(sign, first, second, at: node) }
            return .bool
        case .add, .subtract, .multiply, .divide, .remainder:
            if let type = arithmeticType(sign, first, second) { return type }
            reportMismatch(sign, first, second, at: node)
            return .dynamic
        }
    }

    private mutating func reportMismatch(
        _ sign: ExpressionNode.BinaryOperator, _ left: ExpressionType, _ right: ExpressionType, at node: ExpressionNode
    ) {
        report("“\(sign.rawValue)” does not go between \(left) and \(right)", at: node)
    }

    private func numbersMeet(_ left: ExpressionType, _ right: ExpressionType) -> Bool {
        environment.dialect == .matters && left.isNumber && right.isNumber
    }

    private func areComparable(_ left: ExpressionType, _ right: ExpressionType) -> Bool {
        left.isAssignable(to: right) || right.isAssignable(to: left) || numbersMeet(left, right)
            || left == .null || right == .null
    }

    private func areOrdered(_ left: ExpressionType, _ right: ExpressionType) -> Bool {
        let ordered: [ExpressionType] = [.bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration]
        return numbersMeet(left, right)
            || ordered.contains { left.isAssignable(to: $0) && right.isAssignable(to: $0) }
    }

    /// A literal that is none of the words can never be equal to one.
    private mutating func checkWord(_ literal: ExpressionNode, against type: ExpressionType) {
        guard case .literal(.string(let text)) = literal.form, case .word(let words) = type, !words.contains(text)
        else { return }
        report(
            "“\(text)” is none of the possible values", at: literal,
            hint: suggestion(for: text, among: words)
                ?? "possible: \(words.sorted().prefix(12).joined(separator: ", "))")
    }

    private mutating func checkMembership(
        _ node: ExpressionNode, _ left: ExpressionNode, _ element: ExpressionType, _ right: ExpressionNode,
        _ container: ExpressionType
    ) {
        switch container {
        case .dynamic: break
        case .list(let wanted):
            checkWord(left, against: wanted)
            if case .list(let nodes) = right.form {
                for literal in nodes { checkWord(literal, against: element) }
            }
            if !areComparable(element, wanted) { reportMismatch(.within, element, container, at: node) }
        case .map(let key, _):
            if !areComparable(element, key) { reportMismatch(.within, element, container, at: node) }
        case .record(let fields):
            if case .literal(.string) = left.form { checkWord(left, against: .word(Set(fields.keys))) }
            if !element.isAssignable(to: .string) { reportMismatch(.within, element, container, at: node) }
        default: reportMismatch(.within, element, container, at: node)
        }
    }

    private func arithmeticType(
        _ sign: ExpressionNode.BinaryOperator, _ left: ExpressionType, _ right: ExpressionType
    ) -> ExpressionType? {
        if case (.list, .list) = (left, right), sign == .add { return left.joined(with: right) ?? .list(.dynamic) }
        var overloads: [(ExpressionType, ExpressionType, ExpressionType)] = [(.int, .int, .int), (.uint, .uint, .uint)]
        if sign != .remainder { overloads.append((.double, .double, .double)) }
        if sign == .add {
            overloads += [
                (.string, .string, .string), (.bytes, .bytes, .bytes), (.timestamp, .duration, .timestamp),
                (.duration, .timestamp, .timestamp), (.duration, .duration, .duration),
                (.list(.dynamic), .list(.dynamic), .list(.dynamic)),
            ]
        }
        if sign == .subtract {
            overloads += [
                (.timestamp, .timestamp, .duration), (.timestamp, .duration, .timestamp),
                (.duration, .duration, .duration),
            ]
        }
        let fitting = overloads.filter { left.isAssignable(to: $0.0) && right.isAssignable(to: $0.1) }
        guard let first = fitting.first else { return nil }
        return fitting.count == 1 ? first.2 : .dynamic
    }

    // MARK: Macros

    private mutating func comprehensionType(
        _ node: ExpressionNode, _ comprehension: ExpressionNode.Comprehension
    ) -> ExpressionType {
        let range = type(of: comprehension.range)
        let key: ExpressionType
        let element: ExpressionType
        switch range {
        case .list(let type): (key, element) = (.int, type)
        case .map(let keyType, let valueType): (key, element) = (keyType, valueType)
        case .record(let fields): (key, element) = (.word(Set(fields.keys)), ExpressionType.common(fields.values))
        case .dynamic: (key, element) = (.dynamic, .dynamic)
        default:
            report("“\(comprehension.macro.rawValue)” needs a list or a map, not \(range)", at: node)
            (key, element) = (.dynamic, .dynamic)
        }
        let isList = if case .list = range { true } else { false }
        let single = isList ? element : key
        if comprehension.variables.count == 2 {
            bound.append((comprehension.variables[0], key))
            bound.append((comprehension.variables[1], element))
        } else {
            for variable in comprehension.variables { bound.append((variable, single)) }
        }
        if let predicate = comprehension.predicate {
            expectBool(predicate, "the condition of “\(comprehension.macro.rawValue)”")
        }
        let result = comprehension.result.map { type(of: $0) } ?? single
        bound.removeLast(comprehension.variables.count)
        switch comprehension.macro {
        case .all, .exists, .existsOne: return .bool
        case .map, .filter: return .list(result)
        case .transformMap: return .map(key, result)
        }
    }
}

/// “did you mean …”, when a known name is near.
private func suggestion(for name: String, among known: some Sequence<String>) -> String? {
    let wanted = Array(name.unicodeScalars.prefix(64))
    var best: (name: String, distance: Int)?
    for candidate in known {
        let distance = editDistance(wanted, Array(candidate.unicodeScalars.prefix(64)))
        let isBetter = best.map { (distance, candidate) < ($0.distance, $0.name) } ?? true
        if distance <= max(1, wanted.count / 3), isBetter { best = (candidate, distance) }
    }
    return best.map { "did you mean “\($0.name)”?" }
}

private func editDistance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    var row = Array(0...right.count)
    for (line, one) in left.enumerated() {
        var diagonal = row[0]
        row[0] = line + 1
        for (column, two) in right.enumerated() {
            let above = row[column + 1]
            row[column + 1] = min(above + 1, row[column] + 1, diagonal + (one == two ? 0 : 1))
            diagonal = above
        }
    }
    return row[right.count]
}
