// `kiosk-matters check`: reads every file of a matters folder strictly and proves that each matter makes sense.

import ArgumentParser
import Foundation
import KioskAuthoring
import KioskCore

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check every matter, archetype, section and register of a folder.",
        discussion: """
            Prints a line for each finding: file, line, column, what is wrong, what to do. A matter that reads well is \
            then proved: no condition that never or always holds, no page, field or paper that nobody reaches, no flow \
            that cannot end, no refusal after the papers were photographed. Exits with 0 when nothing is to mend, 1 \
            when something is, 2 when the folder cannot be read.
            """)

    @Argument(help: "The folder of matter files.") var folder = "matters"
    @Flag(name: .long, help: "Print JSON.") var json = false
    @Flag(name: .long, help: "Read the files only, without proofs.") var noProofs = false
    @Option(name: .long, parsing: .upToNextOption, help: "Report on these matters only, and on the files they share.")
    var matter: [String] = []
    @Flag(name: .long, help: "Say also what could be neither shown nor refuted.") var verbose = false

    private struct Summary: Encodable {
        var findings: [MatterDiagnostic]
        var matters: Int
        var conditions: Int
        var proofs: Int
        var open: [String]
        var seconds: Double
    }

    func run() throws {
        let start = ContinuousClock.now
        let result: MatterLoader.Result
        do {
            let sources = try MatterFolder.read(folder)
            progress("reading \(sources.count) files")
            result = MatterLoader.load(sources) { _ in "" }
        } catch {
            Self.say("kiosk-matters: \(error)\n")
            throw ExitCode(2)
        }
        let loaded = matter.isEmpty ? result.loaded : result.loaded.filter { matter.contains($0.matter.code) }
        let known = Set(result.loaded.map(\.matter.code) + result.library.unavailable)
        if let missing = matter.first(where: { !known.contains($0) }) {
            progress(nil)
            Self.say("kiosk-matters: there is no matter “\(missing)” in \(folder)\n")
            throw ExitCode(2)
        }
        var summary = Summary(
            findings: result.diagnostics.filter(concerns), matters: loaded.count,
            conditions: loaded.reduce(0) { $0 + $1.matter.allConditions.count }, proofs: 0, open: [], seconds: 0)
        if !noProofs {
            // All of them: a finding in a shared file is one only when every matter that uses it has it.
            progress("proving \(result.loaded.count) matters")
            let report = MatterProver.prove(result.loaded, threads: ProcessInfo.processInfo.activeProcessorCount)
            summary.findings += report.findings.filter(concerns)
            summary.proofs = report.proofs
            summary.open = report.open.filter { open in matter.isEmpty || matter.contains { open.hasPrefix($0) } }
        }
        progress(nil)
        let time = (ContinuousClock.now - start).components
        summary.seconds = Double(time.seconds) + Double(time.attoseconds / 10_000_000_000_000_000) / 100
        try show(summary)
        if !summary.findings.isEmpty { throw ExitCode(1) }
    }

    /// A finding in a shared file concerns every matter.
    private func concerns(_ finding: MatterDiagnostic) -> Bool {
        guard !matter.isEmpty else { return true }
        let name = finding.file.split(separator: "/").last?.dropLast(".yaml".count) ?? ""
        return matter.contains(String(name)) || !name.contains { $0.isUppercase }
    }

    private func show(_ summary: Summary) throws {
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
            print(String(decoding: try encoder.encode(summary), as: UTF8.self))
            return
        }
        for finding in summary.findings { print("\(folder)/\(finding)") }
        if verbose {
            for open in summary.open { print("neither shown nor refuted: \(open)") }
        }
        let outcome = summary.findings.isEmpty ? "nothing to mend" : "\(summary.findings.count) to mend"
        let undecided = summary.open.isEmpty ? "" : " (\(summary.open.count) open)"
        print(
            "\(outcome): \(summary.matters) matters, \(summary.conditions) conditions, "
                + "\(summary.proofs) proofs\(undecided), \(String(format: "%.2f", summary.seconds)) s")
    }

    private func progress(_ words: String?) {
        if !json { Progress.show(words) }
    }

    private static func say(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
