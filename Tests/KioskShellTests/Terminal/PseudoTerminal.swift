// A real pseudo-terminal for tests: the shell gets its slave side, the test types and watches at the master.

import Dispatch
import Glibc
import Synchronization

final class PseudoTerminal: Sendable {
    struct Failure: Error {
        var what: String
        var screen: String
    }

    let slave: Int32
    /// `/dev/pts/` and this.
    let number: Int32
    private let master: Mutex<Int32>
    private let screen: Mutex<VirtualScreen>

    init(columns: Int = 80, rows: Int = 24, ambiguousIsWide: Bool = false) throws {
        // What posix_openpt, unlockpt and ptsname do on Linux; Swift's Glibc module does not offer them.
        let descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
        var unlocked: Int32 = 0
        var number: Int32 = 0
        let (setLock, getNumber) = (UInt(0x4004_5431), UInt(0x8004_5430))
        guard descriptor >= 0, ioctl(descriptor, setLock, &unlocked) == 0, ioctl(descriptor, getNumber, &number) == 0
        else { throw Failure(what: "ptmx \(errno)", screen: "") }
        self.number = number
        slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard slave >= 0 else { throw Failure(what: "open slave \(errno)", screen: "") }
        master = Mutex(descriptor)
        var screen = VirtualScreen(columns: columns, rows: rows)
        screen.ambiguousIsWide = ambiguousIsWide
        self.screen = Mutex(screen)
        setSize(columns: columns, rows: rows)
    }

    deinit {
        close(slave)
        hangUp()
    }

    var settings: termios {
        var settings = termios()
        tcgetattr(slave, &settings)
        return settings
    }

    var snapshot: VirtualScreen { screen.withLock { $0 } }

    func setSize(columns: Int, rows: Int) {
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        _ = master.withLock { ioctl($0, UInt(TIOCSWINSZ), &size) }
    }

    /// What a window does when it is dragged: another size, an empty model of it, and the signal.
    func resize(columns: Int, rows: Int) {
        screen.withLock { $0 = VirtualScreen(columns: columns, rows: rows) }
        setSize(columns: columns, rows: rows)
        kill(getpid(), SIGWINCH)
    }

    func type(_ text: String) { type(Array(text.utf8)) }

    func type(_ bytes: [UInt8]) {
        _ = master.withLock { write($0, bytes, bytes.count) }
    }

    /// The line goes dead.
    func hangUp() {
        master.withLock { descriptor in
            if descriptor >= 0 { close(descriptor) }
            descriptor = -1
        }
    }

    /// Reads what the program writes, answers its questions, and returns the screen once `condition` holds.
    @discardableResult
    func wait(
        for what: String, seconds: Double = 60, until condition: @escaping @Sendable (VirtualScreen) -> Bool
    ) async throws -> VirtualScreen {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { [self] in
                let deadline = DispatchTime.now() + seconds
                while true {
                    let screen = snapshot
                    if condition(screen) { return continuation.resume(returning: screen) }
                    if DispatchTime.now() > deadline {
                        return continuation.resume(throwing: Failure(what: what, screen: screen.text))
                    }
                    pump(milliseconds: 100)
                }
            }
        }
    }

    /// Reads what is there now, waiting at most this long for the first byte.
    func pump(milliseconds: Int32) {
        let descriptor = master.withLock { $0 }
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, milliseconds) > 0 else { return }
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return }
        let answers = screen.withLock { screen in
            screen.feed(bytes.prefix(count))
            return screen.takeAnswers()
        }
        if !answers.isEmpty { type(answers) }
    }
}
