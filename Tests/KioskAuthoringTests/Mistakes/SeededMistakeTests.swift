/// Puts one mistake after the other into a good matter: each is found, at its very place, and nothing else is.

import KioskAuthoring
import KioskCore
import Testing

/// One mistake. `‸` in the new text marks where the finding must point; it is taken out before the file is read. Where
/// the finding stands elsewhere, `at` is a piece of the broken file with the mark in it.
struct SeededMistake: Sendable, CustomTestStringConvertible {
    let name: String
    let file: String
    let good: String
    let broken: String
    /// A second change, for a mistake that would leave another one behind.
    let also: (good: String, broken: String)?
    let at: String?
    /// The file of the finding, when it is not the one that is changed.
    let foundIn: String
    let found: String
    let hint: String?

    init(
        _ name: String, in file: String = GoodMatter.path, _ good: String, _ broken: String,
        also: (good: String, broken: String)? = nil,
        at: String? = nil, foundIn: String? = nil, finds found: String, hint: String? = nil
    ) {
        self.name = name
        self.file = file
        self.good = good
        self.broken = broken
        self.also = also
        self.at = at
        self.foundIn = foundIn ?? file
        self.found = found
        self.hint = hint
    }

    var testDescription: String { name }
}

@Suite("Seeded mistakes")
struct SeededMistakeTests {
    static func findings(in sources: [MatterSource]) -> [MatterDiagnostic] {
        let result = MatterLoader.load(sources) { _ in "" }
        return result.diagnostics + MatterProver.prove(result.loaded, threads: 1).findings
    }

    @Test("the matter without a mistake has no finding")
    func good() {
        #expect(Self.findings(in: GoodMatter.sources).isEmpty)
    }

    @Test("there are at least forty kinds of mistakes")
    func enough() {
        #expect(SeededMistake.all.count >= 40)
        #expect(Set(SeededMistake.all.map(\.name)).count == SeededMistake.all.count)
    }

    @Test("exactly the mistake is found, at its line and column", arguments: SeededMistake.all)
    func found(mistake: SeededMistake) throws {
        var sources = GoodMatter.sources
        let index = try #require(sources.firstIndex { $0.path == mistake.file })
        for (good, broken) in [(mistake.good, mistake.broken), mistake.also].compactMap(\.self) {
            let place = try #require(sources[index].text.firstRange(of: good), "the good text is not in the file")
            sources[index].text.replaceSubrange(place, with: broken)
        }
        let marked = try #require(sources.first { $0.path == mistake.foundIn }).text
        sources[index].text.removeAll { $0 == "‸" }

        let (line, column) = try #require(Self.mark(of: mistake, in: marked), "no mark")
        let findings = Self.findings(in: sources)
        let finding = try #require(findings.first { $0.message.contains(mistake.found) }, "\(findings)")
        #expect(finding.file == mistake.foundIn)
        #expect((finding.line, finding.column) == (line, column), "\(finding)")
        if let hint = mistake.hint { #expect(finding.hint?.contains(hint) == true, "\(finding)") }
        // What is said twice of one place is said of it alone.
        let places = Set(findings.map { "\($0.file):\($0.line):\($0.column)" })
        #expect(places.count == 1, "\(findings)")
    }

    private static func mark(of mistake: SeededMistake, in marked: String) -> (line: Int, column: Int)? {
        var text = marked
        if let at = mistake.at {
            guard let place = text.firstRange(of: at.filter { $0 != "‸" }) else { return nil }
            text.replaceSubrange(place, with: at)
        }
        guard let mark = text.firstIndex(of: "‸") else { return nil }
        let before = text[..<mark].split(separator: "\n", omittingEmptySubsequences: false)
        return (before.count, (before.last?.unicodeScalars.count ?? 0) + 1)
    }

    @Test("a file that is called otherwise than its code is found")
    func wrongFileName() {
        let sources = GoodMatter.sources.map { source in
            source.path == GoodMatter.path ? MatterSource(path: "TST/TST-002.yaml", text: source.text) : source
        }
        #expect(
            Self.findings(in: sources).map(\.description) == [
                "TST/TST-002.yaml:1:7: error: the code is “TST-001” but the file is called “TST-002.yaml”"
            ])
    }

    @Test("a code of no department is found")
    func noDepartment() {
        let sources = GoodMatter.sources.map { source in
            source.path == GoodMatter.path
                ? MatterSource(path: "XXX/XXX-001.yaml", text: source.text.replacing("TST-001", with: "XXX-001"))
                : source
        }
        #expect(
            Self.findings(in: sources).map(\.description) == [
                "XXX/XXX-001.yaml:1:7: error: no department has the letters “XXX”; departments.yaml lists them"
            ])
    }

    @Test("a file in the folder of another department is found")
    func wrongFolder() {
        let sources = GoodMatter.sources.map { source in
            source.path == GoodMatter.path ? MatterSource(path: "OTH/TST-001.yaml", text: source.text) : source
        }
        #expect(
            Self.findings(in: sources).map(\.description) == [
                "OTH/TST-001.yaml:1:7: error: TST-001 belongs into the folder “TST”"
            ])
    }
}
