import Testing

@testable import KioskCore

@Suite("Finding a matter")
struct FindingTests {
    @Test(
        "back goes up one level",
        arguments: [
            (Finding.Way.department("MKT"), Finding.Way.departments), (.departments, .home), (.event("job"), .events),
            (.events, .home), (.audience(.person), .home), (.search, .home), (.home, .home),
        ])
    func levels(from: Finding.Way, to: Finding.Way) throws {
        var story = Story(library: try Test.library())
        story.send(.find(Finding(from)))
        #expect(story.state.finding == Finding(from))
        story.send(.back)
        #expect(story.state.finding == Finding(to))
    }

    @Test("typing searches only where there is a search, and starts at the first page")
    func search() throws {
        var story = Story(library: try Test.library())
        story.type("search", "gtgsh")
        #expect(story.state.finding == Finding(.home))
        story.send(.find(Finding(.search, page: 1)))
        story.type("other", "x")
        #expect(story.state.finding.text.isEmpty)
        story.type("search", "gtgsh")
        #expect(story.state.finding == Finding(.search, text: "gtgsh"))
        story.type("search", String(repeating: "长", count: 10_000))
        #expect(story.state.finding.text == "gtgsh")
    }

    @Test("a page that cannot be there is not gone to", arguments: [-1, 1000, Int.max, Int.min])
    func pages(page: Int) throws {
        var story = Story(library: try Test.library())
        story.send(.find(Finding(.departments, page: page)))
        #expect(story.state.finding == Finding(.home))
    }

    @Test("who looks at a notice and goes back goes on looking where they were")
    func backToList() throws {
        var story = Story(library: try Test.library())
        story.send(.find(Finding(.search, text: "店", page: 1)))
        story.send(.choose(matter: "MKT-001"))
        story.send(.back)
        #expect(story.flow == nil)
        #expect(story.state.finding == Finding(.search, text: "店", page: 1))
        #expect(story.state.farewell == nil)
    }

    @Test("the next citizen does not see what was looked for")
    func idle() throws {
        var story = Story(library: try Test.library())
        story.send(.find(Finding(.search, text: "低保")))
        story.send(.tick, after: 121)
        #expect(story.state.finding == Finding(.home))
        story.begin()
        story.send(.askStartOver)
        story.send(.confirmStartOver)
        #expect(story.state.finding == Finding(.home))
    }
}

@Suite("Printing guides and records, and rating")
struct EndTests {
    private func guideMatter(_ guide: Matter.Guide?) throws -> Matter {
        try Test.matter(
            "DBE-004", archetype: "guide-print", identity: .none,
            steps: [.notice, .pages, .guide, .print, .rating, .finish],
            pages: [Test.page(Test.field("matter_name", required: false), Test.field("copies", .number))],
            answering: .any, guide: guide, output: .sampleForm)
    }

    private func atGuide(_ guide: Matter.Guide?) throws -> Story {
        var story = Story(library: try Test.library(guideMatter(guide)))
        story.send(.choose(matter: "DBE-004"))
        story.send(.next)
        story.type("matter_name", "开店")
        story.type("copies", "2")
        story.send(.next)
        return story
    }

    @Test("the guide of the matter that was picked is printed", arguments: Matter.Guide.allCases)
    func guide(kind: Matter.Guide) throws {
        var story = try atGuide(kind)
        #expect(story.step == .guide)
        #expect(story.state.finding == Finding(.search, text: "开店"), "the search begins with what was typed")
        story.send(.edit(field: "search", text: "kd"))
        #expect(story.state.finding.text == "kd")
        story.send(.next)
        story.send(.pickGuide(matter: "none"))
        #expect(story.step == .guide)
        story.send(.pickGuide(matter: "MKT-001"))
        #expect(story.step == .print)
        let paper = try #require(story.paper)
        #expect(paper.copies == 2)
        switch paper.content {
        case .checklist(let list, .zh): #expect(kind == .checklist && list.matterCode == "MKT-001")
        case .sampleForm(let matter, .zh): #expect(kind == .sample && matter.code == "MKT-001")
        case .guide(let matter, .zh): #expect(kind == .guide && matter.code == "MKT-001")
        default: Issue.record("another paper")
        }
        story.printed()
        story.send(.next)
        #expect(story.step == .rating)
    }

    @Test("a guide matter that picks none prints its own")
    func ownGuide() throws {
        let story = try atGuide(nil)
        #expect(story.step == .print)
        guard case .guide(let matter, .zh)? = story.paper?.content else {
            Issue.record("no guide")
            return
        }
        #expect(matter.code == "DBE-004")
    }

    @Test("a query prints the record on the screen, with or without a card, and seals nothing")
    func query() throws {
        var story = Story(
            try Test.matter(
                archetype: "query-print", identity: .none,
                steps: [.notice, .pages, .lookup, .preview, .print, .rating, .finish],
                pages: [Test.page(Test.field("no"))], lookup: Test.lookup(facts: []), output: .querySlip))
        story.send(.choose(matter: "TST-001"))
        story.send(.next)
        story.type("no", "1")
        story.send(.next)
        story.find()
        #expect(story.step == .preview)
        story.send(.next)
        guard case .certificate(_, let register, nil, .zh)? = story.paper?.content else {
            Issue.record("no record")
            return
        }
        #expect(register.name == "permit")
        story.fail(.printerMissing)
        story.send(.next)
        story.send(.rate(grade: 5))
        story.send(.finish)
        #expect(story.rating?.receiptNumber == nil)
        #expect(story.state.farewell == .finished)
    }

    @Test("a bill that is looked up and paid gives a receipt, not the record")
    func bill() throws {
        var story = Story(
            try Test.matter(
                archetype: "payment-query", steps: [.notice, .identify, .lookup, .preview, .payment, .submit, .print],
                lookup: Test.lookup(facts: [Test.field("amount", .money)]), payment: "record.amount"))
        story.begin("TST-001")
        #expect(story.step == .lookup)
        story.find(["amount": .text("88.8")])
        story.send(.next)
        #expect(story.orderRequest?.amount == 8880)
        story.order(.paid)
        #expect(story.submission?.issued == nil)
        story.accept()
        guard case .receipt? = story.paper?.content else {
            Issue.record("no receipt")
            return
        }
    }

    private func atRating() throws -> Story {
        var story = Story(try Test.matter())
        story.begin("TST-001")
        story.send(.next)
        story.sign()
        story.accept()
        story.printed()
        story.send(.next)
        return story
    }

    @Test(
        "a grade is sent once, with reasons only when it is poor",
        arguments: [(1, [ServiceRating.Reason.slow]), (2, [.slow]), (3, []), (5, [])])
    func rating(grade: Int, reasons: [ServiceRating.Reason]) throws {
        var story = try atRating()
        #expect(story.step == .rating)
        story.send(.rateReason(.slow))
        story.send(.rate(grade: grade))
        story.send(.rateReason(.other))
        story.send(.rateReason(.slow))
        story.send(.rateReason(.other))
        story.send(.next)
        #expect(story.step == .finish)
        #expect(
            story.rating
                == ServiceRating(
                    session: story.state.id, matterCode: "TST-001", receiptNumber: "DL01-20261121-0001", grade: grade,
                    reasons: reasons, at: story.now))
        story.send(.rate(grade: 1))
        story.send(.next)
        #expect(story.rating == nil)
    }

    @Test("a better grade takes the reasons back")
    func betterGrade() throws {
        var story = try atRating()
        story.send(.rate(grade: 1))
        story.send(.rateReason(.slow))
        story.send(.rate(grade: 4))
        story.send(.next)
        #expect(story.rating?.reasons == [])
    }

    @Test("nobody has to rate, and no grade is made up", arguments: [0, 6, -1, Int.max])
    func skip(grade: Int) throws {
        var story = try atRating()
        story.send(.rate(grade: grade))
        story.send(.next)
        #expect(story.rating == nil)
        #expect(story.step == .finish)
    }
}
