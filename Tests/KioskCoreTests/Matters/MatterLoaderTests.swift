import Testing

@testable import KioskCore

@Suite("Matter files")
struct MatterLoaderTests {
    static func library() throws -> MatterLibrary {
        let result = MatterLoader.load(try MatterFolder.read(ProjectFolder.matters)) { _ in "0123456789abcdef0" }
        #expect(result.diagnostics.isEmpty)
        return result.library
    }

    @Test("the shipped matters load without a finding")
    func shipped() throws {
        let library = try Self.library()
        #expect(library.matters.map(\.code).contains("MKT-001"))
        #expect(library.matters.map(\.code).contains("HRS-016"))
        #expect(library.unavailable.isEmpty)
        let matter = try #require(library.matter("MKT-001"))
        #expect(matter.version == "0123456789abcdef")
        #expect(matter.reviewed == nil)
        #expect(
            matter.pages.map(\.id) == ["contact", "name", "form", "family", "premises", "size", "scope", "delivery"])
    }

    static let archetype = MatterSource(
        path: "archetypes/apply.yaml",
        text: "archetype: apply\nsteps: [notice, identify, pages, capture, review, sign, submit, print, finish]\n")

    static let good = """
        code: TST-001
        title: {zh: 测试, en: Test}
        department: {zh: 部门, en: Department}
        kind: permit
        audience: person
        archetype: apply
        identity: id-card
        output: receipt
        workdays: 5
        fee: 0
        pages:
          - id: one
            title: {zh: 一, en: One}
            fields:
              - {key: shop, type: text, zh: 店, en: Shop}
              - key: right
                type: choice
                zh: 权利
                en: Right
                options:
                  own: {zh: 自有, en: Owned}
                  rent: {zh: 租赁, en: Rented}
        materials:
          - {key: lease, zh: 合同, en: Lease, mark: "?"}
        rules:
          - {when: right == "rent", need: lease}

        """

    private func load(_ text: String) -> MatterLoader.Result {
        MatterLoader.load([Self.archetype, MatterSource(path: "TST-001.yaml", text: text)]) { _ in "v" }
    }

    @Test("the example itself is right")
    func example() {
        #expect(load(Self.good).diagnostics.isEmpty)
    }

    @Test(
        "a mistake is named with line, column and a hint",
        arguments: [
            ("kind: permit", "kindd: permit", 4, 1, "did you mean “kind”?"),
            ("en: Shop}", "em: Shop}", 15, 40, "did you mean “en”?"),
            ("type: text", "type: txt", 15, 27, "did you mean “text”?"),
            ("archetype: apply", "archetype: aply", 6, 12, "did you mean “apply”?"),
            ("identity: id-card", "identity: idcard", 7, 11, "did you mean “id-card”?"),
            ("need: lease}", "need: leese}", 26, 5, "did you mean “lease”?"),
            (#"when: right == "rent""#, #"when: rihgt == "rent""#, 26, 5, "did you mean “right”?"),
        ])
    func mistakes(wanted: String, mistake: String, line: Int, column: Int, hint: String) throws {
        let result = load(Self.good.replacing(wanted, with: mistake))
        let finding = try #require(result.diagnostics.first)
        #expect(finding.file == "TST-001.yaml")
        #expect(finding.line == line)
        #expect(finding.column == column)
        #expect(result.diagnostics.contains { $0.hint == hint })
        #expect(result.library.matters.isEmpty)
        #expect(result.library.unavailable == ["TST-001"])
    }

    @Test(
        "a file that does not fit together is refused",
        arguments: [
            ("fee: 0", "fee: 0\nfee: 1", "stands twice"),
            ("fee: 0", "fee: free", "whole number"),
            (#"when: right == "rent""#, #"when: right = "rent""#, "no meaning"),
            (
                "- {key: shop, type: text, zh: 店, en: Shop}", "- {key: right, type: text, zh: 店, en: Shop}",
                "stands twice"
            ),
            ("- {when: right == \"rent\", need: lease}", "- {note: {zh: 注, en: Note}}", "no rule ever needs"),
            ("key: shop", "key: agent", "reserved"),
            ("key: shop", "key: Shop", "small letters"),
            ("code: TST-001", "code: TST-002", "the file is called"),
            ("zh: 测试, en: Test", "zh: 测试", "lacks “en”"),
            ("fee: 0", "fee: [", "not YAML"),
        ])
    func refusals(wanted: String, mistake: String, message: String) {
        let result = load(Self.good.replacing(wanted, with: mistake))
        #expect(result.diagnostics.contains { $0.message.contains(message) }, "\(result.diagnostics)")
        #expect(result.library.unavailable == ["TST-001"])
    }

    @Test(
        "no bytes make the loader trap",
        arguments: ["", "\u{0}", "---\n---\n", "- a\n- b", "code: !!binary x", "a: &a [*a]", "{", "\u{FEFF}", "? ? ?"])
    func hostile(text: String) {
        let result = load(text)
        #expect(!result.diagnostics.isEmpty)
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

    @Test("cut or garbled anywhere, a file never traps the loader")
    func garbled() {
        var generator = SplitMix(seed: 11)
        let bytes = Array(Self.good.utf8)
        for cut in stride(from: 0, to: bytes.count, by: 5) {
            _ = load(String(decoding: bytes[..<cut], as: UTF8.self))
            var copy = bytes
            copy[Int.random(in: 0..<copy.count, using: &generator)] = UInt8.random(in: 32...126, using: &generator)
            _ = load(String(decoding: copy, as: UTF8.self))
        }
    }

    @Test("a broken matter does not take the others with it")
    func isolation() {
        let result = MatterLoader.load([
            Self.archetype, MatterSource(path: "TST-001.yaml", text: Self.good),
            MatterSource(path: "TST-002.yaml", text: "code: ["),
        ]) { _ in "v" }
        #expect(result.library.matters.map(\.code) == ["TST-001"])
        #expect(result.library.unavailable == ["TST-002"])
    }
}
