/// `kiosk-bench [--out FILE]`: measures the product, prints a table and writes it as JSON.
///
/// Programs are taken from the folder that `KIOSK_BUILD` names. Medians of several runs, with their range beside them.

import Foundation

@main
struct KioskBench {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            switch (arguments.first, arguments.count) {
            case (CardReading.childWord, 3):
                try await CardReading.runChild(socket: arguments[1], profiles: arguments[2])
            case (USBLoad.childWord, 1): try await USBLoad.runChild()
            case (nil, 0): try await measureAll(out: nil)
            case ("--out", 2): try await measureAll(out: arguments[1])
            default:
                report("usage: kiosk-bench [--out FILE]")
                exit(64)
            }
        } catch {
            report("\(error)")
            exit(1)
        }
    }

    private static func measureAll(out: String?) async throws {
        let folder = "\(Hall.root)/.build/bench-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }

        report("the terminal and a browser: start and memory …")
        let hall = try await onThread { try Hall() }
        defer { hall.close() }
        var lines = try await onThread { try TerminalStart(hall: hall, folder: folder).measure() }
        report("all matters read, proved and walked …")
        lines += try await onThread { try MatterLibraryCost.measure() }
        report("a case sealed …")
        lines += try await Sealing(enrolment: hall.folder + "/enrolment", folder: folder).measure()
        report("cards read …")
        lines += try await onThread { try CardReading.measure() }
        report("readers read, plugged and unplugged by the thousand …")
        lines += try await onThread { try USBLoad.measure() }
        report("pages and papers drawn …")
        lines += try await onThread { try Drawing.measure(folder: folder) }

        print(Measurement.table(lines))
        guard let out else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(lines).write(to: URL(filePath: out))
    }
}

/// A line on standard error, for the person who waits.
func report(_ text: String) {
    FileHandle.standardError.write(Data("kiosk-bench: \(text)\n".utf8))
}
