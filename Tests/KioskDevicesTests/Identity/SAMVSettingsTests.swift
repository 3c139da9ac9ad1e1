import KioskCore
import KioskEmulation
import Synchronization
import Testing

@testable import KioskDevices

/// What a profile and a request say, through the whole driver.
@Suite("Identity-card reader: profile and request")
struct SAMVSettingsTests {
    @Test("Every wire carries text, photo and templates byte for byte", arguments: ReaderModel.Style.everyStyle)
    func wires(style: ReaderModel.Style) async throws {
        let bench = SAMVBench(style)
        let card = try SAMVBench.card("zhang")
        bench.model.place(card)
        let reading = try await bench.read(CardRequest(wantsFingerprints: true))
        #expect(reading.textRecord == card.textRecord)
        #expect(reading.photoRecord == card.photoRecord)
        #expect(reading.fingerprintRecord == card.fingerprintRecord)
        #expect(reading.fingerprintRecord.count == 1024)
        #expect(await !bench.driver.health.transport.isEmpty)
    }

    @Test("Templates are neither asked for nor given unless a matter wants them")
    func fingerprints() async throws {
        let card = try SAMVBench.card("zhang")
        for isWanted in [false, true] {
            let bench = SAMVBench(before: { Listening(model: $0) })
            bench.model.place(card)
            let reading = try await bench.read(CardRequest(wantsFingerprints: isWanted))
            #expect(reading.fingerprintRecord.isEmpty == !isWanted)
            let requests = try #require(bench.device as? Listening).requests
            #expect(requests.contains([0x30, 0x10, 0x23]) == isWanted)
        }
        // A card without templates.
        let bench = SAMVBench()
        let other = try SAMVBench.card("wang")
        bench.model.place(other)
        let reading = try await bench.read(CardRequest(wantsFingerprints: true))
        #expect(reading.fingerprintRecord.isEmpty)
        #expect(reading.textRecord == other.textRecord)
    }

    @Test("Foreigners and people of Hong Kong are read", arguments: ["foreigner2017", "foreigner2023", "hk"])
    func otherKinds(id: String) async throws {
        let bench = SAMVBench()
        let card = try SAMVBench.card(id)
        bench.model.place(card)
        let read = try await bench.read().card
        #expect(read.kind == (id == "hk" ? .residencePermit : .foreignPermanentResident))
        #expect(read.name == card.name)
        #expect(read.englishName == card.nameEnglish)
        #expect(read.number == card.number)
        #expect(read.nationality == (id == "hk" ? nil : card.nation))
        #expect(read.documentNumber == card.permitNumber)
    }

    @Test("Of an unknown kind the text is kept as it is, until the next read")
    func unknownKind() async throws {
        let bench = SAMVBench()
        let card = try SAMVBench.card("unsupported")
        bench.model.place(card)
        await SAMVBench.expect(.cardUnsupported, .citizen) { try await bench.read() }
        #expect(await bench.driver.unknownRecord == card.textRecord)
        let said = await bench.driver.health.lastError ?? ""
        #expect(said.contains("U+51"))
        #expect(!said.contains(card.name) && !said.contains(card.number))
        bench.model.place(try SAMVBench.card("li"))
        _ = try await bench.read()
        #expect(await bench.driver.unknownRecord == nil)
    }

    @Test("A model's own commands are used")
    func commandMap() async throws {
        let bench = SAMVBench(
            commands: .cvr100AU,
            settings: { settings in
                settings.commands = [
                    .findCard: .init(0x00, 0x81), .selectCard: .init(0x00, 0x82), .readBase: .init(0x00, 0x83),
                ]
            })
        let card = try SAMVBench.card("li")
        bench.model.place(card)
        #expect(try await bench.read().textRecord == card.textRecord)
        // The standard's are refused by this model, which is the technician's to mend.
        let standard = SAMVBench(commands: .cvr100AU)
        standard.model.place(card)
        await SAMVBench.expect(.readerOutOfService, .technician) { try await standard.read() }
    }

    @Test("The RF byte is set once after opening, and a reader that refuses it is used all the same")
    func maximumRFByte() async throws {
        for isRefused in [false, true] {
            let bench = SAMVBench(before: { Listening(model: $0) }, settings: { $0.maximumRFByte = 0x50 })
            if isRefused { bench.model.inject(.status(0x21), at: .setMaximumRFByte) }
            for id in ["li", "wang"] {
                bench.model.place(try SAMVBench.card(id))
                _ = try await bench.read()
            }
            let requests = try #require(bench.device as? Listening).requests
            #expect(requests.filter { $0 == [0x61, 0xFF, 0x50, 0xCA] }.count == 1)
            #expect(requests.first == [0x11, 0xFF, 0xED])
            #expect(requests.dropFirst().first == [0x12, 0xFF, 0xEE])
            #expect(await (bench.driver.health.lastError != nil) == isRefused)
        }
        let bench = SAMVBench(before: { Listening(model: $0) })
        bench.model.place(try SAMVBench.card("li"))
        _ = try await bench.read()
        #expect(try #require(bench.device as? Listening).requests.allSatisfy { $0.first != 0x61 })
    }

    @Test("Retries and their window are the profile's")
    func retries() async throws {
        for retries in [0, 1, 5] {
            let bench = SAMVBench(
                before: { Listening(model: $0) },
                settings: { settings in
                    (settings.timings.retries, settings.timings.retryWindow) = (retries, 600_000)
                })
            bench.model.place(try SAMVBench.card("li"))
            bench.model.inject(.status(0x31), at: .read)
            await SAMVBench.expect(.cardUnreadable, .citizen) { try await bench.read() }
            let requests = try #require(bench.device as? Listening).requests
            #expect(requests.filter { $0.starts(with: [0x30, 0x01]) }.count == retries + 1)
        }
    }

    @Test("Health tells the technician what the reader is and what became of its commands")
    func health() async throws {
        let bench = SAMVBench()
        #expect(await bench.driver.health == ReaderDriver.Health())
        bench.model.place(try SAMVBench.card("li"))
        bench.model.inject(.status(0x10), at: .find, times: 1)
        bench.model.inject(.status(0x41), at: .read, times: 1)
        bench.model.inject(.silence, at: .select, times: 1)
        _ = try await bench.read()
        let health = await bench.driver.health
        #expect(health.samIdentifier == "05.03-20260101-0000000001-0000000007")
        #expect(health.samStatus == "90")
        #expect(health.transport == "USB, four endpoints")
        #expect(health.cardsRead == 1)
        #expect(health.steps["find"]?.resent == 1)
        #expect(health.steps["select"]?.recovered == 1)
        #expect(health.steps["read"]?.failed == 1)
        #expect(health.steps["read"]?.done == 1)
        #expect(health.lastError == "read: SW3 41")
        #expect(health.lastErrorAt != nil)
        bench.model.inject(.status(0x66), at: .status)
        await bench.driver.close()
        await SAMVBench.expect(.readerOutOfService, .technician) { try await bench.read() }
        #expect(await bench.driver.health.samStatus == "66")
        #expect(await bench.driver.health.lastError?.contains("66") == true)
    }

    @Test("A reader of another make than its profile says is out of service")
    func wrongTransport() async throws {
        let hid = SAMVBench(
            .fourEndpoint,
            settings: { settings in
                settings.transport = .hid(.init(outputLength: 64, inputLength: 64, countsBytes: false))
            })
        await SAMVBench.expect(.readerOutOfService, .technician) { try await hid.read() }
        let serial = SAMVBench(settings: { $0.transport = .serial(baud: 115_200) })
        await SAMVBench.expect(.readerOutOfService, .technician) { try await serial.read() }
    }
}

/// Writes down what the host asks of a four-endpoint reader.
private final class Listening: EmulatedUSBDevice {
    private let model: ReaderModel
    private let heard = Mutex<[[UInt8]]>([])

    init(model: ReaderModel) {
        self.model = model
    }

    /// CMD to CHK of each request.
    var requests: [[UInt8]] { heard.withLock { $0 } }

    var deviceDescriptor: [UInt8] { model.deviceDescriptor }
    var configurationDescriptor: [UInt8] { model.configurationDescriptor }
    var strings: [UInt8: String] { model.strings }

    func control(setup: [UInt8], data: [UInt8]) -> EmulatedTransfer { model.control(setup: setup, data: data) }

    func out(endpoint: UInt8, data: [UInt8]) -> EmulatedTransfer {
        if endpoint == 0x06 { heard.withLock { $0.append(data) } }
        return model.out(endpoint: endpoint, data: data)
    }

    func input(endpoint: UInt8, maximum: Int) -> EmulatedTransfer { model.input(endpoint: endpoint, maximum: maximum) }
    func isochronous(endpoint: UInt8, maximum: Int) -> EmulatedTransfer { .stall }
    func setInterface(_ number: UInt8, alternate: UInt8) { model.setInterface(number, alternate: alternate) }
    func clearHalt(endpoint: UInt8) { model.clearHalt(endpoint: endpoint) }
    func reset() { model.reset() }
}
