// The reader model's other ports and commands: HID reports, interrupt endpoints, command maps, fingerprints, baud rates.

import KioskEmulation
import Testing

private let preamble: [UInt8] = [0xAA, 0xAA, 0xAA, 0x96, 0x69]
private let find: [UInt8] = [0x00, 0x03, 0x20, 0x01, 0x22]
private let select: [UInt8] = [0x00, 0x03, 0x20, 0x02, 0x21]
private let read: [UInt8] = [0x00, 0x03, 0x30, 0x01, 0x32]
private let readWithFingerprints: [UInt8] = [0x00, 0x03, 0x30, 0x10, 0x23]
private let readMore: [UInt8] = [0x00, 0x03, 0x30, 0x03, 0x30]
private let status: [UInt8] = [0x00, 0x03, 0x11, 0xFF, 0xED]
private let accepted = preamble + [0x00, 0x04, 0x00, 0x00, 0x90, 0x94]

/// On one pair; what the reader says now, in one.
private func exchange(_ reader: SAMVReader, _ afterPreamble: [UInt8]) -> [UInt8] {
    _ = reader.out(endpoint: 0x01, data: preamble + afterPreamble)
    var answer: [UInt8] = []
    while case .done(let bytes) = reader.input(endpoint: 0x82, maximum: 4096) { answer += bytes }
    return answer
}

private func pair(mustLift: Bool = false, commands: SAMVCommandMap = .standard) -> SAMVReader {
    SAMVReader(style: .singlePair, times: .none, mustLift: mustLift, commands: commands, time: ManualMonotonicTime())
}

@Suite("SAM-V reader model's commands")
struct SAMVCommandTests {
    @Test(
        "30 10 gives as many templates as the card carries",
        arguments: [(0, 1297, 0x050A), (1, 1809, 0x070A), (2, 2321, 0x090A)])
    func fingerprints(templates: Int, total: Int, length: Int) throws {
        let reader = pair()
        var card = EmulatedCard.builtIn[0]
        card.fingerprints = templates
        reader.place(card)
        let frame = try #require([find, select, readWithFingerprints].map { exchange(reader, $0) }.last)
        try #require(frame.count == total)
        #expect(Int(frame[5]) << 8 | Int(frame[6]) == length)
        #expect(Array(frame[10...15]) == [0x01, 0x00, 0x04, 0x00, UInt8(templates * 2), 0x00])
        #expect(Array(frame[16..<272]) == card.textRecord)
        #expect(Array(frame[272..<1296]) == card.photoRecord)
        #expect(Array(frame[1296..<total - 1]) == card.fingerprintRecord)
        #expect(frame[5...].reduce(0, ^) == 0)
        let withoutPrints = try #require([find, select, read].map { exchange(reader, $0) }.last)
        #expect(withoutPrints.count == 1295)
    }

    @Test("30 03 gives four slots of 70 bytes, 91 without them, and 41 before a card is selected")
    func extraAddress() throws {
        let reader = pair()
        reader.place(EmulatedCard.builtIn[0])
        #expect(exchange(reader, readMore) == preamble + [0x00, 0x04, 0x00, 0x00, 0x41, 0x45])
        for request in [find, select] { _ = exchange(reader, request) }
        #expect(exchange(reader, readMore) == preamble + [0x00, 0x04, 0x00, 0x00, 0x91, 0x95])
        let card = try #require(EmulatedCard.builtIn.first { $0.extraAddresses != nil })
        reader.place(card)
        for request in [find, select, read] { _ = exchange(reader, request) }
        let frame = exchange(reader, readMore)
        try #require(frame.count == 291)
        #expect(Array(frame[5...9]) == [0x01, 0x1C, 0x00, 0x00, 0x90])
        #expect(Array(frame[10..<290]) == card.extraAddressRecord)
    }

    @Test("60 sets the rate when its answer is out, refuses a sixth rate, and forgets it without power")
    func baudRates() {
        let reader = pair()
        let rates: [UInt8: Int] = [0: 115_200, 1: 57_600, 2: 38_400, 3: 19_200, 4: 9_600]
        for (parameter, rate) in rates {
            _ = reader.out(endpoint: 0x01, data: preamble + [0x00, 0x03, 0x60, parameter, 0x63 ^ parameter])
            let before = reader.baudRate
            #expect(reader.input(endpoint: 0x82, maximum: 10) == .done(Array(accepted.prefix(10))))
            #expect(reader.baudRate == before)
            #expect(reader.input(endpoint: 0x82, maximum: 10) == .done([0x94]))
            #expect(reader.baudRate == rate)
        }
        #expect(exchange(reader, [0x00, 0x03, 0x60, 0x05, 0x66]) == preamble + [0x00, 0x04, 0x00, 0x00, 0x21, 0x25])
        _ = exchange(reader, [0x00, 0x03, 0x60, 0x04, 0x67])
        reader.inject(.status(0x24), at: .setBaudRate)
        _ = exchange(reader, [0x00, 0x03, 0x60, 0x00, 0x63])
        #expect(reader.baudRate == 9_600)
        reader.attached()
        #expect(reader.baudRate == 115_200)
    }

    @Test("another command map takes its own codes and refuses the standard ones")
    func commandMap() {
        let reader = pair(commands: .cvr100AU)
        reader.place(EmulatedCard.builtIn[0])
        #expect(exchange(reader, [0x00, 0x03, 0x00, 0x81, 0x82]).count == 15)
        #expect(exchange(reader, [0x00, 0x03, 0x00, 0x82, 0x81]).count == 19)
        #expect(exchange(reader, [0x00, 0x03, 0x00, 0x83, 0x80]).count == 1295)
        #expect(exchange(reader, status) == accepted)
        for request in [find, select, read] {
            #expect(exchange(reader, request) == preamble + [0x00, 0x04, 0x00, 0x00, 0x21, 0x25])
        }
        #expect(exchange(pair(), [0x00, 0x03, 0x00, 0x81, 0x82]) == preamble + [0x00, 0x04, 0x00, 0x00, 0x21, 0x25])
    }

    @Test("12 FF gives the identifier it was built with, and the descriptor its ids")
    func identity() {
        let identifier = SAMVIdentifier(first: 0x0102, second: 0x0304, date: 0x0506_0708, serial: 9, last: 0xFFFF_FFFF)
        let reader = SAMVReader(
            style: .singlePair, times: .none, identifier: identifier, vendor: 0x0316, product: 0x5020)
        let bytes: [UInt8] = [2, 1, 4, 3, 8, 7, 6, 5, 9, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]
        #expect(Array(exchange(reader, [0x00, 0x03, 0x12, 0xFF, 0xEE]).dropFirst(10).dropLast()) == bytes)
        #expect(Array(reader.deviceDescriptor[8...11]) == [0x16, 0x03, 0x20, 0x50])
        #expect(SAMVIdentifier().bytes.count == 16)
    }

    @Test("interrupt endpoints carry what bulk ones do")
    func interruptPair() {
        let reader = SAMVReader(style: .interruptPair, times: .none)
        #expect(
            Array(reader.configurationDescriptor.dropFirst(18)) == [7, 5, 0x01, 3, 64, 0, 1, 7, 5, 0x82, 3, 64, 0, 1])
        reader.place(EmulatedCard.builtIn[0])
        #expect([find, select, read].map { exchange(reader, $0).count } == [15, 19, 1295])
        #expect(reader.kernelDrivers == [:])
    }
}

@Suite("SAM-V reader model on HID reports")
struct HIDReaderTests {
    private static let layouts: [HIDReports] = [
        HIDReports(inputLength: 64, outputLength: 64),
        HIDReports(inputLength: 64, outputLength: 64, hasCount: true, padding: 0xFF),
        HIDReports(inputLength: 32, outputLength: 16, inputID: 1, outputID: 2),
        HIDReports(inputLength: 8, outputLength: 8, inputID: 3, outputID: 3, hasCount: true),
        HIDReports(inputLength: 63, outputLength: 63, inputID: 1, outputID: 1, output: .setOutputReport),
        HIDReports(inputLength: 20, outputLength: 20, hasCount: true, output: .setFeatureReport),
        HIDReports(inputLength: 1024, outputLength: 256, inputID: 1, outputID: 2, padding: 0x33),
        HIDReports(inputLength: 256, outputLength: 256, hasCount: true),
    ]

    /// A host that knows the layout from its six numbers alone.
    private struct Host {
        let layout: HIDReports
        let reader: SAMVReader

        init(_ layout: HIDReports) {
            self.layout = layout
            reader = SAMVReader(style: .hid(layout), times: .none, mustLift: false, time: ManualMonotonicTime())
            reader.place(EmulatedCard.builtIn[0])
        }

        func send(_ report: [UInt8]) -> EmulatedTransfer {
            let length = UInt8(truncatingIfNeeded: report.count)
            return switch layout.output {
            case .endpoint: reader.out(endpoint: 0x01, data: report)
            case .setOutputReport:
                reader.control(setup: [0x21, 9, layout.outputID, 2, 0, 0, length, 0], data: report)
            case .setFeatureReport:
                reader.control(setup: [0x21, 9, layout.outputID, 3, 0, 0, length, 0], data: report)
            }
        }

        func request(_ afterPreamble: [UInt8]) {
            let frame = preamble + afterPreamble
            let room = layout.outputLength - (layout.hasCount ? 1 : 0)
            for start in stride(from: 0, to: frame.count, by: room) {
                let piece = Array(frame[start...].prefix(room))
                var report = layout.outputID == 0 ? [] : [layout.outputID]
                if layout.hasCount { report.append(UInt8(piece.count)) }
                report += piece
                let full = layout.outputLength + (layout.outputID == 0 ? 0 : 1)
                report += [UInt8](repeating: 0x5A, count: full - report.count)
                #expect(send(report) == .done([]))
            }
        }

        func reports() -> [[UInt8]] {
            var all: [[UInt8]] = []
            while case .done(let report) = reader.input(endpoint: 0x82, maximum: 8192) { all.append(report) }
            return all
        }

        /// The frame, cut where LEN says it ends; what follows must be padding.
        func exchange(_ afterPreamble: [UInt8]) -> [UInt8] {
            request(afterPreamble)
            var bytes: [UInt8] = []
            for var report in reports() {
                #expect(report.count == layout.inputLength + (layout.inputID == 0 ? 0 : 1))
                if layout.inputID != 0 { #expect(report.removeFirst() == layout.inputID) }
                let count = layout.hasCount ? Int(report.removeFirst()) : report.count
                #expect(report[count...].allSatisfy { $0 == layout.padding })
                bytes += report[..<count]
            }
            guard bytes.count >= 7 else { return bytes }
            let end = 7 + (Int(bytes[5]) << 8 | Int(bytes[6]))
            #expect(bytes.dropFirst(end).allSatisfy { $0 == layout.padding })
            return Array(bytes.prefix(end))
        }
    }

    @Test("a card is read through reports of any layout", arguments: layouts)
    func reading(layout: HIDReports) {
        let host = Host(layout)
        for _ in 0..<2 {
            #expect(host.exchange(status) == accepted)
            #expect(host.exchange(find).count == 15)
            #expect(host.exchange(select).count == 19)
            let frame = host.exchange(read)
            #expect(frame.count == 1295)
            #expect(Array(frame.dropFirst(14).prefix(256)) == EmulatedCard.builtIn[0].textRecord)
        }
        #expect(host.exchange([0x00, 0x03, 0x20, 0x01, 0x21]) == preamble + [0x00, 0x04, 0x00, 0x00, 0x10, 0x14])
    }

    @Test("the descriptors say what the layout is", arguments: layouts)
    func descriptors(layout: HIDReports) throws {
        let device = Host(layout).reader
        let configuration = device.configurationDescriptor
        #expect(Int(configuration[2]) == configuration.count)
        #expect(configuration[14] == 3)
        #expect(configuration[13] == (layout.output == .endpoint ? 2 : 1))
        var pipe = EmulatedControlPipe()
        let length = configuration[25]
        guard case .done(let report) = pipe.transfer(device, setup: [0x81, 6, 0, 0x22, 0, 0, 0xFF, 0], data: []) else {
            Issue.record("no report descriptor")
            return
        }
        #expect(report.count == Int(length))
        #expect(report.last == 0xC0)
        #expect(
            pipe.transfer(device, setup: [0x81, 6, 0, 0x21, 0, 0, 0xFF, 0], data: [])
                == .done([9, 0x21, 0x11, 0x01, 0, 1, 0x22, length, 0]))
        #expect(pipe.transfer(device, setup: [0x21, 10, 0, 0, 0, 0, 0, 0], data: []) == .done([]))
        #expect(device.kernelDrivers == [0: "usbhid"])
    }

    @Test("reports of another length, id or count mean nothing", arguments: layouts)
    func foreignReports(layout: HIDReports) {
        let host = Host(layout)
        let full = layout.outputLength + (layout.outputID == 0 ? 0 : 1)
        var foreign: [[UInt8]] = [[], [0xAA], [UInt8](repeating: 0xAA, count: full + 1)]
        if layout.outputID != 0 { foreign.append([0x77] + preamble + [UInt8](repeating: 0, count: full - 6)) }
        if layout.hasCount {
            foreign.append(
                (layout.outputID == 0 ? [] : [layout.outputID]) + [UInt8](repeating: 0xFF, count: layout.outputLength))
        }
        for report in foreign {
            #expect(host.send(report) == (layout.output == .endpoint ? .done([]) : .stall))
        }
        #expect(host.reports() == [])
        #expect(host.exchange(status) == accepted)
    }

    @Test("frames do not come by the way that the layout does not name")
    func otherWay() {
        let byEndpoint = Host(Self.layouts[0])
        let report = preamble + status + [UInt8](repeating: 0, count: 54)
        #expect(byEndpoint.reader.control(setup: [0x21, 9, 0, 2, 0, 0, 64, 0], data: report) == .stall)
        let byControl = Host(HIDReports(inputLength: 64, outputLength: 64, output: .setOutputReport))
        #expect(byControl.reader.out(endpoint: 0x01, data: report) == .stall)
        #expect(byControl.reader.control(setup: [0x21, 9, 0, 3, 0, 0, 64, 0], data: report) == .stall)
        #expect(byControl.reports() == [])
    }

    @Test("a trickle is a report a byte where reports have a count, and impossible where they do not")
    func trickle() {
        let counted = Host(Self.layouts[1])
        counted.reader.inject(.oneBytePackets, times: 1)
        counted.request(status)
        let reports = counted.reports()
        #expect(reports.count == accepted.count)
        #expect(reports.first == [1, 0xAA] + [UInt8](repeating: 0xFF, count: 62))
        let uncounted = Host(Self.layouts[0])
        uncounted.reader.inject(.oneBytePackets, times: 1)
        uncounted.request(status)
        #expect(uncounted.reports().count == 1)
    }

    @Test("lengths that no report can have are brought within bounds")
    func bounds() {
        let tiny = HIDReports(inputLength: -5, outputLength: 0, inputID: 1, outputID: 1, hasCount: true)
        #expect((tiny.inputLength, tiny.outputLength) == (2, 2))
        let large = HIDReports(inputLength: 1 << 20, outputLength: 5000)
        #expect((large.inputLength, large.outputLength) == (4096, 4096))
        let counted = HIDReports(inputLength: 1 << 20, outputLength: 257, hasCount: true)
        #expect((counted.inputLength, counted.outputLength) == (256, 256))
        #expect(Host(tiny).exchange(status) == accepted)
    }
}
