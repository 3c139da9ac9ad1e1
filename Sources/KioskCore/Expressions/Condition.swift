/// A condition of a matter file: CEL source, parsed once, kept as text.

public struct Condition: Codable, Hashable, Sendable, CustomStringConvertible {
    public let source: String
    private let root: ExpressionNode

    public init(_ source: String) throws(ExpressionError) {
        self.source = source
        root = try ExpressionParser.parse(source)
    }

    public init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(source)
    }

    public static func == (left: Condition, right: Condition) -> Bool { left.source == right.source }
    public func hash(into hasher: inout Hasher) { hasher.combine(source) }

    public var description: String { source }

    /// The value under the given names; `lookUp` answers nil for a name that does not exist.
    public func evaluate(_ lookUp: (String) -> ExpressionValue?) throws(ExpressionError) -> ExpressionValue {
        try withoutActuallyEscaping(lookUp) { (escaping) throws(ExpressionError) in
            var evaluator = ExpressionEvaluator(lookUp: escaping)
            return try evaluator.evaluate(root)
        }
    }

    /// True when the condition holds. An answer that is not there yet makes a comparison fail, and a condition that
    /// fails does not hold.
    public func holds(_ lookUp: (String) -> ExpressionValue?) -> Bool {
        guard let value = try? evaluate(lookUp) else { return false }
        return value == .bool(true)
    }

    /// Free names with their UTF-8 offsets, in order of appearance.
    public var names: [(name: String, offset: Int)] {
        var found: [(name: String, offset: Int)] = []
        func walk(_ node: ExpressionNode, bound: [String]) {
            switch node.form {
            case .literal: break
            case .name(let name): if !bound.contains(name) { found.append((name, node.offset)) }
            case .select(let target, _), .has(let target, _), .unary(_, let target): walk(target, bound: bound)
            case .index(let left, let right), .binary(_, let left, let right):
                walk(left, bound: bound)
                walk(right, bound: bound)
            case .list(let nodes), .call(_, let nodes): nodes.forEach { walk($0, bound: bound) }
            case .method(let target, _, let nodes):
                walk(target, bound: bound)
                nodes.forEach { walk($0, bound: bound) }
            case .conditional(let condition, let yes, let no):
                [condition, yes, no].forEach { walk($0, bound: bound) }
            case .comprehension(_, let over, let variable, let body):
                walk(over, bound: bound)
                walk(body, bound: bound + [variable])
            }
        }
        walk(root, bound: [])
        return found
    }
}
