/// The answer to one control command: one line of JSON.

public struct ControlAnswer: Codable, Hashable, Sendable {
    public struct Status: Codable, Hashable, Sendable {
        public struct Reader: Codable, Hashable, Sendable {
            public var plugged: Bool
            public var faulty: Bool
            /// Id of the card that lies on it.
            public var card: String?
        }

        public struct Camera: Codable, Hashable, Sendable {
            public var plugged: Bool
            /// The words that made it fail.
            public var fault: String?
            public var paper: String
            /// Frames sent since the start.
            public var frames: Int
        }

        public struct ChipReader: Codable, Hashable, Sendable {
            public var plugged: Bool
            public var faulty: Bool
            /// Id of the chip card in its slot.
            public var chip: String?
            /// VERIFY commands that reached any of the chip cards: a terminal on its own sends none.
            public var verifyAttempts: Int
        }

        public var reader: Reader
        public var camera: Camera
        /// Nil: the hall has none.
        public var chipReader: ChipReader?
        /// printer-state-reasons that are set.
        public var printerFaults: [String]
    }

    public struct Item: Codable, Hashable, Sendable {
        public var name: String
        public var title: String
        public var titleEnglish: String
    }

    public var ok: Bool
    public var error: String?
    public var status: Status?
    public var cards: [Item]?
    public var chips: [Item]?
    public var papers: [Item]?
    public var environment: [String: String]?

    init(
        error: String? = nil, status: Status? = nil, cards: [Item]? = nil, chips: [Item]? = nil, papers: [Item]? = nil,
        environment: [String: String]? = nil
    ) {
        ok = error == nil
        self.error = error
        self.status = status
        self.cards = cards
        self.chips = chips
        self.papers = papers
        self.environment = environment
    }
}
