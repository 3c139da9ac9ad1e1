// Bitmaps, codes and text layouts, with sizes and bytes nobody should hand over.

import Testing

@testable import KioskShell

@Suite struct BitmapTests {
    @Test func `a bitmap becomes a PNG file of its size`() throws {
        let png = try Bitmap(width: 300, height: 7).png()
        #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
        #expect(Array(png[16..<24]) == [0, 0, 1, 44, 0, 0, 0, 7])
    }

    @Test(arguments: [(0, 4), (4, 0), (-1, 4), (5, 5), (8193, 1), (Int.max, 2)])
    func `bytes that are not the picture's size are refused`(size: (Int, Int)) {
        #expect(throws: GraphicsError.self) {
            try Bitmap(rgb: [UInt8](repeating: 0, count: 48), width: size.0, height: size.1)
        }
    }

    @Test func `bytes red, green, blue become pixels`() throws {
        let bitmap = try Bitmap(rgb: [255, 0, 0, 1, 2, 3], width: 2, height: 1)
        #expect(bitmap[0, 0] == 0xFFFF_0000)
        #expect(bitmap[1, 0] == 0xFF01_0203)
    }

    @Test func `damage is the rows and columns that changed`() throws {
        let before = try Bitmap(width: 100, height: 60)
        var after = before
        try after.draw(with: Typesetter()) { canvas in
            canvas.fill(Rect(x: 10, y: 5, width: 20, height: 8), Color(0x000000))
            canvas.fill(Rect(x: 50, y: 40, width: 4, height: 4), Color(0xFF0000))
        }
        #expect(
            after.damage(since: before) == [
                PixelRect(x: 10, y: 5, width: 20, height: 8), PixelRect(x: 50, y: 40, width: 4, height: 4),
            ])
        #expect(after.damage(since: after).isEmpty)
        let other = try Bitmap(width: 99, height: 60)
        #expect(after.damage(since: other) == [PixelRect(x: 0, y: 0, width: 100, height: 60)])
    }

    @Test func `more than eight changes are one box`() throws {
        let before = try Bitmap(width: 40, height: 40)
        var after = before
        try after.draw(with: Typesetter()) { canvas in
            for row in 0..<10 {
                canvas.fill(Rect(x: Double(row), y: Double(row * 4), width: 2, height: 1), Color(0))
            }
        }
        #expect(after.damage(since: before) == [PixelRect(x: 0, y: 0, width: 11, height: 37)])
    }

    @Test func `a code too large for the standard is none`() {
        #expect(QRMatrix(String(repeating: "x", count: 3000)) == nil)
        #expect(QRMatrix("") == nil)
        #expect(QRMatrix("a\u{0}b") == nil)
        #expect(QRMatrix("https://office.example/verify?code=DL01-20261121-0007") != nil)
    }

    @Test func `fonts that are not there are named`() throws {
        let error = try #require(throws: GraphicsError.self) { try FontSet(directory: "/nonexistent") }
        #expect(error.code == .fontMissing)
    }

    @Test func `text too high for its place comes in pieces that lose nothing`() throws {
        let typesetter = try Typesetter()
        let text = String(repeating: "社区服务中心 community centre ", count: 40)
        let font = Font(size: 40)
        let pieces = typesetter.pieces(of: text, font, width: 600, height: 300)
        #expect(pieces.count > 1)
        #expect(pieces.joined() == text)
        for piece in pieces { #expect(typesetter.layout(piece, font, width: 600).height <= 300) }
        #expect(typesetter.pieces(of: "", font, width: 600, height: 300) == [""])
        #expect(typesetter.pieces(of: text, font, width: 600, height: 1).count > pieces.count)
    }
}
