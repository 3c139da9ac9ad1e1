/// The social security card's file system: SSSE with EF05 (issuer) and EF06 (holder), one data element a record.

public struct SocialSecurityCard: ChipCardApplication {
    /// What READ RECORD's P1 may be (ISO 7816-4, 7.3.3).
    public enum RecordAddressing: Sendable, CaseIterable {
        /// P2 = 00: P1 is the record's identifier, here the element's tag.
        case identifier
        /// P2 = 04: P1 is the record's number, counted from 1 in each file.
        case number
        case both
    }

    /// SELECT by name of SSSE: `sx1.sh.` and 社会保障 in GBK.
    public static let environmentName: [UInt8] =
        Array("sx1.sh.".utf8) + [0xC9, 0xE7, 0xBB, 0xE1, 0xB1, 0xA3, 0xD5, 0xCF]

    /// Values of EF05 by tag: 01 card id, 02 class, 03 version, 04 issuer, 05 issued, 06 expires, 07 card number.
    public var issuerFile: [UInt8: [UInt8]]
    /// Values of EF06 by tag: 08 social security number, 09 name (GBK), 0A sex, 0B nation, 0C birthplace, 0D birth date.
    public var holderFile: [UInt8: [UInt8]]
    public var addressing: RecordAddressing = .both
    /// SELECT of SSSE is answered 6A82 although its files are there.
    public var deniesEnvironment = false
    /// The holder's file asks for a key first: its records are answered 6982.
    public var guardsHolder = false

    private enum File { case issuer, holder }
    private var isInEnvironment = false
    private var selected: File?
    private var pin = ChipPersonalNumber()

    /// `name` is GBK, at most 30 bytes, padded with zeros; dates are `YYYYMMDD`; `nation` is two digits (GB/T 3304).
    /// Sex is a character of GB/T 2261.1.
    public init(
        number: String, name: [UInt8], sex: Character, nation: String, birth: String, cardNumber: String,
        issued: String, expires: String
    ) {
        let region: [UInt8] = [0x23, 0x01, 0x99]
        issuerFile = [
            0x01: region + [0xD1, 0x56, 0, 0, 5, 0] + Self.padded(Array(cardNumber.utf8.suffix(7)), to: 7),
            0x02: [0x31],
            0x03: Array("2.00".utf8),
            0x04: region + [UInt8](repeating: 0, count: 9),
            0x05: Self.binaryCodedDecimal(issued),
            0x06: Self.binaryCodedDecimal(expires),
            0x07: Self.padded(Array(cardNumber.utf8), to: 9),
        ]
        holderFile = [
            0x08: Self.padded(Array(number.utf8), to: 18),
            0x09: Self.padded(name, to: 30),
            0x0A: Array(String(sex).utf8),
            0x0B: Self.binaryCodedDecimal(nation),
            0x0C: region,
            0x0D: Self.binaryCodedDecimal(birth),
        ]
    }

    public mutating func reset() {
        isInEnvironment = false
        selected = nil
    }

    public mutating func respond(to command: ChipCommand) -> ChipResponse {
        guard command.cla == 0x00 else { return ChipResponse(0x6E00) }
        switch command.ins {
        case 0xA4: return select(command)
        case 0xB2: return read(command)
        case 0x20: return pin.verify()
        default: return ChipResponse(0x6D00)
        }
    }

    private mutating func select(_ command: ChipCommand) -> ChipResponse {
        switch (command.p1, command.data) {
        case (0x04, Self.environmentName) where !deniesEnvironment:
            isInEnvironment = true
            selected = nil
            let name = [0x84, UInt8(command.data.count)] + command.data
            return ChipResponse(0x9000, data: [0x6F, UInt8(name.count)] + name)
        case (0x00, [0xEF, 0x05]) where isInEnvironment || deniesEnvironment,
            (0x02, [0xEF, 0x05]) where isInEnvironment || deniesEnvironment:
            selected = .issuer
        case (0x00, [0xEF, 0x06]) where isInEnvironment || deniesEnvironment,
            (0x02, [0xEF, 0x06]) where isInEnvironment || deniesEnvironment:
            selected = .holder
        default:
            return ChipResponse(0x6A82)
        }
        return ChipResponse(0x9000)
    }

    private func read(_ command: ChipCommand) -> ChipResponse {
        guard let selected else { return ChipResponse(0x6986) }
        if selected == .holder, guardsHolder { return ChipResponse(0x6982) }
        let records = selected == .issuer ? issuerFile : holderFile
        let tags = records.keys.sorted()
        let tag: UInt8?
        switch (command.p2, addressing) {
        case (0x00, .identifier), (0x00, .both):
            tag = command.p1
        case (0x04, .number), (0x04, .both):
            tag = command.p1 >= 1 && command.p1 <= tags.count ? tags[Int(command.p1) - 1] : nil
        default:
            return ChipResponse(0x6A86)
        }
        guard let tag, let value = records[tag] else { return ChipResponse(0x6A83) }
        return ChipResponse(0x9000, data: [tag, UInt8(truncatingIfNeeded: value.count)] + value)
    }

    private static func padded(_ bytes: [UInt8], to length: Int) -> [UInt8] {
        Array(bytes.prefix(length)) + [UInt8](repeating: 0, count: max(0, length - bytes.count))
    }

    private static func binaryCodedDecimal(_ digits: String) -> [UInt8] {
        let values = digits.utf8.map { $0 & 0x0F }
        return stride(from: 0, to: values.count - 1, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    }
}
