/// Draws shapes, text and pictures with cairo on a bitmap or a sheet.

internal import CPangoCairo

/// A drawing in progress, in logical units from the top left. Used by one thread, inside the call that lends it.
final class Canvas {
    /// What is wrong with the text that was drawn; nothing on a good page.
    struct TextFaults: Hashable, Sendable {
        /// Texts larger than their box.
        var overflowing: [String] = []
        /// Texts that were shortened with dots.
        var ellipsized: [String] = []
        /// Characters without a glyph in the fonts.
        var unknownGlyphs = 0
    }

    let typesetter: Typesetter
    private(set) var faults = TextFaults()
    private let context: OpaquePointer

    init(owning context: OpaquePointer, typesetter: Typesetter) {
        self.context = context
        self.typesetter = typesetter
    }

    deinit {
        cairo_destroy(context)
    }

    static func check(_ status: cairo_status_t) throws(GraphicsError) {
        guard status == CAIRO_STATUS_SUCCESS else {
            throw GraphicsError(.drawingFailed, String(cString: cairo_status_to_string(status)))
        }
    }

    // MARK: Space

    func scale(_ factor: Double) {
        cairo_scale(context, factor, factor)
    }

    /// Draws with the origin at a point and lengths multiplied; then everything is as it was.
    func moved(x: Double, y: Double, scale: Double = 1, _ body: () -> Void) {
        cairo_save(context)
        cairo_translate(context, x, y)
        cairo_scale(context, scale, scale)
        body()
        cairo_restore(context)
    }

    /// Draws `body` turned by `angle` (radians, clockwise) around a point.
    func turned(_ angle: Double, aroundX x: Double, y: Double, _ body: () -> Void) {
        cairo_save(context)
        cairo_translate(context, x, y)
        cairo_rotate(context, angle)
        body()
        cairo_restore(context)
    }

    func clipped(to rect: Rect, radius: Double = 0, _ body: () -> Void) {
        cairo_save(context)
        path(rect, radius)
        cairo_clip(context)
        body()
        cairo_restore(context)
    }

    /// Ends a sheet; the next drawing stands on a new one.
    func endSheet() {
        cairo_show_page(context)
    }

    // MARK: Shapes

    func fill(_ rect: Rect, radius: Double = 0, _ color: Color) {
        path(rect, radius)
        set(color)
        cairo_fill(context)
    }

    /// The line runs inside the rectangle.
    func stroke(_ rect: Rect, radius: Double = 0, _ color: Color, width: Double) {
        path(rect.inset(width / 2), max(0, radius - width / 2))
        set(color)
        cairo_set_line_width(context, width)
        cairo_stroke(context)
    }

    func circle(_ x: Double, _ y: Double, _ radius: Double, _ color: Color) {
        cairo_new_path(context)
        cairo_arc(context, x, y, radius, 0, 2 * .pi)
        set(color)
        cairo_fill(context)
    }

    /// Angles in radians, clockwise from three o'clock.
    func arc(
        _ x: Double, _ y: Double, _ radius: Double, from start: Double = 0, to end: Double = 2 * .pi, _ color: Color,
        width: Double
    ) {
        cairo_new_path(context)
        cairo_arc(context, x, y, radius, start, end)
        set(color)
        cairo_set_line_width(context, width)
        cairo_set_line_cap(context, CAIRO_LINE_CAP_ROUND)
        cairo_stroke(context)
    }

    func line(_ points: [(Double, Double)], _ color: Color, width: Double) {
        trace(points)
        set(color)
        cairo_set_line_width(context, width)
        cairo_set_line_cap(context, CAIRO_LINE_CAP_ROUND)
        cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
        cairo_stroke(context)
    }

    func polygon(_ points: [(Double, Double)], _ color: Color) {
        trace(points)
        cairo_close_path(context)
        set(color)
        cairo_fill(context)
    }

    /// A smooth curve through Bézier pieces: a start, then control, control, end.
    func curve(_ points: [(Double, Double)], _ color: Color, width: Double) {
        guard let first = points.first else { return }
        cairo_new_path(context)
        cairo_move_to(context, first.0, first.1)
        var index = 1
        while index + 2 < points.count {
            let (a, b, c) = (points[index], points[index + 1], points[index + 2])
            cairo_curve_to(context, a.0, a.1, b.0, b.1, c.0, c.1)
            index += 3
        }
        set(color)
        cairo_set_line_width(context, width)
        cairo_stroke(context)
    }

    // MARK: Pictures

    /// The whole picture inside the rectangle, its proportions kept.
    func image(_ bitmap: Bitmap, in rect: Rect, radius: Double = 0) {
        var copy = bitmap.pixels
        let factor = min(rect.width / Double(bitmap.width), rect.height / Double(bitmap.height))
        let shown = Rect(
            x: rect.midX - Double(bitmap.width) * factor / 2, y: rect.midY - Double(bitmap.height) * factor / 2,
            width: Double(bitmap.width) * factor, height: Double(bitmap.height) * factor)
        clipped(to: shown, radius: radius) {
            copy.withUnsafeMutableBytes { bytes in
                let surface = cairo_image_surface_create_for_data(
                    bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), CAIRO_FORMAT_ARGB32, Int32(bitmap.width),
                    Int32(bitmap.height), Int32(bitmap.width * 4))
                cairo_translate(context, shown.x, shown.y)
                cairo_scale(context, factor, factor)
                cairo_set_source_surface(context, surface, 0, 0)
                cairo_pattern_set_filter(cairo_get_source(context), CAIRO_FILTER_GOOD)
                cairo_paint(context)
                // The source must not outlive the array's memory.
                cairo_set_source_rgb(context, 0, 0, 0)
                cairo_surface_finish(surface)
                cairo_surface_destroy(surface)
            }
        }
    }

    /// Dark modules of a code, the whole with its quiet zone inside the rectangle.
    func code(_ matrix: QRMatrix, in rect: Rect) {
        let quiet = 4
        let side = min(rect.width, rect.height)
        let module = side / Double(matrix.width + 2 * quiet)
        fill(Rect(x: rect.x, y: rect.y, width: side, height: side), Color(0xFFFFFF))
        cairo_new_path(context)
        for row in 0..<matrix.width {
            var column = 0
            while column < matrix.width {
                let start = column
                while column < matrix.width, matrix.isDark(row: row, column: column) { column += 1 }
                if column > start {
                    cairo_rectangle(
                        context, rect.x + Double(start + quiet) * module, rect.y + Double(row + quiet) * module,
                        Double(column - start) * module, module)
                } else {
                    column += 1
                }
            }
        }
        set(Color(0x000000))
        // Hard edges: softened ones leave hairlines between the rows.
        cairo_set_antialias(context, CAIRO_ANTIALIAS_NONE)
        cairo_fill(context)
        cairo_set_antialias(context, CAIRO_ANTIALIAS_DEFAULT)
    }

    // MARK: Text

    /// Text with its top left at a point. Text in `box` that does not stand in it is reported.
    func text(_ layout: TextLayout, x: Double, y: Double, _ color: Color, box: Rect? = nil) {
        if let box, y < box.y - 1 || y + layout.height > box.maxY + 1 || layout.width > box.width + 1 {
            faults.overflowing.append(layout.text)
        }
        if let wrap = layout.wrapWidth, layout.width > wrap + 1 { faults.overflowing.append(layout.text) }
        if layout.isEllipsized { faults.ellipsized.append(layout.text) }
        faults.unknownGlyphs += layout.unknownGlyphs
        cairo_move_to(context, x + layout.shift, y)
        set(color)
        pango_cairo_show_layout(context, layout.pointer)
    }

    /// The shapes of a text, of which no program reads letters: a watermark does not mix with what stands over it.
    func shapes(of layout: TextLayout, x: Double, y: Double, _ color: Color) {
        cairo_new_path(context)
        cairo_move_to(context, x, y)
        set(color)
        pango_cairo_layout_path(context, layout.pointer)
        cairo_fill(context)
    }

    /// Text in the vertical middle of a box, from its left edge (a centred layout centres itself by its wrap width).
    func text(_ layout: TextLayout, middleOf box: Rect, _ color: Color) {
        // The family's ideographs hang a little below the middle of its line box.
        let lift = layout.font.size * 0.05
        text(layout, x: box.x, y: box.midY - layout.height / 2 - lift, color, box: box)
    }

    // MARK: Parts

    private func set(_ color: Color) {
        cairo_set_source_rgba(context, color.red, color.green, color.blue, color.alpha)
    }

    private func trace(_ points: [(Double, Double)]) {
        cairo_new_path(context)
        for (index, point) in points.enumerated() {
            if index == 0 {
                cairo_move_to(context, point.0, point.1)
            } else {
                cairo_line_to(context, point.0, point.1)
            }
        }
    }

    private func path(_ rect: Rect, _ radius: Double) {
        cairo_new_path(context)
        let radius = min(radius, rect.width / 2, rect.height / 2)
        guard radius > 0 else {
            cairo_rectangle(context, rect.x, rect.y, rect.width, rect.height)
            return
        }
        cairo_arc(context, rect.maxX - radius, rect.y + radius, radius, -.pi / 2, 0)
        cairo_arc(context, rect.maxX - radius, rect.maxY - radius, radius, 0, .pi / 2)
        cairo_arc(context, rect.x + radius, rect.maxY - radius, radius, .pi / 2, .pi)
        cairo_arc(context, rect.x + radius, rect.y + radius, radius, .pi, 3 * .pi / 2)
        cairo_close_path(context)
    }
}
