// `kiosk-matters preview`: one matter page by page in the terminal.

import ArgumentParser
import Foundation
import KioskAuthoring
import KioskCore

struct PreviewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview", abstract: "Show a matter page by page, as a citizen meets it.",
        discussion: """
            On a terminal, Enter turns the page and q ends. Otherwise, and with --all, every page is printed at once.

            --answers and --facts name JSON files such as {"premises_right": "rent", "business_scope": ["food"], \
            "agent": true, "age": 70}: a text, true or false, a list of options, or for a list of records a list of \
            such objects. What is not given is taken from the samples.

            \(Exits.help)
            """)

    @Argument(help: "The matter's code: MKT-001.") var code: String
    @Option(name: .long, help: "The folder of matter files.") var folder = "matters"
    @Option(name: .long, help: "The day it is supposed to be: 2027-01-01.") var date: String?
    @Option(name: .long, help: "Facts that the look-up finds, as JSON.") var facts: String?
    @Option(name: .long, help: "Answers of the citizen, as JSON.") var answers: String?
    @Option(name: .long, help: "zh or en.") var lang = "zh"
    @Flag(name: .long, help: "Print every page at once.") var all = false

    func run() throws {
        guard let lang = Language(rawValue: lang) else { throw Exits.cannot("“\(lang)” is no language: zh or en") }
        let input = try MatterInput(folder)
        let matter = try input.matter(code).matter
        var today = Scenario.usualDay
        if let date {
            guard let day = CalendarDate(date) else { throw Exits.cannot("“\(date)” is no day: write 2027-01-01") }
            today = day
        }
        let shape = "a JSON object of answers; see “kiosk-matters preview --help”"
        let typed = try answers.map { try Output.decode([String: LooseAnswer].self, from: $0, shape: shape) } ?? [:]
        let found = try facts.map { try Output.decode([String: LooseAnswer].self, from: $0, shape: shape) } ?? [:]
        let scenario: Scenario
        do throws(PretendError) {
            scenario = try Scenario.pretending(in: matter, today: today, answers: typed, facts: found)
        } catch {
            throw Exits.cannot(error.message)
        }
        let pages = MatterPreview.pages(
            of: matter, in: input.result.library, scenario: scenario, language: lang)
        let steps = !all && isatty(0) == 1 && isatty(1) == 1
        for (index, page) in pages.enumerated() {
            print(page.text)
            guard steps, index < pages.count - 1 else { continue }
            print(lang == .zh ? "（回车翻页，q 结束）" : "(Enter: next page, q: end)")
            guard let line = readLine(), line != "q" else { return }
        }
    }
}
