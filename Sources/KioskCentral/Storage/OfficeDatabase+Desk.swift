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
    /// A member of staff compared the person at a terminal with the card.
    case holderConfirmed = "holder-confirmed"
    case holderRefused = "holder-refused"
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
    var purpose: StaffCallRequest.Purpose
    /// Of the card whose holder is to be confirmed.
    var maskedNumber: String?
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

    /// A call to confirm a holder counts as left behind after this: the citizen has gone.
    private static let confirmationSeconds = 900

    /// Rings, or gives the call of this terminal that stands already: a repeated request is one call.
    func ring(_ request: StaffCallRequest, from terminal: TerminalID, at now: Timestamp) async throws -> StaffCallReply
    {
        let id = hexadecimal(randomBytes(8))
        return try await queue.write { database in
            if request.purpose == .confirmHolder {
                return try Self.ringToConfirm(database, request, id: id, from: terminal, at: now)
            }
            if let ringing = try String.fetchOne(
                database, sql: "SELECT id FROM calls WHERE state = 'ringing' AND terminal = ? AND purpose = 'help'",
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

    /// One call a session, and one open call a terminal: whoever stood there before has gone.
    private static func ringToConfirm(
        _ database: Database, _ request: StaffCallRequest, id: String, from terminal: TerminalID, at now: Timestamp
    ) throws -> StaffCallReply {
        try database.execute(
            sql: """
                DELETE FROM calls
                WHERE terminal = ? AND purpose = 'confirm-holder' AND is_holder IS NULL AND session IS NOT ?
                """,
            arguments: [terminal.text, request.session])
        if let row = try Row.fetchOne(
            database, sql: "\(replyQuery) WHERE terminal = ? AND purpose = 'confirm-holder' AND session = ?",
            arguments: [terminal.text, request.session]), let reply = reply(row)
        {
            try database.execute(
                sql: "UPDATE calls SET received_at = ? WHERE id = ? AND is_holder IS NULL",
                arguments: [now.milliseconds, reply.id])
            return reply
        }
        try database.execute(
            sql: """
                INSERT INTO calls
                    (id, terminal, page, matter_code, called_at, received_at, state, purpose, session, masked_number)
                VALUES (?, ?, ?, ?, ?, ?, 'ringing', 'confirm-holder', ?, ?)
                """,
            arguments: [
                id, terminal.text, request.page, request.matterCode, request.at.milliseconds, now.milliseconds,
                request.session, request.maskedNumber,
            ])
        return StaffCallReply(id: id, state: .ringing)
    }

    private static let replyQuery = "SELECT id, state, session, is_holder, confirmed_by, confirmed_at FROM calls"

    private static func reply(_ row: Row) -> StaffCallReply? {
        guard let state = StaffCallState(rawValue: row["state"]) else { return nil }
        var reply = StaffCallReply(id: row["id"], state: state)
        if let isHolder = row["is_holder"] as Bool?, let session = row["session"] as String?,
            let user = row["confirmed_by"] as String?, let at = row["confirmed_at"] as Int64?
        {
            reply.answer = HolderAnswer(
                isHolder: isHolder, session: session, by: user, at: Timestamp(milliseconds: at))
        }
        return reply
    }

    /// Nil when this terminal has no such call.
    func call(_ id: String, of terminal: TerminalID) async throws -> StaffCallReply? {
        try await queue.read { database in
            try Row.fetchOne(
                database, sql: "\(Self.replyQuery) WHERE id = ? AND terminal = ?", arguments: [id, terminal.text]
            ).flatMap(Self.reply)
        }
    }

    /// Staff's answer to a call to confirm the holder: once, and not after the citizen has gone. False otherwise.
    func answerCall(_ id: String, isHolder: Bool, user: String, at now: Timestamp) async throws -> Bool {
        try await queue.write { database in
            try database.execute(
                sql: """
                    UPDATE calls
                    SET state = 'closed', is_holder = ?, confirmed_by = ?, confirmed_at = ?, masked_number = NULL
                    WHERE id = ? AND purpose = 'confirm-holder' AND is_holder IS NULL AND received_at > ?
                    """,
                arguments: [
                    isHolder, user, now.milliseconds, id,
                    now.adding(seconds: -Self.confirmationSeconds).milliseconds,
                ])
            guard database.changesCount == 1 else { return false }
            try Self.audit(
                database, actor: user, action: isHolder ? .holderConfirmed : .holderRefused, detail: id, at: now)
            return true
        }
    }

    /// Calls that are not closed, oldest first.
    func openCalls(at now: Timestamp, limit: Int = 100) async throws -> [StaffCall] {
        try await queue.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT id, terminal, page, matter_code, received_at, state, answered_by, purpose, masked_number
                    FROM calls WHERE state <> 'closed' AND (purpose = 'help' OR received_at > ?)
                    ORDER BY received_at LIMIT ?
                    """,
                arguments: [now.adding(seconds: -Self.confirmationSeconds).milliseconds, limit]
            ).compactMap { row in
                guard let state = StaffCallState(rawValue: row["state"]),
                    let purpose = StaffCallRequest.Purpose(rawValue: row["purpose"])
                else { return nil }
                return StaffCall(
                    id: row["id"], terminal: row["terminal"], page: row["page"], matterCode: row["matter_code"],
                    receivedAt: Timestamp(milliseconds: row["received_at"]), state: state,
                    answeredBy: row["answered_by"], purpose: purpose, maskedNumber: row["masked_number"])
            }
        }
    }

    /// Ringing becomes acknowledged, either becomes closed; anything else is false. A call to confirm the holder is
    /// closed by its answer alone.
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
                    sql: "UPDATE calls SET state = 'closed' WHERE id = ? AND state <> 'closed' AND purpose = 'help'",
                    arguments: [id])
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
