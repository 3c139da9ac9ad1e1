/// Lays a page out on a terminal: a pure function of the page, what has the focus, how far it is scrolled and the size.

import KioskCore

/// What can have the focus, by the ids of the page tree.
public enum TerminalFocus: Hashable, Sendable {
    /// A field or a tile.
    case node(String)
    case option(node: String, option: String)
    /// An action of the page, the bar, a row, a picture or the dialog.
    case action(String)
}

/// What a rendering keeps of its own: focus and scroll.
public struct TerminalViewpoint: Hashable, Sendable {
    public var focus: TerminalFocus?
    /// First line of the content shown; of the dialog's text while there is one.
    public var scroll: Int
    /// True when the content must scroll until the focus shows; false while the reader scrolls by hand.
    public var followsFocus: Bool
    /// First line of the page shown behind a dialog.
    public var scrollBehind: Int

    public init(
        focus: TerminalFocus? = nil, scroll: Int = 0, followsFocus: Bool = true, scrollBehind: Int = 0
    ) {
        self.focus = focus
        self.scroll = scroll
        self.followsFocus = followsFocus
        self.scrollBehind = scrollBehind
    }
}

/// A laid-out page.
public struct TerminalArrangement: Sendable {
    public var grid: CellGrid
    /// Where the terminal's cursor stands; nil hides it.
    public var cursor: CellPosition?
    /// In tree order; only what can be activated now. While a dialog is there, its actions alone.
    public var focusOrder: [TerminalFocus]
    /// Lines of the scrolled part each target covers; targets outside it are always visible and not listed.
    public var scrolledLines: [TerminalFocus: Range<Int>]
    /// The scroll that was used, in `0...max(0, lineCount - visibleLines)`.
    public var scroll: Int
    public var lineCount: Int
    public var visibleLines: Int
}

/// Needs at least 80x24 cells; a smaller terminal gets a message that says so in both languages.
public struct TerminalLayout: Sendable {
    public static let minimumColumns = 80
    public static let minimumRows = 24

    public var width: CellWidth
    /// True for terminals without box-drawing characters.
    public var usesASCII: Bool
    /// The modules of a QR code, true for dark, without a quiet zone; nil when it cannot be made.
    public var qrMatrix: @Sendable (String) -> [[Bool]]?

    public init(
        width: CellWidth = CellWidth(), usesASCII: Bool = false,
        qrMatrix: @escaping @Sendable (String) -> [[Bool]]? = { _ in nil }
    ) {
        self.width = width
        self.usesASCII = usesASCII
        self.qrMatrix = qrMatrix
    }

    public func arrange(_ page: Page, _ viewpoint: TerminalViewpoint, columns: Int, rows: Int) -> TerminalArrangement {
        var grid = CellGrid(columns: columns, rows: rows, width: width)
        guard columns >= Self.minimumColumns, rows >= Self.minimumRows else {
            return tooSmall(grid)
        }
        let words = TerminalWords(language: page.language)
        let pageFocus = page.dialog == nil ? viewpoint.focus : nil
        let large = page.textSize == .large

        // Fixed parts above and below; what does not leave room for the content goes into it.
        let header = headerLines(page, columns: columns, words)
        let actions = buttonRows(page.actions, columns: columns - 4, focus: pageFocus, bold: large)
        let bar = barRows(page.bar, columns: columns, focus: pageFocus)
        let room = rows - bar.count - 2
        let fixesActions = actions.count <= room / 3
        let fixesHeader = header.count + (fixesActions ? actions.count : 0) <= room / 2
        let top = fixesHeader ? header : []
        let bottom = fixesActions ? actions : []
        let visible = max(1, rows - top.count - bottom.count - bar.count - 2)

        var content = NodeLayout(
            columns: columns, words: words, focus: pageFocus, layout: self, bold: large, visibleLines: visible
        ).content(of: page.nodes, around: fixesHeader ? [] : header, fixesActions ? [] : actions)
        content.scroll(to: viewpoint, hasDialog: page.dialog != nil, visible: visible)

        // The page itself.
        for (row, line) in top.enumerated() { draw(line, row: row, in: &grid) }
        var cursor: CellPosition?
        for offset in 0..<visible where content.scroll + offset < content.lines.count {
            draw(content.lines[content.scroll + offset], row: top.count + 1 + offset, in: &grid)
        }
        if let mark = content.cursor, (0..<visible).contains(mark.row - content.scroll) {
            cursor = CellPosition(row: top.count + 1 + mark.row - content.scroll, column: mark.column)
        }
        let ruleRow = top.count + 1 + visible
        let below = content.lines.count - content.scroll - visible
        drawRules((top.count, ruleRow), above: content.scroll, below: below, words, in: &grid)
        for (offset, line) in bottom.enumerated() { draw(line, row: ruleRow + 1 + offset, in: &grid) }
        for (offset, line) in bar.enumerated() { draw(line, row: rows - bar.count + offset, in: &grid) }

        if let dialog = page.dialog {
            return arrange(dialog, over: grid, viewpoint, words)
        }
        let order = content.targets.map(\.focus) + targets(page.actions) + targets(page.bar)
        var lines: [TerminalFocus: Range<Int>] = [:]
        for target in content.targets { lines[target.focus] = target.lines }
        return TerminalArrangement(
            grid: grid, cursor: cursor, focusOrder: order, scrolledLines: lines, scroll: content.scroll,
            lineCount: content.lines.count, visibleLines: visible)
    }

    private func tooSmall(_ empty: CellGrid) -> TerminalArrangement {
        var grid = empty
        let lines = TerminalWords.tooSmall(columns: grid.columns, rows: grid.rows).flatMap {
            CellText.wrapped($0, width: grid.columns, width)
        }
        for (row, line) in lines.enumerated() { grid.put(line, row: row, column: 0) }
        return TerminalArrangement(
            grid: grid, cursor: nil, focusOrder: [], scrolledLines: [:], scroll: 0, lineCount: lines.count,
            visibleLines: grid.rows)
    }

    // MARK: Fixed parts

    private func headerLines(_ page: Page, columns: Int, _ words: TerminalWords) -> [CellLine] {
        var lines: [CellLine] = []
        let progress = page.progress.map { words.step($0.step, of: $0.of) } ?? ""
        let progressWidth = width.width(of: progress)
        if page.matter != nil || page.progress != nil {
            let matter = page.matter.map { CellText.wrapped($0, width: columns - progressWidth - 4, width) } ?? [""]
            for (index, text) in matter.enumerated() {
                var line = CellLine(1, text)
                if index == 0 { line.add(columns - progressWidth - 1, progress) }
                lines.append(line)
            }
        }
        for text in CellText.wrapped(page.title, width: columns - 2, width) {
            lines.append(CellLine(1, text, CellStyle(bold: true)))
        }
        if let banner = page.staffBanner {
            for text in CellText.wrapped(banner, width: columns - 4, width) {
                let padding = String(repeating: " ", count: max(0, columns - 3 - width.width(of: text)))
                lines.append(CellLine(1, " \(text)\(padding)", CellStyle(bold: true, reverse: true)))
            }
        }
        return lines
    }

    private func barRows(_ bar: [Action], columns: Int, focus: TerminalFocus?) -> [CellLine] {
        let buttons = bar.map { action in
            let text = [action.key, action.label].compactMap { $0 }.joined(separator: " ")
            let isOff = action.event == nil
            return Button(
                text: isOff ? "(\(text))" : " \(text) ",
                style: CellStyle(
                    reverse: focus == .action(action.id), foreground: isOff ? .brightBlack : .standard))
        }
        return rows(of: buttons, columns: columns)
    }

    func buttonRows(_ actions: [Action], columns: Int, focus: TerminalFocus?, bold: Bool) -> [CellLine] {
        rows(of: actions.map { button($0, focus: focus, bold: bold) }, columns: columns).map { $0.indented(2) }
    }

    func button(_ action: Action, focus: TerminalFocus?, bold: Bool = false) -> Button {
        let text = [action.key, action.label].compactMap { $0 }.joined(separator: " ")
        let isOff = action.event == nil
        return Button(
            text: isOff ? "( \(text) )" : "[ \(text) ]",
            style: CellStyle(
                bold: bold || action.style == .primary, reverse: focus == .action(action.id),
                foreground: isOff ? .brightBlack : action.style == .destructive ? .red : .standard))
    }

    struct Button {
        var text: String
        var style: CellStyle
    }

    /// Buttons side by side, on as many lines as they need.
    private func rows(of buttons: [Button], columns: Int) -> [CellLine] {
        var lines: [CellLine] = []
        var line = CellLine()
        var column = 0
        for button in buttons {
            let pieces = CellText.wrapped(button.text, width: columns, width)
            let buttonWidth = pieces.map { width.width(of: $0) }.max() ?? 0
            if column > 0, column + buttonWidth > columns || pieces.count > 1 {
                lines.append(line)
                (line, column) = (CellLine(), 0)
            }
            for piece in pieces.dropLast() { lines.append(CellLine(0, piece, button.style)) }
            // A bar's button keeps the blanks around it.
            let last = pieces.count == 1 ? button.text : pieces.last ?? ""
            line.add(column, last, button.style)
            column += width.width(of: last) + 2
        }
        return column > 0 ? lines + [line] : lines
    }

    private func targets(_ actions: [Action]) -> [TerminalFocus] {
        actions.filter { $0.event != nil }.map { .action($0.id) }
    }

    /// The upper rule says what is hidden above; the lower one what is below, and which keys move on.
    private func drawRules(
        _ rows: (upper: Int, lower: Int), above: Int, below: Int, _ words: TerminalWords, in grid: inout CellGrid
    ) {
        for row in [rows.upper, rows.lower] {
            grid.put(String(repeating: signs.horizontal, count: grid.columns), row: row, column: 0)
        }
        let bold = CellStyle(bold: true)
        if above > 0 { grid.put(" \(signs.up) \(words.moreAbove(above)) ", row: rows.upper, column: 2, style: bold) }
        if below > 0 { grid.put(" \(signs.down) \(words.moreBelow(below)) ", row: rows.lower, column: 2, style: bold) }
        let keys = " \(words.keys) "
        grid.put(keys, row: rows.lower, column: grid.columns - 2 - width.width(of: keys))
    }

    private func draw(_ line: CellLine, row: Int, in grid: inout CellGrid) {
        for span in line.spans { grid.put(span.text, row: row, column: span.column, style: span.style) }
    }

    // MARK: Dialog

    private func arrange(
        _ dialog: Page.Dialog, over page: CellGrid, _ viewpoint: TerminalViewpoint, _ words: TerminalWords
    ) -> TerminalArrangement {
        var grid = page
        let inner = min(64, grid.columns - 12)
        var lines = CellText.wrapped(dialog.title, width: inner, width).map {
            CellLine(0, $0, CellStyle(bold: true))
        }
        lines.append(CellLine())
        lines += CellText.wrapped(dialog.text, width: inner, width).map { CellLine(0, $0) }
        var foot = [CellLine()]
        if let seconds = dialog.countdown {
            let text = words.secondsLeft(seconds)
            foot.append(CellLine(max(0, (inner - width.width(of: text)) / 2), text, CellStyle(bold: true)))
            foot.append(CellLine())
        }
        foot += buttonRows(dialog.actions, columns: inner, focus: viewpoint.focus, bold: false).map { $0.indented(-2) }

        let visible = max(1, min(lines.count, grid.rows - 2 - foot.count))
        let scroll = min(max(0, viewpoint.scroll), max(0, lines.count - visible))
        let height = visible + foot.count + 2
        let top = max(0, (grid.rows - height) / 2)
        let left = (grid.columns - inner - 6) / 2
        grid.clear(rows: top..<(top + height), columns: left..<(left + inner + 6))
        let horizontal = String(repeating: signs.horizontal, count: inner + 4)
        grid.put(signs.topLeft + horizontal + signs.topRight, row: top, column: left)
        grid.put(signs.bottomLeft + horizontal + signs.bottomRight, row: top + height - 1, column: left)
        for row in (top + 1)..<(top + height - 1) {
            grid.put(signs.vertical, row: row, column: left)
            grid.put(signs.vertical, row: row, column: left + inner + 5)
        }
        for (offset, line) in (lines[scroll..<(scroll + visible)] + foot).enumerated() {
            draw(line.indented(left + 3), row: top + 1 + offset, in: &grid)
        }
        if lines.count > visible {
            let below = lines.count - visible - scroll
            let text = below > 0 ? "\(signs.down) \(words.moreBelow(below))" : "\(signs.up) \(words.moreAbove(scroll))"
            grid.put(" \(text) ", row: top + 1 + visible, column: left + 2, style: CellStyle(bold: true))
        }
        return TerminalArrangement(
            grid: grid, cursor: nil, focusOrder: targets(dialog.actions), scrolledLines: [:], scroll: scroll,
            lineCount: lines.count, visibleLines: visible)
    }

    // MARK: Signs

    struct Signs {
        var horizontal, vertical, topLeft, topRight, bottomLeft, bottomRight, up, down, bullet, chosen: String
    }

    /// Box-drawing characters are of ambiguous width: where they are wide, boxes are drawn in ASCII.
    var signs: Signs {
        usesASCII || width.ambiguousIsWide
            ? Signs(
                horizontal: "-", vertical: "|", topLeft: "+", topRight: "+", bottomLeft: "+", bottomRight: "+",
                up: "^", down: "v", bullet: "-", chosen: "*")
            : Signs(
                horizontal: "─", vertical: "│", topLeft: "┌", topRight: "┐", bottomLeft: "└", bottomRight: "┘",
                up: "▲", down: "▼", bullet: "•", chosen: "●")
    }
}

/// One line before it is drawn: texts at columns.
struct CellLine {
    struct Span {
        var column: Int
        var text: String
        var style: CellStyle
    }

    var spans: [Span] = []

    init() {}

    init(_ column: Int, _ text: String, _ style: CellStyle = .plain) {
        add(column, text, style)
    }

    mutating func add(_ column: Int, _ text: String, _ style: CellStyle = .plain) {
        spans.append(Span(column: column, text: CellText.cleaned(text), style: style))
    }

    func indented(_ columns: Int) -> CellLine {
        var line = self
        for index in line.spans.indices { line.spans[index].column += columns }
        return line
    }
}
