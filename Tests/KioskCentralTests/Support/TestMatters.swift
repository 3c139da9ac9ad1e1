// Matters and registers for the look-ups of these tests.

import KioskCore

enum TestMatters {
    static let all = [
        matter("MKT-002", .card, foodPermit, keys: ["permit_no"], fields: [text("permit_no", "JY22301020012345")]),
        matter("JUS-005", .none, lawFirms, fields: [text("firm", "松暖")]),
        matter("TRA-001", .none, vehicle, fields: [text("plate", "黑A12345"), text("colour", "蓝")]),
        matter(
            "PSB-004", .none, residentID, keys: ["name", "id_no"],
            fields: [text("name", "张伟民"), field("id_no", .idNumber)]),
        matter(
            "DBE-003", .none, progress,
            fields: [
                text("accept_no", "20261120-0032"), field("applicant_id", .idNumber), text("query_code", "583926"),
            ]),
        matter("DBE-013", .card, papers, keys: ["accept_no"], fields: [text("accept_no", "20261120-0032")]),
    ]

    static let foodPermit = Register(
        name: "food-permit", title: Localized(zh: "食品经营许可证", en: "Food business permit"),
        facts: [
            text("permit_no", "JY22301020012345"), text("holder", "张伟民"), field("valid_to", .date, "2027-03-31"),
            choice("state", ["valid", "suspended", "cancelled"]), field("fine", .money, "12.50", required: false),
            field("chains", .flag, required: false),
            field("scope", .multi([option("hot"), option("cold")]), required: false),
            field("shops", .records([text("name", "暖阳"), field("opened", .date)]), required: false),
        ])
    static let lawFirms = Register(
        name: "law-firms", title: Localized(zh: "律师事务所", en: "Law firms"), facts: [field("found", .number, "3")])
    static let vehicle = Register(
        name: "vehicle", title: Localized(zh: "机动车", en: "Vehicle"),
        facts: [text("plate", "黑A12345"), text("colour", "蓝"), text("engine", "9F8E7D")])
    static let residentID = Register(
        name: "resident-id", title: Localized(zh: "身份证", en: "Resident ID"),
        facts: [text("name", "张伟民"), text("issuer", "测试市公安局")])
    static let progress = Register(
        name: "case-progress", title: Localized(zh: "办件进度", en: "Progress"),
        facts: [
            text("accept_no", "20261120-0032"), text("matter_name", "测试事项"), field("accepted_on", .date),
            choice("state", ["received", "review", "supplement", "pay", "ready", "done", "refused"]),
            field("due", .date), text("missing", "材料", required: false), text("where", "窗口", required: false),
        ])
    static let papers = Register(
        name: "deferred-papers", title: Localized(zh: "待补材料", en: "Papers"),
        facts: [
            text("matter_name", "测试事项"), field("accepted_on", .date),
            field("missing", .records([text("material", "材料"), field("promise_date", .date)])),
            field("extended", .flag), choice("state", ["open", "complete", "closed"]),
        ])

    private static func matter(
        _ code: String, _ identity: Matter.IdentityPolicy, _ register: Register, keys: [String] = [], fields: [Field]
    ) -> Matter {
        Matter(
            code: code, version: "0123456789abcdef", title: Localized(zh: "事项", en: "Matter"),
            department: Localized(zh: "测试局", en: "Test Bureau"), kind: .publicService, audience: .person,
            archetype: "query-print", identity: identity, summary: Localized(zh: "测试", en: "Test"), steps: [],
            pages: [
                FormPage(
                    id: fields[0].key, section: nil, title: Localized(zh: "页", en: "Page"), hint: nil, when: nil,
                    fields: fields)
            ], consents: [], materials: [], rules: [], conditions: [:], answering: .all,
            lookup: Matter.Lookup(register: register, keys: keys, isRequired: true), payment: nil, guide: nil,
            output: .querySlip, basis: nil, workdays: 0, fee: 0, events: [], words: [], questions: [], reviewed: nil)
    }

    private static func field(
        _ key: String, _ kind: Field.Kind, _ sample: String? = nil, required: Bool = true
    ) -> Field {
        Field(key: key, label: Localized(zh: key, en: key), kind: kind, required: required, sample: sample)
    }

    private static func text(_ key: String, _ sample: String, required: Bool = true) -> Field {
        field(key, .text, sample, required: required)
    }

    private static func choice(_ key: String, _ options: [String]) -> Field {
        field(key, .choice(options.map(option)))
    }

    private static func option(_ key: String) -> Field.Option {
        Field.Option(key: key, label: Localized(zh: key, en: key))
    }
}
