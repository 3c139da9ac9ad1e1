/// Unix stream sockets with blocking threads: for the control socket and for the devices' ioctl sockets.

import Foundation
import Glibc
import Synchronization

/// The one owner of a file descriptor; closes it.
struct FileDescriptor: ~Copyable, Sendable {
    let rawValue: Int32

    deinit { close(rawValue) }
}

/// One end of a connected stream. One thread reads; `hangUp` may come from any.
final class UnixConnection: Sendable {
    private let descriptor: FileDescriptor

    init(_ descriptor: consuming FileDescriptor) {
        self.descriptor = descriptor
    }

    static func connect(to path: String) throws(EmulationError) -> UnixConnection {
        let descriptor = try UnixAddress.socket()
        let result = try UnixAddress.with(path: path) { address, length in
            Glibc.connect(descriptor.rawValue, address, length)
        }
        guard result == 0 else { throw EmulationError(.socket, "nothing listens on \(path) (errno \(errno))") }
        return UnixConnection(descriptor)
    }

    /// One end of a connected pair, once `giveAway` has made a copy of the other end's descriptor its own.
    static func pair<Result>(
        giveAway: (Int32) throws(EmulationError) -> Result
    ) throws(EmulationError) -> (UnixConnection, Result) {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw EmulationError(.socket, "no pair of Unix sockets (errno \(errno))")
        }
        let connection = UnixConnection(FileDescriptor(rawValue: ends[0]))
        let other = FileDescriptor(rawValue: ends[1])
        return (connection, try giveAway(other.rawValue))
    }

    /// Waits for bytes; nil when the other end is gone.
    func receive(atMost maximum: Int) -> [UInt8]? {
        let bytes = [UInt8](unsafeUninitializedCapacity: maximum) { buffer, count in
            var result: Int
            repeat {
                result = recv(descriptor.rawValue, buffer.baseAddress, maximum, 0)
            } while result < 0 && errno == EINTR
            count = Swift.max(0, result)
        }
        return bytes.isEmpty ? nil : bytes
    }

    /// Waits for exactly `count` bytes; nil when the other end is gone before.
    func receive(exactly count: Int) -> [UInt8]? {
        guard count > 0 else { return [] }
        var filled = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            while filled < count, let start = buffer.baseAddress {
                let result = recv(descriptor.rawValue, start + filled, count - filled, Int32(MSG_WAITALL))
                if result < 0 && errno == EINTR { continue }
                guard result > 0 else { break }
                filled += result
            }
            initialized = filled
        }
        return filled == count ? bytes : nil
    }

    /// False when the other end is gone.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let result = bytes.withUnsafeBytes { buffer in
                Glibc.send(
                    descriptor.rawValue, buffer.baseAddress.map { $0 + sent }, bytes.count - sent,
                    Int32(MSG_NOSIGNAL))
            }
            if result < 0 && errno == EINTR { continue }
            guard result > 0 else { return false }
            sent += result
        }
        return true
    }

    /// Waits at most `timeout`, in steps of a millisecond; true as soon as the other end is gone.
    func isGone(within timeout: Duration) -> Bool {
        // A hang-up is reported whatever is asked for.
        var request = pollfd(fd: descriptor.rawValue, events: 0, revents: 0)
        let milliseconds = (timeout / .milliseconds(1)).rounded(.up)
        return poll(&request, 1, Int32(Swift.min(Swift.max(0, milliseconds), 60_000))) > 0
    }

    /// Waits at most `timeout`, in steps of a millisecond; true when there are bytes, or the other end is gone.
    func hasInput(within timeout: Duration) -> Bool {
        var request = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
        let milliseconds = (timeout / .milliseconds(1)).rounded(.up)
        return poll(&request, 1, Int32(Swift.min(Swift.max(0, milliseconds), 60_000))) > 0
    }

    /// Wakes the reading thread with an end of stream.
    func hangUp() {
        shutdown(descriptor.rawValue, Int32(SHUT_RDWR))
    }
}

/// Listens on a path and gives each connection a thread of its own.
final class UnixListener: Sendable {
    let path: String
    private let descriptor: FileDescriptor
    private let connections = Mutex<[ObjectIdentifier: UnixConnection]?>([:])

    /// Takes the place of a socket file that lies there; mode 0600.
    init(path: String, handler: @escaping @Sendable (UnixConnection) -> Void) throws(EmulationError) {
        self.path = path
        descriptor = try UnixAddress.socket()
        unlink(path)
        let bound = try UnixAddress.with(path: path) { [descriptor = descriptor.rawValue] address, length in
            bind(descriptor, address, length)
        }
        guard bound == 0, chmod(path, 0o600) == 0, listen(descriptor.rawValue, 16) == 0 else {
            throw EmulationError(.socket, "cannot listen on \(path) (errno \(errno))")
        }
        Thread.detachNewThread { [self] in
            while let connection = accept() {
                Thread.detachNewThread { [self] in
                    handler(connection)
                    connections.withLock { _ = $0?.removeValue(forKey: ObjectIdentifier(connection)) }
                }
            }
        }
    }

    /// No connection is accepted any more and the file is gone; those that stand go on.
    func stopAccepting() {
        unlink(path)
        shutdown(descriptor.rawValue, Int32(SHUT_RDWR))
    }

    /// Also hangs up on those that stand.
    func close() {
        stopAccepting()
        let open = connections.withLock { connections in
            defer { connections = nil }
            return connections ?? [:]
        }
        for connection in open.values { connection.hangUp() }
    }

    private func accept() -> UnixConnection? {
        while true {
            let accepted = Glibc.accept(descriptor.rawValue, nil, nil)
            if accepted < 0, errno == EINTR || errno == ECONNABORTED { continue }
            guard accepted >= 0 else { return nil }
            _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
            let connection = UnixConnection(FileDescriptor(rawValue: accepted))
            let isOpen = connections.withLock { connections in
                connections?[ObjectIdentifier(connection)] = connection
                return connections != nil
            }
            return isOpen ? connection : nil
        }
    }
}

private enum UnixAddress {
    static func socket() throws(EmulationError) -> FileDescriptor {
        let raw = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard raw >= 0 else { throw EmulationError(.socket, "no Unix socket (errno \(errno))") }
        return FileDescriptor(rawValue: raw)
    }

    static func with<Result>(
        path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) throws(EmulationError) -> Result {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count < room else {
            throw EmulationError(.socket, "the path is longer than \(room - 1) bytes: \(path)")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
