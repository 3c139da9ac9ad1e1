/// A whole hall for one test: central office, devices, printer, and the folder of one terminal.

import Foundation
import KioskCore

/// Started in `init`, ended by `close()`. Used from one thread at a time.
final class Hall: @unchecked Sendable {
    static let root: String = {
        var parts = #filePath.split(separator: "/")
        parts.removeLast(4)
        return "/" + parts.joined(separator: "/")
    }()

    static var build: String {
        ProcessInfo.processInfo.environment["KIOSK_BUILD"] ?? root + "/.build/debug"
    }

    static func program(_ name: String) -> String { "\(build)/\(name)" }

    let folder: String
    let gate: ByteGate
    private(set) var office: Child?
    private let emulator: Child
    private let officePort: Int
    private let staffPort: Int
    private let printing: Child
    private var screens: [Screen] = []

    var officeData: String { folder + "/office" }
    var terminalData: String { folder + "/terminal" }
    var log: String { folder + "/kiosk.log" }
    private var socket: String { folder + "/emulator.sock" }
    private var settings: String { folder + "/terminal.json" }
    var publicURL: String { "https://localhost:\(staffPort)/verify" }
    var authority: String { officeData + "/keys/ca.pem" }
    static let staffPassword = "correct horse 7 staple"

    init(matters: String? = nil, idleSeconds: Int = 600, warnSeconds: Int = 60, paySeconds: Int = 600) throws {
        folder = NSTemporaryDirectory() + "kiosk-hall-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let password = folder + "/password"
        try Data((Self.staffPassword + "\n").utf8).write(to: URL(filePath: password))
        officePort = try ByteGate.freePort()
        staffPort = try ByteGate.freePort()
        gate = try ByteGate(target: officePort)
        let central = Self.program("kiosk-central")
        try Child.output(
            of: central,
            [
                "init", "--data", folder + "/office", "--demo", "--matters", Self.root + "/matters", "--user", "office",
                "--password-file", password,
            ])
        try Child.output(
            of: central,
            [
                "enrol", "--data", folder + "/office", "--terminal", "DL01", "--out", folder + "/enrolment",
                "--office-url", "https://localhost:\(gate.port)", "--public-url",
                "https://localhost:\(staffPort)/verify",
            ])
        emulator = try Child(
            Self.program("kiosk-emulator"),
            [
                "serve", "--socket", folder + "/emulator.sock", "--papers", Self.root + "/deploy/demo/papers",
                "--printer-faults", folder + "/cups/faults", "--fast", "--chip-reader",
            ], log: folder + "/emulator.log")
        _ = try emulator.firstLine()
        printing = try Child(Self.root + "/deploy/demo/private-cups", ["run", folder + "/cups"])
        let cupsServer = String(try printing.firstLine().dropFirst("CUPS_SERVER=".count))
        let json: [String: Any] = [
            "enrolment": folder + "/enrolment", "data": folder + "/terminal",
            "matters": matters ?? Self.root + "/matters",
            "profiles": Self.root + "/hardware-profiles", "printer": "a4", "cupsServer": cupsServer,
            "idleSeconds": idleSeconds, "warnSeconds": warnSeconds, "paySeconds": paySeconds,
            "log": folder + "/kiosk.log",
            "minimumFreeMegabytes": 64,
        ]
        try JSONSerialization.data(withJSONObject: json).write(to: URL(filePath: folder + "/terminal.json"))
        try startOffice()
    }

    func close() {
        screens.forEach { $0.kill() }
        gate.close()
        office?.terminate()
        emulator.terminate()
        printing.terminate()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Runs `story` in a hall of its own, on a thread that may block.
    static func open(paySeconds: Int = 600, _ story: @escaping @Sendable (Hall) throws -> Void) async throws {
        try await onThread {
            let hall = try Hall(paySeconds: paySeconds)
            defer { hall.close() }
            try story(hall)
        }
    }

    // MARK: Parts

    func startOffice() throws {
        let child = try Child(
            Self.program("kiosk-central"),
            [
                "serve", "--data", officeData, "--kiosk-port", "\(officePort)", "--office-port", "\(staffPort)",
            ], log: folder + "/office.log")
        _ = try child.firstLine()
        office = child
    }

    func killOffice() {
        office?.kill()
        office = nil
    }

    /// A new terminal process on a pseudo-terminal of its own.
    func startTerminal(columns: Int = 110, rows: Int = 48) throws -> Screen {
        let screen = try Screen(
            program: Self.program("kiosk-emulator"),
            arguments: [
                "exec", "--socket", socket, "--", Self.program("kiosk"), "run", "--config", settings, "--shell",
                "terminal",
            ], columns: columns, rows: rows)
        screens.append(screen)
        return screen
    }

    /// Moves a card, a paper or a fault.
    func dock(_ words: String) throws {
        try Child.output(
            of: Self.program("kiosk-emulator"),
            ["send", "--socket", socket] + words.split(separator: " ").map(String.init))
    }

    // MARK: What came out

    struct OfficeCase: Decodable {
        var id: String
        var receiptNumber: String?
        var terminal: String
        var matterCode: String?
        var state: String
        /// Absent until the case is whole.
        var receivedAt: Timestamp?
    }

    /// Whole cases at the office.
    func receivedCases() throws -> [OfficeCase] {
        let data = try Child.output(of: Self.program("kiosk-central"), ["cases", "--data", officeData, "--json"])
        return try JSONDecoder().decode([OfficeCase].self, from: data).filter { $0.receivedAt != nil }
    }

    struct Export {
        var caseFile: CaseFile
        /// By name.
        var files: [String: Data]
    }

    func export(_ id: String) throws -> Export {
        let out = folder + "/export-" + UUID().uuidString.prefix(8)
        try Child.output(
            of: Self.program("kiosk-central"), ["export", "--data", officeData, "--case", id, "--out", out])
        var files: [String: Data] = [:]
        for name in try Self.files(below: out) { files[name] = try Data(contentsOf: URL(filePath: "\(out)/\(name)")) }
        guard let json = files["case.json"] else { throw HallProblem("the export has no case.json") }
        return Export(caseFile: try JSONDecoder().decode(CaseFile.self, from: json), files: files)
    }

    /// Printed PDFs, oldest first.
    func printed() throws -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/cups/printed")) ?? []
        return names.filter { $0.hasSuffix(".pdf") }.sorted().map { "\(folder)/cups/printed/\($0)" }
    }

    /// What stands on the printed sheet of this number, from 0.
    func printedText(_ index: Int) throws -> String {
        let sheets = try printed()
        guard sheets.indices.contains(index) else { throw HallProblem("only \(sheets.count) sheets were printed") }
        return String(decoding: try Child.output(of: "/usr/bin/pdftotext", [sheets[index], "-"]), as: UTF8.self)
    }

    static func files(below folder: String) throws -> [String] {
        guard let walk = FileManager.default.enumerator(atPath: folder) else { return [] }
        return walk.compactMap { $0 as? String }.filter { name in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder)
                && !isFolder.boolValue
        }
    }

    /// Files below the terminal's folder, and its log, that hold `text` as UTF-8 or UTF-16LE.
    func filesOfTerminal(holding text: String) throws -> [String] {
        try filesOfTerminal(
            holdingOneOf: [Data(text.utf8), Data(text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })])
    }

    func filesOfTerminal(holdingOneOf needles: [Data]) throws -> [String] {
        let paths = try Self.files(below: terminalData).map { "\(terminalData)/\($0)" } + [log]
        return paths.filter { path in
            // Files come and go while a terminal works.
            guard let data = FileManager.default.contents(atPath: path) else { return false }
            return needles.contains { data.range(of: $0) != nil }
        }
    }
}
