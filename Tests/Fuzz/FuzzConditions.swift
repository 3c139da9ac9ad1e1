// Feeds the condition language text as it comes, and text put together of words that it knows.

private let words = [
    "a", "t", "x", "xs", "r", "b", "n", "d", "missing", "0", "1", "2", "9223372036854775807", "1.5", "'ab'", "\"\"",
    "'\\n'", "true", "false", "null", "has(r.k)", "r.k", "size(xs)", ".size()", ".startsWith('a')", ".contains(t)",
    ".endsWith(", ".map(x, x + x)", ".map(x, [x, x])", ".filter(x, x in xs)", ".all(x, x == a)", ".exists(x, b)",
    ".exists_one(x, x != 1)", ".map(x, ", "[", "]", "(", ")", ",", ".", "+", "-", "*", "/", "%", "!", "?", ":", "<",
    "<=",
    ">", ">=", "==", "!=", "&&", "||", " in ", " ",
]

private func value(of name: String) -> ExpressionValue? {
    switch name {
    case "a": .int(.max)
    case "b": .bool(true)
    case "d": .double(-0.5)
    case "n": .null
    case "r": .map(["k": .string("v"), "l": .list([.null])])
    case "t": .string("文a\u{301}🇨🇳")
    case "xs": .list([.int(1), .double(1), .string("文"), .list([]), .bool(false)])
    default: nil
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzConditions(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let sources = [String(decoding: bytes, as: UTF8.self), bytes.map { words[Int($0) % words.count] }.joined()]
    for source in sources {
        do throws(ExpressionError) {
            let condition = try Condition(source)
            precondition(condition.names.allSatisfy { $0.offset < source.utf8.count })
            _ = condition.holds(value)
            _ = try condition.evaluate(value)
        } catch {
            precondition((0...source.utf8.count).contains(error.offset))
            precondition(!error.message.isEmpty)
        }
    }
    return 0
}
