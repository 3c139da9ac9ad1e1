/// The drawings of a page: devices, signs and the icons of the bottom bar.

import Glibc
import KioskCore

enum Illustration {
    private static let body = Color(0xFFFFFF)
    private static let shade = Color(0xDCE6F3)
    private static let outline = Color(0x1F3E70)
    private static let accent = Theme.brand
    private static let weight = 6.0

    /// The size devices are drawn at; `device` fits it into its box.
    static let size = (width: 480.0, height: 340.0)

    static func device(
        _ picture: Node.DevicePicture, _ state: Node.DeviceState, in box: Rect, on canvas: Canvas
    ) {
        let scale = min(box.width / size.width, box.height / size.height)
        canvas.moved(x: box.midX - size.width * scale / 2, y: box.midY - size.height * scale / 2, scale: scale) {
            canvas.circle(240, 176, 160, Color(0xE6EFFB))
            switch picture {
            case .cardOnReader: cardOnReader(canvas, guides: state == .waiting)
            case .paperUnderCamera: paperUnderCamera(canvas, guides: state == .waiting)
            case .printer: printer(canvas)
            case .office: office(canvas)
            case .safe: safe(canvas)
            case .cardInSlot: cardInSlot(canvas, guides: state == .waiting)
            case .eitherCard: eitherCard(canvas, guides: state == .waiting)
            case .faceBeforeCamera: faceBeforeCamera(canvas)
            case .staffWithCitizen: staffWithCitizen(canvas)
            }
            badge(state, x: 398, y: 268, radius: 50, canvas)
        }
    }

    // MARK: Devices

    private static func box(_ rect: Rect, radius: Double, _ fill: Color, _ canvas: Canvas) {
        canvas.fill(rect, radius: radius, fill)
        canvas.stroke(rect, radius: radius, outline, width: weight)
    }

    private static func cardOnReader(_ canvas: Canvas, guides: Bool) {
        // The reader: a flat desk unit with the mark where the card goes.
        box(Rect(x: 70, y: 226, width: 340, height: 78), radius: 22, shade, canvas)
        canvas.fill(Rect(x: 110, y: 254, width: 132, height: 12), radius: 6, outline)
        canvas.circle(368, 262, 12, Color(0x17A35B))
        // The card: photograph on the right, text on the left.
        let card = Rect(x: 124, y: 52, width: 232, height: 146)
        box(card, radius: 16, body, canvas)
        canvas.fill(Rect(x: 148, y: 80, width: 84, height: 12), radius: 6, accent)
        canvas.fill(Rect(x: 148, y: 106, width: 62, height: 10), radius: 5, Color(0x9FB4D1))
        canvas.fill(Rect(x: 148, y: 130, width: 92, height: 10), radius: 5, Color(0x9FB4D1))
        canvas.fill(Rect(x: 148, y: 166, width: 150, height: 12), radius: 6, outline)
        canvas.fill(Rect(x: 264, y: 76, width: 68, height: 82), radius: 8, shade)
        canvas.circle(298, 106, 16, outline)
        canvas.clipped(to: Rect(x: 264, y: 76, width: 68, height: 82), radius: 8) {
            canvas.circle(298, 162, 32, outline)
        }
        if guides { arrowDown(x: 96, from: 92, to: 196, canvas) }
    }

    private static func paperUnderCamera(_ canvas: Canvas, guides: Bool) {
        // Foot, arm and head of the stand.
        box(Rect(x: 84, y: 286, width: 312, height: 30), radius: 12, shade, canvas)
        canvas.line([(112, 286), (112, 54), (240, 54)], outline, width: 16)
        canvas.line([(112, 286), (112, 54), (240, 54)], body, width: 5)
        box(Rect(x: 194, y: 34, width: 92, height: 46), radius: 14, body, canvas)
        canvas.circle(240, 84, 15, outline)
        canvas.circle(240, 84, 6, Color(0x8FB7F0))
        // What the camera sees.
        canvas.polygon([(228, 100), (252, 100), (346, 262), (140, 262)], Color(0x0A4A9C, alpha: 0.12))
        // The sheet, lying flat.
        let sheet: [(Double, Double)] = [(172, 204), (314, 204), (344, 280), (142, 280)]
        canvas.polygon(sheet, body)
        canvas.line(sheet + [(172, 204)], outline, width: weight)
        canvas.line([(190, 224), (256, 224)], accent, width: 8)
        canvas.line([(180, 242), (306, 242)], Color(0x9FB4D1), width: 6)
        canvas.line([(172, 260), (314, 260)], Color(0x9FB4D1), width: 6)
        if guides { arrowDown(x: 392, from: 96, to: 188, canvas) }
    }

    private static func printer(_ canvas: Canvas) {
        // Sheet feeding in, the case, and the sheet coming out.
        box(Rect(x: 162, y: 36, width: 156, height: 96), radius: 8, body, canvas)
        box(Rect(x: 92, y: 116, width: 296, height: 124), radius: 22, shade, canvas)
        canvas.fill(Rect(x: 126, y: 146, width: 60, height: 14), radius: 7, outline)
        canvas.circle(346, 153, 11, Color(0x17A35B))
        canvas.fill(Rect(x: 136, y: 196, width: 208, height: 14), radius: 7, outline)
        box(Rect(x: 160, y: 200, width: 160, height: 118), radius: 8, body, canvas)
        canvas.fill(Rect(x: 182, y: 228, width: 80, height: 12), radius: 6, accent)
        canvas.fill(Rect(x: 182, y: 254, width: 116, height: 10), radius: 5, Color(0x9FB4D1))
        canvas.fill(Rect(x: 182, y: 278, width: 96, height: 10), radius: 5, Color(0x9FB4D1))
    }

    private static func office(_ canvas: Canvas) {
        // A public building: steps, columns, pediment.
        canvas.polygon([(240, 40), (400, 124), (80, 124)], body)
        canvas.line([(240, 40), (400, 124), (80, 124), (240, 40)], outline, width: weight)
        canvas.circle(240, 94, 15, accent)
        box(Rect(x: 96, y: 124, width: 288, height: 30), radius: 4, shade, canvas)
        for x in [116.0, 180, 244, 308] {
            box(Rect(x: x + 4, y: 154, width: 48, height: 104), radius: 4, body, canvas)
        }
        box(Rect(x: 96, y: 256, width: 288, height: 26), radius: 4, shade, canvas)
        box(Rect(x: 72, y: 280, width: 336, height: 30), radius: 4, shade, canvas)
    }

    private static func safe(_ canvas: Canvas) {
        canvas.fill(Rect(x: 138, y: 296, width: 44, height: 24), radius: 6, outline)
        canvas.fill(Rect(x: 298, y: 296, width: 44, height: 24), radius: 6, outline)
        box(Rect(x: 104, y: 48, width: 272, height: 254), radius: 26, shade, canvas)
        box(Rect(x: 132, y: 76, width: 216, height: 198), radius: 14, body, canvas)
        canvas.arc(240, 175, 56, outline, width: weight)
        canvas.circle(240, 175, 18, accent)
        for turn in 0..<3 {
            let angle = Double(turn) * 2 * .pi / 3 - .pi / 2
            let (x, y) = unit(angle)
            canvas.line([(240 + x * 26, 175 + y * 26), (240 + x * 50, 175 + y * 50)], outline, width: 8)
        }
        canvas.line([(320, 140), (320, 210)], outline, width: 10)
    }

    /// A chip card above the slot it goes into, chip end first.
    private static func cardInSlot(_ canvas: Canvas, guides: Bool) {
        box(Rect(x: 70, y: 226, width: 340, height: 78), radius: 22, shade, canvas)
        canvas.fill(Rect(x: 130, y: 238, width: 220, height: 16), radius: 8, outline)
        canvas.circle(376, 278, 12, Color(0x17A35B))
        chipCard(Rect(x: 166, y: 32, width: 148, height: 214), canvas)
        box(Rect(x: 118, y: 246, width: 244, height: 34), radius: 10, shade, canvas)
        if guides { arrowDown(x: 110, from: 84, to: 188, canvas) }
    }

    private static func chipCard(_ card: Rect, _ canvas: Canvas) {
        box(card, radius: 16, body, canvas)
        canvas.fill(Rect(x: card.x + 22, y: card.y + 24, width: card.width - 70, height: 12), radius: 6, accent)
        canvas.fill(
            Rect(x: card.x + 22, y: card.y + 50, width: card.width - 50, height: 10), radius: 5, Color(0x9FB4D1))
        let chip = Rect(x: card.midX - 28, y: card.maxY - 92, width: 56, height: 46)
        canvas.fill(chip, radius: 8, Color(0xD9A520))
        canvas.stroke(chip, radius: 8, outline, width: 4)
        canvas.line([(chip.midX, chip.y), (chip.midX, chip.maxY)], outline, width: 4)
        canvas.line([(chip.x, chip.midY), (chip.maxX, chip.midY)], outline, width: 4)
    }

    /// Both places where a card may be put: flat on the reader at the left, into the slot at the right.
    private static func eitherCard(_ canvas: Canvas, guides: Bool) {
        box(Rect(x: 26, y: 230, width: 206, height: 66), radius: 18, shade, canvas)
        let card = Rect(x: 42, y: 100, width: 174, height: 110)
        box(card, radius: 14, body, canvas)
        canvas.fill(Rect(x: 60, y: 122, width: 62, height: 10), radius: 5, accent)
        canvas.fill(Rect(x: 60, y: 144, width: 48, height: 8), radius: 4, Color(0x9FB4D1))
        canvas.fill(Rect(x: 60, y: 184, width: 112, height: 10), radius: 5, outline)
        canvas.fill(Rect(x: 146, y: 118, width: 52, height: 58), radius: 6, shade)
        canvas.circle(172, 138, 12, outline)
        canvas.clipped(to: Rect(x: 146, y: 118, width: 52, height: 58), radius: 6) {
            canvas.circle(172, 180, 24, outline)
        }
        box(Rect(x: 258, y: 230, width: 196, height: 66), radius: 18, shade, canvas)
        chipCard(Rect(x: 296, y: 40, width: 120, height: 206), canvas)
        box(Rect(x: 280, y: 246, width: 152, height: 30), radius: 9, shade, canvas)
        if guides { arrowDown(x: 129, from: 32, to: 84, canvas) }
    }

    private static func person(x: Double, top: Double, size: Double, _ coat: Color, _ canvas: Canvas) {
        canvas.clipped(to: Rect(x: x - size, y: top + size * 0.9, width: size * 2, height: size * 1.35)) {
            canvas.circle(x, top + size * 1.95, size * 0.92, outline)
            canvas.circle(x, top + size * 1.95, size * 0.92 - weight, coat)
        }
        canvas.circle(x, top + size * 0.52, size * 0.5, outline)
        canvas.circle(x, top + size * 0.52, size * 0.5 - weight, body)
    }

    /// A face in the frame of what the camera sees.
    private static func faceBeforeCamera(_ canvas: Canvas) {
        box(Rect(x: 186, y: 20, width: 108, height: 44), radius: 14, shade, canvas)
        canvas.circle(240, 42, 14, outline)
        canvas.circle(240, 42, 6, Color(0x8FB7F0))
        canvas.polygon([(230, 66), (250, 66), (334, 300), (146, 300)], Color(0x0A4A9C, alpha: 0.12))
        person(x: 240, top: 92, size: 92, shade, canvas)
        canvas.circle(222, 134, 5, outline)
        canvas.circle(258, 134, 5, outline)
        canvas.line([(224, 158), (240, 164), (256, 158)], outline, width: 5)
        for (x, y, dx, dy) in [(130.0, 84.0, 1.0, 1.0), (350, 84, -1, 1), (130, 306, 1, -1), (350, 306, -1, -1)] {
            canvas.line([(x + dx * 34, y), (x, y), (x, y + dy * 34)], accent, width: 8)
        }
    }

    /// The citizen with the card, and a member of staff who compares.
    private static func staffWithCitizen(_ canvas: Canvas) {
        person(x: 150, top: 76, size: 92, shade, canvas)
        person(x: 322, top: 60, size: 100, accent, canvas)
        // The badge of staff, and the card between the two.
        canvas.fill(Rect(x: 344, y: 200, width: 30, height: 22), radius: 4, body)
        let card = Rect(x: 186, y: 214, width: 104, height: 68)
        box(card, radius: 10, body, canvas)
        canvas.fill(Rect(x: 198, y: 230, width: 36, height: 8), radius: 4, accent)
        canvas.fill(Rect(x: 198, y: 262, width: 60, height: 7), radius: 3, Color(0x9FB4D1))
        canvas.circle(266, 238, 9, outline)
    }

    private static func arrowDown(x: Double, from top: Double, to bottom: Double, _ canvas: Canvas) {
        canvas.line([(x, top), (x, bottom)], Color(0xC96F00), width: 12)
        canvas.line([(x - 24, bottom - 26), (x, bottom), (x + 24, bottom - 26)], Color(0xC96F00), width: 12)
    }

    // MARK: Signs

    /// What a device is doing, told by shape as well as colour.
    static func badge(_ state: Node.DeviceState, x: Double, y: Double, radius: Double, _ canvas: Canvas) {
        canvas.circle(x, y, radius + 7, Color(0xFFFFFF))
        switch state {
        case .waiting:
            canvas.circle(x, y, radius, Color(0xA85C00))
            pointer(x: x, y: y, radius: radius, canvas)
        case .working:
            canvas.circle(x, y, radius, Theme.brand)
            for offset in [-0.42, 0, 0.42] {
                canvas.circle(x + offset * radius, y, radius * 0.13, Color(0xFFFFFF))
            }
        case .done:
            canvas.circle(x, y, radius, Theme.colors(of: .success).accent)
            check(x: x, y: y, size: radius, Color(0xFFFFFF), canvas)
        case .failed:
            canvas.circle(x, y, radius, Theme.error)
            exclamation(x: x, y: y, size: radius, Color(0xFFFFFF), canvas)
        }
    }

    /// A finger that points up: it is the citizen's turn.
    private static func pointer(x: Double, y: Double, radius: Double, _ canvas: Canvas) {
        let u = radius / 50
        let white = Color(0xFFFFFF)
        canvas.fill(Rect(x: x - 8 * u, y: y - 32 * u, width: 16 * u, height: 44 * u), radius: 8 * u, white)
        canvas.fill(Rect(x: x - 26 * u, y: y - 2 * u, width: 52 * u, height: 32 * u), radius: 14 * u, white)
    }

    /// The sign of a notice.
    static func sign(_ tone: Node.Tone, x: Double, y: Double, radius: Double, _ canvas: Canvas) {
        let colors = Theme.colors(of: tone)
        let white = Color(0xFFFFFF)
        switch tone {
        case .neutral, .information:
            canvas.circle(x, y, radius, colors.accent)
            canvas.circle(x, y - radius * 0.42, radius * 0.12, white)
            canvas.line([(x, y - radius * 0.08), (x, y + radius * 0.48)], white, width: radius * 0.2)
        case .success:
            canvas.circle(x, y, radius, colors.accent)
            check(x: x, y: y, size: radius, white, canvas)
        case .warning:
            canvas.polygon(
                [(x, y - radius * 1.05), (x + radius * 1.15, y + radius * 0.9), (x - radius * 1.15, y + radius * 0.9)],
                colors.accent)
            exclamation(x: x, y: y + radius * 0.22, size: radius * 0.8, white, canvas)
        case .error:
            canvas.circle(x, y, radius, colors.accent)
            let arm = radius * 0.36
            canvas.line([(x - arm, y - arm), (x + arm, y + arm)], white, width: radius * 0.2)
            canvas.line([(x + arm, y - arm), (x - arm, y + arm)], white, width: radius * 0.2)
        }
    }

    static func check(x: Double, y: Double, size: Double, _ color: Color, _ canvas: Canvas) {
        canvas.line(
            [
                (x - size * 0.42, y + size * 0.02), (x - size * 0.1, y + size * 0.34),
                (x + size * 0.44, y - size * 0.32),
            ],
            color, width: size * 0.2)
    }

    private static func exclamation(x: Double, y: Double, size: Double, _ color: Color, _ canvas: Canvas) {
        canvas.line([(x, y - size * 0.46), (x, y + size * 0.12)], color, width: size * 0.22)
        canvas.circle(x, y + size * 0.46, size * 0.13, color)
    }

    static func chevron(x: Double, y: Double, size: Double, _ color: Color, _ canvas: Canvas) {
        canvas.line(
            [(x - size * 0.25, y - size * 0.5), (x + size * 0.25, y), (x - size * 0.25, y + size * 0.5)],
            color, width: size * 0.2)
    }

    static func vertical(up: Bool, x: Double, y: Double, size: Double, _ color: Color, _ canvas: Canvas) {
        let tip = up ? y - size * 0.3 : y + size * 0.3
        let base = up ? y + size * 0.3 : y - size * 0.3
        canvas.line([(x - size * 0.5, base), (x, tip), (x + size * 0.5, base)], color, width: size * 0.22)
    }

    /// The mark in the header: a door under a roof.
    static func mark(in box: Rect, _ color: Color, _ canvas: Canvas) {
        canvas.moved(x: box.x, y: box.y, scale: box.height / 48) {
            canvas.polygon([(24, 2), (48, 18), (0, 18)], color)
            for x in [3.0, 15, 27, 39] { canvas.fill(Rect(x: x, y: 22, width: 6, height: 16), color) }
            canvas.fill(Rect(x: 0, y: 41, width: 48, height: 6), color)
        }
    }

    // MARK: Bar

    enum Icon: Sendable {
        case back, startOver, bell, globe, letter
    }

    /// `size`: the side of the icon's square, around its middle.
    static func icon(_ icon: Icon, x: Double, y: Double, size: Double, _ color: Color, _ canvas: Canvas) {
        canvas.moved(x: x - size / 2, y: y - size / 2, scale: size / 48) {
            switch icon {
            case .back:
                canvas.line([(42, 24), (8, 24)], color, width: 5)
                canvas.line([(22, 9), (7, 24), (22, 39)], color, width: 5)
            case .startOver:
                canvas.arc(24, 25, 17, from: -0.9, to: 3.9, color, width: 5)
                canvas.polygon([(40, 2), (40, 20), (23, 14)], color)
            case .bell:
                canvas.polygon(
                    [(8, 36), (13, 30), (13, 20), (17, 12), (24, 9), (31, 12), (35, 20), (35, 30), (40, 36)],
                    color)
                canvas.circle(24, 8, 4, color)
                canvas.circle(24, 41, 5, color)
            case .globe:
                canvas.arc(24, 24, 19, color, width: 4)
                canvas.line([(5, 24), (43, 24)], color, width: 4)
                canvas.curve([(24, 5), (11, 14), (11, 34), (24, 43)], color, width: 4)
                canvas.curve([(24, 5), (37, 14), (37, 34), (24, 43)], color, width: 4)
            case .letter:
                canvas.line([(3, 41), (16, 8), (29, 41)], color, width: 5)
                canvas.line([(8, 29), (24, 29)], color, width: 5)
                canvas.line([(38, 14), (38, 34)], color, width: 5)
                canvas.line([(28, 24), (48, 24)], color, width: 5)
            }
        }
    }

    private static func unit(_ angle: Double) -> (Double, Double) { (cos(angle), sin(angle)) }
}
