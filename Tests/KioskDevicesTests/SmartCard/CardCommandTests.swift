import Testing

@testable import KioskDevices

@Suite("Card commands")
struct CardCommandTests {
    @Test("Only instructions that read can be written down")
    func allowed() {
        #expect(Set(CardCommand.Instruction.allCases.map(\.rawValue)) == [0xA4, 0xB0, 0xB2, 0xC0, 0xCA])
    }

    @Test("Short APDUs")
    func short() {
        #expect(
            CardBytes(apdu: .select(application: SocialSecurityCard.environment)).bytes
                == [0x00, 0xA4, 0x04, 0x00, 0x0F] + SocialSecurityCard.environment + [0x00])
        #expect(
            CardBytes(apdu: .select(file: 0xEF05, .anywhere)).bytes == [0x00, 0xA4, 0, 0, 2, 0xEF, 0x05, 0])
        #expect(CardBytes(apdu: .readRecord(identifier: 8)).bytes == [0x00, 0xB2, 0x08, 0x00, 0x00])
        #expect(CardBytes(apdu: .readRecord(number: 1)).bytes == [0x00, 0xB2, 0x01, 0x04, 0x00])
        #expect(CardBytes(apdu: .readBinary(offset: 0x0102, length: 16)).bytes == [0x00, 0xB0, 1, 2, 16])
        #expect(CardBytes(apdu: .getData(tag: 0x9F7F)).bytes == [0x00, 0xCA, 0x9F, 0x7F, 0])
        #expect(CardBytes(apdu: .getResponse(length: 0x1A)).bytes == [0x00, 0xC0, 0, 0, 0x1A])
    }

    @Test("Extended APDUs where a short one does not do")
    func extended() {
        #expect(
            CardBytes(apdu: .readBinary(offset: 0, length: 257)).bytes == [0x00, 0xB0, 0, 0, 0, 0x01, 0x01])
        #expect(
            CardBytes(apdu: .readBinary(offset: 0, length: 65_536)).bytes == [0x00, 0xB0, 0, 0, 0, 0x00, 0x00])
        #expect(!CardCommand.readBinary(offset: 0, length: 256).needsExtendedLength)
    }

    @Test("T=0 TPDUs carry a length at P3 and no Le behind data")
    func tpdu() throws {
        #expect(
            try CardBytes(tpdu: .select(file: 0xEF06, .underDirectory)).bytes
                == [0x00, 0xA4, 0x02, 0, 2, 0xEF, 0x06])
        #expect(try CardBytes(tpdu: .readRecord(number: 2)).bytes == [0x00, 0xB2, 0x02, 0x04, 0x00])
        #expect(
            try CardBytes(tpdu: .readRecord(number: 2).expecting(0x14)).bytes == [0x00, 0xB2, 0x02, 0x04, 0x14])
        #expect(throws: SmartCardError.self) { try CardBytes(tpdu: .readBinary(offset: 0, length: 300)) }
    }

    @Test("An answer needs its status")
    func response() {
        #expect(CardResponse([]) == nil)
        #expect(CardResponse([0x90]) == nil)
        #expect(CardResponse([0x90, 0x00]) == CardResponse(data: [], status: 0x9000))
        #expect(CardResponse([1, 2, 0x6C, 0x14])?.sw2 == 0x14)
    }

    @Test("Parts cover the command and are never none")
    func parts() {
        let bytes = CardBytes(apdu: .select(application: SocialSecurityCard.environment))
        #expect(bytes.parts(of: 8).flatMap(\.bytes) == bytes.bytes)
        #expect(bytes.parts(of: 0).count == bytes.bytes.count)
        #expect(bytes.dropping(100).parts(of: 8).map(\.bytes) == [[]])
    }
}
