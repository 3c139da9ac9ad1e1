// The library of matters: reading, proving and walking all of it, and what one condition, one step and one search cost.

import Foundation
import KioskAuthoring
import KioskCore
import KioskShell

struct MatterLibraryCost {
    private static let runs = 5
    /// The whole library in the time that a person does not notice waiting for.
    private static let checkLimit = 2000.0

    static func measure() throws -> [Measurement] {
        var loading = Samples()
        var proving = Samples()
        var result = load()
        for _ in 0..<runs {
            let start = ContinuousClock.now
            result = load()
            loading.append(milliseconds(since: start))
            let report = MatterProver.prove(result.loaded)
            proving.append(milliseconds(since: start))
            guard report.findings.isEmpty, result.diagnostics.isEmpty else {
                throw HallProblem("the matters have findings: run kiosk-matters check")
            }
        }
        let library = result.library
        let count = library.matters.count
        var walking = Samples()
        let start = ContinuousClock.now
        let walks = MatterWalker.walk(result.loaded, in: library) { MatterProver($0).scenarios() }
        walking.append(milliseconds(since: start) / 1000)
        return [
            Measurement("\(count) matters: read and checked", loading),
            Measurement(
                "\(count) matters: read, checked and proved", proving, against: checkLimit, peer: "limit 2 s"),
            Measurement("\(count) matters: \(walks.reduce(0) { $0 + $1.walks }) walks", walking, unit: "s"),
            Measurement("engine: one key typed on a form page", try engineSteps(library), unit: "µs"),
            Measurement("condition: one evaluated", try conditions(), unit: "ns"),
            Measurement("search: one key typed", searches(library), unit: "µs"),
        ]
    }

    private static func load() -> MatterLoader.Result {
        MatterLoader.load((try? MatterFolder.read(Hall.root + "/matters")) ?? []) { _ in "0" }
    }

    /// A keystroke on the first form page of a matter without identity.
    private static func engineSteps(_ library: MatterLibrary) throws -> Samples {
        let now = SystemClock().now()
        var engine = SessionEngine(library: library, policy: SessionPolicy(), at: now) { UUID().uuidString }
        _ = engine.handle(.choose(matter: "LAW-002"), at: now)
        _ = engine.handle(.next, at: now)
        guard case .form(let id) = engine.state.flow?.step, let page = engine.state.flow?.matter.page(id),
            let field = page.fields.first
        else { throw HallProblem("LAW-002 does not begin with a form page") }
        return repeated(2000) { count in
            _ = engine.handle(.edit(field: field.key, text: "友谊路\(count % 10)号"), at: now)
        }
    }

    private static func conditions() throws -> Samples {
        let condition = try Condition(#"premises_right == "rent" && size(family_members) > 1"#)
        let values: [String: ExpressionValue] = [
            "premises_right": .string("rent"), "family_members": .list([.null, .null]),
        ]
        guard condition.holds({ values[$0] }) else { throw HallProblem("the condition does not hold") }
        let samples = repeated(100_000) { _ in _ = condition.holds { values[$0] } }
        return Samples(samples.all.map { $0 * 1000 })
    }

    private static func searches(_ library: MatterLibrary) -> Samples {
        let search = MatterSearch(library)
        let words = ["gtgsh", "换老板", "社保", "注销", "birth", "身份证到期", "MKT-0"]
        return repeated(700) { _ = search.search(words[$0 % words.count], limit: 8) }
    }

    /// Microseconds a call, over several rounds.
    private static func repeated(_ calls: Int, _ body: (Int) -> Void) -> Samples {
        var samples = Samples()
        for _ in 0..<runs {
            let start = ContinuousClock.now
            for call in 0..<calls { body(call) }
            samples.append(milliseconds(since: start) * 1000 / Double(calls))
        }
        return samples
    }
}
