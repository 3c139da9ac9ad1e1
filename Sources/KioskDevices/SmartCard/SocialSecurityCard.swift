/// The social-security card (社会保障卡): which files hold the holder's data, and what their records mean.

import KioskCore

/// One record: tag, length and value, a byte each for the first two.
struct ChipCardRecord: Hashable, Sendable {
    var tag: UInt8
    var value: [UInt8]

    /// A record with nothing after it but filling of 00 or FF.
    init(_ bytes: [UInt8]) throws(CodecError) {
        guard let tag = bytes.uint8(0), let length = bytes.uint8(1), bytes.count >= 2 + Int(length) else {
            throw CodecError(.chipCardRecord, .truncated, "record")
        }
        let rest = bytes.dropFirst(2 + Int(length))
        guard rest.allSatisfy({ $0 == 0x00 }) || rest.allSatisfy({ $0 == 0xFF }) else {
            throw CodecError(.chipCardRecord, .badLength, "record")
        }
        self.tag = tag
        value = Array(bytes[2..<2 + Int(length)])
    }

    /// Without the filling.
    var bytes: [UInt8] { [tag, UInt8(truncatingIfNeeded: value.count)] + value }
}

enum SocialSecurityCard {
    /// `sx1.sh.社会保障`, the environment that holds the card's own files.
    static let environment: [UInt8] = [
        0x73, 0x78, 0x31, 0x2E, 0x73, 0x68, 0x2E, 0xC9, 0xE7, 0xBB, 0xE1, 0xB1, 0xA3, 0xD5, 0xCF,
    ]

    enum Tag: UInt8 {
        case cardIdentifier = 0x01
        case issuer = 0x04
        case issued = 0x05
        case expiry = 0x06
        case cardNumber = 0x07
        case number = 0x08
        case name = 0x09
        case sex = 0x0A
        case nation = 0x0B
        case birth = 0x0D
    }

    /// A file of records; record n of it has the n-th tag.
    private struct File {
        var identifier: UInt16
        var tags: ClosedRange<UInt8>
        var required: Set<Tag>
    }

    private static let files = [
        File(
            identifier: 0xEF05, tags: 0x01...0x07, required: [.cardIdentifier, .issued, .expiry, .cardNumber]),
        File(identifier: 0xEF06, tags: 0x08...0x0D, required: [.number, .name, .sex, .birth]),
    ]

    /// How a card lets its records be found.
    private enum Addressing: CaseIterable {
        case identifier, number
    }

    /// Selects the environment and reads both files. Only commands that need no PIN.
    static func read(from card: any CardChannel) async throws(SmartCardError) -> IdentityReading {
        let selection = try await card.transmit(.select(application: environment))
        // Cards are known that do not have the name and still have the files.
        guard selection.isDone || selection.status == 0x6A82 else {
            try throwIfFailed(selection)
            throw SmartCardError(.cardUnsupported, "select: SW \(selection.hexadecimalStatus)")
        }
        var records: [ChipCardRecord] = []
        for file in files {
            try await select(file, on: card)
            records += try await read(file, from: card)
        }
        do throws(CodecError) {
            return IdentityReading(
                card: try identityCard(records), textRecord: records.flatMap(\.bytes), photoRecord: [])
        } catch {
            // Read whole and still wrong: perhaps a bad contact, so it is read once more before it is given up.
            throw SmartCardError(.cardFailed, error.description)
        }
    }

    private static func select(_ file: File, on card: any CardChannel) async throws(SmartCardError) {
        var last: UInt16 = 0
        for search in CardCommand.FileSearch.allCases {
            let response = try await card.transmit(.select(file: file.identifier, search))
            if response.isDone { return }
            try throwIfFailed(response)
            last = response.status
        }
        throw SmartCardError(
            .cardUnsupported, "no file \(String(file.identifier, radix: 16)): SW \(String(last, radix: 16))")
    }

    private static func read(
        _ file: File, from card: any CardChannel
    ) async throws(SmartCardError) -> [ChipCardRecord] {
        var records: [ChipCardRecord] = []
        var known: Addressing?
        for tag in file.tags {
            var found: ChipCardRecord?
            for addressing in known.map({ [$0] }) ?? Addressing.allCases where found == nil {
                let command: CardCommand =
                    switch addressing {
                    case .identifier: .readRecord(identifier: tag)
                    case .number: .readRecord(number: tag - file.tags.lowerBound + 1)
                    }
                let response = try await card.transmit(command)
                guard response.isDone else {
                    try throwIfFailed(response)
                    continue
                }
                let record: ChipCardRecord
                do throws(CodecError) {
                    record = try ChipCardRecord(response.data)
                } catch {
                    throw SmartCardError(.cardFailed, error.description)
                }
                guard record.tag == tag else { continue }
                found = record
                known = addressing
            }
            if let found {
                records.append(found)
            } else if let name = Tag(rawValue: tag), file.required.contains(name) {
                throw SmartCardError(.cardUnsupported, "no record \(tag)")
            }
        }
        return records
    }

    /// The card's own trouble (64xx, 65xx, 6Fxx); everything else it says is about the file.
    private static func throwIfFailed(_ response: CardResponse) throws(SmartCardError) {
        guard [0x64, 0x65, 0x6F].contains(response.sw1) else { return }
        throw SmartCardError(.cardFailed, "SW \(response.hexadecimalStatus)")
    }

    /// Judges nothing but the fields' form and the citizen number's check character.
    static func identityCard(_ records: [ChipCardRecord]) throws(CodecError) -> IdentityCard {
        func value(_ tag: Tag, _ length: Int?) throws(CodecError) -> [UInt8] {
            guard let record = records.first(where: { $0.tag == tag.rawValue }) else {
                throw CodecError(.chipCardRecord, .missing, "\(tag)")
            }
            guard length == nil || record.value.count == length else {
                throw CodecError(.chipCardRecord, .badLength, "\(tag)")
            }
            return record.value
        }
        let number = try text(try value(.number, 18), "number").uppercased()
        guard CitizenNumber.isValid(number) else { throw CodecError(.chipCardRecord, .badValue, "number") }
        let name = try GBKText.decode(try value(.name, nil), "name")
        guard !name.isEmpty else { throw CodecError(.chipCardRecord, .missing, "name") }
        let cardNumber = try text(try value(.cardNumber, nil), "card number")
        guard !cardNumber.isEmpty else { throw CodecError(.chipCardRecord, .missing, "card number") }
        let identifier = try value(.cardIdentifier, 16)
        let hasNation = records.contains { $0.tag == Tag.nation.rawValue }
        let hasIssuer = records.contains { $0.tag == Tag.issuer.rawValue }
        return IdentityCard(
            kind: .socialSecurityCard, name: name, sex: try sex(try value(.sex, 1)),
            nationCode: hasNation ? try digits(try value(.nation, 1), "nation") : "",
            birthDate: try date(try value(.birth, 4), "birth"), address: "", number: number,
            issuer: hasIssuer ? issuer(try value(.issuer, nil)) : hexadecimal(identifier.prefix(3)),
            validFrom: try date(try value(.issued, 4), "issued"),
            expiry: .on(try date(try value(.expiry, 4), "expiry")), documentNumber: cardNumber)
    }

    /// The issuing body as words where the field has words, else its code as the card has it. Two bytes of a code may
    /// look like a character; three characters in a row do not come about by chance.
    private static func issuer(_ field: [UInt8]) -> String {
        if let text = try? GBKText.decode(field, "issuer"), text.count >= 3,
            text.unicodeScalars.allSatisfy({ $0.properties.isAlphabetic || ("0"..."9").contains($0) })
        {
            return text
        }
        return hexadecimal(field)
    }

    /// GB/T 2261.1, as a digit or as its number.
    private static func sex(_ field: [UInt8]) throws(CodecError) -> IdentityCard.Sex {
        switch field {
        case [0x30], [0x00]: return .unknown
        case [0x31], [0x01]: return .male
        case [0x32], [0x02]: return .female
        case [0x39], [0x09]: return .notStated
        default: throw CodecError(.chipCardRecord, .badValue, "sex")
        }
    }

    /// Letters and digits in ASCII, without padding.
    private static func text(_ field: [UInt8], _ name: String) throws(CodecError) -> String {
        var bytes = field
        while let last = bytes.last, last == 0x00 || last == 0x20 { bytes.removeLast() }
        let isPlain = bytes.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        }
        guard isPlain else { throw CodecError(.chipCardRecord, .badValue, name) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func digits(_ field: [UInt8], _ name: String) throws(CodecError) -> String {
        guard field.allSatisfy({ $0 >> 4 <= 9 && $0 & 0x0F <= 9 }) else {
            throw CodecError(.chipCardRecord, .badValue, name)
        }
        return hexadecimal(field)
    }

    private static func date(_ field: [UInt8], _ name: String) throws(CodecError) -> CalendarDate {
        guard let date = CalendarDate(compact: try digits(field, name)) else {
            throw CodecError(.chipCardRecord, .badValue, name)
        }
        return date
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}

extension CardResponse {
    /// 9000, or 6282: the end of the record came before Le bytes.
    fileprivate var isDone: Bool { status == 0x9000 || status == 0x6282 }
}
