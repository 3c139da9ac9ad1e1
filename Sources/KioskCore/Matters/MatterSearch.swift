/// Finds matters by what people type: a code, Chinese words, pinyin initials, or English.

/// Built once from a library, then asked a keystroke at a time. A value; safe on any thread.
///
/// Chinese is looked for as it stands and by its two-character pieces, so that neither a dictionary nor the right order of
/// the words is needed: 换老板 and 老板换了 find the same. A piece that many matters have counts for little.
public struct MatterSearch: Sendable {
    /// Code points of a query that are looked at.
    static let maximumLength = 60

    /// How much a text says about its matter.
    private enum Weight {
        static let title = 10
        static let words = 9
        static let summary = 4
        static let department = 3
        static let questions = 2
        /// From here on a text is a name of the matter.
        static let name = words
    }

    private struct Text {
        let weight: Int
        let scalars: [UInt32]
    }

    private struct Entry {
        /// `mkt-001`
        let code: [UInt32]
        let texts: [Text]
        /// Of title and words: a set of letters a character.
        let initials: [[UInt32]]
        /// Words of the English title and, behind them, of the summary, in small letters.
        let english: [(weight: Int, word: [UInt32])]

        var names: ArraySlice<Text> { texts.prefix { $0.weight >= Weight.name } }
    }

    /// Which matters have a pair of characters, and the weight of the best text that has it.
    private struct Posting {
        let entry: Int32
        var weight: Int32
    }

    private let matters: [Matter]
    private let entries: [Entry]
    private let pairs: [UInt64: [Posting]]

    public init(_ library: MatterLibrary) {
        matters = library.matters
        entries = matters.map(Self.entry)
        var pairs: [UInt64: [Posting]] = [:]
        for (index, entry) in entries.enumerated() {
            for text in entry.texts {
                for pair in Self.pairs(of: text.scalars) {
                    let last = pairs[pair]?.last
                    // Texts come by falling weight: the first that has the pair is the best.
                    guard last?.entry != Int32(index) else { continue }
                    pairs[pair, default: []].append(Posting(entry: Int32(index), weight: Int32(text.weight)))
                }
            }
        }
        self.pairs = pairs
    }

    /// The best matches first, at most `limit`; empty for an empty text. Takes less than 0.2 ms for 412 matters.
    public func search(_ text: String, limit: Int) -> [Matter] {
        let parts = Self.parts(of: text)
        guard !parts.isEmpty, limit > 0 else { return [] }
        var scores = [Double](repeating: 0, count: entries.count)
        for part in parts {
            if part.isChinese {
                addChinese(part.scalars, to: &scores)
            } else {
                // Latin letters are typed on purpose: what does not have them is not meant.
                for index in entries.indices where scores[index] >= 0 {
                    let score = Self.latinScore(of: part.scalars, in: entries[index])
                    scores[index] = score > 0 ? scores[index] + score : -.infinity
                }
            }
        }
        let best = scores.max() ?? 0
        guard best > 0 else { return [] }
        let found = scores.indices.filter { scores[$0] > best * 0.2 && scores[$0] > 0 }
            .sorted { scores[$0] == scores[$1] ? $0 < $1 : scores[$0] > scores[$1] }
        return found.prefix(limit).map { matters[$0] }
    }

    // MARK: Chinese

    private func addChinese(_ query: [UInt32], to scores: inout [Double]) {
        guard query.count > 1 else {
            for (index, entry) in entries.enumerated() {
                let best = entry.names.filter { $0.scalars.contains(query[0]) }.map(\.weight).max() ?? 0
                scores[index] += Double(best) * 10
            }
            return
        }
        var found = [(score: Double, pieces: Int, weight: Int32)](repeating: (0, 0, 0), count: entries.count)
        let pieces = Set(Self.pairs(of: query))
        for piece in pieces {
            guard let postings = pairs[piece] else { continue }
            let rarity = Double(entries.count + 1) / Double(postings.count)
            // Between 1 for what every matter has and about 9 for what one of them has.
            let worth = Double(Int(rarity).bitWidth - Int(rarity).leadingZeroBitCount)
            for posting in postings {
                let index = Int(posting.entry)
                found[index].score += worth * Double(posting.weight)
                found[index].pieces += 1
                found[index].weight = max(found[index].weight, posting.weight)
            }
        }
        for index in entries.indices where found[index].pieces > 0 {
            let match = found[index]
            guard match.weight >= Int32(Weight.name) || match.pieces * 2 >= pieces.count else { continue }
            scores[index] += match.score + Self.overlap(of: query, with: entries[index])
            if match.pieces == pieces.count { scores[index] += Self.wholeScore(of: query, in: entries[index]) }
        }
    }

    /// Characters of the query that the names have, wherever they stand.
    private static func overlap(of query: [UInt32], with entry: Entry) -> Double {
        let common = entry.names.map { name in query.count { name.scalars.contains($0) } }.max() ?? 0
        return Double(common) * 4
    }

    private static func wholeScore(of query: [UInt32], in entry: Entry) -> Double {
        var best = 0.0
        for text in entry.texts {
            guard let place = place(of: query, in: text.scalars, where: ==) else { continue }
            var score = Double(text.weight) * 100
            if place == 0 { score += Double(text.weight) * 20 }
            if text.scalars.count == query.count { score += Double(text.weight) * 40 }
            best = max(best, score - Double(min(text.scalars.count, 100)) / 2)
        }
        return best
    }

    // MARK: Latin letters and digits

    private static func latinScore(of query: [UInt32], in entry: Entry) -> Double {
        var best = codeScore(of: query, in: entry)
        for (index, masks) in entry.initials.enumerated() {
            guard let place = place(of: query, in: masks, where: { letter, mask in mask.hasLetter(letter) }) else {
                continue
            }
            if place > 0, query.count < 2 { continue }
            var score: Double = index == 0 ? 800 : 780
            if place == 0 { score += 150 }
            if masks.count == query.count { score += 300 }
            best = max(best, score - Double(min(masks.count, 100)))
        }
        for (position, item) in entry.english.enumerated() {
            guard item.word.starts(with: query) else { continue }
            let isWhole = item.word.count == query.count
            best = max(best, Double(item.weight * (isWhole ? 90 : 70)) - Double(min(position, 50)))
        }
        return best
    }

    private static func codeScore(of query: [UInt32], in entry: Entry) -> Double {
        let compact = entry.code.filter { $0 != 0x2D }
        let asked = query.filter { $0 != 0x2D }
        guard !asked.isEmpty else { return 0 }
        if asked == compact { return 3000 }
        if compact.starts(with: asked), asked.count > 1 { return 1500 }
        return asked.count > 1 && compact.suffix(asked.count) == asked[...] ? 700 : 0
    }

    // MARK: Texts

    private static func entry(_ matter: Matter) -> Entry {
        let names = [matter.title.zh] + matter.words
        let others =
            [(Weight.summary, matter.summary.zh), (Weight.department, matter.department.zh)]
            + matter.questions.flatMap { [(Weight.questions, $0.question.zh), (Weight.questions, $0.answer.zh)] }
        let texts =
            names.enumerated().map { Text(weight: $0 == 0 ? Weight.title : Weight.words, scalars: searched($1)) }
            + others.map { Text(weight: $0.0, scalars: searched($0.1)) }
        return Entry(
            code: searched(matter.code), texts: texts, initials: names.map(initials),
            english: words(of: matter.title.en).map { (Weight.title, $0) }
                + words(of: matter.summary.en).map { (Weight.summary, $0) })
    }

    private static func words(of text: String) -> [[UInt32]] {
        text.split { !$0.isLetter && !$0.isNumber }.map { searched(String($0)) }
    }

    private static func initials(of text: String) -> [UInt32] {
        searched(text).compactMap { value in
            if let own = UInt32.letter(value) { return own }
            return Unicode.Scalar(value).map(PinyinInitials.letters).flatMap { $0 == 0 ? nil : $0 }
        }
    }

    /// Small letters, ASCII for full-width forms, nothing but letters, digits and hyphens.
    private static func searched(_ text: String) -> [UInt32] {
        text.unicodeScalars.compactMap { scalar in
            var value = scalar.value
            if (0xFF01...0xFF5E).contains(value) { value -= 0xFEE0 }
            if (0x41...0x5A).contains(value) { value += 0x20 }
            if value < 0x80 {
                let isWord = (0x61...0x7A).contains(value) || (0x30...0x39).contains(value) || value == 0x2D
                return isWord ? value : nil
            }
            return scalar.properties.isAlphabetic || scalar.properties.isIdeographic ? value : nil
        }
    }

    /// The query in runs of Latin and of other characters. Spaces part Latin words; Chinese is one run all the same.
    private static func parts(of text: String) -> [(isChinese: Bool, scalars: [UInt32])] {
        var chinese: [UInt32] = []
        var latin: [[UInt32]] = []
        var endsWord = true
        for scalar in text.unicodeScalars.prefix(maximumLength) {
            guard let value = searched(String(scalar)).first else {
                endsWord = true
                continue
            }
            if value >= 0x80 {
                chinese.append(value)
                endsWord = true
            } else if endsWord {
                latin.append([value])
                endsWord = false
            } else {
                latin[latin.count - 1].append(value)
            }
        }
        return (chinese.isEmpty ? [] : [(true, chinese)]) + latin.map { (false, $0) }
    }

    private static func pairs(of scalars: [UInt32]) -> [UInt64] {
        zip(scalars, scalars.dropFirst()).map { UInt64($0) << 32 | UInt64($1) }
    }

    /// Where `query` first stands in `text`, by `matches`.
    private static func place(
        of query: [UInt32], in text: [UInt32], where matches: (UInt32, UInt32) -> Bool
    ) -> Int? {
        guard !query.isEmpty, query.count <= text.count else { return nil }
        return (0...(text.count - query.count)).first { start in
            query.indices.allSatisfy { matches(query[$0], text[start + $0]) }
        }
    }
}

extension UInt32 {
    /// The set of one letter; nil for what is none.
    fileprivate static func letter(_ value: UInt32) -> UInt32? {
        switch value {
        case 0x61...0x7A: 1 << (value - 0x61)
        default: nil
        }
    }

    fileprivate func hasLetter(_ letter: UInt32) -> Bool {
        UInt32.letter(letter).map { self & $0 != 0 } ?? false
    }
}
