/// A sample of every page in every condition, with invented data: for `kiosk render PAGE` and for tests of renderers.

public import KioskCore

public struct PageSample: Sendable {
    /// Unique: the page's id, or that id and the condition: `identify.cardRemoved`.
    public let id: String
    public let state: SessionState
    public let page: Page
}

/// Pure: the same call gives the same samples. Safe on any thread.
public enum PageSamples {
    /// The day the samples play: Monday, 23 November 2026.
    public static let today = CalendarDate(daysSince1970: 20_780)
    static let now = Timestamp(milliseconds: (20_780 * 86_400 + 7_500) * 1_000)

    /// Every sample in one language and size, in the order a citizen meets the pages.
    public static func all(language: Language, textSize: TextSize = .standard) -> [PageSample] {
        let builder = PageBuilder(
            library: SampleMatters.library, policy: SessionPolicy(), verifyURL: "https://office.example/verify")
        return states.map { id, state in
            var state = state
            state.language = language
            state.textSize = textSize
            return PageSample(id: id, state: state, page: builder.page(for: state, today: today))
        }
    }

    /// The sample of that id; nil when there is none.
    public static func sample(
        _ id: String, language: Language, textSize: TextSize = .standard
    ) -> PageSample? {
        all(language: language, textSize: textSize).first { $0.id == id }
    }

    private typealias Named = (id: String, state: SessionState)

    private static var states: [Named] {
        welcomeStates + findingStates + beginningStates + holderStates + formStates + captureStates + reviewStates
            + endStates
            + certificateStates
            + marketStates + guideStates + sideStates + overlayStates
    }

    // MARK: Making states

    private static func session(_ change: (inout SessionState) -> Void = { _ in }) -> SessionState {
        var state = SessionState(id: "00000000-0000-4000-8000-000000000001", at: now)
        change(&state)
        return state
    }

    private static func flow(
        _ step: Step, of base: FlowState = filled, device: DeviceActivity = .idle,
        _ change: (inout FlowState) -> Void = { _ in }
    ) -> SessionState {
        var flow = base
        flow.step = step
        flow.device = device
        change(&flow)
        return session { $0.flow = flow }
    }

    private static func faults(
        _ prefix: String, _ kinds: [Fault.Kind], _ state: (DeviceActivity) -> SessionState
    ) -> [Named] {
        kinds.map { ("\(prefix).\($0.rawValue)", state(.failed(Fault($0, responsible: responsible(for: $0))))) }
    }

    private static func responsible(for kind: Fault.Kind) -> Fault.Responsible {
        switch kind {
        case .paymentClosed, .cardRemoved, .cardUnreadable, .cardUnsupported, .cardAlreadyUsed, .cardNotAccepted,
            .photoUndecoded, .faceNotFound, .pageBlank, .timedOut, .readerSilent, .cameraSilent:
            .citizen
        case .cardExpired, .paperOut, .paperJam, .coverOpen, .tonerOut, .officeUnreachable, .officeRefused,
            .recordNotFound, .printerStopped:
            .hallStaff
        case .readerMissing, .readerLost, .readerOutOfService, .faceMatcherFailed, .cameraMissing, .cameraLost,
            .printerMissing, .printRejected, .storeFull, .storeFailed:
            .technician
        }
    }

    private static func page(_ number: Int) -> PageReference {
        PageReference(
            id: "page-\(number)", sha256: String(repeating: String(number % 10), count: 64), byteCount: 1_300_000,
            mediaType: "image/jpeg", width: 3264, height: 2448, takenAt: now, device: "Sample Camera 0001")
    }

    /// A registration of which nothing is answered but the first card has been read.
    private static var begun: FlowState {
        var flow = FlowState(matter: SampleMatters.registration)
        flow.holder = SamplePeople.citizen
        flow.actsForOther = false
        return flow
    }

    /// The same with every answer and picture.
    private static var filled: FlowState {
        var flow = begun
        flow.answers = [
            "mobile": .text("13900000000"), "wants_mail": .flag(true),
            "mail_address": .text("示例省示例市样本区样本街1号"), "trade_name": .text("志远百货店"),
            "operation_form": .choice("family"), "business_scope": .choices(["food", "goods"]),
            "capital": .text("50000"), "premises": .text("示例省示例市样本区样本街8号"),
            "premises_right": .choice("lease"), "lease_until": .text("2028-12-31"), "staff_count": .text("2"),
            "family_members": .records([
                RecordEntry(
                    answers: [
                        "name": .text(SamplePeople.spouse.name), "id_no": .text(SamplePeople.spouse.number),
                        "relation": .choice("spouse"),
                    ], card: SamplePeople.spouse),
                RecordEntry(answers: [
                    "name": .text(SamplePeople.parent.name), "id_no": .text(SamplePeople.parent.number),
                    "relation": .choice("parent"),
                ]),
            ]),
        ]
        flow.captures = [
            "premises_proof": [page(1), page(2)], "lease": [page(3)], "family_id#1": [page(4)],
        ]
        flow.deferred = ["premises_photo": today.adding(workingDays: 5)]
        return flow
    }

    private static var forOther: FlowState {
        var flow = filled
        flow.actsForOther = true
        flow.holder = SamplePeople.spouse
        flow.principal = SamplePeople.citizen
        flow.captures["authorisation"] = [page(5)]
        return flow
    }

    // MARK: The pages

    private static var welcomeStates: [Named] {
        [
            ("welcome", session()),
            ("welcome.wiped", session { $0.farewell = .wipedAfterIdle }),
            ("welcome.finished", session { $0.farewell = .finished }),
            ("welcome.started-over", session { $0.farewell = .startedOver }),
            ("welcome.nothing-to-resume", session { $0.farewell = .nothingToResume }),
            ("resume", session { $0.resuming = .waiting }),
            ("resume.reading", session { $0.resuming = .working }),
        ]
            + faults("resume", [.cardUnreadable, .readerLost]) { device in session { $0.resuming = device } }
    }

    private static var findingStates: [Named] {
        func finding(_ way: Finding.Way, _ text: String = "") -> SessionState {
            session { $0.finding = Finding(way, text: text) }
        }
        return [
            ("find.search", finding(.search)), ("find.search.initials", finding(.search, "gtgsh")),
            ("find.search.nothing", finding(.search, "zzzz")), ("find.departments", finding(.departments)),
            ("find.department", finding(.department("MKT"))), ("find.audience", finding(.audience(.person))),
            ("find.audience.matters", finding(.audience(.person), "MKT")), ("find.events", finding(.events)),
            ("find.event", finding(.event("business"))), ("find.event.none", finding(.event("gone"))),
        ]
    }

    private static var beginningStates: [Named] {
        let empty = FlowState(matter: SampleMatters.registration)
        return [
            ("notice", flow(.notice, of: empty)),
            ("notice.reviewed", flow(.notice, of: FlowState(matter: SampleMatters.certificate))),
            ("identify", flow(.identify, of: empty, device: .waiting)),
            ("identify.reading", flow(.identify, of: empty, device: .working)),
            ("identify.read", flow(.identify, of: begun, device: .done)),
        ]
            + faults(
                "identify",
                [
                    .readerMissing, .readerLost, .readerOutOfService, .readerSilent, .cardRemoved, .cardUnreadable,
                    .cardUnsupported, .cardExpired, .timedOut, .storeFull, .storeFailed,
                ]
            ) { flow(.identify, of: empty, device: $0) } + [
                ("agent", flow(.agent, of: begun) { $0.actsForOther = nil }),
                ("agent.chosen", flow(.agent, of: forOther)),
                ("principal-card", flow(.principalCard, of: forOther, device: .waiting) { $0.principal = nil }),
                ("principal-card.read", flow(.principalCard, of: forOther, device: .done)),
            ]
            + faults("principal-card", [.cardAlreadyUsed, .cardRemoved]) { device in
                flow(.principalCard, of: forOther, device: device) { $0.principal = nil }
            }
    }

    /// Social insurance business: either card will do, and holder and card must belong together.
    private static var holderStates: [Named] {
        var empty = FlowState(matter: SampleMatters.registration)
        empty.matter.cards = [.identityCard, .socialSecurityCard]
        empty.matter.confirmsHolder = true
        empty.matter.steps.insert(.confirmHolder, at: 3)
        var chipOnly = empty
        chipOnly.matter.cards = [.socialSecurityCard]
        var read = empty
        read.holder = SamplePeople.citizen
        read.actsForOther = false
        func confirm(
            _ way: FlowState.HolderConfirmation.Way, _ device: DeviceActivity,
            _ change: (inout FlowState) -> Void = { _ in }
        ) -> SessionState {
            flow(.confirmHolder, of: read, device: device) {
                $0.confirmation.way = way
                change(&$0)
            }
        }
        func call(_ state: StaffCallState) -> FlowState.HolderConfirmation.Call {
            .init(id: "0123456789abcdef", state: state, askedAt: now)
        }
        var byChip = read
        byChip.holder?.kind = .socialSecurityCard
        byChip.holder?.address = ""
        return [
            ("notice.either", flow(.notice, of: empty)),
            ("identify.either", flow(.identify, of: empty, device: .waiting)),
            ("identify.either.reading", flow(.identify, of: empty, device: .working)),
            ("identify.either.read", flow(.identify, of: byChip, device: .done)),
            ("identify.chip", flow(.identify, of: chipOnly, device: .waiting)),
        ]
            + faults("identify.either", [.cardNotAccepted, .cardUnreadable, .readerMissing]) {
                flow(.identify, of: empty, device: $0)
            } + faults("identify.chip", [.cardRemoved]) { flow(.identify, of: chipOnly, device: $0) } + [
                ("confirm-holder.face", confirm(.face, .idle)),
                ("confirm-holder.face.again", confirm(.face, .idle) { $0.confirmation.comparisons = 1 }),
                ("confirm-holder.face.comparing", confirm(.face, .working)),
                ("confirm-holder.calling", confirm(.staff, .working)),
                ("confirm-holder.staff", confirm(.staff, .waiting) { $0.confirmation.call = call(.ringing) }),
                ("confirm-holder.coming", confirm(.staff, .waiting) { $0.confirmation.call = call(.acknowledged) }),
                (
                    "confirm-holder.portrait",
                    confirm(.staff, .waiting) {
                        $0.confirmation.call = call(.acknowledged)
                        $0.portrait = Unsaved(SamplePeople.portrait)
                    }
                ),
                (
                    "confirm-holder.done",
                    confirm(.staff, .done) { $0.holderCheck = HolderCheck(method: .staff, at: now) }
                ),
                (
                    "window.refused",
                    flow(.window, of: read) {
                        $0.confirmation.isRefused = true
                        $0.outcome = [HandOverReason.notTheHolder]
                        $0.outcomeFrom = .confirmHolder
                    }
                ),
            ] + faults("confirm-holder.face", [.faceNotFound]) { confirm(.face, $0) }
            + faults("confirm-holder.staff", [.officeUnreachable, .timedOut]) { confirm(.staff, $0) }
    }

    private static var formStates: [Named] {
        let family = "family_members"
        let typed = RecordEntry(answers: [
            "name": .text(SamplePeople.parent.name), "id_no": .text(SamplePeople.parent.number),
        ])
        func entry(_ draft: RecordEntry, byHand: Bool, device: DeviceActivity = .idle) -> SessionState {
            flow(.list(family), device: device) {
                $0.entry = FlowState.EntryEdit(field: family, index: nil, draft: draft, typesByHand: byHand)
            }
        }
        var wrong = entry(
            RecordEntry(answers: ["name": .text(SamplePeople.parent.name), "id_no": .text("230199195808160014")]),
            byHand: true)
        wrong.flow?.problems = [
            FieldProblem(field: "id_no", reason: .wrongCheckDigit), FieldProblem(field: "relation", reason: .missing),
        ]
        let fromCard = RecordEntry(
            answers: ["name": .text(SamplePeople.spouse.name), "id_no": .text(SamplePeople.spouse.number)],
            card: SamplePeople.spouse)
        return [
            ("form.mobile", flow(.form("mobile"), of: begun)),
            ("form.mobile.filled", flow(.form("mobile"))),
            ("form.trade_name", flow(.form("trade_name"), of: begun)),
            ("form.trade_name.filled", flow(.form("trade_name")) { $0.returnsToReview = true }),
            (
                "form.trade_name.problems",
                flow(.form("trade_name"), of: begun) {
                    $0.answers["capital"] = .text("12.345")
                    $0.problems = [
                        FieldProblem(field: "trade_name", reason: .missing),
                        FieldProblem(field: "operation_form", reason: .missing),
                        FieldProblem(field: "capital", reason: .notMoney),
                    ]
                }
            ),
            ("form.premises", flow(.form("premises"), of: begun)),
            ("form.premises.filled", flow(.form("premises"))),
            ("list.\(family).empty", flow(.list(family)) { $0.answers[family] = nil }),
            (
                "list.\(family).problems",
                flow(.list(family)) {
                    $0.answers[family] = nil
                    $0.problems = [FieldProblem(field: family, reason: .emptyList)]
                }
            ),
            ("list.\(family)", flow(.list(family))),
            ("entry.\(family)", entry(RecordEntry(), byHand: false, device: .waiting)),
            ("entry.\(family).reading", entry(RecordEntry(), byHand: false, device: .working)),
            ("entry.\(family).read", entry(fromCard, byHand: false, device: .done)),
            ("entry.\(family).typed", entry(typed, byHand: true)),
            ("entry.\(family).problems", wrong),
        ]
            + faults("entry.\(family)", [.cardUnreadable, .cardAlreadyUsed]) {
                entry(RecordEntry(), byHand: false, device: $0)
            }
    }

    private static var captureStates: [Named] {
        let proof = CaptureSlot(material: "premises_proof")
        let photo = CaptureSlot(material: "premises_photo")
        return [
            ("capture.premises_proof", flow(.capture(proof)) { $0.captures[proof.key] = nil }),
            (
                "capture.premises_proof.working",
                flow(.capture(proof), device: .working) { $0.captures[proof.key] = nil }
            ),
            ("capture.premises_proof.taken", flow(.capture(proof), device: .done)),
            ("capture.premises_proof.another", flow(.capture(proof), device: .working)),
            ("capture.lease", flow(.capture(CaptureSlot(material: "lease"))) { $0.captures["lease"] = nil }),
            (
                "capture.family_id#1",
                flow(.capture(CaptureSlot(material: "family_id", entry: 1))) { $0.captures["family_id#1"] = nil }
            ),
            ("capture.premises_photo", flow(.capture(photo)) { $0.deferred = [:] }),
            ("capture.premises_photo.deferred", flow(.capture(photo))),
        ]
            + faults(
                "capture.premises_proof",
                [.cameraMissing, .cameraSilent, .pageBlank, .timedOut, .storeFull, .storeFailed]
            ) { device in flow(.capture(proof), device: device) { $0.captures[proof.key] = nil } }
            + faults("capture.premises_proof.taken", [.cameraLost, .pageBlank]) { flow(.capture(proof), device: $0) }
            + faults("capture.premises_photo", [.cameraLost]) { device in
                flow(.capture(photo), device: device) { $0.deferred = [:] }
            }
    }

    private static var reviewStates: [Named] {
        [
            ("review", flow(.review)),
            ("review.agent", flow(.review, of: forOther)),
            (
                "review.missing",
                flow(.review) {
                    $0.answers["trade_name"] = nil
                    $0.captures["lease"] = nil
                }
            ),
            ("sign", flow(.sign)),
            (
                "sign.problems",
                flow(.sign) {
                    $0.signatureText = "1234"
                    $0.problems = [FieldProblem(field: "signature", reason: .signatureMismatch)]
                }
            ),
            ("submit", flow(.submit, device: .working)),
        ] + faults("submit", [.storeFull, .storeFailed, .timedOut]) { flow(.submit, device: $0) }
    }

    private static var endStates: [Named] {
        var accepted = filled
        accepted.accepted = acceptance
        accepted.submittedContent = content
        return [
            ("accepted", flow(.print, of: accepted, device: .working)),
            ("accepted.printed", flow(.print, of: accepted, device: .done)),
            ("rating", flow(.rating, of: accepted)),
            ("rating.good", flow(.rating, of: accepted) { $0.rating.grade = 5 }),
            (
                "rating.poor",
                flow(.rating, of: accepted) {
                    $0.rating = FlowState.RatingDraft(grade: 2, reasons: [.slow, .other])
                }
            ),
            ("finish", flow(.finish, of: accepted)),
        ]
            + faults(
                "accepted",
                [
                    .printerMissing, .printerStopped, .paperOut, .paperJam, .coverOpen, .tonerOut, .printRejected,
                    .timedOut,
                ]
            ) { flow(.print, of: accepted, device: $0) }
    }

    private static let acceptance = AcceptedCase(
        caseID: "00000000-0000-4000-8000-000000000001", receiptNumber: "DL01-20261123-0007", sequence: 7,
        acceptedAt: now, proof: "0123456789abcdef")

    private static var content: CaseContent {
        let matter = SampleMatters.registration
        let photo = matter.material("premises_photo")?.title ?? matter.title
        return CaseContent(
            matterCode: matter.code, matterVersion: matter.version, matterTitle: matter.title,
            department: matter.department, language: .zh, startedAt: now, submittedAt: now,
            applicant: SamplePeople.citizen, agent: nil, answers: [],
            materials: [
                CaseMaterial(
                    key: "premises_photo", title: photo, entry: nil,
                    state: .deferred(until: today.adding(workingDays: 5)))
            ], cardPhotos: [], signature: nil, notes: FlowPlan(filled, today: today).notes, workdays: matter.workdays)
    }

    private static var certificateStates: [Named] {
        var asked = FlowState(matter: SampleMatters.certificate)
        asked.holder = SamplePeople.citizen
        asked.answers = [
            "insurance": .choices(["pension"]), "period_from": .text("2026-01"), "period_to": .text("2026-10"),
            "copies": .text("1"),
        ]
        var found = asked
        found.record = SampleRecords.insured
        return [
            ("form.insurance", flow(.form("insurance"), of: asked)),
            ("lookup", flow(.lookup, of: asked, device: .working)),
            ("preview", flow(.preview, of: found)),
            ("issued", flow(.print, of: found, device: .working)),
            ("issued.printed", flow(.print, of: found, device: .done)),
            ("issued.recorded", flow(.print, of: found, device: .done) { $0.accepted = acceptance }),
            (
                "rejected",
                flow(.rejected, of: asked) {
                    $0.answers["period_to"] = .text("2025-10")
                    $0.outcome = rejections
                }
            ),
            (
                "window",
                flow(.window, of: asked) {
                    $0.outcome = [
                        Localized(
                            zh: "您要的年份太早，电脑里没有，要工作人员查纸质档案。",
                            en: "The years you need are not in the computer. Staff have to look in the paper files.")
                    ]
                }
            ),
        ]
            + faults("lookup", [.officeUnreachable, .officeRefused, .recordNotFound, .timedOut]) {
                flow(.lookup, of: asked, device: $0)
            } + faults("issued", [.paperOut, .printerMissing]) { flow(.print, of: found, device: $0) }
    }

    private static var rejections: [Localized] {
        SampleMatters.certificate.rules.compactMap { rule in
            guard case .reject(let text) = rule.action else { return nil }
            return text
        }
    }

    /// The stall: every kind of field, a look-up that may fail, a statement, a payment, and the way to the window.
    private static var marketStates: [Named] {
        var asked = FlowState(matter: SampleMatters.market)
        asked.holder = SamplePeople.citizen
        asked.answers = ["permit_no": .text("20261234")]
        var filled = asked
        filled.record = OfficeRecord(
            register: SampleRecords.stall.name, title: SampleRecords.stall.title,
            issuer: SampleMatters.market.department, issuedAt: now, verificationCode: "",
            verificationURL: "", facts: ["area": .text("6.5"), "valid_to": .text("2026-12-31")])
        filled.answers.merge([
            "enterprise_usci": .text("91230199MA00000016"), "bank_account": .text("6217000000000000004"),
            "opens_at": .text("2027-01-02 18:00"), "area": .text("6.5"), "months": .text("6"), "rent": .text("390"),
        ]) { _, new in new }
        filled.prefilled = ["area"]
        filled.deferred = ["health": today.adding(workingDays: 5)]
        func paying(_ state: FlowState.PaymentProgress.State?, _ device: DeviceActivity) -> SessionState {
            flow(.payment, of: filled, device: device) {
                $0.payment = state.map {
                    .init(
                        order: PaymentOrder(
                            orderID: "order-pay", amount: 39_000, state: $0 == .paid ? .paid : .waiting,
                            payURL: "https://pay.example/order-pay"), state: $0, askedAt: now)
                }
            }
        }
        var windowed = filled
        windowed.outcome = [SampleMatters.market.consents[0].refused]
        windowed.outcomeFrom = .consent("truth")
        var handedOver = windowed
        handedOver.handsOver = true
        handedOver.accepted = acceptance
        let page = "form.enterprise_usci"
        return [
            ("form.permit_no", flow(.form("permit_no"), of: asked)),
            (
                "form.permit_no.nothing",
                flow(.form("permit_no"), of: asked) {
                    $0.answers = [:]
                    $0.problems = [FieldProblem(field: "permit_no", reason: .nothingGiven)]
                }
            ),
            ("lookup.found", flow(.lookup, of: filled, device: .done)),
            (page, flow(.form("enterprise_usci"), of: filled)),
            (
                "\(page).problems",
                flow(.form("enterprise_usci"), of: filled) {
                    $0.problems = [
                        FieldProblem(field: "enterprise_usci", reason: .wrongCreditCode),
                        FieldProblem(field: "bank_account", reason: .wrongCardNumber),
                        FieldProblem(field: "opens_at", reason: .notADateTime),
                        FieldProblem(field: "area", reason: .tooManyDecimals(1)),
                        FieldProblem(field: "months", reason: .aboveMaximum(12)),
                    ]
                }
            ),
            (
                "\(page).bounds",
                flow(.form("enterprise_usci"), of: filled) {
                    $0.problems = [
                        FieldProblem(field: "area", reason: .belowMinimum(1)),
                        FieldProblem(field: "months", reason: .tooManyDecimals(0)),
                    ]
                }
            ),
            ("consent.truth", flow(.consent("truth"), of: filled)),
            ("payment", paying(nil, .working)), ("payment.waiting", paying(.waiting, .waiting)),
            ("payment.pending", paying(.pending, .idle)), ("payment.asking", paying(.pending, .working)),
            ("payment.paid", paying(.paid, .done)),
            ("review.paid", paying(.paid, .idle).at(.review)), ("sign.deferred", flow(.sign, of: filled)),
            ("accepted.paid", paying(.paid, .done).at(.print, accepted: acceptance)),
            ("window.consent", flow(.window, of: windowed)),
            ("handed-over", flow(.print, of: handedOver, device: .done)),
        ]
            + faults("lookup.optional", [.officeUnreachable, .recordNotFound]) { flow(.lookup, of: asked, device: $0) }
            + faults("payment", [.paymentClosed, .officeUnreachable]) { paying(nil, $0) }
            + faults("payment.pending", [.officeUnreachable]) { paying(.pending, $0) }
            + faults("handed-over", [.paperOut]) { flow(.print, of: handedOver, device: $0) }
    }

    private static var guideStates: [Named] {
        var picked = FlowState(matter: SampleMatters.guide)
        picked.guided = SampleMatters.registration
        func finding(_ way: Finding.Way, _ text: String = "") -> SessionState {
            var state = flow(.guide, of: FlowState(matter: SampleMatters.guide))
            state.finding = Finding(way, text: text)
            return state
        }
        return [
            ("guide", finding(.search)), ("guide.found", finding(.search, "开店")),
            ("guide.events", finding(.events)),
            ("guide-paper", flow(.print, of: picked, device: .working)),
            ("guide-paper.printed", flow(.print, of: picked, device: .done)),
        ] + faults("guide-paper", [.paperOut]) { flow(.print, of: picked, device: $0) }
    }

    private static var sideStates: [Named] {
        let empty = FlowState(matter: SampleMatters.registration)
        func side(
            _ page: SidePage, _ step: Step = .notice, of base: FlowState = empty, device: DeviceActivity = .idle
        ) -> SessionState {
            flow(step, of: base) {
                $0.side = page
                $0.sideDevice = device
            }
        }
        var open = filled
        open.answers["trade_name"] = nil
        open.captures["lease"] = nil
        var refused = FlowState(matter: SampleMatters.certificate)
        refused.holder = SamplePeople.citizen
        refused.outcome = rejections
        return [
            ("side.checklist", side(.checklist)), ("side.checklist.review", side(.checklist, .review, of: open)),
            ("side.checklist.rejected", side(.checklist, .rejected, of: refused)),
            ("side.checklist.printing", side(.checklist, device: .working)),
            ("side.checklist.printed", side(.checklist, device: .done)), ("side.sample", side(.sampleForm)),
            ("side.sample.market", side(.sampleForm, of: FlowState(matter: SampleMatters.market))),
            ("side.guide", side(.guide)),
        ] + faults("side.sample", [.paperOut]) { side(.sampleForm, device: $0) }
    }

    /// Dialogs, the idle countdown and calls to staff, each over an ordinary page.
    private static var overlayStates: [Named] {
        func over(_ change: (inout SessionState) -> Void) -> SessionState {
            var state = flow(.form("premises"))
            change(&state)
            return state
        }
        func called(_ call: SessionState.StaffCall.State) -> SessionState {
            over { $0.staffCall = SessionState.StaffCall(state: call, calledAt: now) }
        }
        var finished = flow(.finish)
        finished.idleWarning = 9
        return [
            ("dialog.start-over", over { $0.confirmsStartOver = true }),
            ("dialog.idle", over { $0.idleWarning = 42 }),
            ("dialog.idle.finish", finished),
            ("staff.calling", called(.calling)),
            ("staff.ringing", called(.ringing)),
            ("staff.acknowledged", called(.acknowledged)),
            ("staff.closed", called(.closed)),
            ("staff.failed", called(.failed)),
        ]
    }
}

extension SessionState {
    /// The same session at another step.
    fileprivate func at(_ step: Step, accepted: AcceptedCase? = nil) -> SessionState {
        var state = self
        state.flow?.step = step
        state.flow?.accepted = accepted
        return state
    }
}
