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
func nearest(to word: String, in candidates: some Sequence<String>) -> String? {
    let limit = max(1, (word.count + 1) / 3)
    return candidates.map { ($0, editDistance(word, $0)) }.filter { $0.1 <= limit }.min { $0.1 < $1.1 }?.0
}

private func editDistance(_ first: String, _ second: String) -> Int {
    let one = Array(first.prefix(64))
    let two = Array(second.prefix(64))
    var row = Array(0...two.count)
    for (index, character) in one.enumerated() {
        var diagonal = row[0]
        row[0] = index + 1
        for (position, other) in two.enumerated() {
            let cost = min(row[position] + 1, row[position + 1] + 1, diagonal + (character == other ? 0 : 1))
            diagonal = row[position + 1]
            row[position + 1] = cost
        }
    }
    return row[two.count]
}
