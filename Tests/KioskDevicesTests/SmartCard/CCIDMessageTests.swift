import Testing

@testable import KioskDevices

@Suite("CCID messages and descriptor")
struct CCIDMessageTests {
    @Test("Commands are written as CCID 1.1 chapter 6.1 has them")
    func commands() {
        #expect(CCIDCommand.powerOn(.three).bytes(sequence: 7) == [0x62, 0, 0, 0, 0, 0, 7, 2, 0, 0])
        #expect(CCIDCommand.powerOff.bytes(sequence: 0xFF) == [0x63, 0, 0, 0, 0, 0, 0xFF, 0, 0, 0])
        #expect(CCIDCommand.slotStatus.bytes(sequence: 1) == [0x65, 0, 0, 0, 0, 0, 1, 0, 0, 0])
        #expect(CCIDCommand.abort.bytes(sequence: 2) == [0x72, 0, 0, 0, 0, 0, 2, 0, 0, 0])
        let block = CardBytes(receiveReady: 1, error: 0)
        #expect(
            CCIDCommand.transfer(block, part: .middle, waitingMultiplier: 5).bytes(sequence: 3)
                == [0x6F, 4, 0, 0, 0, 0, 3, 5, 3, 0, 0x00, 0x90, 0x00, 0x90])
        #expect(
            CCIDCommand.transfer(nil, part: .continueAnswer, waitingMultiplier: 0).bytes(sequence: 4)
                == [0x6F, 0, 0, 0, 0, 0, 4, 0, 0x10, 0])
    }

    @Test("An answer is taken apart")
    func answer() throws {
        let answer = try CCIDAnswer([0x80, 2, 0, 0, 0, 0, 9, 0x01, 0, 0x10, 0x90, 0x00])
        #expect(answer.sequence == 9)
        #expect(answer.cardState == .inactive)
        #expect(answer.outcome == .done)
        #expect(answer.parameter == 0x10)
        #expect(answer.data == [0x90, 0x00])
        #expect(answer.failure == nil)
    }

    @Test(
        "A failed command says what is to be done",
        arguments: [
            (0x40, 0xFE, .cardFailed), (0x42, 0xFE, .cardRemoved), (0x40, 0xFD, .cardFailed),
            (0x40, 0xFC, .cardFailed), (0x40, 0xFB, .cardFailed), (0x40, 0xF8, .cardFailed),
            (0x40, 0xF7, .cardFailed), (0x40, 0xF6, .cardUnsupported), (0x40, 0xF5, .cardUnsupported),
            (0x40, 0xF4, .cardFailed), (0x40, 0xF3, .cardFailed), (0x40, 0xF2, .outOfStep),
            (0x40, 0xE0, .outOfStep), (0x40, 0xFF, .outOfStep), (0x40, 0x00, .readerUnusable),
            (0x41, 0x05, .readerUnusable), (0x41, 0x81, .cardFailed),
        ] as [(UInt8, UInt8, SmartCardError.Code)])
    func failures(status: UInt8, error: UInt8, code: SmartCardError.Code) throws {
        #expect(try CCIDAnswer([0x80, 0, 0, 0, 0, 0, 1, status, error, 0]).failure?.code == code)
    }

    @Test(
        "What is no answer is refused",
        arguments: [
            [], [0x80], [0x80, 0, 0, 0, 0, 0, 1, 0, 0], [0x80, 1, 0, 0, 0, 0, 1, 0, 0, 0],
            [0x80, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0], [0x80, 0xFF, 0xFF, 0xFF, 0xFF, 0, 1, 0, 0, 0],
            [0x80, 0xFF, 0xFF, 0xFF, 0x7F, 0, 1, 0, 0, 0], [0x7F, 0, 0, 0, 0, 0, 1, 0, 0, 0],
            [0x80, 0, 0, 0, 0, 0, 1, 0x03, 0, 0], [0x80, 0, 0, 0, 0, 0, 1, 0xC0, 0, 0],
        ] as [[UInt8]])
    func malformed(bytes: [UInt8]) {
        #expect(throws: CodecError.self) { try CCIDAnswer(bytes) }
    }

    @Test("Random bytes are an answer or an error, never a trap")
    func random() {
        var generator = SeededGenerator(state: 11)
        let good: [UInt8] = [0x80, 4, 0, 0, 0, 0, 1, 0, 0, 0, 1, 2, 0x90, 0]
        for round in 0..<20_000 {
            let bytes = round % 2 == 0 ? generator.bytes(Int(generator.next() % 40)) : generator.mutated(good)
            if let answer = try? CCIDAnswer(bytes) {
                #expect(answer.data.count == bytes.count - 10)
                _ = answer.failure
            }
            _ = try? CCIDNotification(bytes)
            _ = try? CCIDAnswer.dataLength(bytes, maximum: 271)
        }
    }

    @Test("Notifications tell of our slot only")
    func notifications() throws {
        #expect(try CCIDNotification([0x50, 0x03]) == .slotChange(isPresent: true))
        #expect(try CCIDNotification([0x50, 0x02]) == .slotChange(isPresent: false))
        #expect(try CCIDNotification([0x50, 0x0C, 0x01]) == .slotChange(isPresent: false))
        #expect(try CCIDNotification([0x51, 0, 3, 1]) == .hardwareError(code: 1))
        for bytes: [UInt8] in [[], [0x50], [0x51, 0, 0], [0x52, 1]] {
            #expect(throws: CodecError.self) { try CCIDNotification(bytes) }
        }
    }

    @Test("The class descriptor of QEMU's reader is understood")
    func descriptor() throws {
        let descriptor = try CCIDDescriptor(Self.qemu)
        #expect(descriptor.exchangeLevel == .tpdu)
        #expect(descriptor.protocols == [.t0])
        #expect(descriptor.voltages == [.five, .three, .onePointEight])
        #expect(descriptor.features.contains(.automaticNegotiation))
        #expect(descriptor.features.contains(.automaticVoltage))
        #expect(descriptor.maximumMessageLength == CCIDDescriptor.longestMessage)
        #expect(descriptor.maximumInformationFieldSize == 254)
    }

    @Test("A class descriptor cut short or made of nonsense is refused", arguments: 0..<54)
    func truncatedDescriptor(length: Int) {
        #expect(throws: CodecError.self) { try CCIDDescriptor(Array(Self.qemu.prefix(length))) }
        #expect(throws: CodecError.self) { try CCIDDescriptor([UInt8](repeating: UInt8(length), count: 54)) }
    }

    @Test("A reader whose longest message holds no answer to reset is refused")
    func shortMessages() {
        var bytes = Self.qemu
        bytes.replaceSubrange(44..<48, with: [42, 0, 0, 0])
        #expect(throws: CodecError(.ccidDescriptor, .badValue, "dwMaxCCIDMessageLength")) {
            try CCIDDescriptor(bytes)
        }
        bytes.replaceSubrange(44..<48, with: [0xFF, 0xFF, 0xFF, 0xFF])
        #expect((try? CCIDDescriptor(bytes))?.maximumMessageLength == CCIDDescriptor.longestMessage)
    }

    @Test("The interface is found by its class, with and without an interrupt pipe", arguments: [true, false])
    func wiring(hasInterrupt: Bool) throws {
        let reader = ScriptedChipReader(hasInterrupt: hasInterrupt)
        let wiring = try CCIDWiring(configuration: USBConfiguration(reader.configurationDescriptor))
        #expect(wiring.output.address == 0x03)
        #expect(wiring.input.address == 0x82)
        #expect(wiring.interrupt?.address == (hasInterrupt ? 0x81 : nil))
        #expect(throws: CodecError.self) {
            try CCIDWiring(configuration: USBConfiguration([9, 2, 9, 0, 0, 1, 0, 0x80, 50]))
        }
    }

    /// hw/usb/dev-smartcard-reader.c of QEMU, as `lsusb -v` shows it.
    private static let qemu: [UInt8] = [
        0x36, 0x21, 0x10, 0x01, 0x00, 0x07, 0x01, 0x00, 0x00, 0x00, 0xA0, 0x0F, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00,
        0x00, 0x80, 0x25, 0x00, 0x00, 0x00, 0xC2, 0x01, 0x00, 0x00, 0xFE, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0xFE, 0x04, 0x01, 0x00, 0x12, 0x00, 0x01, 0x00, 0xFF, 0xFF, 0x00, 0x00, 0x01, 0x01,
    ]
}
