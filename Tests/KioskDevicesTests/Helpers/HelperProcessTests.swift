import Foundation
import Glibc
import Testing

@testable import KioskDevices

/// Programs that a test writes itself, in a folder that goes with it.
final class HelperPrograms: Sendable {
    let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "kiosk-helpers-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// An executable shell script.
    func script(_ body: String, mode: Int = 0o755) throws -> String {
        let path = folder + "/" + UUID().uuidString
        try "#!/bin/sh\n\(body)\n".write(toFile: path, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        Self.waitForWriters(of: path)
        return path
    }

    /// A process that another test starts at this moment holds the script open for writing until it is its own program,
    /// and what is open for writing cannot be run. The kernel grants a read lease when nobody has it open so.
    private static func waitForWriters(of path: String) {
        let setLease: Int32 = 1024
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        defer { close(file) }
        for _ in 0..<100_000 {
            if fcntl(file, setLease, F_RDLCK) == 0 || errno != EAGAIN { return }
            sched_yield()
        }
    }

    /// One of the examples beside this file.
    static func example(_ name: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Programs/\(name)").path()
    }
}

@Suite("Helper processes")
struct HelperProcessTests {
    private let programs: HelperPrograms

    init() throws {
        programs = try HelperPrograms()
    }

    private func run(
        _ path: String, _ input: [UInt8] = [], maximumOutput: Int = 4096, timeoutMilliseconds: Int = 30_000
    ) async throws -> String {
        let answer = try await HelperProcess(path: path).run(
            input, maximumOutput: maximumOutput, timeoutMilliseconds: timeoutMilliseconds)
        return String(decoding: answer, as: UTF8.self)
    }

    private func expect(_ error: HelperError, _ script: String, _ input: [UInt8] = []) async throws {
        let path = try programs.script(script)
        await #expect(throws: error) { try await run(path, input) }
    }

    @Test("Much goes in and comes out at the same time")
    func muchOfBoth() async throws {
        let input = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let answer = try await HelperProcess(path: "/bin/cat").run(
            input, maximumOutput: input.count, timeoutMilliseconds: 30_000)
        #expect(answer == input)
    }

    @Test("It gets no environment, stands in the root folder and holds no descriptor of ours")
    func isolation() async throws {
        // One that every program started in the usual way would inherit.
        let ours = dup(1)
        defer { close(ours) }
        #expect(try await run("/usr/bin/env") == "")
        #expect(try await run("/bin/pwd") == "/\n")
        let list = try programs.script("/bin/ls /proc/self/fd")
        // The last is the folder that ls reads.
        #expect(try await run(list) == "0\n1\n2\n3\n")
    }

    @Test("It can put nothing into a file and leaves no core dump")
    func noFiles() async throws {
        let file = programs.folder + "/left-behind"
        try await expect(.crashed(signal: SIGXFSZ), "read line; echo \"$line\" > \(file)", Array("secret\n".utf8))
        #expect((try? String(contentsOfFile: file, encoding: .utf8)) ?? "" == "")
        let limit = try programs.script("read line; ulimit -c")
        #expect(try await run(limit, Array("go\n".utf8)) == "0\n")
    }

    @Test("A crash, a failure and too much output each have their error")
    func failures() async throws {
        try await expect(.crashed(signal: SIGSEGV), "kill -SEGV $$")
        try await expect(.failed(status: 3), "exit 3")
        try await expect(.tooMuchOutput, "/usr/bin/head -c 4097 /dev/zero")
        await #expect(throws: HelperError.tooMuchOutput) { try await run("/usr/bin/yes") }
        // An answer does not make up for the crash behind it.
        try await expect(.crashed(signal: SIGSEGV), "echo answer; kill -SEGV $$")
    }

    @Test("A program that is not there, and one that may not be run")
    func notStarted() async throws {
        await #expect(throws: HelperError.notStarted(Errno(number: ENOENT))) {
            try await run(programs.folder + "/none")
        }
        let path = try programs.script("exit 0", mode: 0o644)
        await #expect(throws: HelperError.notStarted(Errno(number: EACCES))) { try await run(path) }
    }

    @Test("One that never answers is killed at its limit, also behind a closed stdout")
    func hangs() async throws {
        for body in ["while :; do :; done", "exec >&-; while :; do :; done", "/bin/sleep 1000"] {
            let path = try programs.script(body)
            await #expect(throws: HelperError.timedOut(milliseconds: 200)) {
                try await run(path, timeoutMilliseconds: 200)
            }
        }
    }

    @Test("One that does not read what it is told harms nobody")
    func doesNotRead() async throws {
        let path = try programs.script("exec <&-; echo fine")
        #expect(try await run(path, [UInt8](repeating: 7, count: 1_000_000)) == "fine\n")
    }

    @Test("Nothing of it is left: neither itself nor what it started")
    func nothingLeft() async throws {
        let path = try programs.script("/bin/sleep 1000 >/dev/null & echo $$ $!")
        let numbers = try await run(path).split(whereSeparator: \.isWhitespace)
        try #require(numbers.count == 2)
        #expect(!FileManager.default.fileExists(atPath: "/proc/\(numbers[0])"))
        // Killed; whoever inherited it may not have waited for it yet.
        let stat = { try? String(contentsOfFile: "/proc/\(numbers[1])/stat", encoding: .utf8) }
        let deadline = ContinuousClock.now + .seconds(10)
        while let state = stat(), !state.contains(") Z"), ContinuousClock.now < deadline { await Task.yield() }
        #expect(stat().map { $0.contains(") Z") } ?? true)
    }

    @Test("Cancelled, it is killed at once")
    func cancelled() async throws {
        let path = try programs.script("echo started; /bin/sleep 1000")
        let task = Task { try await run(path, timeoutMilliseconds: 600_000) }
        task.cancel()
        await #expect(throws: HelperError.cancelled) { try await task.value }
    }

    @Test("A hundred of them leave no descriptor open")
    func descriptors() async throws {
        let path = try programs.script("exit 0")
        func open() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
        for _ in 0..<5 { _ = try await run(path) }
        let before = try open()
        for _ in 0..<100 { _ = try await run(path) }
        // Other tests open some of their own meanwhile.
        #expect(try open() < before + 50)
    }
}
