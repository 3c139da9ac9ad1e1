// The reader behind a real pseudo-terminal, from a process's side.

import Foundation
import Glibc
import KioskEmulation
import Testing

private let preamble: [UInt8] = [0xAA, 0xAA, 0xAA, 0x96, 0x69]
private let find: [UInt8] = [0x00, 0x03, 0x20, 0x01, 0x22]
private let select: [UInt8] = [0x00, 0x03, 0x20, 0x02, 0x21]
private let read: [UInt8] = [0x00, 0x03, 0x30, 0x01, 0x32]
private let status: [UInt8] = [0x00, 0x03, 0x11, 0xFF, 0xED]
private let accepted = preamble + [0x00, 0x04, 0x00, 0x00, 0x90, 0x94]
private let found = preamble + [0x00, 0x08, 0x00, 0x00, 0x9F, 0x00, 0x00, 0x00, 0x00, 0x97]

/// One process's open file of the line.
private final class Line {
    private let descriptor: Int32

    init(_ path: String, speed: Int32? = B115200, stopBits: Int = 1) throws {
        descriptor = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(descriptor >= 0)
        guard let speed else { return }
        var settings = termios()
        try #require(tcgetattr(descriptor, &settings) == 0)
        cfmakeraw(&settings)
        cfsetspeed(&settings, speed_t(speed))
        settings.c_cflag &= ~tcflag_t(CSTOPB)
        if stopBits == 2 { settings.c_cflag |= tcflag_t(CSTOPB) }
        try #require(tcsetattr(descriptor, TCSANOW, &settings) == 0)
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) {
        #expect(write(descriptor, bytes, bytes.count) == bytes.count)
    }

    /// Until `count` bytes are there, or nothing came for five seconds, or the line is dead.
    func receive(_ count: Int) -> [UInt8] {
        var all: [UInt8] = []
        while all.count < count, isReadable(within: 5000) {
            guard let bytes = receiveOnce(atMost: count - all.count) else { break }
            all += bytes
        }
        return all
    }

    func isReadable(within milliseconds: Int32) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&request, 1, milliseconds) > 0
    }

    /// Nil: hung up.
    func receiveOnce(atMost count: Int) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: count)
        let result = Glibc.read(descriptor, &buffer, count)
        return result > 0 ? Array(buffer[..<result]) : nil
    }

    func exchange(_ afterPreamble: [UInt8], count: Int) -> [UInt8] {
        send(preamble + afterPreamble)
        return receive(count)
    }
}

private func path() -> String {
    FileManager.default.temporaryDirectory.appending(path: "reader-\(UUID().uuidString)").path
}

private func plugged(
    _ options: SerialReaderHost.Options = .init(), style: SAMVReader.Style = .fourEndpoint
) throws -> SerialReaderHost {
    let reader = SAMVReader(style: style, times: .none, mustLift: false)
    reader.place(EmulatedCard.builtIn[0])
    let host = SerialReaderHost(reader: reader, path: path(), options: options)
    try host.plug()
    return host
}

@Suite("Card reader on a serial line", .timeLimit(.minutes(1)))
struct SerialReaderHostTests {
    @Test("answers frames that came whole, in single bytes, or two at a time")
    func frames() throws {
        let host = try plugged()
        let line = try Line(host.path)
        #expect(line.exchange(status, count: 11) == accepted)
        for byte in preamble + find { line.send([byte]) }
        #expect(line.receive(15) == found)
        line.send(preamble + select + preamble + status)
        #expect(line.receive(19 + 11).suffix(11) == accepted[...])
        let frame = line.exchange(read, count: 1295)
        #expect(Array(frame.dropFirst(14).prefix(256)) == EmulatedCard.builtIn[0].textRecord)
        #expect(frame.count == 1295)
    }

    @Test("passes over noise, and answers 10, 11 and 21 as on USB")
    func malformed() throws {
        let host = try plugged()
        let line = try Line(host.path)
        func answer(_ code: UInt8) -> [UInt8] { preamble + [0x00, 0x04, 0x00, 0x00, code, 0x04 ^ code] }
        line.send([0x00, 0x55, 0xAA, 0xAA])
        #expect(line.exchange(status, count: 11) == accepted)
        #expect(line.exchange([0x00, 0x03, 0x20, 0x01, 0x21], count: 11) == answer(0x10))
        #expect(line.exchange([0x00, 0x03, 0x20, 0x07, 0x24], count: 11) == answer(0x21))
        #expect(line.exchange([0xFF, 0xFF], count: 11) == answer(0x11))
        #expect(line.exchange([0x00, 0x02, 0x20, 0x20], count: 11) == answer(0x11))
        // LEN promises more than comes: answered when the line has been quiet for a while.
        #expect(line.exchange([0x00, 0x09, 0x20], count: 11) == answer(0x11))
        // A request that ends in its header means nothing.
        line.send(Array(preamble.dropLast()))
        #expect(line.exchange(status, count: 11) == accepted)
    }

    @Test("hangs up when the cable is pulled, and is there again under the same path")
    func replug() throws {
        let host = try plugged()
        let first = try Line(host.path)
        #expect(first.exchange(find, count: 15) == found)
        let device = try FileManager.default.destinationOfSymbolicLink(atPath: host.path)
        host.unplug()
        #expect(!host.isPlugged)
        #expect(first.isReadable(within: 5000))
        #expect(first.receiveOnce(atMost: 1) == nil)
        #expect(!FileManager.default.fileExists(atPath: host.path))
        #expect(open(host.path, O_RDWR | O_NOCTTY) == -1)
        host.unplug()
        try host.plug()
        try host.plug()
        let second = try Line(host.path)
        #expect(second.exchange(select, count: 11) == preamble + [0x00, 0x04, 0x00, 0x00, 0x81, 0x85])
        #expect(second.exchange(find, count: 15) == found)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: host.path).hasPrefix("/dev/pts/"))
        #expect(device.hasPrefix("/dev/pts/"))
        host.unplug()
    }

    @Test("pulls its own cable when the reader's fault says so", arguments: [0, 5, 7, 11, 2000])
    func faultUnplugs(count: Int) throws {
        let host = try plugged()
        let line = try Line(host.path)
        host.reader.inject(.unplugged(after: count), at: .status, times: 1)
        let received = line.exchange(status, count: 100)
        #expect(received == Array(accepted.prefix(count)))
        while host.isPlugged { sched_yield() }
        try host.plug()
        #expect(try Line(host.path).exchange(status, count: 11) == accepted)
    }

    @Test("refuses to replace what is no symbolic link")
    func occupied() throws {
        let file = path()
        try Data("mine".utf8).write(to: URL(filePath: file))
        defer { unlink(file) }
        let host = SerialReaderHost(reader: SAMVReader(), path: file)
        #expect(throws: EmulationError(.file, "\(file) is there and is no symbolic link")) { try host.plug() }
        #expect(!host.isPlugged)
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "mine")
        let nowhere = SerialReaderHost(reader: SAMVReader(), path: "/nonexistent/reader")
        #expect(throws: EmulationError.self) { try nowhere.plug() }
    }

    @Test("neither hears nor is heard at another speed or with two stop bits")
    func speeds() throws {
        let host = try plugged()
        for (speed, stopBits) in [(B9600, 1), (B57600, 1), (B115200, 2)] {
            let line = try Line(host.path, speed: speed, stopBits: stopBits)
            line.send(preamble + status)
            #expect(!line.isReadable(within: 50))
        }
        let line = try Line(host.path)
        #expect(line.exchange(status, count: 11) == accepted)
        // SetCOMBaud 04: 9600.
        #expect(line.exchange([0x00, 0x03, 0x60, 0x04, 0x67], count: 11) == accepted)
        line.send(preamble + status)
        #expect(!line.isReadable(within: 50))
        let slow = try Line(host.path, speed: B9600)
        #expect(slow.exchange(status, count: 11) == accepted)
        let careless = try plugged(.init(checksSettings: false))
        #expect(try Line(careless.path, speed: nil).exchange(status, count: 11) == accepted)
    }

    @Test("takes a bit's time for every bit when it is paced")
    func paced() throws {
        let host = try plugged(.init(isPaced: true))
        let line = try Line(host.path)
        _ = line.exchange(find, count: 15)
        _ = line.exchange(select, count: 19)
        let time = SystemMonotonicTime()
        let start = time.now()
        #expect(line.exchange(read, count: 1295).count == 1295)
        // 10 bytes there and 1295 back at 115200 baud.
        #expect(time.now() - start >= .microseconds(113_200))
    }

    @Test("trickles bytes that a waiting process sees one by one")
    func trickle() throws {
        let host = try plugged()
        let line = try Line(host.path)
        host.reader.inject(.oneBytePackets, at: .status)
        var mostPieces = 0
        // A process that does not run for a while finds the pieces joined: then once more.
        for _ in 0..<100 where mostPieces < 2 {
            line.send(preamble + status)
            var pieces = 0
            var bytes: [UInt8] = []
            while bytes.count < accepted.count, line.isReadable(within: 5000), let piece = line.receiveOnce(atMost: 64)
            {
                pieces += 1
                bytes += piece
            }
            #expect(bytes == accepted)
            mostPieces = max(mostPieces, pieces)
        }
        #expect(mostPieces > 1)
    }

    @Test("keeps running when nobody reads and when much is sent to it")
    func flooded() throws {
        let host = try plugged()
        let line = try Line(host.path)
        host.reader.inject(.endless([0xAA]), at: .find, times: 1)
        line.send(preamble + find)
        #expect(line.isReadable(within: 5000))
        for _ in 0..<100 { line.send([UInt8](repeating: 0xAA, count: 1000)) }
        host.reader.clearFaults()
        host.unplug()
        try host.plug()
        #expect(try Line(host.path).exchange(status, count: 11) == accepted)
    }

    @Test("serves a reader of any style", arguments: SAMVReader.Style.allCases)
    func styles(style: SAMVReader.Style) throws {
        let host = try plugged(style: style)
        let line = try Line(host.path)
        #expect(line.exchange(find, count: 15) == found)
        #expect(line.exchange(select, count: 19).count == 19)
        #expect(line.exchange(read, count: 1295).count == 1295)
    }
}
