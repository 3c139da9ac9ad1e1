// The files of an invented person's social-security card, and a card that answers APDUs from them.

import Synchronization

/// Answers APDUs and T=0 TPDUs as ISO/IEC 7816-4 has it.
final class ScriptedFiles: Sendable {
    /// Where a card differs.
    struct Habits: Sendable {
        var knowsEnvironment = true
        var readsByIdentifier = true
        var readsByNumber = true
        /// P1 of a SELECT by file identifier that the card takes.
        var searches: Set<UInt8> = [0x00, 0x02]
        /// What SELECT answers goes by GET RESPONSE, and a wrong Le is refused by 6Cxx.
        var isT0 = true
        /// Answer bytes a single GET RESPONSE may carry.
        var chunk = 256
    }

    private struct State {
        var selected: UInt16?
        var pending: [UInt8] = []
        var instructions: [UInt8] = []
    }

    private let files: [UInt16: [[UInt8]]]
    private let habits: Habits
    private let state = Mutex(State())

    init(_ files: [UInt16: [[UInt8]]] = ScriptedFiles.zhang, _ habits: Habits = Habits()) {
        self.files = files
        self.habits = habits
    }

    /// Every INS that a command carried.
    var instructions: [UInt8] { state.withLock { $0.instructions } }

    /// 张伟民
    static let name: [UInt8] = [0xD5, 0xC5, 0xCE, 0xB0, 0xC3, 0xF1]
    static let number = Array("230199199001010018".utf8)

    static let zhang: [UInt16: [[UInt8]]] = [
        0xEF05: [
            record(0x01, [0x23, 0x01, 0x99] + [UInt8](repeating: 0x11, count: 13)), record(0x02, [0x31]),
            record(0x03, Array("3.00".utf8)), record(0x04, [0x91, 0x56, 0x00] + [UInt8](repeating: 0, count: 9)),
            record(0x05, [0x20, 0x24, 0x01, 0x15]), record(0x06, [0x20, 0x34, 0x01, 0x15]),
            record(0x07, Array("A12345678".utf8)),
        ],
        0xEF06: [
            record(0x08, number), record(0x09, name + [UInt8](repeating: 0, count: 24)), record(0x0A, [0x31]),
            record(0x0B, [0x01]), record(0x0C, [0x23, 0x01, 0x99]), record(0x0D, [0x19, 0x90, 0x01, 0x01]),
        ],
    ]

    /// The card's text record: EF05 then EF06.
    static let zhangText = (zhang[0xEF05] ?? []).flatMap { $0 } + (zhang[0xEF06] ?? []).flatMap { $0 }

    static func record(_ tag: UInt8, _ value: [UInt8]) -> [UInt8] { [tag, UInt8(value.count)] + value }

    var card: ScriptedCard {
        ScriptedCard(answerToReset: ScriptedCard.plainReset) { [self] in answer($0) }
    }

    func answer(_ command: [UInt8]) -> [UInt8] {
        state.withLock { state in
            guard command.count >= 4 else { return [0x67, 0x00] }
            state.instructions.append(command[1])
            switch command[1] {
            case 0xA4: return select(command, &state)
            case 0xB2: return readRecord(command, &state)
            case 0xC0: return getResponse(Int(command.last ?? 0), &state)
            default: return [0x6D, 0x00]
            }
        }
    }

    private func select(_ command: [UInt8], _ state: inout State) -> [UInt8] {
        let data = Array(command.dropFirst(5).prefix(Int(command[4])))
        if command[2] == 0x04 {
            guard habits.knowsEnvironment, data.starts(with: [0x73, 0x78, 0x31]) else { return [0x6A, 0x82] }
            return give([0x6F, 0x02, 0x84, 0x00], &state)
        }
        guard habits.searches.contains(command[2]), data.count == 2 else { return [0x6A, 0x86] }
        let identifier = UInt16(data[0]) << 8 | UInt16(data[1])
        guard files[identifier] != nil else { return [0x6A, 0x82] }
        state.selected = identifier
        return [0x90, 0x00]
    }

    private func readRecord(_ command: [UInt8], _ state: inout State) -> [UInt8] {
        guard let records = state.selected.flatMap({ files[$0] }) else { return [0x69, 0x86] }
        let record: [UInt8]?
        switch command[3] {
        case 0x00:
            guard habits.readsByIdentifier else { return [0x6A, 0x81] }
            record = records.first { $0[0] == command[2] }
        case 0x04:
            guard habits.readsByNumber else { return [0x6A, 0x86] }
            record = records.indices.contains(Int(command[2]) - 1) ? records[Int(command[2]) - 1] : nil
        default: return [0x6A, 0x86]
        }
        guard let record else { return [0x6A, 0x83] }
        let expected = command.last ?? 0
        if habits.isT0, Int(expected) != record.count { return [0x6C, UInt8(record.count)] }
        return record + [0x90, 0x00]
    }

    private func give(_ bytes: [UInt8], _ state: inout State) -> [UInt8] {
        guard habits.isT0 else { return bytes + [0x90, 0x00] }
        state.pending = bytes
        return [0x61, UInt8(min(bytes.count, habits.chunk))]
    }

    private func getResponse(_ length: Int, _ state: inout State) -> [UInt8] {
        let part = Array(state.pending.prefix(length))
        state.pending.removeFirst(part.count)
        let rest = min(state.pending.count, habits.chunk)
        return part + (rest == 0 ? [0x90, 0x00] : [0x61, UInt8(rest)])
    }
}
