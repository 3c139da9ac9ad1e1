// Timestamps, durations, and the date functions of matters.

import Testing

@testable import KioskCore

@Suite("Expression times")
struct ExpressionTimeTests {
    private func value(_ source: String) throws -> ExpressionValue {
        let today = try #require(ExpressionTimestamp("2026-11-21T09:30:00Z"))
        return try Condition(source).evaluate { $0 == "today" ? .timestamp(today) : nil }
    }

    @Test(
        "dates move on the calendar",
        arguments: [
            (#"date("2026-01-31").plusMonths(1)"#, "2026-02-28"), (#"date("2024-01-31").plusMonths(1)"#, "2024-02-29"),
            (#"date("2024-02-29").plusYears(1)"#, "2025-02-28"), (#"date("2024-02-29").plusYears(4)"#, "2028-02-29"),
            (#"date("2026-03-31").plusMonths(-1)"#, "2026-02-28"), (#"date("2026-12-15").plusMonths(1)"#, "2027-01-15"),
            (#"date("2026-01-15").plusMonths(-13)"#, "2024-12-15"), (#"date("2026-02-28").plusDays(1)"#, "2026-03-01"),
            (#"date("1900-02-28").plusDays(1)"#, "1900-03-01"),
            (#"date("0001-01-01").plusDays(3652058)"#, "9999-12-31"),
            (#"date("2026-03-01") - days(1)"#, "2026-02-28"), (#"date("1969-12-31").plusDays(2)"#, "1970-01-02"),
        ])
    func calendar(source: String, day: String) throws {
        #expect(try value("string(\(source))") == .string(day + "T00:00:00Z"))
    }

    @Test(
        "what leaves the calendar is an error",
        arguments: [
            #"date("2026-02-30")"#, #"date("2026-1-1")"#, #"date("")"#, #"date("0000-01-01")"#, #"date("2026-01-01Z")"#,
            #"date("9999-12-31").plusDays(1)"#, #"date("0001-01-31").plusMonths(-1)"#,
            #"date("2026-01-01").plusYears(9223372036854775807)"#, "days(9223372036854775807)",
            #"date("2026-01-01").plusMonths(-9223372036854775808)"#, "timestamp(253402300800)",
            "timestamp('2026-01-01T24:00:00Z')", "timestamp('2026-01-01')", "duration('1')", "duration('')",
            "duration('9223372037s')", "duration('1x')", "duration('s')", "timestamp(0).getHours('Mars/Crater')",
            "timestamp(0).getHours('+24:00')",
            "duration('\(String(repeating: "1s", count: 70))')", "timestamp(0).getHours('../../etc/passwd')",
        ])
    func limits(source: String) {
        #expect(throws: ExpressionError.self) { try value(source) }
    }

    @Test(
        "an age is the full years since the birth date in the number",
        arguments: [
            ("230199196611210014", 60), ("230199196611220012", 59), ("23019920000229005X", 26),
        ])
    func ages(number: String, age: Int64) throws {
        let checked = Self.withCheckCharacter(number)
        #expect(try value("ageOf('\(checked)', today)") == .int(age))
    }

    @Test(
        "a number that is none has no age",
        arguments: [
            "", "2301991966112100", "230199196602300010", "２30199196611210014", "230199204001010017",
            "23019919661121001A",
        ])
    func noAges(number: String) {
        #expect(throws: ExpressionError.self) { try value("ageOf('\(number)', today)") }
    }

    @Test("a wrong check character is an error")
    func checkCharacter() {
        let right = Self.withCheckCharacter("230199196611210014")
        let wrong = right.dropLast() + (right.hasSuffix("1") ? "2" : "1")
        #expect(throws: ExpressionError.self) { try value("ageOf('\(wrong)', today)") }
    }

    /// The number with the check character that its digits have (GB 11643).
    private static func withCheckCharacter(_ number: String) -> String {
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
        let sum = zip(number.prefix(17), weights).reduce(0) { $0 + ($1.0.wholeNumberValue ?? 0) * $1.1 }
        return number.prefix(17) + String(Array("10X98765432")[sum % 11])
    }

    @Test(
        "times have their texts",
        arguments: [
            ("string(timestamp('2026-01-31T08:00:00.120+08:00'))", "2026-01-31T00:00:00.12Z"),
            ("string(timestamp(-1))", "1969-12-31T23:59:59Z"), ("string(duration('1h30m0.5s'))", "5400.5s"),
            ("string(duration('-1.5ms'))", "-0.0015s"), ("string(duration('0'))", "0s"),
            ("string(timestamp(1) - timestamp(2))", "-1s"), ("string(duration('-0.25h'))", "-900s"),
        ])
    func texts(source: String, text: String) throws {
        #expect(try value(source) == .string(text))
    }

    @Test("every day of four centuries is read as it is written")
    func days() throws {
        for day in stride(from: Int64(-150_000), to: 150_000, by: 1) {
            #expect(CivilDay(daysSince1970: day).daysSince1970 == day)
        }
    }

    @Test("a double's text reads back as the number")
    func doubles() throws {
        for number in [
            0.0, -0.0, 0.1, 1e6, -4.5e-3, 4e-5, 1.5e-5, 1e21, 1e300, 123.456, .leastNonzeroMagnitude, .pi * 1e17,
        ] {
            #expect(Double(StandardFunction.text(of: number)) == number)
        }
        #expect(StandardFunction.text(of: 1_000_000) == "1000000")
        #expect(StandardFunction.text(of: 4e-5) == "0.00004")
    }
}
