/// The two registers that the office answers from its own cases: how far a case is, and which papers are still promised.

import KioskCore

/// A case of the office as these registers tell of it.
struct CaseStanding: Sendable {
    var number: Int64
    var receiptNumber: String
    var state: CaseState
    var isHandedOver: Bool
    var reason: String?
    var matterTitle: Localized
    /// In China.
    var received: CalendarDate
    /// The last day of the promised time.
    var due: CalendarDate
    /// An order that the case refers to and nobody has paid.
    var owes: Bool
    var papers: [DeferredPaper]
    var isExtended: Bool
    var manifestHash: String
}

struct OwnCases: RecordProvider {
    static let progress = "case-progress"
    static let papers = "deferred-papers"
    /// How much of the proof on the receipt must be typed where no card is read.
    private static let codeLength = 6

    let database: OfficeDatabase
    let keys: OfficeKeys

    func facts(
        for query: RecordQuery, use: RegisterCatalogue.Use, register: Register
    ) async throws -> [String: Answer]? {
        let facts: [String: Answer]
        switch register.name {
        case Self.progress:
            guard let found = try await standing(query, use) else { return nil }
            facts = progress(found)
        case Self.papers:
            guard let found = try await standing(query, use), !found.papers.isEmpty else { return nil }
            facts = papers(found)
        default: return nil
        }
        // An office may declare fewer facts.
        let declared = Set(register.facts.map(\.key))
        return facts.filter { declared.contains($0.key) }
    }

    /// With a card: a case of that applicant. Without: a case whose receipt's code was typed as well, so that a number
    /// that somebody overheard or counted up to opens nothing.
    private func standing(_ query: RecordQuery, _ use: RegisterCatalogue.Use) async throws -> CaseStanding? {
        let receipt = text(query.parameters["accept_no"]).map(searched)
        let code = searched(text(query.parameters["query_code"]) ?? "").filter { $0 != "-" }.lowercased()
        if use.isAnonymous {
            guard code.utf8.count >= Self.codeLength else { return nil }
            let typed = text(query.parameters["applicant_id"]).map(searched)
            guard receipt != nil || typed != nil else { return nil }
            return try await database.standings(
                receiptNumber: receipt, applicant: typed.map(keys.applicantTag), havingPapers: false
            ).first { $0.manifestHash.prefix(16).hasPrefix(code) }
        }
        return try await database.standings(
            receiptNumber: receipt, applicant: keys.applicantTag(query.number),
            havingPapers: use.register == Self.papers
        ).first
    }

    private func progress(_ found: CaseStanding) -> [String: Answer] {
        let open = found.papers.filter { $0.handedIn == nil }.map(\.title.zh)
        let missing = found.state == .returned ? found.reason ?? "" : open.joined(separator: "、")
        let state =
            switch found.state {
            case .announced, .received: found.owes ? "pay" : "received"
            case .accepted: found.owes ? "pay" : "review"
            case .returned: "supplement"
            case .rejected: "refused"
            }
        var facts: [String: Answer] = [
            "accept_no": .text(found.receiptNumber), "matter_name": .text(short(found.matterTitle.zh)),
            "accepted_on": .text(found.received.description), "state": .choice(state),
            "due": .text(found.due.description),
        ]
        if !missing.isEmpty { facts["missing"] = .text(short(missing)) }
        if found.isHandedOver || found.state == .returned { facts["where"] = .text("综合窗口") }
        return facts
    }

    private func papers(_ found: CaseStanding) -> [String: Answer] {
        let open = found.papers.filter { $0.handedIn == nil }
        let isClosed = found.state == .rejected || found.state == .returned
        return [
            "matter_name": .text(short(found.matterTitle.zh)), "accepted_on": .text(found.received.description),
            // What has been handed in already is not asked for again; a list that is complete shows all of it.
            "missing": .records(
                (open.isEmpty ? found.papers : open).prefix(20).map { paper in
                    RecordEntry(answers: [
                        "material": .text(short(paper.title.zh)), "promise_date": .text(paper.due.description),
                    ])
                }),
            "extended": .flag(found.isExtended),
            "state": .choice(isClosed ? "closed" : open.isEmpty ? "complete" : "open"),
        ]
    }

    private func short(_ text: String) -> String { String(String.UnicodeScalarView(text.unicodeScalars.prefix(200))) }
}
