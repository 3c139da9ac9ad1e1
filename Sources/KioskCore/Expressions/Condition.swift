/// A condition of a matter file: CEL source, parsed once, kept as text.

public struct Condition: Codable, Hashable, Sendable, CustomStringConvertible {
    public let source: String

    public init(_ source: String) {
        self.source = source
    }

    public init(from decoder: any Decoder) throws {
        source = try decoder.singleValueContainer().decode(String.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(source)
    }

    public var description: String { source }
}
