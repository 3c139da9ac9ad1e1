/// The standard functions and conversions of CEL: their declarations for the checker, their work for the evaluator.

enum StandardFunction: String, CaseIterable {
    case size, contains, startsWith, endsWith, matches
    case type, dyn
    case bool, int, uint, double, string, bytes, timestamp, duration
    case getFullYear, getMonth, getDate, getDayOfMonth, getDayOfWeek, getDayOfYear
    case getHours, getMinutes, getSeconds, getMilliseconds

    struct Declaration {
        let isMember: Bool
        let parameters: [ExpressionType]
        let result: ExpressionType
    }

    var declarations: [Declaration] {
        func global(_ parameter: ExpressionType, _ result: ExpressionType) -> Declaration {
            Declaration(isMember: false, parameters: [parameter], result: result)
        }
        func member(_ parameters: [ExpressionType], _ result: ExpressionType) -> Declaration {
            Declaration(isMember: true, parameters: parameters, result: result)
        }
        func calendar() -> [Declaration] { [member([.timestamp], .int), member([.timestamp, .string], .int)] }
        switch self {
        case .size:
            let sized: [ExpressionType] = [.string, .bytes, .list(.dynamic), .map(.dynamic, .dynamic)]
            return sized.flatMap { [global($0, .int), member([$0], .int)] }
        case .contains, .startsWith, .endsWith: return [member([.string, .string], .bool)]
        case .matches:
            return [
                member([.string, .string], .bool),
                Declaration(isMember: false, parameters: [.string, .string], result: .bool),
            ]
        case .type: return [global(.dynamic, .type)]
        case .dyn: return [global(.dynamic, .dynamic)]
        case .bool: return [global(.bool, .bool), global(.string, .bool)]
        case .int: return [.int, .uint, .double, .string, .timestamp].map { global($0, .int) }
        case .uint: return [.uint, .int, .double, .string].map { global($0, .uint) }
        case .double: return [.double, .int, .uint, .string].map { global($0, .double) }
        case .string:
            return [.string, .bool, .int, .uint, .double, .bytes, .timestamp, .duration].map { global($0, .string) }
        case .bytes: return [.bytes, .string].map { global($0, .bytes) }
        case .timestamp: return [.timestamp, .string, .int].map { global($0, .timestamp) }
        case .duration: return [.duration, .string].map { global($0, .duration) }
        case .getFullYear, .getMonth, .getDate, .getDayOfMonth, .getDayOfWeek, .getDayOfYear: return calendar()
        case .getHours, .getMinutes, .getSeconds, .getMilliseconds: return calendar() + [member([.duration], .int)]
        }
    }

    /// Whether a call of this form can be one of the function.
    func takes(isMember: Bool, count: Int) -> Bool {
        declarations.contains { $0.isMember == isMember && $0.parameters.count == count }
    }

    /// The names of types, which are values too.
    static let typeNames: Set<String> = [
        "bool", "int", "uint", "double", "string", "bytes", "list", "map", "null_type", "type",
        "google.protobuf.Timestamp", "google.protobuf.Duration",
    ]

    // MARK: Conversions

    private static func outOfRange(_ value: ExpressionValue, _ name: String) -> ExpressionError {
        ExpressionError(.overflow, "the \(value.typeName) is out of the range of \(name)")
    }

    private static func noReading(_ name: String) -> ExpressionError {
        ExpressionError(.invalidArgument, "the text cannot be read as \(name)")
    }

    /// The conversion of a value to the type of this name; nil when there is none for the value's type.
    func convert(_ value: ExpressionValue) throws(ExpressionError) -> ExpressionValue? {
        switch self {
        case .bool: try Self.toBool(value)
        case .int: try Self.toInt(value)
        case .uint: try Self.toUint(value)
        case .double: try Self.toDouble(value)
        case .string: try Self.toString(value)
        case .bytes: Self.toBytes(value)
        case .timestamp: try Self.toTimestamp(value)
        case .duration: try Self.toDuration(value)
        default: nil
        }
    }

    private static func toBool(_ value: ExpressionValue) throws(ExpressionError) -> ExpressionValue? {
        switch value {
        case .bool: return value
        case .string("1"), .string("t"), .string("true"), .string("TRUE"), .string("True"): return .bool(true)
        case .string("0"), .string("f"), .string("false"), .string("FALSE"), .string("False"): return .bool(false)
        case .string: throw noReading("bool")
        default: return nil
        }
    }

    private static func toInt(_ value: ExpressionValue) throws(ExpressionError) -> ExpressionValue? {
        switch value {
        case .int: return value
        case .uint(let number):
            guard let whole = Int64(exactly: number) else { throw outOfRange(value, "int") }
            return .int(whole)
        case .double(let number):
            // The largest doubles below and above: the limits themselves are rounded, so they are refused.
            guard number > -9_223_372_036_854_775_808, number < 9_223_372_036_854_775_808,
                let whole = Int64(exactly: number.rounded(.towardZero))
            else { throw outOfRange(value, "int") }
            return .int(whole)
        case .string(let text):
            guard let whole = Int64(text) else { throw noReading("int") }
            return .int(whole)
        case .timestamp(let time): return .int(time.seconds)
        default: return nil
        }
    }

    private static func toUint(_ value: ExpressionValue) throws(ExpressionError) -> ExpressionValue? {
        switch value {
        case .uint: return value
        case .int(let number):
            guard let whole = UInt64(exactly: number) else { throw outOfRange(value, "uint") }
            return .uint(whole)
        case .double(let number):
            guard number >= 0, let whole = UInt64(exactly: number.rounded(.towardZero)) else {
                throw outOfRange(value, "uint")
            }
            return .uint(whole)
        case .string(let text):
            guard let whole = UInt64(text) else { throw noReading("uint") }
            return .uint(whole)
        default: return nil
        }
    }

    private static func toDouble(_ value: ExpressionValue) throws(ExpressionError) -> ExpressionValue? {
        switch value {
        case .double: return value
        case .int(let number): return .double(Double(number))
        case .uint(let number): return .double(Double(number))
        case .string(let text):
            guard let number = Double(text), number.isFinite || !text.utf8.contains(where: { (0x30...0x39) ~= $0 })
            else { throw noReading("double") }
            return .double(number)
        default: return nil
        }
    }

    private static func toString(_ value: ExpressionValue) throws(ExpressionError) -> ExpressionValue? {
        switch value {
        case .string: return value
        case .bool(let value): return .string(value ? "true" : "false")
        case .int(let number): return .string(String(number))
        case .uint(let number): return .string(String(number))
        case .double(let number): return .string(text(of: number))
        case .bytes(let bytes):
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw ExpressionError(.invalidArgument, "the bytes are not a text: invalid UTF-8")
            }
            return .string(text)
        case .timestamp(let time): return .string(time.text)
        case .duration(let length): return .string(length.text)
        default: return nil
        }
    }

    private static func toBytes(_ value: ExpressionValue) -> ExpressionValue? {
        switch value {
        case .bytes: value
        case .string(let text): .bytes(Array(text.utf8))
        default: nil
        }
    }

    private static func toTimestamp(_ value: ExpressionValue) throws(ExpressionError) -> ExpressionValue? {
        switch value {
        case .timestamp: return value
        case .int(let seconds):
            guard let time = ExpressionTimestamp(seconds: seconds) else { throw outOfRange(value, "timestamp") }
            return .timestamp(time)
        case .string(let text):
            guard let time = ExpressionTimestamp(text) else {
                throw ExpressionError(
                    .invalidArgument,
                    "the text is no timestamp in range: 2026-01-31T08:00:00Z, years 1 to 9999")
            }
            return .timestamp(time)
        default: return nil
        }
    }

    private static func toDuration(_ value: ExpressionValue) throws(ExpressionError) -> ExpressionValue? {
        switch value {
        case .duration: return value
        case .string(let text):
            guard let length = ExpressionDuration(text) else {
                throw ExpressionError(.invalidArgument, "the text is no duration in range: 1h30m, 1.5s, 100ms")
            }
            return .duration(length)
        default: return nil
        }
    }

    /// The shortest digits that read back as the number; a whole number below 10²¹ has no point and no exponent.
    static func text(of number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
        if let whole = Int64(exactly: number), whole.magnitude < 1 << 53, number != 0 { return String(whole) }
        let text = number.description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : expanded(text)
    }

    /// `4.5e-05` as `0.000045`, down to 10⁻⁶; other exponents stay.
    private static func expanded(_ text: String) -> String {
        let parts = text.split(separator: "e")
        guard parts.count == 2, let exponent = Int(parts[1]), (-6..<0).contains(exponent) else { return text }
        let isNegative = parts[0].hasPrefix("-")
        let digits = parts[0].filter { $0.isNumber }
        let trimmed = digits.hasSuffix("0") && digits.count == 2 ? digits.dropLast() : digits[...]
        return (isNegative ? "-" : "") + "0." + String(repeating: "0", count: -exponent - 1) + trimmed
    }

    // MARK: Time

    /// What a clock and a calendar show of a timestamp, or the length of a duration; nil for other values.
    /// `zone` is nil for UTC.
    func part(of value: ExpressionValue, zone: ExpressionValue?) throws(ExpressionError) -> ExpressionValue? {
        switch (value, zone) {
        case (.duration(let length), nil):
            switch self {
            case .getHours: return .int(length.seconds / 3600)
            case .getMinutes: return .int(length.seconds / 60)
            case .getSeconds: return .int(length.seconds)
            case .getMilliseconds: return .int(Int64(length.nanoseconds / 1_000_000))
            default: return nil
            }
        case (.timestamp(let time), nil): return calendarPart(of: time, offset: 0)
        case (.timestamp(let time), .string(let name)):
            guard let offset = TimeZoneOffset.seconds(of: name, at: time) else {
                throw ExpressionError(.invalidArgument, "there is no such time zone")
            }
            return calendarPart(of: time, offset: offset)
        default: return nil
        }
    }

    private func calendarPart(of time: ExpressionTimestamp, offset: Int64) -> ExpressionValue? {
        let parts = ExpressionTimestamp.Parts(time, offset: offset)
        switch self {
        case .getFullYear: return .int(parts.day.year)
        case .getMonth: return .int(parts.day.month - 1)
        case .getDate: return .int(parts.day.day)
        case .getDayOfMonth: return .int(parts.day.day - 1)
        case .getDayOfWeek: return .int(parts.weekday)
        case .getDayOfYear: return .int(parts.dayOfYear)
        case .getHours: return .int(parts.hour)
        case .getMinutes: return .int(parts.minute)
        case .getSeconds: return .int(parts.second)
        case .getMilliseconds: return .int(Int64(time.nanoseconds / 1_000_000))
        default: return nil
        }
    }
}
