// A citizen's whole case with a social-security card, in the CCID reader that QEMU has written, through the guest's own
// USB stack and our driver.

import Foundation
import KioskEmulation
import Testing

extension VirtualTerminalTests {
    @Test("a citizen's whole case with the social-security card, which is first pulled out while it is read")
    func chipCard() async throws {
        try await Machine.boot(chipCard: true) { machine in
            let zhang = try #require(EmulatedChipCard.builtIn().first { $0.id == "zhang" })
            let slot = try PassthruCard(machine: machine)
            defer { slot.close() }
            let hall = try Hall(on: machine, matters: ["HRS-016"])
            let screen = try hall.startTerminal()
            try screen.wait(for: "您好，请选您要办的事", within: 30)
            try screen.choose("HRS-016")
            try screen.press("n", then: "或把社保卡插进卡槽")

            // QEMU's reader never answers a command that its card was taken from.
            try slot.insert(zhang, pulledAt: 3)
            try screen.wait(for: "得太早")
            let pulled = try #require(slot.pulled)
            print(String(format: "virtual terminal: the page told of it %.1f s later", -pulled.timeIntervalSinceNow))
            #expect(slot.exchanges == 3)
            #expect(!screen.text.contains("张伟民"))
            try slot.insert(zhang)
            try screen.press("r", then: "这件事，您是为谁办")
            try slot.remove()
            #expect(zhang.verifyAttempts == 0)

            try screen.press("1", then: "险种")
            screen.press("1")
            try screen.press("n", then: "从哪个月")
            try screen.press("2026-01" + Key.enter + "2026-10" + Key.enter, then: "份数")
            screen.press("51" + Key.enter)
            try screen.press(Key.next, then: "请核对，再打印")
            screen.press("p")
            try eventually("the case reaches the office", within: 12 * Machine.scale) {
                try !hall.receivedCases().isEmpty
            }
            let received = try #require(try hall.receivedCases().first)
            #expect(received.matterCode == "HRS-016")
            let files = try hall.export(received.id)
            let caseText = String(decoding: try #require(files["case.json"]), as: UTF8.self)
            for fact in ["张伟民", Citizen.zhang, "socialSecurityCard"] { #expect(caseText.contains(fact)) }
        }
    }

    @Test("pcscd with libccid reads the same records from QEMU's reader and from the emulated one as the cards hold")
    func peer() async throws {
        try await Machine.boot(chipCard: true) { machine in
            let slot = try PassthruCard(machine: machine)
            defer { slot.close() }
            try slot.insert(try #require(EmulatedChipCard.builtIn().first { $0.id == "zhang" }))
            try Self.startEmulator(machine, "--chip-reader")
            let emulator = machine.program("kiosk-emulator")
            try machine.run("\(emulator) send --socket /run/emulator.sock chip put wang && udevadm settle")
            let guest = Machine.root + "/deploy/virtual-terminal/guest"
            try machine.run("\(guest)/pcscd &")
            let lines = try machine.run("\(guest)/pcsc-read 2")
            // libccid calls QEMU's reader by the name of the model whose ids it has.
            let found = lines.split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
            #expect(found.first { !$0[0].hasPrefix("Demo") }?.last == Self.records(of: .zhang))
            #expect(found.first { $0[0].hasPrefix("Demo") }?.last == Self.records(of: .wang))
        }
    }

    /// EF05 and EF06 in hexadecimal, a record after another.
    private static func records(of card: SocialSecurityCard) -> String {
        [card.issuerFile, card.holderFile].flatMap { file in
            file.sorted { $0.key < $1.key }.map { tag, value in
                ([tag, UInt8(value.count)] + value).map { byte in
                    String(byte >> 4, radix: 16) + String(byte & 0xF, radix: 16)
                }.joined()
            }
        }.joined(separator: " ")
    }
}
