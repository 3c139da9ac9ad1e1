/// Why a terminal shell could not begin or had to end.

public struct TerminalError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// A descriptor is not a terminal.
        case notATerminal
        /// A system call failed; `errorNumber` says how.
        case systemCallFailed
        /// The terminal is gone: its window was closed or its line hung up.
        case gone
        /// The terminal took no output for the whole stall limit.
        case stalled
        /// The shell was started before, or too many shells run in this process.
        case unavailable
    }

    public var code: Code
    /// The call that failed, for the log; never anything a person typed or saw.
    public var operation: String
    /// `errno`, or 0.
    public var errorNumber: Int32

    public init(_ code: Code, operation: String, errorNumber: Int32 = 0) {
        self.code = code
        self.operation = operation
        self.errorNumber = errorNumber
    }

    public var description: String {
        let what =
            switch code {
            case .notATerminal: "not a terminal"
            case .systemCallFailed: "the terminal could not be set up"
            case .gone: "the terminal is gone"
            case .stalled: "the terminal takes no more output"
            case .unavailable: "no terminal can be opened"
            }
        return errorNumber == 0 ? "\(what) (\(operation))" : "\(what) (\(operation), errno \(errorNumber))"
    }
}
