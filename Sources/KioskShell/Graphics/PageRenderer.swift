/// Draws pages for a screen: frame, content, actions, bar and dialog.

public import KioskCore
import Synchronization

/// A pure function from a page, a scroll position and a focus to pixels. One page is drawn at a time; callers on other
/// threads wait, some milliseconds.
public final class PageRenderer: Sendable {
    public let width: Int
    public let height: Int
    private let typesetter: Mutex<Typesetter>

    /// `width` and `height`: the panel's pixels. Throws `fontMissing` or `invalidSize`.
    public init(width: Int, height: Int) throws(GraphicsError) {
        guard (320...Bitmap.sides.upperBound).contains(width), (320...Bitmap.sides.upperBound).contains(height) else {
            throw GraphicsError(.invalidSize, "screen of \(width) x \(height)")
        }
        self.width = width
        self.height = height
        typesetter = Mutex(try Typesetter())
    }

    /// One screen of the page.
    ///
    /// - Parameters:
    ///   - scroll: which screen of a long page, from 0; clamped.
    ///   - focus: id of the node, option (`node.option`) or action that has the focus. A focused field shows its caret,
    ///     and a focused citizen number is not masked.
    ///   - pressed: id of what a finger is on.
    ///   - pictures: gives the pixels of a photographed page, or nil to draw a sheet in its place.
    public func render(
        _ page: Page, scroll: Int = 0, focus: String? = nil, pressed: String? = nil,
        pictures: @escaping @Sendable (PageReference) -> Bitmap? = { _ in nil }
    ) throws(GraphicsError) -> PageImage {
        try typesetter.withLock { typesetter throws(GraphicsError) in
            // A panel narrower than it is high keeps its own width: text must not shrink with it.
            let scale =
                width >= height
                ? min(Double(width) / 1920, Double(height) / 1080)
                : min(Double(width) / 1080, Double(height) / 1920)
            let frame = PageFrame(
                page: page, width: Double(width) / scale, height: Double(height) / scale, typesetter: typesetter,
                focus: focus, pictures: pictures)
            var bitmap = try Bitmap(width: width, height: height)
            let shown = min(max(scroll, 0), frame.screens.count - 1)
            var painter: PagePainter?
            var faults = Canvas.TextFaults()
            try bitmap.draw(with: typesetter) { canvas in
                canvas.scale(scale)
                let drawing = PagePainter(
                    canvas: canvas, type: frame.type, words: frame.words, focus: focus, pressed: pressed)
                frame.draw(screen: shown, drawing)
                painter = drawing
                faults = canvas.faults
            }
            func pixels(_ rect: Rect) -> PixelRect {
                let (x, y) = (Int((rect.x * scale).rounded()), Int((rect.y * scale).rounded()))
                return PixelRect(
                    x: x, y: y, width: Int((rect.maxX * scale).rounded()) - x,
                    height: Int((rect.maxY * scale).rounded()) - y)
            }
            var screenOfNode: [String: Int] = [:]
            for (index, screen) in frame.screens.enumerated() {
                for placed in screen where screenOfNode[placed.block.node] == nil {
                    screenOfNode[placed.block.node] = index
                }
            }
            return PageImage(
                bitmap: bitmap, scroll: shown, pageCount: frame.screens.count,
                targets: (painter?.marks ?? []).map {
                    PageImage.Target(id: $0.id, role: $0.role, rect: pixels($0.rect), event: $0.event)
                },
                nodes: (painter?.nodes ?? [:]).mapValues(pixels), screenOfNode: screenOfNode,
                cutTexts: faults.overflowing + faults.ellipsized, unknownGlyphs: faults.unknownGlyphs)
        }
    }
}

/// A page laid out for a screen.
struct PageFrame {
    let page: Page
    let width: Double
    let height: Double
    let type: TypeScale
    let words: PageWords
    /// The content's blocks, a list a screen; places are relative to the flow's box.
    private(set) var screens: [[PlacedBlock]] = []

    private let typesetter: Typesetter
    private let margin: Double
    private let header: Rect
    private let matter: TextLayout
    private let step: TextLayout?
    private let banner: (layout: TextLayout, rect: Rect)?
    private let title: (layout: TextLayout, y: Double)
    private let buttons: [Button]
    private let bar: Rect
    private let barLabels: [TextLayout]
    private var actionRows: [[Button]] = []
    private var actionBox = Rect(x: 0, y: 0, width: 0, height: 0)
    private var pager: Pager?
    private var content = Rect(x: 0, y: 0, width: 0, height: 0)
    private var flowBox = Rect(x: 0, y: 0, width: 0, height: 0)
    private var hero: (pane: PageHero, rect: Rect)?

    /// The buttons that turn to another screen of the page, at the left of the actions.
    private struct Pager {
        var up: TextLayout?
        var down: TextLayout?
        var buttonWidth: Double
        var countWidth: Double
        /// Above the actions, where they leave no room beside them.
        var hasOwnRow = false

        var width: Double { 2 * buttonWidth + countWidth }
    }

    private static let actionGap = 24.0
    private static let iconSize = 44.0

    init(
        page: Page, width: Double, height: Double, typesetter: Typesetter, focus: String?,
        pictures: @escaping (PageReference) -> Bitmap?
    ) {
        self.page = page
        self.width = width
        self.height = height
        self.typesetter = typesetter
        let type = TypeScale(page.textSize)
        let words = PageWords(language: page.language)
        self.type = type
        self.words = words
        margin = width > 1500 ? 96 : 48
        let inner = width - 2 * margin

        // Header: what this is about, and how far it is.
        step = page.progress.map { typesetter.layout(words.step($0.step, of: $0.of), type.smallBold) }
        let matterWidth = inner - 72 - (step.map { $0.width + 48 } ?? 0)
        matter = typesetter.layout(page.matter ?? words.product, type.smallBold, width: matterWidth)
        header = Rect(x: 0, y: 0, width: width, height: max(84, matter.height + 24))
        var y = header.maxY + (page.progress == nil ? 0 : 12)
        if let text = page.staffBanner {
            let layout = typesetter.layout(text, type.smallBold, width: inner - 72)
            let rect = Rect(x: 0, y: y, width: width, height: layout.height + 24)
            banner = (layout, rect)
            y = rect.maxY
        } else {
            banner = nil
        }
        title = (typesetter.layout(page.title, type.title, width: inner), y + 10)

        // From the bottom: the bar, then the page's own actions.
        let cell = width / Double(max(1, page.bar.count))
        barLabels = page.bar.enumerated().map { index, action in
            let hasIcon = Self.barIcons.indices.contains(index)
            let room = Self.stacksBar(cell) ? cell - 2 * 8 : cell - 2 * 12 - (hasIcon ? Self.iconSize + 18 : 0)
            let natural = typesetter.layout(action.label, type.smallBold).width + 2
            return typesetter.layout(action.label, type.smallBold, width: min(natural, room), alignment: .center)
        }
        let barIcons = Self.stacksBar(cell) ? Self.iconSize + 6 : 0
        let barHeight = page.bar.isEmpty ? 0 : max(100, (barLabels.map(\.height).max() ?? 0) + barIcons + 32)
        bar = Rect(x: 0, y: height - barHeight, width: width, height: barHeight)
        let buttons = page.actions.map { action in
            Button(
                action, type.bodyBold, typesetter, maximum: inner, minimum: action.style == .primary ? 380 : 260,
                padding: action.style == .primary ? 64 : 48)
        }
        self.buttons = buttons.filter { $0.action.style == .primary } + buttons.filter { $0.action.style != .primary }
        placeActions(withPager: false)
        arrange(focus: focus, pictures: pictures)
        if screens.count > 1 {
            placeActions(withPager: true)
            arrange(focus: focus, pictures: pictures)
        }
    }

    /// Puts the actions in rows above the bar; what is left between them and the title is the content's.
    private mutating func placeActions(withPager: Bool) {
        let inner = width - 2 * margin
        let gap = Self.actionGap
        actionRows = Button.rows(buttons, width: inner, gap: gap)
        pager = nil
        var actionHeight = Button.height(of: actionRows, gap: gap)
        if withPager {
            let count = typesetter.layout("88 / 88", type.smallBold).width + 32
            let up = typesetter.layout(words.scrollUp, type.smallBold)
            let down = typesetter.layout(words.scrollDown, type.smallBold)
            let wide = max(up.width, down.width) + 44 + 16 + 2 * 32
            let labelled = Pager(up: up, down: down, buttonWidth: wide, countWidth: count)
            let bare = Pager(up: nil, down: nil, buttonWidth: 120, countWidth: count)
            func rows(beside pager: Pager) -> [[Button]]? {
                let room = inner - pager.width - gap
                let rows = Button.rows(buttons, width: room, gap: gap)
                return buttons.allSatisfy { $0.width <= room } ? rows : nil
            }
            if let rows = rows(beside: labelled), rows.count <= actionRows.count {
                (actionRows, pager) = (rows, labelled)
                actionHeight = max(Button.height(of: rows, gap: gap), 96)
            } else if let rows = rows(beside: bare) {
                (actionRows, pager) = (rows, bare)
                actionHeight = max(Button.height(of: rows, gap: gap), 96)
            } else {
                pager = labelled
                pager?.hasOwnRow = true
                actionHeight += gap + 96
            }
        }
        actionBox = Rect(x: margin, y: bar.y - 20 - actionHeight, width: inner, height: actionHeight)
        let top = title.y + title.layout.height + 10
        let bottom = actionHeight == 0 ? bar.y - 24 : actionBox.y - 16
        content = Rect(x: margin, y: top, width: inner, height: max(120, bottom - top))
    }

    /// Chooses between one column, a pane beside the flow, and two columns: what needs the fewest screens, and of those
    /// what reads most easily.
    private mutating func arrange(focus: String?, pictures: @escaping (PageReference) -> Bitmap?) {
        typealias Arrangement = (screens: [[PlacedBlock]], hero: (pane: PageHero, rect: Rect)?, box: Rect)
        func builder(_ grid: Grid, _ height: Double, _ density: PageBlocks.Density) -> PageBlocks {
            PageBlocks(
                typesetter: typesetter, type: type, words: words, grid: grid, screenHeight: height, focus: focus,
                tileSpan: tiles.span, tileHeight: tiles.height, isLongTile: tiles.isLong, isQuestion: isQuestion,
                density: density,
                pictures: pictures)
        }
        func flow(_ nodes: [Node], in box: Rect, _ density: PageBlocks.Density) -> [[PlacedBlock]]? {
            let grid = Grid(width: box.width)
            guard density == .list else {
                let blocks = builder(grid, box.height, density).blocks(of: nodes)
                return Flow.screens(of: blocks, grid: grid) { _ in box.height }
            }
            guard isList, !grid.isNarrow else { return nil }
            let lead = nodes.prefix { if case .heading = $0.content { false } else { true } }
            let column = Grid(width: grid.width(of: 6))
            let leadBlocks = builder(grid, box.height, .easy).blocks(of: Array(lead))
            let leadHeight = leadBlocks.reduce(0) { $0 + $1.height + $1.gap }
            guard leadHeight < box.height / 2 else { return nil }
            return Flow.columns(
                of: builder(column, box.height - leadHeight, density).blocks(of: Array(nodes.dropFirst(lead.count))),
                lead: leadBlocks, grid: grid, column: column, height: box.height)
        }
        var best: Arrangement?
        for node in PageHero.candidates(in: page.nodes).map(Optional.some) + [nil] {
            var box = content
            var pane: (pane: PageHero, rect: Rect)?
            var nodes = page.nodes
            if let node {
                guard content.width > 1300 || nodes.count == 1, let placed = place(hero: node) else { continue }
                (pane, box) = (placed.pane, placed.rest)
                nodes.removeAll { $0.id == node.id }
            }
            for density in [PageBlocks.Density.easy, .list, .compact] {
                guard let screens = nodes.isEmpty ? [[]] : flow(nodes, in: box, density) else { continue }
                if best.map({ screens.count < $0.screens.count }) ?? true { best = (screens, pane, box) }
                if screens.count == 1 { break }
            }
            if best?.screens.count == 1 { break }
        }
        guard let best else { return }
        (screens, hero, flowBox) = (best.screens, best.hero, best.box)
    }

    /// Few tiles are shown larger; those with more to read wider.
    private var tiles: (span: Int, height: Double, isLong: Bool) {
        let details = page.nodes.compactMap { node -> String? in
            if case .tile(_, let detail, _) = node.content { detail } else { nil }
        }
        let isLong = details.contains { $0.count > 24 }
        return details.count <= 4 || isLong ? (6, isLong ? 170 : 220, isLong) : (4, 170, false)
    }

    /// Nothing but facts and remarks under headings, as on the page where people check their answers; above the first
    /// heading what must be seen.
    private var isList: Bool {
        let headings = page.nodes.count { if case .heading = $0.content { true } else { false } }
        let first = page.nodes.firstIndex { if case .heading = $0.content { true } else { false } }
        return headings > 1
            && page.nodes.enumerated().allSatisfy { index, node in
                switch node.content {
                case .heading, .paragraph, .bullet, .row: true
                case .notice: index < first ?? 0
                default: false
                }
            }
    }

    /// One question and nothing to type: its answers may be as large as they like.
    private var isQuestion: Bool {
        var choices = 0
        for node in page.nodes {
            switch node.content {
            case .choice: choices += 1
            case .heading, .paragraph, .notice: break
            default: return false
            }
        }
        return choices == 1
    }

    private func place(hero node: Node) -> (pane: (pane: PageHero, rect: Rect), rest: Rect)? {
        let isUpright = content.width <= 1300
        let isAlone = page.nodes.count == 1
        let isCode = if case .qrCode = node.content { true } else { false }
        let paneWidth = isAlone ? content.width : (content.width * (isCode ? 0.34 : 0.44)).rounded()
        guard
            let pane = PageHero(
                node, width: paneWidth, isAlone: isAlone && !isUpright, typesetter: typesetter, type: type, words: words
            ),
            pane.height <= content.height
        else { return nil }
        // A code is taken along at the end: it stands where the eye leaves the page.
        let paneX = isCode ? content.maxX - paneWidth : content.x
        let rest = Rect(
            x: isCode ? content.x : paneX + paneWidth + 2 * Theme.gutter, y: content.y,
            width: content.width - paneWidth - 2 * Theme.gutter, height: content.height)
        let height = isAlone ? min(content.height, isUpright ? 900 : 640) : content.height
        return ((pane, Rect(x: paneX, y: content.y, width: paneWidth, height: height)), rest)
    }

    /// The bar's order is fixed, so the place tells the icon, also of an action that cannot be pressed now.
    private static let barIcons: [Illustration.Icon] = [.back, .startOver, .bell, .globe, .letter]

    /// In cells too narrow for both, the icon stands above its label.
    private static func stacksBar(_ cell: Double) -> Bool { cell < 300 }

    // MARK: Drawing

    func draw(screen index: Int, _ painter: PagePainter) {
        let canvas = painter.canvas
        canvas.fill(Rect(x: 0, y: 0, width: width, height: height), Theme.ground)
        drawHeader(painter)
        canvas.text(title.layout, x: margin, y: title.y, Theme.ink)
        if let hero {
            hero.pane.draw(painter, hero.rect)
            painter.note(node: hero.pane.node, hero.rect)
        }
        if screens.indices.contains(index) {
            for placed in screens[index] {
                var rect = placed.rect
                rect.x += flowBox.x
                rect.y += flowBox.y
                placed.block.draw(painter, rect)
                painter.note(node: placed.block.node, rect)
            }
        }
        if let pager, screens.count > 1 { draw(pager, screen: index, painter) }
        painter.buttons(actionRows, bottomRightOf: actionBox, gap: Self.actionGap)
        drawBar(painter)
        if let dialog = page.dialog {
            painter.forgetMarks()
            draw(dialog: dialog, painter)
        }
    }

    private func drawHeader(_ painter: PagePainter) {
        let canvas = painter.canvas
        canvas.fill(header, Theme.header)
        let mark = 48.0
        Illustration.mark(
            in: Rect(x: margin, y: header.midY - mark / 2, width: mark, height: mark), Theme.headerInk, canvas)
        canvas.text(
            matter,
            middleOf: Rect(
                x: margin + 72, y: header.y, width: matter.wrapWidth ?? matter.width, height: header.height),
            Theme.headerInk)
        if let step, let progress = page.progress {
            canvas.text(
                step,
                middleOf: Rect(
                    x: width - margin - step.width, y: header.y, width: step.width + 1, height: header.height),
                Theme.headerSoft)
            let count = max(1, progress.of)
            let gap = count > 40 ? 0.0 : 4.0
            let piece = (width + gap) / Double(count)
            for index in 0..<count {
                canvas.fill(
                    Rect(x: Double(index) * piece, y: header.maxY, width: piece - gap, height: 12),
                    index < progress.step ? Theme.headerFill : Theme.headerTrack)
            }
        }
        if let banner {
            let colors = Theme.colors(of: .warning)
            canvas.fill(banner.rect, colors.ground)
            Illustration.icon(
                .bell, x: margin + 24, y: banner.rect.midY, size: Self.iconSize, colors.accent, canvas)
            canvas.text(
                banner.layout,
                middleOf: Rect(
                    x: margin + 72, y: banner.rect.y, width: width - 2 * margin - 72, height: banner.rect.height),
                colors.ink)
        }
    }

    private func draw(_ pager: Pager, screen: Int, _ painter: PagePainter) {
        let height = pager.hasOwnRow ? 96 : actionRows.first?.map(\.height).max() ?? 96
        let y = pager.hasOwnRow ? actionBox.y : actionBox.maxY - height
        let up = Rect(x: margin, y: y, width: pager.buttonWidth, height: height)
        let middle = Rect(x: up.maxX, y: y, width: pager.countWidth, height: height)
        let down = Rect(x: middle.maxX, y: y, width: pager.buttonWidth, height: height)
        let count = typesetter.layout(
            "\(screen + 1) / \(screens.count)", type.smallBold, width: middle.width, alignment: .center)
        painter.canvas.text(count, middleOf: middle, Theme.ink)
        scrollButton("scroll.up", to: screen - 1, pager.up, up: true, in: up, painter)
        scrollButton("scroll.down", to: screen + 1, pager.down, up: false, in: down, painter)
    }

    private func scrollButton(
        _ id: String, to screen: Int, _ label: TextLayout?, up: Bool, in rect: Rect, _ painter: PagePainter
    ) {
        let isPossible = screens.indices.contains(screen)
        let canvas = painter.canvas
        let ink = isPossible ? Theme.brand : Theme.disabledInk
        canvas.fill(rect, radius: Theme.radius, isPossible ? Theme.surface : Theme.disabled)
        if isPossible {
            canvas.stroke(rect, radius: Theme.radius, Theme.brand, width: 3)
            painter.mark(id, .scroll(screen), rect, event: nil)
        }
        guard let label else {
            Illustration.vertical(up: up, x: rect.midX, y: rect.midY, size: 44, ink, canvas)
            return
        }
        let x = rect.midX - (label.width + 60) / 2
        Illustration.vertical(up: up, x: x + 22, y: rect.midY, size: 36, ink, canvas)
        canvas.text(
            label, middleOf: Rect(x: x + 60, y: rect.y, width: label.width + 1, height: rect.height), ink)
    }

    private func drawBar(_ painter: PagePainter) {
        guard !page.bar.isEmpty else { return }
        let canvas = painter.canvas
        canvas.fill(bar, Theme.surface)
        canvas.fill(Rect(x: 0, y: bar.y, width: width, height: 2), Theme.line)
        let cell = width / Double(page.bar.count)
        for (index, (action, label)) in zip(page.bar, barLabels).enumerated() {
            let rect = Rect(x: Double(index) * cell, y: bar.y, width: cell, height: bar.height)
            if index > 0 {
                canvas.fill(Rect(x: rect.x - 1, y: bar.y + 24, width: 2, height: bar.height - 48), Theme.line)
            }
            painter.mark(action.id, .action, rect, event: action.event, radius: 0, insideFocus: true)
            let icon = Self.barIcons.indices.contains(index) ? Self.barIcons[index] : nil
            let labelWidth = label.wrapWidth ?? label.width
            if Self.stacksBar(cell) {
                if let icon {
                    Illustration.icon(
                        icon, x: rect.midX, y: rect.y + 16 + Self.iconSize / 2, size: Self.iconSize,
                        action.event == nil ? Theme.disabledInk : Theme.brand, canvas)
                }
                canvas.text(
                    label, x: rect.midX - labelWidth / 2, y: rect.y + 16 + Self.iconSize + 6,
                    action.event == nil ? Theme.disabledInk : Theme.ink)
                continue
            }
            let total = labelWidth + (icon == nil ? 0 : Self.iconSize + 18)
            let ink = action.event == nil ? Theme.disabledInk : Theme.brand
            var x = rect.midX - total / 2
            if let icon {
                Illustration.icon(icon, x: x + Self.iconSize / 2, y: rect.midY, size: Self.iconSize, ink, canvas)
                x += Self.iconSize + 18
            }
            canvas.text(
                label, middleOf: Rect(x: x, y: rect.y, width: labelWidth, height: rect.height),
                action.event == nil ? Theme.disabledInk : Theme.ink)
        }
    }

    private func draw(dialog: Page.Dialog, _ painter: PagePainter) {
        let canvas = painter.canvas
        canvas.fill(Rect(x: 0, y: 0, width: width, height: height), Theme.veil)
        let panelWidth = min(1280, width - 96)
        let inner = panelWidth - 2 * 64
        let ring = 130.0
        let textWidth = dialog.countdown == nil ? inner : inner - 2 * ring - 56
        let heading = typesetter.layout(dialog.title, type.title, width: textWidth)
        let body = typesetter.layout(dialog.text, type.body, width: textWidth)
        let buttons = dialog.actions.map { action in
            Button(
                action, type.bodyBold, typesetter, maximum: inner, minimum: action.style == .primary ? 380 : 260,
                padding: 48)
        }
        let ordered = buttons.filter { $0.action.style == .primary } + buttons.filter { $0.action.style != .primary }
        let rows = Button.rows(ordered, width: inner, gap: Self.actionGap)
        let buttonHeight = Button.height(of: rows, gap: Self.actionGap)
        let textHeight = heading.height + 16 + body.height
        let upper = max(textHeight, dialog.countdown == nil ? 0 : 2 * ring + 8)
        let panelHeight = 56 + upper + 48 + buttonHeight + 56
        let panel = Rect(
            x: (width - panelWidth) / 2, y: max(24, (height - panelHeight) / 2), width: panelWidth,
            height: panelHeight)
        canvas.fill(panel, radius: 28, Theme.surface)
        var x = panel.x + 64
        if let countdown = dialog.countdown {
            let (centerX, centerY) = (x + ring, panel.y + 56 + upper / 2)
            canvas.arc(centerX, centerY, ring - 8, Theme.brandPale, width: 16)
            // A full ring is a minute.
            let share = min(1, max(0, Double(countdown) / 60))
            canvas.arc(
                centerX, centerY, ring - 8, from: -.pi / 2, to: -.pi / 2 + 2 * .pi * share, Theme.brand, width: 16)
            let number = typesetter.layout(
                String(countdown), Font(size: 104, weight: .bold, lineSpacing: 0.8), width: 2 * ring, alignment: .center
            )
            let unit = typesetter.layout(words.seconds, Font(size: 36), width: 2 * ring, alignment: .center)
            let top = centerY - (number.height + unit.height) / 2 + 6
            canvas.text(number, x: centerX - ring, y: top - 12, Theme.ink)
            canvas.text(unit, x: centerX - ring, y: top + number.height - 28, Theme.inkSoft)
            x += 2 * ring + 56
        }
        let top = panel.y + 56 + (upper - textHeight) / 2
        canvas.text(heading, x: x, y: top, Theme.ink, box: panel)
        canvas.text(body, x: x, y: top + heading.height + 16, Theme.ink, box: panel)
        painter.buttons(
            rows,
            bottomRightOf: Rect(
                x: panel.x + 64, y: panel.maxY - 56 - buttonHeight, width: inner, height: buttonHeight),
            gap: Self.actionGap)
    }
}
