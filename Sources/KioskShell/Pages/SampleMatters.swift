/// Invented matters, people and records for page samples.

import KioskCore

/// One matter that is applied for and one certificate that is printed: between them every page there is.
enum SampleMatters {
    static let library = MatterLibrary(matters: [registration, certificate])

    /// Like MKT-001: agent, contact section, two form pages, a family list, materials of every mark.
    static let registration = Matter(
        code: "MKT-001", version: "0000000000000001",
        title: Localized(zh: "个体工商户设立登记", en: "Individual business registration"),
        department: Localized(zh: "市场监督管理局", en: "Market Supervision Administration"), archetype: "apply",
        identity: .agentAllowed,
        summary: Localized(
            zh: "开店、摆摊、做小生意，在这里登记。", en: "Register here to open a shop, a stall or another small business."),
        steps: [
            .notice, .identify, .agent, .section("contact"), .pages, .capture, .review, .sign, .submit, .print, .finish,
        ],
        pages: [contactPage, businessPage, premisesPage, familyPage], materials: registrationMaterials,
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
        ],
        lookup: nil, output: .certificate,
        basis: Localized(
            zh: "《中华人民共和国市场主体登记管理条例》第三条",
            en: "Regulation on the Registration of Market Entities, Article 3"),
        workdays: 1, fee: 0, reviewed: nil)

    /// Like HRS-016: filters, the office's record, a certificate printed at once.
    static let certificate = Matter(
        code: "HRS-016", version: "0000000000000002",
        title: Localized(zh: "个人参保证明查询打印", en: "Social insurance certificate"),
        department: Localized(zh: "人力资源和社会保障局", en: "Human Resources and Social Security Bureau"),
        archetype: "certificate-print", identity: .card, summary: nil,
        steps: [.notice, .identify, .pages, .lookup, .preview, .print, .finish],
        pages: [
            FormPage(
                id: "filters", section: nil, title: Localized(zh: "您要哪种证明", en: "Which certificate do you need?"),
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
        lookup: "social-insurance", output: .certificate,
        basis: Localized(zh: "《中华人民共和国社会保险法》第七十四条", en: "Social Insurance Law, Article 74"), workdays: 0,
        fee: 0,
        reviewed: Matter.Review(by: "DL-Office", on: PageSamples.today))

    private static let contactPage = FormPage(
        id: "contact", section: "contact", title: Localized(zh: "怎么联系您", en: "How to reach you"), hint: nil,
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
        id: "business", section: nil, title: Localized(zh: "您的生意", en: "Your business"),
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
        id: "family", section: nil, title: Localized(zh: "一起经营的家人", en: "Family members in the business"),
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
