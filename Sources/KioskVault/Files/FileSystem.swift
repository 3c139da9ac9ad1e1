// Files that are whole or absent after a power cut, readable by their owner alone.

internal import FoundationEssentials
internal import Glibc

enum FileSystem {
    /// Creates the folder with mode 0700, or takes an existing one and sets that mode. Parents must exist.
    static func makePrivateFolder(_ path: String) throws(VaultError) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw SystemCall.error("mkdir", path) }
        guard chmod(path, 0o700) == 0 else { throw SystemCall.error("chmod", path) }
    }

    /// Writes a new file that may be lost at a power cut.
    static func write(_ bytes: some ContiguousBytes, to path: String) throws(VaultError) {
        try write(bytes, to: path, synced: false)
    }

    /// Writes a new file and syncs it. The name is durable only once its folder is synced too.
    static func writeSynced(_ bytes: some ContiguousBytes, to path: String) throws(VaultError) {
        try write(bytes, to: path, synced: true)
    }

    private static func write(_ bytes: some ContiguousBytes, to path: String, synced: Bool) throws(VaultError) {
        let file = try Descriptor(opening: path, O_WRONLY | O_CREAT | O_TRUNC)
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(VaultError) in try file.write(buffer, path: path) }
        }
        try result.get()
        if synced { try file.synchronize(path: path) }
    }

    /// Durable and atomic when it returns: temporary file, fsync, rename, fsync of the folder.
    static func writeDurably(_ bytes: some ContiguousBytes, folder: String, name: String) throws(VaultError) {
        let temporary = "\(folder)/\(name).tmp"
        try writeSynced(bytes, to: temporary)
        try move(temporary, to: "\(folder)/\(name)")
        try synchronizeFolder(folder)
    }

    static func move(_ source: String, to target: String) throws(VaultError) {
        guard rename(source, target) == 0 else { throw SystemCall.error("rename", source) }
    }

    static func synchronizeFolder(_ path: String) throws(VaultError) {
        try Descriptor(opening: path, O_RDONLY | O_DIRECTORY).synchronize(path: path)
    }

    static func read(_ path: String, limit: Int) throws(VaultError) -> [UInt8] {
        try Descriptor(opening: path, O_RDONLY).readAll(limit: limit, path: path)
    }

    /// A file that is not there is removed already.
    static func remove(_ path: String) throws(VaultError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw SystemCall.error("unlink", path) }
    }

    /// Removes a folder of plain files.
    static func removeFolder(_ path: String) throws(VaultError) {
        guard exists(path) else { return }
        for name in try names(in: path) {
            try remove("\(path)/\(name)")
        }
        guard rmdir(path) == 0 else { throw SystemCall.error("rmdir", path) }
    }

    static func names(in folder: String) throws(VaultError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            throw VaultError(.fileSystem, "cannot list \(folder)")
        }
    }

    static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    /// Permission bits and owner; nil when there is no such file.
    static func ownership(of path: String) -> (mode: UInt32, owner: UInt32)? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return (status.st_mode & 0o777, status.st_uid)
    }

    /// Bytes an unprivileged process may still write on the file system of `path`.
    static func freeBytes(at path: String) throws(VaultError) -> Int64 {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw SystemCall.error("statvfs", path) }
        let (bytes, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        return overflow ? .max : Int64(clamping: bytes)
    }
}
