/// Whether the facts of a record fit the types of its register: the same strictness for an answer and for an import.

public enum RecordCheck {
    /// What is wrong with the facts, in English and without their values; nil when they fit.
    ///
    /// A fact that the register does not declare, one that is missing though it is required, and one of another type
    /// are wrong.
    public static func problem(with facts: [String: Answer], of register: Register) -> String? {
        let known = Set(register.facts.map(\.key))
        if let unknown = facts.keys.filter({ !known.contains($0) }).min() {
            return "the register “\(register.name)” has no fact “\(unknown.prefix(64))”"
        }
        for fact in register.facts {
            guard let answer = facts[fact.key], FieldCheck.isAnswered(answer) else {
                if fact.required { return "“\(fact.key)” is missing" }
                continue
            }
            if FieldCheck.problem(with: answer, of: fact, holds: { _ in true }) != nil {
                return "“\(fact.key)” must be \(expectation(of: fact))"
            }
        }
        return nil
    }

    /// What a fact must look like: `a date YYYY-MM-DD`.
    public static func expectation(of field: Field) -> String {
        switch field.kind {
        case .text, .address: "a text of at most \(FieldCheck.maximumLength) characters"
        case .number: field.decimals == 0 ? "a whole number in its bounds" : "a number in its bounds"
        case .money: "an amount of yuan in its bounds"
        case .dateTime: "a time YYYY-MM-DD HH:MM"
        case .date: "a date YYYY-MM-DD"
        case .month: "a month YYYY-MM"
        case .phone: "a phone number"
        case .idNumber: "a citizen number with its check character"
        case .creditCode: "a unified social credit code"
        case .bankCard: "a bank card number"
        case .flag: "true or false"
        case .choice(let options): "one of " + options.map(\.key).joined(separator: ", ")
        case .multi(let options): "some of " + options.map(\.key).joined(separator: ", ")
        case .records(let fields):
            "a list of at most \(FieldCheck.maximumEntries) entries with " + fields.map(\.key).joined(separator: ", ")
        }
    }
}
