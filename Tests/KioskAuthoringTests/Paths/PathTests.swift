import KioskAuthoring
import KioskCore
import Testing

struct PathTests {
    @Test("The report says which answer brings which page, paper and note, and which changes nothing")
    func report() throws {
        let (loaded, library) = try MatterFixtures.matter("MKT-001")
        let text = PathReport(loaded.matter, in: library, language: .zh).text([.sample(of: loaded.matter)])
        #expect(text.contains("家庭经营 → 多一页“一起经营的家庭成员”；要交“家庭成员身份证”"))
        #expect(text.contains("自有、无偿使用 → 不变"))
        #expect(text.contains("有时：租赁合同（当“场所是怎么来的”是“租赁”）"))
        let english = PathReport(loaded.matter, in: library, language: .en).text([])
        #expect(english.contains("By a family → page “Family members who take part”"))
    }

    @Test(
        "A condition is said in words of both languages",
        arguments: [
            ("agent", "由别人代办", "someone acts for the applicant"),
            ("!agent", "本人来办", "the applicant comes"),
            ("age >= 60", "年龄至少是60", "the applicant's age is at least 60"),
            (#"premises_right == "rent""#, "“场所是怎么来的”是“租赁”", "“Right to the premises” is “Rented”"),
            (
                #"premises_right in ["rent", "free"]"#, "“场所是怎么来的”是“租赁”或“无偿使用”",
                "“Right to the premises” is “Rented” or “Used free of charge”"
            ),
            (#"!("food" in business_scope)"#, "“经营范围”没选“食品销售”", "“Business scope” does not include “Selling food”"),
            ("size(family_members) > 2", "“家庭成员”的个数大于2", "the number of “Family members” is more than 2"),
            (
                #"family_members.exists(m, m.relation == "spouse")"#, "“家庭成员”里有一个“与经营者的关系”是“配偶”",
                "one of “Family members”: “Relation to the applicant” is “Spouse”"
            ),
            ("birth_date > today.plusYears(-18)", "出生日期晚于今天之前18年", "the date of birth is after 18 years before today"),
        ])
    func phrase(source: String, zh: String, en: String) throws {
        let (loaded, _) = try MatterFixtures.matter("MKT-001")
        let phrase = ConditionPhrases(loaded.matter).phrase(for: try Condition(source))
        #expect(phrase == Localized(zh: zh, en: en))
    }

    @Test("What has no words is shown as it stands")
    func unphrased() throws {
        let (loaded, _) = try MatterFixtures.matter("MKT-001")
        let source = #"trade_name.matches("^[a-z]+$")"#
        #expect(ConditionPhrases(loaded.matter).phrase(for: try Condition(source)).zh == source)
    }

    @Test("The drawing is well-formed, A4, and names every page and rejection", arguments: ["MKT-001", "MKT-002"])
    func map(code: String) throws {
        let (loaded, _) = try MatterFixtures.matter(code)
        let svg = PathMap.svg(of: loaded.matter, language: .zh)
        #expect(svg.contains("width=\"210mm\""))
        for page in loaded.matter.pages { #expect(svg.contains(">\(page.title.zh)<")) }
        #expect(svg.contains("#c0392b\" stroke-width=\"1.2\"/>") || code == "MKT-001")
        #expect(svg.filter { $0 == "<" }.count == svg.filter { $0 == ">" }.count)
    }

    @Test("Signs that mean something in XML are escaped")
    func escapes() throws {
        let result = MatterFixtures.load(["MKT-001"], replacing: "店名 | Name of the business", with: "<店&名> | A & B")
        let loaded = try #require(result.loaded.first)
        #expect(PathMap.svg(of: loaded.matter, language: .zh).contains("&lt;店&amp;名&gt;"))
    }
}
