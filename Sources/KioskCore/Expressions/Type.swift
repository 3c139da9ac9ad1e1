/// The types that the checker knows: CEL's, and two of our own for words out of a fixed set and records by name.

/// A type of the condition language (CEL language definition, "Gradual Type Checking").
public indirect enum ExpressionType: Hashable, Sendable, CustomStringConvertible {
    /// `dyn`: known only when it is evaluated.
    case dynamic
    case null, bool, int, uint, double, string, bytes, timestamp, duration
    /// A type as a value.
    case type
    case list(ExpressionType)
    case map(ExpressionType, ExpressionType)
    /// A text out of a fixed set. It goes wherever a text goes.
    case word(Set<String>)
    /// A map with text keys, each known by name with its own type.
    case record([String: ExpressionType])

    public var description: String {
        switch self {
        case .dynamic: "dyn"
        case .null: "null"
        case .bool: "bool"
        case .int: "int"
        case .uint: "uint"
        case .double: "double"
        case .string, .word: "string"
        case .bytes: "bytes"
        case .timestamp: "timestamp"
        case .duration: "duration"
        case .type: "type"
        case .list(let element): "list(\(element))"
        case .map(let key, let value): "map(\(key), \(value))"
        case .record: "record"
        }
    }

    /// The type of a value, as far as the value shows it: lists of several types are `list(dyn)`.
    public init(of value: ExpressionValue) {
        switch value {
        case .null: self = .null
        case .bool: self = .bool
        case .int: self = .int
        case .uint: self = .uint
        case .double: self = .double
        case .string: self = .string
        case .bytes: self = .bytes
        case .list(let values): self = .list(Self.common(values.lazy.map(Self.init(of:))))
        case .map(let entries):
            self = .map(
                Self.common(entries.keys.lazy.map { Self(of: $0.value) }),
                Self.common(entries.values.lazy.map(Self.init(of:))))
        case .timestamp: self = .timestamp
        case .duration: self = .duration
        case .type: self = .type
        }
    }

    /// The one type that all have; `dyn` when there is none.
    static func common(_ types: some Sequence<ExpressionType>) -> ExpressionType {
        var result: ExpressionType?
        for type in types {
            result = result.map { $0.joined(with: type) ?? .dynamic } ?? type
            if result == .dynamic { break }
        }
        return result ?? .dynamic
    }

    /// The narrowest type that holds the values of both; nil when only `dyn` does.
    func joined(with other: ExpressionType) -> ExpressionType? {
        switch (self, other) {
        case (.dynamic, _), (_, .dynamic): return .dynamic
        case (.word(let left), .word(let right)): return .word(left.union(right))
        case (.word, .string), (.string, .word): return .string
        case (.list(let left), .list(let right)): return left.joined(with: right).map(ExpressionType.list)
        case (.record, .record) where self != other: return .map(.string, .dynamic)
        case (.record, .map), (.map, .record):
            return isAssignable(to: other) || other.isAssignable(to: self) ? .map(.string, .dynamic) : nil
        case (.map(let leftKey, let leftValue), .map(let rightKey, let rightValue)):
            guard let key = leftKey.joined(with: rightKey), let value = leftValue.joined(with: rightValue) else {
                return nil
            }
            return .map(key, value)
        default: return self == other ? self : nil
        }
    }

    /// Whether a value of this type may stand where the other is wanted, as far as can be known.
    func isAssignable(to other: ExpressionType) -> Bool {
        switch (self, other) {
        case (.dynamic, _), (_, .dynamic): true
        case (.word, .string), (.word, .word), (.string, .word): true
        case (.list(let left), .list(let right)): left.isAssignable(to: right)
        case (.map(let leftKey, let leftValue), .map(let rightKey, let rightValue)):
            leftKey.isAssignable(to: rightKey) && leftValue.isAssignable(to: rightValue)
        case (.record(let fields), .map(let key, let value)):
            ExpressionType.string.isAssignable(to: key) && fields.values.allSatisfy { $0.isAssignable(to: value) }
        case (.map(let key, _), .record): key.isAssignable(to: .string)
        case (.record(let left), .record(let right)):
            right.allSatisfy { name, type in left[name]?.isAssignable(to: type) ?? false }
        default: self == other
        }
    }

    var isNumber: Bool { self == .int || self == .uint || self == .double }

    /// Whether a value is of this type, by its outermost kind.
    func accepts(_ value: ExpressionValue) -> Bool {
        switch (self, value) {
        case (.dynamic, _), (.null, .null), (.bool, .bool), (.int, .int), (.uint, .uint), (.double, .double),
            (.string, .string), (.bytes, .bytes), (.timestamp, .timestamp), (.duration, .duration), (.type, .type),
            (.list, .list), (.map, .map), (.record, .map):
            true
        case (.word(let words), .string(let word)): words.contains(word)
        default: false
        }
    }
}
