/// One terminal process on a real pseudo-terminal: reads its screen, presses its keys.

import Foundation

/// Used from one thread at a time.
final class Screen: @unchecked Sendable {
    private let process = Process()
    private let terminal: PseudoTerminal

    init(program: String, arguments: [String], columns: Int, rows: Int) throws {
        terminal = try PseudoTerminal(columns: columns, rows: rows)
        let handle = FileHandle(fileDescriptor: terminal.slave, closeOnDealloc: false)
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"]
        ) { $1 }
        process.standardInput = handle
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
    }

    var text: String { terminal.snapshot.text }
    var processIdentifier: Int32 { process.processIdentifier }

    /// Waits until the screen holds `wanted`.
    func wait(for wanted: String, within seconds: Double = 60) throws {
        try wait("“\(wanted)”", within: seconds) { $0.contains(wanted) }
    }

    func wait(_ what: String, within seconds: Double = 60, until holds: (String) -> Bool) throws {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while !holds(text) {
            guard Date() < deadline, process.isRunning else {
                throw HallProblem("the screen never showed \(what); it shows:\n\(text)")
            }
            terminal.pump(milliseconds: 200)
        }
    }

    func press(_ keys: String) { terminal.type(keys) }

    /// Presses keys, then waits for a page.
    func press(_ keys: String, then wanted: String) throws {
        press(keys)
        try wait(for: wanted)
    }

    func kill() {
        guard process.isRunning else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}

enum Key {
    static let enter = "\r"
    static let back = "\u{1B}OP"
    /// F9: on, from a page where letters are text.
    static let next = "\u{1B}[20~"
    static let backTab = "\u{1B}[Z"
    static let startOver = "\u{1B}OQ"
}
