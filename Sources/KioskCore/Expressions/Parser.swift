/// Reads CEL source into a tree with positions. Grammar and precedence follow the CEL language definition, "Syntax".

public struct ExpressionParser {
    /// Nesting beyond this is refused: whoever walks the tree recurses. The specification asks for 32.
    static let maximumHeight = 160
    static let maximumSourceBytes = 32_768

    private static let keywords: Set<String> = ["true", "false", "null", "in"]
    private static let reserved: Set<String> = [
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
        "namespace", "return", "var", "void", "while",
    ]

    private let items: [ExpressionLexer.Item]
    private var position = 0
    private var depth = 0
    private var count = 0

    /// Throws an `ExpressionError` with the place and what was expected there.
    public static func parse(_ source: String) throws(ExpressionError) -> ExpressionNode {
        guard source.utf8.count <= maximumSourceBytes else {
            throw ExpressionError(.syntax, "the expression is longer than \(maximumSourceBytes) bytes", at: 0)
        }
        var parser = ExpressionParser(items: try ExpressionLexer.items(of: source))
        let node = try parser.expression()
        guard parser.peek == .end else { throw parser.unexpected() }
        return node
    }

    private init(items: [ExpressionLexer.Item]) { self.items = items }

    // MARK: Operators

    private mutating func expression() throws(ExpressionError) -> ExpressionNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumHeight else { throw tooDeep(at: offset) }
        let condition = try disjunction()
        let start = offset
        guard take(.question) else { return condition }
        let yes = try disjunction()
        try expect(.colon)
        let no = try expression()
        return try node(.conditional(condition, yes, no), at: start)
    }

    private mutating func disjunction() throws(ExpressionError) -> ExpressionNode {
        let first = try conjunction()
        let start = offset
        var sides = [first]
        while take(.or) { sides.append(try conjunction()) }
        return sides.count == 1 ? first : try node(.or(sides), at: start)
    }

    private mutating func conjunction() throws(ExpressionError) -> ExpressionNode {
        let first = try relation(minimum: 0)
        let start = offset
        var sides = [first]
        while take(.and) { sides.append(try relation(minimum: 0)) }
        return sides.count == 1 ? first : try node(.and(sides), at: start)
    }

    /// Relations, sums and products: operators of the same precedence go from left to right.
    private mutating func relation(minimum: Int) throws(ExpressionError) -> ExpressionNode {
        var left = try unary()
        while let (sign, precedence) = binaryOperator, precedence >= minimum {
            let start = offset
            position += 1
            let right = try relation(minimum: precedence + 1)
            left = try node(.binary(sign, left, right), at: start)
        }
        return left
    }

    private var binaryOperator: (ExpressionNode.BinaryOperator, precedence: Int)? {
        switch peek {
        case .name("in"): (.within, 0)
        case .sign(let sign):
            switch sign {
            case .equal: (.equal, 0)
            case .notEqual: (.notEqual, 0)
            case .less: (.less, 0)
            case .lessOrEqual: (.lessOrEqual, 0)
            case .greater: (.greater, 0)
            case .greaterOrEqual: (.greaterOrEqual, 0)
            case .plus: (.add, 1)
            case .minus: (.subtract, 1)
            case .times: (.multiply, 2)
            case .slash: (.divide, 2)
            case .percent: (.remainder, 2)
            default: nil
            }
        default: nil
        }
    }

    private mutating func unary() throws(ExpressionError) -> ExpressionNode {
        let sign: ExpressionToken.Sign = peek == .sign(.not) ? .not : .minus
        var starts: [Int] = []
        while peek == .sign(sign) {
            starts.append(offset)
            guard starts.count <= Self.maximumHeight else { throw tooDeep(at: offset) }
            position += 1
        }
        // The last minus before a number belongs to it: the smallest int has no positive.
        var isNegative = false
        if sign == .minus, !starts.isEmpty {
            switch peek {
            case .int, .double:
                isNegative = true
                starts.removeLast()
            default: break
            }
        }
        var operand = try member(isNegative: isNegative)
        for start in starts.reversed() {
            operand = try node(.unary(sign == .not ? .not : .negate, operand), at: start)
        }
        return operand
    }

    // MARK: Members

    private mutating func member(isNegative: Bool) throws(ExpressionError) -> ExpressionNode {
        var target = try primary(isNegative: isNegative)
        while true {
            let start = offset
            if take(.point) {
                target = try selection(of: target)
            } else if take(.openList) {
                let index = try expression()
                try expect(.closeList)
                target = try node(.index(target, index), at: start)
            } else if peek == .sign(.openMap), target.qualifiedName != nil {
                throw ExpressionError(.syntax, "messages are not part of this language", at: start)
            } else {
                return target
            }
        }
    }

    /// What follows the point: a field, or a function with its arguments.
    private mutating func selection(of target: ExpressionNode) throws(ExpressionError) -> ExpressionNode {
        let start = offset
        if case .quotedName(let field) = peek {
            position += 1
            return try node(.select(target, field), at: start)
        }
        guard case .name(let name) = peek, !Self.keywords.contains(name) else { throw unexpected(wanted: "a name") }
        position += 1
        guard take(.open) else { return try node(.select(target, name), at: start) }
        let arguments = try arguments(until: .close)
        if let macro = try comprehension(name, over: target, arguments, at: start) { return macro }
        return try node(.method(target, name, arguments), at: start)
    }

    private mutating func primary(isNegative: Bool) throws(ExpressionError) -> ExpressionNode {
        let start = offset
        let token = peek
        switch token {
        case .int(let number):
            position += 1
            guard let value = isNegative ? Int64(exactly: -Int128(number)) : Int64(exactly: number) else {
                throw ExpressionError(.syntax, "the number is too large", at: start)
            }
            return try node(.literal(.int(value)), at: start)
        case .uint(let number): return try literal(.uint(number), at: start)
        case .double(let number): return try literal(.double(isNegative ? -number : number), at: start)
        case .string(let text): return try literal(.string(text), at: start)
        case .bytes(let bytes): return try literal(.bytes(bytes), at: start)
        case .name("true"): return try literal(.bool(true), at: start)
        case .name("false"): return try literal(.bool(false), at: start)
        case .name("null"): return try literal(.null, at: start)
        case .name(let name): return try identifier(name, isAbsolute: false, at: start)
        case .sign(.point):
            position += 1
            guard case .name(let name) = peek, !Self.keywords.contains(name) else {
                throw unexpected(wanted: "a name")
            }
            return try identifier(name, isAbsolute: true, at: start)
        case .sign(.open):
            position += 1
            let inner = try expression()
            try expect(.close)
            return inner
        case .sign(.openList):
            position += 1
            return try node(.list(try arguments(until: .closeList, allowsTrailingComma: true)), at: start)
        case .sign(.openMap):
            position += 1
            return try node(.map(try entries()), at: start)
        default: throw unexpected()
        }
    }

    private mutating func literal(_ value: ExpressionValue, at start: Int) throws(ExpressionError) -> ExpressionNode {
        position += 1
        return try node(.literal(value), at: start)
    }

    private mutating func identifier(
        _ name: String, isAbsolute: Bool, at start: Int
    ) throws(ExpressionError) -> ExpressionNode {
        guard name != "in", !Self.reserved.contains(name) else {
            throw ExpressionError(.syntax, "“\(name)” is a reserved word", at: start)
        }
        position += 1
        guard take(.open) else { return try node(.name(name, isAbsolute: isAbsolute), at: start) }
        let arguments = try arguments(until: .close)
        guard name == "has", !isAbsolute else { return try node(.call(name, arguments), at: start) }
        guard arguments.count == 1, case .select(let target, let field) = arguments[0].form else {
            throw ExpressionError(.syntax, "has() takes a field: has(record.field)", at: start)
        }
        return try node(.has(target, field), at: start)
    }

    private mutating func arguments(
        until close: ExpressionToken.Sign, allowsTrailingComma: Bool = false
    ) throws(ExpressionError) -> [ExpressionNode] {
        var list: [ExpressionNode] = []
        if take(close) { return list }
        repeat {
            if allowsTrailingComma, !list.isEmpty, take(close) { return list }
            list.append(try expression())
        } while take(.comma)
        try expect(close)
        return list
    }

    private mutating func entries() throws(ExpressionError) -> [ExpressionNode.Entry] {
        var list: [ExpressionNode.Entry] = []
        if take(.closeMap) { return list }
        repeat {
            if !list.isEmpty, take(.closeMap) { return list }
            let key = try expression()
            try expect(.colon)
            list.append(ExpressionNode.Entry(key: key, value: try expression()))
        } while take(.comma)
        try expect(.closeMap)
        return list
    }

    // MARK: Macros

    /// The macro that a call on a target is; nil when it is a function.
    private mutating func comprehension(
        _ name: String, over range: ExpressionNode, _ arguments: [ExpressionNode], at start: Int
    ) throws(ExpressionError) -> ExpressionNode? {
        let macro: ExpressionNode.Comprehension.Macro
        let variableCount: Int
        switch (name, arguments.count) {
        case ("all", 2...3): (macro, variableCount) = (.all, arguments.count - 1)
        case ("exists", 2...3): (macro, variableCount) = (.exists, arguments.count - 1)
        case ("exists_one", 2), ("existsOne", 2...3): (macro, variableCount) = (.existsOne, arguments.count - 1)
        case ("filter", 2): (macro, variableCount) = (.filter, 1)
        case ("map", 2...3): (macro, variableCount) = (.map, 1)
        case ("transformList", 3...4): (macro, variableCount) = (.map, 2)
        case ("transformMap", 3...4): (macro, variableCount) = (.transformMap, 2)
        default: return nil
        }
        var variables: [String] = []
        for argument in arguments.prefix(variableCount) {
            guard case .name(let variable, isAbsolute: false) = argument.form else {
                throw ExpressionError(
                    .syntax, "“\(name)” takes a name for the element here, as in list.\(name)(x, …)",
                    at: argument.offset)
            }
            guard !variables.contains(variable) else {
                throw ExpressionError(.syntax, "“\(variable)” is named twice", at: argument.offset)
            }
            variables.append(variable)
        }
        let body = Array(arguments.dropFirst(variableCount))
        let isTransform = macro == .map || macro == .transformMap
        return try node(
            .comprehension(
                ExpressionNode.Comprehension(
                    macro: macro, range: range, variables: variables,
                    predicate: !isTransform || body.count == 2 ? body.first : nil,
                    result: isTransform ? body.last : nil)),
            at: start)
    }

    // MARK: Tokens

    private var peek: ExpressionToken { items[min(position, items.count - 1)].token }
    private var offset: Int { items[min(position, items.count - 1)].offset }

    private mutating func take(_ sign: ExpressionToken.Sign) -> Bool {
        guard peek == .sign(sign) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ sign: ExpressionToken.Sign) throws(ExpressionError) {
        guard take(sign) else { throw unexpected(wanted: "“\(sign.rawValue)”") }
    }

    private mutating func node(_ form: ExpressionNode.Form, at offset: Int) throws(ExpressionError) -> ExpressionNode {
        let below = ExpressionNode(form: form, offset: offset, id: count, height: 0).children.map(\.height).max()
        let height = (below ?? 0) + 1
        guard height <= Self.maximumHeight else { throw tooDeep(at: offset) }
        defer { count += 1 }
        return ExpressionNode(form: form, offset: offset, id: count, height: height)
    }

    private func tooDeep(at offset: Int) -> ExpressionError {
        ExpressionError(.syntax, "the expression is nested too deeply", at: offset)
    }

    private func unexpected(wanted: String? = nil) -> ExpressionError {
        let found = peek.description
        return ExpressionError(
            .syntax, wanted.map { "expected \($0), found \(found)" } ?? "did not expect \(found) here", at: offset)
    }
}
