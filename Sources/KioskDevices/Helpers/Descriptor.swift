/// File descriptors with one owner each, and the pipe that wakes a thread which waits in poll(2).

internal import CLinux
import Glibc

/// An open file descriptor; closed when its owner lets it go.
struct Descriptor: ~Copyable, Sendable {
    let number: Int32

    init(_ number: Int32) {
        self.number = number
    }

    deinit {
        close(number)
    }

    /// Both ends of a pipe that no other program inherits. Throws `errno`.
    static func pipe(isNonBlocking: Bool = false) throws(Errno) -> DescriptorPair {
        var ends: [Int32] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC | (isNonBlocking ? O_NONBLOCK : 0)) == 0 else { throw Errno.last }
        return DescriptorPair(input: Descriptor(ends[0]), output: Descriptor(ends[1]))
    }
}

/// What is written to `output` is read from `input`.
struct DescriptorPair: ~Copyable, Sendable {
    let input: Descriptor
    let output: Descriptor
}

/// The number by which a system call says why it failed.
struct Errno: Error, Hashable, Sendable, CustomStringConvertible {
    var number: Int32

    static var last: Errno { Errno(number: errno) }

    var description: String { String(cString: strerror(number)) }
}

/// Wakes a thread that waits in poll(2), from any thread. A wake that came too late wakes the next wait instead, so
/// who is woken looks why.
final class Wakeup: Sendable {
    private let pipe: DescriptorPair

    init() throws(Errno) {
        pipe = try Descriptor.pipe(isNonBlocking: true)
    }

    func signal() {
        // A full pipe wakes as well.
        var byte: UInt8 = 1
        _ = write(pipe.output.number, &byte, 1)
    }

    /// Waits until one of the events is there, until `milliseconds` are over, or until it is woken. Returns what is
    /// there for each; nothing when it was woken or the time is over.
    func wait(for events: [pollfd], milliseconds: Int) throws(Errno) -> [Int32] {
        var polled = events + [pollfd(fd: pipe.input.number, events: Int16(POLLIN), revents: 0)]
        let count = poll(&polled, nfds_t(polled.count), Int32(clamping: max(0, milliseconds)))
        if count < 0, errno != EINTR { throw Errno.last }
        guard count > 0 else { return events.map { _ in 0 } }
        if let own = polled.last, own.revents != 0 {
            var bytes = [UInt8](repeating: 0, count: 64)
            while read(pipe.input.number, &bytes, bytes.count) > 0 {}
        }
        return polled.dropLast().map { Int32($0.revents) }
    }
}

/// Milliseconds of a clock that nobody sets.
func monotonicMilliseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
}
