/// A whole hall inside the virtual terminal: central office, printer, devices behind the kernel's USB controller.

import Foundation

/// Keys and enrolment are made on the host, where that takes no time. Used from one thread at a time.
final class Hall {
    let machine: Machine
    private static let folder = "/run/hall"
    private static let ended = folder + "/terminal.exit"
    private static let emulator = folder + "/emulator.sock"

    init(on machine: Machine, matters: [String]) throws {
        self.machine = machine
        let hall = machine.shared + "/hall"
        try FileManager.default.createDirectory(atPath: hall, withIntermediateDirectories: true)
        let password = machine.folder + "/password"
        try Data("correct horse 7 staple\n".utf8).write(to: URL(filePath: password))
        let central = machine.program("kiosk-central")
        let library = Machine.root + "/matters"
        try Child.output(
            of: central,
            [
                "init", "--data", hall + "/office", "--demo", "--matters", library, "--user", "office",
                "--password-file", password,
            ])
        try Child.output(
            of: central,
            [
                "enrol", "--data", hall + "/office", "--terminal", "DL01", "--out", hall + "/enrolment",
                "--office-url", "https://localhost:7443", "--public-url", "https://localhost:7444/verify",
            ])
        try Self.copy(matters, of: library, to: hall + "/matters")
        try machine.run("\(Machine.root)/deploy/virtual-terminal/guest/hall \(Machine.build)", within: 300)
        try machine.run("udevadm monitor --kernel --subsystem-match=usb >\(Self.folder)/log/usb 2>&1 &")
    }

    /// The named matters with everything that all of them share: reading 412 would take minutes in there.
    private static func copy(_ matters: [String], of library: String, to folder: String) throws {
        let files = FileManager.default
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for name in try files.contentsOfDirectory(atPath: library) {
            // The departments' folders are named by their three capital letters.
            guard name.wholeMatch(of: /[A-Z]{3}/) == nil else { continue }
            try files.copyItem(atPath: "\(library)/\(name)", toPath: "\(folder)/\(name)")
        }
        for code in matters {
            let department = code.prefix(3)
            try files.createDirectory(atPath: "\(folder)/\(department)", withIntermediateDirectories: true)
            let file = "\(department)/\(code).yaml"
            try files.copyItem(atPath: "\(library)/\(file)", toPath: "\(folder)/\(file)")
        }
    }

    /// The terminal's shell on /dev/hvc0, whose other end is here.
    func startTerminal(columns: Int = 110, rows: Int = 48) throws -> Screen {
        let screen = try Screen(path: machine.folder + "/shell.sock", columns: columns, rows: rows)
        let kiosk = "\(machine.program("kiosk")) run --config \(Self.folder)/terminal.json --shell terminal"
        // The size is set once the line is open: it is forgotten when nobody has it open.
        try machine.run(
            """
            TERM=xterm-256color setsid --ctty bash -c \
            'stty rows \(rows) cols \(columns); \(kiosk) 2>\(Self.folder)/log/shell; echo $? >\(Self.ended)' \
            </dev/hvc0 >/dev/hvc0 2>&1 &
            """)
        return screen
    }

    /// Ends the terminal's program as systemd does, by SIGTERM; its exit code.
    func endTerminal() throws -> Int? {
        Int(
            try machine.run(
                "pkill -TERM -x kiosk; for try in {1..600}; do [[ -s \(Self.ended) ]] && break; sleep 0.1; done; "
                    + "cat \(Self.ended)"
            ).trimmingCharacters(in: .whitespacesAndNewlines))
    }

    func dock(_ words: String) throws {
        try machine.run("\(machine.program("kiosk-emulator")) send --socket \(Self.emulator) \(words)")
    }

    /// Until the kernel has found the reader, the first device on the first virtual bus, and udevd has told of it.
    func waitForReader() throws {
        try machine.run(
            "for try in {1..300}; do [[ -e /sys/bus/usb/devices/1-1:1.0 ]] && break; sleep 0.1; done; udevadm settle")
    }

    /// The kernel has told that a driver let go of the camera since the hall was opened.
    func videoDriverWasDetached() throws -> Bool {
        try machine.run("cat \(Self.folder)/log/usb").contains(
            try Regex("unbind +[^ ]*/\(Machine.camera):1\\.0 "))
    }

    // MARK: What came out

    struct OfficeCase: Decodable {
        var id: String
        var receiptNumber: String?
        var matterCode: String?
        /// Absent until the case is whole.
        var receivedAt: Double?
    }

    /// Whole cases at the office.
    func receivedCases() throws -> [OfficeCase] {
        let json = try machine.run("\(machine.program("kiosk-central")) cases --data \(Self.folder)/office --json")
        return try JSONDecoder().decode([OfficeCase].self, from: Data(json.utf8)).filter { $0.receivedAt != nil }
    }

    /// The case's files by name.
    func export(_ id: String) throws -> [String: Data] {
        let out = "/run/shared/export-\(id)"
        try machine.run(
            "\(machine.program("kiosk-central")) export --data \(Self.folder)/office --case \(id) --out \(out)")
        let folder = "\(machine.shared)/export-\(id)"
        var files: [String: Data] = [:]
        for name in FileManager.default.enumerator(atPath: folder)?.compactMap({ $0 as? String }) ?? [] {
            if let data = FileManager.default.contents(atPath: "\(folder)/\(name)") { files[name] = data }
        }
        return files
    }
}

/// The terminal's shell at the other end of a line: reads its screen, presses its keys. Used from one thread at a time.
final class Screen {
    private let line: LineSocket
    private var model: VirtualScreen

    init(path: String, columns: Int, rows: Int) throws {
        line = try LineSocket(path: path)
        model = VirtualScreen(columns: columns, rows: rows)
    }

    var text: String { model.text }

    func wait(for wanted: String, within seconds: Double = 12) throws {
        try wait("“\(wanted)”", within: seconds) { $0.contains(wanted) }
    }

    /// `seconds` on a real terminal.
    func wait(_ what: String, within seconds: Double = 12, until holds: (String) -> Bool) throws {
        let deadline = Date(timeIntervalSinceNow: seconds * Machine.scale)
        while !holds(text) {
            guard Date() < deadline, let bytes = line.receive(within: 200) else {
                throw HallProblem("the screen never showed \(what); it shows:\n\(text)")
            }
            model.feed(bytes)
            let answers = model.takeAnswers()
            if !answers.isEmpty { try line.send(answers) }
        }
    }

    func press(_ keys: String) {
        try? line.send(Array(keys.utf8))
    }

    func press(_ keys: String, then wanted: String) throws {
        press(keys)
        try wait(for: wanted)
    }
}

enum Key {
    static let enter = "\r"
    /// F9: on, from a page where letters are text.
    static let next = "\u{1B}[20~"
}
