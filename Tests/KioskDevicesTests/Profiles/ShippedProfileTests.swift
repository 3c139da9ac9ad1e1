import Foundation
import Testing

@testable import KioskDevices

@Suite("Shipped hardware profiles")
struct ShippedProfileTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private let profiles: [HardwareProfile]

    init() throws {
        profiles = try HardwareProfile.load(folder: Self.root.appending(path: "hardware-profiles").path())
    }

    private func profile(_ name: String) throws -> HardwareProfile {
        try #require(profiles.first { $0.name == name })
    }

    @Test("Every kind but the face camera has a profile, and each says what is certain and what is assumed")
    func kinds() {
        #expect(Set(profiles.map(\.kind)) == Set(HardwareProfile.Kind.allCases).subtracting([.faceCamera]))
        #expect(profiles.allSatisfy { !$0.certain.isEmpty && !$0.assumed.isEmpty })
    }

    @Test("No two profiles describe a device equally well")
    func unambiguous() {
        var seen: Set<DeviceMatcher.Alternative> = []
        for alternative in profiles.flatMap(\.matcher.alternatives) {
            #expect(seen.insert(alternative).inserted, "\(alternative)")
        }
    }

    @Test("The waits and commands that are written down are the driver's own, but for the slow serial line")
    func values() throws {
        var readers = Set(profiles.compactMap { if case .samv(let settings) = $0.driver { settings } else { nil } })
        var slow = SAMVSettings()
        slow.transport = .serial(baud: 9600)
        slow.commands = [
            .findCard: .init(0x00, 0x81), .selectCard: .init(0x00, 0x82), .readBase: .init(0x00, 0x83),
        ]
        slow.timings.read = 5000
        #expect(readers.remove(slow) != nil)
        var serial = SAMVSettings()
        serial.transport = .serial(baud: 115_200)
        #expect(readers == [SAMVSettings(), serial])
        #expect(profiles.contains { $0.driver == .ccid(CCIDSettings()) })
        #expect(profiles.contains { $0.driver == .uvc(CameraSettings()) })
    }

    @Test(
        "A reader on the shared id is recognised by its endpoints, by its interface, or by the id alone",
        arguments: [
            ([0x02, 0x06, 0x81, 0x85] as [UInt8], 0xFF as UInt8, "endpoints 02 06 81 85, device 0400:c35a"),
            ([0x01, 0x81], 0xFF, "interface class ff/00/00, device 0400:c35a"),
            ([0x01, 0x81], 0x03, "device 0400:c35a"),
        ])
    func sharedIdentifier(endpoints: [UInt8], interfaceClass: UInt8, reason: String) async throws {
        let device = try ListedBus.Device(
            at: 1, .init(vendor: 0x0400, product: 0xC35A), class: interfaceClass, endpoints: endpoints)
        let bus = ListedBus([device])
        let found = try #require(try await profiles.identityCardReaders.find(on: bus))
        #expect(found.profile == "SAM-V reader, shared id")
        #expect(found.reason == reason)
        #expect(found.device == .usb(device.info))
        #expect(bus.openedLocations.isEmpty)
    }

    @Test("The vendor's other devices are left alone", arguments: [0x09C4, 0xC359, 0xC55D] as [UInt16])
    func otherDevices(product: UInt16) async throws {
        let bus = ListedBus([
            try .init(at: 1, .init(vendor: 0x0400, product: product), endpoints: [0x02, 0x06, 0x81, 0x85])
        ])
        #expect(try await profiles.identityCardReaders.find(on: bus) == nil)
    }

    @Test(
        "A print queue is recognised by its device's address",
        arguments: [
            ("ipp://192.0.2.1/ipp/print", "IPP Everywhere printer"),
            ("IPPS://p.local:631/ipp", "IPP Everywhere printer"),
            ("dnssd://Demo._ipp._tcp.local/", "IPP Everywhere printer"), ("usb://Demo/Printer?serial=1", "USB printer"),
            ("socket://192.0.2.1", nil),
        ])
    func queues(uri: String, name: String?) {
        let matches = profiles.compactMap { profile in profile.matcher.match(uri: uri).map { _ in profile.name } }
        #expect(matches == (name.map { [$0] } ?? []))
    }

    @Test("The udev rules give the group kiosk what the profiles name, no more, and nobody else anything")
    func rules() throws {
        let path = Self.root.appending(path: "deploy/udev/60-kiosk.rules")
        let rules = try String(contentsOf: path, encoding: .utf8).split(separator: "\n").map(String.init)
            .filter { !$0.hasPrefix("#") }
        let grants = rules.filter { $0.contains("MODE=") }
        #expect(grants.allSatisfy { $0.hasSuffix("GROUP=\"kiosk\", MODE=\"0660\"") })
        let devices = grants.compactMap { line -> String? in
            guard let match = line.wholeMatch(of: /ATTR\{idVendor\}=="(.{4})", ATTR\{idProduct\}=="(.{4})", GROUP.*/)
            else { return nil }
            return "\(match.1):\(match.2)"
        }
        let classes = grants.compactMap { line in
            line.wholeMatch(of: /ENV\{ID_USB_INTERFACES\}=="\*:(..)\?{4}:\*", GROUP.*/).map { String($0.1) }
        }
        let serialBridges = grants.filter { $0.hasPrefix("SUBSYSTEMS==\"usb\", ATTRS{idVendor}==") }
        #expect(devices.count + classes.count + serialBridges.count == grants.count)
        let driven = profiles.filter { $0.driver != .cups }.flatMap(\.matcher.alternatives)
        #expect(Set(devices) == Set(driven.flatMap(\.devices).map(\.description)))
        let bareClasses = driven.filter { $0.devices.isEmpty }.compactMap(\.interfaceClass).map(hexadecimal)
        #expect(Set(classes) == Set(bareClasses))
        let bridges = driven.compactMap(\.serialPort).filter { $0.hasPrefix("/dev/serial/by-id/") }
        #expect(serialBridges.count == bridges.count)
    }

    @Test("The schema beside the profiles is the one that the program makes")
    func schema() throws {
        let path = Self.root.appending(path: "hardware-profiles/profile.schema.json")
        let present = try String(contentsOf: path, encoding: .utf8)
        let text = try ProfileSchema.text()
        #expect(text == present, "run: kiosk devices --schema > hardware-profiles/profile.schema.json")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let rules = try #require(object["allOf"] as? [[String: Any]])
        #expect(rules.count == HardwareProfile.DriverName.allCases.count)
        #expect(object["additionalProperties"] as? Bool == false)
        #expect(Set(object["required"] as? [String] ?? []) == ["name", "kind", "driver", "match", "provenance"])
    }
}
