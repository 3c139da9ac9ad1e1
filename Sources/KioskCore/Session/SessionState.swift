/// The whole of a session as one value: what was chosen, answered, captured, and where it stands.

public enum TextSize: String, Codable, Sendable, CaseIterable {
    case standard, large
}

public struct SessionState: Codable, Hashable, Sendable {
    /// UUID version 4, lower case; becomes the case id.
    public var id: String
    public var language: Language
    public var textSize: TextSize
    public var startedAt: Timestamp
    /// The last time a person or a card did something.
    public var lastActivity: Timestamp
    /// Seconds left before the wipe; nil while there is no warning.
    public var idleWarning: Int?
    /// True while the page asks whether to throw everything away.
    public var confirmsStartOver: Bool
    public var staffCall: StaffCall?
    /// Nil on the welcome page.
    public var flow: FlowState?
    /// The welcome page's "go on with what I began": waits for the card.
    public var resuming: DeviceActivity?
    /// What the citizen must be told on the welcome page once, such as that the session was wiped.
    public var farewell: Farewell?
    /// Grows with every device request: an answer to an older one is dropped.
    public var generation: Int

    public enum Farewell: String, Codable, Sendable {
        case wipedAfterIdle, finished, startedOver, nothingToResume
    }

    public struct StaffCall: Codable, Hashable, Sendable {
        public enum State: String, Codable, Sendable {
            case calling, ringing, acknowledged, closed, failed
        }

        public var state: State
        public var calledAt: Timestamp

        public init(state: State, calledAt: Timestamp) {
            self.state = state
            self.calledAt = calledAt
        }
    }

    public init(id: String, language: Language = .zh, at now: Timestamp) {
        self.id = id
        self.language = language
        textSize = .standard
        startedAt = now
        lastActivity = now
        idleWarning = nil
        confirmsStartOver = false
        staffCall = nil
        flow = nil
        resuming = nil
        farewell = nil
        generation = 0
    }
}

/// One page of a running flow.
public enum Step: Codable, Hashable, Sendable {
    case notice
    case identify
    /// "For yourself or for someone else?"
    case agent
    /// The card of the person acted for.
    case principalCard
    /// A form page by id.
    case form(String)
    /// A page that is one list of records, by the field's key.
    case list(String)
    /// Photograph one material.
    case capture(CaptureSlot)
    case lookup
    case preview
    case review
    case sign
    case submit
    /// Accepted (or issued): the numbers, and the paper being printed.
    case print
    case finish
    /// A rule said no: why, and the slip.
    case rejected
    /// A rule sends the citizen to a staffed window.
    case window
}

public struct CaptureSlot: Codable, Hashable, Sendable {
    public var material: String
    /// For cards of list entries: which one, from 0.
    public var entry: Int?

    public init(material: String, entry: Int? = nil) {
        self.material = material
        self.entry = entry
    }

    /// `lease` or `family_id#0`
    public var key: String { entry.map { "\(material)#\($0)" } ?? material }
}

/// What the device of the current page is doing.
public enum DeviceActivity: Codable, Hashable, Sendable {
    case idle
    /// Waiting for the citizen: for a card on the reader.
    case waiting
    /// Reading, photographing, looking up, saving, printing.
    case working
    case failed(Fault)
    case done
}

public struct FieldProblem: Codable, Hashable, Sendable {
    public enum Reason: Codable, Hashable, Sendable {
        case missing
        case notANumber, notMoney, notADate, notAMonth, notAPhone
        case wrongLength
        case wrongCheckDigit
        case tooLong(Int)
        case notAllowed
        /// A check of the matter file.
        case check(Localized)
        /// The list needs at least one entry.
        case emptyList
        /// The last four characters did not match the card.
        case signatureMismatch
    }

    /// The field's key, or `signature`, or a list's key.
    public var field: String
    public var reason: Reason

    public init(field: String, reason: Reason) {
        self.field = field
        self.reason = reason
    }
}

public struct FlowState: Codable, Hashable, Sendable {
    /// The matter as it was when the session began: a newer file does not change an open case.
    public var matter: Matter
    public var step: Step
    /// The person who stands at the terminal.
    public var holder: IdentityCard?
    /// True when the holder acts for someone else; nil until asked.
    public var actsForOther: Bool?
    /// The person acted for.
    public var principal: IdentityCard?
    public var answers: [String: Answer]
    /// The list entry being edited.
    public var entry: EntryEdit?
    /// Pages by slot key.
    public var captures: [String: [PageReference]]
    /// 容缺: promised days by slot key.
    public var deferred: [String: CalendarDate]
    public var cardPhotos: [PageReference]
    public var device: DeviceActivity
    public var problems: [FieldProblem]
    /// Set by 修改 on the review page: `next` returns there.
    public var returnsToReview: Bool
    public var signatureText: String
    public var signature: CaseSignature?
    public var record: OfficeRecord?
    public var accepted: AcceptedCase?
    /// What was sealed, kept until the receipt is printed.
    public var submittedContent: CaseContent?
    /// Why the flow ended in `rejected` or `window`.
    public var outcome: [Localized]
    /// The page that led there: `back` returns to it.
    public var outcomeFrom: Step?
    /// How often the paper was sent to the printer.
    public var printAttempts: Int

    public struct EntryEdit: Codable, Hashable, Sendable {
        public var field: String
        /// Nil for a new entry.
        public var index: Int?
        public var draft: RecordEntry
        /// True when the citizen types instead of reading a card.
        public var typesByHand: Bool

        public init(field: String, index: Int?, draft: RecordEntry, typesByHand: Bool) {
            self.field = field
            self.index = index
            self.draft = draft
            self.typesByHand = typesByHand
        }
    }

    public init(matter: Matter) {
        self.matter = matter
        step = .notice
        holder = nil
        actsForOther = nil
        principal = nil
        answers = [:]
        entry = nil
        captures = [:]
        deferred = [:]
        cardPhotos = []
        device = .idle
        problems = []
        returnsToReview = false
        signatureText = ""
        signature = nil
        record = nil
        accepted = nil
        submittedContent = nil
        outcome = []
        outcomeFrom = nil
        printAttempts = 0
    }

    /// The person the case is about.
    public var applicant: IdentityCard? { actsForOther == true ? principal : holder }
}
