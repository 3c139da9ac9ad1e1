import KioskDevices
import Synchronization
import Testing

/// Fails as told and writes down what is done to it.
private final class FailingTransport: USBTransport {
    struct State {
        var done: [String] = []
        var clearHaltFailures: [USBError] = []
        var resetFailure: USBError?
    }

    let state = Mutex(State())

    var info: USBDeviceInfo {
        // A device descriptor of 18 bytes is always one.
        guard let descriptor = try? USBDeviceDescriptor([18, 1] + [UInt8](repeating: 0, count: 16)) else {
            fatalError("device descriptor")
        }
        return USBDeviceInfo(location: USBLocation(bus: 1, address: 1), descriptor: descriptor, configuration: nil)
    }

    func clearHalt(_ endpoint: USBEndpoint) async throws(USBError) {
        let failure = state.withLock { state -> USBError? in
            state.done.append("clear \(String(endpoint.address, radix: 16))")
            return state.clearHaltFailures.isEmpty ? nil : state.clearHaltFailures.removeFirst()
        }
        if let failure { throw failure }
    }

    func reset() async throws(USBError) {
        let failure = state.withLock { state -> USBError? in
            state.done.append("reset")
            return state.resetFailure
        }
        if let failure { throw failure }
    }

    func string(_ index: UInt8) async -> String? { nil }
    func claim(interface: UInt8) async throws(USBError) {}
    func setAlternate(interface: UInt8, alternate: UInt8) async throws(USBError) {}
    func controlIn(_ setup: USBSetup, length: Int, timeoutMilliseconds: Int) async throws(USBError) -> [UInt8] { [] }
    func controlOut(_ setup: USBSetup, data: [UInt8], timeoutMilliseconds: Int) async throws(USBError) {}
    func write(_ bytes: [UInt8], to endpoint: USBEndpoint, timeoutMilliseconds: Int) async throws(USBError) {}
    func read(from endpoint: USBEndpoint, maximum: Int, timeoutMilliseconds: Int) async throws(USBError) -> [UInt8] {
        []
    }
    func stream(_ request: USBStreamRequest, handler: @escaping USBPacketHandler) async throws(USBError) {}
    func close() async {}
}

@Suite("USB recovery")
struct USBRecoveryTests {
    private static let endpoints = [
        USBEndpoint(address: 0x02, transferType: .bulk, maximumPacketSizeField: 64),
        USBEndpoint(address: 0x81, transferType: .bulk, maximumPacketSizeField: 64),
    ]

    /// The outcomes of the attempts in turn; success when they are used up.
    private func run(
        _ recovery: USBRecovery, _ failures: [USBError.Code], on transport: FailingTransport
    ) async -> Result<Int, USBError> {
        var attempts = 0
        do throws(USBError) {
            return .success(
                try await recovery.run(on: transport, endpoints: Self.endpoints) { () async throws(USBError) -> Int in
                    attempts += 1
                    transport.state.withLock { $0.done.append("attempt") }
                    if attempts <= failures.count { throw USBError(failures[attempts - 1]) }
                    return attempts
                })
        } catch {
            return .failure(error)
        }
    }

    @Test(
        "A stall, damage and babble are repaired on the endpoints",
        arguments: [USBError.Code.stalled, .damaged, .overflow])
    func repairs(code: USBError.Code) async {
        let transport = FailingTransport()
        #expect(await run(.standard, [code], on: transport) == .success(2))
        #expect(transport.state.withLock { $0.done } == ["attempt", "clear 2", "clear 81", "attempt"])
    }

    @Test("Attempts are bounded: two cleared halts, one reset, then the last error")
    func bounded() async {
        let transport = FailingTransport()
        let outcome = await run(.standard, [.stalled, .stalled, .damaged, .overflow, .stalled], on: transport)
        #expect(outcome == .failure(USBError(.overflow)))
        let clear = ["clear 2", "clear 81"]
        #expect(
            transport.state.withLock { $0.done }
                == ["attempt"] + clear + ["attempt"] + clear + ["attempt", "reset", "attempt"])
    }

    @Test("A device whose state must not be lost is never reset")
    func withoutReset() async {
        let transport = FailingTransport()
        #expect(
            await run(.withoutReset, [.stalled, .stalled, .stalled], on: transport) == .failure(USBError(.stalled)))
        #expect(!transport.state.withLock { $0.done }.contains("reset"))
    }

    @Test(
        "What the bus cannot repair is not tried again",
        arguments: [USBError.Code.timedOut, .noDevice, .cancelled, .unsupported, .accessDenied, .busy, .notRecorded])
    func passesOn(code: USBError.Code) async {
        let transport = FailingTransport()
        #expect(await run(.standard, [code], on: transport) == .failure(USBError(code)))
        #expect(transport.state.withLock { $0.done } == ["attempt"])
    }

    @Test("A clearing that fails leads to the next step; one that finds the device gone ends it")
    func failingSteps() async {
        let transport = FailingTransport()
        transport.state.withLock { $0.clearHaltFailures = [USBError(.timedOut), USBError(.damaged)] }
        #expect(await run(.standard, [.stalled], on: transport) == .success(2))
        #expect(transport.state.withLock { $0.done } == ["attempt", "clear 2", "clear 2", "reset", "attempt"])

        let gone = FailingTransport()
        gone.state.withLock { $0.clearHaltFailures = [USBError(.noDevice)] }
        #expect(await run(.standard, [.stalled], on: gone) == .failure(USBError(.noDevice)))

        let another = FailingTransport()
        another.state.withLock { $0.resetFailure = USBError(.noDevice, "enumerated anew") }
        let outcome = await run(USBRecovery(steps: [.reset]), [.stalled], on: another)
        #expect(outcome == .failure(USBError(.noDevice, "enumerated anew")))
    }

    @Test("A cancelled task does not go on repairing")
    func cancelled() async {
        let transport = FailingTransport()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await run(.standard, [.stalled], on: transport)
        }
        #expect(await task.value == .failure(USBError(.cancelled)))
        #expect(transport.state.withLock { $0.done } == ["attempt"])
    }
}
