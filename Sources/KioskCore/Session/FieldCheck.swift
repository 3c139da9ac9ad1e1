/// Judges one answer by its field's type and checks.

enum FieldCheck {
    /// Code points a typed answer may have.
    static let maximumLength = 200
    static let maximumEntries = 50

    /// What is wrong with the answer, or nil. `holds` answers the field's own checks.
    static func problem(
        with answer: Answer?, of field: Field, holds: (Condition) -> Bool
    ) -> FieldProblem.Reason? {
        guard isAnswered(answer), let answer else { return missing(field) }
        // A computed answer has its type from the start, and may be less than nothing.
        if field.value == nil, let reason = typeProblem(with: answer, of: field) { return reason }
        if let reason = rangeProblem(with: answer, of: field) { return reason }
        for check in field.checks where !holds(check.holds) { return .check(check.message) }
        return nil
    }

    private static func missing(_ field: Field) -> FieldProblem.Reason? {
        guard field.required, field.value == nil else { return nil }
        if case .records = field.kind { return .emptyList }
        return .missing
    }

    private static func typeProblem(with answer: Answer, of field: Field) -> FieldProblem.Reason? {
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
        case (_, .text(let text)): return textProblem(with: text, of: field)
        default: return .notAllowed
        }
    }

    private static func rangeProblem(with answer: Answer, of field: Field) -> FieldProblem.Reason? {
        guard case .text(let text) = answer, field.minimum != nil || field.maximum != nil, isNumber(text),
            let number = Double(text)
        else { return nil }
        if let minimum = field.minimum, number < minimum { return .belowMinimum(minimum) }
        if let maximum = field.maximum, number > maximum { return .aboveMaximum(maximum) }
        return nil
    }

    private static func textProblem(with text: String, of field: Field) -> FieldProblem.Reason? {
        if text.unicodeScalars.count > maximumLength { return .tooLong(maximumLength) }
        switch field.kind {
        case .text, .address: return nil
        case .number:
            guard isNumber(text), !text.hasPrefix("-") || (field.minimum ?? 0) < 0 else { return .notANumber }
            let decimals = text.utf8.firstIndex(of: 0x2E).map { text.utf8.distance(from: $0, to: text.endIndex) - 1 }
            return (decimals ?? 0) > field.decimals ? .tooManyDecimals(field.decimals) : nil
        case .money: return Money(text) == nil ? .notMoney : nil
        case .date: return CalendarDate(text) == nil ? .notADate : nil
        case .dateTime: return CalendarMinute(text) == nil ? .notADateTime : nil
        case .month: return CalendarDate(text + "-01") == nil ? .notAMonth : nil
        case .phone: return isPhone(text) ? nil : .notAPhone
        case .idNumber:
            if text.count != 18 { return .wrongLength }
            return CitizenNumber.isValid(text) ? nil : .wrongCheckDigit
        case .creditCode:
            if text.count != CreditCode.length { return .wrongLength }
            return CreditCode.isValid(text) ? nil : .wrongCreditCode
        case .bankCard:
            if !BankCardNumber.lengths.contains(text.count) { return .wrongLength }
            return BankCardNumber.isValid(text) ? nil : .wrongCardNumber
        case .flag, .choice, .multi, .records: return .notAllowed
        }
    }

    /// `12`, `-3` or `12.50`: at most twelve digits before the point and nine after it.
    static func isNumber(_ text: String) -> Bool {
        let parts = text.utf8.drop { $0 == 0x2D }.split(separator: 0x2E, omittingEmptySubsequences: false)
        guard text.utf8.prefix(2).count(where: { $0 == 0x2D }) < 2, let whole = parts.first, parts.count <= 2,
            (1...12).contains(whole.count), parts.count == 1 || (1...9).contains(parts[1].count)
        else { return false }
        return parts.allSatisfy { $0.allSatisfy { (0x30...0x39).contains($0) } }
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
