// What the type check lets pass, what it refuses, and what it says.

import Testing

@testable import KioskCore

@Suite("Expression check")
struct CheckerTests {
    static let variables: [String: ExpressionType] = [
        "premises": .word(["own", "rent", "loan"]), "scope": .list(.word(["food", "catering", "hair"])),
        "capital": .double, "copies": .int, "agent": .bool, "name": .string, "today": .timestamp, "any": .dynamic,
        "family": .list(.record(["name": .string, "age": .int, "kin": .word(["child", "parent"])])),
    ]

    private func check(
        _ source: String, dialect: ExpressionEnvironment.Dialect = .matters
    ) throws -> TypedExpression {
        var environment = ExpressionEnvironment.matters
        environment.variables = Self.variables
        environment.dialect = dialect
        return try Condition(source).check(in: environment)
    }

    @Test(
        "a sound expression has its type",
        arguments: [
            (#"premises == "rent" && size(family) > 1"#, ExpressionType.bool),
            ("capital >= 30000", .bool), ("copies + 1", .int), ("family.map(f, f.age)", .list(.int)),
            (#"family.filter(f, f.kin == "child").all(f, f.age < 18)"#, .bool), ("any.x[0] + any", .dynamic),
            ("any + 1", .int),
            ("agent ? name : premises", .string), ("{'a': 1}", .map(.string, .int)), ("[1, 'a']", .list(.dynamic)),
            (#""food" in scope"#, .bool), (#"premises in ["own", "rent"]"#, .bool), ("name == null", .bool),
            (#"today.plusMonths(1) - date("2026-01-31") < days(30)"#, .bool), ("ageOf(name, today)", .int),
            ("family[0].name + 'x'", .string), ("today.getFullYear('Asia/Shanghai')", .int), ("type(1) == int", .bool),
            ("has(family[0].age)", .bool), ("[[], [1]]", .list(.list(.dynamic))), ("-copies", .int),
            ("family.transformMap(i, f, f.name)", .map(.int, .string)), ("1u + uint(copies)", .uint),
        ])
    func types(source: String, type: ExpressionType) throws {
        #expect(try check(source).type == type)
    }

    @Test(
        "a mistake is told with its place and what to do",
        arguments: [
            (#"premises == "rentt""#, 12, "did you mean “rent”?"),
            (#""foot" in scope"#, 0, "did you mean “food”?"),
            (#"premises in ["own", "rant"]"#, 20, "did you mean “rent”?"),
            (#"premises != "x""#, 12, "possible: loan, own, rent"),
            ("premisses == 'own'", 0, "did you mean “premises”?"),
            ("family.exists(f, f.agee > 3)", 19, "did you mean “age”?"),
            ("has(family[0].nam)", 0, "did you mean “name”?"),
            (#"family[0]["nam"] == 'x'"#, 10, "did you mean “name”?"),
            ("sise(name) > 1", 0, "did you mean “size”?"),
            ("name.plusDays(1)", 5, "possible: timestamp.plusDays(int)"),
            ("name + 1 == 'x'", 5, nil), ("agent > 3", 6, nil), ("!name", 0, nil), ("copies && agent", 0, nil),
            ("family.name", 7, nil), ("1 ? 2 : 3", 0, nil), ("true ? 'a' : 1", 5, nil), ("-name", 0, nil),
            ("name[0]", 4, nil), ("scope['a']", 6, nil), ("copies.all(x, true)", 7, nil), ("{1.5: 2}", 1, nil),
            ("scope.all(s, s)", 13, nil), (#"date("2026-02-30") < today"#, 0, nil), ("name.matches('(')", 13, nil),
            ("duration('tomorrow') > days(1)", 0, nil), (#"3 in scope"#, 2, nil), ("copies in copies", 7, nil),
        ] as [(String, Int, String?)])
    func mistakes(source: String, offset: Int, hint: String?) {
        let failure = #expect(throws: ExpressionCheckFailure.self) { try check(source) }
        #expect(failure?.findings.count == 1)
        #expect(failure?.findings.first?.offset == offset)
        #expect(failure?.findings.first?.hint == hint)
    }

    @Test("one check finds every mistake")
    func all() {
        let failure = #expect(throws: ExpressionCheckFailure.self) { try check("nam == 'x' && capitl > 3 && !copies") }
        #expect(failure?.findings.map(\.offset) == [0, 14, 28])
    }

    @Test("numbers of different types meet in matters only", arguments: ["copies < 2.5", "capital == 3", "1u == 1"])
    func numbers(source: String) throws {
        #expect(throws: Never.self) { try check(source) }
        #expect(throws: ExpressionCheckFailure.self) { try check(source, dialect: .specification) }
    }

    @Test("each node has its type")
    func nodes() throws {
        let typed = try check("family.exists(f, f.age > copies)")
        guard case .comprehension(let comprehension) = typed.root.form, let predicate = comprehension.predicate else {
            Issue.record("no comprehension")
            return
        }
        #expect(typed.type(of: comprehension.range) == Self.variables["family"])
        #expect(predicate.children.map { typed.type(of: $0) } == [.int, .int])
    }
}
