/// `kiosk-emulator dock`: a menu in a terminal by which a person moves cards and papers and makes devices fail.

import ArgumentParser
import FoundationEssentials
import Glibc
import KioskEmulation
import Synchronization

struct Dock: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "A full-screen menu: lay a card or a paper, make a device fail, see the state.",
        discussion: """
            Choices are made by their key or by a click. Ends on Ctrl-C, on SIGTERM, and when the emulator
            goes away. Needs a terminal of 40x12 or more.
            """)

    @OptionGroup var control: SocketOption

    @Option(help: ArgumentHelp("A text whose lines are shown below the menu.", valueName: "FILE"))
    var notes: String?

    func run() throws {
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else {
            throw ValidationError("dock needs a terminal; use send in a script")
        }
        let notes = try notes.map { try String(contentsOfFile: $0, encoding: .utf8).split(separator: "\n") } ?? []
        let client = try ControlClient(path: control.socket)
        let cards = try client.send(["cards"]).cards ?? []
        let papers = try client.send(["papers"]).papers ?? []
        let chips = try client.send(["chips"]).chips ?? []
        let terminal = RawTerminal()
        defer { terminal.restore() }
        var page = 0
        var message: String?
        var shown: [DockScreen.Line] = []
        while let status = try? client.send(["status"]).status {
            let screen = DockScreen(
                status: status, cards: cards, papers: papers, chips: chips, notes: notes.map(String.init))
            let (columns, rows) = RawTerminal.size
            var lines = screen.lines(columns: columns, rows: rows - (message == nil ? 0 : 1), page: page)
            if let message { lines.append(.init(text: message)) }
            if lines != shown {
                terminal.draw(lines)
                shown = lines
            }
            let key: Character
            switch terminal.input(within: 500) {
            case .none: continue
            case .end, .key("\u{3}"): return
            case .key("\t"):
                page += 1
                message = nil
                continue
            case .key("\u{c}"):
                shown = []
                continue
            case .key(let pressed): key = pressed
            case .click(let column, let row):
                guard row < shown.count, let clicked = shown[row].key(at: column) else { continue }
                key = clicked
            }
            guard let words = screen.command(for: key) else { continue }
            guard let answer = try? client.send(words) else { return }
            message = answer.error
        }
    }
}

/// Set by a signal handler.
private let endRequested = Atomic(false)

/// The controlling terminal without echo and line editing, on its alternate screen.
private final class RawTerminal {
    enum Input: Equatable {
        case none
        case key(Character)
        /// From 0.
        case click(column: Int, row: Int)
        case end
    }

    private var saved = termios()
    /// Keys that came in one go with an earlier one.
    private var waiting: ArraySlice<UInt8> = []

    init() {
        // A signal only ends the loop, so that the terminal is always given back as it was.
        _ = endRequested.load(ordering: .relaxed)
        for number in [SIGTERM, SIGHUP, SIGINT] {
            signal(number) { _ in endRequested.store(true, ordering: .relaxed) }
        }
        tcgetattr(STDIN_FILENO, &saved)
        var raw = saved
        cfmakeraw(&raw)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw)
        // Clicks are reported as `ESC [ < button ; column ; row M` (xterm, modes 1000 and 1006).
        write("\u{1b}[?1049h\u{1b}[?25l\u{1b}[?1000h\u{1b}[?1006h")
    }

    func restore() {
        write("\u{1b}[?1006l\u{1b}[?1000l\u{1b}[0m\u{1b}[?25h\u{1b}[?1049l")
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved)
    }

    static var size: (columns: Int, rows: Int) {
        var window = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(window.ws_col), Int(window.ws_row))
    }

    /// Overwrites in place and clears what is left: no flicker.
    func draw(_ lines: [DockScreen.Line]) {
        let body = lines.map { ($0.isHeading ? "\u{1b}[1m" : "") + $0.text + "\u{1b}[0m\u{1b}[K" }
        write("\u{1b}[H" + body.joined(separator: "\r\n") + "\u{1b}[J")
    }

    func input(within milliseconds: Int32) -> Input {
        if waiting.isEmpty {
            var request = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            let isReadable = poll(&request, 1, milliseconds) > 0
            if endRequested.load(ordering: .relaxed) { return .end }
            guard isReadable else { return .none }
            var bytes = [UInt8](repeating: 0, count: 64)
            let count = read(STDIN_FILENO, &bytes, bytes.count)
            guard count > 0 else { return .end }
            // Arrow and function keys come as several bytes and mean nothing here.
            if bytes[0] == 0x1B { return Self.click(bytes.prefix(count)) ?? .none }
            waiting = bytes.prefix(count)
        }
        guard let byte = waiting.popFirst(), byte < 0x80 else { return .none }
        return .key(Character(UnicodeScalar(byte)))
    }

    /// A press of the left button; its release, which comes with it or by itself, is passed over.
    private static func click(_ bytes: some Collection<UInt8>) -> Input? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let press = text.prefixMatch(of: /\u{1b}\[<0;([0-9]{1,4});([0-9]{1,4})M/),
            let column = Int(press.output.1),
            let row = Int(press.output.2), column > 0, row > 0
        else { return nil }
        return .click(column: column - 1, row: row - 1)
    }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let result = bytes.withUnsafeBytes { buffer in
                Glibc.write(STDOUT_FILENO, buffer.baseAddress.map { $0 + sent }, bytes.count - sent)
            }
            guard result > 0 else { return }
            sent += result
        }
    }
}
