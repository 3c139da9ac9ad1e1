/// Takes the YAML of a hardware profile apart by its grammar; every complaint has a file, line and column.

internal import KioskCore
internal import Yams

/// What is wrong with a profile, where, and what to do.
public struct ProfileError: Error, Hashable, Sendable, CustomStringConvertible {
    public var file: String
    /// From 1; 0 when the whole file is meant.
    public var line: Int
    /// From 1, in characters; 0 when the whole file is meant.
    public var column: Int
    public var message: String

    public init(file: String, line: Int = 0, column: Int = 0, message: String) {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
    }

    public var description: String { line > 0 ? "\(file):\(line):\(column): \(message)" : "\(file): \(message)" }
}

/// A value that has the shape its key asks for.
struct ProfileValue {
    enum Content {
        case text(String)
        case number(Int)
        case flag(Bool)
        case list([ProfileValue])
        case mapping([String: ProfileValue])
    }

    var line: Int
    var column: Int
    /// Where its key stands, when it has one.
    var key: (line: Int, column: Int)?
    var content: Content

    subscript(_ key: String) -> ProfileValue? {
        if case .mapping(let values) = content { values[key] } else { nil }
    }

    var text: String? { if case .text(let text) = content { text } else { nil } }
    var number: Int? { if case .number(let number) = content { number } else { nil } }
    var flag: Bool? { if case .flag(let flag) = content { flag } else { nil } }
    var elements: [ProfileValue] { if case .list(let values) = content { values } else { [] } }
    /// Of a byte.
    var byte: UInt8? { number.flatMap { UInt8(exactly: $0) } }
}

struct ProfileReader {
    let file: String

    /// The file's one mapping.
    func root(_ yaml: String) throws(ProfileError) -> Node {
        guard yaml.utf8.count <= ProfileGrammar.maximumFileBytes else {
            throw ProfileError(
                file: file, message: "is larger than \(ProfileGrammar.maximumFileBytes / 1024) KiB: is it a profile?")
        }
        try refuseAnchors(yaml)
        do {
            guard let node = try Yams.compose(yaml: yaml, .basic) else {
                throw ProfileError(file: file, message: "is empty: begin with `name:`")
            }
            return node
        } catch let error as ProfileError {
            throw error
        } catch YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _)
        {
            throw at(mark.line, mark.column, "this is not YAML: \(problem)")
        } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
            throw at(
                context.mark.line, context.mark.column,
                "`\(keys.first ?? "")` stands twice in one mapping: keep one of them")
        } catch {
            throw at(1, 1, "this is not YAML")
        }
    }

    func error(_ value: ProfileValue, _ message: String) -> ProfileError {
        at(value.line, value.column, message)
    }

    /// For a key that should not be there.
    func misplaced(_ value: ProfileValue, _ message: String) -> ProfileError {
        at(value.key?.line ?? value.line, value.key?.column ?? value.column, message)
    }

    private func error(_ node: Node, _ message: String) -> ProfileError {
        at(node.mark?.line ?? 1, node.mark?.column ?? 1, message)
    }

    private func at(_ line: Int, _ column: Int, _ message: String) -> ProfileError {
        ProfileError(file: file, line: max(line, 1), column: max(column, 1), message: message)
    }

    /// An alias can unfold without end, and Yams compares unfolded keys: so nothing may be anchored. An anchor begins
    /// with `&` and a letter, a digit, `_` or `-`, and never directly after a letter or digit (`AT&T` is none).
    private func refuseAnchors(_ yaml: String) throws(ProfileError) {
        var line = 1
        var column = 0
        var previous: Unicode.Scalar = "\n"
        var isAfterAmpersand = false
        for scalar in yaml.unicodeScalars {
            let isNamePart =
                scalar.isASCII && (scalar.properties.isAlphabetic || "0123456789_-".contains(Character(scalar)))
            if isAfterAmpersand, isNamePart {
                throw at(line, column, "anchors are not allowed: write what is meant, and put a blank behind a plain &")
            }
            column += 1
            isAfterAmpersand =
                scalar == "&"
                && !(previous.isASCII && (previous.properties.isAlphabetic || ("0"..."9").contains(previous)))
            if scalar == "\n" { (line, column) = (line + 1, 0) }
            previous = scalar
        }
    }

    // MARK: - Shapes

    /// `what` names the value in complaints.
    func value(_ node: Node, _ shape: ProfileShape, _ what: String) throws(ProfileError) -> ProfileValue {
        let content: ProfileValue.Content =
            switch shape {
            case .text: .text(try text(node, what))
            case .byte: .number(try byte(node, what))
            case .number(let range): .number(try number(node, range, what))
            case .choice(let numbers): .number(try choice(node, numbers, what))
            case .flag: .flag(try flag(node, what))
            case .word(let words): .text(try word(node, words, what))
            case .identifiers: .text(try identifiers(node, what))
            case .list(let shape, let most): .list(try list(node, shape, atMost: most, what))
            case .mapping(let keys): .mapping(try mapping(node, keys, what))
            }
        return ProfileValue(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1, content: content)
    }

    /// One value of a mapping, before the rest is looked at; nil when it is not there.
    func value(ofKey key: String, in node: Node, _ shape: ProfileShape) throws(ProfileError) -> ProfileValue? {
        guard let found = node.mapping?.first(where: { $0.key.scalar?.string == key }) else { return nil }
        return try value(found.value, shape, "`\(key)`")
    }

    private func mapping(
        _ node: Node, _ keys: [ProfileKey], _ what: String
    ) throws(ProfileError) -> [String: ProfileValue] {
        guard let mapping = node.mapping else { throw error(node, "\(what) must be a list of `key: value` lines") }
        var values: [String: ProfileValue] = [:]
        for (keyNode, valueNode) in mapping {
            let name = keyNode.scalar?.string ?? ""
            guard let key = keys.first(where: { $0.name == name }) else {
                let known = keys.map(\.name)
                let hint =
                    nearest(to: name, in: known).map { "did you mean `\($0)`?" }
                    ?? (known.isEmpty ? "it has no keys at all" : "known here: \(known.joined(separator: ", "))")
                throw error(keyNode, "\(what) has no key `\(shown(name))`; \(hint)")
            }
            var value = try value(valueNode, key.shape, "`\(name)`")
            value.key = keyNode.mark.map { ($0.line, $0.column) }
            values[name] = value
        }
        if let missing = keys.first(where: { $0.isRequired && values[$0.name] == nil }) {
            throw error(node, "\(what) lacks `\(missing.name)`: \(missing.meaning)")
        }
        return values
    }

    private func list(
        _ node: Node, _ shape: ProfileShape, atMost most: Int, _ what: String
    ) throws(ProfileError) -> [ProfileValue] {
        guard let sequence = node.sequence else { throw error(node, "\(what) must be a list: a `-` before each entry") }
        guard (1...most).contains(sequence.count) else {
            throw error(node, "\(what) must have from 1 to \(most) entries; leave it out to say nothing")
        }
        var values: [ProfileValue] = []
        for element in sequence { values.append(try value(element, shape, "an entry of \(what)")) }
        return values
    }

    private func scalar(_ node: Node, _ what: String, _ wanted: String) throws(ProfileError) -> Node.Scalar {
        guard let scalar = node.scalar else { throw error(node, "\(what) must be \(wanted)") }
        return scalar
    }

    /// Numbers and yes-or-no in quotes are texts, without quotes they are not: as everybody else reads YAML.
    private func text(_ node: Node, _ what: String) throws(ProfileError) -> String {
        let scalar = try scalar(node, what, "a text")
        let text = scalar.string
        let isPlain = scalar.style == .plain || scalar.style == .any
        guard !text.isEmpty, !(isPlain && isNoText(text)) else {
            throw error(node, "\(what) must be a text: put it in quotes")
        }
        guard text.count <= ProfileGrammar.maximumTextCharacters,
            !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else {
            throw error(
                node, "\(what) must be one line of at most \(ProfileGrammar.maximumTextCharacters) characters")
        }
        return text
    }

    private func isNoText(_ text: String) -> Bool {
        if ["true", "false", "null", "~"].contains(text.lowercased()) { return true }
        guard let first = text.utf8.first, UInt8(ascii: "0")...UInt8(ascii: "9") ~= first || "+-.".utf8.contains(first)
        else { return false }
        return Double(text) != nil
    }

    private func number(_ node: Node, _ range: ClosedRange<Int>, _ what: String) throws(ProfileError) -> Int {
        guard let number = integer(node), range.contains(number) else {
            throw error(node, "\(what) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private func choice(_ node: Node, _ numbers: [Int], _ what: String) throws(ProfileError) -> Int {
        guard let number = integer(node), numbers.contains(number) else {
            throw error(node, "\(what) must be one of \(numbers.map(String.init).joined(separator: ", "))")
        }
        return number
    }

    /// Without sign, quotes and leading zero: 010 is 8 to some.
    private func integer(_ node: Node) -> Int? {
        guard let scalar = node.scalar, scalar.style == .plain || scalar.style == .any, let number = Int(scalar.string),
            String(number) == scalar.string
        else { return nil }
        return number
    }

    private func byte(_ node: Node, _ what: String) throws(ProfileError) -> Int {
        let scalar = try scalar(node, what, "a byte, as 0x0e")
        guard scalar.style == .plain || scalar.style == .any, scalar.string.utf8.count == 4,
            scalar.string.hasPrefix("0x"), scalar.string.dropFirst(2).allSatisfy(\.isHexDigit),
            let byte = UInt8(scalar.string.dropFirst(2), radix: 16)
        else { throw error(node, "\(what) must be a byte of two hexadecimal digits, as 0x0e") }
        return Int(byte)
    }

    private func flag(_ node: Node, _ what: String) throws(ProfileError) -> Bool {
        switch try scalar(node, what, "true or false").string {
        case "true": return true
        case "false": return false
        default: throw error(node, "\(what) must be true or false")
        }
    }

    private func word(_ node: Node, _ words: [String], _ what: String) throws(ProfileError) -> String {
        let choices = words.joined(separator: ", ")
        let text = try scalar(node, what, "one of \(choices)").string
        guard words.contains(text) else {
            throw error(
                node,
                "\(what) cannot be `\(shown(text))`; "
                    + (nearest(to: text, in: words).map { "did you mean `\($0)`?" } ?? "possible: \(choices)"))
        }
        return text
    }

    private func identifiers(_ node: Node, _ what: String) throws(ProfileError) -> String {
        let form = "four and four hexadecimal digits in quotes, as \"0400:c35a\""
        let text = try scalar(node, what, form).string
        guard DeviceMatcher.Identifiers(text) != nil else { throw error(node, "\(what) must be \(form)") }
        return text
    }

    /// What somebody else wrote, short and on one line.
    private func shown(_ text: String) -> String {
        let line = String(
            String.UnicodeScalarView(text.unicodeScalars.filter { $0.properties.generalCategory != .control }))
        return line.count > 40 ? line.prefix(40) + "…" : line
    }
}
