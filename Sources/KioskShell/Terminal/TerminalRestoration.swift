/// Gives terminals back as they were, also when a signal or a crash ends the process, and passes on changes of size.

import Glibc
import Synchronization

/// A signal handler may touch only fixed memory, atomics and a few system calls. So each open terminal has a slot that
/// is allocated once and never freed, with a pipe that wakes its thread and lives as long as the process.
enum TerminalRestoration {
    private static let lock = Mutex(())

    /// Enters a terminal; nil when all slots are taken.
    static func register(output: Int32, settings: termios) -> Registration? {
        lock.withLock { _ in
            installHandlers()
            for index in 0..<slotCount where slots[index].state.load(ordering: .acquiring) == Slot.free {
                if slots[index].wakeRead < 0 {
                    var ends: [Int32] = [-1, -1]
                    guard pipe(&ends) == 0 else { return nil }
                    for end in ends {
                        _ = fcntl(end, F_SETFD, FD_CLOEXEC)
                        _ = fcntl(end, F_SETFL, O_NONBLOCK)
                    }
                    (slots[index].wakeRead, slots[index].wakeWrite) = (ends[0], ends[1])
                }
                slots[index].output = output
                slots[index].settings = settings
                slots[index].state.store(Slot.active, ordering: .releasing)
                return Registration(index: index)
            }
            return nil
        }
    }

    struct Registration: Sendable {
        fileprivate let index: Int

        /// Becomes readable when `wake` was called or a window changed its size. Never blocks.
        var wakeDescriptor: Int32 { slots[index].wakeRead }

        /// From any thread.
        func wake() {
            var byte: UInt8 = 0
            // A full pipe wakes as well.
            _ = write(slots[index].wakeWrite, &byte, 1)
        }

        /// True once the ending process has given the terminal back: what is written after that would take it again.
        var isGivenBack: Bool { slots[index].state.load(ordering: .acquiring) == Slot.restored }

        /// Forgets the terminal; the caller has restored it.
        func release() {
            slots[index].state.store(Slot.free, ordering: .releasing)
        }
    }

    private static func installHandlers() {
        guard !handlersAreInstalled else { return }
        handlersAreInstalled = true
        // Made before any handler can run: the first use of a global is not safe inside one.
        _ = (slotCount, slots, closing, closingCount, previousActions)
        atexit { restoreAll() }
        install(SIGWINCH, flags: SA_RESTART) { _ in wakeAll() }
        for signal in [SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE] {
            install(signal, flags: SA_ONSTACK) { signal in
                restoreAll()
                // On with what would have happened without this handler.
                sigaction(signal, &previousActions[Int(signal)], nil)
                raise(signal)
            }
        }
    }

    /// A program that handles an ending signal itself ends its shell itself.
    private static func install(_ signal: Int32, flags: Int32, handler: @escaping @convention(c) (Int32) -> Void) {
        var current = sigaction()
        guard sigaction(signal, nil, &current) == 0 else { return }
        let isDefault = current.sa_flags & SA_SIGINFO == 0 && current.__sigaction_handler.sa_handler == nil
        let isCrash = [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE].contains(signal)
        guard isDefault || isCrash else { return }
        previousActions[Int(signal)] = current
        var action = sigaction()
        action.__sigaction_handler.sa_handler = handler
        action.sa_flags = flags
        sigemptyset(&action.sa_mask)
        sigaction(signal, &action, nil)
    }
}

/// Only system calls and atomics: runs inside a signal handler.
private func wakeAll() {
    let saved = errno
    var index = 0
    while index < slotCount {
        if slots[index].state.load(ordering: .acquiring) == Slot.active {
            var byte: UInt8 = 0
            _ = write(slots[index].wakeWrite, &byte, 1)
        }
        index += 1
    }
    errno = saved
}

/// Only system calls and atomics: runs inside a signal handler.
private func restoreAll() {
    var index = 0
    while index < slotCount {
        let (exchanged, _) = slots[index].state.compareExchange(
            expected: Slot.active, desired: Slot.restored, ordering: .acquiringAndReleasing)
        if exchanged {
            _ = write(slots[index].output, closing, closingCount)
            tcsetattr(slots[index].output, TCSANOW, &slots[index].settings)
        }
        index += 1
    }
}

private let slotCount = 16

private struct Slot: ~Copyable {
    static let free = 0
    static let active = 1
    /// A handler gave it back; the process is ending.
    static let restored = 2

    let state = Atomic(Slot.free)
    var output: Int32 = -1
    var settings = termios()
    var wakeRead: Int32 = -1
    var wakeWrite: Int32 = -1
}

// Safe: written under the lock while the slot's state says free; read by others only while it says active.
nonisolated(unsafe) private let slots: UnsafeMutablePointer<Slot> = {
    let pointer = UnsafeMutablePointer<Slot>.allocate(capacity: slotCount)
    for index in 0..<slotCount { (pointer + index).initialize(to: Slot()) }
    return pointer
}()

private let closingCount = CellWriter.closing.count

// Safe: filled once, only read afterwards.
nonisolated(unsafe) private let closing: UnsafeMutablePointer<UInt8> = {
    let pointer = UnsafeMutablePointer<UInt8>.allocate(capacity: closingCount)
    pointer.initialize(from: CellWriter.closing, count: closingCount)
    return pointer
}()

// Safe: written under the lock before the handler that reads it is installed. Indexed by signal.
nonisolated(unsafe) private let previousActions: UnsafeMutablePointer<sigaction> = {
    let pointer = UnsafeMutablePointer<sigaction>.allocate(capacity: 65)
    pointer.initialize(repeating: sigaction(), count: 65)
    return pointer
}()

// Safe: read and written under the lock alone.
nonisolated(unsafe) private var handlersAreInstalled = false
