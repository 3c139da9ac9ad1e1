// Orders: placed once, paid once, closed in time, and still there after a restart.

import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import KioskCore
import Testing

@testable import KioskCentral

@Suite struct PaymentTests {
    static let session = "0b6f4f36-2f0e-4f0a-9d5e-0a1b2c3d4e5f"

    static func request(
        _ id: String = "\(session)-pay", amount: Int = 8_050, matter: String = "NAT-004", subject: String = "登记费"
    ) -> PaymentRequest {
        PaymentRequest(
            orderID: id, matterCode: matter, subject: Localized(zh: subject, en: "Registration fee"), amount: amount)
    }

    static func place(
        _ office: TestOffice, _ request: PaymentRequest = request(), as terminal: String = "DL01"
    ) async throws -> TestResponse {
        try await office.kiosk(as: terminal) {
            try await $0.send(.post, "/v1/kiosks/\(terminal)/payments", json: request)
        }
    }

    static func order(_ office: TestOffice, _ id: String = "\(session)-pay") async throws -> PaymentOrder {
        try await office.kiosk {
            try await $0.execute(uri: "/v1/kiosks/DL01/payments/\(id)", method: .get).decode(PaymentOrder.self)
        }
    }

    static func page(_ order: PaymentOrder) -> String {
        String(order.payURL.dropFirst("https://office.example".count))
    }

    @Test func anOrderIsPlacedOncePaidOnThePageAndSurvivesARestart() async throws {
        let office = try TestOffice()
        let placed = try await Self.place(office).decode(PaymentOrder.self)
        #expect(placed.state == .waiting)
        #expect(placed.amount == 8_050)
        #expect(placed.payURL.wholeMatch(of: /https:\/\/office\.example\/pay\/[0-9a-f]{32}/) != nil)
        #expect(try await Self.place(office).decode(PaymentOrder.self) == placed)
        try office.restart()
        #expect(try await Self.place(office).decode(PaymentOrder.self) == placed)
        try await office.pages { pages async throws in
            let page = try await pages.execute(uri: Self.page(placed), method: .get)
            #expect(page.text.contains("80.50 元") && page.text.contains("登记费"))
            #expect(page.text.contains("付款（演示）"))
            #expect(page.headers[.cacheControl] == "no-store")
            let english = try await pages.execute(uri: Self.page(placed) + "?lang=en", method: .get)
            #expect(english.text.contains("80.50 yuan") && english.text.contains("Pay (demonstration)"))
            office.time.advance(seconds: 60)
            let paid = try await pages.execute(uri: Self.page(placed), method: .post)
            #expect(paid.text.contains("请回到自助终端"))
        }
        let paid = try await Self.order(office)
        #expect(paid.state == .paid)
        #expect(paid.paidAt == office.time.now())
        #expect(paid.reference?.hasPrefix("20261121-") == true)
        office.time.advance(seconds: 100_000)
        try office.restart()
        _ = try await office.pages { try await $0.execute(uri: Self.page(placed), method: .post) }
        #expect(try await Self.order(office) == paid)
    }

    @Test func manyPressesAtOncePayOnce() async throws {
        let office = try TestOffice()
        let placed = try await Self.place(office).decode(PaymentOrder.self)
        let seen = try await office.pages { pages async throws in
            try await withThrowingTaskGroup(of: Substring?.self) { group in
                for _ in 0..<24 {
                    group.addTask {
                        let page = try await pages.execute(uri: Self.page(placed), method: .post)
                        return page.text.firstMatch(of: /<bdi>(\d{8}-[0-9A-Z]{8})<\/bdi>/)?.1
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        #expect(seen.count == 24)
        #expect(Set(seen).count == 1)
        #expect(try await Self.order(office).reference == seen.first??.description)
    }

    @Test func manyRequestsAtOnceAreOneOrder() async throws {
        let office = try TestOffice()
        let orders = try await office.kiosk { kiosk async throws in
            try await withThrowingTaskGroup(of: PaymentOrder.self) { group in
                for _ in 0..<24 {
                    group.addTask {
                        try await kiosk.send(.post, "/v1/kiosks/DL01/payments", json: Self.request())
                            .decode(PaymentOrder.self)
                    }
                }
                return try await group.reduce(into: Set<PaymentOrder>()) { $0.insert($1) }
            }
        }
        #expect(orders.count == 1)
    }

    @Test(arguments: [request(amount: 8_051), request(matter: "NAT-005")])
    func anotherAmountOrMatterUnderTheSameIdIsAConflict(request: PaymentRequest) async throws {
        let office = try TestOffice()
        _ = try await Self.place(office)
        let answer = try await Self.place(office, request)
        #expect(answer.status == .conflict)
        #expect(answer.problem == "conflict")
        #expect(try await Self.order(office).amount == 8_050)
    }

    @Test func anOrderClosesAfterAQuarterOfAnHourAndIsNotPaidAfter() async throws {
        let office = try TestOffice()
        let placed = try await Self.place(office).decode(PaymentOrder.self)
        office.time.advance(seconds: 15 * 60 - 1)
        #expect(try await Self.order(office).state == .waiting)
        office.time.advance(seconds: 1)
        #expect(try await Self.order(office).state == .closed)
        #expect(try await Self.place(office).decode(PaymentOrder.self).state == .closed)
        let page = try await office.pages { try await $0.execute(uri: Self.page(placed), method: .post) }
        #expect(page.text.contains("已过期"))
        #expect(try await Self.order(office).state == .closed)
    }

    @Test func aMalformedOrderIsRefused() async throws {
        let office = try TestOffice()
        for request in [
            Self.request(""), Self.request("a/b"), Self.request(String(repeating: "a", count: 65)),
            Self.request(amount: 0),
            Self.request(amount: -1), Self.request(amount: .max), Self.request(matter: ""),
            Self.request(matter: "ABCDEFGHIJKLMNOPQ"),
            Self.request(subject: ""), Self.request(subject: String(repeating: "费", count: 1000)),
        ] {
            let answer = try await Self.place(office, request)
            #expect(answer.status == .unprocessableContent, "\(request)")
            #expect(answer.problem == "malformed", "\(request)")
        }
    }

    @Test func anOrderBelongsToItsTerminalAndItsCode() async throws {
        let office = try TestOffice()
        _ = try await Self.place(office)
        try OfficeSetup.enrol(
            office.data, terminal: "DL02", out: "\(office.folder)/DL02", officeURL: "https://a",
            publicURL: "https://office.example/verify", now: office.time.now())
        try await office.kiosk(as: "DL02") { kiosk async throws in
            let own = try await kiosk.execute(uri: "/v1/kiosks/DL02/payments/\(Self.session)-pay", method: .get)
            #expect(own.status == .notFound)
            let foreign = try await kiosk.execute(uri: "/v1/kiosks/DL01/payments/\(Self.session)-pay", method: .get)
            #expect(foreign.problem == "wrong-terminal")
        }
        let second = try await Self.place(office, Self.request(amount: 1), as: "DL02").decode(PaymentOrder.self)
        #expect(second.amount == 1)
        try await office.pages { pages async throws in
            for code in ["x", String(repeating: "0", count: 32), "%27%20OR%201=1"] {
                #expect(try await pages.execute(uri: "/pay/\(code)", method: .get).status == .notFound)
                #expect(try await pages.execute(uri: "/pay/\(code)", method: .post).status == .notFound)
            }
        }
    }

    @Test func aTerminalCannotFillTheOfficeWithOpenOrders() async throws {
        let office = try TestOffice()
        for number in 0..<PaymentDesk.openPerTerminal { _ = try await Self.place(office, Self.request("o-\(number)")) }
        #expect(try await Self.place(office, Self.request("one-more")).status == .tooManyRequests)
        #expect(try await Self.place(office, Self.request("o-0")).status == .ok)
        office.time.advance(seconds: 15 * 60)
        #expect(try await Self.place(office, Self.request("one-more")).status == .ok)
    }

    @Test func staffSeeTheOrderThatACaseWaitsForFirst() async throws {
        let office = try TestOffice()
        _ = try await Self.place(office)
        office.time.advance(seconds: 5)
        _ = try await Self.place(office, Self.request("later"))
        let file = Sample.file { content in
            content.payment = CasePayment(
                orderID: "\(Self.session)-pay", amount: 8_050, isPaid: false, reference: nil)
        }
        _ = try await office.kiosk { try await $0.deliver(try office.client.seal(file)) }
        try await office.pages { pages async throws in
            #expect(try await pages.execute(uri: "/orders", method: .get).headers[.location] == "/login")
            let staff = try await Staff.signIn(pages)
            let list = try await staff.get("/orders").text
            #expect(
                list.matches(of: /<tr><td class="number">[^<]*<\/td><td>.*?<\/tr>/).first?.0.contains("待结清") == true)
            #expect(list.contains("DL01-20261121-0001"))
            let page = try await staff.get("/cases/1").text
            #expect(page.contains("待结清") && page.contains("80.50 元"))
            #expect(!page.contains(OfficeText.otherOrder.zh))
            let placed = try await Self.order(office)
            _ = try await pages.execute(uri: Self.page(placed), method: .post)
            let after = try await staff.get("/cases/1").text
            #expect(after.contains("已付款") && !after.contains("待结清"))
        }
    }

    @Test func aCaseThatClaimsAPaymentTheOfficeDoesNotKnowIsSaid() async throws {
        let office = try TestOffice()
        _ = try await Self.place(office)
        for (number, order) in ["\(Self.session)-pay", "nowhere"].enumerated() {
            let file = Sample.file(receiptNumber: "DL01-20261121-000\(number)") { content in
                content.payment = CasePayment(orderID: order, amount: 8_050, isPaid: true, reference: "X")
            }
            let sealed = try office.client.seal(file, sequence: Int64(number + 1))
            _ = try await office.kiosk { try await $0.deliver(sealed) }
        }
        try await office.pages { pages async throws in
            let staff = try await Staff.signIn(pages)
            for number in 1...2 {
                #expect(try await staff.get("/cases/\(number)").text.contains(OfficeText.otherOrder.zh))
            }
        }
    }
}

@Suite struct RatingTests {
    static func rating(
        _ session: String, _ grade: Int, _ matter: String = "MKT-002", _ reasons: [ServiceRating.Reason] = []
    ) -> ServiceRating {
        ServiceRating(
            session: session, matterCode: matter, receiptNumber: nil, grade: grade, reasons: reasons,
            at: Sample.submittedAt)
    }

    static func send(_ office: TestOffice, _ rating: ServiceRating) async throws -> TestResponse {
        try await office.kiosk { try await $0.send(.post, "/v1/kiosks/DL01/ratings", json: rating) }
    }

    @Test func aSessionRatesOnceAndTheFirstRatingStands() async throws {
        let office = try TestOffice()
        let first = Self.rating("s1", 2, "MKT-002", [.slow])
        #expect(try await Self.send(office, first).decode(ServiceRating.self) == first)
        try office.restart()
        #expect(try await Self.send(office, Self.rating("s1", 5)).decode(ServiceRating.self) == first)
        #expect(try await office.pages { try await Staff.signIn($0).get("/ratings").text }.contains("太慢 1"))
    }

    @Test func staffSeeCountsByMatterAndTheReasonsOfLowOnes() async throws {
        let office = try TestOffice()
        for rating in [
            Self.rating("a", 5), Self.rating("b", 5), Self.rating("c", 2, "MKT-002", [.slow, .broken]),
            Self.rating("d", 1, "DBE-003", [.slow]),
        ] { _ = try await Self.send(office, rating) }
        try await office.pages { pages async throws in
            #expect(try await pages.execute(uri: "/ratings", method: .get).headers[.location] == "/login")
            let staff = try await Staff.signIn(pages)
            let page = try await staff.get("/ratings?lang=en").text
            let rows = page.matches(of: /<tr[^>]*><td>(.*?)<\/tr>/).map { String($0.1) }
            #expect(rows.count == 3)
            #expect(rows[0].contains("All matters") && rows[0].contains(">4<") && rows[0].contains(">3.3<"))
            #expect(rows[0].contains("Too slow 2"))
            #expect(
                rows[1].contains("MKT-002") && rows[1].contains(">4.0<") && rows[1].contains("A device did not work 1"))
            #expect(rows[2].contains("DBE-003") && rows[2].contains(">1.0<"))
        }
    }

    @Test func aMalformedRatingIsRefused() async throws {
        let office = try TestOffice()
        for rating in [
            Self.rating("", 5), Self.rating("a b", 5), Self.rating("s", 0), Self.rating("s", 6), Self.rating("s", .max),
            Self.rating("s", 5, ""),
            Self.rating("s", 1, "MKT-002", [.slow, .slow]),
        ] { #expect(try await Self.send(office, rating).problem == "malformed", "\(rating)") }
    }
}
