/// Reads the YAML of stories strictly: every key is known, every finding has a line and a column.

internal import FoundationEssentials
internal import KioskCore
internal import Yams

/// Collects the findings of one story file and hands out its values.
final class StoryYAML {
    static let maximumBytes = 256 << 10
    static let maximumNodes = 20_000
    static let maximumDepth = 12

    let file: String
    private(set) var diagnostics: [MatterDiagnostic] = []

    init(file: String) { self.file = file }

    func root(of text: String) -> Node? {
        guard text.utf8.count <= Self.maximumBytes else {
            report("the file is larger than \(Self.maximumBytes / 1024) KiB", at: nil)
            return nil
        }
        do {
            guard let node = try Yams.compose(yaml: text), node.mapping != nil else {
                report("the file must be a list of “key: value” lines", at: nil)
                return nil
            }
            var budget = Self.maximumNodes
            guard Self.isBounded(node, depth: 0, budget: &budget) else {
                report("the file unfolds to more than \(Self.maximumNodes) values, or too deep", at: node)
                return nil
            }
            return node
        } catch {
            report("this is not YAML", error)
            return nil
        }
    }

    /// An alias can unfold without end.
    private static func isBounded(_ node: Node, depth: Int, budget: inout Int) -> Bool {
        budget -= 1
        guard budget > 0, depth < maximumDepth else { return false }
        let children: [Node]
        switch node {
        case .scalar, .alias: return true
        case .mapping(let mapping): children = mapping.flatMap { [$0.key, $0.value] }
        case .sequence(let sequence): children = Array(sequence)
        }
        return children.allSatisfy { isBounded($0, depth: depth + 1, budget: &budget) }
    }

    private func report(_ message: String, _ error: any Error) {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            add("\(message): \(problem)", line: mark.line, column: mark.column, hint: nil)
        case .duplicatedKeysInMapping(let keys, let context):
            add(
                "“\(keys.joined(separator: ", "))” stands twice", line: context.mark.line, column: context.mark.column,
                hint: nil)
        default: add(message, line: 1, column: 1, hint: nil)
        }
    }

    func report(_ message: String, at node: Node?, hint: String? = nil) {
        add(message, line: node?.mark?.line ?? 1, column: node?.mark?.column ?? 1, hint: hint)
    }

    private func add(_ message: String, line: Int, column: Int, hint: String?) {
        diagnostics.append(MatterDiagnostic(file: file, line: line, column: column, message: message, hint: hint))
    }

    /// Says that a name is unknown, with the nearest known one.
    func reportUnknown(_ name: String, _ what: String, known: [String], at node: Node?) {
        report(
            "there is no \(what) “\(name)”", at: node,
            hint: nearest(to: name, in: known).map { "did you mean “\($0)”?" }
                ?? (known.count <= 20 ? "known: \(known.joined(separator: ", "))" : nil))
    }

    // MARK: Values

    func mapping(_ node: Node?, allowed: [String], what: String) -> [String: Node] {
        guard let node, let mapping = node.mapping else {
            report("\(what) must be a list of “key: value” lines", at: node)
            return [:]
        }
        var entries: [String: Node] = [:]
        for (key, value) in mapping {
            guard let name = key.scalar?.string, allowed.contains(name) else {
                reportUnknown(key.scalar?.string ?? "", "key in \(what)", known: allowed, at: key)
                continue
            }
            entries[name] = value
        }
        return entries
    }

    func sequence(_ node: Node?, what: String) -> [Node] {
        guard let node else { return [] }
        guard let sequence = node.sequence else {
            report("\(what) must be a list", at: node)
            return []
        }
        return Array(sequence)
    }

    /// What is written, as text; also numbers and days.
    func text(_ node: Node?, what: String) -> Story.Written<String>? {
        guard let node else { return nil }
        guard let text = node.scalar?.string, !text.isEmpty else {
            report("\(what) must be a word or a sentence", at: node)
            return nil
        }
        return written(text, node)
    }

    func written<Value: Sendable>(_ value: Value, _ node: Node) -> Story.Written<Value> {
        Story.Written(value: value, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }

    func flag(_ node: Node?, what: String) -> Bool? {
        guard let node else { return nil }
        switch node.scalar?.string {
        case "true", "yes", "是": return true
        case "false", "no", "否": return false
        default:
            report("\(what) is 是 or 否 (true or false)", at: node)
            return nil
        }
    }

    func day(_ node: Node?, what: String) -> CalendarDate? {
        guard let node else { return nil }
        guard let day = node.scalar.flatMap({ CalendarDate($0.string) }) else {
            report("\(what) must be a day: YYYY-MM-DD", at: node)
            return nil
        }
        return day
    }
}
