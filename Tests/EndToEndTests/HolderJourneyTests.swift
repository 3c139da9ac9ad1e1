/// Who stands at the terminal: cases with a social-security card, and holders whom hall staff confirm.

import Foundation
import KioskCore
import Testing

extension CitizenJourneyTests {
    @Test("a social-security card in the slot does where a matter takes it; a bank card is told apart")
    func socialSecurityCard() async throws {
        try await Hall.open { hall in
            let screen = try hall.startTerminal()
            try screen.choose("HRS-016")
            try screen.press("n", then: "请把身份证放在读卡区，或把社保卡插进卡槽")
            try hall.dock("chip put bank")
            try screen.wait(for: "这张卡在这里不能用")
            try hall.dock("chip pull")
            try screen.press("r", then: "请把身份证放在读卡区，或把社保卡插进卡槽")
            try hall.dock("chip put wang")
            try screen.wait(for: "这件事，您是为谁办")
            try hall.dock("chip pull")
            try screen.press("1", then: "险种")
            screen.press("1")
            try screen.press("n", then: "从哪个月")
            try screen.press("2026-01" + Key.enter + "2026-05" + Key.enter, then: "份数")
            screen.press("5")
            screen.press("1" + Key.enter)
            try screen.press(Key.next, then: "请核对，再打印")
            try screen.press("p", then: "已经送去打印")
            #expect(try hall.printedText(0).contains("王秀兰"))
            try eventually("the office has the record of the issue") { try !hall.receivedCases().isEmpty }
            let issued = try hall.export(try #require(try hall.receivedCases().first).id).caseFile.content
            #expect(issued.applicant?.kind == .socialSecurityCard)
            #expect(issued.applicant?.name == "王秀兰")
            #expect(issued.applicant?.number == "230199195203150029")
            #expect(issued.cardPhotos.isEmpty)
            try expectNothing(hall, readable: ["230199195203150029", "王秀兰"])
        }
    }

    @Test("a holder whom staff do not confirm is sent to the window, and nothing goes on at the terminal")
    func notTheHolder() async throws {
        try await Hall.open { hall in
            let screen = try hall.startTerminal()
            try screen.choose("PSB-019")
            try screen.press("n", then: "请把您的身份证放在读卡区")
            try hall.dock("card put zhang")
            try screen.wait(for: "已经通知工作人员，请在这里等")
            try hall.dock("card lift")
            #expect(screen.text.contains("证件照片在这里显示不出来"))
            #expect(!screen.text.contains(Citizen.zhang))
            try hall.answerHolderCall("is-not-holder")
            try screen.wait(for: "请到人工窗口办")
            #expect(!screen.text.contains("手机号码"))
            #expect(try hall.receivedCases().isEmpty)
        }
    }
}

extension Hall {
    /// What a clerk answers at the office to the terminal's call: `is-holder` or `is-not-holder`.
    func answerHolderCall(_ answer: String) throws {
        let clerk = try Browser.clerk(self)
        let inbox = try clerk.get("/cases")
        guard let call = inbox.firstMatch(of: /\/calls\/([0-9a-zA-Z-]+)\/is-holder/),
            let token = inbox.firstMatch(of: /name="token" value="([0-9a-f]+)"/)
        else { throw HallProblem("the office has no call to confirm a holder") }
        _ = try clerk.post("/calls/\(call.output.1)/\(answer)", ["token": String(token.output.1)])
    }
}
