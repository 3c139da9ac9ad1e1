/// Brings a device back from a halted endpoint or a damaged transfer, in bounded steps, for every driver alike.

/// What is done between one attempt and the next. The attempts are one more than the steps; when they are used up the
/// last error is thrown.
///
/// Only what the bus can repair is tried again: `stalled`, `damaged`, `overflow`. A time-out is the driver's to judge,
/// because it alone knows whether a late answer may still come.
public struct USBRecovery: Hashable, Sendable {
    public enum Step: Hashable, Sendable {
        /// CLEAR_FEATURE(ENDPOINT_HALT), which sets the data toggle anew on both sides (USB 2.0 section 9.4.5).
        case clearHalts
        /// A port reset. What the device had been told before is lost with it.
        case reset
    }

    public var steps: [Step]

    /// Two attempts with cleared halts, then one after a reset.
    public static let standard = USBRecovery(steps: [.clearHalts, .clearHalts, .reset])
    /// For a device whose state must not be lost, such as a powered chip card.
    public static let withoutReset = USBRecovery(steps: [.clearHalts, .clearHalts])

    public init(steps: [Step]) {
        self.steps = steps
    }

    public static func canRecover(from error: USBError) -> Bool {
        switch error.code {
        case .stalled, .damaged, .overflow: true
        default: false
        }
    }

    /// Runs `attempt` until it succeeds, fails with what cannot be repaired, or the steps are used up. `endpoints` are
    /// those it uses, without the control pipe, which repairs itself with the next SETUP (USB 2.0 section 8.5.3.4).
    ///
    /// A clearing that fails leads to the next step; a device that is gone, a cancelled task and a failed reset end it.
    public func run<Value>(
        on transport: any USBTransport, endpoints: [USBEndpoint], isolation: isolated (any Actor)? = #isolation,
        _ attempt: () async throws(USBError) -> Value
    ) async throws(USBError) -> Value {
        var remaining = steps[...]
        while true {
            let failure: USBError
            do throws(USBError) {
                return try await attempt()
            } catch {
                failure = error
            }
            guard Self.canRecover(from: failure) else { throw failure }
            while true {
                guard let step = remaining.popFirst() else { throw failure }
                if Task.isCancelled { throw USBError(.cancelled, failure.detail) }
                do throws(USBError) {
                    switch step {
                    case .clearHalts: for endpoint in endpoints { try await transport.clearHalt(endpoint) }
                    case .reset: try await transport.reset()
                    }
                    break
                } catch {
                    switch error.code {
                    case .noDevice, .cancelled, .notRecorded: throw error
                    default: if step == .reset { throw error }
                    }
                }
            }
        }
    }
}
