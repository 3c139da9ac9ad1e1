import Testing

@testable import KioskCore

@Suite("Lists, samples and guides beside the flow")
struct SidePageTests {
    private func matter() throws -> Matter {
        var premises = try Test.field("right", .choice(Test.options("own", "rent")))
        premises.label = Localized(zh: "场所是怎么来的", en: "Right to the premises")
        premises.kind = .choice([
            Field.Option(key: "own", label: "自有"), Field.Option(key: "rent", label: "租赁"),
        ])
        return try Test.matter(
            identity: .agentAllowed,
            steps: [.notice, .identify, .agent, .pages, .capture, .review, .sign, .submit, .print, .finish],
            pages: [Test.page(Test.field("name"), premises), Test.page(Test.field("odd", .number))],
            materials: [
                Test.paper("id_card", from: .applicantCard), Test.paper("photo"), Test.paper("later", .deferrable),
                Test.paper("lease", .conditional), Test.paper("power", .conditional), Test.paper("never", .conditional),
                Test.paper("hard", .conditional),
            ],
            rules: [
                Test.need("lease", "rented"), Test.need("power", "agent"), Test.need("hard", "odd % 2 == 1"),
                Test.reject(#"name == "x""#, "店名不行。"), Rule(when: nil, action: .note("周末不办。")),
            ], conditions: ["rented": #"right == "rent""#])
    }

    private func papers(_ list: Checklist) -> [String: Checklist.Item.State] {
        Dictionary(list.papers.map { ($0.title.zh, $0.state) }, uniquingKeysWith: { first, _ in first })
    }

    @Test("before any answer the list names everything, and says when a paper is needed")
    func notice() throws {
        let list = Checklist(FlowState(matter: try matter()), today: CalendarDate(daysSince1970: 20_778))
        #expect(list.openAnswers.map(\.zh) == ["name", "场所是怎么来的", "odd"])
        #expect(
            papers(list) == [
                "id_card": .missing, "photo": .missing, "later": .later(nil), "lease": .sometimes,
                "power": .sometimes, "hard": .sometimes,
            ])
        #expect(list.papers.first { $0.title.zh == "lease" }?.note?.zh == "场所是怎么来的：租赁")
        #expect(list.papers.first { $0.title.zh == "power" }?.note?.zh == "由别人代办时")
        #expect(list.papers.first { $0.title.zh == "hard" }?.note == nil)
        #expect(list.notes == ["周末不办。"])
        #expect(list.reasons.isEmpty)
    }

    @Test("later it says what is there, what is missing and what was promised, and why it was rejected")
    func later() throws {
        var story = Story(try matter())
        story.begin("TST-001")
        story.send(.answerAgent(actsForOther: false))
        story.type("name", "x")
        story.pick("right", "rent")
        story.send(.next)
        #expect(story.step == .rejected)
        var flow = try #require(story.flow)
        flow.captures["photo"] = [Story.page("p")]
        flow.deferred["later"] = CalendarDate(daysSince1970: 20_784)
        let list = Checklist(flow, today: story.now.chinaDate)
        #expect(list.reasons == ["店名不行。"])
        #expect(list.openAnswers.map(\.zh) == ["odd"])
        #expect(
            papers(list) == [
                "id_card": .present, "photo": .present, "later": .later(CalendarDate(daysSince1970: 20_784)),
                "lease": .missing, "hard": .sometimes,
            ])
    }

    @Test(
        "a condition made of chosen answers is said in words",
        arguments: [
            (#"right in ["own", "rent"]"#, "场所是怎么来的：自有、租赁"), (#""own" == right"#, "场所是怎么来的：自有"),
            (#"rented || agent"#, "场所是怎么来的：租赁；或者由别人代办时"),
            (#"rented && agent"#, "场所是怎么来的：租赁，并且由别人代办时"), ("odd > 2", nil), (#"right != "own""#, nil),
            (#"right == "gone""#, nil), (#"rented || odd > 2"#, nil), ("name", nil),
        ] as [(String, String?)])
    func words(source: String, expected: String?) throws {
        #expect(ConditionWords(matter: try matter()).words(for: try Condition(source))?.zh == expected)
    }

    @Test("a page beside the flow opens, prints and closes without moving on, and hides the flow meanwhile")
    func openPrintClose() throws {
        var story = Story(try matter())
        story.send(.choose(matter: "TST-001"))
        story.send(.open(.checklist))
        #expect(story.flow?.side == .checklist)
        story.send(.next)
        #expect(story.step == .notice, "the page on top has the keys")
        story.send(.printSide)
        let first = try #require(story.paper)
        #expect(story.flow?.sideDevice == .working)
        story.send(.printSide)
        #expect(story.paper == nil, "one at a time")
        story.send(.printFailed(Fault(.paperOut, responsible: .hallStaff), generation: story.awaited()))
        story.send(.retry)
        #expect(story.paper?.jobID == first.jobID, "the same paper again")
        story.printed()
        #expect(story.flow?.sideDevice == .done)
        story.send(.printSide)
        #expect(story.paper?.jobID != first.jobID)
        let late = story.awaited()
        story.send(.closeSide)
        #expect(story.flow?.side == nil)
        story.send(.printed(generation: late))
        #expect(story.flow?.sideDevice == .idle)
        #expect(story.device == .idle)
        #expect(story.step == .notice)
    }

    @Test("sample and guide are papers of their own", arguments: [SidePage.sampleForm, .guide])
    func kinds(side: SidePage) throws {
        var story = Story(try matter())
        story.begin("TST-001")
        story.send(.open(side))
        #expect(story.flow?.side == nil, "not beside the question who acts for whom")
        story.send(.answerAgent(actsForOther: false))
        story.send(.open(.checklist))
        #expect(story.flow?.side == nil, "a form page has sample and guide alone")
        story.send(.open(side))
        story.send(.printSide)
        switch story.paper?.content {
        case .sampleForm(let matter, .zh): #expect(side == .sampleForm && matter.code == "TST-001")
        case .guide(let matter, .zh): #expect(side == .guide && matter.code == "TST-001")
        default: Issue.record("another paper")
        }
        story.send(.tick, after: 600)
        #expect(story.state.idleWarning == nil, "printing holds the clock")
        story.printed()
        story.send(.back)
        #expect(story.flow?.side == nil)
        #expect(story.step == .form("name"))
    }

    @Test("no page opens while a device works, and a photograph is never lost to one")
    func whileWorking() throws {
        var story = Story(try Test.matter(materials: [Test.paper("photo")]))
        story.begin("TST-001")
        story.send(.takePicture)
        let awaited = story.awaited()
        story.send(.open(.checklist))
        story.send(.printSide)
        #expect(story.flow?.side == nil)
        story.send(.pageCaptured(Story.page("p"), generation: awaited))
        #expect(story.flow?.captures["photo"]?.count == 1)
    }
}
