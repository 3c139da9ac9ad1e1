/// Draws the way through a matter as an SVG on A4: stops from top to bottom, conditions in words, outcomes coloured.

public import KioskCore

public struct PathMap {
    private let matter: Matter
    private let language: Language
    private let phrases: ConditionPhrases
    private var shapes: [String] = []

    // Everything in CSS pixels; an A4 page is 794 by 1123 of them.
    private static let pageWidth = 794.0
    private static let pageHeight = 1123.0
    private static let margin = 36.0
    private static let gap = 12.0
    private static let mainLeft = 56.0
    private static let mainWidth = 380.0
    /// Stops that are not always there stand further right, so that the line passes them by.
    private static let indent = 34.0
    private static let exitLeft = 520.0
    private static let exitWidth = 238.0
    private static let size = 12.5
    private static let small = 11.0

    /// The drawing as SVG text.
    public static func svg(of matter: Matter, language: Language) -> String {
        var map = PathMap(matter, language)
        return map.draw()
    }

    private init(_ matter: Matter, _ language: Language) {
        self.matter = matter
        self.language = language
        phrases = ConditionPhrases(matter)
    }

    // MARK: Layout

    private struct Row {
        var title: [String]
        /// Lines below the title: fields or papers.
        var items: [String]
        var condition: [String]
        var kind: MatterOutline.Stop.Kind
        var exits: [ExitBox]

        var boxHeight: Double {
            10 + Double(title.count) * PathMap.line(PathMap.size) + Double(items.count) * PathMap.line(PathMap.small)
                + 6
        }
        var conditionHeight: Double {
            condition.isEmpty ? 0 : Double(condition.count) * PathMap.line(PathMap.small) + 4
        }
        var exitHeight: Double { exits.reduce(0) { $0 + $1.height + 8 } }
        var height: Double { max(conditionHeight + boxHeight, exitHeight) }
        var left: Double { PathMap.mainLeft + (condition.isEmpty ? 0 : PathMap.indent) }
        var width: Double { PathMap.mainWidth - (condition.isEmpty ? 0 : PathMap.indent) }
    }

    private struct ExitBox {
        var isRejection: Bool
        var cause: [String]
        var text: [String]
        var height: Double { Double(cause.count + text.count) * PathMap.line(PathMap.small) + 12 }
    }

    private static func line(_ size: Double) -> Double { size * 1.45 }

    private mutating func draw() -> String {
        let outline = MatterOutline(matter)
        var y = heading()
        var page = 0
        var last: Double?
        for stop in Self.merged(outline.stops) {
            let row = row(stop)
            let end = Double(page + 1) * Self.pageHeight - Self.margin
            if y + row.height > end, row.height < Self.pageHeight - 2 * Self.margin {
                page += 1
                let next = Double(page) * Self.pageHeight + Self.margin
                if let last { line(Self.mainLeft + 14, last, Self.mainLeft + 14, next) }
                last = nil
                y = next
            }
            // The main line runs at the left of every stop, so that a stop that is left out is passed by.
            let top = y + row.conditionHeight
            if let last { line(Self.mainLeft + 14, last, Self.mainLeft + 14, row.condition.isEmpty ? top : y) }
            draw(row, top: y)
            let bottom = y + row.height
            if !row.condition.isEmpty {
                line(Self.mainLeft + 14, y, Self.mainLeft + 14, bottom)
                arrow(Self.mainLeft + 14, top + 14, row.left, top + 14)
            } else if row.height > row.boxHeight + row.conditionHeight {
                line(Self.mainLeft + 14, top + row.boxHeight, Self.mainLeft + 14, bottom)
            }
            last = bottom
            y = bottom + Self.gap
        }
        y = notes(outline.notes, from: y, page: &page)
        let pages = Double(page + 1)
        let height = Self.pageHeight * pages
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="210mm" height="\(Int(297 * pages))mm" \
            viewBox="0 0 \(Int(Self.pageWidth)) \(Int(height))" \
            font-family="Noto Sans CJK SC, Noto Sans SC, Source Han Sans SC, sans-serif">
            <rect width="100%" height="100%" fill="#ffffff"/>
            \(shapes.joined(separator: "\n"))
            </svg>

            """
    }

    /// Steps that follow each other and end nothing stand in one box.
    private static func merged(_ stops: [MatterOutline.Stop]) -> [MatterOutline.Stop] {
        stops.reduce(into: []) { merged, stop in
            guard let last = merged.last, last.kind == .step, stop.kind == .step, last.exits.isEmpty, stop.exits.isEmpty
            else {
                merged.append(stop)
                return
            }
            merged[merged.count - 1].title = Localized(
                zh: "\(last.title.zh) → \(stop.title.zh)", en: "\(last.title.en) → \(stop.title.en)")
        }
    }

    private mutating func heading() -> Double {
        var y = Self.margin + 18
        for line in wrapped("\(matter.code)  \(matter.title[language])", 20, Self.pageWidth - 2 * Self.margin) {
            text(line, Self.margin, y, 20, "#1a1a1a", bold: true)
            y += 26
        }
        for line in wrapped(matter.department[language], Self.size, Self.pageWidth - 2 * Self.margin) {
            text(line, Self.margin, y, Self.size, "#555555")
            y += Self.line(Self.size)
        }
        let legend: [(String, String, Localized)] = [
            ("#e8f1fb", "#2f6db5", Localized(zh: "每次都有", en: "always")),
            ("#ffffff", "#8a8a8a", Localized(zh: "有时才有", en: "sometimes")),
            ("#fdeaea", "#c0392b", Localized(zh: "不能办", en: "rejected")),
            ("#fff4dc", "#c98a00", Localized(zh: "转窗口", en: "to a window")),
        ]
        var x = Self.margin
        for (index, item) in legend.enumerated() {
            box(x, y - 4, 16, 12, item.0, item.1, dashed: index == 1)
            text(item.2[language], x + 22, y + 6, Self.small, "#555555")
            x += 34 + width(item.2[language], Self.small)
        }
        return y + 26
    }

    private func row(_ stop: MatterOutline.Stop) -> Row {
        let isConditional = stop.when != nil
        let inner = Self.mainWidth - (isConditional ? Self.indent : 0) - 20
        let condition = stop.when.map { condition -> [String] in
            wrapped(word("只有当 ", "only when ") + phrases.phrase(for: condition)[language], Self.small, inner)
        }
        return Row(
            title: wrapped(stop.title[language], Self.size, inner),
            items: stop.items.flatMap { item -> [String] in
                var line = "· " + item.title[language]
                if let note = item.note { line += word("（\(note.zh)）", " (\(note.en))") }
                let conditions = item.when.map { phrases.phrase(for: $0)[language] }
                if !conditions.isEmpty {
                    line += word("，当 ", ", when ") + conditions.joined(separator: word("；或 ", "; or "))
                }
                return wrapped(line, Self.small, inner)
            }, condition: condition ?? [], kind: stop.kind,
            exits: stop.exits.map { exit in
                let cause =
                    exit.when.map { word("当 ", "when ") + phrases.phrase(for: $0)[language] }
                    ?? word("不同意", "refused")
                return ExitBox(
                    isRejection: exit.isRejection, cause: wrapped(cause, Self.small, Self.exitWidth - 16),
                    text: wrapped(exit.text[language], Self.small, Self.exitWidth - 16))
            })
    }

    private mutating func draw(_ row: Row, top: Double) {
        var y = top
        for line in row.condition {
            y += Self.line(Self.small)
            text(line, row.left + 4, y - 3, Self.small, "#7a5a00")
        }
        let boxTop = top + row.conditionHeight
        let colours: (String, String) =
            switch row.kind {
            case .end: ("#e5f5e8", "#2e8b57")
            case .papers: ("#f3ecfa", "#7a4fb0")
            case .step: ("#f4f4f4", "#8a8a8a")
            case .page: row.condition.isEmpty ? ("#e8f1fb", "#2f6db5") : ("#ffffff", "#8a8a8a")
            }
        box(row.left, boxTop, row.width, row.boxHeight, colours.0, colours.1, dashed: !row.condition.isEmpty)
        y = boxTop + 4
        for line in row.title {
            y += Self.line(Self.size)
            text(line, row.left + 10, y - 3, Self.size, "#1a1a1a", bold: row.kind != .step)
        }
        for line in row.items {
            y += Self.line(Self.small)
            text(line, row.left + 10, y - 3, Self.small, "#444444")
        }
        var exitTop = top
        for exit in row.exits {
            let colours = exit.isRejection ? ("#fdeaea", "#c0392b") : ("#fff4dc", "#c98a00")
            box(Self.exitLeft, exitTop, Self.exitWidth, exit.height, colours.0, colours.1, dashed: false)
            var y = exitTop + 4
            for line in exit.cause {
                y += Self.line(Self.small)
                text(line, Self.exitLeft + 8, y - 3, Self.small, "#7a5a00")
            }
            for line in exit.text {
                y += Self.line(Self.small)
                text(line, Self.exitLeft + 8, y - 3, Self.small, "#1a1a1a")
            }
            // Straight across where the box reaches, else across and down to where the exit stands.
            let to = exitTop + exit.height / 2
            let from = min(max(to, boxTop + 8), boxTop + row.boxHeight - 8)
            let turn = Self.exitLeft - 28
            line(row.left + row.width, from, turn, from)
            line(turn, from, turn, to)
            arrow(turn, to, Self.exitLeft, to)
            exitTop += exit.height + 8
        }
    }

    private mutating func notes(_ notes: [MatterOutline.Exit], from start: Double, page: inout Int) -> Double {
        guard !notes.isEmpty else { return start }
        let width = Self.pageWidth - 2 * Self.margin
        var lines: [String] = []
        for note in notes {
            let when = note.when.map { word("（当 ", " (when ") + phrases.phrase(for: $0)[language] + word("）", ")") }
            lines += wrapped("· " + note.text[language] + (when ?? ""), Self.small, width)
        }
        let height = Double(lines.count + 1) * Self.line(Self.small) + 12
        var y = start
        if y + height > Double(page + 1) * Self.pageHeight - Self.margin {
            page += 1
            y = Double(page) * Self.pageHeight + Self.margin
        }
        y += Self.line(Self.size)
        text(word("提示", "Notes"), Self.margin, y, Self.size, "#1a1a1a", bold: true)
        for line in lines {
            y += Self.line(Self.small)
            text(line, Self.margin, y, Self.small, "#444444")
        }
        return y
    }

    // MARK: Text

    private func word(_ zh: String, _ en: String) -> String { language == .zh ? zh : en }

    /// An estimate: a Chinese character is as wide as it is high, a Latin letter a little more than half of that.
    private func width(_ text: String, _ size: Double) -> Double {
        text.unicodeScalars.reduce(0) { $0 + ($1.value >= 0x2E80 ? size : size * 0.56) }
    }

    /// Breaks at blanks in Latin text and anywhere in Chinese, but not before a closing sign.
    private func wrapped(_ text: String, _ size: Double, _ limit: Double) -> [String] {
        var lines: [String] = []
        var current = ""
        for word in Self.pieces(text) {
            let isClosing = word.count == 1 && "，。；、）”！？,.;)".contains(word)
            if !current.isEmpty, !isClosing, width(current + word, size) > limit {
                lines.append(current)
                current = word.first == " " ? String(word.dropFirst()) : word
            } else {
                current += word
            }
        }
        return current.isEmpty ? lines : lines + [current]
    }

    private static func pieces(_ text: String) -> [String] {
        var pieces: [String] = []
        for character in text {
            let isWide =
                character.unicodeScalars.allSatisfy { $0.value >= 0x2E80 } || character == "“" || character == "”"
            let continues = pieces.last?.last.map { $0.isASCII } ?? false
            if !isWide, continues, character != " ", character.isASCII {
                pieces[pieces.count - 1].append(character)
            } else {
                pieces.append(String(character))
            }
        }
        return pieces
    }

    // MARK: Shapes

    private mutating func text(
        _ string: String, _ x: Double, _ y: Double, _ size: Double, _ colour: String, bold: Bool = false
    ) {
        let weight = bold ? " font-weight=\"600\"" : ""
        shapes.append(
            "<text x=\"\(n(x))\" y=\"\(n(y))\" font-size=\"\(n(size))\" fill=\"\(colour)\"\(weight)>"
                + "\(Self.escaped(string))</text>")
    }

    private mutating func box(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ fill: String, _ stroke: String, dashed: Bool
    ) {
        let dash = dashed ? " stroke-dasharray=\"5 3\"" : ""
        shapes.append(
            "<rect x=\"\(n(x))\" y=\"\(n(y))\" width=\"\(n(width))\" height=\"\(n(height))\" rx=\"6\" fill=\"\(fill)\""
                + " stroke=\"\(stroke)\" stroke-width=\"1.2\"\(dash)/>")
    }

    private mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) {
        shapes.append(
            "<line x1=\"\(n(x1))\" y1=\"\(n(y1))\" x2=\"\(n(x2))\" y2=\"\(n(y2))\" stroke=\"#9a9a9a\""
                + " stroke-width=\"1.2\"/>")
    }

    private mutating func arrow(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) {
        line(x1, y1, x2, y2)
        shapes.append(
            "<path d=\"M\(n(x2)) \(n(y2)) l-7 -4 v8 z\" fill=\"#9a9a9a\"/>")
    }

    /// One decimal is enough, and keeps the file the same on every machine.
    private func n(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
        return result
    }
}
