/// Replaces personal data in a recording by invented data of the same length, so that it can be played back all the
/// same.

/// Where personal data is in a device's transfers follows from what drives the device.
public enum USBRecordingMask: Hashable, Sendable {
    /// An identity-card reader; `reports` when it speaks in HID reports.
    case samv(reports: SAMVSettings.HIDReports? = nil)
    /// A chip-card reader.
    case ccid
    /// A camera of the USB Video Class.
    case video
    /// Nothing is known of the protocol: every larger transfer may hold anything.
    case unknown

    /// For a device with this driver; nil for one that no profile matches.
    public init(driver: HardwareProfile.Driver?) {
        if case .samv(let settings) = driver {
            if case .hid(let reports) = settings.transport {
                self = .samv(reports: reports)
            } else {
                self = .samv()
            }
        } else if case .ccid = driver {
            self = .ccid
        } else if case .uvc = driver {
            self = .video
        } else {
            self = .unknown
        }
    }

    /// Transfers of an unknown protocol up to this length say nothing of a person, except on interrupt endpoints, where
    /// a keyboard types in reports of 8 bytes.
    static let smallTransfer = 16
}

extension USBRecording {
    /// `masks` by the number of the device's opening; one that has none is `unknown`.
    mutating func mask(_ masks: [Int: USBRecordingMask]) {
        isMasked = true
        var indices: [Int: [Int]] = [:]
        for (index, line) in lines.enumerated() {
            if let device = line.device { indices[device, default: []].append(index) }
        }
        for (device, own) in indices {
            switch masks[device] ?? .unknown {
            case .samv(let reports): maskSAMV(own, reports: reports)
            case .ccid: maskCCID(own)
            case .video: maskVideo(own)
            case .unknown: for index in own { maskUnknown(index) }
            }
        }
    }

    /// Stores `bytes` and marks the line when they differ from what it held.
    private mutating func replace(_ index: Int, by bytes: [UInt8]) {
        guard lines[index].payload != bytes else { return }
        lines[index].setPayload(bytes)
        lines[index].masked = true
    }

    private mutating func blank(_ index: Int) {
        replace(index, by: [UInt8](repeating: 0, count: lines[index].payload.count))
    }

    private mutating func maskUnknown(_ index: Int) {
        let line = lines[index]
        switch line.op {
        case .packet: blank(index)
        case .input, .output:
            if line.type != "bulk" || line.payload.count > USBRecordingMask.smallTransfer { blank(index) }
        case .controlIn, .controlOut:
            // Standard requests carry descriptors and the like.
            let isStandard = (line.setup?.bytes.first ?? 0) & 0x60 == 0
            if !isStandard, line.payload.count > USBRecordingMask.smallTransfer { blank(index) }
        default: break
        }
    }

    // MARK: - Identity-card readers

    /// Frames may lie across transfers and endpoints in any split: all that came is one run of bytes.
    private mutating func maskSAMV(_ own: [Int], reports: SAMVSettings.HIDReports?) {
        var stream: [UInt8] = []
        var parts: [(index: Int, payload: Range<Int>)] = []
        for index in own {
            switch lines[index].op {
            case .input:
                let bytes = lines[index].payload
                let payload = Self.framePart(of: bytes, reports)
                stream += bytes[payload]
                parts.append((index, payload))
            // Commands: nothing of a card goes to the reader.
            case .output: break
            default: maskUnknown(index)
            }
        }
        let masked = SAMVRecordingMask.masked(stream)
        var start = 0
        for (index, payload) in parts {
            var bytes = lines[index].payload
            for position in payload.upperBound..<bytes.count { bytes[position] = 0 }
            bytes.replaceSubrange(payload, with: masked[start..<start + payload.count])
            start += payload.count
            replace(index, by: bytes)
        }
    }

    /// The bytes of a transfer that belong to frames.
    private static func framePart(of bytes: [UInt8], _ reports: SAMVSettings.HIDReports?) -> Range<Int> {
        guard let reports else { return 0..<bytes.count }
        var start = reports.inputID == nil ? 0 : 1
        var end = bytes.count
        if reports.countsBytes {
            end = min(end, start + 1 + Int(bytes.uint8(start) ?? 0))
            start += 1
        }
        start = min(start, bytes.count)
        return start..<max(start, end)
    }

    // MARK: - Chip-card readers

    /// A driver may read a message in parts: an answer is masked when it is whole or given up.
    private mutating func maskCCID(_ own: [Int]) {
        var mask = CCIDRecordingMask()
        var parts: [Int] = []
        for index in own {
            let line = lines[index]
            switch line.op {
            case .output where line.type == "bulk":
                maskAnswer(&parts, &mask)
                replace(index, by: mask.sent(line.payload))
            case .input where line.type == "bulk":
                parts.append(index)
                if mask.isWhole(parts.flatMap { lines[$0].payload }) { maskAnswer(&parts, &mask) }
            // Slot changes and hardware errors (CCID 1.1 section 6.3).
            case .input where line.payload.first == 0x50 || line.payload.first == 0x51: break
            default: maskUnknown(index)
            }
        }
        maskAnswer(&parts, &mask)
    }

    private mutating func maskAnswer(_ parts: inout [Int], _ mask: inout CCIDRecordingMask) {
        var masked = mask.received(parts.flatMap { lines[$0].payload })[...]
        for index in parts {
            let count = lines[index].payload.count
            replace(index, by: Array(masked.prefix(count)))
            masked = masked.dropFirst(count)
        }
        parts = []
    }

    // MARK: - Cameras

    /// Keeps the payload headers (UVC 1.5 section 2.4.3.3).
    private mutating func maskVideo(_ own: [Int]) {
        var isBulk = false
        var transferSize = 0
        var maximumPayload = Int.max
        /// Bytes of the bulk payload in progress; 0 before its header.
        var payloadBytes = 0
        for index in own {
            let line = lines[index]
            switch line.op {
            case .controlIn: break
            case .controlOut:
                // VS_COMMIT_CONTROL with dwMaxPayloadTransferSize.
                if line.setup?.bytes.starts(with: [0x21, 0x01, 0x00, 0x02]) == true,
                    let announced = line.payload.littleEndian32(22), announced > 0
                {
                    maximumPayload = Int(announced)
                }
            case .stream:
                isBulk = line.type == "bulk"
                transferSize = line.length ?? 0
                payloadBytes = 0
            case .packet:
                let bytes = line.payload
                let hasHeader = !isBulk || payloadBytes == 0
                payloadBytes += bytes.count
                if bytes.count < transferSize || payloadBytes >= maximumPayload { payloadBytes = 0 }
                let header = hasHeader ? min(Int(bytes.first ?? 0), 12, bytes.count) : 0
                replace(index, by: Array(bytes[..<header]) + [UInt8](repeating: 0, count: bytes.count - header))
            default: maskUnknown(index)
            }
        }
    }
}
