/// An amount of yuan, exact to the fen.

public struct Money: Hashable, Comparable, Sendable {
    public let fen: Int64

    public init(fen: Int64) {
        self.fen = fen
    }

    /// `1234`, `1234.5` or `1234.56`; at most twelve digits before the point, no sign. Nil for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.utf8.split(separator: 0x2E, omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = parts.first, (1...12).contains(whole.count) else { return nil }
        let fraction = parts.count == 2 ? Array(parts[1]) : []
        guard parts.count == 1 || (1...2).contains(fraction.count) else { return nil }
        let digits = Array(whole) + fraction + Array(repeating: 0x30, count: 2 - fraction.count)
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        fen = digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    public static func < (left: Money, right: Money) -> Bool { left.fen < right.fen }

    /// `1,234.56`; whole yuan without decimals.
    public var grouped: String {
        let whole = String(fen / 100)
        var text = ""
        for (index, digit) in whole.enumerated() {
            if index > 0, (whole.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return fen % 100 == 0 ? text : text + "." + twoDigits(Int(fen % 100))
    }
}
