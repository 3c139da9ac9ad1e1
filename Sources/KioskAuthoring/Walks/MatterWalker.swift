/// Walks matters through the real engine, with every scenario and every single failure, and says what was not reached.

internal import Dispatch
internal import FoundationEssentials
public import KioskCore
internal import Synchronization

/// What the walks of one matter came to.
public struct WalkedMatter: Codable, Sendable {
    /// A walk that came to no end, or a state that does not survive being saved.
    public struct Problem: Codable, Hashable, Sendable {
        public var failure: WalkFailure
        /// What the scenario was made for.
        public var goal: String
        /// The page, by its name in the engine; nil before the first.
        public var page: String?
        public var message: String
    }

    public var code: String
    public var scenarios: Int
    public var walks: Int
    /// How often each end was reached, by failure.
    public var ends: [WalkFailure: [WalkOutcome: Int]]
    public var problems: [Problem]
    /// Parts of the matter that no walk has been to, each at its line.
    public var gaps: [MatterDiagnostic]

    public var isComplete: Bool { problems.isEmpty && gaps.isEmpty }
}

public enum MatterWalker {
    /// Walks one matter. `library` must hold it.
    public static func walk(_ loaded: LoadedMatter, in library: MatterLibrary, scenarios: [Scenario]) -> WalkedMatter {
        let matter = loaded.matter
        var result = WalkedMatter(
            code: matter.code, scenarios: scenarios.count, walks: 0, ends: [:], problems: [], gaps: [])
        var coverage = WalkCoverage(matter)
        var saved: Set<String> = []

        func finish(_ journey: Journey, _ scenario: Scenario, _ failure: WalkFailure) -> Journey {
            var journey = journey
            journey.run { state, plan in
                // A failure shows no part of the matter that is not met without it, but for what follows a missing record.
                if failure == .none || failure == .noRecord { coverage.visit(state, plan(), today: scenario.today) }
                // Saving costs far more than walking on: each kind of page is tried in every fourth matter.
                guard let step = state.flow?.step, isSaved(step, matter), saved.insert(kind(of: step)).inserted,
                    !survives(state)
                else { return }
                result.problems.append(
                    WalkedMatter.Problem(
                        failure: failure, goal: scenario.goal, page: "\(step)",
                        message: "the session's state does not come back from being saved as it was"))
            }
            coverage.visit(journey.trail)
            result.walks += 1
            if let outcome = journey.outcome { result.ends[failure, default: [:]][outcome, default: 0] += 1 }
            if let stuck = journey.stuck {
                result.problems.append(
                    WalkedMatter.Problem(
                        failure: failure, goal: scenario.goal, page: stuck.step.map { "\($0)" }, message: stuck.reason))
            }
            return journey
        }

        func walk(_ scenario: Scenario, _ failure: WalkFailure, secondWay: Bool, _ forked: inout Set<String>) -> [Step]
        {
            let journey = finish(
                Journey(
                    matter, in: library, scenario: scenario, failure: failure, prefersSecondWay: secondWay,
                    forked: forked),
                scenario, failure)
            forked = journey.forked
            for fork in journey.forks ?? [] { _ = finish(fork, scenario, failure) }
            return journey.trail
        }

        var forked: Set<String> = []
        let trails = scenarios.map { walk($0, .none, secondWay: false, &forked) }
        for (index, scenario) in scenarios.enumerated() where index == 0 || hasSecondWay(trails[index], matter) {
            _ = walk(scenario, .none, secondWay: true, &forked)
        }
        for failure in WalkFailure.allCases where failure != .none {
            var forked: Set<String> = []
            var walked: Set<[Step]> = []
            for (index, scenario) in scenarios.enumerated() {
                // Ways that are the same up to where the failure is met are walked once.
                guard let way = way(to: failure, in: trails[index]), walked.insert(way).inserted else { continue }
                _ = walk(scenario, failure, secondWay: index % 2 == 1, &forked)
            }
        }
        result.gaps = WalkCoverage.parts(of: matter).filter { !coverage.visited.contains($0) }.map { part in
            loaded.diagnostic("no walk comes to \(part.words(in: matter))", at: part.place)
        }
        return result
    }

    /// Cards for list entries instead of typing, papers later instead of now, a face matcher instead of staff.
    private static func hasSecondWay(_ trail: [Step], _ matter: Matter) -> Bool {
        trail.contains { step in
            switch step {
            case .list(let key): matter.field(key)?.fromCard.isEmpty == false
            case .capture(let slot): matter.material(slot.material)?.mark == .deferrable
            case .confirmHolder: true
            default: false
            }
        }
    }

    /// The part of a way that decides what a failure does to it; nil when the failure is not met on it.
    private static func way(to failure: WalkFailure, in trail: [Step]) -> [Step]? {
        func through(_ isMet: (Step) -> Bool) -> [Step]? {
            trail.firstIndex(where: isMet).map { Array(trail[...$0]) }
        }
        switch failure {
        case .none: return trail
        case .noReader, .cardsRefused: return through { $0 == .identify }
        case .readerLost:
            return trail.contains(.identify) && trail.contains { $0 == .principalCard || $0.isList } ? trail : nil
        case .faceDiffers, .noMatcher, .holderRefused: return through { $0 == .confirmHolder }
        case .noCamera: return through(\.isCapture)
        case .noPrinter: return trail.contains(.print) ? trail : nil
        case .noOffice:
            return trail.contains(.lookup) || trail.contains(.payment) || trail.contains(.confirmHolder) ? trail : nil
        case .noRecord: return trail.contains(.lookup) ? trail : nil
        case .neverPaid, .orderClosed: return through { $0 == .payment }
        }
    }

    /// Walks every matter on all cores, in the order of `loaded`. `progress` is told how many are done, on any thread.
    public static func walk(
        _ loaded: [LoadedMatter], in library: MatterLibrary, progress: @Sendable (Int) -> Void = { _ in },
        scenarios: @Sendable (LoadedMatter) -> [Scenario]
    ) -> [WalkedMatter] {
        let results = Mutex<[Int: WalkedMatter]>([:])
        DispatchQueue.concurrentPerform(iterations: loaded.count) { index in
            let walk = walk(loaded[index], in: library, scenarios: scenarios(loaded[index]))
            let done = results.withLock { results in
                results[index] = walk
                return results.count
            }
            progress(done)
        }
        return withoutSharedGaps(results.withLock { found in loaded.indices.compactMap { found[$0] } }, of: loaded)
    }

    /// What stands in a shared file need not be met in every matter that uses it, but in one of them.
    private static func withoutSharedGaps(_ walks: [WalkedMatter], of loaded: [LoadedMatter]) -> [WalkedMatter] {
        var users: [String: Int] = [:]
        for file in loaded.flatMap(\.sharedFiles) { users[file, default: 0] += 1 }
        var counts: [MatterDiagnostic: Int] = [:]
        for gap in walks.flatMap(\.gaps) { counts[gap, default: 0] += 1 }
        return walks.map { walk in
            var walk = walk
            walk.gaps = walk.gaps.filter { gap in
                guard let users = users[gap.file] else { return true }
                return users > 1 && counts[gap, default: 0] >= users
            }
            return walk
        }
    }

    private static func isSaved(_ step: Step, _ matter: Matter) -> Bool {
        let number = matter.code.utf8.reduce(0) { $0 + Int($1) } + kind(of: step).utf8.count
        return number % 4 == 0
    }

    private static func kind(of step: Step) -> String {
        switch step {
        case .form, .list, .capture: String("\(step)".prefix { $0 != "(" })
        default: "\(step)"
        }
    }

    private static func survives(_ state: SessionState) -> Bool {
        guard let data = try? JSONEncoder().encode(state) else { return false }
        return (try? JSONDecoder().decode(SessionState.self, from: data)) == state
    }
}

extension Step {
    fileprivate var isList: Bool { if case .list = self { true } else { false } }
    fileprivate var isCapture: Bool { if case .capture = self { true } else { false } }
}
