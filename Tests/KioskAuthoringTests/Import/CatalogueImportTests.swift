import KioskAuthoring
import KioskCore
import Testing

struct CatalogueImportTests {
    private static let header =
        "code,name_zh,kind,archetype,audience,identity,materials,form_fields,conditions,output,legal_basis,time_limit_workdays,fee"
    private static let row =
        #"MKT-099,"测试""事项"",一",permit,apply,person,agent-allowed,居民身份证*;测试合同?,"shop:text;right:choice:自有/租赁;family:repeat-group{name:text,relation:choice:配偶/子女}",if right = 租赁 → need 测试合同,certificate,《测试法》第三条,1,0"#
    private static let labels = "scope,key,label_zh\n*,shop,店\nMKT,right,场所\nMKT-099,shop,小店\n"

    private func draft() throws -> String {
        let table = try #require(CatalogueTable("\(Self.header)\n\(Self.row)\n"))
        let row = try #require(table.rows.first)
        return try #require(CatalogueImport(labels: CatalogueTable(Self.labels)).draft(row)).text
    }

    @Test("A draft has the row's parts, with the nearest label")
    func parts() throws {
        let text = try draft()
        #expect(text.contains(#"title: "测试\"事项\",一 | TODO"#))
        #expect(text.contains(#"label: "小店 | TODO 小店""#))
        #expect(text.contains(#"label: "场所 | TODO 场所""#))
        #expect(text.contains(#"option_2: "租赁 | TODO 租赁""#))
        #expect(text.contains("type: list"))
        #expect(text.contains(#"{key: paper_1, label: "测试合同 | TODO 测试合同", mark: "?"}"#))
        #expect(text.contains("#   if right = 租赁 → need 测试合同"))
        #expect(!text.contains("居民身份证"))
    }

    @Test("The loader stops a draft until a person has finished it")
    func stopped() throws {
        let source = MatterSource(path: "MKT/MKT-099.yaml", text: try draft())
        let result = MatterLoader.load(MatterFixtures.sources([]) + [source]) { _ in "" }
        #expect(result.loaded.isEmpty)
        #expect(result.diagnostics.allSatisfy { !$0.message.contains("not YAML") })
    }

    @Test(
        "A row without a code of the usual form makes no file", arguments: ["", "MKT", "../../x", "MKT-1", "mkt-001"])
    func strangeCode(code: String) {
        #expect(CatalogueImport(labels: nil).draft(["code": code]) == nil)
    }

    @Test("A quote that is never closed is no table")
    func openQuote() {
        #expect(CatalogueTable("a,b\n\"x,y\n") == nil)
    }

    @Test("Quotes, commas and line ends inside a cell belong to it")
    func cells() throws {
        let table = try #require(CatalogueTable("a,b\r\n\"x,\"\"y\"\"\nz\",2\r\n"))
        #expect(table.rows == [["a": "x,\"y\"\nz", "b": "2"]])
    }
}
