import Testing

@testable import KioskCore

@Suite("Paying")
struct PaymentTests {
    private func matter(amount: String = "price") throws -> Matter {
        try Test.matter(
            steps: [.notice, .identify, .pages, .payment, .review, .sign, .submit, .print, .finish],
            pages: [Test.page(Test.field("price", .money))], payment: amount)
    }

    private func atPayment() throws -> Story {
        var story = Story(try matter(), policy: SessionPolicy(idleAfter: 120, warnFor: 60, payWithin: 180))
        story.begin("TST-001")
        story.type("price", "12.5")
        story.send(.next)
        return story
    }

    private func submit(_ story: inout Story) {
        story.send(.next)
        story.sign()
    }

    @Test("one order, shown until it is paid, then the case goes on and carries it")
    func paid() throws {
        var story = try atPayment()
        #expect(story.step == .payment)
        #expect(
            story.orderRequest
                == PaymentRequest(
                    orderID: "\(story.state.id)-pay", matterCode: "TST-001", subject: "费", amount: 1250))
        story.order(.waiting)
        #expect(story.flow?.payment?.state == .waiting)
        #expect(story.device == .waiting)
        story.send(.next)
        #expect(story.step == .payment, "nothing is paid yet")
        story.order(.paid)
        #expect(story.step == .review)
        submit(&story)
        #expect(
            story.submission?.payment
                == CasePayment(
                    orderID: "\(story.state.id)-pay", amount: 1250, isPaid: true, reference: "REF"))
    }

    @Test("an order that is paid at once needs no code")
    func paidAtOnce() throws {
        var story = try atPayment()
        story.order(.paid)
        #expect(story.step == .review)
    }

    @Test("nothing heard in time: the order is pending, is asked about again, and the case goes on unpaid")
    func pending() throws {
        var story = try atPayment()
        story.order(.waiting)
        story.send(.tick, after: 178)
        #expect(story.flow?.payment?.state == .waiting)
        #expect(story.state.idleWarning == nil, "a citizen who pays with a phone is not idle")
        let followed = story.awaited()
        story.send(.tick, after: 2)
        #expect(story.flow?.payment?.state == .pending)
        #expect(story.awaited() != followed, "whoever follows the order stops")
        story.send(.checkPayment)
        #expect(story.orderRequest?.orderID == "\(story.state.id)-pay", "the same order")
        story.order(.waiting)
        #expect(story.flow?.payment?.state == .waiting)
        story.send(.tick, after: 200)
        story.send(.next)
        #expect(story.step == .review)
        submit(&story)
        #expect(story.submission?.payment?.isPaid == false)
    }

    @Test("paid while the office could not be heard is found by asking again")
    func paidLater() throws {
        var story = try atPayment()
        story.order(.waiting)
        story.send(.tick, after: 200)
        story.send(.checkPayment)
        story.fail(.officeUnreachable)
        #expect(story.flow?.payment?.state == .pending)
        story.send(.retry)
        #expect(story.orderRequest?.orderID == "\(story.state.id)-pay")
        story.order(.paid)
        #expect(story.step == .review)
    }

    @Test("going back from an order that may be paid only ends the waiting")
    func back() throws {
        var story = try atPayment()
        story.send(.back)
        #expect(story.step == .payment, "the order is on its way")
        story.order(.waiting)
        story.send(.back)
        #expect(story.step == .payment)
        #expect(story.flow?.payment?.state == .pending)
        story.send(.back)
        #expect(story.step == .payment)
        story.send(.next)
        #expect(story.step == .review)
        story.send(.change(.form("price")))
        #expect(story.step == .review, "what is paid for stays as it is")
        story.send(.back)
        #expect(story.step == .payment, "to ask once more")
        story.send(.checkPayment)
        story.order(.paid)
        #expect(story.step == .review)
        story.send(.back)
        #expect(story.step == .review)
    }

    @Test("a closed order is replaced by another only when the office said so")
    func closed() throws {
        var story = try atPayment()
        story.order(.waiting)
        story.order(.closed)
        #expect(story.device == .failed(Fault(.paymentClosed, responsible: .citizen)))
        #expect(story.flow?.payment == nil)
        var other = story
        other.send(.back)
        #expect(other.step == .form("price"), "nothing can be paid any more: the answers are open again")
        story.send(.retry)
        #expect(story.orderRequest?.orderID == "\(story.state.id)-pay-2")
        story.order(.waiting)
        story.order(.closed)
        story.send(.retry)
        #expect(story.orderRequest?.orderID == "\(story.state.id)-pay-3")
        story.order(.paid)
        #expect(story.step == .review)
    }

    @Test("an order that could not be placed is placed again under the same id, or goes to the window")
    func notPlaced() throws {
        var story = try atPayment()
        story.fail(.officeUnreachable)
        #expect(story.device == .failed(Fault(.officeUnreachable, responsible: .hallStaff)))
        story.send(.retry)
        #expect(story.orderRequest?.orderID == "\(story.state.id)-pay")
        story.fail(.officeUnreachable)
        var other = story
        other.send(.back)
        other.type("price", "13")
        other.send(.next)
        #expect(other.orderRequest?.orderID == "\(story.state.id)-pay-2", "the office may know the first by now")
        #expect(other.orderRequest?.amount == 1300)
        story.send(.handOver)
        #expect(story.step == .window)
        story.send(.handOver)
        #expect(story.submission?.payment == nil)
    }

    @Test(
        "an answer for another order, or for an earlier page, changes nothing that was paid",
        arguments: [("other", 1250), ("", 1)])
    func wrongOrder(suffix: String, amount: Int) throws {
        var story = try atPayment()
        let order = PaymentOrder(
            orderID: "\(story.state.id)-pay\(suffix)", amount: amount, state: .paid, payURL: "")
        story.send(.paymentChanged(order, generation: story.awaited()))
        #expect(story.step == .payment)
        #expect(story.flow?.fault?.kind == .officeRefused)
        #expect(story.flow?.payment == nil)
    }

    @Test("a late answer is dropped")
    func late() throws {
        var story = try atPayment()
        story.order(.waiting)
        let old = story.awaited()
        story.send(.back)
        let order = PaymentOrder(orderID: "\(story.state.id)-pay", amount: 1250, state: .paid, payURL: "")
        story.send(.paymentChanged(order, generation: old))
        #expect(story.flow?.payment?.state == .pending)
        story.send(.paymentFailed(Fault(.officeUnreachable, responsible: .hallStaff), generation: old))
        #expect(story.device == .idle)
    }

    @Test("a crash while the code was shown asks for the same order")
    func crash() throws {
        var story = try atPayment()
        story.order(.waiting)
        let saved = story.state
        var later = Story(try matter())
        later.send(.resumeUnfinished)
        later.send(.draftResumed(saved, generation: later.awaited()))
        #expect(later.step == .payment)
        #expect(later.orderRequest == saved.flow?.orderRequest)
    }

    @Test("no rule ends a case that is paid for")
    func ruleAfterPayment() throws {
        var matter = try matter()
        matter.rules = [try Test.reject(#"today > date("2026-11-21")"#)]
        var story = Story(matter)
        story.begin("TST-001")
        story.type("price", "1")
        story.send(.next)
        story.order(.paid)
        story.send(.setTextSize(.large), after: 3 * 86_400)
        story.send(.next)
        #expect(story.step == .sign)
    }
}
