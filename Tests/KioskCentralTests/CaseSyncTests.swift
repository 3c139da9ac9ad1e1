// Case Sync v1 as a terminal meets it: manifest, chunks, commit, receipt, and every refusal.

import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import KioskCore
import Testing

@testable import KioskCentral

@Suite struct CaseSyncTests {
    @Test func aWholeCaseGetsAReceiptThatVerifies() async throws {
        let office = try TestOffice()
        let big = (0..<(5 << 18)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let sealed = try office.client.seal(
            Sample.file(pages: [Sample.page("p1")]),
            attachments: [.init(slot: "p1", bytes: SamplePage.jpeg), .init(slot: "p2", bytes: big)], sequence: 7)
        try await office.kiosk { kiosk in
            let announced = try await kiosk.putManifest(sealed)
            #expect(announced.status == .accepted)
            #expect(try Set(announced.decode(MissingChunks.self).missing) == Set(sealed.chunks.keys))
            for (name, bytes) in sealed.chunks {
                #expect(try await kiosk.putChunk(sealed, name, bytes).status == .created)
            }
            let committed = try await kiosk.commit(sealed)
            #expect(committed.status == .ok)
            let document = try committed.decode(SignedDocument.self)
            let receipt = try #require(try office.client.open(document))
            #expect(
                receipt
                    == CaseReceipt(
                        terminal: "DL01", epoch: 1, sequence: 7, caseID: sealed.manifest.caseID, rev: 1,
                        manifestHash: sealed.manifestHash, serverTime: office.time.now(), logIndex: 1))
        }
    }

    @Test func theReceiptIsTheSameHoweverOftenItIsAskedFor() async throws {
        let office = try TestOffice()
        let sealed = try office.client.seal(Sample.file())
        try await office.kiosk { kiosk in
            let first = try await kiosk.deliver(sealed)
            office.time.advance(seconds: 3600)
            #expect(try await kiosk.commit(sealed).decode(SignedDocument.self) == first)
            let again = try await kiosk.putManifest(sealed)
            #expect(again.status == .ok)
            #expect(try again.decode(SignedDocument.self) == first)
            for (name, bytes) in sealed.chunks {
                #expect(try await kiosk.putChunk(sealed, name, bytes).status == .ok)
            }
        }
        try office.restart()
        let later = try office.client.seal(Sample.file(receiptNumber: "DL01-20261121-0002"), sequence: 2)
        try await office.kiosk { kiosk in
            let receipt = try office.client.open(try await kiosk.deliver(later))
            #expect(receipt?.logIndex == 2)
        }
    }

    @Test func aRestartBetweenChunksKeepsWhatWasSent() async throws {
        let office = try TestOffice()
        let sealed = try office.client.seal(
            Sample.file(), attachments: [.init(slot: "p1", bytes: SamplePage.jpeg), .init(slot: "p2", bytes: [1])])
        let sent = try #require(sealed.chunks.keys.sorted().first)
        try await office.kiosk { kiosk in
            _ = try await kiosk.putManifest(sealed)
            let bytes = try #require(sealed.chunks[sent])
            #expect(try await kiosk.putChunk(sealed, sent, bytes).status == .created)
        }
        try office.restart()
        try await office.kiosk { kiosk in
            let missing = try await kiosk.putManifest(sealed).decode(MissingChunks.self).missing
            #expect(Set(missing) == Set(sealed.chunks.keys).subtracting([sent]))
            #expect(try office.client.open(try await kiosk.deliver(sealed)) != nil)
        }
    }

    @Test func aHalfReceivedChunkIsGoneAfterARestart() async throws {
        let office = try TestOffice()
        let leftover = "\(office.folder)/data/incoming/\(String(repeating: "a", count: 32))"
        try Data([1, 2, 3]).write(to: URL(filePath: leftover))
        try office.restart()
        #expect(!FileManager.default.fileExists(atPath: leftover))
    }

    @Test func aCommitBeforeTheChunksNamesWhatIsMissing() async throws {
        let office = try TestOffice()
        let sealed = try office.client.seal(Sample.file(), attachments: [.init(slot: "p1", bytes: SamplePage.jpeg)])
        try await office.kiosk { kiosk in
            _ = try await kiosk.putManifest(sealed)
            let early = try await kiosk.commit(sealed)
            #expect(early.status == .conflict)
            #expect(try early.decode(MissingChunks.self).missing == sealed.manifest.items.flatMap(\.chunks))
        }
    }

    @Test func theSameCaseWithOtherBytesIsAConflictAndBothAreKept() async throws {
        let office = try TestOffice()
        let file = Sample.file()
        let first = try office.client.seal(file)
        let second = try office.client.seal(file)
        try await office.kiosk { kiosk in
            _ = try await kiosk.putManifest(first)
            let other = try await kiosk.putManifest(second)
            #expect(other.status == .conflict)
            #expect(other.problem == "conflict")
            _ = try await kiosk.putManifest(second)
            #expect(try await kiosk.commit(first, hash: second.manifestHash).problem == "conflict")
            #expect(try office.client.open(try await kiosk.deliver(first)) != nil)
        }
        office.stop()
        let database = try OfficeDatabase(data: office.data)
        #expect(try await database.openAlarms().compactMap(\.kind) == [.conflict])
        let kept = try await database.queue.read { try String.fetchAll($0, sql: "SELECT manifest_hash FROM conflicts") }
        #expect(kept == [second.manifestHash])
    }

    @Test func aChunkIsRefusedUnlessItIsWhatItsNameSays() async throws {
        let office = try TestOffice()
        let sealed = try office.client.seal(Sample.file())
        let name = try #require(sealed.chunks.keys.first)
        let bytes = try #require(sealed.chunks[name])
        var spoilt = bytes
        spoilt[20] ^= 1
        let wrong = spoilt
        let declaredTrue = "sha-256=:\(Data(hexText: name).base64EncodedString()):"
        try await office.kiosk { kiosk in
            #expect(try await kiosk.putChunk(sealed, name, bytes).problem == "not-found", "no manifest yet")
            _ = try await kiosk.putManifest(sealed)
            #expect(try await kiosk.putChunk(sealed, name, wrong).status == .badRequest)
            #expect(try await kiosk.putChunk(sealed, name, wrong, declared: declaredTrue).problem == "digest")
            #expect(try await kiosk.putChunk(sealed, name, bytes, declared: "").problem == "digest")
            #expect(try await kiosk.putChunk(sealed, name, bytes, declared: "sha-512=:AAAA:").problem == "digest")
            let unnamed = String(repeating: "0", count: 64)
            #expect(try await kiosk.putChunk(sealed, unnamed, bytes).status == .notFound)
            let tooMuch = [UInt8](repeating: 7, count: SyncLimits.chunkBytes + SyncLimits.chunkOverhead + 1)
            #expect(try await kiosk.putChunk(sealed, name, tooMuch, declared: declaredTrue).status == .contentTooLarge)
            let answer = try await kiosk.putChunk(
                sealed, name, bytes, declared: "sha-512=:AA==:, \(declaredTrue)")
            #expect(answer.status == .created)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(office.folder)/data/incoming").isEmpty)
    }

    @Test func anotherSignerIsRefused() async throws {
        let office = try TestOffice()
        let other = try TestOffice()
        let file = Sample.file()
        let foreign = try other.client.seal(file)
        var mixed = try office.client.seal(file)
        mixed.document.payload = foreign.document.payload
        var short = try office.client.seal(file)
        short.document.signature = "AAAA"
        let documents = [foreign, mixed, short]
        try await office.kiosk { kiosk in
            for sealed in documents {
                let answer = try await kiosk.putManifest(sealed)
                #expect(answer.status == .unprocessableContent)
                #expect(answer.problem == "bad-signature")
            }
        }
    }

    @Test func aKeyOfAnEarlierEnrolmentStillSigns() async throws {
        let office = try TestOffice()
        let sealed = try office.client.seal(Sample.file())
        try OfficeSetup.enrol(
            office.data, terminal: "DL01", out: "\(office.folder)/again", officeURL: "https://a",
            publicURL: "https://b",
            now: office.time.now())
        let answer = try await office.kiosk { try await $0.putManifest(sealed) }
        #expect(answer.status == .accepted)
    }

    @Test func aCaseThatIsNotWhatItsManifestSaysGetsNoReceiptAndIsKept() async throws {
        let office = try TestOffice()
        let wrongHash = try office.client.seal(Sample.file()) { manifest in
            manifest.items[0].sha256 = String(repeating: "0", count: 64)
        }
        let wrongOrder = try office.client.seal(
            Sample.file(), attachments: [.init(slot: "p1", bytes: [UInt8](repeating: 9, count: 3 << 19))], sequence: 2
        ) { manifest in
            manifest.items[1].chunks.reverse()
        }
        let wrongKey = try office.client.seal(Sample.file(), sequence: 3) { manifest in
            manifest.recipients[0].wrappedKey = manifest.recipients[1].wrappedKey
        }
        try await office.kiosk { kiosk in
            for sealed in [wrongHash, wrongOrder, wrongKey] {
                _ = try await kiosk.putManifest(sealed)
                for (name, bytes) in sealed.chunks { _ = try await kiosk.putChunk(sealed, name, bytes) }
                let answer = try await kiosk.commit(sealed)
                #expect(answer.status == .unprocessableContent)
                #expect(answer.problem == "unopenable")
            }
        }
        office.stop()
        let database = try OfficeDatabase(data: office.data)
        #expect(try await database.openAlarms().filter { $0.kind == .unopenable }.count == 3)
        let folder = "\(office.folder)/data/chunks/DL01/\(wrongHash.manifest.caseID)/1"
        #expect(try Set(FileManager.default.contentsOfDirectory(atPath: folder)) == Set(wrongHash.chunks.keys))
    }

    @Test func anUnknownSchemaIsKeptFlaggedAndReceipted() async throws {
        let office = try TestOffice()
        let future = try office.client.seal(Sample.file(), caseBytes: Array("new".utf8), schema: "kiosk.case/9")
        let damaged = try office.client.seal(Sample.file(), caseBytes: Array("{}".utf8), sequence: 2)
        let foreign = try office.client.seal(
            Sample.file(receiptNumber: "DL77-20261121-0001"), sequence: 3)
        let pageless = try office.client.seal(
            Sample.file(pages: [Sample.page("p1")], receiptNumber: "DL01-20261121-0009"),
            attachments: [.init(slot: "p1", bytes: [1, 2, 3])], sequence: 4)
        try await office.kiosk { kiosk in
            for sealed in [future, damaged, foreign, pageless] {
                let receipt = try office.client.open(try await kiosk.deliver(sealed))
                #expect(receipt != nil)
            }
        }
        let flags = try await OfficeArchive(office.data).cases().map(\.flag)
        #expect(flags == ["unknown-schema", "unreadable", "inconsistent", "inconsistent"])
    }

    @Test func aBrokenChainIsAnAlarmAndNeverARefusal() async throws {
        let office = try TestOffice()
        let first = try office.client.seal(Sample.file())
        let linked = try office.client.seal(Sample.file(), sequence: 2, previousHash: first.manifestHash)
        let unlinked = try office.client.seal(Sample.file(), sequence: 3)
        let reused = try office.client.seal(Sample.file(), sequence: 3, previousHash: linked.manifestHash)
        try await office.kiosk { kiosk in
            for sealed in [first, linked, unlinked, reused] {
                let answer = try await kiosk.putManifest(sealed)
                #expect(answer.status == .accepted)
            }
        }
        office.stop()
        let alarms = try await OfficeDatabase(data: office.data).openAlarms()
        #expect(alarms.map(\.kind) == [.sequenceReused, .chainBroken])
        #expect(alarms.map(\.caseID) == [reused.manifest.caseID, unlinked.manifest.caseID])
    }

    @Test func aSecondRevisionIsACaseOfItsOwn() async throws {
        let office = try TestOffice()
        let file = Sample.file()
        let first = try office.client.seal(file)
        let second = try office.client.seal(file, rev: 2, sequence: 2, previousHash: first.manifestHash)
        try await office.kiosk { kiosk in
            _ = try await kiosk.deliver(first)
            #expect(try office.client.open(try await kiosk.deliver(second))?.rev == 2)
        }
        #expect(try await OfficeArchive(office.data).cases().map(\.rev) == [1, 2])
    }

    @Test func anExportIsByteExact() async throws {
        let office = try TestOffice()
        let file = Sample.file(pages: [Sample.page("p1")])
        let caseBytes = Array(try JSONEncoder().encode(file))
        let sealed = try office.client.seal(
            file, caseBytes: caseBytes, attachments: [.init(slot: "p1", bytes: SamplePage.jpeg)])
        let document = try await office.kiosk { try await $0.deliver(sealed) }
        // Beside the running office, as the command line does it.
        let out = "\(office.folder)/export"
        let names = try await OfficeArchive(office.data).export(caseID: file.caseID, to: out)
        #expect(names == ["case.json", "attachments/p1.jpg", "manifest.json", "receipt.json"])
        #expect(try Array(Data(contentsOf: URL(filePath: "\(out)/case.json"))) == caseBytes)
        #expect(try Array(Data(contentsOf: URL(filePath: "\(out)/attachments/p1.jpg"))) == SamplePage.jpeg)
        let receipt = try JSONDecoder().decode(
            SignedDocument.self, from: Data(contentsOf: URL(filePath: "\(out)/receipt.json")))
        #expect(receipt == document)
    }
}

extension Data {
    init(hexText: String) {
        var bytes: [UInt8] = []
        var rest = Substring(hexText)
        while rest.count >= 2 {
            bytes.append(UInt8(rest.prefix(2), radix: 16) ?? 0)
            rest = rest.dropFirst(2)
        }
        self.init(bytes)
    }
}
