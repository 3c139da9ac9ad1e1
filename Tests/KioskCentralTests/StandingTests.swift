// Cases without an applicant, cases for a window, and papers that come later.

import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import KioskCore
import Testing

@testable import KioskCentral

@Suite struct StandingTests {
    static let lease = Localized(zh: "租赁合同", en: "Lease")
    static let plan = Localized(zh: "设施布局图", en: "Floor plan")

    /// A case that promises two papers: by the day before today and by ten days from now.
    static func promising(_ receipt: String = "DL01-20261121-0001", number: String = "230199199001010018") -> CaseFile {
        Sample.file(receiptNumber: receipt) { content in
            content.applicant = Sample.card(number: number)
            content.materials = [
                CaseMaterial(key: "lease", title: lease, entry: nil, state: .deferred(until: day("2026-11-20"))),
                CaseMaterial(key: "plan", title: plan, entry: nil, state: .deferred(until: day("2026-12-01"))),
            ]
        }
    }

    static func day(_ text: String) -> CalendarDate { CalendarDate(text) ?? CalendarDate(daysSince1970: 0) }

    /// The later case of matter DBE-013.
    static func supplement(
        to receipt: String, papers: [(String, ready: Bool)] = [], extendTo: String? = nil, receiptNumber: String,
        number: String = "230199199001010018"
    ) -> (CaseFile, [SealingClient.Attachment]) {
        func answer(_ key: String, _ value: Answer) -> CaseAnswer {
            CaseAnswer(
                key: key, label: Localized(zh: key, en: key), value: value, shown: Localized(zh: "…", en: "…"))
        }
        let file = Sample.file(receiptNumber: receiptNumber) { content in
            content.matterCode = "DBE-013"
            content.applicant = Sample.card(number: number)
            content.answers = [
                answer("accept_no", .text(receipt.lowercased())), answer("extend", .flag(extendTo != nil)),
                answer(
                    "missing",
                    .records(
                        papers.map {
                            RecordEntry(answers: ["material": .text($0.0), "scan_ok": .flag($0.ready)])
                        })),
            ]
            if let extendTo { content.answers.append(answer("new_date", .text(extendTo))) }
            content.materials = [
                CaseMaterial(
                    key: "supplement_papers", title: Localized(zh: "补充材料", en: "Papers"), entry: nil,
                    state: .pages([Sample.page("p1")]))
            ]
        }
        return (file, [.init(slot: "p1", bytes: SamplePage.jpeg)])
    }

    static func deliver(
        _ office: TestOffice, _ file: CaseFile, _ attachments: [SealingClient.Attachment] = [], sequence: Int64 = 1
    ) async throws -> SealedCase {
        let sealed = try office.client.seal(file, attachments: attachments, sequence: sequence)
        _ = try await office.kiosk { try await $0.deliver(sealed) }
        return sealed
    }

    static func staff<Value: Sendable>(
        _ office: TestOffice, _ body: @Sendable (Staff) async throws -> Value
    ) async throws -> Value {
        try await office.pages { pages in try await body(try await Staff.signIn(pages)) }
    }

    @Test func aCaseWithoutAnApplicantIsReceivedShownAndExported() async throws {
        let office = try TestOffice()
        let file = Sample.file { $0.applicant = nil }
        _ = try await Self.deliver(office, file)
        try await Self.staff(office) { staff async throws in
            for path in ["/cases", "/cases/1"] { #expect(try await staff.get(path).text.contains("无身份")) }
            #expect(try await staff.get("/cases/1?lang=en").text.contains("No ID card"))
            #expect(try await staff.post("/cases/1/reveal").status == .ok)
            #expect(try await staff.get("/cases/1/download").status == .ok)
        }
        let names = try await OfficeArchive(office.data).export(caseID: file.caseID, to: "\(office.folder)/out")
        #expect(names.contains("case.json"))
    }

    @Test func aCaseForAWindowSaysWhyAndIsFoundByIt() async throws {
        let office = try TestOffice()
        let reason = Localized(zh: "夫妻双方须到场<b>", en: "Both spouses must come")
        let file = Sample.file { $0.disposition = .handedOver([reason]) }
        _ = try await Self.deliver(office, file)
        _ = try await Self.deliver(office, Sample.file(receiptNumber: "DL01-20261121-0002"), sequence: 2)
        try await Self.staff(office) { staff async throws in
            let page = try await staff.get("/cases/1").text
            #expect(page.contains("转窗口") && page.contains("夫妻双方须到场&lt;b&gt;"))
            #expect(try await staff.get("/cases/1?lang=en").text.contains("Both spouses must come"))
            #expect(!(try await staff.get("/cases/2").text.contains("夫妻双方")))
            let windows = try await staff.get("/cases?kind=window").text
            #expect(windows.contains("0001") && !windows.contains("DL01-20261121-0002"))
        }
        let listed = try await OfficeArchive(office.data).cases()
        #expect(listed.map(\.handedOver) == [true, false])
    }

    @Test func whatWasAgreedToStandsWordForWord() async throws {
        let office = try TestOffice()
        let file = Sample.file {
            $0.consents = [CaseConsent(id: "truth", statement: "本人同意核对收入。", agreedAt: Sample.submittedAt)]
        }
        _ = try await Self.deliver(office, file)
        #expect(try await Self.staff(office) { try await $0.get("/cases/1").text }.contains("本人同意核对收入。"))
    }

    @Test func promisedPapersAreListedByTheirDayAndOverdueOnesMarked() async throws {
        let office = try TestOffice()
        _ = try await Self.deliver(office, Self.promising())
        try await Self.staff(office) { staff async throws in
            let list = try await staff.get("/papers").text
            let rows = list.matches(of: /<tr><td class="number">(.*?)<\/tr>/).map { String($0.1) }
            #expect(rows.count == 2)
            #expect(rows[0].contains("2026-11-20") && rows[0].contains("已逾期") && rows[0].contains("租赁合同"))
            #expect(rows[1].contains("2026-12-01") && !rows[1].contains("已逾期"))
            let page = try await staff.get("/cases/1").text
            #expect(page.contains("已逾期 · 2026-11-20"))
            // A case that was sent back waits for nothing.
            try await staff.post("/cases/1/decision", ["state": "rejected", "reason": "x"])
            #expect(try await staff.get("/papers").text.contains("没有待补的材料"))
        }
    }

    @Test func aLaterCaseBringsPapersAndIsLinkedToTheEarlierOne() async throws {
        let office = try TestOffice()
        _ = try await Self.deliver(office, Self.promising())
        let (file, pages) = Self.supplement(
            to: "DL01-20261121-0001", papers: [("租赁合同", true), ("设施布局图", false)],
            receiptNumber: "DL01-20261121-0002")
        _ = try await Self.deliver(office, file, pages, sequence: 2)
        try await Self.staff(office) { staff async throws in
            let list = try await staff.get("/papers").text
            #expect(!list.contains("租赁合同") && list.contains("设施布局图"))
            let earlier = try await staff.get("/cases/1").text
            #expect(earlier.contains("已补交") && earlier.contains("href=\"/cases/2\""))
            let later = try await staff.get("/cases/2").text
            #expect(later.contains("补充的办件") && later.contains("href=\"/cases/1\""))
        }
    }

    @Test func somebodyElsesCaseBringsNothing() async throws {
        let office = try TestOffice()
        _ = try await Self.deliver(office, Self.promising())
        let (file, pages) = Self.supplement(
            to: "DL01-20261121-0001", papers: [("租赁合同", true)], receiptNumber: "DL01-20261121-0002",
            number: "230199198506120023")
        _ = try await Self.deliver(office, file, pages, sequence: 2)
        try await Self.staff(office) { staff async throws in
            #expect(try await staff.get("/papers").text.contains("租赁合同"))
            #expect(!(try await staff.get("/cases/2").text.contains("href=\"/cases/1\"")))
        }
    }

    @Test func moreTimeIsGivenOnce() async throws {
        let office = try TestOffice()
        _ = try await Self.deliver(office, Self.promising())
        for (number, day) in [(2, "2026-12-24"), (3, "2027-01-31")] {
            let (file, pages) = Self.supplement(
                to: "DL01-20261121-0001", extendTo: day, receiptNumber: "DL01-20261121-000\(number)")
            _ = try await Self.deliver(office, file, pages, sequence: Int64(number))
        }
        let list = try await Self.staff(office) { try await $0.get("/papers").text }
        #expect(list.matches(of: /2026-12-24/).count == 2)
        #expect(!list.contains("2027-01-31"))
    }

    // MARK: The registers that the office answers itself

    static func facts(_ office: TestOffice, _ query: RecordQuery) async throws -> [String: Answer]? {
        let answer = try await RecordTests.ask(office, query)
        guard answer.status == .ok else {
            #expect(answer.status == .notFound)
            return nil
        }
        return try answer.decode(OfficeRecord.self).facts
    }

    @Test func aCaseIsFollowedByItsNumberAndTheCodeOnTheReceipt() async throws {
        let office = try TestOffice()
        let sealed = try await Self.deliver(office, Self.promising())
        let code = String(sealed.manifestHash.prefix(16))
        func ask(_ parameters: [String: Answer]) async throws -> [String: Answer]? {
            try await Self.facts(office, RecordTests.anonymous("DBE-003", "case-progress", parameters))
        }
        let number = Answer.text("dl01-20261121-0001")
        let found = try #require(try await ask(["accept_no": number, "query_code": .text(code)]))
        #expect(found["accept_no"] == .text("DL01-20261121-0001"))
        #expect(found["accepted_on"] == .text("2026-11-21"))
        #expect(found["due"] == .text("2026-12-04"))
        #expect(found["state"] == .choice("received"))
        #expect(found["missing"] == .text("租赁合同、设施布局图"))
        #expect(
            try await ask(["accept_no": number, "query_code": .text(String(code.prefix(6)).uppercased())]) == found)
        let byPerson = ["applicant_id": Answer.text("230199199001010018"), "query_code": .text(code)]
        #expect(try await ask(byPerson) == found)
        let wrong: [[String: Answer]] = [
            ["accept_no": number], ["accept_no": number, "query_code": .text(String(code.prefix(5)))],
            ["accept_no": number, "query_code": .text("000000")], ["query_code": .text(code)],
            ["accept_no": .text("DL01-20261121-0002"), "query_code": .text(code)],
            ["applicant_id": .text("230199198506120023"), "query_code": .text(code)],
            ["applicant_id": .text("230199199001010018")],
        ]
        for parameters in wrong { #expect(try await ask(parameters) == nil, "\(parameters)") }
        try await Self.staff(office) {
            _ = try await $0.post("/cases/1/decision", ["state": "returned", "reason": "缺布局图"])
        }
        let returned = try await ask(["accept_no": number, "query_code": .text(code)])
        #expect(returned?["state"] == .choice("supplement"))
        #expect(returned?["missing"] == .text("缺布局图"))
        #expect(returned?["where"] == .text("综合窗口"))
    }

    @Test func promisedPapersAreAnsweredToTheApplicantAlone() async throws {
        let office = try TestOffice()
        _ = try await Self.deliver(office, Self.promising())
        let number = ["accept_no": Answer.text("DL01-20261121-0001")]
        let found = try #require(
            try await Self.facts(office, RecordTests.query("DBE-013", "deferred-papers", by: number)))
        #expect(found["state"] == .choice("open"))
        #expect(found["extended"] == .flag(false))
        guard case .records(let papers) = found["missing"] else {
            Issue.record("no list")
            return
        }
        #expect(
            papers.map(\.answers) == [
                ["material": .text("租赁合同"), "promise_date": .text("2026-11-20")],
                ["material": .text("设施布局图"), "promise_date": .text("2026-12-01")],
            ])
        let other = RecordTests.query(
            "DBE-013", "deferred-papers", number: "230199198506120023", name: "李静", by: number)
        #expect(try await Self.facts(office, other) == nil)
        let (file, pages) = Self.supplement(
            to: "DL01-20261121-0001", papers: [("租赁合同", true), ("设施布局图", true)],
            receiptNumber: "DL01-20261121-0002")
        _ = try await Self.deliver(office, file, pages, sequence: 2)
        let after = try await Self.facts(office, RecordTests.query("DBE-013", "deferred-papers", by: number))
        #expect(after?["state"] == .choice("complete"))
    }

    @Test func anUnpaidOrderIsWhatACaseWaitsFor() async throws {
        let office = try TestOffice()
        _ = try await PaymentTests.place(office)
        let file = Sample.file {
            $0.payment = CasePayment(
                orderID: "\(PaymentTests.session)-pay", amount: 8_050, isPaid: false, reference: nil)
        }
        let sealed = try await Self.deliver(office, file)
        let query = RecordTests.anonymous(
            "DBE-003", "case-progress",
            ["accept_no": .text("DL01-20261121-0001"), "query_code": .text(String(sealed.manifestHash.prefix(16)))])
        #expect(try await Self.facts(office, query)?["state"] == .choice("pay"))
    }

    @Test func aCopyOfTheDatabaseDoesNotTellWhoseCaseItIs() async throws {
        let office = try TestOffice()
        _ = try await Self.deliver(office, Self.promising())
        office.stop()
        try await OfficeDatabase(data: office.data).queue.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        let bytes = try Data(contentsOf: URL(filePath: "\(office.folder)/data/office.sqlite"))
        #expect(bytes.range(of: Data("230199199001010018".utf8)) == nil)
    }
}
