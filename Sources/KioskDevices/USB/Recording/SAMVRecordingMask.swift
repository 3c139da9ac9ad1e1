/// Replaces what a card said in a SAM-V reader's answers (GA/T 467) by an invented person's record.

enum SAMVRecordingMask {
    /// SW1, SW2 and SW3.
    private static let statusLength = 3
    /// The SAM's number: the reader's, not a person's.
    private static let identifierLength = 16
    private static let textLength = 256

    /// What the reader sent, in the same length: whole answers with their data replaced and their checksum made right,
    /// damaged ones damaged still, everything else zero.
    static func masked(_ stream: [UInt8]) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: stream.count)
        var position = 0
        while let start = preamble(in: stream, from: position, to: stream.count) {
            let body = start + SAMVFrame.headerLength
            guard let announced = stream.bigEndian16(start + SAMVFrame.preamble.count) else {
                // The preamble alone, or half of LEN.
                copy(start..<stream.count, of: stream, to: &result)
                break
            }
            let end = body + Int(announced)
            guard (statusLength + 1...SAMVFrame.maximumLength).contains(Int(announced)) else {
                copy(start..<body, of: stream, to: &result)
                position = body
                continue
            }
            let checked = start + SAMVFrame.preamble.count
            if end <= stream.count, SAMVFrame.checksum(stream[checked..<end - 1]) == stream[end - 1] {
                copy(start..<body + statusLength, of: stream, to: &result)
                let data = body + statusLength..<end - 1
                result.replaceSubrange(data, with: invented(Array(stream[data])))
                result[end - 1] = SAMVFrame.checksum(result[checked..<end - 1])
                position = end
            } else {
                // Damaged or cut off: what looks like its data may be part of a later answer.
                let limit = min(end, stream.count)
                let next = preamble(in: stream, from: body, to: stream.count) ?? stream.count
                copy(start..<min(body + statusLength, limit, next), of: stream, to: &result)
                if end <= next {
                    result[end - 1] = ~SAMVFrame.checksum(result[checked..<end - 1])
                }
                position = min(limit, next)
            }
        }
        return result
    }

    private static func copy(_ range: Range<Int>, of stream: [UInt8], to result: inout [UInt8]) {
        result.replaceSubrange(range, with: stream[range])
    }

    private static func preamble(in stream: [UInt8], from start: Int, to end: Int) -> Int? {
        let length = SAMVFrame.preamble.count
        guard start + length <= end else { return nil }
        return (start...end - length).first { stream[$0..<$0 + length].elementsEqual(SAMVFrame.preamble) }
    }

    /// Data of the same length that a driver takes as well as the card's own.
    private static func invented(_ data: [UInt8]) -> [UInt8] {
        if data.count == identifierLength { return data }
        guard data.count > identifierLength else { return [UInt8](repeating: 0, count: data.count) }
        guard let text = data.bigEndian16(0), let photo = data.bigEndian16(2) else { return blanks(data.count) }
        for (header, prints) in [(4, 0), (6, Int(data.bigEndian16(4) ?? 0))]
        where header + Int(text) + Int(photo) + prints == data.count {
            let record = Array(data[header..<header + Int(text)])
            return data[..<header] + inventedText(record) + [UInt8](repeating: 0, count: Int(photo) + prints)
        }
        return blanks(data.count)
    }

    /// U+0020 over and over: text fields that are empty.
    private static func blanks(_ count: Int) -> [UInt8] {
        (0..<count).map { $0.isMultiple(of: 2) ? 0x20 : 0x00 }
    }

    /// A record of the same layout, told by its letter (GA/T 490 and the residence permits').
    private static func inventedText(_ text: [UInt8]) -> [UInt8] {
        guard text.count == textLength, let kind = text.littleEndian16(248) else { return blanks(text.count) }
        var record = blanks(textLength)
        func put(_ field: String, at offset: Int) {
            for (index, unit) in field.utf16.enumerated() {
                record[offset + index * 2] = UInt8(truncatingIfNeeded: unit)
                record[offset + index * 2 + 1] = UInt8(truncatingIfNeeded: unit >> 8)
            }
        }
        put("20200101", at: 188)
        put("20991231", at: 204)
        switch kind {
        case 0x49:
            put("MASKED, PERSON", at: 0)
            put("1", at: 120)
            put("MSK230170010110", at: 122)
            put("XXA", at: 152)
            put("某某", at: 158)
            put("19700101", at: 220)
            put("02", at: 236)
            put("2301", at: 240)
        default:
            put("某某", at: 0)
            put("1", at: 30)
            put("19700101", at: 36)
            put("某市公安局", at: 158)
            switch kind {
            case 0x4A:
                put("某省某市某路1号", at: 52)
                put("81000019700101001X", at: 122)
                put("M00000000", at: 220)
                put("01", at: 238)
            case 0x59:
                put("00", at: 32)
                put("MASKED, PERSON", at: 52)
                put("923900197001010017", at: 122)
                put("XXA", at: 242)
            default:
                put("01", at: 32)
                put("某省某市某路1号", at: 52)
                put("230199197001010019", at: 122)
            }
        }
        // The letter is the layout's and says nothing of the person; anything else is not repeated.
        if (0x41...0x5A).contains(kind) { record[248] = text[248] }
        return record
    }
}
