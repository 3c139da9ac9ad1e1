/// A certificate the office issues at the terminal, such as of a person's social insurance.

import KioskCore

struct CertificatePaper {
    let record: OfficeRecord
    let holder: IdentityCard
    /// What the code says.
    let link: String
    let parts: PaperParts

    var footer: String {
        switch parts.language {
        case .zh: "验证码 \(record.verificationCode)　查验：\(link)"
        case .en: "验证码 Verification code \(record.verificationCode)　Check: \(link)"
        }
    }

    var blocks: [PaperBlock] {
        parts.title(record.title, above: record.issuer)
            + [parts.heading(Localized(zh: "持有人", en: "Holder"))] + parts.facts(holderFacts)
            + (lines.isEmpty ? [] : [parts.heading(Localized(zh: "证明内容", en: "What is certified"))])
            + parts.facts(lines) + record.tables.flatMap(table)
            + [
                parts.numberBox(
                    label: Localized(zh: "验证码", en: "Verification code"), number: record.verificationCode,
                    facts: [
                        (Localized(zh: "出具时间", en: "Issued"), record.issuedAt.chinaMinute),
                        (Localized(zh: "出具机关", en: "Issued by"), issuer),
                    ], link: link)
            ]
            + parts.paragraph(
                Localized(
                    zh: "本证明以验证码核验为准。扫描二维码或访问下方网址，可核对本证明的全部内容。",
                    en:
                        "This certificate counts as far as its verification code confirms it. Scan the code or open the "
                        + "address below to compare every line."), font: PaperParts.labelFont, gap: 10)
    }

    private var issuer: String {
        switch parts.language {
        case .zh: record.issuer.zh
        case .en: "\(record.issuer.zh) / \(record.issuer.en)"
        }
    }

    private var maskedNumber: String { CitizenNumber.masked(holder.number) }

    private var holderFacts: [(label: Localized, value: Localized)] {
        [
            (Localized(zh: "姓名", en: "Name"), PaperParts.same(holder.name)),
            (Localized(zh: "公民身份号码", en: "Citizen number"), PaperParts.same(maskedNumber)),
        ]
    }

    /// The office's lines without those that only repeat the holder.
    private var lines: [(label: Localized, value: Localized)] {
        record.lines.filter { ![holder.name, holder.number, maskedNumber].contains($0.value.zh) }
            .map { ($0.label, $0.value) }
    }

    private func table(_ table: OfficeRecord.Table) -> [PaperBlock] {
        let count = max(table.columns.count, table.rows.map(\.count).max() ?? 0)
        guard count > 0 else { return [] }
        // Columns share the width by their longest text, none less than half an equal share.
        let natural = (0..<count).map { column -> Double in
            let cells = [table.columns] + table.rows.prefix(40)
            let longest = cells.map { column < $0.count ? parts.naturalWidth($0[column]) : 0 }.max() ?? 0
            return min(longest + 16, PaperSheets.width * 0.6)
        }
        let total = natural.reduce(0, +)
        let floor = 0.5 / Double(count)
        let shares = natural.map { floor + (1 - floor * Double(count)) * $0 / total }
        return [parts.heading(table.title)] + parts.table(columns: table.columns, shares: shares, rows: table.rows)
    }
}
