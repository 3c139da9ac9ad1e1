/// What somebody walked through must never be said to be impossible: the solver against the evaluator, on real matters.

import KioskCore
import Testing

@testable import KioskAuthoring

@Suite("Proofs do not say what is not so")
struct ProofSoundnessTests {
    /// Loaded once: reading every matter takes a while.
    static let loaded: [LoadedMatter] = {
        let folder = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined() + "/matters"
        let sources = (try? MatterFolder.read(folder)) ?? []
        return MatterLoader.load(sources) { _ in "" }.loaded
    }()

    @Test("every goal that a way meets is possible for the solver too")
    func nothingWalkedIsRefuted() throws {
        #expect(Self.loaded.count > 300)
        for loaded in Self.loaded {
            let matter = loaded.matter
            let order = AskingOrder(matter)
            var walked = ScenarioSearch(matter, order: order, today: MatterProver.today)
            walked.run(for: Goal.all(of: matter))
            let session = try #require(Z3Session())
            // A search that has walked nothing leaves every question to the solver.
            var proof = FindingSearch(
                matter, order: order, search: ScenarioSearch(matter, order: order, today: MatterProver.today),
                session: session)
            proof.run()
            let known = MatterProver.prove([loaded], threads: 1).findings
            let refuted = proof.findings.map { loaded.diagnostic($0.message, at: $0.place, hint: $0.hint) }
                .filter { finding in !known.contains { $0.line == finding.line && $0.file == finding.file } }
            #expect(refuted.isEmpty, "\(matter.code): \(refuted)")
        }
    }
}
