// The camera model: descriptors that hold together, negotiation, and frames that come through byte for byte.

import KioskEmulation
import Testing

private func paper(_ name: String = "sample", bytes: Int) -> EmulatedPaper {
    let body = (0..<max(0, bytes - 4)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    return EmulatedPaper(name: name, title: name, titleEnglish: "", jpeg: [0xFF, 0xD8] + body + [0xFF, 0xD9])
}

/// Puts frames together from payloads as USB Video Class 1.1 section 2.4.3 says.
private struct Assembler {
    var frames: [[UInt8]] = []
    var damaged = 0
    private var current: [UInt8] = []
    private var identifier: UInt8?
    private var isWhole = true

    mutating func take(_ transfer: EmulatedTransfer) {
        switch transfer {
        case .done(let payload) where !payload.isEmpty:
            let header = Int(payload[0])
            guard header >= 2, header <= payload.count else {
                isWhole = false
                return
            }
            if let identifier, payload[1] & 1 != identifier {
                finish(complete: false)
            }
            identifier = payload[1] & 1
            if payload[1] & 0x40 != 0 { isWhole = false }
            current += payload[header...]
            if payload[1] & 2 != 0 {
                finish(complete: true)
                identifier = nil
            }
        case .damaged: isWhole = false
        default: break
        }
    }

    private mutating func finish(complete: Bool) {
        if complete, isWhole { frames.append(current) } else { damaged += 1 }
        current = []
        isWhole = true
    }
}

private func setup(_ type: UInt8, _ request: UInt8, _ selector: UInt8, _ interface: UInt8, _ length: UInt8) -> [UInt8] {
    [type, request, 0, selector, interface, 0, length, 0]
}

private func commit(_ camera: UVCCamera, frame: UInt8) throws {
    var wanted = [UInt8](repeating: 0, count: camera.version == .uvc10 ? 26 : 34)
    wanted[2] = 1
    wanted[3] = frame
    let length = UInt8(wanted.count)
    #expect(camera.control(setup: setup(0x21, 0x01, 1, 1, length), data: wanted) == .done([]))
    guard case .done(let settled) = camera.control(setup: setup(0xA1, 0x81, 1, 1, length), data: []) else {
        Issue.record("no PROBE")
        return
    }
    #expect(settled.count == Int(length))
    #expect(camera.control(setup: setup(0x21, 0x01, 2, 1, length), data: settled) == .done([]))
}

@Suite("UVC camera model")
struct UVCCameraTests {
    @Test(
        "has descriptors whose lengths add up",
        arguments: UVCCamera.Version.allCases, UVCCamera.Transport.allCases)
    func descriptors(version: UVCCamera.Version, transport: UVCCamera.Transport) throws {
        let camera = UVCCamera(version: version, transport: transport)
        #expect(camera.deviceDescriptor.count == 18)
        let all = camera.configurationDescriptor
        try walk(all)
        var rest = all[...]
        var sizes: [[UInt8]] = []
        var alternates = 0
        while let length = rest.first.map(Int.init) {
            let descriptor = Array(rest.prefix(length))
            switch (descriptor[1], descriptor[2]) {
            case (0x24, 0x01) where descriptor.count == 13:
                // The control interface's header counts itself and its units.
                #expect(Int(descriptor[5]) | Int(descriptor[6]) << 8 == descriptorRun(rest))
                #expect(Int(descriptor[3]) | Int(descriptor[4]) << 8 == Int(version.rawValue))
            case (0x24, 0x01):
                #expect(Int(descriptor[4]) | Int(descriptor[5]) << 8 == descriptorRun(rest))
                #expect(descriptor[6] == 0x81)
            case (0x24, 0x07): sizes.append(Array(descriptor[5...8]))
            case (0x04, 0x01): alternates += 1
            default: break
            }
            rest = rest.dropFirst(length)
        }
        #expect(sizes == [[0x80, 0x07, 0x38, 0x04], [0xC0, 0x0C, 0x90, 0x09]])
        #expect(alternates == (transport == .isochronous ? 5 : 1))
    }

    @Test("reader and camera both keep wTotalLength", arguments: SAMVReader.Style.allCases)
    func readerDescriptors(style: SAMVReader.Style) throws {
        let reader = SAMVReader(style: style)
        try walk(reader.configurationDescriptor)
        #expect(reader.deviceDescriptor.count == 18)
        let addresses = reader.configurationDescriptor.dropFirst(18).enumerated().filter { $0.offset % 7 == 2 }
        #expect(addresses.map(\.element) == (style == .fourEndpoint ? [0x02, 0x06, 0x81, 0x85] : [0x01, 0x82]))
    }

    private func walk(_ all: [UInt8]) throws {
        #expect(Int(all[2]) | Int(all[3]) << 8 == all.count)
        var position = 0
        while position < all.count {
            let length = Int(all[position])
            try #require(length >= 2 && position + length <= all.count)
            position += length
        }
    }

    /// The class-specific descriptors that follow each other from here.
    private func descriptorRun(_ rest: ArraySlice<UInt8>) -> Int {
        var rest = rest
        var total = 0
        while let length = rest.first.map(Int.init), rest.dropFirst().first == 0x24 {
            total += length
            rest = rest.dropFirst(length)
        }
        return total
    }

    @Test(
        "sends the paper's bytes exactly, frame after frame",
        arguments: UVCCamera.Version.allCases, [UInt8(1), 2])
    func isochronous(version: UVCCamera.Version, frame: UInt8) throws {
        let camera = UVCCamera(version: version)
        let sheet = paper(bytes: 100_003)
        camera.lay(sheet)
        try commit(camera, frame: frame)
        #expect(camera.isochronous(endpoint: 0x81, maximum: 3072) == .notReady)
        camera.setInterface(1, alternate: 4)
        var assembler = Assembler()
        var largest = 0
        while assembler.frames.count < 3 {
            let packet = camera.isochronous(endpoint: 0x81, maximum: 3072)
            if case .done(let bytes) = packet { largest = max(largest, bytes.count) }
            assembler.take(packet)
        }
        #expect(assembler.frames == [sheet.jpeg, sheet.jpeg, sheet.jpeg])
        #expect(assembler.damaged == 0)
        #expect(largest == (frame == 1 ? 2048 : 3072))
        #expect(camera.counters.frames == 3)
    }

    @Test(
        "never sends more than the alternate setting has room for",
        arguments: [(1, 512), (2, 1024), (3, 2048), (4, 3072)])
    func bandwidth(alternate: UInt8, room: Int) throws {
        let camera = UVCCamera()
        camera.lay(paper(bytes: 20_000))
        try commit(camera, frame: 2)
        camera.setInterface(1, alternate: alternate)
        guard case .done(let payload) = camera.isochronous(endpoint: 0x81, maximum: 5000) else {
            Issue.record("no payload")
            return
        }
        #expect(payload.count == room)
    }

    @Test("sends bulk payloads that may be fetched in pieces", arguments: [16384, 512, 1000])
    func bulk(maximum: Int) throws {
        let camera = UVCCamera(transport: .bulk)
        let sheet = paper(bytes: 70_001)
        camera.lay(sheet)
        #expect(camera.input(endpoint: 0x81, maximum: maximum) == .notReady)
        try commit(camera, frame: 2)
        var assembler = Assembler()
        while assembler.frames.count < 2 {
            var payload: [UInt8] = []
            // A payload ends at 16384 bytes or with its frame.
            while payload.count < 16384 {
                guard case .done(let piece) = camera.input(endpoint: 0x81, maximum: min(maximum, 16384 - payload.count))
                else { break }
                payload += piece
                if payload.count < 16384, payload[1] & 2 != 0, piece.count < maximum { break }
            }
            assembler.take(.done(payload))
        }
        #expect(assembler.frames == [sheet.jpeg, sheet.jpeg])
    }

    @Test("shows another paper from the next frame on and never mixes two")
    func change() throws {
        let camera = UVCCamera()
        let (first, second) = (paper("a", bytes: 30_000), paper("b", bytes: 25_000))
        camera.lay(first)
        try commit(camera, frame: 1)
        camera.setInterface(1, alternate: 3)
        var assembler = Assembler()
        assembler.take(camera.isochronous(endpoint: 0x81, maximum: 2048))
        camera.lay(second)
        while assembler.frames.count < 2 { assembler.take(camera.isochronous(endpoint: 0x81, maximum: 2048)) }
        #expect(assembler.frames == [first.jpeg, second.jpeg])
        camera.clearPlaten()
        #expect(camera.paper.name == "platen")
    }

    @Test(
        "damages what it is told to damage",
        arguments: [UVCCamera.Fault.damagedPackets(every: 7), .droppedPackets(every: 7), .errorBit(everyFrame: 2)])
    func damage(fault: UVCCamera.Fault) throws {
        let camera = UVCCamera()
        let sheet = paper(bytes: 30_000)
        camera.lay(sheet)
        try commit(camera, frame: 1)
        camera.setInterface(1, alternate: 3)
        camera.setFault(fault)
        var assembler = Assembler()
        while camera.counters.frames < 8 { assembler.take(camera.isochronous(endpoint: 0x81, maximum: 2048)) }
        #expect(assembler.frames.filter { $0 == sheet.jpeg }.count < 8)
        camera.setFault(nil)
        while camera.counters.frames < 9 { assembler.take(camera.isochronous(endpoint: 0x81, maximum: 2048)) }
        let before = assembler.frames.count
        while camera.counters.frames < 11 { assembler.take(camera.isochronous(endpoint: 0x81, maximum: 2048)) }
        #expect(assembler.frames.suffix(assembler.frames.count - before) == [sheet.jpeg, sheet.jpeg])
    }

    @Test("begins a frame no sooner than its interval after the one before")
    func frameInterval() throws {
        let time = ManualMonotonicTime()
        let camera = UVCCamera(frameInterval: .milliseconds(66), time: time)
        camera.lay(paper(bytes: 1000))
        try commit(camera, frame: 1)
        camera.setInterface(1, alternate: 3)
        #expect(camera.isochronous(endpoint: 0x81, maximum: 2048) != .notReady)
        time.advance(by: .milliseconds(65))
        #expect(camera.isochronous(endpoint: 0x81, maximum: 2048) == .notReady)
        time.advance(by: .milliseconds(1))
        #expect(camera.isochronous(endpoint: 0x81, maximum: 2048) != .notReady)
        #expect(camera.counters.frames == 2)
    }

    @Test("says nothing when silent")
    func silent() throws {
        let camera = UVCCamera()
        try commit(camera, frame: 1)
        camera.setInterface(1, alternate: 4)
        camera.setFault(.silent)
        #expect(camera.isochronous(endpoint: 0x81, maximum: 3072) == .notReady)
    }

    @Test("stalls what it does not know and says why")
    func requests() {
        let camera = UVCCamera()
        #expect(camera.control(setup: setup(0xA1, 0x81, 9, 1, 26), data: []) == .stall)
        #expect(camera.control(setup: setup(0xA1, 0x81, 2, 0, 1), data: []) == .done([0]))
        #expect(camera.control(setup: setup(0x21, 0x01, 1, 1, 3), data: [0, 0, 1]) == .stall)
        #expect(camera.control(setup: setup(0xA1, 0x81, 2, 0, 1), data: []) == .done([6]))
        #expect(camera.control(setup: setup(0xA1, 0x85, 1, 1, 2), data: []) == .done([26, 0]))
        #expect(camera.control(setup: setup(0xA1, 0x86, 1, 1, 1), data: []) == .done([3]))
        #expect(camera.control(setup: [], data: []) == .stall)
        #expect(camera.control(setup: [UInt8](repeating: 0xFF, count: 8), data: []) == .stall)
    }

    @Test("has an empty platen and a black page that are whole JPEGs of both sizes")
    func builtInPages() throws {
        for page in [EmulatedPaper.emptyPlaten, .black] {
            for size in UVCCamera.sizes {
                let jpeg = try #require(page.jpegBySize[size])
                #expect(jpeg.starts(with: [0xFF, 0xD8]) && jpeg.suffix(2) == [0xFF, 0xD9])
                #expect(jpeg.count < 40_000)
            }
        }
        #expect(EmulatedPaper.black.jpeg != EmulatedPaper.emptyPlaten.jpeg)
    }
}
