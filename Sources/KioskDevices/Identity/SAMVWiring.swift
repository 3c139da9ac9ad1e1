/// Which pipes of a reader carry what, chosen by its descriptors: the same VID:PID is built both ways.

struct SAMVWiring: Hashable, Sendable {
    enum Pipes: Hashable, Sendable {
        /// OUT 02 preamble and LEN, OUT 06 the rest; IN 81 the header, IN 85 the rest.
        case four(headerOut: USBEndpoint, bodyOut: USBEndpoint, headerIn: USBEndpoint, bodyIn: USBEndpoint)
        /// Whole frames each way.
        case pair(output: USBEndpoint, input: USBEndpoint)
        /// Reports each way; without an OUT endpoint they go out by SET_REPORT.
        case hid(output: USBEndpoint?, input: USBEndpoint, reports: SAMVSettings.HIDReports)
    }

    var interface: UInt8
    var pipes: Pipes

    var inputs: [USBEndpoint] {
        switch pipes {
        case .four(_, _, let header, let body): [header, body]
        case .pair(_, let input), .hid(_, let input, _): [input]
        }
    }

    var outputs: [USBEndpoint] {
        switch pipes {
        case .four(let header, let body, _, _): [header, body]
        case .pair(let output, _): [output]
        case .hid(let output, _, _): output.map { [$0] } ?? []
        }
    }

    /// Nil when no interface has {02, 06, 81, 85} or exactly one IN and one OUT endpoint.
    init?(configuration: USBConfiguration) {
        let candidates = configuration.interfaces.filter { $0.alternate == 0 }
        for candidate in candidates {
            let usable = candidate.endpoints.filter { $0.transferType == .bulk || $0.transferType == .interrupt }
            let byAddress = Dictionary(usable.map { ($0.address, $0) }, uniquingKeysWith: { first, _ in first })
            if let headerOut = byAddress[0x02], let bodyOut = byAddress[0x06], let headerIn = byAddress[0x81],
                let bodyIn = byAddress[0x85]
            {
                interface = candidate.number
                pipes = .four(headerOut: headerOut, bodyOut: bodyOut, headerIn: headerIn, bodyIn: bodyIn)
                return
            }
        }
        for candidate in candidates {
            let usable = candidate.endpoints.filter { $0.transferType == .bulk || $0.transferType == .interrupt }
            let inputs = usable.filter(\.isInput)
            let outputs = usable.filter { !$0.isInput }
            if inputs.count == 1, outputs.count == 1 {
                interface = candidate.number
                pipes = .pair(output: outputs[0], input: inputs[0])
                return
            }
        }
        return nil
    }

    /// The first HID interface that has an interrupt IN endpoint. Nil when there is none, or when the reports' sizes
    /// cannot carry a frame.
    init?(configuration: USBConfiguration, reports: SAMVSettings.HIDReports) {
        guard reports.isUsable else { return nil }
        for candidate in configuration.interfaces where candidate.alternate == 0 && candidate.interfaceClass == 0x03 {
            guard let input = candidate.endpoint(.interrupt, .input) else { continue }
            interface = candidate.number
            pipes = .hid(output: candidate.endpoint(.interrupt, .output), input: input, reports: reports)
            return
        }
        return nil
    }
}
