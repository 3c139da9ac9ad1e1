/// Turns a finished session into the case the office receives.

enum CaseComposer {
    /// Nil while the applicant is unknown.
    static func compose(_ state: SessionState, plan: FlowPlan, at now: Timestamp) -> CaseContent? {
        guard let flow = state.flow, let applicant = flow.applicant else { return nil }
        let answers = flow.matter.pages.flatMap { plan.fields(of: $0) }.compactMap { field -> CaseAnswer? in
            guard let answer = flow.answers[field.key], FieldCheck.isAnswered(answer) else { return nil }
            return CaseAnswer(
                key: field.key, label: field.label, value: answer,
                shown: Localized(
                    zh: AnswerText.shown(answer, field: field, language: .zh),
                    en: AnswerText.shown(answer, field: field, language: .en)))
        }
        return CaseContent(
            matterCode: flow.matter.code, matterVersion: flow.matter.version, matterTitle: flow.matter.title,
            department: flow.matter.department, language: state.language, startedAt: state.startedAt,
            submittedAt: now, applicant: applicant, agent: flow.actsForOther == true ? flow.holder : nil,
            answers: answers, materials: plan.materials.filter(\.isNeeded).flatMap { materials(for: $0, in: flow) },
            cardPhotos: flow.cardPhotos, signature: flow.signature, notes: plan.notes, workdays: flow.matter.workdays,
            issued: flow.record?.verificationCode)
    }

    private static func materials(for planned: FlowPlan.PlannedMaterial, in flow: FlowState) -> [CaseMaterial] {
        let material = planned.material
        func item(entry: Int?, _ state: CaseMaterial.State) -> CaseMaterial {
            CaseMaterial(key: material.key, title: material.title, entry: entry, state: state)
        }
        func handedIn(_ slot: CaptureSlot) -> CaseMaterial? {
            if let day = flow.deferred[slot.key] { return item(entry: slot.entry, .deferred(until: day)) }
            return flow.captures[slot.key].map { item(entry: slot.entry, .pages($0)) }
        }
        switch material.source {
        case .applicantCard, .agentCard: return [item(entry: nil, .card)]
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
