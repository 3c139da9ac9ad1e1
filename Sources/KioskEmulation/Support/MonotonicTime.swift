/// The time by which device models delay their answers.

import Glibc
import Synchronization

/// Time since some fixed start; never goes back. Safe from any thread.
public protocol MonotonicTime: Sendable {
    func now() -> Duration
}

/// CLOCK_MONOTONIC.
public struct SystemMonotonicTime: MonotonicTime {
    public init() {}

    public func now() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}

/// Time that moves only when it is told to.
public final class ManualMonotonicTime: MonotonicTime {
    private let value = Mutex(Duration.zero)

    public init() {}

    public func now() -> Duration {
        value.withLock { $0 }
    }

    public func advance(by step: Duration) {
        value.withLock { $0 += step }
    }
}
