/// Cases in the database: announced, received with a receipt, listed, decided.

import FoundationEssentials
import GRDB
import KioskCore

/// What the inbox keeps of a received case besides its manifest.
struct CaseIndex: Sendable {
    var flag: CaseFlag?
    var receiptNumber: String?
    var matterCode: String?
    var matterTitle: Localized?
    var submittedAt: Timestamp?
    var summary: [UInt8]?
    var isHandedOver = false
    /// `OfficeKeys.applicantTag` of the applicant's number; nil without an applicant.
    var applicantTag: String?
    var workdays: Int?
    var payment: CasePayment?
    var deferred: [(title: Localized, due: CalendarDate)] = []
    var supplement: Supplement?
    /// CRC-32 of each item's plaintext by slot, for a zip's headers.
    var checksums: [String: UInt32]
}

enum Announcement: Sendable {
    case accepted
    case alreadyReceived(SignedDocument)
    case conflict
}

extension OfficeDatabase {
    /// Keeps the manifest, or finds that it was kept before. A manifest with other bytes is kept beside the first.
    func announce(
        _ reference: CaseReference, manifest: CaseManifest, hash: ContentDigest, document: SignedDocument,
        at now: Timestamp
    ) async throws -> Announcement {
        let bytes = try JSONEncoder().encode(document)
        return try await queue.write { database in
            if let row = try Row.fetchOne(
                database, sql: "SELECT number, manifest_hash FROM cases WHERE terminal = ? AND case_id = ? AND rev = ?",
                arguments: [reference.terminal.text, reference.caseID, reference.rev])
            {
                let number: Int64 = row["number"]
                guard row["manifest_hash"] == hash.hex else {
                    try Self.keepConflict(
                        database, number: number, reference: reference, hash: hash, document: bytes, at: now)
                    return .conflict
                }
                if let receipt = try Self.receipt(database, of: number) { return .alreadyReceived(receipt) }
                return .accepted
            }
            try Self.checkChain(database, reference: reference, manifest: manifest, at: now)
            try database.execute(
                sql: """
                    INSERT INTO cases
                        (terminal, case_id, rev, epoch, sequence, manifest_hash, manifest, announced_at, state)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    reference.terminal.text, reference.caseID, reference.rev, manifest.epoch, manifest.sequence,
                    hash.hex, bytes, now.milliseconds, CaseState.announced.rawValue,
                ])
            return .accepted
        }
    }

    /// The row of a case and its signed manifest.
    func caseRow(_ reference: CaseReference) async throws -> (row: CaseRow, manifest: SignedDocument)? {
        try await queue.read { database in
            try Row.fetchOne(
                database,
                sql: "SELECT \(CaseRow.columns), manifest FROM cases WHERE terminal = ? AND case_id = ? AND rev = ?",
                arguments: [reference.terminal.text, reference.caseID, reference.rev]
            ).map(Self.rowWithManifest)
        }
    }

    func caseRow(number: Int64) async throws -> (row: CaseRow, manifest: SignedDocument)? {
        try await queue.read { database in
            try Row.fetchOne(
                database, sql: "SELECT \(CaseRow.columns), manifest FROM cases WHERE number = ?", arguments: [number]
            ).map(Self.rowWithManifest)
        }
    }

    /// The newest revision of a case by its id.
    func caseRow(caseID: String) async throws -> (row: CaseRow, manifest: SignedDocument)? {
        try await queue.read { database in
            try Row.fetchOne(
                database,
                sql: "SELECT \(CaseRow.columns), manifest FROM cases WHERE case_id = ? ORDER BY rev DESC, number DESC",
                arguments: [caseID]
            ).map(Self.rowWithManifest)
        }
    }

    func receipt(ofCase number: Int64) async throws -> SignedDocument? {
        try await queue.read { try Self.receipt($0, of: number) }
    }

    /// Marks the case as received and issues its receipt, in one commit. The second time gives the first receipt.
    ///
    /// - Parameter sign: Makes the receipt document for the position in the log.
    func receive(
        _ row: CaseRow, index: CaseIndex, at now: Timestamp,
        sign: @escaping @Sendable (_ logIndex: Int64) throws -> SignedDocument
    ) async throws -> SignedDocument {
        try await queue.write { database in
            if let receipt = try Self.receipt(database, of: row.number) { return receipt }
            let logIndex =
                try Int64.fetchOne(database, sql: "SELECT coalesce(max(log_index), 0) + 1 FROM receipts") ?? 1
            let document = try sign(logIndex)
            try database.execute(
                sql: """
                    UPDATE cases SET state = ?, received_at = ?, flag = ?, receipt_number = ?, matter_code = ?,
                        matter_zh = ?, matter_en = ?, submitted_at = ?, summary = ?, handed_over = ?,
                        applicant_tag = ?, workdays = ?, order_id = ?, says_paid = ?
                    WHERE number = ?
                    """,
                arguments: [
                    CaseState.received.rawValue, now.milliseconds, index.flag?.rawValue, index.receiptNumber,
                    index.matterCode, index.matterTitle?.zh, index.matterTitle?.en, index.submittedAt?.milliseconds,
                    index.summary.map { Data($0) }, index.isHandedOver, index.applicantTag, index.workdays,
                    index.payment?.orderID, index.payment?.isPaid, row.number,
                ])
            try Self.keepDeferred(database, index.deferred, ofCase: row.number)
            if let supplement = index.supplement {
                try Self.apply(database, supplement, from: row.number, applicantTag: index.applicantTag)
            }
            for (slot, checksum) in index.checksums {
                try database.execute(
                    sql: "INSERT OR REPLACE INTO checksums VALUES (?, ?, ?)",
                    arguments: [row.number, slot, Int64(checksum)])
            }
            try database.execute(
                sql: "INSERT INTO receipts (log_index, case_number, document, at) VALUES (?, ?, ?, ?)",
                arguments: [logIndex, row.number, try JSONEncoder().encode(document), now.milliseconds])
            try Self.audit(
                database, actor: row.reference.terminal.text, action: .received, caseNumber: row.number, at: now)
            return document
        }
    }

    func checksums(ofCase number: Int64) async throws -> [String: UInt32] {
        try await queue.read { database in
            let rows = try Row.fetchAll(
                database, sql: "SELECT slot, crc32 FROM checksums WHERE case_number = ?", arguments: [number])
            return Dictionary(
                rows.map { ($0["slot"] as String, UInt32(truncatingIfNeeded: $0["crc32"] as Int64)) },
                uniquingKeysWith: { first, _ in first })
        }
    }

    /// Received cases, newest first.
    ///
    /// - Parameters:
    ///   - search: Part of a receipt number; empty for all.
    ///   - handedOver: Only cases that are to be finished at a window.
    ///   - before: Only cases with a smaller number; nil from the newest.
    func inbox(
        search: String, state: CaseState?, handedOver: Bool, before: Int64?, limit: Int
    ) async throws -> [CaseRow] {
        let pattern =
            search.reduce(into: "%") { pattern, letter in
                if "%_\\".contains(letter) { pattern.append("\\") }
                pattern.append(letter)
            } + "%"
        return try await queue.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT \(CaseRow.columns) FROM cases
                    WHERE state <> 'announced' AND (? = '' OR receipt_number LIKE ? ESCAPE '\\')
                        AND (? IS NULL OR state = ?) AND (handed_over OR NOT ?) AND (? IS NULL OR number < ?)
                    ORDER BY number DESC LIMIT ?
                    """,
                arguments: [search, pattern, state?.rawValue, state?.rawValue, handedOver, before, before, limit]
            ).map(CaseRow.init)
        }
    }

    /// Every case, announced ones too, oldest first.
    func allCases() async throws -> [CaseRow] {
        try await queue.read { database in
            try Row.fetchAll(database, sql: "SELECT \(CaseRow.columns) FROM cases ORDER BY number").map(CaseRow.init)
        }
    }

    func counts() async throws -> [CaseState: Int] {
        try await queue.read { database in
            let rows = try Row.fetchAll(database, sql: "SELECT state, count(*) AS count FROM cases GROUP BY state")
            return rows.reduce(into: [:]) { counts, row in
                if let state = CaseState(rawValue: row["state"]) { counts[state] = row["count"] }
            }
        }
    }

    /// Moves a received case on. False when it was decided before.
    func decide(
        case number: Int64, to state: CaseState, reason: String, user: String, at now: Timestamp
    ) async throws -> Bool {
        try await queue.write { database in
            try database.execute(
                sql: "UPDATE cases SET state = ?, reason = ? WHERE number = ? AND state = 'received'",
                arguments: [state.rawValue, reason.isEmpty ? nil : reason, number])
            guard database.changesCount == 1 else { return false }
            try Self.audit(
                database, actor: user, action: .decided, caseNumber: number, detail: state.rawValue, at: now)
            return true
        }
    }

    /// The day a receipt number was received or a record was issued under a code; nil when there is no such thing.
    func verify(receiptNumber: String, code: String) async throws -> (isRecord: Bool, at: Timestamp)? {
        try await queue.read { database in
            if let at = try Int64.fetchOne(
                database, sql: "SELECT received_at FROM cases WHERE receipt_number = ? AND received_at IS NOT NULL",
                arguments: [receiptNumber])
            {
                return (false, Timestamp(milliseconds: at))
            }
            return try Int64.fetchOne(database, sql: "SELECT at FROM issued WHERE code = ?", arguments: [code])
                .map { (true, Timestamp(milliseconds: $0)) }
        }
    }

    private static func rowWithManifest(_ row: Row) throws -> (row: CaseRow, manifest: SignedDocument) {
        let manifest: Data = row["manifest"]
        return (try CaseRow(row), try JSONDecoder().decode(SignedDocument.self, from: manifest))
    }

    private static func receipt(_ database: Database, of number: Int64) throws -> SignedDocument? {
        try Data.fetchOne(database, sql: "SELECT document FROM receipts WHERE case_number = ?", arguments: [number])
            .map { try JSONDecoder().decode(SignedDocument.self, from: $0) }
    }

    /// At most eight a case: a broken terminal must not fill the disk.
    private static func keepConflict(
        _ database: Database, number: Int64, reference: CaseReference, hash: ContentDigest, document: Data,
        at now: Timestamp
    ) throws {
        let kept = try Int.fetchOne(
            database, sql: "SELECT count(*) FROM conflicts WHERE case_number = ?", arguments: [number])
        guard (kept ?? 0) < 8 else { return }
        try database.execute(
            sql: "INSERT OR IGNORE INTO conflicts VALUES (?, ?, ?, ?)",
            arguments: [number, hash.hex, document, now.milliseconds])
        if database.changesCount == 1 { try raise(database, .conflict, reference: reference, at: now) }
    }

    /// A gap or a wrong link is an alarm, never a reason to refuse a citizen's case.
    private static func checkChain(
        _ database: Database, reference: CaseReference, manifest: CaseManifest, at now: Timestamp
    ) throws {
        let sql = "SELECT manifest_hash FROM cases WHERE terminal = ? AND epoch = ? AND sequence = ?"
        let terminal = reference.terminal.text
        if manifest.rev == 1,
            try String.fetchOne(database, sql: sql, arguments: [terminal, manifest.epoch, manifest.sequence]) != nil
        {
            try raise(database, .sequenceReused, reference: reference, at: now)
        }
        let before = try String.fetchOne(
            database, sql: sql, arguments: [terminal, manifest.epoch, manifest.sequence - 1])
        if let before, before != manifest.previousHash {
            try raise(database, .chainBroken, reference: reference, at: now)
        }
    }
}
