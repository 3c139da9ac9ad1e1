// The terminal on a real kernel: its USB stack and drivers, a screen, and a chip card reader that QEMU has written.

import Foundation
import KioskEmulation
import Testing

@Suite(
    "The virtual terminal", .serialized, .timeLimit(.minutes(10)),
    .enabled(if: Machine.isAvailable, "qemu-system-x86_64 is not installed here; run deploy/bootstrap"))
struct VirtualTerminalTests {
    private struct Device: Decodable {
        var identifiers: String
        var profile: String?
        var driver: String?
        var reason: String?
        var health: String
        var problem: String?
        var samStatus: String?
    }

    /// What `kiosk devices` lists, after asking each device itself.
    private static func probedDevices(_ machine: Machine) throws -> [Device] {
        let profiles = Machine.root + "/hardware-profiles"
        let output = try machine.attempt(
            "\(machine.program("kiosk")) devices --profiles \(profiles) --all --probe --json")
        return try JSONDecoder().decode([Device].self, from: Data(output.text.utf8))
    }

    static func startEmulator(_ machine: Machine, _ option: String = "") throws {
        let emulator = machine.program("kiosk-emulator")
        try machine.run(
            "\(emulator) vhci --socket /run/emulator.sock --fast \(option) >/run/emulator.out 2>/run/emulator.err & "
                + "for try in {1..600}; do [[ $(</run/emulator.out) != *ready* ]] || exit 0; sleep 0.1; done; exit 1")
        try machine.run("udevadm settle")
    }

    @Test(
        "the kernel finds reader, camera and chip card reader, each is matched and answers, the screen shows it")
    func devices() async throws {
        try await Machine.boot(chipCard: true) { machine in
            let slot = try PassthruCard(machine: machine)
            defer { slot.close() }
            try slot.insert(try #require(EmulatedChipCard.builtIn().first))
            try Self.startEmulator(machine)
            let found = try Self.probedDevices(machine)
            let expected = [
                "0400:c35a": ("SAM-V reader, shared id", "sam-v", "endpoints 02 06 81 85, device 0400:c35a"),
                "1209:0002": ("UVC document camera", "uvc", "interface class 0e"),
                "08e6:4433": ("CCID chip-card reader", "ccid", "interface class 0b"),
            ]
            for (identifiers, (profile, driver, reason)) in expected {
                let device = try #require(found.first { $0.identifiers == identifiers })
                #expect(device.profile == profile)
                #expect(device.driver == driver)
                #expect(device.reason == reason)
                #expect(device.health == "ok", "\(device.problem ?? "")")
            }
            #expect(found.compactMap(\.samStatus) == ["90"])
            // Each virtual bus has a root hub of Linux's, which nothing drives.
            let others = found.filter { expected[$0.identifiers] == nil }
            #expect(!others.isEmpty)
            #expect(others.allSatisfy { $0.identifiers.hasPrefix("1d6b:") && $0.profile == nil })
            #expect(try machine.videoDriverIsBound(), "the probe has given the camera back")

            try machine.run(
                "\(machine.program("kiosk")) devices --profiles \(Machine.root)/hardware-profiles >/dev/tty1")
            let picture = try Data(contentsOf: URL(filePath: try machine.photographScreen("devices")))
            #expect(picture.starts(with: [0x89, 0x50, 0x4E, 0x47]))
            // Width and height in the header, after its length and name.
            #expect(Array(picture[16..<24]) == [0, 0, 0x07, 0x80, 0, 0, 0x04, 0x38])
            // A screen with nothing on it is far smaller.
            #expect(picture.count > 10_000)
        }
    }

    @Test(
        "a citizen's whole case: the reader pulled and put back, the camera taken from the kernel's driver and given back"
    )
    func wholeCase() async throws {
        try await Machine.boot { machine in
            let hall = try Hall(on: machine, matters: ["MKT-001"])
            #expect(try machine.videoDriverIsBound())
            let screen = try hall.startTerminal()
            try screen.wait(for: "您好，请选您要办的事", within: 30)
            let citizen = Citizen(hall: hall, screen: screen)
            try citizen.choose("MKT-001")
            try screen.press("n", then: "请把您的身份证放在读卡区")
            try hall.dock("reader unplug")
            try screen.wait(for: "读卡器刚才断开了")
            try hall.dock("card put zhang")
            let plugged = Date()
            try hall.dock("reader plug")
            try hall.waitForReader()
            screen.press("r")
            // Usable again within 3 s of its return.
            try screen.wait("the page after the card", within: 3) { $0.contains("这件事，您是为谁办") }
            print(String(format: "virtual terminal: card read %.1f s after replug", -plugged.timeIntervalSinceNow))
            try hall.dock("card lift")
            try citizen.answerFirstPages()
            try citizen.answerOtherPages()
            #expect(try !hall.videoDriverWasDetached())
            try citizen.photograph()
            #expect(try hall.videoDriverWasDetached(), "libusb took the camera from the kernel's driver")
            let receipt = try citizen.signAndSubmit()
            try eventually("the case reaches the office", within: 12 * Machine.scale) {
                try !hall.receivedCases().isEmpty
            }
            let received = try #require(try hall.receivedCases().first)
            #expect(received.receiptNumber == receipt)
            #expect(received.matterCode == "MKT-001")
            let files = try hall.export(received.id)
            let caseText = String(decoding: try #require(files["case.json"]), as: UTF8.self)
            #expect(caseText.contains(Citizen.zhang))
            #expect(caseText.contains("暖阳小吃店"))
            #expect(try !machine.videoDriverIsBound(), "the terminal keeps the camera while it runs")
            #expect(try hall.endTerminal() == 0)
            #expect(try machine.videoDriverIsBound(), "the kernel's driver has the camera again")
            for paper in ["premises", "lease"] {
                let original = try Data(contentsOf: URL(filePath: "\(Machine.root)/deploy/demo/papers/\(paper).jpg"))
                #expect(files.values.contains(original), "\(paper) did not arrive byte for byte")
            }
        }
    }
}
