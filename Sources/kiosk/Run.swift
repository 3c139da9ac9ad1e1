// `kiosk run`: serves citizens until it is told to stop.

import ArgumentParser
import Foundation
import KioskCore
import KioskDevices
import KioskShell
import KioskVault
import Logging

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serve citizens until told to stop.")

    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case terminal, auto
    }

    @OptionGroup var configuration: ConfigurationOption
    @Option(name: .long, help: "Where the pages are shown. A framebuffer shell is not part of this version.")
    var shell = Shell.auto
    @Flag(name: .long, help: "Let Ctrl-C end the shell: for a developer's window, never in the hall.")
    var allowQuit = false

    func run() async throws {
        let settings = try configuration.load()
        do {
            try await serve(settings)
        } catch let problem as ConfigurationProblem {
            report(problem.description)
            throw KioskExit.configuration
        } catch let error as VaultError {
            report("\(error)")
            throw KioskExit.unavailable
        } catch let error as TerminalError {
            report("\(error)")
            throw KioskExit.screenLost
        }
    }

    private func serve(_ settings: TerminalConfiguration) async throws {
        let sink = try LogSink(path: settings.log)
        LoggingSystem.bootstrap { LineLog(sink: sink, label: $0) }
        let logger = Logger(label: "kiosk")
        let terminal = try Terminal(settings)
        for finding in terminal.diagnostics {
            logger.error(
                "matter file refused",
                metadata: ["file": "\(finding.file)", "line": "\(finding.line)", "problem": "\(finding.message)"])
        }

        let vault = try await Vault.open(
            terminal.vaultSettings, enrolment: terminal.enrolment, at: terminal.clock.now())
        let transport = try HTTPTransport(terminal.enrolment)
        let bus: USBContext
        do {
            bus = try USBContext()
        } catch {
            throw ConfigurationProblem("USB cannot be used: \(error)")
        }

        var options = TerminalOptions(environment: ProcessInfo.processInfo.environment)
        options.allowsQuit = allowQuit
        options.qrMatrix = QRCode.modules
        let pages = terminal.pages
        let clock = terminal.clock
        let screen = TerminalShell(options: options) { pages.page(for: $0, today: clock.now().chinaDate) }

        let reader = try terminal.reader(on: bus)
        let chipReader = terminal.chipReader(on: bus)
        let readers = CardReaders(identity: reader, chip: chipReader.map(SocialSecurityCardReader.init)) {
            source, fault in
            // The profiles know chip readers; not every terminal has one.
            guard source != .socialSecurityCard || fault.kind != .readerMissing else { return }
            Self.log(.fault(fault, page: "card readers"), to: logger)
        }
        let camera = try terminal.camera(on: bus)
        let faces = try terminal.faces(on: bus)
        let engine = SessionEngine(library: terminal.library, policy: settings.policy, at: clock.now()) {
            UUID().uuidString.lowercased()
        }
        let runner = SessionRunner(
            engine: engine,
            ports: SessionPorts(
                reader: readers, camera: camera, printer: terminal.printer,
                composer: PaperLayout(verifyURL: terminal.enrolment.enrolment.publicURL), store: vault,
                office: OfficeClient(terminal: terminal.enrolment.enrolment.terminal, transport: transport),
                presenter: screen, clock: clock, verifier: faces?.verifier, photoDecoder: terminal.photoDecoder),
            policy: settings.policy, note: { Self.log($0, to: logger) })

        // Killed, it would leave the camera without the kernel's driver that it was taken from.
        EndingSignals.listen { signal in
            logger.notice("told to end", metadata: ["signal": "\(signal)"])
            Task { await screen.stop() }
        }
        try screen.start()
        logger.notice("terminal started", metadata: ["matters": "\(terminal.library.matters.count)"])
        let sync = SyncClient(vault: vault, transport: transport, clock: clock, logger: Logger(label: "sync"))
        let delivering = Task { await Self.deliver(sync, clock: clock, logger: logger) }
        let serving = Task { await runner.run(events: screen.events) }
        let ending = await Result { try await screen.ending() }
        await serving.value
        delivering.cancel()
        await delivering.value
        await reader.close()
        await chipReader?.close()
        await camera.close()
        await faces?.camera.close()
        await vault.close()
        await transport.shutdown()
        logger.notice("terminal ended")
        _ = try ending.get()
    }

    /// A store that failed is told to the technician by the log; cases already sealed wait on disk and are tried again.
    private static func deliver(_ sync: SyncClient, clock: SystemClock, logger: Logger) async {
        while !Task.isCancelled {
            do {
                try await sync.run()
            } catch let fault as Fault {
                logger.critical("delivery stopped", metadata: ["kind": "\(fault.kind)", "detail": "\(fault.detail)"])
                try? await clock.sleep(until: clock.now().adding(seconds: 60))
            } catch {
                return
            }
        }
    }

    private static func log(_ note: SessionNote, to logger: Logger) {
        switch note {
        case .started(let matter, let version):
            logger.info("session started", metadata: ["matter": "\(matter)", "version": "\(version)"])
        case .page(let page): logger.info("page", metadata: ["page": "\(page)"])
        case .fault(let fault, let page):
            logger.warning(
                "fault",
                metadata: [
                    "page": "\(page)", "kind": "\(fault.kind)", "responsible": "\(fault.responsible)",
                    "detail": "\(fault.detail)",
                ])
        case .resumed(let page): logger.info("session resumed", metadata: ["page": "\(page)"])
        case .accepted(let number): logger.notice("case accepted", metadata: ["receipt": "\(number)"])
        case .printed(let job): logger.info("printed", metadata: ["job": "\(job)"])
        case .ended(let farewell):
            logger.info("session ended", metadata: ["how": "\(farewell?.rawValue ?? "unknown")"])
        }
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
