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
        switch flow.step {
        case .notice: notice
        case .identify: identify
        case .agent: agent
        case .principalCard: principalCard
        case .form(let id): form(id)
        case .list(let key): flow.entry.map { entry($0) } ?? list(key)
        case .capture(let slot): capture(slot)
        case .lookup: lookup
        case .preview: preview
        case .review: review
        case .sign: sign
        case .submit: submit
        // The paper is the certificate when the office gave a record, else the receipt of the accepted case.
        case .print: flow.record == nil ? flow.accepted.map { accepted($0) } ?? issued : issued
        case .finish: finish
        case .rejected: rejected
        case .window: window
        }
    }

    var next: Action {
        .primary("next", words[flow.returnsToReview ? .backToReview : .next], .next)
    }

    var retry: Action {
        .primary("retry", words[.retry], .retry, key: "r")
    }

    func device(
        _ picture: Node.DevicePicture, waiting: (Phrase, Phrase), working: (Phrase, Phrase), done: (Phrase, Phrase)
    ) -> [Node] {
        DeviceNodes(
            picture: picture, waiting: (words[waiting.0], words[waiting.1]),
            working: (words[working.0], words[working.1]), done: (words[done.0], words[done.1])
        ).nodes(flow.device, words: words)
    }

    /// The bullets of what is to be handed in.
    func materialBullets(_ materials: [Material]) -> [Node] {
        materials.map { material in
            let note: Phrase =
                switch (material.source, material.mark) {
                case (.applicantCard, _): .materialCard
                case (.agentCard, _): .materialAgentCard
                case (.entryCards, _): .materialEntryCards
                case (.camera, .required): .materialRequired
                case (.camera, .conditional): .materialConditional
                case (.camera, .deferrable): .materialDeferrable
                }
            return Node("material.\(material.key)", .bullet(material.title[language], note: words[note]))
        }
    }
}
