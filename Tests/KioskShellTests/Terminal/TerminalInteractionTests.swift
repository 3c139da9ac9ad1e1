// Keys on pages: what moves the focus, what becomes an event.

import KioskCore
import Testing

@testable import KioskShell

@Suite struct TerminalInteractionTests {
    private func interaction(_ page: Page, allowsQuit: Bool = false) -> TerminalInteraction {
        var interaction = TerminalInteraction(
            layout: TerminalLayout(), columns: 80, rows: 24, allowsQuit: allowsQuit)
        interaction.show(page)
        return interaction
    }

    private func press(_ text: String, on interaction: inout TerminalInteraction) -> [SessionEvent] {
        text.unicodeScalars.flatMap { interaction.press(.text($0)).events }
    }

    private func screen(_ interaction: TerminalInteraction) -> String {
        interaction.arrangement.grid.lines.joined(separator: "\n")
    }

    @Test func `a digit picks a tile`() {
        var shell = interaction(TerminalSamples.welcome(.zh))
        #expect(shell.press(.text("2")).events == [.choose(matter: "HRS-016")])
        #expect(shell.press(.text("7")).events == [.stillHere])
        #expect(shell.press(.text("r")).events == [.resumeUnfinished])
    }

    @Test func `behind a search Enter leads to what was found, and there a digit picks`() throws {
        var shell = interaction(try #require(PageSamples.sample("find.search.initials", language: .zh)).page)
        #expect(shell.press(.text("1")).events == [.edit(field: "search", text: "gtgsh1")])
        shell = interaction(try #require(PageSamples.sample("find.search.initials", language: .zh)).page)
        #expect(shell.press(.enter).events == [.stillHere])
        #expect(shell.press(.text("1")).events == [.choose(matter: "MKT-001")])
    }

    @Test func `the focus begins on the first thing to fill in, or on what is wrong, or on the primary action`() {
        var shell = interaction(TerminalSamples.form(.zh))
        #expect(shell.press(.text("好")).events == [.edit(field: "shop", text: "好")])
        shell = interaction(TerminalSamples.form(.zh, error: true))
        #expect(shell.press(.text("2")).events == [.edit(field: "owner", text: "2")])
        shell = interaction(TerminalSamples.notice(.zh))
        #expect(shell.press(.enter).events == [.next])
        shell = interaction(TerminalSamples.welcome(.zh))
        #expect(shell.press(.enter).events == [.choose(matter: "MKT-001")])
    }

    @Test func `function keys work everywhere, letters only where nothing is typed`() {
        var shell = interaction(TerminalSamples.form(.zh))
        #expect(shell.press(.function(1)).events == [.back])
        #expect(shell.press(.function(3)).events == [.callStaff])
        #expect(shell.press(.function(9)).events == [.stillHere])
        #expect(shell.press(.text("r")).events == [.edit(field: "shop", text: "r")])
        shell = interaction(TerminalSamples.accepted(.zh))
        #expect(shell.press(.function(1)).events == [.stillHere])
    }

    @Test func `typing goes on from what was typed, though the page lags behind`() {
        var shell = interaction(TerminalSamples.form(.zh))
        #expect(
            press("道里区", on: &shell) == [
                .edit(field: "shop", text: "道"), .edit(field: "shop", text: "道里"), .edit(field: "shop", text: "道里区"),
            ])
        shell.show(TerminalSamples.form(.zh, name: "道"))
        #expect(screen(shell).contains("道里区"))
        #expect(press("店", on: &shell) == [.edit(field: "shop", text: "道里区店")])
        shell.show(TerminalSamples.form(.zh, name: "道里区店"))
        #expect(shell.press(.backspace).events == [.edit(field: "shop", text: "道里区")])
        // The session's own text wins when it is neither old nor sent.
        shell.show(TerminalSamples.form(.zh, name: "改过的"))
        #expect(press("店", on: &shell) == [.edit(field: "shop", text: "改过的店")])
    }

    @Test func `what a field does not take is a sign of life and changes nothing`() {
        var shell = interaction(TerminalSamples.form(.zh, error: true))
        #expect(shell.press(.text("X")).events == [.stillHere])
        #expect(shell.press(.backspace).events == [.stillHere])
        #expect(shell.press(.paste("23a0-199")).events == [.edit(field: "owner", text: "230199")])
        #expect(shell.press(.eraseLine).events == [.edit(field: "owner", text: "")])
    }

    @Test func `Enter goes from field to field and then does the primary action`() {
        var page = TerminalSamples.form(.zh)
        page.nodes.removeLast(2)
        var shell = interaction(page)
        #expect(shell.press(.enter).events == [.stillHere])
        #expect(shell.press(.text("1")).events == [.edit(field: "owner", text: "1")])
        #expect(shell.press(.enter).events == [.stillHere])
        #expect(shell.press(.text("1")).events == [.edit(field: "capital", text: "1")])
        #expect(shell.press(.enter).events == [.next])
    }

    @Test func `options are picked by Enter, space or their number`() {
        var shell = interaction(TerminalSamples.form(.zh))
        for _ in 0..<4 { #expect(shell.press(.tab).events == [.stillHere]) }
        #expect(shell.press(.text(" ")).events == [.pick(field: "kind", option: "family")])
        // A number that chooses one of several moves on: here to the next question.
        #expect(shell.press(.text("1")).events == [.pick(field: "kind", option: "person")])
        #expect(shell.press(.enter).events == [.pick(field: "scope", option: "food")])
        #expect(shell.press(.text("2")).events == [.pick(field: "scope", option: "tea")])
    }

    @Test func `Tab goes round the whole page and back`() {
        var shell = interaction(TerminalSamples.form(.zh))
        let count = shell.arrangement.focusOrder.count
        for _ in 0..<count { _ = shell.press(.tab) }
        #expect(press("a", on: &shell) == [.edit(field: "shop", text: "a")])
        _ = shell.press(.backTab)
        #expect(shell.press(.enter).events == [.setTextSize(.large)])
    }

    @Test func `errors that come back after the action take the focus`() {
        var shell = interaction(TerminalSamples.form(.zh))
        for _ in 0..<7 { _ = shell.press(.tab) }
        #expect(shell.press(.enter).events == [.next])
        shell.show(TerminalSamples.form(.zh, error: true))
        #expect(shell.press(.text("2")).events == [.edit(field: "owner", text: "2")])
    }

    @Test func `arrows pass all the text of a long page before they leave it`() {
        var shell = interaction(TerminalSamples.notice(.en))
        var seen = screen(shell)
        #expect(!seen.contains("A lease or a deed"))
        for _ in 0..<12 {
            _ = shell.press(.down)
            seen += screen(shell)
        }
        for index in 1...5 {
            #expect(seen.contains("\(index) This terminal reads") || seen.contains("\(index)  This terminal reads"))
        }
        #expect(seen.contains("A lease or a deed"))
        for _ in 0..<12 { _ = shell.press(.up) }
        #expect(screen(shell).contains("1  This terminal reads"))
    }

    @Test func `a page by hand is not scrolled back by a tick`() {
        var shell = interaction(TerminalSamples.notice(.zh))
        _ = shell.press(.pageDown)
        let before = screen(shell)
        shell.show(TerminalSamples.notice(.zh))
        #expect(screen(shell) == before)
        _ = shell.press(.end)
        _ = shell.press(.end)
        #expect(screen(shell).contains("租赁合同或房产证都可以"))
        _ = shell.press(.home)
        #expect(screen(shell).contains("这是什么"))
    }

    @Test func `a dialog takes the keys, begins on the harmless button and gives the focus back`() {
        let page = TerminalSamples.form(.zh)
        var shell = interaction(page)
        _ = shell.press(.tab)
        shell.show(TerminalSamples.idle(.zh, over: page))
        #expect(shell.press(.text("x")).events == [.stillHere])
        #expect(shell.press(.function(1)).events == [.stillHere])
        #expect(shell.press(.enter).events == [.stillHere])
        _ = shell.press(.left)
        #expect(shell.press(.enter).events == [.confirmStartOver])
        shell.show(page)
        #expect(shell.press(.text("2")).events == [.edit(field: "owner", text: "2")])
    }

    @Test func `nothing typed outlives its page`() {
        var shell = interaction(TerminalSamples.form(.zh))
        _ = press("赵钱孙", on: &shell)
        shell.show(TerminalSamples.welcome(.zh))
        #expect(!screen(shell).contains("赵钱孙"))
        shell.show(TerminalSamples.form(.zh))
        #expect(!screen(shell).contains("赵钱孙"))
        #expect(press("王", on: &shell) == [.edit(field: "shop", text: "王")])
    }

    @Test func `Ctrl-C quits where it may, and is a sign of life elsewhere`() {
        var hall = interaction(TerminalSamples.welcome(.zh))
        #expect(hall.press(.interrupt).events == [.stillHere])
        var desk = interaction(TerminalSamples.welcome(.zh), allowsQuit: true)
        #expect(desk.press(.interrupt).quits)
    }

    @Test func `no keys whatever trap, lose the focus or type outside a field`() {
        var random = TerminalRandom(state: 77)
        let keys: [TerminalKey] = [
            .tab, .backTab, .up, .down, .left, .right, .enter, .text(" "), .text("1"), .text("X"), .text("中"), .escape,
            .pageUp, .pageDown, .home, .end, .backspace, .delete, .eraseLine, .paste("粘贴 123"), .function(5), .other,
            .interrupt, .redraw, .cursorColumn(9),
        ]
        let pages = TerminalSamples.all(.zh) + TerminalSamples.all(.en)
        var shell = interaction(pages[0])
        for _ in 0..<800 {
            switch Int.random(in: 0..<20, using: &random) {
            case 0: shell.show(pages[Int.random(in: 0..<pages.count, using: &random)])
            case 1:
                shell.resize(
                    columns: Int.random(in: 0..<130, using: &random), rows: Int.random(in: 0..<40, using: &random))
            default:
                for event in shell.press(keys[Int.random(in: 0..<keys.count, using: &random)]).events {
                    guard case .edit(let field, _) = event else { continue }
                    #expect(shell.page?.nodes.contains { $0.id == field } == true)
                }
            }
        }
    }
}
