// A chip-card reader written out message by message from CCID 1.1, for tests that need each byte in their hand.

import KioskEmulation
import Synchronization

/// What lies in the slot: an answer to reset, and an answer to whatever block comes.
struct ScriptedCard: Sendable {
    var answerToReset: [UInt8]
    var answer: @Sendable ([UInt8]) -> [UInt8]

    /// T=0 without interface bytes that change anything.
    static let plainReset: [UInt8] = [0x3B, 0x02, 0x14, 0x50]
}

/// One command as the reader received it.
struct ReceivedMessage: Sendable {
    var bytes: [UInt8]
    /// From 0, over the life of the reader.
    var index: Int

    var type: UInt8 { bytes[0] }
    var sequence: UInt8 { bytes[6] }
    var data: [UInt8] { Array(bytes.dropFirst(10)) }

    /// An answer with the command's own sequence number.
    func answer(
        _ type: UInt8, status: UInt8 = 0, error: UInt8 = 0, parameter: UInt8 = 0, data: [UInt8] = [],
        sequence: UInt8? = nil
    ) -> [UInt8] {
        let length = [UInt8(data.count & 0xFF), UInt8(data.count >> 8 & 0xFF), 0, 0]
        return [type] + length + [0, sequence ?? self.sequence, status, error, parameter] + data
    }
}

final class ScriptedChipReader: EmulatedUSBDevice {
    /// Answers to a message instead of the usual ones; nil for the usual ones.
    typealias Script = @Sendable (ReceivedMessage) -> [EmulatedTransfer]?

    private struct State {
        var card: ScriptedCard?
        var isPowered = false
        var queue: [EmulatedTransfer] = []
        var notifications: [[UInt8]] = []
        var received: [ReceivedMessage] = []
        var controls: [[UInt8]] = []
        var resets = 0
        var script: Script?
    }

    private let features: UInt32
    private let protocols: UInt8
    private let voltages: UInt8
    private let messageLength: UInt16
    private let hasInterrupt: Bool
    private let state = Mutex(State())

    /// Automatic everything at TPDU level, T=0: what QEMU's reader says of itself.
    static let automaticTPDU: UInt32 = 0x000104FE

    init(
        features: UInt32 = ScriptedChipReader.automaticTPDU, protocols: UInt8 = 1, voltages: UInt8 = 7,
        messageLength: UInt16 = 271, hasInterrupt: Bool = true
    ) {
        self.features = features
        self.protocols = protocols
        self.voltages = voltages
        self.messageLength = messageLength
        self.hasInterrupt = hasInterrupt
    }

    var received: [ReceivedMessage] { state.withLock { $0.received } }
    /// Setup bytes of class requests.
    var controls: [[UInt8]] { state.withLock { $0.controls } }
    var resets: Int { state.withLock { $0.resets } }
    var isPowered: Bool { state.withLock { $0.isPowered } }

    var script: Script? {
        get { state.withLock { $0.script } }
        set { state.withLock { $0.script = newValue } }
    }

    func insert(_ card: ScriptedCard) {
        state.withLock { state in
            state.card = card
            state.notifications.append([0x50, 0x03])
        }
    }

    func pull() {
        state.withLock { state in
            state.card = nil
            state.isPowered = false
            state.notifications.append([0x50, 0x02])
        }
    }

    /// Sends something nobody asked for.
    func send(_ bytes: [UInt8]) {
        state.withLock { $0.queue.append(.done(bytes)) }
    }

    static let classDescriptorLength = 54

    var classDescriptor: [UInt8] {
        func bytes(_ number: UInt32) -> [UInt8] { [0, 8, 16, 24].map { UInt8(number >> $0 & 0xFF) } }
        return [54, 0x21, 0x10, 0x01, 0, voltages] + bytes(UInt32(protocols)) + bytes(4000) + bytes(4000) + [0]
            + bytes(10752) + bytes(344_086) + [0] + bytes(254) + bytes(0) + bytes(0) + bytes(features)
            + bytes(UInt32(messageLength)) + [0xFF, 0xFF, 0, 0, 0, 1]
    }

    var deviceDescriptor: [UInt8] {
        [18, 1, 0x10, 0x01, 0, 0, 0, 64, 0x09, 0x12, 0x01, 0x00, 0x00, 0x01, 0, 0, 0, 1]
    }

    var configurationDescriptor: [UInt8] {
        let interrupt: [UInt8] = hasInterrupt ? [7, 5, 0x81, 3, 8, 0, 255] : []
        let interface: [UInt8] = [9, 4, 0, 0, hasInterrupt ? 3 : 2, 0x0B, 0, 0, 0]
        let body =
            interface + classDescriptor + interrupt + [7, 5, 0x82, 2, 64, 0, 0] + [7, 5, 0x03, 2, 64, 0, 0]
        return [9, 2, UInt8(9 + body.count), 0, 1, 1, 0, 0x80, 50] + body
    }

    let strings: [UInt8: String] = [:]

    func control(setup: [UInt8], data: [UInt8]) -> EmulatedTransfer {
        state.withLock { $0.controls.append(setup) }
        // As a reader that knows no class requests.
        return .stall
    }

    func out(endpoint: UInt8, data: [UInt8]) -> EmulatedTransfer {
        guard endpoint == 0x03, data.count >= 10 else { return .stall }
        let message = state.withLock { state in
            let message = ReceivedMessage(bytes: data, index: state.received.count)
            state.received.append(message)
            return message
        }
        let answers = script?(message) ?? [.done(usual(message))]
        state.withLock { $0.queue += answers }
        return .done([])
    }

    /// What a reader with nothing the matter answers.
    func usual(_ message: ReceivedMessage) -> [UInt8] {
        state.withLock { state in
            let card = state.card
            if card == nil { state.isPowered = false }
            switch message.type {
            case 0x62:
                guard let card else { return message.answer(0x80, status: 0x42, error: 0xFE) }
                state.isPowered = true
                return message.answer(0x80, data: card.answerToReset)
            case 0x63:
                state.isPowered = false
                return message.answer(0x81, status: card == nil ? 2 : 1)
            case 0x61: return message.answer(0x82, parameter: message.bytes[7], data: message.data)
            case 0x6F:
                guard let card else { return message.answer(0x80, status: 0x42, error: 0xFE) }
                guard state.isPowered else { return message.answer(0x80, status: 0x41, error: 0xFE) }
                return message.answer(0x80, data: card.answer(message.data))
            default: return message.answer(0x81, status: card == nil ? 2 : state.isPowered ? 0 : 1)
            }
        }
    }

    func input(endpoint: UInt8, maximum: Int) -> EmulatedTransfer {
        state.withLock { state in
            if endpoint == 0x81 {
                return state.notifications.isEmpty ? .notReady : .done(state.notifications.removeFirst())
            }
            guard let next = state.queue.first else { return .notReady }
            guard case .done(let bytes) = next, bytes.count > maximum else {
                state.queue.removeFirst()
                return next
            }
            state.queue[0] = .done(Array(bytes.dropFirst(maximum)))
            return .done(Array(bytes.prefix(maximum)))
        }
    }

    func isochronous(endpoint: UInt8, maximum: Int) -> EmulatedTransfer { .stall }
    func setInterface(_ number: UInt8, alternate: UInt8) {}
    func clearHalt(endpoint: UInt8) {}
    func attached() {}

    func reset() {
        state.withLock { state in
            state.resets += 1
            state.queue = []
            state.isPowered = false
        }
    }
}
