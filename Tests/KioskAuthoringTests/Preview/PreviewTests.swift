import Foundation
import KioskAuthoring
import KioskCore
import Testing

struct PreviewTests {
    @Test("The preview shows the pages that these answers lead to, filled in")
    func pages() throws {
        let (loaded, library) = try MatterFixtures.matter("MKT-001")
        let scenario = try pretend(
            loaded.matter, #"{"operation_form": "family", "premises_right": "租赁", "staff_count": 7}"#)
        let text = MatterPreview.pages(of: loaded.matter, in: library, scenario: scenario, language: .zh)
            .map(\.text).joined(separator: "\n")
        #expect(text.contains("一起经营的家庭成员"))
        #expect(text.contains("请拍：租赁合同"))
        #expect(text.contains("从业人数: 7"))
        #expect(text.hasSuffix("结束：提交成功"))
    }

    @Test(
        "An answer that does not fit is said with what was meant",
        arguments: [
            (#"{"staff_cuont": 1}"#, "did you mean “staff_count”?"), (#"{"age": 300}"#, "0 to 130"),
            (#"{"premises_right": true}"#, "another answer"),
        ])
    func wrong(json: String, message: String) throws {
        let (loaded, _) = try MatterFixtures.matter("MKT-001")
        let error = #expect(throws: PretendError.self) { try pretend(loaded.matter, json) }
        #expect(error?.message.contains(message) == true)
    }

    private func pretend(_ matter: Matter, _ json: String) throws -> Scenario {
        let answers = try JSONDecoder().decode([String: LooseAnswer].self, from: Data(json.utf8))
        return try Scenario.pretending(in: matter, today: Scenario.usualDay, answers: answers, facts: [:])
    }
}
