// The pages of a matter that is looked up, agreed to, paid for, handed over: used by pressing what they offer.

import KioskCore
import Testing

@testable import KioskShell

@Suite struct FlowPageTests {
    private static let unreachable = Fault(.officeUnreachable, responsible: .hallStaff)
    private static let notFound = Fault(.recordNotFound, responsible: .hallStaff)

    private static var record: OfficeRecord {
        OfficeRecord(
            register: "stall", title: SampleRecords.stall.title, issuer: SampleMatters.market.department,
            issuedAt: PageSamples.now, verificationCode: "A-1", verificationURL: "https://office.example/verify",
            facts: ["area": .text("6.5")])
    }

    /// Up to the look-up of the stall.
    private func atLookup() throws -> Citizen {
        var citizen = Citizen()
        try citizen.begin("MKT-090")
        try citizen.press("next")
        citizen.layCard(SamplePeople.citizen)
        try citizen.type("20261234", into: "permit_no")
        try citizen.press("next")
        #expect(citizen.page.id == "lookup")
        return citizen
    }

    private func atPayment() throws -> Citizen {
        var citizen = try atLookup()
        citizen.answer { .recordFound(Self.record, generation: $0) }
        #expect(citizen.page.id == "form.enterprise_usci")
        try citizen.type("6217000000000000004", into: "bank_account")
        try citizen.type("2027-01-02 18:00", into: "opens_at")
        try citizen.type("6", into: "months")
        try citizen.press("next")
        try citizen.press("defer")
        #expect(citizen.page.id == "payment")
        return citizen
    }

    private func order(_ citizen: Citizen, _ state: PaymentOrder.State) throws -> PaymentOrder {
        let request = try #require(citizen.engine.state.flow?.orderRequest)
        return PaymentOrder(
            orderID: request.orderID, amount: request.amount, state: state, payURL: "https://pay.example/1")
    }

    private func says(_ citizen: Citizen, _ text: String) -> Bool {
        PageContents.texts(of: citizen.page).contains { $0.contains(text) }
    }

    @Test func `The notice says who may apply, what is needed, how long, what it costs, by which law`() throws {
        var citizen = Citizen()
        try citizen.begin("MKT-001")
        for text in [
            "开店、摆摊", "个人；本人来，也可以让别人代办", "租赁合同", "有的情况才要", "今天没带可以过几天补", "1 个工作日", "不收费", "登记管理条例",
            "等主管部门核对", "只交给市场监督管理局", "30 分钟",
        ] {
            #expect(says(citizen, text), "\(text)")
        }
        #expect(citizen.page.actions.map(\.event) == [.next, .open(.checklist), .open(.sampleForm), .open(.guide)])
    }

    @Test(arguments: [
        ("checklist", "side.checklist", "授权委托书"), ("sample", "side.sample", "样子"), ("guide", "side.guide", "没有店面"),
    ])
    func `What is needed, the sample and the guide open beside the flow, print, and close`(
        _ name: String, _ id: String, _ text: String
    ) throws {
        var citizen = Citizen()
        try citizen.begin("MKT-001")
        try citizen.press("open.\(name)")
        #expect(citizen.page.id == id)
        #expect(says(citizen, text))
        try citizen.press("print")
        #expect(citizen.action("print")?.event == nil)
        citizen.answer { .printFailed(Fault(.paperOut, responsible: .hallStaff), generation: $0) }
        #expect(says(citizen, "没有纸"))
        try citizen.press("print")
        citizen.answer { .printed(generation: $0) }
        #expect(says(citizen, "已经送去打印"))
        try citizen.press("close")
        #expect(citizen.page.id == "notice")
    }

    @Test func `A record that may be missing can be looked up again or gone without`() throws {
        var citizen = try atLookup()
        citizen.answer { .lookUpFailed(Self.unreachable, generation: $0) }
        #expect(citizen.page.actions.map(\.event) == [.goOnWithoutRecord, .retry, .handOver])
        try citizen.press("retry")
        citizen.answer { .lookUpFailed(Self.notFound, generation: $0) }
        try citizen.press("go-on")
        #expect(citizen.page.id == "form.enterprise_usci")
        guard case .field(.decimal, let label, "", let hint?, _, nil) = citizen.node("area") else {
            Issue.record("the area cannot be typed")
            return
        }
        #expect(label == "摊位面积（平方米）")
        #expect(hint.contains("从 1 到 30"))
    }

    @Test func `A record that is needed cannot be gone without`() throws {
        let page = try #require(PageSamples.sample("lookup.recordNotFound", language: .zh)).page
        #expect(page.actions.map(\.event) == [.retry, .handOver])
    }

    @Test func `What was filled in for the citizen says so, and a computed answer is a fact`() throws {
        var citizen = try atLookup()
        citizen.answer { .recordFound(Self.record, generation: $0) }
        guard case .field(_, _, "6.5", let hint?, _, _) = citizen.node("area") else {
            Issue.record("the area is not filled in")
            return
        }
        #expect(hint.contains("照部门的登记填好了"))
        try citizen.type("7", into: "area")
        try citizen.type("6", into: "months")
        guard case .field(_, _, _, let changed?, _, _) = citizen.node("area") else { return }
        #expect(!changed.contains("登记"))
        #expect(citizen.node("rent") == .row(label: "一共要付", value: "420 元", change: nil))
    }

    @Test(arguments: [
        ("enterprise_usci", "91230199MA00000017", "对照营业执照"), ("enterprise_usci", "9123", "位数不对"),
        ("bank_account", "6217000000000000005", "对照银行卡"), ("opens_at", "2027-02-30 18:00", "没有这个时间"),
        ("area", "6.55", "最多 1 位"), ("area", "0.5", "最少 1"), ("area", "31", "最多 30"), ("months", "1.5", "整数"),
        ("months", "x", "数字"),
    ])
    func `A wrong answer of any kind is said in plain words`(_ field: String, _ text: String, _ said: String) throws {
        var citizen = try atLookup()
        citizen.answer { .recordFound(Self.record, generation: $0) }
        try citizen.type(text, into: field)
        try citizen.press("next")
        guard case .field(_, _, _, _, _, let error?) = citizen.node(field) else {
            Issue.record("no error at \(field)")
            return
        }
        #expect(error.contains(said), "\(error)")
    }

    @Test func `A payment shows its code and amount, and goes on by itself once it is paid`() throws {
        var citizen = try atPayment()
        let waiting = try order(citizen, .waiting)
        citizen.answer { .paymentChanged(waiting, generation: $0) }
        #expect(citizen.node("amount") == .number(label: "要付的钱", value: "390元"))
        #expect(citizen.node("qr") == .qrCode("https://pay.example/1", caption: "用手机扫这个码付款"))
        let paid = try order(citizen, .paid)
        citizen.answer { .paymentChanged(paid, generation: $0) }
        #expect(citizen.page.id == "review")
        #expect(citizen.node("payment.state") == .row(label: "摊位租金", value: "390元，已经付了", change: nil))
        #expect(citizen.action("change.months") == nil)
    }

    @Test func `A payment of which nothing is known says not to pay again, and asks or goes on`() throws {
        var citizen = try atPayment()
        let waiting = try order(citizen, .waiting)
        citizen.answer { .paymentChanged(waiting, generation: $0) }
        try citizen.press("stop-waiting")
        #expect(says(citizen, "请不要再付一次"))
        #expect(!citizen.page.nodes.contains { if case .qrCode = $0.content { true } else { false } })
        try citizen.press("check")
        citizen.answer { .paymentFailed(Self.unreachable, generation: $0) }
        #expect(says(citizen, "请不要再付一次"))
        try citizen.press("next")
        #expect(citizen.page.id == "review")
        #expect(says(citizen, "请不要再付"))
    }

    @Test func `A code that expired can be asked for anew, handed over, or left`() throws {
        var citizen = try atPayment()
        let closed = try order(citizen, .closed)
        citizen.answer { .paymentChanged(closed, generation: $0) }
        #expect(citizen.page.actions.map(\.event) == [.retry, .handOver, .finish])
    }

    @Test func `Refusing a statement leads to the window, and the window gets what is there under a number`() throws {
        var citizen = try atPayment()
        let paid = try order(citizen, .paid)
        citizen.answer { .paymentChanged(paid, generation: $0) }
        try citizen.press("next")
        #expect(citizen.page.id == "consent.truth")
        #expect(says(citizen, "没有转给别人"))
        try citizen.press("disagree")
        #expect(citizen.page.id == "window")
        #expect(says(citizen, "机器上就不能续租"))
        try citizen.press("hand-over")
        #expect(citizen.page.id == "submit")
        let accepted = AcceptedCase(
            caseID: "session", receiptNumber: "DL01-20261123-0009", sequence: 9, acceptedAt: PageSamples.now,
            proof: "00")
        citizen.answer { .accepted(accepted, generation: $0) }
        #expect(citizen.page.id == "handed-over")
        #expect(citizen.node("ticket") == .number(label: "您的号码", value: "DL01-20261123-0009"))
        #expect(says(citizen, "市场监督管理局的窗口"))
    }

    @Test func `The check page names everything that is missing at once`() throws {
        let page = try #require(PageSamples.sample("review.missing", language: .zh)).page
        guard case .notice(.warning, let title, let text) = page.nodes.first?.content else {
            Issue.record("nothing is said")
            return
        }
        #expect(title == "还差 2 样")
        #expect(text.contains("店名、租赁合同"))
        #expect(try #require(PageSamples.sample("review", language: .zh)).page.nodes.first?.id == "intro")
    }

    @Test func `A poor grade is asked for its reasons, a good one is not, and nobody has to answer`() throws {
        let open = try #require(PageSamples.sample("rating", language: .zh)).page
        #expect(PageContents.options(of: open).count == 5)
        #expect(open.actions.map(\.label) == ["不评价，跳过"])
        let good = try #require(PageSamples.sample("rating.good", language: .zh)).page
        #expect(!good.nodes.contains { $0.id == "reasons" })
        let poor = try #require(PageSamples.sample("rating.poor", language: .zh)).page
        let reasons = PageContents.options(of: poor).filter { $0.id.hasPrefix("reasons.") }
        #expect(reasons.filter(\.option.selected).map(\.option.label) == ["太慢", "别的原因"])
    }

    @Test func `A record is shown by its register, with numbers masked and lists as tables`() throws {
        let page = try #require(PageSamples.sample("preview", language: .zh)).page
        func content(_ id: String) -> Node.Content? { page.nodes.first { $0.id == id }?.content }
        #expect(content("fact.account") == .row(label: "养老金银行卡", value: "6217***********0004", change: nil))
        #expect(content("fact.contributed") == .row(label: "一共缴了", value: "86,400.50 元", change: nil))
        #expect(
            content("fact.periods")
                == .table(
                    title: "缴费记录", columns: ["险种", "从", "到", "月数"],
                    rows: [["养老保险", "2026年1月", "2026年10月", "10"], ["工伤保险", "2026年1月", "2026年10月", "10"]]))
    }

    @Test func `A rejection prints its list of everything`() throws {
        let page = try #require(PageSamples.sample("side.checklist.rejected", language: .zh)).page
        let texts = PageContents.texts(of: page)
        #expect(texts.contains { $0.contains("起止年月填反了") })
        #expect(texts.contains("居民身份证"))
        #expect(page.actions.map(\.event) == [.printSide, .closeSide])
    }
}
