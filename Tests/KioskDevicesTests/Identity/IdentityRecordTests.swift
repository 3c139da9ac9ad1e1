import KioskCore
import Testing

@testable import KioskDevices

@Suite("Identity records")
struct IdentityRecordTests {
    /// Writes the fields where the reference says, on a record of spaces.
    private static func record(_ changes: [(Int, String)] = []) -> [UInt8] {
        var record = [UInt8](repeating: 0, count: 256)
        for index in stride(from: 0, to: 256, by: 2) { record[index] = 0x20 }
        let resident: [(Int, String)] = [
            (0, "测试甲"), (30, "1"), (32, "01"), (36, "19900101"), (52, "样例市样例区一号"), (122, "230199199001010018"),
            (158, "样例市公安局"), (188, "20200601"), (204, "20400601"),
        ]
        for (offset, text) in resident + changes {
            for (index, unit) in text.utf16.enumerated() {
                record[offset + 2 * index] = UInt8(unit & 0xFF)
                record[offset + 2 * index + 1] = UInt8(unit >> 8)
            }
        }
        return record
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

    @Test("J is a residence permit and has no nation")
    func residencePermit() throws {
        let changes = [(32, "  "), (122, "810000199408230021"), (36, "19940823"), (220, "H12345678"), (248, "J")]
        let card = try IdentityRecord.card(text: Self.record(changes))
        #expect(card.kind == .residencePermit)
        #expect(card.nationCode == "")
    }

    @Test("Other kinds of card are told apart from damage", arguments: ["I", "Y", "Q", "j", "\u{0}"])
    func unsupported(letter: String) {
        #expect(throws: IdentityRecordError.unsupportedKind) {
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
            _ = try? IdentityRecord.card(text: generator.mutated(Self.record()))
            _ = try? IdentityRecord.reading(readBaseData: generator.bytes(Int.random(in: 0...1400, using: &generator)))
        }
    }
}
