/// Good example answers: for sample forms, previews, walks and the demonstration registers. All people are invented.

extension Field {
    /// An invented person with an unassigned area code.
    public static let sampleName = "张伟民"
    public static let sampleIDNumber = "230199199001010018"
    static let sampleCreditCode = "91230199MA00000016"
    static let sampleBankCard = "6217000000000000004"
    static let samplePhone = "13800000000"
    static let sampleAddress = "哈尔滨市道里区友谊路100号1单元101室"

    /// The field's own sample, else one by its type; nil when the sample does not fit the type.
    public func sampleAnswer() -> Answer? {
        switch kind {
        case .choice(let options): return option(of: options).map(Answer.choice)
        case .multi(let options): return option(of: options).map { .choices([$0]) }
        case .flag: return .flag(sample == "true")
        case .records(let fields):
            let answers = fields.compactMap { field in field.sampleAnswer().map { (field.key, $0) } }
            return .records([RecordEntry(answers: Dictionary(answers, uniquingKeysWith: { first, _ in first }))])
        case .text, .number, .money, .dateTime, .date, .month, .phone, .address, .idNumber, .creditCode, .bankCard:
            return .text(sample ?? sampleText)
        }
    }

    private func option(of options: [Option]) -> String? {
        guard let sample else { return options.first?.key }
        return options.first { $0.key == sample }?.key
    }

    private var sampleText: String {
        switch kind {
        case .number: sampleNumber
        case .money: sampleNumber
        case .date: "2026-11-02"
        case .month: "2026-10"
        case .dateTime: "2026-11-02 09:30"
        case .phone: Self.samplePhone
        case .address: Self.sampleAddress
        case .idNumber: Self.sampleIDNumber
        case .creditCode: Self.sampleCreditCode
        case .bankCard: Self.sampleBankCard
        default: key == "name" || key.hasSuffix("_name") ? Self.sampleName : "示例"
        }
    }

    private var sampleNumber: String {
        let value = minimum ?? maximum.map { min($0, 1) } ?? 1
        return value == value.rounded() ? "\(Int64(value.clamped(to: -1e9...1e9)))" : "\(value)"
    }
}

extension Double {
    fileprivate func clamped(to range: ClosedRange<Double>) -> Double {
        Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}
