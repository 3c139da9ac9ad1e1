/// A terminal screen as a value: cells with a character and a style, in which no wide character is ever half.

/// The sixteen colours every terminal has, by their SGR order, and the terminal's own.
public enum CellColour: UInt8, Hashable, Sendable {
    case black, red, green, yellow, blue, magenta, cyan, white
    case brightBlack, brightRed, brightGreen, brightYellow, brightBlue, brightMagenta, brightCyan, brightWhite
    case standard
}

public struct CellStyle: Hashable, Sendable {
    public var bold: Bool
    public var reverse: Bool
    public var foreground: CellColour
    public var background: CellColour

    public init(
        bold: Bool = false, reverse: Bool = false, foreground: CellColour = .standard,
        background: CellColour = .standard
    ) {
        self.bold = bold
        self.reverse = reverse
        self.foreground = foreground
        self.background = background
    }

    public static let plain = CellStyle()
}

/// Row and column, from 0.
public struct CellPosition: Hashable, Sendable {
    public var row: Int
    public var column: Int

    public init(row: Int, column: Int) {
        self.row = row
        self.column = column
    }
}

public struct Cell: Hashable, Sendable {
    /// A space in the right half of a wide character.
    public var character: Character
    public var style: CellStyle
    /// The right half of the wide character before it.
    public var isContinuation: Bool

    public static let blank = Cell(character: " ", style: .plain, isContinuation: false)
}

/// Invariant: a wide character's left half is followed by its continuation, in the same row and style.
public struct CellGrid: Hashable, Sendable {
    public let columns: Int
    public let rows: Int
    public let width: CellWidth
    private var cells: [Cell]

    public init(columns: Int, rows: Int, width: CellWidth = CellWidth()) {
        self.columns = max(0, columns)
        self.rows = max(0, rows)
        self.width = width
        cells = Array(repeating: .blank, count: self.columns * self.rows)
    }

    /// Blank outside the grid.
    public subscript(row: Int, column: Int) -> Cell {
        guard contains(row: row, column: column) else { return .blank }
        return cells[row * columns + column]
    }

    /// Draws one line of text from `column` and returns the column after it. What lies outside is not drawn; a wide
    /// character that would straddle an edge becomes a blank.
    @discardableResult
    public mutating func put(_ text: some StringProtocol, row: Int, column: Int, style: CellStyle = .plain) -> Int {
        var column = column
        for character in text {
            let cellCount = width.width(of: character)
            guard cellCount > 0 else { continue }
            if cellCount == 2, contains(row: row, column: column) != contains(row: row, column: column + 1) {
                set(Cell(character: " ", style: style, isContinuation: false), row: row, column: column)
                set(Cell(character: " ", style: style, isContinuation: false), row: row, column: column + 1)
            } else {
                set(Cell(character: character, style: style, isContinuation: false), row: row, column: column)
                if cellCount == 2 {
                    set(Cell(character: " ", style: style, isContinuation: true), row: row, column: column + 1)
                }
            }
            column += cellCount
        }
        return column
    }

    /// Blanks a rectangle, clipped to the grid.
    public mutating func clear(rows: Range<Int>, columns: Range<Int>) {
        for row in rows {
            for column in columns { set(.blank, row: row, column: column) }
        }
    }

    /// The text of each row without trailing blanks.
    public var lines: [String] {
        (0..<rows).map { row in
            var line = String()
            for column in 0..<columns where !self[row, column].isContinuation {
                line.append(self[row, column].character)
            }
            while line.hasSuffix(" ") { line.removeLast() }
            return line
        }
    }

    private func contains(row: Int, column: Int) -> Bool {
        row >= 0 && row < rows && column >= 0 && column < columns
    }

    /// Keeps the invariant: what a write halves turns blank.
    private mutating func set(_ cell: Cell, row: Int, column: Int) {
        guard contains(row: row, column: column) else { return }
        let index = row * columns + column
        if cells[index].isContinuation, !cell.isContinuation, column > 0 {
            cells[index - 1].character = " "
        }
        if column + 1 < columns, cells[index + 1].isContinuation {
            cells[index + 1] = Cell(character: " ", style: cells[index + 1].style, isContinuation: false)
        }
        cells[index] = cell
    }
}
