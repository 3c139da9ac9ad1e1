/// Text in GBK as chip cards carry it, decoded strictly.

internal import Glibc

enum GBKText {
    /// Cards have fields of at most 255 bytes.
    static let longest = 255

    /// Decodes a field without its padding of zeros and spaces. Throws for bytes that are no GBK and for control
    /// characters: the text would end on paper.
    static func decode(_ field: [UInt8], _ name: String) throws(CodecError) -> String {
        guard field.count <= longest else { throw CodecError(.chipCardRecord, .tooLarge, name) }
        var bytes = field
        while let last = bytes.last, last == 0x00 || last == 0x20 { bytes.removeLast() }
        guard let utf8 = convert(bytes), let text = String(validating: utf8, as: UTF8.self),
            text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
        else { throw CodecError(.chipCardRecord, .badValue, name) }
        return text
    }

    /// Nil when the bytes are no GBK, or when the system has no converter for it.
    private static func convert(_ bytes: [UInt8]) -> [UInt8]? {
        guard let converter = iconv_open("UTF-8", "GBK"), converter != iconv_t(bitPattern: -1) else { return nil }
        defer { iconv_close(converter) }
        // No character of GBK takes more than three bytes in UTF-8.
        let capacity = bytes.count * 3
        var input = bytes.map { CChar(bitPattern: $0) }
        let output = [CChar](unsafeUninitializedCapacity: capacity) { buffer, count in
            var target = buffer.baseAddress
            var room = capacity
            var left = input.count
            let result = input.withUnsafeMutableBufferPointer { source in
                var start = source.baseAddress
                return iconv(converter, &start, &left, &target, &room)
            }
            count = result == 0 && left == 0 ? capacity - room : 0
        }
        guard !output.isEmpty || bytes.isEmpty else { return nil }
        return output.map { UInt8(bitPattern: $0) }
    }
}
