// The card models against commands and blocks written out by hand from ISO 7816-3, ISO 7816-4 and the card's tables.

import KioskEmulation
import Testing

private let selectIssuer: [UInt8] = [0x00, 0xA4, 0x00, 0x00, 0x02, 0xEF, 0x05]
private let selectHolder: [UInt8] = [0x00, 0xA4, 0x00, 0x00, 0x02, 0xEF, 0x06]

/// `card` at a reader that leaves the protocol to the host, powered.
private func powered(_ card: EmulatedChipCard) -> CCIDHost {
    let host = CCIDHost(card)
    host.powerOn()
    return host
}

private func socialSecurity(
    _ transmission: EmulatedAnswerToReset.TransmissionProtocol = .t0, habits: EmulatedChipCard.Habits = .init(),
    change: (inout SocialSecurityCard) -> Void = { _ in }
) -> EmulatedChipCard {
    var card = SocialSecurityCard.zhang
    change(&card)
    return .socialSecurity(
        id: "card", title: "", titleEnglish: "", card: card, transmission: transmission, habits: habits)
}

/// Closes a block with its check byte.
private func block(_ bytes: [UInt8]) -> [UInt8] {
    bytes + [bytes.reduce(0, ^)]
}

@Suite("Chip cards in T=0")
struct T0ChipCardTests {
    @Test("read a record by identifier and by number, with the length that 6Cxx tells")
    func records() throws {
        let host = powered(try chipCard("zhang"))
        #expect(host.transfer(selectSSSE) == [0x90, 0x00])
        #expect(host.transfer(selectIssuer) == [0x90, 0x00])
        #expect(host.transfer([0x00, 0xB2, 0x07, 0x00, 0x00]) == [0x6C, 0x0B])
        #expect(host.transfer([0x00, 0xB2, 0x07, 0x00, 0x0B]) == [0x07, 9] + Array("D00000018".utf8) + [0x90, 0x00])
        #expect(
            host.transfer([0x00, 0xB2, 0x01, 0x00, 0x12]).prefix(9) == [
                0x01, 16, 0x23, 0x01, 0x99, 0xD1, 0x56, 0x00, 0x00,
            ])
        #expect(host.transfer([0x00, 0xB2, 0x06, 0x04, 0x06]) == [0x06, 4, 0x20, 0x40, 0x06, 0x01, 0x90, 0x00])
        #expect(host.transfer(selectHolder) == [0x90, 0x00])
        let number = [0x08, 18] + Array("230199199001010018".utf8) + [0x90, 0x00]
        #expect(host.transfer([0x00, 0xB2, 0x08, 0x00, 0x14]) == number)
        #expect(host.transfer([0x00, 0xB2, 0x01, 0x04, 0x14]) == number)
        #expect(
            host.transfer([0x00, 0xB2, 0x09, 0x00, 0x20])
                == [0x09, 30, 0xD5, 0xC5, 0xCE, 0xB0, 0xC3, 0xF1] + [UInt8](repeating: 0, count: 24) + [0x90, 0x00])
        #expect(host.transfer([0x00, 0xB2, 0x0A, 0x00, 0x03]) == [0x0A, 1, 0x31, 0x90, 0x00])
        #expect(host.transfer([0x00, 0xB2, 0x0B, 0x00, 0x03]) == [0x0B, 1, 0x01, 0x90, 0x00])
        #expect(host.transfer([0x00, 0xB2, 0x0C, 0x00, 0x05]) == [0x0C, 3, 0x23, 0x01, 0x99, 0x90, 0x00])
        #expect(host.transfer([0x00, 0xB2, 0x0D, 0x00, 0x06]) == [0x0D, 4, 0x19, 0x90, 0x01, 0x01, 0x90, 0x00])
        #expect(host.transfer([0x00, 0xB2, 0x07, 0x04, 0x00]) == [0x6A, 0x83])
        #expect(host.transfer([0x00, 0xB2, 0x00, 0x04, 0x00]) == [0x6A, 0x83])
        #expect(host.transfer([0x00, 0xB2, 0x0D, 0x0C, 0x06]) == [0x6A, 0x86])
    }

    @Test("keep the order environment, file, record")
    func order() {
        let host = powered(socialSecurity())
        #expect(host.transfer(selectIssuer) == [0x6A, 0x82])
        #expect(host.transfer([0x00, 0xB2, 0x07, 0x00, 0x0B]) == [0x69, 0x86])
        #expect(host.transfer(selectSSSE) == [0x90, 0x00])
        #expect(host.transfer([0x00, 0xB2, 0x07, 0x00, 0x0B]) == [0x69, 0x86])
        #expect(host.transfer([0x00, 0xA4, 0x02, 0x00, 0x02, 0xEF, 0x05]) == [0x90, 0x00])
        host.powerOn()
        #expect(host.transfer([0x00, 0xB2, 0x07, 0x00, 0x0B]) == [0x69, 0x86])
        #expect(host.transfer([0x80, 0xCA, 0x00, 0x00, 0x00]) == [0x6E, 0x00])
        #expect(host.transfer([0x00, 0xCA, 0x00, 0x00, 0x00]) == [0x6D, 0x00])
    }

    @Test("answer SSSE with 6A82 and give their files all the same, when built so")
    func deniedEnvironment() {
        let host = powered(socialSecurity { $0.deniesEnvironment = true })
        #expect(host.transfer(selectSSSE) == [0x6A, 0x82])
        #expect(host.transfer(selectHolder) == [0x90, 0x00])
        #expect(host.transfer([0x00, 0xB2, 0x0A, 0x00, 0x03]) == [0x0A, 1, 0x31, 0x90, 0x00])
    }

    @Test("know one way of naming a record, when built so", arguments: [true, false])
    func addressing(byIdentifier: Bool) {
        let host = powered(socialSecurity { $0.addressing = byIdentifier ? .identifier : .number })
        _ = host.transfer(selectSSSE)
        _ = host.transfer(selectHolder)
        let sex: [UInt8] = [0x0A, 1, 0x31, 0x90, 0x00]
        #expect(host.transfer([0x00, 0xB2, 0x0A, 0x00, 0x03]) == (byIdentifier ? sex : [0x6A, 0x86]))
        #expect(host.transfer([0x00, 0xB2, 0x03, 0x04, 0x03]) == (byIdentifier ? [0x6A, 0x86] : sex))
    }

    @Test("keep the holder's records behind a key, when built so")
    func guarded() {
        let host = powered(socialSecurity { $0.guardsHolder = true })
        _ = host.transfer(selectSSSE)
        _ = host.transfer(selectHolder)
        #expect(host.transfer([0x00, 0xB2, 0x09, 0x00, 0x20]) == [0x69, 0x82])
    }

    @Test("announce what GET RESPONSE fetches, whole or in parts")
    func announced() throws {
        let host = powered(try chipCard("li"))
        #expect(host.transfer(selectSSSE) == [0x61, 0x13])
        #expect(host.transfer([0x00, 0xC0, 0x00, 0x00, 0x20]) == [0x6C, 0x13])
        #expect(host.transfer([0x00, 0xC0, 0x00, 0x00, 0x02]) == [0x6F, 0x11, 0x61, 0x11])
        #expect(
            host.transfer([0x00, 0xC0, 0x00, 0x00, 0x11]) == [0x84, 0x0F] + selectSSSE.dropFirst(5) + [0x90, 0x00])
        #expect(host.transfer([0x00, 0xC0, 0x00, 0x00, 0x00]) == [0x69, 0x85])
        _ = host.transfer(selectSSSE)
        #expect(host.transfer(selectIssuer) == [0x90, 0x00])
        #expect(host.transfer([0x00, 0xC0, 0x00, 0x00, 0x13]) == [0x69, 0x85])
    }

    @Test("count every VERIFY, burn its tries for good, and never open")
    func verify() throws {
        for id in ["zhang", "bank"] {
            let card = try chipCard(id)
            let host = powered(card)
            #expect(card.verifyAttempts == 0)
            let verify: [UInt8] = [0x00, 0x20, 0x00, 0x00, 0x03, 0x12, 0x34, 0x56]
            #expect(host.transfer(verify) == [0x63, 0xC2])
            #expect(host.transfer(verify) == [0x63, 0xC1])
            host.powerOn()
            #expect(host.transfer(verify) == [0x63, 0xC0])
            #expect(host.transfer(verify) == [0x69, 0x83])
            #expect(card.verifyAttempts == 4)
        }
    }

    @Test("are another card, or an empty one, where that lies there")
    func others() throws {
        let bank = powered(try chipCard("bank"))
        #expect(bank.transfer(selectSSSE) == [0x6A, 0x82])
        #expect(bank.transfer(selectIssuer) == [0x6A, 0x82])
        #expect(bank.transfer([0x00, 0xA4, 0x04, 0x00, 0x0E] + Array("1PAY.SYS.DDF01".utf8)) == [0x90, 0x00])
        let blank = powered(try chipCard("blank"))
        #expect(blank.transfer(selectSSSE) == [0x6A, 0x82])
        #expect(blank.transfer([0x00, 0xB2, 0x07, 0x00, 0x00]) == [0x6D, 0x00])
    }

    @Test("leave the reader waiting for data that the header promises")
    func missingData() throws {
        let host = powered(try chipCard("zhang"))
        #expect(
            host.exchange(xfrBlock([0x00, 0xA4, 0x04, 0x00, 0x0F])) == [0x80, 0, 0, 0, 0, 0, 7, 0x40, 0xFE, 0])
    }

    @Test("carry the people of the identity cards, whose own card has ended where it says so")
    func people() throws {
        for (id, card) in zip(["zhang", "wang", "li"], [SocialSecurityCard.zhang, .wang, .li]) {
            let person = try #require(EmulatedCard.builtIn.first { $0.id == id })
            #expect(card.holderFile[0x08] == Array(person.number.utf8))
            #expect(card.holderFile[0x0A] == Array(person.sex.utf8))
        }
        #expect(SocialSecurityCard.wang.holderFile[0x09]?.prefix(7) == [0xCD, 0xF5, 0xD0, 0xE3, 0xC0, 0xBC, 0x00])
        #expect(SocialSecurityCard.wang.holderFile[0x0B] == [0x11])
        #expect(SocialSecurityCard.li.holderFile[0x09]?.prefix(5) == [0xC0, 0xEE, 0xBE, 0xB2, 0x00])
        #expect(SocialSecurityCard.expired.issuerFile[0x06] == [0x20, 0x21, 0x05, 0x01])
        #expect(
            EmulatedChipCard.builtIn().map(\.id) == ["zhang", "wang", "li", "expired", "bank", "blank", "mute"])
    }
}

@Suite("Chip cards in T=1")
struct T1ChipCardTests {
    @Test("carry commands and answers in blocks that count")
    func blocks() throws {
        let host = powered(try chipCard("wang"))
        #expect(host.transfer(block([0, 0x00, 20] + selectSSSE)) == [0, 0x00, 2, 0x90, 0x00, 0x92])
        #expect(host.transfer(block([0, 0x40, 7] + selectHolder)) == [0, 0x40, 2, 0x90, 0x00, 0xD2])
        #expect(
            host.transfer([0, 0x00, 5, 0x00, 0xB2, 0x0D, 0x00, 0x00, 0xBA])
                == block([0, 0x00, 8, 0x0D, 4, 0x19, 0x52, 0x03, 0x15, 0x90, 0x00]))
        // Le takes less than there is, then more than there is.
        #expect(
            host.transfer([0, 0x40, 5, 0x00, 0xB2, 0x0D, 0x00, 0x02, 0xF8]) == [0, 0x40, 2, 0x6C, 0x06, 0x28])
        #expect(
            host.transfer([0, 0x00, 5, 0x00, 0xB2, 0x0A, 0x00, 0x09, 0xB4]).dropFirst(3).dropLast() == [
                10, 1, 0x32, 0x90, 0,
            ])
    }

    @Test("give file control information to whoever has room for it")
    func fileControlInformation() throws {
        let host = powered(try chipCard("wang"))
        #expect(
            host.transfer(block([0, 0x00, 21] + selectSSSE + [0x00]))
                == block([0, 0x00, 21, 0x6F, 0x11, 0x84, 0x0F] + selectSSSE.dropFirst(5) + [0x90, 0x00]))
    }

    @Test("tell lengths by 61xx and 6Cxx, when built so")
    func announced() {
        var habits = EmulatedChipCard.Habits()
        habits.announcesLengths = true
        let host = powered(socialSecurity(.t1, habits: habits))
        #expect(host.transfer(block([0, 0x00, 21] + selectSSSE + [0x00])) == [0, 0x00, 2, 0x61, 0x13, 0x70])
        #expect(
            host.transfer([0, 0x40, 5, 0x00, 0xC0, 0x00, 0x00, 0x13, 0x96]).prefix(6) == [
                0, 0x40, 21, 0x6F, 0x11, 0x84,
            ])
        _ = host.transfer(block([0, 0x00, 7] + selectHolder))
        #expect(
            host.transfer([0, 0x40, 5, 0x00, 0xB2, 0x0A, 0x00, 0x00, 0xFD]) == [0, 0x40, 2, 0x6C, 0x03, 0x2D])
        #expect(
            host.transfer([0, 0x00, 5, 0x00, 0xB2, 0x0A, 0x00, 0x03, 0xBE]) == block([0, 0, 5, 0x0A, 1, 0x31, 0x90, 0]))
    }

    @Test("cut an answer to the size the host takes, and send each piece when the one before has come")
    func chainedAnswer() throws {
        let host = powered(try chipCard("wang"))
        #expect(host.transfer([0, 0xC1, 1, 10, 0xCA]) == [0, 0xE1, 1, 10, 0xEA])
        #expect(
            host.transfer(block([0, 0x00, 21] + selectSSSE + [0x00]))
                == block([0, 0x20, 10, 0x6F, 0x11, 0x84, 0x0F, 0x73, 0x78, 0x31, 0x2E, 0x73, 0x68]))
        // The host asks for it again, then goes on.
        #expect(
            host.transfer([0, 0x81, 0, 0x81])
                == block([0, 0x20, 10, 0x6F, 0x11, 0x84, 0x0F, 0x73, 0x78, 0x31, 0x2E, 0x73, 0x68]))
        #expect(
            host.transfer([0, 0x90, 0, 0x90])
                == block([0, 0x60, 10, 0x2E, 0xC9, 0xE7, 0xBB, 0xE1, 0xB1, 0xA3, 0xD5, 0xCF, 0x90]))
        // A command in the middle is out of turn.
        #expect(host.transfer(block([0, 0x40, 7] + selectHolder)) == [0, 0x92, 0, 0x92])
        _ = host.transfer([0, 0x91, 0, 0x91])
        #expect(host.transfer([0, 0x80, 0, 0x80]) == [0, 0x00, 1, 0x00, 0x01])
    }

    @Test("put a chained command together, and acknowledge each piece")
    func chainedCommand() {
        let host = powered(
            EmulatedChipCard(
                id: "small", title: "", titleEnglish: "",
                answerToReset: EmulatedAnswerToReset(protocols: [.t1], blockSize: 8), application: SocialSecurityCard.li
            ))
        #expect(host.transfer(block([0, 0x20, 8] + selectSSSE[..<8])) == [0, 0x90, 0, 0x90])
        #expect(host.transfer(block([0, 0x60, 8] + selectSSSE[8..<16])) == [0, 0x80, 0, 0x80])
        #expect(host.transfer(block([0, 0x00, 4] + selectSSSE[16...])) == [0, 0x00, 2, 0x90, 0x00, 0x92])
        // Longer than the card takes.
        #expect(host.transfer(block([0, 0x40, 9, 0, 0xB2, 7, 0, 0, 0, 0, 0, 0])) == [0, 0x92, 0, 0x92])
    }

    /// A block in answer to which the card, fresh from reset, sends the other.
    private static let damaged: [(sent: [UInt8], answer: [UInt8])] = [
        // Wrong check byte, one bit of a right block.
        ([0, 0x00, 5, 0x00, 0xB2, 0x0D, 0x00, 0x00, 0xBB], [0, 0x81, 0, 0x81]),
        ([0, 0x00, 5, 0x00, 0xB2, 0x0C, 0x00, 0x00, 0xBA], [0, 0x81, 0, 0x81]),
        // N(S) of the block after the next, LEN that does not fit, LEN FF, an address, reserved bits.
        (block([0, 0x40, 5, 0x00, 0xB2, 0x0D, 0x00, 0x00]), [0, 0x82, 0, 0x82]),
        (block([0, 0x00, 6, 0x00, 0xB2, 0x0D, 0x00, 0x00]), [0, 0x82, 0, 0x82]),
        (block([0, 0x00, 0xFF, 0x00]), [0, 0x82, 0, 0x82]),
        (block([0x12, 0x00, 5, 0x00, 0xB2, 0x0D, 0x00, 0x00]), [0, 0x82, 0, 0x82]),
        (block([0, 0x01, 5, 0x00, 0xB2, 0x0D, 0x00, 0x00]), [0, 0x82, 0, 0x82]),
        // R before anything, R with data, S that nobody asked for, IFSD 0 and FF.
        ([0, 0x90, 0, 0x90], [0, 0x82, 0, 0x82]),
        ([0, 0x80, 1, 0x00, 0x81], [0, 0x82, 0, 0x82]),
        ([0, 0xE3, 1, 0x01, 0xE3], [0, 0x82, 0, 0x82]),
        ([0, 0xC1, 1, 0x00, 0xC0], [0, 0x82, 0, 0x82]),
        ([0, 0xC1, 1, 0xFF, 0x3F], [0, 0x82, 0, 0x82]),
        ([0, 0xC4, 0, 0xC4], [0, 0x82, 0, 0x82]),
    ]

    @Test("ask again for a block that is damaged or out of turn, and take it then", arguments: damaged)
    func errors(sent: [UInt8], answer: [UInt8]) throws {
        let host = powered(try chipCard("wang"))
        #expect(host.transfer(sent) == answer)
        #expect(host.transfer(block([0, 0x00, 20] + selectSSSE)) == [0, 0x00, 2, 0x90, 0x00, 0x92])
    }

    @Test("send the last block again as often as asked")
    func repeated() throws {
        let host = powered(try chipCard("wang"))
        let answer = host.transfer(block([0, 0x00, 20] + selectSSSE))
        for _ in 0..<3 { #expect(host.transfer([0, 0x81, 0, 0x81]) == answer) }
        #expect(host.transfer(block([0, 0x40, 7] + selectHolder)) == [0, 0x40, 2, 0x90, 0x00, 0xD2])
    }

    @Test("begin anew after RESYNCH, and forget a chain after ABORT")
    func supervisory() throws {
        let host = powered(try chipCard("wang"))
        _ = host.transfer(block([0, 0x00, 20] + selectSSSE))
        #expect(host.transfer([0, 0xC0, 0, 0xC0]) == [0, 0xE0, 0, 0xE0])
        #expect(host.transfer(block([0, 0x00, 7] + selectHolder)) == [0, 0x00, 2, 0x90, 0x00, 0x92])
        #expect(host.transfer(block([0, 0x60, 2, 0x00, 0xA4])) == [0, 0x80, 0, 0x80])
        #expect(host.transfer([0, 0xC2, 0, 0xC2]) == [0, 0xE2, 0, 0xE2])
        #expect(host.transfer(block([0, 0x00, 7] + selectHolder)) == [0, 0x40, 2, 0x90, 0x00, 0xD2])
    }

    @Test("ask for a size and for time before they answer, and wait for each to be granted")
    func requests() {
        var habits = EmulatedChipCard.Habits()
        habits.timeExtensions = 2
        habits.requestedBlockSize = 40
        let host = powered(
            EmulatedChipCard(
                id: "slow", title: "", titleEnglish: "",
                answerToReset: EmulatedAnswerToReset(protocols: [.t1], blockSize: 20), habits: habits,
                application: BlankChip()))
        let select = block([0, 0x00, 7] + selectHolder)
        #expect(host.transfer(select) == [0, 0xC1, 1, 40, 0xE8])
        #expect(host.transfer([0, 0xE3, 1, 1, 0xE3]) == [0, 0x92, 0, 0x92])
        #expect(host.transfer([0, 0xE1, 1, 40, 0xC8]) == [0, 0xC3, 1, 1, 0xC3])
        // Lost on the way: asked for again.
        #expect(host.transfer([0, 0x81, 0, 0x81]) == [0, 0xC3, 1, 1, 0xC3])
        #expect(host.transfer([0, 0xE3, 1, 1, 0xE3]) == [0, 0xC3, 1, 1, 0xC3])
        #expect(host.transfer([0, 0xE3, 1, 1, 0xE3]) == [0, 0x00, 2, 0x6A, 0x82, 0xEA])
        let longer = block([0, 0x40, 40, 0x00, 0xA4, 0x04, 0x00, 35] + [UInt8](repeating: 0x41, count: 35))
        #expect(host.transfer(longer) == [0, 0xC3, 1, 1, 0xC3])
    }
}
