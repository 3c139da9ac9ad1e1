/// The parts papers are built of: titles, facts, tables, lists and the box with number and code.

import KioskCore

struct PaperParts {
    static let ink = Color(0x12203A)
    static let soft = Color(0x3D4A63)
    static let brand = Color(0x0B2F63)
    static let rule = Color(0xA9B6C8)
    static let pale = Color(0xEEF3FA)
    static let warm = Color(0xFFF6E3)

    static let titleFont = Font(size: 25, weight: .bold)
    static let headingFont = Font(size: 13, weight: .bold)
    static let bodyFont = Font(size: 11)
    static let boldFont = Font(size: 11, weight: .bold)
    static let labelFont = Font(size: 10)
    static let secondFont = Font(size: 8.5)
    static let smallFont = Font(size: 8.5)

    let typesetter: Typesetter
    /// Papers are in Chinese; for a citizen who used English each text has an English line below.
    let language: Language

    /// A text and its second line.
    struct Pair {
        let lines: [(TextLayout, Color)]
        var height: Double { lines.reduce(0) { $0 + $1.0.height } }

        func draw(_ canvas: Canvas, x: Double, y: Double) {
            var top = y
            for (layout, color) in lines {
                canvas.text(layout, x: x, y: top, color)
                top += layout.height
            }
        }
    }

    func pair(
        _ text: Localized, _ font: Font, width: Double, color: Color = ink, alignment: TextAlignment = .leading
    ) -> Pair {
        var lines = [(typesetter.layout(text.zh, font, width: width, alignment: alignment), color)]
        if language == .en, !text.en.isEmpty, text.en != text.zh {
            let second = Font(size: max(Self.secondFont.size, font.size * 0.62))
            lines.append((typesetter.layout(text.en, second, width: width, alignment: alignment), Self.soft))
        }
        return Pair(lines: lines)
    }

    /// The same text in both languages: names and numbers.
    static func same(_ text: String) -> Localized { Localized(zh: text, en: text) }

    /// Both languages on one line: labels.
    func inline(_ text: Localized) -> String {
        language == .en && text.en != text.zh && !text.en.isEmpty ? "\(text.zh) \(text.en)" : text.zh
    }

    // MARK: Blocks

    /// How wide a cell would be on one line.
    func naturalWidth(_ text: Localized) -> Double {
        pair(text, Self.bodyFont, width: PaperSheets.width).lines.map { $0.0.width }.max() ?? 0
    }

    func title(_ text: Localized, above: Localized) -> [PaperBlock] {
        let upper = pair(
            Self.same(inline(above)), Self.boldFont, width: PaperSheets.width, color: Self.soft, alignment: .center)
        let main = pair(text, Self.titleFont, width: PaperSheets.width, color: Self.brand, alignment: .center)
        return [
            PaperBlock(height: upper.height, gap: 0, keepsWithNext: true) { canvas, rect in
                upper.draw(canvas, x: rect.x, y: rect.y)
            },
            PaperBlock(height: main.height, gap: 2, keepsWithNext: true) { canvas, rect in
                main.draw(canvas, x: rect.x, y: rect.y)
            },
        ]
    }

    func heading(_ text: Localized) -> PaperBlock {
        let layout = pair(
            Self.same(inline(text)), Self.headingFont, width: PaperSheets.width - 12, color: Self.brand)
        return PaperBlock(height: layout.height + 2, gap: 8, keepsWithNext: true) { canvas, rect in
            canvas.fill(Rect(x: rect.x, y: rect.y + 3, width: 3.5, height: rect.height - 9), Self.brand)
            layout.draw(canvas, x: rect.x + 12, y: rect.y)
        }
    }

    func paragraph(_ text: Localized, font: Font = bodyFont, gap: Double = 5) -> [PaperBlock] {
        split(text, font, width: PaperSheets.width).enumerated().map { index, layout in
            PaperBlock(height: layout.height, gap: index == 0 ? gap : 0) { canvas, rect in
                layout.draw(canvas, x: rect.x, y: rect.y)
            }
        }
    }

    func numbered(_ texts: [Localized]) -> [PaperBlock] {
        texts.enumerated().flatMap { number, text in
            let sign = typesetter.layout("\(number + 1).", Self.boldFont)
            return split(text, Self.bodyFont, width: PaperSheets.width - 22).enumerated().map { index, layout in
                PaperBlock(height: layout.height, gap: index == 0 ? 4 : 0) { canvas, rect in
                    if index == 0 { canvas.text(sign, x: rect.x, y: rect.y, Self.brand) }
                    layout.draw(canvas, x: rect.x + 22, y: rect.y)
                }
            }
        }
    }

    /// The number to keep, large, with further facts below it and the code beside it.
    func numberBox(
        label: Localized, number: String, facts: [(Localized, String)], link: String, isTicket: Bool = false
    ) -> PaperBlock {
        let code = QRMatrix(link)
        let side = 98.0
        let width = PaperSheets.width - side - 48
        let caption = typesetter.layout(inline(label), Self.labelFont, width: width)
        let size = [isTicket ? 30.0 : 22, 26, 22, 19, 16, 13].first {
            typesetter.layout(number, Font(size: $0, weight: .bold)).width <= width
        }
        let digits = typesetter.layout(number, Font(size: size ?? 11, weight: .bold), width: width)
        let lines = facts.map { fact in
            typesetter.layout("\(inline(fact.0))：\(fact.1)", Self.labelFont, width: width)
        }
        let hint = pair(
            Self.same(inline(Localized(zh: "扫码查验", en: "Scan to check"))), Font(size: 8.5), width: side,
            color: Self.soft,
            alignment: .center)
        let textHeight = caption.height + digits.height + 4 + lines.reduce(0) { $0 + $1.height }
        let height = max(textHeight, side + hint.height) + 18
        return PaperBlock(height: height, gap: 12) { canvas, rect in
            canvas.fill(rect, radius: 6, Self.pale)
            canvas.stroke(rect, radius: 6, Self.rule, width: 0.8)
            var y = rect.midY - textHeight / 2
            canvas.text(caption, x: rect.x + 16, y: y, Self.soft)
            y += caption.height
            canvas.text(digits, x: rect.x + 16, y: y, Self.brand)
            y += digits.height + 4
            for line in lines {
                canvas.text(line, x: rect.x + 16, y: y, Self.ink)
                y += line.height
            }
            let square = Rect(
                x: rect.maxX - side - 14, y: rect.midY - (side + hint.height) / 2, width: side, height: side)
            if let code { canvas.code(code, in: square) }
            hint.draw(canvas, x: square.x, y: square.maxY)
        }
    }

    /// Label and value, a line each.
    func facts(_ facts: [(label: Localized, value: Localized)]) -> [PaperBlock] {
        table(
            columns: [], shares: language == .en ? [0.31, 0.69] : [0.25, 0.75],
            rows: facts.map { [Self.same(inline($0.label)), $0.value] }, firstIsLabel: true)
    }

    /// The lines of a form as a clerk knows it: a shaded box for the label, one for the answer.
    func form(_ facts: [(label: Localized, value: Localized)]) -> [PaperBlock] {
        table(
            columns: [], shares: language == .en ? [0.36, 0.64] : [0.3, 0.7],
            rows: facts.map { [Self.same(inline($0.label)), $0.value] }, firstIsLabel: true, isBoxed: true)
    }

    /// `shares`: of the width, a column each. The head stands above the first row. `isBoxed`: every cell has its frame.
    func table(
        columns: [Localized], shares: [Double], rows: [[Localized]], firstIsLabel: Bool = false, isBoxed: Bool = false
    ) -> [PaperBlock] {
        let padding = 8.0
        let widths = shares.map { $0 * PaperSheets.width }
        func strips(_ cells: [Localized], font: Font, ground: Color?, isHead: Bool) -> [PaperBlock] {
            let pieces = widths.indices.map { index -> [Pair] in
                let cell = index < cells.count ? cells[index] : Self.same("")
                let isLabel = firstIsLabel && index == 0
                return split(
                    cell, isLabel ? Self.labelFont : font, width: widths[index] - 2 * padding,
                    color: isLabel ? Self.soft : Self.ink)
            }
            let count = pieces.map(\.count).max() ?? 0
            return (0..<count).map { part in
                let shown = pieces.map { part < $0.count ? $0[part] : nil }
                let height = (shown.map { $0?.height ?? 0 }.max() ?? 0) + (isBoxed ? 10 : 4)
                return PaperBlock(height: height, gap: isHead ? 4 : 0, keepsWithNext: isHead) { canvas, rect in
                    if let ground { canvas.fill(rect, ground) }
                    canvas.fill(Rect(x: rect.x, y: rect.maxY - 0.6, width: rect.width, height: 0.6), Self.rule)
                    var x = rect.x
                    for (index, (pair, width)) in zip(shown, widths).enumerated() {
                        if isBoxed {
                            let cell = Rect(x: x, y: rect.y, width: width, height: rect.height)
                            if firstIsLabel, index == 0 { canvas.fill(cell, Self.pale) }
                            canvas.stroke(cell, Self.rule, width: 0.8)
                        }
                        if let pair { pair.draw(canvas, x: x + padding, y: rect.midY - pair.height / 2) }
                        x += width
                    }
                }
            }
        }
        let head =
            columns.isEmpty
            ? [] : strips(columns.map { Self.same(inline($0)) }, font: Self.boldFont, ground: Self.pale, isHead: true)
        let body = rows.flatMap { strips($0, font: Self.bodyFont, ground: nil, isHead: false) }
        return head
            + body.map { block in
                var block = block
                block.heads = head
                return block
            }
    }

    /// A list under its heading; columns share the width by their longest text, none less than half an equal share.
    func table(_ title: Localized, columns: [Localized], rows: [[Localized]], isBoxed: Bool = false) -> [PaperBlock] {
        let count = max(columns.count, rows.map(\.count).max() ?? 0)
        guard count > 0 else { return [] }
        let natural = (0..<count).map { column -> Double in
            let cells = [columns] + rows.prefix(40)
            let longest = cells.map { column < $0.count ? naturalWidth($0[column]) : 0 }.max() ?? 0
            return min(longest + 16, PaperSheets.width * 0.6)
        }
        let total = natural.reduce(0, +)
        let floor = 0.5 / Double(count)
        let shares = natural.map { floor + (1 - floor * Double(count)) * $0 / total }
        return [heading(title)] + table(columns: columns, shares: shares, rows: rows, isBoxed: isBoxed)
    }

    /// A box that must be seen.
    func notice(_ title: Localized, _ lines: [Localized]) -> [PaperBlock] {
        let inner = PaperSheets.width - 32
        let head = pair(title, Self.boldFont, width: inner)
        let texts = lines.flatMap { split($0, Self.bodyFont, width: inner) }
        let pieces = [head] + texts
        return pieces.enumerated().map { index, layout in
            let isLast = index == pieces.count - 1
            let above = index == 0 ? 6.0 : 0
            return PaperBlock(
                height: layout.height + above + (isLast ? 6 : 0), gap: index == 0 ? 10 : 0, keepsWithNext: index == 0
            ) { canvas, rect in
                canvas.fill(rect, Self.warm)
                canvas.fill(Rect(x: rect.x, y: rect.y, width: 4, height: rect.height), Color(0x9A5B00))
                layout.draw(canvas, x: rect.x + 18, y: rect.y + above)
            }
        }
    }

    /// Longer texts than a sheet go on as further pieces, the second language after the first.
    private func split(_ text: Localized, _ font: Font, width: Double, color: Color = ink) -> [Pair] {
        let whole = pair(text, font, width: width, color: color)
        let limit = PaperSheets.height * 0.8
        guard whole.height > limit else { return [whole] }
        let second = language == .en && text.en != text.zh ? text.en : ""
        let chinese = typesetter.pieces(of: text.zh, font, width: width, height: limit)
        let english = second.isEmpty ? [] : typesetter.pieces(of: second, Self.secondFont, width: width, height: limit)
        return chinese.map { Pair(lines: [(typesetter.layout($0, font, width: width), color)]) }
            + english.map { Pair(lines: [(typesetter.layout($0, Self.secondFont, width: width), Self.soft)]) }
    }
}
