// The words themselves: phrases, faults, and facts made readable.

import KioskCore
import Testing

@testable import KioskShell

@Suite struct PhraseTests {
    private func places(in text: String) -> Set<String> {
        let pieces = text.split(separator: "{", omittingEmptySubsequences: false).dropFirst()
        return Set(pieces.compactMap { $0.split(separator: "}").first.map(String.init) })
    }

    @Test(arguments: Phrase.allCases)
    func `A phrase has both languages and the same places for values`(_ phrase: Phrase) {
        #expect(!phrase.text.zh.isEmpty && !phrase.text.en.isEmpty)
        #expect(places(in: phrase.text.zh) == places(in: phrase.text.en))
        if phrase != .otherLanguage {
            #expect(!phrase.text.en.hasChinese)
            #expect(phrase.text.zh.latinWords == [])
        }
    }

    @Test func `A value that looks like a place is left alone`() {
        let words = Words(language: .en)
        #expect(words(.materialFor, "{2}", "{1}") == "{2} ({1})")
        #expect(words(.materialFor, "only one") == "only one ({2})")
    }

    @Test(arguments: Language.allCases)
    func `Every fault says something of its own and names who helps`(_ language: Language) {
        let staff = language == .zh ? "工作人员" : "staff"
        var happened: Set<String> = []
        for kind in Fault.Kind.allCases {
            let words = FaultWords(Fault(kind, responsible: .hallStaff), language: language)
            #expect(!words.doNow.isEmpty && words.doNow != words.happened)
            #expect(words.doNow.withoutSampleData.hasChinese == (language == .zh))
            happened.insert(words.happened)
            for responsible in [Fault.Responsible.citizen, .hallStaff, .technician] {
                let words = FaultWords(Fault(kind, responsible: responsible), language: language)
                #expect(words.helper.containsIgnoringCase(staff))
            }
        }
        #expect(happened.count == Fault.Kind.allCases.count)
    }

    @Test(arguments: [
        (AskedCard.identityCard, "身份证", ["社保卡", "拔", "插"]), (.socialSecurityCard, "社保卡", ["身份证", "放平", "拿开"]),
        (.either, "卡", ["居民身份证"]),
    ])
    func `A fault of a card reader speaks of the card that is asked for`(
        _ asked: AskedCard, _ card: String, _ never: [String]
    ) {
        let kinds: [Fault.Kind] = [
            .readerOutOfService, .readerSilent, .cardRemoved, .cardUnreadable, .cardUnsupported, .cardExpired,
        ]
        for kind in kinds {
            let words = FaultWords(Fault(kind, responsible: .citizen), asked: asked, language: .zh)
            let text = words.happened + words.doNow
            #expect(text.contains(card), "\(kind): \(text)")
            #expect(never.filter(text.contains) == [], "\(kind): \(text)")
            let english = FaultWords(Fault(kind, responsible: .citizen), asked: asked, language: .en)
            #expect(!(english.happened + english.doNow).hasChinese)
        }
    }

    @Test func `Who helps depends on who must act`() {
        let helpers = [Fault.Responsible.citizen, .hallStaff, .technician].map {
            FaultWords(Fault(.paperJam, responsible: $0), language: .zh).helper
        }
        #expect(Set(helpers).count == 3)
        #expect(helpers[2].contains("维修人员"))
    }
}

@Suite struct ReadableTests {
    let chinese = Readable(language: .zh)
    let english = Readable(language: .en)

    @Test func `Days are written out`() throws {
        let day = try #require(CalendarDate("2026-11-21"))
        #expect(chinese.date(day) == "2026年11月21日")
        #expect(english.date(day) == "21 November 2026")
        #expect(chinese.minute(PageSamples.now) == "2026年11月23日 10:05")
    }

    @Test func `Fees and time limits are written out`() {
        #expect(chinese.fee(0) == "不收费")
        #expect(chinese.fee(123_405) == "1,234.05元")
        #expect(english.fee(500) == "5 yuan")
        #expect(chinese.timeLimit(0) == "当场办好")
        #expect(english.timeLimit(1) == "1 working day")
        #expect(english.timeLimit(5) == "5 working days")
    }

    @Test(arguments: [
        ("01", "汉族", "Han"), ("08", "壮族", "Zhuang"), ("11", "满族", "Manchu"), ("15", "土家族", "Tujia"),
        ("30", "土族", "Tu"), ("53", "赫哲族", "Hezhen"), ("56", "基诺族", "Jino"), ("81", "穿青人", "Chuanqing"),
        ("83", "革家人", "Gejia"), ("97", "其他", "Other"),
        ("98", "外国血统中国籍人士", "Chinese citizen of foreign descent"),
    ])
    func `Nations have their usual names`(_ code: String, _ zh: String, _ en: String) {
        #expect(chinese.nation(code) == zh)
        #expect(english.nation(code) == en)
    }

    @Test(arguments: ["00", "57", "82", "99", "-1", "9999999999999999999999"])
    func `A nation code that no table has is shown as it stands`(_ code: String) {
        #expect(chinese.nation(code) == code)
        #expect(english.nation(code) == code)
    }

    @Test func `A card without a nation has none`() {
        #expect(chinese.nation("") == nil)
    }

    @Test(arguments: [
        ("号码230199199001010018，有效", "号码230199********0018，有效"),
        ("230199199001010018", "230199********0018"),
        ("a 23019920150920004x b", "a 230199********004x b"),
        ("receipt 20261123 0007", "receipt 20261123 0007"),
        ("2301991990010100182", "2301991990010100182"),
        ("", ""),
    ])
    func `Citizen numbers inside a text are masked`(_ text: String, _ masked: String) {
        #expect(Readable.maskingNumbers(in: text) == masked)
    }
}

extension String {
    fileprivate func containsIgnoringCase(_ word: String) -> Bool { lowercased().contains(word) }
}
