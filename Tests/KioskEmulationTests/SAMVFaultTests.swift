// How the reader model misbehaves, against bytes written out by hand from the protocol tables.

import KioskEmulation
import Testing

private let preamble: [UInt8] = [0xAA, 0xAA, 0xAA, 0x96, 0x69]
private let find: [UInt8] = [0x00, 0x03, 0x20, 0x01, 0x22]
private let select: [UInt8] = [0x00, 0x03, 0x20, 0x02, 0x21]
private let read: [UInt8] = [0x00, 0x03, 0x30, 0x01, 0x32]
private let status: [UInt8] = [0x00, 0x03, 0x11, 0xFF, 0xED]
private let reset: [UInt8] = [0x00, 0x03, 0x10, 0xFF, 0xEC]

private let accepted = preamble + [0x00, 0x04, 0x00, 0x00, 0x90, 0x94]
private let noCard = preamble + [0x00, 0x04, 0x00, 0x00, 0x80, 0x84]
private let found = preamble + [0x00, 0x08, 0x00, 0x00, 0x9F, 0x00, 0x00, 0x00, 0x00, 0x97]
private let selected = preamble + [0x00, 0x0C, 0x00, 0x00, 0x90] + [UInt8](repeating: 0, count: 8) + [0x9C]
private let selectFailed = preamble + [0x00, 0x04, 0x00, 0x00, 0x81, 0x85]
private let readFailed = preamble + [0x00, 0x04, 0x00, 0x00, 0x41, 0x45]

/// A host on one bulk pair.
private struct Host {
    let time = ManualMonotonicTime()
    let reader: SAMVReader

    init() {
        reader = SAMVReader(style: .singlePair, times: .none, time: time)
        reader.place(EmulatedCard.builtIn[0])
    }

    func packets() -> [[UInt8]] {
        var all: [[UInt8]] = []
        while all.count < 5000, case .done(let bytes) = reader.input(endpoint: 0x82, maximum: 4096) {
            all.append(bytes)
        }
        return all
    }

    func request(_ afterPreamble: [UInt8]) {
        _ = reader.out(endpoint: 0x01, data: preamble + afterPreamble)
    }

    func exchange(_ afterPreamble: [UInt8]) -> [UInt8] {
        request(afterPreamble)
        return packets().flatMap { $0 }
    }
}

@Suite("SAM-V reader model's faults")
struct SAMVFaultTests {
    private let host = Host()
    private let other = EmulatedCard.builtIn[1]

    @Test("a swapped card that is noticed breaks the sequence", arguments: [SAMVStep.select, .read])
    func swapped(step: SAMVStep) {
        host.reader.inject(.cardSwapped(other), at: step, times: 1)
        let answers = [find, select, read].map { host.exchange($0) }
        #expect(answers.prefix(2) == (step == .select ? [found, selectFailed] : [found, selected]))
        #expect(answers[2] == readFailed)
        #expect(host.reader.card == other)
        let frame = [find, select, read].map { host.exchange($0) }[2]
        #expect(Array(frame.dropFirst(14).prefix(256)) == other.textRecord)
    }

    @Test("a swapped card that is not noticed is read in the place of the first", arguments: [SAMVStep.select, .read])
    func swappedUnnoticed(step: SAMVStep) {
        host.reader.inject(.cardSwappedUnnoticed(other), at: step, times: 1)
        let frame = [find, select, read].map { host.exchange($0) }[2]
        #expect(Array(frame.dropFirst(14).prefix(256)) == other.textRecord)
        #expect(host.exchange(find) == noCard)
    }

    @Test("an answer comes twice in one transfer")
    func repeated() {
        host.reader.inject(.repeated, at: .status, times: 1)
        host.request(status)
        #expect(host.packets() == [accepted + accepted])
        #expect(host.exchange(status) == accepted)
    }

    @Test("an answer that was held back comes with the next one, before it or in its middle", arguments: [0, 1, 7, 11])
    func heldBack(position: Int) {
        host.reader.inject(.heldBack(into: position), at: .find, times: 1)
        #expect(host.exchange(find) == [])
        host.request(status)
        #expect(host.packets() == [accepted.prefix(position) + found + accepted.dropFirst(position)])
        #expect(host.exchange(status) == accepted)
    }

    @Test("with two pipes what is held back or repeated keeps to its pipe")
    func twoPipes() {
        let reader = SAMVReader(times: .none)
        func ask() {
            _ = reader.out(endpoint: 0x02, data: preamble + [0x00, 0x03])
            _ = reader.out(endpoint: 0x06, data: [0x11, 0xFF, 0xED])
        }
        reader.inject(.heldBack(into: 0), times: 1)
        ask()
        #expect(reader.input(endpoint: 0x81, maximum: 64) == .notReady)
        ask()
        let header = preamble + [0x00, 0x04]
        let body: [UInt8] = [0x00, 0x00, 0x90, 0x94]
        #expect(reader.input(endpoint: 0x81, maximum: 64) == .done(header + header))
        #expect(reader.input(endpoint: 0x85, maximum: 64) == .done(body + body))
        reader.inject(.repeated, times: 1)
        ask()
        #expect(reader.input(endpoint: 0x81, maximum: 64) == .done(header + header))
        #expect(reader.input(endpoint: 0x85, maximum: 3) == .done([0x00, 0x00, 0x90]))
        #expect(reader.input(endpoint: 0x85, maximum: 64) == .done([0x94] + body))
    }

    @Test("noise that looks like a preamble stands before the answer as it was given")
    func noise() {
        for noise: [UInt8] in [[0xAA], [0xAA, 0xAA, 0xAA, 0xAA, 0x96, 0x69], preamble + [0xFF, 0xFF], [0x00]] {
            host.reader.inject(.noise(noise), at: .status, times: 1)
            #expect(host.exchange(status) == noise + accepted)
        }
    }

    @Test("an empty packet comes before each packet")
    func emptyPackets() {
        host.reader.inject(.emptyPackets, at: .select, times: 1)
        _ = host.exchange(find)
        host.request(select)
        #expect(host.packets() == [[], selected])
    }

    @Test("a stream without end sends a packet a millisecond until the bus is reset or the fault is cleared")
    func endless() {
        for end in 0..<2 {
            host.reader.inject(.endless([0xAA, 0xAA, 0x96]), at: .find, times: 1)
            host.request(find)
            #expect(host.packets() == [(0..<64).map { [0xAA, 0xAA, 0x96][$0 % 3] }])
            for _ in 0..<1000 {
                host.time.advance(by: .milliseconds(1))
                #expect(host.packets().map(\.count) == [64])
            }
            // An answer is still given in between.
            #expect(host.exchange(status).prefix(accepted.count) == accepted[...])
            if end == 0 { host.reader.reset() } else { host.reader.clearFaults() }
            host.time.advance(by: .seconds(1))
            #expect(host.packets() == [])
        }
        host.reader.inject(.endless([]), at: .find, times: 1)
        #expect(host.exchange(find) == [])
    }

    @Test(
        "every step can be answered by any other step's answer",
        arguments: [(SAMVStep.find, selected), (.select, found), (.read, accepted), (.status, selected)])
    func answersOfOthers(step: SAMVStep, answer: [UInt8]) throws {
        let other: SAMVStep = answer == selected ? .select : answer == found ? .find : .status
        let requests = [SAMVStep.find: find, .select: select, .read: read, .status: status]
        host.reader.inject(.answer(of: other), at: step, times: 1)
        if step == .select || step == .read { #expect(host.exchange(find) == found) }
        if step == .read { #expect(host.exchange(select) == selected) }
        #expect(host.exchange(try #require(requests[step])) == answer)
        #expect(host.exchange(find) == found)
    }

    @Test("a record can lie about its lengths", arguments: [UInt16(0), 1, 255, 257, 0xFFFF])
    func lengths(length: UInt16) throws {
        host.reader.inject(.textLength(length), at: .read, times: 1)
        let frame = try #require([find, select, read].map { host.exchange($0) }.last)
        try #require(frame.count == 1295)
        #expect(Array(frame[10...13]) == [UInt8(length >> 8), UInt8(length & 0xFF), 0x04, 0x00])
        #expect(frame[5...].reduce(0, ^) == 0)
        host.reader.inject(.photoLength(length), at: .read, times: 1)
        let again = try #require([find, select, read].map { host.exchange($0) }.last)
        #expect(Array(again[10...13]) == [0x01, 0x00, UInt8(length >> 8), UInt8(length & 0xFF)])
        #expect(Array(again[14..<270]) == EmulatedCard.builtIn[0].textRecord)
    }

    @Test("a SAM that failed comes back by its reset, by a bus reset, or not", arguments: [UInt8(0x60), 0x66])
    func stuck(code: UInt8) {
        let stuck = preamble + [0x00, 0x04, 0x00, 0x00, code, 0x04 ^ code]
        host.reader.inject(.status(code), until: .samReset)
        for request in [status, find, select, read] { #expect(host.exchange(request) == stuck) }
        #expect(host.exchange(reset) == accepted)
        #expect(host.exchange(status) == accepted)

        host.reader.inject(.status(code), until: .busReset)
        #expect(host.exchange(reset) == stuck)
        host.reader.reset()
        #expect(host.exchange(status) == accepted)

        host.reader.inject(.status(code))
        host.reader.reset()
        host.reader.attached()
        #expect(host.exchange(reset) == stuck)
    }

    @Test("the cable is pulled at any step, after any byte", arguments: [SAMVStep.find, .select, .read], [0, 1, 7, 9])
    func unplugged(step: SAMVStep, count: Int) throws {
        host.reader.inject(.unplugged(after: count), at: step, times: 1)
        let before = step == .find ? [] : step == .select ? [find] : [find, select]
        for request in before { #expect(host.exchange(request) != []) }
        let whole = step == .find ? found : step == .select ? selected : preamble + [0x05, 0x08, 0, 0]
        let requests = [SAMVStep.find: find, .select: select, .read: read]
        #expect(host.exchange(try #require(requests[step])) == Array(whole.prefix(count)))
        #expect(host.reader.input(endpoint: 0x82, maximum: 64) == .gone)
        #expect(host.reader.out(endpoint: 0x01, data: preamble) == .gone)
        #expect(host.reader.control(setup: [0x40, 1, 0, 0, 0, 0, 0, 0], data: []) == .gone)
        host.reader.reset()
        #expect(host.reader.input(endpoint: 0x82, maximum: 64) == .gone)
        host.reader.attached()
        #expect(host.exchange(find) == found)
    }

    @Test("the cable can be pulled behind the answer's end, with two pipes too")
    func unpluggedAfterTheAnswer() {
        let reader = SAMVReader(times: .none)
        reader.inject(.unplugged(after: 9), times: 1)
        _ = reader.out(endpoint: 0x02, data: preamble + [0x00, 0x03])
        _ = reader.out(endpoint: 0x06, data: [0x11, 0xFF, 0xED])
        #expect(reader.input(endpoint: 0x81, maximum: 64) == .done(preamble + [0x00, 0x04]))
        #expect(reader.input(endpoint: 0x85, maximum: 64) == .done([0x00, 0x00]))
        #expect(reader.input(endpoint: 0x85, maximum: 64) == .gone)
        host.reader.inject(.unplugged(after: 5000), times: 1)
        #expect(host.exchange(status) == accepted)
        #expect(host.reader.input(endpoint: 0x82, maximum: 64) == .gone)
    }

    @Test("a host that never reads cannot make the reader grow")
    func unread() {
        for _ in 0..<1000 { host.request(status) }
        #expect(host.packets().count == 16)
        for _ in 0..<1000 { _ = host.reader.out(endpoint: 0x01, data: [UInt8](repeating: 0x55, count: 64)) }
        #expect(host.exchange(status) == accepted)
    }

    @Test("whatever a host sends, the reader survives and answers the next frame", arguments: SAMVReader.Style.allCases)
    func hostile(style: SAMVReader.Style) {
        let reader = SAMVReader(style: style, times: .none)
        reader.place(EmulatedCard.builtIn[0])
        var state: UInt64 = 1
        func random() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
        for _ in 0..<5000 {
            var data = (0..<random() % 80).map { _ in UInt8(truncatingIfNeeded: random()) }
            if random() % 2 == 0 { data = preamble + [0x00, UInt8(random() % 8)] + data }
            _ = reader.out(endpoint: style == .singlePair ? 0x01 : random() % 2 == 0 ? 0x02 : 0x06, data: data)
            if random() % 3 == 0 {
                for endpoint: UInt8 in [0x81, 0x82, 0x85] {
                    _ = reader.input(endpoint: endpoint, maximum: Int(random() % 64))
                }
            }
        }
        reader.reset()
        if style == .singlePair {
            _ = reader.out(endpoint: 0x01, data: preamble + status)
            #expect(reader.input(endpoint: 0x82, maximum: 64) == .done(accepted))
        } else {
            _ = reader.out(endpoint: 0x02, data: preamble + status.prefix(2))
            _ = reader.out(endpoint: 0x06, data: Array(status.dropFirst(2)))
            #expect(reader.input(endpoint: 0x81, maximum: 64) == .done(Array(accepted.prefix(7))))
        }
    }
}
