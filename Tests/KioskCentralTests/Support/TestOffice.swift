// One central office in a temporary folder, its time in the test's hand, with an enrolled terminal DL01.

import Crypto
import Foundation
import Hummingbird
import HummingbirdTesting
import KioskCentral
import KioskCore
import Logging
import Synchronization

final class TestTime: Sendable {
    /// 2026-11-21 10:00 in China.
    private let time = Mutex(Timestamp(milliseconds: 1_795_226_400_000))

    func now() -> Timestamp { time.withLock { $0 } }
    func advance(seconds: Int) { time.withLock { $0 = $0.adding(seconds: seconds) } }
}

final class TestOffice: Sendable {
    static let password = "correct-horse-battery"

    let folder: String
    let time = TestTime()
    let client: SealingClient
    private let running: Mutex<CentralOffice?>
    private let logs: Logger
    private let records: (any RecordProvider)?

    /// - Parameters:
    ///   - demo: Invented people stand in the registers.
    ///   - records: Answers before the office's own tables.
    ///   - logs: Takes what the requests leave in the log.
    init(
        demo: Bool = false, records: (any RecordProvider)? = nil, logs: Logger? = nil, patience: Duration = .seconds(5)
    ) throws {
        self.records = records
        self.logs = logs ?? Self.quiet
        self.patience = patience
        folder = NSTemporaryDirectory() + "kiosk-central-\(UUID().uuidString)"
        let data = DataFolder("\(folder)/data")
        let outcome = try OfficeSetup.initialise(
            data, hosts: [], user: "office", password: Self.password,
            catalogue: RegisterCatalogue(TestMatters.all), demo: demo, now: time.now())
        precondition(outcome.user == "office")
        try OfficeSetup.enrol(
            data, terminal: "DL01", out: "\(folder)/DL01", officeURL: "https://127.0.0.1:8443",
            publicURL: "https://office.example/verify", now: time.now())
        client = try SealingClient(folder: "\(folder)/DL01")
        running = Mutex(nil)
        try start()
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var data: DataFolder { DataFolder("\(folder)/data") }

    /// The office as it runs now.
    func office() throws -> CentralOffice {
        guard let office = running.withLock({ $0 }) else { throw CentralError(.notFound, "stopped") }
        return office
    }

    /// Ends the office as a crash would, and opens its folder again.
    func restart() throws {
        running.withLock { $0 = nil }
        try start()
    }

    func stop() { running.withLock { $0 = nil } }

    /// The terminals' listener, without a socket; every connection is `terminal`.
    func kiosk<Value: Sendable>(
        as terminal: String? = "DL01", certificate: String? = nil,
        _ test: @Sendable (any TestClientProtocol) async throws -> Value
    ) async throws -> Value {
        let identity = terminal.map { TerminalIdentity(name: $0, certificate: certificate) }
        let app = Application(router: try office().kioskRouter { _ in identity }, logger: logs)
        return try await app.test(.router) { try await test($0) }
    }

    /// The staff's listener, without a socket.
    func pages<Value: Sendable>(
        _ test: @Sendable (any TestClientProtocol) async throws -> Value
    ) async throws -> Value {
        let app = Application(router: try office().officeRouter(), logger: Self.quiet)
        return try await app.test(.router) { try await test($0) }
    }

    /// Serves both real listeners on free ports while `test` runs.
    func serving<Value: Sendable>(
        _ test: @escaping @Sendable (_ kioskPort: Int, _ officePort: Int) async throws -> Value
    ) async throws -> Value {
        let office = try office()
        let (ready, signal) = AsyncStream.makeStream(of: (Int, Int).self)
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                try await office.run(ListeningAddress(host: "127.0.0.1", kioskPort: 0, officePort: 0)) {
                    signal.yield(($0, $1))
                    signal.finish()
                }
                return nil
            }
            group.addTask {
                for await (kioskPort, officePort) in ready { return try await test(kioskPort, officePort) }
                throw CentralError(.notFound, "the office did not listen")
            }
            defer { group.cancelAll() }
            while let value = try await group.next() {
                if let value { return value }
            }
            throw CentralError(.notFound, "the office stopped first")
        }
    }

    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private let patience: Duration

    private func start() throws {
        let office = try CentralOffice(
            data, logger: Self.quiet, now: { [time] in time.now() }, records: records, patience: patience)
        running.withLock { $0 = office }
    }
}

/// Cases of people that nobody is.
enum Sample {
    static func card(name: String = "张伟民", number: String = "230199199001010018") -> IdentityCard {
        IdentityCard(
            kind: .resident, name: name, sex: .male, nationCode: "01",
            birthDate: CitizenNumber.birthDate(of: number) ?? CalendarDate(daysSince1970: 0),
            address: "测试省测试市样例路 1 号", number: number, issuer: "测试市公安局",
            validFrom: CalendarDate(daysSince1970: 17_000), expiry: .never)
    }

    static func page(_ id: String, bytes: [UInt8] = SamplePage.jpeg) -> PageReference {
        PageReference(
            id: id, sha256: hex(SHA256.hash(data: bytes)), byteCount: bytes.count, mediaType: "image/jpeg",
            width: SamplePage.width,
            height: SamplePage.height, takenAt: submittedAt, device: "Document Camera 1234")
    }

    static let submittedAt = Timestamp(milliseconds: 1_795_226_100_000)

    static func file(
        name: String = "张伟民", pages: [PageReference] = [], receiptNumber: String = "DL01-20261121-0001",
        caseID: String = UUID().uuidString.lowercased(), terminal: String = "DL01", agent: IdentityCard? = nil,
        change: (inout CaseContent) -> Void = { _ in }
    ) -> CaseFile {
        var file = CaseFile(
            caseID: caseID, receiptNumber: receiptNumber, terminal: terminal,
            content: CaseContent(
                matterCode: "MKT-001", matterVersion: "0123456789abcdef",
                matterTitle: Localized(zh: "食品经营许可证新办", en: "Food business licence – new"),
                department: Localized(zh: "市场监督管理局", en: "Market Regulation Bureau"), language: .zh,
                startedAt: submittedAt.adding(seconds: -300), submittedAt: submittedAt, applicant: card(name: name),
                agent: agent,
                answers: [
                    CaseAnswer(
                        key: "shop_name", label: Localized(zh: "店铺名称", en: "Shop name"),
                        value: .text("晓明面馆"), shown: Localized(zh: "晓明面馆", en: "晓明面馆")),
                    CaseAnswer(
                        key: "area", label: Localized(zh: "经营面积", en: "Floor area"), value: .text("86.5"),
                        shown: Localized(zh: "86.5 平方米", en: "86.5 m²")),
                    CaseAnswer(
                        key: "items", label: Localized(zh: "经营项目", en: "What is sold"),
                        value: .choices(["hot", "cold"]),
                        shown: Localized(zh: "热食类食品制售、冷食类食品制售", en: "Hot food, cold food")),
                ],
                materials: [
                    CaseMaterial(
                        key: "id", title: Localized(zh: "居民身份证", en: "Identity card"), entry: nil, state: .card),
                    CaseMaterial(
                        key: "lease", title: Localized(zh: "经营场所使用证明", en: "Proof of premises"), entry: nil,
                        state: .pages(pages)),
                    CaseMaterial(
                        key: "plan", title: Localized(zh: "设施布局图", en: "Floor plan"), entry: nil,
                        state: .deferred(until: CalendarDate(daysSince1970: 20_784))),
                ],
                cardPhotos: [],
                signature: CaseSignature(
                    method: .numberSuffix, signer: name, statement: "本人承诺所填内容真实有效。",
                    signedAt: submittedAt),
                notes: [Localized(zh: "请在承诺时限内补交材料。", en: "Please hand in the missing paper in time.")],
                workdays: 10))
        change(&file.content)
        return file
    }
}
