import Testing

@testable import KioskCore

@Suite("Conditions")
struct ConditionTests {
    static let names: [String: ExpressionValue] = [
        "rent": .string("rent"), "scope": .list([.string("food"), .string("hair")]), "count": .int(3),
        "capital": .double(20_000), "agent": .bool(true), "unanswered": .null,
        "people": .list([.map(["name": .string("甲"), "age": .int(70)]), .map(["name": .string("乙"), "age": .int(8)])]),
    ]

    private func value(_ source: String) throws -> ExpressionValue {
        try Condition(source).evaluate { Self.names[$0] }
    }

    @Test(
        "an expression has the value CEL gives it",
        arguments: [
            (#"rent == "rent" && agent"#, ExpressionValue.bool(true)),
            (#""food" in scope || "online" in scope"#, .bool(true)),
            (#"!("online" in scope)"#, .bool(true)),
            ("count * 2 + 1 == 7", .bool(true)),
            ("-7 / 2", .int(-3)),
            ("-7 % 2", .int(-1)),
            ("count == 3.0", .bool(true)),
            ("capital >= 20000", .bool(true)),
            (#""2026-01" < "2026-10""#, .bool(true)),
            ("size(scope) == 2 && scope.size() == 2", .bool(true)),
            ("people.exists(p, p.age > 60)", .bool(true)),
            ("people.all(p, p.age > 60)", .bool(false)),
            ("people.exists_one(p, p.age > 60)", .bool(true)),
            ("people.filter(p, p.age > 60).map(p, p.name)", .list([.string("甲")])),
            ("has(people[0].name) && !has(people[0].phone)", .bool(true)),
            (#"rent == 5"#, .bool(false)),
            (#"unanswered == "rent""#, .bool(false)),
            (#"agent ? "a" : "b""#, .string("a")),
            (#""道里区".contains("里") && "道里区".startsWith("道") && "道里区".endsWith("区")"#, .bool(true)),
            (#"[1, 2] + [3] == [1, 2, 3]"#, .bool(true)),
            (#"'it\'s' + "!""#, .string("it's!")),
        ])
    func evaluates(source: String, expected: ExpressionValue) throws {
        #expect(try value(source) == expected)
    }

    @Test("a side that decides hides the error of the other", arguments: ["agent || 1 / 0 > 1", "1 / 0 > 1 || agent"])
    func shortCircuit(source: String) throws {
        #expect(try value(source) == .bool(true))
    }

    @Test(
        "an evaluation that cannot go on says why",
        arguments: [
            ("1 / 0", ExpressionError.Code.divisionByZero),
            ("9223372036854775807 + 1", .overflow),
            ("nobody == 1", .unknownName),
            ("people[9]", .indexOutOfRange),
            ("people[0].phone", .noSuchKey),
            (#"unanswered < "x""#, .noSuchOverload),
            (#"1 + "a""#, .noSuchOverload),
            ("shout(rent)", .noSuchOverload),
        ])
    func fails(source: String, code: ExpressionError.Code) throws {
        let condition = try Condition(source)
        let error = #expect(throws: ExpressionError.self) { try condition.evaluate { Self.names[$0] } }
        #expect(error?.code == code)
        #expect(!condition.holds { Self.names[$0] })
    }

    @Test(
        "source that is not an expression is refused with its place",
        arguments: [
            ("", 0), ("a ==", 4), ("a = b", 2), ("(a", 2), (#""open"#, 0), ("a b", 2), ("[,]", 1), ("has(a)", 0),
            ("99999999999999999999", 0), ("if", 0), ("a.", 2), (#""\q""#, 2),
        ])
    func refuses(source: String, offset: Int) {
        let error = #expect(throws: ExpressionError.self) { try Condition(source) }
        #expect(error?.code == .syntax)
        #expect(error?.offset == offset)
    }

    @Test("nesting and length have bounds")
    func bounds() {
        let deep = String(repeating: "(", count: 5000) + "1" + String(repeating: ")", count: 5000)
        #expect(throws: ExpressionError.self) { try Condition(deep) }
        #expect(throws: ExpressionError.self) { try Condition(String(repeating: "!", count: 3000) + "true") }
        #expect(throws: ExpressionError.self) { try Condition("1" + String(repeating: "+1", count: 1500)) }
        #expect(throws: ExpressionError.self) { try Condition("a" + String(repeating: ".a", count: 1500)) }
        #expect(throws: ExpressionError.self) { try Condition("a" + String(repeating: ".size()", count: 1500)) }
        #expect(throws: ExpressionError.self) { try Condition("a" + String(repeating: ".map(x, x)", count: 1500)) }
        #expect(throws: ExpressionError.self) { try Condition("a" + String(repeating: "[0]", count: 1500)) }
    }

    @Test("a costly expression ends")
    func cost() throws {
        let list = ExpressionValue.list(Array(repeating: .int(1), count: 400))
        let condition = try Condition("xs.all(a, xs.all(b, xs.all(c, c == 1)))")
        let error = #expect(throws: ExpressionError.self) { try condition.evaluate { $0 == "xs" ? list : nil } }
        #expect(error?.code == .costLimit)
    }

    @Test(
        "texts and lists that grow by doubling end at the budget",
        arguments: [
            "['a']" + String(repeating: ".map(x, x + x)", count: 60),
            "[[0]]" + String(repeating: ".map(x, x + x)", count: 60),
            "[[[0]" + String(repeating: ".map(x, [x, x])", count: 30) + "]].all(x, x == x)",
            "[[[0]" + String(repeating: ".map(x, [x, x])", count: 30) + "]].all(x, x in [x])",
        ])
    func doubling(source: String) throws {
        let condition = try Condition(source)
        let error = #expect(throws: ExpressionError.self) { try condition.evaluate { _ in nil } }
        #expect(error?.code == .costLimit)
    }

    @Test(
        "a long text costs by its length wherever it goes",
        arguments: [
            "xs.all(x, !(t in {}))", "xs.all(x, size({t: 1}) == 1)", "xs.all(x, {t: 1}[t] == 1)", "xs.all(x, t == t)",
            "xs.all(x, t <= t)", "xs.all(x, size(t) > 1)", "xs.all(x, t.contains('b') == false)",
            "xs.all(x, bytes(t) == bytes(t))", "xs.all(x, !t.matches('b'))", "xs.all(x, dyn(t) in [t])",
        ])
    func longTexts(source: String) throws {
        let text = ExpressionValue.string(String(repeating: "a", count: 100_000))
        let list = ExpressionValue.list(Array(repeating: .int(1), count: 1000))
        let condition = try Condition(source)
        let error = #expect(throws: ExpressionError.self) { try condition.evaluate { $0 == "t" ? text : list } }
        #expect(error?.code == .costLimit)
    }

    @Test("random bytes never trap")
    func noise() {
        var generator = SplitMix(seed: 7)
        let alphabet = Array("ab1\"'()[]{}.,!=<>&|?:+-*/% \\é里in has")
        for _ in 0..<3000 {
            let length = Int.random(in: 0...40, using: &generator)
            let source = String((0..<length).compactMap { _ in alphabet.randomElement(using: &generator) })
            guard let condition = try? Condition(source) else { continue }
            _ = condition.holds { Self.names[$0] }
        }
    }

    @Test("free names are told with their places, bound ones are not")
    func names() throws {
        let names = try Condition("people.exists(p, p.age > limit) && agent").names
        #expect(names.map(\.name) == ["people", "limit", "agent"])
        #expect(names.map(\.offset) == [0, 25, 35])
    }
    @Test(
        "sum adds up a list of numbers, decimals to six places",
        arguments: [
            ("sum([1, 2, 3]) == 6", true), ("sum([33.3, 33.3, 33.4]) == 100.0", true), ("sum([0.1, 0.2]) == 0.3", true),
            ("sum([]) == 0", true), ("sum([9223372036854775807, 1]) > 0", false), ("sum([1.5, null]) > 0.0", false),
        ] as [(String, Bool)])
    func sums(source: String, holds: Bool) throws {
        #expect(try Condition(source).holds { _ in nil } == holds)
    }
}

/// A small generator with a seed, so that a failing case can be run again.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
