/// The default record provider: registers in the office's own database.

import KioskCore

/// With a card, the record of that card's number. Without one, the record that a typed key finds, never more than one
/// and never one that only part of the keys fit.
struct RegisterTables: RecordProvider {
    let database: OfficeDatabase

    func facts(
        for query: RecordQuery, use: RegisterCatalogue.Use, register: Register
    ) async throws -> [String: Answer]? {
        let asked = use.keys.compactMap { key in
            text(query.parameters[key.name]).map { (key: key, value: searched($0)) }
        }
        func fits(_ record: StoredRecord) -> Bool {
            asked.allSatisfy { entry in
                let held = entry.key.isNumber ? record.number : text(record.facts[entry.key.name])
                return held.map { searched($0) == entry.value } ?? true
            }
        }
        if use.isAnonymous {
            let isComplete = use.keys.allSatisfy { key in !key.isNumber || asked.contains { $0.key == key } }
            guard isComplete else { return nil }
            for (key, value) in asked {
                let found =
                    key.isNumber
                    ? try await database.records(of: value, in: register.name)
                    : try await database.records(where: key.name, is: value, in: register.name)
                if let record = found.first(where: fits) { return record.facts }
            }
        } else {
            let own = try await database.records(of: query.number, in: register.name)
            if let record = own.first(where: { $0.name == query.name && fits($0) }) { return record.facts }
        }
        return try await database.publicRecords(in: register.name).first(where: fits)?.facts
    }
}
