// One owner for a file descriptor, and the system calls of this module.

internal import Glibc

/// Closes its descriptor when it goes out of scope.
struct Descriptor: ~Copyable {
    private let raw: Int32

    init(opening path: String, _ flags: Int32, mode: mode_t = 0o600) throws(VaultError) {
        raw = open(path, flags | O_CLOEXEC, mode)
        guard raw >= 0 else { throw SystemCall.error("open", path) }
    }

    deinit {
        close(raw)
    }

    func write(_ bytes: UnsafeRawBufferPointer, path: String) throws(VaultError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = Glibc.write(raw, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if written < 0 {
                if errno == EINTR { continue }
                throw SystemCall.error("write", path)
            }
            rest = rest.dropFirst(written)
        }
    }

    /// At most `limit` bytes; a longer file is an error, not a cut.
    func readAll(limit: Int, path: String) throws(VaultError) -> [UInt8] {
        var status = stat()
        guard fstat(raw, &status) == 0 else { throw SystemCall.error("fstat", path) }
        guard status.st_size <= limit else {
            throw VaultError(.fileSystem, "\(path) has \(status.st_size) bytes, at most \(limit) are expected")
        }
        // One byte more than the size shows a file that grows while it is read.
        var bytes = [UInt8](repeating: 0, count: Int(clamping: status.st_size) + 1)
        var length = 0
        while length < bytes.count {
            let start = length
            let count = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(
                    raw, UnsafeMutableRawBufferPointer(rebasing: buffer[start...]).baseAddress, buffer.count - start)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemCall.error("read", path)
            }
            if count == 0 { break }
            length += count
        }
        guard length < bytes.count else { throw VaultError(.fileSystem, "\(path) changed while it was read") }
        bytes.removeLast(bytes.count - length)
        return bytes
    }

    /// After a failed fsync the kernel may have dropped the pages: nothing about this file may be assumed any more.
    func synchronize(path: String) throws(VaultError) {
        guard fsync(raw) == 0 else {
            throw VaultError(.notDurable, "fsync of \(path) failed: \(SystemCall.message(errno))")
        }
    }

    /// True when this process got the exclusive lock of the open file; it is held until the descriptor closes.
    func lockExclusively() -> Bool {
        flock(raw, LOCK_EX | LOCK_NB) == 0
    }

    func allocate(bytes: Int, path: String) throws(VaultError) {
        let code = posix_fallocate(raw, 0, off_t(bytes))
        guard code == 0 else { throw SystemCall.error("fallocate", path, code: code) }
    }
}

enum SystemCall {
    static func message(_ code: Int32) -> String {
        "\(strerror(code).map { String(cString: $0) } ?? "unknown error") (errno \(code))"
    }

    static func error(_ call: String, _ path: String, code: Int32 = errno) -> VaultError {
        let full = code == ENOSPC || code == EDQUOT
        return VaultError(full ? .diskFull : .fileSystem, "\(call) of \(path) failed: \(message(code))")
    }
}
