/// Invented matters, people and records for page samples.

import KioskCore

/// One matter that is applied for, one certificate, one that is paid for, one that prints guides: between them every page
/// there is.
enum SampleMatters {
    static let library = MatterLibrary(
        matters: [registration, certificate, market, guide],
        departments: [
            .init(key: "MKT", name: Localized(zh: "市场监督管理局", en: "Market Supervision Administration")),
            .init(key: "HRS", name: Localized(zh: "人力资源和社会保障局", en: "Human Resources and Social Security Bureau")),
            .init(key: "DBE", name: Localized(zh: "营商环境建设监督局", en: "Business Environment Bureau")),
        ],
        events: [
            .init(key: "business", name: Localized(zh: "开店、办企业", en: "Business")),
            .init(key: "retirement", name: Localized(zh: "退休、养老", en: "Old age")),
        ])

    /// Like MKT-001: agent, contact section, two form pages, a family list, materials of every mark.
    static let registration = Matter(
        code: "MKT-001", version: "0000000000000001",
        title: Localized(zh: "个体工商户设立登记", en: "Individual business registration"),
        department: Localized(zh: "市场监督管理局", en: "Market Supervision Administration"), kind: .permit,
        audience: .person, archetype: "apply", identity: .agentAllowed,
        summary: Localized(
            zh: "开店、摆摊、做小生意，在这里登记。", en: "Register here to open a shop, a stall or another small business."),
        steps: [
            .notice, .identify, .agent, .section("contact"), .pages, .capture, .review, .sign, .submit, .print,
            .rating, .finish,
        ],
        pages: [contactPage, businessPage, premisesPage, familyPage], consents: [],
        materials: registrationMaterials,
        rules: [
            Rule(when: condition("agent"), action: .need("authorisation")),
            Rule(when: condition("agent"), action: .need("agent_id")),
            Rule(when: condition("premises_right == \"lease\""), action: .need("lease")),
            Rule(when: condition("operation_form == \"family\""), action: .need("family_id")),
            Rule(
                when: condition("\"food\" in business_scope"),
                action: .note(
                    Localized(
                        zh: "登记后，卖食品还要另外办食品经营许可。",
                        en: "To sell food you also need a food business licence after this registration."))),
        ], conditions: [:], answering: .all, lookup: nil, payment: nil, guide: nil, output: .certificate,
        basis: Localized(
            zh: "《中华人民共和国市场主体登记管理条例》第三条",
            en: "Regulation on the Registration of Market Entities, Article 3"),
        workdays: 1, fee: 0, events: ["business"], words: ["开店", "摆摊", "办执照"],
        questions: [
            Matter.Question(
                question: Localized(zh: "没有店面，能办吗？", en: "Can I register without a shop?"),
                answer: Localized(
                    zh: "能。住的房子也可以登记，要房主同意。",
                    en: "Yes. You may register the home you live in, if its owner agrees.")),
            Matter.Question(
                question: Localized(zh: "执照什么时候拿到？", en: "When do I get the licence?"),
                answer: Localized(
                    zh: "一个工作日。办好了打电话告诉您。", en: "In one working day. We call you when it is ready.")),
        ], reviewed: nil)

    /// Like HRS-016: filters, the office's record, a certificate printed at once.
    static let certificate = Matter(
        code: "HRS-016", version: "0000000000000002",
        title: Localized(zh: "个人参保证明查询打印", en: "Social insurance certificate"),
        department: Localized(zh: "人力资源和社会保障局", en: "Human Resources and Social Security Bureau"),
        kind: .publicService, audience: .person, archetype: "certificate-print", identity: .card,
        summary: Localized(
            zh: "要社保证明，在这里打印。", en: "Print the certificate of your social insurance here."),
        steps: [.notice, .identify, .pages, .lookup, .preview, .print, .finish],
        pages: [
            FormPage(
                id: "insurance", section: nil, title: Localized(zh: "您要哪种证明", en: "Which certificate do you need?"),
                hint: nil, when: nil,
                fields: [
                    Field(
                        key: "insurance", label: Localized(zh: "险种", en: "Kind of insurance"),
                        kind: .multi([
                            option("pension", "养老保险", "Pension"), option("unemployment", "失业保险", "Unemployment"),
                            option("injury", "工伤保险", "Work injury"),
                        ]), required: false),
                    Field(
                        key: "period_from", label: Localized(zh: "从哪个月", en: "From month"), kind: .month,
                        required: true),
                    Field(
                        key: "period_to", label: Localized(zh: "到哪个月", en: "To month"), kind: .month,
                        required: true),
                    Field(key: "copies", label: Localized(zh: "打几份", en: "Copies"), kind: .number, required: false),
                ])
        ],
        consents: [],
        materials: [
            Material(
                key: "id_card", title: Localized(zh: "居民身份证", en: "Resident ID card"), mark: .required,
                source: .applicantCard, hint: nil)
        ],
        rules: [
            Rule(
                when: condition("period_to < period_from"),
                action: .reject(
                    Localized(
                        zh: "起止年月填反了：结束的月份比开始的早。",
                        en: "The months are the wrong way round: the end is before the start.")))
        ],
        conditions: [:], answering: .all,
        lookup: Matter.Lookup(register: SampleRecords.insurance, keys: [], isRequired: true), payment: nil, guide: nil,
        output: .certificate,
        basis: Localized(zh: "《中华人民共和国社会保险法》第七十四条", en: "Social Insurance Law, Article 74"), workdays: 0,
        fee: 0, events: ["retirement"], words: ["社保证明"], questions: [],
        reviewed: Matter.Review(by: "DL-Office", on: PageSamples.today))

    /// A stall at a night market: looked up, agreed to, filled in with every kind of field, and paid for.
    static let market = Matter(
        code: "MKT-090", version: "0000000000000003",
        title: Localized(zh: "夜市摊位续租", en: "Renewing a night market stall"),
        department: Localized(zh: "市场监督管理局", en: "Market Supervision Administration"), kind: .permit,
        audience: .both, archetype: "renew", identity: .card,
        summary: Localized(zh: "摊位到期了，想接着租，在这里办。", en: "Your stall’s lease is ending and you want to keep it."),
        steps: [
            .notice, .identify, .keyPages, .lookup, .pages, .capture, .payment, .review, .consent("truth"), .sign,
            .submit, .print, .rating, .finish,
        ],
        pages: [
            FormPage(
                id: "permit_no", section: nil, title: Localized(zh: "您的摊位证", en: "Your stall permit"), hint: nil,
                when: nil,
                fields: [
                    Field(
                        key: "permit_no", label: Localized(zh: "摊位证号码", en: "Permit number"), kind: .text,
                        required: true, sample: "20261234")
                ]),
            FormPage(
                id: "enterprise_usci", section: nil, title: Localized(zh: "摊位和收款", en: "Stall and account"),
                hint: nil, when: nil,
                fields: [
                    Field(
                        key: "enterprise_usci", label: Localized(zh: "统一社会信用代码", en: "Unified social credit code"),
                        kind: .creditCode, required: false),
                    Field(
                        key: "bank_account", label: Localized(zh: "退押金的银行卡号", en: "Bank card for the deposit"),
                        kind: .bankCard, required: true),
                    Field(
                        key: "opens_at", label: Localized(zh: "想什么时候出摊", en: "First opening"), kind: .dateTime,
                        required: true),
                    Field(
                        key: "area", label: Localized(zh: "摊位面积", en: "Area of the stall"), kind: .number,
                        required: true, source: .record("area"), decimals: 1,
                        unit: Localized(zh: "平方米", en: "square metres"), minimum: 1, maximum: 30),
                    Field(
                        key: "months", label: Localized(zh: "租几个月", en: "Months"), kind: .number, required: true,
                        minimum: 1, maximum: 12),
                    Field(
                        key: "rent", label: Localized(zh: "一共要付", en: "Rent altogether"), kind: .money,
                        required: false, value: condition("double(months) * area * 10.0")),
                ]),
        ],
        consents: [
            Consent(
                id: "truth", title: Localized(zh: "如实声明", en: "Statement of truth"),
                statement: Localized(
                    zh: "我说的都是真的。摊位还是我自己用，没有转给别人。",
                    en: "What I have said is true. I use the stall myself and have not passed it on."),
                refused: Localized(
                    zh: "不声明，机器上就不能续租。请到窗口说明情况。",
                    en: "Without this the lease cannot be renewed here. Please explain at the window."))
        ],
        materials: [
            material("id_card", "居民身份证", "Resident ID card", .required, .applicantCard),
            material("health", "健康证明", "Health certificate", .deferrable, .camera),
        ], rules: [], conditions: [:], answering: .all,
        lookup: Matter.Lookup(register: SampleRecords.stall, keys: ["permit_no"], isRequired: false),
        payment: condition("rent").map {
            Matter.Payment(amount: $0, subject: Localized(zh: "摊位租金", en: "Stall rent"))
        }, guide: nil, output: .certificate, basis: nil, workdays: 3, fee: 0, events: ["business"],
        words: ["摆摊", "夜市"], questions: [], reviewed: nil)

    /// Prints the guide of a matter that is picked, for nobody in particular.
    static let guide = Matter(
        code: "DBE-004", version: "0000000000000004",
        title: Localized(zh: "一次性告知单打印", en: "Printing what a matter needs"),
        department: Localized(zh: "营商环境建设监督局", en: "Business Environment Bureau"), kind: .publicService,
        audience: .both, archetype: "guide-print", identity: .none,
        summary: Localized(zh: "想知道办一件事要带什么，打印一张单子。", en: "Print a list of what a matter needs."),
        steps: [.notice, .pages, .guide, .print, .rating, .finish],
        pages: [
            FormPage(
                id: "keyword", section: nil, title: Localized(zh: "要办什么", en: "What about"), hint: nil, when: nil,
                fields: [
                    Field(
                        key: "keyword", label: Localized(zh: "要办的事", en: "The matter"), kind: .text,
                        required: false, sample: "开店")
                ])
        ], consents: [], materials: [], rules: [], conditions: [:], answering: .any, lookup: nil, payment: nil,
        guide: .checklist, output: .sampleForm, basis: nil, workdays: 0, fee: 0, events: [], words: [], questions: [],
        reviewed: nil)

    private static let contactPage = FormPage(
        id: "mobile", section: "contact", title: Localized(zh: "怎么联系您", en: "How to reach you"), hint: nil,
        when: nil,
        fields: [
            Field(key: "mobile", label: Localized(zh: "手机号码", en: "Mobile number"), kind: .phone, required: true),
            Field(
                key: "wants_mail", label: Localized(zh: "要免费寄到家吗", en: "Send it to your home free of charge?"),
                kind: .flag, required: false),
            Field(
                key: "mail_address", label: Localized(zh: "寄到哪里", en: "Postal address"), kind: .address,
                required: true, when: condition("wants_mail")),
        ])

    private static let businessPage = FormPage(
        id: "trade_name", section: nil, title: Localized(zh: "您的生意", en: "Your business"),
        hint: Localized(zh: "还没想好店名，可以先写您的名字。", en: "If you have no shop name yet, enter your own name."),
        when: nil,
        fields: [
            Field(key: "trade_name", label: Localized(zh: "店名", en: "Shop name"), kind: .text, required: true),
            Field(
                key: "operation_form", label: Localized(zh: "谁来经营", en: "Who runs it"),
                kind: .choice([
                    option("individual", "个人经营", "One person"), option("family", "家庭经营", "A family"),
                ]), required: true),
            Field(
                key: "business_scope", label: Localized(zh: "做什么生意", en: "What you will sell or do"),
                kind: .multi([
                    option("food", "食品销售", "Sell food"), option("goods", "日用百货零售", "Sell household goods"),
                    option("hair", "理发美容", "Hair and beauty"), option("clothes", "服装零售", "Sell clothes"),
                ]), required: true),
            Field(
                key: "capital", label: Localized(zh: "投入多少钱", en: "Money put in"), kind: .money, required: true),
        ])

    private static let premisesPage = FormPage(
        id: "premises", section: nil, title: Localized(zh: "您的店铺", en: "Your shop"), hint: nil, when: nil,
        fields: [
            Field(key: "premises", label: Localized(zh: "店铺地址", en: "Address"), kind: .address, required: true),
            Field(
                key: "premises_right", label: Localized(zh: "店铺是谁的", en: "Whose premises are they"),
                kind: .choice([
                    option("own", "自己的", "My own"), option("lease", "租的", "Rented"),
                    option("free", "别人白给用的", "Lent free of charge"),
                ]), required: true),
            Field(
                key: "lease_until", label: Localized(zh: "租到哪天", en: "Rented until"), kind: .date, required: true,
                when: condition("premises_right == \"lease\"")),
            Field(
                key: "staff_count", label: Localized(zh: "雇几个人", en: "Number of staff"), kind: .number,
                required: true, hint: Localized(zh: "没有就填 0", en: "Enter 0 for none")),
        ])

    private static let familyPage = FormPage(
        id: "family_members", section: nil, title: Localized(zh: "一起经营的家人", en: "Family members in the business"),
        hint: Localized(zh: "每位家人添加一次。", en: "Add each family member once."),
        when: condition("operation_form == \"family\""),
        fields: [
            Field(
                key: "family_members", label: Localized(zh: "家人", en: "Family"),
                kind: .records([
                    Field(key: "name", label: Localized(zh: "姓名", en: "Name"), kind: .text, required: true),
                    Field(
                        key: "id_no", label: Localized(zh: "身份证号码", en: "ID number"), kind: .idNumber,
                        required: true),
                    Field(
                        key: "relation", label: Localized(zh: "是您的什么人", en: "Relation to you"),
                        kind: .choice([
                            option("spouse", "配偶", "Husband or wife"), option("parent", "父母", "Parent"),
                            option("child", "子女", "Child"),
                        ]), required: true),
                ]), required: true, fromCard: ["name": .name, "id_no": .number])
        ])

    private static let registrationMaterials = [
        material("id_card", "居民身份证", "Resident ID card", .required, .applicantCard),
        material("premises_proof", "经营场所使用证明", "Proof that you may use the premises", .required, .camera),
        material("lease", "租赁合同", "Lease contract", .conditional, .camera),
        material("family_id", "家庭成员身份证", "Family member’s ID card", .conditional, .entryCards("family_members")),
        material("authorisation", "授权委托书", "Letter of authorisation", .conditional, .camera),
        material("agent_id", "代理人居民身份证", "ID card of the person acting for you", .conditional, .agentCard),
        material("premises_photo", "店铺照片", "Photograph of the premises", .deferrable, .camera),
    ]

    private static func option(_ key: String, _ zh: String, _ en: String) -> Field.Option {
        Field.Option(key: key, label: Localized(zh: zh, en: en))
    }

    private static func material(
        _ key: String, _ zh: String, _ en: String, _ mark: Material.Mark, _ source: Material.Source
    ) -> Material {
        Material(key: key, title: Localized(zh: zh, en: en), mark: mark, source: source, hint: nil)
    }

    /// Each of the conditions above parses; the tests walk the pages that depend on them.
    private static func condition(_ source: String) -> Condition? { try? Condition(source) }
}

/// People who do not exist: the area code 230199 is unassigned.
enum SamplePeople {
    static let citizen = card("陈志远", .male, "230199199001010018", born: (1990, 1, 1))
    static let spouse = card("王秀兰", .female, "230199198506120023", born: (1985, 6, 12))
    /// A drawn head before a plain ground, as large as a card's photograph.
    static let portrait: Portrait = {
        let (width, height) = (102, 126)
        var rgb: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                func isInside(_ centreX: Int, _ centreY: Int, _ radius: Int) -> Bool {
                    let (dx, dy) = (x - centreX, y - centreY)
                    return dx * dx + dy * dy <= radius * radius
                }
                if isInside(51, 50, 24) {
                    rgb += [226, 196, 170]
                } else if isInside(51, 44, 29) {
                    rgb += [40, 36, 34]
                } else if isInside(51, 126, 46) {
                    rgb += [46, 74, 120]
                } else {
                    rgb += [236, 240, 246]
                }
            }
        }
        return Portrait(width: width, height: height, rgb: rgb)
    }()
    static let parent = card("陈国栋", .male, "230199195808160019", born: (1958, 8, 16))

    private static func card(
        _ name: String, _ sex: IdentityCard.Sex, _ number: String, born: (year: Int, month: Int, day: Int)
    ) -> IdentityCard {
        IdentityCard(
            kind: .resident, name: name, sex: sex, nationCode: "01",
            birthDate: CalendarDate(year: born.year, month: born.month, day: born.day) ?? PageSamples.today,
            address: "示例省示例市样本区样本街1号", number: number, issuer: "示例市公安局样本分局",
            validFrom: PageSamples.today.adding(days: -1000), expiry: .never)
    }
}

/// Registers of the sample matters, and what they say of the sample people.
enum SampleRecords {
    private static func text(_ key: String, _ zh: String, _ en: String, _ kind: Field.Kind = .text) -> Field {
        Field(key: key, label: Localized(zh: zh, en: en), kind: kind, required: true)
    }

    static let insurance = Register(
        name: "social-insurance", title: Localized(zh: "个人参保证明", en: "Certificate of Social Insurance"),
        facts: [
            text("name", "姓名", "Name"), text("id_no", "身份证号码", "ID number", .idNumber),
            text("account", "养老金银行卡", "Pension bank card", .bankCard), text("since", "从哪年参保", "Insured since", .month),
            text("contributed", "一共缴了", "Contributed", .money),
            text(
                "periods", "缴费记录", "Contributions",
                .records([
                    text(
                        "kind", "险种", "Insurance",
                        .choice([
                            Field.Option(key: "pension", label: Localized(zh: "养老保险", en: "Pension")),
                            Field.Option(key: "injury", label: Localized(zh: "工伤保险", en: "Work injury")),
                        ])),
                    text("from", "从", "From", .month), text("to", "到", "To", .month),
                    text("months", "月数", "Months", .number),
                ])),
        ])

    static let stall = Register(
        name: "stall", title: Localized(zh: "摊位证", en: "Stall permit"),
        facts: [
            text("area", "摊位面积", "Area", .number), text("valid_to", "有效期到", "Valid until", .date),
        ])

    static var insured: OfficeRecord {
        func period(_ kind: String) -> RecordEntry {
            RecordEntry(answers: [
                "kind": .choice(kind), "from": .text("2026-01"), "to": .text("2026-10"), "months": .text("10"),
            ])
        }
        return OfficeRecord(
            register: insurance.name, title: insurance.title,
            issuer: Localized(zh: "示例市社会保险事业管理中心", en: "Sample City Social Insurance Centre"),
            issuedAt: PageSamples.now, verificationCode: "7H2K-9QMD", verificationURL: "https://office.example/verify",
            facts: [
                "name": .text(SamplePeople.citizen.name), "id_no": .text(SamplePeople.citizen.number),
                "account": .text("6217000000000000004"), "since": .text("2012-03"), "contributed": .text("86400.50"),
                "periods": .records([period("pension"), period("injury")]),
            ])
    }
}
