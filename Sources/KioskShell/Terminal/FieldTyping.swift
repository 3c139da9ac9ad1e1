/// What each kind of field lets through while it is typed, and how its text is grouped and masked on a terminal.

import Foundation
import KioskCore

/// Pure. Typing is appending and taking away at the end.
struct FieldTyping {
    let entry: Node.Entry

    /// At most this many characters a person sees, and four times as many code points.
    static let maximumCharacters = 200

    /// Width of the field's box; nil for a whole line.
    var cells: Int? {
        switch entry {
        case .text, .address, .search: nil
        case .number: 12
        case .decimal: 16
        case .money: 14
        case .date: 10
        case .dateTime: 16
        case .month: 7
        case .phone: 20
        case .idNumber: 20
        case .creditCode: 18
        case .bankCard: 23
        case .signature: 4
        }
    }

    /// The value with `typed` at its end; what the kind does not take is left out.
    func appending(_ typed: String, to value: String) -> String {
        switch entry {
        case .text, .address, .search: return appendingText(typed, to: value)
        case .date, .month, .dateTime: return appendingDate(typed, to: value)
        case .number, .decimal, .money, .phone, .idNumber, .creditCode, .bankCard, .signature:
            return typed.unicodeScalars.reduce(into: value) { text, scalar in
                guard var character = Self.narrow(scalar) else { return }
                if entry == .creditCode { character = Character(character.uppercased()) }
                guard takes(character, after: text) else { return }
                text.append(character)
            }
        }
    }

    func removingLast(of value: String) -> String {
        guard dateDigits != nil else { return String(value.dropLast()) }
        return grouped(digits: String(value.filter(\.isASCIIDigit).dropLast()))
    }

    /// As it stands while it is typed: 6-8-4 for a citizen number, fours for a bank card.
    func grouped(_ value: String) -> String {
        if entry == .bankCard { return value.groupedInFours }
        guard entry == .idNumber else { return value }
        var text = String()
        for (index, character) in value.enumerated() {
            if index == 6 || index == 14 { text.append(" ") }
            text.append(character)
        }
        return text
    }

    /// As it stands when the field is left.
    func masked(_ value: String) -> String {
        switch entry {
        case .signature: String(repeating: "*", count: value.count)
        default: entry.masked(value)
        }
    }

    /// What fills the box behind `text`: blanks to fill in, with the separators of the kind while it is typed.
    func template(after text: String, isFocused: Bool, width: Int) -> String {
        let shape: String? =
            switch entry {
            case .idNumber: "______ ________ ____"
            case .date: "____-__-__"
            case .dateTime: "____-__-__ __:__"
            case .month: "____-__"
            default: nil
            }
        guard isFocused, let shape else { return String(repeating: "_", count: max(0, width)) }
        return String(shape.dropFirst(text.count).prefix(max(0, width)))
    }

    private func takes(_ character: Character, after text: String) -> Bool {
        let isDigit = character.isASCIIDigit
        switch entry {
        case .number: return isDigit && text.count < 12
        case .decimal: return text.count < 16 && takesDecimal(character, after: text)
        case .money:
            guard text.count < 14 else { return false }
            guard let point = text.firstIndex(of: ".") else { return isDigit || character == "." && !text.isEmpty }
            return isDigit && text.distance(from: point, to: text.endIndex) <= 2
        case .phone: return text.count < 20 && (isDigit || character == "-" || character == "+" && text.isEmpty)
        case .idNumber: return isDigit && text.count < 18 || character == "X" && text.count == 17
        case .creditCode: return text.count < 18 && (isDigit || ("A"..."Z").contains(character))
        case .bankCard: return isDigit && text.count < 19
        case .signature: return isDigit && text.count < 4 || character == "X" && text.count == 3
        case .text, .address, .search, .date, .month, .dateTime: return true
        }
    }

    /// A sign in front, one point behind a digit.
    private func takesDecimal(_ character: Character, after text: String) -> Bool {
        switch character {
        case "-": text.isEmpty
        case ".": text.last?.isASCIIDigit == true && !text.contains(".")
        default: character.isASCIIDigit
        }
    }

    /// Full-width digits and signs of an input method as ASCII, and a small x as the check character.
    private static func narrow(_ scalar: Unicode.Scalar) -> Character? {
        switch scalar {
        case "x": "X"
        case "。": "."
        case "\u{21}"..."\u{7E}": Character(scalar)
        case "\u{FF01}"..."\u{FF5E}": Unicode.Scalar(scalar.value - 0xFEE0).map { $0 == "x" ? "X" : Character($0) }
        default: nil
        }
    }

    private func appendingText(_ typed: String, to value: String) -> String {
        var scalars = value.unicodeScalars
        for scalar in typed.unicodeScalars where CellText.isShown(scalar) { scalars.append(scalar) }
        let limit = 4 * Self.maximumCharacters
        let bounded = scalars.count > limit ? String(String.UnicodeScalarView(scalars.prefix(limit))) : String(scalars)
        return String(bounded.precomposedStringWithCanonicalMapping.prefix(Self.maximumCharacters))
    }

    /// How many digits a day, a month or a minute has; nil for what is none of them.
    private var dateDigits: Int? {
        switch entry {
        case .date: 8
        case .month: 6
        case .dateTime: 12
        default: nil
        }
    }

    /// Digits fall into `YYYY-MM-DD HH:MM`; a separator after a single digit of the month stands for a zero before it.
    private func appendingDate(_ typed: String, to value: String) -> String {
        var digits = String(value.filter(\.isASCIIDigit))
        for scalar in typed.unicodeScalars {
            if let character = Self.narrow(scalar), character.isASCIIDigit {
                if digits.count < dateDigits ?? 0 { digits.append(character) }
            } else if digits.count == 5, "-/.。月".unicodeScalars.contains(scalar), let month = digits.popLast() {
                digits += "0\(month)"
            }
        }
        return grouped(digits: digits)
    }

    private func grouped(digits: String) -> String {
        let day = [digits.prefix(4), digits.dropFirst(4).prefix(2), digits.dropFirst(6).prefix(2)]
        let minute = [digits.dropFirst(8).prefix(2), digits.dropFirst(10)]
        return [
            day.filter { !$0.isEmpty }.joined(separator: "-"), minute.filter { !$0.isEmpty }.joined(separator: ":"),
        ].filter { !$0.isEmpty }.joined(separator: " ")
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) && isASCII }
}
