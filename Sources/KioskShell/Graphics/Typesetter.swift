/// Sets text: measures, wraps and keeps it ready to draw.

internal import CPangoCairo

struct Font: Hashable, Sendable {
    enum Weight: Sendable {
        case regular, bold
    }

    /// The em, in units of the drawing.
    var size: Double
    var weight: Weight = .regular
    /// Times the family's own line height, which is 1.45 em.
    var lineSpacing = 1.0

    func scaled(_ factor: Double) -> Font { Font(size: size * factor, weight: weight, lineSpacing: lineSpacing) }
}

enum TextAlignment: Sendable {
    case leading, center, trailing
}

/// Makes text layouts over the product's fonts. Not for use by two threads at once.
final class Typesetter {
    private let context: OpaquePointer
    private let attributes: OpaquePointer
    private let latinAttributes: OpaquePointer

    init() throws(GraphicsError) {
        let fonts = try FontSet.shared.get()
        guard let context = kiosk_text_context_create(fonts.config), let options = cairo_font_options_create(),
            let attributes = pango_attr_list_new(), let latinAttributes = pango_attr_list_new()
        else {
            throw GraphicsError(.drawingFailed, "no text context")
        }
        // Gray, unhinted and unrounded: the same picture on every machine and at every size.
        cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
        cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
        cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
        pango_cairo_context_set_font_options(context, options)
        cairo_font_options_destroy(options)
        pango_context_set_round_glyph_positions(context, 0)
        pango_context_set_language(context, pango_language_from_string("zh-cn"))
        // A hyphen that nobody wrote would become part of a number or a name.
        pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(0))
        pango_attr_list_insert(latinAttributes, pango_attr_insert_hyphens_new(0))
        // The family's quotation marks are as wide as ideographs; between Latin letters they must not be.
        pango_attr_list_insert(latinAttributes, pango_attr_font_features_new("pwid=1"))
        self.context = context
        self.attributes = attributes
        self.latinAttributes = latinAttributes
    }

    deinit {
        pango_attr_list_unref(attributes)
        pango_attr_list_unref(latinAttributes)
        kiosk_text_context_free(context)
    }

    /// `width`: where lines wrap; nil keeps one line a paragraph. Control characters are left out. `balanced`: no last
    /// line of one or two characters; not for text that is being typed, whose lines must stay where they are.
    func layout(
        _ text: String, _ font: Font, width: Double? = nil, alignment: TextAlignment = .leading, balanced: Bool = true
    ) -> TextLayout {
        let hasIdeographs = text.unicodeScalars.contains { $0.value >= 0x2E80 && $0.properties.isIdeographic }
        return TextLayout(
            context: context, attributes: hasIdeographs ? attributes : latinAttributes, text: text, font: font,
            width: width, alignment: alignment, balanced: balanced)
    }

    /// The text in pieces that each stand in `height` when wrapped at `width`; cut between lines.
    func pieces(of text: String, _ font: Font, width: Double, height: Double) -> [String] {
        let whole = layout(text, font, width: width, balanced: false)
        guard whole.height > height, whole.lineCount > 1 else { return [text] }
        let perPiece = max(1, Int(height / (whole.height / Double(whole.lineCount))))
        let bytes = Array(whole.text.utf8)
        let starts = stride(from: 0, to: whole.lineCount, by: perPiece).map { whole.startOfLine($0) } + [bytes.count]
        return zip(starts, starts.dropFirst()).map { start, end in
            // The indices are line starts of this very text, so each piece is whole characters.
            String(decoding: bytes[min(start, bytes.count)..<min(max(start, end), bytes.count)], as: UTF8.self)
                .trimmingNewlines()
        }
    }
}

/// One text, set. Sizes are in units of the drawing.
final class TextLayout {
    let text: String
    let font: Font
    /// The width it was wrapped at.
    let wrapWidth: Double?
    /// Where the lines begin when they wrap earlier than at `wrapWidth`: what keeps centred text in the middle.
    let shift: Double
    /// The widest line.
    let width: Double
    let height: Double
    let lineCount: Int
    /// Characters the fonts have no glyph for.
    let unknownGlyphs: Int
    let isEllipsized: Bool
    let pointer: OpaquePointer

    fileprivate init(
        context: OpaquePointer, attributes: OpaquePointer, text: String, font: Font, width: Double?,
        alignment: TextAlignment, balanced: Bool
    ) {
        // A space at the very end would count as part of the line; only a caret stands behind it.
        let clean = balanced ? text.withoutControls().trimmingSpaces() : text.withoutControls()
        let layout: OpaquePointer = pango_layout_new(context)
        let description = pango_font_description_new()
        pango_font_description_set_family(description, FontSet.family)
        pango_font_description_set_weight(description, font.weight == .bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL)
        pango_font_description_set_absolute_size(description, font.size * Double(PANGO_SCALE))
        pango_layout_set_font_description(layout, description)
        pango_font_description_free(description)
        pango_layout_set_attributes(layout, attributes)
        var copy = clean
        copy.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                pango_layout_set_text(layout, $0.baseAddress, Int32(clamping: $0.count))
            }
        }
        if font.lineSpacing != 1 { pango_layout_set_line_spacing(layout, Float(font.lineSpacing)) }
        if let width {
            pango_layout_set_width(layout, Int32(clamping: Int(max(1, width) * Double(PANGO_SCALE))))
            pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR)
        }
        switch alignment {
        case .leading: break
        case .center: pango_layout_set_alignment(layout, PANGO_ALIGN_CENTER)
        case .trailing: pango_layout_set_alignment(layout, PANGO_ALIGN_RIGHT)
        }
        let narrowed = balanced ? width.map { Self.balance(layout, text: clean, font: font, width: $0) } ?? 0 : 0
        switch alignment {
        case .leading: shift = 0
        case .center: shift = narrowed / 2
        case .trailing: shift = narrowed
        }
        var (pangoWidth, pangoHeight): (Int32, Int32) = (0, 0)
        pango_layout_get_size(layout, &pangoWidth, &pangoHeight)
        self.text = clean
        self.font = font
        wrapWidth = width
        self.width = Double(pangoWidth) / Double(PANGO_SCALE)
        height = Double(pangoHeight) / Double(PANGO_SCALE)
        lineCount = Int(pango_layout_get_line_count(layout))
        unknownGlyphs = Int(pango_layout_get_unknown_glyphs_count(layout))
        isEllipsized = pango_layout_is_ellipsized(layout) != 0
        pointer = layout
    }

    deinit {
        kiosk_text_layout_free(pointer)
    }

    /// Wraps a little earlier where the last line would be one or two characters, as long as that takes no further
    /// line. Returns by how much.
    private static func balance(_ layout: OpaquePointer, text: String, font: Font, width: Double) -> Double {
        let lines = pango_layout_get_line_count(layout)
        guard (2...6).contains(lines), !text.contains("\n") else { return 0 }
        let least = 3 * font.size
        func lastLineWidth() -> Double {
            guard let line = pango_layout_get_line_readonly(layout, pango_layout_get_line_count(layout) - 1) else {
                return least
            }
            var extents = PangoRectangle()
            pango_layout_line_get_extents(line, nil, &extents)
            return Double(extents.width) / Double(PANGO_SCALE)
        }
        func wrap(at width: Double) {
            pango_layout_set_width(layout, Int32(clamping: Int(width * Double(PANGO_SCALE))))
        }
        guard lastLineWidth() < least else { return 0 }
        for step in 1...6 {
            let narrowed = Double(step) * font.size / 2
            guard narrowed < width / 2 else { break }
            wrap(at: width - narrowed)
            if pango_layout_get_line_count(layout) > lines { break }
            if lastLineWidth() >= least { return narrowed }
        }
        wrap(at: max(1, width))
        return 0
    }

    /// UTF-8 offset of a line's first byte.
    func startOfLine(_ line: Int) -> Int {
        guard let found = pango_layout_get_line_readonly(pointer, Int32(clamping: line)) else { return 0 }
        return Int(found.pointee.start_index)
    }

    /// Where the caret stands behind the last character: its top left and height.
    var caret: Rect {
        var place = PangoRectangle()
        pango_layout_get_cursor_pos(pointer, Int32(clamping: text.utf8.count), &place, nil)
        let scale = Double(PANGO_SCALE)
        return Rect(
            x: Double(place.x) / scale, y: Double(place.y) / scale, width: 0, height: Double(place.height) / scale)
    }
}

extension String {
    fileprivate func withoutControls() -> String {
        func isControl(_ scalar: Unicode.Scalar) -> Bool {
            scalar != "\n" && (scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value))
        }
        guard unicodeScalars.contains(where: isControl) else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.filter { !isControl($0) }))
    }

    fileprivate func trimmingSpaces() -> String {
        guard last == " " else { return self }
        var view = self[...]
        while view.last == " " { view.removeLast() }
        return String(view)
    }

    fileprivate func trimmingNewlines() -> String {
        var view = self[...]
        while view.last?.isNewline == true { view.removeLast() }
        return String(view)
    }
}
