/// The file that a recording is written to: it appears whole or not at all, and takes no other file's place.

import Glibc

/// Why a recording cannot be written.
public enum RecordingFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is something of this name already.
    case exists
    /// In the system's words.
    case failed(String)

    public var description: String {
        switch self {
        case .exists: "it exists; a recording is never overwritten"
        case .failed(let reason): reason
        }
    }
}

/// Holds a file without a name from the start, so that nothing is left when the program is ended before `write`. A
/// file system that knows no such files (FAT) gets the file when it is written. Its calls block.
public struct RecordingFile: ~Copyable, Sendable {
    private let path: String
    private let unnamed: Descriptor?

    /// `exists` when there is something at `path`; `failed` when its folder cannot be written.
    public init(path: String) throws(RecordingFileError) {
        try self.init(path: path, isUnnamed: true)
    }

    /// `isUnnamed` false: as on a file system that has no files without a name.
    init(path: String, isUnnamed: Bool) throws(RecordingFileError) {
        self.path = path
        var status = stat()
        guard lstat(path, &status) != 0 else { throw .exists }
        guard errno == ENOENT else { throw Self.failure() }
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[...$0]) } ?? "."
        if isUnnamed {
            let number = open(folder, Self.temporaryFile | O_RDWR | O_CLOEXEC, 0o600)
            if number >= 0 {
                unnamed = Descriptor(number)
                return
            }
            guard errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL else { throw Self.failure() }
        }
        guard access(folder, W_OK) == 0 else { throw Self.failure() }
        unnamed = nil
    }

    /// open(2) O_TMPFILE, a macro that Swift does not see.
    private static let temporaryFile: Int32 = 0o20000000 | O_DIRECTORY

    /// Writes `bytes` to the disk and gives the file its name, mode 0600. Never overwrites.
    public consuming func write(_ bytes: [UInt8]) throws(RecordingFileError) {
        switch consume unnamed {
        case .some(let file):
            try Self.write(bytes, to: file.number)
            // linkat(2): the way to name such a file without a capability.
            guard linkat(AT_FDCWD, "/proc/self/fd/\(file.number)", AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0 else {
                throw Self.failure()
            }
        case .none:
            let number = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard number >= 0 else { throw Self.failure() }
            let file = Descriptor(number)
            do throws(RecordingFileError) {
                try Self.write(bytes, to: file.number)
            } catch {
                unlink(path)
                throw error
            }
        }
    }

    private static func write(_ bytes: [UInt8], to number: Int32) throws(RecordingFileError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw failure()
            }
        }
        guard fsync(number) == 0 else { throw failure() }
    }

    private static func failure() -> RecordingFileError {
        errno == EEXIST ? .exists : .failed(Errno.last.description)
    }
}
