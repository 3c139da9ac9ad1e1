// The identity-card driver through real libusb: every wire, every fault of the reader and its bus, in this process.

import Foundation
import KioskCore
import KioskDevices
import KioskEmulation
import Synchronization
import Testing

extension USBIntegrationTests {
    @Suite("Identity-card reader on libusb", .serialized)
    struct IdentityCards {
        private let host: UMockdevHost
        private let clock = SystemClock()

        init() throws {
            // Says what is missing when the tests do not run under umockdev.
            _ = try USBIntegrationTests()
            host = try USBIntegrationTests.testbed.get()
        }

        private static func card(_ id: String) throws -> EmulatedCard {
            try #require(EmulatedCard.builtIn.first { $0.id == id })
        }

        /// Short times: what does not answer is waited for in real ones.
        private static var quick: SAMVSettings {
            var settings = SAMVSettings()
            (settings.timings.find, settings.timings.select, settings.timings.read) = (150, 150, 150)
            (settings.timings.status, settings.timings.pollInterval, settings.timings.drainQuiet) = (150, 20, 5)
            settings.timings.drainLimit = 300
            return settings
        }

        /// A driver on a reader that is plugged in for the time of `body`.
        private func plugged(
            _ device: any EmulatedUSBDevice, settings: SAMVSettings = quick,
            _ body: (KioskDevices.SAMVReader) async throws -> Void
        ) async throws {
            try host.plug(device, name: "reader")
            defer { if host.isPlugged(name: "reader") { try? host.unplug(name: "reader") } }
            let driver = KioskDevices.SAMVReader(
                bus: try USBContext(), matcher: DeviceMatcher(devices: [.init(vendor: 0x0400, product: 0xC35A)]),
                settings: settings, clock: clock)
            try await body(driver)
            await driver.close()
        }

        private static let wires: [KioskEmulation.SAMVReader.Style] = [
            .fourEndpoint, .singlePair, .interruptPair, .hid(.init(inputLength: 64, outputLength: 64)),
            .hid(.init(inputLength: 32, outputLength: 16, inputID: 3, outputID: 2, hasCount: true)),
            .hid(.init(inputLength: 64, outputLength: 64, output: .setOutputReport)),
        ]

        private static func settings(for style: KioskEmulation.SAMVReader.Style) -> SAMVSettings {
            var settings = quick
            if case .hid(let reports) = style {
                settings.transport = .hid(
                    .init(
                        outputID: reports.outputID == 0 ? nil : reports.outputID,
                        inputID: reports.inputID == 0 ? nil : reports.inputID, outputLength: reports.outputLength,
                        inputLength: reports.inputLength, countsBytes: reports.hasCount))
            }
            return settings
        }

        @Test("Every wire carries text, photo and templates byte for byte", arguments: wires)
        func everyWire(style: KioskEmulation.SAMVReader.Style) async throws {
            let model = KioskEmulation.SAMVReader(style: style, times: .none)
            try await plugged(model, settings: Self.settings(for: style)) { driver in
                let card = try Self.card("zhang")
                model.place(card)
                let reading = try await driver.readCard(CardRequest(wantsFingerprints: true)) {}
                #expect(reading.textRecord == card.textRecord)
                #expect(reading.photoRecord == card.photoRecord)
                #expect(reading.fingerprintRecord == card.fingerprintRecord)
            }
        }

        @Test("Foreigners and people of Hong Kong are read", arguments: ["foreigner2017", "foreigner2023", "hk"])
        func kinds(id: String) async throws {
            let model = KioskEmulation.SAMVReader(times: .none)
            try await plugged(model) { driver in
                let card = try Self.card(id)
                model.place(card)
                let read = try await driver.readCard {}.card
                #expect(read.number == card.number)
                #expect(read.englishName == card.nameEnglish)
            }
        }

        private static let passing: [SAMVFault] = [
            .wrongChecksum, .lengthTooLarge, .lengthTooShort, .silence, .oneBytePackets, .coalesced, .repeated,
            .emptyPackets, .noise([0xAA, 0xAA, 0xAA, 0xAA, 0x96, 0x69]),
            .noise([0xAA, 0xAA, 0xAA, 0x96, 0x69, 0x05, 0x08]), .late(.milliseconds(200)), .heldBack(into: 3),
            .answer(of: .select), .status(0x10), .status(0x24), .status(0x33), .status(0x41),
        ]

        @Test(
            "What comes once at find, select or read is survived", arguments: passing, [SAMVStep.find, .select, .read])
        func survives(fault: SAMVFault, step: SAMVStep) async throws {
            for style in [KioskEmulation.SAMVReader.Style.fourEndpoint, .singlePair] {
                let model = KioskEmulation.SAMVReader(style: style, times: .none)
                try await plugged(model) { driver in
                    let card = try Self.card("li")
                    model.place(card)
                    model.inject(fault, at: step, times: 1)
                    let reading = try await driver.readCard {}
                    #expect(reading.textRecord == card.textRecord, "\(style)")
                    #expect(reading.photoRecord == card.photoRecord, "\(style)")
                }
            }
        }

        @Test(
            "What stays ends with its fault; over, the reader reads within three seconds",
            arguments: [
                (SAMVFault.silence, SAMVStep.find, Fault.Kind.readerSilent),
                (.wrongChecksum, .read, .readerSilent), (.endless([0xAA]), .select, .readerSilent),
                (.status(0x66), .find, .readerOutOfService), (.status(0x40), .find, .cardUnsupported),
                (.kindLetter(0x51), .read, .cardUnsupported), (.status(0x31), .read, .cardUnreadable),
                (.textLength(0xFFFF), .read, .cardUnreadable), (.status(0x60), .status, .readerOutOfService),
            ])
        func stays(fault: SAMVFault, step: SAMVStep, kind: Fault.Kind) async throws {
            let model = KioskEmulation.SAMVReader(times: .none)
            try await plugged(model) { driver in
                let card = try Self.card("li")
                model.place(card)
                model.inject(fault, at: step)
                await Self.expect(kind) { _ = try await driver.readCard {} }
                model.clearFaults()
                model.place(card)
                let began = ContinuousClock.now
                #expect(try await driver.readCard {}.textRecord == card.textRecord)
                #expect(ContinuousClock.now - began < .seconds(3))
            }
        }

        @Test("Unplugged at every step it is lost; back, it reads within three seconds", arguments: [0, 1, 7])
        func unplugged(after bytes: Int) async throws {
            for step in [SAMVStep.status, .identify, .find, .select, .read] {
                let model = KioskEmulation.SAMVReader(times: .none)
                try await plugged(model) { driver in
                    let card = try Self.card("li")
                    model.place(card)
                    model.inject(.unplugged(after: bytes), at: step, times: 1)
                    await Self.expect(.readerLost) { _ = try await driver.readCard {} }
                    if host.isPlugged(name: "reader") { try host.unplug(name: "reader") }
                    await Self.expect(.readerMissing) { _ = try await driver.readCard {} }
                    try host.plug(model, name: "reader")
                    let began = ContinuousClock.now
                    model.place(card)
                    #expect(try await driver.readCard {}.textRecord == card.textRecord, "\(step)")
                    #expect(ContinuousClock.now - began < .seconds(3), "\(step)")
                }
            }
        }

        @Test(
            "A bus that fails once is survived", arguments: [BusFault.stall, .babble, .damaged, .emptyPacket, .cut(3)])
        func bus(fault: BusFault) async throws {
            for spared in stride(from: 0, to: 14, by: 3) {
                let model = KioskEmulation.SAMVReader(times: .none)
                let device = FaultyDevice(model)
                device.inject(fault, sparing: spared)
                try await plugged(device) { driver in
                    let card = try Self.card("li")
                    model.place(card)
                    #expect(try await driver.readCard {}.textRecord == card.textRecord, "transfer \(spared)")
                }
            }
        }

        private static func expect(
            _ kind: Fault.Kind, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
        ) async {
            do {
                try await body()
                Issue.record("no fault", sourceLocation: sourceLocation)
            } catch {
                #expect((error as? Fault)?.kind == kind, "\(error)", sourceLocation: sourceLocation)
            }
        }
    }
}
