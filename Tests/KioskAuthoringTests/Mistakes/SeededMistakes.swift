/// The table of seeded mistakes: what is changed, and what must be found.

extension SeededMistake {
    static let all: [SeededMistake] = reading + heads + fields + papers + conditions + proofs

    // MARK: Reading

    private static let reading: [SeededMistake] = [
        SeededMistake(
            "YAML: a bracket is not closed", "events: [business]", "events: [business", at: "uses‸:", finds: "not YAML"),
        SeededMistake("a key stands twice", "fee: 0", "fee: 0\nfee: 1", at: "‸fee: 0", finds: "“fee” stands twice"),
        SeededMistake(
            "a misspelt key", "audience: person", "audience: person\n‸wrods: [开店]", finds: "has no “wrods”",
            hint: "words"),
        SeededMistake(
            "a key that does not belong here", "  - title: 店铺", "  - ‸colour: red\n    title: 店铺",
            finds: "has no “colour”"),
        SeededMistake("no English", "title: 开店登记 | Registering a shop", "title: ‸开店登记", finds: "no English"),
        SeededMistake(
            "Chinese in the English half", "店名 | Name", "店名 | 店名", at: "label: ‸店名",
            finds: "Chinese in its English half"),
        SeededMistake(
            "a label is missing", "{key: shop, type: text, label: 店名 | Name,", "‸{key: shop, type: text,",
            finds: "label"),
        SeededMistake("a head key is missing", "output: receipt\n", "", at: "‸code", finds: "lacks “output”"),
    ]

    // MARK: The head

    private static let heads: [SeededMistake] = [
        SeededMistake("an unknown kind", "kind: permit", "kind: ‸permitt", finds: "not a known kind", hint: "permit"),
        SeededMistake("an unknown identity", "identity: id-card", "identity: ‸card", finds: "not a known identity"),
        SeededMistake(
            "an unknown archetype", "archetype: apply", "archetype: ‸aply", finds: "no archetype", hint: "apply"),
        SeededMistake("an unknown life event", "[business]", "[‸busyness]", finds: "no life event", hint: "business"),
        SeededMistake(
            "an unknown section", "- bank-card: {for: 补贴 | the subsidy}", "- ‸bank-crd", finds: "no section",
            hint: "bank-card"),
        SeededMistake(
            "a parameter of a section is missing", "- bank-card: {for: 补贴 | the subsidy}", "- ‸bank-card",
            finds: "“for” of the section"),
        SeededMistake(
            "an unknown parameter of a section", "{for: 补贴 | the subsidy}", "{for: 补贴 | the subsidy, ‸too: 也 | Too}",
            finds: "has no “too”"),
        SeededMistake(
            "an unknown register", "register: shop-permit,", "register: ‸shop-permits,",
            also: ("record.state == \"frozen\"", "area > 800"), finds: "no register", hint: "shop-permit"),
        SeededMistake(
            "a look-up by no field", "by: [permit_no]", "by: [permit]", at: "lookup: ‸{", finds: "which is no field"),
        SeededMistake("a guide in the wrong archetype", "fee: 0", "fee: 0\nguide: ‸sample", finds: "prints no guide"),
        SeededMistake("a fee without a payment step", "fee: 0", "fee: ‸20", finds: "takes no payment"),
        SeededMistake(
            "a payment without a payment step", "fee: 0", "fee: 0\npayment: ‸{amount: \"20\", for: 工本 | Fee}",
            finds: "takes no payment"),
        SeededMistake("a fee that is no number", "fee: 0", "fee: ‸free", finds: "whole number"),
        SeededMistake(
            "a day of review that does not exist", "fee: 0", "fee: 0\nreviewed: {by: 张三, on: ‸2026-02-30}",
            finds: "must be a day"),
        SeededMistake(
            "a section to leave out that is not there", "fee: 0", "fee: 0\nwithout: ‸[delivery]", finds: "to leave out"),
        SeededMistake(
            "a holder who is anything but confirmed", "fee: 0", "fee: 0\nholder: ‸asked", finds: "can only be confirmed"
        ),
        SeededMistake("a holder without a word", "fee: 0", "fee: 0\nholder: ‸[]", finds: "can only be confirmed"),
        SeededMistake(
            "an unknown card", "fee: 0", "fee: 0\ncards: [id-card, ‸social-securty-card]", finds: "there is no card",
            hint: "did you mean “social-security-card”"),
        SeededMistake(
            "an unknown card alone", "fee: 0", "fee: 0\ncards: [‸passport]", finds: "there is no card",
            hint: "known: id-card"),
        SeededMistake(
            "a card that stands twice", "fee: 0", "fee: 0\ncards: [id-card, ‸id-card]", finds: "stands twice"),
        SeededMistake("no card at all", "fee: 0", "fee: 0\ncards: ‸[]", finds: "at least one card"),
        SeededMistake("cards that are no list", "fee: 0", "fee: 0\ncards: ‸id-card", finds: "must be a list"),
        SeededMistake(
            "a condition about an address that the card lacks", "fee: 0",
            "fee: 0\ncards: [id-card, social-security-card]",
            also: ("when: area > 500", "when: ‸hukou_local"), finds: "a social security card has no address",
            hint: "leave “social-security-card” out"),
        SeededMistake(
            "an address from a card that has none", "fee: 0", "fee: 0\ncards: [social-security-card]",
            also: ("{key: shop, type: text,", "‸{key: shop, type: text, from: card.address,"),
            finds: "a social security card has no address", hint: "leave “social-security-card” out"),
    ]

    // MARK: Fields

    private static let fields: [SeededMistake] = [
        SeededMistake(
            "an unknown type", "{key: shop, type: text", "{key: shop, type: ‸txt", finds: "no type", hint: "text"),
        SeededMistake(
            "two fields of one key", "{key: rent, type", "{key: shop, type", at: "- ‸{key: shop, type: money",
            finds: "“shop” stands twice"),
        SeededMistake("a reserved key", "{key: shop,", "{key: ‸agent,", finds: "reserved"),
        SeededMistake("a key with capitals", "{key: shop,", "{key: ‸Shop,", finds: "no key"),
        SeededMistake(
            "two options of one key", "{own: 自有 | Owned, rent", "{‸own: 自有 | Owned, own: 借用 | Lent, rent",
            finds: "stands twice"),
        SeededMistake(
            "two readings of one option", "rent: 租赁 | Rented}", "rent: 租赁 | Rented, ‸lent: 租赁 | Lent}",
            finds: "two options read"),
        SeededMistake(
            "one option alone", "{own: 自有 | Owned, rent: 租赁 | Rented}", "‸{rent: 租赁 | Rented}",
            also: ("rented: right == \"rent\"", "rented: area > 100"), finds: "two options or more"),
        SeededMistake(
            "a list shares its page", "      - key: staff\n",
            "      - {key: boss, type: text, label: 店长 | Manager, sample: 王秀兰}\n      - key: staff\n",
            at: "- ‸title: 店员", finds: "page of its own"),
        SeededMistake(
            "a list in a list", "{key: id_no, type: id-number, label: 身份证号码 | ID number}",
            "{key: id_no, type: ‸list, label: 名单 | List}", finds: "no list inside"),
        SeededMistake(
            "seven fields on a page", "{key: shop, type: text, label: 店名 | Name, sample: 暖阳小店}",
            """
            {key: a1, type: phone, label: 一 | One}
                  - {key: a2, type: phone, label: 二 | Two}
                  - {key: a3, type: phone, label: 三 | Three}
                  - {key: shop, type: text, label: 店名 | Name, sample: 暖阳小店}
            """, at: "- ‸title: 店铺", finds: "at most 6 fields"),
        SeededMistake(
            "a sample that is no good answer", "min: 5, max: 900, sample: 60", "min: 5, max: 900, sample: ‸2",
            finds: "no good answer"),
        SeededMistake("min above max", "min: 5, max: 900, sample: 60", "min: ‸900, max: 5", finds: "larger than"),
        SeededMistake(
            "options on a text", "{key: shop, type: text,", "{key: shop, type: text, options: ‸{a: 甲 | A, b: 乙 | B},",
            finds: "only choice and multi"),
        SeededMistake(
            "from a record without such a fact", "{key: lease_from, type: date,",
            "‸{key: lease_from, type: date, from: record.valid_until,", finds: "has no “valid_until”"),
        SeededMistake(
            "from a fact of another type", "{key: lease_from, type: date,",
            "‸{key: lease_from, type: date, from: record.state,", finds: "of another type"),
    ]

    // MARK: Papers

    private static let papers: [SeededMistake] = [
        SeededMistake(
            "two papers of one key", "{key: lease, mark",
            "‸{key: photo, label: 相片 | Picture, mark: \"*\"}\n  - {key: lease, mark", finds: "“photo” stands twice"),
        SeededMistake(
            "a paper without a name", "{key: photo, label: 照片 | Photograph,", "{key: ‸photo,", finds: "needs a “label”"),
        SeededMistake("an unknown mark", "mark: \"*\"}", "mark: ‸\"!\"}", finds: "not a known mark"),
        SeededMistake(
            "a paper that no rule needs", "  - {when: rented, need: lease}\n", "", at: "- ‸{key: lease, mark",
            finds: "no rule ever needs"),
        SeededMistake(
            "a rule needs a paper that is always needed", "{when: rented, need: lease}",
            "{when: rented, need: lease}\n  - ‸{when: rented, need: photo}", finds: "no paper marked “?”"),
        SeededMistake(
            "a rule needs a paper that is not there", "{when: rented, need: lease}",
            "{when: rented, need: lease}\n  - ‸{when: rented, need: leese}", finds: "no paper marked “?”", hint: "lease"
        ),
        SeededMistake(
            "a rule with two outcomes", "{when: area > 500, note",
            "‸{when: area > 500, reject: 太大了。 | Too large., note", finds: "has one of"),
        SeededMistake("a refusal without a condition", "{when: age < 18, reject", "‸{reject", finds: "needs a “when”"),
        SeededMistake(
            "cards of a list that is not there", "{key: photo, label: 照片 | Photograph, mark: \"*\"}",
            "‸{key: photo, label: 照片 | Photograph, mark: \"*\", from: entry-cards people}", finds: "no such list"),
    ]

    // MARK: Conditions

    private static let conditions: [SeededMistake] = [
        SeededMistake(
            "a condition that cannot be read", "when: area > 500", "when: area >‸> 500", finds: "did not expect"),
        SeededMistake(
            "an unknown name", "when: area > 500", "when: ‸areaa > 500", finds: "no field or fact is named",
            hint: "area"),
        SeededMistake(
            "an unknown option", "rented: right == \"rent\"", "rented: right == ‸\"rented\"",
            finds: "none of the possible values", hint: "rent"),
        SeededMistake(
            "a comparison across types", "when: area > 500", "when: area ‸> \"500\"", finds: "does not go between"),
        SeededMistake(
            "an unknown fact", "record.state == \"frozen\"", "record.‸sate == \"frozen\"", finds: "has no “sate”",
            hint: "state"),
        SeededMistake(
            "an unknown function", "when: area > 500", "when: ‸sise(staff) > 3", finds: "no function", hint: "size"),
        SeededMistake(
            "a day that does not exist", "when: area > 500", "when: today > ‸date(\"2026-02-30\")",
            finds: "day that exists"),
        SeededMistake(
            "a condition that is no truth", "when: area > 500", "when: ‸area + 500", finds: "must be true or false"),
        SeededMistake(
            "a record without a look-up", "lookup: {register: shop-permit, by: [permit_no]}\n", "",
            at: "when: ‸record.state", finds: "no field or fact is named “record”"),
        SeededMistake(
            "a condition that nobody uses", "  rented: right", "  big: ‸area > 500\n  rented: right",
            finds: "never used"),
    ]

    // MARK: Proofs

    private static let proofs: [SeededMistake] = [
        SeededMistake(
            "a contradiction", "when: area > 500, note", "when: ‸area > 500 && area < 300, note",
            finds: "nobody sees this note"),
        SeededMistake(
            "a bound that no answer reaches", "when: area > 500, note", "when: ‸area > 1000, note",
            finds: "nobody sees this note"),
        SeededMistake(
            "a tautology", "when: area > 500, note", "when: ‸area > 500 || area <= 500, note", finds: "always holds",
            hint: "take “when” out"),
        SeededMistake(
            "a dead alternative", "when: area > 500, note", "when: shop == \"大店\" || ‸area > 2000, note",
            finds: "part of the condition never holds"),
        SeededMistake(
            "a part that always holds", "when: area > 500, note", "when: area > 500 && ‸area >= 5, note",
            finds: "part of the condition always holds"),
        SeededMistake(
            "a page that nobody reaches", "    when: rented\n", "    when: ‸rented && right == \"own\"\n",
            finds: "nobody reaches this page"),
        SeededMistake(
            "a page that everybody sees", "    when: rented\n", "    when: ‸right == \"rent\" || right == \"own\"\n",
            finds: "every citizen sees this page"),
        SeededMistake(
            "a page behind a refusal", "when: age < 18, reject", "when: right == \"rent\", reject",
            at: "    when: ‸rented", finds: "nobody reaches this page"),
        SeededMistake(
            "a field that nobody is asked for", "when: rented}", "when: ‸area > 900}",
            finds: "nobody is asked for “rent”"),
        SeededMistake(
            "a field that asks for a later one", "when: rented}", "when: ‸lease_from < today}",
            finds: "nobody is asked for “rent”", hint: "asked only later"),
        SeededMistake(
            "a circle between two fields", "{key: shop, type: text, label: 店名 | Name, sample: 暖阳小店}",
            "{key: shop, type: text, label: 店名 | Name, sample: 暖阳小店, when: ‸rent > 100.0}",
            finds: "nobody is asked for “shop”", hint: "asked only later"),
        SeededMistake(
            "a paper that nobody needs", "when: rented, need", "when: ‸rented && area > 900, need",
            finds: "never asks for the paper “lease”"),
        SeededMistake(
            "a paper that everybody needs", "when: rented, need", "when: ‸area > 4, need", finds: "always holds",
            hint: "mark the paper “*”"),
        SeededMistake(
            "a paper only of those who are refused", "when: rented, need", "when: ‸age < 16, need",
            finds: "never asks for the paper", hint: "stops the citizen before"),
        SeededMistake(
            "a check that no answer meets", "holds: lease_to > lease_from",
            "holds: ‸lease_to > lease_from && lease_to < lease_from", finds: "no answer meets this check"),
        SeededMistake(
            "checks that shut each other out", "checks: [{holds: lease_to > lease_from,",
            "checks: [{holds: lease_to < lease_from, message: 早 | Before}, {holds: lease_to > lease_from,",
            at: "- ‸key: lease_to", finds: "no answer meets all checks"),
        SeededMistake(
            "a check that never fails", "max: 900, sample: 60}",
            "max: 900, sample: 60, checks: [{holds: ‸area < 1000, message: 太大 | Too large}]}", finds: "never fails"),
        SeededMistake(
            "a rule that turns everybody away", "when: age < 18, reject", "when: ‸age >= 0, reject",
            finds: "turns everybody away"),
        SeededMistake(
            "rules that leave nobody", "  - {when: age < 18, reject",
            "  - {when: age >= 18, reject: 只给孩子办。 | For children only.}\n  - {when: age < 18, reject", at: "code: ‸TST",
            finds: "the flow cannot end"),
        SeededMistake(
            "a named condition that never holds", "rented: right == \"rent\"",
            "rented: ‸right == \"rent\" && right == \"own\"", finds: "“rented” never holds"),
        SeededMistake(
            "a refusal after the papers", in: "archetypes/apply.yaml", "  - lookup: optional\n  - pages\n  - capture\n",
            "  - pages\n  - capture\n  - lookup: optional\n", at: "when: ‸record.state", foundIn: GoodMatter.path,
            finds: "after papers"),
    ]
}
