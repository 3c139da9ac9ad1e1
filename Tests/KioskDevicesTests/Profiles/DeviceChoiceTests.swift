import Foundation
import KioskCore
import KioskEmulation
import Testing

@testable import KioskDevices

@Suite("Which device a profile takes")
struct DeviceChoiceTests {
    private static let identifiers = DeviceMatcher.Identifiers(vendor: 0x1209, product: 0x0001)
    private static let endpoints: [UInt8] = [0x01, 0x81]
    private static let strings = USBStrings(manufacturer: "Demo", product: "Reader Mark II", serial: "0001")

    private static func alternative(_ change: (inout DeviceMatcher.Alternative) -> Void) -> DeviceMatcher.Alternative {
        var alternative = DeviceMatcher.Alternative()
        change(&alternative)
        return alternative
    }

    /// From the vaguest to the closest.
    private static let ladder: [DeviceMatcher.Alternative] = [
        alternative { $0.devices = [identifiers] },
        alternative { $0.interfaceClass = 0x0B },
        alternative {
            $0.interfaceClass = 0x0B
            $0.devices = [identifiers]
        },
        alternative {
            $0.interfaceClass = 0x0B
            $0.interfaceSubclass = 0
        },
        alternative { $0.endpoints = endpoints },
        alternative {
            $0.endpoints = endpoints
            $0.devices = [identifiers]
        },
        alternative {
            $0.product = "mark ii"
            $0.devices = [identifiers]
        },
        alternative {
            $0.product = "MARK"
            $0.serial = "0001"
            $0.devices = [identifiers]
        },
    ]

    private static func reader(at address: UInt8 = 1, failure: USBError? = nil) throws -> ListedBus.Device {
        try .init(
            at: address, identifiers, class: 0x0B, endpoints: endpoints, strings: strings, failure: failure)
    }

    private static func choice(_ alternatives: [DeviceMatcher.Alternative]) -> DeviceChoice<Int> {
        DeviceChoice(
            alternatives.enumerated().map { index, alternative in
                .init(profile: "\(index)", matcher: DeviceMatcher(alternatives: [alternative]), settings: index)
            })
    }

    @Test("The closest description wins, wherever it stands")
    func specificity() async throws {
        let bus = ListedBus([try Self.reader()])
        for winner in Self.ladder.indices {
            for order in [Array(Self.ladder[...winner]), Array(Self.ladder[...winner].reversed())] {
                let found = try #require(try await Self.choice(order).find(on: bus))
                #expect(order[found.settings] == Self.ladder[winner])
            }
        }
    }

    @Test("Of equal descriptions the first profile wins, then the first device")
    func ties() async throws {
        let bus = ListedBus([try Self.reader(at: 4), try Self.reader(at: 2)])
        let found = try #require(try await Self.choice([Self.ladder[1], Self.ladder[1]]).find(on: bus))
        #expect(found.settings == 0)
        #expect(found.device == .usb(try Self.reader(at: 4).info))
        #expect(found.reason == "interface class 0b")
    }

    @Test("A closer description finds its device among others that match vaguely")
    func closerDevice() async throws {
        let other = try ListedBus.Device(at: 1, .init(vendor: 1, product: 1), class: 0x0B)
        let bus = ListedBus([other, try Self.reader(at: 2)])
        let found = try #require(try await Self.choice([Self.ladder[1], Self.ladder[2]]).find(on: bus))
        #expect(found.settings == 1)
        #expect(found.reason == "interface class 0b, device 1209:0001")
    }

    @Test("A device is opened only when its strings can decide", arguments: ladder.indices)
    func opening(rung: Int) async throws {
        let unnamed = try ListedBus.Device(at: 1, Self.identifiers, class: 0x0B, endpoints: Self.endpoints)
        let elsewhere = try ListedBus.Device(at: 2, .init(vendor: 1, product: 1), strings: Self.strings)
        let bus = ListedBus([unnamed, elsewhere, try Self.reader(at: 3)])
        let found = try #require(try await Self.choice([Self.ladder[rung]]).find(on: bus))
        let asksStrings = !Self.ladder[rung].strings.isEmpty
        #expect(bus.openedLocations.map(\.address) == (asksStrings ? [3] : []))
        #expect(found.device == .usb(asksStrings ? try Self.reader(at: 3).info : unnamed.info))
    }

    @Test("A string that differs is no match", arguments: ["Mark III", "mark  ii", "ReaderMark"])
    func otherStrings(product: String) async throws {
        var asking = Self.ladder[6]
        asking.product = product
        #expect(try await Self.choice([asking]).find(on: ListedBus([try Self.reader()])) == nil)
    }

    @Test("A device that may not be opened is said to be denied, unless something else matches")
    func denied() async throws {
        let bus = ListedBus([try Self.reader(failure: USBError(.accessDenied, "open"))])
        let error = await #expect(throws: USBError.self) { try await Self.choice([Self.ladder[6]]).find(on: bus) }
        #expect(error?.code == .accessDenied)
        let found = try await Self.choice([Self.ladder[6], Self.ladder[0]]).find(on: bus)
        #expect(found?.settings == 1)
        let gone = ListedBus([try Self.reader(failure: USBError(.noDevice))])
        #expect(try await Self.choice([Self.ladder[6]]).find(on: gone) == nil)
    }

    @Test("A camera for faces is never taken for the document camera, and the other way round")
    func rivals() async throws {
        func profile(_ kind: String, _ match: String) throws -> HardwareProfile {
            let text = "{name: \(kind), kind: \(kind), driver: uvc, match: [\(match)], provenance: {certain: [x]}}"
            return try HardwareProfile(yaml: text, file: "x.yaml")
        }
        let profiles = [
            try profile("document-camera", "{class: 0x0e}"), try profile("face-camera", "{class: 0x0e, product: face}"),
        ]
        func camera(_ address: UInt8, _ product: String) throws -> ListedBus.Device {
            try .init(
                at: address, .init(vendor: 1, product: UInt16(address)), class: 0x0E,
                strings: USBStrings(manufacturer: "Demo", product: product))
        }
        let bus = ListedBus([try camera(1, "Face camera"), try camera(2, "Page camera")])
        #expect(try await profiles.documentCameras.find(on: bus)?.device == .usb(try camera(2, "Page camera").info))
        #expect(try await profiles.faceCameras.find(on: bus)?.device == .usb(try camera(1, "Face camera").info))
        let alone = ListedBus([try camera(1, "Face camera")])
        #expect(try await profiles.documentCameras.find(on: alone) == nil)
    }

    // MARK: - Serial lines

    /// A folder with one character device behind a link, one link that leads nowhere, and one file.
    private static func withNodes(_ body: (String) async throws -> Void) async throws {
        let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "nodes-\(UUID().uuidString)")
        let files = FileManager.default
        try files.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? files.removeItem(at: folder) }
        let path = { (name: String) in folder.appending(path: name).path() }
        try files.createSymbolicLink(atPath: path("usb-1a86_a"), withDestinationPath: "/dev/null")
        try files.createSymbolicLink(atPath: path("usb-1a86_b"), withDestinationPath: "/nowhere")
        try Data().write(to: folder.appending(path: "usb-1a86_c"))
        try await body(folder.path())
    }

    @Test("A serial line is found by the pattern of its node; links that lead nowhere and files are none")
    func serialLine() async throws {
        try await Self.withNodes { folder in
            let matcher = DeviceMatcher(serialPorts: [folder + "/usb-1a86_*"])
            let choice = DeviceChoice([.init(profile: "line", matcher: matcher, settings: 7)])
            let found = try #require(try await choice.find(on: ListedBus([])))
            #expect(found.device == .serial(path: folder + "/usb-1a86_a"))
            #expect(found.reason == "serial port \(folder)/usb-1a86_*")
            let none = DeviceMatcher(serialPorts: [folder + "/usb-10c4_*", "", "/dev/[", "/nowhere/*"])
            #expect(none.serialPorts().isEmpty)
        }
    }

    @Test("An exact node goes before a pattern, a longer pattern before a shorter one, and a USB device before all")
    func serialOrder() async throws {
        try await Self.withNodes { folder in
            let patterns = ["/*", "/usb-1a86_*", "/usb-1a86_a"].map { DeviceMatcher(serialPorts: [folder + $0]) }
            for last in patterns.indices {
                let entries = patterns[...last].enumerated().map { index, matcher in
                    DeviceChoice<Int>.Entry(profile: "", matcher: matcher, settings: index)
                }
                let found = try await DeviceChoice(entries).find(on: ListedBus([]))
                #expect(found?.settings == last)
            }
            var choice = Self.choice([Self.ladder[0]])
            choice.entries.append(.init(profile: "line", matcher: patterns[2], settings: 9))
            let bus = ListedBus([try Self.reader()])
            let found = try await choice.find(on: bus)
            #expect(found?.settings == 0)
        }
    }

    // MARK: - The listing

    private static let shipped = Result {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try HardwareProfile.load(folder: root.appending(path: "hardware-profiles").path())
    }

    @Test("The listing says what is plugged in, which profile drives it and why, and that it is well")
    func listing() async throws {
        let time = TestTime()
        let bus = InProcessBus(time: time)
        bus.plug(KioskEmulation.SAMVReader(time: time))
        bus.plug(KioskEmulation.UVCCamera())
        let inventory = DeviceInventory(bus: bus, profiles: try Self.shipped.get())
        let reports = try await inventory.list().filter { $0.connection == .usb }
        #expect(reports.map(\.profile) == ["SAM-V reader, shared id", "UVC document camera"])
        #expect(reports.map(\.reason) == ["endpoints 02 06 81 85, device 0400:c35a", "interface class 0e"])
        #expect(reports.map(\.driver) == [.samv, .uvc])
        #expect(reports.map(\.manufacturer) == ["Demo", "Demo"])
        #expect(reports.map(\.product) == ["ID card reader", "Document camera"])
        #expect(reports.map(\.serial) == ["EMU-READER-0001", "EMU-CAMERA-0001"])
        #expect(reports.allSatisfy { $0.health == .good && $0.problem == nil && $0.samIdentifier == nil })
        let reader = await inventory.probe(reports[0], clock: time)
        #expect(reader.health == .good)
        #expect(reader.samIdentifier?.split(separator: "-").count == 4)
        #expect(reader.samStatus == "90")
        #expect(reader.transport == "USB, four endpoints")
        #expect(await inventory.probe(reports[1], clock: time) == reports[1])
    }

    @Test("A reader that does not answer is faulty when it is probed, with who must act")
    func silentReader() async throws {
        let time = TestTime()
        let bus = InProcessBus(time: time)
        let model = KioskEmulation.SAMVReader(time: time)
        bus.plug(model)
        let inventory = DeviceInventory(bus: bus, profiles: try Self.shipped.get())
        let report = try #require(try await inventory.list().first)
        bus.unplug(model)
        let probed = await inventory.probe(report, clock: time)
        #expect(probed.health == .faulty)
        #expect(probed.responsible == .technician)
        #expect(probed.problem?.hasPrefix("readerMissing") == true)
    }

    @Test("A device of ours that may not be opened is faulty, and the remedy names the udev rules")
    func accessDenied() async throws {
        let shared = DeviceMatcher.Identifiers(vendor: 0x0400, product: 0xC35A)
        let denied = try ListedBus.Device(
            at: 1, shared, endpoints: [0x02, 0x06, 0x81, 0x85], strings: Self.strings, failure: USBError(.accessDenied))
        let bus = ListedBus([denied])
        let report = try #require(try await DeviceInventory(bus: bus, profiles: try Self.shipped.get()).list().first)
        #expect(report.health == .faulty)
        #expect(report.problem == "access denied")
        #expect(report.responsible == .technician)
        #expect(report.remedy?.contains("deploy/udev/60-kiosk.rules") == true)
        #expect(report.product == nil)
    }

    @Test("What nothing drives is not opened; a root hub, a printer and a reader of another build are told apart")
    func others() async throws {
        let bus = ListedBus([
            try .init(at: 1, .init(vendor: 0x1D6B, product: 2), class: 9, deviceClass: 9, strings: Self.strings),
            try .init(at: 2, .init(vendor: 1, product: 1), class: 3, strings: Self.strings),
            try .init(
                at: 3, .init(vendor: 1, product: 2), class: 7, subclass: 1, protocol: 2,
                failure: USBError(.accessDenied)),
            try .init(
                at: 4, .init(vendor: 0x0400, product: 0xC35A), class: 3, endpoints: [0x81], strings: Self.strings),
        ])
        let reports = try await DeviceInventory(bus: bus, profiles: try Self.shipped.get()).list()
        #expect(reports.prefix(4).map(\.isRootHub) == [true, false, false, false])
        #expect(reports.prefix(4).map(\.health) == [.unknown, .unknown, .good, .faulty])
        #expect(reports[2].kind == .printer)
        #expect(reports[3].remedy?.contains("docs/hardware-profiles.md") == true)
        #expect(reports.prefix(4).allSatisfy { $0.firmware == "3.12" })
        #expect(bus.openedLocations.map(\.address) == [3, 4])
    }

    @Test("A device's texts cannot steer a terminal")
    func hostileStrings() async throws {
        let strings = USBStrings(manufacturer: " \u{9B}2J\u{202E}Demo ", product: "\u{1B}[31m", serial: "\u{7F}")
        let bus = ListedBus([try .init(at: 1, .init(vendor: 1, product: 1), class: 0x0B, strings: strings)])
        let report = try #require(try await DeviceInventory(bus: bus, profiles: try Self.shipped.get()).list().first)
        #expect(report.manufacturer == "2JDemo")
        #expect(report.product == "[31m")
        #expect(report.serial == nil)
    }

    @Test("A serial line is listed with its node, and a queue that cannot be asked is faulty")
    func linesAndQueues() async throws {
        try await Self.withNodes { folder in
            var settings = SAMVSettings()
            settings.transport = .serial(baud: 115_200)
            let profile = HardwareProfile(
                name: "Line", kind: .identityCardReader, matcher: DeviceMatcher(serialPorts: [folder + "/usb-*"]),
                driver: .samv(settings))
            let inventory = DeviceInventory(bus: ListedBus([]), profiles: [profile])
            let reports = try await inventory.list()
            #expect(reports.map(\.path) == [folder + "/usb-1a86_a"])
            #expect(reports.map(\.connection) == [.serial])
            #expect(reports.map(\.health) == [.good])
            let queue = await inventory.report(onQueue: "a4", server: folder + "/usb-1a86_c", clock: TestTime())
            #expect(queue.health == .faulty)
            #expect(queue.responsible == .technician)
        }
    }
}
