// Invented people, cards, cases and an office with keys of its own, for the tests of this target.

import Crypto
import FoundationEssentials
import GRDB
import KioskCore
import Synchronization
import Testing

@testable import KioskVault

/// Area code 230199 is assigned to nobody.
let citizenNumber = "230199199001010018"
let otherNumber = "230199198506120023"

/// A folder that goes with the test.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = "\(FileManager.default.temporaryDirectory.path)/kiosk-vault-\(Digests.randomName())"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Every file below, with its bytes.
    func files() throws -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
            let file = "\(path)/\(name)"
            var isFolder = false
            guard FileManager.default.fileExists(atPath: file, isDirectory: &isFolder), !isFolder else { continue }
            found[name] = [UInt8](try Data(contentsOf: URL(filePath: file)))
        }
        return found
    }
}

/// Bytes without a pattern, the same at every run.
func noise(_ count: Int, seed: UInt64) -> [UInt8] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    return (0..<count).map { _ in
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return UInt8(truncatingIfNeeded: state >> 32)
    }
}

func utf16LE(_ text: String) -> [UInt8] {
    text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
}

func reading(_ number: String = citizenNumber, photo: UInt64? = 1) throws -> IdentityReading {
    let card = IdentityCard(
        kind: .resident, name: "测试甲", sex: .female, nationCode: "01",
        birthDate: try #require(CitizenNumber.birthDate(of: number)), address: "测试省测试市测试路1号", number: number,
        issuer: "测试市公安局", validFrom: try #require(CalendarDate(year: 2020, month: 1, day: 1)), expiry: .never)
    var text = utf16LE(card.name + number + card.address)
    text += [UInt8](repeating: 0x20, count: 256 - text.count)
    return IdentityReading(card: card, textRecord: text, photoRecord: photo.map { noise(1024, seed: $0) } ?? [])
}

func page(_ seed: UInt64, bytes: Int = 5000) -> [UInt8] {
    [0xFF, 0xD8, 0xFF, 0xE0] + noise(bytes, seed: seed) + [0xFF, 0xD9]
}

let morning = Timestamp(milliseconds: 1_795_222_800_000)

func matter() -> Matter {
    let text = Localized(zh: "测试事项", en: "Test matter")
    return Matter(
        code: "TST-001", version: "0011223344556677", title: text, department: text, kind: .permit, audience: .person,
        archetype: "test", identity: .card, summary: text, steps: [.notice, .identify, .submit], pages: [],
        consents: [], materials: [], rules: [], conditions: [:], answering: .all, lookup: nil, payment: nil, guide: nil,
        output: .receipt, basis: nil, workdays: 5, fee: 0, events: [], words: [], questions: [], reviewed: nil)
}

func state(_ session: String, _ reading: IdentityReading, note: String = "") -> SessionState {
    var flow = FlowState(matter: matter())
    flow.holder = reading.card
    flow.answers = ["number": .text(reading.card.number), "note": .text(note)]
    var state = SessionState(id: session, at: morning)
    state.flow = flow
    return state
}

func content(_ reading: IdentityReading, pages: [PageReference], photos: [PageReference] = []) -> CaseContent {
    let text = Localized(zh: "测试事项", en: "Test matter")
    return CaseContent(
        matterCode: "TST-001", matterVersion: "0011223344556677", matterTitle: text, department: text, language: .zh,
        startedAt: morning, submittedAt: morning, applicant: reading.card, agent: nil,
        answers: [
            CaseAnswer(
                key: "number", label: text, value: .text(reading.card.number),
                shown: Localized(zh: reading.card.number, en: reading.card.number))
        ],
        materials: [CaseMaterial(key: "lease", title: text, entry: nil, state: .pages(pages))], cardPhotos: photos,
        signature: nil, notes: [], workdays: 5)
}

func newSession() -> String { UUID().uuidString.lowercased() }

/// The office's side: private keys, and the enrolment made of their public halves.
struct OfficeKeys: Sendable {
    let live: XWingMLKEM768X25519.PrivateKey
    let recovery: XWingMLKEM768X25519.PrivateKey
    let receipts = Curve25519.Signing.PrivateKey()
    let terminal = Curve25519.Signing.PrivateKey()
    let tls: TestCertificate

    init() throws {
        live = try .init()
        recovery = try .init()
        tls = try TestCertificate()
    }

    func enrolment(url: String = "https://127.0.0.1:1") -> Enrolment {
        Enrolment(
            terminal: "DL01", officeURL: url, publicURL: "https://127.0.0.1:1/verify", signingKeyID: "dl01-1",
            receiptKeys: ["office-1": receipts.publicKey.rawRepresentation.base64EncodedString()],
            recipients: [
                .init(keyID: "live", publicKey: live.publicKey.rawRepresentation.base64EncodedString()),
                .init(keyID: "recovery", publicKey: recovery.publicKey.rawRepresentation.base64EncodedString()),
            ])
    }

    func folder(_ enrolment: Enrolment? = nil) throws -> EnrolmentFolder {
        try EnrolmentFolder(
            enrolment: enrolment ?? self.enrolment(),
            signingKeyText: Array(terminal.rawRepresentation.base64EncodedString().utf8),
            certificateAuthority: Array(tls.certificate.utf8), clientCertificate: Array(tls.certificate.utf8),
            clientKey: Array(tls.key.utf8), folder: "enrolment")
    }
}

/// A store in a folder of its own, and its office.
struct Bench: Sendable {
    let folder: TemporaryFolder
    let keys: OfficeKeys
    var settings: VaultSettings

    var store: String { settings.folder }

    init() throws {
        folder = try TemporaryFolder()
        keys = try OfficeKeys()
        settings = VaultSettings(folder: "\(folder.path)/store", minimumFreeBytes: 0, ballastBytes: 0)
    }

    func open(at now: Timestamp = morning) async throws -> Vault {
        try await Vault.open(settings, enrolment: try keys.folder(), at: now)
    }

    /// Seals a case with pages of the given sizes; returns it with its plaintext pages.
    func seal(
        _ vault: Vault, session: String = newSession(), sizes: [Int] = [5000], at now: Timestamp = morning
    ) async throws -> (accepted: AcceptedCase, pages: [[UInt8]]) {
        let reading = try reading()
        try await vault.openDraft(session: session, reading: reading)
        let pages = sizes.enumerated().map { page(UInt64($0.offset + 1), bytes: $0.element) }
        var references: [PageReference] = []
        for bytes in pages {
            references.append(
                try await vault.keepAttachment(
                    session: session, bytes: bytes, mediaType: "image/jpeg", width: 10, height: 10,
                    device: "Test camera 1", at: now))
        }
        let accepted = try await vault.seal(
            session: session, content: content(reading, pages: references), at: now)
        return (accepted, pages)
    }
}

extension Vault {
    func pragma(_ name: String) throws -> String? {
        try perform("pragma") { storage in
            try storage.database.read { try String.fetchOne($0, sql: "PRAGMA \(name)") }
        }
    }

    func execute(_ sql: String) throws {
        try perform("execute") { storage in
            try storage.database.write { try $0.execute(sql: sql) }
        }
    }

    func manifest(_ caseID: String) throws -> (document: SignedDocument, manifest: CaseManifest, payload: Data) {
        let document = try WireJSON.decode(SignedDocument.self, from: try signedManifest(of: caseID))
        let payload = try #require(Data(base64Encoded: document.payload))
        return (document, try WireJSON.decode(CaseManifest.self, from: payload), payload)
    }
}

/// Time that goes on at once to whatever somebody waits for.
final class TestClock: KioskCore.Clock {
    private let time: Mutex<Timestamp>

    init(_ start: Timestamp = morning) {
        time = Mutex(start)
    }

    func now() -> Timestamp { time.withLock { $0 } }

    func sleep(until time: Timestamp) async throws {
        try Task.checkCancellation()
        self.time.withLock { $0 = max($0, time) }
    }
}

/// A self-signed X.509 version 1 certificate and its key, made anew at each run.
struct TestCertificate: Sendable {
    let certificate: String
    let key: String

    init() throws {
        let key = P256.Signing.PrivateKey()
        let algorithm = Self.sequence([0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02])
        let commonName = Self.sequence([0x06, 0x03, 0x55, 0x04, 0x03] + Self.der(0x0C, Array("kiosk test".utf8)))
        let name = Self.sequence(Self.der(0x31, commonName))
        let validity = Self.sequence(
            Self.der(0x17, Array("250101000000Z".utf8)) + Self.der(0x17, Array("490101000000Z".utf8)))
        let body = Self.sequence(
            [0x02, 0x01, 0x01] + algorithm + name + validity + name + [UInt8](key.publicKey.derRepresentation))
        let signature = [UInt8](try key.signature(for: body).derRepresentation)
        let whole = Data(Self.sequence(body + algorithm + Self.der(0x03, [0x00] + signature)))
        let lines = whole.base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
        certificate = "-----BEGIN CERTIFICATE-----\n\(lines)\n-----END CERTIFICATE-----\n"
        self.key = key.pemRepresentation
    }

    private static func der(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let length = content.count
        if length < 0x80 { return [tag, UInt8(length)] + content }
        if length < 0x100 { return [tag, 0x81, UInt8(length)] + content }
        return [tag, 0x82, UInt8(length >> 8), UInt8(length & 0xFF)] + content
    }

    private static func sequence(_ content: [UInt8]) -> [UInt8] { der(0x30, content) }
}
