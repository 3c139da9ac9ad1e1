/// The records an identity card's chip holds: text of 256 bytes UTF-16LE (GA/T 490 and the later layouts), the WLT
/// photo and fingerprint templates.

import KioskCore

enum IdentityRecordError: Error, Hashable, Sendable {
    case malformed(CodecError)
    /// The card is whole, but no published layout has this letter (a UTF-16 unit).
    case unsupportedKind(letter: UInt16)
}

/// The records as they were read, of whatever kind the card is.
struct IdentityRecord: Hashable, Sendable {
    static let textLength = 256
    static let photoLength = 1024

    var text: [UInt8]
    var photo: [UInt8]
    /// Opaque (GA 1012).
    var fingerprints: [UInt8]

    /// Takes the data of a successful `30 01` or `30 10` apart by its own length fields. A photo may be missing; there
    /// are no, one or two fingerprint templates of 512 bytes.
    init(readData data: [UInt8], withFingerprints: Bool) throws(CodecError) {
        guard let textLength = data.bigEndian16(0), let photoLength = data.bigEndian16(2),
            let fingerprintLength = withFingerprints ? data.bigEndian16(4) : 0
        else { throw CodecError(.identityRecord, .truncated, "lengths") }
        guard Int(textLength) == Self.textLength, photoLength == 0 || Int(photoLength) == Self.photoLength,
            [0, 512, 1024].contains(fingerprintLength)
        else { throw CodecError(.identityRecord, .badLength, "lengths") }
        let textStart = withFingerprints ? 6 : 4
        let photoStart = textStart + Int(textLength)
        let fingerprintStart = photoStart + Int(photoLength)
        guard data.count == fingerprintStart + Int(fingerprintLength) else {
            throw CodecError(.identityRecord, .badLength, "data")
        }
        text = Array(data[textStart..<photoStart])
        photo = Array(data[photoStart..<fingerprintStart])
        fingerprints = Array(data[fingerprintStart...])
    }

    /// What the port gives for a record whose layout is known.
    static func reading(
        readBaseData data: [UInt8], withFingerprints: Bool = false
    ) throws(IdentityRecordError) -> IdentityReading {
        let record: IdentityRecord
        do {
            record = try IdentityRecord(readData: data, withFingerprints: withFingerprints)
        } catch {
            throw .malformed(error)
        }
        return try record.reading()
    }

    func reading() throws(IdentityRecordError) -> IdentityReading {
        IdentityReading(
            card: try Self.card(text: text), textRecord: text, photoRecord: photo, fingerprintRecord: fingerprints)
    }

    /// Parses the text record. The kind is the character at offset 248.
    static func card(text: [UInt8]) throws(IdentityRecordError) -> IdentityCard {
        guard text.count == textLength, let letter = text.littleEndian16(248) else {
            throw .malformed(CodecError(.identityRecord, .badLength, "text"))
        }
        let fields = RecordFields(text: text)
        do {
            switch letter {
            case 0x0020: return try fields.resident()
            case 0x004A: return try fields.residencePermit()
            case 0x0049: return try fields.foreigner2017()
            case 0x0059: return try fields.foreigner2023()
            default: break
            }
        } catch {
            throw .malformed(error)
        }
        throw .unsupportedKind(letter: letter)
    }
}

/// The fields of a text record, at their byte offsets.
private struct RecordFields {
    var text: [UInt8]

    /// 居民身份证, a space at offset 248.
    func resident() throws(CodecError) -> IdentityCard {
        let nation = try field(32, 4, "nation")
        guard nation.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw CodecError(.identityRecord, .badValue, "nation")
        }
        return try chinese(.resident, nation: nation)
    }

    /// 港澳台居民居住证, `J`: bytes 32 to 35 are reserved, and the number of the permit to travel follows the dates.
    func residencePermit() throws(CodecError) -> IdentityCard {
        var card = try chinese(.residencePermit, nation: "")
        let permit = try field(220, 18, "permit number")
        card.documentNumber = permit.isEmpty ? nil : permit
        return card
    }

    private func chinese(_ kind: IdentityCard.Kind, nation: String) throws(CodecError) -> IdentityCard {
        let name = try field(0, 30, "name")
        guard !name.isEmpty else { throw CodecError(.identityRecord, .missing, "name") }
        return IdentityCard(
            kind: kind, name: name, sex: try sex(at: 30), nationCode: nation, birthDate: try date(36, "birth"),
            address: try field(52, 70, "address"), number: try citizenNumber(), issuer: try field(158, 30, "issuer"),
            validFrom: try date(188, "valid from"), expiry: try expiry())
    }

    /// 外国人永久居留身份证 of 2017, `I`.
    func foreigner2017() throws(CodecError) -> IdentityCard {
        let number = try field(122, 30, "number")
        // Three letters, eleven digits and a check character whose rule no two sources agree on.
        let characters = Array(number.utf8)
        guard characters.count == 15, characters.prefix(3).allSatisfy(Self.isCapital),
            characters[3..<14].allSatisfy(Self.isDigit), characters.suffix(1).allSatisfy(Self.isCapitalOrDigit)
        else { throw CodecError(.identityRecord, .badValue, "number") }
        return try foreigner(
            chineseName: try field(158, 30, "name"), englishName: try field(0, 120, "English name"),
            sex: try sex(at: 120), birth: try date(220, "birth"), number: number,
            issuer: try field(240, 8, "authority"), nationality: try field(152, 6, "nationality"))
    }

    /// 外国人永久居留身份证 of 2023, `Y`: 35 characters of the English name, and 11 more behind the dates.
    func foreigner2023() throws(CodecError) -> IdentityCard {
        let number = try citizenNumber()
        guard number.hasPrefix("9") else { throw CodecError(.identityRecord, .badValue, "number") }
        // A space at the end of the first part belongs to the name.
        return try foreigner(
            chineseName: try field(0, 30, "name"),
            englishName: try string(try units(52, 70, "English name") + units(220, 22, "English name"), "English name"),
            sex: try sex(at: 30), birth: try date(36, "birth"), number: number, issuer: "",
            nationality: try field(242, 6, "nationality"))
    }

    private func foreigner(
        chineseName: String, englishName: String, sex: IdentityCard.Sex, birth: CalendarDate, number: String,
        issuer: String, nationality: String
    ) throws(CodecError) -> IdentityCard {
        let name = chineseName.isEmpty ? englishName : chineseName
        guard !name.isEmpty else { throw CodecError(.identityRecord, .missing, "name") }
        guard nationality.utf8.allSatisfy(Self.isCapitalOrDigit) else {
            throw CodecError(.identityRecord, .badValue, "nationality")
        }
        return IdentityCard(
            kind: .foreignPermanentResident, name: name, sex: sex, nationCode: "", birthDate: birth, address: "",
            number: number, issuer: issuer, validFrom: try date(188, "valid from"), expiry: try expiry(),
            englishName: englishName.isEmpty ? nil : englishName, nationality: nationality.isEmpty ? nil : nationality)
    }

    // MARK: Fields that several layouts share

    private func sex(at offset: Int) throws(CodecError) -> IdentityCard.Sex {
        guard let sex = IdentityCard.Sex(rawValue: try field(offset, 2, "sex")) else {
            throw CodecError(.identityRecord, .badValue, "sex")
        }
        return sex
    }

    private func citizenNumber() throws(CodecError) -> String {
        let number = try field(122, 36, "number")
        // One XOR byte guards 1,288 bytes on the wire; the check character is the stronger test of a whole read.
        guard CitizenNumber.isValid(number) else { throw CodecError(.identityRecord, .badValue, "number") }
        return number
    }

    private func expiry() throws(CodecError) -> IdentityCard.Expiry {
        try field(204, 16, "valid to") == "长期" ? .never : .on(try date(204, "valid to"))
    }

    private func date(_ offset: Int, _ name: String) throws(CodecError) -> CalendarDate {
        guard let date = CalendarDate(compact: try field(offset, 16, name)) else {
            throw CodecError(.identityRecord, .badValue, name)
        }
        return date
    }

    private func field(_ offset: Int, _ length: Int, _ name: String) throws(CodecError) -> String {
        try string(try units(offset, length, name), name)
    }

    private func units(_ offset: Int, _ length: Int, _ name: String) throws(CodecError) -> [UInt16] {
        var units: [UInt16] = []
        for position in stride(from: offset, to: offset + length, by: 2) {
            guard let unit = text.littleEndian16(position) else {
                throw CodecError(.identityRecord, .truncated, name)
            }
            units.append(unit)
        }
        return units
    }

    /// Without the padding of U+0020. What is no UTF-16, and control characters, are refused: they would end on paper.
    private func string(_ units: [UInt16], _ name: String) throws(CodecError) -> String {
        var units = units
        while let last = units.last, last == 0x20 { units.removeLast() }
        guard let string = String(validating: units, as: UTF16.self),
            string.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
        else { throw CodecError(.identityRecord, .badValue, name) }
        return string
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isCapital(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) }
    private static func isCapitalOrDigit(_ byte: UInt8) -> Bool { isDigit(byte) || isCapital(byte) }
}
