/// Cleans and breaks text for a terminal: no control reaches the screen, lines break as Chinese and English expect.

enum CellText {
    /// Without controls, bidi overrides and other invisible format characters; joiners inside emoji stay, line breaks
    /// stay.
    static func cleaned(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { !isShown($0) && $0 != "\n" }) else { return text }
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars where isShown(scalar) || scalar == "\n" { scalars.append(scalar) }
        return String(scalars)
    }

    /// False for what may neither be typed nor drawn.
    static func isShown(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: false
        case .format: scalar.value == 0x200D || scalar.value == 0x200C
        default: !scalar.properties.isNoncharacterCodePoint
        }
    }

    /// Lines of at most `width` cells (at least 2). Breaks at spaces and beside wide characters, never before a closing
    /// or after an opening sign unless nothing else fits; a line break in the text always breaks.
    static func wrapped(_ text: String, width: Int, _ cellWidth: CellWidth) -> [String] {
        let width = max(2, width)
        return cleaned(text).split(separator: "\n", omittingEmptySubsequences: false).flatMap {
            wrappedParagraph(Array($0), width: width, cellWidth)
        }
    }

    /// Lines of at most `width` cells with every character kept, spaces too: for what is being typed.
    static func chunked(_ text: String, width: Int, _ cellWidth: CellWidth) -> [String] {
        var lines = [""]
        var column = 0
        for character in cleaned(text) {
            let cellCount = cellWidth.width(of: character)
            if column + cellCount > max(2, width) {
                lines.append("")
                column = 0
            }
            lines[lines.count - 1].append(character)
            column += cellCount
        }
        return lines
    }

    private static func wrappedParagraph(_ characters: [Character], width: Int, _ cellWidth: CellWidth) -> [String] {
        var lines: [String] = []
        var start = 0
        var column = 0
        var breakpoint = 0
        var index = 0
        func line(to end: Int) -> String {
            var end = end
            while end > start, characters[end - 1] == " " { end -= 1 }
            return String(characters[start..<end])
        }
        while index < characters.count {
            let character = characters[index]
            let cellCount = cellWidth.width(of: character)
            if index > start, mayBreak(before: character, after: characters[index - 1], cellWidth) {
                breakpoint = index
            }
            if column + cellCount <= width || character == " " {
                column += cellCount
                index += 1
                continue
            }
            let end = breakpoint > start ? breakpoint : max(index, start + 1)
            lines.append(line(to: end))
            start = end
            index = end
            column = 0
        }
        lines.append(line(to: characters.count))
        return lines
    }

    private static func mayBreak(before next: Character, after previous: Character, _ cellWidth: CellWidth) -> Bool {
        if next == " " || closing.contains(next) || opening.contains(previous) { return false }
        return previous == " " || previous == "-" || cellWidth.width(of: next) == 2
            || cellWidth.width(of: previous) == 2
    }

    private static let closing = Set("，。、；：？！）》」』】〕”’…—·％,.;:?!)]}%")
    private static let opening = Set("（《「『【〔“‘([{¥￥")
}
