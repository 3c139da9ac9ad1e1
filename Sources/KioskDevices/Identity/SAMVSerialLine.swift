/// Carries SAM-V frames over a serial line or a USB serial bridge: 8 data bits, no parity, 1 stop bit, no flow control.

import Glibc
import Synchronization

/// An opened device node, exclusively ours (TIOCEXCL). Waits in poll(2) on a queue of its own; cancelling the task and
/// closing end a wait at once. A hang-up is a lost device.
actor SAMVSerialLine: SAMVTransport {
    nonisolated let name = "serial line"
    private let executor = USBExecutor(label: "samv.serial")
    private let path: String
    private let speed: speed_t
    private nonisolated let wakeup: Wakeup
    private nonisolated let isClosing = Atomic(false)
    private var line: Descriptor?

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(path: String, baud: Int) throws(USBError) {
        guard let speed = Self.speeds[baud] else { throw USBError(.unsupported, "\(baud) baud") }
        self.path = path
        self.speed = speed
        do {
            wakeup = try Wakeup()
        } catch {
            throw USBError(.other, "pipe: \(error)")
        }
        line = try Self.open(path, speed)
    }

    /// GA/T 467's `60 00` to `60 04`.
    private static let speeds: [Int: speed_t] = [
        115_200: speed_t(B115200), 57_600: speed_t(B57600), 38_400: speed_t(B38400), 19_200: speed_t(B19200),
        9600: speed_t(B9600),
    ]

    /// Opens the node anew: a line has no stronger reset, and a bridge that was plugged in again has another node.
    func reset() throws(USBError) {
        line = nil
        line = try Self.open(path, speed)
    }

    private static func open(_ path: String, _ speed: speed_t) throws(USBError) -> Descriptor {
        // Without O_NONBLOCK, opening waits for a carrier that three wires never raise.
        let number = Glibc.open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard number >= 0 else { throw error(.last, "open the line") }
        let line = Descriptor(number)
        var settings = termios()
        guard tcgetattr(number, &settings) == 0 else { throw USBError(.unsupported, "no serial line") }
        guard ioctl(number, UInt(TIOCEXCL)) == 0 else { throw error(.last, "take the line") }
        // Raw: 8 bits, no parity, no echo, no flow control; a read without bytes says EAGAIN, so that 0 is a hang-up.
        cfmakeraw(&settings)
        settings.c_cflag &= ~tcflag_t(CSTOPB)
        settings.c_cflag &= ~tcflag_t(CRTSCTS)
        settings.c_cflag |= tcflag_t(CLOCAL | CREAD)
        cfsetspeed(&settings, speed)
        guard tcsetattr(number, TCSANOW, &settings) == 0, tcflush(number, TCIOFLUSH) == 0 else {
            throw error(.last, "set the line")
        }
        return line
    }

    func send(_ frame: [UInt8], timeoutMilliseconds: Int) async throws(USBError) {
        try await cancellable { () throws(USBError) in
            let deadline = monotonicMilliseconds() + Int64(timeoutMilliseconds)
            var rest = frame[...]
            while !rest.isEmpty {
                let number = try opened()
                let count = rest.withUnsafeBytes { write(number, $0.baseAddress, $0.count) }
                if count > 0 {
                    rest = rest.dropFirst(count)
                } else if count < 0, errno != EAGAIN, errno != EINTR {
                    throw Self.error(.last, "write to the line")
                } else {
                    try wait(for: POLLOUT, on: number, deadline)
                }
            }
        }
    }

    func receive(_ missing: SAMVMissing, timeoutMilliseconds: Int) async throws(USBError) -> [UInt8] {
        try await cancellable { () throws(USBError) in
            try read(deadline: monotonicMilliseconds() + Int64(timeoutMilliseconds))
        }
    }

    func drain(quietMilliseconds: Int, limitMilliseconds: Int) async throws(USBError) {
        try await cancellable { () throws(USBError) in
            let limit = monotonicMilliseconds() + Int64(limitMilliseconds)
            var budget = SAMVFrame.maximumInput
            while budget > 0, monotonicMilliseconds() < limit {
                do throws(USBError) {
                    budget -= try read(deadline: monotonicMilliseconds() + Int64(quietMilliseconds)).count
                } catch {
                    guard error.code == .timedOut else { throw error }
                    return
                }
            }
            throw USBError(.damaged, "bytes without end")
        }
    }

    nonisolated func close() async {
        isClosing.store(true, ordering: .releasing)
        wakeup.signal()
        await hangUp()
    }

    private func hangUp() {
        line = nil
    }

    // MARK: On the queue

    /// At least one byte, at most 4096.
    private func read(deadline: Int64) throws(USBError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            let number = try opened()
            let count = Glibc.read(number, &bytes, bytes.count)
            if count > 0 { return Array(bytes.prefix(count)) }
            if count == 0 { throw USBError(.noDevice, "the line hung up") }
            guard errno == EAGAIN || errno == EINTR else { throw Self.error(.last, "read from the line") }
            try wait(for: POLLIN, on: number, deadline)
        }
    }

    private func opened() throws(USBError) -> Int32 {
        if isClosing.load(ordering: .acquiring) { throw USBError(.cancelled, "line closed") }
        guard let number = line?.number else { throw USBError(.noDevice, "line not opened") }
        return number
    }

    private func wait(for event: Int32, on number: Int32, _ deadline: Int64) throws(USBError) {
        if Task.isCancelled { throw USBError(.cancelled) }
        let left = deadline - monotonicMilliseconds()
        guard left > 0 else { throw USBError(.timedOut, "no answer on the line") }
        let events: [Int32]
        do {
            events = try wakeup.wait(
                for: [pollfd(fd: number, events: Int16(truncatingIfNeeded: event), revents: 0)],
                milliseconds: Int(clamping: left))
        } catch {
            throw USBError(.other, "poll: \(error)")
        }
        // Bytes that came before a hang-up are read first.
        if let found = events.first, found & event == 0, found & (POLLHUP | POLLERR | POLLNVAL) != 0 {
            throw USBError(.noDevice, "the line hung up")
        }
    }

    /// A wake without a reason is looked at and slept over again, so one that comes late does no harm.
    private func cancellable<Value: Sendable>(
        _ body: () throws(USBError) -> Value
    ) async throws(USBError) -> Value {
        let result: Result<Value, USBError> = await withTaskCancellationHandler {
            do throws(USBError) {
                return .success(try body())
            } catch {
                return .failure(error)
            }
        } onCancel: {
            wakeup.signal()
        }
        return try result.get()
    }

    private static func error(_ reason: Errno, _ action: String) -> USBError {
        let code: USBError.Code =
            switch reason.number {
            case ENOENT, ENODEV, ENXIO, EIO: .noDevice
            case EACCES, EPERM: .accessDenied
            case EBUSY: .busy
            case ENOTTY: .unsupported
            default: .other
            }
        return USBError(code, "\(action): \(reason)")
    }
}
