/// Reads what a printer reports about itself as the fault that keeps a paper from coming out.

import KioskCore

enum PrinterStateReasons {
    /// RFC 8011 §5.4.12 and PWG 5100.9 keywords without their severity, most pressing first: an open cover often brings
    /// the others with it.
    private static let faults: [(keyword: String, kind: Fault.Kind, responsible: Fault.Responsible)] = [
        ("cover-open", .coverOpen, .hallStaff),
        ("door-open", .coverOpen, .hallStaff),
        ("interlock-open", .coverOpen, .hallStaff),
        ("media-jam", .paperJam, .hallStaff),
        ("media-empty", .paperOut, .hallStaff),
        ("media-needed", .paperOut, .hallStaff),
        ("input-tray-missing", .paperOut, .hallStaff),
        ("toner-empty", .tonerOut, .hallStaff),
        ("marker-supply-empty", .tonerOut, .hallStaff),
        ("marker-waste-full", .tonerOut, .hallStaff),
        ("output-area-full", .printerStopped, .hallStaff),
        ("paused", .printerStopped, .hallStaff),
        ("moving-to-paused", .printerStopped, .hallStaff),
        ("offline", .printerMissing, .technician),
        ("shutdown", .printerMissing, .technician),
        ("timed-out", .printerMissing, .technician),
        ("cups-missing-filter", .printRejected, .technician),
        ("cups-insecure-filter", .printRejected, .technician),
    ]

    /// The most pressing fault among `reasons`; nil when the printer would print.
    ///
    /// The severity at a keyword's end (`-report`, `-warning`, `-error`) is not looked at: services on the way rewrite
    /// it. `detail` is one of our own keywords, never the printer's text.
    static func fault(in reasons: [String]) -> Fault? {
        let keywords = Set(reasons.map(withoutSeverity))
        return faults.first { keywords.contains($0.keyword) }
            .map { Fault($0.kind, responsible: $0.responsible, detail: $0.keyword) }
    }

    private static func withoutSeverity(_ reason: String) -> String {
        for severity in ["-report", "-warning", "-error"] where reason.hasSuffix(severity) {
            return String(reason.dropLast(severity.count))
        }
        return reason
    }
}
