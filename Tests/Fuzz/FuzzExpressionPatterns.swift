// Feeds the regular expressions of conditions patterns as they come and texts for them.

private let words = [
    "a", "b", "é", "文", "(", ")", "(?:", "(?i)", "(?m:", "(?P<n>", "[", "]", "^", "$", "-", "|", "*", "+", "?", "*?",
    "{2}", "{0,3}", "{1000}", "{,", ".", "\\", "\\d", "\\W", "\\b", "\\p{L}", "\\P{Han}", "\\pN", "[:alpha:]",
    "\\x{41}",
    "\\Q", "\\E", "\\A", "\\z", "\\1", "\\07",
]

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzExpressionPatterns(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let patterns = [String(decoding: bytes, as: UTF8.self), bytes.map { words[Int($0) % words.count] }.joined()]
    for pattern in patterns {
        do throws(ExpressionError) {
            let compiled = try ExpressionPattern(pattern)
            var work = 0
            _ = try compiled.matches("aab 文é\n" + pattern.prefix(200)) { (count) throws(ExpressionError) in
                work += count
                precondition(work < 10_000_000)
            }
        } catch {
            precondition(error.code == .invalidArgument)
            precondition(!error.message.isEmpty)
        }
    }
    return 0
}
