// Decides whether an answer is the office's promise for exactly our case.

internal import Crypto
internal import FoundationEssentials
internal import KioskCore

struct ReceiptVerifier: Sendable {
    let terminal: String
    let keys: [String: Curve25519.Signing.PublicKey]

    /// Throws `protocolViolation` unless a known key signed the payload and it names this terminal and this case.
    func verify(_ document: SignedDocument, for entry: OutboxEntry) throws(VaultError) -> CaseReceipt {
        guard let key = keys[document.keyID] else {
            throw VaultError(.protocolViolation, "a receipt is signed with an unknown key")
        }
        guard let payload = Data(base64Encoded: document.payload),
            let signature = Data(base64Encoded: document.signature),
            key.isValidSignature(signature, for: payload)
        else { throw VaultError(.protocolViolation, "the signature of a receipt is wrong") }
        guard let receipt = try? WireJSON.decode(CaseReceipt.self, from: payload) else {
            throw VaultError(.protocolViolation, "a signed document is not a receipt")
        }
        guard receipt.terminal == terminal, receipt.caseID == entry.caseID, receipt.rev == entry.rev,
            receipt.epoch == entry.epoch, receipt.sequence == entry.sequence,
            receipt.manifestHash == entry.manifestHash
        else { throw VaultError(.protocolViolation, "a receipt is for another case") }
        return receipt
    }
}
