// Pages laid out and drawn for a screen, and what is printed.

import Foundation
import KioskCore
import KioskShell

enum Drawing {
    private static let runs = 30
    private static let pictureRuns = 7

    /// `folder`: for files that the caller removes.
    static func measure(folder: String) throws -> [Measurement] {
        let renderer = try PageRenderer(width: 1920, height: 1080)
        let samples = PageSamples.all(language: .zh)
        var pages = Samples()
        // Once without the clock: fonts are read at their first use.
        for isTimed in [false, true] {
            for sample in samples {
                let start = ContinuousClock.now
                _ = try renderer.render(sample.page)
                if isTimed { pages.append(milliseconds(since: start)) }
            }
        }

        let layout = PaperLayout(verifyURL: "https://localhost/verify")
        let now = SystemClock().now()
        let accepted = AcceptedCase(
            caseID: "00000000-0000-4000-8000-000000000001", receiptNumber: "DL01-20261121-0001", sequence: 1,
            acceptedAt: now, proof: "0011223344556677")
        let request = PaperRequest(
            jobID: "bench", title: "Receipt",
            content: .receipt(accepted, InventedCase.content(pages: [], at: now)), copies: 1)
        var receipts = Samples()
        for run in 0...runs {
            let start = ContinuousClock.now
            _ = try layout.compose(request)
            if run > 0 { receipts.append(milliseconds(since: start)) }
        }
        let pictures = try pictureTimes(folder: folder)
        return [
            Measurement(
                "a page as PNG of 1920 x 1080, whole process", pictures.ours, against: pictures.browser,
                "chromium --screenshot of the same words"),
            Measurement(
                "page of 1920 x 1080 laid out and drawn, all \(samples.count) samples", pages, against: 1000.0 / 60,
                peer: "one frame of a 60 Hz screen"),
            Measurement("receipt as PDF", receipts),
        ]
    }

    /// The same page drawn to a file by a program of each kind, from its start to its end.
    private static func pictureTimes(folder: String) throws -> (ours: Samples, browser: Samples) {
        let name = "welcome"
        guard let sample = PageSamples.sample(name, language: .zh) else { throw HallProblem("no page \(name)") }
        let page = folder + "/picture.html"
        try Data(Browser.html(of: sample.page).utf8).write(to: URL(filePath: page))
        let commands = [
            [Hall.program("kiosk"), "render", name, "--out", folder + "/ours.png"],
            [try Browser.program()] + Browser.options(profile: folder + "/browser") + [
                "--screenshot=\(folder)/browser.png", "file://\(page)",
            ],
        ]
        var times = [Samples(), Samples()]
        for run in 0...pictureRuns {
            for (index, command) in commands.enumerated() {
                let start = ContinuousClock.now
                try Child.output(of: "/bin/sh", ["-c", "exec \"$@\" 2>/dev/null", "sh"] + command)
                if run > 0 { times[index].append(milliseconds(since: start)) }
            }
        }
        for file in ["ours.png", "browser.png"] where !FileManager.default.fileExists(atPath: "\(folder)/\(file)") {
            throw HallProblem("\(file) was not drawn")
        }
        return (times[0], times[1])
    }
}
