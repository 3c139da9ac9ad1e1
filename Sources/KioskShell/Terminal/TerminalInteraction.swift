/// What keys do on a page: focus, scroll and typing become session events. A value without input or output.

import KioskCore

struct TerminalInteraction {
    struct Outcome {
        var events: [SessionEvent] = []
        /// Ctrl-C where it is allowed.
        var quits = false
        /// Something else wrote to the terminal: draw everything anew.
        var redraws = false
    }

    /// Texts of one field that were sent and have not come back: keys come faster than pages.
    private struct Draft {
        var field: String
        /// The page's value when typing began, then each text that was sent.
        var texts: [String]
    }

    var layout: TerminalLayout
    private(set) var columns: Int
    private(set) var rows: Int
    private(set) var page: Page?
    private(set) var arrangement: TerminalArrangement
    private let allowsQuit: Bool
    private var viewpoint = TerminalViewpoint()
    /// Of the page, while a dialog has the keys.
    private var pageViewpoint: TerminalViewpoint?
    private var draft: Draft?
    /// An action of the page was pressed: errors that come back take the focus.
    private var awaitsOutcome = false

    init(layout: TerminalLayout, columns: Int, rows: Int, allowsQuit: Bool) {
        self.layout = layout
        self.columns = columns
        self.rows = rows
        self.allowsQuit = allowsQuit
        arrangement = TerminalArrangement(
            grid: CellGrid(columns: columns, rows: rows, width: layout.width), cursor: nil, focusOrder: [],
            scrolledLines: [:], scroll: 0, lineCount: 0, visibleLines: rows)
    }

    // MARK: Pages

    mutating func show(_ next: Page) {
        let isNew = next.id != page?.id
        let hadDialog = page?.dialog != nil
        page = next
        if isNew {
            draft = nil
            awaitsOutcome = false
            pageViewpoint = nil
            viewpoint = TerminalViewpoint(focus: firstFocus(next))
        } else {
            settleDraft()
        }
        if let dialog = next.dialog {
            if !hadDialog || isNew {
                pageViewpoint = viewpoint
                viewpoint = TerminalViewpoint(focus: firstFocus(dialog), scrollBehind: viewpoint.scroll)
            }
        } else if hadDialog, let kept = pageViewpoint {
            viewpoint = kept
            pageViewpoint = nil
        }
        if !isNew, awaitsOutcome, next.dialog == nil, let wrong = firstError(next) {
            awaitsOutcome = false
            viewpoint.focus = wrong
            viewpoint.followsFocus = true
        }
        arrange()
    }

    mutating func resize(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
        viewpoint.followsFocus = true
        arrange()
    }

    /// Lays out again after `layout` changed.
    mutating func arrange() {
        guard var page else {
            arrangement.grid = CellGrid(columns: columns, rows: rows, width: layout.width)
            return
        }
        if let draft, let text = draft.texts.last {
            for index in page.nodes.indices where page.nodes[index].id == draft.field {
                guard
                    case .field(let entry, let label, _, let hint, let required, let error) = page.nodes[index].content
                else { continue }
                page.nodes[index].content = .field(
                    entry, label: label, value: text, hint: hint, required: required, error: error)
            }
        }
        arrangement = layout.arrange(page, viewpoint, columns: columns, rows: rows)
        if !arrangement.focusOrder.isEmpty, !arrangement.focusOrder.contains(where: { $0 == viewpoint.focus }) {
            viewpoint.focus = page.dialog.map(firstFocus) ?? firstFocus(page)
            arrangement = layout.arrange(page, viewpoint, columns: columns, rows: rows)
        }
        viewpoint.scroll = arrangement.scroll
    }

    /// The page's own value takes over when it is the last text sent, or one that was never sent.
    private mutating func settleDraft() {
        guard let draft, let page else { return }
        guard let value = page.fields.first(where: { $0.id == draft.field })?.value else {
            self.draft = nil
            return
        }
        if value == draft.texts.last || !draft.texts.contains(value) { self.draft = nil }
    }

    private func firstFocus(_ page: Page) -> TerminalFocus? {
        if let wrong = firstError(page) { return wrong }
        for node in page.nodes {
            switch node.content {
            case .field, .tile: return .node(node.id)
            case .choice(_, let options, _, _, _):
                if let option = options.first(where: \.selected) ?? options.first {
                    return .option(node: node.id, option: option.id)
                }
            default: continue
            }
        }
        let actions = page.actions.filter { $0.event != nil }
        return (actions.first { $0.style == .primary } ?? actions.first ?? page.bar.first { $0.event != nil })
            .map { .action($0.id) }
    }

    private func firstError(_ page: Page) -> TerminalFocus? {
        for node in page.nodes {
            switch node.content {
            case .field(_, _, _, _, _, .some): return .node(node.id)
            case .choice(_, let options, _, _, .some):
                if let option = options.first { return .option(node: node.id, option: option.id) }
            default: continue
            }
        }
        return nil
    }

    /// Never the button that throws something away.
    private func firstFocus(_ dialog: Page.Dialog) -> TerminalFocus? {
        let actions = dialog.actions.filter { $0.event != nil }
        let harmless = actions.filter { $0.style != .destructive }
        return (harmless.first { $0.style == .primary } ?? harmless.first ?? actions.first).map { .action($0.id) }
    }

    // MARK: Keys

    /// A key that does nothing else is still a sign of life.
    mutating func press(_ key: TerminalKey) -> Outcome {
        var outcome = Outcome()
        switch key {
        case .interrupt where allowsQuit: outcome.quits = true
        case .redraw: outcome.redraws = true
        case .cursorColumn: return outcome
        default: break
        }
        if !outcome.quits, let page, !arrangement.focusOrder.isEmpty {
            outcome.events = events(of: key, on: page)
        }
        if outcome.events.isEmpty, !outcome.quits { outcome.events = [.stillHere] }
        arrange()
        return outcome
    }

    private mutating func events(of key: TerminalKey, on page: Page) -> [SessionEvent] {
        if let event = shortcut(key, on: page) { return [event] }
        let field = focusedField(page)
        switch key {
        case .text(let scalar):
            if let field { return type(String(scalar), into: field) }
            return scalar == " " ? activate(page) : pick(scalar, on: page)
        case .paste(let text): return field.map { type(text, into: $0) } ?? []
        case .backspace, .delete:
            return field.map { field in
                let typing = FieldTyping(entry: field.entry)
                return send(typing.removingLast(of: current(field)), of: field)
            } ?? []
        case .eraseLine: return field.map { send("", of: $0) } ?? []
        case .enter: return field == nil ? activate(page) : leaveField(page)
        case .tab: step(by: 1)
        case .backTab: step(by: -1)
        case .left: if field == nil { step(by: -1) }
        case .right: if field == nil { step(by: 1) }
        case .down: moveDown()
        case .up: moveUp()
        case .pageDown: scroll(by: max(1, arrangement.visibleLines - 1))
        case .pageUp: scroll(by: -max(1, arrangement.visibleLines - 1))
        case .home: scroll(by: -arrangement.lineCount)
        case .end: scroll(by: arrangement.lineCount)
        case .escape, .function, .interrupt, .redraw, .cursorColumn, .other: break
        }
        return []
    }

    /// Function keys always work, letters where nothing is typed; under a dialog only its own.
    private mutating func shortcut(_ key: TerminalKey, on page: Page) -> SessionEvent? {
        let name: String
        switch key {
        case .function(let number): name = "F\(number)"
        case .text(let scalar) where focusedField(page) == nil && scalar != " ": name = String(scalar)
        default: return nil
        }
        guard let action = page.pressable.first(where: { $0.key?.lowercased() == name.lowercased() && $0.event != nil })
        else { return nil }
        return activated(action, page)
    }

    private mutating func activate(_ page: Page) -> [SessionEvent] {
        switch viewpoint.focus {
        case .action(let id):
            guard let action = page.pressable.first(where: { $0.id == id }) else { return [] }
            return activated(action, page).map { [$0] } ?? []
        case .node(let id):
            guard case .tile(_, _, let event) = page.nodes.first(where: { $0.id == id })?.content else { return [] }
            return [event]
        case .option(let node, let option):
            return page.options(of: node).first { $0.id == option }.map { [$0.event] } ?? []
        case nil: return []
        }
    }

    private mutating func activated(_ action: Action, _ page: Page) -> SessionEvent? {
        if page.dialog == nil, page.actions.contains(where: { $0.id == action.id }) { awaitsOutcome = true }
        return action.event
    }

    /// A digit picks a tile of the page, or an option of the choice in focus.
    private mutating func pick(_ scalar: Unicode.Scalar, on page: Page) -> [SessionEvent] {
        guard page.dialog == nil, ("1"..."9").contains(scalar) else { return [] }
        let index = Int(scalar.value) - 0x31
        let tiles = page.nodes.filter { if case .tile = $0.content { true } else { false } }
        if !tiles.isEmpty {
            guard index < tiles.count, case .tile(_, _, let event) = tiles[index].content else { return [] }
            focus(.node(tiles[index].id))
            return [event]
        }
        var choice = page.nodes.first { if case .choice = $0.content { true } else { false } }?.id
        if case .option(let node, _) = viewpoint.focus { choice = node }
        guard let choice else { return [] }
        let options = page.options(of: choice)
        guard index < options.count else { return [] }
        focus(.option(node: choice, option: options[index].id))
        if !page.isMultiple(choice) { leaveChoice(choice, page) }
        return [options[index].event]
    }

    /// One of several is chosen: on to the next thing to fill in, or to the page's primary action.
    private mutating func leaveChoice(_ node: String, _ page: Page) {
        let order = arrangement.focusOrder
        let last = order.lastIndex { target in
            if case .option(let other, _) = target { other == node } else { false }
        }
        guard let last else { return }
        if let next = order[(last + 1)...].first(where: { isFilledIn($0, page) }) { return focus(next) }
        if let primary = page.actions.first(where: { $0.style == .primary }) { focus(.action(primary.id)) }
    }

    // MARK: Typing

    private func focusedField(_ page: Page) -> Page.Field? {
        guard page.dialog == nil, case .node(let id) = viewpoint.focus else { return nil }
        return page.fields.first { $0.id == id }
    }

    private func current(_ field: Page.Field) -> String {
        draft?.field == field.id ? draft?.texts.last ?? field.value : field.value
    }

    private mutating func type(_ text: String, into field: Page.Field) -> [SessionEvent] {
        send(FieldTyping(entry: field.entry).appending(text, to: current(field)), of: field)
    }

    private mutating func send(_ text: String, of field: Page.Field) -> [SessionEvent] {
        awaitsOutcome = false
        let before = current(field)
        // Unchanged by code points: a joined mark makes an equal string of other bytes.
        guard !text.unicodeScalars.elementsEqual(before.unicodeScalars) else { return [] }
        if draft?.field != field.id { draft = Draft(field: field.id, texts: [field.value]) }
        draft?.texts.append(text)
        // The page lags by a few keys at most; older texts cannot come back any more.
        if let count = draft?.texts.count, count > 64 { draft?.texts.removeFirst(count - 64) }
        viewpoint.followsFocus = true
        return [.edit(field: field.id, text: text)]
    }

    /// Enter: on to the next thing to fill in, or the page's primary action after the last.
    private mutating func leaveField(_ page: Page) -> [SessionEvent] {
        let order = arrangement.focusOrder
        if let index = order.firstIndex(where: { $0 == viewpoint.focus }) {
            for next in order[(index + 1)...] {
                guard isFilledIn(next, page) else { continue }
                focus(next)
                return []
            }
        }
        guard let primary = page.actions.first(where: { $0.style == .primary && $0.event != nil }) else { return [] }
        return activated(primary, page).map { [$0] } ?? []
    }

    private func isFilledIn(_ target: TerminalFocus, _ page: Page) -> Bool {
        switch target {
        // Behind a search the matters that were found come next.
        case .node(let id): page.fields.contains { $0.id == id } || page.tiles.contains { $0 == id }
        case .option: true
        case .action: false
        }
    }

    // MARK: Focus and scroll

    private mutating func focus(_ target: TerminalFocus) {
        viewpoint.focus = target
        viewpoint.followsFocus = true
    }

    private mutating func step(by offset: Int) {
        let order = arrangement.focusOrder
        guard !order.isEmpty else { return }
        let index = order.firstIndex { $0 == viewpoint.focus } ?? 0
        focus(order[(index + offset + order.count) % order.count])
    }

    private mutating func scroll(by lines: Int) {
        viewpoint.scroll = max(0, min(viewpoint.scroll + lines, arrangement.lineCount - arrangement.visibleLines))
        viewpoint.followsFocus = false
    }

    /// To the next target, unless text before it would pass unseen: then that is scrolled through first.
    private mutating func moveDown() {
        let order = arrangement.focusOrder
        let next = order.firstIndex { $0 == viewpoint.focus }.flatMap { $0 + 1 < order.count ? order[$0 + 1] : nil }
        let end = viewpoint.scroll + arrangement.visibleLines
        let lines = next.flatMap { arrangement.scrolledLines[$0] }
        let isNear =
            (lines?.upperBound ?? arrangement.lineCount + arrangement.visibleLines) <= end + arrangement.visibleLines
        if let next, isNear { return focus(next) }
        scroll(by: max(1, arrangement.visibleLines - 1))
    }

    private mutating func moveUp() {
        let order = arrangement.focusOrder
        let before = order.firstIndex { $0 == viewpoint.focus }.flatMap { $0 > 0 ? order[$0 - 1] : nil }
        let lines = before.flatMap { arrangement.scrolledLines[$0] }
        let isNear = (lines?.lowerBound ?? viewpoint.scroll) >= viewpoint.scroll - arrangement.visibleLines
        if let before, isNear { return focus(before) }
        scroll(by: -max(1, arrangement.visibleLines - 1))
    }
}

extension Page {
    fileprivate struct Field {
        var id: String
        var entry: Node.Entry
        var value: String
    }

    fileprivate var fields: [Field] {
        nodes.compactMap { node in
            guard case .field(let entry, _, let value, _, _, _) = node.content else { return nil }
            return Field(id: node.id, entry: entry, value: value)
        }
    }

    fileprivate var tiles: [String] {
        nodes.compactMap { node in if case .tile = node.content { node.id } else { nil } }
    }

    fileprivate func options(of id: String) -> [Node.Option] {
        guard case .choice(_, let options, _, _, _) = nodes.first(where: { $0.id == id })?.content else { return [] }
        return options
    }

    fileprivate func isMultiple(_ id: String) -> Bool {
        guard case .choice(_, _, let multiple, _, _) = nodes.first(where: { $0.id == id })?.content
        else { return false }
        return multiple
    }

    /// Every action that works now.
    fileprivate var pressable: [Action] {
        if let dialog { return dialog.actions }
        return nodes.compactMap { node in
            switch node.content {
            case .row(_, _, let change): change
            case .picture(_, _, let remove): remove
            default: nil
            }
        } + actions + bar
    }
}
