/// Which card a page asks for: the ID card on the reader, the social security card in the slot, or either.

import KioskCore

enum AskedCard: Hashable, Sendable, CaseIterable {
    case identityCard, socialSecurityCard, either

    /// `cards` as a matter names them.
    init(_ cards: [CardSource]) {
        self =
            !cards.contains(.socialSecurityCard)
            ? .identityCard : cards.contains(.identityCard) ? .either : .socialSecurityCard
    }
}
