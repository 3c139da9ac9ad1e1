/// The dock's menu as lines of text and keys: a function of the emulator's state and the terminal's size.

public struct DockScreen: Sendable {
    /// One key and the command it sends.
    public struct Choice: Hashable, Sendable {
        public var key: Character
        public var words: [String]
        var title: String
        var isOn: Bool
    }

    public struct Section: Hashable, Sendable {
        var title: String
        public var choices: [Choice]
    }

    public let sections: [Section]
    private let status: ControlAnswer.Status
    private let cards: [ControlAnswer.Item]
    private let papers: [ControlAnswer.Item]

    public init(status: ControlAnswer.Status, cards: [ControlAnswer.Item], papers: [ControlAnswer.Item]) {
        self.status = status
        self.cards = cards
        self.papers = papers
        let cardKeys = Array("123456789")
        let paperKeys = Array("abcdefghij")
        var cardChoices = zip(cardKeys, cards).map { key, card in
            Choice(
                key: key, words: ["card", "put", card.name], title: Self.bilingual(card),
                isOn: status.reader.card == card.name)
        }
        cardChoices.append(
            Choice(key: "0", words: ["card", "lift"], title: "拿走卡片 lift the card", isOn: status.reader.card == nil))
        var paperChoices = zip(paperKeys, papers).map { key, paper in
            Choice(
                key: key, words: ["paper", "put", paper.name], title: Self.bilingual(paper),
                isOn: status.camera.paper == paper.name)
        }
        paperChoices.append(
            Choice(
                key: "x", words: ["paper", "clear"], title: "拿走纸张 take the paper away",
                isOn: status.camera.paper == "platen"))
        paperChoices.append(
            Choice(
                key: "k", words: ["paper", "black"], title: "全黑画面 black page", isOn: status.camera.paper == "black"))
        sections = [
            Section(title: "放身份证 ID card", choices: cardChoices),
            Section(title: "放纸张 Paper", choices: paperChoices),
            Section(title: "设备故障 Faults", choices: Self.faults(status)),
        ]
    }

    /// Nil: a key that means nothing here.
    public func command(for key: Character) -> [String]? {
        sections.lazy.flatMap(\.choices).first { $0.key == key }?.words
    }

    /// All sections when they fit; else as many as fit, `page` (modulo their number) first. No line is wider than
    /// `columns`. Keys of sections that are not shown work all the same.
    public func lines(columns: Int, rows: Int, page: Int) -> [String] {
        var lines = ["模拟设备 Emulated devices"] + statusLines
        let footer = "Tab 换页 next page   q 退出 quit"
        let all = sections.map { section in
            ["", "── " + section.title]
                + section.choices.map { choice in
                    " \(choice.isOn ? "●" : " ") \(choice.key)  \(choice.title)"
                }
        }
        let head = lines.count
        let isWhole = all.reduce(head + 2) { $0 + $1.count } <= rows
        for section in all[(isWhole ? 0 : page % all.count)...] {
            guard lines.count == head || lines.count + section.count + 2 <= rows else { break }
            lines += section
        }
        return (lines.prefix(max(0, rows - 2)) + ["", footer]).map { Self.cut($0, to: columns) }
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
            ? "正常 ok" : status.printerFaults.map { Self.printerTitles[$0] ?? $0 }.joined(separator: "、")
        return [
            "读卡器 reader   \(reader) · \(card)", "高拍仪 camera   \(camera) · \(paper)", "打印机 printer  \(printer)",
        ]
    }

    private static let printerTitles = [
        "media-empty-error": "缺纸 no paper", "media-jam-error": "卡纸 jam", "cover-open-error": "盖板打开 cover open",
    ]

    private static func condition(plugged: Bool, fault: String?) -> String {
        plugged ? fault ?? "正常 ok" : "已拔出 unplugged"
    }

    private static func faults(_ status: ControlAnswer.Status) -> [Choice] {
        let reader = status.reader
        let camera = status.camera
        var choices = [
            Choice(
                key: "R", words: ["reader", reader.plugged ? "unplug" : "plug"], title: "拔出读卡器 unplug reader",
                isOn: !reader.plugged),
            Choice(
                key: "S", words: ["reader", reader.faulty ? "ok" : "silent"], title: "读卡器无应答 reader silent",
                isOn: reader.faulty),
            Choice(
                key: "V", words: ["camera", camera.plugged ? "unplug" : "plug"], title: "拔出高拍仪 unplug camera",
                isOn: !camera.plugged),
            Choice(
                key: "D", words: camera.fault == nil ? ["camera", "damage", "50"] : ["camera", "ok"],
                title: "画面损坏 camera damage", isOn: camera.fault != nil),
        ]
        for (key, name) in zip("PJC", EmulatorStage.printerFaultNames) {
            let isOn = status.printerFaults.contains(name)
            choices.append(
                Choice(
                    key: key, words: ["printer", isOn ? "clear" : "fail", name],
                    title: "打印机" + (printerTitles[name] ?? name), isOn: isOn))
        }
        return choices
    }

    private static func bilingual(_ item: ControlAnswer.Item) -> String {
        item.titleEnglish.isEmpty ? item.title : item.title + " " + item.titleEnglish
    }

    /// Chinese characters and full-width punctuation take two columns.
    static func width(of character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first?.value else { return 0 }
        return (0x2E80...0xA4CF).contains(scalar) || (0xAC00...0xD7A3).contains(scalar)
            || (0xF900...0xFAFF).contains(scalar) || (0xFE30...0xFE6F).contains(scalar)
            || (0xFF00...0xFF60).contains(scalar) || (0x20000...0x3FFFD).contains(scalar) ? 2 : 1
    }

    static func cut(_ line: String, to columns: Int) -> String {
        var used = 0
        return String(
            line.prefix { character in
                used += width(of: character)
                return used <= columns
            })
    }
}
