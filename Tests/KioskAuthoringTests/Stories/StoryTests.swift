import KioskAuthoring
import KioskCore
import Testing

struct StoryTests {
    @Test("Every story beside the matters happens as it is written")
    func all() {
        let codes = Set(
            MatterFixtures.sources.map(\.path).filter { $0.hasPrefix("stories/") }
                .map { String($0.dropFirst("stories/".count).dropLast(".yaml".count)) })
        let library = MatterFixtures.load(codes).library
        let report = StoryRunner.run(MatterFixtures.sources, in: library)
        #expect(report.findings == [])
        #expect(report.stories >= 3)
    }

    /// A story file of MKT-001 with one thing wrong, and what is said about it.
    struct Wrong: CustomTestStringConvertible, Sendable {
        var line: String
        var at: (line: Int, column: Int)
        var message: String
        var testDescription: String { line }
    }

    @Test(
        "A story that does not fit names its line, what was expected and what happened",
        arguments: [
            Wrong(line: "pages: [店名, 规模]", at: (5, 12), message: "expected the pages [店名、规模], got [您的联系电话、店名"),
            Wrong(line: "among: [一起经营的家庭成员]", at: (5, 13), message: "expected the page “一起经营的家庭成员”"),
            Wrong(line: "not: [店名]", at: (5, 11), message: "the page “店名” is shown"),
            Wrong(line: "papers: [租赁合同]", at: (5, 13), message: "expected the papers [租赁合同], got [经营场所使用证明]"),
            Wrong(line: "notes: [消防]", at: (5, 13), message: "expected the note “消防”"),
            Wrong(line: "answers: {staff_count: 0}", at: (3, 11), message: "does not go on"),
            Wrong(line: "answers: {staff_cuont: 1}", at: (5, 15), message: "there is no field “staff_cuont”"),
            Wrong(line: "answers: {operation_form: 合伙}", at: (5, 31), message: "there is no option “合伙”"),
            Wrong(line: "papars: []", at: (5, 5), message: "there is no key in a story “papars”"),
            Wrong(line: "record: {state: valid}", at: (5, 13), message: "looks nothing up"),
            Wrong(line: "who: {age: 200}", at: (5, 16), message: "0 to 130"),
            Wrong(line: "today: 2026-02-30", at: (5, 12), message: "must be a day"),
        ])
    func wrong(_ wrong: Wrong) throws {
        let text = "matter: MKT-001\nstories:\n  - name: x\n    outcome: submitted\n    \(wrong.line)\n"
        let found = run(text)
        let finding = try #require(found.first)
        #expect(found.count == 1)
        #expect(finding.message.contains(wrong.message))
        #expect((finding.line, finding.column) == wrong.at)
    }

    @Test("An outcome that is not the one written says which it was")
    func outcome() throws {
        let found = run("matter: MKT-001\nstories:\n  - name: x\n    outcome: rejected\n")
        #expect(found.map(\.message) == ["x: expected “rejected”, got “submitted”"])
        #expect(found.first?.line == 4)
    }

    @Test(
        "A file that is no story file is a finding and never a crash",
        arguments: ["", "[]", "a: &x [*x]", "matter: [", "matter: MKT-001\nstories: 5", "matter: ABC-999\nstories: []"])
    func broken(text: String) {
        #expect(!run(text).isEmpty)
    }

    private func run(_ text: String) -> [MatterDiagnostic] {
        let library = MatterFixtures.load(["MKT-001"]).library
        return StoryRunner.run([MatterSource(path: "stories/MKT-001.yaml", text: text)], in: library).findings
    }
}
