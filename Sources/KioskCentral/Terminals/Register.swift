/// The register of social insurance: who is insured, for which months, with which employer.

import FoundationEssentials
import GRDB
public import KioskCore

/// A person as the register is fed, from `kiosk-central register add`.
public struct InsuredPerson: Codable, Hashable, Sendable {
    public struct Range: Codable, Hashable, Sendable {
        public var insurance: Insurance
        /// `YYYY-MM`, first month paid.
        public var from: String
        /// `YYYY-MM`, last month paid.
        public var to: String
        /// Contribution base, fen a month.
        public var base: Int
        public var employer: Localized

        public init(insurance: Insurance, from: String, to: String, base: Int, employer: Localized) {
            self.insurance = insurance
            self.from = from
            self.to = to
            self.base = base
            self.employer = employer
        }
    }

    public var number: String
    public var name: String
    public var ranges: [Range]

    public init(number: String, name: String, ranges: [Range]) {
        self.number = number
        self.name = name
        self.ranges = ranges
    }
}

public enum Insurance: String, Codable, CaseIterable, Sendable {
    case pension, unemployment, injury

    var title: Localized {
        switch self {
        case .pension: Localized(zh: "养老保险", en: "Pension insurance")
        case .unemployment: Localized(zh: "失业保险", en: "Unemployment insurance")
        case .injury: Localized(zh: "工伤保险", en: "Work injury insurance")
        }
    }
}

/// A month as the number of months since year 0.
struct Month: Hashable, Comparable, Sendable, CustomStringConvertible {
    var count: Int

    init(count: Int) { self.count = count }

    /// `YYYY-MM`; nil for anything else.
    init?(_ text: String) {
        guard text.utf8.count == 7, let first = CalendarDate("\(text)-01") else { return nil }
        count = first.year * 12 + first.month - 1
    }

    static func < (left: Month, right: Month) -> Bool { left.count < right.count }

    var description: String {
        let year = String(count / 12)
        let month = count % 12 + 1
        return String(repeating: "0", count: max(0, 4 - year.count)) + year + (month < 10 ? "-0" : "-") + "\(month)"
    }
}

/// One run of paid months.
struct PaidRange: Hashable, Sendable {
    var insurance: Insurance
    var from: Month
    var to: Month
    var baseFen: Int
    var employer: Localized

    var months: Int { to.count - from.count + 1 }

    /// The part inside the period; nil when there is none.
    func clipped(from first: Month, to last: Month) -> PaidRange? {
        var part = self
        part.from = max(from, first)
        part.to = min(to, last)
        return part.from <= part.to ? part : nil
    }
}

extension OfficeDatabase {
    /// Replaces what the register says of these people; all or nothing.
    func replaceInsured(_ people: [InsuredPerson]) throws {
        try queue.write { database in
            for person in people {
                guard CitizenNumber.isValid(person.number), !person.name.isEmpty else {
                    throw CentralError(.invalid, "a person needs a name and a valid citizen number")
                }
                try database.execute(sql: "DELETE FROM insured WHERE number = ?", arguments: [person.number])
                try database.execute(
                    sql: "INSERT INTO insured (number, name) VALUES (?, ?)", arguments: [person.number, person.name])
                for range in person.ranges {
                    guard let from = Month(range.from), let to = Month(range.to), from <= to, range.base >= 0 else {
                        throw CentralError(.invalid, "a range needs from and to as YYYY-MM in order, and a base")
                    }
                    try database.execute(
                        sql: "INSERT INTO insured_ranges VALUES (?, ?, ?, ?, ?, ?, ?)",
                        arguments: [
                            person.number, range.insurance.rawValue, from.count, to.count, range.base,
                            range.employer.zh, range.employer.en,
                        ])
                }
            }
        }
    }

    /// Nil unless the register has this number under this name.
    func paidRanges(number: String, name: String) async throws -> [PaidRange]? {
        try await queue.read { database in
            let found = try String.fetchOne(
                database, sql: "SELECT name FROM insured WHERE number = ?", arguments: [number])
            guard found == name else { return nil }
            return try Row.fetchAll(
                database, sql: "SELECT * FROM insured_ranges WHERE number = ? ORDER BY insurance, from_month",
                arguments: [number]
            ).compactMap { row in
                guard let insurance = Insurance(rawValue: row["insurance"]) else { return nil }
                return PaidRange(
                    insurance: insurance, from: Month(count: row["from_month"]), to: Month(count: row["to_month"]),
                    baseFen: row["base_fen"], employer: Localized(zh: row["employer_zh"], en: row["employer_en"]))
            }
        }
    }
}

/// Invented people with unassigned area codes, so that a hall can be tried without anybody's data.
enum DemoRegister {
    private static let textile = Localized(zh: "临江纺织有限公司", en: "Linjiang Textile Co., Ltd.")
    private static let software = Localized(zh: "云帆软件有限公司", en: "Yunfan Software Co., Ltd.")
    private static let school = Localized(zh: "第三实验小学", en: "No. 3 Experimental Primary School")

    static let people: [InsuredPerson] = [
        InsuredPerson(
            number: "230199199001010018", name: "张伟民",
            ranges: Insurance.allCases.flatMap { insurance in
                [
                    .init(insurance: insurance, from: "2018-07", to: "2021-12", base: 480_000, employer: textile),
                    .init(insurance: insurance, from: "2022-02", to: "2026-10", base: 735_000, employer: software),
                ]
            }),
        InsuredPerson(
            number: "230199198506120023", name: "李静",
            ranges: [
                .init(insurance: .pension, from: "2009-09", to: "2026-10", base: 690_000, employer: school),
                .init(insurance: .unemployment, from: "2009-09", to: "2026-10", base: 690_000, employer: school),
            ]),
        person("23019920010203", "王海涛", from: "2024-03", employer: software),
        person("23019919780920", "赵丽华", from: "2005-01", employer: textile),
    ].compactMap { $0 }

    private static func person(_ prefix: String, _ name: String, from: String, employer: Localized) -> InsuredPerson? {
        let body = prefix + "003"
        guard let check = CitizenNumber.checkCharacter(for: body) else { return nil }
        return InsuredPerson(
            number: body + String(check), name: name,
            ranges: Insurance.allCases.map {
                .init(insurance: $0, from: from, to: "2026-10", base: 520_000, employer: employer)
            })
    }
}
