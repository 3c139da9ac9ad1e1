import Foundation
import KioskCore
import KioskEmulation
import Synchronization
import Testing

@testable import KioskDevices

typealias CameraModel = KioskEmulation.UVCCamera

@Suite("Document camera")
struct DocumentCameraTests {
    private struct Bench {
        let time = TestTime()
        let bus: InProcessBus
        let model: CameraModel
        let driver: DocumentCameraDriver

        init(
            _ version: CameraModel.Version = .uvc10, _ transport: CameraModel.Transport = .isochronous,
            plugged: Bool = true
        ) {
            bus = InProcessBus(time: time)
            model = CameraModel(version: version, transport: transport)
            driver = DocumentCameraDriver(bus: bus, matcher: DeviceMatcher(interfaceClass: 0x0E), clock: time)
            if plugged { bus.plug(model) }
        }
    }

    /// A photograph of the demonstration's papers.
    static let paper: EmulatedPaper = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let jpeg = (try? Data(contentsOf: folder.appending(path: "deploy/demo/papers/lease.jpg"))) ?? Data()
        return EmulatedPaper(name: "lease", title: "租赁合同", titleEnglish: "lease", jpeg: [UInt8](jpeg))
    }()

    @Test(
        "The largest frame arrives byte for byte", arguments: CameraModel.Version.allCases,
        CameraModel.Transport.allCases)
    func captures(version: CameraModel.Version, transport: CameraModel.Transport) async throws {
        let bench = Bench(version, transport)
        bench.model.lay(Self.paper)
        let page = try await bench.driver.capture()
        #expect(page.jpeg == Self.paper.jpeg)
        #expect(page.width == 3264)
        #expect(page.height == 2448)
        #expect(page.device == "Document camera EMU-CAMERA-0001")
        // And once more on the same open camera.
        #expect(try await bench.driver.capture().jpeg == Self.paper.jpeg)
    }

    @Test("The camera streams only while a picture is taken")
    func stops() async throws {
        let bench = Bench()
        bench.model.lay(Self.paper)
        _ = try await bench.driver.capture()
        let frames = bench.model.counters.frames
        #expect(bench.model.isochronous(endpoint: 0x81, maximum: 3072) == .notReady)
        #expect(bench.model.counters.frames == frames)
    }

    @Test("An empty platen and a black picture are refused with words for the citizen")
    func nothingThere() async throws {
        let bench = Bench()
        await Self.expect(.pageBlank, .citizen) { try await bench.driver.capture() }
        bench.model.lay(.black)
        await Self.expect(.pageBlank, .citizen) { try await bench.driver.capture() }
        bench.model.lay(Self.paper)
        #expect(try await bench.driver.capture().jpeg == Self.paper.jpeg)
    }

    @Test(
        "A damaged frame is never delivered",
        arguments: [
            CameraModel.Fault.damagedPackets(every: 700), .damagedPackets(every: 97), .errorBit(everyFrame: 2),
            .droppedPackets(every: 701),
        ])
    func damaged(fault: CameraModel.Fault) async throws {
        let bench = Bench()
        bench.model.lay(Self.paper)
        bench.model.setFault(fault)
        for _ in 0..<3 {
            do {
                let page = try await bench.driver.capture()
                #expect(page.jpeg == Self.paper.jpeg)
            } catch {
                #expect(error.kind == .cameraSilent)
                #expect(error.responsible == .technician)
            }
        }
        #expect(await bench.driver.droppedFrames > 0)
    }

    @Test("A camera that sends nothing is silent after its time", arguments: CameraModel.Transport.allCases)
    func silent(transport: CameraModel.Transport) async throws {
        let bench = Bench(.uvc10, transport)
        bench.model.lay(Self.paper)
        bench.model.setFault(.silent)
        await Self.expect(.cameraSilent, .technician) { try await bench.driver.capture() }
        #expect((3000...4000).contains(bench.time.elapsed))
        bench.model.setFault(nil)
        #expect(try await bench.driver.capture().jpeg == Self.paper.jpeg)
    }

    @Test("No camera is missing; unplugged in mid-capture it is lost at once; plugged in again it works")
    func unplugged() async throws {
        let bench = Bench(plugged: false)
        await Self.expect(.cameraMissing, .technician) { try await bench.driver.capture() }
        bench.bus.plug(bench.model)
        bench.model.lay(Self.paper)
        let began = bench.time.elapsed
        bench.time.after(30) { bench.bus.unplug(bench.model) }
        await Self.expect(.cameraLost, .hallStaff) { try await bench.driver.capture() }
        #expect(bench.time.elapsed - began <= 31)
        bench.bus.plug(bench.model)
        #expect(try await bench.driver.capture().jpeg == Self.paper.jpeg)
        bench.bus.unplug(bench.model)
        bench.bus.plug(bench.model)
        #expect(try await bench.driver.capture().jpeg == Self.paper.jpeg)
    }

    /// Has a frame ready as soon as its stream begins; beginning takes a while.
    private final class EagerCamera: EmulatedUSBDevice {
        let model = CameraModel()
        let time: TestTime

        init(time: TestTime) { self.time = time }

        var deviceDescriptor: [UInt8] { model.deviceDescriptor }
        var configurationDescriptor: [UInt8] { model.configurationDescriptor }
        var strings: [UInt8: String] { model.strings }
        func control(setup: [UInt8], data: [UInt8]) -> EmulatedTransfer { model.control(setup: setup, data: data) }
        func out(endpoint: UInt8, data: [UInt8]) -> EmulatedTransfer { model.out(endpoint: endpoint, data: data) }
        func input(endpoint: UInt8, maximum: Int) -> EmulatedTransfer {
            model.input(endpoint: endpoint, maximum: maximum)
        }
        func isochronous(endpoint: UInt8, maximum: Int) -> EmulatedTransfer {
            model.isochronous(endpoint: endpoint, maximum: maximum)
        }
        func setInterface(_ number: UInt8, alternate: UInt8) {
            model.setInterface(number, alternate: alternate)
            time.advance(by: 20)
        }
        func clearHalt(endpoint: UInt8) { model.clearHalt(endpoint: endpoint) }
        func reset() { model.reset() }
    }

    @Test("Small frames that are no pictures come to an end")
    func endlessDamage() async throws {
        let time = TestTime()
        let bus = InProcessBus(time: time)
        let camera = EagerCamera(time: time)
        camera.model.lay(EmulatedPaper(name: "", title: "", titleEnglish: "", jpeg: [0xFF, 0xD8, 1, 2, 3, 0xFF, 0xD9]))
        bus.plug(camera)
        time.after(60_000) { bus.unplug(camera) }
        let driver = DocumentCameraDriver(bus: bus, matcher: DeviceMatcher(interfaceClass: 0x0E), clock: time)
        await Self.expect(.cameraSilent, .technician) { try await driver.capture() }
        #expect(time.elapsed < 3500)
    }

    @Test("A cancelled capture ends with the stream stopped")
    func cancelled() async throws {
        let bench = Bench()
        bench.model.setFault(.silent)
        let cancel = Mutex<(@Sendable () -> Void)?>(nil)
        let gate = AsyncStream<Void>.makeStream()
        let task = Task {
            for await _ in gate.stream {}
            return try await bench.driver.capture()
        }
        bench.time.after(200) { cancel.withLock { $0 }?() }
        cancel.withLock { $0 = { task.cancel() } }
        gate.continuation.finish()
        do {
            _ = try await task.value
            Issue.record("captured")
        } catch {
            #expect((error as? Fault)?.kind == .timedOut)
        }
    }

    private static func expect(
        _ kind: Fault.Kind, _ responsible: Fault.Responsible, sourceLocation: SourceLocation = #_sourceLocation,
        _ capture: () async throws -> CapturedPage
    ) async {
        do {
            _ = try await capture()
            Issue.record("a page was captured", sourceLocation: sourceLocation)
        } catch {
            #expect((error as? Fault)?.kind == kind, "\(error)", sourceLocation: sourceLocation)
            #expect((error as? Fault)?.responsible == responsible, sourceLocation: sourceLocation)
        }
    }
}

@Suite("Page inspection")
struct PageInspectionTests {
    @Test("The demonstration's papers show something", arguments: ["lease", "premises", "authorization", "family-id"])
    func papers(name: String) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let jpeg = try Data(contentsOf: folder.appending(path: "deploy/demo/papers/\(name).jpg"))
        let inspection = try PageInspection(jpeg: [UInt8](jpeg))
        #expect(!inspection.showsNothing, "mean \(inspection.mean), spread \(inspection.spread)")
        #expect(inspection.spread > 2 * PageInspection.evenSpread)
    }

    @Test("An empty platen and a black picture show nothing", arguments: [EmulatedPaper.emptyPlaten, .black])
    func nothing(paper: EmulatedPaper) throws {
        let inspection = try PageInspection(jpeg: paper.jpeg)
        #expect(inspection.showsNothing)
        #expect(inspection.width == 3264)
    }

    @Test("A cut or changed JPEG is refused or decoded, never a trap")
    func hostile() {
        let jpeg = EmulatedPaper.emptyPlaten.jpeg
        for length in [0, 1, 2, 3, 20, 100, jpeg.count / 2, jpeg.count - 3] {
            #expect(throws: CodecError.self) { try PageInspection(jpeg: Array(jpeg.prefix(length))) }
        }
        var generator = SeededGenerator(state: 5)
        for _ in 0..<50 {
            var head = generator.mutated(Array(jpeg.prefix(700)))
            head += jpeg.dropFirst(700)
            _ = try? PageInspection(jpeg: head)
        }
    }

    @Test("A header that claims too many pixels is refused before memory is taken")
    func tooLarge() throws {
        var jpeg = EmulatedPaper.emptyPlaten.jpeg
        let marker = try #require(
            jpeg.indices.dropLast().first { jpeg[$0] == 0xFF && (jpeg[$0 + 1] == 0xC0 || jpeg[$0 + 1] == 0xC2) })
        for offset in 5...8 { jpeg[marker + offset] = 0x7F }
        #expect(throws: CodecError(.jpeg, .tooLarge, "dimensions")) { try PageInspection(jpeg: jpeg) }
    }
}
