/// Answers as people read them.

public enum AnswerText {
    /// The answer in one language: option labels, grouped money with its unit, yes or no; a list gives a line an entry.
    /// Citizen and bank card numbers are masked.
    public static func shown(_ answer: Answer?, field: Field, language: Language) -> String {
        switch (field.kind, answer) {
        case (_, nil): ""
        case (.choice(let options), .choice(let key)): label(of: key, in: options, language)
        case (.multi(let options), .choices(let keys)):
            options.filter { keys.contains($0.key) }.map { $0.label[language] }
                .joined(separator: language == .zh ? "、" : ", ")
        case (_, .flag(let value)): Localized(zh: value ? "是" : "否", en: value ? "Yes" : "No")[language]
        case (.records(let fields), .records(let entries)):
            entries.map { entry in
                fields.map { shown(entry.answers[$0.key], field: $0, language: language) }
                    .filter { !$0.isEmpty }.joined(separator: language == .zh ? "，" : ", ")
            }.joined(separator: "\n")
        case (.idNumber, .text(let text)): CitizenNumber.masked(text)
        case (.bankCard, .text(let text)): BankCardNumber.masked(text)
        case (.number, .text(let text)): text + (field.unit.map { " " + $0[language] } ?? "")
        case (.dateTime, .text(let text)):
            CalendarMinute(text).map { "\(shown($0.date, language)) \($0.clock)" } ?? text
        case (.money, .text(let text)):
            Money(text).map { $0.grouped + Localized(zh: " 元", en: " yuan")[language] } ?? text
        case (.date, .text(let text)): CalendarDate(text).map { shown($0, language) } ?? text
        case (.month, .text(let text)):
            CalendarDate(text + "-01").map {
                language == .zh ? "\($0.year)年\($0.month)月" : "\(monthNames[$0.month - 1]) \($0.year)"
            } ?? text
        case (_, .text(let text)): text
        default: ""
        }
    }

    /// `2026年11月21日` or `21 November 2026`.
    public static func shown(_ date: CalendarDate, _ language: Language) -> String {
        switch language {
        case .zh: "\(date.year)年\(date.month)月\(date.day)日"
        case .en: "\(date.day) \(monthNames[date.month - 1]) \(date.year)"
        }
    }

    private static func label(of key: String, in options: [Field.Option], _ language: Language) -> String {
        options.first { $0.key == key }?.label[language] ?? key
    }

    private static let monthNames = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
}
