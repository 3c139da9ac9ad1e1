/// The readers of a terminal as one: whichever is given a card first.

public import KioskCore

/// Asks the readers that a request accepts. The first card wins and the other reader is cancelled; both have come to
/// rest when a call returns.
///
/// While both are asked, a reader that is out of order does not disturb the other: its fault goes to `note`, and is
/// thrown only when the other cannot wait for a card either. Asked alone, a reader throws its own faults.
public struct CardReaders: IdentityReader {
    private let identity: any IdentityReader
    private let chip: (any IdentityReader)?
    private let note: @Sendable (CardSource, Fault) -> Void

    /// `chip`: nil for a terminal whose profiles name no chip reader.
    public init(
        identity: any IdentityReader, chip: (any IdentityReader)?,
        note: @escaping @Sendable (CardSource, Fault) -> Void = { _, _ in }
    ) {
        self.identity = identity
        self.chip = chip
        self.note = note
    }

    public func readCard(
        _ request: CardRequest, onCard: @Sendable () -> Void
    ) async throws(Fault) -> IdentityReading {
        guard request.accepts.contains(.socialSecurityCard) else {
            return try await identity.readCard(request, onCard: onCard)
        }
        guard let chip else {
            guard request.accepts.contains(.identityCard) else {
                throw Fault(.readerMissing, responsible: .technician, detail: "no profile of a chip reader")
            }
            return try await identity.readCard(request, onCard: onCard)
        }
        guard request.accepts.contains(.identityCard) else {
            return try await chip.readCard(request, onCard: onCard)
        }
        return try await race(request, chip, onCard).get()
    }

    private enum Event: Sendable {
        case card(CardSource)
        case ended(CardSource, Result<IdentityReading, Fault>)
    }

    private func race(
        _ request: CardRequest, _ chip: any IdentityReader, _ onCard: @Sendable () -> Void
    ) async -> Result<IdentityReading, Fault> {
        let (events, queue) = AsyncStream<Event>.makeStream()
        let readers: [(CardSource, any IdentityReader)] = [(.identityCard, identity), (.socialSecurityCard, chip)]
        let tasks = readers.map { source, reader in
            Task {
                do throws(Fault) {
                    let reading = try await reader.readCard(request) { queue.yield(.card(source)) }
                    queue.yield(.ended(source, .success(reading)))
                } catch {
                    queue.yield(.ended(source, .failure(error)))
                }
            }
        }
        let result = await withTaskCancellationHandler {
            await decide(events, onCard) { loser in
                for (index, reader) in readers.enumerated() where reader.0 == loser { tasks[index].cancel() }
            }
        } onCancel: {
            for task in tasks { task.cancel() }
        }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
        return result
    }

    private func decide(
        _ events: AsyncStream<Event>, _ onCard: @Sendable () -> Void, _ cancel: (CardSource) -> Void
    ) async -> Result<IdentityReading, Fault> {
        var winner: CardSource?
        var given: Fault?
        for await event in events {
            switch event {
            case .card(let source):
                guard winner == nil else { continue }
                winner = source
                cancel(source == .identityCard ? .socialSecurityCard : .identityCard)
                onCard()
            case .ended(let source, let result):
                guard winner == nil || winner == source else { continue }
                guard winner == nil, case .failure(let fault) = result, fault.isOfReader else { return result }
                note(source, fault)
                // Of two readers out of order the technician hears by `note`; the page tells of the usual one.
                if let given { return .failure(source == .identityCard ? fault : given) }
                given = fault
            }
        }
        // The stream ends early only for a caller that was cancelled.
        return .failure(Fault(.timedOut, responsible: .citizen, detail: "cancelled"))
    }
}

extension Fault {
    /// The reader is out of order, whatever card there may be.
    fileprivate var isOfReader: Bool {
        switch kind {
        case .readerMissing, .readerLost, .readerOutOfService, .readerSilent: true
        default: false
        }
    }
}
