// `kiosk-matters diff`: what changes for citizens between two versions of the matters.

import ArgumentParser
import Foundation
import KioskAuthoring
import KioskCore

struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Say what changes for citizens between two folders of matters.",
        discussion: """
            Pages, fields, options, papers, rules, steps, texts and printed papers, matter by matter; and for a \
            shared file, how many matters it touches. To compare with an earlier revision, check it out beside: \
            git worktree add /tmp/before REVISION.

            Exits with 0 when nothing changes, 1 when something does, 2 when a folder cannot be read.
            """)

    @Argument(help: "The folder before.") var before: String
    @Argument(help: "The folder after.") var after: String
    @Flag(name: .long, help: "Print JSON.") var json = false

    func run() throws {
        let old = MatterVersion(try MatterInput(before).sources)
        let new = MatterVersion(try MatterInput(after).sources)
        let comparison = MatterComparison(from: old, to: new)
        if json { try Output.json(comparison) } else { show(comparison) }
        if !comparison.isEmpty { throw Exits.findings }
    }

    private func show(_ comparison: MatterComparison) {
        for finding in comparison.unreadable { print("\(after)/\(finding)") }
        for code in comparison.added { print("+ \(code)") }
        for code in comparison.removed { print("- \(code)") }
        for file in comparison.shared {
            let codes = file.touches.prefix(12).joined(separator: ", ") + (file.touches.count > 12 ? " …" : "")
            print(
                "\(file.path) touches \(file.touches.count) matters\(codes.isEmpty ? "" : ": \(codes)"); "
                    + "\(file.newFindings) parts become unreachable or pointless; "
                    + "\(file.changedPapers) printed papers change")
        }
        for matter in comparison.changed {
            print("\(matter.code) \(matter.title.zh)")
            for change in matter.changes {
                switch (change.before, change.after) {
                case (let before?, let after?): print("  ~ \(change.subject)\n      - \(before)\n      + \(after)")
                case (let before?, nil): print("  - \(change.subject): \(before)")
                case (nil, let after?): print("  + \(change.subject): \(after)")
                case (nil, nil): break
                }
            }
            if !matter.papers.isEmpty { print("  printed: \(matter.papers.joined(separator: ", "))") }
            for finding in matter.newFindings { print("  ! \(after)/\(finding)") }
        }
        if comparison.isEmpty { print("nothing changes") }
    }
}
