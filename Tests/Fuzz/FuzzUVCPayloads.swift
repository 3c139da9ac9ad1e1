// Feeds the frame assembler payloads: the first byte of each piece is its length, the top bit of the next its fate.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzUVCPayloads(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let mode = bytes.first else { return 0 }
    var assembler = UVCFrameAssembler(maximumBytes: 512)
    var rest = bytes.dropFirst()
    while let length = rest.first {
        rest = rest.dropFirst()
        let packet = Array(rest.prefix(Int(length)))
        rest = rest.dropFirst(Int(length))
        if length == 0xFF { assembler.packetLost() }
        let frame =
            mode & 1 == 0
            ? assembler.isochronousPacket(packet.span.bytes)
            : assembler.bulkTransfer(packet.span.bytes, transferSize: 32, maximumPayload: 96)
        if let frame {
            precondition(frame.count <= 512 && frame.starts(with: [0xFF, 0xD8]))
        }
    }
    return 0
}
