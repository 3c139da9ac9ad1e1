/// Small values that tests count and keep time with, from any thread.

import Synchronization

/// Counts up from 1.
final class Counter: Sendable {
    private let value = Mutex(0)

    func next() -> Int {
        value.withLock { number in
            number += 1
            return number
        }
    }
}

/// How far a manual clock has gone.
final class PassedSeconds: Sendable {
    private let seconds = Mutex(0)

    var value: Int { seconds.withLock { $0 } }

    func add(_ more: Int) { seconds.withLock { $0 += more } }
}
