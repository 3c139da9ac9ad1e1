/// The page for a session state: dispatch, the bar, dialogs and the staff banner that every page has.

public import KioskCore

/// Makes the page tree of a state. Pure: the same state, day and library give the same page. Safe on any thread.
public struct PageBuilder: Sendable {
    private let library: MatterLibrary
    private let search: MatterSearch
    private let policy: SessionPolicy
    private let verifyURL: String

    /// `verifyURL` is where a receipt number is checked; the QR code says `verifyURL?code=NUMBER`.
    public init(library: MatterLibrary, policy: SessionPolicy, verifyURL: String) {
        self.library = library
        search = MatterSearch(library)
        self.policy = policy
        self.verifyURL = verifyURL
    }

    /// The page of `state` on the day `today` (China). No page carries a full citizen number, except in the value of
    /// the `idNumber` field it is typed into.
    public func page(for state: SessionState, today: CalendarDate) -> Page {
        let words = Words(language: state.language)
        let body: PageBody
        var progress: Page.Progress?
        if let flow = state.flow {
            let pages = FlowPages(
                flow: flow, language: state.language, policy: policy, verifyURL: verifyURL, today: today)
            body =
                flow.step == .guide && flow.side == nil
                ? MatterFinder(library: library, search: search, state: state, use: .guide).body : pages.body
            progress = pages.plan.progress.map { .init(step: $0.step, of: $0.of) }
        } else {
            body = WelcomePages(library: library, search: search, policy: policy, state: state).body
        }
        return Page(
            id: body.id, language: state.language, textSize: state.textSize,
            matter: state.flow?.matter.title[state.language], title: body.title, progress: progress, nodes: body.nodes,
            actions: Self.keyed(body) + callActions(state.staffCall, words: words),
            bar: bar(for: state, body: body, words: words),
            dialog: dialog(for: state, words: words), staffBanner: state.staffCall.map { words[banner(of: $0.state)] })
    }

    private func bar(for state: SessionState, body: PageBody, words: Words) -> [Action] {
        let other: Language = state.language == .zh ? .en : .zh
        let otherSize: TextSize = state.textSize == .standard ? .large : .standard
        let isCalled = state.staffCall.map { isOpen($0.state) } ?? false
        return [
            Action(id: "bar.back", label: words[.back], event: body.back, key: "F1"),
            Action(
                id: "bar.start-over", label: words[.startOver], event: body.startOver, key: "F2"),
            Action(
                id: "bar.staff", label: words[isCalled ? .staffCalled : .callStaff],
                event: isCalled ? nil : .callStaff, key: "F3"),
            Action(id: "bar.language", label: words[.otherLanguage], event: .setLanguage(other), key: "F4"),
            Action(
                id: "bar.large-text", label: words[otherSize == .large ? .largeText : .standardText],
                event: .setTextSize(otherSize), key: "F5"),
        ]
    }

    private func isOpen(_ call: SessionState.StaffCall.State) -> Bool {
        switch call {
        case .calling, .ringing, .acknowledged: true
        case .closed, .failed: false
        }
    }

    private func banner(of call: SessionState.StaffCall.State) -> Phrase {
        switch call {
        case .calling: .staffCalling
        case .ringing: .staffRinging
        case .acknowledged: .staffAcknowledged
        case .closed: .staffClosed
        case .failed: .staffFailed
        }
    }

    /// Cancelling stands apart from the call button, so that pressing that twice does not send staff away again.
    private func callActions(_ call: SessionState.StaffCall?, words: Words) -> [Action] {
        guard let call else { return [] }
        let label: Phrase = isOpen(call.state) ? .cancelCall : .dismissCall
        return [Action(id: "dismiss-call", label: words[label], event: .dismissStaffCall)]
    }

    private func dialog(for state: SessionState, words: Words) -> Page.Dialog? {
        if let seconds = state.idleWarning {
            return Page.Dialog(
                title: words[.idleTitle], text: idleText(for: state, words: words), countdown: seconds,
                actions: [Action(id: "still-here", label: words[.goOn], style: .primary, event: .stillHere)])
        }
        guard state.confirmsStartOver else { return nil }
        return Page.Dialog(
            title: words[.startOverTitle], text: words[.startOverText],
            actions: [
                Action(
                    id: "cancel-start-over", label: words[.startOverCancel], style: .primary, event: .cancelStartOver),
                Action(
                    id: "confirm-start-over", label: words[.startOverConfirm], style: .destructive,
                    event: .confirmStartOver),
            ])
    }

    private func idleText(for state: SessionState, words: Words) -> String {
        words[state.flow?.isSettled == true ? .idleTextAccepted : .idleText]
    }
}

/// What one page says by itself, without the parts that are the same on every page.
struct PageBody {
    var id: String
    var title: String
    var nodes: [Node]
    var actions: [Action] = []
    /// What the bar's first two keys do; nil when there is no way back or nothing to throw away.
    var back: SessionEvent? = .back
    var startOver: SessionEvent? = .askStartOver
}

extension SessionPolicy {
    /// Whole minutes a draft can be taken up again.
    var resumeMinutes: String { String(resumeWithin / 60) }
}

extension PageBuilder {
    private static let functionKeys = ["n": "F9", "p": "F8", "l": "F7", "s": "F6"]

    /// Where people type, letters are text: the actions have function keys there.
    fileprivate static func keyed(_ body: PageBody) -> [Action] {
        let hasField = body.nodes.contains { node in
            if case .field = node.content { true } else { false }
        }
        return body.actions.map { action in
            guard hasField, let key = action.key.flatMap({ functionKeys[$0] }) else { return action }
            var keyed = action
            keyed.key = key
            return keyed
        }
    }
}

extension FlowState {
    /// True once there is nothing left to throw away: the case is accepted, or the paper is being issued.
    var isSettled: Bool { accepted != nil || step == .print || step == .rating || step == .finish }
}

extension Action {
    static func primary(_ id: String, _ label: String, _ event: SessionEvent?, key: String? = "n") -> Action {
        Action(id: id, label: label, style: .primary, event: event, key: key)
    }
}

/// A device on a page: its picture, and when it failed who can help.
struct DeviceNodes {
    var picture: Node.DevicePicture
    var waiting: (title: String, text: String)
    var working: (title: String, text: String)
    var done: (title: String, text: String)
    /// The card that a fault of a card reader speaks of.
    var asked = AskedCard.identityCard

    func nodes(_ activity: DeviceActivity, words: Words) -> [Node] {
        switch activity {
        case .idle, .waiting: [node(waitsForCitizen ? .waiting : .working, waiting)]
        case .working: [node(.working, working)]
        case .done: [node(.done, done)]
        case .failed(let fault): failed(FaultWords(fault, asked: asked, language: words.language), words: words)
        }
    }

    /// A printer or an office that has yet to begin wants nothing of the citizen.
    private var waitsForCitizen: Bool {
        switch picture {
        case .cardOnReader, .cardInSlot, .eitherCard, .paperUnderCamera, .faceBeforeCamera: true
        case .printer, .office, .safe, .staffWithCitizen: false
        }
    }

    private func node(_ state: Node.DeviceState, _ text: (title: String, text: String)) -> Node {
        Node("device", .device(picture, state, title: text.title, text: text.text))
    }

    private func failed(_ fault: FaultWords, words: Words) -> [Node] {
        [
            node(.failed, (fault.happened, fault.doNow)),
            Node("device.help", .notice(.information, title: words[.whoHelpsTitle], text: fault.helper)),
        ]
    }
}

extension DeviceActivity {
    var fault: Fault? {
        guard case .failed(let fault) = self else { return nil }
        return fault
    }
}
