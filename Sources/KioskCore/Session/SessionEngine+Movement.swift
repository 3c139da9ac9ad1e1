/// The way through a flow: on, back, and where rules lead.

extension SessionEngine {
    mutating func next() {
        guard let flow = state.flow, let plan = plan() else { return }
        if flow.entry != nil {
            if flow.device != .working { commitEntry() }
            return
        }
        switch flow.step {
        case .notice: advance()
        case .preview: proceed()
        case .identify, .agent, .principalCard, .confirmHolder, .consent, .lookup, .guide:
            if plan.isComplete(flow.step) { proceed() }
        case .form(let id), .list(let id):
            guard let page = flow.matter.page(id) else { return }
            let problems = plan.problems(on: page)
            state.flow?.problems = problems
            if problems.isEmpty { proceed() }
        case .capture: if flow.device != .working, plan.isComplete(flow.step) { proceed() }
        case .payment: if flow.device != .working, plan.isComplete(.payment) { advance() }
        case .review:
            // A branch may have opened behind the citizen's back: nothing incomplete goes on to be signed.
            if let open = plan.firstIncomplete(before: .review) {
                state.flow?.returnsToReview = true
                enter(open)
            } else {
                proceed()
            }
        case .sign: sign()
        case .print: if flow.device != .working { advance() }
        case .rating:
            sendRating()
            advance()
        case .finish: end(.finished, keepsLanguage: false)
        case .submit, .rejected, .window: break
        }
    }

    /// On, unless a rule holds by now that ends the case or sends it to a window.
    mutating func proceed() {
        if let plan = plan(), !divert(plan) { advance() }
    }

    private mutating func divert(_ plan: FlowPlan) -> Bool {
        // What is paid for is handed in.
        guard let flow = state.flow, flow.payment == nil, let diversion = plan.diversion() else { return false }
        leave(flow.step, to: diversion.isRejected ? .rejected : .window, because: diversion.reasons)
        return true
    }

    mutating func leave(_ step: Step, to outcome: Step, because reasons: [Localized]) {
        state.flow?.outcome = reasons
        state.flow?.outcomeFrom = step
        enter(outcome)
    }

    mutating func advance() {
        guard let flow = state.flow, let plan = plan(), let index = plan.steps.firstIndex(of: flow.step) else { return }
        if flow.returnsToReview, let review = plan.steps.firstIndex(of: .review), index < review {
            let open = plan.firstIncomplete(before: .review)
            if open == nil { state.flow?.returnsToReview = false }
            enter(open ?? .review)
            return
        }
        // What was looked up or paid is not asked again.
        let next = plan.steps[(index + 1)...].first { step in
            switch step {
            case .lookup: !plan.isComplete(.lookup)
            case .payment: flow.payment?.state != .paid
            default: true
            }
        }
        if let next { enter(next) }
    }

    mutating func back() {
        guard let flow = state.flow, let plan = plan(), flow.accepted == nil else { return }
        if flow.entry != nil {
            stopReading()
            closeEntry()
            return
        }
        switch flow.step {
        // What staff have said is not asked again.
        case .window where flow.confirmation.isRefused: return
        case .rejected, .window:
            state.flow?.outcome = []
            enter(flow.outcomeFrom ?? .notice)
            return
        // Once a case was handed to the store it may be sealed, whatever the answer was: no way back to its answers.
        case .submit, .print, .rating, .finish: return
        case .payment where flow.payment != nil || flow.device == .working:
            stopWaitingForPayment()
            return
        default: break
        }
        guard let index = plan.steps.firstIndex(of: flow.step), index > 0 else {
            let finding = state.finding
            let isNew = flow.step == .notice && flow.holder == nil
            end(.startedOver, keepsLanguage: true)
            // Nothing was begun yet: the citizen goes on looking where the matter was found.
            if isNew {
                state.finding = finding
                state.farewell = nil
            }
            return
        }
        if flow.returnsToReview, plan.steps.contains(.review), plan.firstIncomplete(before: .review) == nil {
            state.flow?.returnsToReview = false
            enter(.review)
            return
        }
        // Looking up is an act, not a page to stop at; behind an order that stands nothing is changed.
        let earliest = flow.isPaymentPending ? plan.firstOpen - 1 : plan.firstOpen
        guard (0..<index).contains(earliest) else { return }
        if let previous = plan.steps[earliest..<index].last(where: { $0 != .lookup }) { enter(previous) }
    }

    /// Goes to a page and asks for what that page needs.
    mutating func enter(_ step: Step) {
        stopReading()
        state.flow?.step = step
        state.flow?.problems = []
        state.flow?.device = .idle
        begin(step)
        save()
    }

    mutating func begin(_ step: Step) {
        guard let flow = state.flow else { return }
        switch step {
        case .identify:
            state.flow?.device = flow.holder == nil ? .waiting : .done
            if flow.holder == nil { readCard(.holder) }
        case .principalCard:
            state.flow?.device = flow.principal == nil ? .waiting : .done
            if flow.principal == nil { readCard(.principal) }
        case .confirmHolder: beginConfirmation()
        case .capture(let slot):
            if flow.captures[slot.key]?.isEmpty == false { state.flow?.device = .done }
        case .lookup: if flow.record == nil { requestLookup() } else { state.flow?.device = .done }
        case .guide:
            let words = flow.matter.fields.lazy.compactMap { field -> String? in
                guard case .text = field.kind, case .text(let text) = flow.answers[field.key] else { return nil }
                return String(text.prefix(Self.maximumSearchLength))
            }
            state.finding = Finding(.search, text: words.first ?? "")
        case .payment: beginPayment()
        case .submit: requestSubmit()
        case .print: requestPrint()
        default: break
        }
    }

    mutating func retry() {
        guard let flow = state.flow, flow.fault != nil else { return }
        if flow.entry != nil {
            state.flow?.device = .waiting
            readCard(.entry)
        } else if currentSlot != nil {
            takePicture()
        } else if flow.step == .confirmHolder, flow.confirmation.way == .face {
            compareFace()
        } else {
            begin(flow.step)
        }
    }

    // MARK: Consent and hand-over

    mutating func answerConsent(agrees: Bool) {
        guard let flow = state.flow, case .consent(let id) = flow.step,
            let consent = flow.matter.consents.first(where: { $0.id == id })
        else { return }
        if agrees {
            state.flow?.consents[id] = flow.consents[id] ?? now
            proceed()
        } else {
            state.flow?.consents[id] = nil
            leave(flow.step, to: .window, because: [consent.refused])
        }
    }

    /// From a page whose device has failed to the window page, and from there with all that is filled in to the staff.
    mutating func handOver() {
        guard let flow = state.flow, flow.canHandOver else { return }
        guard flow.step == .window else {
            leave(flow.step, to: .window, because: [HandOverReason.words(for: flow)])
            return
        }
        state.flow?.handsOver = true
        enter(.submit)
    }
}

/// Why a case goes to a window when it is no rule that sends it there.
public enum HandOverReason {
    /// Staff said no.
    public static let notTheHolder = Localized(
        zh: "工作人员核对过，证件和本人对不上。请带上您自己的证件，到人工窗口问一问。",
        en: "Staff could not confirm that the card is yours. Please go to a staffed window with your own card.")

    static func words(for flow: FlowState) -> Localized {
        switch flow.step {
        case .capture(let slot):
            let title = flow.matter.material(slot.material)?.title ?? Localized(zh: "材料", en: "a paper")
            return Localized(
                zh: "这台机器暂时拍不了照，还差：\(title.zh)。",
                en: "The camera of this terminal does not work now. Still missing: \(title.en).")
        case .identify, .principalCard:
            return Localized(
                zh: "这台机器暂时读不了卡。", en: "This terminal cannot read cards now.")
        case .confirmHolder:
            return Localized(
                zh: "还没有人核对过证件是不是本人的。", en: "Nobody has confirmed yet that the card belongs to its holder.")
        case .payment:
            return Localized(zh: "费用没有在这里缴成。", en: "The fee could not be paid here.")
        default:
            let isNotFound = flow.fault?.kind == .recordNotFound
            return Localized(
                zh: isNotFound ? "没有查到登记信息。" : "暂时连不上业务系统，没有查到登记信息。",
                en: isNotFound ? "No record was found." : "The office cannot be reached now, so no record was found.")
        }
    }
}
