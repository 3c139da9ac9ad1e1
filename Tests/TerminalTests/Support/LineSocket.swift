/// A Unix socket of the virtual machine from the host's side: bytes as they come, never blocking past a deadline.

import Foundation
import Glibc

/// Used from one thread at a time.
final class LineSocket {
    private let descriptor: Int32
    private var waiting: [UInt8] = []

    /// Tries until something listens there.
    init(path: String, within seconds: Double = 30) throws {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while true {
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
                throw HallProblem("\(path) is too long for a socket")
            }
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
            let result = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            if result == 0 {
                self.descriptor = descriptor
                return
            }
            close(descriptor)
            guard Date() < deadline else { throw HallProblem("nothing listens on \(path)") }
            // A pause that ends by itself: there is nothing yet to wait for.
            poll(nil, 0, 20)
        }
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let result = bytes.withUnsafeBytes { buffer in
                Glibc.send(
                    descriptor, buffer.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard result > 0 else { throw HallProblem("the virtual terminal has closed a line (errno \(errno))") }
            sent += result
        }
    }

    /// What is there, waiting at most this long for the first byte. Nil: the other end is closed.
    func receive(within milliseconds: Int32) -> [UInt8]? {
        if !waiting.isEmpty {
            defer { waiting = [] }
            return waiting
        }
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&request, 1, milliseconds) > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return count > 0 ? Array(bytes.prefix(count)) : nil
    }

    /// True when there are bytes; throws when the other end is closed and nothing is left.
    func isReadable(within milliseconds: Int32) throws -> Bool {
        guard let bytes = receive(within: milliseconds) else { throw HallProblem("a line has been closed") }
        waiting = bytes
        return !bytes.isEmpty
    }

    func receive(exactly count: Int, within seconds: Double) throws -> [UInt8] {
        let deadline = Date(timeIntervalSinceNow: seconds)
        var bytes: [UInt8] = []
        while bytes.count < count {
            guard Date() < deadline, let more = receive(within: 100) else {
                throw HallProblem("\(count) bytes did not come within \(seconds) s")
            }
            bytes += more
        }
        waiting = Array(bytes.dropFirst(count))
        return Array(bytes.prefix(count))
    }

    func line(within seconds: Double) throws -> String {
        let deadline = Date(timeIntervalSinceNow: seconds)
        var bytes: [UInt8] = []
        while true {
            guard let more = receive(within: 100) else { throw HallProblem("the virtual terminal has ended") }
            bytes += more
            if let end = bytes.firstIndex(of: 0x0A) {
                waiting = Array(bytes[(end + 1)...])
                return String(decoding: bytes[..<end], as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            }
            guard Date() < deadline else { throw HallProblem("no answer within \(seconds) s") }
        }
    }
}
