import Testing

@testable import KioskCore

/// The actor that carries effects out, with ports that answer when the test says so.
@Suite("Carrying a session's effects out", .timeLimit(.minutes(10)))
struct SessionRunnerTests {
    private struct Stage {
        let clock = ManualClock()
        let screen = RecordingPresenter()
        let reader = FakeReader()
        let camera = FakeCamera()
        let store = FakeStore()
        let runner: SessionRunner

        init(
            office: FakeOffice = FakeOffice(), matter: Matter? = nil, verifier: FakeVerifier? = nil,
            decoder: FakeDecoder? = nil
        ) throws {
            let ids = IDs()
            let policy = SessionPolicy()
            let library = try matter.map { MatterLibrary(matters: [$0]) } ?? Test.library()
            let engine = SessionEngine(library: library, policy: policy, at: clock.now()) {
                ids.next()
            }
            runner = SessionRunner(
                engine: engine,
                ports: SessionPorts(
                    reader: reader, camera: camera, printer: FakePrinter(), composer: FakePrinter(), store: store,
                    office: office, presenter: screen, clock: clock, verifier: verifier, photoDecoder: decoder),
                policy: policy)
        }

        func send(_ events: SessionEvent...) async {
            for event in events { await runner.send(event) }
        }

        func identify() async {
            await send(.choose(matter: "MKT-001"), .next)
            await reader.present(Story.zhang)
            await screen.wait { $0.flow?.step == .agent }
        }

        /// To the page that asks whether holder and card belong together.
        func identify(_ matter: Matter) async {
            await send(.choose(matter: matter.code), .next)
            await reader.present(Story.zhang)
            await screen.wait { $0.flow?.step == .confirmHolder }
        }

        /// To the first photograph.
        func answer() async {
            await send(
                .answerAgent(actsForOther: false), .edit(field: "mobile", text: "13900000000"), .next,
                .edit(field: "trade_name", text: "店"), .next, .pick(field: "operation_form", option: "personal"), .next,
                .edit(field: "premises", text: "街"), .pick(field: "premises_right", option: "owned"), .next,
                .edit(field: "staff_count", text: "1"), .edit(field: "capital", text: "1"), .next,
                .pick(field: "business_scope", option: "food"), .next, .pick(field: "delivery", option: "window"), .next
            )
        }
    }

    // MARK: Holder and card

    @Test("without a face matcher staff are asked, and their answer leads on")
    func staffConfirm() async throws {
        let office = FakeOffice()
        let matter = try Test.matter(confirmsHolder: true, pages: [Test.page(Test.field("a"))])
        let stage = try Stage(office: office, matter: matter)
        await stage.identify(matter)
        await stage.screen.wait { $0.flow?.device == .waiting }
        let session = await stage.runner.state.id
        let calls = await office.calls
        #expect(calls.map(\.purpose) == [.confirmHolder])
        #expect(calls.first?.session == session)
        #expect(calls.first?.maskedNumber == "230199********0018")
        await office.answer(HolderAnswer(isHolder: true, session: session, by: "office", at: stage.clock.now()))
        await stage.clock.advanceWhenAwaited(seconds: SessionRunner.staffPollSeconds)
        await stage.screen.wait { $0.flow?.step == .form("a") }
        let check = await stage.runner.state.flow?.holderCheck
        #expect(check?.method == .staff)
        #expect(check?.staffCall == "call")
        #expect(check?.confirmedBy == "office")
    }

    @Test("an office that is silent for a moment is asked again; one that stays silent ends the waiting")
    func silentOffice() async throws {
        let office = FakeOffice()
        let matter = try Test.matter(confirmsHolder: true, pages: [Test.page(Test.field("a"))])
        let stage = try Stage(office: office, matter: matter)
        await stage.identify(matter)
        await stage.screen.wait { $0.flow?.device == .waiting }
        await office.failPolls(SessionRunner.staffPollFailures - 1)
        for _ in 0..<SessionRunner.staffPollFailures {
            await stage.clock.advanceWhenAwaited(seconds: SessionRunner.staffPollSeconds)
        }
        await stage.clock.waitUntilAwaited()
        #expect(await stage.runner.state.flow?.device == .waiting)
        await office.failPolls(SessionRunner.staffPollFailures)
        for _ in 0..<SessionRunner.staffPollFailures {
            await stage.clock.advanceWhenAwaited(seconds: SessionRunner.staffPollSeconds)
        }
        await stage.screen.wait { $0.flow?.fault?.kind == .officeUnreachable }
        #expect(await stage.runner.state.flow?.step == .confirmHolder)
    }

    @Test("a face matcher compares with the photo record; the portrait is shown and never saved")
    func faceMatches() async throws {
        let matter = try Test.matter(confirmsHolder: true, pages: [Test.page(Test.field("a"))])
        let stage = try Stage(matter: matter, verifier: FakeVerifier(), decoder: FakeDecoder())
        await stage.identify(matter)
        await stage.screen.wait { $0.flow?.portrait.value?.height == 2 }
        await stage.send(.compareFace)
        await stage.screen.wait { $0.flow?.step == .form("a") }
        let flow = await stage.runner.state.flow
        #expect(flow?.holderCheck?.method == .face)
        #expect(flow?.holderCheck?.matcher == "fake 1")
        #expect(flow?.portrait.value == nil)
    }

    @Test("a matcher out of order hands over to staff and leaves a note for the technician")
    func matcherFails() async throws {
        let matter = try Test.matter(confirmsHolder: true, pages: [Test.page(Test.field("a"))])
        let verifier = FakeVerifier([.failure(Fault(.faceMatcherFailed, responsible: .technician))])
        let stage = try Stage(matter: matter, verifier: verifier)
        await stage.identify(matter)
        await stage.send(.compareFace)
        await stage.screen.wait { $0.flow?.confirmation.way == .staff && $0.flow?.device == .waiting }
    }

    @Test("the reader is asked for the cards that the matter takes")
    func acceptedCards() async throws {
        var matter = try Test.matter(pages: [Test.page(Test.field("a"))])
        matter.cards = [.identityCard, .socialSecurityCard]
        let stage = try Stage(matter: matter)
        await stage.send(.choose(matter: matter.code), .next)
        await stage.reader.present(Story.zhang)
        await stage.screen.wait { $0.flow?.step == .form("a") }
        #expect(await stage.reader.requests == [CardRequest(accepts: [.identityCard, .socialSecurityCard])])
    }

    @Test("a card opens a draft, keeps its photo record, and every page is saved in order")
    func identifies() async throws {
        let stage = try Stage()
        await stage.identify()
        await stage.send(.answerAgent(actsForOther: false))
        await stage.store.wait { $0.contains("save form(mobile)") }
        let calls = await stage.store.calls
        #expect(calls.prefix(3) == ["resume", "open 1", "keep 1 application/octet-stream"])
        #expect(calls.last?.hasPrefix("save") == true)
    }

    @Test("a photograph that comes after the session was wiped is kept for nobody")
    func lateCapture() async throws {
        let stage = try Stage()
        await stage.identify()
        await stage.answer()
        await stage.send(.takePicture)
        await stage.camera.waitUntilAsked()
        await stage.send(.askStartOver, .confirmStartOver)
        await stage.camera.deliver()
        await stage.send(.choose(matter: "MKT-001"), .next)
        await stage.reader.present(Story.li)
        await stage.screen.wait { $0.flow?.step == .agent && $0.flow?.holder == Story.li }
        let calls = await stage.store.calls
        #expect(!calls.contains("keep 1 image/jpeg"))
        #expect(calls.contains("discard 1"))
        #expect(calls.contains("open 2"))
    }

    @Test("the step that submits is on disk before the case is sealed")
    func savesBeforeSealing() async throws {
        let stage = try Stage()
        await stage.identify()
        await stage.answer()
        await stage.send(.takePicture)
        await stage.camera.waitUntilAsked()
        await stage.camera.deliver()
        await stage.screen.wait { $0.flow?.device == .done }
        await stage.send(.next, .next, .edit(field: "signature", text: "0018"), .next)
        await stage.screen.wait { $0.flow?.accepted != nil }
        let calls = await stage.store.calls
        let sealing = try #require(calls.firstIndex(of: "seal 1"))
        #expect(calls[sealing - 1] == "save submit")
    }

    @Test("a card of another matter's draft does not open that draft's page")
    func otherMatter() async throws {
        let stage = try Stage()
        await stage.store.setDraft(matter: "HRS-016", library: try Test.library())
        await stage.identify()
        #expect(await stage.runner.state.flow?.matter.code == "MKT-001")
        #expect(await stage.store.calls.contains("open 1"))
    }

    private static func bill() throws -> Matter {
        try Test.matter(
            identity: .none, steps: [.notice, .payment, .submit, .print, .rating, .finish], payment: "12")
    }

    @Test("an order is placed once and followed until it is paid")
    func payment() async throws {
        let office = FakeOffice()
        let stage = try Stage(office: office, matter: Self.bill())
        await stage.send(.choose(matter: "TST-001"), .next)
        await stage.screen.wait { $0.flow?.payment?.state == .waiting }
        await stage.clock.advanceWhenAwaited(seconds: 3)
        await stage.clock.waitUntilAwaited()
        await office.setOrder(.paid)
        await stage.clock.advanceWhenAwaited(seconds: 3)
        await stage.screen.wait { $0.flow?.step == .print && $0.flow?.accepted != nil }
        #expect(await stage.runner.state.flow?.payment?.state == .paid)
        #expect(await office.orders.map(\.amount) == [1200])
        #expect(await stage.store.calls == ["seal 1"], "no draft is written without a card")
    }

    @Test("an order that the session no longer waits for is not asked about, and its answer goes to nobody")
    func paymentAfterWipe() async throws {
        let office = FakeOffice()
        let stage = try Stage(office: office, matter: Self.bill())
        await stage.send(.choose(matter: "TST-001"), .next)
        await stage.screen.wait { $0.flow?.payment?.state == .waiting }
        await stage.clock.waitUntilAwaited()
        await stage.send(.askStartOver, .confirmStartOver)
        await office.setOrder(.paid)
        await stage.clock.advanceWhenAwaited(seconds: 3)
        await stage.send(.choose(matter: "TST-001"))
        #expect(await office.asked == 0)
        #expect(await stage.runner.state.flow?.payment == nil)
    }

    @Test("an office that cannot be reached places no order, and says so")
    func noOrder() async throws {
        let stage = try Stage(office: FakeOffice(isReachable: false), matter: Self.bill())
        await stage.send(.choose(matter: "TST-001"), .next)
        await stage.screen.wait { $0.flow?.fault?.kind == .officeUnreachable }
    }

    @Test("a rating is sent in the background, again when the office is away, also after the session")
    func rating() async throws {
        let office = FakeOffice()
        await office.failRatings(2)
        let stage = try Stage(
            office: office, matter: Test.matter(identity: .none, steps: [.notice, .submit, .print, .rating, .finish]))
        await stage.send(.choose(matter: "TST-001"), .next)
        await stage.screen.wait { $0.flow?.step == .print && $0.flow?.device == .done }
        await stage.send(.next, .rate(grade: 5), .next, .finish)
        #expect(await stage.runner.state.flow == nil)
        await stage.clock.advanceWhenAwaited(seconds: 20)
        await stage.clock.advanceWhenAwaited(seconds: 20)
        await office.waitForRating()
        #expect(await office.ratings.map(\.grade) == [5])
    }

    @Test("a call to staff rings, is followed, and says when nobody can be reached")
    func staffCall() async throws {
        let office = FakeOffice()
        let stage = try Stage(office: office)
        await stage.send(.callStaff)
        await stage.screen.wait { $0.staffCall?.state == .ringing }
        await office.set(.acknowledged)
        await stage.clock.advanceWhenAwaited(seconds: 3)
        await stage.screen.wait { $0.staffCall?.state == .acknowledged }

        let deaf = FakeOffice(isReachable: false)
        let other = try Stage(office: deaf)
        await other.send(.callStaff)
        await other.screen.wait { $0.staffCall?.state == .failed }
    }
}

actor RecordingPresenter: Presenter {
    private var last: SessionState?
    private var waiters:
        [(condition: @Sendable (SessionState) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []

    func show(_ state: SessionState) {
        last = state
        waiters.removeAll { waiter in
            guard waiter.condition(state) else { return false }
            waiter.continuation.resume()
            return true
        }
    }

    func wait(until condition: @escaping @Sendable (SessionState) -> Bool) async {
        if let last, condition(last) { return }
        await withCheckedContinuation { waiters.append((condition, $0)) }
    }
}

/// Stands still until the test moves it.
actor ManualClockSleepers {
    private var sleepers: [(until: Timestamp, continuation: CheckedContinuation<Void, Never>)] = []
    private var awaited: [CheckedContinuation<Void, Never>] = []

    func add(_ time: Timestamp, _ continuation: CheckedContinuation<Void, Never>) {
        sleepers.append((time, continuation))
        awaited.forEach { $0.resume() }
        awaited = []
    }

    func waitForSleeper() async {
        if sleepers.isEmpty { await withCheckedContinuation { awaited.append($0) } }
    }

    func wake(at now: Timestamp) {
        for sleeper in sleepers where sleeper.until <= now { sleeper.continuation.resume() }
        sleepers.removeAll { $0.until <= now }
    }
}

final class ManualClock: KioskCore.Clock {
    private let sleepers = ManualClockSleepers()
    private static let start = Timestamp(milliseconds: 1_795_240_000_000)
    private let passed = PassedSeconds()

    func now() -> Timestamp { Self.start.adding(seconds: passed.value) }

    func sleep(until time: Timestamp) async throws {
        guard time > now() else { return }
        await withCheckedContinuation { continuation in
            Task { await sleepers.add(time, continuation) }
        }
        try Task.checkCancellation()
    }

    func waitUntilAwaited() async { await sleepers.waitForSleeper() }

    func advanceWhenAwaited(seconds: Int) async {
        await sleepers.waitForSleeper()
        passed.add(seconds)
        await sleepers.wake(at: now())
    }
}

actor FakeReader: IdentityReader {
    private(set) var requests: [CardRequest] = []
    private var waiting: CheckedContinuation<IdentityCard, Never>?
    private var presented: IdentityCard?

    func readCard(
        _ request: CardRequest, onCard: @Sendable () -> Void
    ) async throws(Fault) -> IdentityReading {
        requests.append(request)
        let card: IdentityCard
        if let present = presented {
            presented = nil
            card = present
        } else {
            card = await withCheckedContinuation { waiting = $0 }
        }
        onCard()
        return IdentityReading(card: card, textRecord: [1], photoRecord: [2])
    }

    func present(_ card: IdentityCard) {
        if let waiting {
            self.waiting = nil
            waiting.resume(returning: card)
        } else {
            presented = card
        }
    }
}

actor FakeCamera: DocumentCamera {
    private var asked: CheckedContinuation<Void, Never>?
    private var shutter: CheckedContinuation<Void, Never>?

    func capture() async throws(Fault) -> CapturedPage {
        await withCheckedContinuation { continuation in
            shutter = continuation
            asked?.resume()
            asked = nil
        }
        return CapturedPage(jpeg: [0xFF], width: 1, height: 1, device: "fake")
    }

    func waitUntilAsked() async {
        if shutter == nil { await withCheckedContinuation { asked = $0 } }
    }

    func deliver() {
        shutter?.resume()
        shutter = nil
    }
}

/// Answers what it is told to, in order; then that it is the holder.
actor FakeVerifier: HolderVerifier {
    private var answers: [Result<HolderMatch, Fault>]

    init(_ answers: [Result<HolderMatch, Fault>] = []) { self.answers = answers }

    func verify(photoRecord: [UInt8]) async throws(Fault) -> HolderMatch {
        answers.isEmpty
            ? HolderMatch(isSame: true, score: 0.9, matcher: "fake 1") : try answers.removeFirst().get()
    }
}

struct FakeDecoder: PhotoDecoder {
    func decode(_ photoRecord: [UInt8]) async throws(Fault) -> Portrait {
        Portrait(width: 1, height: 2, rgb: [1, 2, 3, 4, 5, 6])
    }
}

struct FakePrinter: PaperPrinter, PaperComposer {
    func print(_ job: PrintJob) async throws(Fault) {}
    func fault() async -> Fault? { nil }
    func compose(_ paper: PaperRequest) throws -> [UInt8] { [] }
}

actor FakeOffice: OfficeLink {
    private let isReachable: Bool
    private var state = StaffCallState.ringing

    init(isReachable: Bool = true) { self.isReachable = isReachable }

    func set(_ state: StaffCallState) { self.state = state }

    func lookUp(_ query: RecordQuery) async throws(Fault) -> OfficeRecord {
        throw Fault(.recordNotFound, responsible: .citizen)
    }

    private(set) var orders: [PaymentRequest] = []
    private(set) var asked = 0
    private(set) var ratings: [ServiceRating] = []
    private var ratingFaults = 0
    private var orderState = PaymentOrder.State.waiting
    private var waiters: [CheckedContinuation<Void, Never>] = []

    func setOrder(_ state: PaymentOrder.State) { orderState = state }
    func failRatings(_ count: Int) { ratingFaults = count }

    func waitForRating() async {
        if ratings.isEmpty { await withCheckedContinuation { waiters.append($0) } }
    }

    private func order(_ request: PaymentRequest) -> PaymentOrder {
        PaymentOrder(
            orderID: request.orderID, amount: request.amount, state: orderState, payURL: "https://localhost/pay")
    }

    func placeOrder(_ request: PaymentRequest) async throws(Fault) -> PaymentOrder {
        guard isReachable else { throw Fault(.officeUnreachable, responsible: .hallStaff) }
        orders.append(request)
        return order(request)
    }

    func order(id: String) async throws(Fault) -> PaymentOrder {
        asked += 1
        guard let request = orders.last(where: { $0.orderID == id }) else {
            throw Fault(.officeRefused, responsible: .technician)
        }
        return order(request)
    }

    func rate(_ rating: ServiceRating) async throws(Fault) {
        guard ratingFaults == 0 else {
            ratingFaults -= 1
            throw Fault(.officeUnreachable, responsible: .hallStaff)
        }
        ratings.append(rating)
        waiters.forEach { $0.resume() }
        waiters = []
    }

    func callStaff(_ call: StaffCallRequest) async throws(Fault) -> String {
        guard isReachable else { throw Fault(.officeUnreachable, responsible: .hallStaff) }
        calls.append(call)
        return "call"
    }

    private(set) var calls: [StaffCallRequest] = []
    private var answer: HolderAnswer?
    private var pollFaults = 0

    func answer(_ answer: HolderAnswer) { self.answer = answer }
    func failPolls(_ count: Int) { pollFaults = count }

    func staffCall(id: String) async throws(Fault) -> StaffCallReply {
        guard pollFaults == 0 else {
            pollFaults -= 1
            throw Fault(.officeUnreachable, responsible: .hallStaff)
        }
        return StaffCallReply(id: id, state: answer == nil ? state : .closed, answer: answer)
    }
}

/// Writes down what it was asked, by the session's number.
actor FakeStore: CaseStore {
    private(set) var calls: [String] = []
    private var draft: SessionState?
    private var waiters: [(condition: @Sendable ([String]) -> Bool, continuation: CheckedContinuation<Void, Never>)] =
        []

    func setDraft(matter: String, library: MatterLibrary) {
        var state = SessionState(id: "00000000-0000-4000-8000-000000000009", at: Timestamp(milliseconds: 0))
        state.flow = library.matter(matter).map(FlowState.init)
        draft = state
    }

    func wait(until condition: @escaping @Sendable ([String]) -> Bool) async {
        if condition(calls) { return }
        await withCheckedContinuation { waiters.append((condition, $0)) }
    }

    private func note(_ call: String, _ session: String? = nil, _ more: String = "") {
        let number = session.map { String($0.suffix(1)) } ?? ""
        calls.append([call, number, more].filter { !$0.isEmpty }.joined(separator: " "))
        waiters.removeAll { waiter in
            guard waiter.condition(calls) else { return false }
            waiter.continuation.resume()
            return true
        }
    }

    func openDraft(session: String, reading: IdentityReading) async throws(Fault) { note("open", session) }

    func saveDraft(_ state: SessionState, at now: Timestamp) async throws(Fault) {
        note("save", nil, state.flow.map { "\($0.step)".replacing("\"", with: "") } ?? "")
    }

    func resumeDraft(
        reading: IdentityReading, at now: Timestamp, maximumAge: Int
    ) async throws(Fault) -> ResumedDraft? {
        note("resume")
        return draft.map(ResumedDraft.init)
    }

    func keepAttachment(
        session: String, bytes: [UInt8], mediaType: String, width: Int, height: Int, device: String, at now: Timestamp
    ) async throws(Fault) -> PageReference {
        note("keep", session, mediaType)
        return Story.page("kept")
    }

    func attachment(session: String, _ page: PageReference) async throws(Fault) -> [UInt8] { [] }
    func dropAttachment(session: String, _ page: PageReference) async throws(Fault) { note("drop", session) }
    func discardDraft(session: String) async throws(Fault) { note("discard", session) }
    func sweepDrafts(at now: Timestamp, maximumAge: Int) async throws(Fault) { note("sweep") }

    func seal(session: String, content: CaseContent, at now: Timestamp) async throws(Fault) -> AcceptedCase {
        note("seal", session)
        return AcceptedCase(
            caseID: session, receiptNumber: "DL01-20261121-0001", sequence: 1, acceptedAt: now, proof: "")
    }
}
