/// The folder of a central office: where each file is, and who may write it.
///
/// The database is written by one process at a time (`lock`). What the command line changes while the server runs
/// (terminals, users) is one small file each, replaced whole.

import FoundationEssentials

public struct DataFolder: Sendable {
    public let root: String

    public init(_ root: String) {
        self.root = root.count > 1 && root.hasSuffix("/") ? String(root.dropLast()) : root
    }

    /// Whether the private half of the recovery key still lies beside the office's own.
    public var holdsRecoveryKey: Bool { DurableFiles.exists(key("recovery.key")) }

    func path(_ name: String) -> String { "\(root)/\(name)" }
    func key(_ name: String) -> String { path("keys/\(name)") }

    /// Refuses when `init` has not been run here.
    func requireInitialised() throws(CentralError) {
        guard DurableFiles.exists(key("receipt.key")) else {
            throw CentralError(.folder, "\(root) is not a central office; run `kiosk-central init --data \(root)`")
        }
    }

    func lock() throws(CentralError) -> FolderLock {
        try FolderLock(path: path("lock"))
    }

    /// Runs `work` as the one process that may write the database.
    func whileLocked<Value>(_ work: () throws -> Value) throws -> Value {
        let held = try lock()
        defer { withExtendedLifetime(held) {} }
        return try work()
    }
}

/// Held while a process may write the database.
public struct FolderLock: ~Copyable, Sendable {
    private let file: OpenFile

    init(path: String) throws(CentralError) {
        file = try OpenFile.locked(path)
    }
}
