/// What a citizen does on the way through MKT-001, a page at a time.

import Foundation

struct Citizen {
    let hall: Hall
    let screen: Screen

    static let zhang = "230199199001010018"

    /// From the welcome page to the agent question.
    func identify() throws {
        try choose("MKT-001")
        try screen.press("n", then: "请把您的身份证放在读卡区")
        try hall.dock("card put zhang")
        try screen.wait(for: "这件事，您是为谁办")
        try hall.dock("card lift")
    }

    /// From the first page to a matter's notice, by its code.
    func choose(_ code: String) throws {
        try screen.choose(code)
    }

    /// From the agent question to the address page.
    func answerFirstPages() throws {
        try screen.press("1", then: "您的联系电话")
        try screen.press("13900000000" + Key.enter, then: "字号名称")
        try screen.press("暖阳小吃店" + Key.enter, then: "经营形式")
        screen.press("1")
        try screen.press("n", then: "经营场所地址")
    }

    /// From the address page to the first photograph: rented premises, catering.
    func answerOtherPages() throws {
        screen.press("哈尔滨市样例区演示街9号" + Key.enter)
        screen.press("2")
        try screen.press(Key.next, then: "从业人数")
        try screen.press("2" + Key.enter + "20000.50" + Key.enter, then: "经营范围")
        screen.press("2")
        try screen.press("n", then: "领取方式")
        screen.press("1")
        try screen.press("n", then: "拍材料：经营场所使用证明")
    }

    /// Photographs the two papers; ends on the review page.
    func photograph() throws {
        try hall.dock("paper put premises")
        try screen.press("p", then: "拍好了 1 页")
        try screen.press("n", then: "拍材料：租赁合同")
        try hall.dock("paper put lease")
        try screen.press("p", then: "拍好了 1 页")
        try screen.press("n", then: "请核对您填的内容")
    }

    /// From the review page to the receipt number.
    func signAndSubmit() throws -> String {
        try screen.press("n", then: "请签名")
        screen.press("0018" + Key.enter)
        try screen.wait("a receipt number") { Self.receiptNumber(in: $0) != nil }
        guard let number = Self.receiptNumber(in: screen.text) else { throw HallProblem("no receipt number") }
        return number
    }

    func wholeCase() throws -> String {
        try identify()
        try answerFirstPages()
        try answerOtherPages()
        try photograph()
        return try signAndSubmit()
    }

    /// From the printed paper to the last page, without a rating.
    func leave() throws {
        try screen.press("n", then: "请您评价")
        try screen.press("n", then: "办完了")
    }

    static func receiptNumber(in text: String) -> String? {
        text.firstMatch(of: /DL01-[0-9]{8}-[0-9]{4}/).map { String($0.output) }
    }
}

extension Screen {
    private static let titles = [
        "MKT-001": "个体工商户设立登记", "HRS-016": "个人参保证明查询打印", "HOU-003": "公租房租金缴纳", "CIV-003": "临时救助",
        "DBE-013": "容缺受理材料补正提交", "PSB-019": "往来港澳团队旅游签注自助办理", "LAW-002": "市容环境问题投诉",
    ]

    /// From the first page through the search to a matter's notice.
    func choose(_ code: String) throws {
        try wait(for: "您好，请选您要办的事")
        try press("1", then: "搜索要办的事")
        try press(code, then: "[1] " + (Self.titles[code] ?? code))
        try press(Key.enter + "1", then: "办理前请先看一下")
    }
}
