/// The pages that show before they act: the office's record, the check-answers page, the signature.

import KioskCore

extension FlowPages {
    var lookup: PageBody {
        PageBody(
            id: "lookup", title: words[.lookupTitle],
            nodes: device(
                .office, waiting: (.lookupWorkingTitle, .lookupWorkingText),
                working: (.lookupWorkingTitle, .lookupWorkingText), done: (.lookupDoneTitle, .lookupDoneText)),
            actions: flow.device.fault == nil ? [] : [retry])
    }

    var preview: PageBody {
        var nodes = [Node("intro", .paragraph(words[.previewText]))]
        if let record = flow.record { nodes += recordNodes(record) }
        return PageBody(
            id: "preview", title: words[.previewTitle], nodes: nodes,
            actions: [.primary("next", words[.printCertificate], flow.record == nil ? nil : .next, key: "p")])
    }

    /// The office's own words, with any citizen number in them masked.
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
        nodes += record.lines.enumerated().map { index, line in
            Node("line.\(index)", .row(label: shown(line.label), value: shown(line.value), change: nil))
        }
        nodes += record.tables.enumerated().map { index, table in
            Node(
                "table.\(index)",
                .table(
                    title: shown(table.title), columns: table.columns.map(shown),
                    rows: table.rows.map { $0.map(shown) }))
        }
        return nodes
    }

    var review: PageBody {
        PageBody(
            id: "review", title: words[.reviewTitle],
            nodes: [Node("intro", .paragraph(words[.reviewText]))] + people + plan.steps.flatMap(answers)
                + materialRows + noteBullets,
            actions: [.primary("next", words[.next], .next)])
    }

    private func change(_ id: String, _ step: Step) -> Action {
        Action(id: "change.\(id)", label: words[.change], event: .change(step))
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
                        change: flow.actsForOther == true ? change("principal-card", .principalCard) : nil)))
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
                            value: readable.answer(flow.answers[field.key], field: field),
                            change: change(field.key, step)))
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
            Node("statement", .paragraph(SessionEngine.statement[language]))
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
