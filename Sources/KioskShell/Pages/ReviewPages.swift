/// The pages that show before they act: the office's record, the check-answers page, the signature.

import KioskCore

extension FlowPages {
    var lookup: PageBody {
        let goOn = Action(
            id: "go-on", label: words[.lookupGoOn], style: .primary, event: .goOnWithoutRecord, key: "n")
        var nodes = device(
            .office, waiting: (.lookupWorkingTitle, .lookupWorkingText),
            working: (.lookupWorkingTitle, .lookupWorkingText), done: (.lookupDoneTitle, .lookupDoneText))
        var actions: [Action] = []
        if flow.device.fault != nil {
            var again = retry
            if flow.canGoOnWithoutRecord {
                nodes.append(
                    Node("go-on", .notice(.success, title: words[.lookupGoOnTitle], text: words[.lookupGoOnText])))
                actions.append(goOn)
                again.style = .secondary
            }
            actions += [again] + handOver
        } else if flow.device == .done {
            actions = [next]
        }
        return PageBody(id: "lookup", title: words[.lookupTitle], nodes: nodes, actions: actions)
    }

    /// The paper at the end is the record itself.
    var printsRecord: Bool { plan.printsRecord }

    var preview: PageBody {
        var nodes = [Node("intro", .paragraph(words[printsRecord ? .previewText : .previewTextOnly]))]
        if let record = flow.record { nodes += recordNodes(record) }
        let event: SessionEvent? = flow.record == nil ? nil : .next
        return PageBody(
            id: "preview", title: words[printsRecord ? .previewTitle : .previewTitleOnly], nodes: nodes,
            actions: [
                printsRecord && printFollows
                    ? .primary("next", words[.printCertificate], event, key: "p") : .primary("next", next.label, event)
            ])
    }

    /// Nothing else is asked between the record and its paper.
    private var printFollows: Bool {
        guard let index = plan.steps.firstIndex(of: .preview) else { return false }
        let following = plan.steps[(index + 1)...].first
        return following == .print || following == .submit
    }

    /// The register's facts that the record has, with citizen and card numbers masked; a list is a table.
    private func recordNodes(_ record: OfficeRecord) -> [Node] {
        func shown(_ text: Localized) -> String { Readable.maskingNumbers(in: text[language]) }
        var nodes = [
            Node("record", .heading(shown(record.title))),
            Node("record.issuer", .row(label: words[.previewIssuer], value: shown(record.issuer), change: nil)),
        ]
        if let applicant = flow.applicant {
            nodes.append(
                Node(
                    "record.holder",
                    .row(label: words[.previewHolder], value: readable.person(applicant), change: nil)))
        }
        for field in flow.matter.lookup?.register.facts ?? [] {
            guard let fact = record.facts[field.key] else { continue }
            if case .records(let columns) = field.kind, case .records(let entries) = fact {
                nodes.append(
                    Node(
                        "fact.\(field.key)",
                        .table(
                            title: field.label[language], columns: columns.map(label),
                            rows: entries.map { entry in
                                columns.map { readable.cell(entry.answers[$0.key], field: $0) }
                            })))
            } else {
                nodes.append(
                    Node(
                        "fact.\(field.key)",
                        .row(
                            label: field.label[language], value: readable.answer(fact, field: field), change: nil)))
            }
        }
        return nodes
    }

    var review: PageBody {
        PageBody(
            id: "review", title: words[.reviewTitle],
            nodes: missing + [Node("intro", .paragraph(words[.reviewText]))] + people
                + plan.steps.flatMap(answers) + materialRows + paymentRows + noteBullets,
            actions: [.primary("next", words[.next], .next)]
                + (missing.isEmpty ? [] : open(.checklist, .openChecklist, key: "m")))
    }

    /// Everything that is still missing, at once.
    private var missing: [Node] {
        let list = Checklist(flow, today: today)
        let papers = list.papers.filter { $0.state == .missing }.map(\.title)
        let all = (list.openAnswers + papers).map { $0[language] }
        guard !all.isEmpty else { return [] }
        return [
            Node(
                "missing",
                .notice(
                    .warning, title: words(.reviewMissingTitle, String(all.count)),
                    text: words(.reviewMissingText, all.joined(separator: language == .zh ? "、" : ", "))))
        ]
    }

    private var paymentRows: [Node] {
        guard let payment = flow.payment else { return [] }
        return [Node("payment", .heading(words[.paymentHeading])), paymentRow(payment)]
    }

    private func change(_ id: String, _ step: Step) -> Action? {
        guard plan.canChange(step) else { return nil }
        return Action(id: "change.\(id)", label: words[.change], event: .change(step))
    }

    private var people: [Node] {
        var nodes = [Node("people", .heading(words[.reviewPeople]))]
        if plan.steps.contains(.agent), let actsForOther = flow.actsForOther {
            nodes.append(
                Node(
                    "people.agent-question",
                    .row(
                        label: words[.agentTitle], value: words[actsForOther ? .agentOther : .agentSelf],
                        change: change("agent", .agent))))
        }
        if let applicant = flow.applicant {
            nodes.append(
                Node(
                    "people.applicant",
                    .row(
                        label: words[.reviewApplicant], value: readable.person(applicant),
                        change: nil)))
        }
        if flow.actsForOther == true, let holder = flow.holder {
            nodes.append(
                Node("people.agent", .row(label: words[.reviewAgent], value: readable.person(holder), change: nil)))
        }
        return nodes.count > 1 ? nodes : []
    }

    private func answers(of step: Step) -> [Node] {
        switch step {
        case .form(let id):
            guard let page = flow.matter.page(id) else { return [] }
            return [Node("page.\(id)", .heading(page.title[language]))]
                + plan.fields(of: page).map { field in
                    Node(
                        "answer.\(field.key)",
                        .row(
                            label: field.label[language],
                            value: readable.answer(plan.answer(to: field), field: field),
                            change: field.value == nil ? change(field.key, step) : nil))
                }
        case .list(let key):
            guard let field = flow.matter.field(key), case .records(let fields) = field.kind else { return [] }
            let entries = entries(of: key)
            let isPeople = !field.fromCard.isEmpty
            let heading = Node("page.\(key)", .heading(field.label[language]))
            if entries.isEmpty {
                return [
                    heading,
                    Node(
                        "answer.\(key)",
                        .row(
                            label: field.label[language], value: words[.notFilledIn], change: change(key, step))),
                ]
            }
            return [heading]
                + entries.enumerated().map { index, entry in
                    Node(
                        "answer.\(key).\(index)",
                        .row(
                            label: words(isPeople ? .listPerson : .listRecord, String(index + 1)),
                            value: readable.entry(entry, fields: fields), change: change("\(key).\(index)", step)))
                }
        default: return []
        }
    }

    private var materialRows: [Node] {
        let rows = plan.materials.filter(\.isNeeded).flatMap { planned -> [Node] in
            let title = planned.material.title[language]
            guard !planned.slots.isEmpty else {
                return [
                    Node(
                        "material.\(planned.material.key)",
                        .row(label: title, value: words[.materialFromCard], change: nil))
                ]
            }
            return planned.slots.map { slot in
                Node(
                    "material.\(slot.key)",
                    .row(
                        label: entryName(slot, planned.material).map { words(.materialFor, title, $0) } ?? title,
                        value: state(of: slot), change: change("material.\(slot.key)", .capture(slot))))
            }
        }
        return rows.isEmpty ? [] : [Node("materials", .heading(words[.reviewMaterials]))] + rows
    }

    private func state(of slot: CaptureSlot) -> String {
        let count = flow.captures[slot.key]?.count ?? 0
        if count == 1 { return words[.materialOnePage] }
        if count > 1 { return words(.materialPages, String(count)) }
        return flow.deferred[slot.key].map { words(.materialDeferred, readable.date($0)) } ?? words[.materialMissing]
    }

    private var noteBullets: [Node] {
        guard !plan.notes.isEmpty else { return [] }
        return [Node("notes", .heading(words[.reviewNotes]))]
            + plan.notes.enumerated().map { index, note in
                Node("note.\(index)", .bullet(note[language], note: nil))
            }
    }

    var sign: PageBody {
        let error = flow.problems.first { $0.field == "signature" }.map { text(of: $0.reason, field: nil) }
        var nodes = [
            // The very words that the signature keeps.
            Node("statement", .paragraph(SessionEngine.statement(for: flow, today: today)[language]))
        ]
        if let holder = flow.holder {
            // Not the masked number: its last four characters are what is asked for.
            nodes.append(Node("signer", .row(label: words[.signer], value: holder.name, change: nil)))
        }
        nodes.append(
            Node(
                "signature",
                .field(
                    .signature, label: words[.signField], value: flow.signatureText, hint: words[.signHint],
                    required: true, error: error)))
        return PageBody(
            id: "sign", title: words[.signTitle], nodes: nodes,
            actions: [.primary("next", words[.signAndSubmit], .next)])
    }
}
