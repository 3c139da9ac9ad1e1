/// Lays out what citizens take home, as A4 PDF files.

public import KioskCore

/// Receipts, certificates, sample forms, lists of what is needed, guides. Each call sets its own text, so calls may run on any thread; one takes some tens of
/// milliseconds. The same request gives the same bytes.
public struct PaperLayout: PaperComposer {
    private let verifyURL: String

    /// `verifyURL`: the office's public page that checks a code, without a query (`Enrolment.publicURL`).
    public init(verifyURL: String) {
        self.verifyURL = verifyURL
    }

    /// Throws `GraphicsError` when the fonts are missing or memory is short.
    public func compose(_ paper: PaperRequest) throws -> [UInt8] {
        let typesetter = try Typesetter()
        switch paper.content {
        case .receipt(let accepted, let content):
            let receipt = ReceiptPaper(
                accepted: accepted, content: content, link: link(code: accepted.receiptNumber, base: verifyURL),
                parts: PaperParts(typesetter: typesetter, language: content.language))
            return try PaperSheets(
                title: "\(paper.title) \(accepted.receiptNumber)", author: content.department.zh,
                created: accepted.acceptedAt, style: .receipt, footer: receipt.footer, blocks: receipt.blocks,
                typesetter: typesetter, language: content.language
            ).pdf()
        case .certificate(let record, let register, let holder, let language):
            let base = record.verificationURL.isEmpty ? verifyURL : record.verificationURL
            let certificate = CertificatePaper(
                record: record, register: register, holder: holder,
                link: link(code: record.verificationCode, base: base),
                parts: PaperParts(typesetter: typesetter, language: language))
            return try PaperSheets(
                title: paper.title, author: record.issuer.zh, created: record.issuedAt, style: .certificate,
                footer: certificate.footer, blocks: certificate.blocks, typesetter: typesetter, language: language
            ).pdf()
        case .sampleForm(let matter, let language):
            let sample = SampleFormPaper(
                matter: matter, parts: PaperParts(typesetter: typesetter, language: language))
            return try PaperSheets(
                title: "\(matter.title.zh) 样表", author: matter.department.zh, created: nil, style: .sample,
                footer: sample.footer, blocks: sample.blocks, typesetter: typesetter, language: language
            ).pdf()
        case .guide(let matter, let language):
            let guide = GuidePaper(matter: matter, parts: PaperParts(typesetter: typesetter, language: language))
            return try PaperSheets(
                title: "\(matter.title.zh) 办事指南", author: matter.department.zh, created: nil, style: .receipt,
                footer: guide.footer, blocks: guide.blocks, typesetter: typesetter, language: language
            ).pdf()
        case .checklist(let checklist, let language):
            let paper = ChecklistPaper(
                checklist: checklist, parts: PaperParts(typesetter: typesetter, language: language))
            return try PaperSheets(
                title: "\(checklist.matterTitle.zh) 一次性告知单", author: checklist.department.zh, created: nil,
                style: .receipt, footer: paper.footer, blocks: paper.blocks, typesetter: typesetter, language: language
            ).pdf()
        }
    }

    /// `base?code=…`; an address that carries the code already stays as the office gave it.
    private func link(code: String, base: String) -> String {
        base.contains("code=") ? base : "\(base)?code=\(percentEncoded(code))"
    }

    /// RFC 3986: everything but unreserved characters is encoded.
    private func percentEncoded(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                encoded += byte < 16 ? "%0\(hex)" : "%\(hex)"
            }
        }
        return encoded
    }
}
