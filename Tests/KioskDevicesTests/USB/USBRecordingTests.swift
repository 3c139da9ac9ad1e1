import Foundation
import KioskCore
import KioskEmulation
import Synchronization
import Testing

@testable import KioskDevices

private typealias EmulatedReader = KioskEmulation.SAMVReader
private typealias CardReader = KioskDevices.SAMVReader

/// A device, its driver and the wire between them, recorded.
private struct Session {
    let time = TestTime()
    let bus: InProcessBus
    let recorder: RecordingBus

    init(_ mask: USBRecordingMask = .samv()) {
        bus = InProcessBus(time: time)
        recorder = RecordingBus(bus, clock: time) { _ in mask }
    }

    func readerDriver(on bus: any USBBus) -> CardReader {
        CardReader(
            bus: bus, matcher: DeviceMatcher(devices: [.init(vendor: 0x0400, product: 0xC35A)]), clock: time)
    }
}

private func card(_ id: String) throws -> EmulatedCard {
    try #require(EmulatedCard.builtIn.first { $0.id == id })
}

/// What a recording must not show of a card: its fields as text, as the card's bytes in hexadecimal and in base64.
private func secrets(of card: EmulatedCard) -> [String] {
    var secrets: [String] = []
    let birth = String(card.birth)
    for field in [card.name, card.number, card.address, birth, card.nameEnglish, card.permitNumber].compactMap({ $0 })
    where !field.isEmpty {
        let wide = field.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        secrets += [field, hexadecimal(wide), hexadecimal(Array(field.utf8))]
        // Any of the three alignments in a longer run.
        for skipped in 0..<3 {
            let whole = wide.dropFirst(skipped)
            secrets.append(Data(whole.prefix(whole.count / 3 * 3)).base64EncodedString())
        }
    }
    let photo = card.photoRecord
    for start in stride(from: 0, to: photo.count - 16, by: 16) {
        let part = Array(photo[start..<start + 16])
        if Set(part).count > 4 { secrets.append(hexadecimal(part)) }
    }
    return secrets
}

private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

private func text(_ recording: USBRecording) -> String {
    String(decoding: recording.jsonLines(), as: UTF8.self)
}

@Suite("USB recordings")
struct USBRecordingTests {
    // MARK: - Record and replay

    @Test("An unmasked recording of a read replays byte for byte", arguments: KioskEmulation.SAMVReader.Style.allCases)
    func replays(style: KioskEmulation.SAMVReader.Style) async throws {
        let session = Session()
        let model = EmulatedReader(style: style, time: session.time)
        session.bus.plug(model)
        let person = try card("zhang")
        session.time.after(3000) { model.place(person) }
        let driver = session.readerDriver(on: session.recorder)
        _ = try await driver.readCard {}
        await driver.close()
        let file = session.recorder.finish(isMasked: false).jsonLines()

        let replay = try ReplayBus(try USBRecording(jsonLines: file))
        let again = session.readerDriver(on: replay)
        let reading = try await again.readCard {}
        await again.close()
        #expect(reading.textRecord == person.textRecord)
        #expect(reading.photoRecord == person.photoRecord)
        #expect(await again.samIdentifier == "05.03-20260101-0000000001-0000000007")
        #expect(replay.mismatch == nil)
        #expect(replay.remaining == 0)
    }

    @Test(
        "A masked recording replays as an invented person and shows nothing of the card",
        arguments: KioskEmulation.SAMVReader.Style.allCases, ["zhang", "li"])
    func masks(style: KioskEmulation.SAMVReader.Style, id: String) async throws {
        let session = Session()
        let model = EmulatedReader(style: style, time: session.time)
        session.bus.plug(model)
        let person = try card(id)
        model.place(person)
        let driver = session.readerDriver(on: session.recorder)
        _ = try await driver.readCard {}
        await driver.close()
        let recording = session.recorder.finish()
        let file = text(recording)
        let shown = secrets(of: person).filter { file.contains($0) }
        #expect(shown.isEmpty)
        #expect(recording.isMasked)

        let replay = try ReplayBus(try USBRecording(jsonLines: Array(file.utf8)))
        let again = session.readerDriver(on: replay)
        let reading = try await again.readCard {}
        await again.close()
        #expect(reading.card.name == "某某")
        #expect(reading.card.number == "230199197001010019")
        #expect(reading.photoRecord == [UInt8](repeating: 0, count: 1024))
        #expect(replay.mismatch == nil)
        #expect(replay.remaining == 0)
    }

    @Test("The unmasked recording does show the card: the search can find it")
    func searchFinds() async throws {
        let session = Session()
        let model = EmulatedReader(style: .fourEndpoint, time: session.time)
        session.bus.plug(model)
        let person = try card("zhang")
        model.place(person)
        let driver = session.readerDriver(on: session.recorder)
        _ = try await driver.readCard {}
        let file = text(session.recorder.finish(isMasked: false))
        #expect(secrets(of: person).filter { file.contains($0) }.count > 20)
    }

    @Test(
        "Faults are recorded and masked too, and come back in the replay",
        arguments: [
            SAMVFault.wrongChecksum, .lengthTooLarge, .lengthTooShort, .silence, .status(0x41), .noise([1, 0xAA, 3]),
            .oneBytePackets, .coalesced,
        ])
    func faults(fault: SAMVFault) async throws {
        let session = Session()
        let model = EmulatedReader(style: .fourEndpoint, time: session.time)
        session.bus.plug(model)
        let person = try card("zhang")
        model.place(person)
        model.inject(fault, at: .read, times: 1)
        let driver = session.readerDriver(on: session.recorder)
        _ = try await driver.readCard {}
        await driver.close()
        let recording = session.recorder.finish()
        let file = text(recording)
        #expect(secrets(of: person).filter { file.contains($0) }.isEmpty)
        let replay = try ReplayBus(recording)
        let again = session.readerDriver(on: replay)
        #expect(try await again.readCard {}.card.name == "某某")
        await again.close()
        #expect(replay.mismatch == nil)
        #expect(replay.remaining == 0)
    }

    /// Made from the emulated reader through libusb.
    @Test("The recording that comes with the tests replays")
    func checkedIn() async throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Recordings/emulated-reader.jsonl")
        let recording = try USBRecording(jsonLines: [UInt8](try Data(contentsOf: path)))
        #expect(recording.isMasked && recording.isComplete)
        let replay = try ReplayBus(recording)
        let driver = CardReader(
            bus: replay, matcher: DeviceMatcher(devices: [.init(vendor: 0x0400, product: 0xC35A)]), clock: TestTime())
        let reading = try await driver.readCard {}
        await driver.close()
        #expect(reading.card.number == "230199197001010019")
        #expect(replay.mismatch == nil)
        #expect(replay.remaining == 0)
    }

    @Test("An operation that differs is named with the recording's line, and ends the replay")
    func mismatch() async throws {
        let recording = try USBRecording(
            jsonLines: Array(
                """
                {"complete":true,"format":"kiosk-usb-recording","masked":false,"version":1}
                {"device":1,"location":{"address":5,"bus":1},"ms":0,"op":"open"}
                {"data":"aa","device":1,"endpoint":"02","ms":0,"op":"out"}
                {"data":"bb","device":1,"endpoint":"81","length":7,"ms":0,"op":"in"}

                """.utf8))
        let replay = try ReplayBus(recording)
        let info = try #require(ReplayFixture.info)
        let transport = try await replay.open(info)
        try await transport.write([0xAA], to: ReplayFixture.output, timeoutMilliseconds: 9)
        await #expect(
            throws: USBError(.notRecorded, "line 4: recorded `in` endpoint 0x81 of 7 bytes, asked for `reset`")
        ) {
            try await transport.reset()
        }
        // What would have been right a moment ago is not any more.
        await #expect(throws: USBError.self) {
            try await transport.read(from: ReplayFixture.input, maximum: 7, timeoutMilliseconds: 9)
        }
        #expect(replay.mismatch?.code == .notRecorded)
        #expect(replay.remaining == 1)
    }

    @Test("A driver that asks for more than was recorded, or sends other bytes, is told so")
    func mismatches() async throws {
        let recording = try USBRecording(
            jsonLines: Array(
                """
                {"complete":true,"format":"kiosk-usb-recording","masked":false,"version":1}
                {"device":1,"location":{"address":5,"bus":1},"ms":0,"op":"open"}
                {"data":"aabb","device":1,"endpoint":"02","ms":0,"op":"out"}

                """.utf8))
        let info = try #require(ReplayFixture.info)
        let sends = try await ReplayBus(recording).open(info)
        await #expect(throws: USBError.self) {
            try await sends.write([0xAA, 0xBC], to: ReplayFixture.output, timeoutMilliseconds: 9)
        }
        let replay = try ReplayBus(recording)
        let wants = try await replay.open(info)
        try await wants.write([0xAA, 0xBB], to: ReplayFixture.output, timeoutMilliseconds: 9)
        await #expect(throws: USBError(.notRecorded, "after line 3: nothing more is recorded, asked for `reset`")) {
            try await wants.reset()
        }
    }

    @Test("Recorded errors come back as they were")
    func errors() async throws {
        let recording = try USBRecording(
            jsonLines: Array(
                """
                {"complete":true,"format":"kiosk-usb-recording","masked":false,"version":1}
                {"error":{"code":"accessDenied","detail":"open"},"device":1,"location":{"address":5,"bus":1},"ms":0,"op":"open"}
                {"device":2,"location":{"address":5,"bus":1},"ms":0,"op":"open"}
                {"error":{"code":"stalled","detail":"x"},"device":2,"endpoint":"81","length":7,"ms":0,"op":"in"}

                """.utf8))
        let replay = try ReplayBus(recording)
        let info = try #require(ReplayFixture.info)
        await #expect(throws: USBError(.accessDenied, "open")) { try await replay.open(info) }
        let transport = try await replay.open(info)
        await #expect(throws: USBError(.stalled, "x")) {
            try await transport.read(from: ReplayFixture.input, maximum: 7, timeoutMilliseconds: 9)
        }
        #expect(replay.mismatch == nil)
    }

    @Test("A notification endpoint keeps its own order and is silent at its end")
    func notifications() async throws {
        let device = USBRecording.Device(try #require(ReplayFixture.info))
        var found = USBRecording.Line(.devices)
        found.found = [device]
        var open = USBRecording.Line(.open, device: 1)
        open.location = device.location
        func input(_ address: UInt8, _ bytes: [UInt8]) -> USBRecording.Line {
            var line = USBRecording.Line(.input, device: 1)
            line.endpoint = .init([address])
            line.length = 8
            line.setPayload(bytes)
            return line
        }
        let replay = try ReplayBus(
            USBRecording(
                isMasked: false, isComplete: true,
                lines: [
                    found, open, input(0x81, [1]), input(0x83, [0x50, 3]), input(0x81, [2]), .init(.close, device: 1),
                ]))
        let transport = try await replay.open(try #require(try await replay.devices().first))
        let change = try await transport.read(from: ReplayFixture.notify, maximum: 8, timeoutMilliseconds: 9)
        #expect(change == [0x50, 3])
        let silent = Task { () -> USBError? in
            do throws(USBError) {
                _ = try await transport.read(from: ReplayFixture.notify, maximum: 8, timeoutMilliseconds: 9)
                return nil
            } catch {
                return error
            }
        }
        #expect(try await transport.read(from: ReplayFixture.input, maximum: 8, timeoutMilliseconds: 9) == [1])
        #expect(try await transport.read(from: ReplayFixture.input, maximum: 8, timeoutMilliseconds: 9) == [2])
        silent.cancel()
        #expect(await silent.value?.code == .cancelled)
        let closing = Task { () -> USBError? in
            do throws(USBError) {
                _ = try await transport.read(from: ReplayFixture.notify, maximum: 8, timeoutMilliseconds: 9)
                return nil
            } catch {
                return error
            }
        }
        await transport.close()
        await transport.close()
        #expect([.cancelled, .noDevice].contains(await closing.value?.code))
        #expect(replay.mismatch == nil)
        #expect(replay.remaining == 0)
    }

    @Test("Arrivals and removals come back behind the operations they came after")
    func hotplug() async throws {
        let recording = try USBRecording(
            jsonLines: Array(
                """
                {"complete":true,"format":"kiosk-usb-recording","masked":true,"version":1}
                {"found":[],"ms":0,"op":"devices"}
                {"location":{"address":5,"bus":1},"ms":3,"op":"arrived"}
                {"found":[],"ms":4,"op":"devices"}
                {"location":{"address":5,"bus":1},"ms":5,"op":"left"}

                """.utf8))
        let replay = try ReplayBus(recording)
        var events = replay.hotplugEvents().makeAsyncIterator()
        _ = try await replay.devices()
        #expect(await events.next() == .arrived(USBLocation(bus: 1, address: 5)))
        _ = try await replay.devices()
        #expect(await events.next() == .left(USBLocation(bus: 1, address: 5)))
    }

    // MARK: - Cameras

    @Test("A recorded capture replays byte for byte", arguments: KioskEmulation.UVCCamera.Transport.allCases)
    func captureReplays(transport: KioskEmulation.UVCCamera.Transport) async throws {
        let session = Session(.video)
        let model = KioskEmulation.UVCCamera(transport: transport, time: session.time)
        let paper = try Self.paper()
        model.lay(paper)
        session.bus.plug(model)
        let matcher = DeviceMatcher(interfaceClass: 0x0E)
        let driver = DocumentCameraDriver(bus: session.recorder, matcher: matcher, clock: session.time)
        #expect(try await driver.capture().jpeg == paper.jpeg)
        await driver.close()
        let recording = session.recorder.finish(isMasked: false)
        let replay = try ReplayBus(try USBRecording(jsonLines: recording.jsonLines()))
        let again = DocumentCameraDriver(bus: replay, matcher: matcher, clock: session.time)
        #expect(try await again.capture().jpeg == paper.jpeg)
        await again.close()
        #expect(replay.mismatch == nil)
        #expect(replay.remaining == 0)
    }

    @Test("A masked capture keeps payload headers alone", arguments: KioskEmulation.UVCCamera.Transport.allCases)
    func captureMasked(transport: KioskEmulation.UVCCamera.Transport) async throws {
        let session = Session(.video)
        let model = KioskEmulation.UVCCamera(transport: transport, time: session.time)
        model.lay(try Self.paper())
        session.bus.plug(model)
        let driver = DocumentCameraDriver(
            bus: session.recorder, matcher: DeviceMatcher(interfaceClass: 0x0E), clock: session.time)
        _ = try await driver.capture()
        await driver.close()
        let packets = session.recorder.finish().lines.filter { $0.op == .packet }
        #expect(packets.contains { $0.payload.count > 500 && $0.masked == true })
        #expect(packets.allSatisfy { $0.payload.dropFirst(12).allSatisfy { $0 == 0 } })
        #expect(packets.contains { ($0.payload.first ?? 0) >= 2 })
    }

    private static func paper() throws -> EmulatedPaper {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let jpeg = try Data(contentsOf: folder.appending(path: "deploy/demo/papers/lease.jpg"))
        return EmulatedPaper(name: "lease", title: "租赁合同", titleEnglish: "lease", jpeg: [UInt8](jpeg))
    }

    @Test("A video pipe that halts in the middle of a picture is taken up again, and the picture is whole")
    func haltedPipe() async throws {
        let session = Session(.video)
        let model = KioskEmulation.UVCCamera(transport: .bulk, time: session.time)
        let paper = try Self.paper()
        model.lay(paper)
        let device = FaultyDevice(model)
        device.inject(.stall, at: .endpoint(0x82), sparing: 3, for: .untilClearHalt)
        device.inject(.stall, at: .endpoint(0x81), sparing: 3, for: .untilClearHalt)
        session.bus.plug(device)
        let driver = DocumentCameraDriver(
            bus: session.recorder, matcher: DeviceMatcher(interfaceClass: 0x0E), clock: session.time)
        #expect(try await driver.capture().jpeg == paper.jpeg)
        await driver.close()
        let lines = session.recorder.finish().lines
        #expect(lines.contains { $0.op == .stream && $0.error?.code == "stalled" })
        #expect(lines.count { $0.op == .stream } == 2)
    }

    // MARK: - Files

    @Test(
        "A file that is no recording is refused with its line",
        arguments: [
            ("", 1), ("{}", 1), (#"{"complete":true,"format":"kiosk-usb-recording","masked":true,"version":2}"#, 1),
            (header + "\n{\"op\":\"fly\",\"ms\":0}", 2), (header + "\n{\"op\":\"reset\",\"ms\":0}", 2),
            (header + "\n\n{\"op\":\"in\",\"ms\":0,\"device\":1,\"data\":\"0\"}", 3),
            (header + "\n{\"op\":\"in\",\"ms\":0,\"device\":1,\"data\":\"0G\"}", 2),
            (header + "\n{\"op\":\"in\",\"ms\":0,\"device\":1,\"zeros\":-1}", 2),
            (header + "\n{\"op\":\"in\",\"ms\":0,\"device\":1,\"zeros\":9999999999}", 2),
            (header + "\n{\"op\":\"packet\",\"ms\":0,\"device\":1,\"status\":\"received\"}", 2),
            (header + "\n{\"op\":\"stream\",\"ms\":0,\"device\":1,\"packets\":2}", 2),
            (
                header
                    + "\n{\"op\":\"stream\",\"ms\":0,\"device\":1,\"packets\":1}\n{\"op\":\"reset\",\"ms\":0,\"device\":1}",
                3
            ),
        ])
    func badFile(file: String, line: Int) {
        let error = #expect(throws: USBRecordingError.self) {
            _ = try ReplayBus(try USBRecording(jsonLines: Array(file.utf8)))
        }
        #expect(error?.line == line)
    }

    private static let header = #"{"complete":true,"format":"kiosk-usb-recording","masked":true,"version":1}"#

    @Test("Changed files are played or refused, never a trap")
    func mutations() async throws {
        let session = Session()
        let model = EmulatedReader(style: .fourEndpoint, time: session.time)
        session.bus.plug(model)
        model.place(try card("zhang"))
        let driver = session.readerDriver(on: session.recorder)
        _ = try await driver.readCard {}
        await driver.close()
        let file = session.recorder.finish().jsonLines()
        var generator = SeededGenerator(state: 4)
        for _ in 0..<300 {
            guard let recording = try? USBRecording(jsonLines: generator.mutated(file)),
                let replay = try? ReplayBus(recording)
            else { continue }
            let again = session.readerDriver(on: replay)
            _ = try? await again.readCard {}
            await again.close()
        }
    }
}

/// A device with a bulk pair and a notification endpoint.
private enum ReplayFixture {
    static let output = USBEndpoint(address: 0x02, transferType: .bulk, maximumPacketSizeField: 64)
    static let input = USBEndpoint(address: 0x81, transferType: .bulk, maximumPacketSizeField: 64)
    static let notify = USBEndpoint(address: 0x83, transferType: .interrupt, maximumPacketSizeField: 8)

    static var info: USBDeviceInfo? {
        guard
            let descriptor = try? USBDeviceDescriptor([
                18, 1, 0, 2, 0, 0, 0, 64, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1,
            ]),
            let configuration = try? USBConfiguration([
                9, 2, 39, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 3, 0x0B, 0, 0, 0, 7, 5, 0x02, 2, 64, 0, 0, 7, 5, 0x81, 2,
                64, 0, 0, 7, 5, 0x83, 3, 8, 0, 24,
            ])
        else { return nil }
        return USBDeviceInfo(
            location: USBLocation(bus: 1, address: 5), descriptor: descriptor, configuration: configuration)
    }
}
