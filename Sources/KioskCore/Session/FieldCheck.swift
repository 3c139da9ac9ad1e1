/// Judges one answer by its field's type and checks.

enum FieldCheck {
    /// Code points a typed answer may have.
    static let maximumLength = 200
    static let maximumEntries = 20

    /// What is wrong with the answer, or nil. `holds` answers the field's own checks.
    static func problem(
        with answer: Answer?, of field: Field, holds: (Condition) -> Bool
    ) -> FieldProblem.Reason? {
        if let reason = typeProblem(with: answer, of: field) { return reason }
        guard isAnswered(answer) else { return nil }
        for check in field.checks where !holds(check.holds) { return .check(check.message) }
        return nil
    }

    private static func typeProblem(with answer: Answer?, of field: Field) -> FieldProblem.Reason? {
        guard isAnswered(answer), let answer else {
            guard field.required else { return nil }
            if case .records = field.kind { return .emptyList }
            if case .flag = field.kind { return nil }
            return .missing
        }
        switch (field.kind, answer) {
        case (.choice(let options), .choice(let key)):
            return options.contains { $0.key == key } ? nil : .notAllowed
        case (.multi(let options), .choices(let keys)):
            return keys.allSatisfy { key in options.contains { $0.key == key } } ? nil : .notAllowed
        case (.flag, .flag): return nil
        case (.records(let fields), .records(let entries)):
            guard entries.count <= maximumEntries else { return .tooLong(maximumEntries) }
            for entry in entries {
                for field in fields
                where problem(with: entry.answers[field.key], of: field, holds: { _ in true }) != nil {
                    return .notAllowed
                }
            }
            return nil
        case (_, .text(let text)): return textProblem(with: text, kind: field.kind)
        default: return .notAllowed
        }
    }

    private static func textProblem(with text: String, kind: Field.Kind) -> FieldProblem.Reason? {
        if text.unicodeScalars.count > maximumLength { return .tooLong(maximumLength) }
        switch kind {
        case .text, .address: return nil
        case .number: return text.utf8.count <= 9 && isDigits(text) ? nil : .notANumber
        case .money: return Money(text) == nil ? .notMoney : nil
        case .date: return CalendarDate(text) == nil ? .notADate : nil
        case .month: return CalendarDate(text + "-01") == nil ? .notAMonth : nil
        case .phone: return isPhone(text) ? nil : .notAPhone
        case .idNumber:
            if text.count != 18 { return .wrongLength }
            return CitizenNumber.isValid(text) ? nil : .wrongCheckDigit
        case .flag, .choice, .multi, .records: return .notAllowed
        }
    }

    /// A mobile number of eleven digits from 1, or a landline with area code: 10 to 12 digits from 0.
    private static func isPhone(_ text: String) -> Bool {
        guard isDigits(text) else { return false }
        return text.hasPrefix("1") ? text.utf8.count == 11 : text.hasPrefix("0") && (10...12).contains(text.utf8.count)
    }

    private static func isDigits(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    static func isAnswered(_ answer: Answer?) -> Bool {
        switch answer {
        case nil: false
        case .text(let text): !text.isEmpty
        case .choice(let key): !key.isEmpty
        case .choices(let keys): !keys.isEmpty
        case .flag: true
        case .records(let entries): !entries.isEmpty
        }
    }
}
