import Crypto
import Foundation
import KioskCore
import Testing

/// One citizen's case through real processes, real libraries and a real pseudo-terminal.
@Suite("A citizen's case, end to end", .serialized, .timeLimit(.minutes(10)))
struct CitizenJourneyTests {
    private func inHall(
        matters: String? = nil, idleSeconds: Int = 600, warnSeconds: Int = 60,
        _ story: @escaping @Sendable (Hall) throws -> Void
    ) async throws {
        try await onThread {
            let hall = try Hall(matters: matters, idleSeconds: idleSeconds, warnSeconds: warnSeconds)
            defer { hall.close() }
            try story(hall)
        }
    }

    private static func paper(_ name: String) throws -> Data {
        try Data(contentsOf: URL(filePath: "\(Hall.root)/deploy/demo/papers/\(name).jpg"))
    }

    private static func expectWhole(_ hall: Hall, receipt: String) throws {
        try eventually("the case reaches the office") { try !hall.receivedCases().isEmpty }
        let received = try hall.receivedCases()
        #expect(received.count == 1)
        let entry = try #require(received.first)
        #expect(entry.receiptNumber == receipt)
        #expect(entry.matterCode == "MKT-001")
        #expect(entry.terminal == "DL01")

        let export = try hall.export(entry.id)
        let content = export.caseFile.content
        #expect(export.caseFile.receiptNumber == receipt)
        #expect(content.applicant?.name == "张伟民")
        #expect(content.applicant?.number == Citizen.zhang)
        #expect(content.agent == nil)
        let answers = Dictionary(uniqueKeysWithValues: content.answers.map { ($0.key, $0.value) })
        #expect(
            answers == [
                "mobile": .text("13900000000"), "trade_name": .text("暖阳小吃店"), "operation_form": .choice("personal"),
                "premises": .text("哈尔滨市样例区演示街9号"), "premises_right": .choice("rent"), "staff_count": .text("2"),
                "capital": .text("20000.50"), "business_scope": .choices(["catering"]), "delivery": .choice("window"),
            ])
        #expect(content.materials.map(\.key) == ["id_card", "premises_proof", "lease"])
        #expect(content.signature?.method == .numberSuffix)

        for (key, paper) in [("premises_proof", "premises"), ("lease", "lease")] {
            let material = try #require(content.materials.first { $0.key == key })
            guard case .pages(let pages) = material.state else {
                Issue.record("\(key) was not photographed")
                continue
            }
            let page = try #require(pages.first)
            #expect(pages.count == 1)
            let original = try Self.paper(paper)
            #expect(page.sha256 == SHA256.hash(data: original).map { String(format: "%02x", $0) }.joined())
            #expect(export.files["attachments/\(page.id).jpg"] == original, "\(paper) did not arrive byte for byte")
        }
        let photo = try #require(content.cardPhotos.first)
        #expect(export.files["attachments/\(photo.id).bin"]?.count == 1024)
    }

    private static func expectNothingReadable(_ hall: Hall) throws {
        for secret in [Citizen.zhang, "暖阳小吃店", "演示街", "13900000000", "张伟民"] {
            #expect(try hall.filesOfTerminal(holding: secret).isEmpty, "readable on the terminal's disk")
        }
    }

    @Test(
        "the office gets every field and every byte, the paper has number and QR, and the disk holds nothing readable")
    func wholeCase() async throws {
        try await inHall { hall in
            let screen = try hall.startTerminal()
            let receipt = try Citizen(hall: hall, screen: screen).wholeCase()
            try Self.expectNothingReadable(hall)
            try screen.wait(for: "已经送去打印")
            try Self.expectWhole(hall, receipt: receipt)
            let printed = try #require(try hall.printed().first)
            let text = String(decoding: try Child.output(of: "/usr/bin/pdftotext", [printed, "-"]), as: UTF8.self)
            #expect(text.contains(receipt))
            #expect(text.contains("个体工商户设立登记"))
            #expect(!text.contains(Citizen.zhang))
            let picture = hall.folder + "/paper"
            try Child.output(of: "/usr/bin/pdftoppm", ["-r", "150", "-png", "-singlefile", printed, picture])
            let code = try Child.output(
                of: "/usr/bin/zbarimg", ["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", picture + ".png"])
            #expect(String(decoding: code, as: UTF8.self).contains("\(hall.publicURL)?code=\(receipt)"))
            try Citizen(hall: hall, screen: screen).leave()
            screen.press("n")
            try screen.wait(for: "您好，请选您要办的事")
            #expect(!screen.text.contains("张伟民"))
            try Self.expectNothingReadable(hall)
        }
    }

    @Test("killed right after the acceptance, a terminal delivers the case exactly once after it starts again")
    func killedAfterAcceptance() async throws {
        try await inHall { hall in
            // Nothing gets out before the kill: what is delivered, the second process delivered.
            hall.gate.hold(after: 0)
            let screen = try hall.startTerminal()
            let receipt = try Citizen(hall: hall, screen: screen).wholeCase()
            screen.kill()
            #expect(try hall.receivedCases().isEmpty)
            hall.gate.release()
            let second = try hall.startTerminal()
            try second.wait(for: "您好，请选您要办的事")
            try Self.expectWhole(hall, receipt: receipt)
            try Self.expectNothingReadable(hall)

            // The card brings the receipt's page back, and the paper comes out once.
            second.press("r")
            try hall.dock("card put zhang")
            try second.wait(for: receipt)
            try second.wait(for: "已经送去打印")
            #expect(try hall.printed().count == 1)
            #expect(try hall.receivedCases().count == 1)
        }
    }

    @Test("with the office down the citizen is served, and the case arrives when the office is back")
    func officeDown() async throws {
        try await inHall { hall in
            hall.killOffice()
            let screen = try hall.startTerminal()
            let receipt = try Citizen(hall: hall, screen: screen).wholeCase()
            try screen.wait(for: "已经送去打印")
            try hall.startOffice()
            try Self.expectWhole(hall, receipt: receipt)
        }
    }

    @Test("an office killed between two chunks gets the rest, once, when it is back")
    func officeKilledBetweenChunks() async throws {
        try await inHall { hall in
            // One chunk is a mebibyte: one and a half pass, so that exactly one is whole.
            hall.gate.hold(after: 3 << 19)
            let screen = try hall.startTerminal()
            let receipt = try Citizen(hall: hall, screen: screen).wholeCase()
            try hall.gate.waitUntilHolding()
            #expect(try hall.receivedCases().isEmpty)
            hall.killOffice()
            let chunks = try Hall.files(below: hall.officeData).filter { name in
                let size =
                    try? FileManager.default.attributesOfItem(atPath: "\(hall.officeData)/\(name)")[.size] as? Int
                return (size ?? 0) > 1 << 20 && !name.contains("tmp")
            }
            #expect(!chunks.isEmpty, "the kill fell before the first chunk")
            hall.gate.release()
            try hall.startOffice()
            try Self.expectWhole(hall, receipt: receipt)
        }
    }

    @Test("a session killed in the middle comes back on the same page for the same card, and not for another")
    func resumes() async throws {
        try await inHall { hall in
            let first = try hall.startTerminal()
            let citizen = Citizen(hall: hall, screen: first)
            try citizen.identify()
            try citizen.answerFirstPages()
            first.kill()
            try Self.expectNothingReadable(hall)

            let second = try hall.startTerminal()
            try second.choose("MKT-001")
            try second.press("n", then: "请把您的身份证放在读卡区")
            try hall.dock("card put li")
            try second.wait(for: "这件事，您是为谁办")
            #expect(!second.text.contains("经营场所地址"))
            try hall.dock("card lift")
            try second.press(Key.startOver, then: "要重新开始吗")
            second.press("\t" + Key.enter)
            try second.choose("MKT-001")
            try second.press("n", then: "请把您的身份证放在读卡区")
            try hall.dock("card put zhang")
            try second.wait(for: "经营场所地址")
            try hall.dock("card lift")
            let resumed = Citizen(hall: hall, screen: second)
            try resumed.answerOtherPages()
            try resumed.photograph()
            let receipt = try resumed.signAndSubmit()
            try Self.expectWhole(hall, receipt: receipt)
        }
    }

    @Test("devices fail, papers are wrong, and the session goes on")
    func faults() async throws {
        try await inHall { hall in
            let screen = try hall.startTerminal()
            try screen.wait(for: "您好，请选您要办的事")
            try hall.dock("reader unplug")
            try screen.choose("MKT-001")
            screen.press("n")
            try screen.wait(for: "工作人员")
            try screen.wait("who helps") { $0.contains("维修") }
            try hall.dock("reader plug")
            try screen.press("r", then: "请把您的身份证放在读卡区")
            try hall.dock("card put unsupported")
            try screen.wait("a refusal of the card") { !$0.contains("请把您的身份证放在读卡区") && $0.contains("谁来帮您") }
            try hall.dock("card lift")
            try screen.press("r", then: "请把您的身份证放在读卡区")
            try hall.dock("card put zhang")
            try screen.wait(for: "这件事，您是为谁办")
            let citizen = Citizen(hall: hall, screen: screen)
            try citizen.answerFirstPages()
            try citizen.answerOtherPages()

            try hall.dock("paper black")
            screen.press("p")
            try screen.wait(for: "谁来帮您")
            try hall.dock("camera unplug")
            screen.press("p")
            try screen.wait("the camera is gone") { $0.contains("维修") }
            try hall.dock("camera plug")
            try hall.dock("paper put premises")
            try screen.press("p", then: "拍好了 1 页")
            try screen.press("n", then: "拍材料：租赁合同")
            try hall.dock("paper put lease")
            try screen.press("p", then: "拍好了 1 页")
            try screen.press("n", then: "请核对您填的内容")

            try hall.dock("printer fail media-empty-error")
            let receipt = try citizen.signAndSubmit()
            try screen.wait("paper out") { $0.contains("谁来帮您") && $0.contains(receipt) }
            #expect(try hall.printed().isEmpty)
            try hall.dock("printer ok")
            try screen.press("p", then: "已经送去打印")
            #expect(try hall.printed().count == 1)
            try Self.expectWhole(hall, receipt: receipt)
            try Self.expectNothingReadable(hall)
        }
    }

    @Test("a certificate is looked up at the office, shown, printed with its code, and recorded; no office, no harm")
    func certificate() async throws {
        try await inHall { hall in
            let screen = try hall.startTerminal()
            try screen.choose("HRS-016")
            try screen.press("n", then: "请把身份证放在读卡区，或把社保卡插进卡槽")
            try hall.dock("card put zhang")
            try screen.wait(for: "这件事，您是为谁办")
            try screen.press("1", then: "险种")
            screen.press("1")
            try screen.press("n", then: "从哪个月")
            try screen.press("2026-05" + Key.enter + "2026-01" + Key.enter, then: "结束的月份早于开始的月份")
            try screen.press("\u{15}2026-10" + Key.enter, then: "份数")
            screen.press("5")
            hall.killOffice()
            screen.press("1" + Key.enter)
            try screen.press(Key.next, then: "谁来帮您")
            try hall.startOffice()
            try screen.press("r", then: "请核对，再打印")
            #expect(screen.text.contains("养老"))
            #expect(!screen.text.contains(Citizen.zhang))
            try screen.press("p", then: "已经送去打印")
            let printed = try #require(try hall.printed().first)
            let text = String(decoding: try Child.output(of: "/usr/bin/pdftotext", [printed, "-"]), as: UTF8.self)
            #expect(text.contains("张伟民"))
            #expect(text.contains("养老"))
            try eventually("the office has the record of the issue") { try !hall.receivedCases().isEmpty }
            let issued = try hall.export(try #require(try hall.receivedCases().first).id).caseFile.content
            #expect(issued.matterCode == "HRS-016")
            let code = try #require(issued.issued)
            #expect(text.contains(code))
            try Self.expectNothingReadable(hall)
        }
    }

    @Test("a family business run by an agent: every card on the reader, the power of attorney under the camera")
    func familyAndAgent() async throws {
        try await inHall { hall in
            let screen = try hall.startTerminal()
            let citizen = Citizen(hall: hall, screen: screen)
            try citizen.identify()
            try screen.press("2", then: "请换成委托您的人的身份证")
            try hall.dock("card put li")
            try screen.wait(for: "您的联系电话")
            try hall.dock("card lift")
            try screen.press("13900000000" + Key.enter, then: "字号名称")
            try screen.press("暖阳小吃店" + Key.enter, then: "经营形式")
            screen.press("2")
            try screen.press("n", then: "一起经营的家庭成员")
            screen.press("a")
            try screen.wait("the reader asks for the member's card") { $0.contains("身份证") && $0.contains("读卡区") }
            try hall.dock("card put wang")
            try screen.wait(for: "王秀兰")
            try hall.dock("card lift")
            try screen.wait(for: "与经营者的关系")
            // Name and number came from the card and stand as facts.
            screen.press("2")
            screen.press("n")
            try screen.wait("the list with one member") { $0.contains("王秀兰") && !$0.contains("与经营者的关系") }
            #expect(!screen.text.contains("230199195203150029"))
            try screen.press("n", then: "经营场所地址")
            screen.press("哈尔滨市样例区演示街9号" + Key.enter)
            screen.press("1")
            try screen.press(Key.next, then: "从业人数")
            try screen.press("2" + Key.enter + "20000" + Key.enter, then: "经营范围")
            screen.press("3")
            try screen.press("n", then: "领取方式")
            screen.press("1")
            try screen.press("n", then: "拍材料：授权委托书")
            try hall.dock("paper put authorization")
            try screen.press("p", then: "拍好了 1 页")
            try screen.press("n", then: "拍材料：经营场所使用证明")
            try hall.dock("paper put premises")
            try screen.press("p", then: "拍好了 1 页")
            try screen.press("n", then: "请核对您填的内容")
            let receipt = try citizen.signAndSubmit()
            try eventually("the case reaches the office") { try !hall.receivedCases().isEmpty }
            let export = try hall.export(try #require(try hall.receivedCases().first).id)
            let content = export.caseFile.content
            #expect(export.caseFile.receiptNumber == receipt)
            #expect(content.applicant?.name == "李静")
            #expect(content.agent?.name == "张伟民")
            #expect(content.cardPhotos.count == 3)
            #expect(
                content.materials.map(\.key) == [
                    "id_card", "power_of_attorney", "agent_id", "premises_proof", "family_id",
                ])
            let members = try #require(content.answers.first { $0.key == "family_members" })
            guard case .records(let entries) = members.value else {
                Issue.record("no list of members")
                return
            }
            #expect(entries.map(\.card?.name) == ["王秀兰"])
            #expect(entries.first?.answers["relation"] == .choice("parent"))
        }
    }

    @Test("a malformed matter file is said on the welcome page and in the log, and the other matters go on")
    func malformedMatter() async throws {
        let matters = NSTemporaryDirectory() + "kiosk-matters-" + UUID().uuidString.prefix(8)
        defer { try? FileManager.default.removeItem(atPath: matters) }
        try FileManager.default.copyItem(atPath: Hall.root + "/matters", toPath: matters)
        try Data("code: HRS-016\ntitle: {zh: 只有中文}\n".utf8).write(to: URL(filePath: matters + "/HRS/HRS-016.yaml"))
        try await inHall(matters: matters) { hall in
            let screen = try hall.startTerminal()
            try screen.wait(for: "有的事项今天在这里不能办")
            #expect(screen.text.contains("HRS-016"))
            let log = String(decoding: FileManager.default.contents(atPath: hall.log) ?? Data(), as: UTF8.self)
            #expect(log.contains("HRS/HRS-016.yaml"))
            try screen.choose("MKT-001")
            #expect(screen.text.contains("个体工商户设立登记"))
        }
    }

    @Test("a quiet citizen is warned, then the screen is wiped and nothing is left")
    func idleWipe() async throws {
        try await inHall(idleSeconds: 2, warnSeconds: 2) { hall in
            let screen = try hall.startTerminal()
            try screen.choose("MKT-001")
            screen.press("n")
            try hall.dock("card put zhang")
            try screen.wait(for: "您还在吗")
            try screen.wait(for: "屏幕已经清空")
            #expect(!screen.text.contains("张伟民"))
            try Self.expectNothingReadable(hall)
        }
    }

    @Test("a card lifted too early is asked for again; a call to staff is answered on the same page")
    func liftedEarly() async throws {
        try await inHall { hall in
            let screen = try hall.startTerminal()
            try screen.choose("MKT-001")
            try screen.press("n", then: "请把您的身份证放在读卡区")
            try hall.dock("reader fault card-lifted read")
            try hall.dock("card put zhang")
            try screen.wait(for: "谁来帮您")
            try screen.press("\u{1B}OR", then: "铃已经响了")
            try hall.dock("reader ok")
            try hall.dock("card put zhang")
            try screen.press("r", then: "这件事，您是为谁办")
        }
    }
}
