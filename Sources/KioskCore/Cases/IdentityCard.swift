/// What an identity card says of its holder, and the citizen number (GB 11643-1999) on it.

/// A citizen identity number: 17 digits and a check character.
public enum CitizenNumber {
    /// The check character for the first 17 digits (GB 11643-1999, ISO 7064 MOD 11-2); nil unless they are 17 digits.
    public static func checkCharacter(for body: some StringProtocol) -> Character? {
        let digits = Array(body.utf8)
        guard digits.count == 17, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
        let sum = zip(digits, weights).reduce(0) { $0 + Int($1.0 - 0x30) * $1.1 }
        return Array("10X98765432")[sum % 11]
    }

    /// Eighteen characters, a birth date that exists and the right check character. The area code is never judged:
    /// retired codes stay in citizens' numbers.
    public static func isValid(_ number: some StringProtocol) -> Bool {
        let text = Array(number.uppercased())
        guard text.count == 18, birthDate(of: String(text)) != nil,
            let check = checkCharacter(for: String(text.prefix(17)))
        else { return false }
        return text[17] == check
    }

    public static func birthDate(of number: some StringProtocol) -> CalendarDate? {
        guard number.utf8.count == 18, number.count == 18 else { return nil }
        return CalendarDate(compact: number.dropFirst(6).prefix(8))
    }

    /// `230199********0018`: what may stand on a screen or slip.
    public static func masked(_ number: some StringProtocol) -> String {
        guard number.count >= 10 else { return String(repeating: "*", count: number.count) }
        return number.prefix(6) + String(repeating: "*", count: number.count - 10) + number.suffix(4)
    }
}

/// The text of an identity card, as its chip gives it (GA/T 490 and the later record layouts).
public struct IdentityCard: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, Sendable {
        case resident
        /// 港澳台居民居住证
        case residencePermit
        /// 外国人永久居留身份证
        case foreignPermanentResident
        /// 社会保障卡, by its contact chip.
        case socialSecurityCard
    }

    /// GB/T 2261.1.
    public enum Sex: String, Codable, Sendable {
        case unknown = "0"
        case male = "1"
        case female = "2"
        case notStated = "9"
    }

    public enum Expiry: Codable, Hashable, Sendable {
        /// Last day of validity, inclusive.
        case on(CalendarDate)
        /// 长期
        case never
    }

    public var kind: Kind
    /// As the holder writes it: in Chinese when the card has a Chinese name.
    public var name: String
    public var sex: Sex
    /// GB/T 3304 two-digit code; empty when the card has none.
    public var nationCode: String
    public var birthDate: CalendarDate
    /// Empty when the card has none: foreign permanent residents' and social-security cards.
    public var address: String
    /// The citizen number, or the number of a foreigner's permanent residence (15 characters before 2023).
    public var number: String
    public var issuer: String
    public var validFrom: CalendarDate
    public var expiry: Expiry
    /// Foreigners' cards only.
    public var englishName: String?
    /// ISO 3166 nationality as the card has it; foreigners' cards only.
    public var nationality: String?
    /// The card's own number beside the holder's: travel permit (港澳台居民居住证) or social-security card number.
    public var documentNumber: String?

    public init(
        kind: Kind, name: String, sex: Sex, nationCode: String, birthDate: CalendarDate, address: String,
        number: String, issuer: String, validFrom: CalendarDate, expiry: Expiry, englishName: String? = nil,
        nationality: String? = nil, documentNumber: String? = nil
    ) {
        self.kind = kind
        self.name = name
        self.sex = sex
        self.nationCode = nationCode
        self.birthDate = birthDate
        self.address = address
        self.number = number
        self.issuer = issuer
        self.validFrom = validFrom
        self.expiry = expiry
        self.englishName = englishName
        self.nationality = nationality
        self.documentNumber = documentNumber
    }

    public func isExpired(on today: CalendarDate) -> Bool {
        switch expiry {
        case .on(let last): last < today
        case .never: false
        }
    }
}

/// What kinds of card a matter takes at a step.
public enum CardSource: String, Codable, Sendable, CaseIterable {
    /// Resident cards, residence permits and foreigners' permanent residence cards, on the contactless reader.
    case identityCard = "id-card"
    /// 社会保障卡, in the contact chip reader.
    case socialSecurityCard = "social-security-card"
}

extension IdentityCard {
    /// Which reader gave it.
    public var source: CardSource { kind == .socialSecurityCard ? .socialSecurityCard : .identityCard }
}

extension IdentityCard.Kind {
    public var title: Localized {
        switch self {
        case .resident: Localized(zh: "居民身份证", en: "Resident ID card")
        case .residencePermit: Localized(zh: "港澳台居民居住证", en: "Residence permit")
        case .foreignPermanentResident: Localized(zh: "外国人永久居留身份证", en: "Foreign permanent resident ID card")
        case .socialSecurityCard: Localized(zh: "社会保障卡", en: "Social security card")
        }
    }
}

/// What is asked of the card readers.
public struct CardRequest: Codable, Hashable, Sendable {
    public var accepts: Set<CardSource>
    /// Fingerprint templates are opaque, and dropped by the driver unless a matter asks for them.
    public var wantsFingerprints: Bool

    public init(accepts: Set<CardSource> = [.identityCard], wantsFingerprints: Bool = false) {
        self.accepts = accepts
        self.wantsFingerprints = wantsFingerprints
    }
}

/// One complete read of a card: the parsed text and the raw records it came from.
public struct IdentityReading: Hashable, Sendable {
    public var card: IdentityCard
    /// What the chip gave as text: 256 bytes of UTF-16LE, or the files of a social-security card one after another.
    public var textRecord: [UInt8]
    /// The photo record (WLT), 1024 bytes; empty when the card gave none.
    public var photoRecord: [UInt8]
    /// 0, 512 or 1024 bytes of templates (GA 1012), opaque; empty unless they were asked for.
    public var fingerprintRecord: [UInt8]

    public init(
        card: IdentityCard, textRecord: [UInt8], photoRecord: [UInt8], fingerprintRecord: [UInt8] = []
    ) {
        self.card = card
        self.textRecord = textRecord
        self.photoRecord = photoRecord
        self.fingerprintRecord = fingerprintRecord
    }
}
