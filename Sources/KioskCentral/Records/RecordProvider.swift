/// Who answers a question for a record, and how long the office waits for such an answer.

public import KioskCore
import Synchronization

/// A system that knows the records of a register: the office's own tables, or a department's.
public protocol RecordProvider: Sendable {
    /// The facts of the one record that fits the query; nil when there is none.
    ///
    /// The office has checked that the matter may ask this register and how it must. It checks afterwards that the
    /// facts fit the register, and gives up after its deadline, so this may throw and be slow.
    func facts(
        for query: RecordQuery, use: RegisterCatalogue.Use, register: Register
    ) async throws -> [String: Answer]?
}

/// Asks the first provider that has the record.
struct ProviderChain: RecordProvider {
    let providers: [any RecordProvider]

    func facts(
        for query: RecordQuery, use: RegisterCatalogue.Use, register: Register
    ) async throws -> [String: Answer]? {
        for provider in providers {
            if let facts = try await provider.facts(for: query, use: use, register: register) { return facts }
        }
        return nil
    }
}

/// Lets work that may never end go on behind, and comes back at the deadline all the same.
///
/// Work that ignores its cancellation keeps a place until it ends; when all places are taken the next one is refused at
/// once, so nothing piles up.
final class Deadline: Sendable {
    struct Missed: Error {}

    private let limit: Duration
    private let places: Int
    private let taken = Mutex(0)

    init(limit: Duration, places: Int = 32) {
        self.limit = limit
        self.places = places
    }

    /// Throws `Missed` at the deadline and when too much is waiting already.
    func run<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let hasPlace = taken.withLock { taken in
            guard taken < places else { return false }
            taken += 1
            return true
        }
        guard hasPlace else { throw Missed() }
        let limit = limit
        return try await withCheckedThrowingContinuation { continuation in
            let answer = Answered(continuation)
            let running = Task {
                let result: Result<Value, any Error>
                do { result = .success(try await work()) } catch { result = .failure(error) }
                self.taken.withLock { $0 -= 1 }
                answer.give(result)
            }
            let timer = Task {
                guard (try? await Task.sleep(for: limit)) != nil else { return }
                running.cancel()
                answer.give(.failure(Missed()))
            }
            answer.whenGiven { timer.cancel() }
        }
    }
}

/// Resumes a continuation once, whoever comes first.
private final class Answered<Value: Sendable>: Sendable {
    private let state: Mutex<(continuation: CheckedContinuation<Value, any Error>?, then: (@Sendable () -> Void)?)>

    init(_ continuation: CheckedContinuation<Value, any Error>) {
        state = Mutex((continuation, nil))
    }

    func give(_ result: Result<Value, any Error>) {
        let (continuation, then) = state.withLock { state in
            defer { state.continuation = nil }
            return (state.continuation, state.then)
        }
        continuation?.resume(with: result)
        then?()
    }

    /// Calls `work` when the answer is given, or now when it was.
    func whenGiven(_ work: @escaping @Sendable () -> Void) {
        let isGiven = state.withLock { state in
            state.then = work
            return state.continuation == nil
        }
        if isGiven { work() }
    }
}
