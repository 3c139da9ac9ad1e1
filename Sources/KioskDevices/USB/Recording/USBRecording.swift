/// What went over a USB bus during a session, as a file of JSON lines (docs/usb-recordings.md).

import FoundationEssentials

/// What is wrong with a recording, and where.
public struct USBRecordingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// From 1.
    public var line: Int
    public var problem: String

    public var description: String { "line \(line): \(problem)" }
}

/// Every operation with its outcome, in the order of their ends.
public struct USBRecording: Hashable, Sendable {
    /// Personal data was replaced before the recording left the recorder.
    public var isMasked: Bool
    /// False when the recorder's memory limit cut it off.
    public var isComplete: Bool
    var lines: [Line]

    /// The file's first line.
    private struct Header: Codable {
        var format: String
        var version: Int
        var masked: Bool
        var complete: Bool
    }

    static let format = "kiosk-usb-recording"
    static let version = 1
    /// What one line may hold, whatever a file says.
    static let maximumPayload = 4 << 20

    init(isMasked: Bool, isComplete: Bool, lines: [Line]) {
        self.isMasked = isMasked
        self.isComplete = isComplete
        self.lines = lines
    }

    /// Parses a file's bytes; an unknown version, operation or value is an error with its line.
    public init(jsonLines bytes: [UInt8]) throws(USBRecordingError) {
        let decoder = JSONDecoder()
        var parsed: [Line] = []
        var header: Header?
        var payload = 0
        for (index, text) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let number = index + 1
            if text.isEmpty, index > 0 { continue }
            guard header != nil else {
                guard let first = try? decoder.decode(Header.self, from: Data(text)), first.format == Self.format else {
                    throw USBRecordingError(line: number, problem: "is not the first line of a USB recording")
                }
                guard first.version == Self.version else {
                    throw USBRecordingError(line: number, problem: "version \(first.version) is not known")
                }
                header = first
                continue
            }
            guard var line = try? decoder.decode(Line.self, from: Data(text)) else {
                throw USBRecordingError(line: number, problem: "is not an operation")
            }
            guard (0...Self.maximumPayload).contains(line.zeros ?? 0) else {
                throw USBRecordingError(line: number, problem: "`zeros` is out of range")
            }
            payload += line.zeros ?? 0
            guard payload <= USBRecorder.maximumBytes else {
                throw USBRecordingError(line: number, problem: "more than a recording may hold")
            }
            line.number = number
            parsed.append(line)
        }
        guard let header else { throw USBRecordingError(line: 1, problem: "is empty") }
        isMasked = header.masked
        isComplete = header.complete
        lines = parsed
    }

    /// The file's bytes.
    public func jsonLines() -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var bytes: [UInt8] = []
        func append(_ value: some Encodable) {
            // Nothing here can fail to encode: there are no floating-point numbers.
            bytes += (try? encoder.encode(value)) ?? Data()
            bytes.append(0x0A)
        }
        append(Header(format: Self.format, version: Self.version, masked: isMasked, complete: isComplete))
        for line in lines { append(line) }
        return bytes
    }
}

extension USBRecording {
    enum Operation: String, Codable, Sendable {
        case devices, open, string, claim, alternate
        case controlIn = "control-in"
        case controlOut = "control-out"
        case input = "in"
        case output = "out"
        case stream, packet
        case clearHalt = "clear-halt"
        case reset, close, arrived, left
    }

    /// Bytes as lower-case hexadecimal digits.
    struct Hexadecimal: Codable, Hashable, Sendable {
        var bytes: [UInt8]

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            let digits = Array(try container.decode(String.self).utf8)
            var bytes: [UInt8] = []
            bytes.reserveCapacity(digits.count / 2)
            for index in stride(from: 0, to: digits.count, by: 2) {
                guard index + 1 < digits.count, let high = Self.value(digits[index]),
                    let low = Self.value(digits[index + 1])
                else { throw DecodingError.dataCorruptedError(in: container, debugDescription: "hexadecimal") }
                bytes.append(high << 4 | low)
            }
            self.bytes = bytes
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            var digits: [UInt8] = []
            digits.reserveCapacity(bytes.count * 2)
            for byte in bytes {
                digits.append(Self.digits[Int(byte >> 4)])
                digits.append(Self.digits[Int(byte & 0xF)])
            }
            try container.encode(String(decoding: digits, as: UTF8.self))
        }

        private static let digits = Array("0123456789abcdef".utf8)

        private static func value(_ digit: UInt8) -> UInt8? {
            switch digit {
            case 0x30...0x39: digit - 0x30
            case 0x61...0x66: digit - 0x61 + 10
            default: nil
            }
        }
    }

    /// One enumerated device with its descriptors' own bytes.
    struct Device: Codable, Hashable, Sendable {
        var location: USBLocation
        var descriptor: Hexadecimal
        var configuration: Hexadecimal?

        init(_ info: USBDeviceInfo) {
            location = info.location
            descriptor = Hexadecimal(info.descriptor.bytes)
            configuration = info.configuration.map { Hexadecimal($0.bytes) }
        }

        /// Nil when the descriptor is none.
        var info: USBDeviceInfo? {
            guard let descriptor = try? USBDeviceDescriptor(descriptor.bytes) else { return nil }
            return USBDeviceInfo(
                location: location, descriptor: descriptor,
                configuration: configuration.flatMap { try? USBConfiguration($0.bytes) })
        }
    }

    struct Failure: Codable, Hashable, Sendable {
        var code: String
        var detail: String

        init(_ error: USBError) {
            code = error.code.rawValue
            detail = error.detail
        }

        var error: USBError { USBError(USBError.Code(rawValue: code) ?? .other, detail) }
    }

    /// One operation or one packet. Which members it has follows from `op`.
    struct Line: Codable, Hashable, Sendable {
        var op: Operation
        /// Milliseconds from the start to the operation's end.
        var ms: Int64
        /// Which opening of a device it belongs to, from 1.
        var device: Int?
        var location: USBLocation?
        var interface: UInt8?
        var alternate: UInt8?
        /// Of a string descriptor.
        var index: UInt8?
        var endpoint: Hexadecimal?
        /// Of an endpoint: `bulk`, `interrupt` or `isochronous`.
        var type: String?
        /// bmRequestType, bRequest, wValue and wIndex as on the wire.
        var setup: Hexadecimal?
        /// Bytes asked for.
        var length: Int?
        var timeout: Int?
        /// What was sent or what came.
        var data: Hexadecimal?
        /// Zero bytes that follow `data`.
        var zeros: Int?
        var text: String?
        var found: [Device]?
        /// Of a packet: `received`, `damaged` or `idle`.
        var status: String?
        /// Of a stream: how many of the following lines are its packets.
        var packets: Int?
        var error: Failure?
        /// Bytes of this line were replaced.
        var masked: Bool?

        /// Of the file it was read from, from 1; 0 for a line that was not.
        var number = 0

        private enum CodingKeys: String, CodingKey {
            case op, ms, device, location, interface, alternate, index, endpoint, type, setup, length, timeout
            case data, zeros, text, found, status, packets, error, masked
        }

        init(_ op: Operation, device: Int? = nil) {
            self.op = op
            ms = 0
            self.device = device
        }

        /// `data` with its zeros.
        var payload: [UInt8] {
            (data?.bytes ?? []) + [UInt8](repeating: 0, count: max(0, zeros ?? 0))
        }

        /// Stores bytes; a long tail of zeros as its length.
        mutating func setPayload(_ bytes: [UInt8]) {
            let kept = (bytes.lastIndex { $0 != 0 } ?? -1) + 1
            let isLong = bytes.count - kept > 16
            data = Hexadecimal(isLong ? Array(bytes[..<kept]) : bytes)
            zeros = isLong ? bytes.count - kept : nil
        }

        /// Roughly what it holds, in bytes.
        var weight: Int { 200 + (data?.bytes.count ?? 0) + (found?.count ?? 0) * 500 }
    }
}

extension USBSetup {
    /// Without the length.
    var recordedBytes: [UInt8] {
        [
            requestType, request, UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8),
            UInt8(truncatingIfNeeded: index), UInt8(truncatingIfNeeded: index >> 8),
        ]
    }
}

extension USBPacketStatus {
    var recordedName: String {
        switch self {
        case .received: "received"
        case .damaged: "damaged"
        case .idle: "idle"
        }
    }

    init?(recordedName: String?) {
        switch recordedName {
        case "received": self = .received
        case "damaged": self = .damaged
        case "idle": self = .idle
        default: return nil
        }
    }
}
