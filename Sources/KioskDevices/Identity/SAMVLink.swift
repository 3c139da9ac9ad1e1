/// Carries one SAM-V command and its answer over a transport, and brings both in step when they are not.

import KioskCore

/// Answers carry no number, so a link that gave up waiting is out of step (`needsSync`) until `synchronise` has seen
/// an answer that can only be the newest one.
actor SAMVLink {
    nonisolated let transport: any SAMVTransport
    private let timings: SAMVTimings
    private let clock: any KioskCore.Clock
    private var decoder = SAMVFrameDecoder()
    private var isBodyBehindHeader = false
    private(set) var needsSync = true

    init(transport: any SAMVTransport, timings: SAMVTimings, clock: any KioskCore.Clock) {
        self.transport = transport
        self.timings = timings
        self.clock = clock
    }

    /// Sends `command` and waits for its answer; what cannot be its answer is thrown away.
    ///
    /// After any throw the link is out of step. `timedOut`: no answer in time. `damaged`: an answer that is no frame,
    /// or bytes without end.
    func exchange(_ command: SAMVCommand, timeoutMilliseconds: Int) async throws(USBError) -> SAMVResponse {
        needsSync = true
        // What came behind the last answer answers nothing.
        decoder.removeAll()
        let deadline = clock.now().milliseconds + Int64(timeoutMilliseconds)
        try await transport.send(command.bytes, timeoutMilliseconds: timeoutMilliseconds)
        var budget = SAMVFrame.maximumInput
        while true {
            let response = try await receive(deadline: deadline, budget: &budget)
            guard command.isAnswered(by: response) else { continue }
            needsSync = false
            return response
        }
    }

    /// Empties the transport and sends `identify`: its answer is the only one with 16 bytes, so every older one that is
    /// still on its way is recognised and thrown away.
    func synchronise(_ identify: SAMVCommand) async throws(USBError) -> SAMVResponse {
        try await drain()
        let response = try await exchange(identify, timeoutMilliseconds: timings.status)
        // A second number would be the answer to an earlier attempt's question.
        try await drain()
        needsSync = false
        return response
    }

    /// Reads until the reader has been quiet for a moment.
    func drain() async throws(USBError) {
        needsSync = true
        decoder.removeAll()
        try await transport.drain(quietMilliseconds: timings.drainQuiet, limitMilliseconds: timings.drainLimit)
    }

    func reset() async throws(USBError) {
        needsSync = true
        try await transport.reset()
    }

    private func receive(deadline: Int64, budget: inout Int) async throws(USBError) -> SAMVResponse {
        while true {
            do throws(CodecError) {
                if let response = try decoder.next() { return response }
            } catch {
                throw USBError(.damaged, error.description)
            }
            guard budget > 0 else { throw USBError(.damaged, "bytes without end") }
            let missing = decoder.missing
            let part: SAMVMissing.Part =
                missing.isHeader ? .header : isBodyBehindHeader ? .bodyBehindHeader : .body
            let left = deadline - clock.now().milliseconds
            guard left > 0 else { throw USBError(.timedOut, "no answer from the reader") }
            let bytes = try await transport.receive(
                SAMVMissing(part: part, count: missing.count), timeoutMilliseconds: Int(clamping: left))
            budget -= max(SAMVFrame.leastCharge, bytes.count)
            decoder.append(bytes)
            // A reader that puts more than the header on the header's pipe puts the whole frame there.
            if missing.isHeader { isBodyBehindHeader = decoder.hasBodyBytes }
        }
    }
}
