/// Reads records from a JSON or CSV file, strictly, and says in which line something is wrong.

import FoundationEssentials
import KioskCore

public struct RecordImportError: Error, Hashable, Sendable, CustomStringConvertible {
    /// From 1; nil when the file as a whole is wrong.
    public var line: Int?
    public var problem: String

    public var description: String { line.map { "line \($0): \(problem)" } ?? problem }
}

enum RecordImport {
    static let maximumRecords = 1_000_000

    /// A list of `{"number", "name", "public", "facts": {KEY: VALUE}}`.
    static func json(_ bytes: [UInt8], register: Register) throws(RecordImportError) -> [StoredRecord] {
        let entries: [Entry]
        do {
            entries = try JSONDecoder().decode([Entry].self, from: Data(bytes))
        } catch DecodingError.dataCorrupted {
            throw RecordImportError(line: nil, problem: "this is not JSON; a list [ … ] of records is needed")
        } catch {
            throw RecordImportError(line: place(of: error, in: bytes), problem: words(for: error))
        }
        let lines = linesOfEntries(in: bytes)
        var records: [StoredRecord] = []
        for (index, entry) in entries.enumerated() {
            let line = lines.indices.contains(index) ? lines[index] : nil
            do throws(RecordImportError) {
                var facts: [String: Answer] = [:]
                for (key, value) in entry.facts {
                    guard let fact = register.facts.first(where: { $0.key == key }) else {
                        throw problem("the register “\(register.name)” has no fact “\(key.prefix(64))”")
                    }
                    guard let answer = value.answer(for: fact) else {
                        throw problem("“\(key)” must be \(RecordCheck.expectation(of: fact))")
                    }
                    facts[key] = answer
                }
                records.append(
                    try record(
                        number: entry.number ?? "", name: entry.name, isPublic: entry.public ?? false, facts: facts,
                        register))
            } catch {
                throw RecordImportError(line: line, problem: error.problem)
            }
        }
        return records
    }

    /// A heading `number,name,public,KEY…` and a line a record (RFC 4180). Several choices are parted by `;`.
    static func csv(_ bytes: [UInt8], register: Register) throws(RecordImportError) -> [StoredRecord] {
        var table = CSVReader(bytes)
        guard let heading = try table.next() else { throw problem("the file is empty") }
        var columns: [Field?] = []
        for name in heading.cells {
            if ["number", "name", "public"].contains(name) {
                columns.append(nil)
                continue
            }
            guard let fact = register.facts.first(where: { $0.key == name }) else {
                throw RecordImportError(
                    line: heading.line,
                    problem: "no fact “\(name.prefix(64))” in “\(register.name)”; it has "
                        + register.facts.map(\.key).joined(separator: ", "))
            }
            if case .records = fact.kind {
                throw RecordImportError(line: heading.line, problem: "“\(name)” is a list: import it as JSON")
            }
            columns.append(fact)
        }
        guard heading.cells.contains("name"), Set(heading.cells).count == heading.cells.count else {
            throw RecordImportError(line: heading.line, problem: "the heading needs “name”, and each column once")
        }
        var records: [StoredRecord] = []
        while let row = try table.next() {
            guard row.cells.count == heading.cells.count else {
                throw RecordImportError(
                    line: row.line, problem: "\(row.cells.count) cells, the heading has \(heading.cells.count)")
            }
            guard records.count < maximumRecords else { throw problem("more than \(maximumRecords) records") }
            do throws(RecordImportError) {
                records.append(try record(row.cells, heading: heading.cells, columns: columns, register))
            } catch {
                throw RecordImportError(line: row.line, problem: error.problem)
            }
        }
        return records
    }

    private static func record(
        _ cells: [String], heading: [String], columns: [Field?], _ register: Register
    ) throws(RecordImportError) -> StoredRecord {
        var number = ""
        var name = ""
        var isPublic = false
        var facts: [String: Answer] = [:]
        for (index, cell) in cells.enumerated() where !cell.isEmpty {
            guard let fact = columns[index] else {
                switch heading[index] {
                case "number": number = cell
                case "name": name = cell
                default:
                    guard ["true", "false"].contains(cell) else { throw problem("“public” must be true or false") }
                    isPublic = cell == "true"
                }
                continue
            }
            let value: JSONValue =
                switch fact.kind {
                case .flag: cell == "true" ? .flag(true) : cell == "false" ? .flag(false) : .text(cell)
                case .multi: .list(cell.split(separator: ";").map { .text(String($0)) })
                default: .text(cell)
                }
            guard let answer = value.answer(for: fact) else {
                throw problem("“\(fact.key)” must be \(RecordCheck.expectation(of: fact))")
            }
            facts[fact.key] = answer
        }
        return try record(number: number, name: name, isPublic: isPublic, facts: facts, register)
    }

    private static func record(
        number: String, name: String, isPublic: Bool, facts: [String: Answer], _ register: Register
    ) throws(RecordImportError) -> StoredRecord {
        guard number.isEmpty || CitizenNumber.isValid(number) || CreditCode.isValid(number) else {
            throw problem("“number” must be a citizen number or a unified social credit code")
        }
        guard (1...200).contains(name.utf8.count) else { throw problem("“name” is missing or too long") }
        guard !(isPublic && !number.isEmpty) else {
            throw problem("a public record is about nobody: leave “number” out")
        }
        if let wrong = RecordCheck.problem(with: facts, of: register) { throw problem(wrong) }
        return StoredRecord(number: number, name: name, isPublic: isPublic, facts: facts)
    }

    private static func problem(_ text: String) -> RecordImportError { RecordImportError(line: nil, problem: text) }

    // MARK: Places in JSON

    private struct Entry: Decodable {
        var number: String?
        var name: String
        var `public`: Bool?
        var facts: [String: JSONValue]

        enum CodingKeys: String, CodingKey, CaseIterable { case number, name, `public`, facts }

        private struct AnyKey: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }
            init?(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            let known = Set(CodingKeys.allCases.map(\.rawValue))
            for key in try decoder.container(keyedBy: AnyKey.self).allKeys where !known.contains(key.stringValue) {
                throw DecodingError.typeMismatch(
                    Entry.self,
                    .init(
                        codingPath: decoder.codingPath, debugDescription: "unknown key “\(key.stringValue.prefix(64))”")
                )
            }
            let values = try decoder.container(keyedBy: CodingKeys.self)
            number = try values.decodeIfPresent(String.self, forKey: .number)
            name = try values.decode(String.self, forKey: .name)
            `public` = try values.decodeIfPresent(Bool.self, forKey: .public)
            facts = try values.decode([String: JSONValue].self, forKey: .facts)
        }
    }

    private static func words(for error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): "“\(key.stringValue)” is missing"
        case DecodingError.typeMismatch(_, let context) where context.debugDescription.hasPrefix("unknown key"):
            "\(context.debugDescription); a record has number, name, public and facts"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            context.codingPath.last.map { key in
                key.intValue == nil ? "“\(key.stringValue)” has the wrong type" : "an entry has the wrong type"
            } ?? "a list [ … ] is needed"
        default: "a list of {number, name, public, facts} is needed"
        }
    }

    private static func place(of error: any Error, in bytes: [UInt8]) -> Int? {
        let path: [any CodingKey]
        switch error {
        case DecodingError.keyNotFound(_, let context), DecodingError.typeMismatch(_, let context),
            DecodingError.valueNotFound(_, let context):
            path = context.codingPath
        default: return nil
        }
        guard let index = path.first?.intValue else { return nil }
        let lines = linesOfEntries(in: bytes)
        return lines.indices.contains(index) ? lines[index] : nil
    }

    /// The line on which each entry of the outer list begins.
    private static func linesOfEntries(in bytes: [UInt8]) -> [Int] {
        var lines: [Int] = []
        var (line, depth, isText, isEscaped, isDue) = (1, 0, false, false, false)
        for byte in bytes {
            if byte == 0x0A { line += 1 }
            if isText {
                if isEscaped {
                    isEscaped = false
                } else if byte == 0x5C {
                    isEscaped = true
                } else if byte == 0x22 {
                    isText = false
                }
                continue
            }
            if isDue, ![0x20, 0x09, 0x0D, 0x0A].contains(byte) {
                lines.append(line)
                isDue = false
            }
            switch byte {
            case 0x22: isText = true
            case 0x5B, 0x7B:
                isDue = depth == 0
                depth += 1
            case 0x5D, 0x7D: depth -= 1
            case 0x2C: isDue = depth == 1
            default: break
            }
        }
        return lines
    }
}

/// A JSON value as people write facts: `"text"`, `12`, `true`, `["a", "b"]`, `[{"name": …}]`.
enum JSONValue: Decodable, Hashable, Sendable {
    case text(String)
    case number(Decimal)
    case flag(Bool)
    case list([JSONValue])
    case record([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let flag = try? value.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? value.decode(Decimal.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([JSONValue].self) {
            self = .list(list)
        } else {
            self = .record(try value.decode([String: JSONValue].self))
        }
    }

    /// Nil when the value cannot be one of this type; whether it is a good one is checked afterwards.
    func answer(for field: Field) -> Answer? {
        switch (field.kind, self) {
        case (.flag, .flag(let flag)): return .flag(flag)
        case (.choice, .text(let key)): return .choice(key)
        case (.multi, .list(let list)):
            let keys = list.compactMap { if case .text(let key) = $0 { key } else { nil } }
            return keys.count == list.count ? .choices(keys) : nil
        case (.records(let fields), .list(let list)):
            var entries: [RecordEntry] = []
            for value in list {
                guard case .record(let values) = value else { return nil }
                var answers: [String: Answer] = [:]
                for (key, value) in values {
                    guard let field = fields.first(where: { $0.key == key }), let answer = value.answer(for: field)
                    else { return nil }
                    answers[key] = answer
                }
                entries.append(RecordEntry(answers: answers))
            }
            return .records(entries)
        case (.number, .number(let number)), (.money, .number(let number)): return .text(number.description)
        case (.flag, _), (.choice, _), (.multi, _), (.records, _): return nil
        case (_, .text(let text)): return .text(text)
        default: return nil
        }
    }
}

/// The rows of a CSV file (RFC 4180), UTF-8 with or without a mark, with the line each begins on.
struct CSVReader {
    static let maximumCellBytes = 64 << 10

    private let bytes: [UInt8]
    private var place: Int
    private var line = 1

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        place = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    /// Nil at the end. Blank lines are passed over.
    mutating func next() throws(RecordImportError) -> (line: Int, cells: [String])? {
        while place < bytes.count {
            let first = line
            var cells = [try cell()]
            while place < bytes.count, bytes[place] == 0x2C {
                place += 1
                cells.append(try cell())
            }
            endLine()
            if cells != [""] { return (first, cells) }
        }
        return nil
    }

    private mutating func endLine() {
        if place < bytes.count, bytes[place] == 0x0D { place += 1 }
        if place < bytes.count, bytes[place] == 0x0A {
            place += 1
            line += 1
        }
    }

    private mutating func cell() throws(RecordImportError) -> String {
        var content: [UInt8] = []
        let first = line
        if place < bytes.count, bytes[place] == 0x22 {
            place += 1
            while true {
                guard place < bytes.count else {
                    throw RecordImportError(line: first, problem: "a quoted cell does not end")
                }
                let byte = bytes[place]
                place += 1
                if byte == 0x22 {
                    guard place < bytes.count, bytes[place] == 0x22 else { break }
                    place += 1
                }
                if byte == 0x0A { line += 1 }
                content.append(byte)
            }
            guard place >= bytes.count || [0x2C, 0x0D, 0x0A].contains(bytes[place]) else {
                throw RecordImportError(line: line, problem: "text follows a quoted cell")
            }
        } else {
            while place < bytes.count, ![0x2C, 0x0D, 0x0A].contains(bytes[place]) {
                content.append(bytes[place])
                place += 1
            }
        }
        guard content.count <= Self.maximumCellBytes, let text = String(validating: content, as: UTF8.self) else {
            throw RecordImportError(line: first, problem: "a cell is too long or not UTF-8")
        }
        return text
    }
}
