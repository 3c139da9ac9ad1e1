/// The session as a pure machine: an event goes in, the new state and the effects come out.
///
/// No I/O, no clock, no randomness: time comes with each event and ids from a generator given at the start. So a session
/// can be saved after every answer, resumed after a crash and replayed in a test.
public struct SessionEngine: Sendable {
    public private(set) var state: SessionState
    private let library: MatterLibrary
    private let policy: SessionPolicy
    private let makeID: @Sendable () -> String
    /// The time of the event being handled.
    private var now: Timestamp
    private var effects: [SessionEffect] = []

    /// Working days until a deferred material is due (容缺受理).
    public static let deferralWorkingDays = 5
    static let maximumPagesPerMaterial = 20

    /// `makeID` gives lower-case UUIDs, a new one a call.
    public init(
        library: MatterLibrary, policy: SessionPolicy, at now: Timestamp, makeID: @escaping @Sendable () -> String
    ) {
        self.library = library
        self.policy = policy
        self.makeID = makeID
        self.now = now
        state = SessionState(id: makeID(), at: now)
    }

    /// Handles one event and returns what must be carried out, in order. Events that make no sense now change nothing.
    public mutating func handle(_ event: SessionEvent, at time: Timestamp) -> [SessionEffect] {
        now = max(now, time)
        effects = []
        switch event {
        case .tick: tick()
        case .cardFound, .cardRead, .cardFailed, .draftResumed, .nothingToResume, .pageCaptured, .captureFailed,
            .recordFound, .lookUpFailed, .accepted, .submitFailed, .printed, .printFailed:
            handleResult(event)
        case .staffCallChanged(let call): state.staffCall?.state = call
        default:
            state.lastActivity = now
            state.idleWarning = nil
            state.farewell = nil
            handleCitizen(event)
        }
        return effects
    }

    // MARK: Plan

    private var today: CalendarDate { now.chinaDate }

    private func plan() -> FlowPlan? {
        state.flow.map { FlowPlan($0, today: today) }
    }

    private var isAccepted: Bool { state.flow?.accepted != nil }

    // MARK: The citizen

    private mutating func handleCitizen(_ event: SessionEvent) {
        switch event {
        case .stillHere: break
        case .setLanguage(let language): state.language = language
        case .setTextSize(let size): state.textSize = size
        case .callStaff: callStaff()
        case .dismissStaffCall: state.staffCall = nil
        case .askStartOver: if state.flow != nil { state.confirmsStartOver = true }
        case .cancelStartOver: state.confirmsStartOver = false
        case .confirmStartOver:
            if state.confirmsStartOver { end(isAccepted ? .finished : .startedOver, keepsLanguage: true) }
        default:
            // While the question stands, only its answers count.
            guard !state.confirmsStartOver else { return }
            if state.flow == nil { handleWelcome(event) } else { handleFlow(event) }
        }
    }

    private mutating func handleWelcome(_ event: SessionEvent) {
        switch event {
        case .choose(let code):
            guard state.resuming == nil, let matter = library.matter(code) else { return }
            state.flow = FlowState(matter: matter)
            state.startedAt = now
        case .resumeUnfinished, .retry:
            if event == .retry, state.resuming == nil { return }
            state.resuming = .waiting
            readCard(.resume)
        case .back:
            if state.resuming != nil {
                state.resuming = nil
                stopReading()
            }
        default: break
        }
    }

    private mutating func handleFlow(_ event: SessionEvent) {
        guard let flow = state.flow else { return }
        switch event {
        case .next: next()
        case .back: back()
        case .edit(let field, let text): edit(field, text)
        case .pick(let field, let option): pick(field, option)
        case .answerAgent(let actsForOther):
            guard flow.step == .agent else { return }
            if flow.actsForOther != actsForOther {
                state.flow?.principal = nil
                answersChanged()
            }
            state.flow?.actsForOther = actsForOther
            advance()
        case .addEntry(let field): beginEntry(field, index: nil)
        case .editEntry(let field, let index): beginEntry(field, index: index)
        case .removeEntry(let field, let index): removeEntry(field, index)
        case .typeByHand:
            guard flow.entry != nil else { return }
            stopReading()
            state.flow?.entry?.typesByHand = true
            state.flow?.device = .idle
        case .takePicture: takePicture()
        case .removePicture(let slot, let page): removePicture(slot, page)
        case .deferMaterial(let slot): deferMaterial(slot)
        case .retry: retry()
        case .change(let step):
            guard flow.step == .review, let plan = plan(), plan.steps.contains(step) else { return }
            state.flow?.returnsToReview = true
            enter(step)
        case .printAgain:
            guard flow.step == .print, flow.device != .working else { return }
            if flow.device == .done { state.flow?.printAttempts += 1 }
            requestPrint()
        case .finish:
            switch flow.step {
            case .finish, .rejected, .window: end(.finished, keepsLanguage: false)
            case .print: if flow.device != .working { end(.finished, keepsLanguage: false) }
            default: break
            }
        default: break
        }
    }

    private mutating func callStaff() {
        if let call = state.staffCall, call.state == .calling || call.state == .ringing { return }
        state.staffCall = SessionState.StaffCall(state: .calling, calledAt: now)
        let page = state.flow.map { Self.name(of: $0.step) } ?? "welcome"
        effects.append(
            .callStaff(StaffCallRequest(page: page, matterCode: state.flow?.matter.code, at: now)))
    }

    /// The page's name without anything a citizen wrote.
    static func name(of step: Step) -> String {
        switch step {
        case .notice: "notice"
        case .identify: "identify"
        case .agent: "agent"
        case .principalCard: "principal-card"
        case .form(let id): "form.\(id)"
        case .list(let field): "list.\(field)"
        case .capture(let slot): "capture.\(slot.material)"
        case .lookup: "lookup"
        case .preview: "preview"
        case .review: "review"
        case .sign: "sign"
        case .submit: "submit"
        case .print: "print"
        case .finish: "finish"
        case .rejected: "rejected"
        case .window: "window"
        }
    }

    // MARK: Answers

    private mutating func edit(_ field: String, _ text: String) {
        guard let flow = state.flow, text.unicodeScalars.count <= FieldCheck.maximumLength * 2 else { return }
        if flow.step == .sign, field == "signature" {
            state.flow?.signatureText = text
            state.flow?.problems = []
            return
        }
        if let entry = flow.entry {
            guard subFields(of: entry.field).contains(where: { $0.key == field }) else { return }
            state.flow?.entry?.draft.answers[field] = .text(text)
        } else {
            guard currentFields().contains(where: { $0.key == field && Self.isTyped($0.kind) }) else { return }
            state.flow?.answers[field] = .text(text)
            answersChanged()
        }
        state.flow?.problems.removeAll { $0.field == field }
    }

    private mutating func pick(_ key: String, _ option: String) {
        guard let flow = state.flow else { return }
        let fields = flow.entry.map { subFields(of: $0.field) } ?? currentFields()
        guard let field = fields.first(where: { $0.key == key }) else { return }
        let old = flow.entry.map { $0.draft.answers[key] } ?? flow.answers[key]
        let new: Answer
        switch field.kind {
        case .choice(let options):
            guard options.contains(where: { $0.key == option }) else { return }
            new = .choice(option)
        case .multi(let options):
            guard options.contains(where: { $0.key == option }) else { return }
            var keys: [String] = []
            if case .choices(let chosen) = old { keys = chosen }
            if keys.contains(option) { keys.removeAll { $0 == option } } else { keys.append(option) }
            new = .choices(options.map(\.key).filter(keys.contains))
        case .flag:
            guard option == "yes" || option == "no" else { return }
            new = .flag(option == "yes")
        default: return
        }
        if flow.entry != nil {
            state.flow?.entry?.draft.answers[key] = new
        } else {
            state.flow?.answers[key] = new
            answersChanged()
        }
        state.flow?.problems.removeAll { $0.field == key }
        save()
    }

    private static func isTyped(_ kind: Field.Kind) -> Bool {
        switch kind {
        case .choice, .multi, .flag, .records: false
        default: true
        }
    }

    private func currentFields() -> [Field] {
        guard case .form(let id) = state.flow?.step, let page = state.flow?.matter.page(id), let plan = plan() else {
            return []
        }
        return plan.fields(of: page)
    }

    private func subFields(of key: String) -> [Field] {
        guard let field = state.flow?.matter.field(key), case .records(let fields) = field.kind else { return [] }
        return fields
    }

    /// What was signed is no longer what stands there.
    private mutating func answersChanged() {
        state.flow?.signature = nil
        state.flow?.signatureText = ""
        state.flow?.record = nil
    }

    // MARK: List entries

    private mutating func beginEntry(_ key: String, index: Int?) {
        guard let flow = state.flow, flow.step == .list(key), flow.entry == nil, let field = flow.matter.field(key)
        else { return }
        var entries: [RecordEntry] = []
        if case .records(let present) = flow.answers[key] { entries = present }
        var draft = RecordEntry()
        if let index {
            guard entries.indices.contains(index) else { return }
            draft = entries[index]
        } else if entries.count >= FieldCheck.maximumEntries {
            return
        }
        let readsCard = index == nil && !field.fromCard.isEmpty
        state.flow?.entry = FlowState.EntryEdit(
            field: key, index: index, draft: draft, typesByHand: !readsCard && draft.card == nil)
        state.flow?.problems = []
        state.flow?.device = .idle
        if readsCard {
            state.flow?.device = .waiting
            readCard(.entry)
        }
    }

    private mutating func commitEntry() {
        guard let entry = state.flow?.entry, let plan = plan() else { return }
        let problems = plan.problems(in: entry.draft, of: subFields(of: entry.field))
        guard problems.isEmpty else {
            state.flow?.problems = problems
            return
        }
        stopReading()
        var entries: [RecordEntry] = []
        if case .records(let present) = state.flow?.answers[entry.field] { entries = present }
        if let index = entry.index, entries.indices.contains(index) {
            entries[index] = entry.draft
        } else {
            entries.append(entry.draft)
        }
        state.flow?.answers[entry.field] = .records(entries)
        answersChanged()
        closeEntry()
        save()
    }

    private mutating func closeEntry() {
        state.flow?.entry = nil
        state.flow?.problems = []
        state.flow?.device = .idle
    }

    private mutating func removeEntry(_ key: String, _ index: Int) {
        guard let flow = state.flow, flow.step == .list(key), flow.entry == nil,
            case .records(var entries) = flow.answers[key], entries.indices.contains(index)
        else { return }
        entries.remove(at: index)
        state.flow?.answers[key] = .records(entries)
        answersChanged()
        // Photographs were numbered by entry: those from the removed one on are taken again.
        for material in flow.matter.materials where material.source == .entryCards(key) {
            for later in index...entries.count {
                dropPictures(in: CaptureSlot(material: material.key, entry: later).key)
            }
        }
        save()
    }

    // MARK: Pictures

    private var currentSlot: CaptureSlot? {
        if case .capture(let slot) = state.flow?.step { slot } else { nil }
    }

    private mutating func takePicture() {
        guard let flow = state.flow, let slot = currentSlot, flow.device != .working,
            (flow.captures[slot.key]?.count ?? 0) < Self.maximumPagesPerMaterial
        else { return }
        state.flow?.device = .working
        state.generation += 1
        effects.append(.capturePage(generation: state.generation))
    }

    private mutating func removePicture(_ slot: String, _ id: String) {
        guard currentSlot?.key == slot, let page = state.flow?.captures[slot]?.first(where: { $0.id == id }) else {
            return
        }
        state.flow?.captures[slot]?.removeAll { $0.id == id }
        state.flow?.device = .idle
        answersChanged()
        effects.append(.dropAttachment(page))
        save()
    }

    private mutating func dropPictures(in slot: String) {
        let pages = state.flow?.captures[slot] ?? []
        effects += pages.map(SessionEffect.dropAttachment)
        state.flow?.captures[slot] = nil
        state.flow?.deferred[slot] = nil
    }

    private mutating func deferMaterial(_ key: String) {
        guard let slot = currentSlot, slot.key == key, let material = state.flow?.matter.material(slot.material),
            material.mark == .deferrable, state.flow?.device != .working
        else { return }
        dropPictures(in: key)
        let due = today.adding(workingDays: Self.deferralWorkingDays)
        state.flow?.deferred[key] = due
        answersChanged()
        advance()
    }

    // MARK: Movement

    private mutating func next() {
        guard let flow = state.flow, let plan = plan() else { return }
        if flow.entry != nil {
            if flow.device != .working { commitEntry() }
            return
        }
        switch flow.step {
        case .notice, .preview: advance()
        case .identify, .agent, .principalCard, .lookup: if plan.isComplete(flow.step) { advance() }
        case .form(let id):
            guard let page = flow.matter.page(id) else { return }
            let problems = plan.problems(on: page)
            state.flow?.problems = problems
            if problems.isEmpty, !divert(plan) { advance() }
        case .list(let key):
            guard let page = flow.matter.pages.first(where: { $0.fields.first?.key == key }) else { return }
            let problems = plan.problems(on: page)
            state.flow?.problems = problems
            if problems.isEmpty, !divert(plan) { advance() }
        case .capture: if flow.device != .working, plan.isComplete(flow.step) { advance() }
        case .review:
            // A branch may have opened behind the citizen's back: nothing incomplete goes on to be signed.
            if let open = firstIncomplete(plan, before: .review) {
                state.flow?.returnsToReview = true
                enter(open)
            } else if !divert(plan) {
                advance()
            }
        case .sign: sign()
        case .print: if flow.device != .working { advance() }
        case .finish: end(.finished, keepsLanguage: false)
        case .submit, .rejected, .window: break
        }
    }

    /// Rules that stop a case or send it to a window; looked at after every page.
    private mutating func divert(_ plan: FlowPlan) -> Bool {
        guard let step = state.flow?.step else { return false }
        let rejected = !plan.rejections.isEmpty
        guard rejected || !plan.windowReasons.isEmpty else { return false }
        state.flow?.outcome = rejected ? plan.rejections : plan.windowReasons
        state.flow?.outcomeFrom = step
        enter(rejected ? .rejected : .window)
        return true
    }

    private func firstIncomplete(_ plan: FlowPlan, before limit: Step) -> Step? {
        for step in plan.steps {
            if step == limit { return nil }
            if !plan.isComplete(step) { return step }
        }
        return nil
    }

    private mutating func advance() {
        guard let flow = state.flow, let plan = plan() else { return }
        if flow.returnsToReview, let review = plan.steps.firstIndex(of: .review),
            (plan.steps.firstIndex(of: flow.step) ?? 0) < review
        {
            let open = firstIncomplete(plan, before: .review)
            if open == nil { state.flow?.returnsToReview = false }
            enter(open ?? .review)
            return
        }
        guard let index = plan.steps.firstIndex(of: flow.step), index + 1 < plan.steps.count else { return }
        enter(plan.steps[index + 1])
    }

    private mutating func back() {
        guard let flow = state.flow, let plan = plan(), !isAccepted else { return }
        if flow.entry != nil {
            stopReading()
            closeEntry()
            return
        }
        if flow.step == .rejected || flow.step == .window {
            state.flow?.outcome = []
            enter(flow.outcomeFrom ?? .notice)
            return
        }
        // Once a case was handed to the store it may be sealed, whatever the answer was: no way back to its answers.
        if flow.step == .submit || flow.step == .print || flow.step == .finish { return }
        guard let index = plan.steps.firstIndex(of: flow.step), index > 0 else {
            end(.startedOver, keepsLanguage: true)
            return
        }
        if flow.returnsToReview, plan.steps.contains(.review), firstIncomplete(plan, before: .review) == nil {
            state.flow?.returnsToReview = false
            enter(.review)
            return
        }
        // Submitting and looking up are acts, not pages to stop at.
        let previous = plan.steps[..<index].last { $0 != .submit && $0 != .lookup }
        enter(previous ?? .notice)
    }

    /// Goes to a page and asks for what that page needs.
    private mutating func enter(_ step: Step) {
        stopReading()
        state.flow?.step = step
        state.flow?.problems = []
        state.flow?.device = .idle
        begin(step)
        save()
    }

    private mutating func begin(_ step: Step) {
        guard let flow = state.flow else { return }
        switch step {
        case .identify:
            state.flow?.device = flow.holder == nil ? .waiting : .done
            if flow.holder == nil { readCard(.holder) }
        case .principalCard:
            state.flow?.device = flow.principal == nil ? .waiting : .done
            if flow.principal == nil { readCard(.principal) }
        case .capture(let slot):
            if flow.captures[slot.key]?.isEmpty == false { state.flow?.device = .done }
        case .lookup: requestLookup()
        case .submit: requestSubmit()
        case .print: requestPrint()
        default: break
        }
    }

    private mutating func retry() {
        guard let flow = state.flow, case .failed = flow.device else { return }
        if flow.entry != nil {
            state.flow?.device = .waiting
            readCard(.entry)
        } else if currentSlot != nil {
            takePicture()
        } else {
            begin(flow.step)
        }
    }

    // MARK: Requests

    private mutating func readCard(_ purpose: SessionEffect.CardPurpose) {
        state.generation += 1
        effects.append(.readCard(purpose, matter: state.flow?.matter.code, generation: state.generation))
    }

    private mutating func stopReading() {
        let isReading = state.flow?.device == .waiting || state.resuming != nil || isReadingCard
        guard isReading || state.flow == nil else { return }
        state.generation += 1
        effects.append(.stopReading)
    }

    private var isReadingCard: Bool {
        guard let flow = state.flow, flow.device == .working else { return false }
        return flow.step == .identify || flow.step == .principalCard || flow.entry != nil
    }

    private mutating func requestLookup() {
        guard let flow = state.flow, let register = flow.matter.lookup, let person = flow.applicant,
            let plan = plan()
        else { return }
        let shown = flow.matter.pages.flatMap { plan.fields(of: $0) }
        let parameters = Dictionary(
            shown.compactMap { field in flow.answers[field.key].map { (field.key, $0) } },
            uniquingKeysWith: { first, _ in first })
        state.flow?.device = .working
        state.generation += 1
        effects.append(
            .lookUp(
                RecordQuery(
                    register: register, matterCode: flow.matter.code, number: person.number, name: person.name,
                    parameters: parameters),
                generation: state.generation))
    }

    private mutating func sign() {
        guard let flow = state.flow, let holder = flow.holder else { return }
        let suffix = holder.number.suffix(4).uppercased()
        guard flow.signatureText.uppercased() == suffix else {
            state.flow?.problems = [
                FieldProblem(
                    field: "signature", reason: flow.signatureText.isEmpty ? .missing : .signatureMismatch)
            ]
            return
        }
        state.flow?.signature = CaseSignature(
            method: .numberSuffix, signer: holder.name, statement: Self.statement[state.language], signedAt: now)
        advance()
    }

    /// What the citizen declares on the signing page.
    public static let statement = Localized(
        zh: "我已核对以上内容，所填信息和提交的材料真实有效，同意据此办理。",
        en:
            "I have checked the answers above. What I entered and handed in is true, and I agree that the matter is handled on it."
    )

    private mutating func requestSubmit() {
        guard let flow = state.flow else { return }
        let content: CaseContent
        if let submitted = flow.submittedContent {
            content = submitted
        } else {
            guard let plan = plan(), let composed = CaseComposer.compose(state, plan: plan, at: now) else { return }
            content = composed
            state.flow?.submittedContent = composed
        }
        state.flow?.device = .working
        state.generation += 1
        effects.append(.submit(content, generation: state.generation))
    }

    private mutating func requestPrint() {
        guard let flow = state.flow else { return }
        let request: PaperRequest
        if let record = flow.record, let person = flow.applicant {
            request = PaperRequest(
                jobID: "certificate-\(record.verificationCode)-\(flow.printAttempts)",
                title: record.verificationCode, content: .certificate(record, holder: person, state.language),
                copies: copies(of: flow))
        } else if let accepted = flow.accepted, let content = flow.submittedContent {
            request = PaperRequest(
                jobID: "receipt-\(accepted.receiptNumber)-\(flow.printAttempts)",
                title: accepted.receiptNumber, content: .receipt(accepted, content), copies: 1)
        } else {
            return
        }
        state.flow?.device = .working
        state.generation += 1
        effects.append(.print(request, generation: state.generation))
    }

    /// The field `copies` of a matter that prints a certificate; 1 to 5, and 1 when printed again.
    private func copies(of flow: FlowState) -> Int {
        guard flow.printAttempts == 0, case .text(let text) = flow.answers["copies"], let count = Int(text) else {
            return 1
        }
        return min(max(count, 1), 5)
    }

    /// Drafts exist from the first card on.
    private mutating func save() {
        guard state.flow?.holder != nil else { return }
        if effects.last != .saveDraft { effects.append(.saveDraft) }
    }

    // MARK: Results

    private mutating func handleResult(_ event: SessionEvent) {
        switch event {
        case .cardFound(let generation):
            guard generation == state.generation else { return }
            touch()
            if state.resuming == .waiting { state.resuming = .working }
            if state.flow?.device == .waiting { state.flow?.device = .working }
        case .cardRead(let card, let photo, let generation):
            guard generation == state.generation else { return }
            touch()
            cardRead(card, photo: photo)
        case .cardFailed(let fault, let generation):
            guard generation == state.generation else { return }
            touch()
            if state.resuming != nil { state.resuming = .failed(fault) }
            if state.flow != nil { state.flow?.device = .failed(fault) }
        case .draftResumed(let saved, let generation):
            guard generation == state.generation else { return }
            resume(saved)
        case .nothingToResume(let generation):
            guard generation == state.generation else { return }
            touch()
            state.resuming = nil
            state.farewell = .nothingToResume
        case .pageCaptured(let page, let generation):
            guard let slot = currentSlot, isAwaited(generation) else {
                // Taken for a page that is no longer there: the store must not keep it.
                effects.append(.dropAttachment(page))
                return
            }
            touch()
            state.flow?.captures[slot.key, default: []].append(page)
            state.flow?.deferred[slot.key] = nil
            state.flow?.device = .done
            answersChanged()
            save()
        case .captureFailed(let fault, let generation), .lookUpFailed(let fault, let generation),
            .submitFailed(let fault, let generation), .printFailed(let fault, let generation):
            guard isAwaited(generation) else { return }
            touch()
            state.flow?.device = .failed(fault)
        case .recordFound(let record, let generation):
            guard isAwaited(generation), state.flow?.step == .lookup else { return }
            touch()
            state.flow?.record = record
            state.flow?.device = .done
            advance()
        case .accepted(let accepted, let generation):
            guard isAwaited(generation), state.flow?.step == .submit else { return }
            touch()
            state.flow?.accepted = accepted
            advance()
        case .printed(let generation):
            guard isAwaited(generation), state.flow?.step == .print else { return }
            touch()
            state.flow?.device = .done
            save()
        default: break
        }
    }

    private func isAwaited(_ generation: Int) -> Bool {
        generation == state.generation && state.flow?.device == .working
    }

    private mutating func touch() {
        state.lastActivity = now
        state.idleWarning = nil
    }

    private mutating func cardRead(_ card: IdentityCard, photo: PageReference?) {
        guard let flow = state.flow else { return }
        let refusal = refusal(of: card, in: flow)
        if let refusal {
            state.flow?.device = .failed(refusal)
            if let photo { effects.append(.dropAttachment(photo)) }
            if flow.holder == nil { effects.append(.discardDraft(session: state.id)) }
            return
        }
        if let photo { state.flow?.cardPhotos.append(photo) }
        state.flow?.device = .done
        if let entry = flow.entry {
            guard let field = flow.matter.field(entry.field) else { return }
            state.flow?.entry?.draft.card = card
            for (key, fact) in field.fromCard {
                let text =
                    switch fact {
                    case .name: card.name
                    case .number: card.number
                    case .address: card.address
                    }
                state.flow?.entry?.draft.answers[key] = .text(text)
            }
            state.flow?.problems = []
            save()
        } else if flow.step == .identify {
            state.flow?.holder = card
            advance()
        } else if flow.step == .principalCard {
            state.flow?.principal = card
            answersChanged()
            advance()
        }
    }

    private func refusal(of card: IdentityCard, in flow: FlowState) -> Fault? {
        if card.isExpired(on: today) { return Fault(.cardExpired, responsible: .hallStaff) }
        var used: [String] = []
        if flow.step != .identify { used = [flow.holder?.number, flow.principal?.number].compactMap(\.self) }
        if let entry = flow.entry, case .records(let entries) = flow.answers[entry.field] {
            used += entries.compactMap(\.card?.number)
        }
        return used.contains(card.number) ? Fault(.cardAlreadyUsed, responsible: .citizen) : nil
    }

    private mutating func resume(_ saved: SessionState) {
        let generation = max(state.generation, saved.generation) + 1
        state = saved
        state.generation = generation
        state.lastActivity = now
        state.idleWarning = nil
        state.confirmsStartOver = false
        state.staffCall = nil
        state.resuming = nil
        state.farewell = nil
        guard let flow = state.flow else { return }
        // Devices start from what is so now, not from what they were doing when the power went.
        if flow.entry != nil, flow.device != .done, flow.entry?.typesByHand == false {
            state.flow?.device = .waiting
            readCard(.entry)
        } else if flow.step == .print, flow.device == .done {
            state.flow?.device = .done
        } else {
            state.flow?.device = flow.device == .done ? .done : .idle
            if flow.device != .done { begin(flow.step) }
        }
        save()
    }

    // MARK: Time and the end

    private mutating func tick() {
        let isWorking = state.flow?.device == .working || state.resuming == .working
        if isWorking { state.lastActivity = now }
        let idle = now.seconds(since: state.lastActivity)
        guard state.flow != nil || state.resuming != nil else {
            // Nobody is here: the next citizen finds the terminal in its own language and size.
            if idle >= policy.idleAfter,
                state.language != .zh || state.textSize != .standard || state.farewell != nil
                    || state.staffCall != nil
            {
                state = SessionState(id: state.id, at: now)
            }
            return
        }
        if idle >= policy.idleAfter + policy.warnFor {
            end(isAccepted ? .finished : .wipedAfterIdle, keepsLanguage: false)
        } else if idle >= policy.idleAfter {
            state.idleWarning = policy.idleAfter + policy.warnFor - idle
        }
    }

    private mutating func end(_ farewell: SessionState.Farewell, keepsLanguage: Bool) {
        effects.append(.stopReading)
        effects.append(.discardDraft(session: state.id))
        effects.append(.wipe)
        let old = state
        state = SessionState(id: makeID(), at: now)
        state.generation = old.generation + 1
        state.farewell = farewell
        if keepsLanguage {
            state.language = old.language
            state.textSize = old.textSize
        }
    }
}
