// Staff calls, the office's folder and its database.

import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import KioskCore
import Logging
import Testing

@testable import KioskCentral

@Suite struct DeskTests {
    @Test func aCallRingsOnceAndGoesThroughItsStates() async throws {
        let office = try TestOffice()
        let request = StaffCallRequest(page: "capture", matterCode: "MKT-001", at: office.time.now())
        let id = try await office.kiosk { kiosk in
            let first = try await kiosk.send(.post, "/v1/kiosks/DL01/calls", json: request)
            #expect(first.status == .created)
            let reply = try first.decode(StaffCallReply.self)
            #expect(reply.state == .ringing)
            let again = try await kiosk.send(.post, "/v1/kiosks/DL01/calls", json: request)
            #expect(try again.decode(StaffCallReply.self) == reply)
            return reply.id
        }
        @Sendable func state() async throws -> StaffCallState {
            try await office.kiosk { kiosk in
                try await kiosk.execute(uri: "/v1/kiosks/DL01/calls/\(id)", method: .get)
                    .decode(StaffCallReply.self).state
            }
        }
        try await office.pages { pages in
            let staff = try await Staff.signIn(pages)
            #expect(try await staff.get("/cases").text.contains("MKT-001"))
            try await staff.post("/calls/\(id)/acknowledge")
            #expect(try await state() == .acknowledged)
            #expect(try await staff.get("/cases").text.contains("office 正在前往"))
            try await staff.post("/calls/\(id)/close")
            #expect(try await state() == .closed)
            try await staff.post("/calls/\(id)/acknowledge")
            #expect(try await state() == .closed)
        }
        try OfficeSetup.enrol(
            office.data, terminal: "DL02", out: "\(office.folder)/DL02", officeURL: "https://a", publicURL: "https://b",
            now: office.time.now())
        try await office.kiosk(as: "DL02") { kiosk in
            let foreign = try await kiosk.execute(uri: "/v1/kiosks/DL02/calls/\(id)", method: .get)
            #expect(foreign.status == .notFound)
        }
    }

    @Test func theDatabaseWritesThroughToTheDisk() async throws {
        let office = try TestOffice()
        office.stop()
        let database = try OfficeDatabase(data: office.data)
        let settings = try await database.queue.write { database in
            (
                try String.fetchOne(database, sql: "PRAGMA journal_mode"),
                try Int.fetchOne(database, sql: "PRAGMA synchronous"),
                try Int.fetchOne(database, sql: "PRAGMA foreign_keys")
            )
        }
        #expect(settings.0 == "wal")
        #expect(settings.1 == 2)
        #expect(settings.2 == 1)
    }

    @Test func auditRowsAndReceiptsCannotBeChanged() async throws {
        let office = try TestOffice()
        let sealed = try office.client.seal(Sample.file())
        _ = try await office.kiosk { try await $0.deliver(sealed) }
        office.stop()
        let database = try OfficeDatabase(data: office.data)
        for sql in [
            "UPDATE audit SET actor = 'nobody'", "DELETE FROM audit", "UPDATE receipts SET at = 0",
            "DELETE FROM receipts",
        ] {
            await #expect(throws: DatabaseError.self) { try await database.queue.write { try $0.execute(sql: sql) } }
        }
    }

    @Test func aCopyOfTheDatabaseShowsNobody() async throws {
        let office = try TestOffice()
        let sealed = try office.client.seal(Sample.file(name: "欧阳测试"))
        _ = try await office.kiosk { try await $0.deliver(sealed) }
        office.stop()
        try await OfficeDatabase(data: office.data).queue.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        let bytes = try Data(contentsOf: URL(filePath: "\(office.folder)/data/office.sqlite"))
        #expect(bytes.range(of: Data("MKT-001".utf8)) != nil)
        for secret in ["欧阳测试", "230199199001010018", "晓明面馆"] {
            #expect(bytes.range(of: Data(secret.utf8)) == nil)
        }
    }

    @Test func aFolderHasOneOfficeAtATime() throws {
        let office = try TestOffice()
        #expect(throws: CentralError.self) {
            try CentralOffice(office.data, logger: .init(label: "second"), now: { office.time.now() })
        }
        #expect(throws: CentralError.self) {
            try OfficeSetup.importRecords(
                office.data, Array(RecordTests.csv.utf8), isCSV: true, register: "food-permit")
        }
    }

    @Test func initialisingAgainChangesNothing() throws {
        let office = try TestOffice()
        office.stop()
        let names = ["ca.pem", "server.pem", "office.key", "receipt.key", "index.key", "recovery.pub"]
        func contents() throws -> [Data] {
            try names.map { try Data(contentsOf: URL(filePath: "\(office.folder)/data/keys/\($0)")) }
        }
        let before = try contents()
        let outcome = try OfficeSetup.initialise(
            office.data, hosts: [], user: "office", password: nil, catalogue: nil, demo: true, now: office.time.now())
        #expect(outcome == OfficeSetup.Outcome(generatedPassword: nil, user: nil))
        #expect(try contents() == before)
    }

    @Test func keyFilesAreReadableByTheOwnerAlone() throws {
        let office = try TestOffice()
        let files =
            ["ca.key.pem", "server.key.pem", "office.key", "receipt.key", "index.key", "recovery.key"]
            .map { "data/keys/\($0)" } + ["DL01/client.key.pem", "DL01/signing.key", "data/terminals/DL01.json"]
        for file in files {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(office.folder)/\(file)")
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600, "\(file)")
        }
    }

    @Test(arguments: ["", "D", "dl01", "../DL01", "DL01/..", "DL 01", "ABCDEFGHIJKLMNOPQ", "1DL"])
    func aTerminalIDThatIsNoPlainNameIsRefused(name: String) throws {
        #expect(TerminalID(name) == nil)
    }
}
