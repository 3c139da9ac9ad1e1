// A chip card in the CCID reader that QEMU has written, through the guest's own USB stack.

import Foundation
import KioskEmulation
import Testing

extension VirtualTerminalTests {
    /// SELECT of SSSE by its name, SELECT of EF05, READ RECORD of tag 01 with a length that the card corrects by 6Cxx.
    private static let selectEnvironment = "00a404000f" + "7378312e73682ec9e7bbe1b1a3d5cf"
    private static let selectIssuer = "00a4020002" + "ef05"
    private static let readRecord = "00b2010001"

    private static func probe(_ machine: Machine, _ commands: [String]) throws -> [String] {
        let program = Machine.root + "/deploy/virtual-terminal/guest/ccid-probe"
        return try machine.run(([program] + commands).joined(separator: " ")).split(separator: "\n").map(String.init)
    }

    @Test("a chip card in QEMU's reader answers; taken out in a command it does not; put in again it does")
    func chipCard() async throws {
        try await Machine.boot(chipCard: true) { machine in
            let cards = EmulatedChipCard.builtIn()
            let zhang = try #require(cards.first { $0.id == "zhang" })
            let slot = try PassthruCard(machine: machine)
            defer { slot.close() }

            // An empty slot: command failed, no card (bStatus 42), the card is mute (bError FE).
            #expect(try Self.probe(machine, []).first?.hasPrefix("failed") == true)

            try slot.insert(zhang)
            let whole = try Self.probe(machine, [Self.selectEnvironment, Self.selectIssuer, Self.readRecord])
            #expect(whole.first?.hasPrefix("atr 3b") == true)
            #expect(whole.dropFirst().prefix(2) == ["card 9000", "card 9000"])
            #expect(whole.last?.hasPrefix("card 6c") == true)
            #expect(slot.exchanges == 3)
            try slot.remove()

            // Out instead of an answer to the second command: QEMU's reader then never answers that one.
            try slot.insert(zhang, pulledAt: 2)
            let pulled = try machine.attempt(
                Machine.root + "/deploy/virtual-terminal/guest/ccid-probe \(Self.selectEnvironment) \(Self.readRecord)",
                within: 200)
            #expect(pulled.code != 0)
            #expect(slot.exchanges == 5)
            #expect(!pulled.text.split(separator: "\n").dropFirst(2).contains { $0.hasPrefix("card ") })

            try slot.insert(zhang)
            let again = try Self.probe(machine, [Self.selectEnvironment])
            #expect(again.first?.hasPrefix("atr 3b") == true)
            #expect(again.last.map { $0.hasPrefix("card ") } == true)
            #expect(zhang.verifyAttempts == 0)
        }
    }
}
