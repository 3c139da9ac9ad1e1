/// Ratings of the service (好差评) in the database, and their counts.

import FoundationEssentials
import GRDB
import KioskCore

/// How people graded one matter.
struct MatterRating: Sendable {
    var matterCode: String
    /// Ratings by grade, 5 to 1.
    var counts: [Int: Int] = [:]
    /// What those who gave 1 or 2 named.
    var reasons: [ServiceRating.Reason: Int] = [:]

    var count: Int { counts.values.reduce(0, +) }
    /// From 1 to 5; nil without a rating.
    var average: Double? {
        count == 0 ? nil : Double(counts.reduce(0) { $0 + $1.key * $1.value }) / Double(count)
    }
}

extension OfficeDatabase {
    /// Keeps the session's rating, or gives the one that came first.
    func keep(_ rating: ServiceRating, from terminal: TerminalID) async throws -> ServiceRating {
        let bytes = try JSONEncoder().encode(rating)
        return try await queue.write { database in
            if let kept = try Data.fetchOne(
                database, sql: "SELECT document FROM ratings WHERE terminal = ? AND session = ?",
                arguments: [terminal.text, rating.session])
            {
                return try JSONDecoder().decode(ServiceRating.self, from: kept)
            }
            try database.execute(
                sql: "INSERT INTO ratings (terminal, session, matter_code, grade, document) VALUES (?, ?, ?, ?, ?)",
                arguments: [terminal.text, rating.session, rating.matterCode, rating.grade, bytes])
            for reason in rating.reasons {
                try database.execute(
                    sql: "INSERT INTO rating_reasons (terminal, session, reason) VALUES (?, ?, ?)",
                    arguments: [terminal.text, rating.session, reason.rawValue])
            }
            return rating
        }
    }

    /// Every matter with a rating, the most often rated first.
    func ratings() async throws -> [MatterRating] {
        try await queue.read { database in
            var matters: [String: MatterRating] = [:]
            for row in try Row.fetchAll(
                database, sql: "SELECT matter_code, grade, count(*) AS n FROM ratings GROUP BY matter_code, grade")
            {
                let code: String = row["matter_code"]
                matters[code, default: MatterRating(matterCode: code)].counts[row["grade"]] = row["n"]
            }
            for row in try Row.fetchAll(
                database,
                sql: """
                    SELECT matter_code, reason, count(*) AS n FROM rating_reasons JOIN ratings USING (terminal, session)
                    WHERE grade <= 2 GROUP BY matter_code, reason
                    """)
            {
                guard let reason = ServiceRating.Reason(rawValue: row["reason"]) else { continue }
                matters[row["matter_code"]]?.reasons[reason] = row["n"]
            }
            return matters.values.sorted { ($1.count, $0.matterCode) < ($0.count, $1.matterCode) }
        }
    }
}
