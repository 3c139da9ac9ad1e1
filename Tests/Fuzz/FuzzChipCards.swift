// Lets a chip card answer the reading of a social-security card with whatever it likes.

import Dispatch
import KioskCore
import Synchronization

/// A card whose answers are taken from the input, one after another.
private final class InventedCard: CardChannel {
    private let rest: Mutex<ArraySlice<UInt8>>

    init(_ bytes: [UInt8]) {
        rest = Mutex(bytes[...])
    }

    func transmit(_ command: CardCommand) async throws(SmartCardError) -> CardResponse {
        let bytes = rest.withLock { rest in
            let length = Int(rest.popFirst() ?? 0)
            defer { rest = rest.dropFirst(length) }
            return Array(rest.prefix(length))
        }
        // Even lengths succeed, so that what the records say is reached.
        if bytes.count % 2 == 0 { return CardResponse(data: bytes, status: 0x9000) }
        guard let response = CardResponse(bytes) else { throw SmartCardError(.cardFailed, "no status") }
        return response
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzChipCards(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    _ = try? ChipCardRecord(bytes)
    _ = try? GBKText.decode(bytes, "text")
    _ = CardResponse(bytes)
    let card = InventedCard(bytes)
    let ended = DispatchSemaphore(value: 0)
    Task {
        if let reading = try? await SocialSecurityCard.read(from: card) {
            precondition(CitizenNumber.isValid(reading.card.number) && !reading.card.name.isEmpty)
        }
        ended.signal()
    }
    ended.wait()
    return 0
}
