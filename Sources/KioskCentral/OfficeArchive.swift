/// What the command line reads beside a running server: the list of cases, and one case as files.

import FoundationEssentials
public import KioskCore

public struct ArchivedCase: Codable, Hashable, Sendable {
    /// The case's id, a UUID.
    public var id: String
    public var rev: Int
    public var receiptNumber: String?
    public var terminal: String
    public var matterCode: String?
    /// `announced`, `received`, `accepted`, `returned` or `rejected`.
    public var state: String
    /// Why staff must look at it; nil in order.
    public var flag: String?
    public var receivedAt: Timestamp?
    /// To be finished at a window.
    public var handedOver: Bool
}

/// One record of a register.
public struct ArchivedRecord: Codable, Hashable, Sendable {
    /// Citizen number or credit code; empty for a record about nobody.
    public var number: String
    public var name: String
    /// Anybody may ask for it.
    public var `public`: Bool
    public var facts: [String: Answer]
}

public struct OfficeArchive: Sendable {
    private let data: DataFolder
    private let database: OfficeDatabase

    /// Opens the folder for reading; nothing in it changes.
    public init(_ data: DataFolder) throws {
        try data.requireInitialised()
        self.data = data
        database = try OfficeDatabase(data: data, readonly: true)
    }

    /// Every record of a register, in the order in which they came.
    public func records(register name: String) async throws -> [ArchivedRecord] {
        let register = try RegisterCatalogue.kept(in: data).register(name)
        return try await database.allRecords(in: register.name).map {
            ArchivedRecord(number: $0.number, name: $0.name, public: $0.isPublic, facts: $0.facts)
        }
    }

    /// Every case, oldest first.
    public func cases() async throws -> [ArchivedCase] {
        try await database.allCases().map { row in
            ArchivedCase(
                id: row.reference.caseID, rev: row.reference.rev, receiptNumber: row.receiptNumber,
                terminal: row.reference.terminal.text, matterCode: row.matterCode, state: row.state.rawValue,
                flag: row.flag?.rawValue, receivedAt: row.receivedAt, handedOver: row.isHandedOver)
        }
    }

    /// Writes the newest revision of a case into `folder`, each file as the terminal sealed it; gives their names.
    public func export(caseID: String, to folder: String) async throws -> [String] {
        guard let (row, document) = try await database.caseRow(caseID: caseID), row.state != .announced else {
            throw CentralError(.notFound, "the office has received no such case")
        }
        let packet = try CasePacket(
            row: row, document: document, keys: try OfficeKeys(data: data), blobs: FileBlobStore(reading: data))
        let files = try packet.files(
            checksums: try await database.checksums(ofCase: row.number),
            receipt: try await database.receipt(ofCase: row.number))
        for file in files {
            let path = "\(folder)/\(file.name)"
            let bytes: [UInt8] =
                switch file.content {
                case .bytes(let bytes): bytes
                case .item(let item): try await packet.opener.item(item, limit: item.length)
                }
            try await BlockingWork.run {
                if let slash = path.lastIndex(of: "/") { try DurableFiles.makeFolder(String(path[..<slash])) }
                try DurableFiles.write(bytes, to: path, mode: 0o600)
            }
        }
        return files.map(\.name)
    }
}
