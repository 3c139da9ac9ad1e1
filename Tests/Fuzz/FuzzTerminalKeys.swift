// Feeds the key decoder of the terminal shell what a line may carry: at once, in two pieces, and with a pause between.

private func isText(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory != .control }

private func check(_ keys: [TerminalKey]) {
    for key in keys {
        switch key {
        case .text(let scalar): precondition(isText(scalar))
        case .paste(let text):
            precondition(!text.isEmpty && text.utf8.count <= KeyDecoder.pasteLimit)
            precondition(text.unicodeScalars.allSatisfy(isText))
        case .function(let number): precondition((1...12).contains(number))
        default: break
        }
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTerminalKeys(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let first = bytes.first else { return 0 }
    let line = bytes.dropFirst()
    // Whatever it is, inside the marks of a paste it is pasted.
    let pasted = Array("\u{1B}[200~".utf8) + line
    for stream in [Array(line), pasted] {
        var whole = KeyDecoder()
        whole.expectsCursorReport = first & 1 == 1
        var parts = whole
        var paused = whole
        let cut = stream.count * Int(first >> 1) / 128
        let keys = whole.feed(stream)
        check(keys)
        precondition(parts.feed(stream[..<cut]) + parts.feed(stream[cut...]) == keys)
        check(paused.feed(stream[..<cut]) + paused.flush())
        precondition(paused.pending == .nothing)
        check(paused.feed(stream[cut...]) + paused.flush())
        precondition(paused.pending == .nothing)
        // After it, keys are keys again.
        precondition(paused.feed(Array("a\r".utf8)).suffix(2) == [.text("a"), .enter])
    }
    return 0
}
