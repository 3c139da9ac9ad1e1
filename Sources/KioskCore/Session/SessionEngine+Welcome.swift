/// The welcome page of the engine: finding a matter, and taking up what was begun.

extension SessionEngine {
    mutating func handleWelcome(_ event: SessionEvent) {
        switch event {
        case .choose(let code):
            guard state.resuming == nil, let matter = library.matter(code) else { return }
            state.flow = FlowState(matter: matter)
            state.startedAt = now
        case .find(let finding): if state.resuming == nil { find(finding) }
        case .edit(let field, let text): if state.resuming == nil { search(field, text) }
        case .resumeUnfinished, .retry:
            if event == .retry, state.resuming == nil { return }
            state.resuming = .waiting
            readCard(.resume)
        case .back:
            if state.resuming != nil {
                state.resuming = nil
                stopReading()
            } else {
                state.finding = Finding(Self.level(above: state.finding))
            }
        default: break
        }
    }

    mutating func find(_ finding: Finding) {
        guard finding.text.unicodeScalars.count <= Self.maximumSearchLength, finding.page >= 0,
            finding.page <= library.matters.count
        else { return }
        state.finding = finding
    }

    mutating func search(_ field: String, _ text: String) {
        guard field == "search", state.finding.way == .search,
            text.unicodeScalars.count <= Self.maximumSearchLength
        else { return }
        state.finding = Finding(.search, text: text)
    }

    private static func level(above finding: Finding) -> Finding.Way {
        switch finding.way {
        // The text of these is the department that was chosen on their first page.
        case .audience where !finding.text.isEmpty, .event where !finding.text.isEmpty: finding.way
        case .department: .departments
        case .event: .events
        case .home, .departments, .audience, .events, .search: .home
        }
    }
}
