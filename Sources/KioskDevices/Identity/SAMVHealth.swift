/// What a technician is told of an identity-card reader.

public import KioskCore

extension SAMVReader {
    /// A snapshot. Holds nothing of any card.
    public struct Health: Codable, Hashable, Sendable {
        /// What became of one step's commands, since the program began.
        public struct Step: Codable, Hashable, Sendable {
            /// Answers that led on.
            public var done = 0
            /// Sent again, because the reader had received it damaged.
            public var resent = 0
            /// Answers that ended the attempt: the card failed, or the reader refused.
            public var failed = 0
            /// No answer or a damaged one: the reader had to be brought back in step.
            public var recovered = 0

            public init() {}
        }

        /// Name of the hardware profile; empty before the first contact.
        public var profile = ""
        /// How frames travel: `USB, four endpoints`, `HID, interrupt pair`, `serial line`.
        public var transport = ""
        /// The security module's number as printed on the reader (`05.03-20261121-…`); nil before the first contact.
        public var samIdentifier: String?
        /// SW3 of the last answer to the status command: `90` is well.
        public var samStatus: String?
        /// The last thing that went wrong, technically.
        public var lastError: String?
        public var lastErrorAt: Timestamp?
        /// Cards that were read whole.
        public var cardsRead = 0
        /// By the step's name as profiles write it: `status`, `identify`, `find`, `select`, `read`, …
        public var steps: [String: Step] = [:]

        public init() {}

        mutating func count(_ command: SAMVSettings.Command, _ counter: WritableKeyPath<Step, Int>) {
            steps[command.rawValue, default: Step()][keyPath: counter] += 1
        }

        mutating func note(_ problem: String, at time: Timestamp) {
            lastError = problem
            lastErrorAt = time
        }
    }
}
