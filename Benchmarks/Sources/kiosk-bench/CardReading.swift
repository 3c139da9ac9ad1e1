// A card put on the reader until its text is there: the driver over real libusb, in a process that sees emulated devices.

import Foundation
import KioskCore
import KioskDevices
import KioskEmulation
import Synchronization

enum CardReading {
    static let childWord = "read-cards"
    private static let runs = 25

    private struct Times: Codable {
        /// From the reader's "found" to the reading.
        var found: [Double] = []
        /// From the card put down to the reading.
        var placed: [Double] = []
    }

    static func measure() throws -> [Measurement] {
        let socket = NSTemporaryDirectory() + "kiosk-bench-\(ProcessInfo.processInfo.processIdentifier).sock"
        let program = Hall.program("kiosk-emulator")
        let emulator = try Child(program, ["serve", "--socket", socket])
        defer { emulator.terminate() }
        _ = try emulator.firstLine()
        guard let own = Bundle.main.executablePath else { throw HallProblem("this program does not know where it is") }
        let output = try Child.output(
            of: program,
            ["exec", "--socket", socket, "--", own, childWord, socket, Hall.root + "/hardware-profiles"])
        let times = try JSONDecoder().decode(Times.self, from: output)
        let wire = KioskEmulation.SAMVReader.WireTimes()
        return [
            Measurement(
                "reader: card found to text", Samples(times.found),
                against: (wire.select + wire.read) / .milliseconds(1),
                peer: "the emulated reader's own select and read"),
            Measurement(
                "reader: card put down to text", Samples(times.placed),
                against: (wire.find + wire.select + wire.read) / .milliseconds(1),
                peer: "the emulated reader's own find, select and read, without the wait for the next search"),
        ]
    }

    /// Reads cards and prints the times as JSON.
    static func runChild(socket: String, profiles: String) async throws {
        let choice = try HardwareProfile.load(folder: profiles).identityCardReaders
        guard !choice.entries.isEmpty else {
            throw HallProblem("\(profiles) has no profile of an identity-card reader")
        }
        let driver = KioskDevices.SAMVReader(bus: try USBContext(), choice: choice, clock: SystemClock())
        try await driver.check()
        let dock = Dock(try ControlClient(path: socket))
        var times = Times()
        for _ in 0..<runs {
            let found = Mutex<ContinuousClock.Instant?>(nil)
            async let reading = driver.readCard { found.withLock { $0 = .now } }
            // Anywhere between two searches.
            try await Task.sleep(for: .milliseconds(Int.random(in: 100..<450)))
            let start = ContinuousClock.now
            try await dock.send(["card", "put", "zhang"])
            _ = try await reading
            times.placed.append(milliseconds(since: start))
            guard let found = found.withLock({ $0 }) else { throw HallProblem("no card was announced") }
            times.found.append(milliseconds(since: found))
            try await dock.send(["card", "lift"])
        }
        await driver.close()
        print(String(decoding: try JSONEncoder().encode(times), as: UTF8.self))
    }
}

/// The emulator's control line, off the cooperative pool.
private final class Dock: Sendable {
    private let client: Mutex<ControlClient>

    init(_ client: sending ControlClient) {
        self.client = Mutex(client)
    }

    func send(_ words: [String]) async throws {
        try await onThread {
            let answer = try self.client.withLock { try $0.send(words) }
            guard answer.ok else { throw HallProblem("the emulator refused \(words): \(answer.error ?? "")") }
        }
    }
}
