/// The names that conditions may use beside a matter's own fields, with their types.

public enum MatterNames {
    /// What the session knows of itself and of the applicant.
    public static let facts: [String: ExpressionType] = [
        "agent": .bool, "age": .int, "birth_date": .timestamp, "hukou_local": .bool, "today": .timestamp,
        "this_year": .int,
    ]

    /// Names that no field may have.
    static let reserved = Set(facts.keys).union(["record", "enterprise", "in", "true", "false", "null"])

    /// The type of a field's value in conditions.
    public static func type(of field: Field) -> ExpressionType {
        switch field.kind {
        case .text, .phone, .address, .idNumber, .creditCode, .bankCard: .string
        case .number: field.decimals == 0 ? .int : .double
        case .money: .double
        case .date, .month, .dateTime: .timestamp
        case .flag: .bool
        case .choice(let options): .word(Set(options.map(\.key)))
        case .multi(let options): .list(.word(Set(options.map(\.key))))
        case .records(let fields): .list(record(of: fields))
        }
    }

    static func record(of fields: [Field]) -> ExpressionType {
        .record(Dictionary(fields.map { ($0.key, type(of: $0)) }, uniquingKeysWith: { first, _ in first }))
    }

    /// Everything that a matter's conditions may name.
    public static func environment(of matter: Matter) -> ExpressionEnvironment {
        var environment = ExpressionEnvironment.matters
        environment.variables = facts
        for field in matter.fields { environment.variables[field.key] = type(of: field) }
        for name in matter.conditions.keys { environment.variables[name] = .bool }
        if let lookup = matter.lookup { environment.variables["record"] = record(of: lookup.register.facts) }
        return environment
    }
}
