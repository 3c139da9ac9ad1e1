/// Strict reading of YAML mappings: every key is known, every finding has a line and a column.

internal import FoundationEssentials
internal import Yams

/// Collects findings of one file and hands out its values.
final class StrictYAML {
    static let maximumFileBytes = 256 << 10
    static let maximumNodes = 20_000
    static let maximumDepth = 24

    let file: String
    /// The values of a section's parameters, by name.
    let parameters: [String: Localized]
    private(set) var diagnostics: [MatterDiagnostic] = []

    init(file: String, parameters: [String: Localized] = [:]) {
        self.file = file
        self.parameters = parameters
    }

    /// The root mapping, or nil with a finding. The number of values is bounded: an alias can unfold without end.
    func root(of text: String) -> Node? {
        guard text.utf8.count <= Self.maximumFileBytes else {
            report("the file is larger than \(Self.maximumFileBytes / 1024) KiB", line: 1, column: 1)
            return nil
        }
        do {
            guard let node = try Yams.compose(yaml: text, .basic) else {
                report("the file is empty", line: 1, column: 1)
                return nil
            }
            var budget = Self.maximumNodes
            guard isBounded(node, depth: 0, budget: &budget) else {
                report("the file unfolds to more than \(Self.maximumNodes) values, or too deep", at: node)
                return nil
            }
            guard node.mapping != nil else {
                report("the file must be a list of “key: value” lines", at: node)
                return nil
            }
            return node
        } catch let error as YamlError {
            report(error)
        } catch {
            report("the file cannot be read as YAML", line: 1, column: 1)
        }
        return nil
    }

    private func isBounded(_ node: Node, depth: Int, budget: inout Int) -> Bool {
        budget -= 1
        guard budget > 0, depth < Self.maximumDepth else { return false }
        switch node {
        case .scalar, .alias: return true
        case .mapping(let mapping):
            for (key, value) in mapping {
                guard isBounded(key, depth: depth + 1, budget: &budget),
                    isBounded(value, depth: depth + 1, budget: &budget)
                else { return false }
            }
        case .sequence(let sequence):
            for child in sequence where !isBounded(child, depth: depth + 1, budget: &budget) { return false }
        }
        return true
    }

    private func report(_ error: YamlError) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            report("this is not YAML: \(problem)", line: mark.line, column: mark.column)
        case .duplicatedKeysInMapping(let duplicates, let context):
            let keys = duplicates.joined(separator: ", ")
            report("“\(keys)” stands twice", line: context.mark.line, column: context.mark.column)
        default: report("the file cannot be read as YAML", line: 1, column: 1)
        }
    }

    // MARK: Findings

    func report(_ message: String, at node: Node?, hint: String? = nil) {
        report(message, line: node?.mark?.line ?? 1, column: node?.mark?.column ?? 1, hint: hint)
    }

    func report(_ message: String, line: Int, column: Int, hint: String? = nil) {
        diagnostics.append(
            MatterDiagnostic(file: file, line: max(line, 1), column: max(column, 1), message: message, hint: hint))
    }

    func add(_ finding: MatterDiagnostic) {
        if !diagnostics.contains(finding) { diagnostics.append(finding) }
    }

    /// The same file with values for a section's parameters; findings go to a list of its own.
    func with(parameters: [String: Localized]) -> StrictYAML {
        StrictYAML(file: file, parameters: parameters)
    }

    // MARK: Values

    /// The entries of a mapping; unknown keys are findings.
    func mapping(_ node: Node?, allowed: [String], what: String) -> [String: Node] {
        guard let node, let mapping = node.mapping else {
            report("\(what) must be a list of “key: value” lines", at: node)
            return [:]
        }
        var entries: [String: Node] = [:]
        for (key, value) in mapping {
            guard let name = key.string else {
                report("a key must be a word", at: key)
                continue
            }
            guard allowed.contains(name) else {
                report(
                    "\(what) has no “\(name)”", at: key,
                    hint: nearest(to: name, in: allowed).map { "did you mean “\($0)”?" }
                        ?? "known here: \(allowed.joined(separator: ", "))")
                continue
            }
            entries[name] = value
        }
        return entries
    }

    func text(_ entries: [String: Node], _ key: String, in what: String, at owner: Node?) -> String? {
        guard let node = entries[key] else {
            report("\(what) lacks “\(key)”", at: owner)
            return nil
        }
        guard let scalar = node.scalar, !scalar.string.isEmpty else {
            report("“\(key)” must be a text", at: node)
            return nil
        }
        return scalar.string
    }

    func integer(_ entries: [String: Node], _ key: String, in what: String, at owner: Node?) -> Int? {
        guard let text = text(entries, key, in: what, at: owner) else { return nil }
        guard let number = Int(text), (0...100_000_000).contains(number) else {
            report("“\(key)” must be a whole number, 0 or more", at: entries[key])
            return nil
        }
        return number
    }

    func flag(_ entries: [String: Node], _ key: String) -> Bool? {
        guard let node = entries[key] else { return nil }
        switch node.scalar?.string {
        case "true": return true
        case "false": return false
        default:
            report("“\(key)” must be true or false", at: node)
            return nil
        }
    }

    /// `中文 | English`, both present, with the section's parameters filled in.
    func localized(_ node: Node?, what: String, at owner: Node?) -> Localized? {
        guard let node else {
            report("\(what) is missing", at: owner)
            return nil
        }
        guard let text = node.scalar?.string, !text.isEmpty else {
            report("\(what) must be a text: “中文 | English”", at: node)
            return nil
        }
        var parts = text.components(separatedBy: " | ")
        if parts.count == 1, let value = wholeParameter(text) { parts = [value.zh, value.en] }
        guard parts.count == 2 else {
            report(
                parts.count < 2 ? "\(what) has no English" : "\(what) has more than one “ | ”", at: node,
                hint: "write “中文 | English”, with a space on both sides of the stroke")
            return nil
        }
        let zh = filled(parts[0].trimmed, \.zh, at: node)
        let en = filled(parts[1].trimmed, \.en, at: node)
        if zh.isEmpty || en.isEmpty {
            report("\(what) lacks the \(zh.isEmpty ? "Chinese" : "English")", at: node)
            return nil
        }
        if en.unicodeScalars.contains(where: { (0x4E00...0x9FFF).contains($0.value) }) {
            report("\(what) has Chinese in its English half", at: node)
        }
        return Localized(zh: zh, en: en)
    }

    func optionalLocalized(_ node: Node?, what: String) -> Localized? {
        node.flatMap { localized($0, what: what, at: $0) }
    }

    private func wholeParameter(_ text: String) -> Localized? {
        guard text.hasPrefix("{"), text.hasSuffix("}") else { return nil }
        return parameters[String(text.dropFirst().dropLast())]
    }

    private func filled(_ text: String, _ half: KeyPath<Localized, String>, at node: Node) -> String {
        guard text.contains("{") else { return text }
        var result = ""
        var rest = Substring(text)
        while let open = rest.firstIndex(of: "{") {
            result += rest[..<open]
            guard let close = rest[open...].firstIndex(of: "}") else { break }
            let name = String(rest[rest.index(after: open)..<close])
            if let value = parameters[name] {
                result += value[keyPath: half]
            } else {
                report(
                    "“{\(name)}” is no parameter of this section", at: node,
                    hint: nearest(to: name, in: parameters.keys).map { "did you mean “{\($0)}”?" })
            }
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }

    /// A list of words.
    func words(_ node: Node?, what: String) -> [String] {
        sequence(node, what: what).compactMap { node in
            guard let word = node.scalar?.string, !word.isEmpty else {
                report("\(what) must be a list of words", at: node)
                return nil
            }
            return word
        }
    }

    func sequence(_ node: Node?, what: String) -> [Node] {
        guard let node else { return [] }
        guard let sequence = node.sequence else {
            report("\(what) must be a list of “-” lines", at: node)
            return []
        }
        return Array(sequence)
    }

    /// A word out of a fixed set.
    func word<Word: RawRepresentable & CaseIterable>(
        _ entries: [String: Node], _ key: String, as type: Word.Type, in what: String, at owner: Node?
    ) -> Word? where Word.RawValue == String {
        guard let text = text(entries, key, in: what, at: owner) else { return nil }
        guard let word = Word(rawValue: text) else {
            let known = Word.allCases.map(\.rawValue)
            report(
                "“\(text)” is not a known \(key)", at: entries[key],
                hint: nearest(to: text, in: known).map { "did you mean “\($0)”?" }
                    ?? "known: \(known.joined(separator: ", "))")
            return nil
        }
        return word
    }

    func condition(_ node: Node?, what: String) -> Condition? {
        guard let node else { return nil }
        guard let source = node.scalar?.string, !source.isEmpty else {
            report("\(what) must be a condition", at: node)
            return nil
        }
        do throws(ExpressionError) {
            return try Condition(source)
        } catch {
            report("\(what): \(error.message)", in: node, offset: error.offset, hint: nil)
            return nil
        }
    }

    /// A finding inside a one-line text, at a UTF-8 offset of its content.
    func report(_ message: String, in node: Node?, offset: Int, hint: String?) {
        guard let node, let mark = node.mark, let scalar = node.scalar else {
            report(message, at: node, hint: hint)
            return
        }
        let quoted = scalar.style == .singleQuoted || scalar.style == .doubleQuoted
        let isBlock = scalar.style == .literal || scalar.style == .folded
        let before = String(decoding: scalar.string.utf8.prefix(max(offset, 0)), as: UTF8.self)
        report(
            message, line: mark.line, column: isBlock ? mark.column : mark.column + (quoted ? 1 : 0) + before.count,
            hint: hint)
    }
}

extension String {
    var trimmed: String {
        var text = Substring(self)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
