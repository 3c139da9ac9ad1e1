/// Matters made in code, so that tests of a session need no files: a small builder, and the two that most tests use.

@testable import KioskCore

extension Localized: ExpressibleByStringLiteral {
    init(stringLiteral value: String) { self.init(zh: value, en: value) }
}

enum Test {
    static func when(_ source: String) throws -> Condition { try Condition(source) }

    static func page(
        _ fields: Field..., section: String? = nil, when: String? = nil
    ) throws -> FormPage {
        FormPage(
            id: fields.first?.key ?? "", section: section, title: "页", hint: nil, when: try when.map(Condition.init),
            fields: fields)
    }

    static func field(
        _ key: String, _ kind: Field.Kind = .text, required: Bool = true, when: String? = nil, checks: [String] = [],
        source: Field.Source? = nil, value: String? = nil, decimals: Int = 0, min: Double? = nil, max: Double? = nil,
        fromCard: [String: Field.CardFact] = [:]
    ) throws -> Field {
        Field(
            key: key, label: Localized(zh: key, en: key), kind: kind, required: required,
            when: try when.map(Condition.init),
            checks: try checks.map { Field.Check(holds: try Condition($0), message: "不对") }, fromCard: fromCard,
            source: source, value: try value.map(Condition.init), decimals: decimals, minimum: min, maximum: max)
    }

    static func options(_ keys: String...) -> [Field.Option] {
        keys.map { Field.Option(key: $0, label: Localized(zh: $0, en: $0)) }
    }

    static func need(_ material: String, _ when: String) throws -> Rule {
        Rule(when: try Condition(when), action: .need(material))
    }

    static func reject(_ when: String, _ text: Localized = "不行") throws -> Rule {
        Rule(when: try Condition(when), action: .reject(text))
    }

    static func window(_ when: String, _ text: Localized = "去窗口") throws -> Rule {
        Rule(when: try Condition(when), action: .window(text))
    }

    static func paper(
        _ key: String, _ mark: Material.Mark = .required, from source: Material.Source = .camera
    ) -> Material {
        Material(key: key, title: Localized(zh: key, en: key), mark: mark, source: source, hint: nil)
    }

    static func lookup(_ keys: [String] = [], required: Bool = true, facts: [Field]) -> Matter.Lookup {
        Matter.Lookup(
            register: Register(name: "permit", title: "证", facts: facts), keys: keys, isRequired: required)
    }

    static func consent(_ id: String) -> Consent {
        Consent(id: id, title: "同意", statement: "我同意。", refused: "不同意就去窗口。")
    }

    static func matter(
        _ code: String = "TST-001", archetype: String = "apply", identity: Matter.IdentityPolicy = .card,
        steps: [StepTemplate] = [
            .notice, .identify, .pages, .capture, .review, .sign, .submit, .print, .rating, .finish,
        ],
        confirmsHolder: Bool = false, pages: [FormPage] = [], consents: [Consent] = [], materials: [Material] = [],
        rules: [Rule] = [],
        conditions: [String: String] = [:], answering: Matter.Answering = .all, lookup: Matter.Lookup? = nil,
        payment: String? = nil, guide: Matter.Guide? = nil, output: Matter.Output = .receipt, fee: Int = 0
    ) throws -> Matter {
        var steps = steps
        if confirmsHolder, let identify = steps.lastIndex(where: { $0 == .identify || $0 == .agent }) {
            steps.insert(.confirmHolder, at: identify + 1)
        }
        var matter = Matter(
            code: code, version: "0123456789abcdef", title: "测试", department: "部门", kind: .permit,
            audience: .person, archetype: archetype, identity: identity, summary: "一件事。", steps: steps,
            pages: pages, consents: consents, materials: materials, rules: rules,
            conditions: try conditions.mapValues { try Condition($0) }, answering: answering, lookup: lookup,
            payment: try payment.map { Matter.Payment(amount: try Condition($0), subject: "费") }, guide: guide,
            output: output, basis: nil, workdays: 1, fee: fee, events: [], words: [], questions: [], reviewed: nil)
        matter.confirmsHolder = confirmsHolder
        return matter
    }

    /// Opens a shop: an agent, a family list, cards of its members, a lease, a choice of delivery.
    static func shop() throws -> Matter {
        let members = Field.Kind.records([
            try field("name"), try field("id_no", .idNumber),
            try field("relation", .choice(options("spouse", "child"))),
        ])
        return try matter(
            "MKT-001", identity: .agentAllowed,
            steps: [
                .notice, .identify, .agent, .section("contact"), .pages, .section("delivery"), .capture, .review,
                .sign, .submit, .print, .finish,
            ],
            pages: [
                page(field("mobile", .phone), section: "contact"),
                page(field("trade_name")),
                page(field("operation_form", .choice(options("personal", "family")))),
                page(
                    field("family_members", members, fromCard: ["name": .name, "id_no": .number]),
                    when: #"operation_form == "family""#),
                page(field("premises", .address), field("premises_right", .choice(options("owned", "rent", "free")))),
                page(field("staff_count", .number, min: 1), field("capital", .money)),
                page(field("business_scope", .multi(options("food", "catering", "hair")))),
                page(
                    field("delivery", .choice(options("window", "mail"))),
                    field("mail_address", .address, when: #"delivery == "mail""#), section: "delivery"),
            ],
            materials: [
                paper("id_card", from: .applicantCard), paper("premises_proof"), paper("lease", .conditional),
                paper("family_id", .conditional, from: .entryCards("family_members")),
                paper("power_of_attorney", .conditional), paper("agent_id", .conditional, from: .agentCard),
            ],
            rules: [
                need("power_of_attorney", "agent"), need("agent_id", "agent"),
                need("family_id", #"operation_form == "family""#), need("lease", #"premises_right == "rent""#),
                Rule(when: when(#""food" in business_scope"#), action: .note("另办食品许可。")),
            ], output: .certificate)
    }

    /// Prints a certificate of social insurance out of the office's register.
    static func certificate() throws -> Matter {
        try matter(
            "HRS-016", archetype: "certificate-print", identity: .agentAllowed,
            steps: [
                .notice, .identify, .agent, .keyPages, .pages, .capture, .lookup, .preview, .payment, .submit, .print,
                .finish,
            ],
            pages: [
                page(field("insurance", .multi(options("pension", "injury")))),
                page(field("period_from", .month), field("period_to", .month)),
                page(field("purpose", .choice(options("job", "house"))), field("copies", .number, min: 1, max: 5)),
            ],
            materials: [paper("id_card", from: .applicantCard)],
            rules: [reject("period_to < period_from", "结束的月份早于开始的月份。")],
            lookup: lookup(facts: [field("total", .money)]), output: .certificate)
    }

    static func library(_ more: Matter...) throws -> MatterLibrary {
        MatterLibrary(matters: [try shop(), try certificate()] + more)
    }

    static func record(_ facts: [String: Answer] = [:]) -> OfficeRecord {
        OfficeRecord(
            register: "permit", title: "证明", issuer: "局", issuedAt: Timestamp(milliseconds: 0),
            verificationCode: "ABCD", verificationURL: "https://localhost/verify", facts: facts)
    }
}
