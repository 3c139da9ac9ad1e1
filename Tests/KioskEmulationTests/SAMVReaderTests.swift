// The reader model against frames written out by hand from the protocol tables.

import KioskEmulation
import Testing

private let preamble: [UInt8] = [0xAA, 0xAA, 0xAA, 0x96, 0x69]

/// A host that knows nothing but the bytes it was told.
private struct Host {
    let reader: SAMVReader

    func request(_ afterPreamble: [UInt8]) {
        switch reader.style {
        case .fourEndpoint:
            #expect(reader.out(endpoint: 0x02, data: preamble + afterPreamble.prefix(2)) == .done([]))
            #expect(reader.out(endpoint: 0x06, data: Array(afterPreamble.dropFirst(2))) == .done([]))
        case .singlePair, .interruptPair, .hid:
            #expect(reader.out(endpoint: 0x01, data: preamble + afterPreamble) == .done([]))
        }
    }

    /// Everything the reader has to say now, in single transfers.
    func transfers(maximum: Int = 2048) -> [[UInt8]] {
        var all: [[UInt8]] = []
        for endpoint: UInt8 in reader.style == .fourEndpoint ? [0x81, 0x85] : [0x82] {
            while case .done(let bytes) = reader.input(endpoint: endpoint, maximum: maximum) { all.append(bytes) }
        }
        return all
    }

    func exchange(_ afterPreamble: [UInt8]) -> [UInt8] {
        request(afterPreamble)
        return transfers().flatMap { $0 }
    }
}

private let find: [UInt8] = [0x00, 0x03, 0x20, 0x01, 0x22]
private let select: [UInt8] = [0x00, 0x03, 0x20, 0x02, 0x21]
private let read: [UInt8] = [0x00, 0x03, 0x30, 0x01, 0x32]
private let status: [UInt8] = [0x00, 0x03, 0x11, 0xFF, 0xED]
private let reset: [UInt8] = [0x00, 0x03, 0x10, 0xFF, 0xEC]

private let found = preamble + [0x00, 0x08, 0x00, 0x00, 0x9F, 0x00, 0x00, 0x00, 0x00, 0x97]
private let noCard = preamble + [0x00, 0x04, 0x00, 0x00, 0x80, 0x84]
private let selected =
    preamble + [0x00, 0x0C, 0x00, 0x00, 0x90] + [UInt8](repeating: 0, count: 8) + [0x9C]
private let selectFailed = preamble + [0x00, 0x04, 0x00, 0x00, 0x81, 0x85]
private let readFailed = preamble + [0x00, 0x04, 0x00, 0x00, 0x41, 0x45]
private let accepted = preamble + [0x00, 0x04, 0x00, 0x00, 0x90, 0x94]

private func host(_ style: SAMVReader.Style = .fourEndpoint, mustLift: Bool = true) -> Host {
    Host(reader: SAMVReader(style: style, times: .none, mustLift: mustLift, time: ManualMonotonicTime()))
}

@Suite("SAM-V reader model")
struct SAMVReaderTests {
    @Test("answers the commands of the table byte for byte", arguments: SAMVReader.Style.allCases)
    func commands(style: SAMVReader.Style) throws {
        let host = host(style)
        #expect(host.exchange(reset) == accepted)
        #expect(host.exchange(status) == accepted)
        #expect(host.exchange([0x00, 0x04, 0x61, 0xFF, 0x50, 0xCA]) == accepted)
        #expect(host.exchange([0x00, 0x03, 0x12, 0xFF, 0xEE]).count == 27)
        #expect(host.exchange(find) == noCard)
        host.reader.place(EmulatedCard.builtIn[0])
        #expect(host.exchange(find) == found)
        #expect(host.exchange(select) == selected)
        let frame = host.exchange(read)
        try #require(frame.count == 1295)
        #expect(Array(frame[5...13]) == [0x05, 0x08, 0x00, 0x00, 0x90, 0x01, 0x00, 0x04, 0x00])
        #expect(frame[5...].reduce(0, ^) == 0)
        #expect(Array(frame[14..<270]) == EmulatedCard.builtIn[0].textRecord)
        #expect(Array(frame[270..<1294]) == EmulatedCard.builtIn[0].photoRecord)
        #expect(host.exchange([0x00, 0x03, 0x30, 0x03, 0x30]) == preamble + [0x00, 0x04, 0x00, 0x00, 0x91, 0x95])
    }

    @Test("gives text, photograph and no fingerprints to 30 10")
    func fingerprints() throws {
        let host = host()
        host.reader.place(EmulatedCard.builtIn[1])
        _ = host.exchange(find)
        _ = host.exchange(select)
        let frame = host.exchange([0x00, 0x03, 0x30, 0x10, 0x23])
        try #require(frame.count == 1297)
        #expect(Array(frame[5...15]) == [0x05, 0x0A, 0, 0, 0x90, 0x01, 0x00, 0x04, 0x00, 0x00, 0x00])
    }

    private static let malformedRequests: [(request: [UInt8], code: UInt8)] = [
        ([0x00, 0x03, 0x20, 0x01, 0x21], 0x10),
        ([0x00, 0x04, 0x20, 0x01, 0x22], 0x11),
        ([0x00, 0x02, 0x20, 0x20], 0x11),
        ([0x00, 0x00, 0x20], 0x11),
        ([0xFF, 0xFF, 0x20, 0x01, 0x22], 0x11),
        ([0x00, 0x03, 0x20, 0x07, 0x24], 0x21),
        ([0x00, 0x03, 0x61, 0xFF, 0x9D], 0x11),
    ]

    @Test("refuses what is malformed", arguments: malformedRequests)
    func malformed(request: [UInt8], code: UInt8) {
        for style in SAMVReader.Style.allCases {
            let host = host(style)
            let answer = preamble + [0x00, 0x04, 0x00, 0x00, code, 0x04 ^ code]
            #expect(host.exchange(request) == answer, "\(style)")
            #expect(host.exchange(status) == accepted, "\(style)")
        }
    }

    @Test("never answers bytes without the preamble, and answers the next frame", arguments: SAMVReader.Style.allCases)
    func noise(style: SAMVReader.Style) {
        let host = host(style)
        let endpoint: UInt8 = style == .fourEndpoint ? 0x02 : 0x01
        for junk: [UInt8] in [[], [0], [UInt8](repeating: 0xAA, count: 64), Array(0...255), [0xAA, 0xAA, 0x96]] {
            _ = host.reader.out(endpoint: endpoint, data: junk)
        }
        #expect(host.transfers() == [])
        #expect(host.exchange(status) == accepted)
    }

    @Test("keeps the order find, select, read")
    func sequence() {
        let host = host()
        host.reader.place(EmulatedCard.builtIn[0])
        #expect(host.exchange(select) == selectFailed)
        #expect(host.exchange(read) == readFailed)
        #expect(host.exchange(find) == found)
        #expect(host.exchange(read) == readFailed)
        #expect(host.exchange(select) == selectFailed)
    }

    @Test("finds a card that was read again only after it was lifted")
    func sameCard() {
        let host = host()
        host.reader.place(EmulatedCard.builtIn[0])
        for request in [find, select, read] { _ = host.exchange(request) }
        #expect(host.exchange(find) == noCard)
        host.reader.liftCard()
        host.reader.place(EmulatedCard.builtIn[0])
        #expect(host.exchange(find) == found)
    }

    @Test("finds the same card at once when it is built that way")
    func sameCardAgain() {
        let host = host(mustLift: false)
        host.reader.place(EmulatedCard.builtIn[0])
        for request in [find, select, read] { _ = host.exchange(request) }
        #expect(host.exchange(find) == found)
    }

    @Test("answers when the time of the step has passed and not before")
    func wireTimes() {
        let time = ManualMonotonicTime()
        let host = Host(reader: SAMVReader(time: time))
        host.reader.place(EmulatedCard.builtIn[0])
        for (request, milliseconds) in [(find, 60), (select, 60), (read, 700)] {
            host.request(request)
            time.advance(by: .milliseconds(milliseconds - 1))
            #expect(host.reader.input(endpoint: 0x81, maximum: 7) == .notReady)
            time.advance(by: .milliseconds(1))
            #expect(!host.transfers().isEmpty)
        }
        host.request(find)
        time.advance(by: .milliseconds(99))
        #expect(host.transfers() == [])
        time.advance(by: .milliseconds(1))
        #expect(host.transfers().flatMap { $0 } == noCard)
    }

    @Test("gives a late answer before the answer to the next command")
    func late() {
        let time = ManualMonotonicTime()
        let host = Host(reader: SAMVReader(time: time))
        host.reader.inject(.late(.seconds(5)), at: .find, times: 1)
        host.request(find)
        host.request(status)
        time.advance(by: .seconds(3))
        #expect(host.transfers() == [])
        time.advance(by: .seconds(3))
        #expect(host.reader.input(endpoint: 0x81, maximum: 7) == .done(Array(noCard.prefix(7))))
        #expect(host.reader.input(endpoint: 0x85, maximum: 64) == .done(Array(noCard.dropFirst(7))))
        #expect(host.transfers().flatMap { $0 } == accepted)
    }

    @Test("sends whole frames on one pair in pieces of 64 bytes")
    func pieces() {
        let host = host(.singlePair)
        host.reader.place(EmulatedCard.builtIn[0])
        _ = host.exchange(find)
        _ = host.exchange(select)
        host.request(read)
        #expect(host.transfers().map(\.count) == [Int](repeating: 64, count: 20) + [15])
    }

    @Test("splits, joins and dirties packets on demand")
    func packets() {
        for style in SAMVReader.Style.allCases {
            let host = host(style)
            host.reader.inject(.oneBytePackets, times: 1)
            host.request(status)
            #expect(host.transfers() == accepted.map { [$0] })
            host.reader.inject(.coalesced, times: 1)
            host.request(status)
            #expect(host.transfers() == [accepted])
            host.reader.inject(.noise([0x00, 0xFF]), at: .status, times: 1)
            #expect(host.exchange(status) == [0x00, 0xFF] + accepted)
            #expect(host.exchange(status) == accepted)
        }
    }

    @Test("spoils an answer as told, and lets the card be found again after a spoilt reading")
    func spoilt() {
        let host = host()
        host.reader.inject(.wrongChecksum, at: .status, times: 1)
        #expect(host.exchange(status) == preamble + [0x00, 0x04, 0x00, 0x00, 0x90, 0x6B])
        host.reader.inject(.lengthTooLarge, at: .status, times: 1)
        #expect(host.exchange(status) == preamble + [0x00, 0x14, 0x00, 0x00, 0x90, 0x94])
        host.reader.inject(.lengthTooShort, at: .status, times: 1)
        #expect(host.exchange(status) == preamble + [0x00, 0x03, 0x00, 0x00, 0x90, 0x94])
        host.reader.inject(.silence, at: .status, times: 1)
        #expect(host.exchange(status) == [])
        host.reader.place(EmulatedCard.builtIn[0])
        host.reader.inject(.wrongChecksum, at: .read, times: 1)
        for request in [find, select, read] { _ = host.exchange(request) }
        #expect(host.exchange(find) == found)
    }

    @Test("loses the card at the step that was named", arguments: [SAMVStep.find, .select, .read])
    func lifted(step: SAMVStep) {
        let host = host()
        host.reader.place(EmulatedCard.builtIn[0])
        host.reader.inject(.cardLifted, at: step)
        let answers = [find, select, read].map { host.exchange($0) }
        switch step {
        case .find: #expect(answers == [noCard, selectFailed, readFailed])
        case .select: #expect(answers == [found, selectFailed, readFailed])
        default: #expect(answers == [found, selected, readFailed])
        }
        #expect(host.reader.card == nil)
    }

    @Test("answers any status code at any step until it is cleared", arguments: SAMVStep.allCases)
    func statusCodes(step: SAMVStep) {
        let requests: [SAMVStep: [UInt8]] = [
            .find: find, .select: select, .read: read, .status: status, .reset: reset,
            .identify: [0x00, 0x03, 0x12, 0xFF, 0xEE], .readMore: [0x00, 0x03, 0x30, 0x03, 0x30],
            .setMaximumRFByte: [0x00, 0x04, 0x61, 0xFF, 0x50, 0xCA], .setBaudRate: [0x00, 0x03, 0x60, 0x00, 0x63],
        ]
        let host = host()
        host.reader.inject(.status(0x60), at: step)
        let answer = preamble + [0x00, 0x04, 0x00, 0x00, 0x60, 0x64]
        #expect(host.exchange(requests[step] ?? []) == answer)
        #expect(host.exchange(requests[step] ?? []) == answer)
        host.reader.clearFaults()
        #expect(host.exchange(requests[step] ?? []) != answer)
    }

    @Test("can leave out the photograph and show a kind that nobody knows")
    func records() throws {
        let host = host()
        host.reader.place(EmulatedCard.builtIn[0])
        host.reader.inject(.noPhoto, at: .read)
        host.reader.inject(.kindLetter(0x51), at: .read)
        _ = host.exchange(find)
        _ = host.exchange(select)
        let frame = host.exchange(read)
        try #require(frame.count == 271)
        #expect(Array(frame[10...13]) == [0x01, 0x00, 0x00, 0x00])
        #expect(Array(frame[262...263]) == [0x51, 0x00])
    }

    @Test("stalls on endpoints it does not have", arguments: SAMVReader.Style.allCases)
    func otherEndpoints(style: SAMVReader.Style) {
        let reader = host(style).reader
        #expect(reader.out(endpoint: 0x03, data: [1]) == .stall)
        #expect(reader.input(endpoint: 0x83, maximum: 64) == .stall)
        #expect(reader.isochronous(endpoint: 0x81, maximum: 64) == .stall)
        #expect(reader.control(setup: [0x40, 1, 0, 0, 0, 0, 0, 0], data: []) == .stall)
    }

    @Test("forgets unread answers on a bus reset and keeps the card")
    func busReset() {
        let host = host()
        host.reader.place(EmulatedCard.builtIn[0])
        host.request(find)
        host.reader.reset()
        #expect(host.transfers() == [])
        #expect(host.exchange(find) == found)
    }
}
