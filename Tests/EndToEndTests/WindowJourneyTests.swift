/// Cases that a window finishes, or that nobody put a name to.

import Foundation
import KioskCore
import Testing

extension CitizenJourneyTests {
    @Test("what a rule sends to the window gets a number, a slip and a case that says why and what was answered")
    func handedOver() async throws {
        try await Hall.open { hall in
            let screen = try hall.startTerminal()
            try screen.choose("PSB-019")
            try screen.press("n", then: "请把您的身份证放在读卡区")
            try hall.dock("card put zhang")
            try screen.wait(for: "已经通知工作人员，请在这里等")
            try hall.dock("card lift")
            try hall.answerHolderCall("is-holder")
            try screen.wait(for: "手机号码")
            try screen.press("13900000000" + Key.enter, then: "通行证号码")
            screen.press("C00000000" + Key.enter)
            try screen.wait(for: "是第一次办这种签注吗")
            screen.press("1")
            try screen.press(Key.next, then: "请到人工窗口办")
            try screen.wait(for: "第一次办理要到窗口")
            try screen.press("w", then: "已经转到人工窗口")
            let number = try #require(Citizen.receiptNumber(in: screen.text))
            try screen.wait(for: "第一次办理要到窗口")
            try screen.wait(for: "已经送去打印")
            let slip = try hall.printedText(0)
            #expect(slip.contains("转窗口办理单"))
            #expect(slip.contains(number))
            #expect(slip.contains("第一次办理要到窗口"))

            try eventually("the case reaches the office") { try !hall.receivedCases().isEmpty }
            let received = try #require(try hall.receivedCases().first)
            #expect(received.receiptNumber == number)
            let content = try hall.export(received.id).caseFile.content
            guard case .handedOver(let reasons) = content.disposition else {
                Issue.record("the case says that it is complete")
                return
            }
            #expect(reasons.map(\.zh) == ["第一次办理要到窗口。"])
            let answers = Dictionary(uniqueKeysWithValues: content.answers.map { ($0.key, $0.value) })
            #expect(answers["permit_no"] == .text("C00000000"))
            #expect(answers["first_time"] == .flag(true))
            #expect(answers["mobile"] == .text("13900000000"))
            #expect(content.holderCheck?.method == .staff)

            let clerk = try Browser.clerk(hall)
            #expect(try clerk.get("/cases?kind=window").contains(number))
            let page = try clerk.get("/cases/1")
            #expect(page.contains("转窗口"))
            #expect(page.contains("第一次办理要到窗口"))
            #expect(page.contains("C00000000"))
            try expectNothing(hall, readable: [Citizen.zhang, "C00000000", "13900000000", "张伟民"])
        }
    }

    @Test("a complaint without a card arrives with its picture, and nothing of it can be read on the terminal")
    func complaintWithoutCard() async throws {
        try await Hall.open { hall in
            let screen = try hall.startTerminal()
            let receipt = try complain(hall, screen)
            try expectNothing(hall, readable: ["演示街", "13900000000"])
            try screen.wait(for: "已经送去打印")

            try eventually("the case reaches the office") { try !hall.receivedCases().isEmpty }
            let received = try #require(try hall.receivedCases().first)
            #expect(received.receiptNumber == receipt)
            #expect(received.matterCode == "LAW-002")
            let export = try hall.export(received.id)
            let content = export.caseFile.content
            #expect(content.applicant == nil)
            #expect(content.agent == nil)
            #expect(content.cardPhotos.isEmpty)
            #expect(content.signature == nil)
            let material = try #require(content.materials.first { $0.key == "site_photos" })
            guard case .pages(let pages) = material.state else {
                Issue.record("the place was not photographed")
                return
            }
            #expect(pages.count == 1)
            let original = try Data(contentsOf: URL(filePath: "\(Hall.root)/deploy/demo/papers/premises.jpg"))
            #expect(export.files["attachments/\(try #require(pages.first).id).jpg"] == original)
            #expect(try Browser.clerk(hall).get("/cases/1").contains("没有读身份证"))
            let middle = original.count / 2
            #expect(
                try hall.filesOfTerminal(holdingOneOf: [original[middle..<middle + 64]]).isEmpty,
                "the picture is readable on the terminal's disk")
            try expectNothing(hall, readable: ["演示街", "13900000000"])
        }
    }

    /// LAW-002 from the first page to the receipt number.
    func complain(_ hall: Hall, _ screen: Screen) throws -> String {
        try screen.choose("LAW-002")
        try screen.press("n", then: "问题类型")
        screen.press("2")
        try screen.press("n", then: "地点")
        screen.press("哈尔滨市样例区演示街9号" + Key.enter)
        screen.press("2025-11-20 18:30" + Key.enter)
        screen.press("3")
        try screen.press(Key.next, then: "手上有照片吗")
        screen.press("11")
        try screen.wait(for: "您的电话")
        screen.press(Key.backTab + "13900000000" + Key.enter)
        try screen.wait(for: "拍材料：现场照片")
        try hall.dock("paper put premises")
        try screen.press("p", then: "拍好了 1 页")
        try screen.press("n", then: "请核对您填的内容")
        screen.press("n")
        try screen.wait("a receipt number") { Citizen.receiptNumber(in: $0) != nil }
        return try #require(Citizen.receiptNumber(in: screen.text))
    }

    func expectNothing(_ hall: Hall, readable secrets: [String]) throws {
        for secret in secrets {
            #expect(try hall.filesOfTerminal(holding: secret).isEmpty, "readable on the terminal's disk")
        }
    }
}
