/// Orders to pay: placed once, paid once, closed when nobody has paid in time.

import HTTPTypes
import KioskCore

struct PaymentDesk: Sendable {
    /// Seconds after which an order can no longer be paid.
    static let openFor = 15 * 60
    /// Orders that one terminal may have open at once.
    static let openPerTerminal = 200
    /// 100 million yuan.
    static let maximumAmount = 10_000_000_000

    let database: OfficeDatabase
    let provider: any PaymentProvider
    let deadline: Deadline
    let now: @Sendable () -> Timestamp
    /// The button on the order's page pays: only where the demonstration's cashier is at work.
    let takesButton: Bool

    /// Places the order, or answers the one that is there.
    func place(_ request: PaymentRequest, from record: TerminalRecord, terminal: TerminalID) async throws
        -> PaymentOrder
    {
        try check(request)
        if let placed = try await database.order(request.orderID, of: terminal, at: now()) {
            return try same(placed, request)
        }
        guard try await database.openOrders(of: terminal, at: now()) < Self.openPerTerminal else {
            throw Refusal(.tooManyRequests, "too-many-orders", "too many open orders of this terminal; try again later")
        }
        let code = hexadecimal(randomBytes(16))
        let provider = provider
        let payURL: String
        do {
            payURL = try await deadline.run {
                try await provider.payURL(for: request, code: code, publicURL: record.publicURL)
            }
        } catch {
            throw Refusal(.serviceUnavailable, "cashier-failed", "the cashier did not answer; try again later")
        }
        let placed = try await database.place(request, of: terminal, code: code, payURL: payURL, at: now())
        return try same(placed, request)
    }

    /// The press of the demonstration's button. Nil when no order has this code.
    func pressButton(code: String) async throws -> OfficeOrder? {
        guard takesButton else { return try await database.order(code: code, at: now()) }
        return try await settle(code: code, reference: Self.reference(at: now()))
    }

    /// Nil when this terminal has no such order.
    func order(_ id: String, of terminal: TerminalID) async throws -> PaymentOrder? {
        guard let placed = try await database.order(id, of: terminal, at: now()) else { return nil }
        guard placed.state == .waiting else { return placed.wire }
        // A provider that is silent leaves the order waiting: the terminal asks again.
        let provider = provider
        let reference = try? await deadline.run { try await provider.reference(ofPaymentFor: placed.code) }
        guard let reference = reference ?? nil else { return placed.wire }
        return try await settle(code: placed.code, reference: reference)?.wire ?? placed.wire
    }

    /// Marks the order of this code paid, once; a second time, or after it was closed, changes nothing.
    func settle(code: String, reference: String) async throws -> OfficeOrder? {
        try await database.settle(code: code, reference: reference, at: now())
    }

    /// `20261121-4F7K2M9Q`: the day and forty random bits.
    private static func reference(at now: Timestamp) -> String {
        let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
        let day = now.chinaDate.description.filter { $0 != "-" }
        return day + "-" + String(randomBytes(8).map { alphabet[Int($0 & 31)] })
    }

    private func same(_ placed: OfficeOrder, _ request: PaymentRequest) throws(Refusal) -> PaymentOrder {
        guard placed.amount == request.amount, placed.matterCode == request.matterCode else {
            throw Refusal(.conflict, "conflict", "this order was placed with another amount or matter")
        }
        return placed.wire
    }

    private func check(_ request: PaymentRequest) throws(Refusal) {
        guard isOrderID(request.orderID) else { throw .malformed("an order id is 1 to 64 letters, digits and hyphens") }
        guard (1...Self.maximumAmount).contains(request.amount) else { throw .malformed("the amount is out of range") }
        guard (1...16).contains(request.matterCode.utf8.count), request.subject.zh.utf8.count <= 400,
            request.subject.en.utf8.count <= 400, !request.subject.zh.isEmpty
        else { throw .malformed("matterCode or subject has a wrong length") }
    }
}

func isOrderID(_ text: some StringProtocol) -> Bool {
    (1...64).contains(text.utf8.count)
        && text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D
        }
}
