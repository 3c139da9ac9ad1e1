// The failing bus in front of a reader, transfer by transfer.

import KioskEmulation
import Testing

private let header: [UInt8] = [0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x03]
private let acceptedHeader: [UInt8] = [0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x00, 0x04]

@Suite("Faulty bus")
struct FaultyDeviceTests {
    private let device = FaultyDevice(SAMVReader(times: .none))

    /// 11 FF, and the answer's header.
    private func ask() -> [EmulatedTransfer] {
        [
            device.out(endpoint: 0x02, data: header), device.out(endpoint: 0x06, data: [0x11, 0xFF, 0xED]),
            device.input(endpoint: 0x81, maximum: 64), device.input(endpoint: 0x85, maximum: 64),
        ]
    }

    private let well: [EmulatedTransfer] = [
        .done([]), .done([]), .done(acceptedHeader), .done([0, 0, 0x90, 0x94]),
    ]

    @Test("carries everything as it is when no fault is injected")
    func transparent() {
        let reader = SAMVReader(times: .none)
        #expect(device.deviceDescriptor == reader.deviceDescriptor)
        #expect(device.configurationDescriptor == reader.configurationDescriptor)
        #expect(device.strings == reader.strings)
        #expect(ask() == well)
        #expect(device.control(setup: [0x40, 1, 0, 0, 0, 0, 0, 0], data: []) == .stall)
    }

    @Test("fails the n-th transfer of the endpoint that was named, as often as was said", arguments: 0...2, 1...3)
    func nth(spared: Int, count: Int) {
        device.inject(.damaged, at: .endpoint(0x81), sparing: spared, for: .transfers(count))
        for _ in 0..<spared { #expect(ask() == well) }
        #expect(device.out(endpoint: 0x02, data: header) == .done([]))
        #expect(device.out(endpoint: 0x06, data: [0x11, 0xFF, 0xED]) == .done([]))
        for _ in 0..<count { #expect(device.input(endpoint: 0x81, maximum: 64) == .damaged) }
        #expect(device.input(endpoint: 0x81, maximum: 64) == .done(acceptedHeader))
        #expect(device.transferCount(at: .endpoint(0x81)) == spared + count + 1)
    }

    @Test("does not count polls of a device that has nothing to say")
    func polls() {
        device.inject(.babble, at: .endpoint(0x81), sparing: 1)
        for _ in 0..<100 { #expect(device.input(endpoint: 0x81, maximum: 64) == .notReady) }
        #expect(ask() == well)
        #expect(device.input(endpoint: 0x81, maximum: 64) == .babble)
    }

    @Test("stalls until the halt is cleared, until a bus reset, or for ever")
    func stalls() {
        var pipe = EmulatedControlPipe()
        func read() -> EmulatedTransfer { pipe.transfer(device, endpoint: 0x81, data: [], maximum: 64) }
        device.inject(.stall, at: .endpoint(0x81))
        #expect((0..<3).map { _ in read() } == [.stall, .stall, .stall])
        pipe.clearHalt(device, endpoint: 0x81)
        #expect(read() == .notReady)

        device.inject(.stall, at: .endpoint(0x81), for: .untilReset)
        #expect(read() == .stall)
        pipe.clearHalt(device, endpoint: 0x81)
        #expect(read() == .stall)
        pipe.reset(device)
        #expect(read() == .notReady)

        device.inject(.stall, at: .endpoint(0x81), for: .forever)
        #expect(read() == .stall)
        pipe.clearHalt(device, endpoint: 0x81)
        pipe.reset(device)
        #expect(read() == .stall)
        device.clearFaults()
        pipe.reset(device)
        #expect(read() == .notReady)
    }

    @Test("says nothing until the endpoint's halt is cleared or the bus is reset")
    func silence() {
        device.inject(.silence, at: .endpoint(0x81), for: .untilClearHalt)
        #expect(Array(ask()[2...]) == [.notReady, .done([0, 0, 0x90, 0x94])])
        device.clearHalt(endpoint: 0x85)
        #expect(device.input(endpoint: 0x81, maximum: 64) == .notReady)
        device.clearHalt(endpoint: 0x81)
        #expect(device.input(endpoint: 0x81, maximum: 64) == .done(acceptedHeader))
        device.inject(.silence)
        #expect(ask() == [.notReady, .notReady, .notReady, .notReady])
        device.reset()
        #expect(ask() == well)
    }

    @Test("is gone from the n-th transfer on until it is plugged in again")
    func gone() {
        device.inject(.gone, sparing: 2)
        #expect(ask() == [.done([]), .done([]), .gone, .gone])
        device.reset()
        #expect(device.control(setup: [0x40, 1, 0, 0, 0, 0, 0, 0], data: []) == .gone)
        #expect(device.isochronous(endpoint: 0x81, maximum: 64) == .gone)
        device.attached()
        #expect(ask() == well)
    }

    @Test("sends an empty packet before the answer, and loses an answer's end")
    func packets() {
        device.inject(.emptyPacket, at: .endpoint(0x81))
        #expect(Array(ask()[2...]) == [.done([]), .done([0, 0, 0x90, 0x94])])
        #expect(device.input(endpoint: 0x81, maximum: 64) == .done(acceptedHeader))
        device.inject(.cut(3), at: .endpoint(0x81))
        #expect(Array(ask()[2...]) == [.done([0xAA, 0xAA, 0xAA]), .done([0, 0, 0x90, 0x94])])
        #expect(device.input(endpoint: 0x81, maximum: 64) == .notReady)
    }

    @Test("shows the first of two faults that are due, then the second")
    func order() {
        device.inject(.stall, at: .endpoint(0x81))
        device.inject(.babble, at: .any)
        #expect(device.input(endpoint: 0x81, maximum: 64) == .stall)
        #expect(device.input(endpoint: 0x81, maximum: 64) == .babble)
        #expect(device.input(endpoint: 0x81, maximum: 64) == .notReady)
    }
}

@Suite("Malformed descriptors")
struct MalformedDescriptorTests {
    @Test("have a name each, and none is the well-formed one")
    func catalogue() {
        let all = MalformedDescriptors.all
        #expect(Set(all.map(\.name)).count == all.count)
        #expect(Set(all).count == all.count)
        let wellFormed = MalformedDescriptors.wellFormedConfiguration
        #expect(all.allSatisfy { $0.device != MalformedDescriptors.wellFormedDevice || $0.configuration != wellFormed })
        #expect(Int(wellFormed[2]) == wellFormed.count)
        #expect(all.contains { $0.configuration.count == 0xFFFF })
    }

    @Test("serve strings that lie, as languages or as text", arguments: MalformedDescriptors.strings.map(\.name))
    func strings(name: String) throws {
        let bytes = try #require(MalformedDescriptors.strings.first { $0.name == name }?.descriptor)
        let device = FaultyDevice(SAMVReader(times: .none), stringDescriptors: [0: bytes, 2: bytes])
        var pipe = EmulatedControlPipe()
        for index: UInt8 in [0, 2] {
            #expect(
                pipe.transfer(device, setup: [0x80, 6, index, 3, 9, 4, 0xFF, 0], data: [])
                    == .done(Array(bytes.prefix(255))))
        }
        #expect(
            pipe.transfer(device, setup: [0x80, 6, 1, 3, 9, 4, 4, 0], data: []) == .done([10, 3, 0x44, 0]))
    }

    @Test("are served by a device that is well behaved otherwise", arguments: MalformedDescriptors.all)
    func served(entry: MalformedDescriptors) {
        let device = entry.makeDevice()
        var pipe = EmulatedControlPipe()
        #expect(
            pipe.transfer(device, setup: [0x80, 6, 0, 1, 0, 0, 0xFF, 0xFF], data: []) == .done(entry.device))
        #expect(
            pipe.transfer(device, setup: [0x80, 6, 0, 2, 0, 0, 0xFF, 0xFF], data: []) == .done(entry.configuration))
        #expect(device.input(endpoint: 0x81, maximum: 64) == .notReady)
    }
}
