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

    /// The catalogue's kind of power.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        case permit
        case publicService = "public-service"
        case otherPower = "other-power"
        case confirmation, benefit, levy, reward
    }

    public enum Audience: String, Codable, Sendable, CaseIterable {
        case person, enterprise, both
    }

    /// How many of the fields that are shown must be answered.
    public enum Answering: String, Codable, Sendable {
        /// Every required field.
        case all
        /// Fields are filters: any one is enough.
        case any
    }

    /// What a guide-print matter prints of the matter that the citizen picks.
    public enum Guide: String, Codable, Sendable, CaseIterable {
        /// 一次性告知单
        case checklist
        /// 电子样表
        case sample
        /// 办事指南
        case guide
    }

    /// The record that the office is asked for.
    public struct Lookup: Codable, Hashable, Sendable {
        public var register: Register
        /// Fields asked before the look-up and sent with it, beside the applicant's own number.
        public var keys: [String]
        /// False when the case goes on without the record, and the office checks later.
        public var isRequired: Bool

        public init(register: Register, keys: [String], isRequired: Bool) {
            self.register = register
            self.keys = keys
            self.isRequired = isRequired
        }
    }

    public struct Payment: Codable, Hashable, Sendable {
        /// Yuan.
        public var amount: Condition
        public var subject: Localized

        public init(amount: Condition, subject: Localized) {
            self.amount = amount
            self.subject = subject
        }
    }

    public struct Question: Codable, Hashable, Sendable {
        public var question: Localized
        public var answer: Localized

        public init(question: Localized, answer: Localized) {
            self.question = question
            self.answer = answer
        }
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
    /// First 16 hex digits of a digest over the matter file and every shared file it uses. An open case keeps its version.
    public var version: String
    public var title: Localized
    public var department: Localized
    public var kind: Kind
    public var audience: Audience
    public var archetype: String
    public var identity: IdentityPolicy
    /// One sentence: what it is for, and for whom.
    public var summary: Localized
    /// Steps in order, from the archetype.
    public var steps: [StepTemplate]
    /// The matter's own pages and those of its sections, in the order in which they are asked.
    public var pages: [FormPage]
    /// Statements to agree to, from sections, by name.
    public var consents: [Consent]
    public var materials: [Material]
    public var rules: [Rule]
    /// Named conditions. They form no cycle.
    public var conditions: [String: Condition]
    public var answering: Answering
    public var lookup: Lookup?
    public var payment: Payment?
    public var guide: Guide?
    public var output: Output
    public var basis: Localized?
    /// Promised time limit in working days; 0 is on the spot.
    public var workdays: Int
    /// Fee in fen; 0 is free.
    public var fee: Int
    /// Life events, keys of `MatterCatalogue.events`.
    public var events: [String]
    /// What people call it.
    public var words: [String]
    public var questions: [Question]
    public var reviewed: Review?
    /// For those who come because their card has expired.
    public var acceptsExpiredCard = false
    /// Whether it must be confirmed that the card belongs to the person at the terminal.
    public var confirmsHolder = false
    /// Which cards identify the person at the terminal, in the order in which they are named; never empty.
    public var cards: [CardSource] = [.identityCard]

    public init(
        code: String, version: String, title: Localized, department: Localized, kind: Kind, audience: Audience,
        archetype: String, identity: IdentityPolicy, summary: Localized, steps: [StepTemplate], pages: [FormPage],
        consents: [Consent], materials: [Material], rules: [Rule], conditions: [String: Condition],
        answering: Answering, lookup: Lookup?, payment: Payment?, guide: Guide?, output: Output, basis: Localized?,
        workdays: Int, fee: Int, events: [String], words: [String], questions: [Question], reviewed: Review?
    ) {
        self.code = code
        self.version = version
        self.title = title
        self.department = department
        self.kind = kind
        self.audience = audience
        self.archetype = archetype
        self.identity = identity
        self.summary = summary
        self.steps = steps
        self.pages = pages
        self.consents = consents
        self.materials = materials
        self.rules = rules
        self.conditions = conditions
        self.answering = answering
        self.lookup = lookup
        self.payment = payment
        self.guide = guide
        self.output = output
        self.basis = basis
        self.workdays = workdays
        self.fee = fee
        self.events = events
        self.words = words
        self.questions = questions
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
    /// What the matter is, what it needs, and that the citizen agrees to begin.
    case notice
    case identify
    case agent
    /// Do holder and card belong together: stands behind the cards of a matter that asks for it.
    case confirmHolder
    /// A statement of a shared section, agreed to or not.
    case consent(String)
    /// The pages of a shared section.
    case section(String)
    /// The matter's pages that ask only what the look-up needs.
    case keyPages
    /// The matter's other form and list pages.
    case pages
    /// For guide-print: picks the matter whose guide is printed.
    case guide
    case capture
    case lookup
    /// The record on the screen.
    case preview
    case payment
    case review
    case sign
    case submit
    /// The paper: a receipt, or what the look-up gave.
    case print
    /// 好差评
    case rating
    case finish
}

/// A statement that a citizen agrees to before going on.
public struct Consent: Codable, Hashable, Sendable {
    /// The section it comes from.
    public var id: String
    public var title: Localized
    public var statement: Localized
    /// Why the matter cannot go on here without it, and where to go.
    public var refused: Localized

    public init(id: String, title: Localized, statement: Localized, refused: Localized) {
        self.id = id
        self.title = title
        self.statement = statement
        self.refused = refused
    }
}

/// A kind of record that the office keeps: what a look-up can find out.
public struct Register: Codable, Hashable, Sendable {
    /// `driving-licence`
    public var name: String
    public var title: Localized
    /// Typed facts; conditions name them `record.KEY`.
    public var facts: [Field]

    public init(name: String, title: Localized, facts: [Field]) {
        self.name = name
        self.title = title
        self.facts = facts
    }
}

/// One page of a form: at most six fields, or one list of records.
public struct FormPage: Codable, Hashable, Sendable {
    /// The key of its first field.
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
        /// `YYYY-MM-DD HH:MM`
        case dateTime
        /// `YYYY-MM-DD`
        case date
        /// `YYYY-MM`
        case month
        case phone
        case address
        /// GB 11643 with check character.
        case idNumber
        /// GB 32100 with check character.
        case creditCode
        /// ISO/IEC 7812 with Luhn digit.
        case bankCard
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

    /// Where the first value comes from. The citizen may correct it.
    public enum Source: Codable, Hashable, Sendable {
        case card(CardFact)
        /// A fact of the looked-up record, by key.
        case record(String)
    }

    public enum CardFact: String, Codable, Sendable, CaseIterable {
        case name, number, address
        case birthDate = "birth_date"
    }

    public var key: String
    public var label: Localized
    public var kind: Kind
    public var required: Bool
    public var when: Condition?
    public var hint: Localized?
    /// A good example: shown, printed on the sample form, used by walks and previews. Raw text as it would be typed.
    public var sample: String?
    public var checks: [Check]
    /// For a list: which sub-fields a card read on the reader fills (`name`, `number`), by sub-field key.
    public var fromCard: [String: CardFact]
    public var source: Source?
    /// Computed from other answers: shown, never typed.
    public var value: Condition?
    /// Decimals that a `number` may have.
    public var decimals: Int
    public var unit: Localized?
    /// Bounds of a `number` or `money`, inclusive.
    public var minimum: Double?
    public var maximum: Double?

    public init(
        key: String, label: Localized, kind: Kind, required: Bool, when: Condition? = nil, hint: Localized? = nil,
        sample: String? = nil, checks: [Check] = [], fromCard: [String: CardFact] = [:], source: Source? = nil,
        value: Condition? = nil, decimals: Int = 0, unit: Localized? = nil, minimum: Double? = nil,
        maximum: Double? = nil
    ) {
        self.key = key
        self.label = label
        self.kind = kind
        self.required = required
        self.when = when
        self.hint = hint
        self.sample = sample
        self.checks = checks
        self.fromCard = fromCard
        self.source = source
        self.value = value
        self.decimals = decimals
        self.unit = unit
        self.minimum = minimum
        self.maximum = maximum
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
