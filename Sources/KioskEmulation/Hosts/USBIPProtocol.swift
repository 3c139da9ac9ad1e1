// The messages between the kernel's virtual host controller (vhci-hcd) and an attached device: USB/IP, "USBIP_CMD_…"
// and "USBIP_RET_…" (Linux, Documentation/usb/usbip_protocol.rst). Every number is big-endian.

import Glibc

/// A USB request block as the controller submits it.
struct USBIPRequest: Hashable {
    /// What a packet of an isochronous transfer may take of the buffer.
    struct Packet: Hashable {
        var offset: Int
        var length: Int
    }

    var sequence: UInt32
    /// With bit 7 for IN, as in an endpoint descriptor; 0 or 0x80 is the default pipe.
    var endpoint: UInt8
    var bufferLength: Int
    /// 0: not isochronous.
    var packetCount: Int
    /// Between two isochronous packets, in (micro)frames; at least 1.
    var interval: Int
    /// 8 bytes; means something on the default pipe alone.
    var setup: [UInt8]
    var data: [UInt8] = []
    var packets: [Packet] = []

    var isInput: Bool { endpoint & 0x80 != 0 }

    /// How many bytes of data and of packet descriptions follow the header.
    var trailerLength: Int {
        (isInput ? 0 : bufferLength) + packetCount * USBIPMessage.packetLength
    }

    /// Takes what follows the header. False when a packet lies outside the buffer.
    mutating func setTrailer(_ bytes: [UInt8]) -> Bool {
        guard bytes.count == trailerLength else { return false }
        let dataLength = isInput ? 0 : bufferLength
        data = Array(bytes.prefix(dataLength))
        for index in 0..<packetCount {
            let start = dataLength + index * USBIPMessage.packetLength
            guard let offset = bytes.bigEndian(UInt32.self, at: start),
                let length = bytes.bigEndian(UInt32.self, at: start + 4),
                offset <= bufferLength, Int(length) <= bufferLength - Int(offset)
            else { return false }
            packets.append(Packet(offset: Int(offset), length: Int(length)))
        }
        // Overlapping packets could ask for many times the buffer.
        return packets.reduce(0) { $0 + $1.length } <= bufferLength
    }
}

enum USBIPMessage: Hashable {
    case submit(USBIPRequest)
    case unlink(sequence: UInt32, target: UInt32)

    static let headerLength = 48
    static let packetLength = 16
    /// A usbfs transfer may not be longer than all of usbfs's memory, 16 MiB by default.
    static let longestTransfer = 16 << 20
    /// USBIP_MAX_ISO_PACKETS.
    static let mostPackets = 1024

    private static let commandSubmit: UInt32 = 1
    private static let commandUnlink: UInt32 = 2
    private static let returnSubmit: UInt32 = 3
    private static let returnUnlink: UInt32 = 4

    /// Nil: not a header that the controller may send.
    init?(header: [UInt8]) {
        guard header.count == Self.headerLength else { return nil }
        let words = (0..<12).compactMap { header.bigEndian(UInt32.self, at: $0 * 4) }
        guard words.count == 12, words[3] <= 1, words[4] <= 15 else { return nil }
        switch words[0] {
        case Self.commandSubmit:
            // Without packets the field is 0 or, from newer kernels, all ones.
            let packetCount = words[8] == .max ? 0 : words[8]
            guard words[6] <= Self.longestTransfer, packetCount <= Self.mostPackets else { return nil }
            self = .submit(
                USBIPRequest(
                    sequence: words[1], endpoint: UInt8(words[4]) | (words[3] == 1 ? 0x80 : 0),
                    bufferLength: Int(words[6]), packetCount: Int(packetCount),
                    interval: Int(Swift.min(Swift.max(words[9], 1), 1 << 15)), setup: Array(header[40..<48])))
        case Self.commandUnlink:
            self = .unlink(sequence: words[1], target: words[5])
        default:
            return nil
        }
    }

    // MARK: Answers

    /// `status` is 0 or a negative errno; `input` what an IN transfer brought.
    static func answer(to request: USBIPRequest, status: Int32, actualLength: Int, input: [UInt8] = []) -> [UInt8] {
        var bytes = returnHeader(request.sequence, status: status, actualLength: actualLength)
        if request.isInput { bytes += input }
        return bytes
    }

    /// `lengths` and `statuses` of the packets in their order; `input` holds their bytes one after the other.
    static func answer(
        to request: USBIPRequest, packets: [(length: Int, status: Int32)], input: [UInt8]
    ) -> [UInt8] {
        let errors = packets.count { $0.status != 0 }
        var bytes = returnHeader(
            request.sequence, status: 0, actualLength: packets.reduce(0) { $0 + $1.length },
            packetCount: packets.count, errorCount: errors)
        bytes.reserveCapacity(bytes.count + input.count + packets.count * packetLength)
        if request.isInput { bytes += input }
        for (asked, packet) in zip(request.packets, packets) {
            bytes.append(bigEndian: UInt32(truncatingIfNeeded: asked.offset))
            bytes.append(bigEndian: UInt32(truncatingIfNeeded: asked.length))
            bytes.append(bigEndian: UInt32(truncatingIfNeeded: packet.length))
            bytes.append(bigEndian: packet.status)
        }
        return bytes
    }

    /// A request that was still there has been forgotten, or has been answered before.
    static func unlinked(sequence: UInt32, wasPending: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        for word in [returnUnlink, sequence, 0, 0, 0] { bytes.append(bigEndian: word) }
        bytes.append(bigEndian: wasPending ? -ECONNRESET : 0)
        return bytes + [UInt8](repeating: 0, count: headerLength - bytes.count)
    }

    private static func returnHeader(
        _ sequence: UInt32, status: Int32, actualLength: Int, packetCount: Int = 0, errorCount: Int = 0
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        for word in [returnSubmit, sequence, 0, 0, 0] { bytes.append(bigEndian: word) }
        bytes.append(bigEndian: status)
        for value in [actualLength, 0, packetCount, errorCount] {
            bytes.append(bigEndian: UInt32(truncatingIfNeeded: value))
        }
        return bytes + [UInt8](repeating: 0, count: headerLength - bytes.count)
    }
}

extension [UInt8] {
    fileprivate mutating func append(bigEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    /// Nil when the field does not lie inside the array.
    fileprivate func bigEndian<Value: FixedWidthInteger>(_ type: Value.Type, at offset: Int) -> Value? {
        littleEndian(type, at: offset)?.byteSwapped
    }
}
