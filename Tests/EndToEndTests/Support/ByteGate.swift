/// A TCP relay between terminal and office that lets through a given number of bytes and then holds the line.

import Foundation
import Glibc

/// Shut connections and held threads end with `close()`. All state is behind `condition`.
final class ByteGate: @unchecked Sendable {
    let port: Int
    private let listener: Int32
    private let condition = NSCondition()
    private var target: Int
    private var budget = Int.max
    private var isHolding = false
    private var isClosed = false
    private var connections: Set<Int32> = []

    init(target: Int) throws {
        self.target = target
        (listener, port) = try Self.listen()
        Thread { [self] in accept() }.start()
    }

    /// From now on `bytes` more go from terminal to office; then the line hangs.
    func hold(after bytes: Int) {
        condition.withLock { budget = bytes }
    }

    func waitUntilHolding(seconds: Double = 60) throws {
        try condition.withLock {
            let deadline = Date(timeIntervalSinceNow: seconds)
            while !isHolding {
                if !condition.wait(until: deadline) { throw HallProblem("the line never filled the gate") }
            }
        }
    }

    /// Cuts what hangs and lets everything through again.
    func release() {
        condition.withLock {
            budget = Int.max
            isHolding = false
            for connection in connections { shutdown(connection, Int32(SHUT_RDWR)) }
            condition.broadcast()
        }
    }

    func close() {
        condition.withLock { isClosed = true }
        shutdown(listener, Int32(SHUT_RDWR))
        Glibc.close(listener)
        release()
    }

    /// A loopback port that was free a moment ago.
    static func freePort() throws -> Int {
        let (socket, port) = try listen()
        Glibc.close(socket)
        return port
    }

    private static func listen() throws -> (Int32, Int) {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var reuse: Int32 = 1
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &reuse, 4)
        var address = loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(socket, generic, length) == 0 && Glibc.listen(socket, 16) == 0
                    && getsockname(socket, generic, &length) == 0
            }
        }
        guard bound else { throw HallProblem("no loopback port") }
        return (socket, Int(UInt16(bigEndian: address.sin_port)))
    }

    private static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private func accept() {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0, !condition.withLock({ isClosed }) else { return }
            let server = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = Self.loopback(port: target)
            let connected = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            guard connected else {
                Glibc.close(server)
                Glibc.close(client)
                continue
            }
            condition.withLock { connections.formUnion([client, server]) }
            let group = DispatchGroup()
            for (from, to, counts) in [(client, server, true), (server, client, false)] {
                group.enter()
                Thread { [self] in
                    pump(from: from, to: to, counts: counts)
                    group.leave()
                }.start()
            }
            Thread { [self] in
                group.wait()
                condition.withLock { connections.subtract([client, server]) }
                Glibc.close(client)
                Glibc.close(server)
            }.start()
        }
    }

    private func pump(from: Int32, to: Int32, counts: Bool) {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = read(from, &buffer, buffer.count)
            guard count > 0, !counts || admit(count) else { break }
            var sent = 0
            while sent < count {
                let written = buffer[sent..<count].withUnsafeBytes {
                    send(to, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard written > 0 else { break }
                sent += written
            }
            if sent < count { break }
        }
        shutdown(from, Int32(SHUT_RDWR))
        shutdown(to, Int32(SHUT_RDWR))
    }

    private func admit(_ count: Int) -> Bool {
        condition.withLock {
            if budget >= count {
                if budget != Int.max { budget -= count }
                return true
            }
            isHolding = true
            condition.broadcast()
            while isHolding { condition.wait() }
            return false
        }
    }
}
