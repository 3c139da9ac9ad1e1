/// What a chip-card reader says of itself: the class descriptor and the endpoints of its interface (CCID 1.1, 5.1).

/// The 54 bytes of table 5.1-1, as far as a driver needs them.
struct CCIDDescriptor: Hashable, Sendable {
    /// What the host hands over in one block.
    enum ExchangeLevel: Hashable, Sendable {
        case character, tpdu, shortAPDU, extendedAPDU
    }

    /// `dwFeatures`.
    struct Features: OptionSet, Hashable, Sendable {
        var rawValue: UInt32

        static let automaticVoltage = Features(rawValue: 0x08)
        static let automaticNegotiation = Features(rawValue: 0x40)
        static let automaticProtocolSelection = Features(rawValue: 0x80)
        static let automaticInformationFieldSize = Features(rawValue: 0x400)
    }

    /// The longest message there can be: an extended APDU of 65,544 bytes and the header (table 5.1-1).
    static let longestMessage = 65_554

    /// `bVoltageSupport`: bits 0 to 2 stand for 5, 3 and 1.8 V.
    var voltages: [CCIDVoltage]
    var protocols: Set<TransmissionProtocol>
    /// Kilohertz.
    var defaultClock: UInt32
    /// Bits a second.
    var maximumDataRate: UInt32
    var maximumInformationFieldSize: UInt32
    var features: Features
    var exchangeLevel: ExchangeLevel
    /// Bytes of a message with its header.
    var maximumMessageLength: Int

    init(_ bytes: [UInt8]) throws(CodecError) {
        guard bytes.count >= 54, let voltages = bytes.uint8(5), let protocols = bytes.littleEndian32(6),
            let clock = bytes.littleEndian32(10), let dataRate = bytes.littleEndian32(23),
            let informationFieldSize = bytes.littleEndian32(28), let features = bytes.littleEndian32(40),
            let messageLength = bytes.littleEndian32(44)
        else { throw CodecError(.ccidDescriptor, .truncated, "class descriptor") }
        guard bytes.uint8(0) == 54, bytes.uint8(1) == 0x21 else {
            throw CodecError(.ccidDescriptor, .badValue, "class descriptor")
        }
        // Shorter than header and the longest answer to reset, no card could even be powered on.
        guard messageLength >= UInt32(CCIDMessage.headerLength + AnswerToReset.longest) else {
            throw CodecError(.ccidDescriptor, .badValue, "dwMaxCCIDMessageLength")
        }
        self.voltages = [(1, .five), (2, .three), (4, .onePointEight)].compactMap { bit, voltage in
            voltages & bit != 0 ? voltage : nil
        }
        self.protocols = Set(TransmissionProtocol.allCases.filter { protocols >> UInt32($0.rawValue) & 1 != 0 })
        defaultClock = clock
        maximumDataRate = dataRate
        maximumInformationFieldSize = informationFieldSize
        self.features = Features(rawValue: features)
        switch features & 0x70000 {
        case 0: exchangeLevel = .character
        case 0x10000: exchangeLevel = .tpdu
        case 0x20000: exchangeLevel = .shortAPDU
        case 0x40000: exchangeLevel = .extendedAPDU
        default: throw CodecError(.ccidDescriptor, .badValue, "dwFeatures")
        }
        maximumMessageLength = Int(min(messageLength, UInt32(Self.longestMessage)))
    }
}

/// The interface of a reader, with its pipes.
struct CCIDWiring: Hashable, Sendable {
    var interface: UInt8
    var output: USBEndpoint
    var input: USBEndpoint
    /// Tells of cards put in and taken out; not every reader has it.
    var interrupt: USBEndpoint?
    var descriptor: CCIDDescriptor

    /// The first interface of class 0x0B with a bulk pair and a class descriptor.
    init(configuration: USBConfiguration) throws(CodecError) {
        for interface in configuration.interfaces where interface.interfaceClass == 0x0B && interface.alternate == 0 {
            guard let output = interface.endpoint(.bulk, .output), let input = interface.endpoint(.bulk, .input),
                let bytes = interface.classDescriptors(ofType: 0x21).first
            else { continue }
            self.interface = interface.number
            self.output = output
            self.input = input
            interrupt = interface.endpoint(.interrupt, .input)
            descriptor = try CCIDDescriptor(bytes)
            return
        }
        throw CodecError(.ccidDescriptor, .missing, "interface of class 0x0B")
    }
}
