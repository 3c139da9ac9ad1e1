/// The chip card in QEMU's CCID reader, from the host's side: the protocol of virtual smart cards on its socket
/// (libcacard, vscard_common.h), which `ccid-card-passthru` speaks.

import Foundation

@testable import KioskEmulation

/// Answers in a thread of its own from `init` until `close`. Safe from any thread.
final class PassthruCard: @unchecked Sendable {
    private enum Message {
        static let initialize: UInt32 = 1
        static let error: UInt32 = 2
        static let readerAdd: UInt32 = 3
        static let answerToReset: UInt32 = 5
        static let cardRemove: UInt32 = 6
        static let apdu: UInt32 = 7
    }

    /// QEMU takes no longer answer.
    private static let longestMessage = 1 << 16

    private let lock = NSLock()
    private let line: LineSocket
    private var card: EmulatedChipCard?
    private var isOpen = true
    private var exchanged = 0
    /// Pulled out instead of answering the exchange of this number.
    private var pulledAt: Int?
    private var pulledWhen: Date?

    /// With no card in the reader.
    init(machine: Machine) throws {
        line = try LineSocket(path: machine.folder + "/card.sock")
        try send(Message.initialize, Array("VSCD".utf8) + [0, 0, 0, 2, 0, 0, 0, 0])
        try send(Message.readerAdd, Array("passthru".utf8) + [0])
        Thread { [self] in
            while lock.withLock({ isOpen }), (try? serve()) != nil {}
        }.start()
    }

    func close() {
        lock.withLock { isOpen = false }
    }

    /// How many commands have come, over all insertions.
    var exchanges: Int { lock.withLock { exchanged } }

    /// When the card was last taken out instead of answering.
    var pulled: Date? { lock.withLock { pulledWhen } }

    /// `pulledAt`: it is taken out instead of answering its exchange of this number, from 1.
    func insert(_ card: EmulatedChipCard, pulledAt: Int? = nil) throws {
        guard let answer = card.powerOn() else { throw HallProblem("a mute card") }
        lock.withLock {
            self.card = card
            self.pulledAt = pulledAt.map { $0 + exchanged }
        }
        try send(Message.answerToReset, answer)
    }

    func remove() throws {
        lock.withLock { card = nil }
        try send(Message.cardRemove, [])
    }

    private func send(_ kind: UInt32, _ payload: [UInt8]) throws {
        let header = [kind, 0, UInt32(payload.count)].flatMap { word in
            withUnsafeBytes(of: word.bigEndian) { [UInt8]($0) }
        }
        try lock.withLock { try line.send(header + payload) }
    }

    /// One message, if one comes soon.
    private func serve() throws {
        // LineSocket keeps what it has read: only this thread reads.
        guard try line.isReadable(within: 100) else { return }
        let header = try line.receive(exactly: 12, within: 30)
        let words = (0..<3).map { index in header[index * 4..<index * 4 + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        guard words[2] <= Self.longestMessage else { throw HallProblem("a message of \(words[2]) bytes") }
        let payload = try line.receive(exactly: Int(words[2]), within: 30)
        guard words[0] == Message.apdu else { return }
        let (card, isPulled) = lock.withLock {
            exchanged += 1
            return (self.card, pulledAt == exchanged)
        }
        if isPulled {
            lock.withLock { pulledWhen = Date() }
            return try remove()
        }
        guard let card else { return }
        // Four bytes are a command without length byte (ISO 7816-3, case 1), which T=0 sends with a zero.
        try send(Message.apdu, card.exchangeT0(payload.count == 4 ? payload + [0] : payload) ?? [0x67, 0x00])
    }
}
