// Papers of invented people.

import KioskCore

enum PaperFixtures {
    static let holder = IdentityCard(
        kind: .resident, name: "王小样", sex: .female, nationCode: "01",
        birthDate: CalendarDate(daysSince1970: 7305), address: "某某街一号", number: "230199199001010018",
        issuer: "某某公安局", validFrom: CalendarDate(daysSince1970: 18_000), expiry: .never)

    static let acceptedAt = Timestamp(milliseconds: 1_795_241_100_000)

    private static func deadline() -> CalendarDate { CalendarDate("2026-12-05") ?? CalendarDate(daysSince1970: 0) }

    static func receipt(
        _ language: Language, materials count: Int = 0, _ change: (inout CaseContent) -> Void = { _ in }
    ) -> PaperRequest {
        func pages(_ count: Int) -> [PageReference] { (0..<count).map { PageFixtures.picture("p\($0)") } }
        var materials = [
            CaseMaterial(key: "id", title: Localized(zh: "居民身份证", en: "Identity card"), entry: nil, state: .card),
            CaseMaterial(key: "lease", title: Localized(zh: "租房合同", en: "Lease"), entry: nil, state: .pages(pages(2))),
            CaseMaterial(
                key: "family", title: Localized(zh: "家庭成员身份证", en: "Identity card of a household member"), entry: 0,
                state: .pages(pages(1))),
            CaseMaterial(
                key: "income", title: Localized(zh: "收入证明", en: "Proof of income"), entry: nil,
                state: .deferred(until: deadline())),
        ]
        materials += (0..<count).map {
            CaseMaterial(
                key: "m\($0)", title: Localized(zh: "材料 \($0 + 1) 号", en: "Document \($0 + 1)"), entry: nil,
                state: .pages(pages(1)))
        }
        var content = CaseContent(
            matterCode: "housing.rental", matterVersion: "1",
            matterTitle: Localized(zh: "公租房申请", en: "Public rental housing"),
            department: Localized(zh: "住房和城乡建设局", en: "Housing and Construction Bureau"), language: language,
            startedAt: acceptedAt, submittedAt: acceptedAt, applicant: holder, agent: nil, answers: [],
            materials: materials, cardPhotos: [], signature: nil,
            notes: [
                Localized(
                    zh: "审核期间请保持手机畅通，工作人员可能会电话核实您的居住情况。",
                    en: "Please keep your phone on: staff may call to confirm where you live.")
            ], workdays: 15)
        change(&content)
        let accepted = AcceptedCase(
            caseID: "00000000-0000-4000-8000-000000000001", receiptNumber: "DL01-20261121-0007", sequence: 7,
            acceptedAt: acceptedAt, proof: "0123456789abcdef")
        return PaperRequest(jobID: "receipt-1", title: "受理回执", content: .receipt(accepted, content), copies: 1)
    }

    static func certificate(
        _ language: Language, rows: Int, url: String = "https://office.example/verify?code=7H2K-9QMD",
        code: String = "7H2K-9QMD", anonymous: Bool = false
    ) -> PaperRequest {
        func fact(_ key: String, _ zh: String, _ en: String, _ kind: Field.Kind = .text) -> Field {
            Field(key: key, label: Localized(zh: zh, en: en), kind: kind, required: true)
        }
        let insurances = [
            Field.Option(
                key: "pension",
                label: Localized(zh: "企业职工基本养老保险", en: "Basic pension insurance of employees")),
            Field.Option(key: "injury", label: Localized(zh: "工伤保险", en: "Work injury insurance")),
        ]
        let register = Register(
            name: "social-insurance",
            title: Localized(zh: "个人参保证明", en: "Certificate of personal social insurance"),
            facts: [
                fact("name", "姓名", "Name"), fact("id_no", "公民身份号码", "Citizen number", .idNumber),
                fact("state", "参保状态", "Status"), fact("account", "养老金银行卡", "Pension card", .bankCard),
                fact("total", "累计缴费", "Paid altogether", .money),
                fact(
                    "periods", "缴费记录", "Contributions",
                    .records([
                        fact("row", "序号", "No."), fact("insurance", "险种", "Insurance", .choice(insurances)),
                        fact("month", "年月", "Month", .month),
                    ])), fact("remark", "备注", "Remark"),
            ])
        let record = OfficeRecord(
            register: "social-insurance", title: register.title,
            issuer: Localized(zh: "人力资源和社会保障局", en: "Human Resources and Social Security Bureau"),
            issuedAt: acceptedAt, verificationCode: code, verificationURL: url,
            facts: [
                "name": .text(holder.name), "id_no": .text(holder.number), "state": .text("正常参保"),
                "account": .text("6217000000000000004"), "total": .text("86400.50"),
                "periods": .records(
                    (1...max(1, rows)).map { row in
                        RecordEntry(answers: [
                            "row": .text("第 \(row) 行"), "insurance": .choice("pension"),
                            "month": .text("\(2010 + row % 14)-01"),
                        ])
                    }),
            ])
        return PaperRequest(
            jobID: "certificate-1", title: "个人参保证明",
            content: .certificate(record, register: register, holder: anonymous ? nil : holder, language),
            copies: 1)
    }

    static func paper(_ content: PaperRequest.Content) -> PaperRequest {
        PaperRequest(jobID: "paper-1", title: "paper", content: content, copies: 1)
    }
}
