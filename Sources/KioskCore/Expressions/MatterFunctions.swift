/// The functions that conditions of matters have beside the standard ones: dates and ages.

extension ExpressionEnvironment {
    /// The base for conditions of matters: its functions, no variables yet.
    public static let matters = ExpressionEnvironment(functions: MatterFunctions.all, dialect: .matters)
}

private enum MatterFunctions {
    static let all: [ExpressionFunction] = [
        ExpressionFunction("date", parameters: [.string], result: .timestamp) { (values) throws(ExpressionError) in
            guard case .string(let text) = values.first else { throw misuse }
            guard let date = ExpressionTimestamp(text + "T00:00:00Z") else {
                throw ExpressionError(.invalidArgument, "date() needs a day that exists, as in \"2026-01-31\"")
            }
            return .timestamp(date)
        },
        ExpressionFunction("days", parameters: [.int], result: .duration) { (values) throws(ExpressionError) in
            guard case .int(let count) = values.first else { throw misuse }
            return .duration(try duration(ofDays: count))
        },
        ExpressionFunction("plusDays", isMember: true, parameters: [.timestamp, .int], result: .timestamp) {
            (values) throws(ExpressionError) in
            try shifted(values) { (time, count) throws(ExpressionError) in time.adding(days: count) }
        },
        ExpressionFunction("plusMonths", isMember: true, parameters: [.timestamp, .int], result: .timestamp) {
            (values) throws(ExpressionError) in
            try shifted(values) { (time, count) throws(ExpressionError) in time.adding(months: count) }
        },
        ExpressionFunction("plusYears", isMember: true, parameters: [.timestamp, .int], result: .timestamp) {
            (values) throws(ExpressionError) in
            try shifted(values) { (time, count) throws(ExpressionError) in
                let (months, isOver) = count.multipliedReportingOverflow(by: 12)
                return isOver ? nil : time.adding(months: months)
            }
        },
        ExpressionFunction("ageOf", parameters: [.string, .timestamp], result: .int) {
            (values) throws(ExpressionError) in
            guard case .string(let number) = values.first, case .timestamp(let today) = values.last else {
                throw misuse
            }
            return .int(try age(of: number, on: today))
        },
        ExpressionFunction("sum", parameters: [.list(.int)], result: .int, implementation: sum),
        ExpressionFunction("sum", parameters: [.list(.double)], result: .double, implementation: sum),
    ]

    /// The total of a list of numbers. Decimals are rounded to six places, the most that an answer has, so that
    /// 33.3 + 33.3 + 33.4 is 100.
    @Sendable private static func sum(_ values: [ExpressionValue]) throws(ExpressionError) -> ExpressionValue {
        guard case .list(let numbers) = values.first else { throw misuse }
        var whole: Int64 = 0
        var decimal = 0.0
        var hasDecimals = false
        for number in numbers {
            switch number {
            case .int(let value):
                let (total, isOver) = whole.addingReportingOverflow(value)
                guard !isOver else { throw ExpressionError(.overflow, "the sum is out of range") }
                whole = total
            case .double(let value):
                decimal += value
                hasDecimals = true
            default: throw ExpressionError(.noSuchOverload, "sum() needs numbers; one is not answered yet")
            }
        }
        guard hasDecimals else { return .int(whole) }
        return .double(((decimal + Double(whole)) * 1_000_000).rounded() / 1_000_000)
    }

    /// The evaluator passes values of the declared types only.
    private static let misuse = ExpressionError(.noSuchOverload, "the function does not take these values")

    private static func duration(ofDays count: Int64) throws(ExpressionError) -> ExpressionDuration {
        let (seconds, isOver) = count.multipliedReportingOverflow(by: 86_400)
        guard !isOver, let duration = ExpressionDuration(seconds: seconds) else {
            throw ExpressionError(.overflow, "the number of days is out of range")
        }
        return duration
    }

    private static func shifted(
        _ values: [ExpressionValue],
        by shift: (ExpressionTimestamp, Int64) throws(ExpressionError) -> ExpressionTimestamp?
    ) throws(ExpressionError) -> ExpressionValue {
        guard case .timestamp(let time) = values.first, case .int(let count) = values.last else { throw misuse }
        guard let later = try shift(time, count) else {
            throw ExpressionError(.overflow, "the date is out of range: years 1 to 9999")
        }
        return .timestamp(later)
    }

    /// Full years since the birth date in an 18-character citizen number (GB 11643), whose check character is checked.
    private static func age(of number: String, on today: ExpressionTimestamp) throws(ExpressionError) -> Int64 {
        let bytes = Array(number.utf8)
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
        let digits = bytes.prefix(17).compactMap { (0x30...0x39).contains($0) ? Int64($0 - 0x30) : nil }
        guard bytes.count == 18, digits.count == 17 else {
            throw ExpressionError(.invalidArgument, "ageOf() needs a citizen number of 18 characters")
        }
        let sum = zip(digits, weights).reduce(0) { $0 + $1.0 * Int64($1.1) }
        let expected = Array("10X98765432".utf8)[Int(sum % 11)]
        func value(_ range: Range<Int>) -> Int64 { digits[range].reduce(0) { $0 * 10 + $1 } }
        guard expected == bytes[17] || expected == 0x58 && bytes[17] == 0x78,
            let birth = ExpressionTimestamp(year: value(6..<10), month: value(10..<12), day: value(12..<14))
        else { throw ExpressionError(.invalidArgument, "ageOf() needs a valid citizen number") }
        guard birth <= today else { throw ExpressionError(.invalidArgument, "ageOf(): born after that day") }
        let born = ExpressionTimestamp.Parts(birth, offset: 0).day
        let now = ExpressionTimestamp.Parts(today, offset: 0).day
        return now.year - born.year - ((now.month, now.day) < (born.month, born.day) ? 1 : 0)
    }
}
