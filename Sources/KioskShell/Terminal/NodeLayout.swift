/// Draws every kind of page node as lines of cells, with the places that can have the focus.

import KioskCore

/// The scrolled part of a page.
struct ContentLines {
    struct Target {
        var focus: TerminalFocus
        var lines: Range<Int>
    }

    var lines: [CellLine] = []
    var targets: [Target] = []
    /// Row is a line of the content.
    var cursor: CellPosition?
    private(set) var scroll = 0

    /// Keeps the wanted scroll inside the content, and the focus inside the view when the viewpoint asks for it.
    mutating func scroll(to viewpoint: TerminalViewpoint, hasDialog: Bool, visible: Int) {
        let last = max(0, lines.count - visible)
        scroll = min(max(0, hasDialog ? viewpoint.scrollBehind : viewpoint.scroll), last)
        guard viewpoint.followsFocus, let target = targets.first(where: { $0.focus == viewpoint.focus }) else { return }
        if target.lines.upperBound > scroll + visible { scroll = target.lines.upperBound - visible }
        // The first target brings what introduces it back into view.
        let start =
            target.focus == targets.first?.focus && target.lines.upperBound <= visible ? 0 : target.lines.lowerBound
        if start < scroll { scroll = start }
        scroll = min(scroll, last)
    }
}

struct NodeLayout {
    private struct Block {
        var lines: [CellLine] = []
        var targets: [ContentLines.Target] = []
        var cursor: CellPosition?

        mutating func target(_ focus: TerminalFocus, from first: Int) {
            targets.append(ContentLines.Target(focus: focus, lines: first..<max(first + 1, lines.count)))
        }
    }

    let columns: Int
    let words: TerminalWords
    let focus: TerminalFocus?
    let layout: TerminalLayout
    let bold: Bool
    let visibleLines: Int

    /// Content starts after a margin that holds the focus mark, and ends before one of the same width.
    private static let margin = 3
    private var inner: Int { columns - 2 * Self.margin }
    private var cells: CellWidth { layout.width }

    /// All nodes; blank lines stand between nodes of different kinds, and between all of them in large text when that
    /// still fits the view.
    func content(of nodes: [Node], around head: [CellLine], _ tail: [CellLine]) -> ContentLines {
        var numbers = 0
        let rowLabelWidth = labelWidth(of: nodes)
        let blocks = nodes.map { node -> (block: Block, kind: Int) in
            let block = block(node, tileNumber: &numbers, rowLabelWidth: rowLabelWidth)
            return (block, kind(of: node))
        }
        let lineCount = blocks.reduce(0) { $0 + $1.block.lines.count }
        let airy = bold && lineCount + max(0, blocks.count - 1) <= visibleLines
        var content = ContentLines(lines: head)
        for (index, entry) in blocks.enumerated() {
            if index > 0, airy || separates(blocks[index - 1].kind, entry.kind) { content.lines.append(CellLine()) }
            let first = content.lines.count
            content.lines += entry.block.lines
            content.targets += entry.block.targets.map {
                .init(focus: $0.focus, lines: ($0.lines.lowerBound + first)..<($0.lines.upperBound + first))
            }
            if let cursor = entry.block.cursor {
                content.cursor = CellPosition(row: cursor.row + first, column: cursor.column)
            }
        }
        content.lines += tail
        return content
    }

    private func separates(_ before: Int, _ after: Int) -> Bool {
        // Bullets and rows of a kind stand together, and so does what a heading introduces.
        before != 0 && (before != after || after > 2)
    }

    private func kind(of node: Node) -> Int {
        switch node.content {
        case .heading: 0
        case .bullet: 1
        case .row: 2
        case .paragraph: 3
        case .tile: 4
        default: 5
        }
    }

    private func block(_ node: Node, tileNumber: inout Int, rowLabelWidth: Int) -> Block {
        switch node.content {
        case .heading(let text): return plain(text, CellStyle(bold: true, foreground: .cyan))
        case .paragraph(let text): return plain(text)
        case .bullet(let text, let note): return bullet(text, note: note)
        case .notice(let tone, let title, let text): return notice(tone, title: title, text: text)
        case .tile(let title, let detail, _):
            tileNumber += 1
            return tile(node.id, number: tileNumber, title: title, detail: detail)
        case .field(let entry, let label, let value, let hint, let required, let error):
            return field(node.id, entry, label, value: value, hint: hint, required: required, error: error)
        case .choice(let label, let options, let multiple, let required, let error):
            return choice(node.id, label, options, multiple: multiple, required: required, error: error)
        case .row(let label, let value, let change):
            return row(label, value, change: change, labelWidth: rowLabelWidth)
        case .device(let picture, let state, let title, let text):
            return device(picture, state, title: title, text: text)
        case .picture(_, let caption, let remove): return row(words.photograph, caption, change: remove, labelWidth: 8)
        case .portrait(_, let caption): return row(caption, words.notShownHere, change: nil, labelWidth: rowLabelWidth)
        case .table(let title, let columns, let rows): return table(title, columns, rows)
        case .number(let label, let value): return number(label, value)
        case .qrCode(let text, let caption): return qrCode(text, caption: caption)
        }
    }

    // MARK: Text

    private func style(_ style: CellStyle = .plain) -> CellStyle {
        var style = style
        style.bold = style.bold || bold
        return style
    }

    private func wrapped(_ text: String, _ width: Int) -> [String] {
        CellText.wrapped(text, width: width, cells)
    }

    private func plain(_ text: String, _ wanted: CellStyle = .plain) -> Block {
        Block(lines: wrapped(text, inner).map { CellLine(Self.margin, $0, style(wanted)) })
    }

    private func bullet(_ text: String, note: String?) -> Block {
        var block = Block()
        for (index, line) in wrapped(text, inner - 2).enumerated() {
            var drawn = CellLine(Self.margin + 2, line, style())
            if index == 0 { drawn.add(Self.margin, layout.signs.bullet, style()) }
            block.lines.append(drawn)
        }
        if let note {
            block.lines += wrapped(note, inner - 4).map { CellLine(Self.margin + 4, $0, style()) }
        }
        return block
    }

    private func boxed(_ lines: [CellLine], title: String?, titleStyle: CellStyle, width: Int) -> [CellLine] {
        let signs = layout.signs
        let left = Self.margin
        var top = CellLine(left, signs.topLeft + String(repeating: signs.horizontal, count: width - 2) + signs.topRight)
        if let title { top.add(left + 2, " \(title) ", titleStyle) }
        let middle = lines.map { line in
            var drawn = line.indented(left + 2)
            drawn.add(left, signs.vertical)
            drawn.add(left + width - 1, signs.vertical)
            return drawn
        }
        let bottom = CellLine(
            left, signs.bottomLeft + String(repeating: signs.horizontal, count: width - 2) + signs.bottomRight)
        return [top] + middle + [bottom]
    }

    private func notice(_ tone: Node.Tone, title: String, text: String) -> Block {
        let colour: CellColour =
            switch tone {
            case .neutral: .standard
            case .information: .cyan
            case .success: .green
            case .warning: .yellow
            case .error: .red
            }
        let titles = wrapped(title, inner - 4).map { CellLine(0, $0, CellStyle(bold: true)) }
        let texts = text.isEmpty ? [] : wrapped(text, inner - 4).map { CellLine(0, $0, style()) }
        return Block(
            lines: boxed(
                titles + texts, title: words.sign(of: tone),
                titleStyle: CellStyle(bold: true, reverse: tone != .neutral, foreground: colour), width: inner))
    }

    // MARK: Things to press

    /// A mark in the margin, so that the focus shows without colour or reverse video too.
    private func marked(_ line: CellLine, _ isFocused: Bool) -> CellLine {
        guard isFocused else { return line }
        var line = line
        line.add(Self.margin - 2, ">", CellStyle(bold: true))
        return line
    }

    private func tile(_ id: String, number: Int, title: String, detail: String) -> Block {
        var block = Block()
        let isFocused = focus == .node(id)
        let sign = number <= 9 ? "\(number)" : ""
        for (index, text) in wrapped(title, inner - 4).enumerated() {
            var line = CellLine(Self.margin + 4, text, CellStyle(bold: true, reverse: isFocused))
            if index == 0 { line.add(Self.margin, "[\(sign.isEmpty ? " " : sign)]", CellStyle(bold: true)) }
            block.lines.append(index == 0 ? marked(line, isFocused) : line)
        }
        if !detail.isEmpty {
            block.lines += wrapped(detail, inner - 4).map { CellLine(Self.margin + 4, $0, style()) }
        }
        block.target(.node(id), from: 0)
        return block
    }

    private func field(
        _ id: String, _ entry: Node.Entry, _ label: String, value: String, hint: String?, required: Bool,
        error: String?
    ) -> Block {
        var block = Block()
        let isFocused = focus == .node(id)
        for (index, text) in wrapped(label + (required ? words.required : ""), inner).enumerated() {
            let line = CellLine(Self.margin, text, style(CellStyle(bold: isFocused)))
            block.lines.append(index == 0 ? marked(line, isFocused) : line)
        }
        let typed = FieldTyping(entry: entry)
        let shown = isFocused ? typed.grouped(value) : typed.masked(value)
        let width = min(typed.cells ?? inner - 2, inner - 2)
        var chunks = CellText.chunked(shown, width: width, cells)
        // Room for the next character, and for the cursor before it.
        if isFocused, typed.cells == nil, let last = chunks.last, cells.width(of: last) >= width - 1 {
            chunks.append("")
        }
        for (index, chunk) in chunks.enumerated() {
            let used = cells.width(of: chunk)
            var line = CellLine(Self.margin, "[", style())
            line.add(Self.margin + 1, chunk, style())
            let rest =
                index == 0
                ? typed.template(after: chunk, isFocused: isFocused, width: width - used)
                : String(repeating: "_", count: max(0, width - used))
            line.add(Self.margin + 1 + used, rest + "]", style())
            block.lines.append(line)
            if isFocused, index == chunks.count - 1 {
                let column = Self.margin + 1 + min(used, width)
                block.cursor = CellPosition(row: block.lines.count - 1, column: column)
            }
        }
        if let error {
            block.lines += wrapped("! \(words.wrong)\(error)", inner).map {
                CellLine(Self.margin, $0, CellStyle(bold: true, foreground: .red))
            }
        }
        if let hint {
            block.lines += wrapped(hint, inner).map { CellLine(Self.margin, $0, style()) }
        }
        block.target(.node(id), from: 0)
        return block
    }

    private func choice(
        _ id: String, _ label: String, _ options: [Node.Option], multiple: Bool, required: Bool, error: String?
    ) -> Block {
        var block = Block()
        block.lines = wrapped(label + (multiple ? words.multiple : "") + (required ? words.required : ""), inner).map {
            CellLine(Self.margin, $0, style(CellStyle(bold: true)))
        }
        if let error {
            block.lines += wrapped("! \(words.wrong)\(error)", inner).map {
                CellLine(Self.margin, $0, CellStyle(bold: true, foreground: .red))
            }
        }
        for (index, option) in options.enumerated() {
            let target = TerminalFocus.option(node: id, option: option.id)
            let isFocused = focus == target
            let sign = option.selected ? (multiple ? "x" : layout.signs.chosen) : " "
            let box = multiple ? "[\(sign)]" : "(\(sign))"
            let number = index < 9 ? "\(index + 1)" : ""
            // The first option's target starts at the label, so that the question comes into view with it.
            let first = index == 0 ? 0 : block.lines.count
            for (piece, text) in wrapped(option.label, inner - 6).enumerated() {
                var line = CellLine(Self.margin + 6, text, style(CellStyle(reverse: isFocused)))
                if piece == 0 {
                    line.add(Self.margin, number, style())
                    line.add(Self.margin + 2, box, style(CellStyle(bold: option.selected)))
                    line = marked(line, isFocused)
                }
                block.lines.append(line)
            }
            block.target(target, from: first)
        }
        return block
    }

    private func labelWidth(of nodes: [Node]) -> Int {
        let widths = nodes.compactMap { node -> Int? in
            guard case .row(let label, _, _) = node.content else { return nil }
            return cells.width(of: label)
        }
        return min(24, (widths.max() ?? 0) + 2)
    }

    private func row(_ label: String, _ value: String, change: Action?, labelWidth: Int) -> Block {
        var block = Block()
        let button = change.map { layout.button($0, focus: focus) }
        let buttonWidth = button.map { min(20, cells.width(of: $0.text)) } ?? 0
        let valueWidth = inner - labelWidth - (buttonWidth > 0 ? buttonWidth + 2 : 0)
        let labels = wrapped(label, labelWidth - 2)
        let values = wrapped(value, valueWidth)
        let buttons = button.map { wrapped($0.text, buttonWidth) } ?? []
        for index in 0..<max(labels.count, values.count, buttons.count) {
            var line = CellLine()
            if index < labels.count { line.add(Self.margin, labels[index], style()) }
            if index < values.count { line.add(Self.margin + labelWidth, values[index], style(CellStyle(bold: true))) }
            if index < buttons.count, let button {
                line.add(Self.margin + inner - buttonWidth, buttons[index], button.style)
            }
            block.lines.append(line)
        }
        if let change, change.event != nil {
            let target = TerminalFocus.action(change.id)
            block.lines[0] = marked(block.lines[0], focus == target)
            block.target(target, from: 0)
        }
        return block
    }

    // MARK: Things to look at

    private func device(
        _ picture: Node.DevicePicture, _ state: Node.DeviceState, title: String, text: String
    ) -> Block {
        let art = Self.pictures[picture] ?? []
        let artWidth = (art.map(\.utf8.count).max() ?? 0) + 3
        let colour: CellColour =
            switch state {
            case .waiting: .standard
            case .working: .cyan
            case .done: .green
            case .failed: .red
            }
        var texts = [
            CellLine(0, words.name(of: state), CellStyle(bold: true, reverse: state == .failed, foreground: colour))
        ]
        texts += wrapped(title, inner - 4 - artWidth).map { CellLine(0, $0, CellStyle(bold: true)) }
        if !text.isEmpty { texts += wrapped(text, inner - 4 - artWidth).map { CellLine(0, $0, style()) } }
        let lines = (0..<max(art.count, texts.count)).map { index in
            var line = index < texts.count ? texts[index].indented(artWidth) : CellLine()
            if index < art.count { line.add(0, art[index]) }
            return line
        }
        return Block(lines: boxed(lines, title: nil, titleStyle: .plain, width: inner))
    }

    /// Five lines each, in ASCII: they must show on every terminal.
    private static let pictures: [Node.DevicePicture: [String]] = [
        .cardOnReader: [
            "  .--------.", "  | o  ==  |", "  '--------'", " /  vvvvvv  \\", "/____________\\",
        ],
        .paperUnderCamera: [
            "   ___[o]   ", "  |    .    ", "  |  .' '.  ", "  | |=====| ", "__|_|=====|_",
        ],
        .printer: [
            "    .-----. ", " .--|     |-.", " |__|_____|o|", " |  =======  |", " '--|_____|--'",
        ],
        .office: [
            "     /\\     ", "   /____\\   ", "   |[][]|   ", "   |[][]|   ", "  _|_[]_|_  ",
        ],
        .safe: [
            " .--------. ", " |  .--.  | ", " | ( ++ ) | ", " |  '--'  | ", " '--------' ",
        ],
        .cardInSlot: [
            "   .------. ", "   | ==   | ", "   |  []  | ", " .-|------|-.", " '----------'",
        ],
        .eitherCard: [
            ".-----.  .--. ", "| o = |  |= | ", "'-----'  |[]| ", "/vvvvv\\.|--|.", "-------''----'",
        ],
        .faceBeforeCamera: [
            "    [o]     ", "  .-----.   ", "  | . . |   ", "  |  -  |   ", "  '-----'   ",
        ],
        .staffWithCitizen: [
            "   o    O   ", "  /|\\__/|\\  ", "  / \\[]/ \\  ", "            ", "____________",
        ],
    ]

    private func number(_ label: String, _ value: String) -> Block {
        let lines = wrapped(value, inner - 6).map { CellLine(1, $0, CellStyle(bold: true)) }
        let width = max(12, (wrapped(value, inner - 6).map { cells.width(of: $0) }.max() ?? 0) + 6)
        return Block(
            lines: wrapped(label, inner).map { CellLine(Self.margin, $0, style()) }
                + boxed(lines, title: nil, titleStyle: .plain, width: width))
    }

    private func table(_ title: String, _ columns: [String], _ rows: [[String]]) -> Block {
        var block = plain(title, CellStyle(bold: true))
        let count = max(columns.count, rows.map(\.count).max() ?? 0)
        func text(_ row: [String], _ column: Int) -> String { column < row.count ? row[column] : "" }
        let widths = (0..<count).map { column in
            ([columns] + rows).map { cells.width(of: text($0, column)) }.max() ?? 0
        }
        let isFlat = ([columns] + rows).allSatisfy { $0.allSatisfy { !$0.contains("\n") } }
        if isFlat, widths.reduce(0, +) + 2 * max(0, count - 1) <= inner {
            for (index, row) in ([columns] + rows).enumerated() {
                var line = CellLine()
                var at = Self.margin
                for column in 0..<count {
                    line.add(at, text(row, column), style(CellStyle(bold: index == 0)))
                    at += widths[column] + 2
                }
                block.lines.append(line)
                if index == 0 {
                    let rule = String(repeating: layout.signs.horizontal, count: min(inner, at - 2 - Self.margin))
                    block.lines.append(CellLine(Self.margin, rule))
                }
            }
            return block
        }
        // Too wide: each row as a list of column and value.
        for (index, row) in rows.enumerated() {
            if index > 0 { block.lines.append(CellLine()) }
            for column in 0..<count {
                let pair = self.row(text(columns, column), text(row, column), change: nil, labelWidth: 26)
                block.lines += pair.lines
            }
        }
        return block
    }

    /// Two modules a cell by half blocks; the text stands beneath for whoever cannot scan it.
    private func qrCode(_ text: String, caption: String) -> Block {
        var block = plain(caption)
        let quiet = 2
        if !layout.usesASCII, !cells.ambiguousIsWide, let matrix = layout.qrMatrix(text), !matrix.isEmpty {
            let side = matrix.count + 2 * quiet
            func isDark(_ row: Int, _ column: Int) -> Bool {
                let (row, column) = (row - quiet, column - quiet)
                return matrix.indices.contains(row) && matrix[row].indices.contains(column) && matrix[row][column]
            }
            if side <= inner, (side + 1) / 2 <= visibleLines {
                // Light modules are drawn: on a dark terminal without colour the code still reads.
                let style = CellStyle(foreground: .brightWhite, background: .black)
                for row in stride(from: 0, to: side, by: 2) {
                    let line = (0..<side).map { column in
                        switch (isDark(row, column), row + 1 >= side || isDark(row + 1, column)) {
                        case (false, false): "█"
                        case (false, true): "▀"
                        case (true, false): "▄"
                        case (true, true): " "
                        }
                    }
                    block.lines.append(CellLine(Self.margin, line.joined(), style))
                }
            }
        }
        block.lines += wrapped(text, inner).map { CellLine(Self.margin, $0, style()) }
        return block
    }
}
