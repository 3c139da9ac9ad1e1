/// What can happen to a session, and what a session asks for.

/// Events of people, devices and time. Results carry the generation of the request they answer.
public enum SessionEvent: Codable, Hashable, Sendable {
    // The citizen
    case choose(matter: String)
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
    case accepted(AcceptedCase, generation: Int)
    case submitFailed(Fault, generation: Int)
    case printed(generation: Int)
    case printFailed(Fault, generation: Int)
    case staffCallChanged(SessionState.StaffCall.State)

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

    case readCard(CardPurpose, matter: String?, generation: Int)
    /// Ends whatever card read is waiting.
    case stopReading
    case capturePage(generation: Int)
    case dropAttachment(PageReference)
    case lookUp(RecordQuery, generation: Int)
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
        case certificate(OfficeRecord, holder: IdentityCard, Language)
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
