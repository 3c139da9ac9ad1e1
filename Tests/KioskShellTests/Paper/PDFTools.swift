// Reads PDF files by programs that are not ours: poppler, qpdf and zbar.

import Foundation
import Testing

enum PDFTools {
    private struct Outcome {
        let status: Int32
        let output: String
    }

    /// Runs a program of the system to its end, without blocking a Swift thread. Output goes by a file.
    private static func run(_ program: String, _ arguments: [String], in folder: URL) async throws -> Outcome {
        let path = "/usr/bin/\(program)"
        try #require(FileManager.default.isExecutableFile(atPath: path), "\(program) is not installed")
        let file = folder.appendingPathComponent("output")
        try Data().write(to: file)
        let handle = try FileHandle(forWritingTo: file)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.standardOutput = handle
        process.standardError = FileHandle.nullDevice
        let status = try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<Int32, any Error>) in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        try handle.close()
        return Outcome(status: status, output: String(decoding: try Data(contentsOf: file), as: UTF8.self))
    }

    private static func with<Result>(
        _ pdf: [UInt8], _ body: (URL) async throws -> Result
    ) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("paper-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(pdf).write(to: folder.appendingPathComponent("paper.pdf"))
        return try await body(folder)
    }

    static func text(of pdf: [UInt8]) async throws -> String {
        try await with(pdf) { folder in
            let outcome = try await run("pdftotext", ["-layout", "paper.pdf", "-"], in: folder)
            #expect(outcome.status == 0)
            return outcome.output
        }
    }

    static func sheetCount(of pdf: [UInt8]) async throws -> Int {
        try await with(pdf) { folder in
            let outcome = try await run("qpdf", ["--show-npages", "paper.pdf"], in: folder)
            return try #require(Int(outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)))
        }
    }

    static func isSound(_ pdf: [UInt8]) async throws -> Bool {
        try await with(pdf) { try await run("qpdf", ["--check", "paper.pdf"], in: $0).status == 0 }
    }

    /// A line a font: name, type, encoding, embedded, subset, Unicode.
    static func fonts(of pdf: [UInt8]) async throws -> [String] {
        try await with(pdf) { folder in
            try await run("pdffonts", ["paper.pdf"], in: folder).output.split(separator: "\n").dropFirst(2)
                .map(String.init)
        }
    }

    /// What a scanner reads from the paper printed at 150 dots an inch.
    static func code(of pdf: [UInt8]) async throws -> String {
        try await with(pdf) { folder in
            _ = try await run("pdftoppm", ["-r", "150", "-png", "-singlefile", "paper.pdf", "sheet"], in: folder)
            let outcome = try await run("zbarimg", ["--quiet", "--raw", "sheet.png"], in: folder)
            return outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }
}
