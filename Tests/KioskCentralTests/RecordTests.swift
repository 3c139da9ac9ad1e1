// Look-ups in the registers: whose record is answered, whose is not, and what a register may do wrong.

import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import KioskCentral
import KioskCore
import Logging
import Synchronization
import Testing

@testable import KioskCentral

/// A register of another house, with whatever behaviour a test wants.
private struct Foreign: RecordProvider {
    var answer: @Sendable () async throws -> [String: Answer]?

    func facts(
        for query: RecordQuery, use: RegisterCatalogue.Use, register: Register
    ) async throws -> [String: Answer]? { try await answer() }
}

/// Keeps every line of a log.
private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: String { lines.withLock { $0.joined(separator: "\n") } }

    struct Handler: LogHandler {
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }
            let text = "\(event.message) \(all.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })"
            lines.lines.withLock { $0.append(text) }
        }
    }
}

@Suite struct RecordTests {
    static func query(
        _ matter: String = "MKT-002", _ register: String = "food-permit", number: String = "230199199001010018",
        name: String = "张伟民", by parameters: [String: Answer] = ["permit_no": .text("JY22301020012345")]
    ) -> RecordQuery {
        RecordQuery(register: register, matterCode: matter, number: number, name: name, parameters: parameters)
    }

    static func ask(_ office: TestOffice, _ query: RecordQuery) async throws -> TestResponse {
        try await office.kiosk { try await $0.send(.post, "/v1/kiosks/DL01/lookups", json: query) }
    }

    static func anonymous(_ matter: String, _ register: String, _ parameters: [String: Answer]) -> RecordQuery {
        query(matter, register, number: "", name: "", by: parameters)
    }

    @Test func aRecordComesAsTypedFactsUnderACodeThatCanBeChecked() async throws {
        let office = try TestOffice(demo: true)
        let record = try await Self.ask(office, Self.query()).decode(OfficeRecord.self)
        #expect(record.title.zh == "食品经营许可证")
        #expect(record.issuer.en == "Test Bureau")
        #expect(record.issuedAt == office.time.now())
        #expect(record.facts["valid_to"] == .text("2027-03-31"))
        #expect(record.facts["holder"] == .text("张伟民"))
        #expect(record.facts["state"] == .choice("valid"))
        #expect(record.verificationURL == "https://office.example/verify?code=\(record.verificationCode)")
        try await office.pages { pages in
            let plain = record.verificationCode.lowercased().filter { $0 != "-" }
            for code in [record.verificationCode, plain] {
                let page = try await pages.execute(uri: "/verify?code=\(code)", method: .get)
                #expect(page.text.contains("该证明由本机构于 2026-11-21 出具"))
                #expect(!page.text.contains("张伟民"))
            }
        }
    }

    @Test func theOtherInventedPeopleHaveTheirOwnRecordInAnotherState() async throws {
        let office = try TestOffice(demo: true)
        let elder = try await Self.ask(office, Self.query(number: "230199195203150029", name: "王秀兰"))
            .decode(OfficeRecord.self)
        #expect(elder.facts["holder"] == .text("王秀兰"))
        #expect(elder.facts["state"] == .choice("suspended"))
    }

    @Test func whatDoesNotFitTheApplicantIsNotFound() async throws {
        let office = try TestOffice(demo: true)
        for query in [
            Self.query(name: "李静"), Self.query(number: "230199198506120023", name: "张伟民"),
            Self.query(by: ["permit_no": .text("JY99999999999999")]), Self.query(name: "' OR 1=1 --"),
        ] {
            let answer = try await Self.ask(office, query)
            #expect(answer.status == .notFound, "\(query)")
            #expect(answer.problem == "not-found", "\(query)")
        }
    }

    @Test func aQueryThatTheMatterMayNotAskIsRefused() async throws {
        let office = try TestOffice(demo: true)
        for (query, problem) in [
            (Self.query("MKT-002", "vehicle"), "unknown-register"), (Self.query("XXX-001"), "unknown-register"),
            (Self.query(number: "", name: ""), "applicant-needed"),
            (Self.query(number: "23019919900101001X"), "applicant-needed"),
            (Self.query("TRA-001", "vehicle", by: ["plate": .text("黑A12345")]), "malformed"),
            (Self.query(by: Dictionary(uniqueKeysWithValues: (0..<65).map { ("k\($0)", .flag(true)) })), "malformed"),
        ] {
            let answer = try await Self.ask(office, query)
            #expect(answer.status == .unprocessableContent, "\(query)")
            #expect(answer.problem == problem, "\(query)")
        }
    }

    @Test func withoutACardOneTypedKeyFindsOneRecordAndNothingFindsAll() async throws {
        let office = try TestOffice(demo: true)
        let found = try await Self.ask(office, Self.anonymous("TRA-001", "vehicle", ["plate": .text("黑a 12345")]))
        #expect(try found.decode(OfficeRecord.self).facts["engine"] == .text("9F8E7D"))
        let wrong: [[String: Answer]] = [
            [:], ["plate": .text("")], ["plate": .text("%")], ["plate": .text("黑A12345"), "colour": .text("红")],
            ["engine": .text("9F8E7D")], ["plate": .choices(["黑A12345"])],
        ]
        for parameters in wrong {
            let answer = try await Self.ask(office, Self.anonymous("TRA-001", "vehicle", parameters))
            #expect(answer.status == .notFound, "\(parameters)")
        }
    }

    @Test func aTypedCitizenNumberMustBeTheRecordsOwn() async throws {
        let office = try TestOffice(demo: true)
        func ask(_ parameters: [String: Answer]) async throws -> TestResponse {
            try await Self.ask(office, Self.anonymous("PSB-004", "resident-id", parameters))
        }
        #expect(try await ask(["name": .text("张伟民"), "id_no": .text("230199199001010018")]).status == .ok)
        #expect(try await ask(["name": .text("李静"), "id_no": .text("230199199001010018")]).status == .notFound)
        #expect(try await ask(["name": .text("张伟民")]).status == .notFound)
    }

    @Test func whatIsAboutNobodyIsForEverybody() async throws {
        let office = try TestOffice(demo: true)
        let answer = try await Self.ask(office, Self.anonymous("JUS-005", "law-firms", ["firm": .text("松暖")]))
        #expect(try answer.decode(OfficeRecord.self).facts["found"] == .text("3"))
    }

    @Test(arguments: [
        ["permit_no": Answer.text("1")],
        ["permit_no": .text("1"), "holder": .text("a"), "valid_to": .text("2027-02-30"), "state": .choice("valid")],
        ["permit_no": .text("1"), "holder": .text("a"), "valid_to": .text("2027-03-31"), "state": .choice("fine")],
        ["permit_no": .text("1"), "holder": .text("a"), "valid_to": .flag(true), "state": .choice("valid")],
        [
            "permit_no": .text("1"), "holder": .text("a"), "valid_to": .text("2027-03-31"), "state": .choice("valid"),
            "more": .flag(true),
        ],
    ])
    func anAnswerThatDoesNotFitTheRegisterNeverReachesATerminal(facts: [String: Answer]) async throws {
        let office = try TestOffice(records: Foreign { facts })
        let answer = try await Self.ask(office, Self.query())
        #expect(answer.status == .serviceUnavailable)
        #expect(answer.problem == "unfit-record")
        #expect(answer.text.contains("“") && !answer.text.contains("2027-02-30"))
    }

    @Test func aRegisterThatFailsIsSaidAndTheNextQuestionIsAnswered() async throws {
        struct Broken: Error {}
        let fails = Mutex(true)
        let office = try TestOffice(
            demo: true,
            records: Foreign {
                guard !fails.withLock({ $0 }) else { throw Broken() }
                return nil
            })
        let answer = try await Self.ask(office, Self.query())
        #expect(answer.status == .serviceUnavailable)
        #expect(answer.problem == "register-failed")
        fails.withLock { $0 = false }
        #expect(try await Self.ask(office, Self.query()).status == .ok)
    }

    @Test(.timeLimit(.minutes(10)))
    func aRegisterThatNeverAnswersHoldsNobodyUp() async throws {
        let office = try TestOffice(
            records: Foreign {
                // Not even a cancelled question ends.
                await Task.detached {
                    let never = AsyncStream(Void.self) { _ in }
                    for await _ in never {}
                }.value
                return nil
            }, patience: .milliseconds(1))
        for _ in 0..<40 {
            let answer = try await Self.ask(office, Self.query())
            #expect(answer.status == .serviceUnavailable)
            #expect(answer.problem == "register-silent")
        }
    }

    @Test func theLogNamesTerminalRegisterMatterAndOutcomeAndNobody() async throws {
        let lines = Lines()
        let office = try TestOffice(demo: true, logs: Logger(label: "test") { _ in Lines.Handler(lines: lines) })
        _ = try await Self.ask(office, Self.query())
        _ = try await Self.ask(office, Self.query(name: "李静"))
        _ = try await Self.ask(office, Self.query("机密机密", "绝密"))
        for part in ["DL01", "food-permit", "MKT-002", "outcome=found", "outcome=not-found", "unknown-register"] {
            #expect(lines.all.contains(part), "\(part)")
        }
        for secret in ["230199199001010018", "张伟民", "李静", "JY22301020012345", "机密", "绝密"] {
            #expect(!lines.all.contains(secret), "\(secret)")
        }
    }

    @Test func theCatalogueIsKeptForTheNextStart() async throws {
        let office = try TestOffice(demo: true)
        try office.restart()
        #expect(try await Self.ask(office, Self.query()).status == .ok)
    }

    // MARK: Import

    static let csv = #"""
        number,name,permit_no,holder,valid_to,state,scope,chains
        230199199001010018,张伟民,"JY 1,""A""",张伟民,2027-01-01,valid,hot;cold,true

        91230199MA00000016,哈尔滨暖阳商贸有限公司,JY2,哈尔滨暖阳商贸有限公司,2028-01-01,cancelled,,
        """#

    static let json = """
        [
          {"number": "230199199001010018", "name": "张伟民", "facts": {"permit_no": "JY1", "holder": "张伟民",
            "valid_to": "2027-01-01", "state": "valid", "fine": 12.5, "chains": false,
            "shops": [{"name": "暖阳", "opened": "2020-01-01"}]}},
          {"name": "公示", "public": true, "facts": {"permit_no": "JY9", "holder": "公示", "valid_to": "2027-01-01",
            "state": "valid"}}
        ]
        """

    @Test func aDepartmentsRecordsAreImportedListedAndAnswered() async throws {
        let office = try TestOffice(demo: true)
        office.stop()
        let bytes = Array(Self.csv.utf8)
        #expect(try OfficeSetup.importRecords(office.data, bytes, isCSV: true, register: "food-permit") == 2)
        let listed = try await OfficeArchive(office.data).records(register: "food-permit")
        #expect(
            listed.filter { $0.number == "230199199001010018" }.map { $0.facts["permit_no"] } == [.text("JY 1,\"A\"")])
        try office.restart()
        let answer = try await Self.ask(office, Self.query(by: ["permit_no": .text("jy 1,\"a\"")]))
        let facts = try answer.decode(OfficeRecord.self).facts
        #expect(facts["scope"] == .choices(["hot", "cold"]))
        #expect(facts["chains"] == .flag(true))
    }

    @Test func aJSONListIsImportedAndTheLastImportOfANumberStands() async throws {
        let office = try TestOffice(demo: true)
        office.stop()
        for _ in 0..<2 {
            let count = try OfficeSetup.importRecords(
                office.data, Array(Self.json.utf8), isCSV: false, register: "food-permit")
            #expect(count == 2)
        }
        let listed = try await OfficeArchive(office.data).records(register: "food-permit")
        #expect(listed.count { $0.number == "230199199001010018" } == 1)
        #expect(listed.count { $0.public } == 1)
        let mine = try #require(listed.first { $0.number == "230199199001010018" })
        #expect(mine.facts["fine"] == .text("12.5"))
        let shop = RecordEntry(answers: ["name": .text("暖阳"), "opened": .text("2020-01-01")])
        #expect(mine.facts["shops"] == .records([shop]))
    }

    @Test(
        arguments: [
            ("", nil, "empty"), ("number,permit_no", 1, "name"), ("name,permit", 1, "permit_no"),
            ("name,shops", 1, "JSON"),
            ("name,name", 1, "once"),
            ("name,permit_no,holder,valid_to,state\na,b,c,2027-01-01,valid\na,b,c,2027-02-30,valid", 3, "date"),
            ("name,permit_no\n\"a", 2, "end"), ("name,permit_no\n\"a\"x,1", 2, "quoted"),
            ("name,permit_no\n\na", 3, "cells"),
            ("number,name\n12345,a", 2, "unified"),
            ("name,chains\na,vielleicht", 2, "true or false"),
            ("name,public\na,x", 2, "public"), ("name,permit_no\na,1", 2, "missing"),
            ("name,permit_no,holder,valid_to,state\r\n\"a\nb\",1,c,2027-01-01,valid\r\nc,d", 4, "cells"),
        ] as [(String, Int?, String)])
    func aMistakeInACSVFileIsNamedWithItsLine(text: String, line: Int?, word: String) throws {
        let error = #expect(throws: RecordImportError.self) {
            try RecordImport.csv(Array(text.utf8), register: TestMatters.foodPermit)
        }
        #expect(error?.line == line)
        #expect(error?.problem.contains(word) == true, "\(error?.problem ?? "")")
    }

    @Test(
        arguments: [
            ("", nil, "JSON"), ("{}", nil, "list"), ("[1]", 1, "wrong type"),
            ("[\n\n{\"facts\": {}}]", 3, "name"), ("[{\"name\": \"a\",\n\"facts\": {\"x\": 1}}]", 1, "x"),
            ("[\n{\"name\": \"{[\\\"\", \"facts\": {\"permit_no\": true}}]", 2, "text"),
            ("[{\"name\": \"a\", \"nmae\": 1, \"facts\": {}}]", 1, "nmae"),
            ("[{\"name\": \"a\", \"public\": true, \"number\": \"230199199001010018\", \"facts\": {}}]", 1, "nobody"),
        ] as [(String, Int?, String)])
    func aMistakeInAJSONFileIsNamedWithItsLine(text: String, line: Int?, word: String) throws {
        let error = #expect(throws: RecordImportError.self) {
            try RecordImport.json(Array(text.utf8), register: TestMatters.foodPermit)
        }
        #expect(error?.line == line)
        #expect(error?.problem.contains(word) == true, "\(error?.problem ?? "")")
    }

    @Test func oneWrongRecordKeepsAllOut() async throws {
        let office = try TestOffice()
        office.stop()
        let text = Self.csv + "\n,坏,JY3,坏,2027-13-01,valid,,"
        #expect(throws: RecordImportError.self) {
            try OfficeSetup.importRecords(office.data, Array(text.utf8), isCSV: true, register: "food-permit")
        }
        #expect(try await OfficeArchive(office.data).records(register: "food-permit").isEmpty)
        let error = #expect(throws: CentralError.self) {
            try OfficeSetup.importRecords(office.data, [], isCSV: true, register: "fod-permit")
        }
        #expect(error?.detail.contains("food-permit") == true)
    }
}
