/// The office's own keys: it opens content keys, signs receipts and hides the inbox summaries in the database.

import Crypto
import FoundationEssentials
import KioskCore

struct OfficeKeys: Sendable {
    /// Opens what terminals seal to the live office.
    let office: XWingMLKEM768X25519.PrivateKey
    let officeKeyID: String
    let receipt: Curve25519.Signing.PrivateKey
    let receiptKeyID: String
    /// Seals the applicant's name in the inbox index, so that a copy of the database alone shows none.
    let index: SymmetricKey

    init(data: DataFolder) throws(CentralError) {
        do {
            office = try XWingMLKEM768X25519.PrivateKey(
                seedRepresentation: try KeyFile.read(data.key("office.key")), publicKey: nil)
            receipt = try Curve25519.Signing.PrivateKey(
                rawRepresentation: try KeyFile.read(data.key("receipt.key")))
            index = SymmetricKey(data: try KeyFile.read(data.key("index.key")))
        } catch let error as CentralError {
            throw error
        } catch {
            throw CentralError(.keys, "a key of the office is damaged")
        }
        officeKeyID = keyID(of: office.publicKey.rawRepresentation)
        receiptKeyID = keyID(of: receipt.publicKey.rawRepresentation)
    }

    /// What stands for an applicant's number in the database: equal for equal numbers, and useless without the keys.
    func applicantTag(_ number: String) -> String {
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: index, info: Data("applicant tag v1".utf8), outputByteCount: 32)
        return hexadecimal(HMAC<SHA256>.authenticationCode(for: Data(number.uppercased().utf8), using: key))
    }

    /// The content key of a case, from the recipient entry of this office.
    func contentKey(of manifest: CaseManifest) throws(CentralError) -> SymmetricKey {
        guard let recipient = manifest.recipients.first(where: { $0.keyID == officeKeyID }),
            let encapsulated = Data(base64Encoded: recipient.encapsulated),
            let wrapped = Data(base64Encoded: recipient.wrappedKey)
        else { throw CentralError(.sealed, "the case is not sealed to this office") }
        do {
            var opener = try HPKE.Recipient(
                privateKey: office, ciphersuite: .XWingMLKEM768X25519_SHA256_AES_GCM_256,
                info: Data(SealingSuite.keyInfo.utf8), encapsulatedKey: encapsulated)
            let key = try opener.open(wrapped, authenticating: Data(manifest.caseID.utf8))
            guard key.count == 32 else { throw CentralError(.sealed, "the content key is not 32 bytes") }
            return SymmetricKey(data: key)
        } catch let error as CentralError {
            throw error
        } catch {
            throw CentralError(.sealed, "the content key does not open")
        }
    }

    func sign(_ document: some Encodable) throws -> SignedDocument {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let payload = try encoder.encode(document)
        return SignedDocument(
            payload: payload.base64EncodedString(), keyID: receiptKeyID,
            signature: try receipt.signature(for: payload).base64EncodedString())
    }
}

/// First 16 hexadecimal digits of a public key's SHA-256.
func keyID(of publicKey: Data) -> String {
    String(hexadecimal(SHA256.hash(data: publicKey)).prefix(16))
}

/// A file of secret bytes, base64, readable by the owner alone.
enum KeyFile {
    static func read(_ path: String) throws(CentralError) -> Data {
        let text = String(decoding: try DurableFiles.read(path, limit: 16 << 10), as: UTF8.self)
        let line = text.split(whereSeparator: \.isWhitespace).joined()
        guard let bytes = Data(base64Encoded: line), !bytes.isEmpty else {
            throw CentralError(.keys, "\(path) is not base64")
        }
        return bytes
    }

    static func write(_ bytes: Data, to path: String) throws(CentralError) {
        try DurableFiles.write(Array((bytes.base64EncodedString() + "\n").utf8), to: path, mode: 0o600)
    }

    /// Writes `make()` unless the file is already there.
    static func ensure(_ path: String, _ make: () throws -> Data) throws {
        guard !DurableFiles.exists(path) else { return }
        try write(try make(), to: path)
    }
}
