import Foundation
import KioskAuthoring
import KioskCore
import Testing
import Yams

struct MatterSchemaTests {
    private static let path = MatterFixtures.folder + "/matter.schema.json"

    @Test("The schema beside the matters is the one that the program makes")
    func upToDate() throws {
        let present = String(decoding: try Data(contentsOf: URL(fileURLWithPath: Self.path)), as: UTF8.self)
        #expect(try MatterSchema.text() == present, "run: kiosk-matters schema > matters/matter.schema.json")
    }

    @Test("Every file of the folder has the structure of the schema")
    func everyFile() throws {
        let schema = try Schema(MatterSchema.text())
        for source in MatterFixtures.sources {
            guard let kind = Self.kind(of: source.path) else { continue }
            let node = try #require(try Yams.compose(yaml: source.text))
            #expect(schema.problems(node, kind) == [], "\(source.path)")
        }
    }

    @Test(
        "A file of another structure does not fit",
        arguments: [
            ("kind: permit", "kind: permission"), ("workdays: 1", "workdays: one"), ("title: 店名 | ", "title: 店名 "),
            ("type: address", "type: adress"), ("mark: \"?\"", "mark: \"!\""), ("code: MKT-001", "cod: MKT-001"),
            ("summary: ", "sumary: "), ("need: lease", "need: lease, note: 是 | Yes"),
        ])
    func broken(old: String, new: String) throws {
        let source = try #require(
            MatterFixtures.changed(["MKT-001"], replacing: old, with: new).first { $0.path == "MKT/MKT-001.yaml" })
        let node = try #require(try Yams.compose(yaml: source.text))
        #expect(!(try Schema(MatterSchema.text()).problems(node, "matter").isEmpty))
    }

    private static func kind(of path: String) -> String? {
        switch path.split(separator: "/").first {
        case "archetypes": "archetype"
        case "sections": "section"
        case "registers": "register"
        case "stories": "stories"
        default: path.contains("/") ? "matter" : nil
        }
    }
}

/// The part of JSON Schema that the schema uses.
private struct Schema {
    private let definitions: [String: Any]

    init(_ text: String) throws {
        let root = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        definitions = try #require(root?["$defs"] as? [String: Any])
    }

    func problems(_ node: Node, _ definition: String) -> [String] {
        problems(node, definitions[definition] as? [String: Any] ?? ["enum": []], at: definition)
    }

    private func problems(_ node: Node, _ schema: [String: Any], at path: String) -> [String] {
        var problems: [String] = []
        if let reference = schema["$ref"] as? String, let name = reference.split(separator: "/").last {
            problems += self.problems(node, String(name))
        }
        let types = schema["type"] as? [String] ?? (schema["type"] as? String).map { [$0] }
        if let types, !types.contains(where: { Self.isOf($0, node) }) { problems.append("\(path): not \(types)") }
        if let words = schema["enum"] as? [String], !words.contains(node.scalar?.string ?? "") {
            problems.append("\(path): none of \(words)")
        }
        if let pattern = schema["pattern"] as? String, let text = node.scalar?.string,
            (try? Regex(pattern).firstMatch(in: text)) == nil
        {
            problems.append("\(path): “\(text)” does not match")
        }
        if let number = node.scalar.flatMap({ Double($0.string) }) {
            if let least = schema["minimum"] as? Double, number < least { problems.append("\(path): too small") }
            if let most = schema["maximum"] as? Double, number > most { problems.append("\(path): too large") }
        }
        if let sequence = node.sequence {
            if let most = schema["maxItems"] as? Int, sequence.count > most { problems.append("\(path): too many") }
            if let least = schema["minItems"] as? Int, sequence.count < least { problems.append("\(path): too few") }
            if let items = schema["items"] as? [String: Any] {
                for (index, item) in sequence.enumerated() {
                    problems += self.problems(item, items, at: "\(path)[\(index)]")
                }
            }
        }
        if let mapping = node.mapping { problems += self.problems(mapping, schema, at: path) }
        if let choices = schema["oneOf"] as? [[String: Any]] {
            let fitting = choices.count { self.problems(node, $0, at: path).isEmpty }
            if fitting != 1 { problems.append("\(path): fits \(fitting) of the choices") }
        }
        return problems
    }

    private func problems(_ mapping: Node.Mapping, _ schema: [String: Any], at path: String) -> [String] {
        var problems: [String] = []
        let keys = mapping.keys.compactMap(\.string)
        for key in schema["required"] as? [String] ?? [] where !keys.contains(key) {
            problems.append("\(path): lacks \(key)")
        }
        if let least = schema["minProperties"] as? Int, keys.count < least { problems.append("\(path): too few") }
        let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
        for (key, value) in mapping {
            let name = key.string ?? ""
            if let property = properties[name] {
                problems += self.problems(value, property, at: "\(path).\(name)")
            } else if let other = schema["additionalProperties"] as? [String: Any] {
                problems += self.problems(value, other, at: "\(path).\(name)")
            } else if schema["additionalProperties"] as? Bool == false {
                problems.append("\(path): has \(name)")
            }
        }
        return problems
    }

    /// The YAML core types of a plain scalar; what is quoted is a string.
    private static func isOf(_ type: String, _ node: Node) -> Bool {
        switch type {
        case "object": return node.mapping != nil
        case "array": return node.sequence != nil
        default: break
        }
        guard let scalar = node.scalar else { return false }
        let isPlain = scalar.style == .plain || scalar.style == .any
        let isFlag = isPlain && ["true", "false"].contains(scalar.string)
        let isNumber = isPlain && Double(scalar.string) != nil
        return switch type {
        case "boolean": isFlag
        case "number": isNumber
        case "integer": isPlain && Int(scalar.string) != nil
        default: !isFlag && !isNumber
        }
    }
}
