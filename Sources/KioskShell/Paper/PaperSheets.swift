/// Fills A4 sheets with blocks and puts frame, footer and page numbers on each.

import KioskCore

/// A piece of a paper that is never cut. Lengths are points.
struct PaperBlock {
    var height: Double
    /// Space above, unless it stands at the top of a sheet.
    var gap: Double
    /// Never the last on a sheet.
    var keepsWithNext = false
    /// Come again above it when it is the first on a further sheet: a table's head.
    var heads: [PaperBlock] = []
    var draw: (Canvas, Rect) -> Void
}

struct PaperSheets {
    enum Style {
        case receipt, certificate
        /// 样表: a watermark says that nobody filled it in.
        case sample
    }

    static let margin = 56.0
    static let top = 42.0
    static let bottom = 64.0
    static var width: Double { PDFDocument.a4.width - 2 * margin }
    static var height: Double { PDFDocument.a4.height - top - bottom }

    let title: String
    let author: String
    /// Nil for a paper that is as good any day.
    let created: Timestamp?
    let style: Style
    /// Stands at the foot of every sheet.
    let footer: String
    let blocks: [PaperBlock]
    let typesetter: Typesetter
    let language: Language

    func pdf() throws(GraphicsError) -> [UInt8] {
        let sheets = arranged()
        let iso = created.map { "\($0.chinaMinute.prefix(10))T\($0.chinaMinute.suffix(5)):00+08:00" } ?? ""
        return try PDFDocument.make(title: title, author: author, created: iso, typesetter: typesetter) { canvas in
            for (index, sheet) in sheets.enumerated() {
                ground(canvas)
                for (block, rect) in sheet { block.draw(canvas, rect) }
                foot(index: index, count: sheets.count, canvas)
                canvas.endSheet()
            }
        }
    }

    private func arranged() -> [[(PaperBlock, Rect)]] {
        var sheets: [[(PaperBlock, Rect)]] = [[]]
        var y = 0.0
        var index = 0
        while index < blocks.count {
            var end = index
            while blocks[end].keepsWithNext, end + 1 < blocks.count { end += 1 }
            let group = blocks[index...end]
            let needed = group.dropFirst().reduce(group.first?.height ?? 0) { $0 + $1.gap + $1.height }
            for (offset, block) in group.enumerated() {
                func put(_ block: PaperBlock) {
                    sheets[sheets.count - 1].append(
                        (block, Rect(x: Self.margin, y: Self.top + y, width: Self.width, height: block.height)))
                    y += block.height
                }
                let isFirst = sheets[sheets.count - 1].isEmpty
                let gap = isFirst ? 0 : block.gap
                let room = offset == 0 ? needed : block.height
                if !isFirst, y + gap + room > Self.height {
                    sheets.append([])
                    y = 0
                    block.heads.forEach(put)
                } else {
                    y += gap
                }
                put(block)
            }
            index = end + 1
        }
        return sheets
    }

    private func ground(_ canvas: Canvas) {
        let (width, height) = PDFDocument.a4
        switch style {
        case .receipt:
            canvas.fill(Rect(x: 0, y: 0, width: width, height: 10), PaperParts.brand)
        case .sample:
            canvas.fill(Rect(x: 0, y: 0, width: width, height: 10), PaperParts.brand)
            let mark = typesetter.layout("样表 SAMPLE", Font(size: 72, weight: .bold))
            for share in [0.27, 0.72] {
                canvas.turned(-.pi / 7, aroundX: width / 2, y: height * share) {
                    canvas.shapes(of: mark, x: -mark.width / 2, y: -mark.height / 2, Color(0xE9E4DC))
                }
            }
        case .certificate:
            // Fine waves: a copy on plain paper looks different, and text stays readable on them.
            let pale = Color(0xE3ECF8)
            canvas.clipped(to: Rect(x: 26, y: 26, width: width - 52, height: height - 52)) {
                for row in 0..<46 {
                    let base = 30 + Double(row) * 17.5
                    var points = [(20.0, base)]
                    for wave in 0..<8 {
                        let x = 20 + Double(wave) * 70
                        let swing = (wave + row) % 2 == 0 ? 15.0 : -15.0
                        points += [(x + 24, base + swing), (x + 46, base + swing), (x + 70, base)]
                    }
                    canvas.curve(points, pale, width: 0.5)
                }
            }
            canvas.stroke(Rect(x: 24, y: 24, width: width - 48, height: height - 48), PaperParts.brand, width: 1.6)
            canvas.stroke(Rect(x: 29, y: 29, width: width - 58, height: height - 58), PaperParts.brand, width: 0.5)
        }
    }

    private func foot(index: Int, count: Int, _ canvas: Canvas) {
        let y = PDFDocument.a4.height - Self.bottom + 16
        canvas.fill(Rect(x: Self.margin, y: y - 6, width: Self.width, height: 0.6), PaperParts.rule)
        let number = count > 1 ? pageNumber(index + 1, of: count) : nil
        let numbers = number.map { typesetter.layout($0, PaperParts.smallFont) }
        let text = typesetter.layout(
            footer, PaperParts.smallFont, width: Self.width - (numbers.map { $0.width + 16 } ?? 0))
        canvas.text(text, x: Self.margin, y: y, PaperParts.soft)
        if let numbers {
            canvas.text(numbers, x: Self.margin + Self.width - numbers.width, y: y, PaperParts.ink)
        }
    }

    private func pageNumber(_ index: Int, of count: Int) -> String {
        switch language {
        case .zh: "第 \(index) 页　共 \(count) 页"
        case .en: "第 \(index) 页 共 \(count) 页 / Page \(index) of \(count)"
        }
    }
}
