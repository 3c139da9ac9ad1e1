/// The names that a matter's conditions may use, with their values in one flow.

struct FlowFacts {
    /// Names that are not fields.
    static let reserved: Set<String> = ["agent", "age", "today"]

    private var values: [String: ExpressionValue] = [:]

    init(_ flow: FlowState, today: CalendarDate) {
        values["agent"] = .bool(flow.actsForOther == true)
        values["age"] = flow.applicant.map { .int(Int64($0.birthDate.age(on: today))) } ?? .null
        values["today"] = .string(today.description)
        for field in flow.matter.fields { values[field.key] = Self.unanswered(field.kind) }
    }

    mutating func set(_ field: Field, to answer: Answer?) {
        values[field.key] = Self.value(of: answer, kind: field.kind)
    }

    func value(_ name: String) -> ExpressionValue? { values[name] }

    func holds(_ condition: Condition?) -> Bool {
        condition?.holds { values[$0] } ?? true
    }

    /// Lists are empty and flags false before they are answered; anything else is null.
    private static func unanswered(_ kind: Field.Kind) -> ExpressionValue {
        switch kind {
        case .flag: .bool(false)
        case .multi, .records: .list([])
        default: .null
        }
    }

    static func value(of answer: Answer?, kind: Field.Kind) -> ExpressionValue {
        switch (kind, answer) {
        case (.records(let fields), .records(let entries)):
            .list(
                entries.map { entry in
                    .map(
                        Dictionary(
                            fields.map { ($0.key, value(of: entry.answers[$0.key], kind: $0.kind)) },
                            uniquingKeysWith: { first, _ in first }))
                })
        case (.flag, .flag(let value)): .bool(value)
        case (.multi, .choices(let keys)): .list(keys.map(ExpressionValue.string))
        case (.choice, .choice(let key)): .string(key)
        case (.number, .text(let text)): Int64(text).map(ExpressionValue.int) ?? .null
        case (.money, .text(let text)): Money(text).map { .double(Double($0.fen) / 100) } ?? .null
        case (_, .text(let text)): text.isEmpty ? .null : .string(text)
        default: unanswered(kind)
        }
    }
}
