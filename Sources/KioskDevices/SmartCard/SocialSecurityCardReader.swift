/// The social-security card in the chip reader, behind the same port as the identity-card reader.

public import KioskCore

/// Reads once what is put into the chip reader; a card that is in it already is read at once. Whether the card has
/// expired is judged by the core.
public struct SocialSecurityCardReader: IdentityReader {
    private let reader: CCIDReader

    public init(_ reader: CCIDReader) {
        self.reader = reader
    }

    /// Throws `cardUnsupported` for every other card: a bank card, an empty chip.
    public func readCard(
        _ request: CardRequest, onCard: @Sendable () -> Void
    ) async throws(Fault) -> IdentityReading {
        try await reader.withCard(onCard: onCard) { card throws(SmartCardError) in
            try await SocialSecurityCard.read(from: card)
        }
    }
}
