// The invented people's records against the published field offsets.

import Foundation
import KioskEmulation
import Testing

private func text(_ record: [UInt8], _ offset: Int, _ length: Int) -> String {
    let units = stride(from: offset, to: offset + length, by: 2).map { index in
        UInt16(record[index]) | UInt16(record[index + 1]) << 8
    }
    return String(decoding: units, as: UTF16.self)
}

@Suite("Emulated cards")
struct EmulatedCardTests {
    @Test("lay a resident's fields at their offsets, padded with spaces")
    func resident() throws {
        let card = try #require(EmulatedCard.builtIn.first { $0.id == "zhang" })
        let record = card.textRecord
        try #require(record.count == 256)
        #expect(text(record, 0, 30) == "张伟民" + String(repeating: " ", count: 12))
        #expect(text(record, 30, 2) == "1")
        #expect(text(record, 32, 4) == "01")
        #expect(text(record, 36, 16) == "19900101")
        #expect(text(record, 52, 70).hasPrefix("黑龙江省哈尔滨市样例区演示街1号2单元301室"))
        #expect(text(record, 122, 36) == "230199199001010018")
        #expect(text(record, 158, 30).hasPrefix("哈尔滨市公安局样例分局 "))
        #expect(text(record, 188, 32) == "2020060120400601")
        #expect(text(record, 220, 36) == String(repeating: " ", count: 18))
    }

    @Test("write 长期 as the chip does")
    func withoutEnd() throws {
        let card = try #require(EmulatedCard.builtIn.first { $0.validTo == "长期" })
        #expect(
            Array(card.textRecord[204..<220]) == [0x7F, 0x95, 0x1F, 0x67] + [
                0x20, 0, 0x20, 0, 0x20, 0, 0x20, 0, 0x20, 0, 0x20, 0,
            ])
    }

    @Test("carry their kind at byte 248", arguments: zip(EmulatedCard.Kind.allCases, [" ", "J", "Y", "I", "Q"]))
    func kinds(kind: EmulatedCard.Kind, letter: String) {
        var card = EmulatedCard.builtIn[0]
        card.kind = kind
        card.nameEnglish = "SPECIMEN, ALEXANDRA MARGARET THEODORA"
        card.permitNumber = "H00000000"
        let record = card.textRecord
        #expect(record.count == 256)
        #expect(text(record, 248, 2) == letter)
        switch kind {
        case .residencePermit: #expect(text(record, 220, 18) == "H00000000")
        case .foreigner2023:
            #expect(text(record, 52, 70) + text(record, 220, 4) == "SPECIMEN, ALEXANDRA MARGARET THEODORA")
        case .foreigner2017: #expect(text(record, 122, 30) == "230199199001010")
        case .resident, .unsupported: #expect(text(record, 32, 4) == "01")
        }
    }

    @Test("cut a field that is too long and never spill into the next")
    func cut() {
        var card = EmulatedCard.builtIn[0]
        card.name = String(repeating: "长", count: 40)
        card.address = String(repeating: "址", count: 400)
        let record = card.textRecord
        #expect(record.count == 256)
        #expect(text(record, 30, 2) == "1")
        #expect(text(record, 122, 36) == "230199199001010018")
    }

    @Test("have numbers of unassigned areas with the right check character, and one photograph each")
    func people() {
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
        for card in EmulatedCard.builtIn {
            let digits = card.number.utf8.prefix(17).map { Int($0) - 0x30 }
            let sum = zip(digits, weights).reduce(0) { $0 + $1.0 * $1.1 }
            #expect(card.number.hasPrefix("230199"))
            #expect(card.number.last == Array("10X98765432")[sum % 11], "\(card.id)")
            #expect(card.number.dropFirst(6).hasPrefix(card.birth))
            #expect(card.photoRecord.count == 1024)
            #expect(card.photoRecord == card.photoRecord)
        }
        #expect(Set(EmulatedCard.builtIn.map(\.photoRecord)).count == EmulatedCard.builtIn.count)
        #expect(EmulatedCard.builtIn.count >= 5)
    }

    @Test("are read from a folder, and a file that is no card is refused by name")
    func folder() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "cards-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try JSONEncoder().encode(EmulatedCard.builtIn[2]).write(to: folder.appending(path: "a.json"))
        #expect(try EmulatedCard.load(directory: folder.path) == [EmulatedCard.builtIn[2]])
        try Data("{}".utf8).write(to: folder.appending(path: "b.json"))
        #expect(throws: EmulationError(.file, "b.json is not a card")) {
            try EmulatedCard.load(directory: folder.path)
        }
    }
}
