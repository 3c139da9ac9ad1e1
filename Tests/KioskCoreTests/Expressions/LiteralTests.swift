// What the source of an expression may look like: literals, escapes, blanks, names.

import Testing

@testable import KioskCore

@Suite("Expression literals")
struct LiteralTests {
    private func value(_ source: String) throws -> ExpressionValue {
        try Condition(source, functions: []).evaluate { _ in nil }
    }

    private static let quotes = ["'", "\"", "'''", "\"\"\""]

    @Test(
        "an escape stands for its character in every kind of quotes",
        arguments: [
            (#"\\ \? \" \' \`"#, "\\ ? \" ' `"), (#"\a\b\f\n\r\t\v"#, "\u{7}\u{8}\u{C}\n\r\t\u{B}"),
            (#"\000 \012 \177 \377"#, "\0 \n \u{7F} ÿ"), (#"\x00 \x4a \X4C \x7f"#, "\0 J L \u{7F}"),
            (#"\u01aB \u6CD5"#, "ƫ 法"), (#"\U0001F62C \U00088888"#, "😬 \u{88888}"),
        ])
    func escapes(source: String, text: String) throws {
        for quote in Self.quotes {
            #expect(try value(quote + source + quote) == .string(text))
        }
    }

    @Test("bytes take octets by number and texts as UTF-8", arguments: quotes)
    func bytes(quote: String) throws {
        #expect(try value("b" + quote + #"\303\277 \xff ÿ"# + quote) == .bytes([0xC3, 0xBF, 32, 0xFF, 32, 0xC3, 0xBF]))
        #expect(try value("bR" + quote + #"\xff"# + quote) == .bytes(Array(#"\xff"#.utf8)))
    }

    @Test("raw texts leave escapes alone", arguments: quotes, ["r", "R"])
    func raw(quote: String, prefix: String) throws {
        #expect(try value(prefix + quote + #"\n \u0000 \400 \q"# + quote) == .string(#"\n \u0000 \400 \q"#))
    }

    @Test("line ends stand in triple quotes only", arguments: ["\n", "\r", "\r\n"])
    func lineEnds(end: String) throws {
        #expect(try value("'''a\(end)'b'''") == .string("a\(end)'b"))
        #expect(throws: ExpressionError.self) { try Condition("'a\(end)b'") }
    }

    @Test(
        "a number has the type of its form",
        arguments: [
            ("0x1F", ExpressionValue.int(31)), ("-0x10", .int(-16)), ("0xffu", .uint(255)), ("7U", .uint(7)),
            ("-9223372036854775808", .int(.min)), ("18446744073709551615u", .uint(.max)), (".5", .double(0.5)),
            ("1e3", .double(1000)), ("-2.5E-1", .double(-0.25)), ("--5", .int(5)), ("3-1", .int(2)),
        ])
    func numbers(source: String, expected: ExpressionValue) throws {
        #expect(try value(source) == expected)
    }

    @Test(
        "what is no literal is refused where it goes wrong",
        arguments: [
            (#"'\u00'"#, 2), (#"'\ud83d\ude00'"#, 2), (#"'\400'"#, 2), (#"b'\u0041'"#, 3), ("9223372036854775808", 0),
            ("18446744073709551616u", 0), ("1e999", 0), ("0x", 1), ("'''a''", 0), ("a.`b", 2), ("`a`", 0),
        ])
    func refuses(source: String, offset: Int) {
        let error = #expect(throws: ExpressionError.self) { try Condition(source) }
        #expect(error?.code == .syntax)
        #expect(error?.offset == offset)
    }

    @Test("blanks and comments separate and mean nothing", arguments: [" ", "\t", "\n", "\u{C}", "\r", "// @\n"])
    func blanks(blank: String) throws {
        let words = [
            "[", "{", "'a'", ":", "int", "(", "17", ")", "}", ".", "a", "]", "[", "0", "]", "==", "18", "-", "1",
        ]
        #expect(try value(words.joined(separator: blank)) == .bool(true))
    }

    @Test(
        "a reserved word is a field and a function of a target, but no name",
        arguments: ["as", "break", "const", "for", "function", "if", "import", "let", "package", "return", "while"])
    func reserved(word: String) throws {
        #expect(try value("{'\(word)': 1}.\(word)") == .int(1))
        #expect(try value("a.\(word)() || true") == .bool(true))
        #expect(throws: ExpressionError.self) { try Condition(word) }
    }

    @Test("a keyword is no field", arguments: ["true", "false", "null", "in"])
    func keywords(word: String) {
        #expect(throws: ExpressionError.self) { try Condition("a.\(word)") }
    }

    @Test("texts are equal by code point, not by look")
    func codePoints() throws {
        #expect(try value(#"'\u00e9' == 'e\u0301'"#) == .bool(false))
        #expect(try value(#"{'\u00e9': 1}.size() == 1 && 'e\u0301' in {'\u00e9': 1}"#) == .bool(false))
        #expect(try value(#"'e\u0301'.startsWith('e')"#) == .bool(true))
    }

    @Test("a list and a map may end in a comma; an entry may stand there once")
    func aggregates() throws {
        #expect(try value("[1, 2,].size() + {1: 2,}.size()") == .int(3))
        #expect(throws: ExpressionError.self) { try value("{1: 'a', 1u: 'b'}") }
    }

    @Test("messages are refused with a word")
    func messages() {
        let error = #expect(throws: ExpressionError.self) { try Condition("a.B{c: 1}") }
        #expect(error?.offset == 3)
    }

    @Test("what the specification asks for at least is within the bounds")
    func bounds() throws {
        for repeated in [" || false", " && true", " == true"] {
            #expect(throws: Never.self) { try Condition("true" + String(repeating: repeated, count: 32)) }
        }
        #expect(try value("1" + String(repeating: " + 1", count: 100)) == .int(101))
        #expect(throws: Never.self) { try Condition("a" + String(repeating: ".a", count: 64)) }
        #expect(throws: Never.self) {
            try Condition(String(repeating: "(", count: 64) + "1" + String(repeating: ")", count: 64))
        }
        #expect(try value("[" + Array(repeating: "1", count: 1000).joined(separator: ",") + "].size()") == .int(1000))
    }
}
