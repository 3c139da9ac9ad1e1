/// 容缺受理: papers that were promised for later, by which day, and the later case that brings them.

import GRDB
import KioskCore

/// One promised paper.
struct DeferredPaper: Hashable, Sendable {
    var caseNumber: Int64
    var caseReceipt: String?
    var matterTitle: Localized?
    var title: Localized
    var due: CalendarDate
    /// The case that brought it; nil while it is open.
    var handedIn: Int64?

    /// At most a hundred a case, with titles of ordinary length.
    static func promised(in content: CaseContent) -> [(title: Localized, due: CalendarDate)] {
        content.materials.compactMap { material in
            guard case .deferred(let until) = material.state else { return nil }
            return (Localized(zh: clipped(material.title.zh), en: clipped(material.title.en)), until)
        }.prefix(100).map { $0 }
    }

    private static func clipped(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(200)))
    }
}

/// What a case of handing papers in later says of the earlier one.
struct Supplement: Hashable, Sendable {
    var receiptNumber: String
    /// Titles of the papers that came with it.
    var papers: [String]
    /// The day until which more time is asked for.
    var extendedTo: CalendarDate?

    /// Nil without the earlier case's number.
    init?(_ content: CaseContent) {
        func answer(_ key: String) -> Answer? { content.answers.first { $0.key == key }?.value }
        guard let receipt = text(answer("accept_no")) else { return nil }
        receiptNumber = searched(receipt)
        extendedTo = answer("extend") == .flag(true) ? text(answer("new_date")).flatMap { CalendarDate($0) } : nil
        papers = []
        let isPhotographed = content.materials.contains { material in
            if case .pages = material.state { true } else { false }
        }
        guard extendedTo == nil, isPhotographed, case .records(let entries) = answer("missing") else { return }
        // A paper that is said not to be ready has not come.
        papers = entries.filter { $0.answers["scan_ok"] != .flag(false) }.compactMap { text($0.answers["material"]) }
    }
}

extension OfficeDatabase {
    static func keepDeferred(
        _ database: Database, _ papers: [(title: Localized, due: CalendarDate)], ofCase number: Int64
    ) throws {
        for paper in papers {
            try database.execute(
                sql: "INSERT INTO deferred_papers (case_number, title_zh, title_en, due) VALUES (?, ?, ?, ?)",
                arguments: [number, paper.title.zh, paper.title.en, paper.due.description])
        }
    }

    /// Links the case to the earlier one of the same applicant, and marks what it brings; more time is given once.
    static func apply(
        _ database: Database, _ supplement: Supplement, from number: Int64, applicantTag: String?
    ) throws {
        guard
            let earlier = try Int64.fetchOne(
                database,
                sql: """
                    SELECT number FROM cases WHERE receipt_number = ? AND applicant_tag = ? AND number <> ?
                    ORDER BY number DESC
                    """,
                arguments: [supplement.receiptNumber, applicantTag, number])
        else { return }
        try database.execute(sql: "UPDATE cases SET supplements = ? WHERE number = ?", arguments: [earlier, number])
        for paper in Set(supplement.papers) {
            try database.execute(
                sql: """
                    UPDATE deferred_papers SET handed_in_by = ?
                    WHERE case_number = ? AND handed_in_by IS NULL AND (title_zh = ? OR title_en = ?)
                    """,
                arguments: [number, earlier, paper, paper])
        }
        if let day = supplement.extendedTo {
            try database.execute(
                sql: "UPDATE cases SET extended = 1 WHERE number = ? AND extended = 0", arguments: [earlier])
            guard database.changesCount == 1 else { return }
            try database.execute(
                sql: "UPDATE deferred_papers SET due = max(due, ?) WHERE case_number = ? AND handed_in_by IS NULL",
                arguments: [day.description, earlier])
        }
    }

    /// Promised papers that have not come, of cases that are still open; the earliest day first.
    func openPapers(limit: Int = 500) async throws -> [DeferredPaper] {
        try await queue.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT deferred_papers.*, receipt_number, matter_zh, matter_en FROM deferred_papers
                    JOIN cases ON cases.number = case_number
                    WHERE handed_in_by IS NULL AND state IN ('received', 'accepted')
                    ORDER BY due, deferred_papers.number LIMIT ?
                    """,
                arguments: [limit]
            ).compactMap(Self.paper)
        }
    }

    func papers(ofCase number: Int64) async throws -> [DeferredPaper] {
        try await queue.read { try Self.papers($0, ofCase: number) }
    }

    /// Receipt numbers of the later cases that hand papers in for this one.
    func supplements(ofCase number: Int64) async throws -> [(number: Int64, receiptNumber: String)] {
        try await queue.read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT number, receipt_number FROM cases WHERE supplements = ? ORDER BY number LIMIT 50",
                arguments: [number]
            ).map { ($0["number"], ($0["receipt_number"] as String?) ?? "—") }
        }
    }

    /// Cases by receipt number, applicant or both, newest first; only received ones, at most twenty.
    func standings(receiptNumber: String?, applicant: String?, havingPapers: Bool) async throws -> [CaseStanding] {
        guard receiptNumber != nil || applicant != nil else { return [] }
        return try await queue.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT cases.*, orders.order_id IS NOT NULL AND orders.paid_at IS NULL AS owes FROM cases
                    LEFT JOIN orders ON orders.terminal = cases.terminal AND orders.order_id = cases.order_id
                    WHERE cases.received_at IS NOT NULL AND (?1 IS NULL OR receipt_number = ?1)
                        AND (?2 IS NULL OR applicant_tag = ?2)
                        AND (NOT ?3 OR EXISTS (SELECT 1 FROM deferred_papers WHERE case_number = cases.number))
                    ORDER BY cases.number DESC LIMIT 20
                    """,
                arguments: [receiptNumber, applicant, havingPapers]
            ).compactMap { row -> CaseStanding? in
                let number: Int64 = row["number"]
                guard let receipt: String = row["receipt_number"], let state = CaseState(rawValue: row["state"]),
                    let zh: String = row["matter_zh"], let en: String = row["matter_en"]
                else { return nil }
                let received = Timestamp(milliseconds: row["received_at"]).chinaDate
                return CaseStanding(
                    number: number, receiptNumber: receipt, state: state, isHandedOver: row["handed_over"],
                    reason: row["reason"], matterTitle: Localized(zh: zh, en: en), received: received,
                    due: received.adding(workingDays: (row["workdays"] as Int?) ?? 0), owes: row["owes"],
                    papers: try Self.papers(database, ofCase: number), isExtended: row["extended"],
                    manifestHash: row["manifest_hash"])
            }
        }
    }

    private static func papers(_ database: Database, ofCase number: Int64) throws -> [DeferredPaper] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT deferred_papers.*, receipt_number, matter_zh, matter_en FROM deferred_papers
                JOIN cases ON cases.number = case_number WHERE case_number = ? ORDER BY deferred_papers.number
                """,
            arguments: [number]
        ).compactMap(paper)
    }

    private static func paper(_ row: Row) -> DeferredPaper? {
        guard let due = CalendarDate(row["due"] as String) else { return nil }
        let zh: String? = row["matter_zh"]
        let en: String? = row["matter_en"]
        return DeferredPaper(
            caseNumber: row["case_number"], caseReceipt: row["receipt_number"],
            matterTitle: zh.flatMap { zh in en.map { Localized(zh: zh, en: $0) } },
            title: Localized(zh: row["title_zh"], en: row["title_en"]), due: due, handedIn: row["handed_in_by"])
    }
}
