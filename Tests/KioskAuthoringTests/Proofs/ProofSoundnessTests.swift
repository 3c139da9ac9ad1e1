/// What somebody walked through must never be said to be impossible: the solver against the evaluator, on real matters.

import KioskCore
import Testing

@testable import KioskAuthoring

@Suite("Proofs do not say what is not so")
struct ProofSoundnessTests {
    /// Loaded once: reading every matter takes a while.
    static let library = MatterLoader.load(MatterFixtures.sources) { _ in "" }

    /// Every fifth matter, which is enough of each kind: `kiosk-matters walk` goes through all of them.
    static let sample = library.loaded.enumerated().filter { $0.offset % 5 == 0 }.map(\.element)

    @Test("every goal that a way meets is possible for the solver too")
    func nothingWalkedIsRefuted() throws {
        #expect(Self.sample.count > 60)
        for loaded in Self.sample {
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
