/// What the engine asks of reader, camera and store, and what it makes of their answers.

extension SessionEngine {
    // MARK: Cards

    mutating func readCard(_ purpose: SessionEffect.CardPurpose) {
        state.generation += 1
        effects.append(
            .readCard(
                purpose, CardRequest(accepts: accepted(for: purpose)), matter: state.flow?.matter.code,
                generation: state.generation))
    }

    /// The matter says which cards the person at the terminal may bring. The draft of a card without a photograph is
    /// not on the disk: there is nothing to resume with it.
    private func accepted(for purpose: SessionEffect.CardPurpose) -> Set<CardSource> {
        switch purpose {
        case .holder: Set(state.flow?.matter.cards ?? [.identityCard])
        case .principal, .entry, .resume: [.identityCard]
        }
    }

    mutating func stopReading() {
        let isReading = state.flow?.device == .waiting || state.resuming != nil || isReadingCard
        guard isReading || state.flow == nil else { return }
        state.generation += 1
        effects.append(.stopReading)
    }

    private var isReadingCard: Bool {
        guard let flow = state.flow, flow.device == .working else { return false }
        return flow.step == .identify || flow.step == .principalCard || flow.entry != nil
    }

    private mutating func cardRead(_ card: IdentityCard, photo: PageReference?) {
        guard let flow = state.flow else { return }
        if let refusal = refusal(of: card, in: flow) {
            state.flow?.device = .failed(refusal)
            if let photo { effects.append(.dropAttachment(photo)) }
            if flow.holder == nil { effects.append(.discardDraft(session: state.id)) }
            return
        }
        if let photo { state.flow?.cardPhotos.append(photo) }
        state.flow?.device = .done
        if flow.entry != nil {
            fillEntry(from: card)
        } else if flow.step == .identify {
            state.flow?.holder = card
            state.flow?.holderPhoto = photo
            applicantChanged()
            proceed()
        } else if flow.step == .principalCard {
            state.flow?.principal = card
            applicantChanged()
            proceed()
        }
    }

    private func refusal(of card: IdentityCard, in flow: FlowState) -> Fault? {
        let purpose: SessionEffect.CardPurpose =
            flow.entry != nil ? .entry : flow.step == .identify ? .holder : .principal
        guard accepted(for: purpose).contains(card.source) else {
            return Fault(.cardNotAccepted, responsible: .citizen)
        }
        if card.isExpired(on: today), !flow.matter.acceptsExpiredCard {
            return Fault(.cardExpired, responsible: .hallStaff)
        }
        var used: [String] = []
        if flow.step != .identify { used = [flow.holder?.number, flow.principal?.number].compactMap(\.self) }
        if let entry = flow.entry, case .records(let entries) = flow.answers[entry.field] {
            used += entries.compactMap(\.card?.number)
        }
        return used.contains(card.number) ? Fault(.cardAlreadyUsed, responsible: .citizen) : nil
    }

    // MARK: Pictures

    var currentSlot: CaptureSlot? {
        if case .capture(let slot) = state.flow?.step { slot } else { nil }
    }

    mutating func takePicture() {
        guard let flow = state.flow, let slot = currentSlot, flow.device != .working,
            (flow.captures[slot.key]?.count ?? 0) < Self.maximumPagesPerMaterial
        else { return }
        state.flow?.device = .working
        state.generation += 1
        effects.append(.capturePage(generation: state.generation))
    }

    mutating func removePicture(_ slot: String, _ id: String) {
        guard currentSlot?.key == slot, state.flow?.device != .working,
            let page = state.flow?.captures[slot]?.first(where: { $0.id == id })
        else { return }
        state.flow?.captures[slot]?.removeAll { $0.id == id }
        state.flow?.device = .idle
        answersChanged()
        effects.append(.dropAttachment(page))
        save()
    }

    mutating func dropPictures(in slot: String) {
        let pages = state.flow?.captures[slot] ?? []
        effects += pages.map(SessionEffect.dropAttachment)
        state.flow?.captures[slot] = nil
        state.flow?.deferred[slot] = nil
    }

    mutating func deferMaterial(_ key: String) {
        guard let slot = currentSlot, slot.key == key, let material = state.flow?.matter.material(slot.material),
            material.mark == .deferrable, state.flow?.device != .working
        else { return }
        dropPictures(in: key)
        let due = today.adding(workingDays: Self.deferralWorkingDays)
        state.flow?.deferred[key] = due
        answersChanged()
        proceed()
    }

    // MARK: Store

    /// Drafts exist from the first card on.
    mutating func save() {
        guard state.flow?.holder != nil else { return }
        if effects.last != .saveDraft { effects.append(.saveDraft) }
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
        if flow.side != nil { state.flow?.sideDevice = .idle }
        if flow.entry != nil, flow.device != .done, flow.entry?.typesByHand == false {
            state.flow?.device = .waiting
            readCard(.entry)
        } else if flow.device != .done {
            state.flow?.device = .idle
            begin(flow.step)
        }
        save()
    }

    // MARK: Results

    mutating func handleResult(_ event: SessionEvent) {
        switch event {
        case .cardFound(let generation):
            guard generation == state.generation else { return }
            touch()
            if state.resuming == .waiting { state.resuming = .working }
            if isReadingStep, state.flow?.device == .waiting { state.flow?.device = .working }
        case .cardRead(let card, let photo, let generation):
            guard generation == state.generation, isReadingStep else { return }
            touch()
            cardRead(card, photo: photo)
        case .cardFailed(let fault, let generation):
            guard generation == state.generation else { return }
            touch()
            if state.resuming != nil { state.resuming = .failed(fault) }
            if isReadingStep { state.flow?.device = .failed(fault) }
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
        case .recordFound(let record, let generation):
            guard isAwaited(generation), state.flow?.step == .lookup else { return }
            touch()
            state.flow?.record = record
            state.flow?.goesOnWithoutRecord = false
            state.flow?.device = .done
            recordChanged()
            proceed()
        case .holderCompared(let match, let generation): holderCompared(match, generation)
        case .comparisonFailed(let fault, let generation): comparisonFailed(fault, generation)
        case .holderCallChanged(let reply, let generation): holderCallChanged(reply, generation)
        case .holderCallFailed(let fault, let generation): holderCallFailed(fault, generation)
        case .portraitDecoded(let portrait, let photo): portraitDecoded(portrait, of: photo)
        case .paymentChanged(let order, let generation): paymentChanged(order, generation)
        case .paymentFailed(let fault, let generation): paymentFailed(fault, generation)
        case .accepted(let accepted, let generation):
            guard isAwaited(generation), state.flow?.step == .submit else { return }
            touch()
            state.flow?.accepted = accepted
            advance()
        case .printed(let generation):
            if isSideAwaited(generation) {
                touch()
                state.flow?.sideDevice = .done
                state.flow?.sidePrints += 1
            } else if isAwaited(generation), state.flow?.step == .print {
                touch()
                state.flow?.device = .done
                save()
            }
        case .printFailed(let fault, let generation) where isSideAwaited(generation):
            touch()
            state.flow?.sideDevice = .failed(fault)
        case .captureFailed(let fault, let generation): fail(fault, generation, at: currentSlot != nil)
        case .lookUpFailed(let fault, let generation): fail(fault, generation, at: state.flow?.step == .lookup)
        case .submitFailed(let fault, let generation): fail(fault, generation, at: state.flow?.step == .submit)
        case .printFailed(let fault, let generation): fail(fault, generation, at: state.flow?.step == .print)
        default: break
        }
    }

    private mutating func fail(_ fault: Fault, _ generation: Int, at isThere: Bool) {
        guard isThere, isAwaited(generation) else { return }
        touch()
        state.flow?.device = .failed(fault)
    }

    /// Whether the page, or the list entry that is open, waits for a card.
    private var isReadingStep: Bool {
        guard let flow = state.flow else { return false }
        guard flow.device == .waiting || flow.device == .working else { return false }
        if let entry = flow.entry { return !entry.typesByHand }
        return flow.step == .identify || flow.step == .principalCard
    }

    func isAwaited(_ generation: Int) -> Bool {
        generation == state.generation && state.flow?.device == .working
    }

    private func isSideAwaited(_ generation: Int) -> Bool {
        generation == state.generation && state.flow?.side != nil && state.flow?.sideDevice == .working
    }
}
