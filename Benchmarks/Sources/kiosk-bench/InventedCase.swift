// An invented citizen and what that citizen hands in. The area code of the number is assigned to nobody.

import KioskCore

enum InventedCase {
    static let number = "230199199001010018"

    static var reading: IdentityReading {
        var text = card.name.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        text += [UInt8](repeating: 0x20, count: 256 - text.count)
        return IdentityReading(card: card, textRecord: text, photoRecord: (0..<1024).map { UInt8($0 % 251) })
    }

    static func content(pages: [PageReference], at now: Timestamp) -> CaseContent {
        let title = Localized(zh: "个体工商户设立登记", en: "Registration of a sole trader")
        let answers = [
            ("mobile", "联系电话", "Telephone", "13900000000"), ("trade_name", "字号名称", "Trade name", "暖阳小吃店"),
            ("premises", "经营场所地址", "Address of the premises", "哈尔滨市样例区演示街9号"),
            ("staff_count", "从业人数", "Staff", "2"), ("capital", "资金数额", "Capital", "20000.50"),
        ].map { key, zh, en, value in
            CaseAnswer(
                key: key, label: Localized(zh: zh, en: en), value: .text(value), shown: Localized(zh: value, en: value))
        }
        return CaseContent(
            matterCode: "MKT-001", matterVersion: "0011223344556677", matterTitle: title,
            department: Localized(zh: "市场监督管理局", en: "Market regulation"), language: .zh, startedAt: now,
            submittedAt: now, applicant: card, agent: nil, answers: answers,
            materials: [
                CaseMaterial(
                    key: "premises_proof", title: Localized(zh: "经营场所使用证明", en: "Proof of premises"), entry: nil,
                    state: .pages(pages))
            ], cardPhotos: [],
            signature: CaseSignature(
                method: .numberSuffix, signer: card.name, statement: "以上内容属实。", signedAt: now),
            notes: [], workdays: 3)
    }

    private static var card: IdentityCard {
        let birth = CalendarDate(compact: number.dropFirst(6).prefix(8)) ?? CalendarDate(daysSince1970: 0)
        return IdentityCard(
            kind: .resident, name: "张伟民", sex: .male, nationCode: "01", birthDate: birth, address: "样例省演示市测试路1号",
            number: number, issuer: "演示市公安局", validFrom: CalendarDate(daysSince1970: 18_262), expiry: .never)
    }
}
