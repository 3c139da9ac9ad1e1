/// Child processes of a test: started, read from, ended for certain.

import Foundation
import Synchronization

struct HallProblem: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Runs `work` on a thread of its own: it may block.
func onThread<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Result { try work() }) }.start()
    }
}

/// Safe to share: every member is behind the process's own lock or set before it starts.
final class Child: @unchecked Sendable {
    let process = Process()
    private let output = Pipe()

    init(_ program: String, _ arguments: [String], environment: [String: String] = [:], log: String? = nil) throws {
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        if let log {
            _ = FileManager.default.createFile(atPath: log, contents: nil)
            process.standardError = FileHandle(forWritingAtPath: log)
        }
        try process.run()
    }

    /// Waits for the first line of output: what a server prints when it is ready.
    func firstLine() throws -> String {
        var line: [UInt8] = []
        while let byte = try output.fileHandleForReading.read(upToCount: 1)?.first {
            if byte == 0x0A { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
        throw HallProblem("\(process.arguments ?? []) ended before it was ready")
    }

    func kill() {
        guard process.isRunning else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    func terminate() {
        guard process.isRunning else { return }
        process.terminate()
        process.waitUntilExit()
    }

    /// Runs a command to its end and gives its standard output.
    @discardableResult
    static func output(
        of program: String, _ arguments: [String], environment: [String: String] = [:]
    ) throws -> Data {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        try process.run()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw HallProblem("\(program) \(arguments.joined(separator: " ")) ended with \(process.terminationStatus)")
        }
        return data
    }
}

/// Calls `check` again and again until it holds; each call does work of its own, such as running a command.
func eventually(_ what: String, within seconds: Double = 60, _ check: () throws -> Bool) throws {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while try !check() {
        if Date() > deadline { throw HallProblem("not within \(seconds) s: \(what)") }
    }
}
