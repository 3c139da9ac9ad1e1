// Finding a matter by what people type.

import Testing

@testable import KioskCore

@Suite struct MatterSearchTests {
    private static func named(
        _ code: String, _ title: Localized, words: [String] = [], summary: Localized = "一件事。",
        department: Localized = "部门", questions: [Matter.Question] = []
    ) throws -> Matter {
        var matter = try Test.matter(code)
        matter.title = title
        matter.words = words
        matter.summary = summary
        matter.department = department
        matter.questions = questions
        return matter
    }

    private static func library() throws -> MatterLibrary {
        MatterLibrary(matters: [
            try named(
                "MKT-001", Localized(zh: "个体工商户设立登记", en: "Register an individual business"),
                words: ["开店", "摆摊", "办执照"]),
            try named(
                "MKT-002", Localized(zh: "个体工商户变更登记（备案）", en: "Change an individual business's registration"),
                words: ["换老板", "改店名"]),
            try named(
                "PSB-002", Localized(zh: "居民身份证丢失补领", en: "Replace a lost ID card"), words: ["身份证丢了"],
                summary: "身份证丢了，来这里补一张新的。", department: "公安分局"),
            try named(
                "HRS-016", Localized(zh: "个人参保证明查询打印", en: "Print your social insurance record"),
                words: ["社保证明"], department: "人力资源和社会保障局",
                questions: [Matter.Question(question: "换了单位要不要重新办？", answer: "不用，养老待遇接着算。")]),
            try named("TAX-001", Localized(zh: "银行账户报告", en: "Report a bank account")),
        ])
    }

    private func found(_ text: String, limit: Int = 10) throws -> [String] {
        MatterSearch(try Self.library()).search(text, limit: limit).map(\.code)
    }

    @Test(arguments: [
        ("MKT-001", "MKT-001"), ("mkt001", "MKT-001"), ("ｐｓｂ－００２", "PSB-002"), ("016", "HRS-016"),
    ])
    func `A code finds its matter however it is written`(_ text: String, _ code: String) throws {
        #expect(try found(text).first == code)
    }

    @Test(arguments: [
        ("gtgsh", "MKT-001"), ("GTGSHSL", "MKT-001"), ("gtgshbg", "MKT-002"), ("sfz", "PSB-002"), ("kd", "MKT-001"),
        ("sbzm", "HRS-016"),
    ])
    func `Pinyin initials find the title and what people call it, from the start and from inside`(
        _ text: String, _ code: String
    ) throws {
        #expect(try found(text).first == code)
    }

    @Test(arguments: ["yhzh", "yxzh"])
    func `A character with several readings is found by each`(_ text: String) throws {
        #expect(try found(text) == ["TAX-001"])
    }

    @Test(arguments: [
        ("换老板", "MKT-002"), ("老板换了", "MKT-002"), ("我的身份证丢了怎么办", "PSB-002"), ("开店", "MKT-001"),
        ("公安", "PSB-002"), ("养老待遇", "HRS-016"), ("补一张新的", "PSB-002"), ("店", "MKT-001"),
    ])
    func `Chinese words are found in any order and among other words`(_ text: String, _ code: String) throws {
        #expect(try found(text).first == code)
    }

    @Test(arguments: [("lost id", "PSB-002"), ("Insurance", "HRS-016"), ("register bus", "MKT-001")])
    func `English words are found by their beginnings, all of them`(_ text: String, _ code: String) throws {
        #expect(try found(text).first == code)
    }

    @Test func `A whole name stands before one that only contains it`() throws {
        #expect(try found("个体工商户设立登记").first == "MKT-001")
        #expect(try found("个体").prefix(2) == ["MKT-001", "MKT-002"])
    }

    @Test(arguments: ["", "   ", "，。！", "qqq", "火箭发射", "insurance rocket", "\u{0}\u{7}"])
    func `What nothing has finds nothing`(_ text: String) throws {
        #expect(try found(text) == [])
    }

    @Test func `No more than asked for come back`() throws {
        #expect(try found("个体", limit: 1) == ["MKT-001"])
        #expect(try found("个体", limit: 0) == [])
    }

    @Test(arguments: ["身", "x", "👵", "e\u{301}", "身份证 "])
    func `A text of any length and kind is answered`(_ piece: String) throws {
        _ = try found(String(repeating: piece, count: 5_000))
    }

    @Test(arguments: [("个", "g"), ("银", "y"), ("行", "hx"), ("长", "cz"), ("重", "cz"), ("女", "n"), ("啊", "ae")])
    func `The initials of a character are those of its readings`(_ character: Unicode.Scalar, _ letters: String) {
        let mask = PinyinInitials.letters(of: character)
        for letter in letters.unicodeScalars { #expect(mask & (1 << (letter.value - 0x61)) != 0, "\(letter)") }
    }

    @Test func `A character outside the table has no initials`() {
        #expect(PinyinInitials.letters(of: "A") == 0)
        #expect(PinyinInitials.letters(of: "𬭎") == 0)
    }
}
