// A terminal's side of Case Sync v1, written from the contract's text alone: seals, signs, sends.

import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import KioskCore

/// A case as it leaves a terminal.
struct SealedCase: Sendable {
    var manifest: CaseManifest
    var document: SignedDocument
    /// Sealed chunks by their SHA-256.
    var chunks: [String: [UInt8]]

    var path: String { "/v1/kiosks/\(manifest.terminal)/cases/\(manifest.caseID)/revs/\(manifest.rev)" }
    var manifestHash: String { hex(SHA256.hash(data: Data(base64Encoded: document.payload) ?? Data())) }
}

struct SealingClient: Sendable {
    struct Attachment: Sendable {
        var slot: String
        var mediaType = "image/jpeg"
        var bytes: [UInt8]
    }

    let enrolment: Enrolment
    let signingKey: Curve25519.Signing.PrivateKey

    /// Reads an enrolment folder.
    init(folder: String) throws {
        let json = try Data(contentsOf: URL(filePath: "\(folder)/enrolment.json"))
        enrolment = try JSONDecoder().decode(Enrolment.self, from: json)
        let key = try String(contentsOf: URL(filePath: "\(folder)/signing.key"), encoding: .utf8)
        signingKey = try Curve25519.Signing.PrivateKey(
            rawRepresentation: Data(base64Encoded: key.trimmingCharacters(in: .whitespacesAndNewlines)) ?? Data())
    }

    /// Seals a case file and its attachments under one new content key.
    ///
    /// - Parameters:
    ///   - caseBytes: What goes into the slot of the case file; the encoded `file` when nil.
    ///   - change: Spoils or alters the manifest before it is signed.
    func seal(
        _ file: CaseFile, caseBytes: [UInt8]? = nil, attachments: [Attachment] = [], rev: Int = 1, sequence: Int64 = 1,
        previousHash: String = String(repeating: "0", count: 64), schema: String = CaseFile.schema,
        change: (inout CaseManifest) -> Void = { _ in }
    ) throws -> SealedCase {
        let encoded = try caseBytes ?? Array(JSONEncoder().encode(file))
        let key = SymmetricKey(size: .bits256)
        var chunks: [String: [UInt8]] = [:]
        var items: [CaseManifest.Item] = []
        let all = [Attachment(slot: "case", mediaType: "application/json", bytes: encoded)] + attachments
        for attachment in all {
            let itemKey = HKDF<SHA256>.deriveKey(
                inputKeyMaterial: key, info: Data("item \(attachment.slot)".utf8), outputByteCount: 32)
            let count = max(1, (attachment.bytes.count + (1 << 20) - 1) >> 20)
            var names: [String] = []
            for index in 0..<count {
                let plaintext = attachment.bytes.dropFirst(index << 20).prefix(1 << 20)
                let nonce = [UInt8](repeating: 0, count: 11) + [UInt8(index)]
                let box = try AES.GCM.seal(
                    Array(plaintext), using: itemKey, nonce: AES.GCM.Nonce(data: nonce),
                    authenticating: Data("\(file.caseID)|\(attachment.slot)|\(index)|\(count)".utf8))
                let combined = Array(box.combined ?? Data())
                let name = hex(SHA256.hash(data: combined))
                chunks[name] = combined
                names.append(name)
            }
            items.append(
                CaseManifest.Item(
                    slot: attachment.slot, mediaType: attachment.mediaType, length: attachment.bytes.count,
                    sha256: hex(SHA256.hash(data: attachment.bytes)), chunks: names))
        }
        let recipients = try enrolment.recipients.map { recipient in
            let publicKey = try XWingMLKEM768X25519.PublicKey(
                rawRepresentation: Data(base64Encoded: recipient.publicKey) ?? Data())
            var sender = try HPKE.Sender(
                recipientKey: publicKey, ciphersuite: .XWingMLKEM768X25519_SHA256_AES_GCM_256,
                info: Data("kiosk case key v1".utf8))
            let wrapped = try sender.seal(
                key.withUnsafeBytes { Data($0) }, authenticating: Data(file.caseID.utf8))
            return CaseManifest.Recipient(
                keyID: recipient.keyID, encapsulated: sender.encapsulatedKey.base64EncodedString(),
                wrappedKey: wrapped.base64EncodedString())
        }
        var manifest = CaseManifest(
            schema: schema, terminal: enrolment.terminal, caseID: file.caseID, rev: rev, epoch: 1, sequence: sequence,
            previousHash: previousHash, sealedAt: file.content.submittedAt, suite: "hpke-xwing-sha256-aesgcm256/1",
            recipients: recipients, items: items)
        change(&manifest)
        return SealedCase(
            manifest: manifest, document: try sign(Array(JSONEncoder().encode(manifest))), chunks: chunks)
    }

    func sign(_ payload: [UInt8]) throws -> SignedDocument {
        SignedDocument(
            payload: Data(payload).base64EncodedString(), keyID: enrolment.signingKeyID,
            signature: try signingKey.signature(for: payload).base64EncodedString())
    }

    /// Whether a receipt carries a signature of the office; gives what it says.
    func open(_ document: SignedDocument) throws -> CaseReceipt? {
        guard let key = enrolment.receiptKeys[document.keyID].flatMap({ Data(base64Encoded: $0) }),
            let payload = Data(base64Encoded: document.payload),
            let signature = Data(base64Encoded: document.signature),
            try Curve25519.Signing.PublicKey(rawRepresentation: key).isValidSignature(signature, for: payload)
        else { return nil }
        return try JSONDecoder().decode(CaseReceipt.self, from: payload)
    }
}

extension TestClientProtocol {
    func send(_ method: HTTPRequest.Method, _ path: String, json value: some Encodable) async throws -> TestResponse {
        try await execute(
            uri: path, method: method, headers: [.contentType: "application/json"],
            body: ByteBuffer(bytes: try JSONEncoder().encode(value)))
    }

    func putManifest(_ sealed: SealedCase, path: String? = nil) async throws -> TestResponse {
        try await send(.put, (path ?? sealed.path) + "/manifest", json: sealed.document)
    }

    /// - Parameter declared: What Content-Digest says; the digest of `bytes` when nil.
    func putChunk(
        _ sealed: SealedCase, _ name: String, _ bytes: [UInt8], declared: String? = nil
    ) async throws -> TestResponse {
        let digest = declared ?? "sha-256=:\(Data(SHA256.hash(data: bytes)).base64EncodedString()):"
        var headers = HTTPFields()
        if let field = HTTPField.Name("Content-Digest"), !digest.isEmpty { headers[field] = digest }
        return try await execute(
            uri: "\(sealed.path)/chunks/\(name)", method: .put, headers: headers, body: ByteBuffer(bytes: bytes))
    }

    func commit(_ sealed: SealedCase, hash: String? = nil) async throws -> TestResponse {
        try await send(
            .post, sealed.path + "/commit", json: CommitRequest(manifestHash: hash ?? sealed.manifestHash))
    }

    /// Manifest, every chunk, commit: the receipt.
    func deliver(_ sealed: SealedCase) async throws -> SignedDocument {
        _ = try await putManifest(sealed)
        for (name, bytes) in sealed.chunks { _ = try await putChunk(sealed, name, bytes) }
        return try (try await commit(sealed)).decode(SignedDocument.self)
    }
}

extension TestResponse {
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(body.readableBytesView))
    }

    /// The problem word of a refusal; empty when the body is none.
    var problem: String { (try? decode(WireProblem.self))?.problem ?? "" }
    var text: String { String(buffer: body) }
}

func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
