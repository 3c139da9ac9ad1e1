/// The pane beside a page's other content: the device the citizen deals with now, or the code to take along.

import KioskCore

struct PageHero {
    let node: String
    /// Its height when the pane is as wide as it was measured for; it may be higher.
    let height: Double
    let draw: (PagePainter, Rect) -> Void

    /// The nodes a page can be built around: the device, then the QR code.
    static func candidates(in nodes: [Node]) -> [Node] {
        let device = nodes.first {
            if case .device = $0.content { true } else { false }
        }
        let code = nodes.first {
            if case .qrCode = $0.content { true } else { false }
        }
        return [device, code].compactMap { $0 }
    }

    /// Upright beside other content, or across the screen when it stands alone. Nil when the node is no hero.
    init?(_ node: Node, width: Double, isAlone: Bool, typesetter: Typesetter, type: TypeScale, words: PageWords) {
        self.node = node.id
        let inner = width - 2 * 40
        switch node.content {
        case .device(let picture, let state, let title, let text):
            let textWidth = isAlone ? inner * 0.56 : inner
            let alignment: TextAlignment = isAlone ? .leading : .center
            let chip = typesetter.layout(words.state(state), type.smallBold)
            let heading = typesetter.layout(
                title, isAlone ? type.title : type.heading, width: textWidth, alignment: alignment)
            let body = text.isEmpty ? nil : typesetter.layout(text, type.body, width: textWidth, alignment: alignment)
            let chipHeight = chip.height + 12
            let textHeight = chipHeight + 14 + heading.height + (body.map { $0.height + 10 } ?? 0)
            let tone: Node.Tone =
                switch state {
                case .waiting: .warning
                case .working: .information
                case .done: .success
                case .failed: .error
                }
            height = isAlone ? max(textHeight + 80, 300) : textHeight + 150 + 60
            draw = { painter, rect in
                painter.card(rect)
                let art: Rect
                let place: Rect
                if isAlone {
                    art = Rect(
                        x: rect.x + 40, y: rect.y + 40, width: inner * 0.4, height: rect.height - 80)
                    place = Rect(
                        x: rect.maxX - 40 - textWidth, y: rect.midY - textHeight / 2, width: textWidth,
                        height: textHeight)
                } else {
                    art = Rect(
                        x: rect.x + 40, y: rect.y + 24, width: inner, height: rect.height - textHeight - 24 - 16 - 28)
                    place = Rect(x: rect.x + 40, y: rect.maxY - 28 - textHeight, width: inner, height: textHeight)
                }
                Illustration.device(picture, state, in: art, on: painter.canvas)
                let chipWidth = chip.width + 48
                let chipRect = Rect(
                    x: isAlone ? place.x : place.midX - chipWidth / 2, y: place.y, width: chipWidth,
                    height: chipHeight)
                let colors = Theme.colors(of: tone)
                painter.canvas.fill(chipRect, radius: chipHeight / 2, colors.ground)
                painter.canvas.text(
                    chip,
                    middleOf: Rect(
                        x: chipRect.x + 24, y: chipRect.y, width: chip.width + 1, height: chipHeight), colors.ink)
                let top = chipRect.maxY + 14
                painter.canvas.text(heading, x: place.x, y: top, Theme.ink, box: rect)
                if let body {
                    painter.canvas.text(body, x: place.x, y: top + heading.height + 10, Theme.ink, box: rect)
                }
            }
        case .qrCode(let text, let caption):
            guard let matrix = QRMatrix(text) else { return nil }
            let label = typesetter.layout(caption, type.body, width: inner, alignment: .center)
            height = label.height + 240 + 64
            draw = { painter, rect in
                painter.card(rect)
                let side = min(inner, rect.height - label.height - 64, 440)
                let top = rect.midY - (side + label.height + 8) / 2
                painter.canvas.code(matrix, in: Rect(x: rect.midX - side / 2, y: top, width: side, height: side))
                painter.canvas.text(label, x: rect.x + 40, y: top + side + 8, Theme.ink, box: rect)
            }
        default:
            return nil
        }
    }
}
