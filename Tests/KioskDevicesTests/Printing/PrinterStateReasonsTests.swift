// How printer-state-reasons become faults.

import KioskCore
import Testing

@testable import KioskDevices

struct PrinterStateReasonsTests {
    @Test(arguments: ["media-empty", "media-empty-report", "media-empty-warning", "media-empty-error"])
    func `The severity at the end does not matter`(reason: String) {
        #expect(
            PrinterStateReasons.fault(in: [reason])
                == Fault(.paperOut, responsible: .hallStaff, detail: "media-empty"))
    }

    @Test func `The most pressing fault is told first`() {
        let reasons = ["toner-empty-error", "media-empty-error", "media-jam-error", "cover-open-error"]
        #expect(PrinterStateReasons.fault(in: reasons)?.kind == .coverOpen)
        #expect(PrinterStateReasons.fault(in: Array(reasons.dropLast()))?.kind == .paperJam)
        #expect(PrinterStateReasons.fault(in: Array(reasons.dropLast(2)))?.kind == .paperOut)
    }

    @Test(arguments: [
        [], ["none"], ["toner-low-warning"], ["media-low-report"], ["connecting-to-device"], [""], ["-error"],
        ["media-emptyish"], ["MEDIA-EMPTY"], ["media-empty-error-error-error "],
        [String(repeating: "media-empty", count: 10_000)],
    ])
    func `What is no known fault is none`(reasons: [String]) {
        #expect(PrinterStateReasons.fault(in: reasons) == nil)
    }

    @Test func `The printer's own words never reach the detail`() {
        let fault = PrinterStateReasons.fault(in: ["x\nforged=1", "media-jam-error"])
        #expect(fault?.detail == "media-jam")
    }
}
