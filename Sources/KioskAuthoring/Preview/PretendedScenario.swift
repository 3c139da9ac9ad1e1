/// A scenario out of loosely written answers, for previews.

public import KioskCore

/// An answer as somebody writes it in JSON: a word, a number, true or false, a list.
public enum LooseAnswer: Decodable, Sendable {
    case text(String)
    case flag(Bool)
    case words([String])
    case entries([[String: LooseAnswer]])

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Int64.self) {
            self = .text("\(number)")
        } else if let number = try? container.decode(Double.self) {
            self = .text("\(number)")
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let words = try? container.decode([String].self) {
            self = .words(words)
        } else {
            self = .entries(try container.decode([[String: LooseAnswer]].self))
        }
    }

    /// Nil when it does not fit the field.
    func answer(to field: Field) -> Answer? {
        switch (field.kind, self) {
        case (.choice(let options), .text(let key)):
            options.first { $0.key == key || $0.label.zh == key }.map { .choice($0.key) }
        case (.multi(let options), .words(let words)):
            .choices(words.compactMap { word in options.first { $0.key == word || $0.label.zh == word }?.key })
        case (.flag, .flag(let flag)): .flag(flag)
        case (.records(let fields), .entries(let entries)):
            .records(
                entries.map { entry in
                    let answers = fields.compactMap { field in
                        (entry[field.key]?.answer(to: field) ?? field.sampleAnswer()).map { (field.key, $0) }
                    }
                    return RecordEntry(answers: Dictionary(answers, uniquingKeysWith: { first, _ in first }))
                })
        case (.choice, _), (.multi, _), (.flag, _), (.records, _): nil
        case (_, .text(let text)): .text(text)
        default: nil
        }
    }
}

/// What cannot be pretended, and what to write instead.
public struct PretendError: Error {
    public let message: String
}

extension Scenario {
    /// The sample case with these answers and facts in it. `agent`, `age` and `local` stand among the answers.
    public static func pretending(
        in matter: Matter, today: CalendarDate, answers: [String: LooseAnswer], facts: [String: LooseAnswer]
    ) throws(PretendError) -> Scenario {
        var scenario = sample(of: matter, today: today)
        for (key, loose) in answers.sorted(by: { $0.key < $1.key }) {
            switch (key, loose) {
            case ("agent", .flag(let flag)): scenario.actsForOther = flag && matter.identity == .agentAllowed
            case ("local", .flag(let flag)): scenario.isLocal = flag
            case ("age", .text(let text)):
                guard let age = Int(text), (0...130).contains(age) else {
                    throw PretendError(message: "“age” is a number of years, 0 to 130")
                }
                scenario.birthDate = birthDate(ofAge: age, on: today)
            default: scenario.answers[key] = try answer(loose, key, among: matter.fields, "field")
            }
        }
        for (key, loose) in facts.sorted(by: { $0.key < $1.key }) {
            scenario.record?[key] = try answer(loose, key, among: matter.lookup?.register.facts ?? [], "fact")
        }
        return scenario
    }

    private static func answer(
        _ loose: LooseAnswer, _ key: String, among fields: [Field], _ what: String
    ) throws(PretendError) -> Answer {
        guard let field = fields.first(where: { $0.key == key }) else {
            let hint = nearest(to: key, in: fields.map(\.key)).map { "did you mean “\($0)”?" }
            throw PretendError(
                message: "there is no \(what) “\(key)”; "
                    + (hint ?? "known: \(fields.map(\.key).joined(separator: ", "))"))
        }
        guard let answer = loose.answer(to: field) else {
            throw PretendError(message: "“\(key)” takes another answer: \(MatterNames.type(of: field))")
        }
        return answer
    }
}
