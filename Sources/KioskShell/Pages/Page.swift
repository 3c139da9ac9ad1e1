/// The semantic page tree: what a page says and offers, before any rendering. Tree order is focus and speech order.

public import KioskCore

/// One page. Every rendering is a function of this value plus its own focus and scroll.
public struct Page: Codable, Hashable, Sendable {
    /// Stable name for tests, logs and `kiosk render`: `notice`, `identify`, `form.premises`, `capture.lease` …
    public var id: String
    public var language: Language
    public var textSize: TextSize
    /// The matter's title; nil on the welcome page.
    public var matter: String?
    public var title: String
    /// Step n of m; nil outside a flow.
    public var progress: Progress?
    /// The content, top to bottom.
    public var nodes: [Node]
    /// The page's own actions: at most one primary ("next", "take the picture"), then others.
    public var actions: [Action]
    /// On every page, in fixed places and order: back, start over, call staff, language, large text.
    public var bar: [Action]
    /// A question or warning over the page; while it is there, only its actions work.
    public var dialog: Dialog?
    /// The state of a call to staff, shown in the same place on every page.
    public var staffBanner: String?

    public struct Progress: Codable, Hashable, Sendable {
        public var step: Int
        public var of: Int

        public init(step: Int, of: Int) {
            self.step = step
            self.of = of
        }
    }

    public struct Dialog: Codable, Hashable, Sendable {
        public var title: String
        public var text: String
        /// Seconds left, shown large.
        public var countdown: Int?
        public var actions: [Action]

        public init(title: String, text: String, countdown: Int? = nil, actions: [Action]) {
            self.title = title
            self.text = text
            self.countdown = countdown
            self.actions = actions
        }
    }

    public init(
        id: String, language: Language, textSize: TextSize, matter: String? = nil, title: String,
        progress: Progress? = nil, nodes: [Node], actions: [Action], bar: [Action], dialog: Dialog? = nil,
        staffBanner: String? = nil
    ) {
        self.id = id
        self.language = language
        self.textSize = textSize
        self.matter = matter
        self.title = title
        self.progress = progress
        self.nodes = nodes
        self.actions = actions
        self.bar = bar
        self.dialog = dialog
        self.staffBanner = staffBanner
    }
}

/// Something to press.
public struct Action: Codable, Hashable, Sendable {
    public enum Style: String, Codable, Sendable {
        case primary, secondary
        /// Throws something away.
        case destructive
    }

    /// Unique on the page.
    public var id: String
    public var label: String
    public var style: Style
    /// What pressing it does; nil when it is shown but cannot be pressed now.
    public var event: SessionEvent?
    /// The key of the terminal shell: `F1`, `r`; nil for focus and Enter only.
    public var key: String?

    public init(id: String, label: String, style: Style = .secondary, event: SessionEvent?, key: String? = nil) {
        self.id = id
        self.label = label
        self.style = style
        self.event = event
        self.key = key
    }
}

/// One thing on a page.
public struct Node: Codable, Hashable, Sendable {
    public enum Tone: String, Codable, Sendable {
        case neutral, information, success, warning, error
    }

    /// What kind of typing a field takes; decides the keys, the grouping and the mask.
    public enum Entry: String, Codable, Sendable {
        case text, number, money, date, month, phone, address
        /// A number that may have a sign and decimals.
        case decimal
        case dateTime
        /// What is looked for: words, pinyin initials or a code.
        case search
        /// Eighteen characters in capitals.
        case creditCode
        /// Grouped in fours, masked when the field is left.
        case bankCard
        /// Eighteen characters, shown 6-8-4 while typed, masked when the field is left.
        case idNumber
        /// The last four characters of the signer's number.
        case signature
    }

    public enum DevicePicture: String, Codable, Sendable {
        case cardOnReader, paperUnderCamera, printer, office, safe
        /// A chip card and its slot, and both places where a card may be put.
        case cardInSlot, eitherCard
        /// The citizen before a camera, and beside a member of staff.
        case faceBeforeCamera, staffWithCitizen
    }

    public enum DeviceState: String, Codable, Sendable {
        case waiting, working, done, failed
    }

    public enum Content: Codable, Hashable, Sendable {
        case heading(String)
        case paragraph(String)
        /// A line with a sign in front: materials, conditions.
        case bullet(String, note: String?)
        /// A box that must be seen: what happened and what to do now.
        case notice(Tone, title: String, text: String)
        /// Something to press as a large tile: a matter on the welcome page.
        case tile(title: String, detail: String, event: SessionEvent)
        /// A typed field. `value` is the raw text; renderings mask an `idNumber` without focus.
        case field(Entry, label: String, value: String, hint: String?, required: Bool, error: String?)
        /// One of several; `event` of an option picks it.
        case choice(label: String, options: [Option], multiple: Bool, required: Bool, error: String?)
        /// A fact, with an optional way to change it (修改).
        case row(label: String, value: String, change: Action?)
        /// A device and what it is doing.
        case device(DevicePicture, DeviceState, title: String, text: String)
        /// A picture that was taken: `page` names it, for renderings that can show it.
        case picture(page: PageReference, caption: String, remove: Action?)
        /// The photograph of a card's holder, for renderings that can show it.
        case portrait(Portrait, caption: String)
        case table(title: String, columns: [String], rows: [[String]])
        /// A number to keep, large: the receipt number.
        case number(label: String, value: String)
        case qrCode(String, caption: String)
    }

    public struct Option: Codable, Hashable, Sendable {
        public var id: String
        public var label: String
        public var selected: Bool
        public var event: SessionEvent

        public init(id: String, label: String, selected: Bool, event: SessionEvent) {
            self.id = id
            self.label = label
            self.selected = selected
            self.event = event
        }
    }

    /// Unique on the page. For a field it is the field's key: typing sends `SessionEvent.edit(field: id, …)`.
    public var id: String
    public var content: Content

    public init(_ id: String, _ content: Content) {
        self.id = id
        self.content = content
    }

    /// What is said when the node has the focus; a function of the content alone.
    public var speech: String {
        switch content {
        case .heading(let text), .paragraph(let text): text
        case .bullet(let text, let note): note.map { "\(text)，\($0)" } ?? text
        case .notice(_, let title, let text): "\(title)。\(text)"
        case .tile(let title, let detail, _): "\(title)。\(detail)"
        case .field(let entry, let label, let value, let hint, _, let error):
            [label, entry.masked(value), error ?? hint ?? ""].filter { !$0.isEmpty }.joined(separator: "，")
        case .choice(let label, let options, _, _, let error):
            ([label] + options.map(\.label) + [error].compactMap { $0 }).joined(separator: "，")
        case .row(let label, let value, _), .number(let label, let value): "\(label)，\(value)"
        case .device(_, _, let title, let text): "\(title)。\(text)"
        case .picture(_, let caption, _), .qrCode(_, let caption), .portrait(_, let caption): caption
        case .table(let title, _, let rows):
            ([title] + rows.map { $0.joined(separator: "，") }).joined(separator: "。")
        }
    }
}

extension Node.Entry {
    /// The value as anybody may see it, when the field is left.
    func masked(_ value: String) -> String {
        switch self {
        case .idNumber: CitizenNumber.masked(value)
        case .bankCard: BankCardNumber.masked(value)
        default: value
        }
    }
}
