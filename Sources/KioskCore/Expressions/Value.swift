/// The values of the condition language: the part of CEL's type system that matter files use.

public enum ExpressionValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)
    case list([ExpressionValue])
    case map([String: ExpressionValue])

    /// CEL's name of the type, for error messages.
    public var typeName: String {
        switch self {
        case .null: "null_type"
        case .bool: "bool"
        case .int: "int"
        case .double: "double"
        case .string: "string"
        case .list: "list"
        case .map: "map"
        }
    }

    /// CEL equality: numbers compare across types on the number line; other types are never equal to each other.
    func equals(_ other: ExpressionValue) -> Bool {
        switch (self, other) {
        case (.int(let left), .double(let right)): Double(left) == right
        case (.double(let left), .int(let right)): left == Double(right)
        case (.double(let left), .double(let right)): left == right
        case (.list(let left), .list(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.equals($1) }
        case (.map(let left), .map(let right)):
            left.count == right.count && left.allSatisfy { key, value in right[key].map(value.equals) ?? false }
        default: self == other
        }
    }
}

/// What is wrong with an expression, at which UTF-8 offset of its source.
public struct ExpressionError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        case syntax
        case unknownName
        case noSuchOverload
        case noSuchKey
        case indexOutOfRange
        case overflow
        case divisionByZero
        /// The expression took more than its budget of steps.
        case costLimit
    }

    public var code: Code
    public var message: String
    /// UTF-8 offset in the source.
    public var offset: Int

    public init(_ code: Code, _ message: String, at offset: Int) {
        self.code = code
        self.message = message
        self.offset = offset
    }

    public var description: String { "\(message) (at character \(offset + 1))" }
}
