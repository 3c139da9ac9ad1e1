/// A condition of a matter file: CEL source, parsed once, kept as text.

public struct Condition: Codable, Hashable, Sendable, CustomStringConvertible {
    public let source: String
    /// The parsed source, to check, to prove or to show.
    public let root: ExpressionNode
    private let program: ExpressionProgram

    /// With the functions of matters: dates and ages. Throws an `ExpressionError` of code `syntax` with its place.
    public init(_ source: String) throws(ExpressionError) {
        try self.init(source, functions: ExpressionEnvironment.matters.functions)
    }

    /// With these functions beside the standard ones. Decoding cannot know them: it takes those of matters.
    public init(_ source: String, functions: [ExpressionFunction]) throws(ExpressionError) {
        self.source = source
        root = try ExpressionParser.parse(source)
        program = ExpressionProgram(root, functions: functions)
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
            var evaluator = ExpressionEvaluator(program, lookUp: escaping)
            return try evaluator.evaluate()
        }
    }

    /// True when the condition holds. An answer that is not there yet makes a comparison fail, and a condition that
    /// fails does not hold.
    public func holds(_ lookUp: (String) -> ExpressionValue?) -> Bool {
        guard let value = try? evaluate(lookUp) else { return false }
        return value == .bool(true)
    }

    /// Free names with their UTF-8 offsets, in order of appearance.
    public var names: [(name: String, offset: Int)] { root.freeNames }

    /// The types of the condition's parts, or what is wrong with it. A condition must also be a `bool`, which its
    /// place in the matter asks for: see `TypedExpression.type`.
    public func check(in environment: ExpressionEnvironment) throws(ExpressionCheckFailure) -> TypedExpression {
        try ExpressionChecker.check(root, in: environment)
    }
}
