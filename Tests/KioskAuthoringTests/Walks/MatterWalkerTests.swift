import KioskAuthoring
import KioskCore
import Testing

/// Walks of real matters, and of broken ones.
struct MatterWalkerTests {
    @Test(
        "Every walk of a matter ends, and every part of it is met",
        arguments: [
            "MKT-001", "MKT-002", "HRS-016", "CIV-001",
            // A record that must agree with the card; a rejection beside a note, a paper or a window.
            "HRS-028", "HRS-038", "HRS-047", "MKT-012", "PSB-017",
            // Papers that are named only on the list for the window.
            "PSB-008", "HRS-002",
        ])
    func completes(code: String) throws {
        let (loaded, library) = try MatterFixtures.matter(code)
        let walk = MatterWalker.walk(loaded, in: library, scenarios: MatterProver(loaded).scenarios())
        #expect(walk.problems.isEmpty)
        #expect(walk.gaps.isEmpty)
        #expect(walk.walks > walk.scenarios)
    }

    @Test("Without a camera a case with papers goes to a window, and without a printer it is submitted all the same")
    func failuresEnd() throws {
        let (loaded, library) = try MatterFixtures.matter("MKT-001")
        let walk = MatterWalker.walk(loaded, in: library, scenarios: [.sample(of: loaded.matter)])
        let noCamera = try #require(walk.ends[.noCamera])
        #expect(noCamera[.handedOver, default: 0] > 0)
        #expect(noCamera[.submitted] == nil)
        #expect(walk.ends[.noPrinter]?[.submitted, default: 0] ?? 0 > 0)
        #expect(walk.ends[.noReader]?[.submitted] == nil)
    }

    @Test("A page that nobody comes to is a gap at its line")
    func gap() throws {
        let result = MatterFixtures.load(
            ["MKT-001"], replacing: "when: operation_form == \"family\"\n",
            with: "when: operation_form == \"family\" && age > 200\n")
        let loaded = try #require(result.loaded.first)
        let walk = MatterWalker.walk(loaded, in: result.library, scenarios: MatterProver(loaded).scenarios())
        let gap = try #require(walk.gaps.first { $0.message.contains("一起经营的家庭成员") })
        #expect(gap.file == "MKT/MKT-001.yaml")
        #expect(gap.line == 25)
    }

    @Test("An answer that the page turns back is a walk without an end, with the reason")
    func stuck() throws {
        let (loaded, library) = try MatterFixtures.matter("HRS-016")
        var scenario = Scenario.sample(of: loaded.matter)
        scenario.answers["period_from"] = .text("2026-10")
        scenario.answers["period_to"] = .text("2026-01")
        let walk = MatterWalker.walk(loaded, in: library, scenarios: [scenario])
        let problem = try #require(walk.problems.first)
        #expect(problem.message.contains("period_to"))
        #expect(problem.page == "form(\"period_from\")")
    }
}
