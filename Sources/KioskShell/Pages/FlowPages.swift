/// The pages of a running flow: what they share, and which step is which page.

import KioskCore

struct FlowPages {
    let flow: FlowState
    let plan: FlowPlan
    let language: Language
    let policy: SessionPolicy
    let verifyURL: String
    let today: CalendarDate
    let words: Words
    let readable: Readable

    init(flow: FlowState, language: Language, policy: SessionPolicy, verifyURL: String, today: CalendarDate) {
        self.flow = flow
        plan = FlowPlan(flow, today: today)
        self.language = language
        self.policy = policy
        self.verifyURL = verifyURL
        self.today = today
        words = Words(language: language)
        readable = Readable(language: language)
    }

    var body: PageBody {
        if let side = flow.side { return sidePage(side) }
        return switch flow.step {
        case .notice: notice
        case .consent(let id): consent(id)
        case .identify: identify
        case .agent: agent
        case .principalCard: principalCard
        case .confirmHolder: confirmHolder
        case .form(let id): form(id)
        case .list(let key): flow.entry.map { entry($0) } ?? list(key)
        case .capture(let slot): capture(slot)
        case .lookup: lookup
        case .preview: preview
        case .payment: payment
        case .review: review
        case .sign: sign
        case .submit: submit
        case .print: paper
        case .rating: rating
        case .finish: finish
        case .rejected: rejected
        case .window: window
        // The page builder has the matters to pick from.
        case .guide: PageBody(id: "guide", title: words[.searchGuideTitle], nodes: [])
        }
    }

    var next: Action {
        .primary("next", words[flow.returnsToReview ? .backToReview : .next], .next)
    }

    var retry: Action {
        .primary("retry", words[.retry], .retry, key: "r")
    }

    /// 转窗口, where it is possible now.
    var handOver: [Action] {
        flow.canHandOver ? [Action(id: "hand-over", label: words[.handOver], event: .handOver, key: "w")] : []
    }

    func open(_ side: SidePage, _ label: Phrase, key: String? = nil) -> [Action] {
        guard flow.canOpen(side) else { return [] }
        return [Action(id: "open.\(side.name)", label: words[label], event: .open(side), key: key)]
    }

    func device(
        _ picture: Node.DevicePicture, asked: AskedCard = .identityCard, waiting: (Phrase, Phrase),
        working: (Phrase, Phrase), done: (Phrase, Phrase)
    ) -> [Node] {
        DeviceNodes(
            picture: picture, waiting: (words[waiting.0], words[waiting.1]),
            working: (words[working.0], words[working.1]), done: (words[done.0], words[done.1]), asked: asked
        ).nodes(flow.device, words: words)
    }

    func reasonRows(_ reasons: [Localized]) -> [Node] {
        reasons.enumerated().map { index, reason in
            Node(
                "reason.\(index)",
                .row(
                    label: words(.rejectedReason, String(index + 1)),
                    value: Readable.maskingNumbers(in: reason[language]), change: nil))
        }
    }

    /// The bullets of what is to be handed in.
    func materialBullets(_ materials: [Material]) -> [Node] {
        materials.map { material in
            Node("material.\(material.key)", .bullet(material.title[language], note: words[material.note]))
        }
    }
}

extension Material {
    /// Its mark in words.
    var note: Phrase {
        switch (source, mark) {
        case (.applicantCard, _): .materialCard
        case (.agentCard, _): .materialAgentCard
        case (.entryCards, _): .materialEntryCards
        case (.camera, .required): .materialRequired
        case (.camera, .conditional): .materialConditional
        case (.camera, .deferrable): .materialDeferrable
        }
    }
}

extension SidePage {
    /// `checklist`, `sample`, `guide`: for ids.
    var name: String {
        switch self {
        case .checklist: "checklist"
        case .sampleForm: "sample"
        case .guide: "guide"
        }
    }
}
