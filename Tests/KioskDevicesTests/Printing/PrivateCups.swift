// A private print service with an emulated printer, started by the product's own script and gone with this process.

import Foundation
import Glibc
import Testing

/// One running `deploy/demo/private-cups`. Its standard input ends with this process, and that ends it.
final class PrivateCups: Sendable {
    struct Failure: Error {
        var reason: String
    }

    let folder: URL
    let server: String
    /// One element each time the queue begins to take jobs again.
    private let restarts: AsyncStream<String>
    private let input: Pipe

    static let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "deploy/demo/private-cups")

    init() async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "printing-\(UUID().uuidString)")
        let process = Process()
        process.executableURL = Self.script
        process.arguments = ["run", "--temporary", folder.path]
        let output = Pipe()
        input = Pipe()
        process.standardInput = input
        process.standardOutput = output
        let (lines, continuation) = AsyncStream.makeStream(of: String.self)
        output.fileHandleForReading.readabilityHandler = { handle in
            let text = String(decoding: handle.availableData, as: UTF8.self)
            if text.isEmpty {
                handle.readabilityHandler = nil
                continuation.finish()
            }
            for line in text.split(separator: "\n") { continuation.yield(String(line)) }
        }
        try process.run()
        var first: String?
        for await line in lines {
            first = line
            break
        }
        guard let line = first, line.hasPrefix("CUPS_SERVER=") else {
            throw Failure(reason: "the private print service did not start")
        }
        server = String(line.dropFirst("CUPS_SERVER=".count))
        restarts = lines
    }

    /// Ends the service and everything it started, and waits for that.
    func stop() throws {
        try input.fileHandleForWriting.close()
        _ = try Self.run(Self.script.path, "stop", folder.path)
    }

    func waitForRestart() async {
        for await _ in restarts { return }
    }

    /// The papers that came out, oldest first.
    func printed() throws -> [URL] {
        try FileManager.default.contentsOfDirectory(
            at: folder.appending(path: "printed"), includingPropertiesForKeys: nil
        ).filter { $0.pathExtension == "pdf" }.sorted { $0.path < $1.path }
    }

    /// The words on each paper that came out.
    func printedTexts() throws -> [String] {
        try printed().map {
            try Self.run("/usr/bin/pdftotext", $0.path, "-").trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    func set(fault: String) throws {
        try Data().write(to: folder.appending(path: "faults/\(fault)"))
    }

    func clear(fault: String) throws {
        try FileManager.default.removeItem(at: folder.appending(path: "faults/\(fault)"))
    }

    func killScheduler() throws {
        let pids = try String(contentsOf: folder.appending(path: "pids"), encoding: .utf8)
        let line = try #require(pids.split(separator: "\n").first { $0.hasPrefix("cupsd=") })
        let pid = try #require(pid_t(line.dropFirst("cupsd=".count)))
        guard kill(pid, SIGKILL) == 0 else { throw Failure(reason: "cupsd cannot be killed") }
    }

    static func run(_ program: String, _ arguments: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(reason: "\(program) ended with \(process.terminationStatus)")
        }
        return String(decoding: data, as: UTF8.self)
    }
}

/// A one-page A4 document that shows `text` (ASCII without parentheses).
func samplePDF(_ text: String) -> [UInt8] {
    let content = "BT /F1 24 Tf 72 700 Td (\(text)) Tj ET"
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
            + "/Resources << /Font << /F1 5 0 R >> >> >>",
        "<< /Length \(content.utf8.count) >>\nstream\n\(content)\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    var pdf = "%PDF-1.4\n"
    var offsets: [Int] = []
    for (index, object) in objects.enumerated() {
        offsets.append(pdf.utf8.count)
        pdf += "\(index + 1) 0 obj\n\(object)\nendobj\n"
    }
    let table = pdf.utf8.count
    pdf += "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n"
    for offset in offsets {
        let digits = String(offset)
        pdf += String(repeating: "0", count: 10 - digits.count) + digits + " 00000 n \n"
    }
    pdf += "trailer\n<< /Size \(objects.count + 1) /Root 1 0 R >>\nstartxref\n\(table)\n%%EOF\n"
    return Array(pdf.utf8)
}
