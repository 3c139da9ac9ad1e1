/// Reads CEL source into a tree with positions. Operators and precedence follow the CEL language definition, "Syntax".

/// A node of the parsed expression. `offset` is the UTF-8 offset of the token it is named after.
struct ExpressionNode: Hashable, Sendable {
    indirect enum Form: Hashable, Sendable {
        case literal(ExpressionValue)
        case name(String)
        case select(ExpressionNode, String)
        /// `has(e.f)`
        case has(ExpressionNode, String)
        case index(ExpressionNode, ExpressionNode)
        case list([ExpressionNode])
        case call(String, [ExpressionNode])
        case method(ExpressionNode, String, [ExpressionNode])
        case unary(String, ExpressionNode)
        case binary(String, ExpressionNode, ExpressionNode)
        case conditional(ExpressionNode, ExpressionNode, ExpressionNode)
        /// `all`, `exists`, `exists_one`, `filter`, `map` over a list.
        case comprehension(String, over: ExpressionNode, variable: String, ExpressionNode)
    }

    var form: Form
    var offset: Int
}

struct ExpressionParser {
    /// Nesting beyond this is refused: the evaluator recurses.
    static let maximumDepth = 60
    static let maximumSourceBytes = 4096

    private enum Token: Hashable {
        case name(String)
        case int(Int64)
        case double(Double)
        case string(String)
        case sign(String)
        case end
    }

    private static let macros: Set<String> = ["all", "exists", "exists_one", "filter", "map"]
    private static let reserved: Set<String> = [
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
        "namespace", "return", "var", "void", "while",
    ]

    private var tokens: [(token: Token, offset: Int)] = []
    private var position = 0
    private var depth = 0

    static func parse(_ source: String) throws(ExpressionError) -> ExpressionNode {
        guard source.utf8.count <= maximumSourceBytes else {
            throw ExpressionError(.syntax, "the condition is longer than \(maximumSourceBytes) bytes", at: 0)
        }
        var parser = ExpressionParser()
        parser.tokens = try lex(source)
        let node = try parser.expression()
        guard parser.peek == .end else { throw parser.unexpected() }
        return node
    }

    // MARK: Grammar

    private mutating func expression() throws(ExpressionError) -> ExpressionNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw ExpressionError(.syntax, "too deeply nested", at: offset) }
        let condition = try binary(level: 0)
        let start = offset
        guard take("?") else { return condition }
        let yes = try binary(level: 0)
        guard take(":") else { throw unexpected(wanted: ":") }
        return ExpressionNode(form: .conditional(condition, yes, try expression()), offset: start)
    }

    private static let levels: [Set<String>] = [
        ["||"], ["&&"], ["<", "<=", ">", ">=", "==", "!=", "in"], ["+", "-"], ["*", "/", "%"],
    ]

    private mutating func binary(level: Int) throws(ExpressionError) -> ExpressionNode {
        guard level < Self.levels.count else { return try unary() }
        var left = try binary(level: level + 1)
        var length = 0
        while let sign = peekOperator, Self.levels[level].contains(sign) {
            length += 1
            guard length <= 256 else { throw ExpressionError(.syntax, "too many operators in a row", at: offset) }
            let start = offset
            position += 1
            left = ExpressionNode(form: .binary(sign, left, try binary(level: level + 1)), offset: start)
        }
        return left
    }

    private mutating func unary() throws(ExpressionError) -> ExpressionNode {
        let start = offset
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw ExpressionError(.syntax, "too deeply nested", at: start) }
        if take("!") { return ExpressionNode(form: .unary("!", try unary()), offset: start) }
        if take("-") { return ExpressionNode(form: .unary("-", try unary()), offset: start) }
        return try member()
    }

    private mutating func member() throws(ExpressionError) -> ExpressionNode {
        var node = try primary()
        var length = 0
        while true {
            let start = offset
            length += 1
            guard length <= 64 else { throw ExpressionError(.syntax, "too many selections in a row", at: start) }
            if take(".") {
                guard case .name(let name) = peek else { throw unexpected(wanted: "a name") }
                let nameOffset = offset
                position += 1
                node =
                    take("(")
                    ? try method(on: node, name, at: nameOffset)
                    : ExpressionNode(form: .select(node, name), offset: nameOffset)
            } else if take("[") {
                let index = try expression()
                guard take("]") else { throw unexpected(wanted: "]") }
                node = ExpressionNode(form: .index(node, index), offset: start)
            } else {
                return node
            }
        }
    }

    private mutating func method(
        on target: ExpressionNode, _ name: String, at start: Int
    ) throws(ExpressionError) -> ExpressionNode {
        let arguments = try arguments(until: ")")
        guard Self.macros.contains(name) else {
            return ExpressionNode(form: .method(target, name, arguments), offset: start)
        }
        guard arguments.count == 2, case .name(let variable) = arguments[0].form else {
            throw ExpressionError(.syntax, "\(name) takes a variable name and an expression", at: start)
        }
        return ExpressionNode(
            form: .comprehension(name, over: target, variable: variable, arguments[1]), offset: start)
    }

    private mutating func primary() throws(ExpressionError) -> ExpressionNode {
        let start = offset
        let token = peek
        switch token {
        case .int(let number):
            position += 1
            return ExpressionNode(form: .literal(.int(number)), offset: start)
        case .double(let number):
            position += 1
            return ExpressionNode(form: .literal(.double(number)), offset: start)
        case .string(let text):
            position += 1
            return ExpressionNode(form: .literal(.string(text)), offset: start)
        case .name(let name):
            position += 1
            return try named(name, at: start)
        case .sign("("):
            position += 1
            let inner = try expression()
            guard take(")") else { throw unexpected(wanted: ")") }
            return inner
        case .sign("["):
            position += 1
            return ExpressionNode(form: .list(try arguments(until: "]")), offset: start)
        case .sign, .end:
            throw unexpected()
        }
    }

    private mutating func named(_ name: String, at start: Int) throws(ExpressionError) -> ExpressionNode {
        switch name {
        case "true": return ExpressionNode(form: .literal(.bool(true)), offset: start)
        case "false": return ExpressionNode(form: .literal(.bool(false)), offset: start)
        case "null": return ExpressionNode(form: .literal(.null), offset: start)
        default: break
        }
        if Self.reserved.contains(name) {
            throw ExpressionError(.syntax, "“\(name)” is a reserved word", at: start)
        }
        guard take("(") else { return ExpressionNode(form: .name(name), offset: start) }
        let arguments = try arguments(until: ")")
        guard name == "has" else { return ExpressionNode(form: .call(name, arguments), offset: start) }
        guard arguments.count == 1, case .select(let target, let field) = arguments[0].form else {
            throw ExpressionError(.syntax, "has() takes a selection such as has(record.name)", at: start)
        }
        return ExpressionNode(form: .has(target, field), offset: start)
    }

    private mutating func arguments(until close: String) throws(ExpressionError) -> [ExpressionNode] {
        var list: [ExpressionNode] = []
        if take(close) { return list }
        repeat {
            list.append(try expression())
        } while take(",")
        guard take(close) else { throw unexpected(wanted: close) }
        return list
    }

    // MARK: Tokens

    private var peek: Token { tokens[min(position, tokens.count - 1)].token }
    private var offset: Int { tokens[min(position, tokens.count - 1)].offset }

    private var peekOperator: String? {
        switch peek {
        case .sign(let sign): sign
        case .name("in"): "in"
        default: nil
        }
    }

    private mutating func take(_ sign: String) -> Bool {
        guard peek == .sign(sign) else { return false }
        position += 1
        return true
    }

    private func unexpected(wanted: String? = nil) -> ExpressionError {
        let found =
            switch peek {
            case .name(let name): "“\(name)”"
            case .int(let number): "\(number)"
            case .double(let number): "\(number)"
            case .string: "a text"
            case .sign(let sign): "“\(sign)”"
            case .end: "the end"
            }
        return ExpressionError(
            .syntax, wanted.map { "expected \($0), found \(found)" } ?? "did not expect \(found) here", at: offset)
    }

    private static let signs = [
        "||", "&&", "<=", ">=", "==", "!=", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", "(", ")", "[", "]", ".",
        ",",
    ].map { Array($0.utf8) }

    private static func lex(_ source: String) throws(ExpressionError) -> [(token: Token, offset: Int)] {
        let bytes = Array(source.utf8)
        var tokens: [(token: Token, offset: Int)] = []
        var index = 0
        while index < bytes.count {
            let start = index
            let byte = bytes[index]
            if byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
                index += 1
            } else if isLetter(byte) {
                while index < bytes.count, isLetter(bytes[index]) || isDigit(bytes[index]) { index += 1 }
                tokens.append((.name(String(decoding: bytes[start..<index], as: UTF8.self)), start))
            } else if isDigit(byte) {
                tokens.append((try number(bytes, &index), start))
            } else if byte == 0x22 || byte == 0x27 {
                tokens.append((try text(bytes, &index), start))
            } else if let sign = signs.first(where: { bytes[index...].starts(with: $0) }) {
                index += sign.count
                tokens.append((.sign(String(decoding: sign, as: UTF8.self)), start))
            } else {
                throw ExpressionError(.syntax, "a character that has no meaning here", at: start)
            }
        }
        tokens.append((.end, bytes.count))
        return tokens
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func number(_ bytes: [UInt8], _ index: inout Int) throws(ExpressionError) -> Token {
        let start = index
        var isDouble = false
        while index < bytes.count {
            if isDigit(bytes[index]) {
                index += 1
            } else if bytes[index] == 0x2E, !isDouble, index + 1 < bytes.count, isDigit(bytes[index + 1]) {
                isDouble = true
                index += 1
            } else {
                break
            }
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if isDouble, let value = Double(text) { return .double(value) }
        guard let value = Int64(text) else { throw ExpressionError(.syntax, "the number is too large", at: start) }
        return .int(value)
    }

    private static func text(_ bytes: [UInt8], _ index: inout Int) throws(ExpressionError) -> Token {
        let start = index
        let quote = bytes[index]
        var content: [UInt8] = []
        index += 1
        while index < bytes.count, bytes[index] != quote {
            if bytes[index] == 0x5C {
                index += 1
                guard index < bytes.count else { break }
                switch bytes[index] {
                case 0x6E: content.append(0x0A)
                case 0x74: content.append(0x09)
                case 0x5C, 0x22, 0x27: content.append(bytes[index])
                default: throw ExpressionError(.syntax, "an escape that is not known", at: index)
                }
            } else {
                content.append(bytes[index])
            }
            index += 1
        }
        guard index < bytes.count else { throw ExpressionError(.syntax, "a text without its closing quote", at: start) }
        index += 1
        return .string(String(decoding: content, as: UTF8.self))
    }
}
