/// What a citizen types and chooses, and what follows for the other answers.

extension SessionEngine {
    mutating func edit(_ field: String, _ text: String) {
        guard let flow = state.flow, text.unicodeScalars.count <= FieldCheck.maximumLength * 2 else { return }
        if flow.step == .sign, field == "signature" {
            state.flow?.signatureText = text
            state.flow?.problems = []
            return
        }
        guard let target = currentFields().first(where: { $0.key == field }), Self.isTyped(target) else { return }
        answer(field, .text(text))
    }

    mutating func pick(_ key: String, _ option: String) {
        guard let flow = state.flow, let field = currentFields().first(where: { $0.key == key }), field.value == nil
        else { return }
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
        answer(key, new)
        save()
    }

    private mutating func answer(_ key: String, _ answer: Answer) {
        if state.flow?.entry != nil {
            state.flow?.entry?.draft.answers[key] = answer
            computeEntry()
        } else {
            state.flow?.answers[key] = answer
            state.flow?.prefilled.remove(key)
            answersChanged()
        }
        state.flow?.problems.removeAll { $0.field == key || $0.reason == .nothingGiven }
    }

    private static func isTyped(_ field: Field) -> Bool {
        switch field.kind {
        case .choice, .multi, .flag, .records: false
        default: field.value == nil
        }
    }

    /// The fields of the page, or of the list entry that is open.
    private func currentFields() -> [Field] {
        guard let flow = state.flow else { return [] }
        if let entry = flow.entry { return subFields(of: entry.field) }
        guard case .form(let id) = flow.step, let page = flow.matter.page(id), let plan = plan() else { return [] }
        return plan.fields(of: page)
    }

    func subFields(of key: String) -> [Field] {
        guard let field = state.flow?.matter.field(key), case .records(let fields) = field.kind else { return [] }
        return fields
    }

    mutating func answerAgent(_ actsForOther: Bool) {
        guard let flow = state.flow, flow.step == .agent else { return }
        if flow.actsForOther != actsForOther {
            state.flow?.actsForOther = actsForOther
            state.flow?.principal = nil
            applicantChanged()
        }
        proceed()
    }

    // MARK: What follows from an answer

    /// What was signed is no longer what stands there, and the record may no longer be the one that was asked for.
    mutating func answersChanged() {
        state.flow?.signature = nil
        state.flow?.signatureText = ""
        if let asked = state.flow?.askedQuery, plan()?.query != asked {
            state.flow?.askedQuery = nil
            state.flow?.record = nil
            state.flow?.goesOnWithoutRecord = false
            prefill { if case .record = $0 { .some(nil) } else { nil } }
        }
        compute()
    }

    mutating func applicantChanged() {
        let applicant = state.flow?.knowsApplicant == true ? state.flow?.applicant : nil
        prefill { source in
            guard case .card(let fact) = source else { return nil }
            return .some(applicant.map { .text($0.text(of: fact)) })
        }
        answersChanged()
    }

    mutating func recordChanged() {
        let record = state.flow?.record
        prefill { source in
            guard case .record(let key) = source else { return nil }
            return .some(record?.facts[key])
        }
        answersChanged()
    }

    /// Fills in what is not answered, or was filled in before and not touched. `value` answers nil for a source that is
    /// not concerned, and a nil answer for one that has nothing now.
    private mutating func prefill(_ value: (Field.Source) -> Answer??) {
        guard let flow = state.flow else { return }
        for field in flow.matter.fields {
            guard let source = field.source, field.value == nil, let found = value(source),
                flow.prefilled.contains(field.key) || !FieldCheck.isAnswered(flow.answers[field.key])
            else { continue }
            let answer = found.flatMap { Self.fits($0, field) ? $0 : nil }
            state.flow?.answers[field.key] = answer
            if answer == nil {
                state.flow?.prefilled.remove(field.key)
            } else {
                state.flow?.prefilled.insert(field.key)
            }
        }
    }

    /// Whether the citizen could have given this answer on the page.
    private static func fits(_ answer: Answer, _ field: Field) -> Bool {
        guard FieldCheck.isAnswered(answer) else { return false }
        switch (field.kind, answer) {
        case (.choice(let options), .choice(let key)): return options.contains { $0.key == key }
        case (.multi(let options), .choices(let keys)):
            return keys.allSatisfy { key in options.contains { $0.key == key } }
        case (.flag, .flag): return true
        case (.records, .records(let entries)): return entries.count <= FieldCheck.maximumEntries
        case (.choice, _), (.multi, _), (.flag, _), (.records, _): return false
        case (_, .text(let text)): return text.unicodeScalars.count <= FieldCheck.maximumLength
        default: return false
        }
    }

    /// Writes down what the computed fields hold, for the pages.
    private mutating func compute() {
        guard let flow = state.flow, flow.matter.pages.contains(where: { $0.fields.contains { $0.value != nil } }),
            let computed = plan()?.computed
        else { return }
        for field in flow.matter.fields where field.value != nil {
            state.flow?.answers[field.key] = computed[field.key]
        }
    }

    /// The same for the list entry that is open.
    private mutating func computeEntry() {
        guard let entry = state.flow?.entry, let plan = plan() else { return }
        let fields = subFields(of: entry.field)
        for field in fields {
            guard let condition = field.value, let draft = state.flow?.entry?.draft else { continue }
            let result = plan.facts.with(draft, of: fields).value(of: condition)
            state.flow?.entry?.draft.answers[field.key] = result.flatMap { ComputedAnswer($0, for: field)?.answer }
        }
    }

    // MARK: List entries

    mutating func beginEntry(_ key: String, index: Int?) {
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
        computeEntry()
        if readsCard {
            state.flow?.device = .waiting
            readCard(.entry)
        }
    }

    mutating func typeByHand() {
        guard state.flow?.entry != nil else { return }
        stopReading()
        state.flow?.entry?.typesByHand = true
        state.flow?.device = .idle
    }

    /// Takes what the card on the reader says over into the open entry.
    mutating func fillEntry(from card: IdentityCard) {
        guard let flow = state.flow, let entry = flow.entry, let field = flow.matter.field(entry.field) else { return }
        state.flow?.entry?.draft.card = card
        for (key, fact) in field.fromCard { state.flow?.entry?.draft.answers[key] = .text(card.text(of: fact)) }
        state.flow?.problems = []
        computeEntry()
        save()
    }

    mutating func commitEntry() {
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
        state.flow?.prefilled.remove(entry.field)
        answersChanged()
        closeEntry()
        save()
    }

    mutating func closeEntry() {
        state.flow?.entry = nil
        state.flow?.problems = []
        state.flow?.device = .idle
    }

    mutating func removeEntry(_ key: String, _ index: Int) {
        guard let flow = state.flow, flow.step == .list(key), flow.entry == nil,
            case .records(var entries) = flow.answers[key], entries.indices.contains(index)
        else { return }
        entries.remove(at: index)
        state.flow?.answers[key] = .records(entries)
        state.flow?.prefilled.remove(key)
        answersChanged()
        // Photographs were numbered by entry: those from the removed one on are taken again.
        for material in flow.matter.materials where material.source == .entryCards(key) {
            for later in index...entries.count {
                dropPictures(in: CaptureSlot(material: material.key, entry: later).key)
            }
        }
        save()
    }
}

extension IdentityCard {
    /// A fact of the card as a citizen would type it.
    func text(of fact: Field.CardFact) -> String {
        switch fact {
        case .name: name
        case .number: number
        case .address: address
        case .birthDate: birthDate.description
        }
    }
}
