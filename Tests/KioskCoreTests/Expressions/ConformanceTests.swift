// Runs the public conformance suite of CEL (see Conformance/README.md).

import Foundation
import Testing

@testable import KioskCore

@Suite("CEL conformance")
struct ConformanceTests {
    struct Line: Decodable {
        struct Binding: Decodable { var value: ExpressionValue }

        var id: String
        var expr: String
        var bindings: [String: Binding]?
        var check: Bool?
        /// Only that the expression passes the check is asked.
        var checkOnly: Bool?
        var value: ExpressionValue?
        var error: Bool?

        func fault() -> String? {
            let values = (bindings ?? [:]).mapValues(\.value)
            do {
                let condition = try Condition(expr, functions: [])
                if check == true {
                    let environment = ExpressionEnvironment(variables: values.mapValues { ExpressionType(of: $0) })
                    _ = try condition.check(in: environment)
                    if checkOnly == true { return nil }
                }
                let result = try condition.evaluate { values[$0] }
                guard let value else { return "\(id): \(expr) gave \(result), not an error" }
                return Self.isSame(result, value) ? nil : "\(id): \(expr) gave \(result), not \(value)"
            } catch let failure as ExpressionCheckFailure {
                return error == true ? nil : "\(id): \(expr) failed the check: \(failure.findings)"
            } catch {
                return self.error == true ? nil : "\(id): \(expr) failed: \(error)"
            }
        }

        /// The same value of the same type: stricter than CEL's own equality, but any NaN is as good as another.
        private static func isSame(_ left: ExpressionValue, _ right: ExpressionValue) -> Bool {
            if case (.double(let left), .double(let right)) = (left, right) {
                return left == right || left.isNaN && right.isNaN
            }
            return left.typeName == right.typeName && left.equals(right)
        }
    }

    /// Each file with its number of tests, so that none can be lost unseen.
    static let files = [
        ("basic", 43), ("comparisons", 334), ("conversions", 109), ("fields", 60), ("fp_math", 30),
        ("integer_math", 64), ("lists", 39), ("logic", 30), ("macros", 44), ("macros2", 46), ("namespace", 1),
        ("parse", 15), ("plumbing", 5), ("string", 51), ("timestamps", 76), ("type_deduction", 15),
    ]

    @Test("every test of the suite that is in scope passes", arguments: files)
    func passes(file: String, count: Int) throws {
        let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Conformance/\(file).jsonl")
        let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
        let tests = try lines.map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
        #expect(tests.count == count)
        let faults = tests.compactMap { $0.fault() }
        #expect(faults.isEmpty, "\(faults.count) of \(count) fail:\n\(faults.joined(separator: "\n"))")
    }
}
