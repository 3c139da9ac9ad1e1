/// The records an identity card's chip holds: text of 256 bytes UTF-16LE (GA/T 490 and the residence permit's layout)
/// and the WLT photo.

import KioskCore

enum IdentityRecordError: Error, Hashable, Sendable {
    case malformed(CodecError)
    /// The card is whole, but of a kind this terminal does not serve.
    case unsupportedKind
}

enum IdentityRecord {
    static let textLength = 256
    static let photoLength = 1024

    /// Takes the data of a successful `30 01` apart by its own length fields.
    static func reading(readBaseData data: [UInt8]) throws(IdentityRecordError) -> IdentityReading {
        guard let textLength = data.bigEndian16(0), let photoLength = data.bigEndian16(2) else {
            throw .malformed(CodecError(.identityRecord, .truncated, "lengths"))
        }
        guard Int(textLength) == Self.textLength, photoLength == 0 || Int(photoLength) == Self.photoLength else {
            throw .malformed(CodecError(.identityRecord, .badLength, "lengths"))
        }
        let photoStart = 4 + Int(textLength)
        guard data.count == photoStart + Int(photoLength) else {
            throw .malformed(CodecError(.identityRecord, .badLength, "data"))
        }
        let text = Array(data[4..<photoStart])
        return IdentityReading(
            card: try card(text: text), textRecord: text, photoRecord: Array(data[photoStart...]))
    }

    /// Parses the text record. The kind is the character at offset 248: space for a resident card, `J` for the
    /// residence permit of Hong Kong, Macau and Taiwan residents.
    static func card(text: [UInt8]) throws(IdentityRecordError) -> IdentityCard {
        guard text.count == textLength else {
            throw .malformed(CodecError(.identityRecord, .badLength, "text"))
        }
        let kind: IdentityCard.Kind
        switch text.littleEndian16(248) {
        case 0x0020: kind = .resident
        case 0x004A: kind = .residencePermit
        default: throw .unsupportedKind
        }
        do {
            return try card(text: text, kind: kind)
        } catch {
            throw .malformed(error)
        }
    }

    private static func card(text: [UInt8], kind: IdentityCard.Kind) throws(CodecError) -> IdentityCard {
        let name = try field(text, 0, 30, "name")
        guard !name.isEmpty else { throw CodecError(.identityRecord, .missing, "name") }
        guard let sex = IdentityCard.Sex(rawValue: try field(text, 30, 2, "sex")) else {
            throw CodecError(.identityRecord, .badValue, "sex")
        }
        // The permit keeps no nation: its four bytes are reserved.
        let nation = kind == .resident ? try field(text, 32, 4, "nation") : ""
        guard nation.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw CodecError(.identityRecord, .badValue, "nation")
        }
        let number = try field(text, 122, 36, "number")
        // One XOR byte guards 1,288 bytes on the wire; the check character is the stronger test of a whole read.
        guard CitizenNumber.isValid(number) else { throw CodecError(.identityRecord, .badValue, "number") }
        let validTo = try field(text, 204, 16, "valid to")
        let expiry: IdentityCard.Expiry =
            validTo == "长期" ? .never : .on(try date(validTo, "valid to"))
        return IdentityCard(
            kind: kind, name: name, sex: sex, nationCode: nation,
            birthDate: try date(try field(text, 36, 16, "birth"), "birth"),
            address: try field(text, 52, 70, "address"), number: number,
            issuer: try field(text, 158, 30, "issuer"),
            validFrom: try date(try field(text, 188, 16, "valid from"), "valid from"), expiry: expiry)
    }

    private static func date(_ text: String, _ name: String) throws(CodecError) -> CalendarDate {
        guard let date = CalendarDate(compact: text) else { throw CodecError(.identityRecord, .badValue, name) }
        return date
    }

    /// A field without its padding of U+0020. Bytes that are no UTF-16, and control characters, are refused: they
    /// would end on paper.
    private static func field(
        _ text: [UInt8], _ offset: Int, _ length: Int, _ name: String
    ) throws(CodecError) -> String {
        var units: [UInt16] = []
        for position in stride(from: offset, to: offset + length, by: 2) {
            guard let unit = text.littleEndian16(position) else {
                throw CodecError(.identityRecord, .truncated, name)
            }
            units.append(unit)
        }
        while let last = units.last, last == 0x20 { units.removeLast() }
        guard let string = String(validating: units, as: UTF16.self),
            string.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
        else { throw CodecError(.identityRecord, .badValue, name) }
        return string
    }
}
