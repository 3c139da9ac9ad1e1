// Sealing: what the office can open, what nobody can change, and what a crash leaves.

import Crypto
import FoundationEssentials
import GRDB
import KioskCore
import Testing

@testable import KioskVault

/// The office's side of `SealingSuite`, written from its description.
private struct OfficeOpener {
    let folder: String
    let manifest: CaseManifest
    let contentKey: SymmetricKey

    init(folder: String, manifest: CaseManifest, keyID: String, key: XWingMLKEM768X25519.PrivateKey) throws {
        self.folder = folder
        self.manifest = manifest
        let mine = try #require(manifest.recipients.first { $0.keyID == keyID })
        var recipient = try HPKE.Recipient(
            privateKey: key, ciphersuite: .XWingMLKEM768X25519_SHA256_AES_GCM_256, info: Data("kiosk case key v1".utf8),
            encapsulatedKey: try #require(Data(base64Encoded: mine.encapsulated)))
        let raw = try recipient.open(
            try #require(Data(base64Encoded: mine.wrappedKey)), authenticating: Data(manifest.caseID.utf8))
        #expect(raw.count == 32)
        contentKey = SymmetricKey(data: raw)
    }

    /// Opens the item as if its chunks were the given ones.
    func open(_ item: CaseManifest.Item, chunks: [String]? = nil) throws -> [UInt8] {
        let chunks = chunks ?? item.chunks
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: contentKey, info: Data("item \(item.slot)".utf8), outputByteCount: 32)
        var plaintext: [UInt8] = []
        for (index, hash) in chunks.enumerated() {
            let bytes = try Data(contentsOf: URL(filePath: "\(folder)/\(hash)"))
            #expect(
                SHA256.hash(data: bytes).map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }
                    .joined() == hash)
            if chunks == item.chunks {
                #expect(Array(bytes.prefix(12)) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, UInt8(index)])
            }
            plaintext += try AES.GCM.open(
                try AES.GCM.SealedBox(combined: bytes), using: key,
                authenticating: Data("\(manifest.caseID)|\(item.slot)|\(index)|\(chunks.count)".utf8))
        }
        return plaintext
    }
}

struct SealingTests {
    @Test(arguments: ["live", "recovery"])
    func eachRecipientOpensTheWholeCase(keyID: String) async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let sizes = [0, 5000, SyncLimits.chunkBytes - 6, 2_500_000]
        let (accepted, pages) = try await bench.seal(vault, sizes: sizes)
        let (document, manifest, payload) = try await vault.manifest(accepted.caseID)

        let signature = try #require(Data(base64Encoded: document.signature))
        #expect(bench.keys.terminal.publicKey.isValidSignature(signature, for: payload))
        #expect(document.keyID == "dl01-1")
        #expect(manifest.suite == "hpke-xwing-sha256-aesgcm256/1")
        #expect(manifest.items.map(\.chunks.count) == [1, 1, 1, 1, 3])

        let opener = try OfficeOpener(
            folder: "\(bench.store)/cases/\(accepted.caseID)", manifest: manifest, keyID: keyID,
            key: keyID == "live" ? bench.keys.live : bench.keys.recovery)
        for (item, page) in zip(manifest.items.dropFirst(), pages) {
            #expect(try opener.open(item) == page)
            #expect(item.length == page.count)
        }
        let caseFile = try JSONDecoder().decode(CaseFile.self, from: Data(try opener.open(manifest.items[0])))
        #expect(caseFile.caseID == accepted.caseID)
        #expect(caseFile.receiptNumber == accepted.receiptNumber)
        #expect(caseFile.content.applicant?.number == citizenNumber)
        #expect(caseFile.content.attachments.map(\.id) == manifest.items.dropFirst().map(\.slot))
    }

    @Test func anotherKeyOpensNothing() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let (accepted, _) = try await bench.seal(vault)
        let manifest = try await vault.manifest(accepted.caseID).manifest
        let stranger = try XWingMLKEM768X25519.PrivateKey()
        #expect(throws: (any Error).self) {
            try OfficeOpener(
                folder: "\(bench.store)/cases/\(accepted.caseID)", manifest: manifest, keyID: "live", key: stranger)
        }
    }

    @Test func reorderedShortenedOrSwappedChunksDoNotOpen() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let (accepted, _) = try await bench.seal(vault, sizes: [2_500_000, 2_500_000])
        let manifest = try await vault.manifest(accepted.caseID).manifest
        let opener = try OfficeOpener(
            folder: "\(bench.store)/cases/\(accepted.caseID)", manifest: manifest, keyID: "live", key: bench.keys.live)
        let first = manifest.items[1]
        let second = manifest.items[2]
        #expect(throws: (any Error).self) {
            try opener.open(first, chunks: [first.chunks[1], first.chunks[0], first.chunks[2]])
        }
        #expect(throws: (any Error).self) { try opener.open(first, chunks: Array(first.chunks.dropLast())) }
        #expect(throws: (any Error).self) {
            try opener.open(first, chunks: [first.chunks[0], second.chunks[1], first.chunks[2]])
        }
    }

    @Test func noPlaintextReachesTheDisk() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let session = newSession()
        let card = try reading()
        let bytes = page(9, bytes: 60_000)
        try await vault.openDraft(session: session, reading: card)
        let reference = try await vault.keepAttachment(
            session: session, bytes: bytes, mediaType: "image/jpeg", width: 1, height: 1, device: "Test camera 1",
            at: morning)
        let photo = try await vault.keepAttachment(
            session: session, bytes: card.photoRecord, mediaType: "application/octet-stream", width: 0, height: 0,
            device: "Test reader 1", at: morning)
        try await vault.saveDraft(state(session, card), at: morning)
        _ = try await vault.seal(
            session: session, content: content(card, pages: [reference], photos: [photo]), at: morning)
        try await vault.publish(try await vault.outboxStatus(at: morning))

        let canaries = [
            Array(citizenNumber.utf8), utf16LE(citizenNumber), Array("测试甲".utf8), utf16LE("测试甲"),
            Array(bytes.prefix(20)), Array(bytes[30_000..<30_020]), Array(card.photoRecord[500..<520]),
            Array(Data(citizenNumber.utf8).base64EncodedString().utf8.prefix(20)),
        ]
        let files = try bench.folder.files()
        #expect(files.count > 6)
        for (name, content) in files {
            for (index, canary) in canaries.enumerated() {
                #expect(!Data(content).contains(run: canary), "canary \(index) stands in \(name)")
            }
        }
        // The scan itself can find something.
        #expect(Data(Array("x".utf8) + canaries[1] + [0]).contains(run: canaries[1]))
    }

    @Test func sealingTwiceGivesTheFirstResult() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let session = newSession()
        let (accepted, _) = try await bench.seal(vault, session: session)
        let again = try await vault.seal(
            session: session, content: content(try reading(), pages: []), at: morning.adding(seconds: 90_000))
        #expect(again == accepted)
        try await vault.discardDraft(session: session)
        await vault.close()

        let reopened = try await bench.open()
        let afterRestart = try await reopened.seal(
            session: session, content: content(try reading(), pages: []), at: morning)
        #expect(afterRestart == accepted)
        #expect(try await reopened.unsentCases().count == 1)
    }

    @Test func numbersRunWithoutGapsAndTheChainHolds() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        var accepted: [AcceptedCase] = []
        // 2026-11-21 09:00 in China, the same day at 23:59, and one minute later.
        for seconds in [0, 15 * 3600 - 60, 15 * 3600] {
            accepted.append(try await bench.seal(vault, at: morning.adding(seconds: seconds)).accepted)
        }
        #expect(
            accepted.map(\.receiptNumber) == ["DL01-20261121-0001", "DL01-20261121-0002", "DL01-20261122-0001"])
        #expect(accepted.map(\.sequence) == [1, 2, 3])

        var previous = String(repeating: "0", count: 64)
        for one in accepted {
            let (_, manifest, payload) = try await vault.manifest(one.caseID)
            #expect(manifest.previousHash == previous)
            #expect(manifest.sequence == one.sequence)
            previous = Digests.sha256Hex(payload)
            #expect(one.proof == previous.prefix(16))
        }

        try await vault.beginNextEpoch()
        let next = try await bench.seal(vault, at: morning).accepted
        let manifest = try await vault.manifest(next.caseID).manifest
        let earlier = try await vault.manifest(accepted[0].caseID).manifest
        #expect(manifest.epoch == earlier.epoch + 1)
        #expect(manifest.sequence == 1)
        #expect(manifest.previousHash == String(repeating: "0", count: 64))
        #expect(next.receiptNumber == "DL01-20261121-0003")
    }

    @Test func aNewStoreOfTheSameTerminalBeginsALaterEpoch() async throws {
        let first = try Bench()
        let second = try Bench()
        let old = try await first.open(at: morning)
        let new = try await second.open(at: morning.adding(seconds: 3600))
        let oldEpoch = try await old.manifest(try await first.seal(old).accepted.caseID).manifest.epoch
        let newEpoch = try await new.manifest(try await second.seal(new).accepted.caseID).manifest.epoch
        #expect(newEpoch > oldEpoch)
    }

    @Test func aFailedCommitLeavesNoHalfCaseAndUsesNoNumber() async throws {
        let bench = try Bench()
        await (try bench.open()).close()
        let database = try DatabaseQueue(path: "\(bench.store)/vault.sqlite")
        try await database.write {
            try $0.execute(
                sql: "CREATE TRIGGER cut BEFORE INSERT ON cases BEGIN SELECT RAISE(ABORT, 'power cut'); END")
        }
        try database.close()

        let failing = try await bench.open()
        let fault = await #expect(throws: Fault.self) { try await bench.seal(failing) }
        #expect(fault?.kind == .storeFailed)
        // The files were whole before the commit failed.
        #expect(try FileSystem.names(in: "\(bench.store)/cases").count == 1)
        try await failing.execute("DROP TRIGGER cut")
        await failing.close()

        let vault = try await bench.open()
        #expect(try FileSystem.names(in: "\(bench.store)/cases").isEmpty)
        #expect(try await vault.unsentCases().isEmpty)
        #expect(try await bench.seal(vault).accepted.receiptNumber == "DL01-20261121-0001")
    }

    /// What the disk holds at the moment `seal` returns is enough, without any orderly close.
    @Test func aCopyTakenWithoutClosingHoldsTheCase() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let session = newSession()
        let (accepted, _) = try await bench.seal(vault, session: session)
        let copy = try Bench()
        try FileManager.default.copyItem(atPath: bench.store, toPath: copy.store)
        try FileSystem.makePrivateFolder("\(copy.store)/cases/\(newSession()).tmp")

        let recovered = try await copy.open()
        #expect(try await recovered.unsentCases().map(\.caseID) == [session])
        #expect(try FileSystem.names(in: "\(copy.store)/cases") == [session])
        for item in try await recovered.manifest(session).manifest.items {
            for hash in item.chunks {
                #expect(try await recovered.chunk(hash, of: session).count > 0)
            }
        }
        let again = try await recovered.seal(
            session: session, content: content(try reading(), pages: []), at: morning)
        #expect(again == accepted)
    }

    /// A matter that reads no card: a complaint with photographs.
    private func anonymous(_ pages: [PageReference]) throws -> CaseContent {
        var content = content(try reading(), pages: pages)
        content.applicant = nil
        content.answers = []
        return content
    }

    @Test func aSessionWithoutACardIsSealedOnceWithItsPagesAndNothingOfThemIsReadable() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let session = newSession()
        let bytes = page(11, bytes: 60_000)
        let reference = try await vault.keepAttachment(
            session: session, bytes: bytes, mediaType: "image/jpeg", width: 1, height: 1, device: "Test camera 1",
            at: morning)
        let before = try bench.folder.files().values
        #expect(!before.contains { Data($0).contains(run: Array(bytes[30_000..<30_020])) })
        let accepted = try await vault.seal(session: session, content: try anonymous([reference]), at: morning)
        try await vault.discardDraft(session: session)
        for (name, file) in try bench.folder.files() {
            #expect(!Data(file).contains(run: Array(bytes[30_000..<30_020])), "\(name)")
        }
        let copy = try Bench()
        try FileManager.default.copyItem(atPath: bench.store, toPath: copy.store)
        let recovered = try await copy.open()
        let again = try await recovered.seal(
            session: session, content: try anonymous([]), at: morning.adding(seconds: 9))
        #expect(again == accepted)
        #expect(try await recovered.unsentCases().map(\.caseID) == [session])
        let (_, manifest, _) = try await recovered.manifest(session)
        let opener = try OfficeOpener(
            folder: "\(copy.store)/cases/\(session)", manifest: manifest, keyID: "live", key: bench.keys.live)
        #expect(try opener.open(try #require(manifest.items.first { $0.slot == reference.id })) == bytes)
    }

    @Test func aSessionThatKeptNothingIsSealedToo() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let session = newSession()
        let accepted = try await vault.seal(session: session, content: try anonymous([]), at: morning)
        #expect(try await vault.seal(session: session, content: try anonymous([]), at: morning) == accepted)
        await vault.close()
        let reopened = try await bench.open()
        #expect(try await reopened.unsentCases().map(\.caseID) == [session])
    }

    @Test func theNextSessionCannotReachThePagesOfOneWithoutACard() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let (first, second) = (newSession(), newSession())
        let reference = try await vault.keepAttachment(
            session: first, bytes: page(1), mediaType: "image/jpeg", width: 1, height: 1, device: "Test camera 1",
            at: morning)
        _ = try await vault.keepAttachment(
            session: second, bytes: page(2), mediaType: "image/jpeg", width: 1, height: 1, device: "Test camera 1",
            at: morning)
        await #expect(throws: Fault.self) { try await vault.attachment(session: first, reference) }
        await #expect(throws: Fault.self) {
            try await vault.seal(session: second, content: try anonymous([reference]), at: morning)
        }
        await #expect(throws: Fault.self) {
            try await vault.seal(session: first, content: try anonymous([reference]), at: morning)
        }
        #expect(try await vault.unsentCases().isEmpty)
    }

    @Test func thePagesOfASessionWithoutACardDoNotFillTheMemory() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let session = newSession()
        let big = [UInt8](repeating: 7, count: 40 << 20)
        func keep() async throws {
            _ = try await vault.keepAttachment(
                session: session, bytes: big, mediaType: "image/jpeg", width: 1, height: 1, device: "Test camera 1",
                at: morning)
        }
        for _ in 0..<3 { try await keep() }
        let fault = await #expect(throws: Fault.self) { try await keep() }
        #expect(fault?.kind == .storeFull)
    }

    @Test func aTamperedAttachmentIsNotSealed() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let session = newSession()
        try await vault.openDraft(session: session, reading: try reading())
        let reference = try await vault.keepAttachment(
            session: session, bytes: page(1), mediaType: "image/jpeg", width: 1, height: 1, device: "Test camera 1",
            at: morning)
        let name = try #require(try FileSystem.names(in: "\(bench.store)/drafts").first)
        var bytes = try FileSystem.read("\(bench.store)/drafts/\(name)", limit: 1 << 20)
        bytes[100] ^= 1
        try FileSystem.write(bytes, to: "\(bench.store)/drafts/\(name)")
        let fault = await #expect(throws: Fault.self) {
            try await vault.seal(session: session, content: content(try reading(), pages: [reference]), at: morning)
        }
        #expect(fault?.kind == .storeFailed)
        #expect(try await vault.unsentCases().isEmpty)
    }

    @Test func aReferenceThatIsNotWhatWasKeptIsNotSealed() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let session = newSession()
        try await vault.openDraft(session: session, reading: try reading())
        let reference = try await vault.keepAttachment(
            session: session, bytes: page(1), mediaType: "image/jpeg", width: 1, height: 1, device: "Test camera 1",
            at: morning)
        var forged = reference
        forged.sha256 = String(repeating: "a", count: 64)
        await #expect(throws: Fault.self) {
            try await vault.seal(session: session, content: content(try reading(), pages: [forged]), at: morning)
        }
        // A page that stands under two materials is one item.
        let accepted = try await vault.seal(
            session: session, content: content(try reading(), pages: [reference, reference]), at: morning)
        #expect(accepted.sequence == 1)
        #expect(try await vault.manifest(session).manifest.items.map(\.slot) == ["case", reference.id])
    }

    @Test func faultsCarryNoPersonalData() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let session = newSession()
        var card = try reading()
        card.card.name = "测试甲"
        let fault = await #expect(throws: Fault.self) { try await vault.saveDraft(state(session, card), at: morning) }
        #expect(fault?.detail.contains(citizenNumber) == false)
        #expect(fault?.detail.contains("测试甲") == false)
    }
}

extension Data {
    fileprivate func contains(run: [UInt8]) -> Bool {
        guard let first = run.first, count >= run.count else { return false }
        return withUnsafeBytes { buffer in
            for start in 0...(buffer.count - run.count) where buffer[start] == first {
                if buffer[start..<(start + run.count)].elementsEqual(run) { return true }
            }
            return false
        }
    }
}
