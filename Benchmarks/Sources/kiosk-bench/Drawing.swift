// Pages laid out and drawn for a screen, and what is printed.

import KioskCore
import KioskShell

enum Drawing {
    private static let runs = 30

    static func measure() throws -> [Measurement] {
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
        return [
            Measurement(
                "page of 1920 x 1080 laid out and drawn, all \(samples.count) samples", pages, against: 1000.0 / 60,
                peer: "one frame of a 60 Hz screen"),
            Measurement("receipt as PDF", receipts),
        ]
    }
}
