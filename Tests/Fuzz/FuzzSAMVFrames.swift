// Feeds the SAM-V frame decoder bytes in pieces of any length.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSAMVFrames(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let first = bytes.first else { return 0 }
    let piece = Int(first % 65) + 1
    var decoder = SAMVFrameDecoder()
    // The same bytes as they are, and as the body of a frame whose length and checksum are right.
    let body: [UInt8] = [UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)] + bytes.dropFirst()
    let framed = SAMVFrame.preamble + body + [SAMVFrame.checksum(body)]
    for stream in [bytes, framed] {
        var rest = stream[...]
        while !rest.isEmpty {
            decoder.append(rest.prefix(piece))
            rest = rest.dropFirst(piece)
            precondition(decoder.missing.count > 0)
            do throws(CodecError) {
                while let response = try decoder.next() {
                    precondition(response.data.count < SAMVFrame.maximumLength)
                    _ = response.status.action
                }
            } catch {
                continue
            }
        }
    }
    return 0
}
