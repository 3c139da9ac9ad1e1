/// The registers' records in the database: kept whole, found by number or by a key, never listed to a terminal.

import FoundationEssentials
import GRDB
import KioskCore

/// One record of a register.
struct StoredRecord: Hashable, Sendable {
    /// Citizen number or credit code of whom it is about; empty when it is about nobody.
    var number: String
    var name: String
    /// Anybody may ask for it: opening hours, a list of law firms.
    var isPublic: Bool
    var facts: [String: Answer]
}

extension OfficeDatabase {
    /// Puts these records into the register, all or nothing.
    ///
    /// What the register says of the same number goes first; of a record without number, what stands under its name.
    func replaceRecords(_ records: [StoredRecord], in register: Register) throws {
        let searchable = Set(register.facts.filter { $0.kind.isSearched }.map(\.key))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try queue.write { database in
            for record in records {
                try database.execute(
                    sql: "DELETE FROM records WHERE register = ? AND number = ? AND (number <> '' OR name = ?)",
                    arguments: [register.name, record.number, record.name])
            }
            for record in records {
                try database.execute(
                    sql: "INSERT INTO records (register, number, name, public, facts) VALUES (?, ?, ?, ?, ?)",
                    arguments: [
                        register.name, record.number, record.name, record.isPublic, try encoder.encode(record.facts),
                    ])
                let id = database.lastInsertedRowID
                for (key, answer) in record.facts where searchable.contains(key) {
                    guard let text = text(answer) else { continue }
                    try database.execute(
                        sql: "INSERT INTO record_keys (register, key, value, record) VALUES (?, ?, ?, ?)",
                        arguments: [register.name, key, searched(text), id])
                }
            }
        }
    }

    /// Records of this number, newest first.
    func records(of number: String, in register: String, limit: Int = 200) async throws -> [StoredRecord] {
        try await queue.read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT * FROM records WHERE register = ? AND number = ? AND number <> '' ORDER BY id LIMIT ?",
                arguments: [register, number, limit]
            ).map(Self.record)
        }
    }

    /// Records whose fact `key` has this value, oldest first.
    func records(
        where key: String, is value: String, in register: String, limit: Int = 20
    ) async throws -> [StoredRecord] {
        try await queue.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT records.* FROM record_keys JOIN records ON records.id = record_keys.record
                    WHERE record_keys.register = ? AND record_keys.key = ? AND record_keys.value = ?
                    ORDER BY records.id LIMIT ?
                    """,
                arguments: [register, key, value, limit]
            ).map(Self.record)
        }
    }

    func publicRecords(in register: String, limit: Int = 200) async throws -> [StoredRecord] {
        try await queue.read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM records WHERE register = ? AND public ORDER BY id LIMIT ?",
                arguments: [register, limit]
            ).map(Self.record)
        }
    }

    /// Every record of a register, for the command line.
    func allRecords(in register: String) async throws -> [StoredRecord] {
        try await queue.read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM records WHERE register = ? ORDER BY id", arguments: [register]
            ).map(Self.record)
        }
    }

    private static func record(_ row: Row) throws -> StoredRecord {
        StoredRecord(
            number: row["number"], name: row["name"], isPublic: row["public"],
            facts: try JSONDecoder().decode([String: Answer].self, from: row["facts"] as Data))
    }
}
