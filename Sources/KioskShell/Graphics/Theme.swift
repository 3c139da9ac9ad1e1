/// The look of the screens: colours, type and spacing, and nothing that draws.
///
/// Lengths are logical pixels of a 1920 x 1080 panel of 21.5 inches: 0.248 mm each.

import KioskCore

enum Theme {
    // MARK: Colours

    static let ground = Color(0xF1F4F9)
    static let surface = Color(0xFFFFFF)
    static let ink = Color(0x12203A)
    static let inkSoft = Color(0x3D4A63)
    static let line = Color(0xD3DCE8)
    /// Edges of what can be pressed or typed in: 3:1 against white.
    static let edge = Color(0x66748C)

    static let header = Color(0x0B2F63)
    static let headerInk = Color(0xFFFFFF)
    static let headerSoft = Color(0xD5E2F5)
    static let headerTrack = Color(0x3D5C8C)
    static let headerFill = Color(0xFFC94D)

    static let brand = Color(0x0A4A9C)
    static let brandInk = Color(0xFFFFFF)
    static let brandPale = Color(0xE6EFFB)

    static let disabled = Color(0xE3E8EF)
    static let disabledInk = Color(0x4C5970)

    static let focus = Color(0xB85A00)
    static let veil = Color(0x0A1730, alpha: 0.62)

    struct ToneColors {
        var ground: Color
        var accent: Color
        var ink: Color
    }

    static func colors(of tone: Node.Tone) -> ToneColors {
        switch tone {
        case .neutral: ToneColors(ground: surface, accent: Color(0x4C5970), ink: ink)
        case .information: ToneColors(ground: brandPale, accent: brand, ink: Color(0x0B2F63))
        case .success: ToneColors(ground: Color(0xE5F4EA), accent: Color(0x0E6B3A), ink: Color(0x0A4527))
        case .warning: ToneColors(ground: Color(0xFFF3D9), accent: Color(0x7A4A00), ink: Color(0x532F00))
        case .error: ToneColors(ground: Color(0xFDEBEA), accent: Color(0xA3161B), ink: Color(0x74090F))
        }
    }

    static let error = Color(0xA3161B)

    /// Every text colour with every ground it stands on, and the contrast it must have.
    static var textPairs: [(name: String, ink: Color, ground: Color, minimum: Double)] {
        var pairs: [(String, Color, Color, Double)] = [
            ("body on ground", ink, ground, 7), ("body on surface", ink, surface, 7),
            ("body on pale", ink, brandPale, 7),
            ("soft on ground", inkSoft, ground, 7), ("soft on surface", inkSoft, surface, 7),
            ("soft on pale", inkSoft, brandPale, 7),
            ("header", headerInk, header, 7), ("header soft", headerSoft, header, 7),
            ("primary button", brandInk, brand, 7), ("secondary button", brand, surface, 7),
            ("brand on pale", brand, brandPale, 7), ("destructive button", error, surface, 7),
            ("field error", error, ground, 4.5), ("field error on surface", error, surface, 7),
            ("disabled button", disabledInk, disabled, 4.5), ("disabled bar", disabledInk, surface, 7),
        ]
        for tone in [Node.Tone.neutral, .information, .success, .warning, .error] {
            let colors = colors(of: tone)
            pairs.append(("\(tone.rawValue) text", colors.ink, colors.ground, 7))
            pairs.append(("\(tone.rawValue) sign", surface, colors.accent, 4.5))
            pairs.append(("\(tone.rawValue) title", colors.accent, colors.ground, 4.5))
        }
        return pairs
    }

    /// Edges that show where to press or type: 3:1 (WCAG 2.1, 1.4.11).
    static let edgePairs: [(name: String, line: Color, ground: Color)] = [
        ("field", edge, surface), ("field on ground", edge, ground), ("selected", brand, surface),
        ("progress", headerFill, headerTrack), ("focus", focus, ground), ("focus on surface", focus, surface),
    ]

    // MARK: Spacing

    static let gap = 20.0
    static let gutter = 28.0
    static let padding = 32.0
    static let radius = 18.0
    /// 20 mm: below this older hands miss.
    static let touch = 84.0
}

/// The sizes of text on a page.
struct TypeScale {
    let factor: Double

    init(_ size: TextSize) {
        factor =
            switch size {
            case .standard: 1
            // Capitals of 40 px: 0.7 degrees at 600 mm (EN 301 549, 5.1.4).
            case .large: 1.3
            }
    }

    /// Capitals of 26 px: the smallest text there is (ADA 707.7.2).
    var small: Font { Font(size: 36 * factor) }
    var smallBold: Font { Font(size: 36 * factor, weight: .bold) }
    var body: Font { Font(size: 42 * factor) }
    var bodyBold: Font { Font(size: 42 * factor, weight: .bold) }
    var heading: Font { Font(size: 46 * factor, weight: .bold) }
    /// Titles grow less than the rest: they are large already.
    var title: Font { Font(size: 58 * (1 + (factor - 1) * 0.6), weight: .bold) }
    var display: Font { Font(size: 92 * (1 + (factor - 1) * 0.6), weight: .bold) }
}

/// The few words that renderings add to a page.
struct PageWords {
    let language: Language

    private func say(_ zh: String, _ en: String) -> String {
        switch language {
        case .zh: zh
        case .en: en
        }
    }

    var product: String { say("政务服务自助终端", "Government Services") }
    func step(_ step: Int, of: Int) -> String { say("第 \(step) 步　共 \(of) 步", "Step \(step) of \(of)") }
    var optional: String { say("选填", "optional") }
    var multiple: String { say("可多选", "choose any") }
    var scrollUp: String { say("向上翻", "Up") }
    var scrollDown: String { say("向下翻", "Down") }
    var yuan: String { say("元", "yuan") }
    var seconds: String { say("秒", "seconds") }

    func state(_ state: Node.DeviceState) -> String {
        switch state {
        case .waiting: say("请操作", "Your turn")
        case .working: say("正在处理", "Working")
        case .done: say("已完成", "Done")
        case .failed: say("未成功", "Not done")
        }
    }
}
