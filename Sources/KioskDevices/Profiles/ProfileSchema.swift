/// The JSON Schema of hardware profiles, made from the grammar that the loader reads by.

internal import FoundationEssentials

public enum ProfileSchema {
    /// Draft 2020-12, with sorted keys and a line end: the same text on every machine.
    public static func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(schema), as: UTF8.self) + "\n"
    }

    /// What the driver decides stands under a condition on the driver, so that an editor's complaint names one key.
    private static var schema: SchemaNode {
        var schema = SchemaNode(mapping: ProfileGrammar.profile(.samv))
        schema.dialect = "https://json-schema.org/draft/2020-12/schema"
        schema.title = "Hardware profile"
        schema.properties?["parameters"]?.properties = nil
        schema.properties?["parameters"]?.isOpen = nil
        schema.allOf = HardwareProfile.DriverName.allCases.map { driver in
            var condition = SchemaNode()
            condition.properties = ["driver": SchemaNode(constant: driver.rawValue)]
            condition.required = ["driver"]
            var consequence = SchemaNode()
            let properties = SchemaNode(mapping: ProfileGrammar.profile(driver)).properties
            consequence.properties = properties?.filter { ["kind", "parameters"].contains($0.key) }
            consequence.properties?["kind"]?.words = driver.kinds.map(\.rawValue)
            var rule = SchemaNode()
            rule.condition = [condition]
            rule.consequence = [consequence]
            return rule
        }
        return schema
    }
}

/// The part of JSON Schema that profiles need.
private struct SchemaNode: Encodable {
    var dialect: String?
    var title: String?
    var description: String?
    var type: String?
    var words: [String]?
    var numbers: [Int]?
    var constant: String?
    var pattern: String?
    var minimum: Int?
    var maximum: Int?
    var minLength: Int?
    var maxLength: Int?
    var minItems: Int?
    var maxItems: Int?
    /// One element, or none: an array, because a value cannot hold itself.
    var items: [SchemaNode] = []
    var properties: [String: SchemaNode]?
    var required: [String]?
    var isOpen: Bool?
    var allOf: [SchemaNode]?
    var condition: [SchemaNode] = []
    var consequence: [SchemaNode] = []

    init(constant: String? = nil) {
        self.constant = constant
    }

    init(mapping keys: [ProfileKey]) {
        type = "object"
        isOpen = false
        let required = keys.filter(\.isRequired).map(\.name)
        self.required = required.isEmpty ? nil : required
        properties = Dictionary(
            keys.map { key in
                var node = SchemaNode(key.shape)
                node.description = key.meaning
                return (key.name, node)
            }, uniquingKeysWith: { first, _ in first })
    }

    init(_ shape: ProfileShape) {
        self.init()
        switch shape {
        case .mapping(let keys):
            self = SchemaNode(mapping: keys)
        case .text:
            type = "string"
            (minLength, maxLength) = (1, ProfileGrammar.maximumTextCharacters)
        case .byte:
            // What reads YAML 1.2 takes 0x0e for 14.
            type = "integer"
            (minimum, maximum) = (0, 255)
        case .number(let range):
            type = "integer"
            (minimum, maximum) = (range.lowerBound, range.upperBound)
        case .choice(let numbers):
            self.numbers = numbers
        case .flag:
            type = "boolean"
        case .word(let words):
            self.words = words
        case .identifiers:
            type = "string"
            pattern = "^[0-9a-fA-F]{4}:[0-9a-fA-F]{4}$"
        case .list(let shape, let most):
            type = "array"
            items = [SchemaNode(shape)]
            (minItems, maxItems) = (1, most)
        }
    }

    private enum Key: String, CodingKey {
        case dialect = "$schema"
        case title, description, type
        case words = "enum"
        case constant = "const"
        case pattern, minimum, maximum, minLength, maxLength, minItems, maxItems, items, properties, required
        case isOpen = "additionalProperties"
        case allOf
        case condition = "if"
        case consequence = "then"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encodeIfPresent(dialect, forKey: .dialect)
        try container.encodeIfPresent(title, forKey: .title)
        try container.encodeIfPresent(description, forKey: .description)
        try container.encodeIfPresent(type, forKey: .type)
        try container.encodeIfPresent(words, forKey: .words)
        try container.encodeIfPresent(numbers, forKey: .words)
        try container.encodeIfPresent(constant, forKey: .constant)
        try container.encodeIfPresent(pattern, forKey: .pattern)
        try container.encodeIfPresent(minimum, forKey: .minimum)
        try container.encodeIfPresent(maximum, forKey: .maximum)
        try container.encodeIfPresent(minLength, forKey: .minLength)
        try container.encodeIfPresent(maxLength, forKey: .maxLength)
        try container.encodeIfPresent(minItems, forKey: .minItems)
        try container.encodeIfPresent(maxItems, forKey: .maxItems)
        try container.encodeIfPresent(items.first, forKey: .items)
        try container.encodeIfPresent(properties, forKey: .properties)
        try container.encodeIfPresent(required, forKey: .required)
        try container.encodeIfPresent(isOpen, forKey: .isOpen)
        try container.encodeIfPresent(allOf, forKey: .allOf)
        try container.encodeIfPresent(condition.first, forKey: .condition)
        try container.encodeIfPresent(consequence.first, forKey: .consequence)
    }
}
