/// Makes first drafts of matter files from rows of the office's catalogue. What a draft cannot know it leaves as TODO,
/// so that `check` stops it until a person has finished it.

/// A catalogue as a table: the first line names the columns.
public struct CatalogueTable: Sendable {
    public private(set) var rows: [[String: String]] = []

    /// RFC 4180: commas, quotes, doubled quotes inside quotes, either line end. Nil when a quote is never closed.
    public init?(_ text: String) {
        var records: [[String]] = []
        var record: [String] = []
        var cell = ""
        var isQuoted = false
        var characters = text.makeIterator()
        var pushed: Character?
        while let character = pushed ?? characters.next() {
            pushed = nil
            switch character {
            case "\"" where isQuoted:
                pushed = characters.next()
                if pushed == "\"" {
                    cell.append("\"")
                    pushed = nil
                } else {
                    isQuoted = false
                }
            case "\"" where cell.isEmpty: isQuoted = true
            case "," where !isQuoted:
                record.append(cell)
                cell = ""
            case "\n" where !isQuoted, "\r\n" where !isQuoted:
                records.append(record + [cell])
                (record, cell) = ([], "")
            default: cell.append(character)
            }
        }
        if isQuoted { return nil }
        if !cell.isEmpty || !record.isEmpty { records.append(record + [cell]) }
        guard let names = records.first else { return nil }
        rows = records.dropFirst().filter { $0.count == names.count }.map { record in
            Dictionary(zip(names, record), uniquingKeysWith: { first, _ in first })
        }
    }
}

public struct CatalogueImport {
    /// Labels by scope (`*`, a department's letters, a code) and key.
    private let labels: [String: [String: String]]

    /// `labels` has the columns scope, key and label_zh.
    public init(labels: CatalogueTable?) {
        var found: [String: [String: String]] = [:]
        for row in labels?.rows ?? [] {
            found[row["scope"] ?? "", default: [:]][row["key"] ?? ""] = row["label_zh"]
        }
        self.labels = found
    }

    /// The draft of one row; nil without a code such as `MKT-001`.
    public func draft(_ row: [String: String]) -> (code: String, text: String)? {
        guard let code = row["code"], Self.isCode(code) else { return nil }
        var lines = ["# A draft made from the catalogue: finish every TODO.", "code: \(code)"]
        func add(_ key: String, _ value: String?) {
            if let value, !value.isEmpty { lines.append("\(key): \(value)") }
        }
        add("title", row["name_zh"].map(Self.half))
        add("kind", row["kind"])
        add("audience", row["audience"])
        add("archetype", row["archetype"])
        add("identity", row["identity"])
        lines.append("summary: TODO")
        add("output", row["output"])
        add("basis", row["legal_basis"].flatMap { $0.isEmpty ? nil : Self.half($0) })
        add("workdays", row["time_limit_workdays"])
        add("fee", row["fee"])
        lines += pages(row["form_fields"] ?? "", code) + materials(row["materials"] ?? "")
        lines += rules(row["conditions"] ?? "")
        return (code, lines.joined(separator: "\n") + "\n")
    }

    private static func isCode(_ code: String) -> Bool {
        let parts = code.split(separator: "-", omittingEmptySubsequences: false)
        return parts.count == 2 && parts[0].count == 3 && parts[0].allSatisfy { $0.isASCII && $0.isUppercase }
            && parts[1].count == 3 && parts[1].allSatisfy { $0.isASCII && $0.isNumber }
    }

    /// The Chinese half; without the English the loader refuses it.
    private static func half(_ text: String) -> String { quoted("\(text) | TODO \(text)") }

    /// Always quoted: nothing in the catalogue can break the YAML.
    private static func quoted(_ text: String) -> String {
        let safe = text.map { character -> String in
            switch character {
            case "\\": "\\\\"
            case "\"": "\\\""
            default: character.isNewline ? " " : String(character)
            }
        }
        return "\"" + safe.joined() + "\""
    }

    private func label(_ key: String, _ code: String) -> String {
        let scopes = [code, String(code.prefix(3)), "*"]
        return scopes.compactMap { labels[$0]?[key] }.first ?? key
    }

    // MARK: Fields

    private func pages(_ text: String, _ code: String) -> [String] {
        let parts = Self.split(text, at: ";")
        guard !parts.isEmpty else { return [] }
        return ["", "pages:"]
            + parts.flatMap { part -> [String] in
                let key = String(part.prefix { $0 != ":" })
                return ["  - title: \(Self.half(label(key, code)))", "    fields:"]
                    + field(part, code, indent: "      ")
            }
    }

    private func field(_ text: String, _ code: String, indent: String) -> [String] {
        let parts = text.split(separator: ":", maxSplits: 2).map(String.init)
        let key = parts.first ?? ""
        let type = parts.count > 1 ? parts[1] : "text"
        let name = type.hasPrefix("repeat-group") ? "list" : type
        var lines = [
            "\(indent)- key: \(key)", "\(indent)  type: \(name)",
            "\(indent)  label: \(Self.half(label(key, code)))",
        ]
        if name == "list" {
            let inner = text.drop { $0 != "{" }.dropFirst().prefix { $0 != "}" }
            lines.append("\(indent)  fields:")
            lines += Self.split(String(inner), at: ",").flatMap { field($0, code, indent: indent + "    ") }
        } else if parts.count == 3 {
            lines.append("\(indent)  options:")
            lines += parts[2].split(separator: "/").enumerated().map { index, option in
                "\(indent)    option_\(index + 1): \(Self.half(String(option)))"
            }
        }
        return lines
    }

    /// Splits outside braces.
    private static func split(_ text: String, at separator: Character) -> [String] {
        var parts: [String] = []
        var current = ""
        var depth = 0
        for character in text {
            if character == "{" { depth += 1 }
            if character == "}" { depth -= 1 }
            if character == separator, depth == 0 {
                parts.append(current)
                current = ""
            } else {
                current.append(character)
            }
        }
        return (parts + [current]).map(trimmed).filter { !$0.isEmpty }
    }

    private static func trimmed(_ text: String) -> String {
        var text = Substring(text)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }

    // MARK: Papers and rules

    /// Papers that come with the identity.
    private static let known: Set<String> = [
        "居民身份证", "经办人居民身份证", "代理人居民身份证", "授权委托书", "营业执照（或登记证书）",
    ]

    private func materials(_ text: String) -> [String] {
        let papers = Self.split(text, at: ";").filter { !Self.known.contains(String($0.dropLast())) }
        guard !papers.isEmpty else { return [] }
        return ["", "materials:"]
            + papers.enumerated().map { index, paper in
                "  - {key: paper_\(index + 1), label: \(Self.half(String(paper.dropLast()))), "
                    + "mark: \"\(paper.suffix(1))\"}"
            }
    }

    /// The catalogue's rules as comments: a person writes the conditions.
    private func rules(_ text: String) -> [String] {
        let rules = Self.split(text, at: ";")
        guard !rules.isEmpty else { return [] }
        return ["", "# TODO rules:"]
            + rules.map { rule in "#   " + rule.map { $0.isNewline ? " " : String($0) }.joined() }
    }
}
