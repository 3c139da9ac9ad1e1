/// Values of the condition language as JSON: the mapping that protocol buffers give `cel.expr.Value`.

internal import FoundationEssentials

/// For example `{"int64Value":"3"}`, `{"listValue":{"values":[{"boolValue":true}]}}`. Whole numbers are read as texts and
/// as numbers, and written as texts. Decoding throws a `DecodingError` for anything else, including nesting deeper than
/// `maximumNesting` values.
extension ExpressionValue: Codable {
    static let maximumNesting = 40
    private static let typePrefix = "type.googleapis.com/google.protobuf."

    private enum Kind: String, CodingKey, CaseIterable {
        case nullValue, boolValue, int64Value, uint64Value, doubleValue, stringValue, bytesValue, listValue, mapValue
        case typeValue, objectValue
    }

    private enum ListKey: String, CodingKey { case values }
    private enum MapKey: String, CodingKey { case entries }
    private enum EntryKey: String, CodingKey { case key, value }
    private enum ObjectKey: String, CodingKey {
        case type = "@type"
        case value
    }

    private struct Entry: Codable {
        var key: ExpressionValue
        var value: ExpressionValue
    }

    public init(from decoder: any Decoder) throws {
        // A nested value stands three to four keys below the one around it.
        guard decoder.codingPath.count <= Self.maximumNesting * 4 else {
            throw Self.corrupted(decoder, "the value is nested too deeply")
        }
        let names = try decoder.container(keyedBy: AnyKey.self).allKeys
        guard names.count == 1, let name = names.first, let kind = Kind(rawValue: name.stringValue) else {
            throw Self.corrupted(decoder, "a value has one key out of \(Kind.allCases.map(\.rawValue))")
        }
        let container = try decoder.container(keyedBy: Kind.self)
        switch kind {
        case .nullValue:
            if try !container.decodeNil(forKey: kind) {
                guard (try? container.decode(String.self, forKey: kind)) == "NULL_VALUE" else {
                    throw Self.corrupted(decoder, "nullValue is null")
                }
            }
            self = .null
        case .boolValue: self = .bool(try container.decode(Bool.self, forKey: kind))
        case .int64Value: self = .int(try Self.whole(container, kind))
        case .uint64Value: self = .uint(try Self.whole(container, kind))
        case .doubleValue: self = .double(try Self.double(container, decoder))
        case .stringValue: self = .string(try container.decode(String.self, forKey: kind))
        case .bytesValue:
            guard let bytes = Self.bytes(base64: try container.decode(String.self, forKey: kind)) else {
                throw Self.corrupted(decoder, "bytesValue is base64")
            }
            self = .bytes(bytes)
        case .listValue:
            let list = try container.nestedContainer(keyedBy: ListKey.self, forKey: kind)
            self = .list(try list.decodeIfPresent([ExpressionValue].self, forKey: .values) ?? [])
        case .mapValue:
            let map = try container.nestedContainer(keyedBy: MapKey.self, forKey: kind)
            var entries: [ExpressionKey: ExpressionValue] = [:]
            for entry in try map.decodeIfPresent([Entry].self, forKey: .entries) ?? [] {
                if case .double = entry.key { throw Self.corrupted(decoder, "a double cannot be a key") }
                guard let key = ExpressionKey(entry.key), entries.updateValue(entry.value, forKey: key) == nil else {
                    throw Self.corrupted(decoder, "a key that a map cannot have, or one given twice")
                }
            }
            self = .map(entries)
        case .typeValue: self = .type(try container.decode(String.self, forKey: kind))
        case .objectValue: self = try Self.object(container, decoder)
        }
    }

    private static func corrupted(_ decoder: any Decoder, _ message: String) -> DecodingError {
        .dataCorrupted(DecodingError.Context(codingPath: decoder.codingPath, debugDescription: message))
    }

    private static func whole<T: FixedWidthInteger & Decodable>(
        _ container: KeyedDecodingContainer<Kind>, _ kind: Kind
    ) throws -> T {
        if let text = try? container.decode(String.self, forKey: kind) {
            guard let value = T(text) else {
                throw DecodingError.dataCorruptedError(
                    forKey: kind, in: container, debugDescription: "no whole number in range")
            }
            return value
        }
        return try container.decode(T.self, forKey: kind)
    }

    private static func double(
        _ container: KeyedDecodingContainer<Kind>, _ decoder: any Decoder
    ) throws -> Double {
        guard let text = try? container.decode(String.self, forKey: .doubleValue) else {
            return try container.decode(Double.self, forKey: .doubleValue)
        }
        switch text {
        case "NaN": return .nan
        case "Infinity": return .infinity
        case "-Infinity": return -.infinity
        default:
            guard let number = Double(text), number.isFinite else { throw corrupted(decoder, "no double") }
            return number
        }
    }

    private static func object(
        _ container: KeyedDecodingContainer<Kind>, _ decoder: any Decoder
    ) throws -> ExpressionValue {
        let object = try container.nestedContainer(keyedBy: ObjectKey.self, forKey: .objectValue)
        let type = try object.decode(String.self, forKey: .type)
        let text = try object.decode(String.self, forKey: .value)
        switch type {
        case typePrefix + "Timestamp":
            guard let time = ExpressionTimestamp(text) else { throw corrupted(decoder, "no timestamp in range") }
            return .timestamp(time)
        case typePrefix + "Duration":
            guard let length = ExpressionDuration(text) else { throw corrupted(decoder, "no duration in range") }
            return .duration(length)
        default: throw corrupted(decoder, "messages are not part of this language")
        }
    }

    /// Base64 of either alphabet, with or without its padding.
    private static func bytes(base64 text: String) -> [UInt8]? {
        var standard = text.utf8.map { byte in byte == 0x2D ? 0x2B : byte == 0x5F ? 0x2F : byte }
        while standard.last == 0x3D { standard.removeLast() }
        guard standard.count % 4 != 1, text.utf8.count - standard.count <= 2 else { return nil }
        standard += Array(repeating: 0x3D, count: (4 - standard.count % 4) % 4)
        return Data(base64Encoded: String(decoding: standard, as: UTF8.self)).map { Array($0) }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Kind.self)
        switch self {
        case .null: try container.encodeNil(forKey: .nullValue)
        case .bool(let value): try container.encode(value, forKey: .boolValue)
        case .int(let value): try container.encode(String(value), forKey: .int64Value)
        case .uint(let value): try container.encode(String(value), forKey: .uint64Value)
        case .double(let value):
            if value.isFinite {
                try container.encode(value, forKey: .doubleValue)
            } else {
                try container.encode(StandardFunction.text(of: value), forKey: .doubleValue)
            }
        case .string(let value): try container.encode(value, forKey: .stringValue)
        case .bytes(let value): try container.encode(Data(value).base64EncodedString(), forKey: .bytesValue)
        case .list(let values):
            var list = container.nestedContainer(keyedBy: ListKey.self, forKey: .listValue)
            try list.encode(values, forKey: .values)
        case .map(let entries):
            var map = container.nestedContainer(keyedBy: MapKey.self, forKey: .mapValue)
            let sorted = entries.sorted { $0.key.precedes($1.key) }
            try map.encode(sorted.map { Entry(key: $0.key.value, value: $0.value) }, forKey: .entries)
        case .type(let name): try container.encode(name, forKey: .typeValue)
        case .timestamp(let time): try encodeObject("Timestamp", time.text, &container)
        case .duration(let length): try encodeObject("Duration", length.text, &container)
        }
    }

    private func encodeObject(
        _ type: String, _ text: String, _ container: inout KeyedEncodingContainer<Kind>
    ) throws {
        var object = container.nestedContainer(keyedBy: ObjectKey.self, forKey: .objectValue)
        try object.encode(Self.typePrefix + type, forKey: .type)
        try object.encode(text, forKey: .value)
    }
}

private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
