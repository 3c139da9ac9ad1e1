/// Case Sync v1: how a sealed case travels to the central office in repeatable requests over mutual TLS.
///
/// 1. `PUT  /v1/kiosks/{terminal}/cases/{caseID}/revs/{rev}/manifest`  `SignedDocument` of a `CaseManifest`
///    -> `202 MissingChunks` | `200 SignedDocument` of a `CaseReceipt` (already whole)
///    | `409 WireProblem conflict` (same id and rev, other bytes) | `422` bad signature or malformed | `413`
/// 2. `PUT  /v1/kiosks/{terminal}/cases/{caseID}/revs/{rev}/chunks/{sha256}`  ciphertext,
///    with `Content-Digest: sha-256=:BASE64:` (RFC 9530) -> `201` durable | `200` had it | `400` digest | `404` no manifest
/// 3. `POST /v1/kiosks/{terminal}/cases/{caseID}/revs/{rev}/commit`  `CommitRequest`
///    -> `200 SignedDocument` of a `CaseReceipt` | `409 MissingChunks`
///
/// JSON bodies are at most `SyncLimits.manifestBytes`; a chunk at most `SyncLimits.chunkBytes` plus the AEAD tag.

public enum SyncLimits {
    /// Plaintext bytes sealed into one chunk.
    public static let chunkBytes = 1 << 20
    /// AES-GCM: 12-byte nonce and 16-byte tag stand with each chunk.
    public static let chunkOverhead = 28
    public static let manifestBytes = 256 << 10
    public static let itemsPerCase = 256
    public static let chunksPerItem = 64
    public static let caseBytes = 512 << 20
}

/// Bytes and an Ed25519 signature over exactly those bytes; nothing is canonicalised.
public struct SignedDocument: Codable, Hashable, Sendable {
    /// Base64 of the JSON document.
    public var payload: String
    public var keyID: String
    /// Base64 of the 64-byte signature over the payload's decoded bytes.
    public var signature: String

    public init(payload: String, keyID: String, signature: String) {
        self.payload = payload
        self.keyID = keyID
        self.signature = signature
    }
}

public struct CaseManifest: Codable, Hashable, Sendable {
    public static let proto = "case-sync/1"

    /// A sealed byte string: `case.json`, a page image, a photo record.
    public struct Item: Codable, Hashable, Sendable {
        /// `case` for the case file, else the attachment's id.
        public var slot: String
        public var mediaType: String
        /// Plaintext length, bytes.
        public var length: Int
        /// Lower-case hex SHA-256 of the plaintext: what the office compares after opening.
        public var sha256: String
        /// Lower-case hex SHA-256 of each sealed chunk, in order.
        public var chunks: [String]

        public init(slot: String, mediaType: String, length: Int, sha256: String, chunks: [String]) {
            self.slot = slot
            self.mediaType = mediaType
            self.length = length
            self.sha256 = sha256
            self.chunks = chunks
        }
    }

    /// The content key, wrapped to one recipient by HPKE.
    public struct Recipient: Codable, Hashable, Sendable {
        public var keyID: String
        /// Base64 of the HPKE encapsulated key.
        public var encapsulated: String
        /// Base64 of the wrapped 32-byte key.
        public var wrappedKey: String

        public init(keyID: String, encapsulated: String, wrappedKey: String) {
            self.keyID = keyID
            self.encapsulated = encapsulated
            self.wrappedKey = wrappedKey
        }
    }

    public var proto: String
    /// `kiosk.case/1`; an unknown schema is stored and flagged by the office, never bounced.
    public var schema: String
    public var terminal: String
    public var caseID: String
    public var rev: Int
    /// Grows by one a restore from backup.
    public var epoch: Int
    /// Grows by one a case inside an epoch.
    public var sequence: Int64
    /// Lower-case hex SHA-256 of the manifest before this one; 64 zeros for the first of an epoch.
    public var previousHash: String
    public var sealedAt: Timestamp
    /// `hpke-xwing-sha256-aesgcm256/1`
    public var suite: String
    public var recipients: [Recipient]
    public var items: [Item]

    public init(
        schema: String, terminal: String, caseID: String, rev: Int, epoch: Int, sequence: Int64, previousHash: String,
        sealedAt: Timestamp, suite: String, recipients: [Recipient], items: [Item]
    ) {
        self.proto = Self.proto
        self.schema = schema
        self.terminal = terminal
        self.caseID = caseID
        self.rev = rev
        self.epoch = epoch
        self.sequence = sequence
        self.previousHash = previousHash
        self.sealedAt = sealedAt
        self.suite = suite
        self.recipients = recipients
        self.items = items
    }
}

/// How a case is sealed (suite 1). One content key a case:
///
/// - key = 32 random bytes; HPKE base mode (X-Wing, HKDF-SHA256, AES-GCM-256; RFC 9180) seals it to each recipient with
///   `info` = `kiosk case key v1` and AAD = UTF-8 of the case id.
/// - item key = HKDF-SHA256(key, info: `item ` + slot, 32 bytes).
/// - chunk `i` of `n`: AES-GCM-256 under the item key, nonce = 12 bytes big-endian `i`,
///   AAD = UTF-8 of `caseID|slot|i|n`. The chunk is nonce ‖ ciphertext ‖ tag (`AES.GCM.SealedBox.combined`).
///   An empty item has one empty chunk.
public enum SealingSuite {
    public static let xWing = "hpke-xwing-sha256-aesgcm256/1"
    public static let keyInfo = "kiosk case key v1"
    public static func itemInfo(slot: String) -> String { "item \(slot)" }
    public static func chunkAuthenticatedData(caseID: String, slot: String, index: Int, count: Int) -> String {
        "\(caseID)|\(slot)|\(index)|\(count)"
    }
    /// Slot of the case file.
    public static let caseSlot = "case"
}

public struct MissingChunks: Codable, Hashable, Sendable {
    public var missing: [String]

    public init(missing: [String]) {
        self.missing = missing
    }
}

public struct CommitRequest: Codable, Hashable, Sendable {
    /// Lower-case hex SHA-256 of the manifest's payload bytes.
    public var manifestHash: String

    public init(manifestHash: String) {
        self.manifestHash = manifestHash
    }
}

/// The office's promise that it holds the case: issued only after chunk files, their folder and the row are on disk.
public struct CaseReceipt: Codable, Hashable, Sendable {
    public var terminal: String
    public var epoch: Int
    public var sequence: Int64
    public var caseID: String
    public var rev: Int
    public var manifestHash: String
    public var serverTime: Timestamp
    /// Position in the office's append-only log of receipts, from 1.
    public var logIndex: Int64

    public init(
        terminal: String, epoch: Int, sequence: Int64, caseID: String, rev: Int, manifestHash: String,
        serverTime: Timestamp, logIndex: Int64
    ) {
        self.terminal = terminal
        self.epoch = epoch
        self.sequence = sequence
        self.caseID = caseID
        self.rev = rev
        self.manifestHash = manifestHash
        self.serverTime = serverTime
        self.logIndex = logIndex
    }
}

/// What a terminal needs to know of its office: written by `kiosk-central enrol`, read by `kiosk`.
///
/// The folder holds `enrolment.json` (this), `ca.pem`, `client.pem`, `client.key.pem` and `signing.key` (32 raw bytes of
/// an Ed25519 private key, base64). Key files are readable by the owner alone.
public struct Enrolment: Codable, Hashable, Sendable {
    public struct Recipient: Codable, Hashable, Sendable {
        public var keyID: String
        /// Base64 of the X-Wing public key.
        public var publicKey: String

        public init(keyID: String, publicKey: String) {
            self.keyID = keyID
            self.publicKey = publicKey
        }
    }

    /// `DL01`
    public var terminal: String
    /// `https://127.0.0.1:8443`: the mutual-TLS listener.
    public var officeURL: String
    /// Where a citizen or a reader of a paper checks a code: `https://…/verify`
    public var publicURL: String
    /// Key id of the terminal's Ed25519 signing key.
    public var signingKeyID: String
    /// Base64 Ed25519 public keys of the office by key id: receipts must verify under one of them.
    public var receiptKeys: [String: String]
    /// Live office and offline recovery.
    public var recipients: [Recipient]

    public init(
        terminal: String, officeURL: String, publicURL: String, signingKeyID: String, receiptKeys: [String: String],
        recipients: [Recipient]
    ) {
        self.terminal = terminal
        self.officeURL = officeURL
        self.publicURL = publicURL
        self.signingKeyID = signingKeyID
        self.receiptKeys = receiptKeys
        self.recipients = recipients
    }
}
