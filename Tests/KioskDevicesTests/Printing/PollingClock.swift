// The clock that the printer's tests give: real time, faster where a test says so, and every poll is an event.

import Dispatch
import Foundation
import KioskCore
import Synchronization

final class PollingClock: KioskCore.Clock {
    private let start = DispatchTime.now()
    private let speed: Int64
    private let polls: AsyncStream<Void>
    private let poll: AsyncStream<Void>.Continuation

    /// - Parameter speed: how many of its seconds go by in one real second.
    init(speed: Int64 = 1) {
        self.speed = speed
        (polls, poll) = AsyncStream.makeStream(of: Void.self)
    }

    func now() -> Timestamp {
        let nanoseconds = DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds
        return Timestamp(milliseconds: 1_770_000_000_000 + Int64(clamping: nanoseconds) / 1_000_000 * speed)
    }

    func sleep(until time: Timestamp) async throws {
        poll.yield()
        let milliseconds = max(0, (time.milliseconds - now().milliseconds) / speed)
        let sleeper = Sleeper()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                sleeper.begin(continuation)
                DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Int(milliseconds))) {
                    sleeper.end()
                }
            }
        } onCancel: {
            sleeper.end()
        }
        try Task.checkCancellation()
    }

    /// Returns at the `count`th poll from now.
    func waitForPolls(_ count: Int) async {
        var left = count
        for await _ in polls {
            left -= 1
            if left <= 0 { return }
        }
    }
}

/// Resumes one waiting task once, whichever comes first: the time or the cancellation.
private final class Sleeper: Sendable {
    private enum State {
        case idle, ended
        case waiting(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.idle)

    func begin(_ continuation: CheckedContinuation<Void, Never>) {
        let isOver = state.withLock { state in
            if case .ended = state { return true }
            state = .waiting(continuation)
            return false
        }
        if isOver { continuation.resume() }
    }

    func end() {
        let waiting: CheckedContinuation<Void, Never>? = state.withLock { state in
            defer { state = .ended }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
        waiting?.resume()
    }
}
