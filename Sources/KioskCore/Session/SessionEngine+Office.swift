/// The look-up, the signature, the case, the paper at the end and the rating.

extension SessionEngine {
    mutating func requestLookup() {
        guard let query = plan()?.query else { return }
        state.flow?.askedQuery = query
        state.flow?.device = .working
        state.generation += 1
        effects.append(.lookUp(query, generation: state.generation))
    }

    // MARK: Signature

    /// What the citizen declares on the signing page.
    public static let statement = Localized(
        zh: "我已核对以上内容，所填信息和提交的材料真实有效，同意据此办理。",
        en:
            "I have checked the answers above. What I entered and handed in is true, and I agree that the matter is handled on it."
    )

    /// The declaration of one flow: the statement, and by when each paper that is still missing follows (容缺受理).
    public static func statement(for flow: FlowState, today: CalendarDate) -> Localized {
        var text = statement
        for planned in FlowPlan(flow, today: today).materials where planned.isNeeded {
            guard let due = planned.slots.compactMap({ flow.deferred[$0.key] }).max() else { continue }
            let title = planned.material.title
            text.zh += "我承诺最迟在\(AnswerText.shown(due, .zh))补交“\(title.zh)”。"
            text.en += " I promise to hand in “\(title.en)” by \(AnswerText.shown(due, .en))."
        }
        return text
    }

    mutating func sign() {
        guard let flow = state.flow, let holder = flow.holder else { return }
        let suffix = holder.number.suffix(4).uppercased()
        guard flow.signatureText.uppercased() == suffix else {
            state.flow?.problems = [
                FieldProblem(
                    field: "signature", reason: flow.signatureText.isEmpty ? .missing : .signatureMismatch)
            ]
            return
        }
        let signed = Self.statement(for: flow, today: today)[state.language]
        state.flow?.signature = CaseSignature(
            method: .numberSuffix, signer: holder.name, statement: signed, signedAt: now)
        advance()
    }

    // MARK: The case and its paper

    mutating func requestSubmit() {
        guard let flow = state.flow else { return }
        let content: CaseContent
        if let submitted = flow.submittedContent {
            content = submitted
        } else {
            guard let plan = plan(), let composed = CaseComposer.compose(state, plan: plan, today: today, at: now)
            else { return }
            content = composed
            state.flow?.submittedContent = composed
        }
        state.flow?.device = .working
        state.generation += 1
        effects.append(.submit(content, generation: state.generation))
    }

    mutating func requestPrint() {
        guard let flow = state.flow, let plan = plan(), let paper = paper(of: flow, plan) else { return }
        state.flow?.device = .working
        state.generation += 1
        effects.append(.print(paper, generation: state.generation))
    }

    /// Nil when there is nothing to print.
    private func paper(of flow: FlowState, _ plan: FlowPlan) -> PaperRequest? {
        if plan.printsRecord, let record = flow.record, let register = flow.matter.lookup?.register {
            return PaperRequest(
                jobID: "certificate-\(record.verificationCode)-\(flow.printAttempts)",
                title: record.verificationCode,
                content: .certificate(record, register: register, holder: flow.applicant, state.language),
                copies: copies(of: flow))
        }
        if let accepted = flow.accepted, let content = flow.submittedContent {
            return PaperRequest(
                jobID: "receipt-\(accepted.receiptNumber)-\(flow.printAttempts)",
                title: accepted.receiptNumber, content: .receipt(accepted, content), copies: 1)
        }
        guard flow.matter.steps.contains(.guide) else { return nil }
        let guided = flow.guided ?? flow.matter
        let content: PaperRequest.Content =
            switch flow.guided == nil ? .guide : flow.matter.guide ?? .guide {
            case .checklist: .checklist(Checklist(FlowState(matter: guided), today: today), state.language)
            case .sample: .sampleForm(guided, state.language)
            case .guide: .guide(guided, state.language)
            }
        return PaperRequest(
            jobID: "paper-\(state.id)-\(flow.printAttempts)", title: guided.code, content: content,
            copies: copies(of: flow))
    }

    /// The field `copies` of a matter that prints a certificate or a guide; 1 to 5, and 1 when printed again.
    private func copies(of flow: FlowState) -> Int {
        guard flow.printAttempts == 0, let plan = plan(),
            let field = plan.shownFields.first(where: { $0.key == "copies" }),
            case .text(let text) = plan.answer(to: field), let count = Int(text)
        else { return 1 }
        return min(max(count, 1), 5)
    }

    // MARK: Rating

    /// Grades that a reason is asked for.
    public static let poorGrades = 1...2

    mutating func rate(_ grade: Int) {
        guard state.flow?.step == .rating, (1...5).contains(grade) else { return }
        state.flow?.rating.grade = grade
        if !Self.poorGrades.contains(grade) { state.flow?.rating.reasons = [] }
    }

    mutating func rate(_ reason: ServiceRating.Reason) {
        guard let flow = state.flow, flow.step == .rating, let grade = flow.rating.grade,
            Self.poorGrades.contains(grade)
        else { return }
        if flow.rating.reasons.contains(reason) {
            state.flow?.rating.reasons.removeAll { $0 == reason }
        } else {
            state.flow?.rating.reasons.append(reason)
        }
    }

    /// Once: the page is left with it. Without a grade nothing is sent.
    mutating func sendRating() {
        guard let flow = state.flow, let grade = flow.rating.grade else { return }
        effects.append(
            .rate(
                ServiceRating(
                    session: state.id, matterCode: flow.matter.code, receiptNumber: flow.accepted?.receiptNumber,
                    grade: grade, reasons: flow.rating.reasons, at: now)))
    }

    // MARK: Pages beside the flow

    mutating func openSide(_ page: SidePage) {
        guard state.flow?.canOpen(page) == true else { return }
        state.flow?.side = page
        state.flow?.sideDevice = .idle
    }

    mutating func handleSide(_ event: SessionEvent) {
        switch event {
        case .closeSide, .back:
            state.flow?.side = nil
            state.flow?.sideDevice = .idle
        case .open(let page): openSide(page)
        case .printSide: printSide()
        case .retry: if case .failed = state.flow?.sideDevice { printSide() }
        default: break
        }
    }

    private mutating func printSide() {
        guard let flow = state.flow, let side = flow.side, flow.sideDevice != .working else { return }
        let content: PaperRequest.Content
        let kind: String
        switch side {
        case .checklist: (kind, content) = ("checklist", .checklist(Checklist(flow, today: today), state.language))
        case .sampleForm: (kind, content) = ("sample", .sampleForm(flow.matter, state.language))
        case .guide: (kind, content) = ("guide", .guide(flow.matter, state.language))
        }
        state.flow?.sideDevice = .working
        state.generation += 1
        effects.append(
            .print(
                PaperRequest(
                    jobID: "\(kind)-\(state.id)-\(flow.sidePrints)", title: flow.matter.code, content: content,
                    copies: 1),
                generation: state.generation))
    }
}
