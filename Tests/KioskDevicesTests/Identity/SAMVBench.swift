// A driver, a model of a reader and the wire between them, in the test's own time.

import KioskCore
import KioskEmulation
import Testing

@testable import KioskDevices

struct SAMVBench {
    let time = TestTime()
    let bus: InProcessBus
    let model: ReaderModel
    /// What is plugged in: the model, or what stands before it.
    let device: any EmulatedUSBDevice
    let driver: ReaderDriver

    /// `change` sets what the profile says; the transport follows the style unless it does.
    init(
        _ style: ReaderModel.Style = .fourEndpoint, times: ReaderModel.WireTimes = .init(), mustLift: Bool = true,
        commands: SAMVCommandMap = .standard, before wrap: (ReaderModel) -> any EmulatedUSBDevice = { $0 },
        settings change: (inout SAMVSettings) -> Void = { _ in }
    ) {
        bus = InProcessBus(time: time)
        model = ReaderModel(style: style, times: times, mustLift: mustLift, commands: commands, time: time)
        device = wrap(model)
        var settings = SAMVSettings()
        if case .hid(let reports) = style {
            settings.transport = .hid(
                .init(
                    outputID: reports.outputID == 0 ? nil : reports.outputID,
                    inputID: reports.inputID == 0 ? nil : reports.inputID, outputLength: reports.outputLength,
                    inputLength: reports.inputLength, countsBytes: reports.hasCount))
        }
        change(&settings)
        driver = ReaderDriver(
            bus: bus, matcher: DeviceMatcher(devices: [.init(vendor: 0x0400, product: 0xC35A)]), settings: settings,
            clock: time)
        bus.plug(device)
    }

    /// Reader and profile at a tenth of their times: in a table of many cases each millisecond is a step of the test.
    static func quick(
        _ style: ReaderModel.Style = .fourEndpoint, before wrap: (ReaderModel) -> any EmulatedUSBDevice = { $0 }
    ) -> SAMVBench {
        var times = ReaderModel.WireTimes()
        (times.find, times.findMiss, times.select) = (.milliseconds(6), .milliseconds(10), .milliseconds(6))
        (times.read, times.readWithFingerprints) = (.milliseconds(70), .milliseconds(90))
        return SAMVBench(
            style, times: times, before: wrap,
            settings: { settings in
                (settings.timings.find, settings.timings.select, settings.timings.read) = (100, 100, 300)
                (settings.timings.status, settings.timings.pollInterval, settings.timings.drainQuiet) = (100, 25, 3)
                (settings.timings.retryWindow, settings.timings.removal) = (500, 150)
                settings.timings.drainLimit = 200
            })
    }

    func read(_ request: CardRequest = CardRequest()) async throws -> IdentityReading {
        try await driver.readCard(request) {}
    }

    static func card(_ id: String) throws -> EmulatedCard {
        try #require(EmulatedCard.builtIn.first { $0.id == id })
    }

    static func expect(
        _ kind: Fault.Kind, _ responsible: Fault.Responsible? = nil,
        sourceLocation: SourceLocation = #_sourceLocation, _ read: () async throws -> IdentityReading
    ) async {
        do {
            _ = try await read()
            Issue.record("a card was read", sourceLocation: sourceLocation)
        } catch {
            let fault = error as? Fault
            #expect(fault?.kind == kind, "\(error)", sourceLocation: sourceLocation)
            if let responsible { #expect(fault?.responsible == responsible, sourceLocation: sourceLocation) }
        }
    }
}

extension ReaderModel.Style {
    /// Every way in which frames travel over USB, with odd sizes where they are the profile's.
    static let everyStyle: [ReaderModel.Style] = [
        .fourEndpoint, .singlePair, .interruptPair, .hid(.init(inputLength: 64, outputLength: 64)),
        .hid(.init(inputLength: 63, outputLength: 7, inputID: 3, outputID: 2, hasCount: true)),
        .hid(.init(inputLength: 32, outputLength: 32, padding: 0xAA, output: .setOutputReport)),
    ]
}
