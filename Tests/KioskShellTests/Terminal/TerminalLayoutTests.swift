// Pages laid out in cells: goldens, nothing cut, nothing leaked.

import KioskCore
import Testing

@testable import KioskShell

@Suite struct TerminalLayoutTests {
    /// Everything that can be read on the page over all scroll positions.
    private func readable(_ page: Page, columns: Int, rows: Int, focus: TerminalFocus? = nil) -> [String] {
        var lines: [String] = []
        var scroll = 0
        while true {
            let view = TerminalViewpoint(focus: focus, scroll: scroll, followsFocus: false)
            let shown = TerminalLayout().arrange(page, view, columns: columns, rows: rows)
            lines += shown.grid.lines
            guard shown.scroll + shown.visibleLines < shown.lineCount else { return lines }
            scroll = shown.scroll + max(1, shown.visibleLines / 2)
        }
    }

    private func texts(of page: Page) -> [String] {
        if let dialog = page.dialog { return [dialog.title, dialog.text] + dialog.actions.map(\.label) }
        var texts = [page.title, page.matter ?? "", page.staffBanner ?? ""]
        texts += (page.actions + page.bar).map(\.label)
        for node in page.nodes {
            switch node.content {
            case .heading(let text), .paragraph(let text): texts.append(text)
            case .bullet(let text, let note): texts += [text, note ?? ""]
            case .notice(_, let title, let text), .device(_, _, let title, let text): texts += [title, text]
            case .tile(let title, let detail, _): texts += [title, detail]
            case .field(let entry, let label, let value, let hint, _, let error):
                texts += [label, FieldTyping(entry: entry).masked(value), hint ?? "", error ?? ""]
            case .choice(let label, let options, _, _, let error): texts += [label, error ?? ""] + options.map(\.label)
            case .row(let label, let value, let change): texts += [label, value, change?.label ?? ""]
            case .picture(_, let caption, let remove): texts += [caption, remove?.label ?? ""]
            case .table(let title, let columns, let rows): texts += [title] + columns + rows.joined()
            case .number(let label, let value): texts += [label, value]
            case .portrait(_, let caption): texts.append(caption)
            case .qrCode(let text, let caption): texts += [text, caption]
            }
        }
        return texts.filter { !$0.isEmpty }
    }

    /// True when the text stands there in order, in few pieces: a wrapped text, not scattered characters.
    private func isShown(_ text: String, in lines: [String]) -> Bool {
        var rest = text.filter { $0 != " " && $0 != "\n" }[...]
        let all = lines.map { $0.filter { $0 != " " } }.joined(separator: "\n")
        var pieces = 0
        let limit = 1 + CellWidth().width(of: text) / 12
        while !rest.isEmpty {
            // A prefix of what is there is there too, so the longest is found by halving.
            var (found, missing) = (0, rest.count + 1)
            while missing - found > 1 {
                let length = (found + missing) / 2
                if all.contains(rest.prefix(length)) { found = length } else { missing = length }
            }
            if found == 0 { return false }
            rest = rest.dropFirst(found)
            pieces += 1
        }
        return pieces <= limit
    }

    @Test(arguments: Language.allCases, [(80, 24), (100, 30), (200, 60), (81, 25)])
    func `every text of the page can be read`(language: Language, size: (Int, Int)) {
        for page in TerminalSamples.all(language) {
            for textSize in TextSize.allCases {
                var page = page
                page.textSize = textSize
                let lines = readable(page, columns: size.0, rows: size.1)
                for text in texts(of: page) {
                    #expect(isShown(text, in: lines), "\(page.id): \(text)\n\(lines.joined(separator: "\n"))")
                }
            }
        }
    }

    @Test func `very long texts are all there too`() {
        let long = (1...60).map { "第\($0)条要求，" }.joined()
        var page = TerminalSamples.form(.zh, name: String(repeating: "哈尔滨", count: 60))
        page.title = long
        page.staffBanner = String(repeating: "请稍等。", count: 40)
        page.actions = (1...30).map { Action(id: "a\($0)", label: "动作第\($0)号", event: .next) }
        page.nodes.append(Node("long.row", .row(label: long, value: long, change: page.actions[0])))
        page.nodes.append(Node("long.tile", .tile(title: long, detail: long, event: .next)))
        let lines = readable(page, columns: 80, rows: 24)
        for text in texts(of: page) { #expect(isShown(text, in: lines), "\(text)") }
        page.dialog = Page.Dialog(title: "请看", text: long, countdown: 3, actions: [page.actions[0]])
        let dialog = readable(page, columns: 80, rows: 24)
        #expect(isShown(long, in: dialog))
        #expect(isShown("动作第1号", in: dialog))
    }

    @Test func `the bar stands on the last line of every page, in its order`() {
        for language in Language.allCases {
            for page in TerminalSamples.all(language) {
                let shown = TerminalLayout().arrange(page, TerminalViewpoint(), columns: 80, rows: 24)
                let bar = shown.grid.lines.last ?? ""
                var rest = bar[...]
                for action in page.bar {
                    #expect(rest.contains(action.label), "\(page.id) \(bar)")
                    if let range = rest.firstRange(of: action.label) { rest = rest[range.upperBound...] }
                }
                for key in 1...5 { #expect(bar.contains("F\(key)")) }
            }
        }
    }

    @Test func `what cannot be pressed is in brackets and takes no focus`() {
        let shown = TerminalLayout().arrange(
            TerminalSamples.accepted(.zh), TerminalViewpoint(), columns: 80, rows: 24)
        #expect(!shown.focusOrder.contains(.action("again")))
        #expect(!shown.focusOrder.contains(.action("bar.back")))
        #expect(shown.grid.lines.contains { $0.contains("( 再打印一次 )") && $0.contains("[ 办完了 ]") })
        #expect(shown.grid.lines.last?.contains("(F1 上一步)") == true)
    }

    @Test func `a full citizen number is on the screen only while its field has the focus`() {
        let page = TerminalSamples.form(.zh, number: TerminalSamples.number)
        let typing = TerminalLayout().arrange(
            page, TerminalViewpoint(focus: .node("owner")), columns: 80, rows: 24)
        #expect(typing.grid.lines.contains { $0.contains("[230199 19900101 0018]") })
        for focus in [TerminalFocus.node("shop"), .action("next"), .option(node: "kind", option: "family")] {
            let left = TerminalLayout().arrange(page, TerminalViewpoint(focus: focus), columns: 80, rows: 24)
            let text = left.grid.lines.joined().filter { $0 != " " }
            #expect(!text.contains("19900101"))
            #expect(readable(page, columns: 80, rows: 24, focus: focus).contains { $0.contains("230199********0018") })
        }
        var asked = page
        asked.dialog = TerminalSamples.idle(.zh, over: page).dialog
        let covered = TerminalLayout().arrange(
            asked, TerminalViewpoint(focus: .action("stay")), columns: 80, rows: 24)
        #expect(!covered.grid.lines.joined().contains("19900101"))
    }

    @Test func `the focus order is the order of the tree`() {
        let shown = TerminalLayout().arrange(TerminalSamples.form(.en), TerminalViewpoint(), columns: 80, rows: 24)
        #expect(
            shown.focusOrder == [
                .node("shop"), .node("owner"), .node("capital"), .option(node: "kind", option: "person"),
                .option(node: "kind", option: "family"), .option(node: "scope", option: "food"),
                .option(node: "scope", option: "tea"), .action("next"), .action("bar.back"), .action("bar.over"),
                .action("bar.staff"), .action("bar.language"), .action("bar.size"),
            ])
    }

    @Test func `the focus is in view and marked without colour, wherever it goes`() {
        for language in Language.allCases {
            for page in TerminalSamples.all(language) {
                let order = TerminalLayout().arrange(page, TerminalViewpoint(), columns: 80, rows: 24).focusOrder
                for focus in order {
                    let shown = TerminalLayout().arrange(page, TerminalViewpoint(focus: focus), columns: 80, rows: 24)
                    if let lines = shown.scrolledLines[focus] {
                        #expect(lines.lowerBound >= shown.scroll)
                        #expect(lines.upperBound <= shown.scroll + shown.visibleLines)
                        #expect(shown.grid.lines.contains { $0.hasPrefix(" > ") || $0.hasPrefix(" >") })
                    } else {
                        let isReversed = (0..<24).contains { row in
                            (0..<80).contains { shown.grid[row, $0].style.reverse }
                        }
                        #expect(isReversed)
                    }
                }
            }
        }
    }

    @Test(arguments: [(79, 24), (80, 23), (40, 10), (10, 3), (1, 1), (0, 0)])
    func `a window that is too small says so in both languages`(size: (Int, Int)) {
        let shown = TerminalLayout().arrange(
            TerminalSamples.form(.zh, number: TerminalSamples.number), TerminalViewpoint(), columns: size.0,
            rows: size.1)
        #expect(shown.focusOrder.isEmpty)
        #expect(shown.cursor == nil)
        if size.0 >= 40, size.1 >= 10 {
            let text = shown.grid.lines.joined(separator: " ")
            #expect(text.contains("窗口太小") && text.contains("80×24"))
            #expect(text.contains("too small") && text.contains("\(size.0)x\(size.1)"))
        }
    }

    @Test func `a terminal without box characters gets ASCII ones`() {
        for layout in [TerminalLayout(usesASCII: true), TerminalLayout(width: CellWidth(ambiguousIsWide: true))] {
            for page in TerminalSamples.all(.en) + TerminalSamples.all(.zh) {
                let shown = layout.arrange(page, TerminalViewpoint(), columns: 80, rows: 24)
                let drawn = shown.grid.lines.joined()
                #expect(!drawn.unicodeScalars.contains { (0x2500...0x25FF).contains($0.value) })
            }
        }
    }

    @Test func `a QR code is drawn in half blocks with the text beneath, and as text alone where it cannot be`() {
        let matrix = (0..<21).map { row in (0..<21).map { (row * 7 + $0 * 3) % 5 < 2 } }
        let layout = TerminalLayout(qrMatrix: { _ in matrix })
        let page = TerminalSamples.accepted(.zh)
        let shown = layout.arrange(page, TerminalViewpoint(), columns: 100, rows: 40)
        // Read the modules back from the drawing.
        let rows = shown.grid.lines.indices.filter { row in
            (0..<100).contains { shown.grid[row, $0].style.background == .black }
        }
        #expect(rows.count == 13)
        guard let first = rows.first else { return }
        for row in 0..<21 {
            for column in 0..<21 {
                let cell = shown.grid[first + (row + 2) / 2, 3 + column + 2].character
                let isTop = (row + 2) % 2 == 0
                let isLight = cell == "█" || cell == (isTop ? "▀" : "▄")
                #expect(isLight == !matrix[row][column])
            }
        }
        #expect(readable(page, columns: 80, rows: 24).contains { $0.contains("https://office.example") })
    }

    @Test func `large text is bold, with blank lines while they fit`() {
        var page = TerminalSamples.identify(.zh)
        page.nodes = [Node("a", .bullet("甲", note: nil)), Node("b", .bullet("乙", note: nil))]
        func lines() -> [String] {
            TerminalLayout().arrange(page, TerminalViewpoint(), columns: 80, rows: 24).grid.lines
        }
        #expect(lines().firstIndex { $0.contains("乙") }.map { lines()[$0 - 1].contains("甲") } == true)
        page.textSize = .large
        #expect(lines().firstIndex { $0.contains("乙") }.map { lines()[$0 - 1].isEmpty } == true)
    }

    @Test(arguments: TerminalGoldens.pages.keys.sorted())
    func `the page looks as it was approved`(name: String) throws {
        let parts = name.split(separator: " ").map(String.init)
        let language = try #require(Language(rawValue: parts[1]))
        let size = parts[2].split(separator: "x").compactMap { Int($0) }
        let page = try #require(TerminalGoldens.page(parts[0], language))
        var interaction = TerminalInteraction(
            layout: TerminalLayout(), columns: size[0], rows: size[1], allowsQuit: false)
        interaction.show(page)
        let shown = interaction.arrangement.grid.lines.joined(separator: "\n")
        #expect(shown == TerminalGoldens.pages[name], "GOLDEN \(name)\n\(shown)\nEND")
    }
}
