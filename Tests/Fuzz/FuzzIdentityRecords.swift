// Feeds the identity record codec whole answers and texts.

import KioskCore

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzIdentityRecords(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    _ = try? IdentityRecord.reading(readBaseData: bytes)
    // As a text of the right length, of a kind that is parsed.
    var text = Array(bytes.prefix(256))
    text += [UInt8](repeating: 0x20, count: 256 - text.count)
    text[248] = text[248] & 1 == 0 ? 0x20 : 0x4A
    text[249] = 0
    if let reading = try? IdentityRecord.reading(readBaseData: [1, 0, 0, 0] + text) {
        precondition(CitizenNumber.isValid(reading.card.number))
        precondition(!reading.card.name.isEmpty)
    }
    return 0
}
