import KioskAuthoring
import KioskCore
import Testing

struct MatterComparisonTests {
    private static let codes: Set<String> = ["MKT-001", "MKT-002", "HRS-016"]

    private func compare(_ old: String, _ new: String) -> MatterComparison {
        MatterComparison(
            from: MatterVersion(MatterFixtures.sources(Self.codes)),
            to: MatterVersion(MatterFixtures.changed(Self.codes, replacing: old, with: new)))
    }

    @Test("The same folder twice is no change")
    func same() {
        #expect(compare("", "").isEmpty)
    }

    @Test("A change in a shared section names the matters it touches and the papers that change")
    func shared() throws {
        let comparison = compare("免费邮寄 | Free mailing", "邮寄到家 | Free mailing")
        let file = try #require(comparison.shared.first)
        #expect(comparison.shared.count == 1)
        #expect(file.path == "sections/delivery.yaml")
        #expect(file.touches == ["MKT-001", "MKT-002"])
        #expect(file.changedPapers == 2)
        #expect(comparison.changed.map(\.code) == ["MKT-001", "MKT-002"])
        let change = try #require(comparison.changed.first?.changes.first)
        #expect(change.kind == .option)
        #expect(change.before == "免费邮寄 | Free mailing")
        #expect(change.after == "邮寄到家 | Free mailing")
    }

    @Test("A field that goes is gone, one that comes is new")
    func fields() throws {
        let comparison = compare("key: trade_name", "key: shop_name")
        let changes = try #require(comparison.changed.first?.changes).filter { $0.kind == .field }
        #expect(changes.map(\.after).filter { $0 == nil }.count == 1)
        #expect(changes.map(\.before).filter { $0 == nil }.count == 1)
    }

    @Test("A change that makes a page unreachable brings the prover's finding along")
    func unreachable() throws {
        let comparison = compare(
            "when: operation_form == \"family\"\n", "when: operation_form == \"family\" && age > 200\n")
        #expect(comparison.changed.first?.newFindings.isEmpty == false)
    }

    @Test("A file that no longer reads is said and not compared")
    func unreadable() {
        let comparison = compare("archetype: certificate-print\nidentity", "archetype: certificat-print\nidentity")
        #expect(comparison.unreadable.isEmpty == false)
        #expect(comparison.removed.isEmpty)
    }
}
