// Bytes of terminals, whole, split and hostile, as keys.

import Testing

@testable import KioskShell

@Suite struct KeyDecoderTests {
    private func keys(_ text: String) -> [TerminalKey] {
        var decoder = KeyDecoder()
        return decoder.feed(text.utf8)
    }

    @Test(
        arguments: [
            ("\r", .enter), ("\n", .enter), ("\t", .tab), ("\u{7F}", .backspace), ("\u{8}", .backspace),
            ("\u{3}", .interrupt),
            ("\u{15}", .eraseLine), ("\u{C}", .redraw), ("\u{1B}[A", .up), ("\u{1B}OB", .down), ("\u{1B}[1;5C", .right),
            ("\u{1B}[D", .left), ("\u{1B}[H", .home), ("\u{1B}OF", .end), ("\u{1B}[1~", .home), ("\u{1B}[4~", .end),
            ("\u{1B}[3~", .delete), ("\u{1B}[5~", .pageUp), ("\u{1B}[6~", .pageDown), ("\u{1B}[Z", .backTab),
            ("\u{1B}OP", .function(1)), ("\u{1B}OS", .function(4)), ("\u{1B}[11~", .function(1)),
            ("\u{1B}[15~", .function(5)),
            ("\u{1B}[17~", .function(6)), ("\u{1B}[21~", .function(10)), ("\u{1B}[24~", .function(12)),
            ("\u{1B}[[A", .function(1)), ("\u{1B}[[E", .function(5)), ("\u{1B}[1;2P", .function(1)),
            ("\u{1B}x", .other),
            ("\u{1B}[99~", .other), ("\u{1}", .other), ("中", .text("中")), ("𠮷", .text("𠮷")),
        ] as [(String, TerminalKey)])
    func `a key is known in the forms of xterm, Linux and tmux`(bytes: String, key: TerminalKey) {
        #expect(keys(bytes) == [key])
        // The same a byte at a time, as a slow line gives it.
        var decoder = KeyDecoder()
        #expect(bytes.utf8.flatMap { decoder.feed([$0]) } == [key])
        #expect(decoder.pending == .nothing)
    }

    @Test func `a lone escape is a key once nothing follows`() {
        var decoder = KeyDecoder()
        #expect(decoder.feed([0x1B]).isEmpty)
        #expect(decoder.pending == .escape)
        #expect(decoder.flush() == [.escape])
        #expect(decoder.feed("a".utf8) == [.text("a")])
        #expect(decoder.feed([0x1B, 0x1B]) == [.escape])
    }

    @Test func `carriage return and line feed together are one Enter`() {
        #expect(keys("\r\n") == [.enter])
        #expect(keys("\n\n") == [.enter, .enter])
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0xAF], [0xE0, 0x80, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
            [0xF8, 0x88, 0x80, 0x80],
            [0xFF], [0xE4, 0xB8], [0xC2, 0x85],
        ] as [[UInt8]])
    func `ill-formed text is dropped and what follows is read`(bytes: [UInt8]) {
        var decoder = KeyDecoder()
        #expect(decoder.feed(bytes + Array("好".utf8)) == [.text("好")])
    }

    @Test func `a paste is one key without controls`() {
        #expect(keys("\u{1B}[200~王小\u{1B}[31m明\r\n\u{7}\u{1B}[201~x") == [.paste("王小[31m明"), .text("x")])
    }

    @Test func `of a huge paste the first 4096 bytes are kept`() throws {
        let keys = keys("\u{1B}[200~" + String(repeating: "a", count: 100_000) + "\u{1B}[201~")
        guard case .paste(let text) = try #require(keys.first) else { throw Wrong() }
        #expect(keys.count == 1)
        #expect(text.utf8.count == KeyDecoder.pasteLimit)
    }

    @Test func `a paste that never ends does not swallow the keyboard`() {
        var decoder = KeyDecoder()
        #expect(decoder.feed("\u{1B}[200~abc".utf8).isEmpty)
        #expect(decoder.pending == .paste)
        #expect(decoder.flush() == [.paste("abc")])
        #expect(decoder.feed("\u{1B}[201~d".utf8) == [.text("d")])
    }

    @Test func `the end mark is found after a false start of it`() {
        #expect(keys("\u{1B}[200~a\u{1B}[20\u{1B}[201~") == [.paste("a[20")])
    }

    @Test func `answers nobody asked for and titles are not typed text`() {
        #expect(keys("\u{1B}]0;title\u{7}a") == [.text("a")])
        #expect(keys("\u{1B}P1$r0m\u{1B}\\b") == [.text("b")])
        #expect(keys("\u{1B}[?62;22c" + "c") == [.text("c")])
        #expect(keys("\u{1B}[I\u{1B}[O") == [.other])
    }

    @Test func `a cursor report is one only while it is expected`() {
        var decoder = KeyDecoder()
        #expect(decoder.feed("\u{1B}[1;2R".utf8) == [.function(3)])
        decoder.expectsCursorReport = true
        #expect(decoder.feed("\u{1B}[1;3R".utf8) == [.cursorColumn(3)])
        #expect(decoder.feed("\u{1B}[99999999999999999999;99999999999999999999R".utf8) == [.other])
    }

    @Test func `an endless control sequence ends and keeps nothing`() {
        #expect(keys("\u{1B}[" + String(repeating: "1;", count: 50_000) + "Aa") == [.other, .text("a")])
        #expect(keys("\u{1B}]" + String(repeating: "x", count: 4097) + "a") == [.text("a")])
    }

    @Test func `no bytes whatever trap or leave a control in the text`() {
        var random = TerminalRandom(state: 42)
        let openings: [[UInt8]] = [
            [0x1B], [0x1B, 0x5B], [0x1B, 0x4F], [0x1B, 0x5D], Array("\u{1B}[200~".utf8), Array("\u{1B}[201~".utf8),
            [0xE4, 0xB8], [0xF0, 0x9F], Array("\u{1B}[[".utf8), Array("\u{1B}[1;".utf8),
        ]
        for _ in 0..<500 {
            var decoder = KeyDecoder()
            decoder.expectsCursorReport = Bool.random(using: &random)
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0..<40, using: &random) {
                if Int.random(in: 0..<4, using: &random) == 0 {
                    bytes += openings[Int.random(in: 0..<openings.count, using: &random)]
                } else {
                    bytes.append(UInt8.random(in: 0...255, using: &random))
                }
            }
            for key in decoder.feed(bytes) + decoder.flush() {
                switch key {
                case .text(let scalar) where scalar.properties.generalCategory == .control: Issue.record("a control")
                case .paste(let text) where !text.unicodeScalars.allSatisfy(CellText.isShown): Issue.record("a control")
                default: break
                }
            }
            // Whatever came before, the keyboard works again after a pause.
            #expect(decoder.pending == .nothing)
            #expect(decoder.feed("中".utf8) == [.text("中")])
        }
    }

    private struct Wrong: Error {}
}
