/// Cuts CEL source into tokens with their places (CEL language definition, "Syntax": the lexis).

enum ExpressionToken: Hashable {
    case name(String)
    /// A name in backquotes, only after a point.
    case quotedName(String)
    /// Without a sign: 9223372036854775808 is one only behind “-”.
    case int(UInt64)
    case uint(UInt64)
    case double(Double)
    case string(String)
    case bytes([UInt8])
    case sign(Sign)
    case end

    enum Sign: String, CaseIterable {
        case or = "||"
        case and = "&&"
        case lessOrEqual = "<="
        case greaterOrEqual = ">="
        case equal = "=="
        case notEqual = "!="
        case less = "<"
        case greater = ">"
        case plus = "+"
        case minus = "-"
        case times = "*"
        case slash = "/"
        case percent = "%"
        case not = "!"
        case question = "?"
        case colon = ":"
        case open = "("
        case close = ")"
        case openList = "["
        case closeList = "]"
        case openMap = "{"
        case closeMap = "}"
        case point = "."
        case comma = ","

        /// Longer signs stand first.
        static let table = allCases.map { (sign: $0, bytes: Array($0.rawValue.utf8)) }
    }

    var description: String {
        switch self {
        case .name(let name): "“\(name)”"
        case .quotedName(let name): "“`\(name)`”"
        case .int(let number): "\(number)"
        case .uint(let number): "\(number)u"
        case .double(let number): "\(number)"
        case .string: "a text"
        case .bytes: "bytes"
        case .sign(let sign): "“\(sign.rawValue)”"
        case .end: "the end"
        }
    }
}

struct ExpressionLexer {
    struct Item {
        var token: ExpressionToken
        /// UTF-8 offset of its first byte.
        var offset: Int
    }

    private let bytes: [UInt8]
    private var index = 0

    static func items(of source: String) throws(ExpressionError) -> [Item] {
        var lexer = ExpressionLexer(bytes: Array(source.utf8))
        var items: [Item] = []
        while let item = try lexer.next() { items.append(item) }
        items.append(Item(token: .end, offset: lexer.bytes.count))
        return items
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func next() throws(ExpressionError) -> Item? {
        skipBlanks()
        guard let byte = peek() else { return nil }
        let start = index
        if let text = try quoted() { return Item(token: text, offset: start) }
        if isLetter(byte) {
            while let byte = peek(), isLetter(byte) || isDigit(byte) { index += 1 }
            return Item(token: .name(String(decoding: bytes[start..<index], as: UTF8.self)), offset: start)
        }
        if isDigit(byte) || byte == 0x2E && peek(1).map(isDigit) == true {
            return Item(token: try number(), offset: start)
        }
        if byte == 0x60 { return Item(token: try quotedName(), offset: start) }
        guard
            let (sign, length) = ExpressionToken.Sign.table.first(where: { bytes[start...].starts(with: $0.bytes) })
                .map({ ($0.sign, $0.bytes.count) })
        else { throw ExpressionError(.syntax, "a character that has no meaning here", at: start) }
        index += length
        return Item(token: .sign(sign), offset: start)
    }

    private func peek(_ ahead: Int = 0) -> UInt8? { index + ahead < bytes.count ? bytes[index + ahead] : nil }

    private mutating func skipBlanks() {
        while let byte = peek() {
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0C, 0x0D: index += 1
            case 0x2F where peek(1) == 0x2F:
                while let byte = peek(), byte != 0x0A { index += 1 }
            default: return
            }
        }
    }

    private func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
    }

    private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    // MARK: Numbers

    private mutating func number() throws(ExpressionError) -> ExpressionToken {
        let start = index
        if peek() == 0x30, let mark = peek(1), mark | 0x20 == 0x78, let first = peek(2), hexDigit(first) != nil {
            index += 2
            while let byte = peek(), hexDigit(byte) != nil { index += 1 }
            return try integer(String(decoding: bytes[(start + 2)..<index], as: UTF8.self), radix: 16, at: start)
        }
        var isDouble = false
        skipDigits()
        if peek() == 0x2E, let digit = peek(1), isDigit(digit) {
            isDouble = true
            index += 1
            skipDigits()
        }
        if let mark = peek(), mark | 0x20 == 0x65 {
            let signLength = peek(1) == 0x2B || peek(1) == 0x2D ? 1 : 0
            if let digit = peek(1 + signLength), isDigit(digit) {
                isDouble = true
                index += 1 + signLength
                skipDigits()
            }
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        guard isDouble else { return try integer(text, radix: 10, at: start) }
        guard let value = Double(text.hasPrefix(".") ? "0" + text : text), value.isFinite else {
            throw ExpressionError(.syntax, "the number is too large", at: start)
        }
        return .double(value)
    }

    private mutating func skipDigits() {
        while let byte = peek(), isDigit(byte) { index += 1 }
    }

    private mutating func integer(
        _ digits: String, radix: Int, at start: Int
    ) throws(ExpressionError) -> ExpressionToken {
        let isUnsigned = peek().map { $0 | 0x20 == 0x75 } ?? false
        if isUnsigned { index += 1 }
        guard let value = UInt64(digits, radix: radix), isUnsigned || value <= UInt64(Int64.max) + 1 else {
            throw ExpressionError(.syntax, "the number is too large", at: start)
        }
        return isUnsigned ? .uint(value) : .int(value)
    }

    private func hexDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte - 0x30)
        case 0x41...0x46: UInt32(byte - 0x37)
        case 0x61...0x66: UInt32(byte - 0x57)
        default: nil
        }
    }

    // MARK: Texts

    private mutating func quotedName() throws(ExpressionError) -> ExpressionToken {
        let start = index
        index += 1
        while let byte = peek(), isLetter(byte) || isDigit(byte) || [0x2E, 0x2D, 0x2F, 0x20].contains(byte) {
            index += 1
        }
        guard peek() == 0x60, index > start + 1 else {
            throw ExpressionError(
                .syntax, "a name in backquotes has letters, digits, “_”, “.”, “-”, “/” and blanks only", at: start)
        }
        index += 1
        return .quotedName(String(decoding: bytes[(start + 1)..<(index - 1)], as: UTF8.self))
    }

    /// A text or bytes with their prefix; nil when none begins here.
    private mutating func quoted() throws(ExpressionError) -> ExpressionToken? {
        let start = index
        var isRaw = false
        var isBytes = false
        var length = 0
        while let byte = peek(length), length < 2 {
            if byte | 0x20 == 0x72, !isRaw {
                isRaw = true
            } else if byte | 0x20 == 0x62, !isBytes, !isRaw {
                isBytes = true
            } else {
                break
            }
            length += 1
        }
        guard let quote = peek(length), quote == 0x22 || quote == 0x27 else { return nil }
        let isTriple = peek(length + 1) == quote && peek(length + 2) == quote
        index += length + (isTriple ? 3 : 1)
        var content: [UInt8] = []
        while let byte = peek() {
            if byte == quote, !isTriple || peek(1) == quote && peek(2) == quote {
                index += isTriple ? 3 : 1
                return isBytes ? .bytes(content) : .string(String(decoding: content, as: UTF8.self))
            }
            if !isTriple, byte == 0x0A || byte == 0x0D { break }
            if byte == 0x5C, !isRaw {
                try escape(into: &content, isBytes: isBytes)
            } else {
                content.append(byte)
                index += 1
            }
        }
        throw ExpressionError(.syntax, "a text without its closing quote", at: start)
    }

    private static let plainEscapes: [UInt8: UInt8] = [
        0x61: 0x07, 0x62: 0x08, 0x66: 0x0C, 0x6E: 0x0A, 0x72: 0x0D, 0x74: 0x09, 0x76: 0x0B,
        0x5C: 0x5C, 0x3F: 0x3F, 0x22: 0x22, 0x27: 0x27, 0x60: 0x60,
    ]

    private mutating func escape(into content: inout [UInt8], isBytes: Bool) throws(ExpressionError) {
        index += 1
        let start = index
        guard let byte = peek() else { return }
        index += 1
        if let plain = Self.plainEscapes[byte] {
            content.append(plain)
            return
        }
        let value: UInt32
        switch byte {
        case 0x78, 0x58: value = try digits(2, radix: 16, at: start)
        case 0x75 where !isBytes: value = try digits(4, radix: 16, at: start)
        case 0x55 where !isBytes: value = try digits(8, radix: 16, at: start)
        case 0x30...0x33:
            index -= 1
            value = try digits(3, radix: 8, at: start)
        default: throw ExpressionError(.syntax, "an escape that is not known", at: start)
        }
        if isBytes {
            content.append(UInt8(truncatingIfNeeded: value))
        } else if let scalar = Unicode.Scalar(value) {
            content.append(contentsOf: String(Character(scalar)).utf8)
        } else {
            throw ExpressionError(.syntax, "an escape that stands for no character", at: start)
        }
    }

    private mutating func digits(_ count: Int, radix: UInt32, at start: Int) throws(ExpressionError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let digit = peek().flatMap(hexDigit), digit < radix else {
                throw ExpressionError(.syntax, "an escape that needs \(count) digits here", at: start)
            }
            value = value << (radix == 16 ? 4 : 3) | digit
            index += 1
        }
        return value
    }
}
