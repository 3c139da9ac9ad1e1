/// The values of the condition language: the types of CEL that need no protocol buffers.

/// A value of the condition language (CEL language definition, "Values").
///
/// `==` of Swift compares cases and contents; CEL's own equality, which compares numbers across types, is `equals`.
public enum ExpressionValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case uint(UInt64)
    case double(Double)
    case string(String)
    case bytes([UInt8])
    case list([ExpressionValue])
    case map([ExpressionKey: ExpressionValue])
    case timestamp(ExpressionTimestamp)
    case duration(ExpressionDuration)
    /// A type as a value, by its CEL name: `int`, `list`, `google.protobuf.Timestamp`.
    case type(String)

    /// CEL's name of the type.
    public var typeName: String {
        switch self {
        case .null: "null_type"
        case .bool: "bool"
        case .int: "int"
        case .uint: "uint"
        case .double: "double"
        case .string: "string"
        case .bytes: "bytes"
        case .list: "list"
        case .map: "map"
        case .timestamp: "google.protobuf.Timestamp"
        case .duration: "google.protobuf.Duration"
        case .type: "type"
        }
    }

    /// The values in it, itself included, counted no further than to the limit. Lists that share their elements can
    /// stand for far more than the memory they take, so count before you write a value out.
    public func count(upTo limit: Int) -> Int {
        var count = 1
        func add(_ values: some Sequence<ExpressionValue>) {
            for value in values where count < limit { count += value.count(upTo: limit - count) }
        }
        switch self {
        case .list(let values): add(values)
        case .map(let entries): add(entries.values)
        default: break
        }
        return min(count, limit)
    }

    /// CEL equality: numbers compare across types on the number line, texts by code point, values of other types are
    /// never equal to each other, and no NaN equals anything.
    public func equals(_ other: ExpressionValue) -> Bool {
        switch (self, other) {
        case (.string(let left), .string(let right)): left.hasSameScalars(as: right)
        case (.list(let left), .list(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.equals($1) }
        case (.map(let left), .map(let right)):
            left.count == right.count && left.allSatisfy { key, value in right[key].map(value.equals) ?? false }
        case (.int, _), (.uint, _), (.double, _): numericOrder(to: other) == .same
        default: self == other
        }
    }

    enum Order { case less, same, greater }

    /// The order of two numbers of any of the three types; nil when one is no number.
    func numericOrder(to other: ExpressionValue) -> Order? {
        switch (self, other) {
        case (.int(let left), .int(let right)): Self.order(left, right)
        case (.uint(let left), .uint(let right)): Self.order(left, right)
        case (.int(let left), .uint(let right)): left < 0 ? .less : Self.order(UInt64(left), right)
        case (.uint(let left), .int(let right)): right < 0 ? .greater : Self.order(left, UInt64(right))
        case (.double(let left), .double(let right)): Self.order(left, right)
        // The whole number is rounded to a double, as the conformance suite has it.
        case (.int(let left), .double(let right)): Self.order(Double(left), right)
        case (.uint(let left), .double(let right)): Self.order(Double(left), right)
        case (.double(let left), .int(let right)): Self.order(left, Double(right))
        case (.double(let left), .uint(let right)): Self.order(left, Double(right))
        default: nil
        }
    }

    /// The order of two values of one ordered type, or of two numbers; nil when there is none.
    func order(to other: ExpressionValue) -> Order? {
        switch (self, other) {
        case (.bool(let left), .bool(let right)): left == right ? .same : right ? .less : .greater
        case (.string(let left), .string(let right)): Self.order(left.utf8, right.utf8)
        case (.bytes(let left), .bytes(let right)): Self.order(left, right)
        case (.timestamp(let left), .timestamp(let right)): Self.order(left, right)
        case (.duration(let left), .duration(let right)): Self.order(left, right)
        default: numericOrder(to: other)
        }
    }

    private static func order(_ left: Double, _ right: Double) -> Order? {
        left < right ? .less : left > right ? .greater : left == right ? .same : nil
    }

    private static func order<T: Comparable>(_ left: T, _ right: T) -> Order {
        left < right ? .less : left == right ? .same : .greater
    }

    /// UTF-8 bytes order as code points do.
    private static func order<Bytes: Sequence<UInt8>>(_ left: Bytes, _ right: Bytes) -> Order {
        left.lexicographicallyPrecedes(right) ? .less : left.elementsEqual(right) ? .same : .greater
    }
}

/// A key of a CEL map. An `int` and a `uint` of the same number are the same key; texts are keys by their code points.
public enum ExpressionKey: Hashable, Sendable, ExpressibleByStringLiteral {
    case bool(Bool)
    case int(Int64)
    case uint(UInt64)
    case string(String)

    public init(stringLiteral value: String) { self = .string(value) }

    /// The key that a value looks up: a double that is a whole number finds the integer. Nil when a map cannot have it.
    public init?(_ value: ExpressionValue) {
        switch value {
        case .bool(let value): self = .bool(value)
        case .int(let value): self = .int(value)
        case .uint(let value): self = .uint(value)
        case .string(let value): self = .string(value)
        case .double(let value):
            if let whole = Int64(exactly: value) {
                self = .int(whole)
            } else if let whole = UInt64(exactly: value) {
                self = .uint(whole)
            } else {
                return nil
            }
        default: return nil
        }
    }

    /// The key as a value, in the type it was given in.
    public var value: ExpressionValue {
        switch self {
        case .bool(let value): .bool(value)
        case .int(let value): .int(value)
        case .uint(let value): .uint(value)
        case .string(let value): .string(value)
        }
    }

    public static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.bool(let left), .bool(let right)): left == right
        case (.int(let left), .int(let right)): left == right
        case (.uint(let left), .uint(let right)): left == right
        case (.int(let left), .uint(let right)): UInt64(exactly: left) == right
        case (.uint(let left), .int(let right)): left == UInt64(exactly: right)
        case (.string(let left), .string(let right)): left.hasSameScalars(as: right)
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .bool(let value): hasher.combine(value)
        case .int(let value): hasher.combine(UInt64(bitPattern: value))
        case .uint(let value): hasher.combine(value)
        case .string(let value): hasher.combine(value)
        }
    }
}

extension String {
    /// Equality by code point; Swift's own takes canonically equivalent texts for equal.
    func hasSameScalars(as other: String) -> Bool {
        self == other && utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
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
        /// A result or a conversion outside the range of its type.
        case overflow
        case divisionByZero
        /// A value that a function cannot take: a date that does not exist, a malformed pattern, a key given twice.
        case invalidArgument
        /// The expression took more than its budget of steps.
        case costLimit
    }

    public var code: Code
    public var message: String
    /// UTF-8 offset in the source.
    public var offset: Int

    /// Functions of an environment pass no offset: the evaluator puts in that of the call.
    public init(_ code: Code, _ message: String, at offset: Int = 0) {
        self.code = code
        self.message = message
        self.offset = offset
    }

    public var description: String { "\(message) (at character \(offset + 1))" }
}
