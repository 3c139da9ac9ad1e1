/// The dock's menu as lines of text, keys and places to click: a function of the emulator's state and the terminal's
/// size.

public struct DockScreen: Sendable {
    /// One key and the command it sends.
    public struct Choice: Hashable, Sendable {
        public var key: Character
        public var words: [String]
        var title: String
        var titleEnglish: String
        var isOn: Bool
    }

    public struct Section: Hashable, Sendable {
        var title: String
        public var choices: [Choice]
    }

    /// One row of the screen.
    public struct Line: Hashable, Sendable {
        /// A range of columns, from 0, that stands for a key when it is clicked.
        struct Target: Hashable, Sendable {
            var columns: Range<Int>
            var key: Character
        }

        public var text: String
        public var isHeading: Bool
        var targets: [Target]

        public init(text: String) {
            self.init(text: text, isHeading: false)
        }

        init(text: String, isHeading: Bool, targets: [Target] = []) {
            self.text = text
            self.isHeading = isHeading
            self.targets = targets
        }

        /// The key that a click on this column (from 0) stands for.
        public func key(at column: Int) -> Character? {
            targets.first { $0.columns.contains(column) }?.key
        }
    }

    /// From this width on, faults and notes stand in a second column.
    private static let twoColumns = 80

    public let sections: [Section]
    private let status: ControlAnswer.Status
    private let cards: [ControlAnswer.Item]
    private let papers: [ControlAnswer.Item]
    private let chips: [ControlAnswer.Item]
    private let notes: [String]

    /// `notes` are shown at the end: what a person at this terminal has to know besides.
    public init(
        status: ControlAnswer.Status, cards: [ControlAnswer.Item], papers: [ControlAnswer.Item],
        chips: [ControlAnswer.Item] = [], notes: [String] = []
    ) {
        self.status = status
        self.cards = cards
        self.papers = papers
        self.chips = chips
        self.notes = notes
        let cardKeys = Array("123456789")
        let paperKeys = Array("abcdefghij")
        var cardChoices = zip(cardKeys, cards).map { key, card in
            Choice(
                key: key, words: ["card", "put", card.name], title: card.title, titleEnglish: card.titleEnglish,
                isOn: status.reader.card == card.name)
        }
        cardChoices.append(
            Choice(
                key: "0", words: ["card", "lift"], title: "拿走卡片", titleEnglish: "take it away",
                isOn: status.reader.card == nil))
        var paperChoices = zip(paperKeys, papers).map { key, paper in
            Choice(
                key: key, words: ["paper", "put", paper.name], title: paper.title, titleEnglish: paper.titleEnglish,
                isOn: status.camera.paper == paper.name)
        }
        paperChoices.append(
            Choice(
                key: "x", words: ["paper", "clear"], title: "拿走纸张", titleEnglish: "take it away",
                isOn: status.camera.paper == "platen"))
        paperChoices.append(
            Choice(
                key: "k", words: ["paper", "black"], title: "全黑画面", titleEnglish: "black page",
                isOn: status.camera.paper == "black"))
        var sections = [Section(title: "身份证放读卡器上 Card on the reader", choices: cardChoices)]
        if let chipReader = status.chipReader {
            sections.append(
                Section(title: "芯片卡插入读卡器 Chip in the reader", choices: Self.chipChoices(chips, in: chipReader)))
        }
        self.sections =
            sections + [
                Section(title: "纸张放高拍仪下 Paper under the camera", choices: paperChoices),
                Section(title: "故障，再按复原 Faults, again: undo", choices: Self.faults(status)),
            ]
    }

    private static func chipChoices(
        _ chips: [ControlAnswer.Item], in reader: ControlAnswer.Status.ChipReader
    ) -> [Choice] {
        zip(Array("lmnopqrst"), chips).map { key, chip in
            Choice(
                key: key, words: ["chip", "put", chip.name], title: chip.title, titleEnglish: chip.titleEnglish,
                isOn: reader.chip == chip.name)
        } + [
            Choice(
                key: "z", words: ["chip", "pull"], title: "拔出芯片卡", titleEnglish: "pull it out",
                isOn: reader.chip == nil)
        ]
    }

    /// Nil: a key that means nothing here.
    public func command(for key: Character) -> [String]? {
        sections.lazy.flatMap(\.choices).first { $0.key == key }?.words
    }

    /// All sections when they fit; else as many as fit, `page` (modulo their number) first. No line is wider than
    /// `columns`. Keys of sections that are not shown work all the same.
    public func lines(columns: Int, rows: Int, page: Int) -> [Line] {
        let head = [Line(text: "模拟设备 Emulated devices", isHeading: true)] + statusLines.map { Line(text: $0) }
        var blocks = sections.map(Self.block)
        if !notes.isEmpty {
            blocks.append([Line(text: ""), Self.heading("说明 Notes")] + notes.map { Line(text: " " + $0) })
        }
        let room = max(0, rows - head.count - 1)
        var body: [Line]
        var footer = "点击或按键 click, or press the key"
        if columns >= Self.twoColumns, blocks.count > 2 {
            body = Self.beside(Array(blocks[..<2].joined()), Array(blocks[2...].joined()))
        } else {
            body = Array(blocks.joined())
        }
        if body.count > room {
            body = []
            for block in blocks[(page % blocks.count)...] where body.isEmpty || body.count + block.count <= room {
                body += block
            }
            footer += "   Tab 换页 more"
        }
        // The footer stands apart where there is room for that.
        if body.count < room { body.append(Line(text: "")) }
        return (head + body.prefix(room) + [Line(text: footer)]).prefix(max(0, rows)).map { Self.cut($0, to: columns) }
    }

    private var statusLines: [String] {
        let card = cards.first { $0.name == status.reader.card }.map { "卡 " + $0.title } ?? "无卡 no card"
        let paper =
            papers.first { $0.name == status.camera.paper }.map { "纸 " + $0.title }
            ?? (status.camera.paper == "black" ? "全黑 black" : "空台面 empty")
        let reader = Self.condition(plugged: status.reader.plugged, fault: status.reader.faulty ? "故障 faulty" : nil)
        let camera = Self.condition(plugged: status.camera.plugged, fault: status.camera.fault.map { "故障 " + $0 })
        let printer =
            status.printerFaults.isEmpty
            ? "正常 ok"
            : status.printerFaults.map { name in
                Self.printerTitles[name].map { $0.0 + " " + $0.1 } ?? name
            }.joined(separator: "、")
        let chip = status.chipReader.map { chipReader in
            let name = chips.first { $0.name == chipReader.chip }?.title ?? "无卡 no card"
            let condition = Self.condition(
                plugged: chipReader.plugged, fault: chipReader.faulty ? "故障 faulty" : nil)
            return "芯片机 chip     \(condition) · \(name)"
        }
        return ["读卡器 reader   \(reader) · \(card)"] + (chip.map { [$0] } ?? [])
            + ["高拍仪 camera   \(camera) · \(paper)", "打印机 printer  \(printer)"]
    }

    private static let printerTitles = [
        "media-empty-error": ("缺纸", "no paper"), "media-jam-error": ("卡纸", "paper jam"),
        "cover-open-error": ("盖板打开", "cover open"),
    ]

    private static func condition(plugged: Bool, fault: String?) -> String {
        plugged ? fault ?? "正常 ok" : "已拔出 unplugged"
    }

    private static func faults(_ status: ControlAnswer.Status) -> [Choice] {
        let reader = status.reader
        let camera = status.camera
        var choices = [
            Choice(
                key: "R", words: ["reader", reader.plugged ? "unplug" : "plug"], title: "拔出读卡器",
                titleEnglish: "unplug reader", isOn: !reader.plugged),
            Choice(
                key: "S", words: ["reader", reader.faulty ? "ok" : "silent"], title: "读卡器无应答",
                titleEnglish: "reader silent", isOn: reader.faulty),
            Choice(
                key: "V", words: ["camera", camera.plugged ? "unplug" : "plug"], title: "拔出高拍仪",
                titleEnglish: "unplug camera", isOn: !camera.plugged),
            Choice(
                key: "D", words: camera.fault == nil ? ["camera", "damage", "50"] : ["camera", "ok"],
                title: "高拍仪画面损坏", titleEnglish: "damaged image", isOn: camera.fault != nil),
        ]
        if let chipReader = status.chipReader {
            choices += [
                Choice(
                    key: "U", words: ["chipreader", chipReader.plugged ? "unplug" : "plug"], title: "拔出芯片读卡器",
                    titleEnglish: "unplug chip slot", isOn: !chipReader.plugged),
                Choice(
                    key: "I", words: ["chipreader", chipReader.faulty ? "ok" : "silent"], title: "芯片读卡器静默",
                    titleEnglish: "chip slot silent", isOn: chipReader.faulty),
            ]
        }
        for (key, name) in zip("PJC", EmulatorStage.printerFaultNames) {
            let isOn = status.printerFaults.contains(name)
            let titles = printerTitles[name] ?? (name, "")
            choices.append(
                Choice(
                    key: key, words: ["printer", isOn ? "clear" : "fail", name], title: "打印机" + titles.0,
                    titleEnglish: titles.1, isOn: isOn))
        }
        return choices
    }

    private static func heading(_ title: String) -> Line {
        Line(text: "── " + title, isHeading: true)
    }

    /// A blank line, the heading and the choices, their English words below each other.
    private static func block(_ section: Section) -> [Line] {
        let widest = section.choices.map { width(of: $0.title) }.max() ?? 0
        return [Line(text: ""), heading(section.title)]
            + section.choices.map { choice in
                let text =
                    " \(choice.isOn ? "●" : " ") \(choice.key)  \(padded(choice.title, to: widest))  "
                    + choice.titleEnglish
                return Line(
                    text: text, isHeading: false, targets: [.init(columns: 0..<width(of: text), key: choice.key)])
            }
    }

    /// `right` begins two columns after the widest line of `left`.
    private static func beside(_ left: [Line], _ right: [Line]) -> [Line] {
        let start = (left.map { width(of: $0.text) }.max() ?? 0) + 2
        return (0..<max(left.count, right.count)).map { row in
            var line = row < left.count ? left[row] : Line(text: "")
            guard row < right.count else { return line }
            line.text = padded(line.text, to: start) + right[row].text
            line.isHeading = line.isHeading || right[row].isHeading
            line.targets += right[row].targets.map { target in
                .init(columns: target.columns.lowerBound + start..<target.columns.upperBound + start, key: target.key)
            }
            return line
        }
    }

    private static func padded(_ text: String, to columns: Int) -> String {
        text + String(repeating: " ", count: max(0, columns - width(of: text)))
    }

    private static func width(of text: String) -> Int {
        text.reduce(0) { $0 + width(of: $1) }
    }

    /// Chinese characters and full-width punctuation take two columns.
    private static func width(of character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first?.value else { return 0 }
        return (0x2E80...0xA4CF).contains(scalar) || (0xAC00...0xD7A3).contains(scalar)
            || (0xF900...0xFAFF).contains(scalar) || (0xFE30...0xFE6F).contains(scalar)
            || (0xFF00...0xFF60).contains(scalar) || (0x20000...0x3FFFD).contains(scalar) ? 2 : 1
    }

    private static func cut(_ line: Line, to columns: Int) -> Line {
        var line = line
        var used = 0
        line.text = String(
            line.text.prefix { character in
                used += width(of: character)
                return used <= columns
            })
        return line
    }
}
