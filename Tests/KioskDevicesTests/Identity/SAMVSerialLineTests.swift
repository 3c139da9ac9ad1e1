import Glibc
import Testing

@testable import KioskDevices

/// A pseudo-terminal; the far end of a serial line.
private final class Line: Sendable {
    let path: String
    let farEnd: Descriptor

    init() throws {
        // What posix_openpt, unlockpt and ptsname do on Linux; Swift's Glibc module does not offer them.
        let number = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
        try #require(number >= 0)
        farEnd = Descriptor(number)
        var unlocked: Int32 = 0
        var terminal: Int32 = 0
        try #require(ioctl(number, 0x4004_5431, &unlocked) == 0 && ioctl(number, 0x8004_5430, &terminal) == 0)
        path = "/dev/pts/\(terminal)"
    }

    func write(_ bytes: [UInt8]) {
        #expect(Glibc.write(farEnd.number, bytes, bytes.count) == bytes.count)
    }

    /// `count` bytes that came over the line.
    func read(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            var polled = [pollfd(fd: farEnd.number, events: Int16(POLLIN), revents: 0)]
            var chunk = [UInt8](repeating: 0, count: count - bytes.count)
            guard poll(&polled, 1, 5000) == 1 else { break }
            let got = Glibc.read(farEnd.number, &chunk, chunk.count)
            guard got > 0 else { break }
            bytes += chunk.prefix(got)
        }
        return bytes
    }
}

@Suite("Serial line")
struct SAMVSerialLineTests {
    private static let anything = SAMVMissing(part: .header, count: 7)
    private static let allBytes = (0...255).map { UInt8($0) }

    private static func receive(_ line: SAMVSerialLine, _ count: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count { bytes += try await line.receive(anything, timeoutMilliseconds: 5000) }
        return bytes
    }

    @Test("Every byte passes both ways as it is")
    func raw() async throws {
        let far = try Line()
        let line = try SAMVSerialLine(path: far.path, baud: 115_200)
        try await line.send(Self.allBytes, timeoutMilliseconds: 5000)
        #expect(far.read(256) == Self.allBytes)
        far.write(Self.allBytes)
        #expect(try await Self.receive(line, 256) == Self.allBytes)
        await line.close()
    }

    @Test("The line is 8N1 at the profile's speed, and nobody else's", arguments: [(115_200, B115200), (9600, B9600)])
    func settings(baud: Int, speed: Int32) async throws {
        let far = try Line()
        let line = try SAMVSerialLine(path: far.path, baud: baud)
        var settings = termios()
        try #require(tcgetattr(far.farEnd.number, &settings) == 0)
        #expect(cfgetospeed(&settings) == speed_t(speed))
        #expect(settings.c_cflag & tcflag_t(CSIZE) == tcflag_t(CS8))
        #expect(settings.c_cflag & tcflag_t(PARENB | CSTOPB) == 0)
        #expect(settings.c_lflag & tcflag_t(ECHO | ICANON | ISIG) == 0)
        // Root may open an exclusive line all the same, so ask for the mark itself (TIOCGEXCL).
        let own = open(far.path, O_RDWR | O_NOCTTY | O_CLOEXEC)
        if own >= 0 {
            var isExclusive: Int32 = 0
            #expect(ioctl(own, 0x8004_5440, &isExclusive) == 0 && isExclusive == 1)
            close(own)
        } else {
            #expect(errno == EBUSY)
        }
        await line.close()
    }

    @Test("What cannot be a line says why")
    func refused() async throws {
        #expect { try SAMVSerialLine(path: "/dev/none", baud: 9600) } throws: { ($0 as? USBError)?.code == .noDevice }
        #expect { try SAMVSerialLine(path: "/dev/null", baud: 9600) } throws: {
            ($0 as? USBError)?.code == .unsupported
        }
        let far = try Line()
        #expect { try SAMVSerialLine(path: far.path, baud: 1234) } throws: { ($0 as? USBError)?.code == .unsupported }
    }

    @Test("A hang-up is a lost device, for the read that waits and for every one after it")
    func hangUp() async throws {
        var far: Line? = try Line()
        let line = try SAMVSerialLine(path: try #require(far?.path), baud: 115_200)
        let waiting = Task { try await line.receive(Self.anything, timeoutMilliseconds: 60_000) }
        far = nil
        await #expect { try await waiting.value } throws: { ($0 as? USBError)?.code == .noDevice }
        await #expect {
            try await line.receive(Self.anything, timeoutMilliseconds: 60_000)
        } throws: {
            ($0 as? USBError)?.code == .noDevice
        }
        await #expect { try await line.send([1], timeoutMilliseconds: 60_000) } throws: {
            ($0 as? USBError)?.code == .noDevice
        }
        await #expect { try await line.reset() } throws: { ($0 as? USBError)?.code == .noDevice }
    }

    @Test("Silence ends at the deadline")
    func silence() async throws {
        let far = try Line()
        let line = try SAMVSerialLine(path: far.path, baud: 115_200)
        await #expect { try await line.receive(Self.anything, timeoutMilliseconds: 20) } throws: {
            ($0 as? USBError)?.code == .timedOut
        }
        await line.close()
    }

    @Test("Cancelling and closing end a wait at once")
    func ends() async throws {
        let far = try Line()
        let line = try SAMVSerialLine(path: far.path, baud: 115_200)
        let cancelled = Task { try await line.receive(Self.anything, timeoutMilliseconds: 600_000) }
        cancelled.cancel()
        await #expect { try await cancelled.value } throws: { ($0 as? USBError)?.code == .cancelled }
        // The wake of the cancelled read does not end the next.
        far.write([7])
        #expect(try await line.receive(Self.anything, timeoutMilliseconds: 5000) == [7])
        let closed = Task { try await line.receive(Self.anything, timeoutMilliseconds: 600_000) }
        await line.close()
        await #expect { try await closed.value } throws: { ($0 as? USBError)?.code == .cancelled }
    }

    @Test("What has come before is thrown away")
    func drains() async throws {
        let far = try Line()
        let line = try SAMVSerialLine(path: far.path, baud: 115_200)
        far.write(Self.allBytes)
        try await line.drain(quietMilliseconds: 100, limitMilliseconds: 5000)
        far.write([9])
        #expect(try await line.receive(Self.anything, timeoutMilliseconds: 5000) == [9])
        await line.close()
    }
}
