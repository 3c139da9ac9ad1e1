/// Records and staff calls: messages between a terminal and the central office outside the case itself.

/// `POST /v1/kiosks/{terminal}/lookups`
public struct RecordQuery: Codable, Hashable, Sendable {
    /// Which register: `social-insurance`.
    public var register: String
    public var matterCode: String
    /// The holder's citizen number.
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
    public struct Line: Codable, Hashable, Sendable {
        public var label: Localized
        public var value: Localized

        public init(label: Localized, value: Localized) {
            self.label = label
            self.value = value
        }
    }

    public struct Table: Codable, Hashable, Sendable {
        public var title: Localized
        public var columns: [Localized]
        public var rows: [[Localized]]

        public init(title: Localized, columns: [Localized], rows: [[Localized]]) {
            self.title = title
            self.columns = columns
            self.rows = rows
        }
    }

    public var register: String
    public var title: Localized
    public var issuer: Localized
    public var issuedAt: Timestamp
    /// Unique; printed with a QR so that a reader of the paper can check it at the office.
    public var verificationCode: String
    public var verificationURL: String
    public var lines: [Line]
    public var tables: [Table]

    public init(
        register: String, title: Localized, issuer: Localized, issuedAt: Timestamp, verificationCode: String,
        verificationURL: String, lines: [Line], tables: [Table]
    ) {
        self.register = register
        self.title = title
        self.issuer = issuer
        self.issuedAt = issuedAt
        self.verificationCode = verificationCode
        self.verificationURL = verificationURL
        self.lines = lines
        self.tables = tables
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
