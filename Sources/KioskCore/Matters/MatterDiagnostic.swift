/// A finding in a matter file: where, what, and what to do.

public struct MatterDiagnostic: Codable, Hashable, Sendable, CustomStringConvertible {
    /// Path as it was given to the loader.
    public var file: String
    /// From 1.
    public var line: Int
    /// From 1.
    public var column: Int
    public var message: String
    /// What the author probably meant.
    public var hint: String?

    public init(file: String, line: Int, column: Int, message: String, hint: String? = nil) {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
        self.hint = hint
    }

    public var description: String {
        "\(file):\(line):\(column): error: \(message)" + (hint.map { "; \($0)" } ?? "")
    }
}

/// The nearest of `candidates` to a misspelt word, when one is near.
package func nearest(to word: String, in candidates: some Sequence<String>) -> String? {
    let limit = max(1, (word.count + 1) / 3)
    return candidates.map { ($0, editDistance(word, $0)) }.filter { $0.1 <= limit }.min { $0.1 < $1.1 }?.0
}

/// Letters to put in, take out, exchange or swap (optimal string alignment).
private func editDistance(_ first: String, _ second: String) -> Int {
    let one = Array(first.prefix(64))
    let two = Array(second.prefix(64))
    var before: [Int] = []
    var row = Array(0...two.count)
    for (index, character) in one.enumerated() {
        var next = [index + 1]
        for (position, other) in two.enumerated() {
            var cost = min(row[position + 1] + 1, next[position] + 1, row[position] + (character == other ? 0 : 1))
            if index > 0, position > 0, character == two[position - 1], one[index - 1] == other {
                cost = min(cost, before[position - 1] + 1)
            }
            next.append(cost)
        }
        before = row
        row = next
    }
    return row[two.count]
}
