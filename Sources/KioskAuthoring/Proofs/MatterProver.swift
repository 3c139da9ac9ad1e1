/// Says what is wrong with matters that reading alone does not show, and gives ways through them.

internal import Dispatch
public import KioskCore
internal import Synchronization

public struct MatterProver: Sendable {
    /// What was found in a set of matters.
    public struct Report: Sendable {
        /// In the order of files and lines.
        public var findings: [MatterDiagnostic]
        /// Conditions that were looked at.
        public var conditions: Int
        /// Places that were shown to be reached or not, and truths that were shown.
        public var proofs: Int
        /// Questions for the solver among them; the rest was found by trying.
        public var questions: Int
        /// What could neither be shown nor refuted, with the matter's code.
        public var open: [String]
    }

    /// The day on which scenarios take place.
    public static let today = CalendarDate(daysSince1970: 20_789)

    private let loaded: LoadedMatter

    public init(_ loaded: LoadedMatter) { self.loaded = loaded }

    // MARK: Ways

    /// Few ways that together meet every page, field, paper, rule and branch that can be met; the same on every run.
    public func scenarios() -> [Scenario] {
        let matter = loaded.matter
        let order = AskingOrder(matter)
        let goals = Goal.all(of: matter)
        var search = ScenarioSearch(matter, order: order, today: Self.today)
        search.run(for: goals)
        let open = goals.filter { !search.isDone($0) }
        if !open.isEmpty, let session = Z3Session() {
            let proof = FindingSearch(matter, order: order, search: search, session: session)
            search = proof.searching(for: open)
        }
        return search.fewest()
    }

    // MARK: Findings

    /// Proves every matter on this many threads, each with a context of its own. A finding in a shared file is one only
    /// when every one of these matters that uses the file has it.
    public static func prove(_ matters: [LoadedMatter], threads: Int = 2) -> Report {
        let next = Atomic(0)
        let results = Mutex<[Outcome?]>(Array(repeating: nil, count: matters.count))
        DispatchQueue.concurrentPerform(iterations: max(1, min(threads, matters.count))) { _ in
            var session: Z3Session?
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < matters.count else { return }
                let outcome = prove(matters[index], &session)
                results.withLock { $0[index] = outcome }
            }
        }
        return report(results.withLock { $0.compactMap { $0 } }, of: matters)
    }

    private struct Outcome: Sendable {
        var findings: [MatterDiagnostic] = []
        var conditions = 0
        var proofs = 0
        var questions = 0
        var open: [String] = []
    }

    private static func prove(_ loaded: LoadedMatter, _ session: inout Z3Session?) -> Outcome {
        let matter = loaded.matter
        let order = AskingOrder(matter)
        let goals = Goal.all(of: matter)
        var search = ScenarioSearch(matter, order: order, today: today)
        search.run(for: goals)
        var outcome = Outcome()
        outcome.conditions = matter.allConditions.count
        outcome.proofs = goals.count
        guard goals.contains(where: { !search.met.contains($0) }) || matter.hasSides || order.hasLateRules(in: matter)
        else { return outcome }
        session?.reset()
        guard let solver = session ?? Z3Session() else {
            outcome.open = ["\(matter.code): the solver does not start"]
            return outcome
        }
        session = solver
        var proof = FindingSearch(matter, order: order, search: search, session: solver)
        proof.run()
        outcome.questions = proof.questions
        outcome.open = proof.open.map { "\(matter.code): \($0)" }
        outcome.findings = Finding.causes(among: proof.findings).map { finding in
            var diagnostic = loaded.diagnostic(finding.message, at: finding.place, hint: finding.hint)
            if finding.offset > 0, let source = proof.condition(at: finding.place)?.source {
                diagnostic.column += String(decoding: source.utf8.prefix(finding.offset), as: UTF8.self).count
            }
            return diagnostic
        }
        return outcome
    }

    private static func report(_ outcomes: [Outcome], of matters: [LoadedMatter]) -> Report {
        var users: [String: Int] = [:]
        for matter in matters {
            for file in matter.sharedFiles { users[file, default: 0] += 1 }
        }
        var counts: [MatterDiagnostic: Int] = [:]
        for finding in outcomes.flatMap(\.findings) { counts[finding, default: 0] += 1 }
        let findings = counts.filter { finding, count in users[finding.file].map { count >= $0 } ?? true }.keys
        return Report(
            findings: findings.sorted {
                ($0.file, $0.line, $0.column, $0.message) < ($1.file, $1.line, $1.column, $1.message)
            },
            conditions: outcomes.reduce(0) { $0 + $1.conditions }, proofs: outcomes.reduce(0) { $0 + $1.proofs },
            questions: outcomes.reduce(0) { $0 + $1.questions }, open: outcomes.flatMap(\.open))
    }
}

extension Matter {
    /// A condition has parts that are looked at by themselves.
    fileprivate var hasSides: Bool {
        allConditions.contains { _, condition in
            switch condition.root.form {
            case .and, .or: true
            default: false
            }
        }
    }
}

extension AskingOrder {
    fileprivate func hasLateRules(in matter: Matter) -> Bool {
        guard let capture else { return false }
        return matter.rules.contains { rule in rule.when.map { lastStop(of: $0) > capture } ?? false }
    }
}
