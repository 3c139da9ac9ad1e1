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
        let prefixes: [EmulatedCard.Kind: String] = [
            .resident: "230199", .unsupported: "230199", .residencePermit: "810000", .foreigner2023: "999999",
        ]
        for card in EmulatedCard.builtIn {
            #expect(card.photoRecord.count == 1024)
            #expect(card.photoRecord.starts(with: "SYNTHETIC PHOTO ".utf8))
            #expect(card.photoRecord == card.photoRecord)
            guard let prefix = prefixes[card.kind] else {
                // Three letters, region, birth without century, a sequence number and a check digit of unknown rule.
                #expect(card.number.utf8.count == 15 && card.number.hasPrefix("UTO2399" + card.birth.dropFirst(2)))
                continue
            }
            let digits = card.number.utf8.prefix(17).map { Int($0) - 0x30 }
            let sum = zip(digits, weights).reduce(0) { $0 + $1.0 * $1.1 }
            #expect(card.number.hasPrefix(prefix))
            #expect(card.number.last == Array("10X98765432")[sum % 11], "\(card.id)")
            #expect(card.number.dropFirst(6).hasPrefix(card.birth))
            #expect(digits.last.map { $0 % 2 } == Int(card.sex).map { $0 % 2 } || card.kind == .unsupported)
        }
        #expect(Set(EmulatedCard.builtIn.map(\.photoRecord)).count == EmulatedCard.builtIn.count)
        #expect(Set(EmulatedCard.builtIn.map(\.kind)) == Set(EmulatedCard.Kind.allCases))
    }

    @Test("give a foreigner of 2023 an English name that is cut in two at a space")
    func foreigner2023() throws {
        let record = try #require(EmulatedCard.builtIn.first { $0.id == "foreigner2023" }).textRecord
        #expect(text(record, 0, 30).hasPrefix("样例珊 "))
        #expect(text(record, 30, 2) == "2")
        #expect(text(record, 32, 4) == "01")
        #expect(text(record, 36, 16) == "19870420")
        #expect(text(record, 52, 70) == "SPECIMEN, ALEXANDRA MARGARETHA ANN ")
        #expect(text(record, 122, 36) == "999999198704200022")
        #expect(text(record, 158, 30).allSatisfy { $0 == " " })
        #expect(text(record, 188, 32) == "2023120120331130")
        #expect(text(record, 220, 22) == "THEODORA   ")
        #expect(text(record, 242, 6) == "UTO")
        #expect(text(record, 248, 8) == "Y   ")
    }

    @Test("give a foreigner of 2017 the older layout")
    func foreigner2017() throws {
        let record = try #require(EmulatedCard.builtIn.first { $0.id == "foreigner2017" }).textRecord
        #expect(text(record, 0, 120) == "SPECIMEN-OF-UTOPIA, MAXIMILIAN CHRISTOPHER BARTHOLOMEW JOHN ")
        #expect(text(record, 120, 2) == "1")
        #expect(text(record, 122, 30) == "UTO239985072115")
        #expect(text(record, 152, 6) == "UTO")
        #expect(text(record, 158, 30).hasPrefix("样例翰 "))
        #expect(text(record, 188, 32) == "2018030120280228")
        #expect(text(record, 220, 16) == "19850721")
        #expect(text(record, 236, 4) == "01")
        #expect(text(record, 248, 8) == "I   ")
    }

    @Test("give a residence permit its permit number and no nation")
    func residencePermit() throws {
        let record = try #require(EmulatedCard.builtIn.first { $0.id == "hk" }).textRecord
        #expect(text(record, 32, 4) == "  ")
        #expect(text(record, 122, 36) == "810000199103040024")
        #expect(text(record, 220, 18) == "H00000001")
        #expect(text(record, 238, 4) == "01")
        #expect(text(record, 248, 8) == "J   ")
    }

    @Test("carry none, one or two marked templates, and up to four later addresses")
    func attachments() {
        var card = EmulatedCard.builtIn[0]
        for (count, length) in [(-1, 0), (0, 0), (1, 512), (2, 1024), (9, 1024)] {
            card.fingerprints = count
            #expect(card.fingerprintRecord.count == length)
            for start in stride(from: 0, to: length, by: 512) {
                #expect(card.fingerprintRecord[start...].starts(with: "SYNTHETIC FINGER ".utf8))
            }
        }
        #expect(card.extraAddressRecord == [])
        card.extraAddresses = ["样例街1号", String(repeating: "长", count: 100)]
        #expect(card.extraAddressRecord.count == 280)
        #expect(text(card.extraAddressRecord, 0, 70) == "样例街1号" + String(repeating: " ", count: 30))
        #expect(text(card.extraAddressRecord, 70, 70) == String(repeating: "长", count: 35))
        #expect(text(card.extraAddressRecord, 140, 140) == String(repeating: " ", count: 70))
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
