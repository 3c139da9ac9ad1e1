// Papers of invented people.

import KioskCore

enum PaperFixtures {
    static let holder = IdentityCard(
        kind: .resident, name: "王小样", sex: .female, nationCode: "01",
        birthDate: CalendarDate(daysSince1970: 7305), address: "某某街一号", number: "230199199001010018",
        issuer: "某某公安局", validFrom: CalendarDate(daysSince1970: 18_000), expiry: .never)

    static let acceptedAt = Timestamp(milliseconds: 1_795_241_100_000)

    private static func deadline() -> CalendarDate { CalendarDate("2026-12-05") ?? CalendarDate(daysSince1970: 0) }

    static func receipt(_ language: Language, materials count: Int = 0) -> PaperRequest {
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
        let content = CaseContent(
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
        let accepted = AcceptedCase(
            caseID: "00000000-0000-4000-8000-000000000001", receiptNumber: "DL01-20261121-0007", sequence: 7,
            acceptedAt: acceptedAt, proof: "0123456789abcdef")
        return PaperRequest(jobID: "receipt-1", title: "受理回执", content: .receipt(accepted, content), copies: 1)
    }

    static func certificate(
        _ language: Language, rows: Int, url: String = "https://office.example/verify?code=7H2K-9QMD",
        code: String = "7H2K-9QMD"
    ) -> PaperRequest {
        func line(_ zh: String, _ en: String, _ value: Localized) -> OfficeRecord.Line {
            OfficeRecord.Line(label: Localized(zh: zh, en: en), value: value)
        }
        func same(_ text: String) -> Localized { Localized(zh: text, en: text) }
        let record = OfficeRecord(
            register: "social-insurance",
            title: Localized(zh: "个人参保证明", en: "Certificate of personal social insurance"),
            issuer: Localized(zh: "人力资源和社会保障局", en: "Human Resources and Social Security Bureau"),
            issuedAt: acceptedAt, verificationCode: code, verificationURL: url,
            lines: [
                line("姓名", "Name", same(holder.name)),
                line("公民身份号码", "Citizen number", same(CitizenNumber.masked(holder.number))),
                line("参保状态", "Status", Localized(zh: "正常参保", en: "Insured")),
                line("累计缴费月数", "Months paid", same("168")),
                line("查询区间", "Period", Localized(zh: "2010年1月至2023年12月", en: "2010-01 to 2023-12")),
            ],
            tables: [
                OfficeRecord.Table(
                    title: Localized(zh: "缴费记录", en: "Contributions"),
                    columns: [
                        Localized(zh: "序号", en: "No."), Localized(zh: "险种", en: "Insurance"),
                        Localized(zh: "起止年月", en: "From and to"), Localized(zh: "月数", en: "Months"),
                    ],
                    rows: (1...max(1, rows)).map { row in
                        [
                            same("第 \(row) 行"),
                            Localized(zh: "企业职工基本养老保险", en: "Basic pension insurance of employees"),
                            same("\(2010 + row % 14)-01 – \(2010 + row % 14)-12"), same("12"),
                        ]
                    })
            ])
        return PaperRequest(
            jobID: "certificate-1", title: "个人参保证明", content: .certificate(record, holder: holder, language),
            copies: 1)
    }
}
