/// The card photograph as a photo helper gives it: a BMP file or bare pixels of 102 by 126.

public import KioskCore

enum CardPhoto {
    static let width = 102
    static let height = 126
    /// A BMP row is padded to a multiple of four bytes.
    static let bitmapRow = 308
    static let bitmapHeader = 54
    /// 38,862
    static let bitmapLength = bitmapHeader + bitmapRow * height
    /// 38,556
    static let pixelsLength = width * 3 * height

    /// Takes a BMP (BITMAPINFOHEADER, 24 bits, uncompressed, rows from the bottom) or bare BGR (rows from the top), told
    /// apart by their lengths.
    static func portrait(_ bytes: [UInt8]) throws(HelperError) -> Portrait {
        switch bytes.count {
        case pixelsLength:
            return portrait(bytes) { row in row * width * 3 }
        case bitmapLength:
            let isRight =
                bytes.starts(with: Array("BM".utf8)) && bytes.littleEndian32(2) == UInt32(bitmapLength)
                && bytes.littleEndian32(10) == UInt32(bitmapHeader) && bytes.littleEndian32(14) == 40
                && bytes.littleEndian32(18) == UInt32(width) && bytes.littleEndian32(22) == UInt32(height)
                && bytes.littleEndian16(26) == 1 && bytes.littleEndian16(28) == 24 && bytes.littleEndian32(30) == 0
            guard isRight else { throw .malformed("BMP header") }
            return portrait(bytes) { row in bitmapHeader + (height - 1 - row) * bitmapRow }
        default:
            throw .malformed("\(bytes.count) bytes")
        }
    }

    /// `start` gives where a row begins, counted from the top; every row lies within `bytes`.
    private static func portrait(_ bytes: [UInt8], start: (Int) -> Int) -> Portrait {
        var rgb: [UInt8] = []
        rgb.reserveCapacity(pixelsLength)
        for row in 0..<height {
            for pixel in stride(from: start(row), to: start(row) + width * 3, by: 3) {
                rgb.append(bytes[pixel + 2])
                rgb.append(bytes[pixel + 1])
                rgb.append(bytes[pixel])
            }
        }
        return Portrait(width: width, height: height, rgb: rgb)
    }
}

/// Decodes card photographs (WLT) with a vendor's library in a helper process (docs/card-photo-helpers.md).
public struct PhotoHelper: PhotoDecoder {
    private let process: HelperProcess
    private let timeoutMilliseconds: Int

    /// `path`: the helper's program, absolute.
    public init(path: String) {
        self.init(path: path, timeoutMilliseconds: 2000)
    }

    init(path: String, timeoutMilliseconds: Int) {
        process = HelperProcess(path: path)
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    public func decode(_ photoRecord: [UInt8]) async throws(Fault) -> Portrait {
        do throws(HelperError) {
            guard photoRecord.count == 1024 else { throw .malformed("the photo record has \(photoRecord.count) bytes") }
            let answer = try await process.run(
                photoRecord, maximumOutput: CardPhoto.bitmapLength, timeoutMilliseconds: timeoutMilliseconds)
            return try CardPhoto.portrait(answer)
        } catch {
            throw error.fault(.photoUndecoded)
        }
    }
}
