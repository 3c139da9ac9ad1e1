/// Timestamps and durations of the condition language: seconds and nanoseconds with CEL's ranges, texts and arithmetic.

/// A point in time: seconds since 1970-01-01T00:00:00Z and nanoseconds, from year 1 to year 9999
/// (google.protobuf.Timestamp).
public struct ExpressionTimestamp: Hashable, Comparable, Sendable {
    public static let secondsRange: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

    public let seconds: Int64
    /// 0 to 999,999,999, counted forward also before 1970.
    public let nanoseconds: Int32

    /// Nil when out of range.
    public init?(seconds: Int64, nanoseconds: Int32 = 0) {
        guard Self.secondsRange.contains(seconds), (0...999_999_999).contains(nanoseconds) else { return nil }
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// 00:00 UTC of a day of the Gregorian calendar; nil when there is no such day.
    public init?(year: Int64, month: Int64, day: Int64) {
        guard (1...9999).contains(year), (1...12).contains(month),
            (1...CivilDay.daysInMonth(year: year, month: month)).contains(day)
        else { return nil }
        self.init(seconds: CivilDay(year: year, month: month, day: day).daysSince1970 * 86_400)
    }

    /// Reads RFC 3339: `2026-01-31T08:00:00Z`, with up to nine digits of a second and `Z` or `+08:00`.
    /// Nil when the text is none, or the time out of range.
    public init?(_ text: String) {
        var reader = DigitReader(text)
        guard let year = reader.number(4), reader.take(0x2D), let month = reader.number(2), reader.take(0x2D),
            let day = reader.number(2), reader.take(0x54) || reader.take(0x74), let hour = reader.number(2),
            reader.take(0x3A), let minute = reader.number(2), reader.take(0x3A), let second = reader.number(2),
            let midnight = ExpressionTimestamp(year: year, month: month, day: day),
            hour < 24, minute < 60, second < 60
        else { return nil }
        var nanoseconds: Int64 = 0
        if reader.take(0x2E) {
            guard let fraction = reader.fraction() else { return nil }
            nanoseconds = fraction
        }
        var offset: Int64 = 0
        if !(reader.take(0x5A) || reader.take(0x7A)) {
            let isNegative = reader.take(0x2D)
            guard isNegative || reader.take(0x2B), let hours = reader.number(2), reader.take(0x3A),
                let minutes = reader.number(2), hours < 24, minutes < 60
            else { return nil }
            offset = (hours * 60 + minutes) * (isNegative ? -60 : 60)
        }
        guard reader.isAtEnd else { return nil }
        self.init(
            seconds: midnight.seconds + hour * 3600 + minute * 60 + second - offset, nanoseconds: Int32(nanoseconds))
    }

    /// RFC 3339 in UTC, with the digits of a second that there are.
    public var text: String {
        let parts = Parts(self, offset: 0)
        let date = "\(padded(parts.day.year, 4))-\(padded(parts.day.month, 2))-\(padded(parts.day.day, 2))"
        let time = "\(padded(parts.hour, 2)):\(padded(parts.minute, 2)):\(padded(parts.second, 2))"
        return "\(date)T\(time)\(fractionText(nanoseconds))Z"
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    /// Nil when out of range.
    func adding(_ duration: ExpressionDuration) -> ExpressionTimestamp? {
        let (seconds, nanoseconds) = normalized(
            seconds + duration.seconds, Int64(nanoseconds) + Int64(duration.nanoseconds))
        return ExpressionTimestamp(seconds: seconds, nanoseconds: Int32(nanoseconds))
    }

    /// Nil when out of range.
    func subtracting(_ other: ExpressionTimestamp) -> ExpressionDuration? {
        ExpressionDuration(
            seconds: seconds - other.seconds, nanoseconds: Int64(nanoseconds) - Int64(other.nanoseconds))
    }

    /// Nil when out of range.
    func adding(days: Int64) -> ExpressionTimestamp? {
        let (length, isOver) = days.multipliedReportingOverflow(by: 86_400)
        let (sum, isSumOver) = seconds.addingReportingOverflow(length)
        return isOver || isSumOver ? nil : ExpressionTimestamp(seconds: sum, nanoseconds: nanoseconds)
    }

    /// Months later on the calendar; a day that the month does not have becomes its last. Nil when out of range.
    func adding(months: Int64) -> ExpressionTimestamp? {
        guard (-120_000...120_000).contains(months) else { return nil }
        let parts = Parts(self, offset: 0)
        let month = parts.day.year * 12 + parts.day.month - 1 + months
        guard month >= 12 else { return nil }
        let year = month / 12
        let monthOfYear = month % 12 + 1
        let day = min(parts.day.day, CivilDay.daysInMonth(year: year, month: monthOfYear))
        guard let date = ExpressionTimestamp(year: year, month: monthOfYear, day: day) else { return nil }
        return ExpressionTimestamp(seconds: date.seconds + parts.secondOfDay, nanoseconds: nanoseconds)
    }

    /// What a clock and a calendar show, `offset` seconds east of UTC.
    struct Parts {
        let day: CivilDay
        let daysSince1970: Int64
        let secondOfDay: Int64

        init(_ time: ExpressionTimestamp, offset: Int64) {
            let local = time.seconds + offset
            daysSince1970 = floorDivide(local, 86_400)
            secondOfDay = local - daysSince1970 * 86_400
            day = CivilDay(daysSince1970: daysSince1970)
        }

        var hour: Int64 { secondOfDay / 3600 }
        var minute: Int64 { secondOfDay / 60 % 60 }
        var second: Int64 { secondOfDay % 60 }
        /// 0 is Sunday.
        var weekday: Int64 { (daysSince1970 + 4) - floorDivide(daysSince1970 + 4, 7) * 7 }
        /// 0 is the first of January.
        var dayOfYear: Int64 { daysSince1970 - CivilDay(year: day.year, month: 1, day: 1).daysSince1970 }
    }
}

/// A length of time in seconds and nanoseconds of the same sign, as far as 64 bits of nanoseconds reach: ±292 years.
public struct ExpressionDuration: Hashable, Comparable, Sendable {
    public static let secondsRange: ClosedRange<Int64> = -9_223_372_036...9_223_372_036

    public let seconds: Int64
    /// -999,999,999 to 999,999,999.
    public let nanoseconds: Int32

    /// Any seconds and nanoseconds, brought to the same sign; nil when out of range.
    public init?(seconds: Int64, nanoseconds: Int64 = 0) {
        let (nanos, isOver) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (total, isTotalOver) = nanos.addingReportingOverflow(nanoseconds)
        if !isOver, !isTotalOver {
            self.init(nanoseconds: total)
            return
        }
        // The product may pass the range although the sum does not.
        guard seconds != .min, seconds.magnitude <= 9_223_372_037 else { return nil }
        let step: Int64 = seconds < 0 ? 1 : -1
        let rest = nanoseconds.addingReportingOverflow(-step * 1_000_000_000)
        let shorter = (seconds + step).multipliedReportingOverflow(by: 1_000_000_000)
        guard !rest.overflow, !shorter.overflow else { return nil }
        let sum = shorter.partialValue.addingReportingOverflow(rest.partialValue)
        guard !sum.overflow else { return nil }
        self.init(nanoseconds: sum.partialValue)
    }

    public init(nanoseconds total: Int64) {
        seconds = total / 1_000_000_000
        nanoseconds = Int32(total % 1_000_000_000)
    }

    /// Reads `1h30m`, `-1.5s`, `100ms`, `7us`, `9ns`; nil when the text is none, or the duration out of range.
    public init?(_ text: String) {
        var reader = DigitReader(text)
        let isNegative = reader.take(0x2D)
        if !isNegative { _ = reader.take(0x2B) }
        if reader.rest == "0" {
            self.init(nanoseconds: 0)
            return
        }
        var total: Int64 = 0
        repeat {
            guard let part = reader.quantity() else { return nil }
            let (sum, isOver) = total.addingReportingOverflow(part)
            guard !isOver else { return nil }
            total = sum
        } while !reader.isAtEnd
        self.init(nanoseconds: isNegative ? -total : total)
    }

    /// Seconds with the digits that there are: `1000000s`, `-0.5s`.
    public var text: String {
        let sign = seconds < 0 || nanoseconds < 0 ? "-" : ""
        return "\(sign)\(seconds.magnitude)\(fractionText(Int32(nanoseconds.magnitude)))s"
    }

    public var totalNanoseconds: Int64 { seconds * 1_000_000_000 + Int64(nanoseconds) }

    public static func < (left: Self, right: Self) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    /// Nil when out of range.
    func adding(_ other: ExpressionDuration) -> ExpressionDuration? {
        let (sum, isOver) = totalNanoseconds.addingReportingOverflow(other.totalNanoseconds)
        return isOver ? nil : ExpressionDuration(nanoseconds: sum)
    }

    /// Nil when out of range.
    func subtracting(_ other: ExpressionDuration) -> ExpressionDuration? {
        let (difference, isOver) = totalNanoseconds.subtractingReportingOverflow(other.totalNanoseconds)
        return isOver ? nil : ExpressionDuration(nanoseconds: difference)
    }
}

/// A day of the proleptic Gregorian calendar.
struct CivilDay: Hashable {
    var year: Int64
    var month: Int64
    var day: Int64

    init(year: Int64, month: Int64, day: Int64) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// Counts years from March, so that the leap day is the last of the year.
    init(daysSince1970: Int64) {
        let shifted = daysSince1970 + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var daysSince1970: Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = floorDivide(shiftedYear, 400)
        let yearOfEra = shiftedYear - era * 400
        let shiftedMonth = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * shiftedMonth + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    static func daysInMonth(year: Int64, month: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    value >= 0 ? value / divisor : -((divisor - 1 - value) / divisor)
}

private func normalized(_ seconds: Int64, _ nanoseconds: Int64) -> (Int64, Int64) {
    let carry = floorDivide(nanoseconds, 1_000_000_000)
    return (seconds + carry, nanoseconds - carry * 1_000_000_000)
}

private func padded(_ number: Int64, _ width: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
}

/// `.5` for half a second, nothing for none.
private func fractionText(_ nanoseconds: Int32) -> String {
    guard nanoseconds != 0 else { return "" }
    var digits = padded(Int64(nanoseconds), 9)
    while digits.last == "0" { digits.removeLast() }
    return "." + digits
}

/// Reads the parts of a time's text.
private struct DigitReader {
    private let bytes: [UInt8]
    private var index = 0

    /// A longer text is none.
    init(_ text: String) { bytes = text.utf8.count <= 128 ? Array(text.utf8) : [] }

    var isAtEnd: Bool { index == bytes.count }
    var rest: String { String(decoding: bytes[index...], as: UTF8.self) }

    private var digit: Int64? {
        guard index < bytes.count, (0x30...0x39).contains(bytes[index]) else { return nil }
        return Int64(bytes[index] - 0x30)
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    mutating func number(_ width: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<width {
            guard let digit else { return nil }
            value = value * 10 + digit
            index += 1
        }
        return value
    }

    /// One to nine digits after the point, as nanoseconds.
    mutating func fraction() -> Int64? {
        var value: Int64 = 0
        var scale: Int64 = 1_000_000_000
        while let digit, scale > 1 {
            value = value * 10 + digit
            scale /= 10
            index += 1
        }
        return scale == 1_000_000_000 || digit != nil ? nil : value * scale
    }

    /// A decimal number and its unit, as nanoseconds.
    mutating func quantity() -> Int64? {
        var whole: Int64 = 0
        var hasDigits = false
        while let digit {
            let (tens, isOver) = whole.multipliedReportingOverflow(by: 10)
            let (sum, isSumOver) = tens.addingReportingOverflow(digit)
            guard !isOver, !isSumOver else { return nil }
            whole = sum
            hasDigits = true
            index += 1
        }
        var fraction: [Int64] = []
        if take(0x2E) {
            while let digit {
                fraction.append(digit)
                hasDigits = true
                index += 1
            }
        }
        guard hasDigits, let unit else { return nil }
        let (nanos, isOver) = whole.multipliedReportingOverflow(by: unit)
        guard !isOver else { return nil }
        var part: Int64 = 0
        var scale = unit
        for digit in fraction where scale > 1 {
            scale /= 10
            part += digit * scale
        }
        let (sum, isSumOver) = nanos.addingReportingOverflow(part)
        return isSumOver ? nil : sum
    }

    private var unit: Int64? {
        mutating get {
            let units: [(name: String, nanoseconds: Int64)] = [
                ("ns", 1), ("us", 1000), ("µs", 1000), ("μs", 1000), ("ms", 1_000_000), ("h", 3_600_000_000_000),
                ("m", 60_000_000_000), ("s", 1_000_000_000),
            ]
            guard let unit = units.first(where: { bytes[index...].starts(with: $0.name.utf8) }) else { return nil }
            index += unit.name.utf8.count
            return unit.nanoseconds
        }
    }
}
