import KioskCore
import Testing

@testable import KioskDevices

@Suite("Identity records")
struct IdentityRecordTests {
    /// Writes the fields where the reference says, on a record of spaces.
    private static func record(_ changes: [(Int, String)] = []) -> [UInt8] {
        blank(
            [
                (0, "测试甲"), (30, "1"), (32, "01"), (36, "19900101"), (52, "样例市样例区一号"), (122, "230199199001010018"),
                (158, "样例市公安局"), (188, "20200601"), (204, "20400601"),
            ] + changes)
    }

    @Test("A resident card's fields stand at their offsets")
    func resident() throws {
        let card = try IdentityRecord.card(text: Self.record())
        #expect(card.kind == .resident)
        #expect(card.name == "测试甲")
        #expect(card.sex == .male)
        #expect(card.nationCode == "01")
        #expect(card.birthDate.description == "1990-01-01")
        #expect(card.address == "样例市样例区一号")
        #expect(card.number == "230199199001010018")
        #expect(card.issuer == "样例市公安局")
        #expect(card.validFrom.description == "2020-06-01")
        #expect(card.expiry == .on(try #require(CalendarDate("2040-06-01"))))
    }

    @Test("长期 is a card without end")
    func longTerm() throws {
        let card = try IdentityRecord.card(text: Self.record([(204, "长期      ")]))
        #expect(card.expiry == .never)
    }

    @Test("J is a residence permit: no nation, and the number of the permit to travel")
    func residencePermit() throws {
        let changes = [
            (32, "  "), (122, "810000199408230021"), (36, "19940823"), (220, "H12345678"), (238, "02"), (248, "J"),
        ]
        let card = try IdentityRecord.card(text: Self.record(changes))
        #expect(card.kind == .residencePermit)
        #expect(card.nationCode == "")
        #expect(card.documentNumber == "H12345678")
        #expect(card.number == "810000199408230021")
    }

    /// A foreigner's card of 2017 on a record of spaces.
    private static func record2017(_ changes: [(Int, String)] = []) -> [UInt8] {
        blank(
            [
                (0, "SAMPLE, PERSON ONE WITH A NAME AS LONG AS THE WHOLE FIELD, 60"), (120, "2"),
                (122, "XXX239990010115"),
                (152, "XXX"), (158, "样例"), (188, "20180601"), (204, "20280531"), (220, "19900101"), (236, "01"),
                (240, "1500"), (248, "I"),
            ] + changes)
    }

    /// A foreigner's card of 2023; 999 is nobody's country.
    private static func record2023(_ changes: [(Int, String)] = []) -> [UInt8] {
        let number = "92399919900101001"
        let check = CitizenNumber.checkCharacter(for: number).map(String.init) ?? ""
        return blank(
            [
                (0, "样例"), (30, "1"), (32, "02"), (36, "19900101"), (52, "SAMPLE PERSON WHOSE NAME GOES ON AT"),
                (122, number + check), (188, "20240101"), (204, "20331231"), (220, "THE END"), (242, "XXX"), (248, "Y"),
            ] + changes)
    }

    private static func blank(_ fields: [(Int, String)]) -> [UInt8] {
        var record = [UInt8](repeating: 0, count: 256)
        for index in stride(from: 0, to: 256, by: 2) { record[index] = 0x20 }
        for (offset, text) in fields {
            for (index, unit) in text.utf16.enumerated() {
                record[offset + 2 * index] = UInt8(unit & 0xFF)
                record[offset + 2 * index + 1] = UInt8(unit >> 8)
            }
        }
        return record
    }

    @Test("I is a foreigner's card of 2017, with sixty characters of English name")
    func foreigner2017() throws {
        let card = try IdentityRecord.card(text: Self.record2017())
        #expect(card.kind == .foreignPermanentResident)
        #expect(card.name == "样例")
        #expect(card.englishName == "SAMPLE, PERSON ONE WITH A NAME AS LONG AS THE WHOLE FIELD, 6")
        #expect(card.sex == .female)
        #expect(card.number == "XXX239990010115")
        #expect(card.nationality == "XXX")
        #expect(card.birthDate.description == "1990-01-01")
        #expect(card.issuer == "1500")
        #expect(card.expiry == .on(try #require(CalendarDate("2028-05-31"))))
        #expect((card.nationCode, card.address) == ("", ""))
    }

    @Test("Y is a foreigner's card of 2023, whose English name is joined before it is trimmed")
    func foreigner2023() throws {
        var record = Self.record2023()
        #expect(try IdentityRecord.card(text: record).englishName == "SAMPLE PERSON WHOSE NAME GOES ON ATTHE END")
        // 34 letters and a space that belongs to the name.
        record = Self.record2023([(52, "SAMPLE PERSON WHOSE NAME GOES ON A "), (220, "THE END")])
        let card = try IdentityRecord.card(text: record)
        #expect(card.kind == .foreignPermanentResident)
        #expect(card.englishName == "SAMPLE PERSON WHOSE NAME GOES ON A THE END")
        #expect(card.name == "样例")
        #expect(card.nationality == "XXX")
        #expect(card.number.hasPrefix("923999199001010"))
        #expect(card.expiry == .on(try #require(CalendarDate("2033-12-31"))))
    }

    @Test("A foreigner without a Chinese name is called by the English one", arguments: [158, 0])
    func englishNameOnly(offset: Int) throws {
        let record = offset == 0 ? Self.record2023([(0, "  ")]) : Self.record2017([(158, "  ")])
        let card = try IdentityRecord.card(text: record)
        #expect(card.name.hasPrefix("SAMPLE"))
        #expect(card.name == card.englishName)
    }

    @Test(
        "A foreigner's number is checked by its form, that of 2023 by its check character too",
        arguments: [
            (record2017([(122, "XX9239990010115")]), false), (record2017([(122, "xxx239990010115")]), false),
            (record2017([(122, "XXX23999001011 ")]), false), (record2017([(122, "XXX23999001011X")]), true),
            (record2023([(122, "230199199001010018")]), false), (record2023([(122, "923999199001010010")]), false),
            (record2017([(0, "\u{7}")]), false), (record2017([(152, "x-1")]), false),
            (record2023([(242, "840")]), true),
            (record2023([(0, "  "), (52, String(repeating: " ", count: 35)), (220, "       ")]), false),
        ])
    func foreignNumbers(record: [UInt8], isGood: Bool) {
        #expect(((try? IdentityRecord.card(text: record)) != nil) == isGood)
    }

    @Test("A letter that no layout has is told apart from damage", arguments: ["Q", "j", "\u{0}", "\u{2020}"])
    func unsupported(letter: String) throws {
        let unit = try #require(letter.utf16.first)
        #expect(throws: IdentityRecordError.unsupportedKind(letter: unit)) {
            try IdentityRecord.card(text: Self.record([(248, letter)]))
        }
    }

    @Test(
        "A field that cannot be is refused",
        arguments: [
            (36, "19900230"), (30, "5"), (32, "0x"), (122, "230199199001010019"), (188, "2020-6-1"), (204, "        "),
            (0, "               "), (0, "测\u{0}甲"), (52, "一\u{1B}号"),
        ])
    func refused(offset: Int, text: String) {
        #expect {
            try IdentityRecord.card(text: Self.record([(offset, text)]))
        } throws: { error in
            if case .malformed = error as? IdentityRecordError { true } else { false }
        }
    }

    @Test("A lone surrogate is refused")
    func surrogate() {
        var record = Self.record()
        record[0] = 0x00
        record[1] = 0xD8
        #expect(throws: IdentityRecordError.self) { try IdentityRecord.card(text: record) }
    }

    @Test("The read data is cut by its own length fields, and only so")
    func lengths() throws {
        let text = Self.record()
        let photo = [UInt8](repeating: 0x5A, count: 1024)
        let reading = try IdentityRecord.reading(readBaseData: [1, 0, 4, 0] + text + photo)
        #expect(reading.textRecord == text)
        #expect(reading.photoRecord == photo)
        #expect(try IdentityRecord.reading(readBaseData: [1, 0, 0, 0] + text).photoRecord.isEmpty)
        for data in [
            [], [1], [1, 0, 4, 0], [1, 0, 4, 0] + text, [1, 0, 0, 0] + text + photo, [0xFF, 0xFF, 0xFF, 0xFF] + text,
            [0, 0, 0, 0], [1, 0, 4, 0] + text + photo + [0],
        ] as [[UInt8]] {
            #expect(throws: IdentityRecordError.self) { try IdentityRecord.reading(readBaseData: data) }
        }
    }

    @Test("Fingerprints are cut by their own length, and only when they were asked for")
    func fingerprints() throws {
        let text = Self.record()
        let photo = [UInt8](repeating: 0x5A, count: 1024)
        for count in [0, 512, 1024] {
            let templates = [UInt8](repeating: 0x7F, count: count)
            let lengths: [UInt8] = [1, 0, 4, 0, UInt8(count >> 8), 0]
            let reading = try IdentityRecord.reading(
                readBaseData: lengths + text + photo + templates, withFingerprints: true)
            #expect(reading.fingerprintRecord == templates)
            #expect(reading.textRecord == text)
            #expect(reading.photoRecord == photo)
        }
        for data in [
            [1, 0, 4, 0] + text + photo, [1, 0, 4, 0, 1, 0] + text + photo + [UInt8](repeating: 0, count: 256),
            [1, 0, 4, 0, 2, 0] + text + photo, [1, 0, 4, 0, 8, 0] + text + photo + [UInt8](repeating: 0, count: 2048),
            [1, 0, 4, 0, 2],
        ] as [[UInt8]] {
            #expect(throws: IdentityRecordError.self) {
                try IdentityRecord.reading(readBaseData: data, withFingerprints: true)
            }
        }
    }

    @Test("A card of an unknown kind keeps its records as they were read")
    func raw() throws {
        let text = Self.record([(248, "Q")])
        #expect(try IdentityRecord(readData: [1, 0, 0, 0] + text, withFingerprints: false).text == text)
    }

    @Test("An error never carries what the card says")
    func privacy() {
        do {
            _ = try IdentityRecord.card(text: Self.record([(204, "20400631")]))
            Issue.record("a day that does not exist was accepted")
        } catch {
            #expect(!"\(error)".contains("2040"))
            #expect(!"\(error)".contains("测试"))
        }
    }

    @Test("Random records never trap")
    func random() {
        var generator = SeededGenerator(state: 3)
        for _ in 0..<5000 {
            for record in [Self.record(), Self.record2017(), Self.record2023()] {
                _ = try? IdentityRecord.card(text: generator.mutated(record))
            }
            _ = try? IdentityRecord.reading(readBaseData: generator.bytes(Int.random(in: 0...1400, using: &generator)))
        }
    }
}
