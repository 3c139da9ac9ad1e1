/// A matter (政务服务事项) as data: what the loader makes of a YAML file, ready to run.

public struct Matter: Codable, Hashable, Sendable {
    public enum IdentityPolicy: String, Codable, Sendable, CaseIterable {
        case none
        case card = "id-card"
        case cardAndLicence = "id-card+business-licence"
        case agentAllowed = "agent-allowed"
    }

    public enum Output: String, Codable, Sendable, CaseIterable {
        case receipt, certificate, notice
        case querySlip = "query-slip"
        case sampleForm = "sample-form"
    }

    /// Who signed the file off, and when. Absent until an office has done so.
    public struct Review: Codable, Hashable, Sendable {
        public var by: String
        public var on: CalendarDate

        public init(by: String, on: CalendarDate) {
            self.by = by
            self.on = on
        }
    }

    /// `MKT-001`
    public var code: String
    /// First 16 hex digits of a digest over the matter file, its archetype and sections. An open case keeps its version.
    public var version: String
    public var title: Localized
    public var department: Localized
    public var archetype: String
    public var identity: IdentityPolicy
    public var summary: Localized?
    /// Steps in order, from the archetype.
    public var steps: [StepTemplate]
    /// The matter's own form pages in order, and those of shared sections by name.
    public var pages: [FormPage]
    public var materials: [Material]
    public var rules: [Rule]
    /// The record a `lookup` step asks the office for.
    public var lookup: String?
    public var output: Output
    public var basis: Localized?
    /// Promised time limit in working days; 0 is on the spot.
    public var workdays: Int
    /// Fee in fen; 0 is free.
    public var fee: Int
    public var reviewed: Review?

    public init(
        code: String, version: String, title: Localized, department: Localized, archetype: String,
        identity: IdentityPolicy, summary: Localized?, steps: [StepTemplate], pages: [FormPage],
        materials: [Material], rules: [Rule], lookup: String?, output: Output, basis: Localized?, workdays: Int,
        fee: Int, reviewed: Review?
    ) {
        self.code = code
        self.version = version
        self.title = title
        self.department = department
        self.archetype = archetype
        self.identity = identity
        self.summary = summary
        self.steps = steps
        self.pages = pages
        self.materials = materials
        self.rules = rules
        self.lookup = lookup
        self.output = output
        self.basis = basis
        self.workdays = workdays
        self.fee = fee
        self.reviewed = reviewed
    }

    public var fields: [Field] { pages.flatMap(\.fields) }

    public func field(_ key: String) -> Field? {
        for page in pages {
            for field in page.fields where field.key == key { return field }
        }
        return nil
    }

    public func page(_ id: String) -> FormPage? { pages.first { $0.id == id } }
    public func material(_ key: String) -> Material? { materials.first { $0.key == key } }
}

/// A step of an archetype before the answers decide which pages it becomes.
public enum StepTemplate: Codable, Hashable, Sendable {
    case notice
    case identify
    case agent
    /// The pages of a shared section.
    case section(String)
    /// The matter's own form and list pages.
    case pages
    case capture
    case lookup
    case preview
    case review
    case sign
    case submit
    /// Print the receipt, or the certificate that the lookup gave.
    case print
    case finish
}

/// One page of a form: at most six fields, or one list of records.
public struct FormPage: Codable, Hashable, Sendable {
    public var id: String
    /// The shared section it comes from; nil for the matter's own.
    public var section: String?
    public var title: Localized
    public var hint: Localized?
    public var when: Condition?
    public var fields: [Field]

    public init(id: String, section: String?, title: Localized, hint: Localized?, when: Condition?, fields: [Field]) {
        self.id = id
        self.section = section
        self.title = title
        self.hint = hint
        self.when = when
        self.fields = fields
    }
}

public struct Field: Codable, Hashable, Sendable {
    public struct Option: Codable, Hashable, Sendable {
        public var key: String
        public var label: Localized

        public init(key: String, label: Localized) {
            self.key = key
            self.label = label
        }
    }

    public enum Kind: Codable, Hashable, Sendable {
        case text
        case number
        /// Yuan with at most two decimals.
        case money
        /// `YYYY-MM-DD`
        case date
        /// `YYYY-MM`
        case month
        case phone
        case address
        /// GB 11643 with check character.
        case idNumber
        case flag
        case choice([Option])
        case multi([Option])
        /// A list of records; the only field of its page. No nesting.
        case records([Field])
    }

    /// A condition the answer must meet, and what to say when it does not.
    public struct Check: Codable, Hashable, Sendable {
        public var holds: Condition
        public var message: Localized

        public init(holds: Condition, message: Localized) {
            self.holds = holds
            self.message = message
        }
    }

    public var key: String
    public var label: Localized
    public var kind: Kind
    public var required: Bool
    public var when: Condition?
    public var hint: Localized?
    public var checks: [Check]
    /// For a list: which sub-fields a card read on the reader fills (`name`, `number`), by sub-field key.
    public var fromCard: [String: CardFact]

    public enum CardFact: String, Codable, Sendable, CaseIterable {
        case name, number, address
    }

    public init(
        key: String, label: Localized, kind: Kind, required: Bool, when: Condition? = nil, hint: Localized? = nil,
        checks: [Check] = [], fromCard: [String: CardFact] = [:]
    ) {
        self.key = key
        self.label = label
        self.kind = kind
        self.required = required
        self.when = when
        self.hint = hint
        self.checks = checks
        self.fromCard = fromCard
    }
}

/// A paper or card that is handed in.
public struct Material: Codable, Hashable, Sendable {
    /// The catalogue's mark.
    public enum Mark: String, Codable, Sendable, CaseIterable {
        case required = "*"
        /// Required when a `need` rule holds.
        case conditional = "?"
        /// May be supplied later (容缺受理).
        case deferrable = "~"
    }

    public enum Source: Codable, Hashable, Sendable {
        /// Photographed under the document camera.
        case camera
        /// The card of the person the case is about: read at the identify step, or the principal's step.
        case applicantCard
        /// The card of the person at the terminal when that person acts for someone else.
        case agentCard
        /// A card for each entry of a list: read on the reader, else photographed.
        case entryCards(String)
    }

    public var key: String
    public var title: Localized
    public var mark: Mark
    public var source: Source
    public var hint: Localized?

    public init(key: String, title: Localized, mark: Mark, source: Source, hint: Localized?) {
        self.key = key
        self.title = title
        self.mark = mark
        self.source = source
        self.hint = hint
    }
}

/// What follows when a condition holds.
public struct Rule: Codable, Hashable, Sendable {
    public enum Action: Codable, Hashable, Sendable {
        /// A `?` material becomes required.
        case need(String)
        /// Not acceptable: stop and say why.
        case reject(Localized)
        /// Cannot be finished here: go to the staffed window.
        case window(Localized)
        /// Shown and printed; the case goes on.
        case note(Localized)
    }

    public var when: Condition?
    public var action: Action

    public init(when: Condition?, action: Action) {
        self.when = when
        self.action = action
    }
}
