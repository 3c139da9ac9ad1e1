/// Drives a session engine as a citizen and its devices would, and records what it asks for.

import Testing

@testable import KioskCore

struct Story {
    var engine: SessionEngine
    var now = Timestamp(milliseconds: 1_795_240_000_000)
    private(set) var effects: [SessionEffect] = []

    static let zhang = person("张晓明", "230199199001010018")
    static let li = person("李秀兰", "230199198506120023")
    static let wang = person("王小军", "230199201203040012")

    static func person(_ name: String, _ number: String, expiry: IdentityCard.Expiry = .never) -> IdentityCard {
        IdentityCard(
            kind: .resident, name: name, sex: .male, nationCode: "01",
            birthDate: CitizenNumber.birthDate(of: number) ?? CalendarDate(daysSince1970: 0),
            address: "哈尔滨市道里区样例街 1 号", number: number, issuer: "样例公安局",
            validFrom: CalendarDate(daysSince1970: 16_000), expiry: expiry)
    }

    static func page(_ id: String) -> PageReference {
        PageReference(
            id: id, sha256: String(repeating: "0", count: 64), byteCount: 10, mediaType: "image/jpeg", width: 4,
            height: 4, takenAt: Timestamp(milliseconds: 0), device: "test")
    }

    init(library: MatterLibrary, policy: SessionPolicy = SessionPolicy()) {
        let ids = IDs()
        engine = SessionEngine(library: library, policy: policy, at: now) { ids.next() }
    }

    var state: SessionState { engine.state }
    var flow: FlowState? { engine.state.flow }
    var step: Step? { engine.state.flow?.step }
    private var generation: Int { engine.state.generation }

    @discardableResult
    mutating func send(_ event: SessionEvent, after seconds: Int = 1) -> [SessionEffect] {
        now = now.adding(seconds: seconds)
        effects = engine.handle(event, at: now)
        return effects
    }

    mutating func read(_ card: IdentityCard) {
        send(.cardFound(generation: generation))
        send(.cardRead(card, photo: Self.page("photo-\(card.number.suffix(4))"), generation: generation))
    }

    mutating func type(_ field: String, _ text: String) { send(.edit(field: field, text: text)) }
    mutating func pick(_ field: String, _ option: String) { send(.pick(field: field, option: option)) }

    /// Begins the only matter of a library of its own.
    init(_ matter: Matter, policy: SessionPolicy = SessionPolicy()) {
        self.init(library: MatterLibrary(matters: [matter]), policy: policy)
    }

    var device: DeviceActivity? { engine.state.flow?.device }
    var plan: FlowPlan? { engine.state.flow.map { FlowPlan($0, today: now.chinaDate) } }

    mutating func fail(_ kind: Fault.Kind) {
        let fault = Fault(kind, responsible: .hallStaff)
        let event: SessionEvent =
            switch step {
            case .capture: .captureFailed(fault, generation: generation)
            case .lookup: .lookUpFailed(fault, generation: generation)
            case .payment: .paymentFailed(fault, generation: generation)
            case .submit: .submitFailed(fault, generation: generation)
            case .print: .printFailed(fault, generation: generation)
            default: .cardFailed(fault, generation: generation)
            }
        send(event)
    }

    mutating func find(_ facts: [String: Answer] = [:]) {
        send(.recordFound(Test.record(facts), generation: generation))
    }

    /// What the office says of the order that was asked for last.
    mutating func order(_ state: PaymentOrder.State) {
        guard let request = flow?.orderRequest else { return }
        send(
            .paymentChanged(
                PaymentOrder(
                    orderID: request.orderID, amount: request.amount, state: state, payURL: "https://localhost/pay",
                    reference: state == .paid ? "REF" : nil),
                generation: generation))
    }

    mutating func printed() { send(.printed(generation: generation)) }

    var query: RecordQuery? {
        for case .lookUp(let query, _) in effects { return query }
        return nil
    }

    var orderRequest: PaymentRequest? {
        for case .pay(let request, _) in effects { return request }
        return nil
    }

    var paper: PaperRequest? {
        for case .print(let paper, _) in effects { return paper }
        return nil
    }

    var rating: ServiceRating? {
        for case .rate(let rating) in effects { return rating }
        return nil
    }

    mutating func photograph(_ id: String = "p1") {
        send(.takePicture)
        send(.pageCaptured(Self.page(id), generation: generation))
    }

    /// From the welcome page to the contact page of MKT-001.
    mutating func begin(_ code: String = "MKT-001", as card: IdentityCard = Story.zhang) {
        send(.choose(matter: code))
        send(.next)
        read(card)
    }

    mutating func answerShop(right: String = "owned", family: Bool = false) {
        send(.answerAgent(actsForOther: false))
        type("mobile", "13900000000")
        send(.next)
        type("trade_name", "暖阳小吃店")
        send(.next)
        pick("operation_form", family ? "family" : "personal")
        send(.next)
        if family {
            send(.addEntry(field: "family_members"))
            read(Self.li)
            pick("relation", "spouse")
            send(.next)
            send(.next)
        }
        type("premises", "哈尔滨市道里区样例街 9 号")
        pick("premises_right", right)
        send(.next)
        type("staff_count", "2")
        type("capital", "20000")
        send(.next)
        pick("business_scope", "food")
        send(.next)
        pick("delivery", "window")
        send(.next)
    }

    mutating func sign(_ card: IdentityCard = Story.zhang) {
        type("signature", String(card.number.suffix(4)))
        send(.next)
    }

    var submission: CaseContent? {
        for case .submit(let content, _) in effects { return content }
        return nil
    }

    mutating func accept() {
        send(
            .accepted(
                AcceptedCase(
                    caseID: state.id, receiptNumber: "DL01-20261121-0001", sequence: 1, acceptedAt: now, proof: "ab"),
                generation: generation))
    }

    func awaited() -> Int { generation }
}

/// Session ids in a row.
final class IDs: Sendable {
    private let count = Counter()

    func next() -> String {
        let number = count.next()
        return "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - "\(number)".count) + "\(number)"
    }
}
