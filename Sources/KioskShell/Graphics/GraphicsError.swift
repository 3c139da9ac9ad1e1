/// What can go wrong while drawing: fonts that are not there, or memory that is not.

public struct GraphicsError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The product's fonts are not installed.
        case fontMissing
        /// A size outside what a panel or sheet can have.
        case invalidSize
        /// cairo gave up, in practice for lack of memory.
        case drawingFailed
    }

    public let code: Code
    /// Technical, English, free of what was drawn.
    public let detail: String

    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    public var description: String { "\(code.rawValue): \(detail)" }
}
