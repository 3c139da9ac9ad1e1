/// The papers that help before a matter is begun: the list of what is needed, the guide with its questions.

import KioskCore

/// Texts that more than one paper has.
enum PaperText {
    /// An answer in both languages, with citizen and card numbers masked.
    static func shown(_ answer: Answer?, _ field: Field) -> Localized {
        func text(_ language: Language) -> String {
            Readable.maskingNumbers(in: AnswerText.shown(answer, field: field, language: language))
        }
        return Localized(zh: text(.zh), en: text(.en))
    }

    static let unreviewed = Phrase.noticeUnreviewed.text

    static func footer(_ title: Localized, code: String, _ language: Language) -> String {
        switch language {
        case .zh: "\(title.zh)　\(code)　由自助终端打印"
        case .en: "\(title.zh) \(title.en)　\(code)　Printed by a self-service terminal"
        }
    }

    /// What one must know of a matter before beginning, a label and a fact each.
    static func conditions(of matter: Matter) -> [(label: Localized, value: Localized)] {
        zip(Readable(language: .zh).conditions(of: matter), Readable(language: .en).conditions(of: matter)).map {
            (Localized(zh: $0.label, en: $1.label), Localized(zh: $0.value, en: $1.value))
        }
    }

    static func papers(_ materials: [Material], _ parts: PaperParts) -> [PaperBlock] {
        guard !materials.isEmpty else {
            return [parts.heading(Phrase.checklistPapers.text)] + parts.paragraph(Phrase.noticeNoMaterials.text)
        }
        return [parts.heading(Phrase.checklistPapers.text)]
            + parts.table(
                columns: columns, shares: [0.1, 0.46, 0.44],
                rows: materials.enumerated().map { index, material in
                    let note = material.note.text
                    let full = material.hint.map { Localized(zh: "\(note.zh)；\($0.zh)", en: "\(note.en); \($0.en)") }
                    return [PaperParts.same("\(index + 1)"), material.title, full ?? note]
                })
    }

    static let columns = [
        Localized(zh: "序号", en: "No."), Localized(zh: "材料", en: "Paper"), Localized(zh: "说明", en: "Note"),
    ]
}

/// 一次性告知单: everything that is needed and what of it is missing, at once.
struct ChecklistPaper {
    let checklist: Checklist
    let parts: PaperParts

    private static let title = Localized(zh: "一次性告知单", en: "What you need")

    var footer: String { PaperText.footer(Self.title, code: checklist.matterCode, parts.language) }

    var blocks: [PaperBlock] {
        parts.title(Self.title, above: checklist.department)
            + parts.facts([
                (Localized(zh: "事项", en: "Matter"), checklist.matterTitle),
                (Localized(zh: "日期", en: "Date"), day(checklist.day)),
            ])
            + (checklist.reasons.isEmpty ? [] : parts.notice(Phrase.checklistReasons.text, checklist.reasons))
            + (checklist.openAnswers.isEmpty
                ? []
                : [parts.heading(Localized(zh: "要填写的内容", en: "What will be asked"))]
                    + parts.paragraph(
                        Localized(
                            zh: checklist.openAnswers.map(\.zh).joined(separator: "、"),
                            en: checklist.openAnswers.map(\.en).joined(separator: ", "))))
            + papers + notes
            + [parts.heading(Localized(zh: "接下来", en: "What to do"))]
            + parts.numbered([
                Localized(
                    zh: "把上面的东西备齐，再到自助机上办，或者到\(checklist.department.zh)的窗口办。",
                    en: "Bring what is listed, and begin again at a terminal or at the window of the "
                        + "\(checklist.department.en)."),
                Localized(zh: "不清楚的，请问大厅工作人员。", en: "If anything is unclear, please ask the staff in the hall."),
            ])
    }

    private var papers: [PaperBlock] {
        guard !checklist.papers.isEmpty else { return PaperText.papers([], parts) }
        return [parts.heading(Phrase.checklistPapers.text)]
            + parts.table(
                columns: PaperText.columns, shares: [0.1, 0.46, 0.44],
                rows: checklist.papers.enumerated().map { index, paper in
                    [PaperParts.same("\(index + 1)"), paper.title, note(on: paper)]
                })
    }

    private func note(on paper: Checklist.Item) -> Localized {
        let state: Localized =
            switch paper.state {
            case .present: Phrase.itemPresent.text
            case .missing: Localized(zh: "□ 要交", en: "to be handed in")
            case .sometimes: Phrase.itemSometimes.text
            case .later(let promise?):
                Localized(zh: "\(day(promise).zh)前补交", en: "to be handed in by \(day(promise).en)")
            case .later(nil): Phrase.materialDeferrable.text
            }
        return paper.note.map { Localized(zh: "\(state.zh)；\($0.zh)", en: "\(state.en); \($0.en)") } ?? state
    }

    private func day(_ date: CalendarDate) -> Localized {
        Localized(zh: AnswerText.shown(date, .zh), en: AnswerText.shown(date, .en))
    }

    private var notes: [PaperBlock] {
        guard !checklist.notes.isEmpty else { return [] }
        return [parts.heading(Phrase.reviewNotes.text)] + parts.numbered(checklist.notes)
    }
}

/// 办事指南: what a matter is for, what it takes, and the questions that people ask.
struct GuidePaper {
    let matter: Matter
    let parts: PaperParts

    private static let title = Localized(zh: "办事指南", en: "Guide")

    var footer: String { PaperText.footer(Self.title, code: matter.code, parts.language) }

    var blocks: [PaperBlock] {
        parts.title(
            matter.title,
            above: Localized(
                zh: "\(matter.department.zh)　办事指南", en: "\(matter.department.en): guide"))
            + parts.paragraph(matter.summary)
            + [parts.heading(Phrase.noticeDetails.text)] + parts.facts(PaperText.conditions(of: matter))
            + PaperText.papers(matter.materials, parts) + notes + questions
            + (matter.reviewed == nil
                ? parts.paragraph(PaperText.unreviewed, font: PaperParts.labelFont, gap: 10) : [])
    }

    private var notes: [PaperBlock] {
        let notes = matter.rules.compactMap { rule -> Localized? in
            guard rule.when == nil, case .note(let text) = rule.action else { return nil }
            return text
        }
        guard !notes.isEmpty else { return [] }
        return [parts.heading(Phrase.reviewNotes.text)] + parts.numbered(notes)
    }

    private var questions: [PaperBlock] {
        guard !matter.questions.isEmpty else { return [] }
        return [parts.heading(Localized(zh: "大家常问", en: "Questions people ask"))]
            + matter.questions.flatMap { question -> [PaperBlock] in
                var asked = parts.paragraph(
                    Localized(zh: "问：\(question.question.zh)", en: question.question.en), font: PaperParts.boldFont,
                    gap: 7)
                if let last = asked.indices.last { asked[last].keepsWithNext = true }
                return asked
                    + parts.paragraph(
                        Localized(zh: "答：\(question.answer.zh)", en: question.answer.en), gap: 1)
            }
    }
}
