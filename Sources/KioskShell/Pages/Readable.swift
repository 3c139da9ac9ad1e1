/// Facts as people read them on a page: days, money, sex, nation, answers; citizen numbers always masked.

import KioskCore

struct Readable: Sendable {
    let words: Words

    init(language: Language) {
        words = Words(language: language)
    }

    /// `2026年11月21日`, `21 November 2026`
    func date(_ date: CalendarDate) -> String {
        AnswerText.shown(date, words.language)
    }

    /// The day and minute in China.
    func minute(_ time: Timestamp) -> String {
        "\(date(time.chinaDate)) \(time.chinaMinute.suffix(5))"
    }

    /// What is paid may depend on the answers.
    func fee(of matter: Matter) -> String {
        matter.payment != nil && matter.fee == 0 ? words[.feeByCase] : fee(matter.fee)
    }

    /// What one must know of a matter before beginning: an id, a label and what there is to say.
    func conditions(of matter: Matter) -> [(id: String, label: String, value: String)] {
        let audience: Phrase =
            switch matter.audience {
            case .person: .audiencePerson
            case .enterprise: .audienceEnterprise
            case .both: .audienceBoth
            }
        let identity: Phrase =
            switch matter.identity {
            case .none: .identityNone
            case .card:
                switch AskedCard(matter.cards) {
                case .identityCard: .identityCard
                case .socialSecurityCard: .identityChipCard
                case .either: .identityEitherCard
                }
            case .cardAndLicence: .identityLicence
            case .agentAllowed: .identityAgent
            }
        let facts: [(String, Phrase, String)] = [
            ("audience", .noticeAudience, words(.audienceIdentity, words[audience], words[identity])),
            ("time-limit", .noticeTimeLimit, timeLimit(matter.workdays)), ("fee", .noticeFee, fee(of: matter)),
            ("department", .noticeDepartment, matter.department[words.language]),
        ]
        return facts.map { ($0.0, words[$0.1], $0.2) }
            + (matter.basis.map { [("basis", words[.noticeBasis], $0[words.language])] } ?? [])
    }

    /// A bound of a field: whole where it is whole.
    func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }

    func fee(_ fen: Int) -> String {
        fen > 0 ? words(.yuan, Money(fen: Int64(fen)).grouped) : words[.free]
    }

    func timeLimit(_ workdays: Int) -> String {
        switch workdays {
        case ...0: words[.onTheSpot]
        case 1: words[.oneWorkday]
        default: words(.workdays, String(workdays))
        }
    }

    /// GB/T 2261.1.
    func sex(_ sex: IdentityCard.Sex) -> String {
        switch sex {
        case .male: words[.sexMale]
        case .female: words[.sexFemale]
        case .unknown: words[.sexUnknown]
        case .notStated: words[.sexNotStated]
        }
    }

    /// The name, or the code itself where no table has one; nil when the card names none.
    func nation(_ code: String) -> String? {
        code.isEmpty ? nil : NationCodes.name(code)?[words.language] ?? code
    }

    /// Name and masked number.
    func person(_ card: IdentityCard) -> String {
        words(.person, card.name, CitizenNumber.masked(card.number))
    }

    /// An answer as a fact: never empty, no full citizen number.
    func answer(_ answer: Answer?, field: Field) -> String {
        let shown = AnswerText.shown(answer, field: field, language: words.language)
        return shown.isEmpty ? words[.notFilledIn] : Self.maskingNumbers(in: shown)
    }

    /// The same in a table, where nothing stands for nothing.
    func cell(_ cell: Answer?, field: Field) -> String {
        let shown = AnswerText.shown(cell, field: field, language: words.language)
        return shown.isEmpty ? "—" : Self.maskingNumbers(in: shown)
    }

    /// One list entry on a line.
    func entry(_ entry: RecordEntry, fields: [Field]) -> String {
        let parts = fields.compactMap { field in entry.answers[field.key].map { answer($0, field: field) } }
        guard !parts.isEmpty else { return words[.notFilledIn] }
        return parts.joined(separator: words.language == .zh ? "，" : ", ")
    }

    /// Masks each run that is a valid citizen number, wherever it stands in the text.
    static func maskingNumbers(in text: String) -> String {
        var result = ""
        var run = ""
        for character in text {
            if character.isASCII, character.isNumber || character == "X" || character == "x" {
                run.append(character)
            } else {
                result += CitizenNumber.isValid(run) ? CitizenNumber.masked(run) : run
                result.append(character)
                run = ""
            }
        }
        return result + (CitizenNumber.isValid(run) ? CitizenNumber.masked(run) : run)
    }
}
