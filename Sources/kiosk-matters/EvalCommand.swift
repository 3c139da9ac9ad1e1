// `kiosk-matters eval`: evaluates conditions from JSON lines, for those who write them and for conformance suites.

import ArgumentParser
import Foundation
import KioskCore

struct Eval: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Evaluate expressions, one JSON line each from standard input.",
        discussion: """
            A line is {"id":…,"expr":"x > 1","bindings":{"x":{"int64Value":"3"}},"check":true}. The answer is a line
            {"id":…,"value":{…}} or {"id":…,"error":"…"}. Values have the JSON form of cel.expr.Value. With "check" the
            types are checked first, those of the bindings being the types of their values.
            """)

    @Flag(name: .long, help: "Offer the functions of matters too: date, days, plusDays, plusMonths, plusYears, ageOf.")
    var matters = false

    func run() throws {
        let answerer = EvalAnswerer(environment: matters ? .matters : ExpressionEnvironment())
        var buffer = LineBuffer(limit: 4 << 20)
        while let chunk = try FileHandle.standardInput.read(upToCount: 1 << 16), !chunk.isEmpty {
            for line in buffer.take(chunk) { try FileHandle.standardOutput.write(contentsOf: answerer.answer(line)) }
        }
        if let last = buffer.rest { try FileHandle.standardOutput.write(contentsOf: answerer.answer(last)) }
    }
}

/// Cuts bytes into lines; a line beyond the limit is remembered as too long and not kept.
private struct LineBuffer {
    enum Line {
        case bytes(Data)
        case tooLong
    }

    private let limit: Int
    private var pending = Data()
    private var isTooLong = false

    init(limit: Int) { self.limit = limit }

    /// The line that has no line feed behind it; nil when there is none.
    var rest: Line? { isTooLong ? .tooLong : pending.isEmpty ? nil : .bytes(pending) }

    mutating func take(_ chunk: Data) -> [Line] {
        var lines: [Line] = []
        var parts = chunk.split(separator: 0x0A, omittingEmptySubsequences: false)
        let tail = parts.removeLast()
        for part in parts {
            append(part)
            if let rest { lines.append(rest) }
            pending.removeAll()
            isTooLong = false
        }
        append(tail)
        return lines
    }

    private mutating func append(_ part: Data) {
        if isTooLong { return }
        pending.append(part)
        guard pending.count > limit else { return }
        pending.removeAll()
        isTooLong = true
    }
}

private struct EvalAnswerer {
    /// A larger result is not written out.
    static let resultLimit = 100_000

    let environment: ExpressionEnvironment

    private struct Refusal: Error { var message: String }

    /// An id is what the line says: a text or a whole number.
    private enum Identifier: Codable {
        case text(String)
        case number(Int64)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
            } else {
                self = .number(try container.decode(Int64.self))
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .number(let number): try container.encode(number)
            }
        }
    }

    private struct Head: Decodable { var id: Identifier? }

    private struct Request: Decodable {
        var expr: String
        var bindings: [String: Binding]?
        var check: Bool?

        private struct AnyKey: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init?(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        private enum Key: String, CodingKey { case id, expr, bindings, check }

        init(from decoder: any Decoder) throws {
            for key in try decoder.container(keyedBy: AnyKey.self).allKeys where Key(rawValue: key.stringValue) == nil {
                throw Refusal(message: "unknown key “\(key.stringValue.prefix(40))”")
            }
            let container = try decoder.container(keyedBy: Key.self)
            expr = try container.decode(String.self, forKey: .expr)
            bindings = try container.decodeIfPresent([String: Binding].self, forKey: .bindings)
            check = try container.decodeIfPresent(Bool.self, forKey: .check)
        }
    }

    /// A value, or one wrapped as `cel.expr.ExprValue`.
    private struct Binding: Decodable {
        var value: ExpressionValue

        private enum Key: String, CodingKey { case value }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            value =
                container.contains(.value)
                ? try container.decode(ExpressionValue.self, forKey: .value) : try ExpressionValue(from: decoder)
        }
    }

    private struct Answer: Encodable {
        var id: Identifier?
        var value: ExpressionValue?
        var error: String?
    }

    /// The answer as a line with its line feed; never fails.
    func answer(_ line: LineBuffer.Line) -> Data {
        var answer = Answer()
        switch line {
        case .tooLong: answer.error = "the line is too long"
        case .bytes(let bytes):
            answer.id = (try? JSONDecoder().decode(Head.self, from: bytes))?.id
            do {
                answer.value = try value(of: bytes)
            } catch {
                answer.error = Self.message(of: error)
            }
        }
        return Self.encoded(answer)
    }

    private static func encoded(_ answer: Answer) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = try? encoder.encode(answer)
        return (line ?? Data(#"{"error":"the result cannot be written"}"#.utf8)) + [0x0A]
    }

    private func value(of line: Data) throws -> ExpressionValue {
        guard String(validating: line, as: UTF8.self) != nil else {
            throw Refusal(message: "the line is not valid UTF-8")
        }
        let request = try JSONDecoder().decode(Request.self, from: line)
        let values = (request.bindings ?? [:]).mapValues(\.value)
        let condition = try Condition(request.expr, functions: environment.functions)
        if request.check == true {
            var environment = environment
            environment.variables = values.mapValues { $0 == .null ? .dynamic : ExpressionType(of: $0) }
            _ = try condition.check(in: environment)
        }
        let value = try condition.evaluate { values[$0] }
        guard value.count(upTo: Self.resultLimit) < Self.resultLimit else {
            throw Refusal(message: "the result is too large")
        }
        return value
    }

    private static func message(of error: any Error) -> String {
        switch error {
        case let refusal as Refusal: refusal.message
        case let error as ExpressionError: error.description
        case let failure as ExpressionCheckFailure:
            failure.findings.prefix(8).map(\.description).joined(separator: "; ")
        case DecodingError.dataCorrupted(let context): context.debugDescription
        case DecodingError.keyNotFound(let key, _): "“\(key.stringValue)” is missing"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            (context.codingPath.map(\.stringValue) + [context.debugDescription]).joined(separator: ": ")
        default: "\(error)"
        }
    }
}
