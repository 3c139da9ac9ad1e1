import Testing

@testable import KioskCore

@Suite("Which pages a flow has")
struct FlowPlanTests {
    private static let today = CalendarDate(daysSince1970: 20_778)

    private func steps(_ flow: FlowState) -> [Step] { FlowPlan(flow, today: Self.today).steps }

    @Test("pages whose fields are all keys stand before the look-up, sections where the steps say")
    func order() throws {
        let matter = try Test.matter(
            steps: [
                .notice, .identify, .section("contact"), .keyPages, .lookup, .pages, .section("delivery"), .finish,
            ],
            pages: [
                Test.page(Test.field("delivery"), section: "delivery"), Test.page(Test.field("reason")),
                Test.page(Test.field("permit_no")),
                Test.page(Test.field("plate"), Test.field("colour")),
                Test.page(Test.field("vin"), Test.field("owner", when: #"reason == "x""#)),
                Test.page(Test.field("mobile"), section: "contact"),
            ],
            lookup: Test.lookup(["permit_no", "plate", "vin"], facts: []))
        #expect(
            steps(FlowState(matter: matter)) == [
                .notice, .identify, .form("mobile"), .form("permit_no"), .form("vin"), .lookup, .form("reason"),
                .form("plate"), .form("delivery"), .finish,
            ])
    }

    @Test("a matter without look-up has neither look-up nor record page, and all its pages are ordinary ones")
    func withoutLookup() throws {
        let matter = try Test.matter(
            steps: [.notice, .identify, .keyPages, .lookup, .preview, .pages, .submit, .print, .finish],
            pages: [Test.page(Test.field("a"))])
        #expect(steps(FlowState(matter: matter)) == [.notice, .identify, .form("a"), .submit, .print, .finish])
    }

    @Test("without identity there is no card, no agent and no signature")
    func anonymous() throws {
        let matter = try Test.matter(
            identity: .none, steps: [.notice, .identify, .agent, .review, .sign, .submit, .print, .finish])
        #expect(steps(FlowState(matter: matter)) == [.notice, .review, .submit, .print, .finish])
    }

    @Test("a section that no step names is not asked and has no value")
    func unusedSection() throws {
        let matter = try Test.matter(
            pages: [Test.page(Test.field("a"), section: "other"), Test.page(Test.field("b", when: #"a == "1""#))])
        var flow = FlowState(matter: matter)
        flow.answers = ["a": .text("1")]
        #expect(!steps(flow).contains(.form("a")))
        #expect(!steps(flow).contains(.form("b")))
    }

    @Test("a hidden field decides nothing, whatever was typed before")
    func hidden() throws {
        let matter = try Test.matter(pages: [
            Test.page(Test.field("a", .choice(Test.options("x", "y")))),
            Test.page(Test.field("b", .choice(Test.options("x", "y"))), when: #"a == "x""#),
            Test.page(Test.field("c"), when: #"b == "x""#),
        ])
        var flow = FlowState(matter: matter)
        flow.answers = ["a": .choice("x"), "b": .choice("x")]
        #expect(steps(flow).contains(.form("c")))
        flow.answers["a"] = .choice("y")
        #expect(!steps(flow).contains(.form("b")) && !steps(flow).contains(.form("c")))
    }

    @Test(
        "there is something to pay only when the amount is more than nothing",
        arguments: [
            ("3", 300), ("2.5", 250), ("0", nil), ("0.0", nil), ("-1", nil), ("null", nil), ("1.0 / 0.0", nil),
            ("nothing", nil), ("1e300", nil), ("0.1 + 0.2", 30), ("3u", 300), (#""3""#, nil), ("price * 2.0", 2500),
        ] as [(String, Int?)])
    func amounts(source: String, fen: Int?) throws {
        let matter = try Test.matter(
            steps: [.notice, .pages, .payment, .finish], pages: [Test.page(Test.field("price", .money))],
            payment: source, fee: 700)
        var flow = FlowState(matter: matter)
        flow.answers = ["price": .text("12.50")]
        let plan = FlowPlan(flow, today: Self.today)
        #expect(plan.amountDue == fen)
        #expect(plan.steps.contains(.payment) == (fen != nil))
    }

    @Test("a fee is paid where no payment says otherwise")
    func fee() throws {
        let matter = try Test.matter(steps: [.notice, .payment, .finish], fee: 1000)
        #expect(FlowPlan(FlowState(matter: matter), today: Self.today).amountDue == 1000)
    }

    @Test(
        "a computed field follows the answers, in the type of its field",
        arguments: [("3", "37.50"), ("8", "100"), ("", nil)] as [(String, String?)])
    func computed(count: String, total: String?) throws {
        let matter = try Test.matter(pages: [
            Test.page(
                Test.field("count", .number), Test.field("total", .money, value: "double(count) * 12.5"),
                Test.field("large", .flag, value: "total > 90.0"))
        ])
        var story = Story(matter)
        story.begin("TST-001")
        story.type("count", count)
        #expect(story.flow?.answers["total"] == total.map(Answer.text))
        #expect(story.flow?.answers["large"] == total.map { .flag($0 == "100") })
        story.type("total", "1")
        story.pick("large", "no")
        #expect(story.flow?.answers["total"] == total.map(Answer.text), "it is not typed")
        story.send(.next)
        #expect((story.step == .review) == (total != nil))
        guard total != nil else { return }
        story.send(.next)
        story.sign()
        #expect(story.submission?.answers.map(\.key) == ["count", "total", "large"])
    }

    @Test("a computed amount may be less than nothing, and its bounds are kept")
    func negative() throws {
        let matter = try Test.matter(pages: [
            Test.page(
                Test.field("a", .money), Test.field("b", .money), Test.field("rest", .money, value: "a - b", min: 0))
        ])
        var story = Story(matter)
        story.begin("TST-001")
        story.type("a", "1")
        story.type("b", "2.5")
        #expect(story.flow?.answers["rest"] == .text("-1.50"))
        story.send(.next)
        #expect(story.flow?.problems == [FieldProblem(field: "rest", reason: .belowMinimum(0))])
        story.type("a", "3")
        story.send(.next)
        #expect(story.step == .review)
    }

    @Test("one filter on all pages is enough, none is not")
    func filters() throws {
        let matter = try Test.matter(
            identity: .none, steps: [.notice, .pages, .lookup, .preview, .print, .finish],
            pages: [
                Test.page(Test.field("name", required: false)),
                Test.page(Test.field("year", .number, required: false), Test.field("online", .flag, required: false)),
            ], answering: .any, lookup: Test.lookup(facts: []), output: .querySlip)
        var story = Story(matter)
        story.send(.choose(matter: "TST-001"))
        story.send(.next)
        story.send(.next)
        #expect(story.step == .form("year"), "the first page may stay empty")
        story.send(.next)
        #expect(story.flow?.problems == [FieldProblem(field: "year", reason: .nothingGiven)])
        story.type("year", "x")
        story.send(.next)
        #expect(story.flow?.problems == [FieldProblem(field: "year", reason: .notANumber)])
        story.type("year", "2026")
        story.send(.next)
        #expect(story.step == .lookup)
        #expect(story.effects.contains { if case .lookUp = $0 { true } else { false } })
        var other = Story(matter)
        other.send(.choose(matter: "TST-001"))
        other.send(.next)
        other.type("name", "店")
        other.send(.next)
        other.send(.next)
        #expect(other.step == .lookup)
        #expect(
            other.query
                == RecordQuery(
                    register: "permit", matterCode: "TST-001", number: "", name: "", parameters: ["name": .text("店")]))
    }
}
