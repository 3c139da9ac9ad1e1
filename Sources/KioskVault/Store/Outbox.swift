// The rows of sealed cases: their place in the chain, and how far each is on its way to the office.

internal import FoundationEssentials
internal import GRDB
public import KioskCore

/// How far a sealed case is on its way.
public enum OutboxState: String, Codable, Sendable, CaseIterable {
    /// On disk, unknown to the office.
    case sealed
    /// The office has the manifest.
    case announced
    /// Chunks are under way.
    case uploading
    /// The office's signed receipt is on disk.
    case receipted
    /// Ciphertext removed after the receipt.
    case purged
    /// Refused for good: kept, never sent again by itself.
    case parked
}

/// A case that still has to reach the office.
struct OutboxEntry: Sendable {
    var caseID: String
    var rev: Int
    var epoch: Int
    var sequence: Int64
    var manifestHash: String
    var state: OutboxState
}

/// The numbers a case gets inside the commit that seals it.
struct CasePlace {
    var epoch: Int
    var sequence: Int64
    var previousHash: String
    /// `20261121`
    var compactDay: String
    var dayNumber: Int

    var paddedDayNumber: String {
        let text = String(dayNumber)
        return String(repeating: "0", count: max(0, 4 - text.count)) + text
    }
}

extension Storage {
    func acceptedCase(_ caseID: String) throws -> AcceptedCase? {
        try database.read { database in
            let row = try Row.fetchOne(
                database,
                sql: "SELECT receiptNumber, sequence, acceptedAt, manifestHash FROM cases WHERE caseID = ?",
                arguments: [caseID])
            return row.map { row in
                AcceptedCase(
                    caseID: caseID, receiptNumber: row["receiptNumber"], sequence: row["sequence"],
                    acceptedAt: Timestamp(milliseconds: row["acceptedAt"]),
                    proof: String((row["manifestHash"] as String).prefix(16)))
            }
        }
    }

    static func nextPlace(_ database: Database, day: CalendarDate) throws -> CasePlace {
        guard let chain = try Row.fetchOne(database, sql: "SELECT epoch, sequence, hash FROM chain WHERE only = 1")
        else { throw VaultError(.damaged, "the chain's row is missing") }
        let compactDay = day.description.filter { $0 != "-" }
        let last = try Int.fetchOne(
            database, sql: "SELECT max(dayNumber) FROM cases WHERE day = ?", arguments: [compactDay])
        return CasePlace(
            epoch: chain["epoch"], sequence: (chain["sequence"] as Int64) + 1, previousHash: chain["hash"],
            compactDay: compactDay, dayNumber: (last ?? 0) + 1)
    }

    static func insert(
        _ accepted: AcceptedCase, place: CasePlace, manifestHash: String, manifest: Data, into database: Database
    ) throws {
        try database.execute(
            sql: """
                INSERT INTO cases (caseID, rev, epoch, sequence, day, dayNumber, receiptNumber, acceptedAt,
                    manifestHash, manifest, state)
                VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, 'sealed')
                """,
            arguments: [
                accepted.caseID, place.epoch, place.sequence, place.compactDay, place.dayNumber,
                accepted.receiptNumber, accepted.acceptedAt.milliseconds, manifestHash, manifest,
            ])
        try database.execute(
            sql: "UPDATE chain SET sequence = ?, hash = ? WHERE only = 1", arguments: [place.sequence, manifestHash])
    }
}

extension Vault {
    /// After a restore from a backup: numbers given since the backup may be known to the office, so the chain begins
    /// anew in the next epoch.
    public func beginNextEpoch() throws(Fault) {
        try perform("beginNextEpoch") { storage in
            try storage.database.write { database in
                try database.execute(
                    sql: "UPDATE chain SET epoch = epoch + 1, sequence = 0, hash = ? WHERE only = 1",
                    arguments: [Chain.start])
            }
        }
    }

    /// Cases without a receipt that are not parked, oldest first.
    func unsentCases() throws(Fault) -> [OutboxEntry] {
        try perform("unsentCases") { storage in
            try storage.database.read { database in
                try Row.fetchAll(
                    database,
                    sql: """
                        SELECT caseID, rev, epoch, sequence, manifestHash, state FROM cases
                        WHERE state IN ('sealed', 'announced', 'uploading') ORDER BY epoch, sequence
                        """
                ).map { row in
                    OutboxEntry(
                        caseID: row["caseID"], rev: row["rev"], epoch: row["epoch"], sequence: row["sequence"],
                        manifestHash: row["manifestHash"], state: OutboxState(rawValue: row["state"]) ?? .sealed)
                }
            }
        }
    }

    /// JSON of the signed manifest, as it is sent.
    func signedManifest(of caseID: String) throws(Fault) -> [UInt8] {
        try perform("signedManifest") { storage in
            let manifest = try storage.database.read { database in
                try Data.fetchOne(database, sql: "SELECT manifest FROM cases WHERE caseID = ?", arguments: [caseID])
            }
            guard let manifest else { throw VaultError(.damaged, "a case has no manifest") }
            return [UInt8](manifest)
        }
    }

    /// One sealed chunk, compared with its name: a flipped bit on the disk must not travel as if it were whole.
    func chunk(_ hash: String, of caseID: String) throws(Fault) -> [UInt8] {
        try perform("chunk") { storage in
            let bytes = try FileSystem.read(
                "\(storage.cases)/\(caseID)/\(hash)", limit: SyncLimits.chunkBytes + SyncLimits.chunkOverhead)
            guard Digests.sha256Hex(bytes) == hash else {
                throw VaultError(.sealing, "a sealed chunk changed on the disk")
            }
            return bytes
        }
    }

    /// Only forwards, and never out of `receipted`, `purged` or `parked`.
    func mark(_ caseID: String, _ state: OutboxState) throws(Fault) {
        try perform("mark") { storage in
            try storage.database.write { database in
                try database.execute(
                    sql: """
                        UPDATE cases SET state = ?
                        WHERE caseID = ? AND state IN ('sealed', 'announced', 'uploading')
                        """,
                    arguments: [state.rawValue, caseID])
            }
        }
    }

    /// The case stays on disk, and nothing is sent of it until a technician has looked.
    func park(_ caseID: String, because reason: String) throws(Fault) {
        try perform("park") { storage in
            try storage.database.write { database in
                try database.execute(
                    sql: """
                        UPDATE cases SET state = 'parked', parkedBecause = ?
                        WHERE caseID = ? AND state IN ('sealed', 'announced', 'uploading')
                        """,
                    arguments: [reason, caseID])
            }
        }
    }

    /// Keeps a verified receipt. False when the case had one already.
    func keepReceipt(_ document: SignedDocument, of caseID: String, at now: Timestamp) throws(Fault) -> Bool {
        try perform("keepReceipt") { storage in
            try storage.database.write { database in
                try database.execute(
                    sql: """
                        UPDATE cases SET state = 'receipted', receipt = ?, receiptedAt = ?
                        WHERE caseID = ? AND state IN ('sealed', 'announced', 'uploading')
                        """,
                    arguments: [try WireJSON.encode(document), now.milliseconds, caseID])
                return database.changesCount == 1
            }
        }
    }

    /// Sends what a technician has looked at once more.
    public func unpark(_ caseID: String) throws(Fault) {
        try perform("unpark") { storage in
            try storage.database.write { database in
                try database.execute(
                    sql:
                        "UPDATE cases SET state = 'sealed', parkedBecause = NULL WHERE caseID = ? AND state = 'parked'",
                    arguments: [caseID])
            }
        }
        sealObserverFires()
    }

    /// Removes the ciphertext of cases receipted `seconds` or more before `now`; returns when the next one is due.
    func purge(at now: Timestamp, after seconds: Int) throws(Fault) -> Timestamp? {
        try perform("purge") { storage in
            let (due, next) = try storage.database.read { database in
                (
                    try String.fetchAll(
                        database, sql: "SELECT caseID FROM cases WHERE state = 'receipted' AND receiptedAt <= ?",
                        arguments: [now.adding(seconds: -seconds).milliseconds]),
                    try Int64.fetchOne(
                        database,
                        sql: "SELECT min(receiptedAt) FROM cases WHERE state = 'receipted' AND receiptedAt > ?",
                        arguments: [now.adding(seconds: -seconds).milliseconds])
                )
            }
            if !due.isEmpty {
                // Rows first: a crash between leaves folders that the next opening removes.
                try storage.database.write { database in
                    for caseID in due {
                        try database.execute(
                            sql: "UPDATE cases SET state = 'purged', manifest = NULL WHERE caseID = ?",
                            arguments: [caseID])
                    }
                }
                for caseID in due {
                    try FileSystem.removeFolder("\(storage.cases)/\(caseID)")
                }
            }
            return next.map { Timestamp(milliseconds: $0).adding(seconds: seconds) }
        }
    }

    /// What is waiting, what is parked, and when the office last answered.
    public func outboxStatus(at now: Timestamp) throws(Fault) -> OutboxStatus {
        try perform("outboxStatus") { storage in
            try storage.database.read { database in
                var status = OutboxStatus(at: now)
                for row in try Row.fetchAll(database, sql: "SELECT state, count(*) AS n FROM cases GROUP BY state") {
                    if let state = OutboxState(rawValue: row["state"]) { status.counts[state.rawValue] = row["n"] }
                }
                status.oldestUnsent = try Int64.fetchOne(
                    database,
                    sql: "SELECT min(acceptedAt) FROM cases WHERE state IN ('sealed', 'announced', 'uploading')"
                ).map(Timestamp.init(milliseconds:))
                status.lastReceipt = try Int64.fetchOne(database, sql: "SELECT max(receiptedAt) FROM cases")
                    .map(Timestamp.init(milliseconds:))
                status.parked = try Row.fetchAll(
                    database,
                    sql: """
                        SELECT caseID, receiptNumber, parkedBecause FROM cases WHERE state = 'parked'
                        ORDER BY epoch, sequence LIMIT 50
                        """
                ).map {
                    OutboxStatus.Parked(
                        caseID: $0["caseID"], receiptNumber: $0["receiptNumber"], because: $0["parkedBecause"] ?? "")
                }
                return status
            }
        }
    }

    /// Puts the status beside the store for `kiosk doctor`, which cannot open a store that is in use.
    func publish(_ status: OutboxStatus) throws(Fault) {
        try perform("publish") { storage in
            let path = "\(storage.folder)/\(OutboxStatus.fileName)"
            // Not synced: it is written again at every round.
            try FileSystem.write(try WireJSON.encode(status), to: "\(path).tmp")
            try FileSystem.move("\(path).tmp", to: path)
        }
    }
}
