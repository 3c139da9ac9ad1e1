/// What the office's register says, as a certificate or a query slip: its facts, who issues it, and how to check it.

import KioskCore

struct CertificatePaper {
    let record: OfficeRecord
    let register: Register
    /// Nil where nobody is asked who they are.
    let holder: IdentityCard?
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
            + holderBlocks
            + (lines.isEmpty ? [] : [parts.heading(Localized(zh: "登记内容", en: "What the register says"))])
            + parts.facts(lines) + register.facts.flatMap(table)
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
                    zh: "本件以验证码核验为准。扫描二维码或访问下方网址，可核对全部内容。",
                    en:
                        "This paper counts as far as its verification code confirms it. Scan the code or open the "
                        + "address below to compare every line."), font: PaperParts.labelFont, gap: 10)
    }

    private var issuer: String {
        switch parts.language {
        case .zh: record.issuer.zh
        case .en: "\(record.issuer.zh) / \(record.issuer.en)"
        }
    }

    private var holderBlocks: [PaperBlock] {
        guard let holder else { return [] }
        return [parts.heading(Localized(zh: "持有人", en: "Holder"))]
            + parts.facts([
                (Localized(zh: "姓名", en: "Name"), PaperParts.same(holder.name)),
                (
                    Localized(zh: "公民身份号码", en: "Citizen number"),
                    PaperParts.same(CitizenNumber.masked(holder.number))
                ),
            ])
    }

    /// The register's single facts without those that only repeat the holder.
    private var lines: [(label: Localized, value: Localized)] {
        register.facts.compactMap { field in
            guard let fact = record.facts[field.key] else { return nil }
            switch fact {
            case .records: return nil
            case .text(let text) where text == holder?.name || text == holder?.number: return nil
            default: return (field.label, PaperText.shown(fact, field))
            }
        }
    }

    private func table(_ field: Field) -> [PaperBlock] {
        guard case .records(let columns) = field.kind, case .records(let entries) = record.facts[field.key] else {
            return []
        }
        return parts.table(
            field.label, columns: columns.map(\.label),
            rows: entries.map { entry in columns.map { PaperText.shown(entry.answers[$0.key], $0) } })
    }
}
