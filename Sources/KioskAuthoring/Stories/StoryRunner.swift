/// Plays stories through the real engine and says, line by line, where something else happens than was written.

public import KioskCore

public enum StoryRunner {
    /// What all stories of a folder came to.
    public struct Report: Sendable {
        public var files: Int
        public var stories: Int
        public var findings: [MatterDiagnostic]
    }

    /// Reads and plays the stories among `sources`, those of the given matters or of all.
    public static func run(_ sources: [MatterSource], in library: MatterLibrary, matters: Set<String> = []) -> Report {
        var report = Report(files: 0, stories: 0, findings: [])
        for source in sources.sorted(by: { $0.path < $1.path }) where source.path.hasPrefix("stories/") {
            let code = String(source.path.dropFirst("stories/".count).dropLast(".yaml".count))
            guard matters.isEmpty || matters.contains(code) else { continue }
            let (file, diagnostics) = StoryReader.read(source, in: library)
            report.files += 1
            report.findings += diagnostics
            guard let file else { continue }
            report.stories += file.stories.count
            for story in file.stories { report.findings += findings(of: story, file, in: library) }
        }
        return report
    }

    /// What the engine made of a story.
    private struct Played {
        var pages: [String] = []
        var papers: [String] = []
        var notes: [Localized] = []
        var reasons: [Localized] = []
        var outcome: WalkOutcome?
    }

    private static func findings(of story: Story, _ file: StoryFile, in library: MatterLibrary) -> [MatterDiagnostic] {
        guard let matter = library.matter(file.matter) else { return [] }
        var findings: [MatterDiagnostic] = []
        func fail<Value>(_ place: Story.Written<Value>, _ message: String, hint: String? = nil) {
            findings.append(
                MatterDiagnostic(
                    file: file.path, line: place.line, column: place.column,
                    message: "\(story.name.value): \(message)", hint: hint))
        }

        var journey = Journey(matter, in: library, scenario: story.scenario)
        var played = Played()
        journey.run { state, plan in
            guard let flow = state.flow, !flow.handsOver else { return }
            let plan = plan()
            if !flow.outcome.isEmpty { played.reasons = flow.outcome }
            played.notes = plan.notes
            played.papers = plan.materials.filter { $0.isNeeded && $0.material.isPhotographed }.map(\.material.key)
        }
        played.outcome = journey.outcome
        played.pages = journey.trail.pages
        if let stuck = journey.stuck {
            fail(
                story.name, "the story does not go on: \(stuck.reason)",
                hint: stuck.step.flatMap { title(of: $0, matter) }.map { "on the page “\($0)”; give another answer" })
            return findings
        }

        func titles(_ pages: [String]) -> String {
            "[" + pages.map { matter.page($0)?.title.zh ?? $0 }.joined(separator: "、") + "]"
        }
        func papers(_ keys: [String]) -> String {
            "[" + keys.map { matter.material($0)?.title.zh ?? $0 }.joined(separator: "、") + "]"
        }
        if let pages = story.pages, pages.value != played.pages {
            fail(pages, "expected the pages \(titles(pages.value)), got \(titles(played.pages))")
        }
        for page in story.among where !played.pages.contains(page.value) {
            fail(page, "expected the page “\(matter.page(page.value)?.title.zh ?? "")”, got \(titles(played.pages))")
        }
        for page in story.not where played.pages.contains(page.value) {
            fail(page, "the page “\(matter.page(page.value)?.title.zh ?? "")” is shown, but should not be")
        }
        if let expected = story.papers, Set(expected.value) != Set(played.papers) {
            fail(expected, "expected the papers \(papers(expected.value)), got \(papers(played.papers))")
        }
        for note in story.notes where !played.notes.contains(where: { $0.contains(note.value) }) {
            fail(note, "expected the note “\(note.value)”, got [\(played.notes.map(\.zh).joined(separator: "、"))]")
        }
        let outcome = played.outcome.flatMap(self.outcome)
        if outcome != story.outcome.value {
            fail(
                story.outcome,
                "expected “\(story.outcome.value.rawValue)”, got “\(outcome?.rawValue ?? "no end")”"
                    + (played.reasons.isEmpty ? "" : " (\(played.reasons.map(\.zh).joined(separator: "；")))"))
        } else if let reason = story.reason, !played.reasons.contains(where: { $0.contains(reason.value) }) {
            fail(
                reason,
                "expected the reason “\(reason.value)”, got [\(played.reasons.map(\.zh).joined(separator: "、"))]")
        }
        return findings
    }

    private static func outcome(_ outcome: WalkOutcome) -> Story.Outcome? {
        switch outcome {
        case .submitted: .submitted
        case .printed: .printed
        case .rejected: .rejected
        case .handedOver, .window: .window
        case .finished: .finished
        case .givenUp: nil
        }
    }

    private static func title(of step: Step, _ matter: Matter) -> String? {
        switch step {
        case .form(let id), .list(let id): matter.page(id)?.title.zh
        case .confirmHolder: "核对本人"
        case .lookup: "查询"
        default: nil
        }
    }
}

extension Localized {
    fileprivate func contains(_ part: String) -> Bool { zh.contains(part) || en.contains(part) }
}

extension Material {
    /// The citizen puts it under the camera: not a card that the reader takes anyway.
    var isPhotographed: Bool {
        switch source {
        case .camera, .entryCards: true
        case .applicantCard, .agentCard: false
        }
    }
}

extension [Step] {
    /// Ids of the form and list pages, in order, each once.
    var pages: [String] {
        var seen: Set<String> = []
        return compactMap { step in
            switch step {
            case .form(let id), .list(let id): seen.insert(id).inserted ? id : nil
            default: nil
            }
        }
    }
}
