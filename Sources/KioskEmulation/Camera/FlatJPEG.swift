/// Makes a JPEG of one grey level, for an empty platen and a black page without any file.

enum FlatJPEG {
    /// A baseline grayscale JPEG (ITU-T T.81) of `level`, 0 black to 255 white.
    ///
    /// With these Huffman tables a block that repeats its neighbour takes two bits, so 8 megapixels take 31 KB.
    static func make(width: UInt16, height: UInt16, level: UInt8) -> [UInt8] {
        var jpeg: [UInt8] = [0xFF, 0xD8]
        // One quantisation table, every step 8: the DC coefficient is then level - 128.
        jpeg += [0xFF, 0xDB, 0, 67, 0] + [UInt8](repeating: 8, count: 64)
        jpeg += [0xFF, 0xC0, 0, 11, 8, UInt8(height >> 8), UInt8(height & 0xFF)]
        jpeg += [UInt8(width >> 8), UInt8(width & 0xFF), 1, 1, 0x11, 0]
        // DC: code 0 is "no difference", codes 10 and 110 and so on are differences of 1 to 8 bits.
        jpeg +=
            [0xFF, 0xC4, 0, 28, 0x00] + [1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0] + [0, 1, 2, 3, 4, 5, 6, 7, 8]
        // AC: code 0 is "end of block".
        jpeg += [0xFF, 0xC4, 0, 20, 0x10] + [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] + [0]
        jpeg += [0xFF, 0xDA, 0, 8, 1, 1, 0x00, 0, 63, 0]
        var bits = BitWriter()
        let difference = Int(level) - 128
        let category = Int.bitWidth - difference.magnitude.leadingZeroBitCount
        bits.write(category == 0 ? 0 : (1 << (category + 1)) - 2, count: category + 1)
        bits.write(difference < 0 ? difference + (1 << category) - 1 : difference, count: category)
        bits.write(0, count: 1)
        let blocks = (Int(width) + 7) / 8 * ((Int(height) + 7) / 8)
        for _ in 1..<Swift.max(blocks, 1) { bits.write(0, count: 2) }
        jpeg += bits.finish()
        return jpeg + [0xFF, 0xD9]
    }

    private struct BitWriter {
        private var bytes: [UInt8] = []
        private var pending: UInt64 = 0
        private var count = 0

        mutating func write(_ value: Int, count newBits: Int) {
            guard newBits > 0 else { return }
            pending = pending << UInt64(newBits) | UInt64(truncatingIfNeeded: value) & (1 << UInt64(newBits) - 1)
            count += newBits
            while count >= 8 {
                count -= 8
                append(UInt8(truncatingIfNeeded: pending >> UInt64(count)))
            }
        }

        mutating func finish() -> [UInt8] {
            if count > 0 { write((1 << (8 - count)) - 1, count: 8 - count) }
            return bytes
        }

        private mutating func append(_ byte: UInt8) {
            bytes.append(byte)
            if byte == 0xFF { bytes.append(0) }
        }
    }
}
