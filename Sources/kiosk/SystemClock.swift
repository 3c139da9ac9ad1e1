// The machine's own time, behind the core's port.

import Foundation
import KioskCore

struct SystemClock: KioskCore.Clock {
    func now() -> Timestamp {
        Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    }

    func sleep(until time: Timestamp) async throws {
        try await Task.sleep(for: .milliseconds(max(0, time.milliseconds - now().milliseconds)))
    }
}
