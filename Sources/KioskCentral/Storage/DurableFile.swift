/// Files that survive power loss: the one place that opens, writes and syncs descriptors.

import FoundationEssentials
import Glibc
import NIOPosix

/// Work that blocks (disk, password hashing) runs on NIO's pool of threads, never on the cooperative pool.
enum BlockingWork {
    static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await NIOThreadPool.singleton.runIfActive(work)
    }
}

/// One open descriptor; closed when it goes.
struct OpenFile: ~Copyable {
    private let descriptor: Int32
    private let path: String

    private init(path: String, flags: Int32, mode: mode_t) throws(CentralError) {
        let opened = open(path, flags | O_CLOEXEC, mode)
        guard opened >= 0 else { throw CentralError(.folder, "cannot open \(path): \(errorText())") }
        descriptor = opened
        self.path = path
    }

    static func creating(_ path: String, mode: mode_t) throws(CentralError) -> OpenFile {
        try OpenFile(path: path, flags: O_WRONLY | O_CREAT | O_EXCL, mode: mode)
    }

    static func reading(_ path: String) throws(CentralError) -> OpenFile {
        try OpenFile(path: path, flags: O_RDONLY, mode: 0)
    }

    static func folder(_ path: String) throws(CentralError) -> OpenFile {
        try OpenFile(path: path, flags: O_RDONLY | O_DIRECTORY, mode: 0)
    }

    /// Opens or creates a file and takes its lock, or says that another process has it. Held until this goes.
    static func locked(_ path: String) throws(CentralError) -> OpenFile {
        let file = try OpenFile(path: path, flags: O_RDWR | O_CREAT, mode: 0o600)
        guard flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw CentralError(.occupied, "another process uses this data folder; stop it first")
        }
        return file
    }

    deinit { close(descriptor) }

    borrowing func write(_ bytes: UnsafeRawBufferPointer) throws(CentralError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest)
            let written = Glibc.write(descriptor, part.baseAddress, part.count)
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { throw CentralError(.folder, "cannot write \(path): \(errorText())") }
            rest = rest.dropFirst(written)
        }
    }

    borrowing func sync() throws(CentralError) {
        guard fsync(descriptor) == 0 else { throw CentralError(.folder, "cannot sync \(path): \(errorText())") }
    }

    /// The whole file; refused when it is longer than `limit` bytes.
    borrowing func readAll(limit: Int) throws(CentralError) -> [UInt8] {
        let size = lseek(descriptor, 0, SEEK_END)
        guard size >= 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw CentralError(.folder, "cannot read \(path): \(errorText())")
        }
        guard size <= limit else { throw CentralError(.folder, "\(path) is longer than \(limit) bytes") }
        var bytes = [UInt8](repeating: 0, count: size)
        var filled = 0
        while filled < bytes.count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                read(descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
            }
            if got < 0 && errno == EINTR { continue }
            guard got > 0 else { throw CentralError(.folder, "cannot read \(path): \(errorText())") }
            filled += got
        }
        return bytes
    }
}

enum DurableFiles {
    /// Writes a whole file: temporary name, fsync, rename, fsync of the folder. All or nothing after power loss.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws(CentralError) {
        let temporary = path + ".tmp"
        unlink(temporary)
        let file = try OpenFile.creating(temporary, mode: mode)
        var failure: CentralError?
        bytes.withUnsafeBytes { buffer in
            do throws(CentralError) { try file.write(buffer) } catch { failure = error }
        }
        if let failure { throw failure }
        try file.sync()
        try move(temporary, to: path)
    }

    /// Renames and syncs the folder that holds the new name.
    static func move(_ source: String, to path: String) throws(CentralError) {
        guard rename(source, path) == 0 else {
            throw CentralError(.folder, "cannot rename to \(path): \(errorText())")
        }
        try syncFolder(parent(of: path))
    }

    /// Makes `path` and what is missing above it, each name synced in its parent.
    static func makeFolder(_ path: String, mode: mode_t = 0o700) throws(CentralError) {
        if mkdir(path, mode) == 0 { return try syncFolder(parent(of: path)) }
        if errno == EEXIST { return }
        guard errno == ENOENT, parent(of: path) != path else {
            throw CentralError(.folder, "cannot make \(path): \(errorText())")
        }
        try makeFolder(parent(of: path), mode: mode)
        try makeFolder(path, mode: mode)
    }

    static func syncFolder(_ path: String) throws(CentralError) {
        try OpenFile.folder(path).sync()
    }

    static func read(_ path: String, limit: Int) throws(CentralError) -> [UInt8] {
        try OpenFile.reading(path).readAll(limit: limit)
    }

    static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    /// The names in a folder; none when it does not exist.
    static func names(in path: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    }

    static func remove(_ path: String) {
        unlink(path)
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

private func errorText() -> String {
    String(cString: strerror(errno))
}
