/// A card reader on a serial line without hardware: a pseudo-terminal behind a path that stays the same.

import Foundation
import Glibc
import Synchronization

/// Serves one ``SAMVReader``. Safe from any thread; `plug` and `unplug` return when the line is up or down.
///
/// A process opens ``path``, a symbolic link to the pseudo-terminal of the moment: another one after each plugging in.
/// The host keeps the terminal open, so a process that takes it for itself alone (TIOCEXCL) gives that up again before
/// it closes, and finds what it left unread when it comes back. Bytes that nobody reads in time are lost, as on a
/// line.
public final class SerialReaderHost: Sendable {
    public struct Options: Hashable, Sendable {
        /// Bytes take the time they take at the reader's baud rate (8N1: ten bits a byte).
        public var isPaced: Bool
        /// A process that has set the line to another speed than the reader's, or not to 8N1, hears nothing and is not
        /// heard.
        public var checksSettings: Bool

        public init(isPaced: Bool = false, checksSettings: Bool = true) {
            self.isPaced = isPaced
            self.checksSettings = checksSettings
        }
    }

    public let reader: SAMVReader
    public let path: String
    private let options: Options
    private let time: any MonotonicTime
    private let cable = Mutex<SerialCable?>(nil)

    /// Nothing is there before ``plug()``. `time` paces the bytes.
    public init(
        reader: SAMVReader, path: String, options: Options = Options(),
        time: any MonotonicTime = SystemMonotonicTime()
    ) {
        self.reader = reader
        self.path = path
        self.options = options
        self.time = time
    }

    deinit { unplug() }

    public var isPlugged: Bool {
        cable.withLock { $0 != nil }
    }

    /// Takes the place of a symbolic link that lies at the path, and of nothing else. Plugging in what is plugged in
    /// changes nothing.
    public func plug() throws(EmulationError) {
        try cable.withLock { cable throws(EmulationError) in
            guard cable == nil else { return }
            reader.attached()
            let new = try SerialCable(reader: reader, options: options, time: time)
            let temporary = "\(path).\(new.id)"
            unlink(temporary)
            var status = stat()
            if lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFLNK {
                throw EmulationError(.file, "\(path) is there and is no symbolic link")
            }
            guard symlink(new.device, temporary) == 0, rename(temporary, path) == 0 else {
                let reason = errno
                unlink(temporary)
                throw EmulationError(.file, "cannot make \(path) (errno \(reason))")
            }
            cable = new
            new.start { [weak self] in self?.unplug(only: new) }
        }
    }

    /// Hangs up: a process that has the line open reads its end (EIO). Idempotent.
    public func unplug() {
        unplug(only: nil)
    }

    private func unplug(only one: SerialCable?) {
        let ended = cable.withLock { cable -> SerialCable? in
            guard let present = cable, one == nil || present === one else { return nil }
            unlink(path)
            cable = nil
            return present
        }
        ended?.stop()
    }
}

/// One pseudo-terminal and the thread that serves it.
private final class SerialCable: Sendable {
    private struct Ends: ~Copyable {
        let master: FileDescriptor
        /// Kept open, so that the line's settings outlive the process that made them.
        let slave: FileDescriptor
    }

    /// `/dev/pts/` and a number.
    let device: String
    let id: Int32
    private let reader: SAMVReader
    private let options: SerialReaderHost.Options
    private let time: any MonotonicTime
    private let ends: Mutex<Ends?>
    private let isStopped = Atomic(false)
    private let hasEnded = DispatchSemaphore(value: 0)

    init(
        reader: SAMVReader, options: SerialReaderHost.Options, time: any MonotonicTime
    ) throws(EmulationError) {
        self.reader = reader
        self.options = options
        self.time = time
        // What posix_openpt, unlockpt and ptsname do on Linux; Swift's Glibc module does not offer them.
        let master = FileDescriptor(rawValue: open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK))
        var unlocked: Int32 = 0
        var number: Int32 = 0
        let (setLock, getNumber) = (UInt(0x4004_5431), UInt(0x8004_5430))
        guard master.rawValue >= 0, ioctl(master.rawValue, setLock, &unlocked) == 0,
            ioctl(master.rawValue, getNumber, &number) == 0
        else { throw EmulationError(.socket, "no pseudo-terminal (errno \(errno))") }
        id = number
        device = "/dev/pts/\(number)"
        let slave = FileDescriptor(rawValue: open(device, O_RDWR | O_NOCTTY | O_CLOEXEC))
        guard slave.rawValue >= 0 else { throw EmulationError(.socket, "cannot open \(device) (errno \(errno))") }
        // A line has no echo. The speed is what a real one has after it was opened; it is for the process to set.
        var settings = termios()
        tcgetattr(slave.rawValue, &settings)
        cfmakeraw(&settings)
        cfsetspeed(&settings, speed_t(B9600))
        tcsetattr(slave.rawValue, TCSANOW, &settings)
        ends = Mutex(Ends(master: master, slave: slave))
    }

    /// `onGone`: the reader says that its cable was pulled.
    func start(onGone: @escaping @Sendable () -> Void) {
        let thread = Thread { [self] in
            serve()
            hangUp()
            hasEnded.signal()
            if reader.isGone { onGone() }
        }
        thread.stackSize = 512 << 10
        thread.start()
    }

    /// Returns when the thread has let go of the terminal.
    func stop() {
        isStopped.store(true, ordering: .relaxed)
        hasEnded.wait()
        hasEnded.signal()
    }

    private func hangUp() {
        ends.withLock { $0 = nil }
    }

    /// Until the cable is pulled. The terminal is closed by this thread alone.
    private func serve() {
        let (master, slave) = ends.withLock { ($0?.master.rawValue ?? -1, $0?.slave.rawValue ?? -1) }
        var wire = SerialWire()
        var buffer = [UInt8](repeating: 0, count: 4096)
        var rate = reader.baudRate
        while !isStopped.load(ordering: .relaxed), !reader.isGone || wire.isSending {
            let isBusy = wire.isBusy || reader.isAnswering
            // While earlier bytes are on their way the process waits, as behind a full transmitter.
            var request = pollfd(fd: master, events: Int16(wire.isHearing ? 0 : POLLIN), revents: 0)
            if poll(&request, 1, isBusy ? 0 : 20) > 0 {
                let count = read(master, &buffer, buffer.count)
                if count > 0, isUnderstood(slave, reader.baudRate) {
                    wire.hear(Array(buffer[..<count]), now: time.now(), byteTime: byteTime(reader.baudRate))
                }
            }
            // A packet each quarter of a millisecond: a process that waits can see them one by one.
            if isBusy { usleep(250) }
            let heard = wire.heard(now: time.now())
            if !heard.isEmpty { reader.lineInput(heard) }
            if !wire.isSending {
                // The answer to SetCOMBaud still goes at the old rate.
                rate = reader.baudRate
                if let bytes = reader.lineOutput() {
                    wire.send(bytes, now: time.now(), byteTime: byteTime(rate))
                }
            }
            let sent = wire.sent(now: time.now())
            // What does not fit is lost: nobody reads.
            if !sent.isEmpty, isUnderstood(slave, rate) { _ = write(master, sent, sent.count) }
        }
        if reader.isGone { waitUntilRead(slave) }
    }

    /// A hang-up discards what the process has not read. Where the fault says after how many bytes the cable is pulled,
    /// a process that reads within two seconds gets them.
    private func waitUntilRead(_ slave: Int32) {
        // Looking for input makes the kernel finish carrying the bytes over; only then they are counted.
        var request = pollfd(fd: slave, events: Int16(POLLIN), revents: 0)
        _ = poll(&request, 1, 0)
        for _ in 0..<4000 where !isStopped.load(ordering: .relaxed) {
            var waiting: Int32 = 0
            guard ioctl(slave, UInt(FIONREAD), &waiting) == 0, waiting > 0 else { return }
            usleep(500)
        }
    }

    private func byteTime(_ rate: Int) -> Duration {
        options.isPaced ? .seconds(1) * 10 / Swift.max(1, rate) : .zero
    }

    /// The process has set the line as the reader has it.
    private func isUnderstood(_ slave: Int32, _ rate: Int) -> Bool {
        guard options.checksSettings else { return true }
        var settings = termios()
        guard tcgetattr(slave, &settings) == 0 else { return false }
        let shape = settings.c_cflag & tcflag_t(CSIZE | PARENB | CSTOPB)
        return Self.speeds[cfgetospeed(&settings)] == rate && shape == tcflag_t(CS8)
    }

    private static let speeds: [speed_t: Int] = [
        speed_t(B9600): 9_600, speed_t(B19200): 19_200, speed_t(B38400): 38_400, speed_t(B57600): 57_600,
        speed_t(B115200): 115_200,
    ]
}

/// The bytes that are on their way, and when each of them arrives.
struct SerialWire {
    private var inward: (bytes: [UInt8], due: Duration)?
    private var outward: [UInt8] = []
    private var outwardStart = Duration.zero
    private var outwardByteTime = Duration.zero

    var isBusy: Bool { isHearing || isSending }
    var isHearing: Bool { inward != nil }
    var isSending: Bool { !outward.isEmpty }

    /// The reader has them when the last one has passed.
    mutating func hear(_ bytes: [UInt8], now: Duration, byteTime: Duration) {
        inward = ((inward?.bytes ?? []) + bytes, Swift.max(now, inward?.due ?? now) + byteTime * bytes.count)
    }

    mutating func heard(now: Duration) -> [UInt8] {
        guard let bytes = inward, bytes.due <= now else { return [] }
        inward = nil
        return bytes.bytes
    }

    mutating func send(_ bytes: [UInt8], now: Duration, byteTime: Duration) {
        if outward.isEmpty { outwardStart = now }
        outward += bytes
        outwardByteTime = byteTime
    }

    /// Those that have passed since the last call.
    mutating func sent(now: Duration) -> [UInt8] {
        var count = outward.count
        if outwardByteTime > .zero {
            count = Swift.min(count, Int(Swift.max(0, (now - outwardStart) / outwardByteTime)))
            outwardStart += outwardByteTime * count
        }
        defer { outward.removeFirst(count) }
        return Array(outward.prefix(count))
    }
}
