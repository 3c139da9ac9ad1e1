import Testing

@testable import KioskCore

@Suite("Looking a record up")
struct LookupTests {
    /// A permit is looked up by its number; then what changes is asked.
    private func matter(required: Bool = false, rules: [Rule] = []) throws -> Matter {
        try Test.matter(
            steps: [
                .notice, .identify, .section("contact"), .keyPages, .lookup, .pages, .capture, .review, .sign, .submit,
                .print, .rating, .finish,
            ],
            pages: [
                Test.page(Test.field("mobile", .phone), section: "contact"),
                Test.page(Test.field("permit_no")),
                Test.page(
                    Test.field("holder_name", source: .card(.name)),
                    Test.field("shop", source: .record("shop")),
                    Test.field("state", .choice(Test.options("open", "shut")), source: .record("state"))),
                Test.page(Test.field("born", .date, required: false, source: .card(.birthDate))),
            ],
            rules: rules,
            lookup: Test.lookup(
                ["permit_no"], required: required,
                facts: [
                    Test.field("shop"), Test.field("state", .choice(Test.options("open", "shut", "lost"))),
                    Test.field("debt", .money),
                ]))
    }

    private func atLookup(required: Bool = false, rules: [Rule] = []) throws -> Story {
        var story = Story(try matter(required: required, rules: rules))
        story.begin("TST-001")
        story.type("mobile", "13900000000")
        story.send(.next)
        story.type("permit_no", "A1")
        story.send(.next)
        return story
    }

    @Test("the office learns the applicant's number and the keys, and no other answer")
    func asks() throws {
        let story = try atLookup()
        #expect(story.step == .lookup)
        #expect(story.device == .working)
        #expect(
            story.query
                == RecordQuery(
                    register: "permit", matterCode: "TST-001", number: Story.zhang.number, name: Story.zhang.name,
                    parameters: ["permit_no": .text("A1")]))
    }

    @Test("the record fills in what is not answered; what the citizen corrects stays")
    func prefill() throws {
        var story = try atLookup()
        story.find(["shop": .text("暖阳小吃店"), "state": .choice("open")])
        #expect(story.step == .form("holder_name"))
        #expect(story.flow?.answers["holder_name"] == .text(Story.zhang.name))
        #expect(story.flow?.answers["born"] == .text("1990-01-01"))
        #expect(story.flow?.answers["shop"] == .text("暖阳小吃店"))
        #expect(story.flow?.answers["state"] == .choice("open"))
        story.type("shop", "另一家店")
        story.send(.back)
        story.type("permit_no", "A2")
        #expect(story.flow?.record == nil, "another permit is another record")
        #expect(story.flow?.answers["state"] == nil, "what only the record said went with it")
        story.send(.next)
        story.find(["shop": .text("第三家店"), "state": .choice("shut")])
        #expect(story.flow?.answers["shop"] == .text("另一家店"))
        #expect(story.flow?.answers["state"] == .choice("shut"))
    }

    @Test("a fact that is no answer of the page is not filled in")
    func unfit() throws {
        var story = try atLookup()
        story.find(["shop": .flag(true), "state": .choice("lost")])
        #expect(story.flow?.answers["shop"] == nil)
        #expect(story.flow?.answers["state"] == nil)
    }

    @Test("answers behind the look-up leave the record; going back and on does not ask again")
    func keepsRecord() throws {
        var story = try atLookup()
        story.find(["state": .choice("open")])
        story.type("shop", "店")
        #expect(story.flow?.record != nil)
        story.send(.back)
        #expect(story.step == .form("permit_no"))
        story.send(.next)
        #expect(story.step == .form("holder_name"))
        #expect(story.query == nil)
    }

    @Test(
        "without the record a case goes on where the matter allows it",
        arguments: [Fault.Kind.recordNotFound, .officeUnreachable])
    func without(kind: Fault.Kind) throws {
        var story = try atLookup()
        story.send(.goOnWithoutRecord)
        #expect(story.step == .lookup, "not while the office is being asked")
        story.fail(kind)
        story.send(.next)
        #expect(story.step == .lookup)
        story.send(.goOnWithoutRecord)
        #expect(story.step == .form("holder_name"))
        story.type("shop", "店")
        story.pick("state", "open")
        story.send(.next)
        story.send(.next)
        #expect(story.step == .review)
        story.send(.change(.form("permit_no")))
        story.type("permit_no", "A2")
        story.send(.next)
        #expect(story.step == .lookup, "a corrected key is looked up")
        story.find()
        #expect(story.step == .review)
    }

    @Test("a required record leaves retry, correcting the key, the window, or the end")
    func required() throws {
        var story = try atLookup(required: true)
        story.fail(.recordNotFound)
        story.send(.goOnWithoutRecord)
        #expect(story.step == .lookup)
        story.send(.retry)
        #expect(story.query != nil)
        story.fail(.recordNotFound)
        story.send(.back)
        #expect(story.step == .form("permit_no"))
        story.send(.next)
        story.fail(.officeUnreachable)
        var ended = story
        ended.send(.finish)
        #expect(ended.flow == nil)
        story.send(.handOver)
        #expect(story.step == .window)
        #expect(story.flow?.outcome.count == 1)
        story.send(.back)
        #expect(story.step == .lookup)
        #expect(story.device == .working)
    }

    @Test("the record's state is judged as soon as it is there, not before")
    func rules() throws {
        let rules = [try Test.reject(#"record.state == "shut""#), try Test.window("record.debt > 0.0")]
        var story = try atLookup(rules: rules)
        #expect(story.step == .lookup)
        story.find(["state": .choice("shut"), "debt": .text("5")])
        #expect(story.step == .rejected)
        #expect(story.flow?.outcome == ["不行"])
        story.send(.back)
        story.send(.back)
        #expect(story.step == .form("permit_no"))
        story.type("permit_no", "A2")
        story.send(.next)
        story.find(["state": .choice("open"), "debt": .text("5")])
        #expect(story.step == .window)
    }

    @Test("a record for an earlier question is not taken for the present one")
    func late() throws {
        var story = try atLookup()
        let old = story.awaited()
        story.send(.back)
        story.type("permit_no", "A2")
        story.send(.next)
        story.send(.recordFound(Test.record(["shop": .text("旧店")]), generation: old))
        #expect(story.step == .lookup)
        #expect(story.flow?.record == nil)
    }

    @Test("another applicant's record is asked for anew, and the card's facts are that person's")
    func otherApplicant() throws {
        var matter = try matter()
        matter.identity = .agentAllowed
        matter.steps.insert(.agent, at: 2)
        var story = Story(matter)
        story.begin("TST-001")
        #expect(story.flow?.answers["holder_name"] == nil, "it is not known yet who the applicant is")
        story.send(.answerAgent(actsForOther: false))
        #expect(story.flow?.answers["holder_name"] == .text(Story.zhang.name))
        story.type("mobile", "13900000000")
        story.send(.next)
        story.type("permit_no", "A1")
        story.send(.next)
        story.find()
        story.send(.back)
        story.send(.back)
        story.send(.back)
        #expect(story.step == .agent)
        story.send(.answerAgent(actsForOther: true))
        #expect(story.flow?.record == nil)
        story.read(Story.li)
        #expect(story.flow?.answers["holder_name"] == .text(Story.li.name))
        story.send(.next)
        story.send(.next)
        #expect(story.query?.number == Story.li.number)
    }
}

@Suite("Rules that end a case", .serialized)
struct DiversionTests {
    @Test("a rule is looked at when what it uses was asked, and then at once")
    func atOnce() throws {
        let matter = try Test.matter(
            pages: [
                Test.page(Test.field("a")), Test.page(Test.field("settled", .flag, required: false)),
                Test.page(Test.field("items", .multi(Test.options("x", "y")), required: false)),
            ], materials: [Test.paper("proof")],
            rules: [Test.reject("!settled", "先清账。"), Test.window("size(items) == 0", "什么都没选。")])
        var story = Story(matter)
        story.begin("TST-001")
        #expect(story.step == .form("a"), "no answer yet is not “no”")
        story.type("a", "1")
        story.send(.next)
        #expect(story.step == .form("settled"))
        story.send(.next)
        #expect(story.step == .rejected)
        #expect(story.flow?.outcome == ["先清账。"])
        story.send(.back)
        story.pick("settled", "yes")
        story.send(.next)
        #expect(story.step == .form("items"))
        story.send(.next)
        #expect(story.step == .window)
        story.send(.back)
        story.pick("items", "x")
        story.send(.next)
        #expect(story.step == .capture(CaptureSlot(material: "proof")))
    }

    @Test(
        "nothing is concluded from an answer or a record that is not there yet",
        arguments: [#"choice != "a""#, #"record.state != "ok""#, "!(choice == \"a\")", "size(people) < 2", "!sure"])
    func contraries(source: String) throws {
        let people = Field.Kind.records([try Test.field("name")])
        let matter = try Test.matter(
            steps: [.notice, .identify, .keyPages, .lookup, .pages, .review],
            pages: [
                Test.page(Test.field("no")), Test.page(Test.field("first")),
                Test.page(Test.field("choice", .choice(Test.options("a", "b"))), Test.field("sure", .flag)),
                Test.page(Test.field("people", people)),
            ], rules: [Test.reject(source)], lookup: Test.lookup(["no"], required: false, facts: [Test.field("state")]))
        var story = Story(matter)
        story.begin("TST-001")
        #expect(story.step == .form("no"))
        story.type("no", "1")
        story.send(.next)
        story.fail(.recordNotFound)
        story.send(.goOnWithoutRecord)
        #expect(story.step == .form("first"))
        story.type("first", "1")
        story.send(.next)
        #expect(story.step == .form("choice"))
    }

    @Test("the card alone can reject, but not before it is known whose matter it is")
    func card() throws {
        let rules = [try Test.reject("age < 60", "未满六十岁。")]
        var alone = Story(try Test.matter(rules: rules))
        alone.begin("TST-001")
        #expect(alone.step == .rejected)
        alone.send(.back)
        #expect(alone.step == .identify)
        alone.send(.back)
        #expect(alone.step == .notice)

        var agent = Story(
            try Test.matter(
                identity: .agentAllowed, steps: [.notice, .identify, .agent, .review, .finish], rules: rules))
        agent.begin("TST-001")
        #expect(agent.step == .agent)
        agent.send(.answerAgent(actsForOther: true))
        agent.read(Story.person("赵大爷", "230199195001010010"))
        #expect(agent.step == .review)
    }

    @Test(
        "a question that is not asked counts as no only where it may be left open, once its place is passed",
        arguments: [(true, Step.review), (false, .window)])
    func hiddenFlag(required: Bool, end: Step) throws {
        let matter = try Test.matter(
            pages: [
                Test.page(Test.field("kind", .choice(Test.options("a", "b")))),
                Test.page(Test.field("ok", .flag, required: required), when: #"kind == "a""#),
                Test.page(Test.field("z")),
            ], rules: [Test.window("!ok")])
        var story = Story(matter)
        story.begin("TST-001")
        story.pick("kind", "b")
        story.send(.next)
        #expect(story.step == .form("z"))
        story.type("z", "1")
        story.send(.next)
        #expect(story.step == end)
    }
}
