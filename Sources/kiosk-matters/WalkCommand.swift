// `kiosk-matters walk`: drives the terminal's own engine through every way of every matter.

import ArgumentParser
import Foundation
import KioskAuthoring
import KioskCore

struct WalkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "walk",
        abstract: "Walk every matter through the terminal's engine, also with one device broken at a time.",
        discussion: """
            Generated citizens go through each matter until every page, field, paper and rule was met. Then they go \
            again without reader, with cards that are refused, without camera, printer or office, and with payments \
            that never come. Every walk must come to an end that the terminal knows.

            \(Exits.help)
            """)

    @Argument(help: "The folder of matter files.") var folder = "matters"
    @Option(name: .long, parsing: .upToNextOption, help: "Only these matters, by code.") var matter: [String] = []
    @Flag(name: .long, help: "Print JSON, one object a matter.") var json = false

    func run() throws {
        let input = try MatterInput(folder)
        let loaded = try input.matters(matter)
        let start = ContinuousClock.now
        let walks = MatterWalker.walk(
            loaded, in: input.result.library,
            progress: { done in if !json { Progress.show("walked \(done) of \(loaded.count) matters") } },
            scenarios: { MatterProver($0).scenarios() })
        Progress.show(nil)
        let time = ContinuousClock.now - start
        if json { try Output.json(walks) } else { printTable(walks, time) }
        if walks.contains(where: { !$0.isComplete }) { throw Exits.findings }
    }

    private func printTable(_ walks: [WalkedMatter], _ time: Duration) {
        for walk in walks where !walk.isComplete {
            for problem in walk.problems {
                let page = problem.page.map { " at \($0)" } ?? ""
                print("\(walk.code): error: \(problem.message)\(page) [\(problem.failure.rawValue); \(problem.goal)]")
            }
            for gap in walk.gaps { print("\(folder)/\(gap) [\(walk.code)]") }
        }
        let outcomes = WalkOutcome.allCases
        func row(_ cells: [String]) -> String {
            cells.enumerated().map { index, cell in
                index == 0
                    ? cell + String(repeating: " ", count: max(0, 14 - cell.count))
                    : String(repeating: " ", count: max(0, 12 - cell.count)) + cell
            }.joined()
        }
        print(row(["failure"] + outcomes.map(\.rawValue)))
        for failure in WalkFailure.allCases {
            let counts = outcomes.map { outcome in
                walks.reduce(0) { $0 + ($1.ends[failure]?[outcome] ?? 0) }
            }
            print(row([failure.rawValue] + counts.map { $0 == 0 ? "·" : "\($0)" }))
        }
        let seconds = (Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18)
        let tenths = Int((seconds * 10).rounded())
        print(
            "\(walks.count) matters, \(walks.reduce(0) { $0 + $1.walks }) walks, "
                + "\(walks.reduce(0) { $0 + $1.problems.count }) without an end, "
                + "\(walks.reduce(0) { $0 + $1.gaps.count }) parts not met, \(tenths / 10).\(tenths % 10) s")
    }
}
