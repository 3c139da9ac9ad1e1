/// The peer for start and memory: headless Chromium that shows one static page, as a kiosk built on a browser would.

import Foundation
import KioskShell

/// Running until `end()`. Used from one thread.
final class Browser {
    private static let sign = "kiosk-bench painted"
    private let process = Process()

    /// Milliseconds from the start of the process to its first contentful paint, as the page itself reports it.
    let startMilliseconds: Double

    /// `page`: an HTML file of `html(of:)`. `profile`: a folder that later starts find warm.
    init(page: String, profile: String) throws {
        let errors = Pipe()
        process.executableURL = URL(filePath: try Self.program())
        process.arguments = Self.options(profile: profile) + ["--enable-logging=stderr", "file://\(page)"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        let start = ContinuousClock.now
        try process.run()
        var said = Data()
        while true {
            let more = errors.fileHandleForReading.availableData
            guard !more.isEmpty else { throw HallProblem("chromium ended before it painted") }
            said += more
            if said.range(of: Data(Self.sign.utf8)) != nil { break }
        }
        startMilliseconds = milliseconds(since: start)
        // What it says later must not fill the pipe.
        errors.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
    }

    /// Mebibytes of all its processes.
    func memory() throws -> Double {
        // A helper may end between the listing and the look.
        try Memory.family(of: process.processIdentifier).map { id in
            do { return try Memory.proportional(id) } catch {
                guard kill(id, 0) != 0 else { throw error }
                return 0
            }
        }.reduce(0, +)
    }

    func end() {
        for id in Memory.family(of: process.processIdentifier) { kill(id, SIGKILL) }
        process.waitUntilExit()
    }

    static func program() throws -> String {
        // Debian's wrapper script would only add to it.
        let places = ["/usr/lib/chromium/chromium", "/usr/bin/chromium"]
        guard let found = places.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw HallProblem("chromium is missing; run deploy/bootstrap")
        }
        return found
    }

    /// As lean as a kiosk would start it.
    static func options(profile: String) -> [String] {
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions",
            "--disable-background-networking", "--disable-component-update", "--user-data-dir=\(profile)",
            "--window-size=1920,1080",
        ]
    }

    /// The page's words as plain HTML that says when it has been painted.
    static func html(of page: Page) -> String {
        func escaped(_ text: String) -> String {
            text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        }
        let nodes = page.nodes.map { node in
            switch node.content {
            case .tile(let title, let detail, _): "<button><b>\(escaped(title))</b> \(escaped(detail))</button>"
            case .heading(let text): "<h2>\(escaped(text))</h2>"
            default: "<p>\(escaped(node.speech))</p>"
            }
        }
        let actions = (page.actions + page.bar).map { "<button>\(escaped($0.label))</button>" }
        return """
            <!doctype html><html lang="zh"><meta charset="utf-8"><title>\(escaped(page.title))</title>
            <style>body { font: 28px "Noto Sans CJK SC"; margin: 4rem } button { font: inherit; margin: 1rem }</style>
            <h1>\(escaped(page.title))</h1>
            \((nodes + actions).joined(separator: "\n"))
            <script>
            new PerformanceObserver(list => {
              if (list.getEntriesByName("first-contentful-paint").length) console.log("\(sign)");
            }).observe({type: "paint", buffered: true});
            </script></html>
            """
    }
}
