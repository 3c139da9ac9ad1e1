// The chip-card driver through real libusb: emulated readers and cards on a umockdev testbed in this process.

import Dispatch
import Foundation
import KioskCore
import KioskDevices
import KioskEmulation
import Synchronization
import Testing

extension USBIntegrationTests {
    @Suite("Chip-card reader on libusb", .serialized)
    struct ChipCards {
        private let host: UMockdevHost
        private let clock = SystemClock()

        init() throws {
            // Says what is missing when the tests do not run under umockdev.
            _ = try USBIntegrationTests()
            host = try USBIntegrationTests.testbed.get()
        }

        private static func card(_ id: String) throws -> EmulatedChipCard {
            try #require(EmulatedChipCard.builtIn().first { $0.id == id })
        }

        /// A driver on a reader that is plugged in for the time of `body`.
        private func plugged(
            _ device: any EmulatedUSBDevice, settings: CCIDSettings = CCIDSettings(),
            _ body: (CCIDReader, SocialSecurityCardReader) async throws -> Void
        ) async throws {
            try host.plug(device, name: "chip")
            defer { if host.isPlugged(name: "chip") { try? host.unplug(name: "chip") } }
            let driver = CCIDReader(
                bus: try USBContext(), matcher: DeviceMatcher(interfaceClass: 0x0B), settings: settings, clock: clock)
            try await body(driver, SocialSecurityCardReader(driver))
            await driver.close()
        }

        private static func configuration(_ level: CCIDReaderModel.ExchangeLevel) -> CCIDReaderModel.Configuration {
            var configuration = CCIDReaderModel.Configuration()
            configuration.level = level
            return configuration
        }

        @Test("Every card is read on every level of exchange", arguments: CCIDReaderModel.ExchangeLevel.allCases)
        func reads(level: CCIDReaderModel.ExchangeLevel) async throws {
            let model = CCIDReaderModel(Self.configuration(level), times: .none)
            try await plugged(model) { (driver, port) async throws in
                try await driver.check()
                for (id, name) in [("zhang", "张伟民"), ("wang", "王秀兰"), ("li", "李静")] {
                    let card = try Self.card(id)
                    model.insert(card)
                    #expect(try await port.readCard {}.card.name == name)
                    #expect(card.verifyAttempts == 0)
                }
            }
        }

        @Test("A card is noticed by the interrupt pipe, and without one", arguments: [true, false])
        func notices(hasInterrupt: Bool) async throws {
            var configuration = CCIDReaderModel.Configuration()
            configuration.hasInterruptEndpoint = hasInterrupt
            let model = CCIDReaderModel(configuration, times: .none)
            let waits = AsyncStream<Void>.makeStream()
            let device = ObservedDevice(model)
            device.onOut = { message in
                // GetSlotStatus with its answer: empty, so the driver waits from now on.
                if message.first == 0x65, message[6] > 2 { waits.continuation.finish() }
            }
            let card = try Self.card("li")
            try await plugged(device) { (_, port) async throws in
                let task = Task { try await port.readCard {} }
                for await _ in waits.stream {}
                model.insert(card)
                #expect(try await task.value.card.name == "李静")
            }
        }

        @Test(
            "A fault that passes does not keep the card from being read",
            arguments: [
                .wrongSequence, .wrongSlot, .truncated(4), .oneBytePackets, .emptyTransfer, .silence, .stall, .stallOut,
                .damaged, .late(.milliseconds(600)), .error(0xFE),
            ] as [CCIDFault])
        func passingFault(fault: CCIDFault) async throws {
            var settings = CCIDSettings()
            settings.exchange = 400
            let model = CCIDReaderModel(times: .none)
            try await plugged(model, settings: settings) { (_, port) async throws in
                model.insert(try Self.card("wang"))
                model.inject(fault, at: .transfer, skipping: 3, times: 1)
                #expect(try await port.readCard {}.card.name == "王秀兰")
            }
        }

        @Test("Time extensions are granted, up to the limit")
        func timeExtension() async throws {
            var habits = EmulatedChipCard.Habits()
            habits.timeExtensions = 2
            let model = CCIDReaderModel(times: .none)
            var settings = CCIDSettings()
            settings.extensionLimit = 500
            try await plugged(model, settings: settings) { (_, port) async throws in
                model.insert(.socialSecurity(id: "slow", title: "", titleEnglish: "", card: .zhang, habits: habits))
                #expect(try await port.readCard {}.card.name == "张伟民")
                model.inject(.endlessTimeExtension, at: .transfer)
                let began = ContinuousClock.now
                await Self.expect(.cardUnreadable) { _ = try await port.readCard {} }
                #expect(ContinuousClock.now - began < .seconds(5))
                model.clearFaults()
                #expect(try await port.readCard {}.card.name == "张伟民")
            }
        }

        @Test("A card pulled in mid-command, a mute chip and a bank card are told apart")
        func cards() async throws {
            let model = CCIDReaderModel(times: .none)
            try await plugged(model) { (_, port) async throws in
                model.insert(try Self.card("zhang"))
                model.inject(.cardPulled, at: .transfer, skipping: 4, times: 1)
                await Self.expect(.cardRemoved) { _ = try await port.readCard {} }
                model.insert(try Self.card("mute"))
                await Self.expect(.cardUnreadable) { _ = try await port.readCard {} }
                let bank = try Self.card("bank")
                model.insert(bank)
                await Self.expect(.cardUnsupported) { _ = try await port.readCard {} }
                #expect(bank.verifyAttempts == 0)
                model.insert(try Self.card("li"))
                #expect(try await port.readCard {}.card.name == "李静")
            }
        }

        @Test("A cancelled read ends at once, in mid-command too, and the next card is read")
        func cancels() async throws {
            let model = CCIDReaderModel(times: .none)
            let device = ObservedDevice(model)
            let waiting = AsyncStream<Void>.makeStream()
            device.onOut = { if $0.first == 0x6F { waiting.continuation.finish() } }
            try await plugged(device) { (_, port) async throws in
                model.insert(try Self.card("zhang"))
                model.inject(.silence, at: .transfer, times: 1)
                let task = Task { try await port.readCard {} }
                for await _ in waiting.stream {}
                let began = ContinuousClock.now
                task.cancel()
                await Self.expect(.timedOut) { _ = try await task.value }
                #expect(ContinuousClock.now - began < .seconds(2), "not the five seconds of the command")
                model.insert(try Self.card("li"))
                #expect(try await port.readCard {}.card.name == "李静")
            }
        }

        @Test("Unplugged in mid-read it is lost at once, and reads within three seconds of its return")
        func unplugged() async throws {
            let model = CCIDReaderModel(times: .none)
            let device = ObservedDevice(model)
            let pulled = Mutex(false)
            device.onOut = { [host] message in
                guard message.first == 0x6F, !pulled.withLock({ $0 }) else { return }
                pulled.withLock { $0 = true }
                // The model is called by the host: pulling the plug from here would wait for itself.
                DispatchQueue.global().async { try? host.unplug(name: "chip") }
            }
            try host.plug(device, name: "chip")
            defer { if host.isPlugged(name: "chip") { try? host.unplug(name: "chip") } }
            let bus = try USBContext()
            var hotplug = bus.hotplugEvents().makeAsyncIterator()
            let driver = CCIDReader(bus: bus, matcher: DeviceMatcher(interfaceClass: 0x0B), clock: clock)
            let port = SocialSecurityCardReader(driver)
            model.insert(try Self.card("zhang"))
            model.inject(.silence, at: .transfer, times: 1)
            let began = ContinuousClock.now
            await Self.expect(.readerLost) { _ = try await port.readCard {} }
            #expect(ContinuousClock.now - began < .seconds(2), "well within the command's own five seconds")
            _ = await hotplug.next()
            await Self.expect(.readerMissing) { _ = try await port.readCard {} }
            try host.plug(device, name: "chip")
            let back = ContinuousClock.now
            _ = await hotplug.next()
            model.insert(try Self.card("li"))
            #expect(try await port.readCard {}.card.name == "李静")
            #expect(ContinuousClock.now - back < .seconds(3))
            await driver.close()
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
