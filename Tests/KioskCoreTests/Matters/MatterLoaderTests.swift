import Testing

@testable import KioskCore

@Suite("Matter files")
struct MatterLoaderTests {
    // MARK: The shipped files

    @Test("the 412 shipped matters load without a finding")
    func shipped() throws {
        let result = MatterLoader.load(try MatterFolder.read(ProjectFolder.matters)) { _ in "0123456789abcdef0" }
        #expect(result.diagnostics.isEmpty, "\(result.diagnostics.prefix(3))")
        #expect(result.library.matters.count == 412)
        #expect(result.library.unavailable.isEmpty)
        #expect(Set(result.library.matters.map(\.archetype)).count == 15)
        #expect(result.library.matters.allSatisfy { $0.reviewed == nil })
        let matter = try #require(result.library.matter("MKT-001"))
        #expect(matter.version == "0123456789abcdef")
        #expect(matter.department.zh == "市场监督管理局")
        #expect(
            matter.pages.map(\.id) == [
                "mobile", "trade_name", "operation_form", "family_members", "premises", "staff_count", "business_scope",
                "delivery",
            ])
        #expect(
            matter.materials.map(\.key) == [
                "id_card", "power_of_attorney", "agent_id", "premises_proof", "lease", "family_id",
            ])
    }

    // MARK: A small library of its own

    static let shared = [
        MatterSource(path: "departments.yaml", text: "departments:\n  TST: 测试局 | Test Bureau\n"),
        MatterSource(path: "life-events.yaml", text: "events:\n  home: 买房 | Home\n"),
        MatterSource(path: "materials.yaml", text: "materials:\n  id_card: 居民身份证 | Resident ID card\n"),
        MatterSource(
            path: "archetypes/apply.yaml",
            text: """
                archetype: apply
                title: 申请 | Application
                steps: [notice, identify, key-pages, lookup: optional, pages, capture, review, {consent: truth}, sign, submit, print, finish]

                """),
        MatterSource(
            path: "sections/own-card.yaml",
            text: """
                section: own-card
                identity: id-card
                materials:
                  - {key: id_card, mark: "*", from: applicant-card}

                """),
        MatterSource(
            path: "sections/truth.yaml",
            text: """
                section: truth
                consent: {title: 属实 | True, statement: 我说的是真的。 | What I say is true., refused: 请到窗口。 | Please go to the window.}

                """),
        MatterSource(
            path: "sections/bank-card.yaml",
            text: """
                section: bank-card
                parameters: [for]
                pages:
                  - title: 收款 | Bank card
                    hint: "用来收{for}。 | To receive {for}."
                    fields:
                      - {key: bank_account, type: bank-card, label: 卡号 | Card number}

                """),
        MatterSource(
            path: "registers/titles.yaml",
            text: """
                register: titles
                title: 房产 | Titles
                facts:
                  - {key: state, type: choice, label: 状态 | State, options: {free: 正常 | Free, frozen: 冻结 | Frozen}}

                """),
    ]

    static let good = """
        code: TST-001
        title: 测试 | Test
        kind: permit
        audience: person
        archetype: apply
        identity: id-card
        summary: 一个测试。 | A test.
        output: receipt
        workdays: 5
        fee: 0
        events: [home]
        words: [试一试]
        uses: [bank-card: {for: 补贴 | the subsidy}]
        lookup: {register: titles, by: [title_no]}
        conditions:
          rented: right == "rent"
        pages:
          - title: 编号 | Number
            fields:
              - {key: title_no, type: text, label: 编号 | Number, sample: A1}
          - title: 房子 | Home
            fields:
              - {key: shop, type: text, label: 店 | Shop, sample: 小店}
              - {key: open_now, type: bool, label: 已开业 | Open}
              - {key: right, type: choice, label: 权利 | Right, options: {own: 自有 | Owned, rent: 租赁 | Rented}}
        materials:
          - {key: lease, label: 合同 | Lease, mark: "?"}
        rules:
          - {when: rented, need: lease}
          - {when: record.state == "frozen" && !open_now, reject: 不行。 | No.}

        """

    private func load(_ text: String, changing path: String? = nil, to other: String = "") -> MatterLoader.Result {
        let shared = Self.shared.map { $0.path == path ? MatterSource(path: $0.path, text: other) : $0 }
        return MatterLoader.load(shared + [MatterSource(path: "TST/TST-001.yaml", text: text)]) { $0 }
    }

    @Test("a matter is put together from its file, its archetype, its sections and its register")
    func assembly() throws {
        let result = load(Self.good)
        #expect(result.diagnostics.isEmpty, "\(result.diagnostics)")
        let matter = try #require(result.library.matters.first)
        #expect(matter.materials.map(\.key) == ["id_card", "lease"])
        #expect(matter.pages.map(\.id) == ["title_no", "shop", "bank_account"])
        #expect(matter.pages.last?.hint == Localized(zh: "用来收补贴。", en: "To receive the subsidy."))
        #expect(matter.consents.map(\.id) == ["truth"])
        #expect(matter.lookup?.register.facts.map(\.key) == ["state"])
        #expect(matter.lookup?.isRequired == false)
        #expect(matter.department.en == "Test Bureau")
        #expect(matter.steps.prefix(3) == [.notice, .identify, .section("own-card")])
    }

    @Test("a matter says which cards will do, and that the holder is confirmed behind them")
    func cardsAndHolder() throws {
        let plain = try #require(load(Self.good).library.matters.first)
        #expect(plain.cards == [.identityCard])
        #expect(!plain.confirmsHolder)
        func matter(_ head: String) throws -> Matter {
            let result = load(Self.good.replacing("fee: 0", with: "fee: 0\n\(head)"))
            return try #require(result.library.matters.first, "\(result.diagnostics)")
        }
        let confirmed = try matter("holder: confirmed")
        #expect(confirmed.confirmsHolder)
        #expect(confirmed.steps.prefix(4) == [.notice, .identify, .confirmHolder, .section("own-card")])
        let either = try matter("cards: [social-security-card, id-card]")
        #expect(either.cards == [.socialSecurityCard, .identityCard])
        #expect(either.materials.first?.title.zh == "居民身份证或社会保障卡")
        let chip = try matter("cards: [social-security-card]")
        #expect(chip.materials.first?.title.zh == "社会保障卡")
    }

    @Test(
        "where nobody's card is read, neither cards nor holder say anything",
        arguments: ["cards: [id-card]", "holder: confirmed"])
    func nobodysCard(head: String) throws {
        let text = Self.good.replacing("identity: id-card", with: "identity: none")
            .replacing("fee: 0", with: "fee: 0\n\(head)")
        let finding = try #require(load(text).diagnostics.first { $0.message.contains("nobody's card is read") })
        #expect(finding.line == 11)
    }

    @Test("a yes-or-no question that a condition uses must be answered, one that none uses need not")
    func flags() throws {
        let matter = try #require(load(Self.good).library.matters.first)
        #expect(matter.field("open_now")?.required == true)
        let unused = try #require(load(Self.good.replacing(" && !open_now", with: "")).library.matters.first)
        #expect(unused.field("open_now")?.required == false)
    }

    @Test(
        "a change in any file that a matter is made of gives it another version",
        arguments: ["archetypes/apply.yaml", "sections/truth.yaml", "sections/bank-card.yaml", "registers/titles.yaml"])
    func versions(path: String) throws {
        let text = try #require(Self.shared.first { $0.path == path }?.text)
        let digest: @Sendable (String) -> String = { "\($0.hashValue)" }
        func load(_ text: String) -> String? {
            let sources = Self.shared.map { $0.path == path ? MatterSource(path: path, text: text) : $0 }
            let own = MatterSource(path: "TST/TST-001.yaml", text: Self.good)
            return MatterLoader.load(sources + [own], digest: digest).library.matters.first?.version
        }
        #expect(load(text) != nil)
        #expect(load(text) == load(text))
        #expect(load(text) != load(text + "# changed\n"))
    }

    @Test(
        "a mistake is named with line, column and what was meant",
        arguments: [
            ("kind: permit", "kindd: permit", 3, 1, "did you mean “kind”?"),
            ("type: text, label: 店", "type: txt, label: 店", 23, 27, "did you mean “text”?"),
            ("archetype: apply", "archetype: aply", 5, 12, "did you mean “apply”?"),
            ("identity: id-card", "identity: idcard", 6, 11, "did you mean “id-card”?"),
            ("need: lease}", "need: leese}", 29, 5, "did you mean “lease”?"),
            ("when: rented", "when: rentd", 29, 12, "did you mean “rented”?"),
            ("record.state == \"frozen\"", "record.state == \"frosen\"", 30, 28, "did you mean “frozen”?"),
            ("events: [home]", "events: [hom]", 11, 10, "did you mean “home”?"),
            ("register: titles", "register: title", 14, 20, "did you mean “titles”?"),
        ])
    func mistakes(wanted: String, mistake: String, line: Int, column: Int, hint: String) throws {
        let result = load(Self.good.replacing(wanted, with: mistake))
        let finding = try #require(
            result.diagnostics.first { $0.hint?.contains(hint) == true }, "\(result.diagnostics)")
        #expect(finding.file == "TST/TST-001.yaml")
        #expect(finding.line == line)
        #expect(finding.column == column)
        #expect(result.library.matters.isEmpty)
        #expect(result.library.unavailable == ["TST-001"])
    }

    @Test(
        "cut or garbled anywhere, a file never traps the loader",
        arguments: ["", "\u{0}", "---\n---\n", "- a\n- b", "code: !!binary x", "a: &a [*a]", "{", "\u{FEFF}", "? ? ?"])
    func hostile(text: String) {
        #expect(!load(text).diagnostics.isEmpty)
        for path in Self.shared.map(\.path) { _ = load(Self.good, changing: path, to: text) }
    }

    @Test("every cut and many garbled bytes of a good file are survived")
    func garbled() {
        var generator = SplitMix(seed: 11)
        let bytes = Array(Self.good.utf8)
        for cut in stride(from: 0, to: bytes.count, by: 7) {
            _ = load(String(decoding: bytes[..<cut], as: UTF8.self))
            var copy = bytes
            copy[Int.random(in: 0..<copy.count, using: &generator)] = UInt8.random(in: 32...126, using: &generator)
            _ = load(String(decoding: copy, as: UTF8.self))
        }
    }

    @Test("aliases that unfold without end are refused")
    func aliasBomb() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...8 {
            let alias = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(alias)]\n"
        }
        #expect(load(text).diagnostics.contains { $0.message.contains("unfolds") })
    }

    @Test("a broken matter does not take the others with it")
    func isolation() {
        let result = MatterLoader.load(
            Self.shared + [
                MatterSource(path: "TST/TST-001.yaml", text: Self.good),
                MatterSource(path: "TST/TST-002.yaml", text: "code: ["),
            ]
        ) { _ in "v" }
        #expect(result.library.matters.map(\.code) == ["TST-001"])
        #expect(result.library.unavailable == ["TST-002"])
    }
}
