/// Looks at a captured JPEG just enough to refuse what shows nothing or cannot be shown.

import CTurboJPEG

/// Size and luminance of an image, from a decode to gray at 1/8 scale.
public struct PageInspection: Hashable, Sendable {
    /// In pixels of the full image.
    public var width: Int
    public var height: Int
    /// Mean luminance, 0 (black) to 255.
    public var mean: Double
    /// Standard deviation of luminance.
    public var spread: Double

    /// Below this mean nothing can be read, whatever the contrast: the lens is covered or the lamp is off.
    public static let blackMean = 20.0
    /// Below this spread the picture is one even surface. At 1/8 scale sensor noise averages out to about 1, uneven
    /// light on a bare platen stays under 6, and a page with a few printed lines lies above 8.
    public static let evenSpread = 6.0

    public var showsNothing: Bool { mean < Self.blackMean || spread < Self.evenSpread }

    /// 8000 x 6000 is the largest sensor sold; more is not a camera's frame, and would cost memory by its claim alone.
    static let maximumPixels = 64_000_000

    /// Decodes `jpeg`. Throws on anything libjpeg-turbo so much as warns about: a whole frame has no warnings.
    public init(jpeg: [UInt8]) throws(CodecError) {
        guard let decompressor = tjInitDecompress() else { throw CodecError(.jpeg, .tooLarge, "decoder memory") }
        defer { tjDestroy(decompressor) }
        var width: Int32 = 0
        var height: Int32 = 0
        var subsampling: Int32 = 0
        var colorspace: Int32 = 0
        guard
            tjDecompressHeader3(
                decompressor, jpeg, UInt(jpeg.count), &width, &height, &subsampling, &colorspace) == 0,
            width > 0, height > 0
        else { throw CodecError(.jpeg, .badValue, "header") }
        let (pixels, overflow) = Int(width).multipliedReportingOverflow(by: Int(height))
        guard !overflow, pixels <= Self.maximumPixels else { throw CodecError(.jpeg, .tooLarge, "dimensions") }
        let scaledWidth = (width + 7) / 8
        let scaledHeight = (height + 7) / 8
        var gray = [UInt8](repeating: 0, count: Int(scaledWidth) * Int(scaledHeight))
        let flags = TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS
        let decoded = gray.withUnsafeMutableBufferPointer { buffer in
            tjDecompress2(
                decompressor, jpeg, UInt(jpeg.count), buffer.baseAddress, scaledWidth, scaledWidth, scaledHeight,
                Int32(TJPF_GRAY.rawValue), flags)
        }
        guard decoded == 0 else { throw CodecError(.jpeg, .badValue, "image data") }
        var sum: UInt64 = 0
        var squares: UInt64 = 0
        for value in gray {
            sum += UInt64(value)
            squares += UInt64(value) * UInt64(value)
        }
        let count = Double(gray.count)
        self.width = Int(width)
        self.height = Int(height)
        mean = Double(sum) / count
        spread = max(0, Double(squares) / count - mean * mean).squareRoot()
    }
}
