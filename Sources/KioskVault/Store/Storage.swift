// Opens the store's folder and database: permissions, lock, schema, checks, and the sweep after a crash.

internal import FoundationEssentials
internal import GRDB
internal import Glibc
internal import KioskCore

/// Folder layout: `lock`, `vault.sqlite`, `ballast`, `drafts/<random>`, `cases/<case id>/<sha256>`, `outbox.json`.
///
/// One connection: SQLite 3.40 can damage a WAL database that two connections write and checkpoint.
final class Storage: Sendable {
    let folder: String
    let database: DatabaseQueue
    private let lock: FolderLock

    var drafts: String { "\(folder)/drafts" }
    var cases: String { "\(folder)/cases" }
    var ballast: String { "\(folder)/ballast" }

    /// Blocks: call it on the store's own queue.
    init(settings: VaultSettings, now: Timestamp) throws(VaultError) {
        folder = settings.folder
        try FileSystem.makePrivateFolder(settings.folder)
        try FileSystem.makePrivateFolder("\(settings.folder)/drafts")
        try FileSystem.makePrivateFolder("\(settings.folder)/cases")
        lock = try FolderLock(path: "\(settings.folder)/lock")
        // SQLite gives its WAL the mode of the database file, so that one is made before SQLite would make it.
        let path = "\(settings.folder)/vault.sqlite"
        if !FileSystem.exists(path) {
            try FileSystem.writeSynced([UInt8](), to: path)
            try FileSystem.synchronizeFolder(settings.folder)
        }
        do {
            database = try DatabaseQueue(path: path, configuration: Self.configuration())
            try Self.migrator(now: now).migrate(database)
            let answer = try database.read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") }
            guard answer == "ok" else {
                throw VaultError(.damaged, "\(path) failed quick_check: restore or replace it")
            }
            try sweepAfterCrash()
        } catch let error as VaultError {
            throw error
        } catch {
            throw VaultError(.damaged, "\(path) cannot be opened: \(Self.describe(error))")
        }
        try makeBallast(settings)
    }

    /// GRDB sets `synchronous = NORMAL` when it sets WAL mode itself, which loses commits at a power cut: both are set
    /// here, and a test reads them back.
    private static func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.label = "kiosk.vault.database"
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            for pragma in [
                "journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "mmap_size = 0",
                "wal_autocheckpoint = 1000",
            ] {
                _ = try Row.fetchOne(database, sql: "PRAGMA \(pragma)")
            }
        }
        return configuration
    }

    private static func migrator(now: Timestamp) -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("v1") { database in
            try database.execute(
                sql: """
                    CREATE TABLE chain (
                        only INTEGER PRIMARY KEY CHECK (only = 1),
                        epoch INTEGER NOT NULL,
                        sequence INTEGER NOT NULL,
                        hash TEXT NOT NULL
                    ) STRICT;
                    CREATE TABLE drafts (
                        session TEXT PRIMARY KEY,
                        salt BLOB NOT NULL,
                        savedAt INTEGER,
                        state BLOB
                    ) STRICT;
                    CREATE TABLE attachments (
                        session TEXT NOT NULL REFERENCES drafts (session) ON DELETE CASCADE,
                        id TEXT NOT NULL,
                        file TEXT NOT NULL UNIQUE,
                        PRIMARY KEY (session, id)
                    ) STRICT;
                    CREATE TABLE cases (
                        caseID TEXT PRIMARY KEY,
                        rev INTEGER NOT NULL,
                        epoch INTEGER NOT NULL,
                        sequence INTEGER NOT NULL,
                        day TEXT NOT NULL,
                        dayNumber INTEGER NOT NULL,
                        receiptNumber TEXT NOT NULL,
                        acceptedAt INTEGER NOT NULL,
                        manifestHash TEXT NOT NULL,
                        manifest BLOB,
                        state TEXT NOT NULL,
                        parkedBecause TEXT,
                        receipt BLOB,
                        receiptedAt INTEGER,
                        UNIQUE (epoch, sequence),
                        UNIQUE (day, dayNumber)
                    ) STRICT;
                    CREATE INDEX casesByState ON cases (state);
                    """)
            // An office should not see one epoch twice from one terminal, even when a terminal's disk was replaced: a
            // new store begins at the hour of its making. The office takes epochs up to 1,000,000, the year 2084.
            try database.execute(
                sql: "INSERT INTO chain (only, epoch, sequence, hash) VALUES (1, ?, 0, ?)",
                arguments: [max(1, now.milliseconds / 3_600_000), Chain.start])
        }
        return migrator
    }

    /// What a crash left between a file and its row: files without a row go, and drafts that were never saved.
    private func sweepAfterCrash() throws {
        try database.write { try $0.execute(sql: "DELETE FROM drafts WHERE state IS NULL") }
        let (files, kept) = try database.read { database in
            (
                try String.fetchSet(database, sql: "SELECT file FROM attachments"),
                try String.fetchSet(database, sql: "SELECT caseID FROM cases WHERE state <> 'purged'")
            )
        }
        for name in try FileSystem.names(in: drafts) where !files.contains(name) {
            try FileSystem.remove("\(drafts)/\(name)")
        }
        for name in try FileSystem.names(in: cases) where !kept.contains(name) {
            try FileSystem.removeFolder("\(cases)/\(name)")
        }
    }

    /// Space to give back when the disk is full: SQLite cannot even delete or checkpoint on a full disk.
    private func makeBallast(_ settings: VaultSettings) throws(VaultError) {
        guard settings.ballastBytes > 0, !FileSystem.exists(ballast),
            try FileSystem.freeBytes(at: folder) > settings.minimumFreeBytes + Int64(settings.ballastBytes)
        else { return }
        try Descriptor(opening: ballast, O_WRONLY | O_CREAT).allocate(bytes: settings.ballastBytes, path: ballast)
    }

    /// Result codes alone: a message may quote a statement.
    static func describe(_ error: any Error) -> String {
        switch error {
        case let error as VaultError: error.description
        case let error as DatabaseError: "SQLite result \(error.extendedResultCode.rawValue)"
        default: "\(type(of: error))"
        }
    }
}

enum Chain {
    /// What stands before the first case of an epoch.
    static let start = String(repeating: "0", count: 64)
}

/// Held while this value lives: a second process, or a second opening in this one, is refused.
private final class FolderLock: Sendable {
    private let descriptor: Descriptor

    init(path: String) throws(VaultError) {
        descriptor = try Descriptor(opening: path, O_RDWR | O_CREAT)
        guard descriptor.lockExclusively() else {
            throw VaultError(.inUse, "\(path) is held by another kiosk process: stop it first")
        }
    }
}
