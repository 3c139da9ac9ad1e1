// What a citizen's paper may rely on, tried against a real print service and an emulated IPP Everywhere printer.

import Foundation
import KioskCore
import Testing

@testable import KioskDevices

@Suite(.serialized, .timeLimit(.minutes(10)))
struct CupsPrinterTests {
    private static let shared = Task { try await PrivateCups() }

    private func service() async throws -> PrivateCups { try await Self.shared.value }

    private func printer(_ service: PrivateCups, deadlineSeconds: Int = 60) -> CupsPrinter {
        CupsPrinter(queue: "a4", server: service.server, clock: PollingClock(), deadlineSeconds: deadlineSeconds)
    }

    private func job(_ text: String) -> PrintJob {
        PrintJob(id: UUID().uuidString, title: "收件凭证", pdf: samplePDF(text))
    }

    /// Tests share one printer: only what came out since `before` is this test's.
    private func texts(_ service: PrivateCups, since before: Int) throws -> [String] {
        Array(try service.printedTexts().dropFirst(before))
    }

    @Test func `A paper comes out with its text`() async throws {
        let service = try await service()
        let before = try service.printed().count
        try await printer(service).print(job("acknowledgement 1"))
        let papers = try texts(service, since: before)
        #expect(papers == ["acknowledgement 1"])
    }

    @Test func `The same id comes out once, also after the process has forgotten it`() async throws {
        let service = try await service()
        let before = try service.printed().count
        let paper = job("only once")
        let first = printer(service)
        async let one: Void = first.print(paper)
        async let two: Void = first.print(paper)
        _ = try await (one, two)
        try await printer(service).print(paper)
        let papers = try texts(service, since: before)
        #expect(papers == ["only once"])
        var again = paper
        again.id += "-2"
        try await first.print(again)
        let later = try texts(service, since: before)
        #expect(later == ["only once", "only once"])
    }

    @Test func `A crash in the middle of a job does not print it twice`() async throws {
        let service = try await service()
        let before = try service.printed().count
        let paper = job("half way")
        try service.set(fault: "hold")
        // The job of a process that is gone: it stands at the service, and nobody watches it.
        _ = try await IPPClient(server: service.server).print(
            paper.pdf, name: "\(paper.title) [\(paper.id)]", copies: 1, cancelAfter: 60, on: .queue("a4"))
        let clock = PollingClock()
        let restarted = CupsPrinter(queue: "a4", server: service.server, clock: clock)
        async let printing: Void = restarted.print(paper)
        await clock.waitForPolls(2)
        try service.clear(fault: "hold")
        try await printing
        let papers = try texts(service, since: before)
        #expect(papers == ["half way"])
    }

    @Test(arguments: [
        ("media-empty-error", Fault.Kind.paperOut), ("media-jam-error", .paperJam), ("cover-open-error", .coverOpen),
        ("toner-empty-error", .tonerOut),
    ])
    func `A fault calls hall staff, and the paper does not come out once it is cleared`(
        file: String, kind: Fault.Kind
    ) async throws {
        let service = try await service()
        let before = try service.printed().count
        let printer = printer(service)
        try service.set(fault: file)
        let fault = await #expect(throws: Fault.self) { try await printer.print(job("must never come out")) }
        #expect(fault?.kind == kind)
        #expect(fault?.responsible == .hallStaff)
        try service.clear(fault: file)
        // The printer takes one job at a time, so a cancelled one that was still there would come before this.
        try await printer.print(job("after \(file)"))
        let papers = try texts(service, since: before)
        #expect(papers == ["after \(file)"])
        #expect(await printer.fault() == nil)
    }

    @Test func `A paper that failed comes out when it is tried again under the same id`() async throws {
        let service = try await service()
        let before = try service.printed().count
        let printer = printer(service)
        let paper = job("second try")
        try service.set(fault: "media-empty-error")
        await #expect(throws: Fault.self) { try await printer.print(paper) }
        try service.clear(fault: "media-empty-error")
        try await printer.print(paper)
        let papers = try texts(service, since: before)
        #expect(papers == ["second try"])
    }

    @Test func `A printer that does not finish is given up at the deadline`() async throws {
        let service = try await service()
        let before = try service.printed().count
        try service.set(fault: "hold")
        let printer = printer(service, deadlineSeconds: 1)
        let fault = await #expect(throws: Fault.self) { try await printer.print(job("too slow")) }
        #expect(fault?.kind == .printerStopped)
        try service.clear(fault: "hold")
        try await self.printer(service).print(job("next citizen"))
        let papers = try texts(service, since: before)
        #expect(papers == ["next citizen"])
    }

    @Test func `A session that ends takes its paper back`() async throws {
        let service = try await service()
        let before = try service.printed().count
        try service.set(fault: "hold")
        let clock = PollingClock()
        let printer = CupsPrinter(queue: "a4", server: service.server, clock: clock)
        let printing = Task { try await printer.print(job("left behind")) }
        await clock.waitForPolls(2)
        printing.cancel()
        let result = await printing.result
        #expect(throws: Fault.self) { try result.get() }
        try service.clear(fault: "hold")
        try await printer.print(job("next citizen"))
        let papers = try texts(service, since: before)
        #expect(papers == ["next citizen"])
    }

    @Test func `A title of any length leaves the id in the job's name`() async throws {
        let service = try await service()
        let before = try service.printed().count
        var paper = job("long title")
        paper.title = String(repeating: "企业登记\u{0}\n", count: 100)
        try await printer(service).print(paper)
        try await printer(service).print(paper)
        let papers = try texts(service, since: before)
        #expect(papers == ["long title"])
    }

    @Test func `Bytes that are no PDF are refused`() async throws {
        let service = try await service()
        let before = try service.printed().count
        let printer = printer(service)
        let fault = await #expect(throws: Fault.self) {
            try await printer.print(PrintJob(id: UUID().uuidString, title: "x", pdf: Array("no document".utf8)))
        }
        #expect(fault?.kind == .printRejected)
        try await printer.print(job("still well"))
        let papers = try texts(service, since: before)
        #expect(papers == ["still well"])
    }

    @Test func `A missing queue is a missing printer`() async throws {
        let service = try await service()
        let printer = CupsPrinter(queue: "none", server: service.server, clock: PollingClock())
        let fault = await #expect(throws: Fault.self) { try await printer.print(job("nowhere")) }
        #expect(fault?.kind == .printerMissing)
        #expect(fault?.responsible == .technician)
        #expect(await printer.fault()?.kind == .printerMissing)
    }

    @Test func `A print service that is down is a missing printer`() async {
        let printer = CupsPrinter(queue: "a4", server: "/nonexistent/cups.sock", clock: PollingClock())
        let fault = await #expect(throws: Fault.self) { try await printer.print(job("nowhere")) }
        #expect(fault?.kind == .printerMissing)
        #expect(await printer.fault()?.kind == .printerMissing)
    }

    @Test func `A service killed in the middle of a job is reported, and its job never comes out`() async throws {
        let service = try await PrivateCups()
        let clock = PollingClock(speed: 5)
        let printer = CupsPrinter(queue: "a4", server: service.server, clock: clock)
        try service.set(fault: "hold")
        try service.set(fault: "cupsd-down")
        let printing = Task { try await printer.print(job("lost job")) }
        await clock.waitForPolls(5)
        try service.killScheduler()
        let result = await printing.result
        #expect(throws: Fault(.printerMissing, responsible: .technician, detail: "print service lost during the job")) {
            try result.get()
        }
        try service.clear(fault: "cupsd-down")
        await service.waitForRestart()
        // Asking also makes up for the cancellation that the dead service could not take.
        #expect(await printer.fault() == nil)
        try service.clear(fault: "hold")
        try await printer.print(job("after the restart"))
        #expect(try service.printedTexts() == ["after the restart"])
        try service.stop()
    }

    @Test func `Nothing of the service is left after its owner is gone`() async throws {
        let service = try await PrivateCups()
        let pids = try String(contentsOf: service.folder.appending(path: "pids"), encoding: .utf8)
            .split(separator: "\n").compactMap { Int32($0.drop { $0 != "=" }.dropFirst()) }
        #expect(pids.count == 3)
        try service.stop()
        // One that ended and waits to be collected by the system's first process has no environment any more.
        for pid in pids { #expect((FileManager.default.contents(atPath: "/proc/\(pid)/environ") ?? Data()).isEmpty) }
        #expect(!FileManager.default.fileExists(atPath: service.server))
        #expect(!FileManager.default.fileExists(atPath: service.folder.path))
    }
}
