/// Keeps drafts under the citizen's card and finished cases under the office's key.

internal import Crypto
internal import FoundationEssentials
internal import GRDB
public import KioskCore

/// The case store on one folder of one disk.
///
/// Runs on a thread of its own. What a method says is durable has been through fsync, or through a commit with
/// `synchronous = FULL`, when it returns. After a failed sync or a damaged page every call throws `storeFailed` until
/// the store is opened anew: what such a disk says next cannot be trusted.
public actor Vault: CaseStore {
    /// One draft at a time is open; its key is dropped when another session begins, and when it is closed or discarded.
    private struct OpenDraft {
        var key: DraftKey
        var onDisk: Bool
    }

    /// A draft that may not be written to disk. Sealed all the same, so that it opens with its card alone.
    private struct MemoryDraft {
        var salt: [UInt8]
        var savedAt: Timestamp?
        var state: Data?
        var attachments: [String: Data] = [:]
    }

    /// Of the attachments of a session that may not be written to disk: some sixty photographs.
    static let maximumMemoryBytes = 128 << 20

    private let executor: QueueExecutor
    let settings: VaultSettings
    let enrolment: EnrolmentFolder
    private var storage: Storage?
    private var failure: Fault?
    private var open: OpenDraft?
    private var memory: [String: MemoryDraft] = [:]
    private var onSealed: (@Sendable () -> Void)?

    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// Opens or makes the store: takes its lock, checks the database, removes what a crash left half done.
    ///
    /// The hour of `now` numbers the epoch of a store that is made. Throws `inUse`, `damaged`, `diskFull` or `fileSystem`.
    public static func open(
        _ settings: VaultSettings, enrolment: EnrolmentFolder, at now: Timestamp
    ) async throws(VaultError) -> Vault {
        let executor = QueueExecutor(label: "kiosk.vault")
        let storage = try await executor.run { () throws(VaultError) in
            try Storage(settings: settings, now: now)
        }
        return Vault(executor: executor, settings: settings, enrolment: enrolment, storage: storage)
    }

    private init(executor: QueueExecutor, settings: VaultSettings, enrolment: EnrolmentFolder, storage: Storage) {
        self.executor = executor
        self.settings = settings
        self.enrolment = enrolment
        self.storage = storage
    }

    /// Closes the database and gives the lock back. Every later call throws `storeFailed`.
    public func close() {
        open = nil
        memory = [:]
        try? storage?.database.close()
        storage = nil
    }

    /// Called after each commit of a new case, on the store's thread: must not block.
    func setSealObserver(_ observer: (@Sendable () -> Void)?) {
        onSealed = observer
    }

    func sealObserverFires() {
        onSealed?()
    }

    // MARK: Drafts

    public func openDraft(session: String, reading: IdentityReading) throws(Fault) {
        try perform("openDraft") { storage in
            try Self.checkName(session)
            try self.checkFreeSpace(storage, atLeast: self.settings.minimumFreeBytes)
            // Pages taken before the card was read, or under an earlier card of the session, move to the new key.
            let earlier = self.open?.key.session == session ? try self.allAttachments(storage) : [:]
            self.begin(nil)
            try self.erase([session], storage)
            let salt = DraftKey.newSalt()
            let key = DraftKey(session: session, reading: reading, salt: salt)
            let onDisk = DraftKey.mayProtectDisk(reading)
            if onDisk {
                try storage.database.write { database in
                    try database.execute(
                        sql: "INSERT INTO drafts (session, salt) VALUES (?, ?)", arguments: [session, Data(salt)])
                }
            } else {
                self.memory[session] = MemoryDraft(salt: salt)
            }
            self.begin(OpenDraft(key: key, onDisk: onDisk))
            for (id, bytes) in earlier {
                try self.store(bytes, id: id, storage)
            }
        }
    }

    /// A draft of a card without photograph is kept in memory alone: it is gone after a power cut.
    public func saveDraft(_ state: SessionState, at now: Timestamp) throws(Fault) {
        try perform("saveDraft") { storage in
            let draft = try self.opened(state.id)
            let sealed = try draft.key.sealState(state)
            if draft.onDisk {
                try storage.database.write { database in
                    try database.execute(
                        sql: "UPDATE drafts SET state = ?, savedAt = ? WHERE session = ?",
                        arguments: [sealed, now.milliseconds, state.id])
                }
            } else {
                self.memory[state.id]?.state = sealed
                self.memory[state.id]?.savedAt = now
            }
        }
    }

    public func resumeDraft(
        reading: IdentityReading, at now: Timestamp, maximumAge: Int
    ) throws(Fault) -> ResumedDraft? {
        try perform("resumeDraft") { storage in
            let rows = try storage.database.read { database in
                try Row.fetchAll(
                    database,
                    sql: """
                        SELECT session, salt, state, savedAt FROM drafts
                        WHERE state IS NOT NULL AND savedAt BETWEEN ? AND ?
                        """,
                    arguments: [
                        now.adding(seconds: -maximumAge).milliseconds, now.adding(seconds: maximumAge).milliseconds,
                    ])
            }
            var candidates = rows.map { row in
                (
                    session: row["session"] as String, salt: [UInt8](row["salt"] as Data), state: row["state"] as Data,
                    savedAt: Timestamp(milliseconds: row["savedAt"]), onDisk: true
                )
            }
            for (session, draft) in self.memory {
                guard let state = draft.state, let savedAt = draft.savedAt,
                    abs(now.seconds(since: savedAt)) <= maximumAge
                else { continue }
                candidates.append((session, draft.salt, state, savedAt, false))
            }
            for candidate in candidates.sorted(by: { $0.savedAt > $1.savedAt }) {
                let key = DraftKey(session: candidate.session, reading: reading, salt: candidate.salt)
                // Another card's draft: the tag does not fit.
                guard let state = try? key.openState(candidate.state) else { continue }
                self.begin(OpenDraft(key: key, onDisk: candidate.onDisk))
                return ResumedDraft(state: state)
            }
            return nil
        }
    }

    /// In a session without a card the bytes stay in memory, under a key that nobody else has, at most
    /// `maximumMemoryBytes` of them.
    public func keepAttachment(
        session: String, bytes: [UInt8], mediaType: String, width: Int, height: Int, device: String, at now: Timestamp
    ) throws(Fault) -> PageReference {
        try perform("keepAttachment") { storage in
            try Self.checkName(session)
            guard bytes.count <= SyncLimits.chunksPerItem * SyncLimits.chunkBytes else {
                throw VaultError(.tooLarge, "an attachment has \(bytes.count) bytes")
            }
            try self.checkFreeSpace(storage, atLeast: self.settings.minimumFreeBytes / 4)
            if self.open?.key.session != session {
                self.begin(OpenDraft(key: DraftKey(randomFor: session), onDisk: false))
                self.memory[session] = MemoryDraft(salt: [])
            }
            if self.open?.onDisk == false {
                let held = self.memory[session]?.attachments.values.reduce(0) { $0 + $1.count } ?? 0
                guard held + bytes.count <= Self.maximumMemoryBytes else {
                    throw Fault(.storeFull, responsible: .citizen, detail: "the pages in memory have no more room")
                }
            }
            let id = Digests.randomName()
            try self.store(bytes, id: id, storage)
            return PageReference(
                id: id, sha256: Digests.sha256Hex(bytes), byteCount: bytes.count, mediaType: mediaType, width: width,
                height: height, takenAt: now, device: device)
        }
    }

    public func attachment(session: String, _ page: PageReference) throws(Fault) -> [UInt8] {
        try perform("attachment") { storage in
            try self.plaintext(of: page, session: session, storage)
        }
    }

    public func dropAttachment(session: String, _ page: PageReference) throws(Fault) {
        try perform("dropAttachment") { storage in
            let draft = try self.opened(session)
            guard draft.onDisk else {
                self.memory[session]?.attachments[page.id] = nil
                return
            }
            let file = try storage.database.write { database in
                try String.fetchOne(
                    database, sql: "DELETE FROM attachments WHERE session = ? AND id = ? RETURNING file",
                    arguments: [session, page.id])
            }
            if let file { try FileSystem.remove("\(storage.drafts)/\(file)") }
        }
    }

    public func discardDraft(session: String) throws(Fault) {
        if open?.key.session == session { begin(nil) }
        try perform("discardDraft") { storage in
            try self.erase([session], storage)
        }
    }

    /// Drops the key of the session's draft and keeps the draft: from now on it opens with its card alone. Idempotent.
    public func closeDraft(session: String) {
        if open?.key.session == session { begin(nil) }
    }

    public func sweepDrafts(at now: Timestamp, maximumAge: Int) throws(Fault) {
        try perform("sweepDrafts") { storage in
            let kept = self.open?.key.session
            // A draft from the far future was saved before the clock was set right: it goes as well.
            let oldest = now.adding(seconds: -maximumAge)
            let newest = now.adding(seconds: maximumAge)
            let onDisk = try storage.database.read { database in
                try String.fetchAll(
                    database,
                    sql: """
                        SELECT session FROM drafts
                        WHERE session IS NOT ? AND (savedAt IS NULL OR savedAt NOT BETWEEN ? AND ?)
                        """,
                    arguments: [kept, oldest.milliseconds, newest.milliseconds])
            }
            let inMemory = self.memory.filter { session, draft in
                guard session != kept else { return false }
                guard let savedAt = draft.savedAt else { return true }
                return savedAt < oldest || savedAt > newest
            }
            try self.erase(onDisk + inMemory.keys, storage)
        }
    }

    // MARK: Sealing

    /// A session without an open draft is sealed as well: a matter that reads no card, or one that goes to a window before
    /// a card was read. Its attachments, if it has any, are those kept in memory under the session's random key.
    public func seal(session: String, content: CaseContent, at now: Timestamp) throws(Fault) -> AcceptedCase {
        let (accepted, isNew) = try perform("seal") { storage in
            try Self.checkName(session)
            if let first = try storage.acceptedCase(session) { return (first, false) }
            try self.checkFreeSpace(storage, atLeast: self.settings.minimumFreeBytes / 4)
            return (try self.sealNew(session: session, content: content, at: now, storage), true)
        }
        if isNew { sealObserverFires() }
        return accepted
    }

    /// Files first, in a folder that is renamed when it is whole; the row that makes it a case last. A crash before the
    /// commit leaves a folder without a row, which the next opening removes.
    private func sealNew(
        session: String, content: CaseContent, at now: Timestamp, _ storage: Storage
    ) throws -> AcceptedCase {
        // A page that stands under two materials travels once.
        var seen: Set<PageReference> = []
        let attachments = content.attachments.filter { seen.insert($0).inserted }
        guard Set(attachments.map(\.id)).union([SealingSuite.caseSlot]).count == attachments.count + 1 else {
            throw VaultError(.sealing, "a case gives one attachment two contents")
        }
        guard attachments.count < SyncLimits.itemsPerCase,
            attachments.reduce(0, { $0 + $1.byteCount }) <= SyncLimits.caseBytes - SyncLimits.chunkBytes
        else { throw VaultError(.tooLarge, "a case has \(attachments.count) attachments, or too many bytes") }

        let folder = "\(storage.cases)/\(session)"
        let unfinished = "\(folder).tmp"
        try FileSystem.removeFolder(folder)
        try FileSystem.removeFolder(unfinished)
        try FileSystem.makePrivateFolder(unfinished)
        let sealer = CaseSealer(caseID: session)
        func keep(_ hash: String, _ chunk: Data) throws {
            try FileSystem.writeSynced(chunk, to: "\(unfinished)/\(hash)")
        }

        // One page in memory at a time.
        var items: [CaseManifest.Item] = []
        for page in attachments {
            let bytes = try plaintext(of: page, session: session, storage)
            items.append(try sealer.seal(bytes, slot: page.id, mediaType: page.mediaType, keep: keep))
        }
        let recipients = try sealer.wrappedKeys(for: enrolment.recipients)

        return try storage.database.write { database in
            let place = try Storage.nextPlace(database, day: now.chinaDate)
            let terminal = enrolment.enrolment.terminal
            let receiptNumber = "\(terminal)-\(place.compactDay)-\(place.paddedDayNumber)"
            let caseFile = CaseFile(
                caseID: session, receiptNumber: receiptNumber, terminal: terminal, content: content)
            let caseItem = try sealer.seal(
                Array(try WireJSON.encode(caseFile)), slot: SealingSuite.caseSlot, mediaType: "application/json",
                keep: keep)
            let manifest = CaseManifest(
                schema: CaseFile.schema, terminal: terminal, caseID: session, rev: 1, epoch: place.epoch,
                sequence: place.sequence, previousHash: place.previousHash, sealedAt: now, suite: SealingSuite.xWing,
                recipients: recipients, items: [caseItem] + items)
            let payload = try WireJSON.encode(manifest)
            let document = try WireJSON.encode(
                SignedDocument(
                    payload: payload.base64EncodedString(), keyID: enrolment.enrolment.signingKeyID,
                    signature: try enrolment.signingKey.signature(for: payload).base64EncodedString()))
            guard document.count <= SyncLimits.manifestBytes else {
                throw VaultError(.tooLarge, "a manifest has \(document.count) bytes")
            }
            let hash = Digests.sha256Hex(payload)
            try FileSystem.synchronizeFolder(unfinished)
            try FileSystem.move(unfinished, to: folder)
            try FileSystem.synchronizeFolder(storage.cases)
            let accepted = AcceptedCase(
                caseID: session, receiptNumber: receiptNumber, sequence: place.sequence, acceptedAt: now,
                proof: String(hash.prefix(16)))
            try Storage.insert(accepted, place: place, manifestHash: hash, manifest: document, into: database)
            return accepted
        }
    }

    // MARK: Parts

    /// Runs `body` and turns what it throws into a fault without personal data.
    func perform<Value>(_ name: String, _ body: (Storage) throws -> Value) throws(Fault) -> Value {
        if let failure { throw failure }
        guard let storage else { throw Fault(.storeFailed, responsible: .technician, detail: "the store is closed") }
        do {
            return try body(storage)
        } catch {
            throw fault(error, during: name, storage)
        }
    }

    private func fault(_ error: any Error, during name: String, _ storage: Storage) -> Fault {
        if let fault = error as? Fault { return fault }
        let detail = "\(name): \(Storage.describe(error))"
        var isFull = false
        var isBroken = false
        switch error {
        case let error as VaultError:
            isFull = error.code == .diskFull
            isBroken = error.code == .notDurable
        case let error as DatabaseError:
            isFull = error.resultCode == .SQLITE_FULL
            isBroken = [.SQLITE_IOERR, .SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode)
        default: break
        }
        if isFull {
            // Gives room for erasing and for the checkpoint. A failure here changes nothing of what is reported.
            try? FileSystem.remove(storage.ballast)
            return Fault(.storeFull, responsible: .technician, detail: detail)
        }
        let fault = Fault(.storeFailed, responsible: .technician, detail: detail)
        if isBroken { failure = fault }
        return fault
    }

    private func checkFreeSpace(_ storage: Storage, atLeast limit: Int64) throws {
        let free = try FileSystem.freeBytes(at: storage.folder)
        guard free >= limit else {
            throw Fault(
                .storeFull, responsible: .technician,
                detail: "\(free >> 20) MiB are free in \(storage.folder), \(limit >> 20) MiB are needed")
        }
    }

    /// Session ids become file names.
    private static func checkName(_ session: String) throws(VaultError) {
        let fits =
            (1...64).contains(session.utf8.count)
            && session.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D
            }
        guard fits else { throw VaultError(.sealing, "a session id is not made of a-z, 0-9 and -") }
    }

    private func begin(_ draft: OpenDraft?) {
        if let last = open?.key.session, last != draft?.key.session, memory[last]?.salt.isEmpty == true {
            // Its key was random: nobody can open it again.
            memory[last] = nil
        }
        open = draft
    }

    private func opened(_ session: String) throws(VaultError) -> OpenDraft {
        guard let open, open.key.session == session else {
            throw VaultError(.sealing, "the session has no open draft")
        }
        return open
    }

    private func store(_ bytes: [UInt8], id: String, _ storage: Storage) throws {
        guard let open else { throw VaultError(.sealing, "the session has no open draft") }
        let session = open.key.session
        let sealed = try open.key.seal(bytes, .attachment, id: id)
        guard open.onDisk else {
            memory[session]?.attachments[id] = sealed
            return
        }
        let file = Digests.randomName()
        try FileSystem.writeDurably(sealed, folder: storage.drafts, name: file)
        try storage.database.write { database in
            try database.execute(
                sql: "INSERT INTO attachments (session, id, file) VALUES (?, ?, ?)", arguments: [session, id, file])
        }
    }

    private func bytes(ofAttachment id: String, session: String, _ storage: Storage) throws -> [UInt8] {
        let draft = try opened(session)
        guard draft.onDisk else {
            guard let sealed = memory[session]?.attachments[id] else {
                throw VaultError(.sealing, "the draft has no such attachment")
            }
            return try draft.key.open(sealed, .attachment, id: id)
        }
        let file = try storage.database.read { database in
            try String.fetchOne(
                database, sql: "SELECT file FROM attachments WHERE session = ? AND id = ?", arguments: [session, id])
        }
        guard let file else { throw VaultError(.sealing, "the draft has no such attachment") }
        let limit = SyncLimits.chunksPerItem * SyncLimits.chunkBytes + SyncLimits.chunkOverhead
        return try draft.key.open(
            try FileSystem.read("\(storage.drafts)/\(file)", limit: limit), .attachment, id: id)
    }

    private func plaintext(of page: PageReference, session: String, _ storage: Storage) throws -> [UInt8] {
        let bytes = try bytes(ofAttachment: page.id, session: session, storage)
        guard bytes.count == page.byteCount, Digests.sha256Hex(bytes) == page.sha256 else {
            throw VaultError(.sealing, "an attachment is not what was kept")
        }
        return bytes
    }

    private func allAttachments(_ storage: Storage) throws -> [String: [UInt8]] {
        guard let open else { return [:] }
        let session = open.key.session
        let ids =
            open.onDisk
            ? try storage.database.read { database in
                try String.fetchAll(database, sql: "SELECT id FROM attachments WHERE session = ?", arguments: [session])
            } : Array((memory[session]?.attachments ?? [:]).keys)
        var found: [String: [UInt8]] = [:]
        for id in ids {
            found[id] = try bytes(ofAttachment: id, session: session, storage)
        }
        return found
    }

    /// Rows are overwritten by `secure_delete`, files are unlinked; what stays in the log of SQLite is cut off.
    private func erase(_ sessions: [String], _ storage: Storage) throws {
        for session in sessions { memory[session] = nil }
        let (files, changes) = try storage.database.write { database in
            var files: [String] = []
            var changes = 0
            for session in sessions {
                files += try String.fetchAll(
                    database, sql: "SELECT file FROM attachments WHERE session = ?", arguments: [session])
                try database.execute(sql: "DELETE FROM drafts WHERE session = ?", arguments: [session])
                changes += database.changesCount
            }
            return (files, changes)
        }
        for file in files {
            try FileSystem.remove("\(storage.drafts)/\(file)")
        }
        if changes > 0 {
            try storage.database.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        }
    }
}
