/// A person with answers that leads through a matter to one of its places.

public import KioskCore

public struct Scenario: Codable, Hashable, Sendable {
    /// The person at the terminal acts for the applicant.
    public var actsForOther: Bool
    /// The applicant's.
    public var birthDate: CalendarDate
    /// The address on the applicant's card is in Harbin.
    public var isLocal: Bool
    public var today: CalendarDate
    /// Answers by field key, as they are typed. Fields that this way does not show may be among them.
    public var answers: [String: Answer]
    /// What the look-up finds, by fact; nil for nothing.
    public var record: [String: Answer]?
    /// Staff find that the card belongs to the person at the terminal.
    public var isHolder: Bool
    /// What it was made for, in words: `page licence_no`, `rule 3`, `end`.
    public var goal: String

    public init(
        actsForOther: Bool, birthDate: CalendarDate, isLocal: Bool, today: CalendarDate, answers: [String: Answer],
        record: [String: Answer]?, isHolder: Bool = true, goal: String
    ) {
        self.actsForOther = actsForOther
        self.birthDate = birthDate
        self.isLocal = isLocal
        self.today = today
        self.answers = answers
        self.record = record
        self.isHolder = isHolder
        self.goal = goal
    }
}
