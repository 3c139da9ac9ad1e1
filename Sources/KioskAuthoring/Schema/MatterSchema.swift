/// The JSON Schema of matter, archetype, section, register and story files, made from the tables the loader reads by.

internal import FoundationEssentials
internal import KioskCore

public enum MatterSchema {
    /// Draft 2020-12, with sorted keys and a line end: the same text on every machine.
    public static func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(schema), as: UTF8.self) + "\n"
    }

    private static var schema: JSONValue {
        [
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "政务服务事项文件 | Files of the matters folder",
            "description": "事项、类型、共用部分、登记库、情形五种文件 | A matter, archetype, section, register or story file",
            "oneOf": .array(["matter", "archetype", "section", "register", "stories"].map { reference($0) }),
            "$defs": .object(definitions),
        ]
    }

    private static var definitions: [String: JSONValue] {
        [
            "text": string(
                "中文 | English，中间空格、竖线、空格", "Chinese, a space, a stroke, a space, English", #"^(.*\S \| \S.*|\{\w+\})$"#),
            "condition": [
                "type": ["string", "boolean"], "description": "条件（CEL） | A condition in CEL",
            ],
            "key": string("小写字母、数字、下划线", "Small letters, digits and _", "^[a-z0-9_]+$"),
            "day": string("年-月-日", "A day", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
            "words": ["type": "array", "items": ["type": ["string", "number"]]],
            "options": [
                "type": "object", "minProperties": 2, "propertyNames": reference("key"),
                "additionalProperties": reference("text"),
            ],
            "field": object(MatterGrammar.fieldKeys, required: ["key", "type", "label"]),
            "listField": object(MatterGrammar.listFieldKeys, required: ["key", "type", "label"]),
            "fact": object(MatterGrammar.factKeys, required: ["key", "type", "label"], "fact"),
            "page": object(MatterGrammar.pageKeys, required: ["title", "fields"], "page"),
            "check": object(MatterGrammar.checkKeys, required: MatterGrammar.checkKeys),
            "paper": object(MatterGrammar.paperKeys, required: ["key", "mark"], "paper"),
            "rule": rule,
            "consent": object(MatterGrammar.consentKeys, required: MatterGrammar.consentKeys),
            "question": object(MatterGrammar.questionKeys, required: MatterGrammar.questionKeys),
            "reviewed": object(MatterGrammar.reviewedKeys, required: MatterGrammar.reviewedKeys, "reviewed"),
            "lookup": object(MatterGrammar.lookupKeys, required: ["register"], "lookup"),
            "payment": object(MatterGrammar.paymentKeys, required: MatterGrammar.paymentKeys, "payment"),
            "step": step,
            "matter": object(
                MatterGrammar.matterKeys,
                required: [
                    "code", "title", "kind", "audience", "archetype", "identity", "summary", "output", "workdays",
                    "fee",
                ], "matter"),
            "archetype": object(MatterGrammar.archetypeKeys, required: ["archetype", "title", "steps"], "archetype"),
            "section": object(MatterGrammar.sectionKeys, required: ["section"], "section"),
            "register": object(MatterGrammar.registerKeys, required: MatterGrammar.registerKeys, "register"),
            "stories": object(StoryReader.fileKeys, required: StoryReader.fileKeys, "stories"),
            "story": object(StoryReader.storyKeys, required: ["name", "outcome"], "story"),
            "who": object(StoryReader.whoKeys, required: [], "who"),
        ]
    }

    private static var rule: JSONValue {
        guard case .object(var members) = object(["when"] + MatterGrammar.ruleActions, required: [], "rule") else {
            return [:]
        }
        members["oneOf"] = .array(MatterGrammar.ruleActions.map { ["required": .array([.string($0)])] })
        return .object(members)
    }

    private static var step: JSONValue {
        [
            "oneOf": [
                ["enum": .array(MatterGrammar.stepNames.map(JSONValue.string))],
                object(MatterGrammar.stepKeys, required: [], "step"),
            ]
        ]
    }

    // MARK: Building blocks

    private static func object(_ keys: [String], required: [String], _ owner: String = "") -> JSONValue {
        let properties = keys.map { ($0, property($0, of: owner)) }
        return [
            "type": "object", "additionalProperties": false,
            "required": .array(required.map(JSONValue.string)),
            "properties": .object(Dictionary(properties, uniquingKeysWith: { first, _ in first })),
        ]
    }

    private static func reference(_ name: String) -> JSONValue { ["$ref": .string("#/$defs/\(name)")] }

    private static func list(of name: String) -> JSONValue { ["type": "array", "items": reference(name)] }

    private static func string(_ zh: String, _ en: String, _ pattern: String? = nil) -> JSONValue {
        var members: [String: JSONValue] = ["type": "string", "description": .string("\(zh) | \(en)")]
        if let pattern { members["pattern"] = .string(pattern) }
        return .object(members)
    }

    private static func words<Word: CaseIterable & RawRepresentable>(
        _ type: Word.Type, _ zh: String, _ en: String
    ) -> JSONValue where Word.RawValue == String {
        [
            "enum": .array(Word.allCases.map { .string($0.rawValue) }), "description": .string("\(zh) | \(en)"),
        ]
    }

    /// A reference with a description of its own.
    private static func described(_ name: String, _ zh: String, _ en: String) -> JSONValue {
        ["$ref": .string("#/$defs/\(name)"), "description": .string("\(zh) | \(en)")]
    }

    private static func described(listOf name: String, _ zh: String, _ en: String) -> JSONValue {
        ["type": "array", "items": reference(name), "description": .string("\(zh) | \(en)")]
    }

    private static func flag(_ zh: String, _ en: String) -> JSONValue {
        ["type": "boolean", "description": .string("\(zh) | \(en)")]
    }

    private static func number(_ zh: String, _ en: String) -> JSONValue {
        ["type": "number", "description": .string("\(zh) | \(en)")]
    }

    private static func property(_ key: String, of owner: String) -> JSONValue {
        special(key, of: owner) ?? shared(key)
    }

    /// Keys that mean another thing here than elsewhere.
    private static func special(_ key: String, of owner: String) -> JSONValue? {
        switch (owner, key) {
        case ("page", "fields"):
            [
                "type": "array", "items": reference("field"), "minItems": 1,
                "maxItems": .number(MatterGrammar.maximumFieldsPerPage), "description": "栏目 | Fields",
            ]
        case ("fact", "from"), ("paper", "from"):
            string(
                "camera、applicant-card、agent-card 或 entry-cards 名单",
                "camera, applicant-card, agent-card or entry-cards LIST")
        case ("paper", "label"): described("text", "materials.yaml 里有的不用写", "Left out when materials.yaml has it")
        case ("reviewed", "by"): string("谁审核的", "Who signed it off")
        case ("reviewed", "on"): described("day", "审核日期", "On which day")
        case ("lookup", "by"): described("words", "先问、再一起送去查的栏目", "Fields asked first and sent along")
        case ("lookup", "register"), ("register", "register"): string("登记库文件名", "Name of the register file")
        case ("payment", "for"): described("text", "收什么费", "What is paid for")
        case ("matter", "lookup"): reference("lookup")
        case ("step", "lookup"): ["enum": ["required", "optional"], "description": "必须查到或可以跳过 | Required or optional"]
        case ("step", "consent"), ("step", "section"): string("共用部分的名字", "Name of a section")
        case ("step", "outputs"): ["type": "array", "items": words(Matter.Output.self, "结果", "Outputs")]
        case ("archetype", "steps"): described(listOf: "step", "步骤，从上到下", "Steps in order")
        case ("archetype", "answers"): ["enum": ["all", "any"], "description": "全填，或任填一项 | Every field, or any one"]
        case ("section", "consent"): reference("consent")
        case ("stories", "stories"): list(of: "story")
        case ("story", "name"): string("这个情形一句话", "The case in one sentence")
        case ("story", "today"): described("day", "假定今天是哪天", "The day it is supposed to be")
        case ("story", "answers"): ["type": "object", "description": "与例子不同的回答 | Answers that differ from the samples"]
        case ("story", "record"):
            [
                "type": ["object", "string"],
                "description": "查到的内容，与例子不同的；none 是查不到 | Facts that differ; none for no record",
            ]
        case ("story", "pages"): described("words", "依次出现的全部页", "All pages in order")
        case ("story", "among"): described("words", "其中要有的页", "Pages that are among them")
        case ("story", "not"): described("words", "不该出现的页", "Pages that must not be shown")
        case ("story", "papers"): described("words", "要拍的全部材料", "All papers to be photographed")
        case ("story", "notes"): described("words", "提示里的话", "Parts of the notes")
        case ("story", "outcome"): words(Story.Outcome.self, "结果", "How it ends")
        case ("story", "reason"): string("不能办的理由里的话", "A part of the reason")
        case ("story", "who"): reference("who")
        case ("who", "birth"): described("day", "出生日期", "Date of birth")
        case ("who", "age"): ["type": "integer", "minimum": 0, "maximum": 130, "description": "年龄 | Age"]
        case ("who", "agent"), ("who", "holder"), ("who", "local"):
            ["type": ["boolean", "string"], "description": "是或否 | Yes or no"]
        default: nil
        }
    }

    private static func shared(_ key: String) -> JSONValue {
        switch key {
        case "code", "matter": string("事项编码", "The matter's code", "^[A-Z]{3}-[0-9]{3}$")
        case "title": described("text", "名称", "Title")
        case "label": described("text", "叫法", "Label")
        case "summary": described("text", "一句话：给谁办什么事", "One sentence: what it is for")
        case "hint": described("text", "怎样填", "How to answer")
        case "message": described("text", "填错时说什么", "What to say when it is wrong")
        case "statement": described("text", "要同意的话", "What is agreed to")
        case "refused": described("text", "不同意时说什么", "What to say when it is refused")
        case "basis": described("text", "依据", "Legal basis")
        case "unit": described("text", "单位", "Unit")
        case "q": described("text", "问", "Question")
        case "a": described("text", "答", "Answer")
        case "reject": described("text", "不能办，说明理由和办法", "Not acceptable: why, and what to do")
        case "window": described("text", "转窗口，说明理由", "To a window: why")
        case "note": described("text", "提示", "A note")
        case "when": described("condition", "什么时候有", "When it is there")
        case "holds": described("condition", "应当成立的条件", "What must hold")
        case "value": described("condition", "自动算出", "Computed")
        case "amount": ["type": ["string", "number"], "description": "金额（元） | Amount in yuan"]
        case "kind": words(Matter.Kind.self, "权力类型", "Kind of power")
        case "audience": words(Matter.Audience.self, "谁来办", "Who applies")
        case "identity": words(Matter.IdentityPolicy.self, "看什么证件", "Which papers prove who it is")
        case "output": words(Matter.Output.self, "办完得到什么", "What comes out")
        case "cards":
            [
                "type": "array", "items": words(CardSource.self, "本人出示哪种卡", "Which cards identify the person"),
                "minItems": 1, "uniqueItems": true,
            ]
        case "holder": ["enum": ["confirmed"], "description": "核对证件是不是本人的 | Holder and card are compared"]
        case "guide": words(Matter.Guide.self, "打印哪一种", "Which guide is printed")
        case "mark": words(Material.Mark.self, "* 每次要，? 有时要，~ 可后补", "* always, ? when a rule says so, ~ may follow")
        case "card": ["enum": ["name", "number", "address"], "description": "从身份证读 | Read from the card"]
        case "type":
            [
                "enum": .array(MatterGrammar.typeNames.map(JSONValue.string)),
                "description": "栏目类型 | Type of the field",
            ]
        case "archetype": string("类型文件名", "Name of the archetype file")
        case "section": string("共用部分的名字", "Name of the section")
        case "register": string("登记库文件名", "Name of the register file")
        case "key": reference("key")
        case "need": described("key", "需要的材料", "The paper that is needed")
        case "options": reference("options")
        case "required": flag("必填", "Must be answered")
        case "when-later": flag("只在不是当场办结时", "Only when the result comes later")
        case "workdays": ["type": "integer", "minimum": 0, "description": "时限，工作日；0 当场 | Working days; 0 on the spot"]
        case "fee": ["type": "integer", "minimum": 0, "description": "收费（元） | Fee in yuan"]
        case "decimals":
            [
                "type": "integer", "minimum": 0, "maximum": .number(MatterGrammar.maximumDecimals),
                "description": "几位小数 | Decimals",
            ]
        case "min": number("最小", "Smallest")
        case "max": number("最大", "Largest")
        case "sample": ["type": ["string", "number", "boolean"], "description": "例子 | A good example"]
        case "from": string("从证件或查到的内容取", "Where the first value comes from", #"^(record|card)\.\w+$"#)
        case "events": described("words", "人生大事", "Life events")
        case "words": described("words", "人们怎么叫它", "What people call it")
        case "without": described("words", "不用的共用部分", "Sections left out")
        case "parameters": described("words", "参数", "Parameters")
        case "uses":
            ["type": "array", "items": ["type": ["string", "object"]], "description": "用到的共用部分 | Sections used"]
        case "place": ["enum": ["before", "after"], "description": "在本事项页面之前或之后 | Before or after the matter's pages"]
        case "conditions":
            [
                "type": "object", "additionalProperties": reference("condition"), "propertyNames": reference("key"),
                "description": "起了名字的条件 | Named conditions",
            ]
        case "pages": described(listOf: "page", "页面", "Pages")
        case "fields": described(listOf: "listField", "名单的栏目", "Fields of a list")
        case "facts": described(listOf: "fact", "查得到的内容", "Facts")
        case "materials": described(listOf: "paper", "材料", "Papers")
        case "rules": described(listOf: "rule", "规则", "Rules")
        case "questions": described(listOf: "question", "常见问题", "Questions")
        case "checks": described(listOf: "check", "核对", "Checks")
        case "payment": reference("payment")
        case "reviewed": reference("reviewed")
        default: [:]
        }
    }
}
