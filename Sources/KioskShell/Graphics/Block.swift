/// The pieces a page's content is made of, and how they fill screens.

/// A piece that is never cut, measured for the width it gets.
struct Block {
    /// The node it belongs to.
    var node: String
    /// Columns of twelve.
    var span: Int
    var height: Double
    /// Space above it, unless it stands at the top.
    var gap = Theme.gap
    /// Never the last on a screen: a heading, the label of options.
    var keepsWithNext = false
    /// Begins a row of its own even where it would fit beside the one before.
    var startsRow = false
    /// The rectangle has at least the measured height: cells of a row are as high as the highest.
    var draw: (PagePainter, Rect) -> Void
}

/// Columns of a page's content.
struct Grid {
    var width: Double

    /// Panels too narrow for two columns give every block the whole width.
    var isNarrow: Bool { width < 1160 }

    func span(_ wanted: Int) -> Int { isNarrow ? 12 : wanted }

    func width(of span: Int) -> Double {
        (width + Theme.gutter) * Double(span) / 12 - Theme.gutter
    }
}

/// A block with its place inside the content area.
struct PlacedBlock {
    var block: Block
    var rect: Rect
}

enum Flow {
    private struct Row {
        var blocks: [Block]

        var height: Double { blocks.map(\.height).max() ?? 0 }
        var gap: Double { blocks.map(\.gap).max() ?? 0 }
        var keepsWithNext: Bool { blocks.contains { $0.keepsWithNext } }
    }

    /// Newspaper columns: the blocks run down the left column, then the right one, then on to the next screen. What
    /// stands in `lead` is set across the first screen above them. Nil when a node would stand partly in one column,
    /// partly in the other.
    static func columns(
        of blocks: [Block], lead: [Block], grid: Grid, column: Grid, height: Double
    ) -> [[PlacedBlock]]? {
        var screens = [[PlacedBlock]()]
        var top = 0.0
        if !lead.isEmpty {
            let placed = self.screens(of: lead, grid: grid) { _ in height }
            let end = placed.first?.map(\.rect.maxY).max() ?? 0
            guard placed.count == 1 else { return nil }
            screens = placed
            top = end + Theme.gap
        }
        let columns = self.screens(of: blocks, grid: column) { $0 < 2 ? height - top : height }
        for (index, blocks) in columns.enumerated() {
            if index > 1, index.isMultiple(of: 2) { screens.append([]) }
            screens[screens.count - 1] += blocks.map { placed in
                var placed = placed
                placed.rect.x += index.isMultiple(of: 2) ? 0 : column.width + Theme.gutter
                placed.rect.y += index < 2 ? top : 0
                return placed
            }
        }
        for screen in screens {
            let places = Set(screen.map { [$0.block.node, $0.rect.x < column.width ? "left" : "right"] })
            guard places.count == Set(screen.map(\.block.node)).count else { return nil }
        }
        return screens
    }

    /// Fills rows of twelve columns, and screens with the rows: `height` gives each screen's. Order is kept.
    static func screens(of blocks: [Block], grid: Grid, height: (Int) -> Double) -> [[PlacedBlock]] {
        var rows: [Row] = []
        for block in blocks {
            let used = rows.last?.blocks.reduce(0) { $0 + $1.span } ?? 12
            if let last = rows.last, !block.startsRow, used + block.span <= 12, !last.keepsWithNext {
                rows[rows.count - 1].blocks.append(block)
            } else {
                rows.append(Row(blocks: [block]))
            }
        }
        var screens: [[PlacedBlock]] = []
        var screen: [PlacedBlock] = []
        var y = 0.0
        var index = 0
        while index < rows.count {
            // A row that keeps with the next moves with it.
            var end = index
            while rows[end].keepsWithNext, end + 1 < rows.count { end += 1 }
            let group = rows[index...end]
            let needed = group.dropFirst().reduce(group.first?.height ?? 0) { $0 + $1.gap + $1.height }
            let gap = screen.isEmpty ? 0 : (group.first?.gap ?? 0)
            if !screen.isEmpty, y + gap + needed > height(screens.count) {
                screens.append(screen)
                screen = []
                y = 0
            }
            for row in group {
                if !screen.isEmpty { y += row.gap }
                if !screen.isEmpty, y + row.height > height(screens.count) {
                    screens.append(screen)
                    screen = []
                    y = 0
                }
                var x = 0.0
                for block in row.blocks {
                    let width = grid.width(of: block.span)
                    screen.append(
                        PlacedBlock(block: block, rect: Rect(x: x, y: y, width: width, height: row.height)))
                    x += width + Theme.gutter
                }
                y += row.height
            }
            index = end + 1
        }
        screens.append(screen)
        return screens
    }
}
