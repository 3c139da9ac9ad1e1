/// Turns the bytes a terminal sends into keys: UTF-8, ECMA-48 control sequences of xterm, Linux and tmux, pasted text.

enum TerminalKey: Hashable, Sendable {
    /// One typed code point; never a control.
    case text(Unicode.Scalar)
    /// Pasted text without controls.
    case paste(String)
    case enter, tab, backTab, backspace, delete, escape
    case up, down, left, right, home, end, pageUp, pageDown
    /// From 1.
    case function(Int)
    case interrupt, eraseLine, redraw
    /// The answer to "where is the cursor" (ESC[6n): its column, from 1.
    case cursorColumn(Int)
    /// A key that means nothing here; still a sign of life.
    case other
}

/// A state machine over bytes from outside: never traps, keeps at most `pasteLimit` bytes, drops what it cannot read.
struct KeyDecoder {
    /// What waits for more bytes, and so for how long the caller should wait before `flush()`.
    enum Pending {
        case nothing, escape, paste
    }

    static let pasteLimit = 4096
    private static let sequenceLimit = 32
    private static let stringLimit = 4096

    private enum State {
        case ground
        /// ESC was read.
        case escape
        /// ESC [ was read.
        case control
        /// ESC [ [ was read: the Linux console's F1 to F5.
        case linuxFunction
        /// ESC O was read.
        case single
        /// Inside a string sequence (OSC, DCS …) that is dropped up to its end.
        case string(count: Int, endsAfterEscape: Bool)
        case paste
    }

    /// Set while an answer to ESC[6n is awaited: the same bytes are a modified F3 otherwise.
    var expectsCursorReport = false
    private var state = State.ground
    private var parameters: [UInt8] = []
    private var overflowed = false
    private var pasted: [UInt8] = []
    /// How many bytes of `pasteEnd` have been matched.
    private var matched = 0
    private var followsReturn = false
    private var characters = UTF8Assembler()

    private static let pasteEnd = Array("\u{1B}[201~".utf8)

    var pending: Pending {
        switch state {
        case .ground: .nothing
        case .paste: .paste
        default: .escape
        }
    }

    mutating func feed(_ bytes: some Sequence<UInt8>) -> [TerminalKey] {
        var keys: [TerminalKey] = []
        for byte in bytes { take(byte, &keys) }
        return keys
    }

    /// Ends what was begun and did not go on in time: a lone ESC is the key, an open paste is over.
    mutating func flush() -> [TerminalKey] {
        defer { state = .ground }
        switch state {
        case .escape: return [.escape]
        case .paste: return endPaste()
        case .ground, .control, .linuxFunction, .single, .string: return []
        }
    }

    private mutating func take(_ byte: UInt8, _ keys: inout [TerminalKey]) {
        switch state {
        case .ground: takeGround(byte, &keys)
        case .escape: takeEscape(byte, &keys)
        case .control: takeControl(byte, &keys)
        case .linuxFunction:
            state = .ground
            keys.append((0x41...0x45).contains(byte) ? .function(Int(byte) - 0x40) : .other)
        case .single:
            state = .ground
            keys.append(Self.singleKey(byte))
        case .string(let count, let endsAfterEscape):
            if byte == 0x07 || byte == 0x18 || byte == 0x1A || endsAfterEscape && byte == 0x5C
                || count >= Self.stringLimit
            {
                state = .ground
            } else {
                state = .string(count: count + 1, endsAfterEscape: byte == 0x1B)
            }
        case .paste: takePasted(byte, &keys)
        }
    }

    private mutating func takeGround(_ byte: UInt8, _ keys: inout [TerminalKey]) {
        let followedReturn = followsReturn
        followsReturn = byte == 0x0D
        if byte < 0x80 { characters.reset() }
        switch byte {
        case 0x1B: state = .escape
        case 0x0D: keys.append(.enter)
        // A line that sends CR LF for Enter means one Enter.
        case 0x0A: if !followedReturn { keys.append(.enter) }
        case 0x09: keys.append(.tab)
        case 0x08, 0x7F: keys.append(.backspace)
        case 0x03: keys.append(.interrupt)
        case 0x15: keys.append(.eraseLine)
        case 0x0C: keys.append(.redraw)
        case 0x00..<0x20: keys.append(.other)
        default:
            guard let scalar = characters.take(byte), scalar.properties.generalCategory != .control else { return }
            keys.append(.text(scalar))
        }
    }

    private mutating func takeEscape(_ byte: UInt8, _ keys: inout [TerminalKey]) {
        switch byte {
        case 0x1B: keys.append(.escape)
        case UInt8(ascii: "["):
            state = .control
            parameters.removeAll(keepingCapacity: true)
            overflowed = false
        case UInt8(ascii: "O"): state = .single
        case UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "]"), UInt8(ascii: "^"), UInt8(ascii: "_"):
            state = .string(count: 0, endsAfterEscape: false)
        default:
            // Alt and a key: not a key of this shell, and not the plain one either.
            state = .ground
            keys.append(.other)
        }
    }

    private mutating func takeControl(_ byte: UInt8, _ keys: inout [TerminalKey]) {
        switch byte {
        case UInt8(ascii: "[") where parameters.isEmpty && !overflowed: state = .linuxFunction
        case 0x20...0x3F:
            if parameters.count < Self.sequenceLimit { parameters.append(byte) } else { overflowed = true }
        case 0x40...0x7E:
            state = .ground
            guard !overflowed else {
                keys.append(.other)
                return
            }
            if byte == UInt8(ascii: "~"), parameters == Array("200".utf8) {
                state = .paste
                pasted.removeAll(keepingCapacity: true)
                matched = 0
            } else if let key = controlKey(final: byte) {
                keys.append(key)
            }
        case 0x1B: state = .escape
        case 0x18, 0x1A, 0x7F: state = .ground
        default:
            // No control sequence contains this: what it begins is read afresh.
            state = .ground
            takeGround(byte, &keys)
        }
    }

    private func controlKey(final: UInt8) -> TerminalKey? {
        let numbers = parameters.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map {
            Int(String(decoding: $0, as: UTF8.self))
        }
        switch final {
        case UInt8(ascii: "A"): return .up
        case UInt8(ascii: "B"): return .down
        case UInt8(ascii: "C"): return .right
        case UInt8(ascii: "D"): return .left
        case UInt8(ascii: "H"): return .home
        case UInt8(ascii: "F"): return .end
        case UInt8(ascii: "Z"): return .backTab
        case UInt8(ascii: "R") where expectsCursorReport:
            guard numbers.count == 2, let column = numbers[1] else { return .other }
            return .cursorColumn(column)
        case UInt8(ascii: "P")...UInt8(ascii: "S"): return .function(Int(final) - 0x4F)
        case UInt8(ascii: "~"):
            guard let first = numbers.first, let number = first else { return .other }
            switch number {
            case 1, 7: return .home
            case 4, 8: return .end
            case 3: return .delete
            case 5: return .pageUp
            case 6: return .pageDown
            case 11...15: return .function(number - 10)
            case 17...21: return .function(number - 11)
            case 23, 24: return .function(number - 12)
            // The end of a paste that was given up already.
            case 201: return nil
            default: return .other
            }
        // Focus reports and answers to questions nobody asked are not keys.
        case UInt8(ascii: "I"), UInt8(ascii: "c"), UInt8(ascii: "n"), UInt8(ascii: "y"): return nil
        default: return .other
        }
    }

    private static func singleKey(_ byte: UInt8) -> TerminalKey {
        switch byte {
        case UInt8(ascii: "A"): .up
        case UInt8(ascii: "B"): .down
        case UInt8(ascii: "C"): .right
        case UInt8(ascii: "D"): .left
        case UInt8(ascii: "H"): .home
        case UInt8(ascii: "F"): .end
        case UInt8(ascii: "M"): .enter
        case UInt8(ascii: "P")...UInt8(ascii: "S"): .function(Int(byte) - 0x4F)
        default: .other
        }
    }

    private mutating func takePasted(_ byte: UInt8, _ keys: inout [TerminalKey]) {
        if byte == Self.pasteEnd[matched] {
            matched += 1
        } else {
            // Only ESC begins the mark and it occurs there once, so a failed match restarts at this byte.
            keep(Self.pasteEnd.prefix(matched))
            matched = byte == 0x1B ? 1 : 0
            if matched == 0 { keep(CollectionOfOne(byte)) }
        }
        if matched == Self.pasteEnd.count {
            keys += endPaste()
            state = .ground
        }
    }

    private mutating func keep(_ bytes: some Collection<UInt8>) {
        pasted.append(contentsOf: bytes.prefix(max(0, Self.pasteLimit - pasted.count)))
    }

    private mutating func endPaste() -> [TerminalKey] {
        var assembler = UTF8Assembler()
        var text = String.UnicodeScalarView()
        for byte in pasted {
            if let scalar = assembler.take(byte), CellText.isShown(scalar) { text.append(scalar) }
        }
        pasted.removeAll(keepingCapacity: false)
        matched = 0
        return text.isEmpty ? [.other] : [.paste(String(text))]
    }
}

/// Assembles UTF-8 (RFC 3629) a byte at a time; drops every ill-formed sequence.
private struct UTF8Assembler {
    private var value: UInt32 = 0
    private var missing = 0
    /// What the next byte may be: stricter than a continuation byte after E0, ED, F0 and F4.
    private var allowed: ClosedRange<UInt8> = 0x80...0xBF

    mutating func reset() {
        missing = 0
    }

    mutating func take(_ byte: UInt8) -> Unicode.Scalar? {
        if missing > 0, allowed.contains(byte) {
            value = value << 6 | UInt32(byte & 0x3F)
            missing -= 1
            allowed = 0x80...0xBF
            return missing == 0 ? Unicode.Scalar(value) : nil
        }
        missing = 0
        allowed = 0x80...0xBF
        switch byte {
        case 0x00..<0x80: return Unicode.Scalar(byte)
        case 0xC2...0xDF: (value, missing) = (UInt32(byte & 0x1F), 1)
        case 0xE0...0xEF:
            (value, missing) = (UInt32(byte & 0x0F), 2)
            if byte == 0xE0 { allowed = 0xA0...0xBF }
            if byte == 0xED { allowed = 0x80...0x9F }
        case 0xF0...0xF4:
            (value, missing) = (UInt32(byte & 0x07), 3)
            if byte == 0xF0 { allowed = 0x90...0xBF }
            if byte == 0xF4 { allowed = 0x80...0x8F }
        default: break
        }
        return nil
    }
}
