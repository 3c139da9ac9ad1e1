/// Who takes the money for an order.

public import KioskCore

/// A bank's or a treasury's payment service, or the demonstration's cashier.
///
/// The office keeps the order and says whether it is paid; a provider gives the page behind the code that citizens scan,
/// and is asked whether money has come while the office knows of none.
public protocol PaymentProvider: Sendable {
    /// The address for the QR code. Asked once an order, before the terminal hears of it.
    ///
    /// - Parameters:
    ///   - code: The order's unguessable name towards the outside.
    ///   - publicURL: The terminal's public address of this office (`https://…/verify`).
    func payURL(for request: PaymentRequest, code: String, publicURL: String) async throws -> String
    /// The payer's reference once the money has come; nil before. Never takes money itself.
    func reference(ofPaymentFor code: String) async throws -> String?
}

/// The demonstration's cashier: a page of this office, where a button stands for paying.
struct DemonstrationCashier: PaymentProvider {
    func payURL(for request: PaymentRequest, code: String, publicURL: String) async throws -> String {
        let base = publicURL.hasSuffix("/verify") ? String(publicURL.dropLast("/verify".count)) : publicURL
        return "\(base)/pay/\(code)"
    }

    /// The button's press is in the office's own table already.
    func reference(ofPaymentFor code: String) async throws -> String? { nil }
}
