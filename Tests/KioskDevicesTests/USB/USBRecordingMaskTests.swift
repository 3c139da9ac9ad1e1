import KioskCore
import Testing

@testable import KioskDevices

@Suite("Masks of USB recordings")
struct USBRecordingMaskTests {
    // MARK: - Identity-card readers

    private static func frame(_ data: [UInt8], status: UInt8 = 0x90) -> [UInt8] {
        let length = data.count + 4
        let body = [UInt8(length >> 8), UInt8(length & 0xFF), 0, 0, status] + data
        return SAMVFrame.preamble + body + [SAMVFrame.checksum(body)]
    }

    /// 30 01 with this kind's letter, every other byte 0xEE.
    private static func answer(kind: Character, prints: Int? = nil) -> [UInt8] {
        var text = [UInt8](repeating: 0xEE, count: 256)
        (text[248], text[249]) = (kind.asciiValue ?? 0, 0)
        let lengths: [UInt8] = [1, 0, 4, 0] + (prints.map { [UInt8($0 >> 8), UInt8($0 & 0xFF)] } ?? [])
        return lengths + text + [UInt8](repeating: 0xEE, count: 1024 + (prints ?? 0))
    }

    @Test(
        "Every layout becomes an invented record in a whole frame", arguments: [" ", "J", "Y", "I", "Q"] as [Character])
    func layouts(kind: Character) throws {
        for prints in [nil, 0, 512, 1024] {
            let stream = Self.frame(Self.answer(kind: kind, prints: prints))
            let masked = SAMVRecordingMask.masked(stream)
            #expect(masked.count == stream.count)
            #expect(!masked.contains(0xEE))
            var decoder = SAMVFrameDecoder()
            decoder.append(masked)
            let response = try #require(try decoder.next())
            let text = Array(response.data[(prints == nil ? 4 : 6)...].prefix(256))
            #expect(text[248] == (kind.asciiValue ?? 0))
            if kind == " " || kind == "J" {
                let card = try IdentityRecord.card(text: text)
                #expect(card.name == "某某")
            }
        }
    }

    @Test("The reader's own answers stay as they were")
    func ownAnswers() {
        let identifier = Self.frame([5, 0, 3, 0] + [UInt8](repeating: 9, count: 12))
        let found = Self.frame([0, 0, 0, 0], status: 0x9F)
        let absent = Self.frame([], status: 0x80)
        let stream = identifier + found + absent
        #expect(SAMVRecordingMask.masked(stream) == stream)
        // A serial number of a card is a person's, too.
        #expect(
            SAMVRecordingMask.masked(Self.frame([1, 2, 3, 4, 5, 6, 7, 8])) == Self.frame([0, 0, 0, 0, 0, 0, 0, 0]))
    }

    @Test("Noise, damaged and cut frames lose every byte of their data and stay damaged")
    func damaged() throws {
        let secret: UInt8 = 0xEE
        let answer = Self.frame(Self.answer(kind: " "))
        var wrong = answer
        wrong[wrong.count - 1] ^= 0xFF
        let streams = [
            [secret, secret] + answer, wrong, Array(answer.dropLast(100)), Array(answer.prefix(40)), wrong + answer,
            Array(answer.dropFirst(300)), answer + [secret], Array(answer.prefix(200)) + answer,
            SAMVFrame.preamble + [0xFF, 0xFF, secret, secret], SAMVFrame.preamble + [0, 3, secret],
            SAMVFrame.preamble + [0], SAMVFrame.preamble,
        ]
        for stream in streams {
            let masked = SAMVRecordingMask.masked(stream)
            #expect(masked.count == stream.count)
            #expect(!masked.contains(secret))
        }
        var decoder = SAMVFrameDecoder()
        decoder.append(SAMVRecordingMask.masked(wrong))
        #expect(throws: CodecError(.samvFrame, .badChecksum, "CHK")) { try decoder.next() }
    }

    @Test("Any bytes are masked in the same length, never a trap")
    func hostile() {
        var generator = SeededGenerator(state: 9)
        let answer = Self.frame(Self.answer(kind: " "))
        for _ in 0..<500 {
            let stream = generator.mutated(answer) + generator.mutated(answer)
            #expect(SAMVRecordingMask.masked(stream).count == stream.count)
        }
    }

    @Test("HID reports keep their numbers and counts, and lose their padding")
    func reports() throws {
        let reports = SAMVSettings.HIDReports(inputID: 7, outputLength: 63, inputLength: 63, countsBytes: true)
        var recording = USBRecording(isMasked: false, isComplete: true, lines: [])
        let answer = Self.frame(Self.answer(kind: " "))
        for start in stride(from: 0, to: answer.count, by: 62) {
            let part = Array(answer[start..<min(start + 62, answer.count)])
            var line = USBRecording.Line(.input, device: 1)
            line.setPayload([7, UInt8(part.count)] + part + [UInt8](repeating: 0xEE, count: 62 - part.count))
            recording.lines.append(line)
        }
        recording.mask([1: .samv(reports: reports)])
        var decoder = SAMVFrameDecoder()
        for line in recording.lines {
            let bytes = line.payload
            #expect(bytes.count == 64 && bytes[0] == 7)
            #expect(!bytes.contains(0xEE))
            decoder.append(bytes[2..<2 + Int(bytes[1])])
        }
        #expect(try decoder.next()?.data.count == 1284)
    }

    // MARK: - Chip-card readers

    private static func message(_ type: UInt8, _ sequence: UInt8, _ data: [UInt8], tail: [UInt8] = [0, 0, 0]) -> [UInt8]
    {
        [type, UInt8(data.count & 0xFF), UInt8(data.count >> 8), 0, 0, 0, sequence] + tail + data
    }

    private static func block(_ control: UInt8, _ information: [UInt8]) -> [UInt8] {
        let bytes = [0, control, UInt8(information.count)] + information
        return bytes + [bytes.reduce(0, ^)]
    }

    @Test("What a card's files hold is replaced; status words, lengths, ATR and selection stay")
    func chipCard() {
        var mask = CCIDRecordingMask()
        let atr: [UInt8] = [0x3B, 0x02, 0x14, 0x50]
        _ = mask.sent(Self.message(0x62, 0, []))
        #expect(mask.received(Self.message(0x80, 0, atr)) == Self.message(0x80, 0, atr))
        _ = mask.sent(Self.message(0x6F, 1, [0, 0xA4, 4, 0, 2, 0xEF, 5]))
        let selected = Self.message(0x80, 1, [0x6F, 1, 2, 0x90, 0])
        #expect(mask.received(selected) == selected)
        _ = mask.sent(Self.message(0x6F, 2, [0, 0xB2, 8, 0, 20]))
        let number = Array("230199199001010018".utf8)
        let record = mask.received(Self.message(0x80, 2, [8, 18] + number + [0x90, 0]))
        #expect(record == Self.message(0x80, 2, [8, 18] + Array("230199197001010019".utf8) + [0x90, 0]))
        // 61 xx, then GET RESPONSE: still the record's bytes.
        let more = Self.message(0x80, 3, [0x61, 20])
        _ = mask.sent(Self.message(0x6F, 3, [0, 0xB2, 9, 0]))
        #expect(mask.received(more) == more)
        _ = mask.sent(Self.message(0x6F, 4, [0, 0xC0, 0, 0, 20]))
        #expect(!mask.received(Self.message(0x80, 4, [9, 4, 0xD5, 0xC5, 0xCE, 0xB0, 0x90, 0])).contains(0xD5))
        // No tag, length, value.
        _ = mask.sent(Self.message(0x6F, 5, [0, 0xB0, 0, 0, 3]))
        let zeros = Self.message(0x80, 5, [0, 0, 0, 0x90, 0])
        #expect(mask.received(Self.message(0x80, 5, [0xEE, 0xEE, 0xEE, 0x90, 0])) == zeros)
    }

    @Test("T=1 blocks keep their form and a right LRC")
    func blocks() {
        var mask = CCIDRecordingMask()
        _ = mask.sent(Self.message(0x6F, 1, Self.block(0, [0, 0xB2, 1, 4, 0])))
        let secret: [UInt8] = [9, 2, 0xEE, 0xEE]
        // The first of two blocks has no status words.
        let first = mask.received(Self.message(0x80, 1, Self.block(0x20, secret)))
        #expect(first == Self.message(0x80, 1, Self.block(0x20, [9, 2] + Array("MA".utf8))))
        _ = mask.sent(Self.message(0x6F, 2, Self.block(0x90, [])))
        let second = mask.received(Self.message(0x80, 2, Self.block(0x40, [0xEE, 0x90, 0])))
        #expect(second == Self.message(0x80, 2, Self.block(0x40, [0, 0x90, 0])))
    }

    @Test("A PIN is never in a recording")
    func pin() {
        var mask = CCIDRecordingMask()
        let pin = Array("123456".utf8)
        let verify = mask.sent(Self.message(0x6F, 1, [0, 0x20, 0, 1, 6] + pin))
        #expect(verify == Self.message(0x6F, 1, [0, 0x20, 0, 1, 6, 0, 0, 0, 0, 0, 0]))
        let inBlock = mask.sent(Self.message(0x6F, 2, Self.block(0, [0, 0x20, 0, 1, 6] + pin)))
        #expect(inBlock == Self.message(0x6F, 2, Self.block(0, [0, 0x20, 0, 1, 6, 0, 0, 0, 0, 0, 0])))
        #expect(mask.sent(Self.message(0x69, 3, pin)) == Self.message(0x69, 3, [0, 0, 0, 0, 0, 0]))
    }

    @Test("Hostile messages are masked in the same length, and never show their bytes")
    func hostileMessages() {
        let secret = [UInt8](repeating: 0xEE, count: 40)
        var mask = CCIDRecordingMask()
        _ = mask.sent(Self.message(0x6F, 1, [0, 0xB0, 0, 0, 0]))
        // Announces more than there is; what follows belongs to it.
        let long: [UInt8] = [0x80, 0xFF, 0xFF, 0xFF, 0x7F, 0, 1, 0, 0, 0]
        #expect(!mask.received(long + secret).contains(0xEE))
        #expect(mask.received(secret) == [UInt8](repeating: 0, count: 40))
        var generator = SeededGenerator(state: 3)
        for _ in 0..<2000 {
            var mask = CCIDRecordingMask()
            let command = generator.mutated(Self.message(0x6F, 1, Self.block(0, [0, 0xB0, 0, 0, 0])))
            let answer = generator.mutated(Self.message(0x80, 1, Self.block(0, secret + [0x90, 0])))
            #expect(mask.sent(command).count == command.count)
            #expect(mask.received(answer).count == answer.count)
        }
        var empty = CCIDRecordingMask()
        #expect(empty.sent([]).isEmpty && empty.received([]).isEmpty)
    }

    @Test("An answer that was read in parts is masked as a whole")
    func parts() {
        let data: [UInt8] = [9, 100] + [UInt8](repeating: 0xEE, count: 100) + [0x90, 0]
        let answer = Self.message(0x80, 1, data)
        var recording = USBRecording(isMasked: false, isComplete: true, lines: [])
        func add(_ op: USBRecording.Operation, _ bytes: [UInt8]) {
            var line = USBRecording.Line(op, device: 1)
            line.type = "bulk"
            line.setPayload(bytes)
            recording.lines.append(line)
        }
        add(.output, Self.message(0x6F, 1, [0, 0xB2, 9, 0, 0]))
        add(.input, Array(answer.prefix(64)))
        add(.input, Array(answer.dropFirst(64)))
        // Cut off after its first part, and the rest of it read later.
        add(.output, Self.message(0x6F, 2, [0, 0xB2, 9, 0, 0]))
        add(.input, Array(Self.message(0x80, 2, data).prefix(64)))
        add(.output, Self.message(0x65, 3, []))
        add(.input, Array(answer.dropFirst(64)))
        add(.input, Self.message(0x81, 3, []))
        recording.mask([1: .ccid])
        let masked = recording.lines.map(\.payload)
        #expect(
            masked[1] + masked[2]
                == Self.message(
                    0x80, 1,
                    [9, 100] + Array("MASKED".utf8)
                        + [UInt8](repeating: 0x20, count: 94) + [0x90, 0]))
        #expect(masked[4].prefix(10) == Self.message(0x80, 2, data).prefix(10))
        #expect(!masked.joined().contains(0xEE))
        #expect(masked[7] == Self.message(0x81, 3, []))
    }

    // MARK: - Anything else

    @Test("Of an unknown device only small bulk transfers and standard requests are kept")
    func unknown() {
        func line(_ op: USBRecording.Operation, _ count: Int, type: String? = nil, request: UInt8 = 0)
            -> USBRecording.Line
        {
            var line = USBRecording.Line(op, device: 1)
            line.type = type
            if op == .controlIn { line.setup = .init([request, 6, 0, 0, 0, 0]) }
            line.setPayload([UInt8](repeating: 0xEE, count: count))
            return line
        }
        var recording = USBRecording(
            isMasked: false, isComplete: true,
            lines: [
                line(.input, 16, type: "bulk"), line(.input, 17, type: "bulk"), line(.input, 8, type: "interrupt"),
                line(.output, 17, type: "bulk"), line(.controlIn, 18, request: 0x80),
                line(.controlIn, 18, request: 0xA1), line(.packet, 5),
            ])
        let lengths = recording.lines.map(\.payload.count)
        recording.mask([:])
        #expect(recording.isMasked)
        #expect(recording.lines.map(\.payload.count) == lengths)
        #expect(recording.lines.map { $0.masked == true } == [false, true, true, true, false, true, true])
        #expect(recording.lines.allSatisfy { $0.masked != true || !$0.payload.contains(0xEE) })
    }

    @Test("The profile's driver decides how a device is masked")
    func byDriver() {
        var hid = SAMVSettings()
        let reports = SAMVSettings.HIDReports(outputLength: 64, inputLength: 64, countsBytes: false)
        hid.transport = .hid(reports)
        #expect(USBRecordingMask(driver: .samv(SAMVSettings())) == .samv())
        #expect(USBRecordingMask(driver: .samv(hid)) == .samv(reports: reports))
        #expect(USBRecordingMask(driver: .ccid(CCIDSettings())) == .ccid)
        #expect(USBRecordingMask(driver: .uvc(CameraSettings())) == .video)
        #expect(USBRecordingMask(driver: nil) == .unknown)
    }
}
