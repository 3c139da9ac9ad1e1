// Figures: several runs of one thing, and the line they make beside what they are measured against.

import Foundation

/// Runs of one thing, in the order they were made.
struct Samples {
    private var values: [Double] = []

    init(_ values: [Double] = []) {
        self.values = values
    }

    mutating func append(_ value: Double) { values.append(value) }

    var all: [Double] { values }
    var count: Int { values.count }
    var low: Double { values.min() ?? .nan }
    var high: Double { values.max() ?? .nan }

    /// The smallest value that `percent` of a hundred do not exceed.
    func percentile(_ percent: Int) -> Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return .nan }
        return sorted[min(sorted.count - 1, sorted.count * percent / 100)]
    }

    var median: Double {
        guard !values.isEmpty else { return .nan }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}

/// One line of the table.
struct Measurement: Encodable {
    var name: String
    /// Median, in `unit`.
    var value: Double
    var unit: String
    /// The peer's median or the limit, in the same unit; nil where nothing fair stands beside it.
    var against: Double?
    /// What `against` is.
    var peer: String?
    var low: Double
    var high: Double
    var runs: Int

    init(_ name: String, _ samples: Samples, unit: String = "ms", against: Double? = nil, peer: String? = nil) {
        self.name = name
        self.value = samples.median
        self.unit = unit
        self.against = against
        self.peer = peer
        low = samples.low
        high = samples.high
        runs = samples.count
    }

    init(_ name: String, _ samples: Samples, unit: String = "ms", against other: Samples, _ peer: String) {
        self.init(name, samples, unit: unit, against: other.median, peer: peer)
    }

    var ratio: Double? { against.map { value / $0 } }

    private enum CodingKeys: String, CodingKey {
        case name, value, unit, against, ratio, peer, low, high, runs
    }

    /// Every key is there: what has no peer says null.
    func encode(to encoder: any Encoder) throws {
        func rounded(_ number: Double) -> Double { (number * 1000).rounded() / 1000 }
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(rounded(value), forKey: .value)
        try container.encode(unit, forKey: .unit)
        try container.encode(against.map(rounded), forKey: .against)
        try container.encode(ratio.map(rounded), forKey: .ratio)
        try container.encode(peer, forKey: .peer)
        try container.encode(rounded(low), forKey: .low)
        try container.encode(rounded(high), forKey: .high)
        try container.encode(runs, forKey: .runs)
    }

    static func table(_ lines: [Measurement]) -> String {
        func shown(_ number: Double) -> String {
            String(format: number < 10 ? "%.2f" : number < 100 ? "%.1f" : "%.0f", number)
        }
        var rows = [["", "median", "", "low … high", "runs", "against", "ratio", ""]]
        for line in lines {
            rows.append([
                line.name, shown(line.value), line.unit, "\(shown(line.low)) … \(shown(line.high))", "\(line.runs)",
                line.against.map(shown) ?? "–", line.ratio.map { String(format: "%.2f", $0) } ?? "–", line.peer ?? "",
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let isText = [true, false, true, false, false, false, false]
        return rows.map { row in
            (isText.indices.map { column in
                let blank = String(repeating: " ", count: widths[column] - row[column].count)
                return isText[column] ? row[column] + blank : blank + row[column]
            } + [row[isText.count]]).joined(separator: "  ")
        }.joined(separator: "\n")
    }
}

/// Milliseconds since `start`.
func milliseconds(since start: ContinuousClock.Instant) -> Double {
    (ContinuousClock.now - start) / .milliseconds(1)
}
