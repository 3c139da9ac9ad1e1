// Lets a card answer whatever it likes to the block protocol T=1; every exchange must come to an end.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzT1Blocks(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var rest = Array(UnsafeBufferPointer(start: start, count: count))[...]
    var blocks = T1Protocol(cardFieldSize: (rest.popFirst() ?? 32) | 1, readerFieldSize: 254)
    let command = CardCommand.select(application: Array(repeating: 0x41, count: 16))
    var step = blocks.start(CardBytes(apdu: command))
    var exchanges = 0
    while case .send(let sent, _) = step {
        precondition(sent.bytes.count >= 4 && sent.bytes.reduce(0, ^) == 0)
        exchanges += 1
        precondition(exchanges <= 2 * T1Protocol.blockLimit, "an exchange without an end")
        // One byte says what comes: nothing, a block with the right frame around these bytes, or bytes as they are.
        let kind = rest.popFirst() ?? 0
        let length = Int(kind & 0x3F)
        let piece = Array(rest.prefix(length))
        rest = rest.dropFirst(length)
        let received: [UInt8]?
        switch kind >> 6 {
        case 0: received = nil
        case 1: received = piece
        default:
            let body = [0x00, piece.first ?? 0x40, UInt8(max(0, piece.count - 1))] + piece.dropFirst()
            received = body + [body.reduce(0, ^)]
        }
        do throws(SmartCardError) {
            step = try blocks.take(received)
        } catch {
            return 0
        }
    }
    if case .done(let answer) = step { precondition(answer.count <= T1Protocol.answerLimit) }
    return 0
}
