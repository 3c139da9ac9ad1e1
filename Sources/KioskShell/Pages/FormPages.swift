/// The pages of questions: form pages, lists of records, and one record of a list.

import KioskCore

extension FlowPages {
    func form(_ id: String) -> PageBody {
        guard let page = flow.matter.page(id) else {
            return PageBody(id: "form.\(id)", title: words[.noticeTitle], nodes: [])
        }
        let fields = plan.fields(of: page)
        var nodes = problemSummary(of: fields)
        if let hint = page.hint { nodes.append(Node("hint", .paragraph(hint[language]))) }
        nodes += fields.flatMap { fieldNodes($0, answer: plan.answer(to: $0)) }
        return PageBody(
            id: "form.\(id)", title: page.title[language], nodes: nodes,
            actions: [next])
    }

    func list(_ key: String) -> PageBody {
        guard let field = flow.matter.field(key), case .records(let fields) = field.kind else {
            return PageBody(id: "list.\(key)", title: words[.noticeTitle], nodes: [])
        }
        let page = flow.matter.pages.first { $0.fields.contains { $0.key == key } }
        let entries = entries(of: key)
        let isPeople = !field.fromCard.isEmpty
        let addLabel = words[isPeople ? .listAddPerson : .listAddRecord]
        var nodes = problemSummary(of: [field])
        if let hint = page?.hint ?? field.hint { nodes.append(Node("hint", .paragraph(hint[language]))) }
        if entries.isEmpty { nodes.append(Node("empty", .paragraph(words(.listEmpty, addLabel)))) }
        for (index, entry) in entries.enumerated() {
            let place = words(isPeople ? .listPerson : .listRecord, String(index + 1))
            nodes += [
                Node(
                    "\(key).\(index)",
                    .row(
                        label: place, value: readable.entry(entry, fields: fields),
                        change: Action(
                            id: "edit.\(index)", label: words[.change],
                            event: .editEntry(field: key, index: index)))),
                Node(
                    "\(key).\(index).remove",
                    .row(
                        label: words(.listRemoveLabel, place), value: firstFact(of: entry, fields: fields),
                        change: Action(
                            id: "remove.\(index)", label: words[.listRemove], style: .destructive,
                            event: .removeEntry(field: key, index: index)))),
            ]
        }
        var add = Action(id: "add", label: addLabel, event: .addEntry(field: key), key: "a")
        var proceed = next
        if entries.isEmpty { (add.style, proceed.style) = (.primary, .secondary) }
        return PageBody(
            id: "list.\(key)", title: (page?.title ?? field.label)[language], nodes: nodes,
            actions: entries.isEmpty ? [add, proceed] : [proceed, add])
    }

    /// A new entry waits for its person's card first; a card or the citizen's wish opens the fields.
    func entry(_ edit: FlowState.EntryEdit) -> PageBody {
        guard let field = flow.matter.field(edit.field), case .records(let fields) = field.kind else {
            return PageBody(id: "entry.\(edit.field)", title: words[.noticeTitle], nodes: [])
        }
        let isPeople = !field.fromCard.isEmpty
        let number = String((edit.index ?? entries(of: edit.field).count) + 1)
        let title = words(isPeople ? .entryTitlePerson : .entryTitleRecord, field.label[language], number)
        if isPeople, edit.index == nil, edit.draft.card == nil, !edit.typesByHand {
            return entryCard(field, title: title)
        }
        var nodes = problemSummary(of: fields)
        for subfield in fields {
            if let card = edit.draft.card, let fact = field.fromCard[subfield.key] {
                nodes.append(
                    Node(
                        subfield.key,
                        .row(label: label(of: subfield), value: self.fact(fact, of: card), change: nil)))
            } else {
                nodes += fieldNodes(subfield, answer: edit.draft.answers[subfield.key])
            }
        }
        return PageBody(
            id: "entry.\(edit.field)", title: title, nodes: nodes,
            actions: [.primary("save", words[.entrySave], .next)])
    }

    private func entryCard(_ field: Field, title: String) -> PageBody {
        let byHand = Action(id: "by-hand", label: words[.entryByHand], event: .typeByHand, key: "t")
        let nodes = DeviceNodes(
            picture: .cardOnReader,
            waiting: (words[.entryWaitingTitle], words(.entryWaitingText, words[.entryByHand])),
            working: (words[.readingTitle], words[.readingText]), done: (words[.readTitle], words[.readText])
        ).nodes(flow.device, words: words)
        return PageBody(
            id: "entry.\(field.key)", title: title, nodes: nodes,
            actions: flow.device.fault == nil ? [byHand] : [retry, byHand])
    }

    /// Enough to know which entry is meant: mostly the name.
    private func firstFact(of entry: RecordEntry, fields: [Field]) -> String {
        fields.first.map { readable.answer(entry.answers[$0.key], field: $0) } ?? words[.notFilledIn]
    }

    private func fact(_ fact: Field.CardFact, of card: IdentityCard) -> String {
        switch fact {
        case .name: card.name
        case .number: CitizenNumber.masked(card.number)
        case .address: card.address
        case .birthDate: readable.date(card.birthDate)
        }
    }

    func entries(of key: String) -> [RecordEntry] {
        guard case .records(let entries)? = flow.answers[key] else { return [] }
        return entries
    }

    /// What must be corrected, above the fields; the same is said at each field.
    private func problemSummary(of fields: [Field]) -> [Node] {
        let wrong = fields.filter { field in flow.problems.contains { $0.field == field.key } }
        guard !wrong.isEmpty else { return [] }
        let labels = wrong.map { $0.label[language] }.joined(separator: language == .zh ? "、" : ", ")
        return [
            Node(
                "problems",
                .notice(
                    .error, title: words(.problemsTitle, String(wrong.count)), text: words(.problemsText, labels)))
        ]
    }

    // MARK: One field

    private func fieldNodes(_ field: Field, answer: Answer?) -> [Node] {
        let label = label(of: field)
        if field.value != nil {
            return [Node(field.key, .row(label: label, value: readable.answer(answer, field: field), change: nil))]
        }
        let error = flow.problems.first { $0.field == field.key }.map { text(of: $0.reason, field: field) }
        func choice(_ options: [Node.Option], multiple: Bool) -> [Node] {
            let hints = hints(of: field, nil)
            return (hints.isEmpty ? [] : [Node("\(field.key).hint", .paragraph(hints))]) + [
                Node(
                    field.key,
                    .choice(
                        label: label, options: options, multiple: multiple, required: field.required, error: error))
            ]
        }
        func option(_ key: String, _ label: String, _ selected: Bool) -> Node.Option {
            .init(
                id: key, label: label, selected: selected,
                event: .pick(field: field.key, option: key))
        }
        switch field.kind {
        case .flag:
            return choice(
                [
                    option("yes", words[.yes], answer == .flag(true)),
                    option("no", words[.no], answer == .flag(false)),
                ], multiple: false)
        case .choice(let options):
            return choice(
                options.map { option($0.key, $0.label[language], answer == .choice($0.key)) }, multiple: false)
        case .multi(let options):
            var picked: [String] = []
            if case .choices(let keys)? = answer { picked = keys }
            return choice(
                options.map { option($0.key, $0.label[language], picked.contains($0.key)) }, multiple: true)
        case .records:
            // A list has its own page; a form never shows one.
            return []
        case .text: return typed(.text, field, answer, nil, error)
        case .number:
            let isPlain = field.decimals == 0 && (field.minimum ?? 0) >= 0
            return typed(isPlain ? .number : .decimal, field, answer, isPlain ? .hintNumber : .hintDecimal, error)
        case .money: return typed(.money, field, answer, .hintMoney, error)
        case .date: return typed(.date, field, answer, .hintDate, error)
        case .dateTime: return typed(.dateTime, field, answer, .hintDateTime, error)
        case .month: return typed(.month, field, answer, .hintMonth, error)
        case .phone: return typed(.phone, field, answer, .hintPhone, error)
        case .address: return typed(.address, field, answer, .hintAddress, error)
        case .idNumber: return typed(.idNumber, field, answer, .hintIDNumber, error)
        case .creditCode: return typed(.creditCode, field, answer, .hintCreditCode, error)
        case .bankCard: return typed(.bankCard, field, answer, .hintBankCard, error)
        }
    }

    private func typed(_ entry: Node.Entry, _ field: Field, _ answer: Answer?, _ hint: Phrase?, _ error: String?)
        -> [Node]
    {
        var value = ""
        if case .text(let text)? = answer { value = text }
        let hints = hints(of: field, hint)
        return [
            Node(
                field.key,
                .field(
                    entry, label: label(of: field), value: value, hint: hints.isEmpty ? nil : hints,
                    required: field.required, error: error))
        ]
    }

    /// With the unit, so that a number is never taken for one of something else.
    func label(of field: Field) -> String {
        field.unit.map { words(.labelUnit, field.label[language], $0[language]) } ?? field.label[language]
    }

    /// How to answer: where the value came from when it was filled in, the field's own hint or that of its kind, its
    /// bounds or a good example.
    private func hints(of field: Field, _ kind: Phrase?) -> String {
        var hints: [String] = []
        if flow.entry == nil, flow.prefilled.contains(field.key), let source = field.source {
            let phrase: Phrase = if case .card = source { .prefilledCard } else { .prefilledRecord }
            hints.append(words[phrase])
        } else {
            if let hint = field.hint?[language] ?? kind.map({ words[$0] }) { hints.append(hint) }
            if let bounds = bounds(of: field) {
                hints.append(bounds)
            } else if case .text = field.kind, let sample = field.sample, field.hint == nil {
                hints.append(words(.hintSample, sample))
            }
        }
        if !field.required { hints.append(words[.hintOptional]) }
        return hints.joined(separator: language == .zh ? "，" : ". ")
    }

    private func bounds(of field: Field) -> String? {
        switch (field.minimum, field.maximum) {
        case (let low?, let high?): words(.hintBetween, readable.number(low), readable.number(high))
        case (let low?, nil): low > 0 ? words(.hintAtLeast, readable.number(low)) : nil
        case (nil, let high?): words(.hintAtMost, readable.number(high))
        case (nil, nil): nil
        }
    }

    func text(of reason: FieldProblem.Reason, field: Field?) -> String {
        switch reason {
        case .missing:
            switch field?.kind {
            case .choice, .multi, .flag: words[.problemMissingChoice]
            default: words[.problemMissing]
            }
        case .notANumber: words[.problemNumber]
        case .tooManyDecimals(0): words[.problemWhole]
        case .tooManyDecimals(let count): words(.problemDecimals, String(count))
        case .belowMinimum(let minimum): words(.problemMinimum, readable.number(minimum))
        case .aboveMaximum(let maximum): words(.problemMaximum, readable.number(maximum))
        case .notMoney: words[.problemMoney]
        case .notADate: words[.problemDate]
        case .notADateTime: words[.problemDateTime]
        case .notAMonth: words[.problemMonth]
        case .notAPhone: words[.problemPhone]
        case .wrongLength: words[.problemLength]
        case .wrongCheckDigit: words[.problemCheckDigit]
        case .wrongCreditCode: words[.problemCreditCode]
        case .wrongCardNumber: words[.problemBankCard]
        case .nothingGiven: words[.problemNothingGiven]
        case .tooLong(let limit): words(.problemTooLong, String(limit))
        case .notAllowed: words[.problemNotAllowed]
        case .check(let message): message[language]
        case .emptyList: words[.problemEmptyList]
        case .signatureMismatch: words[.problemSignature]
        }
    }
}
