/// `kiosk-emulator send`: one command to the emulated hall.

import ArgumentParser
import FoundationEssentials
import KioskEmulation

struct Send: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send one command and print its JSON answer.",
        discussion: """
            Exit status: 0 when it was carried out, 1 when it was refused or nobody listens. Commands:

            \(EmulatorStage.usage)
            """)

    @OptionGroup var control: SocketOption

    @Argument(help: ArgumentHelp("The words of the command.", valueName: "WORDS"))
    var words: [String]

    func run() throws {
        let answer = try ControlClient(path: control.socket).send(words)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        StandardOutput.writeLine(try encoder.encode(answer))
        if !answer.ok { throw ExitCode(1) }
    }
}
