// The messages by which libumockdev-preload (0.17) hands a process's ioctls to whoever serves the device's socket,
// and the USB request block (linux/usbdevice_fs.h) as it lies in that process's memory.

internal import CUMockdev

/// One message: three native words.
enum PreloadMessage {
    static let length = 3 * MemoryLayout<UInt>.size
    /// Answer to a read or write: let the real call go on.
    static let unhandled = -100

    /// From the client. Read and write of the node are 7 and 8.
    static let ioctl: UInt = 1
    /// To the client: the call returns `result` with `errno`.
    private static let done: UInt = 3
    /// To the client: send me bytes of your memory.
    private static let readMemory: UInt = 5
    /// To the client: the bytes that follow go into your memory.
    private static let writeMemory: UInt = 6

    static func decode(_ bytes: [UInt8]) -> (kind: UInt, first: UInt, second: UInt)? {
        guard let kind = bytes.littleEndian(UInt.self, at: 0), let first = bytes.littleEndian(UInt.self, at: 8),
            let second = bytes.littleEndian(UInt.self, at: 16)
        else { return nil }
        return (kind, first, second)
    }

    static func done(result: Int, errno: Int32) -> [UInt8] {
        encode(done, UInt(bitPattern: result), UInt(errno))
    }

    static func readMemory(at address: UInt, count: Int) -> [UInt8] {
        encode(readMemory, address, UInt(count))
    }

    static func writeMemory(at address: UInt, _ bytes: [UInt8]) -> [UInt8] {
        encode(writeMemory, address, UInt(bytes.count)) + bytes
    }

    private static func encode(_ kind: UInt, _ first: UInt, _ second: UInt) -> [UInt8] {
        [UInt8](littleEndian: kind) + [UInt8](littleEndian: first) + [UInt8](littleEndian: second)
    }
}

/// One submitted transfer, with copies of what the client's memory held.
struct USBRequestBlock {
    static let headerLength = MemoryLayout<usbdevfs_urb>.size
    static let packetLength = MemoryLayout<usbdevfs_iso_packet_desc>.size
    /// The kernel's own limits are lower; these only keep a broken client from exhausting memory.
    static let longestBuffer = 32 << 20
    static let mostPackets = 1024

    enum Kind: UInt8 {
        case isochronous = 0
        case interrupt = 1
        case control = 2
        case bulk = 3
    }

    let address: UInt
    let kind: Kind
    let endpoint: UInt8
    let bufferAddress: UInt
    let bufferLength: Int
    let packetCount: Int
    private var header: usbdevfs_urb

    /// OUT data, or a control transfer's setup and OUT data.
    var data: [UInt8] = []
    /// Lengths of the isochronous packets.
    var packetLengths: [Int] = []

    /// Nil: not a block that could be carried out.
    init?(address: UInt, header bytes: [UInt8]) {
        guard bytes.count == Self.headerLength else { return nil }
        var header = usbdevfs_urb()
        withUnsafeMutableBytes(of: &header) { $0.copyBytes(from: bytes) }
        guard let kind = Kind(rawValue: header.type),
            (0...Self.longestBuffer).contains(Int(header.buffer_length))
        else { return nil }
        self.address = address
        self.kind = kind
        self.header = header
        endpoint = header.endpoint
        bufferAddress = UInt(bitPattern: header.buffer)
        bufferLength = Int(header.buffer_length)
        packetCount = kind == .isochronous ? Int(cumockdev_packet_count(&header)) : 0
        guard (0...Self.mostPackets).contains(packetCount) else { return nil }
        if kind == .control, bufferLength < 8 { return nil }
        if kind == .isochronous, endpoint & 0x80 == 0 || packetCount == 0 { return nil }
    }

    var isInput: Bool {
        kind == .control ? (data.first ?? 0) & 0x80 != 0 : endpoint & 0x80 != 0
    }

    /// False when the packets do not fit the buffer.
    mutating func setPackets(_ descriptors: [UInt8]) -> Bool {
        packetLengths = []
        var total = 0
        for index in 0..<packetCount {
            guard let length = descriptors.littleEndian(UInt32.self, at: index * Self.packetLength) else {
                return false
            }
            total += Int(length)
            packetLengths.append(Int(length))
        }
        return total <= bufferLength
    }

    /// How it ended, as the messages that put it into the client's memory. `packets` are the isochronous packets'
    /// actual lengths and statuses; `input` are the bytes from the start of the buffer.
    func completion(
        status: Int32, actualLength: Int, input: (offset: Int, bytes: [UInt8]) = (0, []),
        packets: [(length: Int, status: Int32)] = []
    ) -> [UInt8] {
        var ended = header
        ended.status = status
        ended.actual_length = Int32(actualLength)
        ended.error_count = Int32(packets.count { $0.status != 0 })
        var block = withUnsafeBytes(of: &ended) { [UInt8]($0) }
        for (packet, length) in zip(packets, packetLengths) {
            block.append(littleEndian: UInt32(length))
            block.append(littleEndian: UInt32(packet.length))
            block.append(littleEndian: UInt32(bitPattern: packet.status))
        }
        var messages: [UInt8] = []
        if !input.bytes.isEmpty {
            messages += PreloadMessage.writeMemory(at: bufferAddress + UInt(input.offset), input.bytes)
        }
        return messages + PreloadMessage.writeMemory(at: address, block)
    }
}
