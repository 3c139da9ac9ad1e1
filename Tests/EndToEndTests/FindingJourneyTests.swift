/// Finding a matter without its name, what the first page offers, and what a citizen says in the end.

import Foundation
import KioskCore
import Testing

extension CitizenJourneyTests {
    @Test("a matter is found by initials and by what happened; its list, sample form and questions are there to take")
    func found() async throws {
        try await Hall.open { hall in
            let screen = try hall.startTerminal()
            try screen.wait(for: "您好，请选您要办的事")
            try screen.press("2", then: "您遇到了什么事")
            try screen.press("8", then: "结婚登记预约")
            try screen.press("1", then: "办理前请先看一下")
            try screen.wait(for: "结婚登记预约")
            try screen.press(Key.startOver, then: "要重新开始吗")
            screen.press("\t" + Key.enter)

            try screen.wait(for: "您好，请选您要办的事")
            try screen.press("1", then: "搜索要办的事")
            try screen.press("gtgsh", then: "[1] 个体工商户设立登记")
            try screen.press(Key.enter + "1", then: "办理前请先看一下")

            try screen.press("s", then: "这是填好的样子")
            try screen.press("p", then: "已经送去打印")
            try screen.press("b", then: "办理前请先看一下")
            try screen.press("l", then: "材料清单（一次性告知单）")
            try screen.press("p", then: "已经送去打印")
            try screen.press("b", then: "办理前请先看一下")
            try screen.press("g", then: "办事指南和常见问题")
            try screen.wait(for: "问：登记后多久能拿到执照")
            #expect(try hall.printed().count == 2)
            let sample = try hall.printedText(0)
            #expect(sample.contains("样表"))
            #expect(sample.contains("个体工商户设立登记"))
            #expect(sample.contains("字号名称"))
            let list = try hall.printedText(1)
            #expect(list.contains("一次性告知单"))
            #expect(list.contains("个体工商户设立登记"))
            #expect(list.contains("经营场所使用证明"))
        }
    }

    @Test("a low grade with its reason arrives at the office's ratings once")
    func rated() async throws {
        try await Hall.open { hall in
            let screen = try hall.startTerminal()
            _ = try complain(hall, screen)
            try screen.wait(for: "已经送去打印")
            try screen.press("n", then: "请您评价")
            try screen.press("4", then: "哪里没做好")
            // Past the last grade to the first reason.
            screen.press("\t\t\t2")
            try screen.wait("the reason is marked") { $0.contains(/\[x\] 看不懂/) }
            try screen.press("n", then: "办完了")
            try screen.press("n", then: "您好，请选您要办的事")
            let clerk = try Browser.clerk(hall)
            try eventually("the rating reaches the office") { try clerk.get("/ratings").contains("看不懂 1") }
            let ratings = try clerk.get("/ratings")
            #expect(ratings.contains("市容环境问题投诉"))
            let total = try #require(ratings.firstMatch(of: /<tr class="total">.*?<\/tr>/)).output
            #expect(total.contains(/<td class="number">1<\/td><td class="number">2.0<\/td>/), "\(total)")
        }
    }
}
