// Time of a test: it passes only when something waits, so no test waits.

import KioskCore
import KioskEmulation
import Synchronization

/// Serves the drivers and the device models alike.
final class TestTime: KioskCore.Clock, MonotonicTime {
    private struct State {
        var milliseconds: Int64 = 1_000_000
        var planned: [(at: Int64, action: @Sendable () -> Void)] = []
    }

    private let state = Mutex(State())

    func now() -> Timestamp {
        Timestamp(milliseconds: state.withLock { $0.milliseconds })
    }

    func now() -> Duration {
        .milliseconds(state.withLock { $0.milliseconds })
    }

    /// Does something when this much time has passed: a person puts a card down, somebody pulls a plug.
    func after(_ milliseconds: Int64, _ action: @escaping @Sendable () -> Void) {
        state.withLock { $0.planned.append(($0.milliseconds + milliseconds, action)) }
    }

    func sleep(until time: Timestamp) async throws {
        try Task.checkCancellation()
        advance(to: time.milliseconds)
        await Task.yield()
        try Task.checkCancellation()
    }

    func advance(by milliseconds: Int64) {
        advance(to: state.withLock { $0.milliseconds } + milliseconds)
    }

    private func advance(to time: Int64) {
        let due = state.withLock { state in
            state.milliseconds = max(state.milliseconds, time)
            let now = state.milliseconds
            let due = state.planned.filter { $0.at <= now }.sorted { $0.at < $1.at }
            state.planned.removeAll { $0.at <= now }
            return due.map(\.action)
        }
        for action in due { action() }
    }

    /// Milliseconds since the test began.
    var elapsed: Int64 { state.withLock { $0.milliseconds } - 1_000_000 }
}
