import Testing

@testable import KioskCore

@Suite("Consent, and the way to a window")
struct HandOverTests {
    private func matter(identity: Matter.IdentityPolicy = .card) throws -> Matter {
        try Test.matter(
            identity: identity,
            steps: [
                .notice, .identify, .consent("authorisation"), .pages, .capture, .review, .consent("truth"), .sign,
                .submit, .print, .rating, .finish,
            ],
            pages: [Test.page(Test.field("name")), Test.page(Test.field("rooms", .number))],
            consents: [Test.consent("authorisation"), Test.consent("truth")],
            materials: [
                Test.paper("id_card", from: .applicantCard), Test.paper("photo"), Test.paper("proof", .deferrable),
            ], rules: [Test.window("rooms > 3", "房间多，去窗口。")])
    }

    @Test("a consent is given with its time and goes into the case; both must be given")
    func agree() throws {
        var story = Story(try matter())
        story.begin("TST-001")
        #expect(story.step == .consent("authorisation"))
        story.send(.next)
        #expect(story.step == .consent("authorisation"))
        story.send(.agree)
        let agreed = story.now
        #expect(story.step == .form("name"))
        story.send(.agree)
        #expect(story.step == .form("name"))
        story.type("name", "店")
        story.send(.next)
        story.type("rooms", "2")
        story.send(.next)
        story.photograph()
        story.send(.next)
        story.send(.deferMaterial(slot: "proof"))
        #expect(story.step == .review)
        story.send(.next)
        #expect(story.step == .consent("truth"))
        story.send(.agree)
        story.sign()
        #expect(
            story.submission?.consents == [
                CaseConsent(id: "authorisation", statement: "我同意。", agreedAt: agreed),
                CaseConsent(id: "truth", statement: "我同意。", agreedAt: story.now.adding(seconds: -2)),
            ])
    }

    @Test("who does not agree is sent to the window, can come back, and nothing is handed in")
    func disagree() throws {
        var story = Story(try matter())
        story.begin("TST-001")
        story.send(.disagree)
        #expect(story.step == .window)
        #expect(story.flow?.outcome == ["不同意就去窗口。"])
        #expect(story.submission == nil)
        var ended = story
        let ending = ended.send(.finish)
        #expect(ending.contains(.wipe))
        #expect(ended.submission == nil)
        story.send(.back)
        #expect(story.step == .consent("authorisation"))
        story.send(.agree)
        #expect(story.step == .form("name"))
    }

    @Test("handing over seals what is there, shows the number and prints it")
    func handOver() throws {
        var story = Story(try matter())
        story.begin("TST-001")
        story.send(.agree)
        story.type("name", "店")
        story.send(.next)
        story.type("rooms", "5")
        story.send(.handOver)
        #expect(story.step == .form("rooms"), "nothing is wrong yet")
        story.send(.next)
        #expect(story.step == .window)
        story.send(.handOver)
        #expect(story.step == .submit)
        let content = try #require(story.submission)
        #expect(content.disposition == .handedOver(["房间多，去窗口。"]))
        #expect(content.applicant == Story.zhang)
        #expect(content.answers.map(\.key) == ["name", "rooms"])
        #expect(content.materials.map(\.key) == ["id_card"])
        #expect(content.consents.map(\.id) == ["authorisation"])
        #expect(content.signature == nil)
        let saved = story.state
        story.accept()
        #expect(story.step == .print)
        guard case .receipt(let accepted, content)? = story.paper?.content else {
            Issue.record("no receipt")
            return
        }
        #expect(story.flow?.accepted == accepted)
        story.send(.handOver)
        story.send(.back)
        #expect(story.step == .print)
        story.fail(.paperOut)
        #expect(story.flow?.accepted != nil, "the number stays on the screen")
        story.send(.next)
        #expect(story.step == .rating)
        story.send(.next)
        #expect(story.step == .finish)

        var later = Story(try matter())
        later.send(.resumeUnfinished)
        later.send(.draftResumed(saved, generation: later.awaited()))
        #expect(later.submission == content, "after a crash the same case is handed over")
    }

    @Test("a store that fails leaves another try, or the end")
    func storeFails() throws {
        var story = Story(try matter())
        story.begin("TST-001")
        story.send(.disagree)
        story.send(.handOver)
        let content = story.submission
        story.fail(.storeFull)
        story.send(.back)
        #expect(story.step == .submit)
        story.send(.retry)
        #expect(story.submission == content)
        story.fail(.storeFull)
        story.send(.finish)
        #expect(story.flow == nil)
        #expect(story.state.farewell == .startedOver)
    }

    @Test("a reader that fails leads to the window without an applicant, or out")
    func readerFails() throws {
        var story = Story(try matter())
        story.send(.choose(matter: "TST-001"))
        story.send(.next)
        story.send(.handOver)
        #expect(story.step == .identify, "the reader works")
        story.fail(.readerMissing)
        var ended = story
        ended.send(.finish)
        #expect(ended.flow == nil)
        story.send(.handOver)
        #expect(story.step == .window)
        story.send(.handOver)
        let content = try #require(story.submission)
        #expect(content.applicant == nil)
        #expect(content.answers.isEmpty && content.materials.isEmpty)
    }

    @Test("a camera that fails leads to the window with what is there, and back to another try")
    func cameraFails() throws {
        var story = Story(try matter())
        story.begin("TST-001")
        story.send(.agree)
        story.type("name", "店")
        story.send(.next)
        story.type("rooms", "1")
        story.send(.next)
        story.send(.takePicture)
        story.fail(.cameraMissing)
        story.send(.handOver)
        #expect(story.step == .window)
        #expect(story.flow?.outcome.first?.zh.contains("photo") == true)
        story.send(.back)
        #expect(story.step == .capture(CaptureSlot(material: "photo")))
        story.photograph()
        story.send(.next)
        story.send(.takePicture)
        story.fail(.cameraLost)
        story.send(.handOver)
        story.send(.handOver)
        #expect(story.submission?.materials.map(\.key) == ["id_card", "photo"])
    }

    @Test("a rejected case is not handed over")
    func rejected() throws {
        var story = Story(try Test.matter(rules: [Test.reject("age > 10")]))
        story.begin("TST-001")
        #expect(story.step == .rejected)
        story.send(.handOver)
        #expect(story.step == .rejected)
        story.send(.finish)
        #expect(story.flow == nil)
    }

    @Test("a matter without identity asks for no card, keeps no draft, and is handed in without an applicant")
    func anonymous() throws {
        var story = Story(
            try Test.matter(
                archetype: "complaint", identity: .none, pages: [Test.page(Test.field("facts"))],
                materials: [Test.paper("photo", .deferrable)]))
        story.send(.choose(matter: "TST-001"))
        story.send(.next)
        story.type("facts", "门口的灯坏了")
        story.send(.next)
        story.send(.takePicture)
        story.send(.pageCaptured(Story.page("p"), generation: story.awaited()))
        #expect(!story.effects.contains(.saveDraft))
        story.send(.next)
        #expect(story.step == .review)
        story.send(.next)
        #expect(story.step == .submit)
        let content = try #require(story.submission)
        #expect(content.applicant == nil)
        #expect(content.signature == nil)
        #expect(content.materials.map(\.key) == ["photo"])
        story.accept()
        #expect(story.step == .print)
    }
}
