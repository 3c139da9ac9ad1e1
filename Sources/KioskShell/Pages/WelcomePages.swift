/// The pages outside a flow: the welcome page with the ways to look for a matter, and "go on with what I began".

import KioskCore

struct WelcomePages {
    let library: MatterLibrary
    let search: MatterSearch
    let policy: SessionPolicy
    let state: SessionState
    private var words: Words { Words(language: state.language) }

    var body: PageBody {
        if let activity = state.resuming { return resume(activity) }
        guard state.finding.way != .home else { return welcome }
        return MatterFinder(library: library, search: search, state: state, use: .begin).body
    }

    private var welcome: PageBody {
        var nodes = farewell.map { [$0] } ?? []
        if library.matters.isEmpty {
            nodes.append(Node("empty", .paragraph(words[.welcomeEmpty])))
        } else {
            if farewell == nil { nodes.append(Node("intro", .paragraph(words[.welcomeText]))) }
            nodes += ways
        }
        if !library.unavailable.isEmpty {
            nodes.append(
                Node(
                    "unavailable",
                    .notice(
                        .neutral, title: words[.unavailableTitle],
                        text: words(.unavailableText, library.unavailable.joined(separator: " ")))))
        }
        return PageBody(
            id: "welcome", title: words[.welcomeTitle], nodes: nodes,
            actions: [Action(id: "resume", label: words[.resume], event: .resumeUnfinished, key: "r")],
            back: nil, startOver: nil)
    }

    private var ways: [Node] {
        let ways: [(String, Phrase, Phrase, Finding.Way)] = [
            ("way.search", .waySearch, .waySearchDetail, .search),
            ("way.events", .wayEvents, .wayEventsDetail, .events),
            ("way.departments", .wayDepartments, .wayDepartmentsDetail, .departments),
            ("way.person", .wayPerson, .wayPersonDetail, .audience(.person)),
            ("way.enterprise", .wayEnterprise, .wayEnterpriseDetail, .audience(.enterprise)),
        ]
        return ways.map { id, title, detail, way in
            Node(id, .tile(title: words[title], detail: words[detail], event: .find(Finding(way))))
        }
    }

    private var farewell: Node? {
        guard let farewell = state.farewell else { return nil }
        let (tone, title, text): (Node.Tone, Phrase, Phrase) =
            switch farewell {
            case .wipedAfterIdle: (.information, .farewellIdleTitle, .farewellIdleText)
            case .finished: (.success, .farewellFinishedTitle, .farewellFinishedText)
            case .startedOver: (.information, .farewellStartedOverTitle, .farewellStartedOverText)
            case .nothingToResume: (.warning, .farewellNothingTitle, .farewellNothingText)
            }
        return Node("farewell", .notice(tone, title: words[title], text: words(text, policy.resumeMinutes)))
    }

    private func resume(_ activity: DeviceActivity) -> PageBody {
        let device = DeviceNodes(
            picture: .cardOnReader, waiting: (words[.resumeCardTitle], words[.resumeCardText]),
            working: (words[.readingTitle], words[.resumeWorkingText]), done: (words[.readTitle], words[.readText]))
        return PageBody(
            id: "resume", title: words[.resumeTitle], nodes: device.nodes(activity, words: words),
            actions: activity.fault == nil ? [] : [.primary("retry", words[.retry], .retry, key: "r")],
            startOver: nil)
    }
}
