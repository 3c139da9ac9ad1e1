/// The terminal shell: shows a session on a terminal and hands back what people press and type.

import Foundation
import Glibc
public import KioskCore
import Synchronization

public struct TerminalOptions: Sendable {
    public enum AmbiguousWidth: Sendable {
        /// Ask the terminal: write `·`, read where the cursor stands. Narrow until it answers.
        case ask
        case narrow, wide
    }

    /// True where Ctrl-C may end the shell: a developer's window, never the hall.
    public var allowsQuit = false
    public var usesColour = true
    /// True for terminals without box-drawing characters.
    public var usesASCII = false
    public var ambiguousWidth = AmbiguousWidth.ask
    /// How long a lone ESC waits for the rest of a key, milliseconds.
    public var escapeDelay = 50
    /// How long an open paste may pause, milliseconds.
    public var pasteDelay = 1000
    /// How long the terminal may take no output before it counts as lost, milliseconds.
    public var stallLimit = 10_000
    /// The modules of a QR code, true for dark, without a quiet zone.
    public var qrMatrix: @Sendable (String) -> [[Bool]]? = { _ in nil }

    public init() {}

    /// Honours `NO_COLOR` (any value that is not empty) and a locale or console without box-drawing characters.
    public init(environment: [String: String]) {
        usesColour = environment["NO_COLOR", default: ""].isEmpty
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        let isUTF8 = ["utf-8", "utf8"].contains { locale.lowercased().hasSuffix($0) }
        usesASCII = !isUTF8 || environment["TERM"] == "linux"
    }
}

/// One terminal and one thread of its own that reads, lays out and writes; nothing here blocks the cooperative pool.
///
/// `start()`, then `show` a state at a time and read `events`. The shell ends by Ctrl-C where that is allowed, by
/// `stop()`, or when the terminal is lost; `ending()` returns then, and the terminal is as it was before.
public final class TerminalShell: Presenter {
    public enum Ending: Sendable {
        /// Ctrl-C.
        case quit
        /// `stop()`.
        case stopped
    }

    /// What people did, in order. Finishes with the shell. Reads once: only one task may iterate.
    public let events: AsyncStream<SessionEvent>

    private enum Phase {
        case new
        case running
        case ended(Result<Ending, TerminalError>)
    }

    private struct Mailbox {
        var phase = Phase.new
        var registration: TerminalRestoration.Registration?
        /// Every page in order, so that none that wipes is missed; only the last one is drawn.
        var pages: [Page] = []
        var shown: [CheckedContinuation<Void, Never>] = []
        var stops = false
        var endWaiters: [CheckedContinuation<Result<Ending, TerminalError>, Never>] = []
    }

    /// Carries the terminal to its thread.
    private final class Handover: Sendable {
        let registration: TerminalRestoration.Registration
        private let device: Mutex<TerminalDevice?>

        init(_ device: consuming TerminalDevice) {
            registration = device.registration
            self.device = Mutex(device)
        }

        func take() -> TerminalDevice? { device.withLock { $0.take() } }
    }

    private let input: Int32
    private let output: Int32
    private let options: TerminalOptions
    private let page: @Sendable (SessionState) -> Page
    private let continuation: AsyncStream<SessionEvent>.Continuation
    private let mailbox = Mutex(Mailbox())

    /// The descriptors stay the caller's; they must be terminals.
    public init(
        input: Int32 = 0, output: Int32 = 1, options: TerminalOptions = TerminalOptions(),
        page: @escaping @Sendable (SessionState) -> Page
    ) {
        self.input = input
        self.output = output
        self.options = options
        self.page = page
        // Each edit carries the whole text, so of too many events the oldest are the ones to lose.
        (events, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1024))
    }

    /// Takes the terminal over. Once.
    public func start() throws(TerminalError) {
        let isNew = mailbox.withLock { box in
            guard case .new = box.phase else { return false }
            box.phase = .running
            return true
        }
        guard isNew else { throw TerminalError(.unavailable, operation: "start") }
        let handover: Handover
        do throws(TerminalError) {
            handover = Handover(try TerminalDevice(input: input, output: output))
        } catch {
            end(.failure(error))
            throw error
        }
        mailbox.withLock { $0.registration = handover.registration }
        let thread = Thread { [self] in
            guard let device = handover.take() else { return }
            end(run(device))
        }
        thread.name = "terminal"
        thread.start()
    }

    /// Returns when the page, or a later one, is on the terminal; at once when the shell does not run.
    public func show(_ state: SessionState) async {
        await show(page(state))
    }

    /// The same for a page that no session made.
    public func show(_ page: Page) async {
        await withCheckedContinuation { continuation in
            let runs = mailbox.withLock { box in
                switch box.phase {
                case .ended: return false
                case .new:
                    box.pages.append(page)
                    return false
                case .running:
                    box.pages.append(page)
                    box.shown.append(continuation)
                    box.registration?.wake()
                    return true
                }
            }
            if !runs { continuation.resume() }
        }
    }

    /// Gives the terminal back and returns when that is done. Harmless when the shell has ended.
    public func stop() async {
        let runs = mailbox.withLock { box in
            box.stops = true
            box.registration?.wake()
            if case .running = box.phase { return true }
            return false
        }
        if runs { _ = try? await ending() }
    }

    /// Waits for the end of the shell and says why; throws when the terminal was lost.
    public func ending() async throws(TerminalError) -> Ending {
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Ending, TerminalError>, Never>) in
            let ended: Result<Ending, TerminalError>? = mailbox.withLock { box in
                if case .ended(let result) = box.phase { return result }
                box.endWaiters.append(continuation)
                return nil
            }
            if let ended { continuation.resume(returning: ended) }
        }
        return try result.get()
    }

    private func end(_ result: Result<Ending, TerminalError>) {
        let (shown, waiters) = mailbox.withLock { box in
            defer { (box.shown, box.endWaiters, box.pages, box.registration) = ([], [], [], nil) }
            box.phase = .ended(result)
            return (box.shown, box.endWaiters)
        }
        continuation.finish()
        for waiter in shown { waiter.resume() }
        for waiter in waiters { waiter.resume(returning: result) }
    }

    // MARK: The thread

    private func run(_ device: consuming TerminalDevice) -> Result<Ending, TerminalError> {
        let result = loop(device)
        device.restore()
        return result
    }

    private func loop(_ device: borrowing TerminalDevice) -> Result<Ending, TerminalError> {
        let size = device.size
        let layout = TerminalLayout(
            width: CellWidth(ambiguousIsWide: options.ambiguousWidth == .wide), usesASCII: options.usesASCII,
            qrMatrix: options.qrMatrix)
        var interaction = TerminalInteraction(
            layout: layout, columns: size.columns, rows: size.rows, allowsQuit: options.allowsQuit)
        var decoder = KeyDecoder()
        var writer = CellWriter(usesColour: options.usesColour)
        var pending = CellWriter.opening[...]
        if options.ambiguousWidth == .ask {
            decoder.expectsCursorReport = true
            pending += Array("\u{1B}[H·\u{1B}[6n".utf8)
        }
        /// Who waits for the frame in `pending`, or for the next one.
        var drawn: [CheckedContinuation<Void, Never>] = []
        var waiting: [CheckedContinuation<Void, Never>] = []
        var isChanged = true
        var lastProgress = Self.milliseconds()
        defer { for waiter in drawn + waiting { waiter.resume() } }

        do throws(TerminalError) {
            while true {
                let (pages, shown, stops) = mailbox.withLock { box in
                    defer { (box.pages, box.shown) = ([], []) }
                    return (box.pages, box.shown, box.stops)
                }
                if stops { return .success(.stopped) }
                for page in pages { interaction.show(page) }
                isChanged = isChanged || !pages.isEmpty
                waiting += shown

                // A slow terminal gets whole frames only, and of several the last.
                if pending.isEmpty {
                    for waiter in drawn { waiter.resume() }
                    drawn = []
                    if isChanged {
                        let frame = interaction.arrangement
                        pending = writer.update(to: frame.grid, cursor: frame.cursor)[...]
                        (drawn, waiting, isChanged) = (waiting, [], false)
                        lastProgress = Self.milliseconds()
                    }
                }
                if !pending.isEmpty {
                    let count = try device.write(pending.prefix(4096))
                    pending = pending.dropFirst(count)
                    if count > 0 { lastProgress = Self.milliseconds() }
                }
                if pending.isEmpty, isChanged || !drawn.isEmpty { continue }

                let (hasInput, wasWoken) = try device.wait(
                    forOutput: !pending.isEmpty, timeout: timeout(decoder, pending.isEmpty, lastProgress))
                if !pending.isEmpty, Self.milliseconds() - lastProgress >= Int64(options.stallLimit) {
                    throw TerminalError(.stalled, operation: "write")
                }
                var keys: [TerminalKey] = []
                if hasInput {
                    keys = decoder.feed(try device.read(upTo: 4096))
                } else if !wasWoken, pending.isEmpty {
                    keys = decoder.flush()
                }
                if wasWoken {
                    let size = device.size
                    if size.columns != interaction.columns || size.rows != interaction.rows {
                        interaction.resize(columns: size.columns, rows: size.rows)
                        writer.invalidate()
                        isChanged = true
                    }
                }
                for key in keys {
                    if case .cursorColumn(let column) = key, decoder.expectsCursorReport {
                        decoder.expectsCursorReport = false
                        interaction.layout.width.ambiguousIsWide = column == 3
                        interaction.arrange()
                        writer.invalidate()
                        isChanged = true
                        continue
                    }
                    let outcome = interaction.press(key)
                    for event in outcome.events { continuation.yield(event) }
                    if outcome.redraws { writer.invalidate() }
                    isChanged = true
                    if outcome.quits { return .success(.quit) }
                }
            }
        } catch {
            return .failure(error)
        }
    }

    /// Milliseconds until something must happen without input; -1 for never.
    private func timeout(_ decoder: KeyDecoder, _ isWritten: Bool, _ lastProgress: Int64) -> Int32 {
        guard isWritten else {
            return Int32(clamping: max(1, lastProgress + Int64(options.stallLimit) - Self.milliseconds()))
        }
        return switch decoder.pending {
        case .nothing: -1
        case .escape: Int32(clamping: options.escapeDelay)
        case .paste: Int32(clamping: options.pasteDelay)
        }
    }

    private static func milliseconds() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) &* 1000 &+ Int64(now.tv_nsec) / 1_000_000
    }
}
