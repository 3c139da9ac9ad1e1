// Seals a case to the central office: suite `hpke-xwing-sha256-aesgcm256/1` of `SealingSuite`.

internal import Crypto
internal import FoundationEssentials
internal import KioskCore

/// One content key, used for one case and then forgotten: the terminal cannot open what it sealed.
struct CaseSealer {
    let caseID: String
    private let contentKey = SymmetricKey(size: .bits256)

    init(caseID: String) {
        self.caseID = caseID
    }

    /// Seals one item chunk by chunk; `keep` stores each chunk under its hash.
    func seal(
        _ plaintext: [UInt8], slot: String, mediaType: String, keep: (_ hash: String, _ chunk: Data) throws -> Void
    ) throws -> CaseManifest.Item {
        let size = SyncLimits.chunkBytes
        let count = max(1, (plaintext.count + size - 1) / size)
        guard count <= SyncLimits.chunksPerItem else {
            throw VaultError(
                .tooLarge, "an item needs \(count) chunks, at most \(SyncLimits.chunksPerItem) are allowed")
        }
        let itemKey = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: contentKey, info: Array(SealingSuite.itemInfo(slot: slot).utf8), outputByteCount: 32)
        var hashes: [String] = []
        for index in 0..<count {
            let aad = SealingSuite.chunkAuthenticatedData(caseID: caseID, slot: slot, index: index, count: count)
            let box = try AES.GCM.seal(
                plaintext.dropFirst(index * size).prefix(size), using: itemKey,
                nonce: Self.nonce(index), authenticating: Array(aad.utf8))
            guard let chunk = box.combined else { throw VaultError(.sealing, "AES-GCM gave no combined box") }
            let hash = Digests.sha256Hex(chunk)
            try keep(hash, chunk)
            hashes.append(hash)
        }
        return CaseManifest.Item(
            slot: slot, mediaType: mediaType, length: plaintext.count, sha256: Digests.sha256Hex(plaintext),
            chunks: hashes)
    }

    /// The content key for each recipient.
    func wrappedKeys(for recipients: [EnrolmentFolder.SealingRecipient]) throws -> [CaseManifest.Recipient] {
        try recipients.map { recipient in
            var sender = try HPKE.Sender(
                recipientKey: recipient.publicKey, ciphersuite: .XWingMLKEM768X25519_SHA256_AES_GCM_256,
                info: Data(SealingSuite.keyInfo.utf8))
            let wrapped = try contentKey.withUnsafeBytes { key in
                try sender.seal(Data(key), authenticating: Data(caseID.utf8))
            }
            return CaseManifest.Recipient(
                keyID: recipient.keyID, encapsulated: sender.encapsulatedKey.base64EncodedString(),
                wrappedKey: wrapped.base64EncodedString())
        }
    }

    /// The chunk's number, big-endian in 12 bytes. Each item has its own key, so no nonce is used twice under one.
    private static func nonce(_ index: Int) throws -> AES.GCM.Nonce {
        let number = withUnsafeBytes(of: UInt64(index).bigEndian) { Array($0) }
        return try AES.GCM.Nonce(data: [0, 0, 0, 0] + number)
    }
}
