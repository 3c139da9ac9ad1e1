/// QR codes (ISO/IEC 18004) as squares of dark and light modules.

internal import CQREncode

struct QRMatrix: Hashable, Sendable {
    /// Modules a side, without the quiet zone.
    let width: Int
    private let dark: [Bool]

    /// Error correction level M. Nil when the text is empty or does not fit the largest code.
    init?(_ text: String) {
        guard !text.utf8.contains(0), let code = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1) else {
            return nil
        }
        defer { QRcode_free(code) }
        let width = Int(code.pointee.width)
        guard let modules = code.pointee.data else { return nil }
        self.width = width
        // Bit 0 of a module says that it is dark.
        dark = UnsafeBufferPointer(start: modules, count: width * width).map { $0 & 1 == 1 }
    }

    func isDark(row: Int, column: Int) -> Bool { dark[row * width + column] }
}

/// QR codes for renderings that draw them by themselves.
public enum QRCode {
    /// Rows of modules, true for dark, without the quiet zone; nil when the text does not fit.
    public static func modules(_ text: String) -> [[Bool]]? {
        guard let matrix = QRMatrix(text) else { return nil }
        return (0..<matrix.width).map { row in (0..<matrix.width).map { matrix.isDark(row: row, column: $0) } }
    }
}
