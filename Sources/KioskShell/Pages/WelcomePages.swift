/// The pages outside a flow: the welcome page and "go on with what I began".

import KioskCore

struct WelcomePages {
    let library: MatterLibrary
    let policy: SessionPolicy
    let state: SessionState
    private var words: Words { Words(language: state.language) }
    private var readable: Readable { Readable(language: state.language) }

    init(library: MatterLibrary, policy: SessionPolicy, state: SessionState) {
        self.library = library
        self.policy = policy
        self.state = state
    }

    var body: PageBody {
        state.resuming.map(resume) ?? welcome
    }

    private var welcome: PageBody {
        var nodes = farewell.map { [$0] } ?? []
        if library.matters.isEmpty {
            nodes.append(Node("empty", .paragraph(words[.welcomeEmpty])))
        } else {
            nodes.append(Node("intro", .paragraph(words[.welcomeText])))
        }
        nodes += library.matters.map { matter in
            Node(
                "matter.\(matter.code)",
                .tile(
                    title: matter.title[state.language],
                    detail: words(
                        .tileDetail, matter.department[state.language], readable.timeLimit(matter.workdays),
                        readable.fee(matter.fee)),
                    event: .choose(matter: matter.code)))
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
            allowsBack: false, allowsStartOver: false)
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
            allowsStartOver: false)
    }
}
