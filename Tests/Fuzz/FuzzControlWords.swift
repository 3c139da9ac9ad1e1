// Feeds the emulator's control socket lines as they come, and lines put together of words that it knows.

import FoundationEssentials

private let words = [
    "card", "put", "lift", "zhang", "nobody", "paper", "clear", "black", "reader", "unplug", "plug", "silent", "stuck",
    "ok", "fault", "find", "read", "late", "noise", "status-41", "status-999", "camera", "damage", "drop", "0", "1",
    "-1",
    "9223372036854775807", "-9223372036854775808", "chip", "pull", "bank", "chipreader", "pulled-2", "error-FE",
    "printer", "fail", "media-empty-error", "../x", "status", "cards", "papers", "environment",
    "\"", "[\"card\"", "\u{0}",
]

/// One hall for all inputs: its devices are made once.
private let stage: EmulatorStage = {
    do throws(EmulationError) {
        return try EmulatorStage(host: UMockdevHost(), chipReader: CCIDReaderModel(times: .none), readerTimes: .none)
    } catch {
        fatalError("no emulated devices: \(error.detail)")
    }
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzControlWords(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let known = bytes.map { words[Int($0) % words.count] }.joined(separator: " ")
    for line in [bytes, Array(known.utf8)] {
        guard case .success(let command) = ControlLine.words(of: line) else { continue }
        let answer = stage.run(command)
        precondition(answer.ok == (answer.error == nil))
        let encoded = ControlLine.encode(answer)
        // One line, so that the next answer is not taken for a part of it.
        precondition(encoded.last == 0x0A && encoded.dropLast().allSatisfy { $0 != 0x0A })
        precondition((try? JSONDecoder().decode(ControlAnswer.self, from: Data(encoded))) == answer)
    }
    for command in ["reader", "camera", "chipreader"] {
        precondition(stage.run([command, "ok"]).ok)
    }
    return 0
}
