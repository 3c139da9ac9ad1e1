/// The ways that are found lead where they say, through the flow's own plan, and cover what can be reached.

import KioskCore
import Testing

@testable import KioskAuthoring

@Suite("Scenarios")
struct ScenarioTests {
    private static func loaded(_ matter: String = GoodMatter.matter) throws -> LoadedMatter {
        let sources = GoodMatter.sources.map {
            $0.path == GoodMatter.path ? MatterSource(path: $0.path, text: matter) : $0
        }
        return try #require(MatterLoader.load(sources) { _ in "" }.loaded.first)
    }

    private static let sample = ProofSoundnessTests.sample.map { ($0, MatterProver($0).scenarios()) }

    @Test("together they meet every goal that can be met")
    func coverage() throws {
        let matter = try Self.loaded().matter
        let order = AskingOrder(matter)
        let met = try MatterProver(Self.loaded()).scenarios().reduce(into: Set<Goal>()) { met, scenario in
            met.formUnion(MatterWalk(scenario, through: matter, order: order).met)
        }
        let open = Goal.all(of: matter).filter { goal in
            if case .checkFails = goal { return false }
            return !met.contains(goal)
        }
        // Pages and fields without a condition of their own are passed by nobody.
        #expect(open.map { $0.words(in: matter) }.isEmpty)
    }

    @Test("they are the same every time")
    func stable() throws {
        let prover = try MatterProver(Self.loaded())
        #expect(prover.scenarios() == prover.scenarios())
    }

    @Test("an answer that only one number meets is found by the solver and walked")
    func needle() throws {
        let matter = GoodMatter.matter.replacing("area > 500", with: "area * 1 == 0 || area + area == 846")
        let scenarios = try MatterProver(Self.loaded(matter)).scenarios()
        #expect(scenarios.contains { $0.answers["area"] == .text("423") })
    }

    @Test("the flow shows the pages, papers and notes that a way was said to meet")
    func agreement() throws {
        #expect(!Self.sample.isEmpty)
        for (loaded, scenarios) in Self.sample {
            let order = AskingOrder(loaded.matter)
            for scenario in scenarios {
                let walk = MatterWalk(scenario, through: loaded.matter, order: order)
                guard walk.end == .finished else { continue }
                let plan = FlowPlan(Self.flow(scenario, loaded.matter), today: scenario.today)
                let shown = Set(
                    plan.steps.compactMap { step -> String? in
                        switch step {
                        case .form(let id): id
                        case .list(let key): key
                        default: nil
                        }
                    })
                let met = Set(
                    loaded.matter.pages.indices.filter { walk.met.contains(.page($0)) }.map {
                        loaded.matter.pages[$0].id
                    })
                #expect(shown == met, "\(loaded.matter.code) \(scenario.goal)")
                for (index, rule) in loaded.matter.rules.enumerated() {
                    switch rule.action {
                    case .need(let key) where walk.met.contains(.rule(index)):
                        #expect(
                            plan.materials.contains { $0.material.key == key && $0.isNeeded },
                            "\(loaded.matter.code) \(key)")
                    case .note(let text):
                        #expect(
                            plan.notes.contains(text) == walk.met.contains(.rule(index)),
                            "\(loaded.matter.code) \(text.en)")
                    default: break
                    }
                }
            }
        }
    }

    @Test("the engine ends a case as the way was said to end")
    func ends() throws {
        #expect(!Self.sample.isEmpty)
        for (loaded, scenarios) in Self.sample {
            let order = AskingOrder(loaded.matter)
            for scenario in scenarios {
                let walk = MatterWalk(scenario, through: loaded.matter, order: order)
                var journey = Journey(loaded.matter, in: ProofSoundnessTests.library.library, scenario: scenario)
                journey.run { _, _ in }
                #expect(
                    journey.outcome.map(Self.end) == walk.end,
                    "\(loaded.matter.code) \(scenario.goal): \(journey.outcome.map { "\($0)" } ?? "stuck")")
            }
        }
    }

    private static func end(of outcome: WalkOutcome) -> MatterWalk.End {
        switch outcome {
        case .rejected: .rejected
        case .window, .handedOver: .sentToWindow
        case .submitted, .printed, .finished, .givenUp: .finished
        }
    }

    private static func flow(_ scenario: Scenario, _ matter: Matter) -> FlowState {
        var flow = FlowState(matter: matter)
        let card = IdentityCard(
            kind: .resident, name: "张伟民", sex: .male, nationCode: "01", birthDate: scenario.birthDate,
            address: scenario.isLocal ? "哈尔滨市道里区友谊路100号" : "别处", number: "230199199001010018", issuer: "测试",
            validFrom: scenario.birthDate, expiry: .never)
        if matter.identity != .none {
            flow.holder = card
            flow.actsForOther = scenario.actsForOther
            flow.principal = scenario.actsForOther ? card : nil
        }
        flow.answers = scenario.answers
        if let register = matter.lookup?.register, let record = scenario.record {
            flow.record = OfficeRecord(
                register: register.name, title: register.title, issuer: register.title,
                issuedAt: Timestamp(milliseconds: 0), verificationCode: "", verificationURL: "", facts: record)
        }
        flow.goesOnWithoutRecord = scenario.record == nil
        return flow
    }
}
