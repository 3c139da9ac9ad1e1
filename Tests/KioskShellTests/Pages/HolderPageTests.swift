// The page of the trusted-identity step in each of its states: what it says, who must act, what can be pressed.

import KioskCore
import Testing

@testable import KioskShell

@Suite struct HolderPageTests {
    private static let events: [(String, Node.DeviceState, [SessionEvent?])] = [
        ("face", .waiting, [.compareFace, .askStaffToConfirm]),
        ("face.again", .waiting, [.compareFace, .askStaffToConfirm]),
        ("face.comparing", .working, [nil, nil]),
        ("face.faceNotFound", .failed, [.retry, .askStaffToConfirm]),
        ("calling", .working, []), ("staff", .working, []), ("coming", .working, []), ("portrait", .working, []),
        ("staff.officeUnreachable", .failed, [.retry, .handOver]), ("staff.timedOut", .failed, [.retry, .handOver]),
        ("done", .done, [.next]),
    ]

    private func page(_ state: String, _ language: Language = .zh) throws -> Page {
        try #require(PageSamples.sample("confirm-holder.\(state)", language: language), "\(state)").page
    }

    private func says(_ page: Page, _ text: String) -> Bool {
        PageContents.texts(of: page).contains { $0.contains(text) }
    }

    @Test(arguments: events)
    func `Each state has its buttons, and says whether the machine, the citizen or nobody can go on`(
        _ state: String, _ device: Node.DeviceState, _ events: [SessionEvent?]
    ) throws {
        let page = try page(state)
        #expect(page.actions.map(\.event) == events)
        guard case .device(_, device, _, _)? = page.nodes.first(where: { $0.id == "device" })?.content else {
            Issue.record("\(state): \(page.nodes)")
            return
        }
    }

    @Test func `Every state that a sample shows is looked at here`() {
        let shown = PageSamples.all(language: .zh).map(\.id).filter { $0.hasPrefix("confirm-holder.") }
        #expect(Set(shown) == Set(Self.events.map { "confirm-holder.\($0.0)" }))
    }

    @Test func `A face that is not seen is the citizen's to mend, and the help box says so`() throws {
        let page = try page("face.faceNotFound")
        guard case .notice(_, _, let text)? = page.nodes.first(where: { $0.id == "device.help" })?.content else {
            Issue.record("no help")
            return
        }
        #expect(text.contains("您自己再试一次"))
    }

    @Test(arguments: ["staff.officeUnreachable", "staff.timedOut"])
    func `Where staff cannot be called, nothing tells the citizen to call them`(_ state: String) throws {
        for language in Language.allCases {
            let page = try page(state, language)
            #expect(page.nodes.map(\.id) == ["device"])
            let text = page.nodes.flatMap(PageContents.texts).joined()
            #expect(!text.contains("呼叫工作人员") && !text.contains("“Call staff”"), "\(text)")
        }
        #expect(says(try page(state), "按“转到人工窗口”"))
    }

    @Test func `After a mismatch the page says how often it may be tried`() throws {
        #expect(says(try page("face.again"), "还可以试 2 次"))
        #expect(says(try page("face.again", .en), "Tries left: 2"))
    }

    @Test func `Staff have name and masked number before them, and the photograph or the reason why not`() throws {
        for state in ["calling", "staff", "coming", "portrait"] {
            let page = try page(state)
            let ids = page.nodes.map(\.id)
            #expect(ids.contains("portrait") == (state == "portrait"))
            #expect(ids.contains("no-portrait") == (state != "portrait"))
            #expect(says(page, SamplePeople.citizen.name))
            #expect(says(page, "230199********0018"))
        }
        #expect(says(try page("staff"), "请工作人员看证件"))
    }

    @Test func `The citizen reads that staff are called, and then that somebody comes`() throws {
        #expect(says(try page("calling"), "正在请工作人员"))
        #expect(says(try page("staff"), "已经通知工作人员"))
        #expect(says(try page("coming"), "正在过来"))
    }

    /// Before staff who were asked.
    private func asking(comparesFaces: Bool) throws -> Citizen {
        var matter = try #require(SampleMatters.library.matter("MKT-001"))
        matter.confirmsHolder = true
        let agent = try #require(matter.steps.firstIndex(of: .agent))
        matter.steps.insert(.confirmHolder, at: agent + 1)
        var citizen = Citizen(MatterLibrary(matters: [matter]))
        citizen.engine.comparesFaces = comparesFaces
        try citizen.begin("MKT-001")
        try citizen.press("next")
        let photo = PageReference(
            id: "photo", sha256: "00", byteCount: 1024, mediaType: "image/x-wlt", width: 0, height: 0,
            takenAt: PageSamples.now, device: "test")
        citizen.answer { .cardRead(SamplePeople.citizen, photo: photo, generation: $0) }
        try citizen.press("agent.self")
        #expect(citizen.page.id == "confirm-holder")
        return citizen
    }

    private func answer(_ isHolder: Bool, _ citizen: inout Citizen) {
        let answer = HolderAnswer(
            isHolder: isHolder, session: citizen.engine.state.id, by: "office", at: PageSamples.now)
        citizen.answer { .holderCallChanged(StaffCallReply(id: "c", state: .closed, answer: answer), generation: $0) }
    }

    @Test func `A citizen tries the camera, asks staff instead, and goes on by their yes`() throws {
        var citizen = try asking(comparesFaces: true)
        try citizen.press("compare")
        citizen.answer { .comparisonFailed(Fault(.faceNotFound, responsible: .citizen), generation: $0) }
        try citizen.press("retry")
        citizen.answer {
            .holderCompared(HolderMatch(isSame: false, score: 0.2, matcher: "matcher 1"), generation: $0)
        }
        try citizen.press("ask-staff")
        answer(true, &citizen)
        #expect(citizen.page.id == "form.mobile")
        try citizen.press("bar.back")
        #expect(says(citizen.page, "核对好了"))
        try citizen.press("next")
        #expect(citizen.page.id == "form.mobile")
    }

    @Test func `A no leads to the window and not back, but what is filled in can be handed over`() throws {
        var citizen = try asking(comparesFaces: false)
        answer(false, &citizen)
        #expect(citizen.page.id == "window")
        #expect(says(citizen.page, "证件和本人对不上"))
        #expect(citizen.action("bar.back")?.event == nil)
        #expect(citizen.action("go-back") == nil)
        #expect(citizen.action("hand-over")?.event == .handOver)
        #expect(citizen.action("finish")?.event == .finish)
    }
}
