import Testing

@testable import KioskCore

@Suite("What conditions know of a flow")
struct FlowFactsTests {
    private static let today = CalendarDate("2026-11-21") ?? CalendarDate(daysSince1970: 0)

    private func holds(_ source: String, in flow: FlowState) throws -> Bool {
        FlowPlan(flow, today: Self.today).facts.holds(try Condition(source))
    }

    private func flow(_ matter: Matter, _ answers: [String: Answer] = [:]) -> FlowState {
        var flow = FlowState(matter: matter)
        flow.holder = Story.zhang
        flow.answers = answers
        return flow
    }

    @Test(
        "the card and the day are facts",
        arguments: [
            "age == 36", #"birth_date == date("1990-01-01")"#, "hukou_local", "!agent", #"today == date("2026-11-21")"#,
            "this_year == 2026", "birth_date.plusYears(36) < today",
        ])
    func cardFacts(source: String) throws {
        #expect(try holds(source, in: flow(Test.matter())))
    }

    @Test("someone from elsewhere is not local")
    func elsewhere() throws {
        var flow = try flow(Test.matter())
        flow.holder?.address = "测试省样例市"
        #expect(try !holds("hukou_local", in: flow))
        #expect(try holds("!hukou_local", in: flow))
    }

    @Test(
        "until it is asked who acts for whom, nothing about the applicant holds",
        arguments: ["agent", "!agent", "age > 0", "hukou_local", "!hukou_local"])
    func unknownApplicant(source: String) throws {
        var flow = try flow(Test.matter(identity: .agentAllowed))
        #expect(try !holds(source, in: flow))
        flow.actsForOther = true
        #expect(try holds("agent", in: flow))
        #expect(try !holds("age > 0", in: flow), "the agent's age is not the applicant's")
        flow.principal = Story.wang
        #expect(try holds("age == 14", in: flow))
    }

    @Test(
        "answers have the types of their fields",
        arguments: [
            "count == 3", "area > 60.4 && area < 60.6", "price == 12.5", #"day < today"#,
            #"month == date("2026-03-01")"#, #"time - day == duration("14h5m")"#, #""a" in several"#,
            "size(people) == 1", "people.exists(p, p.share == 50)", "ageOf(people[0].id_no, today) == 36",
        ])
    func types(source: String) throws {
        let people = Field.Kind.records([try Test.field("id_no", .idNumber), try Test.field("share", .number)])
        let matter = try Test.matter(pages: [
            Test.page(
                Test.field("count", .number), Test.field("area", .number, decimals: 2), Test.field("price", .money),
                Test.field("day", .date), Test.field("month", .month), Test.field("time", .dateTime)),
            Test.page(Test.field("several", .multi(Test.options("a", "b")))), Test.page(Test.field("people", people)),
        ])
        let answers: [String: Answer] = [
            "count": .text("3"), "area": .text("60.5"), "price": .text("12.5"), "day": .text("2026-11-20"),
            "month": .text("2026-03"), "time": .text("2026-11-20 14:05"), "several": .choices(["a"]),
            "people": .records([
                RecordEntry(answers: ["id_no": .text(Story.zhang.number), "share": .text("50")])
            ]),
        ]
        #expect(try holds(source, in: flow(matter, answers)))
    }

    @Test(
        "a named condition stands for what is written there",
        arguments: [("moves", true), ("!moves", false), ("moves && far", true), ("far", true)])
    func named(source: String, expected: Bool) throws {
        let matter = try Test.matter(
            pages: [Test.page(Test.field("items", .multi(Test.options("premises", "name"))))],
            conditions: ["moves": #""premises" in items"#, "far": "moves"])
        #expect(try holds(source, in: flow(matter, ["items": .choices(["premises"])])) == expected)
    }

    @Test("conditions that go round in a circle, or double at every step, end and do not hold")
    func circles() throws {
        var conditions = ["a": "b || b", "b": "a || a"]
        for index in 1...60 { conditions["c\(index)"] = "c\(index - 1) || c\(index - 1)" }
        conditions["c0"] = "false"
        let matter = try Test.matter(conditions: conditions)
        #expect(try !holds("a", in: flow(matter)))
        #expect(try !holds("c60", in: flow(matter)))
        #expect(try !holds("c9", in: flow(matter)))
    }

    @Test("the record's facts are typed; before the look-up nothing of them holds, not even their contrary")
    func record() throws {
        let facts = [
            try Test.field("valid_to", .date), try Test.field("state", .choice(Test.options("ok", "gone"))),
            try Test.field("debt", .money), try Test.field("frozen", .flag), try Test.field("items", .multi([])),
        ]
        var flow = try flow(Test.matter(lookup: Test.lookup(facts: facts)))
        for source in ["record.frozen", "!record.frozen", "record.valid_to < today", "size(record.items) == 0"] {
            #expect(try !holds(source, in: flow), "\(source)")
        }
        flow.record = Test.record([
            "valid_to": .text("2026-01-31"), "state": .choice("ok"), "debt": .text("5"), "frozen": .flag(false),
        ])
        for source in ["!record.frozen", "record.valid_to < today", #"record.state == "ok""#, "record.debt == 5.0"] {
            #expect(try holds(source, in: flow), "\(source)")
        }
    }
}

@Suite("Judging answers")
struct FieldCheckTests {
    private func reason(_ text: String, _ field: Field) -> FieldProblem.Reason? {
        FieldCheck.problem(with: .text(text), of: field, holds: { _ in true })
    }

    @Test(
        "a number keeps to its decimals and bounds",
        arguments: [
            ("60", nil), ("60.5", nil), ("60.55", FieldProblem.Reason.tooManyDecimals(1)), ("0", .belowMinimum(1)),
            ("101", .aboveMaximum(100)), ("-3", .notANumber), ("1e3", .notANumber), ("6.", .notANumber),
            (".5", .notANumber), ("六十", .notANumber), ("1234567890123", .notANumber),
        ] as [(String, FieldProblem.Reason?)])
    func numbers(text: String, expected: FieldProblem.Reason?) throws {
        #expect(reason(text, try Test.field("n", .number, decimals: 1, min: 1, max: 100)) == expected)
    }

    @Test("a whole number has no decimals, and a sign only below nothing")
    func wholeNumbers() throws {
        #expect(reason("1.0", try Test.field("n", .number)) == .tooManyDecimals(0))
        #expect(reason("-5", try Test.field("n", .number, min: -10)) == nil)
        #expect(reason("--5", try Test.field("n", .number, min: -10)) == .notANumber)
    }

    @Test(
        "each kind says what is wrong",
        arguments: [
            (Field.Kind.dateTime, "2026-11-21 10:30", nil), (.dateTime, "2026-11-21", .notADateTime),
            (.creditCode, "91350100M000100Y43", nil), (.creditCode, "91350100M000100Y44", .wrongCreditCode),
            (.creditCode, "9135", .wrongLength), (.bankCard, "4539578763621486", nil),
            (.bankCard, "4539578763621487", .wrongCardNumber), (.bankCard, "4539", .wrongLength),
            (.money, "1.234", .notMoney), (.month, "2026-13", .notAMonth), (.phone, "123", .notAPhone),
        ] as [(Field.Kind, String, FieldProblem.Reason?)])
    func kinds(kind: Field.Kind, text: String, expected: FieldProblem.Reason?) throws {
        #expect(reason(text, try Test.field("x", kind)) == expected)
    }

    @Test("money has bounds too")
    func moneyBounds() throws {
        let field = try Test.field("m", .money, min: 10, max: 100)
        #expect(reason("9.99", field) == .belowMinimum(10))
        #expect(reason("100.01", field) == .aboveMaximum(100))
        #expect(reason("100", field) == nil)
    }

    @Test("a required yes-or-no must be answered, another need not")
    func flags() throws {
        let required = try Test.field("f", .flag)
        #expect(FieldCheck.problem(with: nil, of: required, holds: { _ in true }) == .missing)
        #expect(FieldCheck.problem(with: .flag(false), of: required, holds: { _ in true }) == nil)
        let open = try Test.field("f", .flag, required: false)
        #expect(FieldCheck.problem(with: nil, of: open, holds: { _ in true }) == nil)
    }

    @Test("an entry of a list is judged by its own fields, with their bounds and checks")
    func entries() throws {
        let kind = Field.Kind.records([
            try Test.field("share", .number, max: 100), try Test.field("from", .date),
            try Test.field("to", .date, checks: ["to >= from"]),
        ])
        var story = Story(
            try Test.matter(pages: [Test.page(Test.field("owners", kind))]))
        story.begin("TST-001")
        story.send(.addEntry(field: "owners"))
        story.type("share", "101")
        story.type("from", "2026-02-01")
        story.type("to", "2026-01-01")
        story.send(.next)
        #expect(
            story.flow?.problems == [
                FieldProblem(field: "share", reason: .aboveMaximum(100)),
                FieldProblem(field: "to", reason: .check("不对")),
            ])
        story.type("share", "100")
        story.type("to", "2026-03-01")
        story.send(.next)
        #expect(story.flow?.entry == nil)
        story.send(.next)
        #expect(story.step == .review)
    }

    @Test(
        "answers read as people write them",
        arguments: [
            (Field.Kind.dateTime, "2026-11-21 09:05", "2026年11月21日 09:05"), (.number, "60", "60 米"),
            (.bankCard, "4539578763621486", "4539********1486"), (.money, "-1.50", "-1.50"),
        ])
    func shown(kind: Field.Kind, text: String, expected: String) throws {
        var field = try Test.field("x", kind)
        field.unit = kind == .number ? "米" : nil
        #expect(AnswerText.shown(.text(text), field: field, language: .zh) == expected)
    }
}
