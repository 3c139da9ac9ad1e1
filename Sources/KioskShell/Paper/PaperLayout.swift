/// Lays out what citizens take home, as A4 PDF files.

public import KioskCore

/// Receipts and certificates. Each call sets its own text, so calls may run on any thread; one takes some tens of
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
        case .certificate(let record, let holder, let language):
            let base = record.verificationURL.isEmpty ? verifyURL : record.verificationURL
            let certificate = CertificatePaper(
                record: record, holder: holder, link: link(code: record.verificationCode, base: base),
                parts: PaperParts(typesetter: typesetter, language: language))
            return try PaperSheets(
                title: paper.title, author: record.issuer.zh, created: record.issuedAt, style: .certificate,
                footer: certificate.footer, blocks: certificate.blocks, typesetter: typesetter, language: language
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
