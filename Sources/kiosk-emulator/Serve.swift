/// `kiosk-emulator serve`: makes the devices and the control socket, until SIGTERM or SIGINT.

import ArgumentParser
import FoundationEssentials
import Glibc
import KioskEmulation

struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make the devices and listen for commands until SIGTERM or SIGINT.",
        discussion: """
            Prints one line of JSON when the socket listens. Exit status: 0 after a signal, 1 when the devices could
            not be made.
            """)

    @OptionGroup var control: SocketOption

    @Option(help: ArgumentHelp("Photographs to lay under the camera: NAME.jpg, papers.json.", valueName: "DIR"))
    var papers: String?

    @Option(help: ArgumentHelp("More cards: one JSON file each.", valueName: "DIR"))
    var cards: String?

    @Option(help: ArgumentHelp("Folder whose files make the printer fail.", valueName: "DIR"))
    var printerFaults: String?

    @Flag(help: "A chip card reader besides (CCID class).")
    var chipReader = false

    @Flag(help: "Readers and camera take no more time than the bus; a real card reader takes 0.8 s, a camera 67 ms.")
    var fast = false

    private struct Ready: Encodable {
        let ready = true
        var socket: String
        /// umockdev's testbed.
        var directory: String?
    }

    func run() throws {
        try preload()
        try serve { try UMockdevHost() }
    }

    /// Until SIGTERM or SIGINT.
    func serve(on makeHost: () throws -> any EmulationHost) throws {
        // Before any thread starts, so that all of them leave these signals to sigwait.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_BLOCK, &signals, nil)

        let sheets = try papers.map { folder throws(EmulationError) in try EmulatedPaper.load(directory: folder) }
        let people = try cards.map { folder throws(EmulationError) in try EmulatedCard.load(directory: folder) }
        if let printerFaults {
            try FileManager.default.createDirectory(atPath: printerFaults, withIntermediateDirectories: true)
        }
        let host = try makeHost()
        defer { host.close() }
        let stage = try EmulatorStage(
            host: host, cards: EmulatedCard.builtIn + (people ?? []), papers: sheets ?? [],
            chipReader: chipReader ? CCIDReaderModel(times: fast ? .none : CCIDReaderModel.WireTimes()) : nil,
            printerFaults: printerFaults, readerTimes: fast ? .none : SAMVReader.WireTimes(),
            frameInterval: fast ? .zero : .microseconds(66_667))
        let server = try ControlServer(path: control.socket, stage: stage)
        defer { server.close() }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        StandardOutput.writeLine(
            try encoder.encode(Ready(socket: control.socket, directory: (host as? UMockdevHost)?.directory)))
        var received: Int32 = 0
        sigwait(&signals, &received)
    }

    /// Starts this program anew with libumockdev preloaded, unless it is: uevents need it.
    private func preload() throws {
        guard !UMockdevHost.isPreloaded else { return }
        guard getenv("KIOSK_EMULATOR_PRELOADED") == nil else {
            throw EmulationError(.testbed, "\(UMockdevHost.preloadLibrary) cannot be preloaded; install umockdev")
        }
        setenv("KIOSK_EMULATOR_PRELOADED", "1", 1)
        let others = getenv("LD_PRELOAD").map { ":" + String(cString: $0) } ?? ""
        setenv("LD_PRELOAD", UMockdevHost.preloadLibrary + others, 1)
        var arguments = CommandLine.arguments.map { strdup($0) }
        arguments.append(nil)
        execv("/proc/self/exe", arguments)
        throw EmulationError(.testbed, "cannot start again with umockdev (errno \(errno))")
    }
}
