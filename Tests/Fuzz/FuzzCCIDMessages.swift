// Feeds the CCID codecs answers, notifications, class descriptors and answers to reset.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCCIDMessages(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    _ = try? CCIDAnswer.dataLength(bytes, maximum: 271)
    _ = try? CCIDNotification(bytes)
    if let answer = try? CCIDAnswer(bytes) {
        precondition(answer.data.count + CCIDMessage.headerLength == bytes.count)
        _ = answer.failure
    }
    // With the length put right, so that what follows the header is reached.
    if count >= CCIDMessage.headerLength {
        var sized = bytes
        let length = count - CCIDMessage.headerLength
        for place in 0..<4 { sized[1 + place] = UInt8(truncatingIfNeeded: length >> (8 * place)) }
        sized[0] = 0x80 | bytes[0] & 7
        _ = (try? CCIDAnswer(sized))?.failure
    }
    let descriptor = try? CCIDDescriptor([54, 0x21] + bytes.prefix(52))
    if let descriptor { precondition(descriptor.maximumMessageLength <= CCIDDescriptor.longestMessage) }
    let check = bytes.dropFirst().reduce(0, ^)
    for candidate in [bytes, [0x3B] + bytes, [0x3B] + bytes + [check ^ (bytes.first ?? 0)]] {
        guard let answer = try? AnswerToReset(candidate) else { continue }
        precondition(!answer.protocolNumbers.isEmpty && answer.historicalBytes.count <= 15)
        _ = answer.takesExtendedLength
        guard let descriptor, var selection = try? ProtocolSelection(card: answer, reader: descriptor) else { continue }
        _ = TransmissionParameters(selection, card: answer)
        try? selection.take(answer: selection.request)
        try? selection.take(answer: Array(bytes.prefix(6)))
    }
    return 0
}
