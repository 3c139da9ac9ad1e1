/// The case: what one citizen handed over, as the central office receives it. Plain values.

/// A page image, or another byte string kept with a case, named by its content.
public struct PageReference: Codable, Hashable, Sendable {
    /// Unique inside the session.
    public var id: String
    /// Lower-case hex SHA-256 of the bytes.
    public var sha256: String
    public var byteCount: Int
    /// `image/jpeg`, or `application/octet-stream` for a card's raw photo record.
    public var mediaType: String
    /// Pixels; zero when not an image.
    public var width: Int
    public var height: Int
    public var takenAt: Timestamp
    /// Which device took it: product string and serial.
    public var device: String

    public init(
        id: String, sha256: String, byteCount: Int, mediaType: String, width: Int, height: Int, takenAt: Timestamp,
        device: String
    ) {
        self.id = id
        self.sha256 = sha256
        self.byteCount = byteCount
        self.mediaType = mediaType
        self.width = width
        self.height = height
        self.takenAt = takenAt
        self.device = device
    }
}

/// One answer as the flow keeps it. Typed text stays as it was typed; its field's type says what it must be.
public enum Answer: Codable, Hashable, Sendable {
    case text(String)
    case choice(String)
    case choices([String])
    case flag(Bool)
    case records([RecordEntry])
}

/// One entry of a list of records, such as a family member.
public struct RecordEntry: Codable, Hashable, Sendable {
    public var answers: [String: Answer]
    /// The card this entry was read from, when it was not typed.
    public var card: IdentityCard?

    public init(answers: [String: Answer] = [:], card: IdentityCard? = nil) {
        self.answers = answers
        self.card = card
    }
}

public struct CaseAnswer: Codable, Hashable, Sendable {
    public var key: String
    public var label: Localized
    public var value: Answer
    /// The value as a person reads it, per language (option labels, yuan, yes or no). Lists give a line an entry.
    public var shown: Localized

    public init(key: String, label: Localized, value: Answer, shown: Localized) {
        self.key = key
        self.label = label
        self.value = value
        self.shown = shown
    }
}

public struct CaseMaterial: Codable, Hashable, Sendable {
    public enum State: Codable, Hashable, Sendable {
        /// Photographed: the pages in order.
        case pages([PageReference])
        /// Taken from a card on the reader.
        case card
        /// 容缺受理: to be handed in by this day.
        case deferred(until: CalendarDate)
    }

    public var key: String
    public var title: Localized
    /// Which entry of a list it belongs to, from 0.
    public var entry: Int?
    public var state: State

    public init(key: String, title: Localized, entry: Int?, state: State) {
        self.key = key
        self.title = title
        self.entry = entry
        self.state = state
    }
}

public struct CaseSignature: Codable, Hashable, Sendable {
    public enum Method: String, Codable, Sendable {
        /// The last four characters of the signer's own card number, typed on a terminal without a signature pad.
        case numberSuffix = "number-suffix"
    }

    public var method: Method
    public var signer: String
    /// The statement that was on the screen.
    public var statement: String
    public var signedAt: Timestamp

    public init(method: Method, signer: String, statement: String, signedAt: Timestamp) {
        self.method = method
        self.signer = signer
        self.statement = statement
        self.signedAt = signedAt
    }
}

/// How it was established that the card belongs to the person at the terminal.
public struct HolderCheck: Codable, Hashable, Sendable {
    public enum Method: String, Codable, Sendable {
        /// A face matcher compared the person with the card's photograph.
        case face
        /// Hall staff looked at the person and the card.
        case staff
    }

    public var method: Method
    /// When the matcher answered, by the terminal's clock, or staff, by the office's.
    public var at: Timestamp
    /// From 0 to 1, as the matcher scales it.
    public var score: Double?
    /// Name and version of the matcher.
    public var matcher: String?
    /// Id of the staff call that was answered.
    public var staffCall: String?
    /// Who answered it, as the office names them.
    public var confirmedBy: String?

    public init(
        method: Method, at: Timestamp, score: Double? = nil, matcher: String? = nil, staffCall: String? = nil,
        confirmedBy: String? = nil
    ) {
        self.method = method
        self.at = at
        self.score = score
        self.matcher = matcher
        self.staffCall = staffCall
        self.confirmedBy = confirmedBy
    }
}

/// A statement that was agreed to, word for word.
public struct CaseConsent: Codable, Hashable, Sendable {
    public var id: String
    public var statement: String
    public var agreedAt: Timestamp

    public init(id: String, statement: String, agreedAt: Timestamp) {
        self.id = id
        self.statement = statement
        self.agreedAt = agreedAt
    }
}

public struct CasePayment: Codable, Hashable, Sendable {
    public var orderID: String
    /// Fen.
    public var amount: Int
    /// False while nothing was heard: the office settles it.
    public var isPaid: Bool
    public var reference: String?

    public init(orderID: String, amount: Int, isPaid: Bool, reference: String?) {
        self.orderID = orderID
        self.amount = amount
        self.isPaid = isPaid
        self.reference = reference
    }
}

/// What the office is to do with a case.
public enum Disposition: Codable, Hashable, Sendable {
    /// Complete: handle it.
    case submitted
    /// Begun at the terminal, to be finished at a staffed window, for these reasons.
    case handedOver([Localized])
}

/// Everything of a finished session before it has a number.
public struct CaseContent: Codable, Hashable, Sendable {
    public var matterCode: String
    /// The version of the matter file the session started with.
    public var matterVersion: String
    public var matterTitle: Localized
    /// Decides what the paper says: `appointment`.
    public var archetype: String
    public var department: Localized
    public var language: Language
    public var startedAt: Timestamp
    public var submittedAt: Timestamp
    /// What the office is to do with it.
    public var disposition: Disposition
    /// The person the case is about; nil for a matter without identity.
    public var applicant: IdentityCard?
    /// The person who stood at the terminal, when it was not the applicant.
    public var agent: IdentityCard?
    public var answers: [CaseAnswer]
    /// What the office's record said, as the citizen saw it.
    public var facts: [CaseAnswer]
    public var materials: [CaseMaterial]
    /// Raw photo records of the cards that were read.
    public var cardPhotos: [PageReference]
    public var signature: CaseSignature?
    public var consents: [CaseConsent]
    public var payment: CasePayment?
    /// Hints shown to the citizen that go on the receipt.
    public var notes: [Localized]
    /// Promised time limit, working days.
    public var workdays: Int
    /// Verification code of the certificate that was issued and printed at the terminal, if one was.
    public var issued: String?
    /// Nil when the matter does not ask whether holder and card belong together, or nobody could say.
    public var holderCheck: HolderCheck?

    public init(
        matterCode: String, matterVersion: String, matterTitle: Localized, archetype: String = "",
        department: Localized, language: Language, startedAt: Timestamp, submittedAt: Timestamp,
        disposition: Disposition = .submitted, applicant: IdentityCard?,
        agent: IdentityCard?, answers: [CaseAnswer], facts: [CaseAnswer] = [], materials: [CaseMaterial],
        cardPhotos: [PageReference],
        signature: CaseSignature?, consents: [CaseConsent] = [], payment: CasePayment? = nil, notes: [Localized],
        workdays: Int, issued: String? = nil, holderCheck: HolderCheck? = nil
    ) {
        self.matterCode = matterCode
        self.matterVersion = matterVersion
        self.matterTitle = matterTitle
        self.archetype = archetype
        self.department = department
        self.language = language
        self.startedAt = startedAt
        self.submittedAt = submittedAt
        self.disposition = disposition
        self.applicant = applicant
        self.agent = agent
        self.answers = answers
        self.facts = facts
        self.materials = materials
        self.cardPhotos = cardPhotos
        self.signature = signature
        self.consents = consents
        self.payment = payment
        self.notes = notes
        self.workdays = workdays
        self.issued = issued
        self.holderCheck = holderCheck
    }

    /// Cases sealed by an older terminal lack the newer parts.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            matterCode: try values.decode(String.self, forKey: .matterCode),
            matterVersion: try values.decode(String.self, forKey: .matterVersion),
            matterTitle: try values.decode(Localized.self, forKey: .matterTitle),
            archetype: try values.decodeIfPresent(String.self, forKey: .archetype) ?? "",
            department: try values.decode(Localized.self, forKey: .department),
            language: try values.decode(Language.self, forKey: .language),
            startedAt: try values.decode(Timestamp.self, forKey: .startedAt),
            submittedAt: try values.decode(Timestamp.self, forKey: .submittedAt),
            disposition: try values.decodeIfPresent(Disposition.self, forKey: .disposition) ?? .submitted,
            applicant: try values.decodeIfPresent(IdentityCard.self, forKey: .applicant),
            agent: try values.decodeIfPresent(IdentityCard.self, forKey: .agent),
            answers: try values.decode([CaseAnswer].self, forKey: .answers),
            facts: try values.decodeIfPresent([CaseAnswer].self, forKey: .facts) ?? [],
            materials: try values.decode([CaseMaterial].self, forKey: .materials),
            cardPhotos: try values.decode([PageReference].self, forKey: .cardPhotos),
            signature: try values.decodeIfPresent(CaseSignature.self, forKey: .signature),
            consents: try values.decodeIfPresent([CaseConsent].self, forKey: .consents) ?? [],
            payment: try values.decodeIfPresent(CasePayment.self, forKey: .payment),
            notes: try values.decode([Localized].self, forKey: .notes),
            workdays: try values.decode(Int.self, forKey: .workdays),
            issued: try values.decodeIfPresent(String.self, forKey: .issued),
            holderCheck: try values.decodeIfPresent(HolderCheck.self, forKey: .holderCheck))
    }

    /// Every page and photo record the case refers to, in order.
    public var attachments: [PageReference] {
        let pages = materials.flatMap { material -> [PageReference] in
            guard case .pages(let pages) = material.state else { return [] }
            return pages
        }
        return pages + cardPhotos
    }
}

/// The numbers a case gets in the commit that seals it.
public struct AcceptedCase: Codable, Hashable, Sendable {
    /// UUID version 4, lower case; the session's own id, so that sealing twice gives the same case.
    public var caseID: String
    /// `DL01-20261121-0007`: terminal, day in China, sequence of that day.
    public var receiptNumber: String
    public var sequence: Int64
    public var acceptedAt: Timestamp
    /// First 16 hex digits of the manifest's SHA-256: proves which bytes were accepted.
    public var proof: String

    public init(caseID: String, receiptNumber: String, sequence: Int64, acceptedAt: Timestamp, proof: String) {
        self.caseID = caseID
        self.receiptNumber = receiptNumber
        self.sequence = sequence
        self.acceptedAt = acceptedAt
        self.proof = proof
    }
}

/// The sealed document `case.json`: content and number together.
public struct CaseFile: Codable, Hashable, Sendable {
    public static let schema = "kiosk.case/1"

    public var schema: String
    public var caseID: String
    public var receiptNumber: String
    public var terminal: String
    public var content: CaseContent

    public init(caseID: String, receiptNumber: String, terminal: String, content: CaseContent) {
        self.schema = Self.schema
        self.caseID = caseID
        self.receiptNumber = receiptNumber
        self.terminal = terminal
        self.content = content
    }
}
