/// The pages beside a flow: what is needed and missing, the form filled in well, the guide; each can be printed.

import KioskCore

extension FlowPages {
    func sidePage(_ side: SidePage) -> PageBody {
        let content: (title: Phrase, nodes: [Node]) =
            switch side {
            case .checklist: (.checklistTitle, checklistNodes)
            case .sampleForm: (.sampleTitle, sampleNodes)
            case .guide: (.guideTitle, guideNodes)
            }
        let isPrinting = flow.sideDevice == .working
        return PageBody(
            id: "side.\(side.name)", title: words[content.title], nodes: sidePrinter + content.nodes,
            actions: [
                .primary(
                    "print", words[flow.sideDevice == .idle ? .sidePrint : .printAgain],
                    isPrinting ? nil : .printSide, key: "p"),
                Action(id: "close", label: words[.sideClose], event: isPrinting ? nil : .closeSide, key: "b"),
            ], back: isPrinting ? nil : .closeSide)
    }

    private var sidePrinter: [Node] {
        guard flow.sideDevice != .idle else { return [] }
        return DeviceNodes(
            picture: .printer, waiting: (words[.printWaitingTitle], words[.printWaitingText]),
            working: (words[.printWorkingTitle], words[.printWorkingText]),
            done: (words[.printDoneTitle], words[.printDoneText])
        ).nodes(flow.sideDevice, words: words)
    }

    // MARK: The list of what is needed

    private var checklistNodes: [Node] {
        let list = Checklist(flow, today: today)
        var nodes = [Node("intro", .paragraph(words[.checklistText]))]
        if !list.reasons.isEmpty {
            nodes.append(Node("reasons", .heading(words[.checklistReasons])))
            nodes += reasonRows(list.reasons)
        }
        // Before the first answer everything is open: that is the form itself, not a gap.
        if flow.step != .notice, !list.openAnswers.isEmpty {
            nodes.append(Node("open", .heading(words[.checklistOpen])))
            nodes += list.openAnswers.enumerated().map { index, label in
                Node("open.\(index)", .bullet(label[language], note: nil))
            }
        }
        nodes.append(Node("papers", .heading(words[.checklistPapers])))
        nodes += list.papers.enumerated().map { index, paper in
            Node("paper.\(index)", .bullet(paper.title[language], note: note(on: paper)))
        }
        if list.papers.isEmpty { nodes.append(Node("papers.none", .bullet(words[.noticeNoMaterials], note: nil))) }
        if !list.notes.isEmpty {
            nodes.append(Node("notes", .heading(words[.reviewNotes])))
            nodes += list.notes.enumerated().map { index, note in
                Node("note.\(index)", .bullet(note[language], note: nil))
            }
        }
        return nodes
    }

    private func note(on paper: Checklist.Item) -> String {
        let state: String =
            switch paper.state {
            case .present: words[.itemPresent]
            case .missing: words[flow.step == .notice ? .materialRequired : .itemMissing]
            case .sometimes: words[.itemSometimes]
            case .later(let day?): words(.materialDeferred, readable.date(day))
            case .later(nil): words[.materialDeferrable]
            }
        return paper.note.map { words(.itemNote, state, $0[language]) } ?? state
    }

    // MARK: The form filled in well

    private var sampleNodes: [Node] {
        [Node("intro", .paragraph(words[.sampleText]))]
            + flow.matter.pages.flatMap { page -> [Node] in
                [Node("page.\(page.id)", .heading(page.title[language]))] + page.fields.flatMap(sampleNodes)
            }
    }

    private func sampleNodes(of field: Field) -> [Node] {
        var shown = SampleText.shown(field, language)
        if case .records(let columns) = field.kind {
            shown = columns.compactMap { SampleText.shown($0, language) }
                .joined(separator: language == .zh ? "，" : ", ")
        }
        return [
            Node(
                "sample.\(field.key)", .row(label: label(of: field), value: shown ?? words[.sampleByCase], change: nil))
        ]
    }

    // MARK: Guide and questions

    private var guideNodes: [Node] {
        let matter = flow.matter
        var nodes = [Node("summary", .paragraph(matter.summary[language]))]
        for (index, question) in matter.questions.enumerated() {
            nodes += [
                Node("question.\(index)", .heading(words(.guideQuestion, question.question[language]))),
                Node("question.\(index).answer", .paragraph(question.answer[language])),
            ]
        }
        nodes.append(Node("details", .heading(words[.noticeDetails])))
        nodes += readable.conditions(of: matter).map { id, label, value in
            Node(id, .row(label: label, value: value, change: nil))
        }
        if matter.reviewed == nil { nodes.append(Node("unreviewed", .paragraph(words[.noticeUnreviewed]))) }
        return nodes
    }
}

/// A field's example as it stands on a sample form, whole numbers and all: the people in it are invented.
enum SampleText {
    /// Nil for a computed field and for one without a fitting example.
    static func shown(_ field: Field, _ language: Language) -> String? {
        guard field.value == nil, let answer = field.sampleAnswer() else { return nil }
        switch (field.kind, answer) {
        case (.idNumber, .text(let text)), (.creditCode, .text(let text)): return text
        case (.bankCard, .text(let text)): return text.groupedInFours
        default:
            let shown = AnswerText.shown(answer, field: field, language: language)
            return shown.isEmpty ? nil : shown
        }
    }
}

extension String {
    /// `6217 0000 0000 0000 004`
    var groupedInFours: String {
        var (parts, rest): ([Substring], Substring) = ([], self[...])
        while !rest.isEmpty {
            parts.append(rest.prefix(4))
            rest = rest.dropFirst(4)
        }
        return parts.joined(separator: " ")
    }
}
