/// Draws the parts that pages share, and notes where they stand.

import KioskCore

/// One drawing of one screen. Rectangles are logical pixels.
final class PagePainter {
    struct Mark {
        var id: String
        var role: PageImage.Target.Role
        var rect: Rect
        var event: SessionEvent?
    }

    let canvas: Canvas
    let type: TypeScale
    let words: PageWords
    let focus: String?
    let pressed: String?
    private(set) var marks: [Mark] = []
    private(set) var nodes: [String: Rect] = [:]

    init(canvas: Canvas, type: TypeScale, words: PageWords, focus: String?, pressed: String?) {
        self.canvas = canvas
        self.type = type
        self.words = words
        self.focus = focus
        self.pressed = pressed
    }

    func forgetMarks() {
        marks = []
    }

    func note(node: String, _ rect: Rect) {
        guard let known = nodes[node] else {
            nodes[node] = rect
            return
        }
        let (x, y) = (min(known.x, rect.x), min(known.y, rect.y))
        nodes[node] = Rect(
            x: x, y: y, width: max(known.maxX, rect.maxX) - x, height: max(known.maxY, rect.maxY) - y)
    }

    /// Notes a target and shows focus and press on it. Call after its ground and before its text.
    func mark(
        _ id: String, _ role: PageImage.Target.Role, _ rect: Rect, event: SessionEvent?, radius: Double = Theme.radius,
        insideFocus: Bool = false
    ) {
        marks.append(Mark(id: id, role: role, rect: rect, event: event))
        if pressed == id { canvas.fill(rect, radius: radius, Color(0x0A1730, alpha: 0.16)) }
        if focus == id {
            let ring = insideFocus ? rect.inset(6) : rect.inset(-7)
            canvas.stroke(ring, radius: insideFocus ? radius : radius + 7, Theme.focus, width: 5)
        }
    }

    func card(_ rect: Rect, _ color: Color = Theme.surface, edge: Color = Theme.line) {
        canvas.fill(rect, radius: Theme.radius, color)
        canvas.stroke(rect, radius: Theme.radius, edge, width: 2)
    }

    func button(_ button: Button, in rect: Rect) {
        let action = button.action
        let ink: Color
        if action.event == nil {
            canvas.fill(rect, radius: Theme.radius, Theme.disabled)
            ink = Theme.disabledInk
        } else {
            switch action.style {
            case .primary:
                canvas.fill(rect, radius: Theme.radius, Theme.brand)
                ink = Theme.brandInk
            case .secondary:
                canvas.fill(rect, radius: Theme.radius, Theme.surface)
                canvas.stroke(rect, radius: Theme.radius, Theme.brand, width: 3)
                ink = Theme.brand
            case .destructive:
                canvas.fill(rect, radius: Theme.radius, Theme.surface)
                canvas.stroke(rect, radius: Theme.radius, Theme.error, width: 3)
                ink = Theme.error
            }
        }
        mark(action.id, .action, rect, event: action.event)
        let width = button.label.wrapWidth ?? button.label.width
        canvas.text(
            button.label, middleOf: Rect(x: rect.midX - width / 2, y: rect.y, width: width, height: rect.height), ink)
    }
}

/// An action with its label set.
struct Button {
    let action: Action
    let label: TextLayout
    let width: Double
    let height: Double

    /// At most `maximum` wide; longer labels wrap.
    init(_ action: Action, _ font: Font, _ typesetter: Typesetter, maximum: Double, minimum: Double, padding: Double) {
        self.action = action
        let natural = typesetter.layout(action.label, font).width + 2
        let inner = min(natural, maximum - 2 * padding)
        label = typesetter.layout(action.label, font, width: inner, alignment: .center)
        width = min(maximum, max(minimum, inner + 2 * padding))
        height = max(Theme.touch, label.height + 2 * 20)
    }

    /// Rows of buttons from the right, the first one outermost, so that the primary action ends up at the right.
    static func rows(_ buttons: [Button], width: Double, gap: Double) -> [[Button]] {
        var rows: [[Button]] = []
        var used = 0.0
        for button in buttons {
            if !rows.isEmpty, used + gap + button.width <= width {
                rows[rows.count - 1].append(button)
                used += gap + button.width
            } else {
                rows.append([button])
                used = button.width
            }
        }
        return rows
    }

    static func height(of rows: [[Button]], gap: Double) -> Double {
        rows.reduce(0) { $0 + ($1.map(\.height).max() ?? 0) } + gap * Double(max(0, rows.count - 1))
    }
}

extension PagePainter {
    /// Draws rows of buttons from the bottom right corner of a box; the first row lowest.
    func buttons(_ rows: [[Button]], bottomRightOf box: Rect, gap: Double) {
        var y = box.maxY
        for row in rows {
            let height = row.map(\.height).max() ?? 0
            y -= height
            var x = box.maxX
            for item in row {
                x -= item.width
                button(item, in: Rect(x: x, y: y, width: item.width, height: height))
                x -= gap
            }
            y -= gap
        }
    }
}
