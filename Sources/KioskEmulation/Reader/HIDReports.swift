/// How a reader that calls itself a HID device packs SAM-V frames into reports.

/// No published layout is certain, so every number is the caller's.
public struct HIDReports: Hashable, Sendable {
    /// By what the host sends its reports.
    public enum OutputPath: Hashable, Sendable {
        /// An interrupt OUT endpoint.
        case endpoint
        /// SET_REPORT of an output report on the default pipe (HID 1.11, 7.2.2); there is no OUT endpoint.
        case setOutputReport
        /// SET_REPORT of a feature report.
        case setFeatureReport
    }

    /// Bytes of a report after its id.
    public var inputLength: Int
    public var outputLength: Int
    /// 0: reports carry no id.
    public var inputID: UInt8
    public var outputID: UInt8
    /// The first byte after the id says how many of the report's bytes count.
    public var hasCount: Bool
    /// Fills what a frame leaves of its last report.
    public var padding: UInt8
    public var output: OutputPath

    /// Lengths are kept between 2 bytes and 4096, or, where one byte counts, 256. A report that is longer than a packet
    /// comes in several, in one transfer.
    public init(
        inputLength: Int, outputLength: Int, inputID: UInt8 = 0, outputID: UInt8 = 0, hasCount: Bool = false,
        padding: UInt8 = 0, output: OutputPath = .endpoint
    ) {
        let longest = hasCount ? 256 : 4096
        self.inputLength = Swift.min(Swift.max(2, inputLength), longest)
        self.outputLength = Swift.min(Swift.max(2, outputLength), longest)
        self.inputID = inputID
        self.outputID = outputID
        self.hasCount = hasCount
        self.padding = padding
        self.output = output
    }

    /// The high byte of SET_REPORT's wValue (HID 1.11, 7.2.1) by which frames come; nil when they come by an endpoint.
    var setReportType: UInt8? {
        switch output {
        case .endpoint: nil
        case .setOutputReport: 2
        case .setFeatureReport: 3
        }
    }

    /// Bytes of frames that one input report carries.
    private var inputRoom: Int { inputLength - (hasCount ? 1 : 0) }

    /// As the endpoint carries them, ids included.
    func inputReports(_ bytes: [UInt8]) -> [[UInt8]] {
        stride(from: 0, to: bytes.count, by: inputRoom).map { start in
            let piece = bytes[start...].prefix(inputRoom)
            let report = (inputID == 0 ? [] : [inputID]) + (hasCount ? [UInt8(piece.count)] : []) + piece
            let full = inputLength + (inputID == 0 ? 0 : 1)
            return report + [UInt8](repeating: padding, count: full - report.count)
        }
    }

    /// What an output report carries, padding included when there is no count; nil: not such a report.
    func content(ofOutputReport report: [UInt8]) -> [UInt8]? {
        var rest = report[...]
        if outputID != 0 {
            guard rest.popFirst() == outputID else { return nil }
        }
        guard rest.count == outputLength else { return nil }
        guard hasCount else { return Array(rest) }
        guard let count = rest.popFirst(), Int(count) <= rest.count else { return nil }
        return Array(rest.prefix(Int(count)))
    }

    /// HID 1.11, 6.2.2: one vendor-defined collection with an input report and an output or feature report.
    var reportDescriptor: [UInt8] {
        func count(_ length: Int) -> [UInt8] { [0x96] + [UInt8](littleEndian: UInt16(clamping: length)) }
        let outputItem: UInt8 = output == .setFeatureReport ? 0xB1 : 0x91
        return [0x06, 0x00, 0xFF, 0x09, 0x01, 0xA1, 0x01, 0x15, 0x00, 0x26, 0xFF, 0x00, 0x75, 0x08]
            + (inputID == 0 ? [] : [0x85, inputID]) + count(inputLength) + [0x09, 0x01, 0x81, 0x02]
            + (outputID == 0 ? [] : [0x85, outputID]) + count(outputLength) + [0x09, 0x01, outputItem, 0x02, 0xC0]
    }
}
