/// Turns the grid a terminal shows into the next one with few bytes: a diff of cells, cursor moves and styles.

/// Remembers what the terminal shows, where its cursor stands and which style is set. Not thread-safe; a value of the
/// thread that writes. Moves are absolute, and never counted on after a character whose width terminals disagree about.
struct CellWriter {
    private let usesColour: Bool
    private var shown: CellGrid?
    private var row: Int?
    private var column: Int?
    private var style = CellStyle.plain
    private var cursorIsVisible = false
    private var output: [UInt8] = []

    /// Alternate screen, bracketed paste, no wrapping at the right edge, no cursor.
    static let opening = Array("\u{1B}[?1049h\u{1B}[?2004h\u{1B}[?7l\u{1B}[?25l\u{1B}[m\u{1B}[H\u{1B}[2J".utf8)
    /// Undoes `opening`; erases first, since a console without an alternate screen would keep the page on show.
    static let closing = Array("\u{1B}[m\u{1B}[H\u{1B}[2J\u{1B}[?2004l\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l".utf8)

    init(usesColour: Bool) {
        self.usesColour = usesColour
    }

    /// Draw everything anew next time: after a resize, or when something else wrote to the terminal.
    mutating func invalidate() {
        shown = nil
    }

    /// The bytes that turn the terminal's screen into `grid`; none when it shows it already.
    mutating func update(to grid: CellGrid, cursor: CellPosition?) -> [UInt8] {
        output.removeAll(keepingCapacity: true)
        var old = shown ?? CellGrid(columns: grid.columns, rows: grid.rows, width: grid.width)
        if shown == nil || old.columns != grid.columns || old.rows != grid.rows {
            old = CellGrid(columns: grid.columns, rows: grid.rows, width: grid.width)
            append("\u{1B}[m\u{1B}[H\u{1B}[2J")
            (row, column, style) = (0, 0, .plain)
        }
        for row in 0..<grid.rows { updateRow(row, from: old, to: grid) }
        if let cursor {
            move(to: cursor, in: grid)
            if !cursorIsVisible { append("\u{1B}[?25h") }
        } else if cursorIsVisible {
            append("\u{1B}[?25l")
        }
        cursorIsVisible = cursor != nil
        shown = grid
        return output
    }

    private mutating func updateRow(_ row: Int, from old: CellGrid, to grid: CellGrid) {
        let columns = grid.columns
        guard let first = (0..<columns).first(where: { old[row, $0] != grid[row, $0] }) else { return }
        // A blank tail is erased at once when that is shorter than writing its blanks.
        var tail = columns
        while tail > first, grid[row, tail - 1] == .blank { tail -= 1 }
        let changedInTail = (tail..<columns).filter { old[row, $0] != grid[row, $0] }
        let erases = changedInTail.count > 4
        let end = erases ? tail : columns

        var column = first
        // Cells after an uncertain character that its terminal may have drawn over.
        var doubtful = 0
        // Where a run of uncertain characters goes on without a move.
        var runEnd: Int?
        while column < end {
            let cell = grid[row, column]
            guard old[row, column] != cell || doubtful > 0, !cell.isContinuation else {
                column += 1
                doubtful = max(0, doubtful - 1)
                continue
            }
            let isCertain = grid.width.isCertain(cell.character)
            let changed = old[row, column] != cell
            if isCertain || runEnd != column { move(to: CellPosition(row: row, column: column), in: grid) }
            write(cell, in: grid, isCertain: isCertain)
            let cellCount = grid.width.width(of: cell.character)
            column += max(1, cellCount)
            runEnd = isCertain ? nil : column
            doubtful = !isCertain && changed ? doubtful + 1 : max(0, doubtful - cellCount)
        }
        if erases, let firstChanged = changedInTail.first {
            move(to: CellPosition(row: row, column: doubtful > 0 ? tail : firstChanged), in: grid)
            set(.plain)
            append("\u{1B}[K")
        }
    }

    private mutating func write(_ cell: Cell, in grid: CellGrid, isCertain: Bool) {
        set(cell.style)
        output.append(contentsOf: String(cell.character).utf8)
        guard isCertain, let before = column else {
            column = nil
            return
        }
        let after = before + grid.width.width(of: cell.character)
        // In the last column terminals differ about where the cursor waits.
        column = after < grid.columns ? after : nil
    }

    private mutating func move(to target: CellPosition, in grid: CellGrid) {
        guard row != target.row || column != target.column else { return }
        defer { (row, column) = (target.row, target.column) }
        var candidates = [
            target.column == 0
                ? (target.row == 0 ? "\u{1B}[H" : "\u{1B}[\(target.row + 1)H")
                : "\u{1B}[\(target.row + 1);\(target.column + 1)H"
        ]
        if let row, row == target.row {
            candidates.append(target.column == 0 ? "\r" : "\u{1B}[\(target.column + 1)G")
            if let column, column < target.column, target.column - column <= 6,
                let gap = gapText(row: row, from: column, to: target.column, in: grid)
            {
                candidates.append(gap)
            }
        } else if let row, row + 1 == target.row, target.column == 0 {
            candidates.append("\r\n")
        }
        if let shortest = candidates.min(by: { $0.utf8.count < $1.utf8.count }) { append(shortest) }
    }

    /// The unchanged cells of a short gap, when writing them again moves the cursor as well as a move would.
    private func gapText(row: Int, from: Int, to: Int, in grid: CellGrid) -> String? {
        var text = String()
        for column in from..<to {
            let cell = grid[row, column]
            if cell.isContinuation {
                if column == from { return nil }
                continue
            }
            guard effective(cell.style) == style, grid.width.isCertain(cell.character) else { return nil }
            text.append(cell.character)
        }
        return grid[row, to].isContinuation ? nil : text
    }

    private func effective(_ style: CellStyle) -> CellStyle {
        usesColour ? style : CellStyle(bold: style.bold, reverse: style.reverse)
    }

    private mutating func set(_ wanted: CellStyle) {
        let wanted = effective(wanted)
        guard wanted != style else { return }
        defer { style = wanted }
        let whole = codes(of: wanted, since: .plain)
        let reset = whole.isEmpty ? "\u{1B}[m" : "\u{1B}[0;" + whole.joined(separator: ";") + "m"
        let losesAttribute = style.bold && !wanted.bold || style.reverse && !wanted.reverse
        let change = losesAttribute ? [] : codes(of: wanted, since: style)
        let changed = "\u{1B}[" + change.joined(separator: ";") + "m"
        append(change.isEmpty || reset.utf8.count <= changed.utf8.count ? reset : changed)
    }

    private func codes(of style: CellStyle, since old: CellStyle) -> [String] {
        var codes: [String] = []
        if style.bold, !old.bold { codes.append("1") }
        if style.reverse, !old.reverse { codes.append("7") }
        if style.foreground != old.foreground { codes.append(code(style.foreground, normal: 30, bright: 90)) }
        if style.background != old.background { codes.append(code(style.background, normal: 40, bright: 100)) }
        return codes
    }

    private func code(_ colour: CellColour, normal: Int, bright: Int) -> String {
        let index = Int(colour.rawValue)
        if colour == .standard { return String(normal + 9) }
        return String(index < 8 ? normal + index : bright + index - 8)
    }

    private mutating func append(_ text: String) {
        output.append(contentsOf: text.utf8)
    }
}
