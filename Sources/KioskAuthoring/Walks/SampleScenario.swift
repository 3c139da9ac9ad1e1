/// The plainest case of a matter: the citizen alone, local, forty years old, with the samples as answers.

public import KioskCore

extension Scenario {
    /// The day that walks, stories and previews pretend it is when nobody says another.
    public static let usualDay = CalendarDate(daysSince1970: 20_778)

    /// Nobody acts for somebody; fields take their samples when they are asked; the record is that of the
    /// demonstration register.
    public static func sample(of matter: Matter, today: CalendarDate = usualDay) -> Scenario {
        let facts = matter.lookup?.register.facts.map { ($0.key, $0.sampleAnswer()) } ?? []
        let record = Dictionary(facts, uniquingKeysWith: { first, _ in first }).compactMapValues(\.self)
        return Scenario(
            actsForOther: false, birthDate: birthDate(ofAge: 40, on: today), isLocal: true, today: today,
            answers: [:], record: matter.lookup == nil ? nil : record, goal: "sample")
    }

    /// The birth date of somebody whose birthday is today.
    public static func birthDate(ofAge age: Int, on today: CalendarDate) -> CalendarDate {
        let year = today.year - age
        return CalendarDate(year: year, month: today.month, day: today.day)
            ?? CalendarDate(year: year, month: 3, day: 1) ?? today
    }
}
