/// Questions to the central office that a citizen waits for: records, payments, ratings and staff calls.

internal import FoundationEssentials
public import KioskCore

/// Stateless; every call is one request that ends within eight seconds.
public struct OfficeClient: OfficeLink {
    private static let timeout = 8
    private static let maximumNameBytes = 64

    private let terminal: String
    private let transport: any OfficeTransport

    public init(terminal: String, transport: any OfficeTransport) {
        self.terminal = terminal
        self.transport = transport
    }

    public func lookUp(_ query: RecordQuery) async throws(Fault) -> OfficeRecord {
        try await ask(post("lookups", query), OfficeRecord.self, mayBeMissing: true)
    }

    public func placeOrder(_ request: PaymentRequest) async throws(Fault) -> PaymentOrder {
        try await checked(post("payments", request), id: request.orderID, amount: request.amount)
    }

    public func order(id: String) async throws(Fault) -> PaymentOrder {
        guard Self.isIdentifier(id) else {
            throw Fault(.officeRefused, responsible: .technician, detail: "an order id is malformed")
        }
        let request = OfficeRequest(.get, "/v1/kiosks/\(terminal)/payments/\(id)", timeout: Self.timeout)
        return try await checked(request, id: id, amount: nil)
    }

    public func rate(_ rating: ServiceRating) async throws(Fault) {
        _ = try await ask(post("ratings", rating), ServiceRating.self)
    }

    public func callStaff(_ call: StaffCallRequest) async throws(Fault) -> String {
        let reply = try await ask(post("calls", call), StaffCallReply.self)
        guard Self.isIdentifier(reply.id) else {
            throw Fault(.officeRefused, responsible: .technician, detail: "the office gave an unusable call id")
        }
        return reply.id
    }

    public func staffCall(id: String) async throws(Fault) -> StaffCallReply {
        guard Self.isIdentifier(id) else {
            throw Fault(.officeRefused, responsible: .technician, detail: "a call id is malformed")
        }
        let request = OfficeRequest(.get, "/v1/kiosks/\(terminal)/calls/\(id)", timeout: Self.timeout)
        let reply = try await ask(request, StaffCallReply.self)
        guard reply.id == id, (reply.answer?.by ?? "").utf8.count <= Self.maximumNameBytes else {
            throw Fault(.officeRefused, responsible: .technician, detail: "the office answered with another call")
        }
        return reply
    }

    /// What is paid must be what was ordered: an answer about another order or amount is not used.
    private func checked(_ request: OfficeRequest, id: String, amount: Int?) async throws(Fault) -> PaymentOrder {
        let order = try await ask(request, PaymentOrder.self)
        guard order.orderID == id, order.amount == amount ?? order.amount, order.payURL.hasPrefix("https://"),
            order.payURL.utf8.count <= 500
        else {
            throw Fault(.officeRefused, responsible: .technician, detail: "the office answered with another order")
        }
        return order
    }

    private func post(_ resource: String, _ body: some Encodable) throws(Fault) -> OfficeRequest {
        guard let json = try? WireJSON.encode(body) else {
            throw Fault(.officeRefused, responsible: .technician, detail: "a request cannot be encoded")
        }
        return OfficeRequest(
            .post, "/v1/kiosks/\(terminal)/\(resource)", contentType: "application/json", body: [UInt8](json),
            timeout: Self.timeout)
    }

    private func ask<Answer: Decodable>(
        _ request: OfficeRequest, _ type: Answer.Type, mayBeMissing: Bool = false
    ) async throws(Fault) -> Answer {
        let response: OfficeResponse
        do {
            response = try await transport.send(request)
        } catch {
            throw Fault(.officeUnreachable, responsible: .hallStaff, detail: error.description)
        }
        switch response.status {
        case 200...299:
            // A portal's page, or an office of another version.
            guard let answer = response.json(type) else {
                throw Fault(
                    .officeUnreachable, responsible: .hallStaff,
                    detail: "\(response.status) without the expected JSON")
            }
            return answer
        case 400...499 where ![408, 425, 429].contains(response.status):
            guard let problem = response.json(WireProblem.self) else {
                throw Fault(.officeUnreachable, responsible: .hallStaff, detail: "\(response.status) not by the office")
            }
            if mayBeMissing, response.status == 404 {
                throw Fault(.recordNotFound, responsible: .citizen)
            }
            throw Fault(
                .officeRefused, responsible: .technician,
                detail: "\(response.status) \(LogText.word(problem.problem))")
        default:
            throw Fault(.officeUnreachable, responsible: .hallStaff, detail: "\(response.status)")
        }
    }

    private static func isIdentifier(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == 0x2D
            }
    }
}

/// Words from outside that go into a log or a status.
enum LogText {
    /// A problem's stable word, or `?` when it is none: free text could carry personal data.
    static func word(_ text: String) -> String {
        let fits =
            (1...40).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x2D }
        return fits ? text : "?"
    }
}
