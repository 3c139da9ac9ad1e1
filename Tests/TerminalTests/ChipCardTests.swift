// A chip card in the CCID reader that QEMU has written, through the guest's own USB stack.

import Foundation
import KioskEmulation
import Testing

extension VirtualTerminalTests {
    /// SELECT of SSSE (7816-4), then READ RECORD 1 of the file EF05's short identifier, whose length is not known yet.
    private static let selectEnvironment = "00a404000f" + "7378312e73682ec9e7bbe1b1a3d5cf"
    private static let readRecord = "00b2012c00"

    private static func probe(_ machine: Machine, _ commands: [String]) throws -> [String] {
        let program = Machine.root + "/deploy/virtual-terminal/guest/ccid-probe"
        return try machine.run(([program] + commands).joined(separator: " ")).split(separator: "\n").map(String.init)
    }

    @Test("a chip card in QEMU's reader answers; taken out between two commands it does not; put in again it does")
    func chipCard() async throws {
        try await Machine.boot(chipCard: true) { machine in
            let cards = EmulatedChipCard.builtIn()
            let zhang = try #require(cards.first { $0.id == "zhang" })
            let slot = try PassthruCard(machine: machine)
            defer { slot.close() }

            // An empty slot: command failed, no card (bStatus 42), the card is mute (bError FE).
            #expect(try Self.probe(machine, []).first?.hasPrefix("failed") == true)

            try slot.insert(zhang)
            let whole = try Self.probe(machine, [Self.selectEnvironment, Self.readRecord])
            print("virtual terminal: \(whole)")
            #expect(whole.count == 3)
            #expect(whole.first?.hasPrefix("atr 3b") == true)
            #expect(whole.dropFirst().allSatisfy { $0.hasPrefix("card ") })
            #expect(slot.exchanges == 2)
            try slot.remove()

            // Out instead of an answer to the second command.
            try slot.insert(zhang, pulledAt: 2)
            let pulled = try machine.attempt(
                Machine.root + "/deploy/virtual-terminal/guest/ccid-probe \(Self.selectEnvironment) \(Self.readRecord)",
                within: 200)
            print("virtual terminal: pulled in mid-command: \(pulled)")
            #expect(slot.exchanges == 4)
            #expect(!pulled.text.split(separator: "\n").dropFirst(2).contains { $0.hasPrefix("card ") })

            try slot.insert(zhang)
            let again = try Self.probe(machine, [Self.selectEnvironment])
            print("virtual terminal: \(again)")
            #expect(again.first?.hasPrefix("atr 3b") == true)
            #expect(again.last.map { $0.hasPrefix("card ") } == true)
            #expect(zhang.verifyAttempts == 0)
        }
    }
}
