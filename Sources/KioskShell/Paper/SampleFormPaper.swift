/// The sample form (电子样表): every field of a matter as it looks when filled in well, under a watermark.

import KioskCore

struct SampleFormPaper {
    let matter: Matter
    let parts: PaperParts

    var footer: String {
        PaperText.footer(Localized(zh: "样表", en: "Sample form"), code: matter.code, parts.language)
    }

    var blocks: [PaperBlock] {
        parts.title(matter.title, above: matter.department)
            + parts.notice(
                Localized(zh: "样表，只供参考", en: "A sample, for reference only"),
                [
                    Localized(
                        zh: "表里的人和号码都是编的。请照自己的情况填。",
                        en: "The people and numbers are invented. Fill in your own.")
                ])
            + applicant + matter.pages.flatMap(page)
            + PaperText.papers(matter.materials, parts)
            + (matter.reviewed == nil
                ? parts.paragraph(PaperText.unreviewed, font: PaperParts.labelFont, gap: 10) : [])
    }

    /// What the terminal reads from the card: nobody types it, but it is part of the form.
    private var applicant: [PaperBlock] {
        guard matter.identity != .none else { return [] }
        return [parts.heading(Localized(zh: "身份证（机器读取，不用填）", en: "ID card (read by the terminal)"))]
            + parts.form([
                (Localized(zh: "姓名", en: "Name"), PaperParts.same(Field.sampleName)),
                (Localized(zh: "身份证号码", en: "ID number"), PaperParts.same(Field.sampleIDNumber)),
            ])
    }

    private func page(_ page: FormPage) -> [PaperBlock] {
        var blocks = [parts.heading(page.title)]
        var facts: [(label: Localized, value: Localized)] = []
        for field in page.fields {
            if case .records(let columns) = field.kind {
                blocks += parts.form(facts)
                facts = []
                blocks += parts.table(
                    field.label, columns: columns.map(label), rows: [columns.map(sample)], isBoxed: true)
            } else {
                facts.append((label(field), sample(field)))
            }
        }
        return blocks + parts.form(facts)
    }

    private func label(_ field: Field) -> Localized {
        let isSometimes = field.when != nil
        return Localized(
            zh: field.label.zh + (isSometimes ? "（有的情况才填）" : ""),
            en: field.label.en + (isSometimes ? " (in some cases)" : ""))
    }

    private func sample(_ field: Field) -> Localized {
        guard let zh = SampleText.shown(field, .zh), let en = SampleText.shown(field, .en) else {
            return Phrase.sampleByCase.text
        }
        return Localized(zh: zh, en: en)
    }
}
