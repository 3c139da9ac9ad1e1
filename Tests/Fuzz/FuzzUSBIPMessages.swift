// Feeds the vhci host what a kernel's virtual host controller might send: a header, then the data and packet
// descriptions that it announces.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzUSBIPMessages(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    var rest = bytes[...]
    // Message after message, as on the connection.
    while rest.count >= USBIPMessage.headerLength {
        let header = Array(rest.prefix(USBIPMessage.headerLength))
        rest = rest.dropFirst(USBIPMessage.headerLength)
        guard let message = USBIPMessage(header: header), case .submit(var request) = message else { continue }
        precondition((0...USBIPMessage.longestTransfer).contains(request.bufferLength))
        precondition((0...USBIPMessage.mostPackets).contains(request.packetCount))
        precondition(request.setup.count == 8 && request.interval >= 1)
        // A trailer longer than the input is not waited for here: it is never whole.
        guard request.setTrailer(Array(rest.prefix(request.trailerLength))) else { continue }
        rest = rest.dropFirst(request.trailerLength)
        precondition(request.data.count == (request.isInput ? 0 : request.bufferLength))
        precondition(request.packets.count == request.packetCount)
        for packet in request.packets { precondition(packet.offset + packet.length <= request.bufferLength) }
        let lengths = request.packets.map(\.length)
        precondition(lengths.reduce(0, +) <= request.bufferLength)
        guard request.bufferLength <= bytes.count else { continue }
        let input = [UInt8](repeating: 0, count: request.isInput ? request.bufferLength : 0)
        let answer = USBIPMessage.answer(to: request, status: 0, actualLength: request.bufferLength, input: input)
        precondition(answer.count == USBIPMessage.headerLength + input.count)
        let packets = USBIPMessage.answer(
            to: request, packets: lengths.map { (length: $0, status: 0) },
            input: Array(input.prefix(lengths.reduce(0, +))))
        precondition(packets.count >= USBIPMessage.headerLength + request.packetCount * USBIPMessage.packetLength)
    }
    return 0
}
