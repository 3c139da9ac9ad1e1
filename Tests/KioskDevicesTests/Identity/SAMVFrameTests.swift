import Testing

@testable import KioskDevices

@Suite("SAM-V frames")
struct SAMVFrameTests {
    private static let preamble: [UInt8] = [0xAA, 0xAA, 0xAA, 0x96, 0x69]

    @Test(
        "Published responses are decoded",
        arguments: [
            ([0x00, 0x08, 0x00, 0x00, 0x9F, 0x00, 0x00, 0x00, 0x00, 0x97] as [UInt8], SAMVStatus.found, 4),
            ([0x00, 0x0C, 0x00, 0x00, 0x90, 0, 0, 0, 0, 0, 0, 0, 0, 0x9C], .done, 8),
            ([0x00, 0x04, 0x00, 0x00, 0x80, 0x84], .noCard, 0),
            ([0x00, 0x04, 0x00, 0x00, 0x81, 0x85], .selectFailed, 0),
            ([0x00, 0x04, 0x00, 0x00, 0x41, 0x45], .readFailed, 0),
            ([0x00, 0x04, 0x00, 0x00, 0x10, 0x14], .badChecksum, 0),
        ])
    func responses(body: [UInt8], status: SAMVStatus, dataLength: Int) throws {
        var decoder = SAMVFrameDecoder()
        decoder.append(Self.preamble + body)
        let response = try #require(try decoder.next())
        #expect(response.status == status)
        #expect(response.data.count == dataLength)
        #expect(try decoder.next() == nil)
    }

    @Test("A full card response is 1295 bytes long and survives any split")
    func anySplit() throws {
        let frame = Self.response(0x90, [1, 0, 4, 0] + [UInt8](repeating: 7, count: 1280))
        #expect(frame.count == 1295)
        for piece in [1, 2, 3, 7, 63, 64, 65, 1294] {
            var decoder = SAMVFrameDecoder()
            var found: [SAMVResponse] = []
            var rest = frame[...]
            while !rest.isEmpty {
                #expect(decoder.missing.count >= 1)
                decoder.append(rest.prefix(piece))
                rest = rest.dropFirst(piece)
                if let response = try decoder.next() { found.append(response) }
            }
            #expect(found.count == 1)
            #expect(found.first?.data.count == 1284)
        }
    }

    @Test("Two frames in one transfer come out one after the other")
    func coalesced() throws {
        var decoder = SAMVFrameDecoder()
        decoder.append(Self.response(0x80) + Self.response(0x9F, [0, 0, 0, 0]))
        #expect(try decoder.next()?.status == .noCard)
        #expect(try decoder.next()?.status == .found)
        #expect(try decoder.next() == nil)
    }

    @Test("Noise before the preamble is skipped, also when it looks like one")
    func noise() throws {
        for noise: [UInt8] in [[0x00], [0xAA], [0xAA, 0xAA], [0xAA, 0xAA, 0xAA, 0x96], [0x96, 0x69, 0xAA, 0x13]] {
            var decoder = SAMVFrameDecoder()
            decoder.append(noise + Self.response(0x90))
            #expect(try decoder.next()?.status == .done, "after \(noise)")
        }
    }

    @Test("No truncation is taken for a frame")
    func truncation() throws {
        let frame = Self.response(0x9F, [0, 0, 0, 0])
        for length in 0..<frame.count {
            var decoder = SAMVFrameDecoder()
            decoder.append(frame.prefix(length))
            #expect(try decoder.next() == nil)
        }
    }

    @Test("Every changed byte after the preamble is noticed")
    func damage() {
        let frame = Self.response(0x9F, [1, 2, 3, 4])
        for index in 7..<frame.count {
            var damaged = frame
            damaged[index] ^= 0x5A
            var decoder = SAMVFrameDecoder()
            decoder.append(damaged)
            #expect(throws: CodecError(.samvFrame, .badChecksum, "CHK")) { try decoder.next() }
        }
    }

    @Test("A length that no reader sends is refused at once", arguments: [0, 3, 0x0A01, 0xFFFF] as [UInt16])
    func badLength(length: UInt16) {
        var decoder = SAMVFrameDecoder()
        decoder.append(Self.preamble + [UInt8(length >> 8), UInt8(length & 0xFF)])
        #expect(throws: CodecError(.samvFrame, .badLength, "LEN")) { try decoder.next() }
    }

    @Test("After a damaged frame the next one is found")
    func resumes() throws {
        var damaged = Self.response(0x80)
        damaged[damaged.count - 1] ^= 1
        var decoder = SAMVFrameDecoder()
        decoder.append(damaged + Self.response(0x90))
        #expect(throws: CodecError.self) { try decoder.next() }
        #expect(try decoder.next()?.status == .done)
    }

    @Test("Random bytes never trap and never fill the memory")
    func random() {
        var generator = SeededGenerator(state: 2)
        var decoder = SAMVFrameDecoder()
        for round in 0..<5000 {
            let bytes = generator.bytes(Int.random(in: 0...40, using: &generator))
            decoder.append(round % 3 == 0 ? Self.preamble + bytes : bytes)
            while let response = try? decoder.next() { #expect(response.data.count <= 0x0A00) }
            #expect(decoder.missing.count <= 0x0A00 + 7)
        }
    }

    static func response(_ status: UInt8, _ data: [UInt8] = []) -> [UInt8] {
        let length = data.count + 4
        let body = [UInt8(length >> 8), UInt8(length & 0xFF), 0, 0, status] + data
        return preamble + body + [body.reduce(0, ^)]
    }
}
