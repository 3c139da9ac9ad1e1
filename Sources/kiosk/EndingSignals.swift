// The signals that ask a program to end, heard without ending it, so that what it has open can be closed first.

import Foundation
import Glibc

enum EndingSignals {
    /// For closing everything after the first signal.
    private static let patience = 10.0

    /// Calls `end` once, on a thread of its own, at the first SIGTERM, SIGINT or SIGHUP that is not ignored. When the
    /// process is still there ten seconds later, or is sent the same signal again, it ends at once. Call it once, and
    /// before a `TerminalShell` starts: the shell leaves alone a signal that is handled.
    static func listen(_ end: @escaping @Sendable (_ signal: Int32) -> Void) {
        var ends: [Int32] = [-1, -1]
        // Without a pipe the signals go on ending the process by themselves.
        guard pipe(&ends) == 0 else { return }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let reading = ends[0]
        writing = ends[1]
        for signal in [SIGTERM, SIGINT, SIGHUP] {
            var current = sigaction()
            guard sigaction(signal, nil, &current) == 0, current.__sigaction_handler.sa_handler == nil else { continue }
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { signal in
                let saved = errno
                var byte = UInt8(truncatingIfNeeded: signal)
                _ = write(writing, &byte, 1)
                errno = saved
            }
            action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_RESTART
            sigemptyset(&action.sa_mask)
            sigaction(signal, &action, nil)
        }
        let thread = Thread {
            var byte: UInt8 = 0
            guard read(reading, &byte, 1) == 1 else { return }
            end(Int32(byte))
            Thread.sleep(forTimeInterval: patience)
            _exit(128 + Int32(byte))
        }
        thread.name = "signals"
        thread.start()
    }
}

// Safe: written before the handler that reads it is installed, and never again.
nonisolated(unsafe) private var writing: Int32 = -1
