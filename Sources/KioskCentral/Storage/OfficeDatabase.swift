/// The office's SQLite database: opened with full durability, written by one connection of one process.

import FoundationEssentials
import GRDB
import KioskCore

/// Reads and writes run on the queue's own thread; every write is on the disk when it returns.
struct OfficeDatabase: Sendable {
    let queue: DatabaseQueue

    /// - Parameter readonly: For the command line beside a running server: it never writes or checkpoints.
    init(data: DataFolder, readonly: Bool = false) throws {
        var configuration = Configuration()
        configuration.label = "office"
        configuration.readonly = readonly
        configuration.busyMode = .timeout(5)
        if !readonly {
            // Here and not by GRDB's own WAL mode, which sets `synchronous` back to NORMAL.
            configuration.prepareDatabase { database in
                try database.execute(sql: "PRAGMA journal_mode = WAL")
                try database.execute(sql: "PRAGMA synchronous = FULL")
                try database.execute(sql: "PRAGMA secure_delete = ON")
            }
        }
        queue = try DatabaseQueue(path: data.path("office.sqlite"), configuration: configuration)
        if !readonly { try Self.migrator.migrate(queue) }
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            try database.execute(
                sql: """
                    CREATE TABLE cases (
                        number INTEGER PRIMARY KEY AUTOINCREMENT,
                        terminal TEXT NOT NULL, case_id TEXT NOT NULL, rev INTEGER NOT NULL,
                        epoch INTEGER NOT NULL, sequence INTEGER NOT NULL,
                        manifest_hash TEXT NOT NULL, manifest BLOB NOT NULL,
                        announced_at INTEGER NOT NULL, received_at INTEGER,
                        state TEXT NOT NULL, flag TEXT, reason TEXT,
                        receipt_number TEXT, matter_code TEXT, matter_zh TEXT, matter_en TEXT,
                        submitted_at INTEGER, summary BLOB,
                        UNIQUE (terminal, case_id, rev)
                    ) STRICT;
                    CREATE INDEX cases_receipt_number ON cases (receipt_number);
                    CREATE INDEX cases_chain ON cases (terminal, epoch, sequence);
                    CREATE TABLE checksums (
                        case_number INTEGER NOT NULL REFERENCES cases, slot TEXT NOT NULL, crc32 INTEGER NOT NULL,
                        PRIMARY KEY (case_number, slot)
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE conflicts (
                        case_number INTEGER NOT NULL REFERENCES cases, manifest_hash TEXT NOT NULL,
                        manifest BLOB NOT NULL, at INTEGER NOT NULL,
                        PRIMARY KEY (case_number, manifest_hash)
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE receipts (
                        log_index INTEGER PRIMARY KEY, case_number INTEGER NOT NULL UNIQUE REFERENCES cases,
                        document BLOB NOT NULL, at INTEGER NOT NULL
                    ) STRICT;
                    CREATE TABLE audit (
                        number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, actor TEXT NOT NULL,
                        action TEXT NOT NULL, case_number INTEGER REFERENCES cases, detail TEXT NOT NULL
                    ) STRICT;
                    CREATE INDEX audit_case ON audit (case_number);
                    CREATE TABLE calls (
                        id TEXT PRIMARY KEY, terminal TEXT NOT NULL, page TEXT NOT NULL, matter_code TEXT,
                        called_at INTEGER NOT NULL, received_at INTEGER NOT NULL, state TEXT NOT NULL,
                        answered_by TEXT, answered_at INTEGER
                    ) STRICT;
                    CREATE INDEX calls_state ON calls (state, terminal);
                    CREATE TABLE alarms (
                        number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, terminal TEXT NOT NULL,
                        case_id TEXT, kind TEXT NOT NULL, resolved_by TEXT, resolved_at INTEGER
                    ) STRICT;
                    CREATE TABLE issued (
                        code TEXT PRIMARY KEY, register TEXT NOT NULL, matter_code TEXT NOT NULL,
                        terminal TEXT NOT NULL, at INTEGER NOT NULL
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE insured (number TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT, WITHOUT ROWID;
                    CREATE TABLE insured_ranges (
                        number TEXT NOT NULL REFERENCES insured ON DELETE CASCADE, insurance TEXT NOT NULL,
                        from_month INTEGER NOT NULL, to_month INTEGER NOT NULL, base_fen INTEGER NOT NULL,
                        employer_zh TEXT NOT NULL, employer_en TEXT NOT NULL
                    ) STRICT;
                    CREATE INDEX insured_ranges_number ON insured_ranges (number);
                    """)
            for table in ["audit", "receipts"] {
                for change in ["UPDATE", "DELETE"] {
                    try database.execute(
                        sql: """
                            CREATE TRIGGER \(table)_\(change.lowercased()) BEFORE \(change) ON \(table)
                            BEGIN SELECT RAISE(ABORT, '\(table) is append-only'); END
                            """)
                }
            }
        }
        migrator.registerMigration("2") { database in
            try database.execute(
                sql: """
                    DROP TABLE insured_ranges;
                    DROP TABLE insured;
                    CREATE TABLE records (
                        id INTEGER PRIMARY KEY AUTOINCREMENT, register TEXT NOT NULL, number TEXT NOT NULL,
                        name TEXT NOT NULL, public INTEGER NOT NULL, facts BLOB NOT NULL
                    ) STRICT;
                    CREATE INDEX records_number ON records (register, number);
                    CREATE TABLE record_keys (
                        register TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
                        record INTEGER NOT NULL REFERENCES records ON DELETE CASCADE,
                        PRIMARY KEY (register, key, value, record)
                    ) STRICT, WITHOUT ROWID;
                    CREATE INDEX record_keys_record ON record_keys (record);
                    CREATE TABLE orders (
                        terminal TEXT NOT NULL, order_id TEXT NOT NULL, code TEXT NOT NULL UNIQUE,
                        pay_url TEXT NOT NULL, matter_code TEXT NOT NULL, subject_zh TEXT NOT NULL,
                        subject_en TEXT NOT NULL, amount INTEGER NOT NULL, placed_at INTEGER NOT NULL,
                        reference TEXT, paid_at INTEGER,
                        UNIQUE (terminal, order_id)
                    ) STRICT;
                    CREATE TABLE ratings (
                        terminal TEXT NOT NULL, session TEXT NOT NULL, matter_code TEXT NOT NULL,
                        grade INTEGER NOT NULL, document BLOB NOT NULL,
                        PRIMARY KEY (terminal, session)
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE rating_reasons (
                        terminal TEXT NOT NULL, session TEXT NOT NULL, reason TEXT NOT NULL,
                        PRIMARY KEY (terminal, session, reason),
                        FOREIGN KEY (terminal, session) REFERENCES ratings
                    ) STRICT, WITHOUT ROWID;
                    ALTER TABLE cases ADD COLUMN handed_over INTEGER NOT NULL DEFAULT 0;
                    ALTER TABLE cases ADD COLUMN applicant_tag TEXT;
                    ALTER TABLE cases ADD COLUMN workdays INTEGER;
                    ALTER TABLE cases ADD COLUMN order_id TEXT;
                    ALTER TABLE cases ADD COLUMN says_paid INTEGER;
                    ALTER TABLE cases ADD COLUMN extended INTEGER NOT NULL DEFAULT 0;
                    ALTER TABLE cases ADD COLUMN supplements INTEGER REFERENCES cases;
                    CREATE INDEX cases_applicant ON cases (applicant_tag);
                    CREATE INDEX cases_order ON cases (terminal, order_id);
                    CREATE INDEX cases_supplements ON cases (supplements);
                    CREATE TABLE deferred_papers (
                        number INTEGER PRIMARY KEY AUTOINCREMENT, case_number INTEGER NOT NULL REFERENCES cases,
                        title_zh TEXT NOT NULL, title_en TEXT NOT NULL, due TEXT NOT NULL,
                        handed_in_by INTEGER REFERENCES cases
                    ) STRICT;
                    CREATE INDEX deferred_papers_case ON deferred_papers (case_number);
                    CREATE INDEX deferred_papers_due ON deferred_papers (handed_in_by, due);
                    """)
        }
        migrator.registerMigration("3") { database in
            try database.execute(
                sql: """
                    ALTER TABLE calls ADD COLUMN purpose TEXT NOT NULL DEFAULT 'help';
                    ALTER TABLE calls ADD COLUMN session TEXT;
                    ALTER TABLE calls ADD COLUMN masked_number TEXT;
                    ALTER TABLE calls ADD COLUMN is_holder INTEGER;
                    ALTER TABLE calls ADD COLUMN confirmed_by TEXT;
                    ALTER TABLE calls ADD COLUMN confirmed_at INTEGER;
                    CREATE INDEX calls_session ON calls (terminal, session);
                    """)
        }
        return migrator
    }
}

/// Something of a case that a member of staff must look at.
enum CaseFlag: String, Sendable {
    /// The case file has a schema this office does not know.
    case unknownSchema = "unknown-schema"
    /// The case file opened but is not what its schema says.
    case unreadable
    /// The case file names another case, terminal or page than its manifest.
    case inconsistent
}

enum CaseState: String, Sendable, CaseIterable {
    /// The manifest is here, chunks are missing.
    case announced
    case received
    case accepted
    case returned
    case rejected
}

enum AlarmKind: String, Sendable {
    /// The same case and revision came with other bytes; both manifests are kept.
    case conflict
    /// Two cases of a terminal have the same place in its sequence.
    case sequenceReused = "sequence-reused"
    /// A manifest does not follow from the one before it.
    case chainBroken = "chain-broken"
    /// All chunks are here, and the case does not open or is not what its manifest says.
    case unopenable
}

/// One case as the database lists it.
struct CaseRow: Sendable {
    var number: Int64
    var reference: CaseReference
    var state: CaseState
    var flag: CaseFlag?
    var reason: String?
    var manifestHash: String
    var announcedAt: Timestamp
    var receivedAt: Timestamp?
    var receiptNumber: String?
    var matterCode: String?
    var matterTitle: Localized?
    var submittedAt: Timestamp?
    /// Sealed under the index key: `CaseSummary`. Nil for a case without an applicant.
    var summary: [UInt8]?
    /// Begun at the terminal, to be finished at a window.
    var isHandedOver: Bool
    /// The order that the case refers to.
    var orderID: String?
    /// The number of the earlier case that this one hands papers in for.
    var supplements: Int64?

    static let columns = """
        number, terminal, case_id, rev, state, flag, reason, manifest_hash, announced_at, received_at, \
        receipt_number, matter_code, matter_zh, matter_en, submitted_at, summary, handed_over, order_id, supplements
        """

    init(_ row: Row) throws {
        let caseID: String = row["case_id"]
        let terminalText: String = row["terminal"]
        guard let terminal = TerminalID(terminalText),
            let reference = CaseReference(terminal: terminal, caseID: caseID, rev: row["rev"]),
            let state = CaseState(rawValue: row["state"])
        else { throw CentralError(.folder, "a row of the case table is damaged") }
        number = row["number"]
        self.reference = reference
        self.state = state
        flag = (row["flag"] as String?).flatMap(CaseFlag.init)
        reason = row["reason"]
        manifestHash = row["manifest_hash"]
        announcedAt = Timestamp(milliseconds: row["announced_at"])
        receivedAt = (row["received_at"] as Int64?).map(Timestamp.init)
        receiptNumber = row["receipt_number"]
        matterCode = row["matter_code"]
        let zh: String? = row["matter_zh"]
        let en: String? = row["matter_en"]
        matterTitle = zh.flatMap { zh in en.map { Localized(zh: zh, en: $0) } }
        submittedAt = (row["submitted_at"] as Int64?).map(Timestamp.init)
        summary = (row["summary"] as Data?).map(Array.init)
        isHandedOver = row["handed_over"]
        orderID = row["order_id"]
        supplements = row["supplements"]
    }
}
