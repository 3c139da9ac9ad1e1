/// Offsets from UTC of the time zones that the functions of a timestamp take.

internal import FoundationEssentials

enum TimeZoneOffset {
    // Names need the ICU data that Foundation brings into the process; a program without it knows fixed offsets only.
    /// Seconds east of UTC of `+08:00`, `08:00`, `UTC` or a name such as `Asia/Shanghai` at that time; nil when there is
    /// no such zone.
    static func seconds(of zone: String, at time: ExpressionTimestamp) -> Int64? {
        if zone == "UTC" || zone.isEmpty { return 0 }
        if let fixed = fixed(Array(zone.utf8.prefix(8))) { return fixed }
        guard zone.utf8.count <= 64, let first = zone.utf8.first, (0x41...0x5A).contains(first & 0xDF),
            zone.utf8.allSatisfy({ isNameByte($0) }),
            let named = TimeZone(identifier: zone)
        else { return nil }
        return Int64(named.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time.seconds))))
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || [0x2B, 0x2D, 0x2F, 0x5F].contains(byte)
    }

    private static func fixed(_ bytes: [UInt8]) -> Int64? {
        let isNegative = bytes.first == 0x2D
        let digits = isNegative || bytes.first == 0x2B ? bytes.dropFirst() : bytes[...]
        guard digits.count == 5 else { return nil }
        let characters = Array(digits)
        let values = [0, 1, 3, 4].compactMap {
            (0x30...0x39).contains(characters[$0]) ? Int64(characters[$0] - 0x30) : nil
        }
        guard values.count == 4, characters[2] == 0x3A else { return nil }
        let (hours, minutes) = (values[0] * 10 + values[1], values[2] * 10 + values[3])
        guard hours < 24, minutes < 60 else { return nil }
        return (hours * 3600 + minutes * 60) * (isNegative ? -1 : 1)
    }
}
