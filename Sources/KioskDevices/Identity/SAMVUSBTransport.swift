/// Carries SAM-V frames over USB: four endpoints, one pair, or HID reports.

import KioskCore

struct SAMVUSBTransport: SAMVTransport {
    private let device: any USBTransport
    private let wiring: SAMVWiring
    private let clock: any KioskCore.Clock

    /// Claims the interface that `transport` of the reader's settings asks for. The caller closes `device` on a throw.
    init(
        device: any USBTransport, transport: SAMVSettings.Transport, clock: any KioskCore.Clock
    ) async throws(USBError) {
        let configuration = device.info.configuration
        let wiring: SAMVWiring?
        switch transport {
        case .byDescriptors: wiring = configuration.flatMap(SAMVWiring.init(configuration:))
        case .hid(let reports): wiring = configuration.flatMap { SAMVWiring(configuration: $0, reports: reports) }
        case .serial: throw USBError(.unsupported, "the profile asks for a serial line")
        }
        guard let wiring else { throw USBError(.unsupported, "endpoints of no known SAM-V style") }
        self.device = device
        self.wiring = wiring
        self.clock = clock
        try await device.claim(interface: wiring.interface)
    }

    var name: String {
        switch wiring.pipes {
        case .four: "USB, four endpoints"
        case .pair(_, let input): input.transferType == .interrupt ? "USB, interrupt pair" : "USB, bulk pair"
        case .hid(nil, _, _): "HID, SET_REPORT"
        case .hid: "HID, interrupt pair"
        }
    }

    func send(_ frame: [UInt8], timeoutMilliseconds: Int) async throws(USBError) {
        let deadline = clock.now().milliseconds + Int64(timeoutMilliseconds)
        switch wiring.pipes {
        case .four(let header, let body, _, _):
            try await write(Array(frame.prefix(SAMVFrame.headerLength)), to: header, deadline)
            try await write(Array(frame.dropFirst(SAMVFrame.headerLength)), to: body, deadline)
        case .pair(let output, _):
            try await write(frame, to: output, deadline)
        case .hid(let output, _, let reports):
            for report in reports.packed(frame) {
                if let output {
                    try await write(report, to: output, deadline)
                } else {
                    // HID 1.11, 7.2.2: SET_REPORT to the interface, type output.
                    let setup = USBSetup(
                        requestType: 0x21, request: 0x09, value: 0x0200 | UInt16(reports.outputID ?? 0),
                        index: UInt16(wiring.interface))
                    try await device.controlOut(setup, data: report, timeoutMilliseconds: try remaining(deadline))
                }
            }
        }
    }

    /// A halt is cleared for the next request; half of this one may have been taken, so it is not sent again.
    private func write(_ bytes: [UInt8], to endpoint: USBEndpoint, _ deadline: Int64) async throws(USBError) {
        do throws(USBError) {
            try await device.write(bytes, to: endpoint, timeoutMilliseconds: try remaining(deadline))
        } catch {
            if error.code == .stalled { try await device.clearHalt(endpoint) }
            throw error
        }
    }

    func receive(_ missing: SAMVMissing, timeoutMilliseconds: Int) async throws(USBError) -> [UInt8] {
        switch wiring.pipes {
        case .four(_, _, let header, let body):
            return try await device.read(
                from: missing.part == .body ? body : header, maximum: missing.count,
                timeoutMilliseconds: timeoutMilliseconds)
        case .pair(_, let input):
            return try await device.read(
                from: input, maximum: missing.count, timeoutMilliseconds: timeoutMilliseconds)
        case .hid(_, let input, let reports):
            let report = try await device.read(
                from: input, maximum: reports.inputReportLength, timeoutMilliseconds: timeoutMilliseconds)
            return try reports.unpacked(report)
        }
    }

    func drain(quietMilliseconds: Int, limitMilliseconds: Int) async throws(USBError) {
        let deadline = clock.now().milliseconds + Int64(limitMilliseconds)
        var budget = SAMVFrame.maximumInput
        for endpoint in wiring.inputs {
            var isQuiet = false
            while !isQuiet {
                guard budget > 0, clock.now().milliseconds < deadline else {
                    throw USBError(.damaged, "bytes without end")
                }
                do throws(USBError) {
                    let bytes = try await device.read(
                        from: endpoint, maximum: 4096, timeoutMilliseconds: quietMilliseconds)
                    budget -= max(SAMVFrame.leastCharge, bytes.count)
                } catch {
                    budget -= SAMVFrame.leastCharge
                    switch error.code {
                    case .timedOut: isQuiet = true
                    case .stalled: try await device.clearHalt(endpoint)
                    case .damaged, .overflow: continue
                    default: throw error
                    }
                }
            }
        }
    }

    /// Resets the port and takes up the pipes again.
    func reset() async throws(USBError) {
        try await device.reset()
        for endpoint in wiring.inputs + wiring.outputs { try await device.clearHalt(endpoint) }
    }

    func close() async {
        await device.close()
    }

    private func remaining(_ deadline: Int64) throws(USBError) -> Int {
        let left = deadline - clock.now().milliseconds
        guard left > 0 else { throw USBError(.timedOut, "the reader takes no request") }
        return Int(clamping: left)
    }
}

/// HID 1.11, 5.6 and 8.1: reports of one size each, with their id in front when the device numbers them.
extension SAMVSettings.HIDReports {
    /// Bytes of a frame that one output report carries; nil when the profile's sizes leave none.
    private var outputRoom: Int? {
        let room = outputLength - (countsBytes ? 1 : 0)
        return (1...(countsBytes ? 255 : 4096)).contains(room) ? room : nil
    }

    /// What one input report has on the wire.
    var inputReportLength: Int { max(1, min(inputLength, 4096)) + (inputID == nil ? 0 : 1) }

    /// Whether frames fit into reports of these sizes.
    var isUsable: Bool { outputRoom != nil && (countsBytes ? 2...4096 : 1...4096).contains(inputLength) }

    func packed(_ frame: [UInt8]) -> [[UInt8]] {
        guard let room = outputRoom else { return [] }
        return stride(from: 0, to: frame.count, by: room).map { start in
            let piece = frame[start...].prefix(room)
            var report = outputID.map { [$0] } ?? []
            if countsBytes { report.append(UInt8(clamping: piece.count)) }
            report += piece
            return report + [UInt8](repeating: 0, count: room - piece.count)
        }
    }

    /// The frame's bytes in a report; none in a report of another id.
    func unpacked(_ report: [UInt8]) throws(USBError) -> [UInt8] {
        var bytes = report[...]
        if let inputID {
            guard let first = bytes.popFirst(), first == inputID else { return [] }
        }
        guard countsBytes else { return Array(bytes) }
        guard let count = bytes.popFirst() else { return [] }
        guard Int(count) <= bytes.count else { throw USBError(.damaged, "a report counts more bytes than it has") }
        return Array(bytes.prefix(Int(count)))
    }
}
