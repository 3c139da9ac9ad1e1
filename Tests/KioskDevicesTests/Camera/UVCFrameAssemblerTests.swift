import Testing

@testable import KioskDevices

@Suite("UVC payloads")
struct UVCFrameAssemblerTests {
    private static let jpeg: [UInt8] = [0xFF, 0xD8] + [UInt8](repeating: 0x11, count: 500) + [0xFF, 0xD9]

    /// Payloads of at most 100 bytes with a two-byte header.
    private static func packets(_ frame: [UInt8], id: UInt8, flags: UInt8 = 0, endOfFrame: Bool = true) -> [[UInt8]] {
        var packets: [[UInt8]] = []
        var rest = frame[...]
        while !rest.isEmpty {
            let part = rest.prefix(98)
            rest = rest.dropFirst(98)
            let isLast = rest.isEmpty && endOfFrame
            packets.append([2, 0x80 | id | flags | (isLast ? 2 : 0)] + part)
        }
        return packets
    }

    private static func frames(_ packets: [[UInt8]?], _ assembler: inout UVCFrameAssembler) -> [[UInt8]] {
        packets.compactMap { packet in
            guard let packet else {
                assembler.packetLost()
                return nil
            }
            return assembler.isochronousPacket(packet.span.bytes)
        }
    }

    @Test("A frame comes out as it went in")
    func whole() {
        var assembler = UVCFrameAssembler(maximumBytes: 1000)
        let packets = Self.packets(Self.jpeg, id: 0) + [[], [2, 0x80]] + Self.packets(Self.jpeg, id: 1)
        #expect(Self.frames(packets, &assembler) == [Self.jpeg, Self.jpeg])
        #expect(assembler.droppedFrames == 0)
    }

    @Test("Without EOF the next frame's ID ends a frame")
    func frameIDToggle() {
        var assembler = UVCFrameAssembler(maximumBytes: 1000)
        let packets = Self.packets(Self.jpeg, id: 0, endOfFrame: false) + Self.packets(Self.jpeg, id: 1)
        #expect(Self.frames(packets, &assembler) == [Self.jpeg, Self.jpeg])
    }

    @Test("A camera that never changes the frame ID is understood by EOF and SOI")
    func constantFrameID() {
        var assembler = UVCFrameAssembler(maximumBytes: 1000)
        let packets = Self.packets(Self.jpeg, id: 0) + Self.packets(Self.jpeg, id: 0)
        #expect(Self.frames(packets, &assembler) == [Self.jpeg, Self.jpeg])
    }

    @Test("A frame with any lost, marked or malformed packet is never delivered; the next one is")
    func damage() {
        let good = Self.packets(Self.jpeg, id: 1)
        let frame = Self.packets(Self.jpeg, id: 0)
        for index in frame.indices {
            var lost: [[UInt8]?] = frame
            lost[index] = nil
            var marked: [[UInt8]?] = frame
            marked[index]?[1] |= 0x40
            var shortHeader: [[UInt8]?] = frame
            shortHeader[index]?[0] = 1
            var longHeader: [[UInt8]?] = frame
            longHeader[index]?[0] = 255
            for (name, packets) in [
                ("lost", lost), ("ERR", marked), ("short header", shortHeader), ("long header", longHeader),
            ] {
                var assembler = UVCFrameAssembler(maximumBytes: 1000)
                #expect(Self.frames(packets + good, &assembler) == [Self.jpeg], "\(name) at \(index)")
                #expect(assembler.droppedFrames == 1, "\(name) at \(index)")
            }
        }
    }

    @Test("A frame that a lost packet has joined to another is not delivered")
    func joined() {
        let first = Self.packets(Self.jpeg, id: 0).prefix(3)
        let third = Self.packets(Self.jpeg, id: 0).dropFirst(3)
        var assembler = UVCFrameAssembler(maximumBytes: 1000)
        #expect(Self.frames(Array(first) + [nil] + Array(third), &assembler).isEmpty)
    }

    @Test("A stream joined in mid-frame begins with the next frame")
    func joinsMidFrame() {
        var assembler = UVCFrameAssembler(maximumBytes: 1000)
        let packets = Self.packets(Self.jpeg, id: 0).dropFirst(2) + Self.packets(Self.jpeg, id: 1)
        #expect(Self.frames(Array(packets), &assembler) == [Self.jpeg])
    }

    @Test("More bytes than announced are dropped, not stored")
    func overflow() {
        var assembler = UVCFrameAssembler(maximumBytes: 300)
        #expect(Self.frames(Self.packets(Self.jpeg, id: 0), &assembler).isEmpty)
        #expect(assembler.droppedFrames == 1)
    }

    @Test("What does not begin with SOI and end with EOI is no frame; zeros after it are")
    func markers() {
        for (frame, isWhole) in [
            (Array(Self.jpeg.dropFirst()), false), (Array(Self.jpeg.dropLast()), false),
            (Self.jpeg + [UInt8](repeating: 0, count: 30), true), (Self.jpeg + [1], false),
            ([0xFF, 0xD8, 0xD9], false),
        ] {
            var assembler = UVCFrameAssembler(maximumBytes: 1000)
            #expect(Self.frames(Self.packets(frame, id: 0), &assembler) == (isWhole ? [frame] : []))
        }
    }

    @Test("A bulk payload may be one transfer or many")
    func bulk() {
        for (payload, transfer) in [(200, 200), (200, 64), (1000, 64), (1000, 128), (64, 64)] {
            var assembler = UVCFrameAssembler(maximumBytes: 1000)
            var delivered: [[UInt8]] = []
            for id in [0, 1, 0] as [UInt8] {
                var rest = Self.jpeg[...]
                while !rest.isEmpty {
                    let part = rest.prefix(payload - 2)
                    rest = rest.dropFirst(payload - 2)
                    var bytes = ([2, id | (rest.isEmpty ? 2 : 0)] + part)[...]
                    let isShort = bytes.count < payload && bytes.count % transfer == 0
                    while !bytes.isEmpty {
                        let piece = Array(bytes.prefix(transfer))
                        bytes = bytes.dropFirst(transfer)
                        assembler.bulkTransfer(piece.span.bytes, transferSize: transfer, maximumPayload: payload)
                            .map { delivered.append($0) }
                    }
                    // A payload that ends on a packet's border is closed by an empty transfer.
                    if isShort {
                        let nothing: [UInt8] = []
                        assembler.bulkTransfer(nothing.span.bytes, transferSize: transfer, maximumPayload: payload)
                            .map { delivered.append($0) }
                    }
                }
            }
            #expect(delivered == [Self.jpeg, Self.jpeg, Self.jpeg], "payload \(payload) in transfers of \(transfer)")
        }
    }

    @Test("Random payloads never trap and never deliver more than the limit")
    func random() {
        var generator = SeededGenerator(state: 4)
        var assembler = UVCFrameAssembler(maximumBytes: 2000)
        for _ in 0..<20000 {
            let bytes = generator.bytes(Int.random(in: 0...60, using: &generator))
            let frame =
                Bool.random(using: &generator)
                ? assembler.isochronousPacket(bytes.span.bytes)
                : assembler.bulkTransfer(bytes.span.bytes, transferSize: 32, maximumPayload: 128)
            if let frame { #expect(frame.count <= 2000 && frame.starts(with: [0xFF, 0xD8])) }
            if Int.random(in: 0..<50, using: &generator) == 0 { assembler.packetLost() }
        }
    }
}
