// A small model of a VT terminal for tests: bytes in, cells out. Written from ECMA-48 and xterm's documentation alone, it
// shares nothing with the shell that it checks.

struct VirtualScreen {
    struct Cell: Equatable {
        var text = " "
        var bold = false
        var reverse = false
        /// SGR code, 0 for the terminal's own colour.
        var foreground = 0
        var background = 0
        /// Right half of a wide character.
        var isContinuation = false
    }

    let columns: Int
    let rows: Int
    /// Draws ambiguous characters two cells wide, as CJK-configured terminals do.
    var ambiguousIsWide = false
    private(set) var cells: [[Cell]]
    private(set) var row = 0
    private(set) var column = 0
    private(set) var showsCursor = true
    private(set) var isAlternate = false
    private(set) var takesPaste = false
    private(set) var wraps = true
    /// Bytes that would go back to the program.
    private(set) var answers: [UInt8] = []
    /// What a terminal would have choked on.
    private(set) var problems: [String] = []
    private(set) var byteCount = 0
    private var pen = Cell()
    private var pendingWrap = false
    private var buffer: [UInt8] = []
    private var mainCells: [[Cell]] = []

    init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
        cells = Array(repeating: Array(repeating: Cell(), count: columns), count: rows)
    }

    /// Rows without trailing blanks.
    var lines: [String] {
        cells.map { row in
            var line = row.filter { !$0.isContinuation }.map(\.text).joined()
            while line.hasSuffix(" ") { line.removeLast() }
            return line
        }
    }

    var text: String { lines.joined(separator: "\n") }

    mutating func takeAnswers() -> [UInt8] {
        defer { answers = [] }
        return answers
    }

    mutating func feed(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            byteCount += 1
            buffer.append(byte)
            if let consumed = consume() { buffer.removeFirst(consumed) }
        }
    }

    /// Handles one whole unit at the start of the buffer; nil while it is not whole.
    private mutating func consume() -> Int? {
        guard let first = buffer.first else { return nil }
        if first == 0x1B { return consumeEscape() }
        switch first {
        case 0x0D: (column, pendingWrap) = (0, false)
        case 0x0A:
            if row + 1 < rows { row += 1 } else { scroll() }
            pendingWrap = false
        case 0x08: column = max(0, column - 1)
        case 0x00..<0x20, 0x7F: problems.append("control \(first)")
        default:
            let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
            guard buffer.count >= length else { return nil }
            let text = String(decoding: buffer.prefix(length), as: UTF8.self)
            for scalar in text.unicodeScalars { draw(scalar) }
            return length
        }
        return 1
    }

    private mutating func consumeEscape() -> Int? {
        guard buffer.count >= 2 else { return nil }
        guard buffer[1] == UInt8(ascii: "[") else {
            problems.append("ESC \(buffer[1])")
            return 2
        }
        guard let end = buffer.dropFirst(2).firstIndex(where: { (0x40...0x7E).contains($0) }) else { return nil }
        let body = String(decoding: buffer[2..<end], as: UTF8.self)
        let isPrivate = body.hasPrefix("?")
        let numbers = body.drop { $0 == "?" }.split(separator: ";", omittingEmptySubsequences: false).map {
            Int($0) ?? 0
        }
        control(Character(Unicode.Scalar(buffer[end])), numbers, isPrivate: isPrivate)
        return end + 1
    }

    private mutating func control(_ final: Character, _ numbers: [Int], isPrivate: Bool) {
        func number(_ index: Int, orOne: Bool = true) -> Int {
            let value = index < numbers.count ? numbers[index] : 0
            return orOne ? max(1, value) : value
        }
        switch (final, isPrivate) {
        case ("H", false):
            (row, column) = (min(number(0), rows) - 1, min(number(1), columns) - 1)
            pendingWrap = false
        case ("G", false): (column, pendingWrap) = (min(number(0), columns) - 1, false)
        case ("J", false) where number(0, orOne: false) == 2: erase(rows: 0..<rows, columns: 0..<columns)
        case ("K", false) where number(0, orOne: false) == 0: erase(rows: row..<(row + 1), columns: column..<columns)
        case ("m", false): for code in numbers.isEmpty ? [0] : numbers { select(code) }
        case ("n", false) where number(0) == 6: answers += Array("\u{1B}[\(row + 1);\(column + 1)R".utf8)
        case ("h", true), ("l", true): for mode in numbers { set(mode, final == "h") }
        default: problems.append("CSI \(numbers) \(final)")
        }
    }

    private mutating func set(_ mode: Int, _ isOn: Bool) {
        switch mode {
        case 25: showsCursor = isOn
        case 7: wraps = isOn
        case 2004: takesPaste = isOn
        case 1049:
            guard isOn != isAlternate else { return }
            isAlternate = isOn
            if isOn {
                mainCells = cells
                erase(rows: 0..<rows, columns: 0..<columns)
            } else {
                cells = mainCells
            }
        default: problems.append("mode \(mode)")
        }
    }

    private mutating func select(_ code: Int) {
        switch code {
        case 0: pen = Cell()
        case 1: pen.bold = true
        case 7: pen.reverse = true
        case 39: pen.foreground = 0
        case 49: pen.background = 0
        case 30...37, 90...97: pen.foreground = code
        case 40...47, 100...107: pen.background = code
        default: problems.append("SGR \(code)")
        }
    }

    private mutating func draw(_ scalar: Unicode.Scalar) {
        let width = Self.width(of: scalar, ambiguousIsWide: ambiguousIsWide)
        if width == 0 {
            // A mark joins the character before the cursor.
            var target = pendingWrap ? column : column - 1
            if target >= 0, cells[row][target].isContinuation { target -= 1 }
            if target >= 0 { cells[row][target].text.unicodeScalars.append(scalar) }
            return
        }
        if wraps, pendingWrap || column + width > columns {
            column = 0
            if row + 1 < rows { row += 1 } else { scroll() }
        }
        pendingWrap = false
        if column + width > columns {
            problems.append("wide character over the edge")
            return
        }
        var cell = pen
        cell.text = String(Character(scalar))
        place(cell, at: column)
        if width == 2 {
            cell.text = " "
            cell.isContinuation = true
            place(cell, at: column + 1)
        }
        column += width
        if column >= columns { (column, pendingWrap) = (columns - 1, true) }
    }

    private mutating func place(_ cell: Cell, at column: Int) {
        if cells[row][column].isContinuation, !cell.isContinuation, column > 0 { cells[row][column - 1].text = " " }
        if column + 1 < columns, cells[row][column + 1].isContinuation { cells[row][column + 1] = Cell() }
        cells[row][column] = cell
    }

    private mutating func erase(rows: Range<Int>, columns: Range<Int>) {
        var blank = Cell()
        blank.background = pen.background
        for row in rows {
            for column in columns { cells[row][column] = blank }
        }
    }

    private mutating func scroll() {
        problems.append("scrolled")
        cells.removeFirst()
        cells.append(Array(repeating: Cell(), count: columns))
    }

    static func width(of scalar: Unicode.Scalar, ambiguousIsWide: Bool) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            return 2
        case 0xB7, 0x401...0x451, 0x2010...0x2027, 0x2190...0x2199, 0x2460...0x25FF: return ambiguousIsWide ? 2 : 1
        default: return 1
        }
    }
}
