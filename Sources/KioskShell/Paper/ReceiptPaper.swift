/// The receipt (受理回执), and the slip of a case that goes on at a window: what was handed in, what is owed, what is next.

import KioskCore

struct ReceiptPaper {
    let accepted: AcceptedCase
    let content: CaseContent
    /// What the code says.
    let link: String
    let parts: PaperParts

    var footer: String {
        switch parts.language {
        case .zh: "受理编号 \(accepted.receiptNumber)　由自助终端打印，查验：\(link)"
        case .en: "受理编号 Receipt number \(accepted.receiptNumber)　Printed by a self-service terminal. Check: \(link)"
        }
    }

    var blocks: [PaperBlock] {
        parts.title(
            isHandedOver
                ? Localized(zh: "转窗口办理单", en: "Slip for the window")
                : Localized(zh: "受理回执", en: "Acceptance receipt"), above: content.department)
            + [
                parts.numberBox(
                    label: isHandedOver
                        ? Localized(zh: "您的号码", en: "Your number") : Localized(zh: "受理编号", en: "Receipt number"),
                    number: accepted.receiptNumber,
                    facts: [
                        (Localized(zh: "受理时间", en: "Accepted"), accepted.acceptedAt.chinaMinute),
                        (Localized(zh: "受理终端", en: "Terminal"), terminal),
                        (Localized(zh: "校验码", en: "Proof"), accepted.proof),
                    ], link: link, isTicket: isHandedOver)
            ]
            + (reasons.isEmpty
                ? [] : parts.notice(Localized(zh: "为什么要到窗口", en: "Why the window"), reasons))
            + [parts.heading(Localized(zh: "办理信息", en: "Application"))] + parts.facts(facts)
            + appointment + materials + deferredNotice + payment
            + [parts.heading(Localized(zh: "接下来", en: "What happens next"))] + parts.numbered(next)
            + notes + consents
    }

    private var reasons: [Localized] {
        if case .handedOver(let reasons) = content.disposition { reasons } else { [] }
    }

    private var isHandedOver: Bool {
        if case .handedOver = content.disposition { true } else { false }
    }

    private var terminal: String {
        String(accepted.receiptNumber.prefix { $0 != "-" })
    }

    private var facts: [(label: Localized, value: Localized)] {
        var facts: [(label: Localized, value: Localized)] = [
            (Localized(zh: "事项", en: "Matter"), PaperParts.same(parts.inline(content.matterTitle)))
        ]
        if let applicant = content.applicant {
            facts += [
                (Localized(zh: "申请人", en: "Applicant"), PaperParts.same(applicant.name)),
                (
                    Localized(zh: "证件号码", en: "Citizen number"),
                    PaperParts.same(CitizenNumber.masked(applicant.number))
                ),
            ]
        }
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

    /// When and where to come: the slip of an appointment is useless without it.
    private var appointment: [PaperBlock] {
        guard content.archetype == "appointment", !isHandedOver else { return [] }
        let rows = (content.answers + content.facts).map { (label: $0.label, value: $0.shown) }
        guard !rows.isEmpty else { return [] }
        return [parts.heading(Localized(zh: "预约内容", en: "Your appointment"))] + parts.facts(rows)
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

    // MARK: Payment and consents

    private var payment: [PaperBlock] {
        guard let payment = content.payment else { return [] }
        let amount = Money(fen: Int64(payment.amount)).grouped
        var facts: [(label: Localized, value: Localized)] = [
            (Localized(zh: "金额", en: "Amount"), Localized(zh: "\(amount) 元", en: "\(amount) yuan")),
            (
                Localized(zh: "状态", en: "State"),
                payment.isPaid
                    ? Localized(zh: "已缴", en: "Paid")
                    : Localized(
                        zh: "正在核实，请不要再缴一次；部门查清后通知您。",
                        en: "Being checked. Please do not pay again; the office will tell you.")
            ),
            (Localized(zh: "订单号", en: "Order"), PaperParts.same(payment.orderID)),
        ]
        if let reference = payment.reference {
            facts.append((Localized(zh: "支付凭证号", en: "Payment reference"), PaperParts.same(reference)))
        }
        return [parts.heading(Localized(zh: "缴费", en: "Payment"))] + parts.facts(facts)
    }

    /// What was agreed to, in the words that were on the screen, and what was signed.
    private var consents: [PaperBlock] {
        var statements = content.consents.map { PaperParts.same($0.statement) }
        if let signature = content.signature { statements.append(PaperParts.same(signature.statement)) }
        guard !statements.isEmpty else { return [] }
        return [parts.heading(Localized(zh: "您同意和签名的内容", en: "What you agreed to and signed"))]
            + parts.numbered(statements)
    }

    // MARK: Next

    private var next: [Localized] {
        if isHandedOver {
            return [
                Localized(
                    zh: "请带好身份证和材料原件，到\(content.department.zh)的窗口，把这张单子交给工作人员。",
                    en: "Take your ID card, your papers and this slip to the window of the \(content.department.en)."),
                Localized(
                    zh: "您在自助机上填好、拍好的内容已经转过去了，不用重新填。",
                    en: "What you filled in and photographed at the terminal is already there."),
            ]
        }
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
                zh: "请保管好本回执。查询进度：扫描上面的二维码，或凭受理编号到服务大厅查询。",
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
