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
    /// What the welcome page shows while there is no flow.
    public var finding: Finding
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
        finding = Finding(.home)
        flow = nil
        resuming = nil
        farewell = nil
        generation = 0
    }
}

/// How the citizen looks for a matter.
public struct Finding: Codable, Hashable, Sendable {
    public enum Way: Codable, Hashable, Sendable {
        /// The ways to look, and the matters asked for most.
        case home
        case departments
        /// The matters of one department, by the letters of its code.
        case department(String)
        case audience(Matter.Audience)
        case events
        case event(String)
        /// By words, by pinyin initials or by code.
        case search
    }

    public var way: Way
    /// What is typed in the search.
    public var text: String
    /// Page of a long list, from 0.
    public var page: Int

    public init(_ way: Way, text: String = "", page: Int = 0) {
        self.way = way
        self.text = text
        self.page = page
    }
}

/// A page beside the flow, opened and closed without moving on.
public enum SidePage: Codable, Hashable, Sendable {
    /// 一次性告知单: everything that is needed, and what of it is still missing.
    case checklist
    /// 电子样表: the form as it looks when filled in well.
    case sampleForm
    /// Guide and questions of the matter.
    case guide
}

/// One page of a running flow.
public enum Step: Codable, Hashable, Sendable {
    case notice
    /// A statement to agree to, by the id of its consent.
    case consent(String)
    case identify
    /// "For yourself or for someone else?"
    case agent
    /// The card of the person acted for.
    case principalCard
    /// Do holder and card belong together: the person at the terminal is compared with the card's photograph.
    case confirmHolder
    /// A form page by id.
    case form(String)
    /// A page that is one list of records, by the field's key.
    case list(String)
    /// Photograph one material.
    case capture(CaptureSlot)
    case lookup
    case preview
    /// Picks the matter whose guide is printed.
    case guide
    case payment
    case review
    case sign
    case submit
    /// Accepted (or issued): the numbers, and the paper being printed.
    case print
    case rating
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
        case notANumber, notMoney, notADate, notADateTime, notAMonth, notAPhone
        /// More decimals than the field takes.
        case tooManyDecimals(Int)
        case belowMinimum(Double), aboveMaximum(Double)
        case wrongCreditCode, wrongCardNumber
        /// Filters: at least one must be given.
        case nothingGiven
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
    /// The photo record of that person's card; nil when the card gave none.
    public var holderPhoto: PageReference?
    /// How far the question has come whether holder and card belong together.
    public var confirmation: HolderConfirmation
    /// How it was answered with yes.
    public var holderCheck: HolderCheck?
    /// The card's photograph while staff compare; never part of a saved draft.
    public var portrait: Unsaved<Portrait>
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
    /// What the office was asked: another question makes the record another one.
    public var askedQuery: RecordQuery?
    /// Fields that hold what the card or the record gave and the citizen has not touched.
    public var prefilled: Set<String>
    /// True when the citizen went on without the record, because it was not found or the office not reached.
    public var goesOnWithoutRecord: Bool
    /// When each consent was given, by its id.
    public var consents: [String: Timestamp]
    public var payment: PaymentProgress?
    /// The last order asked for.
    public var orderRequest: PaymentRequest?
    /// Orders that can no longer be paid: the next one has another id.
    public var ordersGivenUp: Int
    public var rating: RatingDraft
    /// The page beside the flow that is open.
    public var side: SidePage?
    /// The printing of the page beside the flow.
    public var sideDevice: DeviceActivity
    /// How many pages beside the flow were printed.
    public var sidePrints: Int
    /// The matter whose guide is printed.
    public var guided: Matter?
    /// True when what is there goes to a staffed window: from here on there are only the numbers and the paper.
    public var handsOver: Bool
    public var accepted: AcceptedCase?
    /// What was sealed, kept until the receipt is printed.
    public var submittedContent: CaseContent?
    /// Why the flow ended in `rejected` or `window`.
    public var outcome: [Localized]
    /// The page that led there: `back` returns to it.
    public var outcomeFrom: Step?
    /// How often the paper was sent to the printer.
    public var printAttempts: Int

    /// What was tried to find out whether the card belongs to the person at the terminal.
    public struct HolderConfirmation: Codable, Hashable, Sendable {
        public enum Way: String, Codable, Sendable {
            case face, staff
        }

        public var way: Way
        /// Comparisons that found somebody else.
        public var comparisons: Int
        /// True once a machine can no longer decide, or the citizen would rather have staff look.
        public var asksStaff: Bool
        public var call: Call?
        /// Staff said that the card is somebody else's.
        public var isRefused: Bool

        public struct Call: Codable, Hashable, Sendable {
            public var id: String
            public var state: StaffCallState
            public var askedAt: Timestamp

            public init(id: String, state: StaffCallState, askedAt: Timestamp) {
                self.id = id
                self.state = state
                self.askedAt = askedAt
            }
        }

        public init(
            way: Way = .staff, comparisons: Int = 0, asksStaff: Bool = false, call: Call? = nil,
            isRefused: Bool = false
        ) {
            self.way = way
            self.comparisons = comparisons
            self.asksStaff = asksStaff
            self.call = call
            self.isRefused = isRefused
        }
    }

    /// An order at the office and what is known of it.
    public struct PaymentProgress: Codable, Hashable, Sendable {
        public enum State: String, Codable, Sendable {
            /// Shown as a code; the citizen pays with a phone.
            case waiting
            case paid
            /// Nothing was heard in time. It may be paid or not: nobody pays again, the office settles it.
            case pending
        }

        public var order: PaymentOrder
        public var state: State
        public var askedAt: Timestamp

        public init(order: PaymentOrder, state: State, askedAt: Timestamp) {
            self.order = order
            self.state = state
            self.askedAt = askedAt
        }
    }

    public struct RatingDraft: Codable, Hashable, Sendable {
        /// 5 is very satisfied, 1 very dissatisfied.
        public var grade: Int?
        public var reasons: [ServiceRating.Reason]

        public init(grade: Int? = nil, reasons: [ServiceRating.Reason] = []) {
            self.grade = grade
            self.reasons = reasons
        }
    }

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
        holderPhoto = nil
        confirmation = HolderConfirmation()
        holderCheck = nil
        portrait = Unsaved()
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
        askedQuery = nil
        prefilled = []
        goesOnWithoutRecord = false
        consents = [:]
        payment = nil
        orderRequest = nil
        ordersGivenUp = 0
        rating = RatingDraft()
        side = nil
        sideDevice = .idle
        sidePrints = 0
        guided = nil
        handsOver = false
        accepted = nil
        submittedContent = nil
        outcome = []
        outcomeFrom = nil
        printAttempts = 0
    }

    /// The person the case is about.
    public var applicant: IdentityCard? { actsForOther == true ? principal : holder }
}

/// A value that lives in memory alone: where the state is saved, nothing of it is written.
public struct Unsaved<Value: Hashable & Sendable>: Codable, Hashable, Sendable {
    public var value: Value?

    private enum Nothing: CodingKey {}

    public init(_ value: Value? = nil) {
        self.value = value
    }

    public init(from decoder: any Decoder) throws {
        value = nil
    }

    public func encode(to encoder: any Encoder) throws {
        _ = encoder.container(keyedBy: Nothing.self)
    }
}
