/// Turns nodes into measured blocks: every component of the design system.

import KioskCore

struct PageBlocks {
    let typesetter: Typesetter
    let type: TypeScale
    let words: PageWords
    let grid: Grid
    /// No block is higher than the screen's content.
    let screenHeight: Double
    let focus: String?
    /// Columns of twelve that a tile takes where there is room.
    let tileSpan: Int
    let tileHeight: Double
    /// Tiles with more to read have their titles smaller.
    let isLongTile: Bool
    /// The page is one question: its options are larger.
    let isQuestion: Bool
    let density: Density
    let pictures: (PageReference) -> Bitmap?

    /// How much stands side by side.
    enum Density {
        /// What reads most easily.
        case easy
        /// A label and its fact on one line, in newspaper columns.
        case list
        /// Two columns where one would read more easily, to save a screen.
        case compact
    }

    func blocks(of nodes: [Node]) -> [Block] {
        let codeNode = nodes.first { if case .qrCode = $0.content { true } else { false } }
        let numberNode = nodes.first { if case .number = $0.content { true } else { false } }
        let notices = nodes.count { if case .notice = $0.content { true } else { false } }
        guard let codeNode, let numberNode, let pair = numberWithCode(numberNode, codeNode, isTight: notices > 1)
        else {
            return nodes.flatMap { blocks(of: $0) }
        }
        return nodes.filter { $0.id != codeNode.id }.flatMap { $0.id == numberNode.id ? pair : blocks(of: $0) }
    }

    private func blocks(of node: Node) -> [Block] {
        switch node.content {
        case .heading(let text): heading(node.id, text)
        case .paragraph(let text): paragraph(node.id, text)
        case .bullet(let text, let note): bullet(node.id, text, note)
        case .notice(let tone, let title, let text): notice(node.id, tone, title, text)
        case .tile(let title, let detail, let event): [tile(node.id, title, detail, event)]
        case .field(let entry, let label, let value, let hint, let required, let error):
            [field(node.id, entry, label, value, hint, required, error)]
        case .choice(let label, let options, let multiple, let required, let error):
            choice(node.id, label, options, multiple, required, error)
        case .row(let label, let value, let change): row(node.id, label, value, change)
        case .device(let picture, let state, let title, let text): device(node.id, picture, state, title, text)
        case .picture(let page, let caption, let remove): [picture(node.id, page, caption, remove)]
        case .portrait(let portrait, let caption): [self.portrait(node.id, portrait, caption)]
        case .table(let title, let columns, let rows): table(node.id, title, columns, rows)
        case .number(let label, let value): [number(node.id, label, value)]
        case .qrCode(let text, let caption): [code(node.id, text, caption)]
        }
    }

    func set(
        _ text: String, _ font: Font, _ width: Double, _ alignment: TextAlignment = .leading
    ) -> TextLayout {
        typesetter.layout(text, font, width: width, alignment: alignment)
    }

    private func width(_ span: Int) -> Double { grid.width(of: span) }

    // MARK: Reading

    private func heading(_ id: String, _ text: String) -> [Block] {
        let isSmall = density == .list
        let layout = set(text, isSmall ? type.bodyBold : type.heading, width(12))
        return [
            Block(
                node: id, span: 12, height: layout.height, gap: isSmall ? 16 : 26, keepsWithNext: true, startsRow: true
            ) {
                painter, rect in
                painter.canvas.text(layout, x: rect.x, y: rect.maxY - layout.height, Theme.ink)
            }
        ]
    }

    private func paragraph(_ id: String, _ text: String) -> [Block] {
        let measure = width(12)
        return typesetter.pieces(of: text, type.body, width: measure, height: screenHeight).map { piece in
            let layout = set(piece, type.body, measure)
            return Block(
                node: id, span: 12, height: layout.height, keepsWithNext: id.hasSuffix(".hint"), startsRow: true
            ) { painter, rect in
                painter.canvas.text(layout, x: rect.x, y: rect.y, Theme.ink)
            }
        }
    }

    private func bullet(_ id: String, _ text: String, _ note: String?) -> [Block] {
        let indent = 48.0
        let span = density == .compact ? grid.span(6) : 12
        let measure = width(span) - indent
        var blocks: [Block] = []
        let pieces = typesetter.pieces(of: text, type.body, width: measure, height: screenHeight)
        for (index, piece) in pieces.enumerated() {
            let layout = set(piece, type.body, measure)
            let first = index == 0
            blocks.append(
                Block(node: id, span: span, height: layout.height, gap: first ? 16 : 0, startsRow: !first) {
                    painter, rect in
                    let line = layout.height / Double(max(1, layout.lineCount))
                    if first {
                        painter.canvas.fill(
                            Rect(x: rect.x + 6, y: rect.y + line / 2 - 8, width: 18, height: 18), radius: 5, Theme.brand
                        )
                    }
                    painter.canvas.text(layout, x: rect.x + indent, y: rect.y, Theme.ink)
                })
        }
        guard let note, !note.isEmpty else { return blocks }
        let extra = set(note, type.small, measure)
        guard var last = blocks.popLast() else { return blocks }
        if last.height + extra.height <= screenHeight {
            let (height, draw) = (last.height, last.draw)
            last.height += extra.height + 2
            last.draw = { painter, rect in
                draw(painter, rect)
                painter.canvas.text(extra, x: rect.x + indent, y: rect.y + height + 2, Theme.inkSoft)
            }
            return blocks + [last]
        }
        return blocks + [last] + paragraph(id, note)
    }

    private func notice(_ id: String, _ tone: Node.Tone, _ title: String, _ text: String) -> [Block] {
        let colors = Theme.colors(of: tone)
        let left = 116.0
        let inner = width(12) - left - Theme.padding
        let heading = set(title, type.bodyBold, inner)
        let room = screenHeight - heading.height - 2 * 16 - 6
        let pieces =
            text.isEmpty ? [] : typesetter.pieces(of: text, type.body, width: inner, height: max(100, room))
        let layouts = pieces.map { set($0, type.body, inner) }
        let first = layouts.first
        let height = max(108, heading.height + (first.map { $0.height + 6 } ?? 0) + 2 * 16)
        func ground(_ painter: PagePainter, _ rect: Rect) {
            painter.canvas.clipped(to: rect, radius: Theme.radius) {
                painter.canvas.fill(rect, colors.ground)
                painter.canvas.fill(Rect(x: rect.x, y: rect.y, width: 12, height: rect.height), colors.accent)
            }
            if tone == .neutral { painter.canvas.stroke(rect, radius: Theme.radius, Theme.line, width: 2) }
        }
        let head = Block(node: id, span: 12, height: height, startsRow: true) { painter, rect in
            ground(painter, rect)
            let top = first == nil ? rect.midY - heading.height / 2 - heading.font.size * 0.05 : rect.y + 16
            let line = heading.height / Double(max(1, heading.lineCount))
            Illustration.sign(tone, x: rect.x + 64, y: top + line / 2 + 2, radius: 26 * type.factor, painter.canvas)
            painter.canvas.text(heading, x: rect.x + left, y: top, colors.ink, box: rect)
            if let first {
                painter.canvas.text(first, x: rect.x + left, y: top + heading.height + 6, colors.ink, box: rect)
            }
        }
        let rest = layouts.dropFirst().map { layout in
            Block(node: id, span: 12, height: layout.height + 32, startsRow: true) { painter, rect in
                ground(painter, rect)
                painter.canvas.text(layout, x: rect.x + left, y: rect.y + 16, colors.ink, box: rect)
            }
        }
        return [head] + rest
    }

    private func table(_ id: String, _ title: String, _ columns: [String], _ rows: [[String]]) -> [Block] {
        let count = max(columns.count, rows.map(\.count).max() ?? 0)
        guard count > 0 else { return heading(id, title) }
        let padding = 20.0
        let inner = width(12)
        func cell(_ row: [String], _ column: Int) -> String { column < row.count ? row[column] : "" }
        let natural = (0..<count).map { column -> Double in
            let head = typesetter.layout(cell(columns, column), type.smallBold).width
            let widest = rows.prefix(40).map { typesetter.layout(cell($0, column), type.small).width }.max() ?? 0
            return min(max(head, widest), inner * 0.6) + 2 * padding + 4
        }
        // No column so narrow that its words fall to pieces, as long as there is room.
        let floors = natural.map { min($0, 150 * type.factor, inner / Double(count)) }
        let spare = inner - floors.reduce(0, +)
        let wanted = zip(natural, floors).map { $0 - $1 + 1 }
        let widths = zip(floors, wanted).map { $0 + spare * $1 / wanted.reduce(0, +) }
        func strips(_ texts: [String], _ font: Font, ground: Color, ink: Color) -> [Block] {
            let pieces = (0..<count).map { column in
                typesetter.pieces(
                    of: cell(texts, column), font, width: widths[column] - 2 * padding, height: screenHeight - 100)
            }
            return (0..<(pieces.map(\.count).max() ?? 0)).map { part in
                let cells = pieces.enumerated().map { column, texts in
                    set(part < texts.count ? texts[part] : "", font, widths[column] - 2 * padding)
                }
                let height = max(72, (cells.map(\.height).max() ?? 0) + 24)
                return Block(node: id, span: 12, height: height, gap: 0, startsRow: true) { painter, rect in
                    painter.canvas.fill(rect, ground)
                    painter.canvas.fill(Rect(x: rect.x, y: rect.maxY - 2, width: rect.width, height: 2), Theme.line)
                    var x = rect.x
                    for (layout, width) in zip(cells, widths) {
                        painter.canvas.text(
                            layout,
                            middleOf: Rect(
                                x: x + padding, y: rect.y, width: width - 2 * padding, height: rect.height), ink)
                        x += width
                    }
                }
            }
        }
        var blocks = title.isEmpty ? [] : heading(id, title)
        if !columns.isEmpty {
            var head = strips(columns, type.smallBold, ground: Theme.brandPale, ink: Theme.ink)
            head[0].gap = 12
            head[head.count - 1].keepsWithNext = !rows.isEmpty
            blocks += head
        }
        return blocks + rows.flatMap { strips($0, type.small, ground: Theme.surface, ink: Theme.ink) }
    }

    private func number(_ id: String, _ label: String, _ value: String) -> Block {
        let inner = width(12) - 2 * Theme.padding
        let caption = set(label, type.small, inner, .center)
        let sizes = [1, 0.85, 0.72, 0.6].map { type.display.scaled($0) }
        let fitting = sizes.first { typesetter.layout(value, $0).width <= inner }
        let digits = set(value, fitting ?? type.heading, inner, .center)
        let height = caption.height + digits.height + 2 * 28
        return Block(node: id, span: 12, height: height, startsRow: true) { painter, rect in
            painter.card(rect, Theme.surface, edge: Theme.brand)
            let top = rect.midY - (caption.height + digits.height) / 2
            painter.canvas.text(caption, x: rect.x + Theme.padding, y: top, Theme.inkSoft, box: rect)
            painter.canvas.text(
                digits, x: rect.x + Theme.padding, y: top + caption.height, Theme.brand, box: rect)
        }
    }

    /// A number to keep and the code that says the same, side by side. Nil when they are too long for that.
    private func numberWithCode(_ number: Node, _ code: Node, isTight: Bool) -> [Block]? {
        guard case .number(let label, let value) = number.content, case .qrCode(let text, let caption) = code.content,
            let matrix = QRMatrix(text)
        else { return nil }
        let side = isTight ? 176.0 : 236
        let padding = 20.0
        let codeSpan = (1...6).first { width($0) >= side + 2 * padding } ?? 6
        let inner = width(12 - codeSpan) - 2 * padding
        let sizes = (isTight ? [0.5] : [1, 0.85, 0.72, 0.6, 0.5]).map { type.display.scaled($0) }
        guard let font = sizes.first(where: { typesetter.layout(value, $0).width <= inner }) else { return nil }
        let texts = [set(label, type.small, inner, .center), set(value, font, inner, .center)]
        let note = set(caption, type.small, inner, .center)
        let textHeight = texts.reduce(note.height) { $0 + $1.height }
        let height = max(side, textHeight) + 2 * padding
        guard side + 2 * padding <= width(codeSpan), note.lineCount <= 2, height <= screenHeight else { return nil }
        return [
            Block(node: number.id, span: 12 - codeSpan, height: height, startsRow: true) { painter, rect in
                painter.card(rect, Theme.surface, edge: Theme.brand)
                var top = rect.midY - textHeight / 2
                for (layout, ink) in [(texts[0], Theme.inkSoft), (texts[1], Theme.brand), (note, Theme.inkSoft)] {
                    painter.canvas.text(layout, x: rect.x + padding, y: top, ink, box: rect)
                    top += layout.height
                }
            },
            Block(node: code.id, span: codeSpan, height: height) { painter, rect in
                painter.card(rect, Theme.surface, edge: Theme.brand)
                painter.canvas.code(
                    matrix, in: Rect(x: rect.midX - side / 2, y: rect.midY - side / 2, width: side, height: side))
            },
        ]
    }

    private func code(_ id: String, _ text: String, _ caption: String) -> Block {
        let matrix = QRMatrix(text)
        let side = min(320, screenHeight - 2 * Theme.padding)
        let layout = set(caption, type.body, width(12) - side - 3 * Theme.padding)
        let height = max(side, layout.height) + 2 * Theme.padding
        return Block(node: id, span: 12, height: height, startsRow: true) { painter, rect in
            painter.card(rect)
            let square = Rect(x: rect.x + Theme.padding, y: rect.midY - side / 2, width: side, height: side)
            if let matrix { painter.canvas.code(matrix, in: square) }
            let box = Rect(
                x: square.maxX + Theme.padding, y: rect.y, width: rect.maxX - square.maxX - 2 * Theme.padding,
                height: rect.height)
            painter.canvas.text(layout, middleOf: box, Theme.ink)
        }
    }

    // MARK: Pressing and typing

    private func tile(_ id: String, _ title: String, _ detail: String, _ event: SessionEvent) -> Block {
        let span = grid.span(grid.width < 1400 ? 6 : tileSpan)
        let inner = width(span) - 2 * Theme.padding - 40
        let large = set(title, type.heading, inner)
        let smaller = set(title, type.bodyBold, inner)
        let heading = isLongTile || smaller.lineCount < large.lineCount ? smaller : large
        let text = detail.isEmpty ? nil : set(detail, type.small, inner)
        let textHeight = heading.height + (text.map { $0.height + 6 } ?? 0)
        return Block(node: id, span: span, height: max(tileHeight, textHeight + 2 * (isLongTile ? 12 : 18))) {
            painter, rect in
            painter.card(rect)
            painter.canvas.clipped(to: rect, radius: Theme.radius) {
                painter.canvas.fill(Rect(x: rect.x, y: rect.y, width: 10, height: rect.height), Theme.brand)
            }
            painter.mark(id, .tile, rect, event: event)
            let top = rect.midY - textHeight / 2 - 4
            painter.canvas.text(heading, x: rect.x + Theme.padding + 8, y: top, Theme.ink, box: rect)
            if let text {
                painter.canvas.text(
                    text, x: rect.x + Theme.padding + 8, y: top + heading.height + 6, Theme.inkSoft, box: rect)
            }
            Illustration.chevron(x: rect.maxX - 36, y: rect.midY, size: 36, Theme.brand, painter.canvas)
        }
    }

    private func label(_ text: String, required: Bool, _ width: Double, note: String? = nil) -> TextLayout {
        let notes = [note, required ? nil : words.optional].compactMap { $0 }
        let suffix = notes.isEmpty ? "" : "（\(notes.joined(separator: words.language == .zh ? "，" : ", "))）"
        let shown = words.language == .zh ? suffix : suffix.replacingBrackets()
        return set(text + shown, type.smallBold, width)
    }

    private func field(
        _ id: String, _ entry: Node.Entry, _ label: String, _ value: String, _ hint: String?, _ required: Bool,
        _ error: String?
    ) -> Block {
        let isFocused = focus == id
        let span: Int
        switch entry {
        case .address, .search: span = 12
        case .signature: span = value.count <= 4 ? grid.span(6) : 12
        case .text, .number, .decimal, .money, .date, .dateTime, .month, .phone, .idNumber, .creditCode, .bankCard:
            span = grid.span(6)
        }
        let width = width(span)
        let caption = self.label(label, required: required, width)
        let unit = entry == .money ? typesetter.layout(words.yuan, type.body) : nil
        let inset = 28.0
        let inner = width - 2 * inset - (unit.map { $0.width + 20 } ?? 0)
        let shown = EntryText.shown(value, entry: entry, isFocused: isFocused)
        let message = (error ?? hint).flatMap { $0.isEmpty ? nil : $0 }
        let signWidth = error == nil ? 0 : 44 * type.factor
        let note = message.map { set($0, type.small, width - signWidth) }
        // Of a text longer than the screen, the end that is being typed.
        let room = max(60, screenHeight - caption.height - (note.map { $0.height + 2 } ?? 0) - 2 - 2 * 18)
        let tail = typesetter.pieces(of: shown, type.body, width: inner, height: room).last ?? shown
        let text = typesetter.layout(tail, type.body, width: inner, balanced: false)
        let boxHeight = max(100, text.height + 2 * 18)
        let height = caption.height + 2 + boxHeight + (note.map { $0.height + 2 } ?? 0)
        return Block(node: id, span: span, height: height) { painter, rect in
            let canvas = painter.canvas
            canvas.text(caption, x: rect.x, y: rect.y, Theme.ink, box: rect)
            let box = Rect(x: rect.x, y: rect.y + caption.height + 2, width: rect.width, height: boxHeight)
            if entry == .signature {
                signature(shown, in: box, id: id, isFocused: isFocused, failed: error != nil, painter)
            } else {
                canvas.fill(box, radius: 14, Theme.surface)
                let edge = error != nil ? Theme.error : isFocused ? Theme.brand : Theme.edge
                canvas.stroke(box, radius: 14, edge, width: error != nil || isFocused ? 5 : 3)
                painter.mark(id, .field, box, event: nil, radius: 14)
                let line = Rect(x: box.x + inset, y: box.y, width: inner, height: box.height)
                canvas.text(text, middleOf: line, Theme.ink)
                if let unit {
                    canvas.text(
                        unit,
                        middleOf: Rect(
                            x: box.maxX - inset - unit.width, y: box.y, width: unit.width + 1, height: box.height),
                        Theme.inkSoft)
                }
                if isFocused {
                    let caret = text.caret
                    let top = line.midY - text.height / 2 + caret.y + caret.height * 0.14
                    canvas.fill(
                        Rect(x: line.x + caret.x + 2, y: top, width: 4, height: caret.height * 0.72), Theme.brand)
                }
            }
            if let note {
                if error != nil {
                    let radius = 16 * type.factor
                    Illustration.sign(
                        .error, x: rect.x + radius + 2, y: box.maxY + 2 + 26 * type.factor, radius: radius, canvas)
                }
                canvas.text(
                    note, x: rect.x + signWidth, y: box.maxY + 2, error == nil ? Theme.inkSoft : Theme.error, box: rect)
            }
        }
    }

    /// Four boxes, a character each.
    private func signature(
        _ text: String, in box: Rect, id: String, isFocused: Bool, failed: Bool, _ painter: PagePainter
    ) {
        let side = box.height
        let characters = Array(text)
        for index in 0..<max(4, characters.count) {
            let cell = Rect(x: box.x + Double(index) * (side + 16), y: box.y, width: side, height: side)
            let isNext = isFocused && index == characters.count
            painter.canvas.fill(cell, radius: 14, Theme.surface)
            painter.canvas.stroke(
                cell, radius: 14, failed ? Theme.error : isNext ? Theme.brand : Theme.edge,
                width: isNext || failed ? 5 : 3)
            guard index < characters.count else { continue }
            let digit = set(String(characters[index]), type.heading, side, .center)
            painter.canvas.text(digit, middleOf: cell, Theme.ink)
        }
        let width = Double(max(4, characters.count)) * (side + 16) - 16
        painter.mark(id, .field, Rect(x: box.x, y: box.y, width: width, height: side), event: nil, radius: 14)
    }

    private func choice(
        _ id: String, _ label: String, _ options: [Node.Option], _ multiple: Bool, _ required: Bool, _ error: String?
    ) -> [Block] {
        let sign = 44 * type.factor
        let (inset, gap) = (28.0, 20.0)
        let natural = options.map { typesetter.layout($0.label, type.body).width + sign + 20 + 2 * inset + 4 }
        let widest = natural.max() ?? 0
        func columns(in width: Double) -> Int {
            (isQuestion ? [2] : [4, 3, 2]).first { widest <= (width + gap) / Double($0) - gap && options.count >= $0 }
                ?? 1
        }
        let half = grid.span(6)
        let isShort = !isQuestion && options.count <= 3 && half == 6 && columns(in: width(6)) == options.count
        let span = isShort ? 6 : 12
        let width = width(span)
        let count = columns(in: width)
        // Options keep a button's measure: two alone are not stretched over the screen, unless they are all there is.
        let cellWidth = min(
            (width + gap) / Double(count) - gap, count == 1 || isQuestion ? width : max(widest, 400))
        let caption = self.label(label, required: required, width, note: multiple ? words.multiple : nil)
        let note = error.map { set($0, type.small, width - sign) }

        typealias Draw = (PagePainter, Rect) -> Void
        var strips: [(height: Double, draw: Draw)] = []
        strips.append(
            (
                caption.height + 2,
                { painter, rect in painter.canvas.text(caption, x: rect.x, y: rect.y, Theme.ink) }
            ))
        if let note {
            strips.append(
                (
                    note.height + 10,
                    { painter, rect in
                        let radius = 16 * type.factor
                        Illustration.sign(
                            .error, x: rect.x + radius + 2, y: rect.y + 26 * type.factor, radius: radius, painter.canvas
                        )
                        painter.canvas.text(note, x: rect.x + sign, y: rect.y, Theme.error)
                    }
                ))
        }
        for start in stride(from: 0, to: options.count, by: count) {
            let cells = options[start..<min(start + count, options.count)].map { option in
                (option, set(option.label, type.body, cellWidth - sign - 20 - 2 * inset))
            }
            let height = max(isQuestion ? 180 : 100, (cells.map { $0.1.height }.max() ?? 0) + 2 * 18)
            let isLast = start + count >= options.count
            strips.append(
                (
                    height + (isLast ? 0 : gap),
                    { painter, rect in
                        for (index, cell) in cells.enumerated() {
                            let box = Rect(
                                x: rect.x + Double(index) * (cellWidth + gap), y: rect.y, width: cellWidth,
                                height: height)
                            self.option(
                                cell.0, cell.1, in: box, id: "\(id).\(cell.0.id)", multiple: multiple, sign: sign,
                                inset: inset, failed: error != nil, painter)
                        }
                    }
                ))
        }
        let total = strips.reduce(0) { $0 + $1.height }
        if total <= screenHeight {
            return [
                Block(node: id, span: span, height: total) { painter, rect in
                    var y = rect.y
                    for strip in strips {
                        strip.draw(painter, Rect(x: rect.x, y: y, width: rect.width, height: strip.height))
                        y += strip.height
                    }
                }
            ]
        }
        return strips.enumerated().map { index, strip in
            Block(
                node: id, span: span, height: strip.height, gap: index == 0 ? Theme.gap : 0,
                keepsWithNext: index == 0, startsRow: true, draw: strip.draw)
        }
    }

    private func option(
        _ option: Node.Option, _ layout: TextLayout, in box: Rect, id: String, multiple: Bool, sign: Double,
        inset: Double, failed: Bool, _ painter: PagePainter
    ) {
        let canvas = painter.canvas
        canvas.fill(box, radius: 14, option.selected ? Theme.brandPale : Theme.surface)
        canvas.stroke(
            box, radius: 14, option.selected ? Theme.brand : failed ? Theme.error : Theme.edge,
            width: option.selected ? 5 : 3)
        painter.mark(id, .option, box, event: option.event, radius: 14)
        let circle = Rect(x: box.x + inset, y: box.midY - sign / 2, width: sign, height: sign)
        let radius = multiple ? 8 : sign / 2
        if option.selected {
            canvas.fill(circle, radius: radius, Theme.brand)
            Illustration.check(x: circle.midX, y: circle.midY, size: sign * 0.5, Theme.brandInk, canvas)
        } else {
            canvas.fill(circle, radius: radius, Theme.surface)
            canvas.stroke(circle, radius: radius, Theme.edge, width: 4)
        }
        let line = Rect(
            x: circle.maxX + 20, y: box.y, width: box.maxX - inset - circle.maxX - 20, height: box.height)
        canvas.text(layout, middleOf: line, Theme.ink)
    }

    private func row(_ id: String, _ label: String, _ value: String, _ change: Action?) -> [Block] {
        let button = change.map {
            Button($0, type.small, typesetter, maximum: 360, minimum: 132, padding: 28)
        }
        let buttonWidth = button.map { $0.width + 20 } ?? 0
        let isDense = density == .list || density == .compact && grid.isNarrow
        if isDense, let line = line(id, label, value, change) { return [line] }
        let half = grid.span(6)
        let stacked = width(half) - 2 * Theme.padding - buttonWidth
        // A fact alone rather takes the whole width than a second line.
        let usesHalf = half == 6 && set(value, type.bodyBold, stacked).lineCount <= (change == nil ? 1 : 2)
        let inner = usesHalf ? stacked : width(12) - 2 * Theme.padding - buttonWidth
        let caption = set(label, type.small, inner)
        // A list of records has a line an entry and can be longer than the screen.
        let room = max(100, screenHeight - caption.height - 2 * 14)
        let pieces = typesetter.pieces(
            of: value.isEmpty ? "—" : value, type.bodyBold, width: inner, height: room
        ).map { set($0, type.bodyBold, inner) }
        return pieces.enumerated().map { index, text in
            let isFirst = index == 0
            let textHeight = text.height + (isFirst ? caption.height : 0)
            let height = max(textHeight, isFirst ? button?.height ?? 0 : 0) + 2 * 14
            return Block(node: id, span: usesHalf ? 6 : 12, height: height, gap: 16, startsRow: !isFirst) {
                painter, rect in
                painter.card(rect)
                var top = rect.midY - textHeight / 2 - 2
                if isFirst {
                    painter.canvas.text(caption, x: rect.x + Theme.padding, y: top, Theme.inkSoft, box: rect)
                    top += caption.height
                }
                painter.canvas.text(text, x: rect.x + Theme.padding, y: top, Theme.ink, box: rect)
                if isFirst, let button {
                    let box = Rect(
                        x: rect.maxX - button.width - 20, y: rect.midY - button.height / 2, width: button.width,
                        height: button.height)
                    painter.button(button, in: box)
                }
            }
        }
    }

    /// A row of a list: the label at the left, the fact behind it, the button at the end. Nil when it is too long.
    private func line(_ id: String, _ label: String, _ value: String, _ change: Action?) -> Block? {
        let button = change.map { Button($0, type.small, typesetter, maximum: 300, minimum: 104, padding: 16) }
        let (inset, gap) = (16.0, 10.0)
        let inner = width(12) - inset - (button.map { $0.width + 3 + gap } ?? inset)
        // The same in every row, with a button or without.
        let labelWidth = (width(12) * 0.3).rounded()
        let caption = set(label, type.small, labelWidth)
        let fact = set(value.isEmpty ? "—" : value, type.smallBold, inner - labelWidth - gap)
        let height = max(caption.height + 12, fact.height + 12, (button?.height ?? Theme.touch) + 6)
        guard height <= screenHeight else { return nil }
        return Block(node: id, span: 12, height: height, gap: 8, startsRow: true) { painter, rect in
            painter.card(rect)
            let texts = Rect(x: rect.x + inset, y: rect.y, width: labelWidth, height: rect.height)
            painter.canvas.text(caption, middleOf: texts, Theme.inkSoft)
            painter.canvas.text(
                fact,
                middleOf: Rect(
                    x: texts.maxX + gap, y: rect.y, width: inner - labelWidth - gap, height: rect.height), Theme.ink)
            guard let button else { return }
            painter.button(
                button,
                in: Rect(
                    x: rect.maxX - button.width - 3, y: rect.midY - button.height / 2, width: button.width,
                    height: button.height))
        }
    }

    // MARK: Devices and pictures

    private func picture(_ id: String, _ page: PageReference, _ caption: String, _ remove: Action?) -> Block {
        let span = grid.span(6)
        let height = 232.0
        let frame = 280.0
        let inner = width(span) - frame - 3 * 24
        let button = remove.map { Button($0, type.small, typesetter, maximum: inner, minimum: 132, padding: 28) }
        let text = set(caption, type.small, inner)
        let needed = text.height + (button.map { $0.height + 16 } ?? 0) + 2 * 24
        return Block(node: id, span: span, height: max(height, needed)) { painter, rect in
            painter.card(rect)
            let box = Rect(x: rect.x + 20, y: rect.midY - 96, width: frame, height: 192)
            painter.canvas.fill(box, radius: 10, Theme.ground)
            if let bitmap = pictures(page) {
                painter.canvas.image(bitmap, in: box, radius: 10)
            } else {
                sheet(in: box, painter)
            }
            painter.canvas.stroke(box, radius: 10, Theme.edge, width: 2)
            let total = text.height + (button.map { $0.height + 16 } ?? 0)
            let top = rect.midY - total / 2
            let x = box.maxX + 28
            painter.canvas.text(text, x: x, y: top, Theme.ink, box: rect)
            if let button {
                painter.button(
                    button, in: Rect(x: x, y: top + text.height + 16, width: button.width, height: button.height))
            }
        }
    }

    /// The photograph of a card's holder, as large as its pixels bear.
    private func portrait(_ id: String, _ portrait: Portrait, _ caption: String) -> Block {
        let span = grid.span(6)
        let height = 300.0
        let bitmap = try? Bitmap(rgb: portrait.rgb, width: portrait.width, height: portrait.height)
        let aspect = bitmap.map { Double($0.width) / Double($0.height) } ?? 0.8
        let frame = min((height - 40) * aspect, width(span) / 2)
        let text = set(caption, type.small, max(width(span) - frame - 3 * 24, 160))
        return Block(node: id, span: span, height: max(height, text.height + 48)) { painter, rect in
            painter.card(rect)
            let box = Rect(x: rect.x + 20, y: rect.midY - frame / aspect / 2, width: frame, height: frame / aspect)
            if let bitmap { painter.canvas.image(bitmap, in: box, radius: 10) } else { sheet(in: box, painter) }
            painter.canvas.stroke(box, radius: 10, Theme.edge, width: 2)
            painter.canvas.text(text, x: box.maxX + 28, y: rect.midY - text.height / 2, Theme.ink, box: rect)
        }
    }

    /// What stands for a picture that cannot be shown here.
    private func sheet(in box: Rect, _ painter: PagePainter) {
        let canvas = painter.canvas
        let paper = Rect(x: box.midX - 60, y: box.midY - 76, width: 120, height: 152)
        canvas.fill(paper, radius: 6, Theme.surface)
        canvas.stroke(paper, radius: 6, Theme.edge, width: 3)
        for (index, length) in [64.0, 84, 84, 84, 48].enumerated() {
            canvas.fill(
                Rect(x: paper.x + 18, y: paper.y + 28 + Double(index) * 22, width: length, height: 6), radius: 3,
                Theme.line)
        }
    }

    /// A device among other things: its picture small at the left.
    private func device(
        _ id: String, _ picture: Node.DevicePicture, _ state: Node.DeviceState, _ title: String, _ text: String
    ) -> [Block] {
        let frame = 260.0
        let inner = width(12) - frame - 3 * Theme.padding
        let heading = set(title, type.heading, inner)
        let room = screenHeight - heading.height - 2 * 28
        let pieces = text.isEmpty ? [] : typesetter.pieces(of: text, type.body, width: inner, height: max(100, room))
        let first = pieces.first.map { set($0, type.body, inner) }
        let textHeight = heading.height + (first.map { $0.height + 6 } ?? 0)
        let head = Block(node: id, span: 12, height: max(240, textHeight + 2 * 28), startsRow: true) { painter, rect in
            painter.card(rect)
            Illustration.device(
                picture, state, in: Rect(x: rect.x + Theme.padding, y: rect.midY - 100, width: frame, height: 200),
                on: painter.canvas)
            let (x, top) = (rect.x + frame + 2 * Theme.padding, rect.midY - textHeight / 2)
            painter.canvas.text(heading, x: x, y: top, Theme.ink, box: rect)
            if let first { painter.canvas.text(first, x: x, y: top + heading.height + 6, Theme.ink, box: rect) }
        }
        return [head] + pieces.dropFirst().flatMap { paragraph(id, $0) }
    }
}

/// How typed text is grouped and masked.
enum EntryText {
    static func shown(_ value: String, entry: Node.Entry, isFocused: Bool) -> String {
        switch entry {
        case .idNumber: isFocused ? grouped(value, [6, 8, 4]) : grouped(CitizenNumber.masked(value), [6, 8, 4])
        case .bankCard: isFocused ? value.groupedInFours : BankCardNumber.masked(value).groupedInFours
        case .phone: grouped(value, [3, 4, 4])
        case .text, .number, .decimal, .money, .date, .dateTime, .month, .address, .search, .creditCode, .signature:
            value
        }
    }

    /// Parts of these lengths, then the rest, with spaces between.
    private static func grouped(_ text: String, _ lengths: [Int]) -> String {
        var (parts, rest): ([Substring], Substring) = ([], text[...])
        for length in lengths where !rest.isEmpty {
            parts.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        if !rest.isEmpty { parts.append(rest) }
        return parts.joined(separator: " ")
    }
}

extension String {
    /// Brackets as English sets them.
    fileprivate func replacingBrackets() -> String {
        var text = ""
        for character in self {
            switch character {
            case "（": text += " ("
            case "）": text += ")"
            default: text.append(character)
            }
        }
        return text
    }
}
