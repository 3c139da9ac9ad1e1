import Testing

@testable import KioskDevices

@Suite("Answer to reset, protocol and speed")
struct AnswerToResetTests {
    @Test("A card of T=0 alone has no check byte")
    func plain() throws {
        let answer = try AnswerToReset([0x3B, 0x68, 0x00, 0x00, 0x00, 0x73, 0xC8, 0x40, 0x12, 0x00, 0x90, 0x00])
        #expect(!answer.isInverse)
        #expect(answer.protocolNumbers == [0])
        #expect(answer.historicalBytes == [0x00, 0x73, 0xC8, 0x40, 0x12, 0x00, 0x90, 0x00])
        #expect(!answer.takesExtendedLength)
        #expect(answer.extraGuardTime == 0)
        #expect(try AnswerToReset([0x3B, 0x05, 0x80, 0x73, 0xC8, 0x40, 0x40]).takesExtendedLength)
        #expect(try !AnswerToReset([0x3B, 0x05, 0x10, 0x73, 0xC8, 0x40, 0x40]).takesExtendedLength)
    }

    @Test("The inverse convention is seen", arguments: [0x3F, 0x03] as [UInt8])
    func inverse(initial: UInt8) throws {
        #expect(try AnswerToReset([initial, 0x00]).isInverse)
    }

    @Test("T=1 with its own interface bytes")
    func blocks() throws {
        let answer = try AnswerToReset([0x3B, 0x80, 0x81, 0x31, 0xFE, 0x45, 0x8B])
        #expect(answer.protocolNumbers == [1])
        #expect(answer.informationFieldSize == 0xFE)
        #expect(answer.blockWaiting == 0x45)
        #expect(!answer.usesCRC)
    }

    @Test("Speed, waiting integer and both protocols in the card's order; T=15 is none")
    func everything() throws {
        // T0: TA1 TD1, 0 historical; TD1: TC2, TD2, T=0; TD2: T=15, TA3; then TCK.
        let body: [UInt8] = [0xD0, 0x95, 0x05, 0xC0, 0x14, 0x91, 0x20, 0x1F, 0x01]
        let answer = try AnswerToReset([0x3B] + body + [body.reduce(0, ^)])
        #expect(answer.speed == 0x95)
        #expect(answer.extraGuardTime == 0x05)
        #expect(answer.waitingInteger == 0x14)
        #expect(answer.protocolNumbers == [0, 1])
        #expect(answer.informationFieldSize == 0x20)
    }

    @Test("Specific mode")
    func specific() throws {
        let body: [UInt8] = [0x80, 0x11, 0x91]
        let answer = try AnswerToReset([0x3B] + body + [body.reduce(0, ^)])
        #expect(answer.specificMode == .init(protocolNumber: 1, hasImplicitParameters: true))
    }

    @Test(
        "What is no answer to reset is refused, with the reason",
        arguments: [
            ([], .truncated), ([0x3B], .truncated), ([0x00, 0x00], .badValue), ([0x3C, 0x00], .badValue),
            ([0x3B, 0x04, 1, 2, 3], .truncated), ([0x3B, 0x02, 1, 2, 3], .badLength),
            ([0x3B, 0xF0, 0x11], .truncated), ([0x3B, 0x80, 0x01, 0x00], .badChecksum),
            // A chain of TD that never ends.
            ([0x3B, 0x80] + [UInt8](repeating: 0x80, count: 31), .truncated),
            ([0x3B, 0x80] + [UInt8](repeating: 0x80, count: 32), .tooLarge),
            // IFSC of 0 and of 255.
            ([0x3B, 0x80, 0x81, 0x11, 0x00, 0x10], .badValue), ([0x3B, 0x80, 0x81, 0x11, 0xFF, 0xEF], .badValue),
        ] as [([UInt8], CodecError.Problem)])
    func malformed(bytes: [UInt8], problem: CodecError.Problem) {
        do throws(CodecError) {
            _ = try AnswerToReset(bytes)
            Issue.record("accepted")
        } catch {
            #expect(error.problem == problem)
            #expect(error.format == .answerToReset)
        }
    }

    @Test("Random bytes never trap")
    func random() {
        var generator = SeededGenerator(state: 3)
        let good: [UInt8] = [0x3B, 0xD0, 0x95, 0x05, 0xC0, 0x14, 0x91, 0x20, 0x1F, 0x01, 0x00]
        for round in 0..<20_000 {
            let bytes =
                round % 2 == 0 ? [0x3B] + generator.bytes(Int(generator.next() % 40)) : generator.mutated(good)
            if let answer = try? AnswerToReset(bytes) {
                #expect(!answer.protocolNumbers.isEmpty)
                _ = answer.takesExtendedLength
            }
        }
    }

    private static func reader(features: UInt32, protocols: UInt8) throws -> CCIDDescriptor {
        try CCIDDescriptor(ScriptedChipReader(features: features, protocols: protocols).classDescriptor)
    }

    @Test("The card's first protocol and its speed are asked for when the reader keeps up")
    func speed() throws {
        let card = try AnswerToReset([0x3B, 0x10, 0x95])
        let reader = try Self.reader(features: 0x10000, protocols: 3)
        var selection = try ProtocolSelection(card: card, reader: reader)
        #expect(selection.needsRequest)
        // 4 MHz * 32 / 512 = 250,000 bits a second.
        #expect(selection.speed == 0x95)
        #expect(selection.request == [0xFF, 0x10, 0x95, 0x7A])
        try selection.take(answer: [0xFF, 0x10, 0x95, 0x7A])
        #expect(selection.speed == 0x95)
        try selection.take(answer: [0xFF, 0x00, 0xFF])
        #expect(selection.speed == 0x11, "a card that leaves PPS1 out keeps its first speed")
        for answer: [UInt8] in [[], [0xFF, 0x10, 0x95], [0xFF, 0x11, 0x95, 0x7B], [0xFF, 0x10, 0x95, 0x00]] {
            #expect(throws: CodecError.self) { try selection.take(answer: answer) }
        }
        #expect(try !ProtocolSelection(card: card, reader: reader, prefersDefaults: true).needsRequest)
        // 4 MHz * 64 / 372 is more than the reader has, and 0x7x is reserved.
        for byte: UInt8 in [0x17, 0x71, 0x10, 0x1A] {
            let fast = try AnswerToReset([0x3B, 0x10, byte])
            #expect(try ProtocolSelection(card: fast, reader: reader).speed == 0x11)
        }
    }

    @Test("A card and a reader without a common protocol are told apart from a broken card")
    func noCommonProtocol() throws {
        let blocks = try AnswerToReset([0x3B, 0x80, 0x81, 0x31, 0xFE, 0x45, 0x8B])
        #expect(throws: SmartCardError(.cardUnsupported, "no protocol of the card is the reader's")) {
            try ProtocolSelection(card: blocks, reader: Self.reader(features: 0x10000, protocols: 1))
        }
        // CRC instead of LRC.
        let body: [UInt8] = [0x80, 0x81, 0x41, 0x01]
        let checked = try AnswerToReset([0x3B] + body + [body.reduce(0, ^)])
        #expect(throws: SmartCardError(.cardUnsupported, "blocks with CRC")) {
            try ProtocolSelection(card: checked, reader: Self.reader(features: 0x10000, protocols: 3))
        }
    }

    @Test("Parameters are written as the reader must have them")
    func parameters() throws {
        let inverse = try AnswerToReset([0x3F, 0x40, 0x07])
        let reader = try Self.reader(features: 0x10000, protocols: 3)
        #expect(
            TransmissionParameters(try ProtocolSelection(card: inverse, reader: reader), card: inverse).bytes
                == [0x11, 0x02, 0x07, 0x0A, 0x00])
        let blocks = try AnswerToReset([0x3B, 0x80, 0x81, 0x31, 0xFE, 0x45, 0x8B])
        #expect(
            TransmissionParameters(try ProtocolSelection(card: blocks, reader: reader), card: blocks).bytes
                == [0x11, 0x10, 0x00, 0x45, 0x00, 0xFE, 0x00])
    }
}
