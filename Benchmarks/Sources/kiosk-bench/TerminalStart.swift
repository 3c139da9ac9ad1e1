// The terminal process on a pseudo-terminal: how soon it paints, what memory it takes, how soon it answers a key.

import Foundation
import KioskCore
import KioskShell

/// A hall with office, devices and printer; the emulated devices take no time of their own. Blocks its thread.
struct TerminalStart {
    private static let warmRuns = 15
    private static let coldRuns = 5
    private static let keyRuns = 20
    private static let caseRuns = 5

    private let hall: Hall
    private let welcome: Page
    private let page: String
    private let profile: String
    private let command: [String]

    init(hall: Hall, folder: String) throws {
        self.hall = hall
        welcome = try Self.welcomePage()
        page = folder + "/page.html"
        profile = folder + "/browser"
        try Data(Browser.html(of: welcome).utf8).write(to: URL(filePath: page))
        // What `kiosk-emulator exec` would set, so that its own start is not counted.
        struct Answer: Decodable {
            var environment: [String: String]
        }
        let answer = try Child.output(
            of: Hall.program("kiosk-emulator"), ["send", "--socket", hall.folder + "/emulator.sock", "environment"])
        command =
            try JSONDecoder().decode(Answer.self, from: answer).environment.map { "\($0.key)=\($0.value)" } + [
                Hall.program("kiosk"), "run", "--config", hall.folder + "/terminal.json", "--shell", "terminal",
            ]
    }

    func measure() throws -> [Measurement] {
        // The first start makes the store, and the browser's its profile.
        _ = try terminalStart()
        _ = try browserStart()
        var warm = (terminal: Samples(), browser: Samples())
        var memory = (terminal: Samples(), browser: Samples())
        for _ in 0..<Self.warmRuns {
            let terminal = try terminalStart()
            let browser = try browserStart()
            warm.terminal.append(terminal.milliseconds)
            warm.browser.append(browser.milliseconds)
            memory.terminal.append(terminal.mebibytes)
            memory.browser.append(browser.mebibytes)
        }
        let paint = "chromium, first contentful paint of the same words"
        var lines: [Measurement] = []
        if let cold = try coldStarts() {
            lines.append(
                Measurement(
                    "terminal: start to first page, cold disk cache", cold.terminal, against: cold.browser, paint))
        } else {
            report("cold start left out: dropping the disk cache needs root")
        }
        lines.append(Measurement("terminal: start to first page, warm", warm.terminal, against: warm.browser, paint))
        let processes = "chromium, all its processes at first paint"
        lines.append(
            Measurement(
                "terminal: memory (PSS) at the first page", memory.terminal, unit: "MiB", against: memory.browser,
                processes))
        let (afterCase, keys) = try servedCitizens()
        lines.append(
            Measurement(
                "terminal: memory (PSS) after each of \(Self.caseRuns) cases", afterCase, unit: "MiB",
                against: memory.browser, processes))
        lines.append(
            Measurement(
                "terminal: key to next page painted", keys, against: 1000.0 / 60, peer: "one frame of a 60 Hz screen"))
        return lines
    }

    /// Nil where the disk cache cannot be dropped.
    private func coldStarts() throws -> (terminal: Samples, browser: Samples)? {
        var samples = (terminal: Samples(), browser: Samples())
        for _ in 0..<Self.coldRuns {
            guard Memory.dropCaches() else { return nil }
            samples.terminal.append(try terminalStart().milliseconds)
            guard Memory.dropCaches() else { return nil }
            samples.browser.append(try browserStart().milliseconds)
        }
        return samples
    }

    private func startedTerminal() throws -> Screen {
        let screen = try Screen(program: "/usr/bin/env", arguments: command, columns: 110, rows: 48)
        do {
            try screen.wait(for: welcome.title)
        } catch {
            screen.kill()
            throw error
        }
        return screen
    }

    private func terminalStart() throws -> (milliseconds: Double, mebibytes: Double) {
        let start = ContinuousClock.now
        let screen = try startedTerminal()
        let time = milliseconds(since: start)
        defer { screen.kill() }
        return (time, try Memory.proportional(screen.processIdentifier))
    }

    private func browserStart() throws -> (milliseconds: Double, mebibytes: Double) {
        let browser = try Browser(page: page, profile: profile)
        defer { browser.end() }
        return (browser.startMilliseconds, try browser.memory())
    }

    private func servedCitizens() throws -> (memory: Samples, keys: Samples) {
        let screen = try startedTerminal()
        defer { screen.kill() }
        var keys = Samples()
        for _ in 0..<Self.keyRuns {
            let start = ContinuousClock.now
            try screen.press("1", then: "搜索要办的事")
            keys.append(milliseconds(since: start))
            try screen.press(Key.back, then: welcome.title)
        }
        var memory = Samples()
        for _ in 0..<Self.caseRuns {
            _ = try Citizen(hall: hall, screen: screen).wholeCase()
            try screen.wait(for: "已经送去打印")
            memory.append(try Memory.proportional(screen.processIdentifier))
            try screen.press("n", then: "请您评价")
            try screen.press("n", then: "办完了")
            try screen.press("n", then: welcome.title)
        }
        return (memory, keys)
    }

    /// The page that the terminal shows first.
    private static func welcomePage() throws -> Page {
        let loaded = MatterLoader.load(try MatterFolder.read(Hall.root + "/matters")) { _ in "0" }
        let builder = PageBuilder(
            library: loaded.library, policy: SessionPolicy(), verifyURL: "https://localhost/verify")
        let now = SystemClock().now()
        return builder.page(for: SessionState(id: UUID().uuidString, at: now), today: now.chinaDate)
    }
}

struct SystemClock: KioskCore.Clock {
    func now() -> Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }

    func sleep(until time: Timestamp) async throws {
        try await Task.sleep(for: .milliseconds(max(0, time.milliseconds - now().milliseconds)))
    }
}
