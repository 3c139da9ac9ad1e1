/// What went wrong, and who must act: the one error vocabulary between devices, store, office and page.

public struct Fault: Error, Codable, Hashable, Sendable {
    /// Decides the page, the log key and the alert.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        // Card reader
        case readerMissing, readerLost, readerOutOfService, readerSilent
        case cardRemoved, cardUnreadable, cardUnsupported, cardExpired
        /// The card of somebody already named in this case.
        case cardAlreadyUsed
        /// The card is good, but this step takes another kind.
        case cardNotAccepted
        /// The card's photograph cannot be shown here; its text is good.
        case photoUndecoded
        // Holder and card
        case faceNotFound, faceMatcherFailed
        // Camera
        case cameraMissing, cameraLost, cameraSilent
        case pageBlank
        // Printer
        case printerMissing, printerStopped, paperOut, paperJam, coverOpen, tonerOut, printRejected
        // Office
        case officeUnreachable, officeRefused, recordNotFound
        /// The order can no longer be paid.
        case paymentClosed
        // Store
        case storeFull, storeFailed
        case timedOut
    }

    /// XFS4IoT's lesson: an error names who can clear it.
    public enum Responsible: String, Codable, Sendable {
        case citizen, hallStaff, technician
    }

    public var kind: Kind
    public var responsible: Responsible
    /// For the log: technical, English, free of personal data (status codes, queue names; never card content).
    public var detail: String

    public init(_ kind: Kind, responsible: Responsible, detail: String = "") {
        self.kind = kind
        self.responsible = responsible
        self.detail = detail
    }
}
