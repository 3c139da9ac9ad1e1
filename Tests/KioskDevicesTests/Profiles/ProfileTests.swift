import Foundation
import KioskEmulation
import Testing

@testable import KioskDevices

@Suite("Hardware profiles")
struct ProfileTests {
    private static let text = """
        name: Reader
        kind: id-card-reader
        driver: sam-v
        match:
          devices: ["0400:c35a"]
        parameters:
          find-ms: 700
        provenance:
          certain: [frames]
          assumed: [times]
        """

    @Test("The profiles that are shipped load")
    func shipped() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "hardware-profiles")
        let profiles = try HardwareProfile.load(folder: folder.path())
        #expect(profiles.map(\.kind) == [.identityCardReader, .documentCamera])
        #expect(profiles.allSatisfy { !$0.certain.isEmpty && !$0.assumed.isEmpty })
    }

    @Test("A profile sets its driver")
    func parses() throws {
        let profile = try HardwareProfile(yaml: Self.text, file: "reader.yaml")
        var settings = SAMVSettings()
        settings.timings.find = 700
        #expect(profile.driver == .samv(settings))
        #expect(profile.matcher.devices.map(\.description) == ["0400:c35a"])
        #expect(profile.assumed == ["times"])
    }

    @Test(
        "A mistake is named with its file and line",
        arguments: [
            ("kind: id-card-reader", "kind: id-reader", 2, "unknown kind"),
            ("driver: sam-v", "driver: uvc", 3, "no such driver"),
            ("driver: sam-v", "drivers: sam-v", 3, "unknown key `drivers`"),
            ("find-ms: 700", "find: 700", 7, "unknown key `find`"),
            ("find-ms: 700", "find-ms: soon", 7, "whole number"),
            ("find-ms: 700", "find-ms: -1", 7, "whole number"), ("0400:c35a", "400:c35a", 5, "hexadecimal"),
            ("devices: [\"0400:c35a\"]", "class: audio", 5, "unknown class"),
            ("devices: [\"0400:c35a\"]", "devices: []", 5, "needs"),
            ("certain: [frames]", "certain: frames", 9, "list"),
        ])
    func mistakes(good: String, bad: String, line: Int, message: String) throws {
        let text = Self.text.replacingOccurrences(of: good, with: bad)
        try #require(text != Self.text)
        do {
            _ = try HardwareProfile(yaml: text, file: "reader.yaml")
            Issue.record("accepted")
        } catch {
            #expect(error.file == "reader.yaml")
            #expect(error.line == line)
            #expect(error.message.contains(message), "\(error)")
        }
    }

    @Test("What is no YAML mapping is refused", arguments: ["", "- a", "name: [", "name: \u{0}", "a: &x [*x]"])
    func malformed(text: String) {
        #expect(throws: ProfileError.self) { try HardwareProfile(yaml: text, file: "x.yaml") }
    }

    @Test("The inventory says what is plugged in, which profile drives it and why")
    func inventory() async throws {
        let bus = InProcessBus(time: TestTime())
        bus.plug(KioskEmulation.SAMVReader())
        bus.plug(KioskEmulation.UVCCamera())
        let profile = try HardwareProfile(yaml: Self.text, file: "reader.yaml")
        let reports = try await DeviceInventory(bus: bus, profiles: [profile]).list()
        #expect(reports.map(\.identifiers) == ["0400:c35a", "1209:0002"])
        #expect(reports.map(\.profile) == ["Reader", nil])
        #expect(reports.first?.reason == "device 0400:c35a")
        #expect(reports.first?.serial == "EMU-READER-0001")
    }
}
