/// What a computed field holds: the value of its condition, in the field's type and as an answer.

struct ComputedAnswer {
    let value: ExpressionValue
    let answer: Answer

    /// Nil when the value does not fit the field.
    init?(_ result: ExpressionValue, for field: Field) {
        switch (field.kind, result) {
        case (.money, _):
            guard let fen = Self.number(result).flatMap({ Self.whole($0 * 100) }) else { return nil }
            value = .double(Double(fen) / 100)
            answer = .text(Self.text(fen, decimals: fen % 100 == 0 ? 0 : 2, scale: 2))
        case (.number, _):
            let decimals = min(max(field.decimals, 0), 6)
            let scale = (0..<decimals).reduce(1.0) { product, _ in product * 10 }
            guard let units = Self.number(result).flatMap({ Self.whole($0 * scale) }) else { return nil }
            value = decimals == 0 ? .int(units) : .double(Double(units) / scale)
            answer = .text(Self.text(units, decimals: decimals, scale: decimals))
        case (.flag, .bool(let flag)):
            value = result
            answer = .flag(flag)
        case (.choice(let options), .string(let key)):
            guard options.contains(where: { $0.key == key }) else { return nil }
            value = result
            answer = .choice(key)
        case (.date, .timestamp(let time)), (.month, .timestamp(let time)):
            let days = time.seconds >= 0 ? time.seconds / 86_400 : (time.seconds - 86_399) / 86_400
            let text = CalendarDate(daysSince1970: Int(days)).description
            answer = .text(field.kind == .month ? String(text.prefix(7)) : text)
            value = FlowFacts.value(of: answer, field: field)
        case (.choice, _), (.multi, _), (.records, _), (.flag, _), (.date, _), (.month, _), (.dateTime, _): return nil
        case (_, .string(let text)):
            value = result
            answer = .text(String(text.prefix(FieldCheck.maximumLength)))
        default: return nil
        }
    }

    private static func number(_ value: ExpressionValue) -> Double? {
        switch value {
        case .int(let number): Double(number)
        case .uint(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }

    private static func whole(_ number: Double) -> Int64? {
        number.magnitude < 1e15 ? Int64(number.rounded()) : nil
    }

    /// `units` of ten to the minus `scale`, shown with `decimals` of them.
    private static func text(_ units: Int64, decimals: Int, scale: Int) -> String {
        let digits = String(units.magnitude)
        let padded = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
        let text = padded.dropLast(scale) + (decimals == 0 ? "" : "." + padded.suffix(scale))
        return (units < 0 ? "-" : "") + text
    }

    /// A number of yuan as fen; nil unless it is more than nothing and less than a billion.
    static func fen(_ value: ExpressionValue?) -> Int? {
        guard let yuan = value.flatMap(number), yuan.magnitude < 1e9 else { return nil }
        let fen = Int((yuan * 100).rounded())
        return fen > 0 ? fen : nil
    }
}
