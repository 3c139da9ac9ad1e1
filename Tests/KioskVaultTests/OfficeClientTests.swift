// Records, payments, ratings and staff calls, and the folder that says who the office is.

import Crypto
import FoundationEssentials
import KioskCore
import Synchronization
import Testing

@testable import KioskVault

private final class OneAnswer: OfficeTransport {
    private let answer: OfficeResponse?
    private let last = Mutex<OfficeRequest?>(nil)
    var request: OfficeRequest? { last.withLock { $0 } }

    init(_ answer: OfficeResponse?) {
        self.answer = answer
    }

    init(_ status: Int, json value: some Encodable) throws {
        answer = OfficeResponse(
            status: status, contentType: "application/json", body: [UInt8](try JSONEncoder().encode(value)))
    }

    func send(_ request: OfficeRequest) async throws(VaultError) -> OfficeResponse {
        last.withLock { $0 = request }
        guard let answer else { throw VaultError(.unreachable, "connection refused") }
        return answer
    }
}

private let query = RecordQuery(
    register: "social-insurance", matterCode: "TST-001", number: citizenNumber, name: "测试甲", parameters: [:])

private func record() -> OfficeRecord {
    let text = Localized(zh: "测试", en: "Test")
    return OfficeRecord(
        register: "social-insurance", title: text, issuer: text, issuedAt: morning, verificationCode: "ABCD",
        verificationURL: "https://127.0.0.1:1/verify/ABCD", facts: ["state": .choice("valid")])
}

struct OfficeClientTests {
    @Test func aRecordIsAskedForAndReadBack() async throws {
        let transport = try OneAnswer(200, json: record())
        let found = try await OfficeClient(terminal: "DL01", transport: transport).lookUp(query)
        #expect(found == record())
        let request = try #require(transport.request)
        #expect(request.method == .post)
        #expect(request.path == "/v1/kiosks/DL01/lookups")
        #expect(request.timeout == 8)
        #expect(try JSONDecoder().decode(RecordQuery.self, from: Data(request.body)) == query)
    }

    @Test func noRecordIsTheCitizensMatterAndNothingIsSaidOfThem() async throws {
        let transport = try OneAnswer(404, json: WireProblem(problem: "not-found", detail: citizenNumber))
        let fault = await #expect(throws: Fault.self) {
            try await OfficeClient(terminal: "DL01", transport: transport).lookUp(query)
        }
        #expect(fault?.kind == .recordNotFound)
        #expect(fault?.responsible == .citizen)
        #expect(fault?.detail.contains(citizenNumber) == false)
    }

    @Test(arguments: [
        OfficeResponse(status: 200, contentType: "text/html", body: Array("<html>".utf8)),
        OfficeResponse(status: 404, contentType: "text/html", body: Array("<html>".utf8)),
        OfficeResponse(status: 302), OfficeResponse(status: 500), OfficeResponse(status: 503),
        OfficeResponse(status: 200, contentType: "application/json", body: Array("{}".utf8)),
        OfficeResponse(status: 200, contentType: "application/json", body: noise(400, seed: 3)), nil,
    ])
    func whateverIsNotTheOfficesAnswerMeansUnreachable(answer: OfficeResponse?) async throws {
        let fault = await #expect(throws: Fault.self) {
            try await OfficeClient(terminal: "DL01", transport: OneAnswer(answer)).lookUp(query)
        }
        #expect(fault?.kind == .officeUnreachable)
        #expect(fault?.responsible == .hallStaff)
    }

    @Test func aRefusalIsTheTechniciansMatter() async throws {
        let transport = try OneAnswer(422, json: WireProblem(problem: "malformed", detail: "name \(citizenNumber)"))
        let fault = await #expect(throws: Fault.self) {
            try await OfficeClient(terminal: "DL01", transport: transport).lookUp(query)
        }
        #expect(fault == Fault(.officeRefused, responsible: .technician, detail: "422 malformed"))
    }

    private static let order = PaymentOrder(
        orderID: "s-pay", amount: 8_000, state: .waiting, payURL: "https://office.example/pay/1")
    private static let payment = PaymentRequest(
        orderID: "s-pay", matterCode: "TST-001", subject: Localized(zh: "费", en: "Fee"), amount: 8_000)
    private static let rating = ServiceRating(
        session: "s", matterCode: "TST-001", receiptNumber: nil, grade: 5, reasons: [], at: morning)

    @Test func anOrderIsPlacedAndFollowed() async throws {
        let transport = try OneAnswer(200, json: Self.order)
        let office = OfficeClient(terminal: "DL01", transport: transport)
        #expect(try await office.placeOrder(Self.payment) == Self.order)
        #expect(transport.request?.path == "/v1/kiosks/DL01/payments")
        #expect(transport.request?.timeout == 8)
        #expect(try await office.order(id: "s-pay") == Self.order)
        #expect(transport.request?.path == "/v1/kiosks/DL01/payments/s-pay")
        #expect(transport.request?.method == .get)
    }

    @Test(arguments: [
        PaymentOrder(orderID: "other", amount: 8_000, state: .paid, payURL: "https://a"),
        PaymentOrder(orderID: "s-pay", amount: 8_001, state: .paid, payURL: "https://a"),
        PaymentOrder(orderID: "s-pay", amount: 8_000, state: .waiting, payURL: "javascript:1"),
        PaymentOrder(
            orderID: "s-pay", amount: 8_000, state: .waiting, payURL: "https://" + String(repeating: "a", count: 600)),
    ])
    func anAnswerAboutAnotherOrderIsNotUsed(order: PaymentOrder) async throws {
        let office = OfficeClient(terminal: "DL01", transport: try OneAnswer(200, json: order))
        let fault = await #expect(throws: Fault.self) { try await office.placeOrder(Self.payment) }
        #expect(fault?.kind == .officeRefused)
    }

    @Test(arguments: ["../calls/1", "", "a b", "1?x=1"])
    func anOrderIdThatIsNoIdentifierIsNotAskedFor(id: String) async throws {
        let transport = try OneAnswer(200, json: Self.order)
        let office = OfficeClient(terminal: "DL01", transport: transport)
        await #expect(throws: Fault.self) { try await office.order(id: id) }
        #expect(transport.request == nil)
    }

    @Test func aRatingIsSentAndTheOfficesAnswerIsSeen() async throws {
        let transport = try OneAnswer(200, json: Self.rating)
        try await OfficeClient(terminal: "DL01", transport: transport).rate(Self.rating)
        let request = try #require(transport.request)
        #expect(request.path == "/v1/kiosks/DL01/ratings")
        #expect(try JSONDecoder().decode(ServiceRating.self, from: Data(request.body)) == Self.rating)
    }

    @Test(
        arguments: [
            (OfficeResponse(status: 200, contentType: "text/html", body: Array("<html>".utf8)), .officeUnreachable),
            (OfficeResponse(status: 503), .officeUnreachable), (nil, .officeUnreachable),
            (
                OfficeResponse(
                    status: 409, contentType: "application/json",
                    body: Array(#"{"problem":"conflict","detail":"x"}"#.utf8)), .officeRefused
            ),
        ] as [(OfficeResponse?, Fault.Kind)])
    func whatGoesWrongWithPayingAndRatingIsSaidLikeEverythingElse(
        answer: OfficeResponse?, kind: Fault.Kind
    ) async throws {
        let office = OfficeClient(terminal: "DL01", transport: OneAnswer(answer))
        let placed = await #expect(throws: Fault.self) { try await office.placeOrder(Self.payment) }
        let followed = await #expect(throws: Fault.self) { try await office.order(id: "s-pay") }
        let rated = await #expect(throws: Fault.self) { try await office.rate(Self.rating) }
        #expect([placed?.kind, followed?.kind, rated?.kind] == [kind, kind, kind])
    }

    @Test func staffAreCalledAndTheirAnswerIsSeen() async throws {
        let transport = try OneAnswer(201, json: StaffCallReply(id: "17", state: .ringing))
        let office = OfficeClient(terminal: "DL01", transport: transport)
        let id = try await office.callStaff(StaffCallRequest(page: "capture", matterCode: nil, at: morning))
        #expect(id == "17")
        #expect(try await office.staffCall(id: id).state == .ringing)
        #expect(transport.request?.path == "/v1/kiosks/DL01/calls/17")
        #expect(transport.request?.method == .get)
    }

    @Test(arguments: ["../lookups", "", "a b", "17?x=1"])
    func aCallIdThatIsNoIdentifierIsNotUsed(id: String) async throws {
        let transport = try OneAnswer(200, json: StaffCallReply(id: id, state: .ringing))
        let office = OfficeClient(terminal: "DL01", transport: transport)
        await #expect(throws: Fault.self) {
            try await office.callStaff(StaffCallRequest(page: "capture", matterCode: nil, at: morning))
        }
        await #expect(throws: Fault.self) { try await office.staffCall(id: id) }
    }

    @Test func anAnswerAboutTheHolderIsReadAndAnotherCallIsNot() async throws {
        let answer = HolderAnswer(
            isHolder: true, session: "00000000-0000-4000-8000-000000000001", by: "office", at: morning)
        let reply = StaffCallReply(id: "17", state: .closed, answer: answer)
        let office = OfficeClient(terminal: "DL01", transport: try OneAnswer(200, json: reply))
        #expect(try await office.staffCall(id: "17") == reply)
        let other = await #expect(throws: Fault.self) { try await office.staffCall(id: "18") }
        #expect(other?.kind == .officeRefused)
        var endless = reply
        endless.answer?.by = String(repeating: "a", count: 65)
        let hostile = OfficeClient(terminal: "DL01", transport: try OneAnswer(200, json: endless))
        await #expect(throws: Fault.self) { try await hostile.staffCall(id: "17") }
    }

    @Test func aClosedPortIsAnUnreachableOffice() async throws {
        let folder = try OfficeKeys().folder()
        let transport = try HTTPTransport(folder)
        let fault = await #expect(throws: Fault.self) {
            try await OfficeClient(terminal: "DL01", transport: transport).lookUp(query)
        }
        #expect(fault?.kind == .officeUnreachable)
        await transport.shutdown()
    }
}

struct EnrolmentFolderTests {
    private let folder: TemporaryFolder
    private let keys: OfficeKeys

    init() throws {
        folder = try TemporaryFolder()
        keys = try OfficeKeys()
        try write(try JSONEncoder().encode(keys.enrolment()), "enrolment.json")
        try write(Data(keys.tls.certificate.utf8), "ca.pem")
        try write(Data(keys.tls.certificate.utf8), "client.pem")
        try write(Data(keys.tls.key.utf8), "client.key.pem")
        try write(Data("\(keys.terminal.rawRepresentation.base64EncodedString())\n".utf8), "signing.key")
    }

    private func write(_ bytes: Data, _ name: String) throws {
        try FileSystem.writeSynced(bytes, to: "\(folder.path)/\(name)")
    }

    @Test func aFolderAsItIsWrittenLoads() throws {
        let loaded = try EnrolmentFolder.load(folder.path)
        #expect(loaded.enrolment == keys.enrolment())
        #expect(loaded.signingKey.rawRepresentation == keys.terminal.rawRepresentation)
        #expect(loaded.recipients.map(\.keyID) == ["live", "recovery"])
    }

    @Test(arguments: ["enrolment.json", "ca.pem", "client.pem", "client.key.pem", "signing.key"])
    func aMissingFileIsNamedWithWhatToDo(name: String) throws {
        try FileSystem.remove("\(folder.path)/\(name)")
        let error = #expect(throws: VaultError.self) { try EnrolmentFolder.load(folder.path) }
        #expect(error?.code == .enrolment)
        #expect(error?.detail.contains("\(folder.path)/\(name)") == true)
        #expect(error?.detail.contains("kiosk-central enrol") == true)
    }

    @Test(arguments: ["enrolment.json", "ca.pem", "client.pem", "client.key.pem", "signing.key"])
    func aFileFullOfNoiseIsRefusedByName(name: String) throws {
        for bytes in [Data(noise(3000, seed: 8)), Data(), Data("-----BEGIN CERTIFICATE-----".utf8)] {
            try write(bytes, name)
            let error = #expect(throws: VaultError.self) { try EnrolmentFolder.load(folder.path) }
            #expect(error?.detail.contains(name) == true)
        }
    }

    @Test(arguments: ["client.key.pem", "signing.key"], [0o640, 0o604, 0o666])
    func aKeyThatOthersCanReadIsRefused(name: String, mode: Int) throws {
        try FileManager.default.setAttributes(
            [.posixPermissions: mode], ofItemAtPath: "\(folder.path)/\(name)")
        let error = #expect(throws: VaultError.self) { try EnrolmentFolder.load(folder.path) }
        #expect(error?.detail.contains("chmod 600") == true)
    }

    enum Mistake: CaseIterable, Sendable {
        case terminalWithSlash, plainHTTP, noHost, noReceiptKeys, badReceiptKey, noRecipients, badRecipient
        case recipientTwice, noSigningKeyID
    }

    @Test(arguments: Mistake.allCases)
    func aMistakeInTheEnrolmentIsFoundAtLoading(mistake: Mistake) throws {
        var enrolment = keys.enrolment()
        switch mistake {
        case .terminalWithSlash: enrolment.terminal = "../DL01"
        case .plainHTTP: enrolment.officeURL = "http://127.0.0.1:1"
        case .noHost: enrolment.officeURL = "https://"
        case .noReceiptKeys: enrolment.receiptKeys = [:]
        case .badReceiptKey: enrolment.receiptKeys["office-1"] = "AAAA"
        case .noRecipients: enrolment.recipients = []
        case .badRecipient: enrolment.recipients[0].publicKey = "AAAA"
        case .recipientTwice: enrolment.recipients[1].keyID = "live"
        case .noSigningKeyID: enrolment.signingKeyID = ""
        }
        try write(try JSONEncoder().encode(enrolment), "enrolment.json")
        let error = #expect(throws: VaultError.self) { try EnrolmentFolder.load(folder.path) }
        #expect(error?.detail.contains("enrolment.json") == true)
    }
}
