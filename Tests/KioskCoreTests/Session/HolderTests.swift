import Foundation
import Testing

@testable import KioskCore

/// Do holder and card belong together: what a matcher or staff say decides, for this session alone.
@Suite("Holder and card")
struct HolderTests {
    private static func begun(comparesFaces: Bool, photo: Bool = true) throws -> Story {
        var story = Story(try Test.matter(confirmsHolder: true, pages: [Test.page(Test.field("a"))]))
        story.engine.comparesFaces = comparesFaces
        story.send(.choose(matter: "TST-001"))
        story.send(.next)
        if photo {
            story.read(Story.zhang)
        } else {
            story.send(.cardRead(Story.zhang, photo: nil, generation: story.awaited()))
        }
        return story
    }

    private static func compared(_ isSame: Bool, _ score: Double = 0.5) -> HolderMatch {
        HolderMatch(isSame: isSame, score: score, matcher: "matcher 1")
    }

    private static func reply(
        _ story: Story, isHolder: Bool?, session: String? = nil, state: StaffCallState = .closed
    ) -> SessionEvent {
        let answer = isHolder.map {
            HolderAnswer(isHolder: $0, session: session ?? story.state.id, by: "office", at: story.now)
        }
        return .holderCallChanged(
            StaffCallReply(id: "call", state: state, answer: answer), generation: story.awaited())
    }

    private static func call(in effects: [SessionEffect]) -> StaffCallRequest? {
        for case .confirmHolder(let call, _) in effects { return call }
        return nil
    }

    // MARK: By a machine

    @Test("a match leads on and is sealed with the case")
    func match() throws {
        var story = try Self.begun(comparesFaces: true)
        #expect(story.step == .confirmHolder)
        #expect(story.device == .idle)
        let photo = try #require(story.flow?.holderPhoto)
        #expect(story.send(.compareFace) == [.compareHolder(photo, generation: story.awaited())])
        story.send(.holderCompared(Self.compared(true, 0.9), generation: story.awaited()))
        #expect(story.step == .form("a"))
        story.type("a", "x")
        story.send(.next)
        story.send(.next)
        story.sign()
        let check = try #require(story.submission?.holderCheck)
        #expect(check.method == .face)
        #expect(check.score == 0.9)
        #expect(check.matcher == "matcher 1")
        #expect(check.staffCall == nil)
    }

    @Test("after three comparisons with somebody else staff are asked, also across a crash")
    func mismatch() throws {
        var story = try Self.begun(comparesFaces: true)
        for attempt in 1...SessionEngine.maximumComparisons {
            #expect(story.step == .confirmHolder)
            #expect(story.flow?.confirmation.way == .face, "attempt \(attempt)")
            story.send(.compareFace)
            story.send(.holderCompared(Self.compared(false), generation: story.awaited()))
        }
        #expect(Self.call(in: story.effects)?.purpose == .confirmHolder)
        #expect(story.flow?.confirmation.way == .staff)
        let saved = story.state
        var later = Story(try Test.matter(confirmsHolder: true, pages: [Test.page(Test.field("a"))]))
        later.engine.comparesFaces = true
        later.send(.resumeUnfinished)
        later.send(.draftResumed(saved, generation: later.awaited()))
        #expect(later.step == .confirmHolder)
        #expect(Self.call(in: later.effects)?.session == saved.id)
        later.send(.compareFace)
        #expect(!later.effects.contains { if case .compareHolder = $0 { true } else { false } })
    }

    @Test("a face that is not seen is tried again; staff may be asked instead")
    func noFace() throws {
        var story = try Self.begun(comparesFaces: true)
        story.send(.compareFace)
        story.send(.comparisonFailed(Fault(.faceNotFound, responsible: .citizen), generation: story.awaited()))
        #expect(story.flow?.fault?.kind == .faceNotFound)
        story.send(.retry)
        #expect(story.device == .working)
        #expect(story.flow?.confirmation.comparisons == 0)
        story.send(.comparisonFailed(Fault(.faceNotFound, responsible: .citizen), generation: story.awaited()))
        story.send(.askStaffToConfirm)
        #expect(Self.call(in: story.effects) != nil)
    }

    @Test("whoever does not want a picture taken asks staff at once")
    func declines() throws {
        var story = try Self.begun(comparesFaces: true)
        story.send(.askStaffToConfirm)
        #expect(Self.call(in: story.effects) != nil)
        #expect(story.flow?.confirmation.way == .staff)
    }

    @Test("a late comparison is dropped")
    func late() throws {
        var story = try Self.begun(comparesFaces: true)
        story.send(.compareFace)
        let old = story.awaited()
        story.send(.back)
        story.send(.next)
        #expect(story.step == .confirmHolder)
        story.send(.compareFace)
        story.send(.holderCompared(Self.compared(true), generation: old))
        #expect(story.flow?.holderCheck == nil)
    }

    @Test("a score that is none counts as no comparison", arguments: [Double.nan, .infinity, -1, 1.5])
    func badScore(score: Double) throws {
        var story = try Self.begun(comparesFaces: true)
        story.send(.compareFace)
        story.send(.holderCompared(Self.compared(true, score), generation: story.awaited()))
        #expect(story.flow?.holderCheck == nil)
        #expect(story.flow?.confirmation.way == .staff)
    }

    // MARK: By staff

    @Test(
        "without a matcher, with a broken one, or without a photo record, staff are asked",
        arguments: ["none", "broken", "no photo"])
    func asksStaff(reason: String) throws {
        var story = try Self.begun(comparesFaces: reason != "none", photo: reason != "no photo")
        if reason == "broken" {
            story.send(.compareFace)
            story.send(
                .comparisonFailed(Fault(.faceMatcherFailed, responsible: .technician), generation: story.awaited()))
        }
        let call = try #require(Self.call(in: story.effects))
        #expect(call.session == story.state.id)
        #expect(call.matterCode == "TST-001")
        #expect(call.maskedNumber == "230199********0018")
        #expect(story.device == .working)
        story.send(Self.reply(story, isHolder: nil, state: .ringing))
        #expect(story.device == .waiting)
        story.send(Self.reply(story, isHolder: true))
        #expect(story.step == .form("a"))
        let check = try #require(story.flow?.holderCheck)
        #expect(check == HolderCheck(method: .staff, at: check.at, staffCall: "call", confirmedBy: "office"))
    }

    @Test("staff who say no end the case at the window, and are not asked again")
    func refused() throws {
        var story = try Self.begun(comparesFaces: false)
        story.send(Self.reply(story, isHolder: false))
        #expect(story.step == .window)
        #expect(story.flow?.outcome == [HandOverReason.notTheHolder])
        story.send(.back)
        #expect(story.step == .window)
        #expect(story.flow?.holderCheck == nil)
        story.send(.handOver)
        #expect(story.submission?.disposition == .handedOver([HandOverReason.notTheHolder]))
        #expect(story.submission?.holderCheck == nil)
    }

    @Test("an answer for another session, or to an older call, confirms nobody")
    func foreignAnswer() throws {
        var story = try Self.begun(comparesFaces: false)
        let old = story.awaited()
        story.send(Self.reply(story, isHolder: true, session: "00000000-0000-4000-8000-000000000077"))
        #expect(story.flow?.fault?.kind == .officeRefused)
        #expect(story.flow?.holderCheck == nil)
        story.send(
            .holderCallChanged(
                StaffCallReply(
                    id: "call", state: .closed,
                    answer: HolderAnswer(isHolder: true, session: story.state.id, by: "office", at: story.now)),
                generation: old))
        #expect(story.flow?.holderCheck == nil)
        story.send(.next)
        #expect(story.step == .confirmHolder)
    }

    /// What the office may say of a call, whether it was asked or not.
    private static func replies(_ session: String, at now: Timestamp) -> [StaffCallReply] {
        [true, false].map {
            StaffCallReply(
                id: "call", state: .closed, answer: HolderAnswer(isHolder: $0, session: session, by: "office", at: now))
        } + [StaffCallReply(id: "call", state: .acknowledged), StaffCallReply(id: "call", state: .closed)]
    }

    @Test("what the office says of an older question changes nothing, whatever is waited for by now")
    func oldGeneration() throws {
        var asking = try Self.begun(comparesFaces: false)
        let old = asking.awaited()
        asking.send(.holderCallFailed(Fault(.officeUnreachable, responsible: .hallStaff), generation: old))
        let failed = asking
        asking.send(.retry)
        var waiting = asking
        waiting.send(Self.reply(waiting, isHolder: nil, state: .ringing))
        var refused = asking
        refused.send(Self.reply(refused, isHolder: false))
        var confirmed = asking
        confirmed.send(Self.reply(confirmed, isHolder: true))
        for (name, story) in [
            ("failed", failed), ("asking", asking), ("waiting", waiting), ("refused", refused),
            ("confirmed", confirmed),
        ] {
            for reply in Self.replies(story.state.id, at: story.now) {
                var story = story
                let flow = story.flow
                #expect(story.send(.holderCallChanged(reply, generation: old)).isEmpty, "\(name): \(reply)")
                #expect(story.flow == flow, "\(name): \(reply)")
            }
        }
    }

    @Test("an answer that was not asked for changes nothing while a machine compares", arguments: [false, true])
    func notAsked(isComparing: Bool) throws {
        var story = try Self.begun(comparesFaces: true)
        if isComparing { story.send(.compareFace) }
        let flow = story.flow
        for reply in Self.replies(story.state.id, at: story.now) {
            #expect(story.send(.holderCallChanged(reply, generation: story.awaited())).isEmpty)
            #expect(story.flow == flow)
        }
    }

    @Test("an answer for another session neither confirms nor refuses, and staff can be asked again")
    func otherSession() throws {
        for reply in Self.replies("00000000-0000-4000-8000-000000000077", at: Timestamp(milliseconds: 0)).prefix(2) {
            var story = try Self.begun(comparesFaces: false)
            story.send(.holderCallChanged(reply, generation: story.awaited()))
            #expect(story.step == .confirmHolder)
            #expect(story.flow?.holderCheck == nil)
            #expect(story.flow?.confirmation.isRefused == false)
            story.send(.retry)
            #expect(Self.call(in: story.effects)?.session == story.state.id)
        }
    }

    @Test(
        "after a crash the step goes on from what was decided, and asks anew for what was under way",
        arguments: [
            "before the camera", "comparing", "somebody else once", "no face", "calling", "ringing", "coming",
            "unreachable", "confirmed", "refused",
        ])
    func crash(state: String) throws {
        let isFace = ["before the camera", "comparing", "somebody else once", "no face"].contains(state)
        var story = try Self.begun(comparesFaces: isFace)
        let photo = try #require(story.flow?.holderPhoto)
        switch state {
        case "comparing": story.send(.compareFace)
        case "somebody else once":
            story.send(.compareFace)
            story.send(.holderCompared(Self.compared(false), generation: story.awaited()))
        case "no face":
            story.send(.compareFace)
            story.send(.comparisonFailed(Fault(.faceNotFound, responsible: .citizen), generation: story.awaited()))
        case "ringing": story.send(Self.reply(story, isHolder: nil, state: .ringing))
        case "coming": story.send(Self.reply(story, isHolder: nil, state: .acknowledged))
        case "unreachable":
            story.send(
                .holderCallFailed(Fault(.officeUnreachable, responsible: .hallStaff), generation: story.awaited()))
        case "confirmed":
            story.send(Self.reply(story, isHolder: true))
            story.send(.back)
        case "refused": story.send(Self.reply(story, isHolder: false))
        default: break
        }
        story.send(.portraitDecoded(Portrait(width: 1, height: 1, rgb: [1, 2, 3]), of: photo))
        let old = story.awaited()
        let saved = try JSONDecoder().decode(SessionState.self, from: JSONEncoder().encode(story.state))

        var later = Story(try Test.matter(confirmsHolder: true, pages: [Test.page(Test.field("a"))]))
        later.engine.comparesFaces = isFace
        later.send(.resumeUnfinished)
        later.send(.draftResumed(saved, generation: later.awaited()))
        #expect(later.awaited() > old)
        let asks = Self.call(in: later.effects)
        #expect(!later.effects.contains { if case .compareHolder = $0 { true } else { false } })
        switch state {
        case "confirmed":
            #expect(later.step == .confirmHolder)
            #expect(later.device == .done)
            #expect(asks == nil)
            later.send(.next)
            #expect(later.step == .form("a"))
        case "refused":
            #expect(later.step == .window)
            #expect(asks == nil)
            later.send(.back)
            #expect(later.step == .window)
        default:
            #expect(later.step == .confirmHolder)
            #expect(later.effects.contains(.decodePortrait(photo)))
            #expect(later.device == (isFace ? .idle : .working))
            #expect(asks?.session == (isFace ? nil : saved.id))
            #expect(later.flow?.confirmation.comparisons == (state == "somebody else once" ? 1 : 0))
            #expect(later.flow?.holderCheck == nil)
            // What was asked before the crash is answered to nobody.
            later.send(.holderCompared(Self.compared(true), generation: old))
            for reply in Self.replies(saved.id, at: later.now) {
                later.send(.holderCallChanged(reply, generation: old))
            }
            #expect(later.step == .confirmHolder)
            #expect(later.flow?.holderCheck == nil)
        }
    }

    @Test("a citizen before the camera who does nothing is warned and gone, one whom staff are called for is not")
    func idle() throws {
        var camera = try Self.begun(comparesFaces: true)
        camera.send(.tick, after: 120)
        #expect(camera.state.idleWarning != nil)
        camera.send(.tick, after: 600)
        #expect(camera.flow == nil)
        var calling = try Self.begun(comparesFaces: false)
        calling.send(.tick, after: 300)
        #expect(calling.state.idleWarning == nil)
        #expect(calling.step == .confirmHolder)
    }

    @Test("an office that cannot be reached leaves the step, and asking again is one way on")
    func unreachable() throws {
        var story = try Self.begun(comparesFaces: false)
        let fault = Fault(.officeUnreachable, responsible: .hallStaff)
        story.send(.holderCallFailed(fault, generation: story.awaited()))
        #expect(story.flow?.fault == fault)
        #expect(story.flow?.canHandOver == true)
        story.send(.retry)
        #expect(Self.call(in: story.effects) != nil)
        story.send(Self.reply(story, isHolder: true))
        #expect(story.step == .form("a"))
    }

    @Test("waiting for staff is no idleness, but it ends")
    func waits() throws {
        var story = try Self.begun(comparesFaces: false)
        story.send(Self.reply(story, isHolder: nil, state: .acknowledged))
        for _ in 0..<9 { story.send(.tick, after: 60) }
        #expect(story.state.idleWarning == nil)
        #expect(story.device == .waiting)
        story.send(.tick, after: 60)
        #expect(story.flow?.fault?.kind == .timedOut)
        story.send(.tick, after: 120)
        #expect(story.state.idleWarning != nil)
    }

    @Test("a call that is closed without an answer confirms nobody")
    func closed() throws {
        var story = try Self.begun(comparesFaces: false)
        story.send(Self.reply(story, isHolder: nil, state: .closed))
        #expect(story.flow?.fault?.kind == .timedOut)
    }

    @Test("what was confirmed stays confirmed when answers change, and the person acted for is not asked")
    func stays() throws {
        let steps: [StepTemplate] = [.notice, .identify, .agent, .pages, .review, .sign, .submit, .print, .finish]
        var story = Story(
            try Test.matter(
                identity: .agentAllowed, steps: steps, confirmsHolder: true, pages: [Test.page(Test.field("a"))]))
        story.begin("TST-001")
        story.send(.answerAgent(actsForOther: true))
        story.read(Story.li)
        #expect(story.step == .confirmHolder)
        #expect(Self.call(in: story.effects)?.maskedNumber == "230199********0018")
        story.send(Self.reply(story, isHolder: true))
        story.type("a", "x")
        story.send(.next)
        story.send(.change(.agent))
        story.send(.answerAgent(actsForOther: false))
        #expect(story.step == .review)
        #expect(story.flow?.holderCheck != nil)
    }

    // MARK: The portrait

    @Test("only a whole portrait of this card is shown, and it is in no saved state")
    func portrait() throws {
        var story = try Self.begun(comparesFaces: false)
        let photo = try #require(story.flow?.holderPhoto)
        let whole = Portrait(width: 1, height: 1, rgb: [1, 2, 3])
        for (portrait, of) in [
            (whole, Story.page("other")), (Portrait(width: 2, height: 1, rgb: [1, 2, 3]), photo),
            (Portrait(width: .max, height: .max, rgb: []), photo), (Portrait(width: 0, height: 0, rgb: []), photo),
        ] {
            story.send(.portraitDecoded(portrait, of: of))
            #expect(story.flow?.portrait.value == nil)
        }
        story.send(.portraitDecoded(whole, of: photo))
        #expect(story.flow?.portrait.value == whole)
        let saved = try JSONEncoder().encode(story.state)
        #expect(!String(decoding: saved, as: UTF8.self).contains("rgb"))
        #expect(try JSONDecoder().decode(SessionState.self, from: saved).flow?.portrait.value == nil)
    }

    // MARK: Cards

    private static var insured: IdentityCard {
        var card = Story.zhang
        card.kind = .socialSecurityCard
        card.address = ""
        card.documentNumber = "A12345678"
        return card
    }

    private static func matter(_ cards: [CardSource]) throws -> Matter {
        var matter = try Test.matter(
            pages: [Test.page(Test.field("a"))], materials: [Test.paper("id_card", from: .applicantCard)],
            rules: [Test.reject("!hukou_local")])
        matter.cards = cards
        return matter
    }

    @Test("a card that the matter does not take is refused, and the right one goes on")
    func notAccepted() throws {
        var story = Story(try Self.matter([.identityCard]))
        story.begin("TST-001", as: Self.insured)
        #expect(story.flow?.fault?.kind == .cardNotAccepted)
        #expect(story.flow?.holder == nil)
        story.send(.retry)
        story.read(Story.zhang)
        #expect(story.step == .form("a"))
    }

    @Test("a social security card serves where the matter takes it; what it does not say decides nothing")
    func socialSecurityCard() throws {
        var story = Story(try Self.matter([.identityCard, .socialSecurityCard]))
        story.send(.choose(matter: "TST-001"))
        story.send(.next)
        guard
            case .readCard(.holder, let request, _, _)? = story.effects.first(where: {
                if case .readCard = $0 { true } else { false }
            })
        else {
            Issue.record("no card is asked for")
            return
        }
        #expect(request.accepts == [.identityCard, .socialSecurityCard])
        story.send(.cardRead(Self.insured, photo: nil, generation: story.awaited()))
        #expect(story.step == .form("a"))
        story.type("a", "x")
        story.send(.next)
        story.send(.next)
        story.sign(Self.insured)
        let submission = try #require(story.submission)
        #expect(submission.applicant?.kind == .socialSecurityCard)
        #expect(submission.materials.map(\.title.zh) == ["社会保障卡"])
        #expect(submission.cardPhotos.isEmpty)
    }

    // MARK: Messages

    @Test("a case of an older terminal opens without a holder check, and a newer one keeps it")
    func olderCase() throws {
        var story = try Self.begun(comparesFaces: false)
        story.send(Self.reply(story, isHolder: true))
        story.type("a", "x")
        story.send(.next)
        story.send(.next)
        story.sign()
        let content = try #require(story.submission)
        let json = try JSONEncoder().encode(content)
        #expect(try JSONDecoder().decode(CaseContent.self, from: json) == content)
        var old = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
        old["holderCheck"] = nil
        let decoded = try JSONDecoder().decode(CaseContent.self, from: JSONSerialization.data(withJSONObject: old))
        #expect(decoded.holderCheck == nil)
    }

    @Test("a call of an older terminal is one for help")
    func olderCall() throws {
        let json = Data(#"{"page":"capture","at":0}"#.utf8)
        let at = try JSONEncoder().encode(Timestamp(milliseconds: 0))
        let text = String(decoding: json, as: UTF8.self).replacing(
            "0}", with: String(decoding: at, as: UTF8.self) + "}")
        let call = try JSONDecoder().decode(StaffCallRequest.self, from: Data(text.utf8))
        #expect(call == StaffCallRequest(page: "capture", matterCode: nil, at: Timestamp(milliseconds: 0)))
    }
}
