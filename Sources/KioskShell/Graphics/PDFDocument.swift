/// Makes PDF files with embedded fonts.

internal import CPangoCairo

enum PDFDocument {
    /// ISO 216 A4, points.
    static let a4 = (width: 595.276, height: 841.89)

    /// `created`: ISO 8601, so that the same document gives the same bytes; empty for a paper that is as good any day.
    /// The drawing ends each of its sheets with `Canvas.endSheet()`.
    static func make(
        title: String, author: String, created: String, typesetter: Typesetter, _ body: (Canvas) -> Void
    ) throws(GraphicsError) -> [UInt8] {
        let sink = ByteSink()
        let status = withExtendedLifetime(sink) {
            let surface = cairo_pdf_surface_create_for_stream(
                ByteSink.write, Unmanaged.passUnretained(sink).toOpaque(), a4.width, a4.height)
            defer { cairo_surface_destroy(surface) }
            cairo_pdf_surface_restrict_to_version(surface, CAIRO_PDF_VERSION_1_5)
            cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, title)
            cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR, author)
            // Without a day of its own cairo would put the present minute there.
            cairo_pdf_surface_set_metadata(
                surface, CAIRO_PDF_METADATA_CREATE_DATE, created.isEmpty ? "2000-01-01T00:00:00+08:00" : created)
            guard let context = cairo_create(surface) else { return CAIRO_STATUS_NO_MEMORY }
            body(Canvas(owning: context, typesetter: typesetter))
            cairo_surface_finish(surface)
            return cairo_surface_status(surface)
        }
        try Canvas.check(status)
        return sink.bytes
    }
}
