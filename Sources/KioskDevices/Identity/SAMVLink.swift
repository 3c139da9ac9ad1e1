/// Carries one SAM-V command and its answer over a transport, and brings the pipes back in step when they are not.

import KioskCore

/// Answers carry no number, so a link that gave up waiting is out of step (`needsSync`) until `synchronise` has seen
/// an answer that can only be the newest one.
actor SAMVLink {
    nonisolated let transport: any USBTransport
    private let wiring: SAMVWiring
    private let timings: SAMVTimings
    private let clock: any KioskCore.Clock
    private var decoder = SAMVFrameDecoder()
    private var isBodyOnHeaderPipe = false
    private(set) var needsSync = true

    /// Claims the reader's interface.
    init(
        transport: any USBTransport, timings: SAMVTimings, clock: any KioskCore.Clock
    ) async throws(USBError) {
        guard let wiring = transport.info.configuration.flatMap(SAMVWiring.init(configuration:)) else {
            throw USBError(.unsupported, "endpoints of no known SAM-V style")
        }
        self.transport = transport
        self.wiring = wiring
        self.timings = timings
        self.clock = clock
        try await transport.claim(interface: wiring.interface)
    }

    /// Sends `command` and waits for its answer; what cannot be its answer is thrown away.
    ///
    /// After any throw the link is out of step. `timedOut`: no answer in time. `damaged`: an answer that is no frame.
    func exchange(_ command: SAMVCommand, timeoutMilliseconds: Int) async throws(USBError) -> SAMVResponse {
        needsSync = true
        let deadline = clock.now().milliseconds + Int64(timeoutMilliseconds)
        try await send(command.bytes, deadline: deadline)
        while true {
            let response = try await receive(deadline: deadline)
            guard command.isAnswered(by: response) else { continue }
            needsSync = false
            return response
        }
    }

    /// Empties the IN pipes, clears halts and asks for the SAM's number: the only answer with 16 bytes, so every older
    /// answer that is still on its way is recognised and thrown away. Returns the number's bytes.
    func synchronise() async throws(USBError) -> SAMVResponse {
        try await drain()
        let response = try await exchange(.samIdentifier, timeoutMilliseconds: timings.status)
        // A second number would be the answer to an earlier attempt's question.
        needsSync = true
        try await drain()
        needsSync = false
        return response
    }

    /// Reads until every IN pipe has been quiet for a moment.
    func drain() async throws(USBError) {
        decoder.removeAll()
        let deadline = clock.now().milliseconds + Int64(timings.drainLimit)
        for endpoint in wiring.inputs {
            var isQuiet = false
            while !isQuiet, clock.now().milliseconds < deadline {
                do throws(USBError) {
                    _ = try await transport.read(
                        from: endpoint, maximum: 4096, timeoutMilliseconds: timings.drainQuiet)
                } catch {
                    switch error.code {
                    case .timedOut: isQuiet = true
                    case .stalled: try await transport.clearHalt(endpoint)
                    case .damaged, .overflow: continue
                    default: throw error
                    }
                }
            }
        }
    }

    /// Resets the port and takes up the pipes again.
    func reset() async throws(USBError) {
        needsSync = true
        try await transport.reset()
        for endpoint in wiring.inputs + wiring.outputs { try await transport.clearHalt(endpoint) }
    }

    private func send(_ bytes: [UInt8], deadline: Int64) async throws(USBError) {
        switch wiring.pipes {
        case .four(let header, let body, _, _):
            try await transport.write(
                Array(bytes.prefix(SAMVFrame.headerLength)), to: header,
                timeoutMilliseconds: try remaining(deadline))
            try await transport.write(
                Array(bytes.dropFirst(SAMVFrame.headerLength)), to: body,
                timeoutMilliseconds: try remaining(deadline))
        case .pair(let output, _):
            try await transport.write(bytes, to: output, timeoutMilliseconds: try remaining(deadline))
        }
    }

    private func receive(deadline: Int64) async throws(USBError) -> SAMVResponse {
        while true {
            do throws(CodecError) {
                if let response = try decoder.next() { return response }
            } catch {
                throw USBError(.damaged, error.description)
            }
            let missing = decoder.missing
            let endpoint =
                switch wiring.pipes {
                case .four(_, _, let header, let body): missing.isHeader || isBodyOnHeaderPipe ? header : body
                case .pair(_, let input): input
                }
            let bytes = try await transport.read(
                from: endpoint, maximum: missing.count, timeoutMilliseconds: try remaining(deadline))
            decoder.append(bytes)
            // A reader that puts more than the header on the header's pipe puts the whole frame there.
            if missing.isHeader { isBodyOnHeaderPipe = decoder.hasBodyBytes }
        }
    }

    private func remaining(_ deadline: Int64) throws(USBError) -> Int {
        let left = deadline - clock.now().milliseconds
        guard left > 0 else { throw USBError(.timedOut, "no answer from the reader") }
        return Int(clamping: left)
    }
}
