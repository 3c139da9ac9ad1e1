// Drafts: what a card opens again, what nobody else can, and what is gone.

import FoundationEssentials
import GRDB
import KioskCore
import Testing

@testable import KioskVault

struct DraftTests {
    @Test func theDatabaseRunsInWALWithFullSynchronousAndErasesWhatIsDeleted() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        #expect(try await vault.pragma("journal_mode") == "wal")
        #expect(try await vault.pragma("synchronous") == "2")
        #expect(try await vault.pragma("secure_delete") == "1")
        #expect(try await vault.pragma("foreign_keys") == "1")
        #expect(try await vault.pragma("busy_timeout") == "5000")
    }

    @Test func theSameCardTakesADraftUpAgainAfterARestart() async throws {
        let bench = try Bench()
        let session = newSession()
        let card = try reading()
        let saved = state(session, card, note: "half a form")
        let bytes = page(7)

        let first = try await bench.open()
        try await first.openDraft(session: session, reading: card)
        let reference = try await first.keepAttachment(
            session: session, bytes: bytes, mediaType: "image/jpeg", width: 1, height: 1, device: "Test camera 1",
            at: morning)
        try await first.saveDraft(saved, at: morning)
        await first.close()

        let second = try await bench.open()
        let resumed = try await second.resumeDraft(reading: card, at: morning.adding(seconds: 60), maximumAge: 1800)
        #expect(resumed?.state == saved)
        #expect(try await second.attachment(session: session, reference) == bytes)
    }

    @Test func anotherCardOpensNothingEvenWithTheSameText() async throws {
        let bench = try Bench()
        let session = newSession()
        let vault = try await bench.open()
        try await vault.openDraft(session: session, reading: try reading(photo: 1))
        try await vault.saveDraft(state(session, try reading()), at: morning)

        let other = try await vault.resumeDraft(reading: try reading(otherNumber), at: morning, maximumAge: 1800)
        #expect(other == nil)
        let sameTextOtherPhoto = try await vault.resumeDraft(
            reading: try reading(photo: 2), at: morning, maximumAge: 1800)
        #expect(sameTextOtherPhoto == nil)
    }

    @Test(arguments: [(1799, true), (1800, true), (1801, false), (-1801, false)])
    func aDraftOpensWithinTheLimitAndNotAfter(seconds: Int, opens: Bool) async throws {
        let session = newSession()
        let bench = try Bench()
        let vault = try await bench.open()
        try await vault.openDraft(session: session, reading: try reading())
        try await vault.saveDraft(state(session, try reading()), at: morning)
        let resumed = try await vault.resumeDraft(
            reading: try reading(), at: morning.adding(seconds: seconds), maximumAge: 1800)
        #expect((resumed != nil) == opens)
    }

    @Test func theNewestDraftOfACardIsTaken() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let sessions = [newSession(), newSession(), newSession()]
        for (session, second) in zip(sessions, [10, 30, 20]) {
            try await vault.openDraft(session: session, reading: try reading())
            try await vault.saveDraft(state(session, try reading()), at: morning.adding(seconds: second))
        }
        let resumed = try await vault.resumeDraft(
            reading: try reading(), at: morning.adding(seconds: 40), maximumAge: 1800)
        #expect(resumed?.state.id == sessions[1])
    }

    @Test func theSweepErasesOldDraftsWithTheirFilesAndSparesTheOpenOne() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let old = newSession()
        let open = newSession()
        for session in [old, open] {
            try await vault.openDraft(session: session, reading: try reading())
            _ = try await vault.keepAttachment(
                session: session, bytes: page(1), mediaType: "image/jpeg", width: 1, height: 1,
                device: "Test camera 1", at: morning)
            try await vault.saveDraft(state(session, try reading()), at: morning)
        }
        try await vault.sweepDrafts(at: morning.adding(seconds: 3600), maximumAge: 1800)

        #expect(try FileSystem.names(in: "\(bench.store)/drafts").count == 1)
        let resumed = try await vault.resumeDraft(reading: try reading(), at: morning, maximumAge: 1800)
        #expect(resumed?.state.id == open)
        await vault.closeDraft(session: open)
        try await vault.sweepDrafts(at: morning.adding(seconds: 3600), maximumAge: 1800)
        #expect(try FileSystem.names(in: "\(bench.store)/drafts").isEmpty)
    }

    @Test func aDiscardedDraftIsGoneAndDiscardingAgainIsNoError() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let session = newSession()
        try await vault.openDraft(session: session, reading: try reading())
        let reference = try await vault.keepAttachment(
            session: session, bytes: page(1), mediaType: "image/jpeg", width: 1, height: 1, device: "Test camera 1",
            at: morning)
        try await vault.saveDraft(state(session, try reading()), at: morning)
        try await vault.discardDraft(session: session)
        try await vault.discardDraft(session: session)

        #expect(try FileSystem.names(in: "\(bench.store)/drafts").isEmpty)
        #expect(try await vault.resumeDraft(reading: try reading(), at: morning, maximumAge: 1800) == nil)
        await #expect(throws: Fault.self) { try await vault.attachment(session: session, reference) }
        let log = try #require(try bench.folder.files()["store/vault.sqlite-wal"])
        #expect(log.isEmpty)
    }

    /// A card's text can be guessed; without a photograph nothing of the draft may reach the disk.
    @Test(arguments: [[UInt8](), [UInt8](repeating: 0, count: 1024)])
    func aCardWithoutPhotographIsKeptInMemoryAlone(photo: [UInt8]) async throws {
        let bench = try Bench()
        var card = try reading()
        card.photoRecord = photo
        let session = newSession()
        let vault = try await bench.open()
        try await vault.openDraft(session: session, reading: card)
        let reference = try await vault.keepAttachment(
            session: session, bytes: page(3), mediaType: "image/jpeg", width: 1, height: 1, device: "Test camera 1",
            at: morning)
        try await vault.saveDraft(state(session, card), at: morning)

        #expect(try FileSystem.names(in: "\(bench.store)/drafts").isEmpty)
        #expect(try await vault.attachment(session: session, reference) == page(3))
        let other = try await vault.resumeDraft(reading: try reading(otherNumber), at: morning, maximumAge: 1800)
        #expect(other == nil)
        let resumed = try await vault.resumeDraft(reading: card, at: morning, maximumAge: 1800)
        #expect(resumed?.state.id == session)
        await vault.close()

        let reopened = try await bench.open()
        #expect(try await reopened.resumeDraft(reading: card, at: morning, maximumAge: 1800) == nil)
    }

    @Test func aPageTakenBeforeAnyCardMovesUnderTheCardsKey() async throws {
        let bench = try Bench()
        let session = newSession()
        let vault = try await bench.open()
        let reference = try await vault.keepAttachment(
            session: session, bytes: page(4), mediaType: "image/jpeg", width: 1, height: 1, device: "Test camera 1",
            at: morning)
        #expect(try FileSystem.names(in: "\(bench.store)/drafts").isEmpty)
        try await vault.openDraft(session: session, reading: try reading())
        #expect(try FileSystem.names(in: "\(bench.store)/drafts").count == 1)
        #expect(try await vault.attachment(session: session, reference) == page(4))
    }

    @Test func aDroppedPageIsGoneAndTheOthersStay() async throws {
        let bench = try Bench()
        let session = newSession()
        let vault = try await bench.open()
        try await vault.openDraft(session: session, reading: try reading())
        var references: [PageReference] = []
        for seed in 1...2 as ClosedRange<UInt64> {
            references.append(
                try await vault.keepAttachment(
                    session: session, bytes: page(seed), mediaType: "image/jpeg", width: 1, height: 1,
                    device: "Test camera 1", at: morning))
        }
        try await vault.dropAttachment(session: session, references[0])
        await #expect(throws: Fault.self) { try await vault.attachment(session: session, references[0]) }
        #expect(try await vault.attachment(session: session, references[1]) == page(2))
        #expect(try FileSystem.names(in: "\(bench.store)/drafts").count == 1)
    }

    @Test func aFileMovedToAnotherAttachmentDoesNotOpen() async throws {
        let bench = try Bench()
        let session = newSession()
        let vault = try await bench.open()
        try await vault.openDraft(session: session, reading: try reading())
        var references: [PageReference] = []
        for seed in 1...2 as ClosedRange<UInt64> {
            references.append(
                try await vault.keepAttachment(
                    session: session, bytes: page(seed), mediaType: "image/jpeg", width: 1, height: 1,
                    device: "Test camera 1", at: morning))
        }
        let names = try FileSystem.names(in: "\(bench.store)/drafts")
        try FileSystem.move("\(bench.store)/drafts/\(names[0])", to: "\(bench.store)/drafts/x")
        try FileSystem.move("\(bench.store)/drafts/\(names[1])", to: "\(bench.store)/drafts/\(names[0])")
        try FileSystem.move("\(bench.store)/drafts/x", to: "\(bench.store)/drafts/\(names[1])")
        for reference in references {
            await #expect(throws: Fault.self) { try await vault.attachment(session: session, reference) }
        }
    }

    @Test(arguments: ["../../etc", "a/b", "", "ÄÖ", String(repeating: "a", count: 65)])
    func aSessionNameThatIsNoFileNameIsRefused(session: String) async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        await #expect(throws: Fault.self) { try await vault.openDraft(session: session, reading: try reading()) }
        await #expect(throws: Fault.self) {
            try await vault.seal(session: session, content: content(try reading(), pages: []), at: morning)
        }
    }

    @Test func aFullDiskIsSaidBeforeACitizenBegins() async throws {
        var bench = try Bench()
        bench.settings.minimumFreeBytes = .max
        let vault = try await bench.open()
        let fault = await #expect(throws: Fault.self) {
            try await vault.openDraft(session: newSession(), reading: try reading())
        }
        #expect(fault?.kind == .storeFull)
        #expect(fault?.responsible == .technician)
    }

    @Test func theBallastIsReservedOnDisk() async throws {
        var bench = try Bench()
        bench.settings.ballastBytes = 1 << 20
        let vault = try await bench.open()
        #expect(try FileSystem.read("\(bench.store)/ballast", limit: 1 << 21).count == 1 << 20)
        await vault.close()
    }

    @Test func aSecondOpeningOfTheFolderIsRefused() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let error = await #expect(throws: VaultError.self) { try await bench.open() }
        #expect(error?.code == .inUse)
        await vault.close()
        await (try bench.open()).close()
    }

    @Test func foldersAndFilesAreTheOwnersAlone() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        _ = try await bench.seal(vault)
        try await vault.publish(try await vault.outboxStatus(at: morning))
        #expect(FileSystem.ownership(of: bench.store)?.mode == 0o700)
        for name in try FileManager.default.subpathsOfDirectory(atPath: bench.store) {
            let mode = try #require(FileSystem.ownership(of: "\(bench.store)/\(name)")).mode
            #expect(mode & 0o077 == 0, "\(name)")
        }
    }

    @Test func aDamagedDatabaseIsNotOpened() async throws {
        let bench = try Bench()
        try FileSystem.makePrivateFolder(bench.store)
        try FileSystem.write(noise(8192, seed: 5), to: "\(bench.store)/vault.sqlite")
        let error = await #expect(throws: VaultError.self) { try await bench.open() }
        #expect(error?.code == .damaged)
    }
}
