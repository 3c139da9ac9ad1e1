/// The devices and services that a walk takes away, one at a time, and the ends that a walk may come to.

/// What does not do its work during a walk. Sealing a case works always: it needs only the terminal itself.
public enum WalkFailure: String, Codable, CaseIterable, Sendable {
    case none
    case noReader = "no-reader"
    /// The reader gives the first card and is gone after it.
    case readerLost = "reader-lost"
    /// Every card on the reader has expired.
    case cardsRefused = "cards-refused"
    /// The face matcher finds somebody else each time: staff are asked.
    case faceDiffers = "face-differs"
    /// The face matcher is out of order: staff are asked.
    case noMatcher = "no-matcher"
    /// Staff say that the card is somebody else's.
    case holderRefused = "holder-refused"
    case noCamera = "no-camera"
    case noPrinter = "no-printer"
    /// Look-up, payment, rating and calls to staff fail.
    case noOffice = "no-office"
    /// The office answers, and has no record.
    case noRecord = "no-record"
    case neverPaid = "never-paid"
    /// The office closes the first order before it is paid.
    case orderClosed = "order-closed"
}

/// How a walk ended.
public enum WalkOutcome: String, Codable, CaseIterable, Sendable {
    /// Sealed, numbered, on its way to the office.
    case submitted
    /// What the citizen came for was printed: a certificate, a query slip or a guide.
    case printed
    /// A rule said no.
    case rejected
    /// Sealed as far as it came, for a staffed window.
    case handedOver = "handed-over"
    /// Sent to a window, and the citizen took nothing along but the slip.
    case window
    /// Through to the end with neither a case nor a paper.
    case finished
    /// A page said what had failed, and the citizen took the way out that it offered.
    case givenUp = "given-up"
}
