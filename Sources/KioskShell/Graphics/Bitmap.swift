/// A picture in memory, as screens take it and PNG files keep it.

internal import CPangoCairo

/// Pixels as a value: 32 bits each, `0xAARRGGBB` in the machine's byte order, premultiplied, rows without padding.
public struct Bitmap: Hashable, Sendable {
    public let width: Int
    public let height: Int
    public private(set) var pixels: [UInt32]

    /// Sides a panel, camera or printer can have.
    static let sides = 1...8192

    /// A white picture. Throws `invalidSize` outside 1 to 8192 a side.
    public init(width: Int, height: Int) throws(GraphicsError) {
        guard Self.sides.contains(width), Self.sides.contains(height) else {
            throw GraphicsError(.invalidSize, "bitmap of \(width) x \(height)")
        }
        self.width = width
        self.height = height
        pixels = [UInt32](repeating: 0xFFFF_FFFF, count: width * height)
    }

    /// From bytes red, green, blue, rows without padding, as JPEG decoders give them.
    /// Throws `invalidSize` when the bytes are not `width * height * 3`.
    public init(rgb: [UInt8], width: Int, height: Int) throws(GraphicsError) {
        guard Self.sides.contains(width), Self.sides.contains(height), rgb.count == width * height * 3 else {
            throw GraphicsError(.invalidSize, "\(rgb.count) bytes for \(width) x \(height)")
        }
        self.width = width
        self.height = height
        pixels = [UInt32](unsafeUninitializedCapacity: width * height) { buffer, count in
            for index in buffer.indices {
                let (red, green, blue) = (rgb[index * 3], rgb[index * 3 + 1], rgb[index * 3 + 2])
                buffer[index] = 0xFF00_0000 | UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue)
            }
            count = width * height
        }
    }

    public subscript(x: Int, y: Int) -> UInt32 { pixels[y * width + x] }

    /// Draws over the pixels in place.
    mutating func draw(with typesetter: Typesetter, _ body: (Canvas) -> Void) throws(GraphicsError) {
        let (width, height) = (width, height)
        let status = pixels.withUnsafeMutableBytes { bytes in
            guard
                let surface = cairo_image_surface_create_for_data(
                    bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), CAIRO_FORMAT_ARGB32, Int32(width),
                    Int32(height), Int32(width * 4)),
                let context = cairo_create(surface)
            else { return CAIRO_STATUS_NO_MEMORY }
            let canvas = Canvas(owning: context, typesetter: typesetter)
            body(canvas)
            let status = cairo_status(context)
            // After this a canvas that outlives the closure draws nothing: the memory is the array's again.
            cairo_surface_finish(surface)
            cairo_surface_destroy(surface)
            return status
        }
        try Canvas.check(status)
    }

    /// The picture as a PNG file.
    public func png() throws(GraphicsError) -> [UInt8] {
        let sink = ByteSink()
        // cairo only reads the pixels; its interface takes them as mutable.
        var copy = pixels
        let status = copy.withUnsafeMutableBytes { bytes in
            let surface = cairo_image_surface_create_for_data(
                bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), CAIRO_FORMAT_ARGB32, Int32(width),
                Int32(height), Int32(width * 4))
            defer { cairo_surface_destroy(surface) }
            return withExtendedLifetime(sink) {
                cairo_surface_write_to_png_stream(surface, ByteSink.write, Unmanaged.passUnretained(sink).toOpaque())
            }
        }
        try Canvas.check(status)
        return sink.bytes
    }

    /// The pixels that differ from `earlier`: bands of changed rows, each as narrow as its changes. At most eight, then
    /// one box around all. The whole picture when the sizes differ.
    public func damage(since earlier: Bitmap) -> [PixelRect] {
        guard earlier.width == width, earlier.height == height else {
            return [PixelRect(x: 0, y: 0, width: width, height: height)]
        }
        var bands: [PixelRect] = []
        pixels.withUnsafeBufferPointer { new in
            earlier.pixels.withUnsafeBufferPointer { old in
                for y in 0..<height {
                    let row = y * width..<(y + 1) * width
                    guard let first = row.first(where: { new[$0] != old[$0] }),
                        let last = row.last(where: { new[$0] != old[$0] })
                    else { continue }
                    let (left, right) = (first - row.lowerBound, last - row.lowerBound + 1)
                    if var band = bands.last, band.y + band.height == y {
                        let (x, end) = (min(band.x, left), max(band.x + band.width, right))
                        band = PixelRect(x: x, y: band.y, width: end - x, height: band.height + 1)
                        bands[bands.count - 1] = band
                    } else {
                        bands.append(PixelRect(x: left, y: y, width: right - left, height: 1))
                    }
                }
            }
        }
        guard bands.count > 8, let first = bands.first, let last = bands.last else { return bands }
        let x = bands.map(\.x).min() ?? 0
        let end = bands.map { $0.x + $0.width }.max() ?? width
        return [PixelRect(x: x, y: first.y, width: end - x, height: last.y + last.height - first.y)]
    }
}

/// Collects what cairo writes.
final class ByteSink {
    fileprivate(set) var bytes: [UInt8] = []

    /// The closure argument is an unretained `ByteSink` that the caller keeps alive.
    static let write: cairo_write_func_t = { sink, data, length in
        guard let sink, let data else { return CAIRO_STATUS_WRITE_ERROR }
        Unmanaged<ByteSink>.fromOpaque(sink).takeUnretainedValue().bytes
            .append(contentsOf: UnsafeBufferPointer(start: data, count: Int(length)))
        return CAIRO_STATUS_SUCCESS
    }
}
