/// Orders in the database: a paid one has its time and reference in the same commit that made it paid.

import GRDB
import KioskCore

struct OfficeOrder: Sendable {
    var terminal: String
    var id: String
    var code: String
    var payURL: String
    var matterCode: String
    var subject: Localized
    /// Fen.
    var amount: Int
    var placedAt: Timestamp
    var state: PaymentOrder.State
    var reference: String?
    var paidAt: Timestamp?
    /// The case that refers to it.
    var caseNumber: Int64?
    var caseReceipt: String?
    /// The case went out before the terminal knew that it was paid.
    var isToSettle: Bool

    var wire: PaymentOrder {
        PaymentOrder(
            orderID: id, amount: amount, state: state, payURL: payURL, reference: reference, paidAt: paidAt)
    }
}

extension OfficeDatabase {
    private static let orderColumns = """
        SELECT orders.*, cases.number AS case_number, cases.receipt_number AS case_receipt,
            cases.says_paid AS says_paid
        FROM orders LEFT JOIN cases ON cases.number = (
            SELECT max(number) FROM cases
            WHERE cases.terminal = orders.terminal AND cases.order_id = orders.order_id)
        """

    /// Keeps the order unless this terminal has one of that id; gives the one that is kept.
    func place(
        _ request: PaymentRequest, of terminal: TerminalID, code: String, payURL: String, at now: Timestamp
    ) async throws -> OfficeOrder {
        try await queue.write { database in
            try database.execute(
                sql: """
                    INSERT OR IGNORE INTO orders
                        (terminal, order_id, code, pay_url, matter_code, subject_zh, subject_en, amount, placed_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    terminal.text, request.orderID, code, payURL, request.matterCode, request.subject.zh,
                    request.subject.en, request.amount, now.milliseconds,
                ])
            guard let order = try Self.order(database, request.orderID, of: terminal, at: now) else {
                throw CentralError(.folder, "an order was not kept")
            }
            return order
        }
    }

    func order(_ id: String, of terminal: TerminalID, at now: Timestamp) async throws -> OfficeOrder? {
        try await queue.read { try Self.order($0, id, of: terminal, at: now) }
    }

    func order(code: String, at now: Timestamp) async throws -> OfficeOrder? {
        try await queue.read { try Self.order($0, code: code, at: now) }
    }

    /// Marks a waiting order paid; gives it as it is then, or nil when there is none of this code.
    func settle(code: String, reference: String, at now: Timestamp) async throws -> OfficeOrder? {
        try await queue.write { database in
            try database.execute(
                sql:
                    "UPDATE orders SET reference = ?, paid_at = ? WHERE code = ? AND paid_at IS NULL AND placed_at > ?",
                arguments: [reference, now.milliseconds, code, Self.oldestOpen(now)])
            return try Self.order(database, code: code, at: now)
        }
    }

    func openOrders(of terminal: TerminalID, at now: Timestamp) async throws -> Int {
        try await queue.read { database in
            try Int.fetchOne(
                database, sql: "SELECT count(*) FROM orders WHERE terminal = ? AND paid_at IS NULL AND placed_at > ?",
                arguments: [terminal.text, Self.oldestOpen(now)]) ?? 0
        }
    }

    /// Those that a case waits for first, then newest first.
    func orders(at now: Timestamp, limit: Int = 200) async throws -> [OfficeOrder] {
        try await queue.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    \(Self.orderColumns)
                    ORDER BY cases.number IS NOT NULL AND cases.says_paid = 0 AND orders.paid_at IS NULL DESC,
                        orders.placed_at DESC, orders.rowid DESC
                    LIMIT ?
                    """,
                arguments: [limit]
            ).map { Self.order($0, at: now) }
        }
    }

    private static func oldestOpen(_ now: Timestamp) -> Int64 {
        now.adding(seconds: -PaymentDesk.openFor).milliseconds
    }

    private static func order(
        _ database: Database, _ id: String, of terminal: TerminalID, at now: Timestamp
    ) throws -> OfficeOrder? {
        try Row.fetchOne(
            database, sql: "\(orderColumns) WHERE orders.terminal = ? AND orders.order_id = ?",
            arguments: [terminal.text, id]
        ).map { order($0, at: now) }
    }

    private static func order(_ database: Database, code: String, at now: Timestamp) throws -> OfficeOrder? {
        try Row.fetchOne(database, sql: "\(orderColumns) WHERE orders.code = ?", arguments: [code])
            .map { order($0, at: now) }
    }

    private static func order(_ row: Row, at now: Timestamp) -> OfficeOrder {
        let paidAt = (row["paid_at"] as Int64?).map(Timestamp.init)
        let placedAt: Int64 = row["placed_at"]
        let isOpen = placedAt > oldestOpen(now)
        let caseNumber: Int64? = row["case_number"]
        let saysPaid: Bool? = row["says_paid"]
        return OfficeOrder(
            terminal: row["terminal"], id: row["order_id"], code: row["code"], payURL: row["pay_url"],
            matterCode: row["matter_code"], subject: Localized(zh: row["subject_zh"], en: row["subject_en"]),
            amount: row["amount"], placedAt: Timestamp(milliseconds: placedAt),
            state: paidAt != nil ? .paid : isOpen ? .waiting : .closed, reference: row["reference"], paidAt: paidAt,
            caseNumber: caseNumber, caseReceipt: row["case_receipt"], isToSettle: caseNumber != nil && saysPaid == false
        )
    }
}
