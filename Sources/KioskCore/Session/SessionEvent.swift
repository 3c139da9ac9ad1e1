/// What can happen to a session, and what a session asks for.

/// Events of people, devices and time. Results carry the generation of the request they answer.
public enum SessionEvent: Codable, Hashable, Sendable {
    // The citizen
    case choose(matter: String)
    /// Another way to look for a matter, or another page of its list.
    case find(Finding)
    case resumeUnfinished
    case next
    case back
    /// The raw text of a typed field, a keystroke at a time.
    case edit(field: String, text: String)
    /// A choice, or one option of a multiple choice switched over.
    case pick(field: String, option: String)
    case answerAgent(actsForOther: Bool)
    case addEntry(field: String)
    case editEntry(field: String, index: Int)
    case removeEntry(field: String, index: Int)
    /// Type the entry by hand because its card cannot be read.
    case typeByHand
    case takePicture
    case removePicture(slot: String, page: String)
    /// 容缺: hand this material in later.
    case deferMaterial(slot: String)
    /// The device action of this page again.
    case retry
    /// 修改: to the page of this step and back to the review.
    case change(Step)
    case printAgain
    case agree, disagree
    /// On with the case though the record was not found.
    case goOnWithoutRecord
    /// Ask the office once more whether the order is paid.
    case checkPayment
    /// Take a picture of the person and compare it with the card's photograph.
    case compareFace
    /// Staff are to look instead of the machine.
    case askStaffToConfirm
    case pickGuide(matter: String)
    case rate(grade: Int)
    case rateReason(ServiceRating.Reason)
    /// 转窗口: what is filled in goes to the window under a number.
    case handOver
    case open(SidePage), closeSide, printSide
    case finish
    case askStartOver, confirmStartOver, cancelStartOver
    case callStaff, dismissStaffCall
    case setLanguage(Language)
    case setTextSize(TextSize)
    case stillHere

    // Results
    case cardFound(generation: Int)
    case cardRead(IdentityCard, photo: PageReference?, generation: Int)
    case cardFailed(Fault, generation: Int)
    /// The card opened a saved draft.
    case draftResumed(SessionState, generation: Int)
    case nothingToResume(generation: Int)
    case pageCaptured(PageReference, generation: Int)
    case captureFailed(Fault, generation: Int)
    case recordFound(OfficeRecord, generation: Int)
    case lookUpFailed(Fault, generation: Int)
    case paymentChanged(PaymentOrder, generation: Int)
    case paymentFailed(Fault, generation: Int)
    case accepted(AcceptedCase, generation: Int)
    case submitFailed(Fault, generation: Int)
    case printed(generation: Int)
    case printFailed(Fault, generation: Int)
    case staffCallChanged(SessionState.StaffCall.State)
    case holderCompared(HolderMatch, generation: Int)
    case comparisonFailed(Fault, generation: Int)
    /// How the call to confirm the holder stands, and staff's answer once it is there.
    case holderCallChanged(StaffCallReply, generation: Int)
    case holderCallFailed(Fault, generation: Int)
    case portraitDecoded(Portrait, of: PageReference)

    // Time
    case tick
}

/// What the runner carries out. Each request names the generation its answer must carry.
public enum SessionEffect: Codable, Hashable, Sendable {
    public enum CardPurpose: String, Codable, Sendable {
        /// The person at the terminal: opens or resumes the draft.
        case holder
        case principal
        case entry
        /// Only to resume from the welcome page.
        case resume
    }

    case readCard(CardPurpose, CardRequest, matter: String?, generation: Int)
    /// Ends whatever card read is waiting.
    case stopReading
    case capturePage(generation: Int)
    case dropAttachment(PageReference)
    /// Compare the person at the terminal with this photo record.
    case compareHolder(PageReference, generation: Int)
    /// Raise the call (again in the same session it is the same call) and follow it until staff have answered.
    case confirmHolder(StaffCallRequest, generation: Int)
    /// Make a picture of this photo record where that is possible; nobody waits for it.
    case decodePortrait(PageReference)
    case lookUp(RecordQuery, generation: Int)
    /// Places the order (the same id again changes nothing) and follows it until it is paid or the effect is stopped.
    case pay(PaymentRequest, generation: Int)
    /// Sends the rating; nobody waits for it.
    case rate(ServiceRating)
    /// Keep the state as it now is; only after a holder card opened the draft.
    case saveDraft
    case discardDraft(session: String)
    case submit(CaseContent, generation: Int)
    /// Same id, same paper.
    case print(PaperRequest, generation: Int)
    case callStaff(StaffCallRequest)
    /// Forget everything of the citizen: buffers, keys, input.
    case wipe
}

/// A paper to compose and print.
public struct PaperRequest: Codable, Hashable, Sendable {
    public enum Content: Codable, Hashable, Sendable {
        case receipt(AcceptedCase, CaseContent)
        case certificate(OfficeRecord, register: Register, holder: IdentityCard?, Language)
        /// The filled sample of a matter.
        case sampleForm(Matter, Language)
        /// Guide and questions of a matter.
        case guide(Matter, Language)
        /// 一次性告知单
        case checklist(Checklist, Language)
    }

    public var jobID: String
    public var title: String
    public var content: Content
    public var copies: Int

    public init(jobID: String, title: String, content: Content, copies: Int) {
        self.jobID = jobID
        self.title = title
        self.content = content
        self.copies = copies
    }
}

/// 一次性告知单: everything that a matter needs, what of it is missing, and why it stopped if it did.
public struct Checklist: Codable, Hashable, Sendable {
    public struct Item: Codable, Hashable, Sendable {
        public enum State: Codable, Hashable, Sendable {
            /// Handed in, or taken from a card.
            case present
            case missing
            /// Needed only in the case that the note names.
            case sometimes
            /// May follow; by the day when one was promised.
            case later(CalendarDate?)
        }

        public var title: Localized
        public var note: Localized?
        public var state: State

        public init(title: Localized, note: Localized?, state: State) {
            self.title = title
            self.note = note
            self.state = state
        }
    }

    public var matterCode: String
    public var matterTitle: Localized
    public var department: Localized
    public var day: CalendarDate
    /// Why the matter cannot be done now, when it was rejected.
    public var reasons: [Localized]
    /// Answers that are still missing or wrong, by the label of their field.
    public var openAnswers: [Localized]
    public var papers: [Item]
    public var notes: [Localized]

    public init(
        matterCode: String, matterTitle: Localized, department: Localized, day: CalendarDate, reasons: [Localized],
        openAnswers: [Localized], papers: [Item], notes: [Localized]
    ) {
        self.matterCode = matterCode
        self.matterTitle = matterTitle
        self.department = department
        self.day = day
        self.reasons = reasons
        self.openAnswers = openAnswers
        self.papers = papers
        self.notes = notes
    }
}
