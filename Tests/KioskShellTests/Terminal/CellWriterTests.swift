// What the writer sends, replayed by a terminal model that knows nothing of the writer.

import KioskCore
import Testing

@testable import KioskShell

@Suite struct CellWriterTests {
    static func isSame(_ screen: VirtualScreen, _ grid: CellGrid, colour: Bool = true) -> Bool {
        for row in 0..<grid.rows {
            for column in 0..<grid.columns {
                let (shown, wanted) = (screen.cells[row][column], grid[row, column])
                guard shown.text == String(wanted.character), shown.isContinuation == wanted.isContinuation,
                    shown.bold == wanted.style.bold, shown.reverse == wanted.style.reverse
                else { return false }
                if colour, shown.foreground != code(wanted.style.foreground, 30, 90) { return false }
                if colour, shown.background != code(wanted.style.background, 40, 100) { return false }
                if !colour, shown.foreground != 0 || shown.background != 0 { return false }
            }
        }
        return true
    }

    private static func code(_ colour: CellColour, _ normal: Int, _ bright: Int) -> Int {
        let index = Int(colour.rawValue)
        return colour == .standard ? 0 : index < 8 ? normal + index : bright + index - 8
    }

    static func randomGrid(_ random: inout TerminalRandom, from old: CellGrid) -> CellGrid {
        let texts = ["中文", "a", "abc def", "        ", "·x", "“引号”", "𠮷", "e\u{301}", "──", "测试", "1"]
        let styles = [
            CellStyle.plain, .plain, CellStyle(bold: true), CellStyle(reverse: true),
            CellStyle(bold: true, foreground: .red), CellStyle(foreground: .brightWhite, background: .black),
        ]
        var grid = old
        for _ in 0..<Int.random(in: 0..<6, using: &random) {
            if Int.random(in: 0..<9, using: &random) == 0 { grid.clear(rows: 0..<3, columns: 4..<30) }
            grid.put(
                texts[Int.random(in: 0..<texts.count, using: &random)],
                row: Int.random(in: 0..<old.rows, using: &random),
                column: Int.random(in: -1..<old.columns, using: &random),
                style: styles[Int.random(in: 0..<styles.count, using: &random)])
        }
        return grid
    }

    @Test(arguments: [true, false])
    func `replayed output gives exactly the grid, frame after frame`(colour: Bool) {
        var random = TerminalRandom(state: 2026)
        var writer = CellWriter(usesColour: colour)
        var screen = VirtualScreen(columns: 30, rows: 7)
        screen.feed(CellWriter.opening)
        var grid = CellGrid(columns: 30, rows: 7)
        for frame in 0..<400 {
            grid = Self.randomGrid(&random, from: grid)
            let cursor =
                Bool.random(using: &random)
                ? CellPosition(
                    row: Int.random(in: 0..<7, using: &random), column: Int.random(in: 0..<30, using: &random)) : nil
            screen.feed(writer.update(to: grid, cursor: cursor))
            guard Self.isSame(screen, grid, colour: colour) else {
                Issue.record("frame \(frame)\n\(screen.text)\n---\n\(grid.lines.joined(separator: "\n"))")
                return
            }
            #expect(screen.showsCursor == (cursor != nil))
            if let cursor { #expect(screen.row == cursor.row && screen.column == cursor.column) }
        }
        #expect(screen.problems.isEmpty)
    }

    @Test func `a frame is drawn right over any other when everything is drawn anew`() {
        var random = TerminalRandom(state: 3)
        var writer = CellWriter(usesColour: true)
        var screen = VirtualScreen(columns: 30, rows: 7)
        let grid = Self.randomGrid(&random, from: CellGrid(columns: 30, rows: 7))
        screen.feed(writer.update(to: grid, cursor: nil))
        screen.feed(Array("\u{1B}[3;3Hgarbage from elsewhere".utf8))
        writer.invalidate()
        screen.feed(writer.update(to: grid, cursor: nil))
        #expect(Self.isSame(screen, grid))
    }

    @Test func `an unchanged page costs no byte`() {
        let grid = TerminalLayout().arrange(
            TerminalSamples.form(.zh), TerminalViewpoint(focus: .node("shop")), columns: 80, rows: 24)
        var writer = CellWriter(usesColour: true)
        #expect(writer.update(to: grid.grid, cursor: grid.cursor).count > 500)
        #expect(writer.update(to: grid.grid, cursor: grid.cursor).isEmpty)
    }

    @Test func `a second of the countdown costs few bytes`() {
        var writer = CellWriter(usesColour: true)
        let view = TerminalViewpoint(focus: .action("stay"))
        func frame(_ seconds: Int) -> CellGrid {
            let page = TerminalSamples.idle(.zh, over: TerminalSamples.notice(.zh), seconds: seconds)
            return TerminalLayout().arrange(page, view, columns: 80, rows: 24).grid
        }
        _ = writer.update(to: frame(42), cursor: nil)
        #expect(writer.update(to: frame(41), cursor: nil).count <= 20)
    }

    @Test func `a terminal that draws ambiguous characters wide still shows what follows them in its place`() {
        // The page was laid out for the other width; the moves after each run keep the rest of the line straight.
        var grid = CellGrid(columns: 40, rows: 1)
        grid.put("阿木尔·其其格 到“道里区”办事", row: 0, column: 0)
        var writer = CellWriter(usesColour: true)
        var screen = VirtualScreen(columns: 40, rows: 1)
        screen.ambiguousIsWide = true
        screen.feed(CellWriter.opening)
        screen.feed(writer.update(to: grid, cursor: nil))
        for column in 0..<40 where grid.width.isCertain(grid[0, column].character) && !grid[0, column].isContinuation {
            #expect(screen.cells[0][column].text == String(grid[0, column].character), "column \(column)")
        }
    }

    @Test func `without colour no colour code is sent`() {
        let grid = TerminalLayout().arrange(TerminalSamples.identify(.zh), TerminalViewpoint(), columns: 80, rows: 24)
        var writer = CellWriter(usesColour: false)
        var screen = VirtualScreen(columns: 80, rows: 24)
        screen.feed(writer.update(to: grid.grid, cursor: nil))
        #expect(screen.cells.joined().allSatisfy { $0.foreground == 0 && $0.background == 0 })
    }

    @Test func `opening and closing leave the terminal as it was`() {
        var screen = VirtualScreen(columns: 20, rows: 3)
        screen.feed(Array("before".utf8))
        screen.feed(CellWriter.opening)
        #expect(screen.isAlternate && screen.takesPaste && !screen.wraps && !screen.showsCursor)
        screen.feed(Array("a citizen's page".utf8))
        screen.feed(CellWriter.closing)
        #expect(!screen.isAlternate && !screen.takesPaste && screen.wraps && screen.showsCursor)
        #expect(screen.lines[0] == "before")
        #expect(screen.problems.isEmpty)
    }
}
