/// What an answer is worth in conditions, by its field's type.

internal import KioskCore

enum AnswerValue {
    /// Lists are empty before they are answered, and what may be left open is "no"; anything else is null.
    static func unanswered(_ field: Field) -> ExpressionValue {
        switch field.kind {
        case .flag: field.required ? .null : .bool(false)
        case .multi, .records: .list([])
        default: .null
        }
    }

    /// Nil when the answer does not fit the field.
    static func of(_ answer: Answer?, _ field: Field) -> ExpressionValue? {
        switch (field.kind, answer) {
        case (.records(let fields), .records(let entries)):
            .list(
                entries.map { entry in
                    .map(
                        Dictionary(
                            fields.map { (.string($0.key), of(entry.answers[$0.key], $0) ?? unanswered($0)) },
                            uniquingKeysWith: { first, _ in first }))
                })
        case (.flag, .flag(let flag)): .bool(flag)
        case (.multi, .choices(let keys)): .list(keys.map(ExpressionValue.string))
        case (.choice, .choice(let key)): .string(key)
        case (_, .text(let text)): of(text, field)
        default: nil
        }
    }

    private static func of(_ text: String, _ field: Field) -> ExpressionValue? {
        switch field.kind {
        case .number:
            field.decimals == 0 ? Int64(text).map(ExpressionValue.int) : Double(text).map(ExpressionValue.double)
        case .money: Money(text).map { .double(Double($0.fen) / 100) }
        case .date: CalendarDate(text).map(day)
        case .month: CalendarDate(text + "-01").map(day)
        case .dateTime:
            CalendarMinute(text).flatMap { minute in
                moment(minute.date, seconds: Int64(minute.hour * 3600 + minute.minute * 60))
            }
        default: text.isEmpty ? nil : .string(text)
        }
    }

    /// What a computed field holds; nil when the value does not fit it.
    static func computed(_ value: ExpressionValue?, _ field: Field) -> ExpressionValue? {
        switch (field.kind, value) {
        case (.number, .int(let number)): field.decimals == 0 ? .int(number) : .double(Double(number))
        case (.number, .double(let number)):
            number.magnitude < 1e15
                ? field.decimals == 0 ? .int(Int64(number.rounded())) : .double(rounded(number, field.decimals)) : nil
        case (.money, .int(let number)): .double(Double(number))
        case (.money, .double(let number)): number.magnitude < 1e13 ? .double(rounded(number, 2)) : nil
        case (.flag, .bool), (.date, .timestamp), (.month, .timestamp): value
        case (.choice(let options), .string(let key)): options.contains { $0.key == key } ? value : nil
        case (.choice, _), (.multi, _), (.records, _), (.flag, _), (.date, _), (.month, _), (.dateTime, _): nil
        case (_, .string): value
        default: nil
        }
    }

    private static func rounded(_ number: Double, _ decimals: Int) -> Double {
        let scale = (0..<decimals).reduce(1.0) { scale, _ in scale * 10 }
        return (number * scale).rounded() / scale
    }

    static func isInRange(_ value: ExpressionValue?, _ field: Field) -> Bool {
        let number: Double
        switch value {
        case .int(let whole): number = Double(whole)
        case .double(let real): number = real
        default: return true
        }
        return number >= field.minimum ?? -.infinity && number <= field.maximum ?? .infinity
    }

    static func day(_ date: CalendarDate) -> ExpressionValue { moment(date, seconds: 0) }

    private static func moment(_ date: CalendarDate, seconds: Int64) -> ExpressionValue {
        ExpressionTimestamp(seconds: Int64(date.daysSince1970) * 86_400 + seconds).map(ExpressionValue.timestamp)
            ?? .null
    }
}
