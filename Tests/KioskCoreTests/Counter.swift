/// Counts up from 1, from any thread.

import Synchronization

final class Counter: Sendable {
    private let value = Mutex(0)

    func next() -> Int {
        value.withLock { number in
            number += 1
            return number
        }
    }
}
