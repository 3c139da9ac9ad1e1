import FoundationEssentials
import Testing

@testable import KioskCore

/// Events in any order, answers that come late, and devices that fail: what must hold all the same.
@Suite("Whatever happens")
struct HostileEventTests {
    /// Every kind of step, field and rule in one matter.
    private static func everything(required: Bool, identity: Matter.IdentityPolicy) throws -> Matter {
        let people = Field.Kind.records([try Test.field("name"), try Test.field("id_no", .idNumber)])
        return try Test.matter(
            "ALL-001", identity: identity,
            steps: [
                .notice, .identify, .agent, .confirmHolder, .consent("before"), .section("contact"), .keyPages, .lookup, .preview,
                .pages, .capture, .payment, .review, .consent("after"), .sign, .submit, .print, .rating, .finish,
            ],
            pages: [
                Test.page(Test.field("mobile", .phone), section: "contact"), Test.page(Test.field("permit_no")),
                Test.page(
                    Test.field("shop", source: .record("shop")), Test.field("ok", .flag, required: false),
                    Test.field("count", .number, max: 9), Test.field("total", .money, value: "double(count) * 2.5")),
                Test.page(Test.field("people", people, required: false, fromCard: ["name": .name, "id_no": .number])),
            ],
            consents: [Test.consent("before"), Test.consent("after")],
            materials: [
                Test.paper("id_card", from: .applicantCard), Test.paper("photo"), Test.paper("later", .deferrable),
                Test.paper("cards", .conditional, from: .entryCards("people")), Test.paper("power", .conditional),
            ],
            rules: [
                Test.need("cards", "size(people) > 0"), Test.need("power", "agent"), Test.reject(#"shop == "x""#),
                Test.window("count > 7"), Rule(when: nil, action: .note("注")),
            ], conditions: ["many": "count > 3"],
            lookup: Test.lookup(["permit_no"], required: required, facts: [Test.field("shop")]), payment: "total",
            output: .certificate)
    }

    private static let fault = Fault(.officeUnreachable, responsible: .hallStaff)

    /// What a citizen may do next on some page, whether it makes sense there or not.
    private static let citizenEvents: [SessionEvent] = [
        .choose(matter: "ALL-001"), .next, .next, .next, .next, .back, .agree, .agree, .disagree,
        .answerAgent(actsForOther: false), .answerAgent(actsForOther: true),
        .edit(field: "mobile", text: "13900000000"),
        .edit(field: "permit_no", text: "A1"), .edit(field: "shop", text: "店"), .edit(field: "shop", text: "x"),
        .edit(field: "count", text: "2"), .edit(field: "count", text: "8"), .edit(field: "total", text: "1"),
        .edit(field: "signature", text: "0018"), .edit(field: "signature", text: "0023"),
        .edit(field: "name", text: "王"), .edit(field: "id_no", text: Story.wang.number),
        .pick(field: "ok", option: "yes"),
        .addEntry(field: "people"), .editEntry(field: "people", index: 0), .removeEntry(field: "people", index: 0),
        .typeByHand, .takePicture, .removePicture(slot: "photo", page: "p"), .deferMaterial(slot: "later"),
        .deferMaterial(slot: "photo"), .retry, .change(.form("shop")), .change(.form("permit_no")),
        .change(.submit), .change(.payment), .change(.finish), .printAgain, .goOnWithoutRecord, .checkPayment,
        .pickGuide(matter: "ALL-001"), .rate(grade: 1), .rateReason(.slow), .handOver, .open(.checklist),
        .open(.guide), .closeSide, .closeSide, .printSide, .finish, .askStartOver, .cancelStartOver,
        .find(Finding(.departments)), .resumeUnfinished, .callStaff, .setLanguage(.en), .compareFace,
        .askStaffToConfirm,
    ]

    private static func answer(_ session: String) -> StaffCallReply {
        StaffCallReply(
            id: "c", state: .closed,
            answer: HolderAnswer(isHolder: true, session: session, by: "a", at: Timestamp(milliseconds: 0)))
    }

    private static func results(_ story: Story) -> [SessionEvent] {
        let generation = story.awaited()
        let order = story.flow?.orderRequest
        let orders = [PaymentOrder.State.waiting, .paid, .closed].map {
            SessionEvent.paymentChanged(
                PaymentOrder(
                    orderID: order?.orderID ?? "x", amount: order?.amount ?? 1, state: $0, payURL: ""),
                generation: generation)
        }
        return orders + [
            .cardFound(generation: generation), .cardRead(Story.zhang, photo: nil, generation: generation),
            .cardRead(Story.li, photo: Story.page("photo"), generation: generation),
            .cardFailed(fault, generation: generation), .nothingToResume(generation: generation),
            .pageCaptured(Story.page("p"), generation: generation), .captureFailed(fault, generation: generation),
            .recordFound(Test.record(["shop": .text("旧店")]), generation: generation),
            .lookUpFailed(fault, generation: generation), .paymentFailed(fault, generation: generation),
            .accepted(
                AcceptedCase(
                    caseID: story.state.id, receiptNumber: "DL01-1", sequence: 1, acceptedAt: story.now, proof: ""),
                generation: generation), .submitFailed(fault, generation: generation),
            .printed(generation: generation), .printFailed(fault, generation: generation), .tick,
            .holderCompared(HolderMatch(isSame: false, score: 0.1, matcher: "m"), generation: generation),
            .holderCompared(HolderMatch(isSame: true, score: .nan, matcher: "m"), generation: generation),
            .comparisonFailed(Fault(.faceNotFound, responsible: .citizen), generation: generation),
            .holderCallFailed(fault, generation: generation),
            .holderCallChanged(StaffCallReply(id: "c", state: .acknowledged), generation: generation),
            .holderCallChanged(answer("another session"), generation: generation),
            .holderCallChanged(answer(story.state.id), generation: generation),
            .portraitDecoded(Portrait(width: .max, height: .max, rgb: []), of: Story.page("photo")),
        ]
    }

    /// What brings a session on from where it is.
    private static func towardsTheEnd(_ story: Story) -> [SessionEvent] {
        let generation = story.awaited()
        guard let flow = story.flow else { return [.choose(matter: "ALL-001")] }
        if story.state.confirmsStartOver { return [.cancelStartOver] }
        if flow.side != nil { return [.closeSide] }
        if flow.entry != nil { return [.back] }
        if flow.fault != nil { return [.retry, .retry, .goOnWithoutRecord, .handOver] }
        switch flow.step {
        case .identify: return [.cardRead(Story.zhang, photo: nil, generation: generation), .next]
        case .principalCard: return [.cardRead(Story.li, photo: nil, generation: generation), .next]
        case .agent: return [.answerAgent(actsForOther: false), .answerAgent(actsForOther: true)]
        case .consent: return [.agree]
        case .form:
            return [
                .edit(field: "mobile", text: "13900000000"), .edit(field: "permit_no", text: "A1"),
                .edit(field: "shop", text: "店"), .edit(field: "count", text: "2"), .next, .next,
            ]
        case .capture:
            return flow.device == .working
                ? [.pageCaptured(Story.page("p"), generation: generation)] : [.takePicture, .next]
        case .sign: return [.edit(field: "signature", text: "0018"), .next]
        case .rejected, .window: return [.back]
        case .confirmHolder: return results(story) + [.compareFace, .next]
        case .lookup, .payment, .submit, .print:
            return flow.device == .working ? results(story) : [.next, .checkPayment, .next]
        default: return [.next]
        }
    }

    /// The events that lead out of the current page, apart from starting over.
    private static let waysOn: [SessionEvent] = [
        .next, .back, .retry, .agree, .disagree, .answerAgent(actsForOther: false), .typeByHand, .takePicture,
        .goOnWithoutRecord, .checkPayment, .handOver, .closeSide, .finish, .printAgain, .compareFace,
    ]

    @Test(
        "no order of events traps, skips what must be given, pays twice, or leaves a page without a way on",
        arguments: [
            (true, Matter.IdentityPolicy.agentAllowed, 3), (false, .card, 5), (true, .card, 8), (false, .none, 13),
        ] as [(Bool, Matter.IdentityPolicy, UInt64)])
    func anything(required: Bool, identity: Matter.IdentityPolicy, seed: UInt64) throws {
        let library = MatterLibrary(matters: [try Self.everything(required: required, identity: identity)])
        var generator = SplitMix(seed: seed)
        var reached: Set<String> = []
        var places: Set<String> = []
        for _ in 0..<30 {
            var story = Story(library: library)
            for _ in 0..<150 {
                let events =
                    switch generator.next() % 8 {
                    case 0: Self.results(story)
                    case 1, 2: Self.citizenEvents
                    default: Self.towardsTheEnd(story)
                    }
                let event = try #require(events.randomElement(using: &generator))
                let before = story.flow
                story.send(event)

                if let request = story.orderRequest, let last = before?.orderRequest, last.orderID != request.orderID {
                    #expect(before?.payment == nil, "a second order beside one that may be paid")
                }
                if let submission = story.submission, submission.disposition == .submitted {
                    #expect(submission.answers.contains { $0.key == "mobile" })
                    #expect(submission.consents.count == 2)
                    #expect(submission.holderCheck != nil || identity == .none)
                    #expect(submission.signature != nil || identity == .none)
                    #expect(submission.payment != nil)
                    #expect(submission.materials.contains { $0.key == "photo" })
                    #expect(submission.issued != nil || !required)
                }
                guard let flow = story.flow else { continue }
                reached.insert(SessionEngine.name(of: flow.step))
                if flow.step != .rejected, flow.step != .window {
                    let plan = FlowPlan(flow, today: story.now.chinaDate)
                    #expect(plan.steps.contains(flow.step), "\(flow.step) is not on the way")
                }
                guard flow.device != .working, flow.sideDevice != .working, !story.state.confirmsStartOver else {
                    continue
                }
                guard places.insert("\(flow.step) \(flow.device) \(flow.payment?.state.rawValue ?? "")").inserted else {
                    continue
                }
                let hasWay = Self.waysOn.contains { event in
                    var copy = story
                    copy.send(event)
                    return copy.flow?.step != flow.step || copy.flow?.device != flow.device
                        || copy.flow?.problems != flow.problems || copy.flow?.side != flow.side
                        || copy.flow?.entry != flow.entry
                }
                #expect(hasWay || flow.step == .sign, "no way on from \(flow.step)")
            }
        }
        #expect(reached.count > 14, "the walk went nowhere: \(reached.sorted())")
    }

    @Test("an event that belongs to another page changes nothing of the flow")
    func wrongPage() throws {
        var story = Story(try Self.everything(required: true, identity: .card))
        story.begin("ALL-001")
        story.send(.holderCallChanged(Self.answer(story.state.id), generation: story.awaited()))
        #expect(story.step == .consent("before"))
        let flow = story.flow
        let events: [SessionEvent] = [
            .choose(matter: "ALL-001"), .find(Finding(.search)), .next, .edit(field: "mobile", text: "1"),
            .edit(field: "search", text: "1"), .pick(field: "ok", option: "yes"), .answerAgent(actsForOther: true),
            .addEntry(field: "people"), .typeByHand, .takePicture, .deferMaterial(slot: "later"), .retry,
            .change(.form("shop")), .printAgain, .goOnWithoutRecord, .checkPayment, .pickGuide(matter: "ALL-001"),
            .rate(grade: 5), .rateReason(.slow), .handOver, .open(.checklist), .closeSide, .printSide, .finish,
            .resumeUnfinished,
        ]
        for event in events + Self.results(story) {
            if case .pageCaptured = event { continue }
            let effects = story.send(event)
            #expect(story.flow == flow, "\(event)")
            #expect(effects.isEmpty, "\(event)")
        }
    }

    @Test("the state survives coding with everything in it")
    func coding() throws {
        var story = Story(try Self.everything(required: false, identity: .card))
        story.begin("ALL-001")
        story.send(.agree)
        var state = story.state
        state.idleWarning = 3
        state.staffCall = SessionState.StaffCall(state: .ringing, calledAt: story.now)
        state.finding = Finding(.event("job"), text: "x", page: 2)
        state.resuming = .failed(Self.fault)
        state.farewell = .finished
        state.flow?.confirmation = FlowState.HolderConfirmation(
            way: .face, comparisons: 2, asksStaff: true,
            call: .init(id: "c", state: .acknowledged, askedAt: story.now), isRefused: true)
        state.flow?.holderCheck = HolderCheck(
            method: .face, at: story.now, score: 0.5, matcher: "m", staffCall: "c", confirmedBy: "b")
        state.flow?.actsForOther = true
        state.flow?.principal = Story.li
        state.flow?.answers = [
            "a": .text("1"), "b": .choice("x"), "c": .choices(["x", "y"]), "d": .flag(true),
            "e": .records([RecordEntry(answers: ["f": .text("g")], card: Story.wang)]),
        ]
        state.flow?.entry = FlowState.EntryEdit(field: "people", index: 0, draft: RecordEntry(), typesByHand: true)
        state.flow?.captures = ["photo": [Story.page("p")]]
        state.flow?.deferred = ["later": story.now.chinaDate]
        state.flow?.problems = [
            FieldProblem(field: "a", reason: .belowMinimum(1.5)), FieldProblem(field: "b", reason: .nothingGiven),
        ]
        state.flow?.signature = CaseSignature(
            method: .numberSuffix, signer: "张", statement: "声明", signedAt: story.now)
        state.flow?.record = Test.record(["shop": .text("店")])
        state.flow?.askedQuery = RecordQuery(
            register: "permit", matterCode: "ALL-001", number: "1", name: "张", parameters: ["a": .text("1")])
        state.flow?.prefilled = ["shop"]
        state.flow?.payment = FlowState.PaymentProgress(
            order: PaymentOrder(orderID: "o", amount: 1, state: .paid, payURL: "u", reference: "r", paidAt: story.now),
            state: .pending, askedAt: story.now)
        state.flow?.orderRequest = PaymentRequest(orderID: "o", matterCode: "ALL-001", subject: "费", amount: 1)
        state.flow?.ordersGivenUp = 2
        state.flow?.rating = FlowState.RatingDraft(grade: 1, reasons: [.slow])
        state.flow?.side = .checklist
        state.flow?.sideDevice = .failed(Self.fault)
        state.flow?.sidePrints = 3
        state.flow?.guided = try Test.shop()
        state.flow?.handsOver = true
        state.flow?.outcome = ["去窗口。"]
        state.flow?.outcomeFrom = .capture(CaptureSlot(material: "cards", entry: 1))
        let decoded = try JSONDecoder().decode(SessionState.self, from: JSONEncoder().encode(state))
        #expect(decoded == state)
    }

    @Test("a long text is not kept", arguments: [401, 100_000])
    func longText(count: Int) throws {
        var story = Story(try Test.matter(pages: [Test.page(Test.field("a"))]))
        story.begin("TST-001")
        story.type("a", String(repeating: "长", count: count))
        #expect(story.flow?.answers.isEmpty == true)
    }
}
