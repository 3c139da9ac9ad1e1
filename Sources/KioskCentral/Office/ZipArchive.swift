/// Writes a zip of stored entries (PKWARE APPNOTE 6.3.10) whose sizes and checksums are known beforehand.

struct ZipArchive: Sendable {
    struct Entry: Hashable, Sendable {
        var name: String
        /// Bytes, below 4 GiB.
        var length: Int
        var checksum: UInt32
    }

    /// APPNOTE 4.4.4, bit 11: the name is UTF-8.
    private static let utf8Flag: UInt16 = 1 << 11
    private static let version: UInt16 = 20
    /// 1980-01-01 00:00, the zero of the format: the time of a file is in the case, not in the zip.
    private static let time: UInt16 = 0
    private static let date: UInt16 = 0x21

    let entries: [Entry]

    /// Length of the whole archive.
    var length: Int {
        entries.reduce(22) { $0 + 30 + 46 + 2 * $1.name.utf8.count + $1.length }
    }

    /// What stands before the bytes of an entry (APPNOTE 4.3.7).
    func localHeader(_ entry: Entry) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(little: UInt32(0x0403_4B50))
        appendCommon(entry, to: &bytes)
        bytes += entry.name.utf8
        return bytes
    }

    /// What stands after the last entry (APPNOTE 4.3.12 and 4.3.16).
    func centralDirectory() -> [UInt8] {
        var bytes: [UInt8] = []
        var offset = 0
        for entry in entries {
            bytes.append(little: UInt32(0x0201_4B50))
            // Made on Unix, so that the mode below counts.
            bytes.append(little: UInt16(3 << 8) | Self.version)
            appendCommon(entry, to: &bytes)
            for _ in 0..<3 { bytes.append(little: UInt16(0)) }
            // Mode 0600 of a regular file.
            bytes.append(little: UInt32(0o100600) << 16)
            bytes.append(little: UInt32(truncatingIfNeeded: offset))
            bytes += entry.name.utf8
            offset += 30 + entry.name.utf8.count + entry.length
        }
        let size = bytes.count
        bytes.append(little: UInt32(0x0605_4B50))
        bytes.append(little: UInt32(0))
        bytes.append(little: UInt16(truncatingIfNeeded: entries.count))
        bytes.append(little: UInt16(truncatingIfNeeded: entries.count))
        bytes.append(little: UInt32(truncatingIfNeeded: size))
        bytes.append(little: UInt32(truncatingIfNeeded: offset))
        bytes.append(little: UInt16(0))
        return bytes
    }

    private func appendCommon(_ entry: Entry, to bytes: inout [UInt8]) {
        bytes.append(little: Self.version)
        bytes.append(little: Self.utf8Flag)
        // Stored.
        bytes.append(little: UInt16(0))
        bytes.append(little: Self.time)
        bytes.append(little: Self.date)
        bytes.append(little: entry.checksum)
        bytes.append(little: UInt32(truncatingIfNeeded: entry.length))
        bytes.append(little: UInt32(truncatingIfNeeded: entry.length))
        bytes.append(little: UInt16(truncatingIfNeeded: entry.name.utf8.count))
        bytes.append(little: UInt16(0))
    }
}

extension [UInt8] {
    fileprivate mutating func append<Number: FixedWidthInteger>(little number: Number) {
        var rest = number
        for _ in 0..<(Number.bitWidth / 8) {
            append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }
}
