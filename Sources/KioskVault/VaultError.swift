/// The one error of this module: what failed, in words for a technician's log.

public struct VaultError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// A file of the enrolment folder is missing, malformed or open to others.
        case enrolment
        /// Another process holds the store.
        case inUse
        /// The database did not pass its check.
        case damaged
        case diskFull
        /// A system call on a file failed.
        case fileSystem
        /// Data may not have reached the disk: the store must be opened anew before it is trusted again.
        case notDurable
        /// Bytes do not match what was kept, or a key does not fit.
        case sealing
        /// A case is larger than Case Sync v1 carries.
        case tooLarge
        /// No answer from the office.
        case unreachable
        /// An answer that the office would not give: a captive portal, a foreign signature, another case's receipt.
        case protocolViolation
    }

    public var code: Code
    /// English, free of personal data.
    public var detail: String

    public init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    public var description: String { "\(code.rawValue): \(detail)" }
}
