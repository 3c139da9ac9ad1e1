/// What the proofs say of single conditions: what always or never holds is found, and what only seems so is not.

import KioskCore
import Testing

@testable import KioskAuthoring

@Suite("Proofs of conditions")
struct ConditionProofTests {
    /// A matter whose one note has this condition.
    private static func findings(_ condition: String) throws -> [String] {
        let matter = GoodMatter.matter
            .replacing("when: area > 500", with: "when: '\(condition)'")
            .replacing(
                "- {key: shop, type: text, label: 店名 | Name, sample: 暖阳小店}",
                with: """
                    - {key: shop, type: text, label: 店名 | Name, sample: 暖阳小店}
                          - {key: nickname, type: text, label: 别名 | Other name, required: false, sample: 暖阳}
                          - {key: opens, type: date, label: 开业 | Opens on}
                    """)
        let sources = GoodMatter.sources.map {
            $0.path == GoodMatter.path ? MatterSource(path: $0.path, text: matter) : $0
        }
        let result = MatterLoader.load(sources) { _ in "" }
        #expect(result.diagnostics.isEmpty)
        return MatterProver.prove(result.loaded, threads: 1).findings.map(\.message)
    }

    @Test(
        "a condition that never holds is found",
        arguments: [
            "area < 5", "area == 6 && area > 6", "rent < 0.0", "right == \"own\" && lease_from < today",
            "!(right == \"own\") && !(right == \"rent\")", "size(staff) > 20", "size(staff) < 0",
            "staff.exists(s, s.name == \"甲\") && size(staff) == 0", "opens < today && opens > today.plusDays(3)",
            "opens.plusMonths(2) < opens.plusMonths(1) && opens.plusYears(3) < opens", "today < date(\"2020-01-01\")",
            "this_year < 2020", "birth_date > today", "age < 18 && birth_date < today.plusDays(-8000)",
            "opens - opens > days(0)", "shop == \"甲\" && shop == \"乙\"", "nickname == null && nickname == \"甲\"",
            "age > 130", "rented && right == \"own\"",
        ])
    func never(condition: String) throws {
        #expect(try Self.findings(condition) == ["nobody sees this note: its condition never holds"])
    }

    @Test(
        "a condition that always holds is found",
        arguments: [
            "area >= 5", "age >= 18", "right in [\"own\", \"rent\"]", "hukou_local || !hukou_local",
            "opens < opens.plusMonths(1) || opens > date(\"2200-01-01\") || opens < date(\"1800-01-01\")",
            "size(staff) >= 0", "this_year == today.getFullYear()",
            "!rented || right == \"rent\"", "birth_date <= today", "area >= 5 ? true : false",
        ])
    func always(condition: String) throws {
        #expect(try Self.findings(condition) == ["the condition of this rule always holds"])
    }

    @Test(
        "a condition that may hold or not is left alone, also where the solver knows only bounds",
        arguments: [
            "area > 899", "area == 5", "rent > 1499.99", "rent == 0.01", "opens.plusMonths(1) > today.plusDays(31)",
            "opens.plusMonths(1) == opens.plusDays(28)", "opens.plusYears(1) == opens.plusDays(366)",
            "opens.plusMonths(1).plusMonths(1) != opens.plusMonths(2)", "nickname == null", "shop == nickname",
            "shop.startsWith(\"暖\")", "shop.matches(\"^[a-z]+$\")", "size(shop) > 3", "size(staff) > 4",
            "staff.exists(s, ageOf(s.id_no, today) < 16)", "staff.all(s, s.name == \"甲\")",
            "size(staff.filter(s, s.name == \"甲\")) > 4", "rent + 0.1 == 0.3", "area * 2 > 100", "area / 7 == 3",
            "age == 100", "today - birth_date > days(20000)", "record.state == \"valid\"", "record.valid_to < today",
            "opens.getFullYear() == this_year", "opens.getMonth() == 1", "string(area) == \"60\"", "area % 2 == 0",
            // On the last day of the calendar there is no next one.
            "opens.plusDays(1) > opens",
        ])
    func open(condition: String) throws {
        #expect(try Self.findings(condition) == [])
    }
}
