// `kiosk-matters story`: plays the cases that office workers wrote down beside the matters.

import ArgumentParser
import Foundation
import KioskAuthoring
import KioskCore

struct StoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "story", abstract: "Play the stories of matters and say where something else happens.",
        discussion: """
            Stories are tables of cases in stories/CODE.yaml: who comes, what they answer, and which pages, papers, \
            notes and outcome must follow. A failure names the line, what was expected and what happened.

            \(Exits.help)
            """)

    @Argument(help: "The folder of matter files.") var folder = "matters"
    @Option(name: .long, parsing: .upToNextOption, help: "Only the stories of these matters.") var matter: [String] = []
    @Flag(name: .long, help: "Print JSON.") var json = false

    func run() throws {
        let input = try MatterInput(folder)
        let report = StoryRunner.run(
            input.sources, in: input.result.library, matters: Set(matter.map { $0.uppercased() }))
        if report.files == 0 {
            throw Exits.cannot("there is no story: write one in \(folder)/stories/CODE.yaml")
        }
        if json {
            try Output.json(report.findings)
        } else {
            for finding in report.findings { print("\(folder)/\(finding)") }
            print("\(report.stories) stories of \(report.files) matters, \(report.findings.count) findings")
        }
        if !report.findings.isEmpty { throw Exits.findings }
    }
}
