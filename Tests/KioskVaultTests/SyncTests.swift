// The way of sealed cases to a scripted office: repeated, disturbed, refused, and received exactly once.

import Crypto
import FoundationEssentials
import KioskCore
import Logging
import Synchronization
import Testing

@testable import KioskVault

/// An office that follows Case Sync v1 in memory, and whatever a test puts in its way.
private final class ScriptedOffice: OfficeTransport {
    enum Disturbance {
        case answer(OfficeResponse)
        /// The office works; its answer never arrives.
        case loseAnswer
        case noConnection
    }

    struct State {
        var manifests: [String: CaseManifest] = [:]
        var hashes: [String: String] = [:]
        var chunks: [String: [UInt8]] = [:]
        var receipts: [String: SignedDocument] = [:]
        var requests: [OfficeRequest] = []
    }

    private let keys: OfficeKeys
    private let state = Mutex(State())
    /// Asked before each request with its number, from 0.
    private let disturb: @Sendable (_ request: OfficeRequest, _ number: Int) -> Disturbance?
    let seen: AsyncStream<OfficeRequest>
    private let see: AsyncStream<OfficeRequest>.Continuation

    init(
        _ keys: OfficeKeys,
        disturb: @escaping @Sendable (_ request: OfficeRequest, _ number: Int) -> Disturbance? = { _, _ in nil }
    ) {
        self.keys = keys
        self.disturb = disturb
        (seen, see) = AsyncStream.makeStream(of: OfficeRequest.self)
    }

    var log: [String] { state.withLock { $0.requests.map(Self.short) } }
    var receipts: Int { state.withLock { $0.receipts.count } }
    var chunks: [String: [UInt8]] { state.withLock { $0.chunks } }
    func forgetManifests() { state.withLock { $0.manifests = [:] } }

    /// `PUT manifest`, `PUT chunks`, `POST commit`
    static func short(_ request: OfficeRequest) -> String {
        let parts = request.path.split(separator: "/")
        let step = parts.contains("chunks") ? "chunks" : String(parts.last ?? "")
        return "\(request.method.rawValue) \(step)"
    }

    func send(_ request: OfficeRequest) async throws(VaultError) -> OfficeResponse {
        let number = state.withLock { state in
            state.requests.append(request)
            return state.requests.count - 1
        }
        defer { see.yield(request) }
        switch disturb(request, number) {
        case .answer(let response): return response
        case .noConnection: throw VaultError(.unreachable, "connection refused")
        case .loseAnswer:
            _ = try? work(request)
            throw VaultError(.unreachable, "connection reset")
        case nil:
            guard let response = try? work(request) else { throw VaultError(.unreachable, "the double failed") }
            return response
        }
    }

    private func work(_ request: OfficeRequest) throws -> OfficeResponse {
        let parts = request.path.split(separator: "/").map(String.init)
        // v1 kiosks DL01 cases {id} revs {rev} …
        guard parts.count >= 8, parts[2] == "DL01" else { return problem(404, "not-found") }
        let id = parts[4]
        switch (request.method, parts[7]) {
        case (.put, "manifest"):
            let document = try JSONDecoder().decode(SignedDocument.self, from: Data(request.body))
            guard let payload = Data(base64Encoded: document.payload),
                let signature = Data(base64Encoded: document.signature),
                keys.terminal.publicKey.isValidSignature(signature, for: payload)
            else { return problem(422, "bad-signature") }
            let manifest = try JSONDecoder().decode(CaseManifest.self, from: payload)
            return try state.withLock { state in
                if let receipt = state.receipts[id] { return try json(200, receipt) }
                state.manifests[id] = manifest
                state.hashes[id] = Digests.sha256Hex(payload)
                return try json(202, MissingChunks(missing: missing(manifest, state)))
            }
        case (.put, "chunks"):
            return state.withLock { state in
                guard state.manifests[id] != nil else { return problem(404, "not-found") }
                guard parts.count == 9, Digests.sha256Hex(request.body) == parts[8],
                    request.contentDigest == Digests.contentDigest(request.body)
                else { return problem(400, "digest") }
                let had = state.chunks.updateValue(request.body, forKey: parts[8]) != nil
                return OfficeResponse(status: had ? 200 : 201)
            }
        case (.post, "commit"):
            return try state.withLock { state in
                guard let manifest = state.manifests[id], let hash = state.hashes[id] else {
                    return problem(404, "not-found")
                }
                if let receipt = state.receipts[id] { return try json(200, receipt) }
                let absent = missing(manifest, state)
                guard absent.isEmpty else { return try json(409, MissingChunks(missing: absent)) }
                let receipt = try receipt(for: manifest, hash: hash, index: Int64(state.receipts.count + 1))
                state.receipts[id] = receipt
                return try json(200, receipt)
            }
        default:
            return problem(404, "not-found")
        }
    }

    private func missing(_ manifest: CaseManifest, _ state: State) -> [String] {
        manifest.items.flatMap(\.chunks).filter { state.chunks[$0] == nil }
    }

    func receipt(
        for manifest: CaseManifest, hash: String, index: Int64 = 1, key: Curve25519.Signing.PrivateKey? = nil,
        keyID: String = "office-1"
    ) throws -> SignedDocument {
        let receipt = CaseReceipt(
            terminal: manifest.terminal, epoch: manifest.epoch, sequence: manifest.sequence, caseID: manifest.caseID,
            rev: manifest.rev, manifestHash: hash, serverTime: morning, logIndex: index)
        let payload = try JSONEncoder().encode(receipt)
        return SignedDocument(
            payload: payload.base64EncodedString(), keyID: keyID,
            signature: try (key ?? keys.receipts).signature(for: payload).base64EncodedString())
    }

    func json(_ status: Int, _ value: some Encodable) throws -> OfficeResponse {
        OfficeResponse(
            status: status, contentType: "application/json; charset=utf-8",
            body: [UInt8](try JSONEncoder().encode(value)))
    }

    private func problem(_ status: Int, _ word: String) -> OfficeResponse {
        let body = try? JSONEncoder().encode(WireProblem(problem: word, detail: "test"))
        return OfficeResponse(status: status, contentType: "application/json", body: [UInt8](body ?? Data()))
    }
}

private func wireProblem(_ status: Int, _ word: String) -> ScriptedOffice.Disturbance {
    let body = Array(#"{"problem":"\#(word)","detail":"test"}"#.utf8)
    return .answer(OfficeResponse(status: status, contentType: "application/json", body: body))
}

private let portal = OfficeResponse(
    status: 200, contentType: "text/html", body: Array("<html>Please log in to the hall's network</html>".utf8))

/// Notes the limits that were drawn from, and draws the greatest wait.
private final class Jitter: Sendable {
    private let drawn = Mutex<[Int]>([])
    var limits: [Int] { drawn.withLock { $0 } }

    func draw(_ limit: Int) -> Int {
        drawn.withLock { $0.append(limit) }
        return limit
    }
}

private func client(
    _ vault: Vault, _ office: ScriptedOffice, clock: TestClock = TestClock(), jitter: Jitter = Jitter(),
    purgeAfter: Int = 0
) -> SyncClient {
    SyncClient(
        vault: vault, transport: office, clock: clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        purgeAfter: purgeAfter, jitter: { jitter.draw($0) })
}

/// Rounds until nothing is due any more; returns how many.
private func deliverAll(_ client: SyncClient, _ clock: TestClock, rounds: Int = 40) async throws -> Int {
    for round in 1...rounds {
        guard let due = try await client.deliverDue() else { return round }
        try await clock.sleep(until: due)
    }
    Issue.record("the outbox is not empty after \(rounds) rounds")
    return rounds
}

struct SyncTests {
    @Test func aCaseIsAnnouncedCarriedCommittedReceiptedAndPurged() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let office = ScriptedOffice(bench.keys)
        let (accepted, _) = try await bench.seal(vault, sizes: [2_500_000])
        let due = try await client(vault, office).deliverDue()

        #expect(due == nil)
        #expect(
            office.log == [
                "PUT manifest", "PUT chunks", "PUT chunks", "PUT chunks", "PUT chunks", "POST commit",
            ])
        let status = try await vault.outboxStatus(at: morning)
        #expect(status.count(.purged) == 1)
        #expect(status.oldestUnsent == nil)
        #expect(status.lastReceipt == morning)
        #expect(!FileSystem.exists("\(bench.store)/cases/\(accepted.caseID)"))
        #expect(try OutboxStatus.read(storeFolder: bench.store) == status)
    }

    @Test func ciphertextStaysUntilTheGracePeriodIsOver() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let clock = TestClock()
        let (accepted, _) = try await bench.seal(vault)
        let sync = client(vault, ScriptedOffice(bench.keys), clock: clock, purgeAfter: 86_400)
        let due = try await sync.deliverDue()
        #expect(due == morning.adding(seconds: 86_400))
        #expect(FileSystem.exists("\(bench.store)/cases/\(accepted.caseID)"))
        try await clock.sleep(until: morning.adding(seconds: 86_400))
        #expect(try await sync.deliverDue() == nil)
        #expect(!FileSystem.exists("\(bench.store)/cases/\(accepted.caseID)"))
    }

    @Test func everyManifestGoesBeforeAnyChunk() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let office = ScriptedOffice(bench.keys)
        for _ in 0..<3 { _ = try await bench.seal(vault) }
        _ = try await client(vault, office).deliverDue()
        #expect(office.log.prefix(3).allSatisfy { $0 == "PUT manifest" })
        #expect(office.log.filter { $0 == "PUT manifest" }.count == 3)
        #expect(office.receipts == 3)
    }

    @Test func aChunkDamagedOnTheWayIsSentAgain() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let office = ScriptedOffice(bench.keys) { _, number in number == 1 ? wireProblem(400, "digest") : nil }
        _ = try await bench.seal(vault)
        #expect(try await client(vault, office).deliverDue() == nil)
        #expect(office.log == ["PUT manifest", "PUT chunks", "PUT chunks", "PUT chunks", "POST commit"])
        #expect(office.receipts == 1)
    }

    @Test func anOfficeThatForgotTheManifestGetsItAgain() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let office = ScriptedOffice(bench.keys) { _, number in number == 1 ? wireProblem(404, "not-found") : nil }
        _ = try await bench.seal(vault)
        #expect(try await client(vault, office).deliverDue() == nil)
        #expect(office.log.filter { $0 == "PUT manifest" }.count == 2)
        #expect(office.receipts == 1)
    }

    @Test func whatTheCommitFindsMissingIsSentAgain() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        // A portal swallows the first chunk and says 200.
        let office = ScriptedOffice(bench.keys) { _, number in number == 1 ? .answer(portal) : nil }
        _ = try await bench.seal(vault)
        #expect(try await client(vault, office).deliverDue() == nil)
        #expect(
            office.log == ["PUT manifest", "PUT chunks", "PUT chunks", "POST commit", "PUT chunks", "POST commit"])
        #expect(office.receipts == 1)
    }

    @Test func aStormOf500sIsMetWithGrowingRandomWaits() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let jitter = Jitter()
        let clock = TestClock()
        let office = ScriptedOffice(bench.keys) { _, number in
            number < 12 ? .answer(OfficeResponse(status: 500)) : nil
        }
        _ = try await bench.seal(vault)
        _ = try await deliverAll(client(vault, office, clock: clock, jitter: jitter), clock)
        #expect(office.receipts == 1)
        // The case's own waits double up to the cap; from the fifth failure on the link is held as well.
        let own = [1000, 2000, 4000, 8000, 16_000]
        #expect(Array(jitter.limits.prefix(5)) == own)
        #expect(jitter.limits.max() == 300_000)
        #expect(clock.now() > morning.adding(seconds: 300))
    }

    @Test func inAStormOnlyOneProbeGoesOutAtATime() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let clock = TestClock()
        let office = ScriptedOffice(bench.keys) { _, number in
            number < 8 ? .answer(OfficeResponse(status: 500)) : nil
        }
        for _ in 0..<10 { _ = try await bench.seal(vault) }
        let sync = client(vault, office, clock: clock)
        let due = try #require(try await sync.deliverDue())
        #expect(office.log.count == 5)
        try await clock.sleep(until: due)
        _ = try await sync.deliverDue()
        #expect(office.log.count == 6)
        _ = try await deliverAll(sync, clock)
        #expect(office.receipts == 10)
    }

    @Test func retryAfterIsAFloor() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let office = ScriptedOffice(bench.keys) { _, number in
            number == 0 ? .answer(OfficeResponse(status: 503, retryAfter: 120)) : nil
        }
        _ = try await bench.seal(vault)
        let due = try await client(vault, office).deliverDue()
        #expect(try #require(due) >= morning.adding(seconds: 120))
    }

    @Test func anUnreachableOfficeHoldsEverythingBackAndLosesNothing() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let clock = TestClock()
        let office = ScriptedOffice(bench.keys) { _, number in number < 3 ? .noConnection : nil }
        for _ in 0..<3 { _ = try await bench.seal(vault) }
        let sync = client(vault, office, clock: clock)
        let due = try await sync.deliverDue()
        #expect(office.log.count == 1)
        // Too early: nothing is tried.
        _ = try await sync.deliverDue()
        #expect(office.log.count == 1)
        try await clock.sleep(until: try #require(due))
        _ = try await deliverAll(sync, clock)
        #expect(office.receipts == 3)
    }

    @Test(arguments: ["POST commit", "PUT manifest", "PUT chunks"])
    func aLostAnswerLeadsToOneCaseAndOneReceipt(step: String) async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let clock = TestClock()
        let lost = Mutex(false)
        let office = ScriptedOffice(bench.keys) { request, _ in
            let first = lost.withLock { lost in
                guard !lost, ScriptedOffice.short(request) == step else { return false }
                lost = true
                return true
            }
            return first ? .loseAnswer : nil
        }
        _ = try await bench.seal(vault)
        _ = try await deliverAll(client(vault, office, clock: clock), clock)
        #expect(office.receipts == 1)
        #expect(try await vault.outboxStatus(at: morning).count(.purged) == 1)
    }

    @Test func aRestartInTheMiddleSendsOnlyWhatIsMissing() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let office = ScriptedOffice(bench.keys) { _, number in number == 3 ? .noConnection : nil }
        _ = try await bench.seal(vault, sizes: [2_500_000])
        _ = try await client(vault, office).deliverDue()
        #expect(office.chunks.count == 2)
        await vault.close()

        let reopened = try await bench.open()
        _ = try await client(reopened, office).deliverDue()
        #expect(office.receipts == 1)
        // Two of four before the break, the one that broke, and the two that were missing.
        #expect(office.log.filter { $0 == "PUT chunks" }.count == 5)
    }

    @Test(arguments: [(409, "conflict"), (422, "bad-signature"), (413, "too-large")])
    func aRefusalForGoodParksTheCaseAndLetsOthersPass(status: Int, word: String) async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let office = ScriptedOffice(bench.keys) { _, number in number == 0 ? wireProblem(status, word) : nil }
        let (refused, _) = try await bench.seal(vault)
        let (other, _) = try await bench.seal(vault)
        let sync = client(vault, office)
        #expect(try await sync.deliverDue() == nil)

        let outbox = try await vault.outboxStatus(at: morning)
        #expect(outbox.count(.parked) == 1)
        #expect(outbox.count(.purged) == 1)
        #expect(outbox.parked.first?.caseID == refused.caseID)
        #expect(outbox.parked.first?.because.contains(word) == true)
        #expect(FileSystem.exists("\(bench.store)/cases/\(refused.caseID)"))
        #expect(!FileSystem.exists("\(bench.store)/cases/\(other.caseID)"))

        try await vault.unpark(refused.caseID)
        #expect(try await sync.deliverDue() == nil)
        #expect(office.receipts == 2)
    }

    @Test func oneCaseThatAlwaysFailsDoesNotHoldUpTheOthers() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let (poison, _) = try await bench.seal(vault)
        let office = ScriptedOffice(bench.keys) { request, _ in
            request.path.contains(poison.caseID) ? .answer(OfficeResponse(status: 500)) : nil
        }
        for _ in 0..<3 { _ = try await bench.seal(vault) }
        _ = try await client(vault, office).deliverDue()
        #expect(office.receipts == 3)
    }

    @Test(arguments: ["PUT manifest", "POST commit"])
    func aCaptivePortalIsNotTheOffice(step: String) async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let office = ScriptedOffice(bench.keys) { request, _ in
            ScriptedOffice.short(request) == step ? .answer(portal) : nil
        }
        let (accepted, _) = try await bench.seal(vault)
        let due = try await client(vault, office).deliverDue()
        #expect(due != nil)
        #expect(try await vault.outboxStatus(at: morning).count(.receipted) == 0)
        #expect(try await vault.outboxStatus(at: morning).count(.parked) == 0)
        #expect(FileSystem.exists("\(bench.store)/cases/\(accepted.caseID)"))
        #expect(try OutboxStatus.read(storeFolder: bench.store)?.lastProblem?.contains("portal") == true)
    }

    /// A 404 of a web server that is not the office says nothing about the case.
    @Test(arguments: [301, 400, 404, 418])
    func anErrorPageOfAnotherServerParksNothing(status: Int) async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let office = ScriptedOffice(bench.keys) { _, _ in
            .answer(OfficeResponse(status: status, contentType: "text/html", body: Array("<html>".utf8)))
        }
        _ = try await bench.seal(vault)
        #expect(try await client(vault, office).deliverDue() != nil)
        #expect(try await vault.outboxStatus(at: morning).count(.parked) == 0)
    }

    @Test(arguments: [401, 403])
    func aRefusedCertificateIsNoFaultOfTheCase(status: Int) async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let office = ScriptedOffice(bench.keys) { _, _ in wireProblem(status, "unknown-terminal") }
        _ = try await bench.seal(vault)
        let due = try await client(vault, office).deliverDue()
        #expect(try #require(due) >= morning.adding(seconds: 60))
        #expect(try await vault.outboxStatus(at: morning).count(.parked) == 0)
    }

    enum Forgery: CaseIterable, Sendable {
        case wrongKey, unknownKeyID, otherCase, otherTerminal, otherSequence, otherEpoch, otherHash, notBase64
        case notAReceipt, changedPayload
    }

    @Test(arguments: Forgery.allCases)
    func aReceiptThatIsNotTheOfficesForThisCaseIsNotAccepted(forgery: Forgery) async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let (accepted, _) = try await bench.seal(vault)
        let (_, manifest, payload) = try await vault.manifest(accepted.caseID)
        let honest = ScriptedOffice(bench.keys)
        var stated = manifest
        var hash = Digests.sha256Hex(payload)
        switch forgery {
        case .otherCase: stated.caseID = newSession()
        case .otherTerminal: stated.terminal = "DL02"
        case .otherSequence: stated.sequence += 1
        case .otherEpoch: stated.epoch += 1
        case .otherHash: hash = Digests.sha256Hex(Array("other".utf8))
        default: break
        }
        var document = try honest.receipt(
            for: stated, hash: hash, key: forgery == .wrongKey ? Curve25519.Signing.PrivateKey() : nil,
            keyID: forgery == .unknownKeyID ? "office-9" : "office-1")
        switch forgery {
        case .notBase64: document.payload = "%%%"
        case .notAReceipt:
            let text = Data("[]".utf8)
            document.payload = text.base64EncodedString()
            document.signature = try bench.keys.receipts.signature(for: text).base64EncodedString()
        case .changedPayload:
            var bytes = try #require(Data(base64Encoded: document.payload))
            bytes.append(0x20)
            document.payload = bytes.base64EncodedString()
        default: break
        }
        let answer = try honest.json(200, document)
        let office = ScriptedOffice(bench.keys) { request, _ in
            ScriptedOffice.short(request) == "POST commit" ? .answer(answer) : nil
        }
        let due = try await client(vault, office).deliverDue()
        #expect(due != nil)
        let status = try await vault.outboxStatus(at: morning)
        #expect(status.count(.receipted) + status.count(.purged) == 0)
        #expect(FileSystem.exists("\(bench.store)/cases/\(accepted.caseID)"))
    }

    @Test(
        arguments: [
            #"{"missing":["../../etc/passwd"]}"#, #"{"missing":"all"}"#, "[]", "", "{\"missing\":[\"\u{0}\"]}",
        ])
    func aHostileListOfMissingChunksSendsNothing(body: String) async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let office = ScriptedOffice(bench.keys) { _, number in
            number == 0
                ? .answer(OfficeResponse(status: 202, contentType: "application/json", body: Array(body.utf8)))
                : .noConnection
        }
        _ = try await bench.seal(vault)
        #expect(try await client(vault, office).deliverDue() != nil)
        #expect(office.log == ["PUT manifest"])
    }

    @Test func aChunkThatRottedOnTheDiskIsNotSentAndTheCaseIsParked() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let office = ScriptedOffice(bench.keys)
        let (accepted, _) = try await bench.seal(vault)
        let manifest = try await vault.manifest(accepted.caseID).manifest
        let path = "\(bench.store)/cases/\(accepted.caseID)/\(manifest.items[1].chunks[0])"
        var bytes = try FileSystem.read(path, limit: 1 << 21)
        bytes[50] ^= 1
        try FileSystem.write(bytes, to: path)
        #expect(try await client(vault, office).deliverDue() == nil)
        #expect(try await vault.outboxStatus(at: morning).count(.parked) == 1)
        #expect(office.receipts == 0)
    }

    @Test(.timeLimit(.minutes(10)))
    func aSealedCaseWakesTheRunningClientAtOnce() async throws {
        let bench = try Bench()
        let vault = try await bench.open()
        let office = ScriptedOffice(bench.keys)
        let sync = client(vault, office)
        let running = Task { try await sync.run() }
        _ = try await bench.seal(vault)
        for await request in office.seen where ScriptedOffice.short(request) == "POST commit" { break }
        _ = try await bench.seal(vault)
        for await request in office.seen where ScriptedOffice.short(request) == "POST commit" { break }
        #expect(office.receipts == 2)
        running.cancel()
        await #expect(throws: CancellationError.self) { try await running.value }
    }
}
