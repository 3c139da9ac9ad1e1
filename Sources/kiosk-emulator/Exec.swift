/// `kiosk-emulator exec`: becomes a program that sees the emulated devices.

import ArgumentParser
import Glibc
import KioskEmulation

struct Exec: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a program that sees the devices (the process becomes the program).",
        discussion: "Exit status: the program's; 127 when it could not be started.")

    @OptionGroup var control: SocketOption

    @Argument(parsing: .postTerminator, help: ArgumentHelp("The program and its arguments.", valueName: "COMMAND"))
    var command: [String]

    func validate() throws {
        guard !command.isEmpty else { throw ValidationError("after -- comes the program to run") }
    }

    func run() throws {
        let answer = try ControlClient(path: control.socket).send(["environment"])
        guard let environment = answer.environment else {
            throw EmulationError(.socket, answer.error ?? "the emulator gave no environment")
        }
        for (name, value) in environment {
            let present = name == "LD_PRELOAD" ? getenv(name).map { ":" + String(cString: $0) } : nil
            setenv(name, value + (present ?? ""), 1)
        }
        var arguments = command.map { strdup($0) }
        arguments.append(nil)
        execvp(command[0], arguments)
        let reason = errno
        for argument in arguments { free(argument) }
        StandardError.writeLine("kiosk-emulator: cannot run \(command[0]): errno \(reason)".utf8)
        throw ExitCode(127)
    }
}
