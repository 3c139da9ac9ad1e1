// Pages in use: a citizen presses only what a page offers, and the real session engine answers.

import KioskCore
import Testing

@testable import KioskShell

@Suite struct PageBuilderTests {
    private func accepted(_ number: String = "DL01-20261123-0007") -> AcceptedCase {
        AcceptedCase(
            caseID: "session", receiptNumber: number, sequence: 7, acceptedAt: PageSamples.now, proof: "00")
    }

    /// Up to the family list, by what the pages offer alone.
    private func atFamilyList() throws -> Citizen {
        var citizen = Citizen()
        try citizen.begin("MKT-001")
        #expect(citizen.page.id == "notice")
        try citizen.press("next")
        #expect(citizen.page.id == "identify")
        citizen.layCard(SamplePeople.citizen)
        #expect(citizen.page.id == "agent")
        try citizen.press("agent.self")
        #expect(citizen.page.id == "form.mobile")
        try citizen.type("13900000000", into: "mobile")
        try citizen.press("wants_mail.yes")
        try citizen.type("样本街1号", into: "mail_address")
        try citizen.press("wants_mail.no")
        #expect(citizen.node("mail_address") == nil)
        try citizen.press("next")
        try citizen.type("志远百货店", into: "trade_name")
        try citizen.press("operation_form.family")
        try citizen.press("business_scope.food")
        try citizen.type("50000", into: "capital")
        try citizen.press("next")
        try citizen.type("样本街8号", into: "premises")
        try citizen.press("premises_right.own")
        try citizen.type("0", into: "staff_count")
        try citizen.press("next")
        #expect(citizen.page.id == "list.family_members")
        return citizen
    }

    @Test func `A citizen gets from the welcome page to a receipt by pressing what the pages offer`() throws {
        var citizen = try atFamilyList()
        try citizen.press("add")
        citizen.layCard(SamplePeople.spouse)
        #expect(
            citizen.node("id_no") == .row(label: "身份证号码", value: "230199********0023", change: nil))
        try citizen.press("relation.spouse")
        try citizen.press("save")
        try citizen.press("add")
        try citizen.press("by-hand")
        try citizen.type(SamplePeople.parent.name, into: "name")
        try citizen.type(SamplePeople.parent.number, into: "id_no")
        try citizen.press("relation.parent")
        try citizen.press("save")
        try citizen.press("next")

        #expect(citizen.page.id == "capture.premises_proof")
        try citizen.photograph("a")
        try citizen.photograph("b")
        try citizen.press("remove.a")
        try citizen.press("next")
        #expect(citizen.page.id == "capture.family_id#1")
        #expect(citizen.page.title.contains(SamplePeople.parent.name))
        try citizen.photograph("c")
        try citizen.press("next")
        #expect(citizen.page.id == "capture.premises_photo")
        let promised = PageContents.texts(of: citizen.page).contains { $0.contains("2026年11月30日") }
        #expect(promised)
        try citizen.press("defer")
        #expect(
            citizen.engine.state.flow?.deferred.values.map { Readable(language: .zh).date($0) } == ["2026年11月30日"])

        #expect(citizen.page.id == "review")
        try citizen.press("change.trade_name")
        #expect(citizen.page.id == "form.trade_name")
        try citizen.press("next")
        #expect(citizen.page.id == "review")
        try citizen.press("next")
        #expect(citizen.page.id == "sign")
        try citizen.type("0018", into: "signature")
        try citizen.press("next")
        #expect(citizen.page.id == "submit")
        citizen.handle(.accepted(accepted(), generation: citizen.engine.state.generation))
        #expect(citizen.page.id == "accepted")
        citizen.handle(.printed(generation: citizen.engine.state.generation))
        try citizen.press("next")
        #expect(citizen.page.id == "rating")
        try citizen.press("grade.5")
        try citizen.press("next")
        #expect(citizen.page.id == "finish")
        try citizen.press("finish")
        #expect(citizen.page.id == "welcome")
        #expect(citizen.node("farewell") != nil)
    }

    @Test func `A certificate is looked up, shown, printed, and printed again`() throws {
        let sample = try #require(PageSamples.sample("preview", language: .zh))
        let record = try #require(sample.state.flow?.record)
        var citizen = Citizen()
        try citizen.begin("HRS-016")
        try citizen.press("next")
        citizen.layCard(SamplePeople.citizen)
        try citizen.type("2026-01", into: "period_from")
        try citizen.type("2026-10", into: "period_to")
        try citizen.press("next")
        #expect(citizen.page.id == "lookup")
        citizen.handle(
            .lookUpFailed(
                Fault(.officeUnreachable, responsible: .hallStaff), generation: citizen.engine.state.generation))
        try citizen.press("retry")
        citizen.handle(.recordFound(record, generation: citizen.engine.state.generation))
        #expect(citizen.page.id == "preview")
        #expect(citizen.node("fact.id_no") == .row(label: "身份证号码", value: "230199********0018", change: nil))
        try citizen.press("next")
        #expect(citizen.page.id == "issued")
        #expect(citizen.action("print-again")?.event == nil)
        citizen.handle(.printed(generation: citizen.engine.state.generation))
        try citizen.press("print-again")
        #expect(citizen.engine.state.flow?.device == .working)
        guard case .qrCode(let text, _) = citizen.node("qr") else {
            Issue.record("no QR code")
            return
        }
        #expect(text == "https://office.example/verify?code=7H2K-9QMD")
    }

    @Test func `A rule that says no shows every reason and leads back to the answers`() throws {
        var citizen = Citizen()
        try citizen.begin("HRS-016")
        try citizen.press("next")
        citizen.layCard(SamplePeople.citizen)
        try citizen.type("2026-10", into: "period_from")
        try citizen.type("2026-01", into: "period_to")
        try citizen.press("next")
        #expect(citizen.page.id == "rejected")
        #expect(citizen.node("reason.0") != nil)
        try citizen.press("go-back")
        #expect(citizen.page.id == "form.insurance")
    }

    @Test func `An entry can be changed and taken off its list`() throws {
        var citizen = try atFamilyList()
        #expect(citizen.action("add")?.style == .primary)
        try citizen.press("next")
        #expect(citizen.node("problems") != nil)
        try citizen.press("add")
        citizen.layCard(SamplePeople.spouse)
        try citizen.press("relation.child")
        try citizen.press("save")
        try citizen.press("edit.0")
        try citizen.press("relation.spouse")
        try citizen.press("save")
        #expect(
            citizen.node("family_members.0")
                == .row(
                    label: "第 1 位", value: "王秀兰，230199********0023，配偶",
                    change: Action(
                        id: "edit.0", label: "修改", event: .editEntry(field: "family_members", index: 0))))
        try citizen.press("remove.0")
        #expect(citizen.node("empty") != nil)
    }

    @Test func `A wrong answer is said above the page and at its field, and nothing is lost`() throws {
        var citizen = Citizen()
        try citizen.begin("MKT-001")
        try citizen.press("next")
        citizen.layCard(SamplePeople.citizen)
        try citizen.press("agent.self")
        try citizen.type("139", into: "mobile")
        try citizen.press("next")
        #expect(citizen.page.nodes.first?.id == "problems")
        guard case .field(.phone, _, let value, _, true, let error?) = citizen.node("mobile") else {
            Issue.record("the field shows no error")
            return
        }
        #expect(value == "139")
        #expect(error.contains("11"))
    }

    @Test func `Someone acting for another is asked for the other card, and both stand on the check page`() throws {
        var citizen = Citizen()
        try citizen.begin("MKT-001")
        try citizen.press("next")
        citizen.layCard(SamplePeople.spouse)
        try citizen.press("agent.other")
        #expect(citizen.page.id == "principal-card")
        citizen.layCard(SamplePeople.spouse)
        #expect(citizen.action("retry") != nil)
        try citizen.press("retry")
        citizen.layCard(SamplePeople.citizen)
        #expect(citizen.page.id == "form.mobile")

        let review = try #require(PageSamples.sample("review.agent", language: .en)).page
        let values = review.nodes.compactMap { node -> String? in
            guard case .row(let label, let value, _) = node.content else { return nil }
            return "\(label): \(value)"
        }
        #expect(values.contains("Applicant: 陈志远, 230199********0018"))
        #expect(values.contains("Acting for the applicant: 王秀兰, 230199********0023"))
        #expect(values.contains("Letter of authorisation: 1 page photographed"))
    }

    @Test func `The check page has a way to change every answer`() throws {
        let sample = try #require(PageSamples.sample("review", language: .zh))
        let flow = try #require(sample.state.flow)
        let events = PageContents.actions(of: sample.page).compactMap(\.event)
        let steps = FlowPlan(flow, today: PageSamples.today).steps
        for step in steps {
            switch step {
            case .form, .list, .capture: #expect(events.contains(.change(step)), "\(step)")
            default: break
            }
        }
    }

    @Test func `The signing page shows the statement that is signed, and not the characters it asks for`() throws {
        for language in Language.allCases {
            let sample = try #require(PageSamples.sample("sign", language: language))
            let flow = try #require(sample.state.flow)
            let texts = PageContents.texts(of: sample.page)
            let statement = SessionEngine.statement(for: flow, today: PageSamples.today)[language]
            #expect(texts.contains(statement))
            #expect(statement != SessionEngine.statement[language])
            #expect(texts.allSatisfy { !$0.contains("0018") })
        }
    }

    @Test(arguments: ["accepted.paperOut", "accepted.paperJam", "accepted.printerMissing"])
    func `A printer fault never undoes the acceptance`(_ id: String) throws {
        let page = try #require(PageSamples.sample(id, language: .zh)).page
        #expect(page.title == "申请已经收下")
        #expect(page.nodes.first?.content == .number(label: "受理编号", value: "DL01-20261123-0007"))
        #expect(
            page.nodes.contains {
                $0.content == .notice(.success, title: "申请没有受影响", text: "请记下或者拍下上面的编号。")
            })
        #expect(
            page.nodes.contains {
                if case .qrCode("https://office.example/verify?code=DL01-20261123-0007", _) = $0.content {
                    true
                } else {
                    false
                }
            })
        #expect(page.actions.map(\.event) == [.printAgain, .next])
        #expect(page.bar[0].event == nil && page.bar[1].event == nil)
    }

    @Test func `The accepted page reminds of what was promised`() throws {
        let page = try #require(PageSamples.sample("accepted.printed", language: .en)).page
        #expect(
            page.nodes.contains {
                $0.content
                    == .bullet("Photograph of the premises", note: "bring it to the hall by 30 November 2026")
            })
        #expect(
            page.nodes.contains {
                $0.content
                    == .row(label: "When you hear from us", value: "By 24 November 2026 (1 working day)", change: nil)
            })
    }

    @Test func `The detail of a fault stays in the log`() {
        var state = SessionState(id: "session", at: PageSamples.now)
        state.flow = FlowState(matter: SampleMatters.registration)
        state.flow?.step = .identify
        state.flow?.device = .failed(
            Fault(.readerLost, responsible: .technician, detail: "LIBUSB_ERROR_NO_DEVICE on bus 1"))
        let page = Citizen().builder.page(for: state, today: PageSamples.today)
        #expect(PageContents.texts(of: page).allSatisfy { !$0.contains("LIBUSB") })
    }

    @Test func `A notice that no office has signed off says so, and one that is signed off does not`() throws {
        let unreviewed = try #require(PageSamples.sample("notice", language: .zh)).page
        let reviewed = try #require(PageSamples.sample("notice.reviewed", language: .zh)).page
        #expect(unreviewed.nodes.contains { $0.id == "unreviewed" })
        #expect(!reviewed.nodes.contains { $0.id == "unreviewed" })
    }

    @Test func `A matter file that could not be read is said on the welcome page`() {
        let builder = PageBuilder(
            library: MatterLibrary(matters: [], unavailable: ["MKT-003"]), policy: SessionPolicy(), verifyURL: "")
        let page = builder.page(for: SessionState(id: "session", at: PageSamples.now), today: PageSamples.today)
        #expect(PageContents.texts(of: page).contains { $0.contains("MKT-003") })
        #expect(page.nodes.contains { $0.id == "empty" })
    }

    @Test func `The idle warning counts down and stands before any other question`() {
        var citizen = Citizen()
        citizen.handle(.choose(matter: "MKT-001"))
        citizen.handle(.askStartOver)
        #expect(citizen.page.dialog?.actions.map(\.id) == ["cancel-start-over", "confirm-start-over"])
        _ = citizen.engine.handle(.tick, at: PageSamples.now.adding(seconds: 150))
        #expect(citizen.page.dialog?.countdown == 30)
        #expect(citizen.page.dialog?.actions.map(\.event) == [.stillHere])
    }

    @Test func `A call for staff is shown with its answer, and pressing twice does not cancel it`() throws {
        var citizen = Citizen()
        try citizen.press("bar.staff")
        #expect(citizen.page.staffBanner == "正在呼叫工作人员，请稍等。")
        #expect(citizen.action("bar.staff")?.event == nil)
        var banners: Set<String> = []
        for state in [SessionState.StaffCall.State.ringing, .acknowledged, .closed, .failed] {
            citizen.handle(.staffCallChanged(state))
            banners.insert(try #require(citizen.page.staffBanner))
        }
        #expect(banners.count == 4)
        #expect(citizen.action("bar.staff")?.event == .callStaff)
        try citizen.press("dismiss-call")
        #expect(citizen.page.staffBanner == nil)
    }

    @Test func `The page language follows the bar, and names the other language in its own words`() throws {
        var citizen = Citizen()
        #expect(citizen.action("bar.language")?.label == "English")
        try citizen.press("bar.language")
        #expect(citizen.page.language == .en)
        #expect(citizen.action("bar.language")?.label == "中文")
    }

    @Test func `A state whose page is gone from the matter still gives a page to leave`() {
        var state = SessionState(id: "session", at: PageSamples.now)
        state.flow = FlowState(matter: SampleMatters.registration)
        for step in [
            Step.form("gone"), .list("gone"), .list("mobile"), .capture(CaptureSlot(material: "gone", entry: -1)),
        ] {
            state.flow?.step = step
            let page = Citizen().builder.page(for: state, today: PageSamples.today)
            #expect(!page.title.isEmpty)
            #expect(page.bar[0].event == .back)
        }
    }
}
