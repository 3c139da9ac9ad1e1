// Lookups in the register, staff calls, the office's folder and its database.

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
    static func query(
        number: String = "230199199001010018", name: String = "张伟民", register: String = "social-insurance",
        _ parameters: [String: Answer] = [:]
    ) -> RecordQuery {
        RecordQuery(register: register, matterCode: "HRS-016", number: number, name: name, parameters: parameters)
    }

    @Test func aCertificateShowsThePaidMonthsOfThePeriodAndCanBeChecked() async throws {
        let office = try TestOffice(demo: true)
        let query = Self.query([
            "insurance": .choices(["unemployment", "pension"]), "period_from": .text("2021-06"),
            "period_to": .text("2022-03"), "purpose": .choice("house"), "copies": .text("1"),
        ])
        let record = try await office.kiosk { kiosk in
            let answer = try await kiosk.send(.post, "/v1/kiosks/DL01/lookups", json: query)
            #expect(answer.status == .ok)
            return try answer.decode(OfficeRecord.self)
        }
        #expect(record.title.zh == "个人参保证明")
        #expect(record.issuedAt == office.time.now())
        let rows = try #require(record.tables.first).rows.map { $0.map(\.zh) }
        #expect(
            rows == [
                ["养老保险", "2021-06", "2021-12", "7", "4800.00", "临江纺织有限公司"],
                ["养老保险", "2022-02", "2022-03", "2", "7350.00", "云帆软件有限公司"],
                ["失业保险", "2021-06", "2021-12", "7", "4800.00", "临江纺织有限公司"],
                ["失业保险", "2022-02", "2022-03", "2", "7350.00", "云帆软件有限公司"],
            ])
        #expect(record.lines.contains { $0.value.zh == "230199********0018" })
        #expect(record.lines.contains { $0.value == Localized(zh: "购房", en: "Buying a home") })
        #expect(record.lines.contains { $0.label.en == "Pension insurance, months paid" && $0.value.en == "9" })
        #expect(record.verificationURL == "https://office.example/verify?code=\(record.verificationCode)")
        try await office.pages { pages in
            let plain = record.verificationCode.lowercased().filter { $0 != "-" }
            for code in [record.verificationCode, plain] {
                let page = try await pages.execute(uri: "/verify?code=\(code)", method: .get)
                #expect(page.status == .ok)
                #expect(page.text.contains("该证明由本机构于 2026-11-21 出具"))
                #expect(!page.text.contains("张伟民"))
            }
        }
    }

    @Test func bothDemonstrationPeopleHaveARecord() async throws {
        let office = try TestOffice(demo: true)
        try await office.kiosk { kiosk in
            for (number, name) in [("230199199001010018", "张伟民"), ("230199198506120023", "李静")] {
                let answer = try await kiosk.send(
                    .post, "/v1/kiosks/DL01/lookups", json: Self.query(number: number, name: name))
                let record = try answer.decode(OfficeRecord.self)
                #expect(record.tables.first?.rows.isEmpty == false)
            }
        }
    }

    @Test func aNameThatDoesNotFitTheNumberFindsNothing() async throws {
        let office = try TestOffice(demo: true)
        try await office.kiosk { kiosk in
            for query in [
                Self.query(name: "李静"), Self.query(number: "23019919900101001X"),
                Self.query(name: "' OR 1=1 --"),
            ] {
                let answer = try await kiosk.send(.post, "/v1/kiosks/DL01/lookups", json: query)
                #expect(answer.status == .notFound)
                #expect(answer.problem == "not-found")
            }
            let unknown = try await kiosk.send(
                .post, "/v1/kiosks/DL01/lookups", json: Self.query(register: "everything"))
            #expect(unknown.problem == "unknown-register")
        }
    }

    @Test(arguments: [
        ["period_from": Answer.text("2022-13")], ["period_from": .text("99999-01")], ["period_to": .text("x")],
        ["period_from": .text("2022-02"), "period_to": .text("2022-01")], ["insurance": .choices(["life"])],
    ])
    func filtersThatMakeNoSenseAreRefused(parameters: [String: Answer]) async throws {
        let office = try TestOffice(demo: true)
        try await office.kiosk { kiosk in
            let answer = try await kiosk.send(.post, "/v1/kiosks/DL01/lookups", json: Self.query(parameters))
            #expect(answer.status == .unprocessableContent)
            #expect(answer.problem == "malformed")
        }
    }

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
        #expect(throws: CentralError.self) { try OfficeSetup.addInsured(office.data, []) }
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
            office.data, hosts: [], user: "office", password: nil, demo: true, now: office.time.now())
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
