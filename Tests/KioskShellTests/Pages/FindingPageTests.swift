// Looking for a matter: the ways on the welcome page, lists, search, and the guide of a matter.

import KioskCore
import Testing

@testable import KioskShell

@Suite struct FindingPageTests {
    /// Twenty matters of one department (or as many as are wanted), ten of another.
    private static func hall(_ first: Int = 20) -> MatterLibrary {
        func matters(_ letters: String, _ count: Int) -> [Matter] {
            (1...count).map { number in
                var matter = SampleMatters.market
                matter.code = "\(letters)-\(number < 10 ? "00" : "0")\(number)"
                matter.events = number % 2 == 0 ? ["business"] : []
                matter.audience = number == 1 ? .enterprise : .person
                return matter
            }
        }
        return MatterLibrary(
            matters: matters("MKT", first) + matters("HRS", 10), departments: SampleMatters.library.departments,
            events: SampleMatters.library.events)
    }

    private func tiles(_ page: Page) -> [String] {
        page.nodes.compactMap { node in if case .tile = node.content { node.id } else { nil } }
    }

    @Test func `The welcome page has every way to look, and what was begun`() throws {
        let page = Citizen().page
        #expect(
            tiles(page) == ["way.search", "way.events", "way.departments", "way.person", "way.enterprise"])
        #expect(page.actions.map(\.event) == [.resumeUnfinished])
    }

    @Test func `A department leads to its matters, a page at a time, and back leads up again`() throws {
        var citizen = Citizen(Self.hall())
        try citizen.press("way.departments")
        #expect(tiles(citizen.page) == ["name.MKT", "name.HRS"])
        #expect(citizen.node("name.MKT").map { "\($0)".contains("20 件事") } == true)
        try citizen.press("name.MKT")
        var seen = tiles(citizen.page)
        #expect(citizen.action("page.previous")?.event == nil)
        while citizen.action("page.next")?.event != nil {
            try citizen.press("page.next")
            #expect(!tiles(citizen.page).isEmpty && tiles(citizen.page).count <= 9)
            seen += tiles(citizen.page)
        }
        #expect(seen == (1...20).map { "matter.MKT-\($0 < 10 ? "00" : "0")\($0)" })
        try citizen.press("page.previous")
        try citizen.press("bar.back")
        #expect(citizen.page.id == "find.departments")
        try citizen.press("bar.back")
        #expect(citizen.page.id == "welcome")
    }

    @Test func `Who I am leads by department to what I may do`() throws {
        var citizen = Citizen(Self.hall())
        try citizen.press("way.enterprise")
        try citizen.press("name.HRS")
        #expect(tiles(citizen.page) == ["matter.HRS-001"])
        try citizen.press("bar.back")
        #expect(citizen.page.id == "find.audience")
        try citizen.press("bar.start-over")
        #expect(citizen.page.id == "welcome")
    }

    @Test func `A life event leads to the matters that belong to it`() throws {
        var citizen = Citizen(Self.hall())
        try citizen.press("way.events")
        #expect(tiles(citizen.page) == ["name.business"])
        try citizen.press("name.business")
        #expect(tiles(citizen.page).first == "matter.HRS-002")
        try citizen.press("matter.HRS-002")
        #expect(citizen.page.id == "notice")
        try citizen.press("bar.back")
        #expect(citizen.page.id == "find.event")
    }

    @Test func `A life event with many matters asks for the department first`() throws {
        var citizen = Citizen(Self.hall(60))
        try citizen.press("way.events")
        try citizen.press("name.business")
        #expect(citizen.page.id == "find.event.departments")
        #expect(tiles(citizen.page) == ["name.MKT", "name.HRS"])
        try citizen.press("name.HRS")
        #expect(citizen.page.id == "find.event")
        #expect(tiles(citizen.page).first == "matter.HRS-002")
        try citizen.press("bar.back")
        #expect(citizen.page.id == "find.event.departments")
        try citizen.press("bar.back")
        #expect(citizen.page.id == "find.events")
    }

    @Test(arguments: ["开店", "gtgsh", "mkt-001", "MKT001", "register"])
    func `What is typed finds the matter, with what one must know of it`(_ text: String) throws {
        var citizen = Citizen()
        try citizen.press("way.search")
        #expect(tiles(citizen.page) == ["way.events", "way.departments"])
        try citizen.type(text, into: "search")
        #expect(tiles(citizen.page).contains("matter.MKT-001"))
        guard case .tile(_, let detail, _) = citizen.node("matter.MKT-001") else { return }
        #expect(detail == "开店、摆摊、做小生意，在这里登记。")
        try citizen.press("matter.MKT-001")
        #expect(citizen.page.id == "notice")
    }

    @Test func `A list says the department, the time and the fee of each matter`() throws {
        let page = try #require(PageSamples.sample("find.event", language: .zh)).page
        let details = page.nodes.compactMap { node -> String? in
            if case .tile(_, let detail, _) = node.content { detail } else { nil }
        }
        #expect(details.contains("开店、摆摊、做小生意，在这里登记。市场监督管理局，1 个工作日，不收费。"))
    }

    @Test func `When nothing is found, the page says what to do`() throws {
        var citizen = Citizen()
        try citizen.press("way.search")
        try citizen.type("火箭", into: "search")
        guard case .notice(_, _, let text) = citizen.node("nothing") else {
            Issue.record("nothing is said")
            return
        }
        #expect(text.contains("呼叫工作人员"))
        #expect(tiles(citizen.page) == ["way.events", "way.departments"])
    }

    @Test(arguments: [
        Finding(.department("gone")), Finding(.event("gone")), Finding(.departments, page: 9_999_999),
        Finding(.audience(.both), text: "gone"), Finding(.search, text: "开店", page: -5),
        Finding(.department("MKT"), page: .max),
    ])
    func `A list that is not there, or has no such page, still gives a page to leave`(_ finding: Finding) {
        let citizen = Citizen()
        var state = citizen.engine.state
        state.finding = finding
        let page = citizen.builder.page(for: state, today: PageSamples.today)
        #expect(!page.nodes.isEmpty)
        #expect(page.bar[0].event != nil)
    }

    @Test func `The guide of another matter is picked and printed, for nobody in particular`() throws {
        var citizen = Citizen()
        try citizen.begin("DBE-004")
        try citizen.press("next")
        try citizen.type("开店", into: "keyword")
        try citizen.press("next")
        #expect(citizen.page.id == "guide")
        #expect(tiles(citizen.page).first == "matter.MKT-001")
        try citizen.type("", into: "search")
        try citizen.press("way.departments")
        #expect(citizen.page.id == "guide.departments")
        try citizen.press("name.MKT")
        try citizen.press("bar.back")
        try citizen.press("bar.back")
        #expect(citizen.page.id == "guide")
        try citizen.type("开店", into: "search")
        try citizen.press("matter.MKT-001")
        #expect(citizen.page.id == "guide-paper")
        #expect(citizen.engine.state.flow?.guided?.code == "MKT-001")
        citizen.answer { .printed(generation: $0) }
        try citizen.press("next")
        #expect(citizen.page.id == "rating")
    }
}
