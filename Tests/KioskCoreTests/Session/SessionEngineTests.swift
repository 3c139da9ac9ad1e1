import FoundationEssentials
import Testing

@testable import KioskCore

@Suite("A citizen's session")
struct SessionEngineTests {
    private func story(policy: SessionPolicy = SessionPolicy()) throws -> Story {
        Story(library: try Test.library(), policy: policy)
    }

    // MARK: The whole way

    @Test("a person alone opens a shop: every page in order, one case at the end")
    func wholeWay() throws {
        var story = try story()
        story.send(.choose(matter: "MKT-001"))
        #expect(story.step == .notice)
        let reading = story.send(.next)
        #expect(story.step == .identify)
        #expect(story.flow?.device == .waiting)
        #expect(reading.contains { if case .readCard(.holder, _, "MKT-001", _) = $0 { true } else { false } })
        story.read(Story.zhang)
        #expect(story.step == .agent)
        story.answerShop()
        #expect(story.step == .capture(CaptureSlot(material: "premises_proof")))
        story.photograph()
        story.send(.next)
        #expect(story.step == .review)
        story.send(.next)
        #expect(story.step == .sign)
        story.sign()
        #expect(story.step == .submit)
        #expect(story.flow?.device == .working)
        let content = try #require(story.submission)
        #expect(content.applicant == Story.zhang)
        #expect(content.agent == nil)
        #expect(
            content.answers.map(\.key) == [
                "mobile", "trade_name", "operation_form", "premises", "premises_right", "staff_count", "capital",
                "business_scope", "delivery",
            ])
        #expect(content.materials.map(\.key) == ["id_card", "premises_proof"])
        #expect(content.signature?.method == .numberSuffix)
        #expect(content.notes.count == 1)
        story.accept()
        #expect(story.step == .print)
        #expect(story.effects.contains { if case .print = $0 { true } else { false } })
        story.send(.printed(generation: story.awaited()))
        story.send(.next)
        #expect(story.step == .finish)
        let ending = story.send(.finish)
        #expect(ending.contains(.wipe))
        #expect(story.flow == nil)
        #expect(story.state.farewell == .finished)
    }

    // MARK: Branches

    @Test("a family business asks for its members and takes their cards")
    func family() throws {
        var story = try story()
        story.begin()
        story.answerShop(family: true)
        story.photograph()
        story.send(.next)
        #expect(story.step == .review, "the member's card was read, so it is not photographed")
        story.send(.next)
        story.sign()
        let content = try #require(story.submission)
        let members = try #require(content.answers.first { $0.key == "family_members" })
        guard case .records(let entries) = members.value else {
            Issue.record("no list")
            return
        }
        #expect(entries.first?.answers["name"] == .text("李秀兰"))
        #expect(entries.first?.card == Story.li)
        #expect(!members.shown.zh.contains(Story.li.number))
        #expect(content.materials.first { $0.key == "family_id" }?.state == .card)
        #expect(content.materials.first { $0.key == "family_id" }?.entry == 0)
    }

    @Test("a member whose card cannot be read is typed, and the card photographed")
    func typedMember() throws {
        var story = try story()
        story.begin()
        story.send(.answerAgent(actsForOther: false))
        story.type("mobile", "13900000000")
        story.send(.next)
        story.type("trade_name", "店")
        story.send(.next)
        story.pick("operation_form", "family")
        story.send(.next)
        #expect(story.step == .list("family_members"))
        story.send(.next)
        #expect(story.flow?.problems == [FieldProblem(field: "family_members", reason: .emptyList)])
        story.send(.addEntry(field: "family_members"))
        story.send(
            .cardFailed(Fault(.cardUnreadable, responsible: .hallStaff), generation: story.awaited()))
        let stopping = story.send(.typeByHand)
        #expect(stopping.isEmpty || stopping == [.stopReading])
        story.type("name", "王小军")
        story.type("id_no", "230199201203040014")
        story.pick("relation", "child")
        story.send(.next)
        #expect(story.flow?.problems == [FieldProblem(field: "id_no", reason: .wrongCheckDigit)])
        story.type("id_no", Story.wang.number)
        story.send(.next)
        #expect(story.flow?.entry == nil)
        let plan = try #require(story.flow.map { FlowPlan($0, today: story.now.chinaDate) })
        #expect(plan.steps.contains(.capture(CaptureSlot(material: "family_id", entry: 0))))
    }

    @Test(
        "rented premises need the lease, owned ones do not",
        arguments: [("rent", true), ("owned", false), ("free", false)])
    func lease(right: String, needed: Bool) throws {
        var story = try story()
        story.begin()
        story.answerShop(right: right)
        let plan = try #require(story.flow.map { FlowPlan($0, today: story.now.chinaDate) })
        #expect(plan.steps.contains(.capture(CaptureSlot(material: "lease"))) == needed)
    }

    @Test("an agent's case takes the second card and the power of attorney")
    func agent() throws {
        var story = try story()
        story.begin()
        let reading = story.send(.answerAgent(actsForOther: true))
        #expect(story.step == .principalCard)
        #expect(reading.contains { if case .readCard(.principal, _, _, _) = $0 { true } else { false } })
        story.read(Story.zhang)
        #expect(story.flow?.device == .failed(Fault(.cardAlreadyUsed, responsible: .citizen)))
        story.send(.retry)
        story.read(Story.li)
        #expect(story.step == .form("mobile"))
        #expect(story.flow?.applicant == Story.li)
        let plan = try #require(story.flow.map { FlowPlan($0, today: story.now.chinaDate) })
        #expect(plan.steps.contains(.capture(CaptureSlot(material: "power_of_attorney"))))
        #expect(plan.materials.first { $0.material.key == "agent_id" }?.isNeeded == true)
    }

    @Test("what is hidden by a later answer is not handed in")
    func hiddenAnswers() throws {
        var story = try story()
        story.begin()
        story.answerShop(family: true)
        story.photograph()
        story.send(.next)
        story.send(.change(.form("operation_form")))
        story.pick("operation_form", "personal")
        story.send(.next)
        #expect(story.step == .review)
        story.send(.next)
        story.sign()
        let content = try #require(story.submission)
        #expect(!content.answers.contains { $0.key == "family_members" })
        #expect(!content.materials.contains { $0.key == "family_id" })
    }

    @Test("a change at the review that opens a branch leads through it and back")
    func reviewBranch() throws {
        var story = try story()
        story.begin()
        story.answerShop()
        story.photograph()
        story.send(.next)
        story.send(.change(.form("premises")))
        story.pick("premises_right", "rent")
        story.send(.next)
        #expect(story.step == .capture(CaptureSlot(material: "lease")))
        story.photograph("lease-1")
        story.send(.next)
        #expect(story.step == .review)
    }

    @Test("a change after signing asks for the signature again")
    func signatureFalls() throws {
        var story = try story()
        story.begin()
        story.answerShop()
        story.photograph()
        story.send(.next)
        story.send(.next)
        story.type("signature", "0018")
        story.send(.back)
        story.send(.change(.form("trade_name")))
        story.type("trade_name", "另一家店")
        story.send(.next)
        #expect(story.step == .review)
        #expect(story.flow?.signature == nil)
        #expect(story.flow?.signatureText.isEmpty == true)
        story.send(.next)
        story.type("signature", "0019")
        story.send(.next)
        #expect(story.flow?.problems == [FieldProblem(field: "signature", reason: .signatureMismatch)])
        #expect(story.step == .sign)
    }

    @Test("an expired card is refused and nothing of it is kept")
    func expired() throws {
        var story = try story()
        story.begin(as: Story.person("张晓明", Story.zhang.number, expiry: .on(CalendarDate(daysSince1970: 20_777))))
        #expect(story.flow?.device == .failed(Fault(.cardExpired, responsible: .hallStaff)))
        #expect(story.flow?.holder == nil)
        #expect(story.effects.contains(.discardDraft(session: story.state.id)))
    }

    @Test("the last day of validity still counts")
    func lastDay() throws {
        var story = try story()
        story.begin(as: Story.person("张晓明", Story.zhang.number, expiry: .on(story.now.chinaDate)))
        #expect(story.step == .agent)
    }

    // MARK: Deferral

    @Test("a ~ material may come later: the promise has a date, is signed, and goes into the case")
    func deferral() throws {
        var story = Story(
            try Test.matter(
                pages: [
                    Test.page(
                        Test.field("shop"), Test.field("right", .choice(Test.options("own", "rent"))))
                ], materials: [Test.paper("lease", .deferrable)]))
        story.begin("TST-001")
        story.type("shop", "店")
        story.pick("right", "rent")
        story.send(.next)
        #expect(story.step == .capture(CaptureSlot(material: "lease")))
        story.send(.next)
        #expect(story.step == .capture(CaptureSlot(material: "lease")), "neither captured nor promised")
        story.send(.deferMaterial(slot: "lease"))
        #expect(story.step == .review)
        story.send(.next)
        story.sign()
        let content = try #require(story.submission)
        let due = story.now.chinaDate.adding(workingDays: 5)
        #expect(content.materials.first?.state == .deferred(until: due))
        #expect(content.signature?.statement.contains("lease") == true)
        #expect(content.signature?.statement.contains(AnswerText.shown(due, .zh)) == true)
    }

    @Test("a * material cannot be put off")
    func noDeferral() throws {
        var story = try story()
        story.begin()
        story.answerShop()
        story.send(.deferMaterial(slot: "premises_proof"))
        #expect(story.step == .capture(CaptureSlot(material: "premises_proof")))
        #expect(story.flow?.deferred.isEmpty == true)
    }

    // MARK: Rules

    @Test("a rejecting rule stops the flow and says why; back leads to the page to mend")
    func rejection() throws {
        var story = try story()
        story.begin("HRS-016")
        story.send(.answerAgent(actsForOther: false))
        story.pick("insurance", "pension")
        story.send(.next)
        story.type("period_from", "2026-10")
        story.type("period_to", "2026-01")
        story.send(.next)
        #expect(story.step == .rejected)
        #expect(story.flow?.outcome.count == 1)
        story.send(.back)
        #expect(story.step == .form("period_from"))
        story.type("period_to", "2026-11")
        story.send(.next)
        #expect(story.step == .form("purpose"))
    }

    @Test(
        "a check of the matter file speaks at its field",
        arguments: [("0", false), ("1", true), ("5", true), ("6", false)])
    func check(copies: String, good: Bool) throws {
        var story = try story()
        story.begin("HRS-016")
        story.send(.answerAgent(actsForOther: false))
        story.pick("insurance", "pension")
        story.send(.next)
        story.type("period_from", "2026-01")
        story.type("period_to", "2026-10")
        story.send(.next)
        story.pick("purpose", "job")
        story.type("copies", copies)
        story.send(.next)
        #expect((story.step == .lookup) == good)
        #expect((story.flow?.problems.first?.field == "copies") == !good)
    }

    @Test("a certificate is looked up, shown, recorded and printed in the copies asked for")
    func certificate() throws {
        var story = try story()
        story.begin("HRS-016")
        story.send(.answerAgent(actsForOther: false))
        story.pick("insurance", "pension")
        story.send(.next)
        story.type("period_from", "2026-01")
        story.type("period_to", "2026-10")
        story.send(.next)
        story.pick("purpose", "job")
        story.type("copies", "2")
        let asking = story.send(.next)
        guard
            case .lookUp(let query, let generation)? = asking.last(where: {
                if case .lookUp = $0 { true } else { false }
            })
        else {
            Issue.record("no lookup")
            return
        }
        #expect(query.number == Story.zhang.number)
        #expect(query.parameters["period_from"] == .text("2026-01"))
        story.send(.lookUpFailed(Fault(.officeUnreachable, responsible: .hallStaff), generation: generation))
        #expect(story.flow?.device == .failed(Fault(.officeUnreachable, responsible: .hallStaff)))
        story.send(.retry)
        story.find()
        #expect(story.step == .preview)
        story.send(.next)
        #expect(story.submission?.issued == "ABCD")
        story.accept()
        guard case .print(let request, _)? = story.effects.last(where: { if case .print = $0 { true } else { false } })
        else {
            Issue.record("no print")
            return
        }
        #expect(request.copies == 2)
        #expect(request.jobID == "certificate-ABCD-0")
    }

    // MARK: Late, wrong and out of order

    @Test("a late answer is never taken for the next one")
    func lateAnswers() throws {
        var story = try story()
        story.begin()
        story.answerShop()
        story.send(.takePicture)
        let old = story.awaited()
        story.send(.captureFailed(Fault(.cameraSilent, responsible: .technician), generation: old))
        story.send(.retry)
        story.send(.pageCaptured(Story.page("late"), generation: old))
        #expect(story.flow?.captures.isEmpty == true)
        #expect(story.effects == [.dropAttachment(Story.page("late"))])
        story.send(.pageCaptured(Story.page("now"), generation: story.awaited()))
        #expect(story.flow?.captures["premises_proof"]?.map(\.id) == ["now"])
    }

    @Test("a card read after the citizen went back changes nothing")
    func lateCard() throws {
        var story = try story()
        story.send(.choose(matter: "MKT-001"))
        story.send(.next)
        let old = story.awaited()
        #expect(story.send(.back).contains(.stopReading))
        story.send(.cardRead(Story.zhang, photo: nil, generation: old))
        #expect(story.step == .notice)
        #expect(story.flow?.holder == nil)
    }

    @Test("no event out of place traps or skips a page")
    func anyEventAnywhere() throws {
        let library = try Test.library()
        var generator = SplitMix(seed: 3)
        let fault = Fault(.cameraLost, responsible: .technician)
        for _ in 0..<300 {
            var story = Story(library: library)
            for _ in 0..<60 {
                let generation = story.awaited()
                let events: [SessionEvent] = [
                    .choose(matter: "MKT-001"), .choose(matter: "HRS-016"), .choose(matter: "none"), .resumeUnfinished,
                    .next, .next, .next, .back, .edit(field: "mobile", text: "13900000000"),
                    .edit(field: "trade_name", text: "店"), .edit(field: "signature", text: "0018"),
                    .edit(field: "x", text: "y"), .pick(field: "operation_form", option: "family"),
                    .pick(field: "operation_form", option: "none"), .pick(field: "insurance", option: "pension"),
                    .pick(field: "premises_right", option: "rent"), .pick(field: "business_scope", option: "food"),
                    .pick(field: "delivery", option: "window"), .edit(field: "premises", text: "街"),
                    .edit(field: "staff_count", text: "2"), .edit(field: "capital", text: "1"),
                    .answerAgent(actsForOther: false), .answerAgent(actsForOther: true),
                    .addEntry(field: "family_members"), .editEntry(field: "family_members", index: 0),
                    .removeEntry(field: "family_members", index: 5), .removeEntry(field: "family_members", index: 0),
                    .typeByHand, .takePicture, .removePicture(slot: "lease", page: "p"), .deferMaterial(slot: "lease"),
                    .retry, .change(.form("trade_name")), .change(.submit), .printAgain, .finish, .askStartOver,
                    .cancelStartOver, .callStaff, .setLanguage(.en), .stillHere, .cardFound(generation: generation),
                    .cardRead(Story.zhang, photo: nil, generation: generation),
                    .cardRead(Story.li, photo: nil, generation: generation),
                    .cardFailed(fault, generation: generation), .nothingToResume(generation: generation),
                    .pageCaptured(Story.page("p"), generation: generation),
                    .captureFailed(fault, generation: generation), .submitFailed(fault, generation: generation),
                    .printed(generation: generation), .printFailed(fault, generation: generation), .tick,
                ]
                let event = try #require(events.randomElement(using: &generator))
                story.send(event)
                if let submission = story.submission {
                    #expect(story.flow?.signature != nil || submission.issued != nil)
                    #expect(submission.answers.contains { $0.key == "mobile" } || submission.issued != nil)
                }
                if let flow = story.flow, flow.step != .rejected, flow.step != .window {
                    let plan = FlowPlan(flow, today: story.now.chinaDate)
                    #expect(plan.steps.contains(flow.step), "\(flow.step) is not on the way")
                }
            }
        }
    }

    // MARK: Crash and resume

    @Test("the state survives coding, and a resumed session stands on the same page")
    func resume() throws {
        var story = try story()
        story.begin()
        story.answerShop()
        let saved = try JSONDecoder().decode(SessionState.self, from: JSONEncoder().encode(story.state))
        #expect(saved == story.state)

        var later = try self.story()
        later.send(.choose(matter: "MKT-001"))
        later.send(.next)
        later.send(.cardFound(generation: later.awaited()))
        later.send(.draftResumed(saved, generation: later.awaited()))
        #expect(later.state.id == saved.id)
        #expect(later.step == saved.flow?.step)
        #expect(later.flow?.answers == saved.flow?.answers)
    }

    @Test("a crash while a case is being saved submits the same case again")
    func resumeSubmit() throws {
        var story = try story()
        story.begin()
        story.answerShop()
        story.photograph()
        story.send(.next)
        story.send(.next)
        story.sign()
        let content = try #require(story.submission)
        let saved = story.state
        var later = try self.story()
        later.send(.resumeUnfinished)
        #expect(later.state.resuming == .waiting)
        later.send(.draftResumed(saved, generation: later.awaited()), after: 300)
        #expect(later.step == .submit)
        #expect(later.submission == content)
    }

    @Test("nothing to take up again is said on the welcome page")
    func nothingToResume() throws {
        var story = try story()
        story.send(.resumeUnfinished)
        story.send(.nothingToResume(generation: story.awaited()))
        #expect(story.state.resuming == nil)
        #expect(story.state.farewell == .nothingToResume)
    }

    // MARK: Time

    @Test("a quiet citizen is warned, then everything is wiped")
    func idle() throws {
        var story = try story(policy: SessionPolicy(idleAfter: 120, warnFor: 60))
        story.begin()
        let id = story.state.id
        story.send(.tick, after: 119)
        #expect(story.state.idleWarning == nil)
        story.send(.tick, after: 1)
        #expect(story.state.idleWarning == 60)
        story.send(.tick, after: 59)
        #expect(story.state.idleWarning == 1)
        let ending = story.send(.tick, after: 1)
        #expect(story.flow == nil)
        #expect(story.state.farewell == .wipedAfterIdle)
        #expect(story.state.id != id)
        #expect(ending.contains(.discardDraft(session: id)))
        #expect(ending.contains(.wipe))
    }

    @Test("a sign of life ends the warning")
    func stillHere() throws {
        var story = try story()
        story.begin()
        story.send(.tick, after: 150)
        #expect(story.state.idleWarning != nil)
        story.send(.stillHere)
        #expect(story.state.idleWarning == nil)
        story.send(.tick, after: 100)
        #expect(story.state.idleWarning == nil)
    }

    @Test("a working device holds the clock")
    func workingDevice() throws {
        var story = try story()
        story.begin()
        story.answerShop()
        story.send(.takePicture)
        story.send(.tick, after: 170)
        story.send(.tick, after: 100)
        #expect(story.state.idleWarning == nil)
        #expect(story.flow != nil)
    }

    @Test("starting over asks first, then forgets everything but the language")
    func startOver() throws {
        var story = try story()
        story.send(.setLanguage(.en))
        story.begin()
        story.send(.askStartOver)
        #expect(story.state.confirmsStartOver)
        story.send(.answerAgent(actsForOther: false))
        #expect(story.step == .agent, "while the question stands nothing else counts")
        let ending = story.send(.confirmStartOver)
        #expect(story.flow == nil)
        #expect(story.state.language == .en)
        #expect(ending.contains(.wipe))
    }

    @Test("the next citizen finds the terminal in Chinese and standard size")
    func languageResets() throws {
        var story = try story()
        story.send(.setLanguage(.en))
        story.send(.setTextSize(.large))
        story.send(.tick, after: 121)
        #expect(story.state.language == .zh)
        #expect(story.state.textSize == .standard)
    }

    @Test("a printer fault never undoes the acceptance, and another try sends the same paper")
    func printerFault() throws {
        var story = try story()
        story.begin()
        story.answerShop()
        story.photograph()
        story.send(.next)
        story.send(.next)
        story.sign()
        story.accept()
        story.send(.printFailed(Fault(.paperOut, responsible: .hallStaff), generation: story.awaited()))
        #expect(story.flow?.accepted?.receiptNumber == "DL01-20261121-0001")
        #expect(story.step == .print)
        story.send(.back)
        #expect(story.step == .print)
        let again = story.send(.printAgain)
        guard case .print(let request, _)? = again.last else {
            Issue.record("not printed again")
            return
        }
        #expect(request.jobID == "receipt-DL01-20261121-0001-0")
        story.send(.printed(generation: story.awaited()))
        story.send(.printAgain)
        guard case .print(let copy, _)? = story.effects.last else {
            Issue.record("no second copy")
            return
        }
        #expect(copy.jobID == "receipt-DL01-20261121-0001-1")
    }

    @Test("a call to staff is followed and carries nothing a citizen wrote")
    func staffCall() throws {
        var story = try story()
        story.begin()
        let effects = story.send(.callStaff)
        #expect(effects == [.callStaff(StaffCallRequest(page: "agent", matterCode: "MKT-001", at: story.now))])
        #expect(story.send(.callStaff).isEmpty)
        story.send(.staffCallChanged(.acknowledged))
        #expect(story.state.staffCall?.state == .acknowledged)
    }
}
