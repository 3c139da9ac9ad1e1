/// The server side of Case Sync v1: manifest, chunks, commit, receipt. A receipt means that everything is on the disk.

import Crypto
import FoundationEssentials
import HTTPTypes
import KioskCore
import NIOCore

/// The applicant as the inbox lists him: sealed under the index key, so the database alone shows nobody.
struct CaseSummary: Codable, Hashable, Sendable {
    var name: String
    var maskedNumber: String

    func sealed(under key: SymmetricKey, caseID: String) throws -> [UInt8]? {
        try AES.GCM.seal(try JSONEncoder().encode(self), using: key, authenticating: Data(caseID.utf8)).combined
            .map(Array.init)
    }

    /// Nil when the bytes are not a summary of this case under this key.
    init?(_ sealed: [UInt8], key: SymmetricKey, caseID: String) {
        guard let box = try? AES.GCM.SealedBox(combined: sealed),
            let plaintext = try? AES.GCM.open(box, using: key, authenticating: Data(caseID.utf8)),
            let summary = try? JSONDecoder().decode(CaseSummary.self, from: plaintext)
        else { return nil }
        self = summary
    }

    init(name: String, maskedNumber: String) {
        self.name = name
        self.maskedNumber = maskedNumber
    }
}

struct CaseIntake: Sendable {
    enum ManifestAnswer: Sendable {
        case missing(MissingChunks)
        case receipt(SignedDocument)
    }

    /// A case file above this is kept and flagged, not parsed.
    static let caseFileBytes = 8 << 20

    let database: OfficeDatabase
    let blobs: any BlobStore
    let keys: OfficeKeys
    /// Codes of the matters by which promised papers come later.
    let supplementMatters: Set<String>
    let now: @Sendable () -> Timestamp

    /// Takes a signed manifest. Durable when it returns.
    func announce(
        _ document: SignedDocument, _ reference: CaseReference, from terminal: TerminalRecord
    ) async throws -> ManifestAnswer {
        guard let key = terminal.signingKey(document.keyID), let payload = Data(base64Encoded: document.payload),
            let signature = Data(base64Encoded: document.signature), signature.count == 64,
            key.isValidSignature(signature, for: payload)
        else {
            throw Refusal(
                .unprocessableContent, "bad-signature", "the manifest is not signed by an enrolled key of this terminal"
            )
        }
        let manifest = try ManifestCheck.read(payload)
        guard manifest.terminal == reference.terminal.text, manifest.caseID == reference.caseID,
            manifest.rev == reference.rev
        else { throw Refusal.malformed("the manifest names another case than the path") }
        guard manifest.recipients.contains(where: { $0.keyID == keys.officeKeyID }) else {
            throw Refusal(.unprocessableContent, "no-recipient", "the case is not sealed to this office; enrol again")
        }
        try await blobs.prepare(reference)
        let hash = ContentDigest(SHA256.hash(data: payload))
        switch try await database.announce(reference, manifest: manifest, hash: hash, document: document, at: now()) {
        case .conflict:
            throw Refusal(
                .conflict, "conflict",
                "this case and revision came before with other bytes; both are kept, call the office")
        case .alreadyReceived(let receipt):
            return .receipt(receipt)
        case .accepted:
            return .missing(MissingChunks(missing: try await missing(manifest, reference)))
        }
    }

    /// Takes one sealed chunk. Durable when it says `stored`.
    func receive<Body: AsyncSequence & Sendable>(
        chunk digest: ContentDigest, _ reference: CaseReference, declared: [UInt8], body: Body
    ) async throws -> BlobOutcome where Body.Element == ByteBuffer {
        guard let (_, document) = try await database.caseRow(reference), let manifest = Self.manifest(document) else {
            throw Refusal.notFound("send the manifest of this case first")
        }
        guard manifest.chunkDigests.contains(digest) else {
            throw Refusal.notFound("the manifest of this case names no such chunk")
        }
        guard hexadecimal(declared) == digest.hex else {
            throw Refusal(.badRequest, "digest", "Content-Digest and the path name different bytes")
        }
        let limit = SyncLimits.chunkBytes + SyncLimits.chunkOverhead
        let outcome = try await blobs.receive(digest, of: reference, limit: limit, body: body)
        switch outcome {
        case .otherDigest:
            throw Refusal(.badRequest, "digest", "the bytes are not those of the digest; send them again")
        case .tooLarge: throw Refusal.tooLarge("a chunk has at most \(limit) bytes")
        case .stored, .alreadyHeld: return outcome
        }
    }

    /// Opens the whole case, compares it with its manifest and issues the receipt; the same one when asked again.
    func commit(_ request: CommitRequest, _ reference: CaseReference) async throws -> SignedDocument {
        guard let (row, document) = try await database.caseRow(reference), let manifest = Self.manifest(document) else {
            throw Refusal.notFound("send the manifest of this case first")
        }
        guard row.manifestHash == request.manifestHash else {
            throw Refusal(.conflict, "conflict", "the office holds another manifest for this case and revision")
        }
        if let receipt = try await database.receipt(ofCase: row.number) { return receipt }
        let missing = try await missing(manifest, reference)
        guard missing.isEmpty else {
            throw Refusal(.conflict, "missing-chunks", "send the missing chunks first", missing: missing)
        }
        let index: CaseIndex
        do {
            index = try await open(manifest, reference)
        } catch let error as CentralError where error.code == .sealed {
            try await database.raise(.unopenable, reference: reference, at: now())
            throw Refusal(
                .unprocessableContent, "unopenable", "\(error.detail); everything is kept, call the office")
        }
        let keys = keys
        let serverTime = now()
        return try await database.receive(row, index: index, at: serverTime) { logIndex in
            try keys.sign(
                CaseReceipt(
                    terminal: manifest.terminal, epoch: manifest.epoch, sequence: manifest.sequence,
                    caseID: manifest.caseID, rev: manifest.rev, manifestHash: row.manifestHash,
                    serverTime: serverTime, logIndex: logIndex))
        }
    }

    /// The manifest inside a document that was checked when it was taken.
    static func manifest(_ document: SignedDocument) -> CaseManifest? {
        Data(base64Encoded: document.payload).flatMap { try? JSONDecoder().decode(CaseManifest.self, from: $0) }
    }

    private func missing(_ manifest: CaseManifest, _ reference: CaseReference) async throws -> [String] {
        let held = try await blobs.held(of: reference)
        return manifest.chunkDigests.filter { !held.contains($0) }.map(\.hex)
    }

    private func open(_ manifest: CaseManifest, _ reference: CaseReference) async throws -> CaseIndex {
        let opener = try CaseOpener(manifest: manifest, reference: reference, keys: keys, blobs: blobs)
        var checksums: [String: UInt32] = [:]
        for item in manifest.items { checksums[item.slot] = try await opener.verify(item) }
        var index = CaseIndex(checksums: checksums)
        guard manifest.schema == CaseFile.schema else {
            index.flag = .unknownSchema
            return index
        }
        guard let item = manifest.item(SealingSuite.caseSlot), item.length <= Self.caseFileBytes,
            let file = try? JSONDecoder().decode(
                CaseFile.self, from: Data(try await opener.item(item, limit: Self.caseFileBytes)))
        else {
            index.flag = .unreadable
            return index
        }
        let ownNumber = file.receiptNumber.hasPrefix("\(reference.terminal)-") && file.receiptNumber.utf8.count <= 64
        let pagesAreHere = file.content.attachments.allSatisfy { manifest.item($0.id)?.sha256 == $0.sha256 }
        if file.caseID != reference.caseID || file.terminal != reference.terminal.text || !ownNumber || !pagesAreHere {
            index.flag = .inconsistent
        }
        index.receiptNumber = ownNumber ? file.receiptNumber : nil
        index.matterCode = file.content.matterCode
        index.matterTitle = file.content.matterTitle
        index.submittedAt = file.content.submittedAt
        index.isHandedOver = file.content.disposition != .submitted
        index.workdays = min(max(file.content.workdays, 0), 3650)
        index.payment = file.content.payment.flatMap { isOrderID($0.orderID) ? $0 : nil }
        index.deferred = DeferredPaper.promised(in: file.content)
        if supplementMatters.contains(file.content.matterCode) { index.supplement = Supplement(file.content) }
        if let applicant = file.content.applicant {
            index.applicantTag = keys.applicantTag(applicant.number)
            index.summary = try CaseSummary(
                name: applicant.name, maskedNumber: CitizenNumber.masked(applicant.number)
            ).sealed(under: keys.index, caseID: reference.caseID)
        }
        return index
    }
}
