/// The trusted-identity step: do holder and card belong together? A face matcher compares where there is one; otherwise,
/// and whenever it cannot decide, hall staff look and answer.

extension SessionEngine {
    /// Comparisons that may find somebody else before staff are asked.
    public static let maximumComparisons = 3
    /// Seconds that staff are waited for.
    public static let staffWaitSeconds = 600
    private static let maximumMatcherName = 64
    /// Pixels a side; a card's photograph has 102 by 126.
    private static let maximumPortraitSide = 1024

    private var canCompare: Bool {
        guard let flow = state.flow, comparesFaces, flow.holderPhoto != nil else { return false }
        return !flow.confirmation.asksStaff && flow.confirmation.comparisons < Self.maximumComparisons
    }

    /// True while staff may be on the way and the citizen touches nothing.
    var isWaitingForStaff: Bool { state.flow?.step == .confirmHolder && state.flow?.device == .waiting }

    mutating func beginConfirmation() {
        guard let flow = state.flow else { return }
        if flow.holderCheck != nil {
            state.flow?.device = .done
        } else {
            if let photo = flow.holderPhoto, flow.portrait.value == nil { effects.append(.decodePortrait(photo)) }
            if canCompare {
                state.flow?.confirmation.way = .face
                state.flow?.device = .idle
            } else {
                askStaff()
            }
        }
    }

    // MARK: By a machine

    mutating func compareFace() {
        guard let flow = state.flow, flow.step == .confirmHolder, flow.holderCheck == nil, flow.device != .working,
            flow.confirmation.way == .face, canCompare, let photo = flow.holderPhoto
        else { return }
        state.flow?.device = .working
        state.generation += 1
        effects.append(.compareHolder(photo, generation: state.generation))
    }

    mutating func holderCompared(_ match: HolderMatch, _ generation: Int) {
        guard isAwaited(generation), isComparing else { return }
        touch()
        guard match.score.isFinite, (0...1).contains(match.score) else {
            askStaff()
            return
        }
        if match.isSame {
            confirm(
                HolderCheck(
                    method: .face, at: now, score: match.score,
                    matcher: String(match.matcher.prefix(Self.maximumMatcherName))))
            return
        }
        state.flow?.confirmation.comparisons += 1
        if canCompare {
            state.flow?.device = .idle
            save()
        } else {
            askStaff()
        }
    }

    mutating func comparisonFailed(_ fault: Fault, _ generation: Int) {
        guard isAwaited(generation), isComparing else { return }
        touch()
        if fault.kind == .faceNotFound {
            state.flow?.device = .failed(fault)
        } else {
            askStaff()
        }
    }

    private var isComparing: Bool { state.flow?.step == .confirmHolder && state.flow?.confirmation.way == .face }

    // MARK: By staff

    mutating func askStaff() {
        guard let flow = state.flow, let holder = flow.holder else { return }
        state.flow?.confirmation.way = .staff
        state.flow?.confirmation.asksStaff = true
        state.flow?.confirmation.call = nil
        state.flow?.device = .working
        state.generation += 1
        effects.append(
            .confirmHolder(
                StaffCallRequest(
                    confirmingHolderOf: holder, session: state.id, page: Self.name(of: flow.step),
                    matterCode: flow.matter.code, at: now),
                generation: state.generation))
        save()
    }

    mutating func holderCallChanged(_ reply: StaffCallReply, _ generation: Int) {
        guard isAskingStaff(generation) else { return }
        touch()
        if let answer = reply.answer {
            // An answer counts for the session it was given for, and for no other.
            guard answer.session == state.id else {
                failCall(Fault(.officeRefused, responsible: .technician, detail: "an answer for another session"))
                return
            }
            if answer.isHolder {
                confirm(
                    HolderCheck(method: .staff, at: answer.at, staffCall: reply.id, confirmedBy: answer.by))
            } else {
                refuseHolder()
            }
            return
        }
        guard reply.state != .closed else {
            failCall(Fault(.timedOut, responsible: .hallStaff, detail: "the call was closed without an answer"))
            return
        }
        let asked = state.flow?.confirmation.call?.askedAt ?? now
        state.flow?.confirmation.call = FlowState.HolderConfirmation.Call(
            id: reply.id, state: reply.state, askedAt: asked)
        state.flow?.device = .waiting
        save()
    }

    mutating func holderCallFailed(_ fault: Fault, _ generation: Int) {
        guard isAskingStaff(generation) else { return }
        touch()
        failCall(fault)
    }

    mutating func endWaitingForStaff() {
        guard isWaitingForStaff, let asked = state.flow?.confirmation.call?.askedAt,
            now.seconds(since: asked) >= Self.staffWaitSeconds
        else { return }
        touch()
        failCall(Fault(.timedOut, responsible: .hallStaff, detail: "nobody answered the call"))
    }

    /// Whoever follows the call stops by the new generation.
    private mutating func failCall(_ fault: Fault) {
        state.flow?.device = .failed(fault)
        state.generation += 1
        save()
    }

    private func isAskingStaff(_ generation: Int) -> Bool {
        guard let flow = state.flow, flow.step == .confirmHolder, flow.confirmation.way == .staff else { return false }
        return generation == state.generation && (flow.device == .working || flow.device == .waiting)
    }

    // MARK: What follows

    private mutating func confirm(_ check: HolderCheck) {
        state.flow?.holderCheck = check
        state.flow?.portrait = Unsaved()
        state.flow?.device = .done
        proceed()
    }

    private mutating func refuseHolder() {
        state.flow?.confirmation.isRefused = true
        state.flow?.portrait = Unsaved()
        leave(.confirmHolder, to: .window, because: [HandOverReason.notTheHolder])
    }

    mutating func portraitDecoded(_ portrait: Portrait, of photo: PageReference) {
        let side = 1...Self.maximumPortraitSide
        guard let flow = state.flow, flow.step == .confirmHolder, flow.holderCheck == nil, flow.holderPhoto == photo,
            side.contains(portrait.width), side.contains(portrait.height),
            portrait.rgb.count == portrait.width * portrait.height * 3
        else { return }
        state.flow?.portrait = Unsaved(portrait)
    }
}
