/// What the central office throws when its own folder, keys or store fail; refusals to a terminal are `Refusal`.

public struct CentralError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The data folder cannot be read or written.
        case folder
        /// A key or certificate is missing or damaged.
        case keys
        /// A sealed item does not open, or is not what its manifest says.
        case sealed
        /// Another process holds the data folder.
        case occupied
        case notFound
        /// The caller gave something that is not allowed.
        case invalid
        /// Too much work is waiting; try again.
        case busy
    }

    public var code: Code
    /// Technical, English, free of personal data.
    public var detail: String

    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    public var description: String { "\(code.rawValue): \(detail)" }
}
