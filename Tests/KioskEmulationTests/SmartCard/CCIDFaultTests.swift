// What each injected fault makes of an answer, byte for byte.

import KioskEmulation
import Testing

private let slotStatus: [UInt8] = [0x65, 0, 0, 0, 0, 0, 0x2A, 0, 0, 0]
private let healthy: [UInt8] = [0x81, 0, 0, 0, 0, 0, 0x2A, 0, 0, 0]

@Suite("CCID reader faults")
struct CCIDFaultTests {
    /// What SELECT of an unknown file, which is answered 6A82, becomes in T=0.
    private static let answers: [(fault: CCIDFault, transfers: [[UInt8]])] = [
        (.wrongSequence, [[0x80, 2, 0, 0, 0, 0, 6, 0, 0, 0, 0x6A, 0x82]]),
        (.wrongSlot, [[0x80, 2, 0, 0, 0, 1, 7, 0, 0, 0, 0x6A, 0x82]]),
        (.wrongMessageType, [[0x81, 2, 0, 0, 0, 0, 7, 0, 0, 0, 0x6A, 0x82]]),
        (.wrongLength(16), [[0x80, 18, 0, 0, 0, 0, 7, 0, 0, 0, 0x6A, 0x82]]),
        (.wrongLength(-1), [[0x80, 1, 0, 0, 0, 0, 7, 0, 0, 0, 0x6A, 0x82]]),
        (.wrongLength(-3), [[0x80, 0xFF, 0xFF, 0xFF, 0xFF, 0, 7, 0, 0, 0, 0x6A, 0x82]]),
        (.truncated(11), [[0x80, 2, 0, 0, 0, 0, 7, 0, 0, 0, 0x6A]]),
        (.truncated(3), [[0x80, 2, 0]]),
        (.truncated(0), [[]]),
        (.noData, [[0x80, 0, 0, 0, 0, 0, 7, 0, 0, 0]]),
        (.emptyTransfer, [[], [0x80, 2, 0, 0, 0, 0, 7, 0, 0, 0, 0x6A, 0x82]]),
        (.oneBytePackets, [[0x80], [2], [0], [0], [0], [0], [7], [0], [0], [0], [0x6A], [0x82]]),
        (
            .oversized(300),
            [[0x80, 0x2E, 0x01, 0, 0, 0, 7, 0, 0, 0, 0x6A, 0x82] + [UInt8](repeating: 0x5A, count: 300)]
        ),
        (.silence, []),
        (.error(0xFB), [[0x80, 0, 0, 0, 0, 0, 7, 0x40, 0xFB, 0]]),
        (.error(0xFC), [[0x80, 0, 0, 0, 0, 0, 7, 0x40, 0xFC, 0]]),
        (.error(0xFD), [[0x80, 0, 0, 0, 0, 0, 7, 0x40, 0xFD, 0]]),
        (.cardPulled, [[0x80, 0, 0, 0, 0, 0, 7, 0x42, 0xFE, 0]]),
        // These belong to blocks and to answers to reset, and change nothing here.
        (.wrongLRC, [[0x80, 2, 0, 0, 0, 0, 7, 0, 0, 0, 0x6A, 0x82]]),
        (.wrongTS, [[0x80, 2, 0, 0, 0, 0, 7, 0, 0, 0, 0x6A, 0x82]]),
    ]

    @Test("spoil one answer, and the next is right", arguments: answers)
    func answer(fault: CCIDFault, transfers: [[UInt8]]) throws {
        let card = try chipCard("zhang")
        let host = CCIDHost(card)
        host.powerOn()
        host.reader.inject(fault, at: .transfer, times: 1)
        #expect(host.reader.isFaulty)
        #expect(host.exchange(slotStatus) == healthy)
        host.send(xfrBlock([0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00]))
        #expect(host.transfers() == transfers)
        #expect(!host.reader.isFaulty)
        host.reader.insert(card)
        host.powerOn()
        #expect(host.transfer([0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00]) == [0x6A, 0x82])
    }

    @Test("spoil an answer to reset")
    func answerToReset() throws {
        let reset: [UInt8] = [0x3B, 0x88, 0x81, 0x31, 0xFE, 0x45] + Array("DEMO-SSC".utf8)
        let check = reset.dropFirst().reduce(0, ^)
        func spoilt(_ fault: CCIDFault, _ id: String = "wang") throws -> [UInt8] {
            let host = CCIDHost(try chipCard(id))
            host.reader.inject(fault, at: .powerOn, times: 1)
            let answer = host.exchange([0x62, 0, 0, 0, 0, 0, 1, 0, 0, 0])
            #expect(Array(answer.prefix(10)) == [0x80, UInt8(answer.count - 10), 0, 0, 0, 0, 1, 0, 0, 0])
            #expect(host.exchange([0x62, 0, 0, 0, 0, 0, 1, 0, 0, 0]).dropFirst(10).first == 0x3B)
            return Array(answer.dropFirst(10))
        }
        #expect(try spoilt(.wrongTS) == [0x3A] + reset.dropFirst() + [check])
        #expect(try spoilt(.wrongTCK) == reset + [check ^ 0xFF])
        #expect(try spoilt(.wrongTCK, "zhang") == [0x3B, 0x08] + Array("DEMO-SSC".utf8) + [0xA5])
        #expect(try spoilt(.truncatedATR(4)) == Array(reset.prefix(4)))
        #expect(try spoilt(.truncatedATR(0)) == [])
        #expect(try spoilt(.endlessTD) == [0x3B, 0x80] + [UInt8](repeating: 0x81, count: 31))
    }

    @Test("spoil a block, and the card sends it again right")
    func blocks() throws {
        let host = CCIDHost(try chipCard("wang"))
        host.powerOn()
        host.reader.inject(.wrongLRC, at: .transfer, times: 1)
        let select: [UInt8] = [0, 0x00, 7, 0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00, 0x9E]
        #expect(host.transfer(select) == [0, 0x00, 2, 0x6A, 0x82, 0x15])
        #expect(host.transfer([0, 0x81, 0, 0x81]) == [0, 0x00, 2, 0x6A, 0x82, 0xEA])
        host.reader.inject(.wrongSendNumber, at: .transfer, times: 1)
        #expect(
            host.transfer([0, 0x40, 7, 0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00, 0xDE]) == [
                0, 0x00, 2, 0x6A, 0x82, 0xEA,
            ])
    }

    @Test("pull the card at the exchange they are armed for, and tell of it")
    func pulled() throws {
        let host = CCIDHost(try chipCard("zhang"))
        #expect(host.reader.input(endpoint: 0x81, maximum: 8) == .done([0x50, 0x03]))
        host.reader.inject(.cardPulled, at: .transfer, skipping: 2, times: 1)
        host.powerOn()
        for _ in 0..<2 { #expect(host.transfer(selectSSSE) == [0x90, 0x00]) }
        #expect(host.exchange(xfrBlock(selectSSSE)) == [0x80, 0, 0, 0, 0, 0, 7, 0x42, 0xFE, 0])
        #expect(host.reader.card == nil)
        #expect(host.reader.input(endpoint: 0x81, maximum: 8) == .done([0x50, 0x02]))
    }

    @Test("delay an answer until after the host has asked for something else")
    func late() throws {
        let time = ManualMonotonicTime()
        let host = CCIDHost(try chipCard("zhang"), time: time)
        host.powerOn()
        host.reader.inject(.late(.seconds(5)), at: .transfer, times: 1)
        host.send(xfrBlock(selectSSSE))
        #expect(host.exchange(slotStatus) == [0x81, 0, 0, 0, 0, 0, 0x2A, 0x40, 0xE0, 0])
        time.advance(by: .seconds(5))
        host.send(slotStatus)
        #expect(host.transfers() == [[0x80, 2, 0, 0, 0, 0, 7, 0, 0, 0, 0x90, 0x00], healthy])
    }

    @Test("ask for more time without end, until the command is aborted")
    func endless() throws {
        let time = ManualMonotonicTime()
        var times = CCIDReaderModel.WireTimes.none
        times.timeExtension = .milliseconds(250)
        let host = CCIDHost(try chipCard("zhang"), times: times, time: time)
        host.powerOn()
        host.reader.inject(.endlessTimeExtension, at: .transfer, times: 1)
        host.send(xfrBlock(selectSSSE))
        for _ in 0..<100 {
            #expect(host.transfers() == [[0x80, 0, 0, 0, 0, 0, 7, 0x80, 1, 0]])
            time.advance(by: .milliseconds(250))
        }
        host.send(slotStatus)
        #expect(host.transfers().first == [0x81, 0, 0, 0, 0, 0, 0x2A, 0x40, 0xE0, 0])
        #expect(host.reader.control(setup: [0x21, 0x01, 0, 8, 0, 0, 0, 0], data: []) == .done([]))
        #expect(host.exchange([0x72, 0, 0, 0, 0, 0, 8, 0, 0, 0]) == [0x81, 0, 0, 0, 0, 0, 8, 0, 0, 0])
        time.advance(by: .seconds(1))
        #expect(host.exchange(slotStatus) == healthy)
    }

    @Test("halt an endpoint, which works again when the halt is cleared")
    func stalls() throws {
        let host = CCIDHost(try chipCard("zhang"))
        var pipe = EmulatedControlPipe()
        host.powerOn()
        host.reader.inject(.stall, at: .slotStatus, times: 1)
        host.send(slotStatus)
        for _ in 0..<2 { #expect(pipe.transfer(host.reader, endpoint: 0x83, data: [], maximum: 64) == .stall) }
        #expect(pipe.transfer(host.reader, setup: [0x02, 1, 0, 0, 0x83, 0, 0, 0], data: []) == .done([]))
        #expect(pipe.transfer(host.reader, endpoint: 0x83, data: [], maximum: 64) == .notReady)
        host.reader.inject(.stallOut, at: .slotStatus, times: 1)
        #expect(pipe.transfer(host.reader, endpoint: 0x02, data: slotStatus, maximum: 0) == .stall)
        #expect(pipe.transfer(host.reader, endpoint: 0x02, data: slotStatus, maximum: 0) == .stall)
        #expect(pipe.transfer(host.reader, setup: [0x02, 1, 0, 0, 0x02, 0, 0, 0], data: []) == .done([]))
        #expect(pipe.transfer(host.reader, endpoint: 0x02, data: slotStatus, maximum: 0) == .done([]))
        #expect(pipe.transfer(host.reader, endpoint: 0x83, data: [], maximum: 64) == .done(healthy))
        for (fault, answer) in [(CCIDFault.damaged, EmulatedTransfer.damaged), (.babble, .babble)] {
            host.reader.inject(fault, times: 1)
            host.send(slotStatus)
            #expect(host.reader.input(endpoint: 0x83, maximum: 64) == answer)
        }
        #expect(host.exchange(slotStatus) == healthy)
    }

    @Test("may all come at once, in any order", arguments: CCIDReaderModel.ExchangeLevel.allCases, ["wang", "zhang"])
    func together(level: CCIDReaderModel.ExchangeLevel, id: String) throws {
        let faults: [CCIDFault] = [
            .truncated(3), .noData, .truncatedATR(0), .wrongSequence, .wrongSlot, .wrongMessageType, .wrongLRC,
            .wrongSendNumber, .wrongTS, .wrongTCK, .endlessTD, .wrongLength(.max), .wrongLength(.min), .oversized(-1),
            .oversized(5), .truncated(-1), .error(0), .emptyTransfer, .oneBytePackets, .late(.zero),
            .endlessTimeExtension,
        ]
        for start in faults.indices {
            let host = CCIDHost(try chipCard(id)) { $0.level = level }
            for fault in faults[start...] + faults[..<start] { host.reader.inject(fault) }
            for message in [slotStatus, [0x62, 0, 0, 0, 0, 0, 1, 0, 0, 0], xfrBlock([0, 0xC1, 1, 0xFE, 0x3E])] {
                host.send(message)
                _ = host.transfers()
            }
            host.reader.clearFaults()
            host.reader.reset()
            #expect(host.exchange(slotStatus) == [0x81, 0, 0, 0, 0, 0, 0x2A, 1, 0, 1])
        }
    }

    @Test("stay until they are cleared when no number of times is given")
    func lasting() throws {
        let host = CCIDHost(try chipCard("zhang"))
        host.reader.inject(.silence)
        for _ in 0..<5 {
            host.send(slotStatus)
            #expect(host.transfers() == [])
        }
        host.reader.clearFaults()
        #expect(host.exchange(slotStatus) == [0x81, 0, 0, 0, 0, 0, 0x2A, 1, 0, 1])
        #expect(host.reader.counters.commands == 6)
    }
}
