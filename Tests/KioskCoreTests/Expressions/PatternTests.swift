// Regular expressions: RE2's syntax, and time in proportion to the text.

import Testing

@testable import KioskCore

@Suite("Expression patterns")
struct PatternTests {
    private func matches(_ pattern: String, _ text: String) throws -> Bool {
        try ExpressionPattern(pattern).matches(text) { (_) throws(ExpressionError) in }
    }

    @Test(
        "a pattern finds what RE2 finds",
        arguments: [
            ("", ""), ("ubb", "hubba"), ("^a.c$", "abc"), ("gr(a|e)y", "grey"), ("a|b|", "x"), ("(?:ab)+c", "xababc"),
            (#"^1[3-9]\d{9}$"#, "13800000000"), (#"^\d{17}[\dXx]$"#, "23019919500101001X"),
            (#"^\p{Han}{2,4}$"#, "欧阳小文"),
            (#"\p{Lu}\P{Lu}"#, "aBc"), (#"[^\d\s]"#, "1 2x"), (#"(?i)ÄPFEL"#, "äpfel"), (#"(?i:B)c"#, "bc"),
            (#"(?s)a.b"#, "a\nb"), (#"(?m)^b$"#, "a\nb\nc"), (#"\bwort\b"#, "ein wort!"), (#"\Aa\z"#, "a"),
            (#"[[:alpha:]-]+"#, "-"), (#"[]a]"#, "]"), (#"\Qa.b\E"#, "a.b"), (#"\x{6cd5}\x41\101"#, "法AA"),
            (#"a{2,}"#, "aa"), (#"a{,2}"#, "a{,2}"), (#"x*?y"#, "y"), (#"(?P<year>\d+)"#, "1"), (#"(?<y>\d)"#, "1"),
            (#"[\p{L}\d]+$"#, "é9"), (#"[^\P{L}]"#, "é"), (#"\."#, "."), (#"(|a)*b"#, "b"), (#"[a-c-]"#, "-"),
            (#"[[:^digit:]]"#, "a"), (#"(?i)[k]"#, "K"), (#"\pN"#, "5"), (#"."#, "😀"), (#"(?U)a+"#, "a"),
        ])
    func finds(pattern: String, text: String) throws {
        #expect(try matches(pattern, text))
    }

    @Test(
        "a pattern does not find what RE2 does not find",
        arguments: [
            ("^b", "ab"), ("a.c", "a\nc"), ("^b$", "a\nb\nc"), (#"^\p{Han}+$"#, "张a"), (#"\bor\b"#, "word"),
            ("a{3}", "aa"), ("[^a]", "a"), (#"\D"#, "5"), (#"(?i:B)c"#, "BC"), ("a{0}b", "a"), (#"[^\D]"#, "a"),
            (#"\S"#, " \t\n"), (#"(?-i)A"#, "a"), (#"(?i)a(?-i)b"#, "AB"), ("$a", "a"),
        ])
    func misses(pattern: String, text: String) throws {
        #expect(try !matches(pattern, text))
    }

    @Test(
        "what RE2 refuses is refused",
        arguments: [
            "(", ")", "[", "a**", "*a", "a{2,1}", "a{1001}", #"(a)\1"#, "(?=a)", "(?!a)", "(?<=a)b", #"\q"#, "[b-a]",
            #"\p{Nope}"#, "(?z)", "[[:nope:]]", #"\x{110000}"#, #"a\"#, "(?P<n", "(?i", #"\xZ1"#, "{1}",
            "((a{1000}){1000}){1000}", "((((){1000}){1000}){1000}){1000}", String(repeating: "(", count: 1500),
        ])
    func refuses(pattern: String) {
        let error = #expect(throws: ExpressionError.self) { try ExpressionPattern(pattern) }
        #expect(error?.code == .invalidArgument)
    }

    @Test(
        "the work grows with the text, not with the tries",
        arguments: ["(a*)*b", "(a+)+$b", "(a|aa)+b", "(a|a)*b", "(.*a){10}b", "a?{0}(a?){30}a{30}b", "(x+x+)+y"])
    func isLinear(pattern: String) throws {
        guard let compiled = try? ExpressionPattern(pattern) else { return }
        func work(_ length: Int) throws -> Int {
            var sum = 0
            let text = String(repeating: "a", count: length)
            let found = try compiled.matches(text) { (count) throws(ExpressionError) in sum += count }
            #expect(!found)
            return sum
        }
        #expect(try work(2000) <= work(1000) * 2 + 100)
    }

    @Test("a long search ends at the budget")
    func budget() throws {
        let condition = try Condition("text.matches('(a?){300}(a?){300}b')")
        let text = ExpressionValue.string(String(repeating: "a", count: 100_000))
        let error = #expect(throws: ExpressionError.self) { try condition.evaluate { _ in text } }
        #expect(error?.code == .costLimit)
    }

    @Test("alternatives that read nothing are work too", arguments: ["(||||){1000}x", "((|)(|)){500}x", "(a?){900}x"])
    func emptyAlternatives(pattern: String) throws {
        let compiled = try ExpressionPattern(pattern)
        var work = 0
        _ = try compiled.matches(String(repeating: "b", count: 100)) { (count) throws(ExpressionError) in work += count
        }
        #expect(work > 10_000)
    }

    @Test("random patterns never trap")
    func noise() {
        var generator = SplitMix(seed: 11)
        let words = [
            "a", "(", ")", "[", "]", "*", "+", "?", "{2}", "{1,", "|", "^", "$", "\\", "p{L}", "d", "-", "é", "(?i)",
            "Q",
        ]
        for _ in 0..<4000 {
            let count = Int.random(in: 0...12, using: &generator)
            let source = (0..<count).compactMap { _ in words.randomElement(using: &generator) }.joined()
            _ = try? matches(source, "aAéd-p{L}")
        }
    }
}
