// The command line for those who write matter files.

import ArgumentParser
import Foundation
import KioskCore

@main
struct KioskMattersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kiosk-matters", abstract: "Checks the matter files of the terminals.", subcommands: [Check.self])
}

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check every matter, archetype and section of a folder.",
        discussion:
            "Prints a line for each finding: file, line, column, what is wrong, what to do. Exits with 1 if any.")

    @Argument(help: "The folder of matter files.") var folder = "matters"
    @Flag(name: .long, help: "Print JSON.") var json = false

    func run() throws {
        let result: MatterLoader.Result
        do {
            result = MatterLoader.load(try MatterFolder.read(folder)) { _ in "" }
        } catch {
            FileHandle.standardError.write(Data("kiosk-matters: \(error)\n".utf8))
            throw ExitCode(66)
        }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
            print(String(decoding: try encoder.encode(result.diagnostics), as: UTF8.self))
        } else {
            for finding in result.diagnostics { print("\(folder)/\(finding)") }
            if result.diagnostics.isEmpty { print("\(result.library.matters.count) matters, nothing to mend") }
        }
        if !result.diagnostics.isEmpty { throw ExitCode(1) }
    }
}
