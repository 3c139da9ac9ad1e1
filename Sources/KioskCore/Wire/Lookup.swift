/// Records and staff calls: messages between a terminal and the central office outside the case itself.

/// `POST /v1/kiosks/{terminal}/lookups`
public struct RecordQuery: Codable, Hashable, Sendable {
    /// Which register: `social-insurance`.
    public var register: String
    public var matterCode: String
    /// The applicant's citizen number and name; empty for a matter without identity.
    public var number: String
    public var name: String
    /// The filter fields of the matter, by key.
    public var parameters: [String: Answer]

    public init(register: String, matterCode: String, number: String, name: String, parameters: [String: Answer]) {
        self.register = register
        self.matterCode = matterCode
        self.number = number
        self.name = name
        self.parameters = parameters
    }
}

/// The answer: a record as the office issues it. `404` when there is none.
public struct OfficeRecord: Codable, Hashable, Sendable {
    public var register: String
    public var title: Localized
    public var issuer: Localized
    public var issuedAt: Timestamp
    /// Unique; printed with a QR so that a reader of the paper can check it at the office.
    public var verificationCode: String
    public var verificationURL: String
    /// The register's typed facts, by key.
    public var facts: [String: Answer]

    public init(
        register: String, title: Localized, issuer: Localized, issuedAt: Timestamp, verificationCode: String,
        verificationURL: String, facts: [String: Answer]
    ) {
        self.register = register
        self.title = title
        self.issuer = issuer
        self.issuedAt = issuedAt
        self.verificationCode = verificationCode
        self.verificationURL = verificationURL
        self.facts = facts
    }
}

/// `POST /v1/kiosks/{terminal}/payments`: an order. The same id again answers the same order, never a second one.
public struct PaymentRequest: Codable, Hashable, Sendable {
    /// The session's id with a suffix.
    public var orderID: String
    public var matterCode: String
    public var subject: Localized
    /// Fen; more than 0.
    public var amount: Int

    public init(orderID: String, matterCode: String, subject: Localized, amount: Int) {
        self.orderID = orderID
        self.matterCode = matterCode
        self.subject = subject
        self.amount = amount
    }
}

/// The answer, and that of `GET /v1/kiosks/{terminal}/payments/{orderID}`.
public struct PaymentOrder: Codable, Hashable, Sendable {
    public enum State: String, Codable, Sendable {
        case waiting, paid
        /// Can no longer be paid.
        case closed
    }

    public var orderID: String
    /// Fen.
    public var amount: Int
    public var state: State
    /// What the QR code holds.
    public var payURL: String
    /// The payer's proof, once paid.
    public var reference: String?
    public var paidAt: Timestamp?

    public init(
        orderID: String, amount: Int, state: State, payURL: String, reference: String? = nil, paidAt: Timestamp? = nil
    ) {
        self.orderID = orderID
        self.amount = amount
        self.state = state
        self.payURL = payURL
        self.reference = reference
        self.paidAt = paidAt
    }
}

/// `POST /v1/kiosks/{terminal}/ratings`: 好差评. No personal data.
public struct ServiceRating: Codable, Hashable, Sendable {
    public enum Reason: String, Codable, Sendable, CaseIterable {
        case slow, hardToUnderstand = "hard-to-understand", tooManyPapers = "too-many-papers", broken, unhelpful, other
    }

    /// The session's id: one rating each.
    public var session: String
    public var matterCode: String
    public var receiptNumber: String?
    /// 5 is very satisfied, 1 very dissatisfied.
    public var grade: Int
    public var reasons: [Reason]
    public var at: Timestamp

    public init(
        session: String, matterCode: String, receiptNumber: String?, grade: Int, reasons: [Reason], at: Timestamp
    ) {
        self.session = session
        self.matterCode = matterCode
        self.receiptNumber = receiptNumber
        self.grade = grade
        self.reasons = reasons
        self.at = at
    }
}

/// `POST /v1/kiosks/{terminal}/calls`. A call for help carries no personal data: the page and the matter say enough to
/// walk over. A call to confirm the holder names the card by its masked number; repeated in the same session it is the
/// same call, and it stands in for every earlier one of the terminal.
public struct StaffCallRequest: Codable, Hashable, Sendable {
    public enum Purpose: String, Codable, Sendable {
        case help
        /// Staff compare the person with the card and answer.
        case confirmHolder = "confirm-holder"
    }

    public var purpose: Purpose
    public var page: String
    public var matterCode: String?
    public var at: Timestamp
    /// The session that an answer counts for; nil for help.
    public var session: String?
    /// `230199********0018`; nil for help.
    public var maskedNumber: String?

    public init(page: String, matterCode: String?, at: Timestamp) {
        purpose = .help
        self.page = page
        self.matterCode = matterCode
        self.at = at
        session = nil
        maskedNumber = nil
    }

    /// Asks staff whether the card belongs to the person at the terminal.
    public init(confirmingHolderOf card: IdentityCard, session: String, page: String, matterCode: String, at: Timestamp)
    {
        purpose = .confirmHolder
        self.page = page
        self.matterCode = matterCode
        self.at = at
        self.session = session
        maskedNumber = CitizenNumber.masked(card.number)
    }

    /// Older terminals only call for help.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        purpose = try values.decodeIfPresent(Purpose.self, forKey: .purpose) ?? .help
        page = try values.decode(String.self, forKey: .page)
        matterCode = try values.decodeIfPresent(String.self, forKey: .matterCode)
        at = try values.decode(Timestamp.self, forKey: .at)
        session = try values.decodeIfPresent(String.self, forKey: .session)
        maskedNumber = try values.decodeIfPresent(String.self, forKey: .maskedNumber)
    }
}

/// What staff answered to a call to confirm the holder. It counts for one session alone.
public struct HolderAnswer: Codable, Hashable, Sendable {
    public var isHolder: Bool
    public var session: String
    /// Who answered, by the name they sign in with.
    public var by: String
    public var at: Timestamp

    public init(isHolder: Bool, session: String, by: String, at: Timestamp) {
        self.isHolder = isHolder
        self.session = session
        self.by = by
        self.at = at
    }
}

/// `{"id": …}` of a call, and `GET /v1/kiosks/{terminal}/calls/{id}`.
public struct StaffCallReply: Codable, Hashable, Sendable {
    public var id: String
    public var state: StaffCallState
    /// Once staff have answered a call to confirm the holder; the call is closed then.
    public var answer: HolderAnswer?

    public init(id: String, state: StaffCallState, answer: HolderAnswer? = nil) {
        self.id = id
        self.state = state
        self.answer = answer
    }
}

public enum StaffCallState: String, Codable, Sendable {
    /// Rung; nobody has answered yet.
    case ringing
    /// A member of staff is coming.
    case acknowledged
    /// Staff have ended the call.
    case closed
}

/// The body of every refusal by the office.
public struct WireProblem: Codable, Hashable, Sendable {
    /// A stable word a program may test: `malformed`, `bad-signature`, `conflict`, `too-large`, `not-found` …
    public var problem: String
    /// Who must do what, in English, without personal data.
    public var detail: String

    public init(problem: String, detail: String) {
        self.problem = problem
        self.detail = detail
    }
}
