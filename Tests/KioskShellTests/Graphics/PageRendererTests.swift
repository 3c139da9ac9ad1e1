// Pages drawn for a panel: everything is there, whole, and large enough to press.

import KioskCore
import Testing

@testable import KioskShell

struct Setting: Sendable, CustomTestStringConvertible {
    let language: Language
    let size: TextSize

    static let all = Language.allCases.flatMap { language in
        TextSize.allCases.map { Setting(language: language, size: $0) }
    }

    var testDescription: String { "\(language) \(size)" }
}

@Suite struct PageRendererTests {
    private func screens(
        of page: Page, by renderer: PageRenderer, focus: String? = nil
    ) throws -> [PageImage] {
        let first = try renderer.render(page, focus: focus)
        return try [first] + (1..<first.pageCount).map { try renderer.render(page, scroll: $0, focus: focus) }
    }

    /// What must hold of every picture of every page.
    private func expectGood(_ image: PageImage, of page: Page, width: Int, height: Int, smallest: Int) {
        #expect(image.cutTexts.isEmpty, "\(page.id) screen \(image.scroll): \(image.cutTexts)")
        #expect(image.unknownGlyphs == 0, "\(page.id)")
        for target in image.targets {
            let rect = target.rect
            #expect(rect.height >= smallest && rect.width >= smallest, "\(page.id): \(target.id) \(rect)")
            #expect(
                rect.x >= 0 && rect.y >= 0 && rect.x + rect.width <= width && rect.y + rect.height <= height,
                "\(page.id): \(target.id) \(rect)")
        }
        for (index, first) in image.targets.enumerated() {
            for second in image.targets[(index + 1)...] {
                #expect(!first.rect.overlaps(second.rect), "\(page.id): \(first.id) and \(second.id)")
            }
        }
        #expect(Set(image.targets.map(\.id)).count == image.targets.count, "\(page.id)")
        // Content keeps clear of other content, and of the page's actions and bar.
        let fixed =
            page.dialog == nil
            ? image.targets.filter { target in
                (page.actions + page.bar).contains { $0.id == target.id } || target.id.hasPrefix("scroll.")
            } : []
        let nodes = image.nodes.sorted { $0.key < $1.key }
        for (index, node) in nodes.enumerated() {
            for other in nodes[(index + 1)...] {
                #expect(!node.value.overlaps(other.value), "\(page.id): \(node.key) and \(other.key)")
            }
            for target in fixed {
                #expect(!node.value.overlaps(target.rect), "\(page.id): \(node.key) and \(target.id)")
            }
        }
    }

    @Test(arguments: Setting.all)
    func `every kind of node is drawn whole and can be pressed`(setting: Setting) throws {
        let renderer = try PageRenderer(width: 1920, height: 1080)
        for page in PageFixtures.all(setting.language, setting.size) {
            let screens = try screens(of: page, by: renderer)
            for image in screens { expectGood(image, of: page, width: 1920, height: 1080, smallest: 80) }
            let shown = Set(screens.flatMap(\.nodes.keys))
            #expect(shown == Set(page.nodes.map(\.id)), "\(page.id)")
        }
    }

    @Test(arguments: Setting.all)
    func `every page of the product is drawn whole and can be pressed`(setting: Setting) throws {
        let renderer = try PageRenderer(width: 1920, height: 1080)
        for sample in PageSamples.all(language: setting.language, textSize: setting.size) {
            var page = sample.page
            page.id = sample.id
            let screens = try screens(of: page, by: renderer)
            for image in screens { expectGood(image, of: page, width: 1920, height: 1080, smallest: 80) }
            #expect(Set(screens.flatMap(\.nodes.keys)) == Set(page.nodes.map(\.id)), "\(page.id)")
            let targets = screens.flatMap(\.targets).map(\.id)
            let expected = page.dialog?.actions ?? page.actions + page.bar
            for action in expected { #expect(targets.contains(action.id), "\(page.id): \(action.id)") }
        }
    }

    @Test(arguments: [(1280, 800), (1366, 768), (1080, 1920), (3840, 2160)])
    func `other panels show the same pages whole`(size: (Int, Int)) throws {
        let renderer = try PageRenderer(width: size.0, height: size.1)
        for setting in [Setting(language: .zh, size: .standard), Setting(language: .en, size: .large)] {
            for page in PageFixtures.all(setting.language, setting.size) {
                for image in try screens(of: page, by: renderer) {
                    expectGood(image, of: page, width: size.0, height: size.1, smallest: 50)
                }
            }
        }
    }

    @Test func `drawing twice gives the same bytes, also by another renderer`() throws {
        let page = PageFixtures.capture(.zh, .standard)
        let renderer = try PageRenderer(width: 1920, height: 1080)
        let first = try renderer.render(page)
        _ = try renderer.render(PageFixtures.review(.en, .large))
        let second = try renderer.render(page)
        let third = try PageRenderer(width: 1920, height: 1080).render(page)
        #expect(first.bitmap == second.bitmap)
        #expect(first.bitmap == third.bitmap)
        #expect(try first.bitmap.png() == third.bitmap.png())
    }

    @Test func `a page longer than the screen says how many screens it has and how to reach them`() throws {
        let renderer = try PageRenderer(width: 1920, height: 1080)
        let page = PageFixtures.table(.zh, .large)
        let first = try renderer.render(page)
        try #require(first.pageCount > 1)
        #expect(first.targets.contains { $0.role == .scroll(1) })
        #expect(!first.targets.contains { $0.id == "scroll.up" })
        let last = try renderer.render(page, scroll: 99)
        #expect(last.scroll == first.pageCount - 1)
        #expect(last.targets.contains { $0.role == .scroll(last.scroll - 1) })
        #expect(!last.targets.contains { $0.id == "scroll.down" })
        #expect(first.screenOfNode["years"] == 0)
        #expect(first.screenOfNode["neutral"] == last.scroll)
        #expect(try renderer.render(page, scroll: -5).bitmap == first.bitmap)
    }

    @Test func `while a dialog is open only its actions can be pressed`() throws {
        let image = try PageRenderer(width: 1920, height: 1080).render(PageFixtures.dialog(.zh, .standard))
        #expect(Set(image.targets.map(\.id)) == ["still-here", "wipe"])
    }

    @Test func `the primary action stands at the right, above the bar`() throws {
        let image = try PageRenderer(width: 1920, height: 1080).render(PageFixtures.capture(.zh, .standard))
        let take = try #require(image.targets.first { $0.id == "take" }).rect
        for other in ["next", "defer"] {
            let rect = try #require(image.targets.first { $0.id == other }).rect
            #expect(rect.x + rect.width < take.x)
        }
        let bar = try #require(image.targets.first { $0.id == "back" }).rect
        #expect(take.y + take.height <= bar.y)
        #expect(take.x + take.width == 1920 - 96)
    }

    @Test func `typing into a field changes that field alone`() throws {
        let renderer = try PageRenderer(width: 1920, height: 1080)
        var page = PageFixtures.form(.zh, .standard)
        let before = try renderer.render(page, focus: "phone")
        page.nodes[0].content = .field(
            .phone, label: "手机号码", value: "139000000001", hint: "办理结果会发送到这个号码", required: true, error: nil)
        let after = try renderer.render(page, focus: "phone")
        let field = try #require(after.nodes["phone"])
        let damage = after.bitmap.damage(since: before.bitmap)
        #expect(!damage.isEmpty)
        for rect in damage {
            #expect(rect.x >= field.x && rect.x + rect.width <= field.x + field.width)
            #expect(rect.y >= field.y && rect.y + rect.height <= field.y + field.height)
        }
    }

    @Test func `focus and press can be seen`() throws {
        let renderer = try PageRenderer(width: 1920, height: 1080)
        let page = PageFixtures.choices(.zh, .standard)
        let plain = try renderer.render(page).bitmap
        for id in ["next", "back", "married.single"] {
            #expect(try renderer.render(page, focus: id).bitmap != plain)
            #expect(try renderer.render(page, pressed: id).bitmap != plain)
        }
    }

    @Test func `a citizen number is masked unless its field has the focus`() {
        let number = "230199198506120023"
        #expect(EntryText.shown(number, entry: .idNumber, isFocused: false) == "230199 ******** 0023")
        #expect(EntryText.shown(number, entry: .idNumber, isFocused: true) == "230199 19850612 0023")
        #expect(EntryText.shown("13900000000", entry: .phone, isFocused: false) == "139 0000 0000")
        #expect(EntryText.shown("1390", entry: .phone, isFocused: true) == "139 0")
    }

    @Test func `a finger next to a target means the nearest within reach`() throws {
        let image = try PageRenderer(width: 1920, height: 1080).render(PageFixtures.choices(.zh, .standard))
        let next = try #require(image.targets.first { $0.id == "next" }).rect
        #expect(image.target(x: next.x + 5, y: next.y + 5)?.id == "next")
        #expect(image.target(x: next.x - 10, y: next.y + 5) == nil)
        #expect(image.target(x: next.x - 10, y: next.y + 5, reach: 20)?.id == "next")
        #expect(image.target(x: next.x + next.width, y: next.y, reach: 0) == nil)
    }

    @Test func `pictures are shown when their pixels are given`() throws {
        let renderer = try PageRenderer(width: 1920, height: 1080)
        let page = PageFixtures.capture(.zh, .standard)
        let red = try Bitmap(rgb: (0..<1200).flatMap { _ in [UInt8(200), 0, 0] }, width: 40, height: 30)
        let image = try renderer.render(page) { $0.id == "p1" ? red : nil }
        let place = try #require(image.nodes["page-1"])
        let reds = (place.x..<place.x + place.width).filter {
            image.bitmap[$0, place.y + place.height / 2] == 0xFFC8_0000
        }
        #expect(reds.count > 100)
    }

    @Test(arguments: Setting.all)
    func `texts that nobody planned stay whole`(setting: Setting) throws {
        let renderer = try PageRenderer(width: 1920, height: 1080)
        let long = String(repeating: "某某街道办事处长名称", count: 60)
        let unbroken = String(repeating: "w", count: 300)
        let lines = (1...40).map { "\($0) 王小样 230199********0018" }.joined(separator: "\n")
        let page = PageFixtures.page(
            "hostile", setting.language, setting.size, title: String(long.prefix(40)),
            nodes: [
                Node("p", .paragraph(long)), Node("w", .paragraph(unbroken)), Node("b", .bullet(long, note: long)),
                Node("n", .notice(.error, title: String(long.prefix(50)), text: long)),
                Node("r", .row(label: "家庭成员", value: lines, change: nil)),
                Node(
                    "f",
                    .field(
                        .address, label: "地址", value: long, hint: nil, required: true,
                        error: unbroken.prefix(120).description)),
                Node("s", .field(.signature, label: "签名", value: "123456789", hint: nil, required: true, error: nil)),
                Node("t", .table(title: "表", columns: ["一", "二"], rows: [[long, unbroken], [], ["x", "y", "z"]])),
                Node("e", .table(title: "空", columns: [], rows: [])),
                Node("c", .paragraph("a\u{0}b\u{7}c\u{1B}[31m\r\u{85}d")),
                Node("q", .qrCode(String(repeating: "x", count: 9000), caption: long.prefix(60).description)),
                Node("num", .number(label: "编号", value: unbroken.prefix(60).description)),
            ])
        let screens = try screens(of: page, by: renderer)
        for image in screens { expectGood(image, of: page, width: 1920, height: 1080, smallest: 80) }
        #expect(Set(screens.flatMap(\.nodes.keys)) == Set(page.nodes.map(\.id)))
    }

    @Test(arguments: Language.allCases)
    func `what happens to the data is said on the notice's first screen`(language: Language) throws {
        let page = try #require(PageSamples.sample("notice", language: language)).page
        let image = try PageRenderer(width: 1920, height: 1080).render(page)
        for id in ["summary", "privacy.who", "privacy.stay"] { #expect(image.screenOfNode[id] == 0, "\(id)") }
    }

    @Test(arguments: ["accepted.printed", "accepted.paperOut", "issued.printed"], Language.allCases)
    func `number, code and printer are seen together`(id: String, language: Language) throws {
        let page = try #require(PageSamples.sample(id, language: language)).page
        let image = try PageRenderer(width: 1920, height: 1080).render(page)
        let kinds = page.nodes.filter { image.nodes[$0.id] != nil }.map(\.content)
        #expect(kinds.contains { if case .number = $0 { true } else { false } })
        #expect(kinds.contains { if case .qrCode = $0 { true } else { false } })
        #expect(kinds.contains { if case .device = $0 { true } else { false } })
    }

    @Test func `fifteen answers to check stand on two screens`() throws {
        let change = Action(id: "change", label: "修改", event: .next)
        var nodes = [Node("intro", .paragraph("哪里不对，就按旁边的“修改”。"))]
        for section in 0..<4 {
            nodes.append(Node("heading.\(section)", .heading("第 \(section) 部分")))
            nodes += (0..<(section == 0 ? 3 : 4)).map { row in
                var change = change
                change.id = "change.\(section).\(row)"
                return Node(
                    "row.\(section).\(row)",
                    .row(label: "店铺地址", value: row == 0 ? "示例省示例市样本区样本街8号" : "租的", change: change))
            }
        }
        let page = PageFixtures.page("review", .zh, .standard, title: "请核对您填的内容", nodes: nodes)
        let renderer = try PageRenderer(width: 1920, height: 1080)
        let screens = try screens(of: page, by: renderer)
        #expect(screens.count <= 2)
        for image in screens { expectGood(image, of: page, width: 1920, height: 1080, smallest: 80) }
    }

    @Test func `no line of a wrapped text is one character alone`() throws {
        let typesetter = try Typesetter()
        let text = String(repeating: "请", count: 21)
        let plain = typesetter.layout(text, Font(size: 40), width: 810, balanced: false)
        #expect(text.utf8.count - plain.startOfLine(1) == 3)
        for alignment in [TextAlignment.leading, .center, .trailing] {
            let layout = typesetter.layout(text, Font(size: 40), width: 810, alignment: alignment)
            #expect(layout.lineCount == 2)
            #expect(text.utf8.count - layout.startOfLine(1) >= 9)
            #expect(layout.wrapWidth == 810)
        }
    }

    @Test func `a character that the fonts lack is reported`() throws {
        let page = PageFixtures.page(
            "rare", .zh, .standard, title: "核对",
            nodes: [Node("name", .row(label: "姓名", value: "王\u{3134A}", change: nil))])
        #expect(try PageRenderer(width: 1920, height: 1080).render(page).unknownGlyphs > 0)
    }

    @Test(arguments: [(0, 1080), (1920, -1), (100_000, 1080), (Int.max, Int.max)])
    func `a panel of impossible size is refused`(size: (Int, Int)) {
        #expect(throws: GraphicsError.self) { try PageRenderer(width: size.0, height: size.1) }
    }
}
