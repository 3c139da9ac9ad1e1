// Feeds the whole condition language text and put-together words: parse, check against types, evaluate, compare.

private let words = [
    "a", "u", "t", "w", "xs", "r", "m", "day", "len", "any", "missing", "0", "1", "2u", "0x1F", "-9223372036854775808",
    "18446744073709551615u", "1.5", "1e308", ".5", "'ab'", "b'\\xff'", "r\"\\n\"", "'''x'''", "'\\u6cd5'", "true",
    "null",
    "has(r.k)", "r.k", ".k", ".`k-1`", "{", "}", ":", "{'a': 1}", "[1, 'a']", "size(", "type(", "int(", "uint(",
    "double(", "string(", "bytes(", "timestamp(", "duration(", "dyn(", "date('2026-01-31')", "days(3)",
    ".plusMonths(1)",
    ".plusDays(", ".plusYears(", "ageOf(", ".getHours(", ".getFullYear()", "'Asia/Shanghai'", "'+08:00'", ".matches(",
    "'(a|b)*c'", ".contains('a')", ".startsWith(", ".map(x, [x, x])", ".map(x, x + x)", ".filter(x, x in xs)",
    ".all(x, x == a)", ".exists(x, ", ".exists_one(x, y, x != 1)", ".transformMap(k, v, v)", ".transformList(i, v, i)",
    "[", "]", "(", ")", ",", ".", "+", "-", "*", "/", "%", "!", "?", "<", "<=", ">", ">=", "==", "!=", "&&", "||",
    " in ",
    " ", "// c\n", "google.protobuf.Timestamp",
]

private let values: [String: ExpressionValue] = [
    "a": .int(.max), "u": .uint(.max), "t": .string("文a\u{301}🇨🇳"), "w": .string("rent"),
    "xs": .list([.int(1), .double(.nan), .string("文"), .list([]), .bool(false), .bytes([0xFF])]),
    "r": .map(["k": .string("v"), "l": .list([.null])]), "m": .map([.int(1): .uint(1), .bool(true): .null]),
    "day": ExpressionTimestamp(seconds: 253_402_300_799, nanoseconds: 999_999_999).map(ExpressionValue.timestamp)
        ?? .null,
    "len": .duration(ExpressionDuration(nanoseconds: .min)), "any": .null,
]

private let environments: [ExpressionEnvironment] = {
    var matters = ExpressionEnvironment.matters
    matters.variables = [
        "a": .int, "u": .uint, "t": .string, "w": .word(["rent", "own"]), "xs": .list(.dynamic),
        "r": .record(["k": .string, "l": .list(.null)]), "m": .map(.dynamic, .dynamic), "day": .timestamp,
        "len": .duration, "any": .dynamic,
    ]
    var specification = matters
    specification.dialect = .specification
    return [matters, specification]
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzExpressionChecks(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let sources = [String(decoding: bytes, as: UTF8.self), bytes.map { words[Int($0) % words.count] }.joined()]
    for source in sources {
        guard let condition = try? Condition(source) else { continue }
        var type: ExpressionType?
        for environment in environments {
            do throws(ExpressionCheckFailure) {
                type = try condition.check(in: environment).type
            } catch {
                precondition(!error.findings.isEmpty)
                precondition(error.findings.allSatisfy { (0...source.utf8.count).contains($0.offset) })
            }
        }
        guard let value = try? condition.evaluate({ values[$0] }) else { continue }
        // What the check says of an expression is what its evaluation gives.
        precondition(type?.accepts(value) ?? true)
        _ = value.count(upTo: 1000)
    }
    return 0
}
