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

    private static func confirmation(
        _ office: TestOffice, session: String = "11111111-1111-4111-8111-111111111111"
    ) -> StaffCallRequest {
        StaffCallRequest(
            confirmingHolderOf: Sample.card(), session: session, page: "confirm-holder", matterCode: "HRS-026",
            at: office.time.now())
    }

    private static func ring(_ office: TestOffice, _ request: StaffCallRequest) async throws -> StaffCallReply {
        try await office.kiosk {
            try await $0.send(.post, "/v1/kiosks/DL01/calls", json: request).decode(StaffCallReply.self)
        }
    }

    private static func poll(_ office: TestOffice, _ id: String) async throws -> StaffCallReply {
        try await office.kiosk {
            try await $0.execute(uri: "/v1/kiosks/DL01/calls/\(id)", method: .get).decode(StaffCallReply.self)
        }
    }

    @Test(arguments: [true, false]) func staffAnswerWhetherTheCardIsTheHolders(isHolder: Bool) async throws {
        let office = try TestOffice()
        let request = Self.confirmation(office)
        let call = try await Self.ring(office, request)
        #expect(try await Self.ring(office, request).id == call.id)
        #expect(call.answer == nil)
        try await office.pages { pages in
            let staff = try await Staff.signIn(pages)
            let inbox = try await staff.get("/cases").text
            #expect(inbox.contains("本人，与证件一致"))
            #expect(inbox.contains("230199********0018"))
            #expect(inbox.contains("HRS-026"))
            // Only an answer ends it.
            try await staff.post("/calls/\(call.id)/close")
            #expect(try await Self.poll(office, call.id).state == .ringing)
            try await staff.post("/calls/\(call.id)/\(isHolder ? "is-holder" : "is-not-holder")")
            let answered = try await Self.poll(office, call.id)
            #expect(answered.state == .closed)
            #expect(answered.answer?.isHolder == isHolder)
            #expect(answered.answer?.session == request.session)
            #expect(answered.answer?.by == "office")
            // Once: a second answer changes nothing, and the same session gets the same one.
            try await staff.post("/calls/\(call.id)/\(isHolder ? "is-not-holder" : "is-holder")")
            #expect(try await Self.poll(office, call.id) == answered)
            #expect(try await Self.ring(office, request) == answered)
            #expect(try await !staff.get("/cases").text.contains("230199********0018"))
        }
    }

    @Test func aCallToConfirmStandsForOneSessionOfItsTerminal() async throws {
        let office = try TestOffice()
        let old = try await Self.ring(office, Self.confirmation(office))
        let other = Self.confirmation(office, session: "22222222-2222-4222-8222-222222222222")
        let new = try await Self.ring(office, other)
        #expect(new.id != old.id)
        try await office.kiosk { kiosk async throws in
            #expect(
                try await kiosk.execute(uri: "/v1/kiosks/DL01/calls/\(old.id)", method: .get).status == .notFound)
            var whole = other
            whole.maskedNumber = "230199199001010018"
            #expect(try await kiosk.send(.post, "/v1/kiosks/DL01/calls", json: whole).status == .unprocessableContent)
            whole.maskedNumber = other.maskedNumber
            whole.session = "nobody"
            #expect(try await kiosk.send(.post, "/v1/kiosks/DL01/calls", json: whole).status == .unprocessableContent)
        }
        // Help rings beside it.
        let help = try await Self.ring(
            office, StaffCallRequest(page: "confirm-holder", matterCode: nil, at: office.time.now()))
        #expect(help.id != new.id)
    }

    @Test func theCasePageSaysWhoConfirmedTheHolderAndDoubtsWhatTheOfficeDoesNotKnow() async throws {
        let office = try TestOffice()
        let session = "11111111-1111-4111-8111-111111111111"
        let call = try await Self.ring(office, Self.confirmation(office, session: session))
        try await office.pages { pages in
            let staff = try await Staff.signIn(pages)
            try await staff.post("/calls/\(call.id)/is-holder")
        }
        let checks = [
            (session, HolderCheck(method: .staff, at: Sample.submittedAt, staffCall: call.id, confirmedBy: "office")),
            // The answer was given for another session.
            (
                "22222222-2222-4222-8222-222222222222",
                HolderCheck(method: .staff, at: Sample.submittedAt, staffCall: call.id, confirmedBy: "office")
            ),
            (
                "33333333-3333-4333-8333-333333333333",
                HolderCheck(method: .face, at: Sample.submittedAt, score: 0.871, matcher: "matcher 1")
            ),
        ]
        for (number, (caseID, check)) in checks.enumerated() {
            let file = Sample.file(receiptNumber: "DL01-20261121-000\(number)", caseID: caseID) {
                $0.holderCheck = check
                if number == 2 { $0.applicant?.kind = .socialSecurityCard }
            }
            let sealed = try office.client.seal(file, sequence: Int64(number + 1))
            _ = try await office.kiosk { try await $0.deliver(sealed) }
        }
        try await office.pages { pages in
            let staff = try await Staff.signIn(pages)
            let confirmed = try await staff.get("/cases/1").text
            #expect(confirmed.contains("工作人员 office"))
            #expect(!confirmed.contains(OfficeText.notConfirmedHere.zh))
            #expect(try await staff.get("/cases/2").text.contains(OfficeText.notConfirmedHere.zh))
            let compared = try await staff.get("/cases/3").text
            #expect(compared.contains("0.87") && compared.contains("matcher 1"))
            #expect(compared.contains("社会保障卡"))
            #expect(!compared.contains(OfficeText.notConfirmedHere.zh))
        }
    }

    @Test func nobodyIsConfirmedWhoHasLeft() async throws {
        let office = try TestOffice()
        let call = try await Self.ring(office, Self.confirmation(office))
        office.time.advance(seconds: 1_000)
        try await office.pages { pages in
            let staff = try await Staff.signIn(pages)
            #expect(try await !staff.get("/cases").text.contains("本人，与证件一致"))
            try await staff.post("/calls/\(call.id)/is-holder")
        }
        #expect(try await Self.poll(office, call.id).answer == nil)
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
