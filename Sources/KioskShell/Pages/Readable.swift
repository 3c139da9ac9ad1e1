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
                matter.cards.contains(.socialSecurityCard)
                    ? matter.cards.contains(.identityCard) ? .identityEitherCard : .identityChipCard : .identityCard
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

    /// GB/T 3304; nil when the card names none.
    func nation(_ code: String) -> String? {
        switch code {
        case "": return nil
        case "98": return words[.nationForeign]
        default:
            guard let number = Int(code), Self.nations.indices.contains(number - 1) else { return words[.nationOther] }
            let nation = Self.nations[number - 1]
            return words.language == .zh ? nation.zh : nation.en
        }
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

    /// GB/T 3304-1991, codes 01 to 56 in order, with their usual English names.
    private static let nations: [(zh: String, en: String)] = [
        ("汉族", "Han"), ("蒙古族", "Mongol"), ("回族", "Hui"), ("藏族", "Tibetan"), ("维吾尔族", "Uyghur"),
        ("苗族", "Miao"), ("彝族", "Yi"), ("壮族", "Zhuang"), ("布依族", "Bouyei"), ("朝鲜族", "Korean"),
        ("满族", "Manchu"), ("侗族", "Dong"), ("瑶族", "Yao"), ("白族", "Bai"), ("土家族", "Tujia"),
        ("哈尼族", "Hani"), ("哈萨克族", "Kazakh"), ("傣族", "Dai"), ("黎族", "Li"), ("傈僳族", "Lisu"),
        ("佤族", "Wa"), ("畲族", "She"), ("高山族", "Gaoshan"), ("拉祜族", "Lahu"), ("水族", "Sui"),
        ("东乡族", "Dongxiang"), ("纳西族", "Naxi"), ("景颇族", "Jingpo"), ("柯尔克孜族", "Kyrgyz"), ("土族", "Tu"),
        ("达斡尔族", "Daur"), ("仫佬族", "Mulao"), ("羌族", "Qiang"), ("布朗族", "Blang"), ("撒拉族", "Salar"),
        ("毛南族", "Maonan"), ("仡佬族", "Gelao"), ("锡伯族", "Xibe"), ("阿昌族", "Achang"), ("普米族", "Pumi"),
        ("塔吉克族", "Tajik"), ("怒族", "Nu"), ("乌孜别克族", "Uzbek"), ("俄罗斯族", "Russian"), ("鄂温克族", "Ewenki"),
        ("德昂族", "De’ang"), ("保安族", "Bonan"), ("裕固族", "Yugur"), ("京族", "Kinh"), ("塔塔尔族", "Tatar"),
        ("独龙族", "Derung"), ("鄂伦春族", "Oroqen"), ("赫哲族", "Hezhen"), ("门巴族", "Monba"), ("珞巴族", "Lhoba"),
        ("基诺族", "Jino"),
    ]
}
