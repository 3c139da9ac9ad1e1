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

/// `POST /v1/kiosks/{terminal}/calls`. No personal data: the page and the matter say enough to walk over.
public struct StaffCallRequest: Codable, Hashable, Sendable {
    public var page: String
    public var matterCode: String?
    public var at: Timestamp

    public init(page: String, matterCode: String?, at: Timestamp) {
        self.page = page
        self.matterCode = matterCode
        self.at = at
    }
}

/// `{"id": …}` of a call, and `GET /v1/kiosks/{terminal}/calls/{id}`.
public struct StaffCallReply: Codable, Hashable, Sendable {
    public var id: String
    public var state: StaffCallState

    public init(id: String, state: StaffCallState) {
        self.id = id
        self.state = state
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
