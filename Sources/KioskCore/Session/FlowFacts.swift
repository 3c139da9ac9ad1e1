/// The names that a matter's conditions may use, with their values in one flow.

struct FlowFacts {
    private var values: [String: ExpressionValue]
    private let conditions: [String: Condition]

    /// How deep named conditions may use each other; a matter file that goes deeper, or round in a circle, finds nothing.
    private static let maximumDepth = 16

    /// The facts of a flow before any answer: set those that are shown.
    init(_ flow: FlowState, today: CalendarDate) {
        let matter = flow.matter
        conditions = matter.conditions
        values = [
            "today": Self.day(today),
            "this_year": .int(Int64(today.year)),
            "agent": matter.identity == .agentAllowed
                ? flow.actsForOther.map(ExpressionValue.bool) ?? .null : .bool(false),
            // Until it was asked who acts for whom, nothing is known of the applicant.
            "age": .null, "birth_date": .null, "hukou_local": .null,
        ]
        if flow.knowsApplicant, let applicant = flow.applicant {
            values["age"] = .int(Int64(applicant.birthDate.age(on: today)))
            values["birth_date"] = Self.day(applicant.birthDate)
            // A card without an address says nothing of where its holder is registered.
            if !applicant.address.isEmpty { values["hukou_local"] = .bool(applicant.address.contains("哈尔滨")) }
        }
        // Before the look-up there is no record, and nothing that names it holds.
        if let register = matter.lookup?.register, let record = flow.record {
            values["record"] = .map(
                Dictionary(
                    register.facts.map { fact in
                        let answer = record.facts[fact.key]
                        return (.string(fact.key), answer.map { Self.value(of: $0, field: fact) } ?? .null)
                    }, uniquingKeysWith: { first, _ in first }))
        }
        for page in matter.pages {
            for field in page.fields { values[field.key] = Self.unanswered(field) }
        }
    }

    mutating func set(_ field: Field, to answer: Answer?) {
        values[field.key] = Self.value(of: answer, field: field)
    }

    mutating func set(_ name: String, to value: ExpressionValue) {
        values[name] = value
    }

    /// Nothing that names it holds any more, not even its contrary.
    mutating func forget(_ name: String) {
        values[name] = nil
    }

    /// The same facts with those of a list entry before them.
    func with(_ entry: RecordEntry, of fields: [Field]) -> FlowFacts {
        var facts = self
        for field in fields { facts.set(field, to: entry.answers[field.key]) }
        return facts
    }

    func holds(_ condition: Condition?) -> Bool {
        guard let condition else { return true }
        return value(of: condition) == .bool(true)
    }

    /// Nil when the condition fails. A named condition stands for what is written there: where it fails, the name does.
    func value(of condition: Condition) -> ExpressionValue? {
        var named: [String: ExpressionValue?] = [:]
        var depth = 0
        func look(_ name: String) -> ExpressionValue? {
            if let value = values[name] { return value }
            if let value = named[name] { return value }
            guard depth < Self.maximumDepth, let condition = conditions[name] else { return nil }
            named[name] = .some(nil)
            depth += 1
            let value = try? condition.evaluate(look)
            depth -= 1
            named[name] = .some(value)
            return value
        }
        return try? condition.evaluate(look)
    }

    /// Lists are empty before they are answered, and what may be left open is "no"; anything else is null.
    private static func unanswered(_ field: Field) -> ExpressionValue {
        switch field.kind {
        case .flag: field.required ? .null : .bool(false)
        case .multi, .records: .list([])
        default: .null
        }
    }

    static func value(of answer: Answer?, field: Field) -> ExpressionValue {
        switch (field.kind, answer) {
        case (.records(let fields), .records(let entries)):
            .list(
                entries.map { entry in
                    .map(
                        Dictionary(
                            fields.map { (.string($0.key), value(of: entry.answers[$0.key], field: $0)) },
                            uniquingKeysWith: { first, _ in first }))
                })
        case (.flag, .flag(let value)): .bool(value)
        case (.multi, .choices(let keys)): .list(keys.map(ExpressionValue.string))
        case (.choice, .choice(let key)): .string(key)
        case (_, .text(let text)): value(of: text, field: field)
        default: unanswered(field)
        }
    }

    private static func value(of text: String, field: Field) -> ExpressionValue {
        switch field.kind {
        case .number:
            guard field.decimals > 0 else { return Int64(text).map(ExpressionValue.int) ?? .null }
            return FieldCheck.isNumber(text) ? Double(text).map(ExpressionValue.double) ?? .null : .null
        case .money: return Money(text).map { .double(Double($0.fen) / 100) } ?? .null
        case .date: return CalendarDate(text).map(day) ?? .null
        case .month: return CalendarDate(text + "-01").map(day) ?? .null
        case .dateTime:
            guard let time = CalendarMinute(text) else { return .null }
            return moment(time.date, seconds: Int64(time.hour * 3600 + time.minute * 60))
        default: return text.isEmpty ? .null : .string(text)
        }
    }

    /// 00:00 UTC of the day.
    private static func day(_ date: CalendarDate) -> ExpressionValue { moment(date, seconds: 0) }

    private static func moment(_ date: CalendarDate, seconds: Int64) -> ExpressionValue {
        ExpressionTimestamp(seconds: Int64(date.daysSince1970) * 86_400 + seconds).map(ExpressionValue.timestamp)
            ?? .null
    }
}
