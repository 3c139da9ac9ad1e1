import KioskCore
import Testing

@testable import KioskDevices

@Suite("Social-security card")
struct SocialSecurityCardTests {
    /// Carries commands to files without a reader.
    private struct Direct: CardChannel {
        var files: ScriptedFiles

        func transmit(_ command: CardCommand) async throws(SmartCardError) -> CardResponse {
            guard let response = CardResponse(files.answer(CardBytes(apdu: command).bytes)) else {
                throw SmartCardError(.cardFailed, "no status")
            }
            return response
        }
    }

    private static func read(
        _ files: [UInt16: [[UInt8]]] = ScriptedFiles.zhang, _ change: (inout ScriptedFiles.Habits) -> Void = { _ in }
    ) async throws(SmartCardError) -> IdentityReading {
        var habits = ScriptedFiles.Habits()
        habits.isT0 = false
        change(&habits)
        return try await SocialSecurityCard.read(from: Direct(files: ScriptedFiles(files, habits)))
    }

    @Test("Every field, and the files as they were read")
    func fields() async throws {
        let reading = try await Self.read()
        #expect(
            reading.card
                == IdentityCard(
                    kind: .socialSecurityCard, name: "张伟民", sex: .male, nationCode: "01",
                    birthDate: try #require(CalendarDate(compact: "19900101")), address: "",
                    number: "230199199001010018", issuer: "915600000000000000000000",
                    validFrom: try #require(CalendarDate(compact: "20240115")),
                    expiry: .on(try #require(CalendarDate(compact: "20340115"))), documentNumber: "A12345678"))
        #expect(reading.textRecord == ScriptedFiles.zhangText)
        #expect(reading.photoRecord.isEmpty)
    }

    @Test("However the card lets its files be found, the reading is the same")
    func habits() async throws {
        let usual = try await Self.read()
        #expect(try await Self.read { $0.knowsEnvironment = false } == usual)
        #expect(try await Self.read { $0.readsByNumber = false } == usual)
        #expect(try await Self.read { $0.readsByIdentifier = false } == usual)
        #expect(try await Self.read { $0.searches = [0x02] } == usual)
    }

    @Test("Filling behind a record does not change what was read", arguments: [0x00, 0xFF] as [UInt8])
    func filling(byte: UInt8) async throws {
        let filled = ScriptedFiles.zhang.mapValues { $0.map { $0 + [byte, byte] } }
        #expect(try await Self.read(filled).textRecord == ScriptedFiles.zhangText)
    }

    @Test("Another card is unsupported: no file, or a file without the record", arguments: [0xEF05, 0xEF06, 0])
    func otherCards(missing: UInt16) async {
        var files = ScriptedFiles.zhang
        if missing == 0 {
            files = [:]
        } else {
            files[missing] = nil
        }
        await #expect { try await Self.read(files) } throws: { ($0 as? SmartCardError)?.code == .cardUnsupported }
        files = ScriptedFiles.zhang
        files[0xEF06]?.removeFirst()
        await #expect { try await Self.read(files) } throws: { ($0 as? SmartCardError)?.code == .cardUnsupported }
    }

    @Test("What a card may leave out is left out")
    func optional() async throws {
        var files = ScriptedFiles.zhang
        files[0xEF05]?.removeAll { [0x02, 0x03, 0x04].contains($0[0]) }
        files[0xEF06]?.removeAll { [0x0B, 0x0C].contains($0[0]) }
        let card = try await Self.read(files).card
        #expect(card.nationCode.isEmpty)
        #expect(card.issuer == "230199", "the region, when no issuer is named")
    }

    @Test("An issuer given in words stays words")
    func issuer() async throws {
        var files = ScriptedFiles.zhang
        // 哈尔滨市社保
        let words: [UInt8] = [0xB9, 0xFE, 0xB6, 0xFB, 0xB1, 0xF5, 0xCA, 0xD0, 0xC9, 0xE7, 0xB1, 0xA3]
        files[0xEF05]?[3] = ScriptedFiles.record(0x04, words)
        #expect(try await Self.read(files).card.issuer == "哈尔滨市社保")
    }

    @Test(
        "A field that cannot be right makes the whole reading fail, without its bytes in the error",
        arguments: [
            (0xEF06, 0, Array("230199199001010019".utf8)), (0xEF06, 0, Array("2301991990010100".utf8)),
            (0xEF06, 1, []), (0xEF06, 1, [0xD5]), (0xEF06, 1, [0xD5, 0xC5, 0x0A]), (0xEF06, 1, [0xFF, 0xFF]),
            (0xEF06, 2, [0x33]), (0xEF06, 2, []), (0xEF06, 3, [0x0A]), (0xEF06, 5, [0x19, 0x90, 0x13, 0x01]),
            (0xEF06, 5, [0x19, 0x90, 0x01]), (0xEF05, 4, [0xAA, 0, 0, 0]), (0xEF05, 5, [0x20, 0x24, 0x02, 0x30]),
            (0xEF05, 6, Array("A1234 678".utf8)), (0xEF05, 6, [0, 0]), (0xEF05, 0, [0x23, 0x01, 0x99]),
        ] as [(UInt16, Int, [UInt8])])
    func badField(file: UInt16, index: Int, value: [UInt8]) async throws {
        var files = ScriptedFiles.zhang
        let tag = try #require(files[file]?[index][0])
        files[file]?[index] = ScriptedFiles.record(tag, value)
        do throws(SmartCardError) {
            _ = try await Self.read(files)
            Issue.record("accepted")
        } catch {
            #expect(error.code == .cardFailed)
            #expect(!error.detail.contains("2301"))
        }
    }

    @Test(
        "A record is a tag, a length and as many bytes",
        arguments: [
            [], [0x01], [0x01, 0x01], [0x01, 0xFF, 0x00], [0x01, 0x00, 0x05], [0x01, 0x01, 0x02, 0x00, 0xFF],
        ]
            as [[UInt8]])
    func malformedRecord(bytes: [UInt8]) {
        #expect(throws: CodecError.self) { try ChipCardRecord(bytes) }
    }

    @Test("Mutated files are read or refused, never half read")
    func mutated() async {
        var generator = SeededGenerator(state: 17)
        for _ in 0..<3_000 {
            let files = ScriptedFiles.zhang.mapValues { $0.map { generator.mutated($0) } }
            guard let card = try? await Self.read(files).card else { continue }
            #expect(CitizenNumber.isValid(card.number))
            #expect(!card.name.isEmpty)
        }
    }

    @Test("GBK is decoded strictly")
    func gbk() throws {
        #expect(try GBKText.decode(ScriptedFiles.name + [0x20, 0x00], "name") == "张伟民")
        #expect(try GBKText.decode([], "name").isEmpty)
        #expect(try GBKText.decode(Array("Li Jing".utf8), "name") == "Li Jing")
        // In GBK, though not in GB 2312.
        #expect(try GBKText.decode([0xE9, 0x46], "name") == "镕")
        for bytes: [UInt8] in [[0x81], [0x81, 0x30, 0x81, 0x30], [0x1B, 0x24], [0x7F], [0xD5, 0xC5, 0x00, 0x41]] {
            #expect(throws: CodecError.self) { try GBKText.decode(bytes, "name") }
        }
        #expect(throws: CodecError.self) { try GBKText.decode([UInt8](repeating: 0x41, count: 256), "name") }
    }
}
