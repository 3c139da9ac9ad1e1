/// Turns a session into the case the office receives: complete, or as far as it came when it goes to a window.

enum CaseComposer {
    /// Nil while the applicant of a complete case is unknown.
    static func compose(_ state: SessionState, plan: FlowPlan, today: CalendarDate, at now: Timestamp) -> CaseContent? {
        guard let flow = state.flow else { return nil }
        guard flow.handsOver || flow.applicant != nil || flow.matter.identity == .none else { return nil }
        var asked = flow
        asked.handsOver = false
        // The pages are those that led here, also when all that is left is to hand them over.
        let pages = flow.handsOver ? FlowPlan(asked, today: today) : plan
        let answers = pages.shownFields.compactMap { caseAnswer(pages.answer(to: $0), to: $0) }
        let facts = flow.matter.lookup?.register.facts.compactMap { caseAnswer(flow.record?.facts[$0.key], to: $0) }
        return CaseContent(
            matterCode: flow.matter.code, matterVersion: flow.matter.version, matterTitle: flow.matter.title,
            archetype: flow.matter.archetype, department: flow.matter.department, language: state.language,
            startedAt: state.startedAt,
            submittedAt: now, disposition: flow.handsOver ? .handedOver(flow.outcome) : .submitted,
            applicant: flow.applicant, agent: flow.actsForOther == true ? flow.holder : nil, answers: answers,
            facts: facts ?? [],
            materials: pages.materials.filter(\.isNeeded).flatMap { materials(for: $0, in: flow) },
            cardPhotos: flow.cardPhotos, signature: flow.signature, consents: consents(state, pages),
            payment: flow.payment.map {
                CasePayment(
                    orderID: $0.order.orderID, amount: $0.order.amount, isPaid: $0.state == .paid,
                    reference: $0.order.reference)
            }, notes: pages.notes, workdays: flow.matter.workdays,
            issued: plan.printsRecord ? flow.record?.verificationCode : nil, holderCheck: flow.holderCheck)
    }

    private static func caseAnswer(_ answer: Answer?, to field: Field) -> CaseAnswer? {
        guard let answer, FieldCheck.isAnswered(answer) else { return nil }
        return CaseAnswer(
            key: field.key, label: field.label, value: answer,
            shown: Localized(
                zh: AnswerText.shown(answer, field: field, language: .zh),
                en: AnswerText.shown(answer, field: field, language: .en)))
    }

    private static func consents(_ state: SessionState, _ plan: FlowPlan) -> [CaseConsent] {
        guard let flow = state.flow else { return [] }
        return flow.matter.consents.compactMap { consent in
            guard plan.steps.contains(.consent(consent.id)) else { return nil }
            return flow.consents[consent.id].map {
                CaseConsent(id: consent.id, statement: consent.statement[state.language], agreedAt: $0)
            }
        }
    }

    private static func materials(for planned: FlowPlan.PlannedMaterial, in flow: FlowState) -> [CaseMaterial] {
        let material = planned.material
        func item(entry: Int?, _ state: CaseMaterial.State) -> CaseMaterial {
            CaseMaterial(key: material.key, title: material.title, entry: entry, state: state)
        }
        // Where one of several cards would do, the case names the one that was read.
        func read(_ card: IdentityCard) -> CaseMaterial {
            var read = item(entry: nil, .card)
            if flow.matter.cards.count > 1 { read.title = card.kind.title }
            return read
        }
        func handedIn(_ slot: CaptureSlot) -> CaseMaterial? {
            if let day = flow.deferred[slot.key] { return item(entry: slot.entry, .deferred(until: day)) }
            guard let pages = flow.captures[slot.key], !pages.isEmpty else { return nil }
            return item(entry: slot.entry, .pages(pages))
        }
        switch material.source {
        case .applicantCard: return flow.applicant.map { [read($0)] } ?? []
        case .agentCard: return flow.actsForOther == true ? flow.holder.map { [read($0)] } ?? [] : []
        case .camera: return planned.slots.compactMap(handedIn)
        case .entryCards(let field):
            guard case .records(let entries) = flow.answers[field] else { return [] }
            return entries.indices.compactMap { index in
                entries[index].card == nil
                    ? handedIn(CaptureSlot(material: material.key, entry: index)) : item(entry: index, .card)
            }
        }
    }
}
