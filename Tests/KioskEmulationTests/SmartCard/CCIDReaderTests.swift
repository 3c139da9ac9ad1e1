// The chip reader model against messages written out by hand from CCID 1.1.

import KioskEmulation
import Testing

/// A host that knows nothing but the bytes it was told.
struct CCIDHost {
    let reader: CCIDReaderModel

    init(
        _ card: EmulatedChipCard? = nil, times: CCIDReaderModel.WireTimes = .none,
        time: any MonotonicTime = ManualMonotonicTime(),
        configure: (inout CCIDReaderModel.Configuration) -> Void = { _ in }
    ) {
        var configuration = CCIDReaderModel.Configuration()
        configure(&configuration)
        reader = CCIDReaderModel(configuration, times: times, time: time)
        if let card { reader.insert(card) }
    }

    func send(_ message: [UInt8]) {
        #expect(reader.out(endpoint: 0x02, data: message) == .done([]))
    }

    /// Everything the reader has to say now, a transfer each.
    func transfers(maximum: Int = 70_000) -> [[UInt8]] {
        var all: [[UInt8]] = []
        while all.count < 1000, case .done(let bytes) = reader.input(endpoint: 0x83, maximum: maximum) {
            all.append(bytes)
        }
        return all
    }

    /// The only answer.
    func exchange(_ message: [UInt8]) -> [UInt8] {
        send(message)
        let answers = transfers()
        #expect(answers.count == 1)
        return answers.first ?? []
    }

    /// The data of XfrBlock's answer, which must have succeeded.
    func transfer(_ data: [UInt8], sequence: UInt8 = 7, level: UInt16 = 0) -> [UInt8] {
        let answer = exchange(xfrBlock(data, sequence: sequence, level: level))
        #expect(answer.count >= 10)
        guard answer.count >= 10 else { return [] }
        let count = UInt32(answer.count - 10)
        #expect(
            Array(answer[0..<9]) == [0x80, UInt8(count & 0xFF), UInt8(count >> 8 & 0xFF), 0, 0, 0, sequence, 0, 0])
        return Array(answer.dropFirst(10))
    }

    func powerOn() {
        #expect(exchange([0x62, 0, 0, 0, 0, 0, 1, 0, 0, 0]).first == 0x80)
    }
}

func xfrBlock(_ data: [UInt8], sequence: UInt8 = 7, level: UInt16 = 0) -> [UInt8] {
    [0x6F, UInt8(data.count & 0xFF), UInt8(data.count >> 8 & 0xFF), UInt8(data.count >> 16), 0, 0, sequence, 0]
        + [UInt8(level & 0xFF), UInt8(level >> 8)] + data
}

func chipCard(_ id: String) throws -> EmulatedChipCard {
    try #require(EmulatedChipCard.builtIn().first { $0.id == id })
}

private let slotStatus: [UInt8] = [0x65, 0, 0, 0, 0, 0, 0x2A, 0, 0, 0]
/// SELECT of SSSE as it stands in the published command.
let selectSSSE: [UInt8] = [
    0x00, 0xA4, 0x04, 0x00, 0x0F, 0x73, 0x78, 0x31, 0x2E, 0x73, 0x68, 0x2E, 0xC9, 0xE7, 0xBB, 0xE1, 0xB1, 0xA3, 0xD5,
    0xCF,
]

@Suite("CCID reader model")
struct CCIDReaderTests {
    @Test("describes itself as a reader of the chip card class")
    func descriptors() {
        let host = CCIDHost()
        #expect(
            host.reader.deviceDescriptor == [
                18, 1, 0x10, 0x01, 0, 0, 0, 64, 0x09, 0x12, 0x01, 0x00, 0x00, 0x01, 1, 2, 3, 1,
            ])
        let functional: [UInt8] = [
            54, 0x21, 0x10, 0x01, 0x00, 0x07, 0x03, 0, 0, 0, 0xA0, 0x0F, 0, 0, 0xA0, 0x0F, 0, 0, 1, 0x01, 0x2A, 0, 0,
            0x08, 0xF8, 0x01, 0, 3, 0xFE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0A, 0x00, 0x01, 0x00, 0x0F, 0x01, 0, 0,
            0xFF, 0xFF, 0, 0, 0, 1,
        ]
        #expect(
            host.reader.configurationDescriptor == [9, 2, 93, 0, 1, 1, 0, 0x80, 50]
                + [9, 4, 0, 0, 3, 0x0B, 0, 0, 0] + functional
                + [7, 5, 0x81, 3, 8, 0, 24] + [7, 5, 0x02, 2, 64, 0, 0] + [7, 5, 0x83, 2, 64, 0, 0])
        #expect(host.reader.strings[2] == "Demo chip reader")
    }

    @Test("tells its exchange level, features, ids and endpoints as it was built")
    func variants() {
        let host = CCIDHost {
            $0.level = .extendedAPDU
            $0.features = [.automaticParameters, .automaticVoltage, .automaticRate, .automaticBlockSize]
            $0.hasInterruptEndpoint = false
            $0.maximumMessageLength = 65_556
            $0.protocols = [.t1]
            $0.vendor = 0xABCD
            $0.productName = "Other"
        }
        let bytes = host.reader.configurationDescriptor
        #expect(bytes.count == 86 && Array(bytes[2...3]) == [86, 0] && bytes[13] == 2)
        #expect(Array(bytes[24...27]) == [0x02, 0, 0, 0])
        #expect(Array(bytes[58...61]) == [0x2A, 0x04, 0x04, 0x00])
        #expect(Array(bytes[62...65]) == [0x14, 0x00, 0x01, 0x00])
        #expect(Array(host.reader.deviceDescriptor[8...9]) == [0xCD, 0xAB])
        #expect(host.reader.strings[2] == "Other")
        #expect(host.reader.input(endpoint: 0x81, maximum: 8) == .stall)
    }

    @Test("tells whether a card is there and powered")
    func status() throws {
        let host = CCIDHost()
        #expect(host.exchange(slotStatus) == [0x81, 0, 0, 0, 0, 0, 0x2A, 0x02, 0, 1])
        host.reader.insert(try chipCard("zhang"))
        #expect(host.exchange(slotStatus) == [0x81, 0, 0, 0, 0, 0, 0x2A, 0x01, 0, 1])
        host.powerOn()
        #expect(host.exchange(slotStatus) == [0x81, 0, 0, 0, 0, 0, 0x2A, 0x00, 0, 0])
        #expect(
            host.exchange([0x63, 0, 0, 0, 0, 0, 0x2B, 0, 0, 0]) == [0x81, 0, 0, 0, 0, 0, 0x2B, 0x01, 0, 1])
        host.reader.pull()
        #expect(host.exchange(slotStatus) == [0x81, 0, 0, 0, 0, 0, 0x2A, 0x02, 0, 1])
    }

    @Test("gives the answer to reset of a T=0 and of a T=1 card")
    func answerToReset() throws {
        let zero = CCIDHost(try chipCard("zhang"))
        #expect(
            zero.exchange([0x62, 0, 0, 0, 0, 0, 3, 0, 0, 0])
                == [0x80, 10, 0, 0, 0, 0, 3, 0, 0, 0] + [0x3B, 0x08] + Array("DEMO-SSC".utf8))
        #expect(
            zero.exchange([0x6C, 0, 0, 0, 0, 0, 4, 0, 0, 0])
                == [0x82, 5, 0, 0, 0, 0, 4, 0, 0, 0] + [0x11, 0x00, 0x00, 0x0A, 0x00])
        let one = CCIDHost(try chipCard("wang"))
        let answer = one.exchange([0x62, 0, 0, 0, 0, 0, 5, 1, 0, 0])
        let reset: [UInt8] = [0x3B, 0x88, 0x81, 0x31, 0xFE, 0x45] + Array("DEMO-SSC".utf8)
        #expect(
            answer == [0x80, 15, 0, 0, 0, 0, 5, 0, 0, 0] + reset + [reset.dropFirst().reduce(0, ^)])
        #expect(
            one.exchange([0x6C, 0, 0, 0, 0, 0, 6, 0, 0, 0])
                == [0x82, 7, 0, 0, 0, 0, 6, 0, 0, 1] + [0x11, 0x10, 0x00, 0x4D, 0x00, 0xFE, 0x00])
    }

    @Test("says mute where no card is, where it does not answer, and where it gets the wrong voltage")
    func mute() throws {
        let empty = CCIDHost()
        #expect(empty.exchange([0x62, 0, 0, 0, 0, 0, 1, 0, 0, 0]) == [0x80, 0, 0, 0, 0, 0, 1, 0x42, 0xFE, 0])
        #expect(empty.exchange(xfrBlock([0, 0, 0, 0, 0])) == [0x80, 0, 0, 0, 0, 0, 7, 0x42, 0xFE, 0])
        let mute = CCIDHost(.mute())
        #expect(mute.exchange([0x62, 0, 0, 0, 0, 0, 1, 0, 0, 0]) == [0x80, 0, 0, 0, 0, 0, 1, 0x41, 0xFE, 0])
        #expect(mute.exchange(xfrBlock([0, 0, 0, 0, 0])) == [0x80, 0, 0, 0, 0, 0, 7, 0x41, 0xFE, 0])
        var habits = EmulatedChipCard.Habits()
        habits.voltages = 0x02
        let low = CCIDHost(
            EmulatedChipCard(
                id: "low", title: "", titleEnglish: "", habits: habits, application: BlankChip()))
        #expect(low.exchange([0x62, 0, 0, 0, 0, 0, 1, 1, 0, 0]) == [0x80, 0, 0, 0, 0, 0, 1, 0x41, 0xFE, 0])
        #expect(low.exchange([0x62, 0, 0, 0, 0, 0, 2, 2, 0, 0]).prefix(9) == [0x80, 6, 0, 0, 0, 0, 2, 0, 0])
    }

    /// Command after `IccPowerOn` of Zhang's card, and the answer's type, bStatus and bError.
    private static let refused: [(message: [UInt8], answer: [UInt8])] = [
        // Escape, Secure, IccClock, T0APDU, Mechanical, SetDataRateAndClockFrequency, an unknown one.
        ([0x6B, 1, 0, 0, 0, 0, 9, 0, 0, 0, 0x55], [0x83, 0, 0, 0, 0, 0, 9, 0x40, 0x00, 0]),
        ([0x69, 0, 0, 0, 0, 0, 9, 0, 0, 0], [0x80, 0, 0, 0, 0, 0, 9, 0x40, 0x00, 0]),
        ([0x6E, 0, 0, 0, 0, 0, 9, 0, 0, 0], [0x81, 0, 0, 0, 0, 0, 9, 0x40, 0x00, 0]),
        ([0x6A, 0, 0, 0, 0, 0, 9, 0, 0, 0], [0x81, 0, 0, 0, 0, 0, 9, 0x40, 0x00, 0]),
        ([0x71, 0, 0, 0, 0, 0, 9, 0, 0, 0], [0x81, 0, 0, 0, 0, 0, 9, 0x40, 0x00, 0]),
        ([0x73, 0, 0, 0, 0, 0, 9, 0, 0, 0], [0x84, 0, 0, 0, 0, 0, 9, 0x40, 0x00, 0]),
        ([0x00, 0, 0, 0, 0, 0, 9, 0, 0, 0], [0x81, 0, 0, 0, 0, 0, 9, 0x40, 0x00, 0]),
        // A slot that is not there; dwLength more and less than what came; data where none belong.
        ([0x65, 0, 0, 0, 0, 1, 9, 0, 0, 0], [0x81, 0, 0, 0, 0, 1, 9, 0x42, 0x05, 0]),
        ([0x6F, 6, 0, 0, 0, 0, 9, 0, 0, 0, 1, 2, 3, 4, 5], [0x80, 0, 0, 0, 0, 0, 9, 0x40, 0x01, 0]),
        ([0x6F, 4, 0, 0, 0, 0, 9, 0, 0, 0, 1, 2, 3, 4, 5], [0x80, 0, 0, 0, 0, 0, 9, 0x40, 0x01, 0]),
        ([0x6F, 255, 255, 255, 255, 0, 9, 0, 0, 0, 1], [0x80, 0, 0, 0, 0, 0, 9, 0x40, 0x01, 0]),
        ([0x65, 1, 0, 0, 0, 0, 9, 0, 0, 0, 1], [0x81, 0, 0, 0, 0, 0, 9, 0x40, 0x01, 0]),
        // bPowerSelect, wLevelParameter, bProtocolNum, fields of SetParameters.
        ([0x62, 0, 0, 0, 0, 0, 9, 4, 0, 0], [0x80, 0, 0, 0, 0, 0, 9, 0x40, 0x07, 0]),
        ([0x6F, 5, 0, 0, 0, 0, 9, 0, 1, 0, 0, 0, 0, 0, 0], [0x80, 0, 0, 0, 0, 0, 9, 0x40, 0x08, 0]),
        ([0x61, 5, 0, 0, 0, 0, 9, 2, 0, 0, 0x11, 0, 0, 10, 0], [0x82, 0, 0, 0, 0, 0, 9, 0x40, 0x07, 0]),
        ([0x61, 5, 0, 0, 0, 0, 9, 1, 0, 0, 0x11, 0, 0, 10, 0], [0x82, 0, 0, 0, 0, 0, 9, 0x40, 0x01, 0]),
        ([0x61, 5, 0, 0, 0, 0, 9, 0, 0, 0, 0x11, 1, 0, 10, 0], [0x82, 0, 0, 0, 0, 0, 9, 0x40, 0x0B, 0]),
        ([0x61, 7, 0, 0, 0, 0, 9, 1, 0, 0, 0x11, 0x10, 0, 0x4D, 0, 0xFF, 0], [0x82, 0, 0, 0, 0, 0, 9, 0x40, 0x0F, 0]),
        // A T=0 command without P3, and with Le after its data.
        ([0x6F, 4, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0xB2, 7, 0], [0x80, 0, 0, 0, 0, 0, 9, 0x40, 0x01, 0]),
        (
            [0x6F, 8, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0xA4, 0, 0, 2, 0xEF, 5, 0],
            [0x80, 0, 0, 0, 0, 0, 9, 0x40, 0x01, 0]
        ),
    ]

    @Test("refuses what it cannot do with the offset of the field", arguments: refused)
    func refuses(message: [UInt8], answer: [UInt8]) throws {
        let host = CCIDHost(try chipCard("zhang"))
        host.powerOn()
        #expect(host.exchange(message) == answer)
        #expect(host.exchange(slotStatus) == [0x81, 0, 0, 0, 0, 0, 0x2A, 0, 0, 0])
    }

    @Test("refuses automatic voltage where it has none, and a voltage it does not have")
    func voltages() throws {
        let host = CCIDHost(try chipCard("zhang")) {
            $0.features = []
            $0.voltages = 0x02
        }
        #expect(host.exchange([0x62, 0, 0, 0, 0, 0, 1, 0, 0, 0]) == [0x80, 0, 0, 0, 0, 0, 1, 0x41, 7, 0])
        #expect(host.exchange([0x62, 0, 0, 0, 0, 0, 1, 1, 0, 0]) == [0x80, 0, 0, 0, 0, 0, 1, 0x41, 7, 0])
        #expect(host.exchange([0x62, 0, 0, 0, 0, 0, 1, 2, 0, 0]).prefix(9) == [0x80, 10, 0, 0, 0, 0, 1, 0, 0])
    }

    @Test("refuses a message that is longer than it takes")
    func tooLong() throws {
        let host = CCIDHost(try chipCard("zhang"))
        host.powerOn()
        #expect(
            host.exchange(xfrBlock([UInt8](repeating: 0, count: 262))) == [0x80, 0, 0, 0, 0, 0, 7, 0x40, 1, 0])
    }

    @Test("puts a message together from its packets, and ends it at a short one")
    func packets() throws {
        let host = CCIDHost(try chipCard("wang"))
        host.powerOn()
        // 10 + 54 bytes: a block that fills the packet, and needs no empty one after it.
        var block: [UInt8] = [0, 0x00, 50, 0x00, 0xA4, 0x04, 0x00, 45] + [UInt8](repeating: 0x41, count: 45)
        block.append(block.reduce(0, ^))
        let message = xfrBlock(block)
        #expect(message.count == 64)
        #expect(Array(host.exchange(message).dropFirst(10)) == [0, 0x00, 2, 0x6A, 0x82, 0xEA])
        let longer = xfrBlock([UInt8](repeating: 0, count: 118))
        host.send(Array(longer.prefix(64)))
        #expect(host.transfers() == [])
        host.send(Array(longer.dropFirst(64)))
        #expect(host.transfers().count == 1)
        host.send(Array(longer.prefix(64)))
        host.send(Array(longer.dropFirst(64).prefix(9)))
        #expect(host.transfers() == [[0x80, 0, 0, 0, 0, 0, 7, 0x40, 1, 0]])
        for stub: [UInt8] in [[], [0x65], [UInt8](repeating: 0x65, count: 9)] { host.send(stub) }
        #expect(host.transfers() == [])
        #expect(host.reader.out(endpoint: 0x04, data: slotStatus) == .stall)
        #expect(host.exchange(slotStatus) == [0x81, 0, 0, 0, 0, 0, 0x2A, 0, 0, 0])
    }

    @Test("answers in as many transfers as the host asks in")
    func pieces() throws {
        let host = CCIDHost(try chipCard("zhang"))
        host.send([0x62, 0, 0, 0, 0, 0, 3, 0, 0, 0])
        let pieces = host.transfers(maximum: 8)
        #expect(pieces.map(\.count) == [8, 8, 4])
        #expect(pieces.joined().suffix(10).elementsEqual([0x3B, 0x08] + Array("DEMO-SSC".utf8)))
    }

    @Test("notifies that a card came and went, once each, and again after a reset of the bus")
    func slotChange() throws {
        let host = CCIDHost()
        #expect(host.reader.input(endpoint: 0x81, maximum: 8) == .notReady)
        host.reader.insert(try chipCard("zhang"))
        #expect(host.reader.input(endpoint: 0x81, maximum: 8) == .done([0x50, 0x03]))
        #expect(host.reader.input(endpoint: 0x81, maximum: 8) == .notReady)
        host.reader.pull()
        #expect(host.reader.input(endpoint: 0x81, maximum: 8) == .done([0x50, 0x02]))
        host.reader.insert(try chipCard("wang"))
        host.reader.reset()
        #expect(host.reader.input(endpoint: 0x81, maximum: 8) == .done([0x50, 0x03]))
        // Out and in before anybody asked is one change.
        host.reader.pull()
        host.reader.insert(try chipCard("li"))
        #expect(host.reader.input(endpoint: 0x81, maximum: 8) == .done([0x50, 0x03]))
        #expect(host.exchange(slotStatus)[7] == 1)
    }

    @Test("sets, gets and resets parameters, and is not understood by a card that speaks otherwise")
    func parameters() throws {
        let host = CCIDHost(try chipCard("wang")) { $0.features = [.automaticVoltage] }
        host.powerOn()
        let block: [UInt8] = [0, 0x00, 4, 0x00, 0x84, 0x00, 0x00, 0x80]
        #expect(host.exchange(xfrBlock(block)) == [0x80, 0, 0, 0, 0, 0, 7, 0x40, 0xFE, 0])
        let wanted: [UInt8] = [0x11, 0x10, 0x00, 0x45, 0x00, 0xFE, 0x00]
        #expect(
            host.exchange([0x61, 7, 0, 0, 0, 0, 9, 1, 0, 0] + wanted) == [0x82, 7, 0, 0, 0, 0, 9, 0, 0, 1] + wanted)
        var whole = block
        whole[7] = 0x00
        whole = [0, 0x00, 5, 0x00, 0x84, 0x00, 0x00, 0x08, 0x89]
        #expect(host.transfer(whole) == [0, 0x00, 2, 0x6D, 0x00, 0x6F])
        #expect(
            host.exchange([0x6D, 0, 0, 0, 0, 0, 9, 0, 0, 0])
                == [0x82, 5, 0, 0, 0, 0, 9, 0, 0, 0] + [0x11, 0x00, 0x00, 0x0A, 0x00])
        // Fi and Di that nobody agreed with the card.
        _ = host.exchange([0x61, 7, 0, 0, 0, 0, 9, 1, 0, 0] + [0x95] + wanted.dropFirst())
        #expect(host.exchange(xfrBlock(whole)) == [0x80, 0, 0, 0, 0, 0, 7, 0x40, 0xFE, 0])
    }

    @Test("carries PPS to a card that offers both protocols, once")
    func parameterSelection() {
        let card = EmulatedChipCard(
            id: "both", title: "", titleEnglish: "",
            answerToReset: EmulatedAnswerToReset(protocols: [.t0, .t1], fastestRate: 0x95, blockSize: 0x80),
            application: BlankChip())
        let host = CCIDHost(card)
        let reset: [UInt8] = [0x3B, 0x94, 0x95, 0x80, 0x31, 0x80, 0x45, 0x44, 0x45, 0x4D, 0x4F]
        #expect(
            host.exchange([0x62, 0, 0, 0, 0, 0, 1, 0, 0, 0]).dropFirst(10).elementsEqual(
                reset + [reset.dropFirst().reduce(0, ^)]))
        #expect(host.transfer([0xFF, 0x11, 0x95, 0x7B]) == [0xFF, 0x11, 0x95, 0x7B])
        _ = host.exchange([0x61, 7, 0, 0, 0, 0, 9, 1, 0, 0, 0x95, 0x10, 0, 0x45, 0, 0x80, 0])
        #expect(host.transfer([0, 0xC1, 1, 0xFE, 0x3E]) == [0, 0xE1, 1, 0xFE, 0x1E])
        #expect(host.exchange(xfrBlock([0xFF, 0x10, 0x11, 0xFE])) == [0x80, 0, 0, 0, 0, 0, 7, 0x40, 0xFE, 0])
        // The rate that the card does not have is left out of its answer.
        host.powerOn()
        #expect(host.transfer([0xFF, 0x10, 0x97, 0x78]) == [0xFF, 0x00, 0xFF])
    }

    @Test("does PPS itself where that is its work")
    func automaticSelection() {
        let reset = EmulatedAnswerToReset(protocols: [.t0, .t1], fastestRate: 0x95, blockSize: 0x80)
        func card() -> EmulatedChipCard {
            EmulatedChipCard(
                id: "both", title: "", titleEnglish: "", answerToReset: reset, application: BlankChip())
        }
        let onRequest = CCIDHost(card()) { $0.features = [.automaticVoltage, .automaticPPS] }
        onRequest.powerOn()
        let wanted: [UInt8] = [0x95, 0x10, 0, 0x45, 0, 0x80, 0]
        #expect(onRequest.exchange([0x61, 7, 0, 0, 0, 0, 9, 1, 0, 0] + wanted).dropFirst(10).elementsEqual(wanted))
        #expect(onRequest.transfer([0, 0xC1, 1, 0xFE, 0x3E]) == [0, 0xE1, 1, 0xFE, 0x1E])
        let onReset = CCIDHost(card()) { $0.features = [.automaticVoltage, .automaticNegotiation] }
        onReset.powerOn()
        #expect(
            onReset.exchange([0x6C, 0, 0, 0, 0, 0, 4, 0, 0, 0])
                == [0x82, 5, 0, 0, 0, 0, 4, 0, 0, 0] + [0x95, 0x00, 0x00, 0x0A, 0x00])
        #expect(onReset.transfer([0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00]) == [0x6A, 0x82])
    }

    @Test("is busy until it has answered, and takes one command at a time")
    func busy() throws {
        let time = ManualMonotonicTime()
        var times = CCIDReaderModel.WireTimes.none
        times.powerOn = .milliseconds(40)
        let host = CCIDHost(try chipCard("zhang"), times: times, time: time)
        host.send([0x62, 0, 0, 0, 0, 0, 1, 0, 0, 0])
        #expect(host.transfers() == [])
        #expect(host.exchange(slotStatus) == [0x81, 0, 0, 0, 0, 0, 0x2A, 0x40, 0xE0, 0])
        time.advance(by: .milliseconds(40))
        #expect(host.transfers().map { $0[6] } == [1])
        #expect(host.exchange(slotStatus) == [0x81, 0, 0, 0, 0, 0, 0x2A, 0, 0, 0])
    }

    @Test("aborts after the request and the message of the same bSeq, in either order", arguments: [true, false])
    func abort(requestFirst: Bool) throws {
        let time = ManualMonotonicTime()
        var times = CCIDReaderModel.WireTimes.none
        times.transfer = .seconds(10)
        let host = CCIDHost(try chipCard("zhang"), times: times, time: time)
        host.powerOn()
        host.send(xfrBlock(selectSSSE))
        let message: [UInt8] = [0x72, 0, 0, 0, 0, 0, 0x31, 0, 0, 0]
        let request: [UInt8] = [0x21, 0x01, 0x00, 0x31, 0, 0, 0, 0]
        let aborted: [UInt8] = [0x81, 0, 0, 0, 0, 0, 0x31, 0, 0, 0]
        if requestFirst {
            #expect(host.reader.control(setup: request, data: []) == .done([]))
            #expect(host.exchange(slotStatus) == [0x81, 0, 0, 0, 0, 0, 0x2A, 0x40, 0xFF, 0])
            #expect(host.exchange(message) == aborted)
        } else {
            host.send(message)
            #expect(host.exchange(slotStatus) == [0x81, 0, 0, 0, 0, 0, 0x2A, 0x40, 0xFF, 0])
            #expect(host.reader.control(setup: request, data: []) == .done([]))
            #expect(host.transfers() == [aborted])
        }
        time.advance(by: .seconds(20))
        #expect(host.transfers() == [])
        #expect(host.exchange(slotStatus) == [0x81, 0, 0, 0, 0, 0, 0x2A, 0, 0, 0])
    }

    @Test("answers the class requests for clocks and rates, and no others")
    func controlRequests() {
        let host = CCIDHost()
        #expect(host.reader.control(setup: [0xA1, 2, 0, 0, 0, 0, 4, 0], data: []) == .done([0xA0, 0x0F, 0, 0]))
        #expect(
            host.reader.control(setup: [0xA1, 3, 0, 0, 0, 0, 12, 0], data: [])
                == .done([0x01, 0x2A, 0, 0, 0x02, 0xA8, 0, 0, 0x08, 0xF8, 1, 0]))
        for setup: [UInt8] in [
            [], [0xA1], [0xA1, 2, 0, 0, 1, 0, 4, 0], [0x21, 2, 0, 0, 0, 0, 0, 0], [0xC1, 0, 0, 0, 0, 0, 0, 0],
        ] {
            #expect(host.reader.control(setup: setup, data: []) == .stall)
        }
    }

    @Test("carries a short APDU, and does GET RESPONSE and the right length itself unless told not to")
    func shortAPDU() throws {
        let host = CCIDHost(try chipCard("li")) { $0.level = .shortAPDU }
        host.powerOn()
        #expect(
            host.transfer(selectSSSE + [0x00])
                == [0x6F, 0x11, 0x84, 0x0F] + selectSSSE.dropFirst(5) + [0x90, 0x00])
        #expect(host.transfer([0x00, 0xA4, 0x00, 0x00, 0x02, 0xEF, 0x05]) == [0x90, 0x00])
        #expect(host.transfer([0x00, 0xB2, 0x07, 0x00, 0x00]) == [0x07, 9] + Array("D00000023".utf8) + [0x90, 0x00])
        #expect(host.exchange(xfrBlock([0, 0xB2, 7])) == [0x80, 0, 0, 0, 0, 0, 7, 0x40, 0x01, 0])
        let plain = CCIDHost(try chipCard("li")) {
            $0.level = .shortAPDU
            $0.fetchesResponses = false
        }
        plain.powerOn()
        #expect(plain.transfer(selectSSSE + [0x00]) == [0x61, 0x13])
        #expect(plain.transfer([0x00, 0xC0, 0x00, 0x00, 0x13]).prefix(2) == [0x6F, 0x11])
        _ = plain.transfer([0x00, 0xA4, 0x00, 0x00, 0x02, 0xEF, 0x05])
        #expect(plain.transfer([0x00, 0xB2, 0x07, 0x00, 0x00]) == [0x6C, 0x0B])
    }

    /// Answers any command with as many bytes as it wants, each its place modulo 251.
    private struct LongAnswers: ChipCardApplication {
        mutating func reset() {}

        mutating func respond(to command: ChipCommand) -> ChipResponse {
            ChipResponse(0x9000, data: (0..<command.expectedLength).map { UInt8($0 % 251) })
        }
    }

    @Test("carries an extended APDU in several messages both ways")
    func extendedAPDU() {
        let card = EmulatedChipCard(
            id: "long", title: "", titleEnglish: "", answerToReset: EmulatedAnswerToReset(protocols: [.t1]),
            application: LongAnswers())
        let host = CCIDHost(card) {
            $0.level = .extendedAPDU
            $0.maximumMessageLength = 271
        }
        host.powerOn()
        // Case 4, 300 bytes there and 600 back.
        let apdu: [UInt8] = [0x00, 0xB0, 0, 0, 0x00, 0x01, 0x2C] + [UInt8](repeating: 7, count: 300) + [0x02, 0x58]
        #expect(
            host.exchange(xfrBlock(Array(apdu[..<200]), sequence: 1, level: 1))
                == [0x80, 0, 0, 0, 0, 0, 1, 0, 0, 0x10])
        #expect(
            host.exchange(xfrBlock(Array(apdu[200..<250]), sequence: 2, level: 3))
                == [0x80, 0, 0, 0, 0, 0, 2, 0, 0, 0x10])
        let first = host.exchange(xfrBlock(Array(apdu[250...]), sequence: 3, level: 2))
        #expect(first.prefix(10) == [0x80, 0x05, 0x01, 0, 0, 0, 3, 0, 0, 0x01])
        let second = host.exchange(xfrBlock([], sequence: 4, level: 0x10))
        #expect(second.prefix(10) == [0x80, 0x05, 0x01, 0, 0, 0, 4, 0, 0, 0x03])
        let third = host.exchange(xfrBlock([], sequence: 5, level: 0x10))
        #expect(third.prefix(10) == [0x80, 0x50, 0, 0, 0, 0, 5, 0, 0, 0x02])
        let whole = [first, second, third].flatMap { $0.dropFirst(10) }
        #expect(whole == (0..<600).map { UInt8($0 % 251) } + [0x90, 0x00])
        #expect(host.exchange(xfrBlock([], level: 0x10)) == [0x80, 0, 0, 0, 0, 0, 7, 0x40, 0x08, 0])
        #expect(host.exchange(xfrBlock([1], level: 2)) == [0x80, 0, 0, 0, 0, 0, 7, 0x40, 0x08, 0])
        #expect(host.exchange(xfrBlock([1], level: 4)) == [0x80, 0, 0, 0, 0, 0, 7, 0x40, 0x08, 0])
        #expect(host.transfer([0x00, 0xB0, 0, 0, 0x05]) == [0, 1, 2, 3, 4, 0x90, 0x00])
    }

    @Test(
        "asks for more time before a slow card's answer, at every level",
        arguments: CCIDReaderModel.ExchangeLevel.allCases)
    func timeExtension(level: CCIDReaderModel.ExchangeLevel) {
        var habits = EmulatedChipCard.Habits()
        habits.timeExtensions = 2
        let card = EmulatedChipCard(
            id: "slow", title: "", titleEnglish: "", habits: habits, application: BlankChip())
        let host = CCIDHost(card) { $0.level = level }
        host.powerOn()
        host.send(xfrBlock([0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00]))
        #expect(
            host.transfers() == [
                [0x80, 0, 0, 0, 0, 0, 7, 0x80, 1, 0], [0x80, 0, 0, 0, 0, 0, 7, 0x80, 1, 0],
                [0x80, 2, 0, 0, 0, 0, 7, 0, 0, 0, 0x6A, 0x82],
            ])
    }

    @Test("takes any bytes as messages without end, and works on afterwards", arguments: 0..<20)
    func hostile(seed: UInt64) throws {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func random() -> UInt8 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state >> 32)
        }
        for level in CCIDReaderModel.ExchangeLevel.allCases {
            let host = CCIDHost(try chipCard(seed % 2 == 0 ? "wang" : "li")) { $0.level = level }
            host.powerOn()
            for _ in 0..<200 {
                let types: [UInt8] = [0x61, 0x62, 0x63, 0x65, 0x6C, 0x6D, 0x6F, 0x6F, 0x6F, 0x72, random()]
                let data = (0..<Int(random()) % 40).map { _ in random() }
                let level: UInt8 = [0, 0, 1, 2, 3, 0x10][Int(random()) % 6]
                host.send(
                    [
                        types[Int(random()) % types.count], UInt8(data.count), 0, 0, 0, 0, random(), random() & 3,
                        level, 0,
                    ]
                        + data)
                #expect(host.transfers().allSatisfy { $0.count >= 10 && $0.count <= 271 })
            }
            host.reader.reset()
            #expect(host.exchange(slotStatus) == [0x81, 0, 0, 0, 0, 0, 0x2A, 1, 0, 1])
        }
    }
}
