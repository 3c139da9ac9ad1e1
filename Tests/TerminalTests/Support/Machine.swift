/// One virtual terminal, booted for one test: commands run in it, its screen is photographed, it is ended for certain.

import Foundation
import KioskEmulation

/// Used from one thread at a time, but for `close`.
final class Machine: @unchecked Sendable {
    static let root: String = {
        var parts = #filePath.split(separator: "/")
        parts.removeLast(4)
        return "/" + parts.joined(separator: "/")
    }()

    /// Where the programs are that run in it: the host's folder is seen there under the same name.
    static let build = ProcessInfo.processInfo.environment["KIOSK_BUILD"] ?? root + "/.build/debug"

    static let artefacts = root + "/.build/virtual-terminal/artefacts"

    /// In software emulation everything takes about ten times as long; and a machine that builds beside it takes the
    /// rest. What a terminal must do within N seconds is given so much more here.
    static let scale = 10.0

    static let isAvailable: Bool = {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/qemu-system-x86_64") }
    }()

    struct Output {
        var code: Int32
        var text: String
        var errors: String
    }

    let folder: String
    private let process = Process()
    /// The runner ends the machine when this closes, also when this process is killed.
    private let life = Pipe()
    private let commands: LineSocket
    private var lastNumber = 0
    /// From the start of the runner to the first command's prompt.
    let secondsToBoot: Double

    var shared: String { folder + "/shared" }

    init(chipCard: Bool = false) throws {
        folder = "/tmp/kiosk-vt-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: folder + "/shared", withIntermediateDirectories: true)
        let start = Date()
        process.executableURL = URL(filePath: Self.root + "/deploy/virtual-terminal/run")
        process.arguments = [folder, "--while-stdin"] + (chipCard ? ["--chip-card"] : [])
        process.standardInput = life
        process.standardOutput = FileHandle.nullDevice
        let log = folder + "/run.log"
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        process.standardError = FileHandle(forWritingAtPath: log)
        try process.run()
        do {
            // The image may have to be made first.
            commands = try LineSocket(path: folder + "/commands.sock", within: 300)
            // What came before the line stood is lost; so is what the shell says until it is set up.
            while try commands.line(within: 180) != "ready" {}
        } catch {
            let words = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            process.terminate()
            throw HallProblem("the virtual terminal does not come up: \(error)\n\(words)")
        }
        secondsToBoot = Date().timeIntervalSince(start)
        print(String(format: "virtual terminal: up after %.1f s", secondsToBoot))
    }

    /// Runs `story` in a machine of its own, on a thread that may block.
    static func boot(chipCard: Bool = false, _ story: @escaping @Sendable (Machine) throws -> Void) async throws {
        try await onThread {
            let start = Date()
            let machine = try Machine(chipCard: chipCard)
            defer {
                machine.close()
                print(String(format: "virtual terminal: one boot with its test %.1f s", -start.timeIntervalSinceNow))
            }
            try story(machine)
        }
    }

    func close() {
        try? commands.send(Array("end\n".utf8))
        try? life.fileHandleForWriting.close()
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Runs one line of bash in the machine, to its end.
    func attempt(_ command: String, within seconds: Double = 120) throws -> Output {
        precondition(!command.contains("\n"), "one line")
        lastNumber += 1
        try commands.send(Array("\(lastNumber) \(command)\n".utf8))
        let words = try commands.line(within: seconds).split(separator: " ")
        guard words.count == 2, words[0] == "\(lastNumber)", let code = Int32(words[1]) else {
            throw HallProblem("out of step: \(words)")
        }
        func text(_ ending: String) throws -> String {
            try String(contentsOfFile: "\(shared)/\(lastNumber).\(ending)", encoding: .utf8)
        }
        return Output(code: code, text: try text("out"), errors: try text("err"))
    }

    @discardableResult
    func run(_ command: String, within seconds: Double = 120) throws -> String {
        let output = try attempt(command, within: seconds)
        guard output.code == 0 else {
            throw HallProblem("in the virtual terminal “\(command)” ended with \(output.code): \(output.errors)")
        }
        return output.text
    }

    /// The emulated camera: the second device on the first virtual bus.
    static let camera = "1-2"

    /// The kernel's driver has the camera's interfaces.
    func videoDriverIsBound() throws -> Bool {
        try run("echo /sys/bus/usb/drivers/uvcvideo/*").contains("\(Self.camera):1.0")
    }

    func program(_ name: String) -> String { "\(Self.build)/\(name)" }

    /// The screen as a PNG among the artefacts; its path.
    func photographScreen(_ name: String) throws -> String {
        try FileManager.default.createDirectory(atPath: Self.artefacts, withIntermediateDirectories: true)
        let path = "\(Self.artefacts)/\(name).png"
        try? FileManager.default.removeItem(atPath: path)
        let monitor = try LineSocket(path: folder + "/qmp.sock")
        _ = try monitor.line(within: 30)
        for command in [
            #"{"execute":"qmp_capabilities"}"#,
            #"{"execute":"screendump","arguments":{"filename":"\#(path)","format":"png"}}"#,
        ] {
            try monitor.send(Array((command + "\n").utf8))
            var answer: String
            repeat { answer = try monitor.line(within: 30) } while answer.contains(#""event""#)
            guard answer.contains(#""return""#) else { throw HallProblem("QEMU refuses: \(answer)") }
        }
        return path
    }
}
