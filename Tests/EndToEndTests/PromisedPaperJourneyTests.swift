/// 容缺受理: a paper promised in one case and handed in by another.

import Foundation
import KioskCore
import Testing

extension CitizenJourneyTests {
    private static let paper = "困难情形证明"

    @Test("a promised paper is signed for, stands on the receipt and at the office, and is handed in by its number")
    func promisedPaper() async throws {
        try await Hall.open { hall in
            // So tall that nothing of the receipt's page is out of sight.
            let screen = try hall.startTerminal(rows: 60)
            try apply(hall, screen)
            try screen.wait(for: "今天没带也可以办")
            try screen.press("l", then: "拍材料：医疗费用票据")
            try hall.dock("paper put lease")
            try screen.press("p", then: "拍好了 1 页")
            try screen.press("n", then: "请核对您填的内容")
            let citizen = Citizen(hall: hall, screen: screen)
            try screen.press("n", then: "我同意")
            try screen.press("n", then: "请签名")
            let due = try #require(screen.text.firstMatch(of: /我承诺最迟在([0-9年月日]+)补交/)).output.1
            // The sentence may be broken over lines.
            try screen.wait("the promise") {
                $0.filter { !$0.isWhitespace }.contains("最迟在\(due)补交“\(Self.paper)”")
            }
            screen.press("0018" + Key.enter)
            try screen.wait("a receipt number") { Citizen.receiptNumber(in: $0) != nil }
            let receipt = try #require(Citizen.receiptNumber(in: screen.text))
            try screen.wait(for: "\(due)前交到大厅")
            try screen.wait(for: "已经送去打印")
            let slip = try hall.printedText(0)
            #expect(slip.contains(receipt))
            #expect(slip.contains(Self.paper))
            #expect(slip.contains("待补交，\(due)前"))
            try eventually("the case reaches the office") { try hall.receivedCases().count == 1 }
            let clerk = try Browser.clerk(hall)
            let open = try clerk.get("/papers")
            #expect(open.contains(receipt))
            #expect(open.contains(Self.paper))
            #expect(open.contains("待补交"))

            try citizen.leave()
            screen.press("n")
            let second = try handIn(hall, screen, for: receipt)
            #expect(second != receipt)
            try eventually("the second case reaches the office") { try hall.receivedCases().count == 2 }
            #expect(try clerk.get("/papers").contains("没有待补的材料"))
            let earlier = try clerk.get("/cases/1")
            #expect(earlier.contains("已补交"))
            #expect(earlier.contains(second))
            #expect(try clerk.get("/cases/2").contains(receipt))
        }
    }

    /// CIV-003 from the first page to the paper that may follow.
    private func apply(_ hall: Hall, _ screen: Screen) throws {
        try screen.choose("CIV-003")
        try screen.press("n", then: "请把您的身份证放在读卡区")
        try hall.dock("card put zhang")
        try screen.wait(for: "这件事，您是为谁办")
        try hall.dock("card lift")
        try screen.press("1", then: "我同意")
        try screen.press("n", then: "手机号码")
        try screen.press("13900000000" + Key.enter, then: "救助类型")
        screen.press("112025-11-20" + Key.enter + "2")
        try screen.press(Key.next, then: "家里几口人")
        try screen.press("3" + Key.enter + "26000" + Key.enter + "0" + Key.enter, then: "需要的帮助")
        screen.press("1")
        try screen.press("n", then: "开户银行")
        try screen.press(
            "哈尔滨银行道里支行" + Key.enter + "6217000000000000004" + Key.enter, then: "领取方式")
        screen.press("1")
        try screen.press("n", then: "拍材料：户口簿或居住证")
        try hall.dock("paper put premises")
        try screen.press("p", then: "拍好了 1 页")
        try screen.press("n", then: "拍材料：\(Self.paper)")
    }

    /// DBE-013 from the first page to the receipt number of the case that brings the paper.
    private func handIn(_ hall: Hall, _ screen: Screen, for receipt: String) throws -> String {
        try screen.choose("DBE-013")
        try screen.press("n", then: "请把您的身份证放在读卡区")
        try hall.dock("card put zhang")
        try screen.wait(for: "受理编号")
        try hall.dock("card lift")
        try screen.press(receipt + Key.enter, then: "要申请延期吗")
        screen.press("2")
        try screen.wait(for: "自助终端扫描")
        screen.press(Key.backTab + "1")
        try screen.press("n", then: "补哪些材料")
        try screen.wait(for: Self.paper)
        try screen.press("n", then: "拍材料：补充材料原件或扫描件")
        try hall.dock("paper put authorization")
        try screen.press("p", then: "拍好了 1 页")
        try screen.press("n", then: "请核对您填的内容")
        return try Citizen(hall: hall, screen: screen).signAndSubmit()
    }
}
