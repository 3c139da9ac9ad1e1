// The staff's pages in a real browser over real TLS: sign in, find a case, see its page photograph, take it home.

import Foundation
import HTTPTypes
import KioskCentral
import KioskCore
import Testing

@Suite struct OfficeBrowserTests {
    private static let chromium = "/usr/bin/chromium"

    /// Keeps a picture of the page for people when `KIOSK_SCREENSHOTS` names a folder.
    private static func keep(_ page: BrowserPage, _ name: String) async throws {
        guard let folder = ProcessInfo.processInfo.environment["KIOSK_SCREENSHOTS"] else { return }
        try await page.screenshot().write(to: URL(filePath: "\(folder)/\(name).png"))
    }

    /// Nothing may be wider than the window, nor cut inside its box.
    private static func overflow(_ page: BrowserPage) async throws -> Double? {
        try await page.evaluate(
            """
            Math.max(document.documentElement.scrollWidth - window.innerWidth,
                ...[...document.querySelectorAll('.table')].map(e => e.scrollWidth - e.clientWidth))
            """
        ).number
    }

    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: chromium), "needs Chromium"),
        .timeLimit(.minutes(10)))
    func aMemberOfStaffFindsACaseSeesItsPagesAndDownloadsIt() async throws {
        let office = try TestOffice(demo: true)
        let file = Sample.file(pages: [Sample.page("p1"), Sample.page("p2")])
        let sealed = try office.client.seal(
            file,
            attachments: [.init(slot: "p1", bytes: SamplePage.jpeg), .init(slot: "p2", bytes: SamplePage.jpeg)])
        let other = try office.client.seal(
            Sample.file(name: "李静", receiptNumber: "DL01-20261121-0002"), sequence: 2,
            previousHash: sealed.manifestHash)
        try await office.kiosk { kiosk in
            _ = try await kiosk.deliver(sealed)
            _ = try await kiosk.deliver(other)
            let call = StaffCallRequest(page: "capture", matterCode: "MKT-001", at: office.time.now())
            _ = try await kiosk.send(.post, "/v1/kiosks/DL01/calls", json: call)
        }
        let browser = try DevTools(executable: Self.chromium)
        defer { browser.close() }
        try await office.serving { _, port in
            let page = try await BrowserPage(browser)
            let root = "https://localhost:\(port)"
            try await page.open(root)
            #expect(try await page.evaluate("location.pathname").text == "/login")
            try await Self.keep(page, "1-sign-in")
            try await page.type("office", into: "#name")
            try await page.type(TestOffice.password, into: "#password")
            try await page.follow("main button.primary")

            #expect(try await page.evaluate("location.pathname").text == "/cases")
            #expect(try await page.evaluate("document.querySelectorAll('table.inbox tbody tr').length").number == 2)
            #expect(try await Self.overflow(page) == 0)
            try await Self.keep(page, "2-inbox")
            try await page.follow(".calls button.primary")
            #expect(try await page.evaluate("document.querySelector('.calls .hint').innerText").text == "office 正在前往")

            try await page.open("\(root)/cases?q=0001")
            try await page.follow("a.case")
            let answer = try await page.evaluate("document.querySelector('.pairs td').innerText").text
            #expect(answer == "晓明面馆")
            let width = try await page.evaluate(
                """
                new Promise((done, failed) => {
                    const picture = document.querySelector('figure img');
                    picture.scrollIntoView();
                    picture.onerror = failed;
                    if (picture.complete && picture.naturalWidth) done(picture.naturalWidth);
                    else picture.onload = () => done(picture.naturalWidth);
                })
                """
            ).number
            #expect(width == Double(SamplePage.width))
            #expect(try await Self.overflow(page) == 0)
            try await Self.keep(page, "3-case")
            try await page.follow("form[action$='/reveal'] button")
            #expect(try await page.evaluate("document.querySelector('.digits').innerText").text == "230199199001010018")

            let downloads = "\(office.folder)/downloads"
            try FileManager.default.createDirectory(atPath: downloads, withIntermediateDirectories: true)
            try await browser.call(
                "Browser.setDownloadBehavior",
                ["behavior": "allow", "downloadPath": .string(downloads), "eventsEnabled": true])
            try await page.open("\(root)/cases/1?lang=en")
            try await Self.keep(page, "4-case-english")
            let place = browser.eventCount
            try await page.click("#download")
            let ended = try await browser.event("Browser.downloadProgress", from: place) {
                $0["state"].text != "inProgress"
            }
            #expect(ended["state"].text == "completed")
            let zip = try Data(contentsOf: URL(filePath: "\(downloads)/DL01-20261121-0001.zip"))
            #expect(zip.starts(with: [0x50, 0x4B, 3, 4]))
            #expect(zip.range(of: Data(SamplePage.jpeg)) != nil)

            try await page.open("\(root)/verify?code=DL01-20261121-0001&lang=zh")
            #expect(try await page.evaluate("document.querySelector('.notice.good') !== null") == true)
            try await Self.keep(page, "5-verify")
            try await page.open("\(root)/alarms")
            try await Self.keep(page, "6-alarms")
        }
    }

    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: chromium), "needs Chromium"),
        .timeLimit(.minutes(10)))
    func staffSeeWhatIsDueWhatIsOwedAndWhatPeopleThinkAndACitizenPays() async throws {
        let office = try TestOffice(demo: true)
        let order = try await PaymentTests.place(office).decode(PaymentOrder.self)
        _ = try await PaymentTests.place(office, PaymentTests.request("later", amount: 1_234_567))
        let promising = StandingTests.promising()
        let window = Sample.file(receiptNumber: "DL01-20261121-0002") { content in
            content.applicant = nil
            content.disposition = .handedOver([
                Localized(zh: "夫妻双方须到场办理。", en: "Both spouses must be present.")
            ])
            content.consents = [
                CaseConsent(
                    id: "truth", statement: "本人同意核对家庭收入和财产。", agreedAt: Sample.submittedAt)
            ]
            content.payment = CasePayment(orderID: order.orderID, amount: 8_050, isPaid: false, reference: nil)
        }
        for (number, file) in [promising, window].enumerated() {
            _ = try await StandingTests.deliver(office, file, sequence: Int64(number + 1))
        }
        for (session, grade) in [("a", 5), ("b", 4), ("c", 1)] {
            let reasons: [ServiceRating.Reason] = grade == 1 ? [.slow, .tooManyPapers, .hardToUnderstand] : []
            _ = try await RatingTests.send(office, RatingTests.rating(session, grade, "MKT-002", reasons))
        }
        _ = try await RatingTests.send(office, RatingTests.rating("d", 3, "DBE-003"))
        let browser = try DevTools(executable: Self.chromium)
        defer { browser.close() }
        try await office.serving { _, port in
            let page = try await BrowserPage(browser)
            let root = "https://localhost:\(port)"
            let pay = root + PaymentTests.page(order)
            try await page.open("\(pay)?lang=zh")
            try await Self.keep(page, "7-pay")
            #expect(try await page.evaluate("document.querySelector('.amount').innerText").text == "80.50 元")
            try await page.open(root)
            try await page.type("office", into: "#name")
            try await page.type(TestOffice.password, into: "#password")
            try await page.follow("main button.primary")
            for language in ["zh", "en"] {
                for (path, name) in [
                    ("cases", "8-inbox"), ("cases/2", "9-window"), ("cases/1", "10-papers-of-a-case"),
                    ("papers", "11-papers"), ("orders", "12-orders"), ("ratings", "13-ratings"),
                ] {
                    try await page.open("\(root)/\(path)?lang=\(language)")
                    #expect(try await Self.overflow(page) == 0, "\(path) \(language)")
                    try await Self.keep(page, "\(name)-\(language)")
                }
            }
            for language in ["en", "zh"] {
                try await page.resize(width: 360, height: 740)
                try await page.open("\(pay)?lang=\(language)")
                #expect(try await Self.overflow(page) == 0, "pay \(language)")
                try await Self.keep(page, "15-phone-\(language)")
            }
            try await page.follow("main button.primary")
            #expect(try await page.evaluate("document.querySelector('.notice.good') !== null") == true)
            try await Self.keep(page, "14-paid")
        }
        #expect(try await PaymentTests.order(office).state == .paid)
    }
}
