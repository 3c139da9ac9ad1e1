/// What can go wrong between this terminal and a chip card, by what the driver does about it.

struct SmartCardError: Error, Hashable, Sendable, CustomStringConvertible {
    enum Code: String, Sendable {
        /// Nobody waits any more.
        case cancelled
        /// The reader was unplugged.
        case readerLost
        /// The reader may not be opened, or cannot do what is needed.
        case readerUnusable
        /// No answer, a damaged one, or one that belongs to another command: the reader must be brought in step.
        case outOfStep
        /// The slot is empty.
        case cardRemoved
        /// The card is mute or breaks its protocol: power it on anew.
        case cardFailed
        /// The card asks for more and more time.
        case cardStuck
        /// The card is whole, but not one this terminal can read.
        case cardUnsupported
    }

    var code: Code
    /// For the log: technical, English, no byte of the card's.
    var detail: String

    init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    init(_ error: USBError) {
        switch error.code {
        case .cancelled: self.init(.cancelled, error.description)
        case .noDevice: self.init(.readerLost, error.description)
        case .accessDenied, .busy, .unsupported, .notRecorded: self.init(.readerUnusable, error.description)
        case .stalled, .timedOut, .overflow, .damaged, .outOfMemory, .other:
            self.init(.outOfStep, error.description)
        }
    }

    var description: String { "\(code.rawValue): \(detail)" }
}
