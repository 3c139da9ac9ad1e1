import Testing

@testable import KioskDevices

@Suite("Block protocol T=1")
struct T1ProtocolTests {
    private static func block(_ control: UInt8, _ information: [UInt8] = []) -> [UInt8] {
        let bytes = [0x00, control, UInt8(information.count)] + information
        return bytes + [bytes.reduce(0, ^)]
    }

    private static let read = CardBytes(apdu: .readRecord(number: 1))

    private static func sent(
        _ step: T1Protocol.Step, sourceLocation: SourceLocation = #_sourceLocation
    ) -> [UInt8] {
        guard case .send(let bytes, _) = step else {
            Issue.record("nothing is sent", sourceLocation: sourceLocation)
            return []
        }
        return bytes.bytes
    }

    @Test("One block each way; the numbers alternate from command to command")
    func simple() throws {
        var blocks = T1Protocol(cardFieldSize: 32, readerFieldSize: 254)
        #expect(Self.sent(blocks.start(Self.read)) == Self.block(0x00, [0x00, 0xB2, 0x01, 0x04, 0x00]))
        #expect(try blocks.take(Self.block(0x00, [1, 2, 0x90, 0])) == .done([1, 2, 0x90, 0]))
        #expect(Self.sent(blocks.start(Self.read)) == Self.block(0x40, [0x00, 0xB2, 0x01, 0x04, 0x00]))
        #expect(try blocks.take(Self.block(0x40, [0x6A, 0x83])) == .done([0x6A, 0x83]))
        #expect(Self.sent(blocks.start(Self.read))[1] == 0x00)
    }

    @Test("A long command goes in parts, a long answer comes in parts")
    func chaining() throws {
        var blocks = T1Protocol(cardFieldSize: 8, readerFieldSize: 254)
        let command = CardBytes(apdu: .select(application: SocialSecurityCard.environment))
        let all = command.bytes
        #expect(Self.sent(blocks.start(command)) == Self.block(0x20, Array(all[0..<8])))
        #expect(Self.sent(try blocks.take(Self.block(0x90))) == Self.block(0x60, Array(all[8..<16])))
        #expect(Self.sent(try blocks.take(Self.block(0x80))) == Self.block(0x00, Array(all[16...])))
        #expect(Self.sent(try blocks.take(Self.block(0x20, [1, 2]))) == Self.block(0x90))
        #expect(Self.sent(try blocks.take(Self.block(0x60, [3]))) == Self.block(0x80))
        #expect(try blocks.take(Self.block(0x00, [0x90, 0])) == .done([1, 2, 3, 0x90, 0]))
    }

    @Test("The terminal's own field size is offered first")
    func fieldSize() throws {
        var blocks = T1Protocol(cardFieldSize: 32, readerFieldSize: 254)
        #expect(Self.sent(blocks.start(offering: 254)) == Self.block(0xC1, [254]))
        #expect(try blocks.take(Self.block(0xE1, [254])) == .done([]))
        _ = blocks.start(offering: 254)
        #expect(throws: SmartCardError.self) { try blocks.take(Self.block(0xE1, [32])) }
    }

    @Test("The card's wish for time and for another field size is granted")
    func supervisory() throws {
        var blocks = T1Protocol(cardFieldSize: 8, readerFieldSize: 254)
        let command = CardBytes(apdu: .select(application: SocialSecurityCard.environment))
        _ = blocks.start(command)
        #expect(Self.sent(try blocks.take(Self.block(0xC1, [20]))) == Self.block(0xE1, [20]))
        #expect(
            Self.sent(try blocks.take(Self.block(0x90))) == Self.block(0x40, Array(command.bytes[8...])),
            "the rest in one block of the new size")
        let step = try blocks.take(Self.block(0xC3, [7]))
        guard case .send(let bytes, 7) = step else {
            Issue.record("\(step)")
            return
        }
        #expect(bytes.bytes == Self.block(0xE3, [7]))
        #expect(try blocks.take(Self.block(0x00, [0x90, 0])) == .done([0x90, 0]))
    }

    @Test("A damaged block is asked for again, a lost one sent again")
    func repeats() throws {
        var blocks = T1Protocol(cardFieldSize: 32, readerFieldSize: 254)
        let first = Self.sent(blocks.start(Self.read))
        // The card did not get ours.
        #expect(Self.sent(try blocks.take(Self.block(0x81))) == first)
        // Its answer came damaged: by checksum, by length, and as the reader saw it.
        #expect(Self.sent(try blocks.take([0x00, 0x00, 0x02, 0x90, 0x00, 0x00])) == Self.block(0x81))
        #expect(Self.sent(try blocks.take([0x00, 0x00, 0x09])) == Self.block(0x82))
        #expect(try blocks.take(Self.block(0x00, [0x90, 0])) == .done([0x90, 0]))
        _ = blocks.start(Self.read)
        #expect(Self.sent(try blocks.take(nil)) == Self.block(0x91))
        #expect(try blocks.take(Self.block(0x40, [0x90, 0])) == .done([0x90, 0]))
    }

    @Test("A block with the wrong number is not taken")
    func wrongNumber() throws {
        var blocks = T1Protocol(cardFieldSize: 32, readerFieldSize: 254)
        _ = blocks.start(Self.read)
        #expect(Self.sent(try blocks.take(Self.block(0x40, [0x90, 0]))) == Self.block(0x82))
        #expect(try blocks.take(Self.block(0x00, [0x6A, 0x82])) == .done([0x6A, 0x82]))
    }

    @Test("Out of step for good, both sides begin again once; then the card is given up")
    func resynchronises() throws {
        var blocks = T1Protocol(cardFieldSize: 32, readerFieldSize: 254)
        let first = Self.sent(blocks.start(Self.read))
        for _ in 0..<3 { _ = try blocks.take([0xFF]) }
        #expect(Self.sent(try blocks.take([0xFF])) == Self.block(0xC0))
        #expect(Self.sent(try blocks.take(Self.block(0xE0))) == first)
        for _ in 0..<3 { _ = try blocks.take([0xFF]) }
        #expect(throws: SmartCardError(.cardFailed, "T=1: blocks cannot be brought in step")) {
            try blocks.take([0xFF])
        }
    }

    @Test("A chain given up, an empty chain and one without end are the card's fault")
    func bounded() throws {
        var blocks = T1Protocol(cardFieldSize: 32, readerFieldSize: 254)
        _ = blocks.start(Self.read)
        #expect(throws: SmartCardError.self) { try blocks.take(Self.block(0xC2)) }
        _ = blocks.start(Self.read)
        #expect(throws: SmartCardError.self) { try blocks.take(Self.block(0x20)) }
        for long in [Self.block(0x20, [1]), Self.block(0xC3, [255])] {
            var endless = T1Protocol(cardFieldSize: 32, readerFieldSize: 254)
            _ = endless.start(Self.read)
            #expect(throws: SmartCardError(.cardFailed, "T=1: too many blocks")) {
                var block = long
                while true {
                    _ = try endless.take(block)
                    if long[1] == 0x20 { block = Self.block(block[1] ^ 0x40, [1]) }
                }
            }
        }
        var large = T1Protocol(cardFieldSize: 32, readerFieldSize: 254)
        _ = large.start(Self.read)
        #expect(throws: SmartCardError(.cardFailed, "T=1: endless answer")) {
            var control: UInt8 = 0x20
            while true {
                _ = try large.take(Self.block(control, [UInt8](repeating: 7, count: 254)))
                control ^= 0x40
            }
        }
    }

    @Test("Random blocks end in an error or an answer, never in a trap or a loop")
    func random() {
        var generator = SeededGenerator(state: 5)
        for _ in 0..<2_000 {
            var blocks = T1Protocol(
                cardFieldSize: UInt8.random(in: 1...254, using: &generator), readerFieldSize: 254)
            _ = blocks.start(CardBytes(apdu: .select(application: SocialSecurityCard.environment)))
            do throws(SmartCardError) {
                for _ in 0..<3_000 {
                    let control = UInt8.random(in: 0...255, using: &generator)
                    let noise = generator.bytes(Int.random(in: 0...3, using: &generator))
                    let damaged = Int.random(in: 0..<10, using: &generator) == 0
                    let step = try blocks.take(damaged ? noise : Self.block(control, noise))
                    if case .done = step { break }
                }
            } catch {
                #expect(error.code == .cardFailed)
            }
        }
    }
}
