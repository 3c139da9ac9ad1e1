/// What staff work with besides cases: the audit log, alarms, staff calls and issued records.

import GRDB
import KioskCore

enum AuditAction: String, Sendable {
    case received, viewed, downloaded, decided
    /// The citizen number was shown in full.
    case revealed
    case pageViewed = "page-viewed"
    case signedIn = "signed-in"
    case signInFailed = "sign-in-failed"
    case signedOut = "signed-out"
    case inboxViewed = "inbox-viewed"
    case callAnswered = "call-answered"
    case callClosed = "call-closed"
    case alarmResolved = "alarm-resolved"
}

struct AuditEntry: Sendable {
    var at: Timestamp
    /// A user's name, or a terminal's id.
    var actor: String
    var action: AuditAction?
    var detail: String
}

struct StaffCall: Sendable {
    var id: String
    var terminal: String
    var page: String
    var matterCode: String?
    var receivedAt: Timestamp
    var state: StaffCallState
    var answeredBy: String?
}

struct Alarm: Sendable {
    var number: Int64
    var at: Timestamp
    var terminal: String
    var caseID: String?
    var kind: AlarmKind?
}

extension OfficeDatabase {
    static func audit(
        _ database: Database, actor: String, action: AuditAction, caseNumber: Int64? = nil, detail: String = "",
        at now: Timestamp
    ) throws {
        try database.execute(
            sql: "INSERT INTO audit (at, actor, action, case_number, detail) VALUES (?, ?, ?, ?, ?)",
            arguments: [now.milliseconds, actor, action.rawValue, caseNumber, detail])
    }

    /// Durable when it returns: a page is only shown after its row is there.
    func audit(
        actor: String, _ action: AuditAction, case number: Int64? = nil, detail: String = "", at now: Timestamp
    ) async throws {
        try await queue.write {
            try Self.audit($0, actor: actor, action: action, caseNumber: number, detail: detail, at: now)
        }
    }

    func history(ofCase number: Int64, limit: Int = 200) async throws -> [AuditEntry] {
        try await queue.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT at, actor, action, detail FROM audit WHERE case_number = ? ORDER BY number DESC LIMIT ?
                    """,
                arguments: [number, limit]
            ).map { row in
                AuditEntry(
                    at: Timestamp(milliseconds: row["at"]), actor: row["actor"],
                    action: AuditAction(rawValue: row["action"]), detail: row["detail"])
            }
        }
    }

    static func raise(_ database: Database, _ kind: AlarmKind, reference: CaseReference, at now: Timestamp) throws {
        try database.execute(
            sql: """
                INSERT INTO alarms (at, terminal, case_id, kind)
                SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS (
                    SELECT 1 FROM alarms WHERE terminal = ?2 AND case_id = ?3 AND kind = ?4 AND resolved_at IS NULL)
                """,
            arguments: [now.milliseconds, reference.terminal.text, reference.caseID, kind.rawValue])
    }

    /// An open alarm of the same kind about the same case stands for this one too.
    func raise(_ kind: AlarmKind, reference: CaseReference, at now: Timestamp) async throws {
        try await queue.write { try Self.raise($0, kind, reference: reference, at: now) }
    }

    func openAlarms(limit: Int = 100) async throws -> [Alarm] {
        try await queue.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT number, at, terminal, case_id, kind FROM alarms WHERE resolved_at IS NULL
                    ORDER BY number DESC LIMIT ?
                    """,
                arguments: [limit]
            ).map { row in
                Alarm(
                    number: row["number"], at: Timestamp(milliseconds: row["at"]), terminal: row["terminal"],
                    caseID: row["case_id"], kind: AlarmKind(rawValue: row["kind"]))
            }
        }
    }

    func resolveAlarm(_ number: Int64, user: String, at now: Timestamp) async throws -> Bool {
        try await queue.write { database in
            try database.execute(
                sql: "UPDATE alarms SET resolved_by = ?, resolved_at = ? WHERE number = ? AND resolved_at IS NULL",
                arguments: [user, now.milliseconds, number])
            guard database.changesCount == 1 else { return false }
            try Self.audit(database, actor: user, action: .alarmResolved, detail: "\(number)", at: now)
            return true
        }
    }

    /// Rings, or gives the call of this terminal that is ringing already: a repeated request is one call.
    func ring(_ request: StaffCallRequest, from terminal: TerminalID, at now: Timestamp) async throws -> StaffCallReply
    {
        let id = hexadecimal(randomBytes(8))
        return try await queue.write { database in
            if let ringing = try String.fetchOne(
                database, sql: "SELECT id FROM calls WHERE state = 'ringing' AND terminal = ?",
                arguments: [terminal.text])
            {
                return StaffCallReply(id: ringing, state: .ringing)
            }
            try database.execute(
                sql: """
                    INSERT INTO calls (id, terminal, page, matter_code, called_at, received_at, state)
                    VALUES (?, ?, ?, ?, ?, ?, 'ringing')
                    """,
                arguments: [
                    id, terminal.text, request.page, request.matterCode, request.at.milliseconds, now.milliseconds,
                ])
            return StaffCallReply(id: id, state: .ringing)
        }
    }

    /// Nil when this terminal has no such call.
    func call(_ id: String, of terminal: TerminalID) async throws -> StaffCallReply? {
        try await queue.read { database in
            try String.fetchOne(
                database, sql: "SELECT state FROM calls WHERE id = ? AND terminal = ?", arguments: [id, terminal.text]
            ).flatMap { StaffCallState(rawValue: $0) }.map { StaffCallReply(id: id, state: $0) }
        }
    }

    /// Calls that are not closed, oldest first.
    func openCalls(limit: Int = 100) async throws -> [StaffCall] {
        try await queue.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT id, terminal, page, matter_code, received_at, state, answered_by FROM calls
                    WHERE state <> 'closed' ORDER BY received_at LIMIT ?
                    """,
                arguments: [limit]
            ).compactMap { row in
                guard let state = StaffCallState(rawValue: row["state"]) else { return nil }
                return StaffCall(
                    id: row["id"], terminal: row["terminal"], page: row["page"], matterCode: row["matter_code"],
                    receivedAt: Timestamp(milliseconds: row["received_at"]), state: state,
                    answeredBy: row["answered_by"])
            }
        }
    }

    /// Ringing becomes acknowledged, either becomes closed; anything else is false.
    func moveCall(_ id: String, to state: StaffCallState, user: String, at now: Timestamp) async throws -> Bool {
        try await queue.write { database in
            switch state {
            case .ringing:
                return false
            case .acknowledged:
                try database.execute(
                    sql: """
                        UPDATE calls SET state = 'acknowledged', answered_by = ?, answered_at = ?
                        WHERE id = ? AND state = 'ringing'
                        """,
                    arguments: [user, now.milliseconds, id])
            case .closed:
                try database.execute(
                    sql: "UPDATE calls SET state = 'closed' WHERE id = ? AND state <> 'closed'", arguments: [id])
            }
            guard database.changesCount == 1 else { return false }
            let action: AuditAction = state == .closed ? .callClosed : .callAnswered
            try Self.audit(database, actor: user, action: action, detail: id, at: now)
            return true
        }
    }

    func keepIssued(
        code: String, register: String, matterCode: String, terminal: TerminalID, at now: Timestamp
    ) async throws {
        try await queue.write { database in
            try database.execute(
                sql: "INSERT INTO issued (code, register, matter_code, terminal, at) VALUES (?, ?, ?, ?, ?)",
                arguments: [code, register, matterCode, terminal.text, now.milliseconds])
        }
    }
}
