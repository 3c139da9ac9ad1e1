// Widths, grids and line breaking of the terminal shell.

import Testing

@testable import KioskShell

@Suite struct CellTests {
    @Test(
        arguments: [
            ("a", 1), ("é", 1), ("e\u{301}", 1), ("中", 2), ("，", 2), ("：", 2), ("（", 2), ("Ａ", 2), ("　", 2), ("𠮷", 2),
            ("𬭎", 2),
            ("한", 2), ("\u{1112}\u{1161}\u{11AB}", 2), ("あ", 2), ("か\u{3099}", 2), ("😀", 2), ("👨‍👩‍👧", 2), ("🇨🇳", 2),
            ("❤\u{FE0F}", 2), ("·", 1), ("—", 1), ("Ж", 1), ("①", 1), ("─", 1), ("\u{301}", 0), ("\u{7}", 0),
            ("\u{202E}", 0),
            ("\u{200B}", 0), ("\u{303F}", 1), ("￥", 2), ("¥", 1), ("〇", 2), ("䶮", 2), ("\u{E000}", 1),
        ] as [(Character, Int)])
    func `a character takes the cells that terminals give it`(character: Character, cells: Int) {
        #expect(CellWidth().width(of: character) == cells)
    }

    @Test(arguments: ["·", "—", "Ж", "①", "─", "“", "●", "\u{E000}"] as [Character])
    func `an ambiguous character takes two cells where the terminal says so`(character: Character) {
        #expect(CellWidth(ambiguousIsWide: true).width(of: character) == 2)
        #expect(!CellWidth().isCertain(character))
    }

    @Test func `certain characters do not depend on the setting`() {
        for character in "aZ0 中文，。（）𠮷한あ￥" {
            let (narrow, wide) = (CellWidth(), CellWidth(ambiguousIsWide: true))
            #expect(narrow.isCertain(character))
            #expect(narrow.width(of: character) == wide.width(of: character))
        }
    }

    @Test func `the width tables are sorted and disjoint`() {
        for table in [CellWidthTables.wide, CellWidthTables.ambiguous] {
            for (before, after) in zip(table, table.dropFirst()) { #expect(before.upperBound < after.lowerBound) }
        }
    }

    @Test func `a wide character never straddles the edge`() {
        var grid = CellGrid(columns: 5, rows: 2)
        grid.put("中中中", row: 0, column: 0)
        grid.put("中a", row: 1, column: -1)
        #expect(grid.lines == ["中中", " a"])
    }

    @Test func `overwriting half of a wide character leaves no half`() {
        var grid = CellGrid(columns: 6, rows: 1)
        grid.put("中文字", row: 0, column: 0)
        grid.put("x", row: 0, column: 1)
        grid.put("y", row: 0, column: 2)
        #expect(grid.lines == [" xy 字"])
        #expect(!grid[0, 3].isContinuation)
        grid.put("国", row: 0, column: 3)
        #expect(grid.lines == [" xy国"])
        #expect(!grid[0, 5].isContinuation)
    }

    @Test func `drawing outside the grid draws nothing and does not trap`() {
        var grid = CellGrid(columns: 3, rows: 1)
        grid.put("abc", row: -1, column: 0)
        grid.put("abc", row: 9, column: Int.max - 8)
        grid.clear(rows: -3..<7, columns: -2..<99)
        #expect(grid.lines == [""])
    }

    @Test func `controls and bidi overrides never reach a cell`() {
        var grid = CellGrid(columns: 20, rows: 1)
        grid.put(CellText.cleaned("a\u{1B}[2Jb\u{202E}c\u{7F}\u{85}d"), row: 0, column: 0)
        #expect(grid.lines == ["a[2Jbcd"])
    }

    @Test func `random writes keep every wide character whole`() {
        var random = TerminalRandom(state: 11)
        let texts = ["中", "a", "文字", "x中y", " ", "·", "𠮷", "e\u{301}"]
        var grid = CellGrid(columns: 9, rows: 3)
        for _ in 0..<1000 {
            grid.put(
                texts[Int.random(in: 0..<texts.count, using: &random)], row: Int.random(in: 0..<3, using: &random),
                column: Int.random(in: -2..<10, using: &random))
        }
        for row in 0..<3 {
            for column in 0..<9 {
                let isWide = grid.width.width(of: grid[row, column].character) == 2
                #expect(isWide == grid[row, column + 1].isContinuation)
            }
        }
    }

    @Test func `lines break as Chinese and English expect`() {
        let width = CellWidth()
        #expect(CellText.wrapped("the quick brown fox", width: 9, width) == ["the quick", "brown fox"])
        #expect(CellText.wrapped("中文断行，标点不在行首。", width: 8, width) == ["中文断", "行，标点", "不在行", "首。"])
        #expect(CellText.wrapped("请看（附件）", width: 6, width) == ["请看", "（附", "件）"])
        #expect(CellText.wrapped("abcdefghij", width: 4, width) == ["abcd", "efgh", "ij"])
        #expect(CellText.wrapped("a\n\nb", width: 4, width) == ["a", "", "b"])
        #expect(CellText.wrapped("", width: 4, width) == [""])
        #expect(CellText.wrapped("，，，，，", width: 4, width) == ["，，", "，，", "，"])
    }

    @Test func `wrapping loses nothing and keeps to the width`() {
        var random = TerminalRandom(state: 5)
        let pieces = ["中", "文", "，", "（", "a", "bc ", " ", "word-", "。", "12", "·", "》"]
        for _ in 0..<300 {
            let text = (0..<Int.random(in: 0..<40, using: &random)).map { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &random)]
            }.joined()
            let limit = Int.random(in: 2..<20, using: &random)
            let lines = CellText.wrapped(text, width: limit, CellWidth())
            #expect(lines.allSatisfy { CellWidth().width(of: $0) <= limit }, "\(text) \(limit) \(lines)")
            #expect(lines.joined().filter { $0 != " " } == text.filter { $0 != " " })
        }
    }
}
