// What the fields of the terminal shell take.

import KioskCore
import Testing

@testable import KioskShell

@Suite struct FieldTypingTests {
    private func typed(_ entry: Node.Entry, _ text: String, onto value: String = "") -> String {
        text.unicodeScalars.reduce(value) { FieldTyping(entry: entry).appending(String($1), to: $0) }
    }

    @Test func `a citizen number takes digits, and X in the eighteenth place alone`() {
        #expect(typed(.idNumber, "x23 01-99a1990010100186") == "230199199001010018")
        #expect(typed(.idNumber, "23019919900101001x9") == "23019919900101001X")
        #expect(typed(.idNumber, "２３０１") == "2301")
        #expect(typed(.signature, "00１xx") == "001X")
    }

    @Test func `an enterprise code is typed in capitals, a bank card in groups of four`() {
        #expect(typed(.creditCode, "91230199ma0000001６9") == "91230199MA00000016")
        #expect(typed(.bankCard, "6217 0000-0000 0000 0041") == "6217000000000000004")
        #expect(FieldTyping(entry: .bankCard).grouped("62170000") == "6217 0000")
        #expect(FieldTyping(entry: .bankCard).masked("6217000000000000004") == "6217***********0004")
    }

    @Test func `a minute takes digits alone, and sets its own signs`() {
        #expect(typed(.dateTime, "2026-11-21 09:30:59") == "2026-11-21 09:30")
        #expect(typed(.dateTime, "20261121093") == "2026-11-21 09:3")
        #expect(FieldTyping(entry: .dateTime).removingLast(of: "2026-11-21 09") == "2026-11-21 0")
        #expect(FieldTyping(entry: .dateTime).removingLast(of: "2026-11-21 0") == "2026-11-21")
    }

    @Test func `numbers, money and phones take their own characters`() {
        #expect(typed(.number, "12a3.4567890123456") == "123456789012")
        #expect(typed(.decimal, "-1a2.5.0") == "-12.50")
        #expect(typed(.decimal, ".5") == "5")
        #expect(typed(.money, ".1。2345.6") == "1.23")
        #expect(typed(.phone, "+86-451 (8) 4600000") == "+86-45184600000")
        #expect(typed(.phone, "1+2") == "12")
    }

    @Test func `a date falls into year, month and day`() {
        #expect(typed(.date, "20261121999") == "2026-11-21")
        #expect(typed(.date, "2026-1-5") == "2026-01-5")
        #expect(typed(.month, "2026/11/2") == "2026-11")
        #expect(FieldTyping(entry: .date).removingLast(of: "2026-1") == "2026")
        #expect(FieldTyping(entry: .date).removingLast(of: "") == "")
    }

    @Test func `text is normalised, bounded, and free of controls and bidi overrides`() {
        #expect(typed(.text, "e\u{301}") == "\u{E9}")
        #expect(typed(.text, "e\u{301}").unicodeScalars.count == 1)
        #expect(typed(.text, "a\u{202E}b\u{2066}c\u{200F}d\u{1B}e\n") == "abcde")
        #expect(FieldTyping(entry: .text).appending(String(repeating: "好", count: 5000), to: "").count == 200)
        let marks = FieldTyping(entry: .text).appending("a" + String(repeating: "\u{301}", count: 50_000), to: "")
        #expect(marks.unicodeScalars.count <= 800)
        #expect(typed(.address, "阿木尔·其其格𠮷") == "阿木尔·其其格𠮷")
    }

    @Test func `taking away takes a whole character`() {
        #expect(FieldTyping(entry: .text).removingLast(of: "a👨‍👩‍👧") == "a")
        #expect(FieldTyping(entry: .text).removingLast(of: "") == "")
    }

    @Test func `a citizen number is grouped while typed and masked when left`() {
        let typing = FieldTyping(entry: .idNumber)
        #expect(typing.grouped(TerminalSamples.number) == "230199 19900101 0018")
        #expect(typing.grouped("2301991") == "230199 1")
        #expect(typing.masked(TerminalSamples.number) == "230199********0018")
        #expect(FieldTyping(entry: .signature).masked("0018") == "****")
    }
}
