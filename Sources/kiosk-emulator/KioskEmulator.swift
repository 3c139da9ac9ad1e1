/// The command line of the emulated hall.

import ArgumentParser

@main
struct KioskEmulator: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kiosk-emulator",
        abstract: "Card readers and a document camera without hardware, for real libusb.",
        discussion: """
            serve makes the devices; exec starts a program that sees them; send and dock move cards and papers and
            make devices fail.

              kiosk-emulator serve --socket hall.sock --papers deploy/demo/papers &
              kiosk-emulator exec --socket hall.sock -- kiosk devices
              kiosk-emulator send --socket hall.sock card put zhang
            """,
        subcommands: [Serve.self, Vhci.self, Exec.self, Send.self, Dock.self])
}

struct SocketOption: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The control socket.", valueName: "PATH"))
    var socket: String
}
