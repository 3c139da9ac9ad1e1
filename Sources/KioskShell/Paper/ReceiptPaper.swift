/// The receipt (受理回执): what was accepted, what is still owed, and what happens next.

import KioskCore

struct ReceiptPaper {
    let accepted: AcceptedCase
    let content: CaseContent
    /// What the code says.
    let link: String
    let parts: PaperParts

    var footer: String {
        switch parts.language {
        case .zh: "受理编号 \(accepted.receiptNumber)　本回执由自助终端打印，查验：\(link)"
        case .en: "受理编号 Receipt number \(accepted.receiptNumber)　Printed by a self-service terminal. Check: \(link)"
        }
    }

    var blocks: [PaperBlock] {
        parts.title(Localized(zh: "受理回执", en: "Acceptance receipt"), above: content.department)
            + [
                parts.numberBox(
                    label: Localized(zh: "受理编号", en: "Receipt number"), number: accepted.receiptNumber,
                    facts: [
                        (Localized(zh: "受理时间", en: "Accepted"), accepted.acceptedAt.chinaMinute),
                        (Localized(zh: "受理终端", en: "Terminal"), terminal),
                        (Localized(zh: "校验码", en: "Proof"), accepted.proof),
                    ], link: link)
            ]
            + [parts.heading(Localized(zh: "办理信息", en: "Application"))] + parts.facts(facts)
            + materials + deferredNotice
            + [parts.heading(Localized(zh: "接下来", en: "What happens next"))] + parts.numbered(next)
            + notes
    }

    private var terminal: String {
        String(accepted.receiptNumber.prefix { $0 != "-" })
    }

    private var facts: [(label: Localized, value: Localized)] {
        var facts: [(label: Localized, value: Localized)] = [
            (Localized(zh: "事项", en: "Matter"), PaperParts.same(parts.inline(content.matterTitle))),
            (Localized(zh: "申请人", en: "Applicant"), PaperParts.same(content.applicant.name)),
            (
                Localized(zh: "证件号码", en: "Citizen number"),
                PaperParts.same(CitizenNumber.masked(content.applicant.number))
            ),
        ]
        if let agent = content.agent {
            facts.append((Localized(zh: "代办人", en: "Acting for the applicant"), PaperParts.same(agent.name)))
            facts.append(
                (
                    Localized(zh: "代办人证件号码", en: "Citizen number of this person"),
                    PaperParts.same(CitizenNumber.masked(agent.number))
                ))
        }
        return facts
    }

    private func date(_ date: CalendarDate) -> Localized {
        Localized(zh: "\(date.year)年\(date.month)月\(date.day)日", en: date.description)
    }

    private var lastDay: CalendarDate {
        accepted.acceptedAt.chinaDate.adding(workingDays: content.workdays)
    }

    // MARK: Materials

    private func title(_ material: CaseMaterial) -> Localized {
        guard let entry = material.entry else { return material.title }
        return Localized(zh: "\(material.title.zh)（\(entry + 1)）", en: "\(material.title.en) (\(entry + 1))")
    }

    private func state(_ material: CaseMaterial) -> Localized {
        switch material.state {
        case .pages(let pages):
            Localized(
                zh: "已拍摄 \(pages.count) 页", en: pages.count == 1 ? "1 page" : "\(pages.count) pages")
        case .card: Localized(zh: "已读取证件", en: "Read from the card")
        case .deferred(let until):
            Localized(zh: "待补交，\(date(until).zh)前", en: "To be handed in by \(until)")
        }
    }

    private var materials: [PaperBlock] {
        guard !content.materials.isEmpty else { return [] }
        return [parts.heading(Localized(zh: "材料清单", en: "Documents"))]
            + parts.table(
                columns: [
                    Localized(zh: "序号", en: "No."), Localized(zh: "材料", en: "Document"),
                    Localized(zh: "收取情况", en: "State"),
                ], shares: [0.13, 0.51, 0.36],
                rows: content.materials.enumerated().map { index, material in
                    [
                        PaperParts.same("\(index + 1)"), PaperParts.same(parts.inline(title(material))),
                        PaperParts.same(parts.inline(state(material))),
                    ]
                })
    }

    private var deferredNotice: [PaperBlock] {
        let owed = content.materials.compactMap { material -> Localized? in
            guard case .deferred(let until) = material.state else { return nil }
            let name = title(material)
            return Localized(
                zh: "· \(name.zh)，请于\(date(until).zh)前补交", en: "· \(name.en): please hand in by \(until)")
        }
        guard !owed.isEmpty else { return [] }
        return parts.notice(
            PaperParts.same(
                parts.inline(Localized(zh: "请补交以下材料（容缺受理）", en: "Documents you still owe"))), owed)
    }

    // MARK: Next

    private var next: [Localized] {
        var texts = [
            Localized(
                zh: "工作人员将审核您提交的内容，不需要再次取号。",
                en: "Staff will check what you submitted. You do not need to queue again.")
        ]
        if content.workdays > 0 {
            texts.append(
                Localized(
                    zh: "承诺时限：自受理之日起 \(content.workdays) 个工作日，预计不晚于\(date(lastDay).zh)（遇法定节假日顺延）。",
                    en:
                        "Time limit: \(content.workdays) working days, expected by \(lastDay), later by public holidays."
                ))
        }
        texts.append(
            Localized(
                zh: "请保管好本回执。查询进度：扫描右上角二维码，或凭受理编号到服务大厅查询。",
                en:
                    "Keep this receipt. To follow your case, scan the code above or give the receipt number in the hall."
            ))
        return texts
    }

    private var notes: [PaperBlock] {
        guard !content.notes.isEmpty else { return [] }
        return [parts.heading(Localized(zh: "请注意", en: "Please note"))] + parts.numbered(content.notes)
    }
}
