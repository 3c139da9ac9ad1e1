/// One terminal in raw mode: its descriptors, size, non-blocking reads and writes, and its way back.

import Glibc

/// Owned by the thread that reads and writes it; the terminal is restored when this is closed.
struct TerminalDevice: ~Copyable {
    let input: Int32
    let output: Int32
    let registration: TerminalRestoration.Registration
    private let settings: termios
    /// The flags an own description was not needed for; nil when nothing must be put back.
    private let sharedFlags: (input: Int32?, output: Int32?)

    /// Switches to raw mode. The caller's descriptors stay open and its own.
    init(input: Int32, output: Int32) throws(TerminalError) {
        guard isatty(input) == 1, isatty(output) == 1 else { throw TerminalError(.notATerminal, operation: "isatty") }
        let reading = try Self.open(input, mode: O_RDONLY)
        let writing: (descriptor: Int32, flags: Int32?)
        do throws(TerminalError) {
            writing = try Self.open(output, mode: O_WRONLY)
        } catch {
            close(reading.descriptor)
            throw error
        }
        var saved = termios()
        var raw = termios()
        guard tcgetattr(reading.descriptor, &saved) == 0 else {
            let number = errno
            close(reading.descriptor)
            close(writing.descriptor)
            throw TerminalError(.systemCallFailed, operation: "tcgetattr", errorNumber: number)
        }
        raw = saved
        cfmakeraw(&raw)
        guard let registration = TerminalRestoration.register(output: writing.descriptor, settings: saved) else {
            close(reading.descriptor)
            close(writing.descriptor)
            throw TerminalError(.unavailable, operation: "register")
        }
        guard tcsetattr(reading.descriptor, TCSANOW, &raw) == 0 else {
            let number = errno
            registration.release()
            close(reading.descriptor)
            close(writing.descriptor)
            throw TerminalError(.systemCallFailed, operation: "tcsetattr", errorNumber: number)
        }
        self.input = reading.descriptor
        self.output = writing.descriptor
        self.registration = registration
        settings = saved
        sharedFlags = (reading.flags, writing.flags)
    }

    /// A description of our own, so that not blocking does not spread to the shell that started us; where the terminal
    /// cannot be opened again, a duplicate whose flags are put back at the end.
    private static func open(
        _ descriptor: Int32, mode: Int32
    ) throws(TerminalError) -> (descriptor: Int32, flags: Int32?) {
        let path = "/proc/self/fd/\(descriptor)"
        let own = Glibc.open(path, mode | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        if own >= 0 { return (own, nil) }
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw TerminalError(.systemCallFailed, operation: "dup", errorNumber: errno) }
        let flags = fcntl(copy, F_GETFL)
        guard flags >= 0, fcntl(copy, F_SETFL, flags | O_NONBLOCK) == 0 else {
            let number = errno
            close(copy)
            throw TerminalError(.systemCallFailed, operation: "fcntl", errorNumber: number)
        }
        return (copy, flags)
    }

    /// Columns and rows; 80x24 where the terminal does not say.
    var size: (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(output, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return (80, 24) }
        // A window this large is a mistake, and a grid of it would be hundreds of megabytes.
        return (min(Int(size.ws_col), 1000), min(Int(size.ws_row), 500))
    }

    /// What can be read now; empty when nothing can.
    func read(upTo limit: Int) throws(TerminalError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = Glibc.read(input, &bytes, limit)
        if count > 0 { return Array(bytes.prefix(count)) }
        if count < 0, errno == EAGAIN || errno == EINTR { return [] }
        throw TerminalError(.gone, operation: "read", errorNumber: count < 0 ? errno : 0)
    }

    /// Writes what the terminal takes now and returns how many bytes that was.
    func write(_ bytes: ArraySlice<UInt8>) throws(TerminalError) -> Int {
        guard !registration.isGivenBack else { throw TerminalError(.gone, operation: "write") }
        let (count, number) = bytes.withUnsafeBytes { buffer in
            (Glibc.write(output, buffer.baseAddress, buffer.count), errno)
        }
        if count >= 0 { return count }
        if number == EAGAIN || number == EINTR { return 0 }
        throw TerminalError(.gone, operation: "write", errorNumber: number)
    }

    /// Waits until there is input, a wake-up, or room for output; at most `timeout` milliseconds, -1 for ever.
    func wait(forOutput: Bool, timeout: Int32) throws(TerminalError) -> (hasInput: Bool, wasWoken: Bool) {
        var descriptors = [
            pollfd(fd: input, events: Int16(POLLIN), revents: 0),
            pollfd(fd: registration.wakeDescriptor, events: Int16(POLLIN), revents: 0),
        ]
        if forOutput { descriptors.append(pollfd(fd: output, events: Int16(POLLOUT), revents: 0)) }
        let count = poll(&descriptors, nfds_t(descriptors.count), timeout)
        if count < 0, errno != EINTR {
            throw TerminalError(.systemCallFailed, operation: "poll", errorNumber: errno)
        }
        guard count > 0 else { return (false, false) }
        var ignored = [UInt8](repeating: 0, count: 64)
        let wasWoken = descriptors[1].revents != 0
        if wasWoken { while Glibc.read(registration.wakeDescriptor, &ignored, 64) > 0 {} }
        return (descriptors[0].revents != 0, wasWoken)
    }

    /// Puts the screen and the settings back, as far as the terminal still lets it, without waiting long for it.
    consuming func restore() {
        var rest = CellWriter.closing[...]
        while !rest.isEmpty {
            guard let count = try? write(rest) else { break }
            rest = rest.dropFirst(count)
            if count == 0 {
                var descriptor = pollfd(fd: output, events: Int16(POLLOUT), revents: 0)
                guard poll(&descriptor, 1, 200) > 0, descriptor.revents & Int16(POLLOUT) != 0 else { break }
            }
        }
        var saved = settings
        tcsetattr(input, TCSANOW, &saved)
        if let flags = sharedFlags.input { _ = fcntl(input, F_SETFL, flags) }
        if let flags = sharedFlags.output { _ = fcntl(output, F_SETFL, flags) }
        registration.release()
        close(input)
        close(output)
    }
}
