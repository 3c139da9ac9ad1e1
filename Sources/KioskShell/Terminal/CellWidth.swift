/// How many cells of a terminal a character takes.

/// Display width by UAX #11 and the habits of terminals; a value, so that a probe's answer can change it.
public struct CellWidth: Hashable, Sendable {
    /// True where the terminal draws East Asian Ambiguous characters (`·`, `—`, `①`, Cyrillic) two cells wide.
    public var ambiguousIsWide: Bool

    public init(ambiguousIsWide: Bool = false) {
        self.ambiguousIsWide = ambiguousIsWide
    }

    /// 0, 1 or 2. Zero for what a terminal never draws: controls, and marks without a base.
    public func width(of character: Character) -> Int {
        if let ascii = character.asciiValue { return (0x20...0x7E).contains(ascii) ? 1 : 0 }
        var base: Unicode.Scalar?
        var regionalIndicators = 0
        var hasEmojiSelector = false
        for scalar in character.unicodeScalars {
            if scalar.value == 0xFE0F { hasEmojiSelector = true }
            if (0x1F1E6...0x1F1FF).contains(scalar.value) { regionalIndicators += 1 }
            if base == nil, !Self.isZeroWidth(scalar) { base = scalar }
        }
        guard let base else { return 0 }
        if regionalIndicators >= 2 || hasEmojiSelector && base.properties.isEmoji { return 2 }
        if CellWidthTables.contains(CellWidthTables.wide, base.value) { return 2 }
        if ambiguousIsWide, CellWidthTables.contains(CellWidthTables.ambiguous, base.value) { return 2 }
        return 1
    }

    public func width(of text: some StringProtocol) -> Int {
        text.reduce(0) { $0 + width(of: $1) }
    }

    /// False where terminals disagree, so that nobody may count on the cursor's place afterwards.
    public func isCertain(_ character: Character) -> Bool {
        if character.isASCII { return true }
        let scalars = character.unicodeScalars
        guard let first = scalars.first, scalars.index(after: scalars.startIndex) == scalars.endIndex else {
            return false
        }
        return !CellWidthTables.contains(CellWidthTables.ambiguous, first.value)
            && !(0x1F000...0x1FAFF).contains(first.value)
    }

    private static func isZeroWidth(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .nonspacingMark, .enclosingMark, .lineSeparator, .paragraphSeparator, .surrogate: true
        // Vowels and finals of Hangul join the initial consonant's two cells.
        default: (0x1160...0x11FF).contains(scalar.value) || (0xD7B0...0xD7FB).contains(scalar.value)
        }
    }
}
