// The shell on a real pseudo-terminal: what is typed comes out as events, and the terminal is given back.

import Glibc
import KioskCore
import Testing

@testable import KioskShell

@Suite(.timeLimit(.minutes(10))) struct TerminalShellTests {
    private func options(_ change: (inout TerminalOptions) -> Void = { _ in }) -> TerminalOptions {
        var options = TerminalOptions()
        options.ambiguousWidth = .narrow
        change(&options)
        return options
    }

    private func shell(_ terminal: PseudoTerminal, _ options: TerminalOptions) throws -> TerminalShell {
        let shell = TerminalShell(input: terminal.slave, output: terminal.slave, options: options) { state in
            TerminalSamples.welcome(state.language)
        }
        try shell.start()
        return shell
    }

    /// Shows a page while the test plays the terminal that takes it.
    private func show(_ page: Page, on shell: TerminalShell, _ terminal: PseudoTerminal, seeing text: String)
        async throws
    {
        async let shown: Void = shell.show(page)
        try await terminal.wait(for: text) { $0.text.contains(text) }
        await shown
    }

    private func isSame(_ left: termios, _ right: termios) -> Bool {
        left.c_iflag == right.c_iflag && left.c_oflag == right.c_oflag && left.c_cflag == right.c_cflag
            && left.c_lflag == right.c_lflag
    }

    @Test func `typing through a pseudo-terminal gives the right events`() async throws {
        let terminal = try PseudoTerminal()
        let shell = try shell(terminal, options())
        try await show(TerminalSamples.form(.zh), on: shell, terminal, seeing: "经营者和名称")
        var events = shell.events.makeAsyncIterator()
        // Split inside a character, an escape sequence and a paste.
        terminal.type([0xE9])
        terminal.type([0x81, 0x93])
        #expect(await events.next() == .edit(field: "shop", text: "道"))
        terminal.type("\u{1B}[200~里区\u{1B}[20")
        terminal.type("1~")
        #expect(await events.next() == .edit(field: "shop", text: "道里区"))
        terminal.type("\t")
        #expect(await events.next() == .stillHere)
        terminal.type("2301")
        for text in ["2", "23", "230", "2301"] { #expect(await events.next() == .edit(field: "owner", text: text)) }
        terminal.type("\u{1B}OP")
        #expect(await events.next() == .back)
        terminal.type("\u{1B}[[C")
        #expect(await events.next() == .callStaff)
        terminal.type("\u{1B}")
        #expect(await events.next() == .stillHere)
        await shell.stop()
        #expect(await events.next() == nil)
    }

    @Test func `a state is shown as its page, and the screen is exactly the grid`() async throws {
        let terminal = try PseudoTerminal(columns: 100, rows: 30)
        let shell = try shell(terminal, options())
        async let shown: Void = shell.show(SessionState(id: "t", language: .en, at: Timestamp(milliseconds: 0)))
        let screen = try await terminal.wait(for: "the welcome page") { $0.text.contains("F5 Large text") }
        await shown
        var expected = TerminalInteraction(layout: TerminalLayout(), columns: 100, rows: 30, allowsQuit: false)
        expected.show(TerminalSamples.welcome(.en))
        #expect(CellWriterTests.isSame(screen, expected.arrangement.grid))
        #expect(screen.problems.isEmpty)
        #expect(screen.isAlternate)
        await shell.stop()
    }

    @Test func `an unchanged page costs no byte and a typed character few`() async throws {
        let terminal = try PseudoTerminal()
        let shell = try shell(terminal, options())
        try await show(TerminalSamples.form(.zh), on: shell, terminal, seeing: "F5")
        let first = terminal.snapshot.byteCount
        await shell.show(TerminalSamples.form(.zh))
        terminal.pump(milliseconds: 0)
        #expect(terminal.snapshot.byteCount == first)
        terminal.type("哈")
        let typed = try await terminal.wait(for: "the character") { $0.text.contains("[哈") }
        await shell.show(TerminalSamples.form(.zh, name: "哈"))
        terminal.pump(milliseconds: 0)
        #expect(typed.byteCount - first < 40)
        #expect(terminal.snapshot.byteCount - first < 40)
        await shell.stop()
    }

    @Test func `quitting gives the terminal back as it was`() async throws {
        let terminal = try PseudoTerminal()
        let before = terminal.settings
        let shell = try shell(terminal, options { $0.allowsQuit = true })
        #expect(!isSame(terminal.settings, before))
        try await show(TerminalSamples.form(.zh), on: shell, terminal, seeing: "F5")
        terminal.type([0x03])
        #expect(try await shell.ending() == .quit)
        let screen = try await terminal.wait(for: "the main screen") { !$0.isAlternate }
        #expect(isSame(terminal.settings, before))
        #expect(screen.showsCursor && screen.wraps && !screen.takesPaste)
        #expect(fcntl(terminal.slave, F_GETFL) & O_NONBLOCK == 0)
        // Harmless afterwards.
        await shell.show(TerminalSamples.form(.zh))
        await shell.stop()
        #expect(throws: TerminalError.self) { try shell.start() }
    }

    @Test func `Ctrl-C does not end a shell in the hall`() async throws {
        let terminal = try PseudoTerminal()
        let shell = try shell(terminal, options())
        try await show(TerminalSamples.welcome(.zh), on: shell, terminal, seeing: "F5")
        var events = shell.events.makeAsyncIterator()
        terminal.type([0x03, 0x1A, 0x1C])
        for _ in 0..<3 { #expect(await events.next() == .stillHere) }
        terminal.type("1")
        #expect(await events.next() == .choose(matter: "MKT-001"))
        await shell.stop()
    }

    @Test func `a signal, a crash and an exit give the terminal back as it was`() async throws {
        let terminal = try PseudoTerminal()
        let before = terminal.settings
        func isGivenBack(_ ending: String) throws {
            terminal.pump(milliseconds: 0)
            let screen = terminal.snapshot
            #expect(isSame(terminal.settings, before), "\(ending)")
            #expect(screen.byteCount > 0 && !screen.isAlternate && screen.showsCursor, "\(ending)")
        }
        await #expect(processExitsWith: .signal(SIGTERM)) { [number = terminal.number as Int32] in
            try Self.startAndLeave(number)
            // To the process: the threads that run tasks block it.
            kill(getpid(), SIGTERM)
            while true { pause() }
        }
        try isGivenBack("SIGTERM")
        await #expect(processExitsWith: .signal(SIGSEGV)) { [number = terminal.number as Int32] in
            try Self.startAndLeave(number)
            raise(SIGSEGV)
        }
        try isGivenBack("SIGSEGV")
        await #expect(processExitsWith: .exitCode(3)) { [number = terminal.number as Int32] in
            try Self.startAndLeave(number)
            exit(3)
        }
        try isGivenBack("exit")
    }

    /// In a process of its own: takes the terminal over; fails unless it is raw then.
    private static func startAndLeave(_ number: Int32) throws {
        // A test runner may ignore it, and children inherit that.
        signal(SIGTERM, SIG_DFL)
        let descriptor = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
        let shell = TerminalShell(input: descriptor, output: descriptor) { TerminalSamples.welcome($0.language) }
        try shell.start()
        var settings = termios()
        tcgetattr(descriptor, &settings)
        if settings.c_lflag & tcflag_t(ICANON) != 0 { exit(99) }
    }

    @Test func `another size lays the page out anew, and too small a one says so`() async throws {
        let terminal = try PseudoTerminal()
        let shell = try shell(terminal, options())
        try await show(TerminalSamples.form(.en), on: shell, terminal, seeing: "F5")
        terminal.resize(columns: 120, rows: 40)
        try await terminal.wait(for: "the wide page") { $0.lines.last?.contains("F5 Large text") == true }
        terminal.resize(columns: 60, rows: 20)
        try await terminal.wait(for: "the message") { $0.text.contains("60x20") && $0.text.contains("窗口太小") }
        terminal.resize(columns: 80, rows: 24)
        let screen = try await terminal.wait(for: "the page") { $0.lines.last?.contains("F5 Large text") == true }
        #expect(screen.problems.isEmpty)
        await shell.stop()
    }

    @Test func `a terminal that draws ambiguous characters wide is asked and believed`() async throws {
        let terminal = try PseudoTerminal(ambiguousIsWide: true)
        let shell = try shell(terminal, options { $0.ambiguousWidth = .ask })
        let page = TerminalSamples.form(.zh, name: "阿木尔·其其格“小吃”")
        async let shown: Void = shell.show(page)
        var expected = TerminalInteraction(
            layout: TerminalLayout(width: CellWidth(ambiguousIsWide: true)), columns: 80, rows: 24, allowsQuit: false)
        expected.show(page)
        let grid = expected.arrangement.grid
        let screen = try await terminal.wait(for: "the wide layout") { CellWriterTests.isSame($0, grid) }
        await shown
        #expect(screen.text.contains("阿木尔·其其格“小吃”"))
        await shell.stop()
    }

    @Test func `a terminal that goes away ends the shell with a clear error`() async throws {
        let terminal = try PseudoTerminal()
        let shell = try shell(terminal, options())
        try await show(TerminalSamples.form(.zh), on: shell, terminal, seeing: "F5")
        terminal.hangUp()
        let error = await #expect(throws: TerminalError.self) { try await shell.ending() }
        #expect(error?.code == .gone)
        await shell.show(TerminalSamples.notice(.zh))
        for await _ in shell.events {}
    }

    @Test func `a terminal that takes no output ends the shell instead of hanging it`() async throws {
        let terminal = try PseudoTerminal(columns: 200, rows: 60)
        let shell = try shell(terminal, options { $0.stallLimit = 300 })
        // Nobody reads the master's side: the line's buffer fills up after a few pages.
        for index in 0..<200 {
            var page = TerminalSamples.form(index % 2 == 0 ? .zh : .en)
            page.id = "form.\(index)"
            await shell.show(page)
        }
        let error = await #expect(throws: TerminalError.self) { try await shell.ending() }
        #expect(error?.code == .stalled)
    }

    @Test func `what is not a terminal is refused`() throws {
        let descriptor = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(descriptor) }
        let shell = TerminalShell(input: descriptor, output: descriptor) { TerminalSamples.welcome($0.language) }
        let error = #expect(throws: TerminalError.self) { try shell.start() }
        #expect(error?.code == .notATerminal)
    }

    @Test func `a storm of random bytes ends nothing`() async throws {
        let terminal = try PseudoTerminal()
        let shell = try shell(terminal, options())
        try await show(TerminalSamples.form(.zh), on: shell, terminal, seeing: "F5")
        var random = TerminalRandom(state: 9)
        for _ in 0..<200 {
            terminal.type((0..<64).map { _ in UInt8.random(in: 0...255, using: &random) })
            terminal.pump(milliseconds: 0)
        }
        async let stopped: Void = shell.stop()
        let screen = try await terminal.wait(for: "the main screen") { !$0.isAlternate }
        await stopped
        #expect(screen.problems.isEmpty)
    }

    @Test func `the environment says what a terminal can do`() {
        #expect(TerminalOptions(environment: ["LANG": "zh_CN.UTF-8"]).usesColour)
        #expect(!TerminalOptions(environment: ["NO_COLOR": "1", "LANG": "C.UTF-8"]).usesColour)
        #expect(TerminalOptions(environment: ["NO_COLOR": "", "LANG": "C.UTF-8"]).usesColour)
        #expect(!TerminalOptions(environment: ["LANG": "C.UTF-8", "TERM": "xterm"]).usesASCII)
        #expect(TerminalOptions(environment: ["LANG": "C.UTF-8", "TERM": "linux"]).usesASCII)
        #expect(TerminalOptions(environment: ["LANG": "zh_CN.GBK"]).usesASCII)
        #expect(TerminalOptions(environment: ["LC_ALL": "C", "LANG": "zh_CN.UTF-8"]).usesASCII)
    }
}
