// `kiosk-matters paths` and `map`: the ways through a matter as text and as a drawing.

import ArgumentParser
import Foundation
import KioskAuthoring
import KioskCore

struct PathsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "paths", abstract: "Say in words which answers of a matter lead where.",
        discussion: """
            Pages in order, what each answer changes, which papers are needed when, where the case can stop, and the \
            ways that were walked. In Chinese; in English with --en.

            \(Exits.help)
            """)

    @Argument(help: "The matter's code: MKT-001.") var code: String
    @Option(name: .long, help: "The folder of matter files.") var folder = "matters"
    @Flag(name: .long, help: "In English.") var en = false

    func run() throws {
        let input = try MatterInput(folder)
        let loaded = try input.matter(code)
        let report = PathReport(loaded.matter, in: input.result.library, language: en ? .en : .zh)
        print(report.text(MatterProver(loaded).scenarios()))
    }
}

struct MapCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "map", abstract: "Draw the ways through a matter as an SVG for A4 paper.",
        discussion: "Steps from top to bottom, conditions in words, rejections red, windows amber.\n\n\(Exits.help)")

    @Argument(help: "The matter's code: MKT-001.") var code: String
    @Option(name: .long, help: "The file to write; without it the drawing goes to standard output.") var out: String?
    @Option(name: .long, help: "The folder of matter files.") var folder = "matters"
    @Flag(name: .long, help: "In English.") var en = false

    func run() throws {
        let svg = PathMap.svg(of: try MatterInput(folder).matter(code).matter, language: en ? .en : .zh)
        guard let out else {
            print(svg, terminator: "")
            return
        }
        do {
            try Data(svg.utf8).write(to: URL(fileURLWithPath: out), options: .atomic)
        } catch {
            throw Exits.cannot("cannot write \(out): check that its folder exists")
        }
    }
}
