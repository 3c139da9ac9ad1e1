/// A point in time and a calendar day, without a clock or a time-zone database.

/// Milliseconds since 1970-01-01T00:00:00Z. The whole product passes time as a value; nothing here reads a clock.
public struct Timestamp: Codable, Hashable, Comparable, Sendable {
    public var milliseconds: Int64

    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    public init(from decoder: any Decoder) throws {
        milliseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    public func adding(seconds: Int) -> Timestamp {
        Timestamp(milliseconds: milliseconds.addingReportingOverflow(Int64(seconds) &* 1000).partialValue)
    }

    /// Whole seconds from `earlier` to this; negative when this is earlier.
    public func seconds(since earlier: Timestamp) -> Int {
        Int(clamping: (milliseconds &- earlier.milliseconds) / 1000)
    }

    /// China keeps one zone, UTC+8, and no summer time.
    static let chinaOffsetMilliseconds: Int64 = 8 * 3600 * 1000

    /// The calendar day in China.
    public var chinaDate: CalendarDate {
        let local = milliseconds &+ Self.chinaOffsetMilliseconds
        let day = local / 86_400_000 - (local % 86_400_000 < 0 ? 1 : 0)
        return CalendarDate(daysSince1970: Int(clamping: day))
    }

    /// `2026-11-21 14:05`, China time.
    public var chinaMinute: String {
        let local = milliseconds &+ Self.chinaOffsetMilliseconds
        let inDay = ((local % 86_400_000) + 86_400_000) % 86_400_000
        let minute = Int(inDay / 60_000)
        return "\(chinaDate) \(twoDigits(minute / 60)):\(twoDigits(minute % 60))"
    }
}

/// A day of the Gregorian calendar. `description` is `YYYY-MM-DD`.
public struct CalendarDate: Codable, Hashable, Comparable, Sendable, CustomStringConvertible {
    public let year: Int
    public let month: Int
    public let day: Int

    /// Nil when the day does not exist.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1,
            day <= Self.daysInMonth(year: year, month: month)
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// `YYYYMMDD` as ID cards and GB 11643 numbers carry it; nil for anything else.
    public init?(compact: some StringProtocol) {
        let digits = Array(compact.utf8)
        guard digits.count == 8, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let number = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        self.init(year: number / 10_000, month: number / 100 % 100, day: number % 100)
    }

    /// `YYYY-MM-DD`; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = Array(text.utf8)
        guard parts.count == 10, parts[4] == 0x2D, parts[7] == 0x2D else { return nil }
        self.init(compact: String(text.filter { $0 != "-" }))
    }

    /// Days since 1970-01-01 (civil-from-days, Howard Hinnant's algorithm); clamped to the years 1 to 9999.
    public init(daysSince1970: Int) {
        let shifted = min(max(daysSince1970, -719_162), 2_932_896) + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    public var daysSince1970: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let date = CalendarDate(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "not a YYYY-MM-DD date"))
        }
        self = date
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    public static func < (left: CalendarDate, right: CalendarDate) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }

    public func adding(days: Int) -> CalendarDate {
        CalendarDate(daysSince1970: daysSince1970 + days)
    }

    /// `count` working days later, Saturdays and Sundays left out. Public holidays are the office's business.
    public func adding(workingDays count: Int) -> CalendarDate {
        var date = self
        var left = count
        while left > 0 {
            date = date.adding(days: 1)
            // 1970-01-01 was a Thursday.
            let weekday = ((date.daysSince1970 + 3) % 7 + 7) % 7
            if weekday < 5 { left -= 1 }
        }
        return date
    }

    /// Completed years from this birth date to `today`.
    public func age(on today: CalendarDate) -> Int {
        today.year - year - ((today.month, today.day) < (month, day) ? 1 : 0)
    }

    public var description: String {
        let text = String(year)
        return String(repeating: "0", count: max(0, 4 - text.count)) + text + "-" + twoDigits(month) + "-"
            + twoDigits(day)
    }

    static func daysInMonth(year: Int, month: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

/// A minute of a day: `YYYY-MM-DD HH:MM`, local time.
public struct CalendarMinute: Hashable, Sendable {
    public let date: CalendarDate
    public let hour: Int
    public let minute: Int

    /// Nil when the text is none, or the day or minute does not exist.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 16, bytes[10] == 0x20, bytes[13] == 0x3A, let date = CalendarDate(text.prefix(10)) else {
            return nil
        }
        let digits = [bytes[11], bytes[12], bytes[14], bytes[15]].map { Int($0) - 0x30 }
        guard digits.allSatisfy({ (0...9).contains($0) }) else { return nil }
        hour = digits[0] * 10 + digits[1]
        minute = digits[2] * 10 + digits[3]
        guard hour < 24, minute < 60 else { return nil }
        self.date = date
    }

    /// `14:05`
    public var clock: String { "\(twoDigits(hour)):\(twoDigits(minute))" }
}

func twoDigits(_ number: Int) -> String {
    number < 10 ? "0\(number)" : "\(number)"
}
