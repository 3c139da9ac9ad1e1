/// A bill that is looked up at the terminal and paid by telephone, or not paid.

import Foundation
import KioskCore
import Testing

extension CitizenJourneyTests {
    /// From the first page to the code to scan: two months owed and three in advance, 840 yuan.
    private func goToPay(_ hall: Hall, _ screen: Screen) throws {
        try screen.choose("HOU-003")
        try screen.press("n", then: "请把您的身份证放在读卡区")
        try hall.dock("card put zhang")
        try screen.wait(for: "这件事，您是为谁办")
        try hall.dock("card lift")
        try screen.press("1", then: "合同编号")
        screen.press("GZ2023-00518" + Key.enter)
        screen.press("1")
        try screen.press("3栋2单元501室" + Key.enter, then: "查到的登记，请看一下")
        try screen.wait(for: "336")
        try screen.press("n", then: "再交几个月")
        screen.press("3" + Key.enter + "1")
        try screen.press(Key.next, then: "本次应交")
        try screen.press("n", then: "正在等您付款")
        #expect(screen.text.contains(/840 ?元/))
    }

    /// The only case of the office.
    private func payment(_ hall: Hall, of receipt: String) throws -> CasePayment? {
        try eventually("the case reaches the office") { try !hall.receivedCases().isEmpty }
        let received = try hall.receivedCases()
        #expect(received.map(\.receiptNumber) == [receipt])
        return try hall.export(try #require(received.first).id).caseFile.content.payment
    }

    @Test(
        "a bill paid by telephone lets the terminal go on by itself; the office has one order, paid once, and its case")
    func billPaid() async throws {
        try await Hall.open { hall in
            let screen = try hall.startTerminal(rows: 60)
            try goToPay(hall, screen)
            let address = try screen.scan(hall)
            let telephone = Browser(hall)
            #expect(try telephone.get(address).contains("840 元"))
            let paid = try telephone.post(address)
            #expect(paid.contains("已付款"))
            #expect(try telephone.post(address) == paid, "a second press pays a second time")

            try screen.wait("a receipt number") { Citizen.receiptNumber(in: $0) != nil }
            let receipt = try #require(Citizen.receiptNumber(in: screen.text))
            try screen.wait(for: "840元，已经付了")
            try screen.wait(for: "已经送去打印")
            let reference = try #require(paid.firstMatch(of: /[0-9]{8}-[0-9A-Z]{8}/)).output
            let slip = try hall.printedText(0)
            #expect(slip.contains("已缴"))
            #expect(slip.contains(reference))

            let payment = try #require(try payment(hall, of: receipt))
            #expect(payment.isPaid)
            #expect(payment.amount == 84_000)
            #expect(payment.reference == String(reference))
            let orders = try Browser.clerk(hall).get("/orders")
            #expect(orders.matches(of: /<tr><td class="number">/).count == 1)
            #expect(orders.contains("已付款"))
            #expect(orders.contains(receipt))
            #expect(orders.contains(reference))
            #expect(!orders.contains("待结清"))
        }
    }

    @Test("a bill nobody pays is called pending, not to be paid again, and the case arrives with the payment open")
    func billPending() async throws {
        try await Hall.open(paySeconds: 2) { hall in
            let screen = try hall.startTerminal(rows: 60)
            try goToPay(hall, screen)
            try screen.wait(for: "请不要再付一次")
            screen.press("n")
            try screen.wait("a receipt number") { Citizen.receiptNumber(in: $0) != nil }
            let receipt = try #require(Citizen.receiptNumber(in: screen.text))
            try screen.wait(for: "840元，还在查，请不要再付")
            try screen.wait(for: "已经送去打印")
            #expect(try hall.printedText(0).contains("请不要再缴一次"))

            let payment = try #require(try payment(hall, of: receipt))
            #expect(!payment.isPaid)
            #expect(payment.reference == nil)
            let orders = try Browser.clerk(hall).get("/orders")
            #expect(orders.matches(of: /<tr><td class="number">/).count == 1)
            #expect(orders.contains("等待付款"))
            #expect(orders.contains("待结清"))
            #expect(orders.contains(receipt))
        }
    }
}
