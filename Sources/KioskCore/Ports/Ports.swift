/// What the core needs from outside, as protocols. Implementations live in KioskDevices, KioskVault and KioskShell.

/// Time as the session sees it. The executable gives the system's; a test gives its own.
public protocol Clock: Sendable {
    func now() -> Timestamp
    /// Returns when `now()` is at or past `time`; throws `CancellationError` when the task is cancelled.
    func sleep(until time: Timestamp) async throws
}

/// Reads identity cards.
public protocol IdentityReader: Sendable {
    /// Waits for a card that `request` accepts and reads it once. Does not end by itself while no card comes: cancel
    /// the task to stop.
    /// `onCard` is called when a card has been found, before its records are read.
    /// A reader that is missing or lost throws at once; the caller asks again when the citizen retries.
    func readCard(_ request: CardRequest, onCard: @Sendable () -> Void) async throws(Fault) -> IdentityReading
}

extension IdentityReader {
    /// Reads an identity card on the contactless reader.
    public func readCard(onCard: @Sendable () -> Void) async throws(Fault) -> IdentityReading {
        try await readCard(CardRequest(), onCard: onCard)
    }
}

/// A photograph of a card's holder that a screen can show.
public struct Portrait: Codable, Hashable, Sendable {
    public var width: Int
    public var height: Int
    /// Rows from the top, three bytes a pixel: red, green, blue.
    public var rgb: [UInt8]

    public init(width: Int, height: Int, rgb: [UInt8]) {
        self.width = width
        self.height = height
        self.rgb = rgb
    }
}

/// Turns the photo record of a card (WLT) into a picture. There is one only where a vendor's library is installed.
public protocol PhotoDecoder: Sendable {
    /// Ends within two seconds. Throws `photoUndecoded`; the card's text is good all the same.
    func decode(_ photoRecord: [UInt8]) async throws(Fault) -> Portrait
}

/// What a face matcher found.
public struct HolderMatch: Codable, Hashable, Sendable {
    public var isSame: Bool
    /// From 0 to 1, as the matcher scales it.
    public var score: Double
    /// Name and version of the matcher.
    public var matcher: String

    public init(isSame: Bool, score: Double, matcher: String) {
        self.isSame = isSame
        self.score = score
        self.matcher = matcher
    }
}

/// Compares the person in front of the terminal with the card's photograph. There is one only where a camera for
/// faces and a vendor's matcher are installed; otherwise hall staff confirm the holder.
public protocol HolderVerifier: Sendable {
    /// Takes a picture of the person and compares it. Nothing of the picture is kept. Throws when it could not compare:
    /// no face in sight (`faceNotFound`, the citizen), camera or matcher out of order (the technician).
    func verify(photoRecord: [UInt8]) async throws(Fault) -> HolderMatch
}

/// One photograph: the camera's own bytes, never re-encoded.
public struct CapturedPage: Hashable, Sendable {
    public var jpeg: [UInt8]
    public var width: Int
    public var height: Int
    /// Product string and serial of the camera.
    public var device: String

    public init(jpeg: [UInt8], width: Int, height: Int, device: String) {
        self.jpeg = jpeg
        self.width = width
        self.height = height
        self.device = device
    }
}

/// Photographs what lies under the document camera.
public protocol DocumentCamera: Sendable {
    /// One complete, undamaged frame that shows something. A blank or black page throws `pageBlank`.
    func capture() async throws(Fault) -> CapturedPage
}

/// A document to print once.
public struct PrintJob: Hashable, Sendable {
    /// The same id for the same paper: a retry never prints a second copy by accident.
    public var id: String
    public var title: String
    public var pdf: [UInt8]
    public var copies: Int

    public init(id: String, title: String, pdf: [UInt8], copies: Int = 1) {
        self.id = id
        self.title = title
        self.pdf = pdf
        self.copies = copies
    }
}

public protocol PaperPrinter: Sendable {
    /// Returns when the printer has taken the whole job ("sent", which is not "in the citizen's hand").
    /// On a fault the job is cancelled before this throws, so nothing comes out later for the next citizen.
    func print(_ job: PrintJob) async throws(Fault)
    /// Nil when the printer would print now.
    func fault() async -> Fault?
}

/// Lays out what is printed. Pure apart from fonts.
public protocol PaperComposer: Sendable {
    /// A PDF of the document, A4.
    func compose(_ paper: PaperRequest) throws -> [UInt8]
}

/// A draft that a card opened again.
public struct ResumedDraft: Sendable {
    /// The state as it was saved last.
    public var state: SessionState

    public init(state: SessionState) {
        self.state = state
    }
}

/// Keeps drafts under a key that only the citizen's card gives, and finished cases under the office's public key.
///
/// A draft belongs to one session. Nothing of it can be read from the disk without the card.
public protocol CaseStore: Sendable {
    /// Opens the session's draft under a key derived from `reading`. Call once the first card is read.
    func openDraft(session: String, reading: IdentityReading) async throws(Fault)
    /// Durable when it returns: survives power loss.
    func saveDraft(_ state: SessionState, at now: Timestamp) async throws(Fault)
    /// The newest draft of this card saved at most `maximumAge` seconds before `now`, and opens it. Nil when none.
    func resumeDraft(reading: IdentityReading, at now: Timestamp, maximumAge: Int) async throws(Fault) -> ResumedDraft?
    /// Encrypts and keeps an attachment of the open draft. Durable when it returns.
    func keepAttachment(
        session: String, bytes: [UInt8], mediaType: String, width: Int, height: Int, device: String, at now: Timestamp
    ) async throws(Fault) -> PageReference
    func attachment(session: String, _ page: PageReference) async throws(Fault) -> [UInt8]
    /// Forgets one attachment of the draft.
    func dropAttachment(session: String, _ page: PageReference) async throws(Fault)
    /// Erases the session's draft and its key. Idempotent.
    func discardDraft(session: String) async throws(Fault)
    /// Erases every draft saved more than `maximumAge` seconds before `now`, except the open one.
    func sweepDrafts(at now: Timestamp, maximumAge: Int) async throws(Fault)
    /// Gives the case its number, seals it to the office and commits it, all or nothing. Durable when it returns.
    /// Sealing the same session again returns the first result.
    func seal(session: String, content: CaseContent, at now: Timestamp) async throws(Fault) -> AcceptedCase
}

/// Questions to the central office that a session waits for. Finished cases go by the store's outbox instead.
public protocol OfficeLink: Sendable {
    func lookUp(_ query: RecordQuery) async throws(Fault) -> OfficeRecord
    /// Places an order; the same id again answers the order that is there.
    func placeOrder(_ request: PaymentRequest) async throws(Fault) -> PaymentOrder
    func order(id: String) async throws(Fault) -> PaymentOrder
    func rate(_ rating: ServiceRating) async throws(Fault)
    /// Rings hall staff; returns the call's id.
    func callStaff(_ call: StaffCallRequest) async throws(Fault) -> String
    /// How a call of this terminal stands.
    func staffCall(id: String) async throws(Fault) -> StaffCallReply
}

/// Shows a session and hands back what people do.
public protocol Presenter: Sendable {
    /// Draws the state; returns when it is on the screen.
    func show(_ state: SessionState) async
}
