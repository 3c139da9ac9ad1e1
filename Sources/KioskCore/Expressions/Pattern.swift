/// Regular expressions of RE2's syntax for `matches`, in linear time: no pattern makes a long text take longer than
/// its length times the pattern's size.

/// A compiled pattern. Syntax: github.com/google/re2/wiki/Syntax, without captures (a match is yes or no), named Unicode
/// scripts other than Han, and `\C`.
struct ExpressionPattern: Sendable {
    static let maximumBytes = 2000
    /// RE2's own bound on `{n,m}`.
    static let maximumRepeat = 1000
    static let maximumSteps = 10_000

    fileprivate enum Step: Sendable {
        case set(Int)
        case assert(Assertion)
        case split(Int, Int)
        case jump(Int)
        case match
    }

    fileprivate enum Assertion: Sendable { case textStart, textEnd, lineStart, lineEnd, wordBoundary, noWordBoundary }

    private let steps: [Step]
    private let sets: [ScalarSet]

    /// Throws an `ExpressionError` without place for a pattern that is none or is too large.
    init(_ source: String) throws(ExpressionError) {
        guard source.utf8.count <= Self.maximumBytes else {
            throw ExpressionError(.invalidArgument, "the pattern is longer than \(Self.maximumBytes) bytes")
        }
        var parser = PatternParser(source)
        let tree = try parser.parse()
        var builder = PatternBuilder()
        try builder.add(tree)
        builder.steps.append(.match)
        steps = builder.steps
        sets = builder.sets
    }

    /// Whether a part of the text matches. `spend` is told the work in steps and may end it by throwing.
    func matches(
        _ text: String, spend: (Int) throws(ExpressionError) -> Void
    ) throws(ExpressionError) -> Bool {
        try spend(steps.count / 8)
        var current = StateList(count: steps.count)
        var following = StateList(count: steps.count)
        var scalars = text.unicodeScalars.makeIterator()
        var previous: Unicode.Scalar?
        var next = scalars.next()
        while true {
            // A match may begin anywhere.
            if follow(0, into: &current, previous: previous, next: next) { return true }
            try spend(1 + current.visits / 4)
            guard let scalar = next else { return false }
            next = scalars.next()
            following.clear()
            for state in current.states {
                if case .set(let index) = steps[state], sets[index].contains(scalar),
                    follow(state + 1, into: &following, previous: scalar, next: next)
                {
                    return true
                }
            }
            swap(&current, &following)
            previous = scalar
        }
    }

    /// Adds the states reached without reading; true when the match is one of them.
    private func follow(
        _ start: Int, into list: inout StateList, previous: Unicode.Scalar?, next: Unicode.Scalar?
    ) -> Bool {
        list.pending.append(start)
        while let state = list.pending.popLast() {
            guard list.insert(state) else { continue }
            switch steps[state] {
            case .match:
                list.pending.removeAll(keepingCapacity: true)
                return true
            case .jump(let target): list.pending.append(target)
            case .split(let first, let second):
                list.pending.append(second)
                list.pending.append(first)
            case .assert(let assertion):
                if holds(assertion, previous: previous, next: next) { list.pending.append(state + 1) }
            case .set: list.states.append(state)
            }
        }
        return false
    }

    private func holds(_ assertion: Assertion, previous: Unicode.Scalar?, next: Unicode.Scalar?) -> Bool {
        switch assertion {
        case .textStart: previous == nil
        case .textEnd: next == nil
        case .lineStart: previous == nil || previous == "\n"
        case .lineEnd: next == nil || next == "\n"
        case .wordBoundary: isWord(previous) != isWord(next)
        case .noWordBoundary: isWord(previous) == isWord(next)
        }
    }

    private func isWord(_ scalar: Unicode.Scalar?) -> Bool { scalar.map(ScalarSet.word.contains) ?? false }
}

/// The states of one place in the text, each once.
private struct StateList {
    var states: [Int] = []
    var pending: [Int] = []
    /// Everything looked at to get here.
    private(set) var visits = 0
    private var marks: [UInt32]
    private var mark: UInt32 = 1

    init(count: Int) { marks = Array(repeating: 0, count: count) }

    mutating func insert(_ state: Int) -> Bool {
        visits += 1
        guard marks[state] != mark else { return false }
        marks[state] = mark
        return true
    }

    mutating func clear() {
        states.removeAll(keepingCapacity: true)
        visits = 0
        mark &+= 1
    }
}

/// A set of code points: ranges and general categories.
private struct ScalarSet: Sendable {
    var ranges: [ClosedRange<UInt32>] = []
    /// First letters or pairs of general categories, as in `L` or `Lu`.
    var categories: [(name: String, isNegated: Bool)] = []
    var isNegated = false
    var ignoresCase = false

    static let digit = ScalarSet(ranges: [0x30...0x39])
    static let space = ScalarSet(ranges: [0x09...0x0A, 0x0C...0x0D, 0x20...0x20])
    static let word = ScalarSet(ranges: [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    static let any = ScalarSet(ranges: [0...0x10FFFF])
    static let anyButNewline = ScalarSet(ranges: [0...0x09, 0x0B...0x10FFFF])
    /// Unicode's Script=Han.
    static let han = ScalarSet(
        ranges: [
            0x2E80...0x2E99, 0x2E9B...0x2EF3, 0x2F00...0x2FD5, 0x3005...0x3005, 0x3007...0x3007, 0x3021...0x3029,
            0x3038...0x303B, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFA6D, 0xFA70...0xFAD9, 0x16FE2...0x16FE3,
            0x16FF0...0x16FF1, 0x20000...0x2A6DF, 0x2A700...0x2B739, 0x2B740...0x2B81D, 0x2B820...0x2CEA1,
            0x2CEB0...0x2EBE0, 0x2EBF0...0x2EE5D, 0x2F800...0x2FA1D, 0x30000...0x3134A, 0x31350...0x323AF,
        ])

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        var isIn = hasMember(scalar)
        if !isIn, ignoresCase {
            for mapping in [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping] {
                if let folded = mapping.unicodeScalars.first, mapping.unicodeScalars.count == 1, folded != scalar {
                    isIn = isIn || hasMember(folded)
                }
            }
        }
        return isIn != isNegated
    }

    private func hasMember(_ scalar: Unicode.Scalar) -> Bool {
        if ranges.contains(where: { $0.contains(scalar.value) }) { return true }
        if categories.isEmpty { return false }
        let name = Self.name(of: scalar.properties.generalCategory)
        return categories.contains { name.hasPrefix($0.name) != $0.isNegated }
    }

    mutating func formUnion(_ other: ScalarSet) {
        categories += other.isNegated ? other.categories.map { ($0.name, !$0.isNegated) } : other.categories
        ranges += other.isNegated && other.categories.isEmpty ? Self.complement(of: other.ranges) : other.ranges
    }

    private static func complement(of ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var result: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { result.append(next...(range.lowerBound - 1)) }
            next = max(next, range.upperBound + 1)
        }
        if next <= 0x10FFFF { result.append(next...0x10FFFF) }
        return result
    }

    /// The set of `\p{name}`; nil when it is not known.
    static func property(_ name: String) -> ScalarSet? {
        if name == "Any" { return any }
        if name == "Han" { return han }
        let known = categoryNames.contains { $0.hasPrefix(name) }
        return known && (1...2).contains(name.utf8.count) ? ScalarSet(categories: [(name, false)]) : nil
    }

    private static let categoryNames = [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po",
        "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn",
    ]

    private static func name(of category: Unicode.GeneralCategory) -> String {
        switch category {
        case .uppercaseLetter: "Lu"
        case .lowercaseLetter: "Ll"
        case .titlecaseLetter: "Lt"
        case .modifierLetter: "Lm"
        case .otherLetter: "Lo"
        case .nonspacingMark: "Mn"
        case .spacingMark: "Mc"
        case .enclosingMark: "Me"
        case .decimalNumber: "Nd"
        case .letterNumber: "Nl"
        case .otherNumber: "No"
        case .connectorPunctuation: "Pc"
        case .dashPunctuation: "Pd"
        case .openPunctuation: "Ps"
        case .closePunctuation: "Pe"
        case .initialPunctuation: "Pi"
        case .finalPunctuation: "Pf"
        case .otherPunctuation: "Po"
        case .mathSymbol: "Sm"
        case .currencySymbol: "Sc"
        case .modifierSymbol: "Sk"
        case .otherSymbol: "So"
        case .spaceSeparator: "Zs"
        case .lineSeparator: "Zl"
        case .paragraphSeparator: "Zp"
        case .control: "Cc"
        case .format: "Cf"
        case .surrogate: "Cs"
        case .privateUse: "Co"
        default: "Cn"
        }
    }

    static let posixClasses: [String: ScalarSet] = [
        "alnum": ScalarSet(ranges: [0x30...0x39, 0x41...0x5A, 0x61...0x7A]),
        "alpha": ScalarSet(ranges: [0x41...0x5A, 0x61...0x7A]),
        "ascii": ScalarSet(ranges: [0...0x7F]),
        "blank": ScalarSet(ranges: [0x09...0x09, 0x20...0x20]),
        "cntrl": ScalarSet(ranges: [0...0x1F, 0x7F...0x7F]),
        "digit": digit,
        "graph": ScalarSet(ranges: [0x21...0x7E]),
        "lower": ScalarSet(ranges: [0x61...0x7A]),
        "print": ScalarSet(ranges: [0x20...0x7E]),
        "punct": ScalarSet(ranges: [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E]),
        "space": ScalarSet(ranges: [0x09...0x0D, 0x20...0x20]),
        "upper": ScalarSet(ranges: [0x41...0x5A]),
        "word": word,
        "xdigit": ScalarSet(ranges: [0x30...0x39, 0x41...0x46, 0x61...0x66]),
    ]
}

private indirect enum PatternTree {
    case empty
    case set(ScalarSet)
    case assert(ExpressionPattern.Assertion)
    case sequence([PatternTree])
    case choice([PatternTree])
    case repeated(PatternTree, minimum: Int, maximum: Int?)
}

/// Lays a tree out as steps, within their bound.
private struct PatternBuilder {
    var steps: [ExpressionPattern.Step] = []
    var sets: [ScalarSet] = []
    /// Counted apart from the steps: repeating nothing adds none.
    private var visits = 0

    mutating func add(_ tree: PatternTree) throws(ExpressionError) {
        visits += 1
        guard visits <= ExpressionPattern.maximumSteps else {
            throw ExpressionError(.invalidArgument, "the pattern is too large")
        }
        switch tree {
        case .empty: break
        case .set(let set):
            steps.append(.set(sets.count))
            sets.append(set)
        case .assert(let assertion): steps.append(.assert(assertion))
        case .sequence(let parts): for part in parts { try add(part) }
        case .choice(let parts): try addChoice(parts)
        case .repeated(let part, let minimum, let maximum):
            for _ in 0..<minimum { try add(part) }
            guard let maximum else {
                let start = steps.count
                steps.append(.split(start + 1, start + 1))
                try add(part)
                steps.append(.jump(start))
                steps[start] = .split(start + 1, steps.count)
                return
            }
            var skips: [Int] = []
            for _ in minimum..<max(minimum, maximum) {
                skips.append(steps.count)
                steps.append(.match)
                try add(part)
            }
            for skip in skips { steps[skip] = .split(skip + 1, steps.count) }
        }
    }

    private mutating func addChoice(_ parts: [PatternTree]) throws(ExpressionError) {
        var ends: [Int] = []
        for (position, part) in parts.enumerated() {
            guard position + 1 < parts.count else {
                try add(part)
                break
            }
            let start = steps.count
            steps.append(.match)
            try add(part)
            ends.append(steps.count)
            steps.append(.match)
            steps[start] = .split(start + 1, steps.count)
        }
        for end in ends { steps[end] = .jump(steps.count) }
    }
}

/// Reads the text of a pattern.
private struct PatternParser {
    private struct Flags {
        var ignoresCase = false
        var isMultiline = false
        var dotTakesNewline = false
    }

    private static let maximumDepth = 100

    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var depth = 0
    private var flags = Flags()

    init(_ source: String) { scalars = Array(source.unicodeScalars) }

    mutating func parse() throws(ExpressionError) -> PatternTree {
        let tree = try choice()
        guard index == scalars.count else { throw fault("a “)” too many") }
        return tree
    }

    private func fault(_ message: String) -> ExpressionError {
        ExpressionError(.invalidArgument, "the pattern is wrong: \(message) at its character \(index + 1)")
    }

    private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
        index + ahead < scalars.count ? scalars[index + ahead] : nil
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek() == scalar else { return false }
        index += 1
        return true
    }

    private mutating func choice() throws(ExpressionError) -> PatternTree {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw fault("nested too deeply") }
        var parts = [try sequence()]
        while take("|") { parts.append(try sequence()) }
        return parts.count == 1 ? parts[0] : .choice(parts)
    }

    private mutating func sequence() throws(ExpressionError) -> PatternTree {
        var parts: [PatternTree] = []
        while let scalar = peek(), scalar != "|", scalar != ")" {
            let atom = try atom()
            parts.append(try repeated(atom))
        }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func repeated(_ atom: PatternTree) throws(ExpressionError) -> PatternTree {
        var tree = atom
        var isRepeated = false
        while let bounds = try repetition() {
            guard !isRepeated else { throw fault("a repetition of a repetition") }
            isRepeated = true
            // Greedy or not, the answer is the same: there is a match or there is none.
            _ = take("?")
            tree = .repeated(tree, minimum: bounds.minimum, maximum: bounds.maximum)
        }
        return tree
    }

    private mutating func repetition() throws(ExpressionError) -> (minimum: Int, maximum: Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        guard peek() == "{" else { return nil }
        let start = index
        index += 1
        guard let minimum = number() else {
            index = start
            return nil
        }
        var maximum: Int? = minimum
        if take(",") { maximum = number() }
        guard take("}") else {
            index = start
            return nil
        }
        guard minimum <= ExpressionPattern.maximumRepeat, (maximum ?? 0) <= ExpressionPattern.maximumRepeat,
            maximum.map({ $0 >= minimum }) ?? true
        else { throw fault("a repetition out of bounds (0 to \(ExpressionPattern.maximumRepeat))") }
        return (minimum, maximum)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let scalar = peek(), ("0"..."9").contains(scalar) {
            value = min((value ?? 0) * 10 + Int(scalar.value - 0x30), 100_000)
            index += 1
        }
        return value
    }

    private mutating func atom() throws(ExpressionError) -> PatternTree {
        guard let scalar = peek() else { return .empty }
        switch scalar {
        case "(": return try group()
        case "[": return .set(try bracket())
        case ".":
            index += 1
            return .set(flags.dotTakesNewline ? .any : .anyButNewline)
        case "^":
            index += 1
            return .assert(flags.isMultiline ? .lineStart : .textStart)
        case "$":
            index += 1
            return .assert(flags.isMultiline ? .lineEnd : .textEnd)
        case "*", "+", "?": throw fault("nothing to repeat")
        case "{":
            if try repetition() != nil { throw fault("nothing to repeat") }
            index += 1
            return literal(scalar)
        case "\\": return try escapedAtom()
        default:
            index += 1
            return literal(scalar)
        }
    }

    private func literal(_ scalar: Unicode.Scalar) -> PatternTree {
        .set(ScalarSet(ranges: [scalar.value...scalar.value], ignoresCase: flags.ignoresCase))
    }

    private mutating func group() throws(ExpressionError) -> PatternTree {
        index += 1
        let outer = flags
        if take("?") {
            if take("P") || peek() == "<" {
                guard take("<") else { throw fault("a group of an unknown kind") }
                let start = index
                while let scalar = peek(), ScalarSet.word.contains(scalar) { index += 1 }
                guard index > start, take(">") else { throw fault("a group without its name") }
            } else if try !flagsBeforeColon() {
                return .empty
            }
        }
        let tree = try choice()
        guard take(")") else { throw fault("a “(” without its “)”") }
        flags = outer
        return tree
    }

    /// Reads flags; false when they stand alone, as in `(?i)`, and hold for what follows.
    private mutating func flagsBeforeColon() throws(ExpressionError) -> Bool {
        var isOn = true
        var isEmpty = true
        while let scalar = peek() {
            index += 1
            switch scalar {
            case "i": flags.ignoresCase = isOn
            case "m": flags.isMultiline = isOn
            case "s": flags.dotTakesNewline = isOn
            case "U": break
            case "-" where isOn:
                isOn = false
                isEmpty = true
                continue
            case ":" where !isEmpty || isOn: return true
            case ")" where !isEmpty: return false
            default: throw fault("a group of an unknown kind")
            }
            isEmpty = false
        }
        throw fault("a “(” without its “)”")
    }

    private mutating func escapedAtom() throws(ExpressionError) -> PatternTree {
        switch peek(1) {
        case "A":
            index += 2
            return .assert(.textStart)
        case "z":
            index += 2
            return .assert(.textEnd)
        case "b":
            index += 2
            return .assert(.wordBoundary)
        case "B":
            index += 2
            return .assert(.noWordBoundary)
        case "Q":
            index += 2
            var parts: [PatternTree] = []
            while let scalar = peek() {
                if scalar == "\\", peek(1) == "E" {
                    index += 2
                    break
                }
                index += 1
                parts.append(literal(scalar))
            }
            return .sequence(parts)
        default:
            if var set = try escapedClass() {
                set.ignoresCase = flags.ignoresCase && set.categories.isEmpty == false
                return .set(set)
            }
            return literal(try escapedScalar())
        }
    }

    /// `\d`, `\p{L}` and their like; nil when the escape is a single character.
    private mutating func escapedClass() throws(ExpressionError) -> ScalarSet? {
        guard let kind = peek(1) else { throw fault("a “\\” at the end") }
        var set: ScalarSet
        switch kind {
        case "d", "D": set = .digit
        case "s", "S": set = .space
        case "w", "W": set = .word
        case "p", "P":
            index += 2
            var name = ""
            if take("{") {
                while let scalar = peek(), scalar != "}" {
                    name.unicodeScalars.append(scalar)
                    index += 1
                }
                guard take("}") else { throw fault("a “{” without its “}”") }
            } else if let scalar = peek() {
                name.unicodeScalars.append(scalar)
                index += 1
            }
            let isNegated = name.hasPrefix("^")
            guard var property = ScalarSet.property(isNegated ? String(name.dropFirst()) : name) else {
                throw fault("a character class that is not known")
            }
            property.isNegated = isNegated != (kind == "P")
            return property
        default: return nil
        }
        index += 2
        set.isNegated = "DSW".unicodeScalars.contains(kind)
        return set
    }

    private mutating func escapedScalar() throws(ExpressionError) -> Unicode.Scalar {
        guard let scalar = peek(1) else { throw fault("a “\\” at the end") }
        index += 2
        switch scalar {
        case "a": return "\u{07}"
        case "f": return "\u{0C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "v": return "\u{0B}"
        case "0"..."7":
            // \1 to \9 alone would be a reference to a group: RE2 has none.
            guard scalar == "0" || peek().map({ ("0"..."7").contains($0) }) == true else {
                throw fault("a reference to a group, which is not allowed")
            }
            var value = scalar.value - 0x30
            for _ in 0..<2 {
                guard let digit = peek(), ("0"..."7").contains(digit) else { break }
                value = value * 8 + digit.value - 0x30
                index += 1
            }
            return Unicode.Scalar(value) ?? "\0"
        case "x": return try hexScalar()
        default:
            guard scalar.value > 0x7F || !ScalarSet.word.contains(scalar) else {
                throw fault("an escape that is not known")
            }
            return scalar
        }
    }

    private mutating func hexScalar() throws(ExpressionError) -> Unicode.Scalar {
        var digits = ""
        if take("{") {
            while let scalar = peek(), scalar != "}", digits.utf8.count < 9 {
                digits.unicodeScalars.append(scalar)
                index += 1
            }
            guard take("}") else { throw fault("a “{” without its “}”") }
        } else {
            while let scalar = peek(), digits.utf8.count < 2 {
                digits.unicodeScalars.append(scalar)
                index += 1
            }
        }
        guard digits.utf8.count >= 2 || digits.utf8.count == 1 && scalars[index - 1] == "}",
            !digits.hasPrefix("+"), !digits.hasPrefix("-"), let value = UInt32(digits, radix: 16),
            let scalar = Unicode.Scalar(value)
        else { throw fault("an escape that stands for no character") }
        return scalar
    }

    private mutating func bracket() throws(ExpressionError) -> ScalarSet {
        index += 1
        var set = ScalarSet(ignoresCase: flags.ignoresCase)
        set.isNegated = take("^")
        var isFirst = true
        while let scalar = peek(), scalar != "]" || isFirst {
            isFirst = false
            if scalar == "[", peek(1) == ":" {
                set.formUnion(try posixClass())
                continue
            }
            if scalar == "\\", let part = try escapedClass() {
                set.formUnion(part)
                continue
            }
            let low = try bracketScalar()
            var high = low
            if peek() == "-", let after = peek(1), after != "]" {
                index += 1
                high = try bracketScalar()
            }
            guard low <= high else { throw fault("a range from high to low") }
            set.ranges.append(low.value...high.value)
        }
        guard take("]") else { throw fault("a “[” without its “]”") }
        return set
    }

    private mutating func bracketScalar() throws(ExpressionError) -> Unicode.Scalar {
        guard let scalar = peek() else { throw fault("a “[” without its “]”") }
        if scalar == "\\" { return try escapedScalar() }
        index += 1
        return scalar
    }

    private mutating func posixClass() throws(ExpressionError) -> ScalarSet {
        index += 2
        let isNegated = take("^")
        var name = ""
        while let scalar = peek(), scalar != ":", name.utf8.count < 10 {
            name.unicodeScalars.append(scalar)
            index += 1
        }
        guard take(":"), take("]"), var set = ScalarSet.posixClasses[name] else {
            throw fault("a character class that is not known")
        }
        set.isNegated = isNegated
        return set
    }
}
