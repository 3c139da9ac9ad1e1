// The command line of a terminal: arguments in, the libraries do the work.

import ArgumentParser

@main
struct KioskCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kiosk", abstract: "A self-service terminal of the service hall.",
        subcommands: [Run.self, Devices.self, Doctor.self, Render.self])
}

/// Exit codes beside 0 and the argument parser's 64, after sysexits.h.
enum KioskExit {
    /// EX_CONFIG: a setting or file is wrong; the message says which.
    static let configuration = ExitCode(78)
    /// EX_UNAVAILABLE: something the terminal needs does not work now.
    static let unavailable = ExitCode(69)
    /// EX_IOERR: the screen was lost.
    static let screenLost = ExitCode(74)
}
