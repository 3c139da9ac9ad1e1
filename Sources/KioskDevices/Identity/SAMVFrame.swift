/// The SAM-V / SAM_A wire format (GA/T 467): requests, responses and a decoder for a stream of bytes.
///
/// Request `AA AA AA 96 69 · LEN(2, BE) · CMD · PARA · DATA · CHK`, response with `SW1 SW2 SW3` for `CMD PARA`. LEN
/// counts everything after itself; CHK is the XOR of LEN and everything between it and CHK.

enum SAMVFrame {
    static let preamble: [UInt8] = [0xAA, 0xAA, 0xAA, 0x96, 0x69]
    /// Preamble and LEN.
    static let headerLength = 7
    /// The longest response known is 0x090A (base text with two fingerprints); more is noise taken for a length.
    static let maximumLength = 0x0A00
    /// Bytes that are read in search of one answer; a reader that sends more is not answering.
    static let maximumInput = 65_536
    /// What a packet counts at least against `maximumInput`, so that empty ones come to an end too.
    static let leastCharge = 16

    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt8 {
        bytes.reduce(0, ^)
    }
}

/// SW3, the reader's own status. SW1 and SW2 relay the card and decide nothing.
struct SAMVStatus: RawRepresentable, Hashable, Sendable {
    var rawValue: UInt8

    static let done = SAMVStatus(rawValue: 0x90)
    static let itemAbsent = SAMVStatus(rawValue: 0x91)
    static let found = SAMVStatus(rawValue: 0x9F)
    static let badChecksum = SAMVStatus(rawValue: 0x10)
    static let badLength = SAMVStatus(rawValue: 0x11)
    static let badCommand = SAMVStatus(rawValue: 0x21)
    static let notPermitted = SAMVStatus(rawValue: 0x23)
    static let unrecognisedError = SAMVStatus(rawValue: 0x24)
    static let cardRejectedSAM = SAMVStatus(rawValue: 0x31)
    static let samRejectedCard = SAMVStatus(rawValue: 0x32)
    static let informationCheckFailed = SAMVStatus(rawValue: 0x33)
    static let fingerprintCheckFailed = SAMVStatus(rawValue: 0x37)
    static let lengthError = SAMVStatus(rawValue: 0x3F)
    static let unknownCard = SAMVStatus(rawValue: 0x40)
    static let readFailed = SAMVStatus(rawValue: 0x41)
    static let randomNumberFailed = SAMVStatus(rawValue: 0x47)
    static let selfTestFailed = SAMVStatus(rawValue: 0x60)
    static let unauthorised = SAMVStatus(rawValue: 0x66)
    static let noCard = SAMVStatus(rawValue: 0x80)
    static let selectFailed = SAMVStatus(rawValue: 0x81)

    /// What a driver does about a status.
    enum Action: Hashable, Sendable {
        case proceed
        /// The frame was damaged on its way to the reader.
        case resend
        /// The reader is told something it does not do: our fault or a different reader.
        case report
        case resetOnce
        /// The card and the reader did not agree: begin again at find.
        case restart
        /// As `restart`; the card was most likely moved.
        case restartMoved
        case rereadOnce
        case refuseCard
        case outOfService
        case keepPolling
    }

    var action: Action {
        switch self {
        case .done, .found, .itemAbsent: .proceed
        case .badChecksum, .badLength: .resend
        case .badCommand, .notPermitted: .report
        case .cardRejectedSAM, .samRejectedCard, .randomNumberFailed: .restart
        case .readFailed, .selectFailed: .restartMoved
        case .informationCheckFailed, .fingerprintCheckFailed, .lengthError: .rereadOnce
        case .unknownCard: .refuseCard
        case .selfTestFailed, .unauthorised: .outOfService
        case .noCard: .keepPolling
        default: .resetOnce
        }
    }

    /// Two hexadecimal digits, for the log.
    var hexadecimal: String {
        let digits = String(rawValue, radix: 16, uppercase: true)
        return digits.count == 1 ? "0" + digits : digits
    }
}

/// A response whose length and checksum are right.
struct SAMVResponse: Hashable, Sendable {
    var sw1: UInt8
    var sw2: UInt8
    var status: SAMVStatus
    var data: [UInt8]
}

/// Takes bytes in any split, skips noise before a preamble, and stops a frame on its LEN.
///
/// The buffer never holds more than one frame of `maximumLength` and what came with it. What is taken from it or thrown
/// away is overwritten, because it may have been a card's; the copies that were handed out are their owners'.
struct SAMVFrameDecoder {
    private var buffer: [UInt8] = []

    init() {
        // A buffer that grows leaves its bytes behind in the memory it had: room for a frame and a transfer at once.
        buffer.reserveCapacity(SAMVFrame.headerLength + SAMVFrame.maximumLength + 4096)
    }

    mutating func append(_ bytes: some Sequence<UInt8>) {
        buffer += bytes
        skipNoise()
    }

    mutating func removeAll() {
        drop(buffer.count)
    }

    /// The next whole response, or nil while bytes are missing. After a throw the decoder looks for the next preamble.
    mutating func next() throws(CodecError) -> SAMVResponse? {
        guard let announced = buffer.bigEndian16(SAMVFrame.preamble.count) else { return nil }
        let length = Int(announced)
        // SW1, SW2, SW3 and CHK are the least.
        guard (4...SAMVFrame.maximumLength).contains(length) else {
            dropPreamble()
            throw CodecError(.samvFrame, .badLength, "LEN")
        }
        let end = SAMVFrame.headerLength + length
        guard buffer.count >= end else { return nil }
        let checked = buffer[SAMVFrame.preamble.count..<end - 1]
        guard SAMVFrame.checksum(checked) == buffer[end - 1] else {
            dropPreamble()
            throw CodecError(.samvFrame, .badChecksum, "CHK")
        }
        let body = Array(buffer[SAMVFrame.headerLength..<end - 1])
        drop(end)
        skipNoise()
        return SAMVResponse(
            sw1: body[0], sw2: body[1], status: SAMVStatus(rawValue: body[2]), data: Array(body[3...]))
    }

    /// Bytes that the present part of the frame still needs: the header, or what LEN announced.
    var missing: (isHeader: Bool, count: Int) {
        guard let announced = buffer.bigEndian16(SAMVFrame.preamble.count)
        else { return (true, max(1, SAMVFrame.headerLength - buffer.count)) }
        let length = min(Int(announced), SAMVFrame.maximumLength)
        return (false, max(1, SAMVFrame.headerLength + length - buffer.count))
    }

    /// Some of the body has come after the header.
    var hasBodyBytes: Bool { !missing.isHeader && buffer.count > SAMVFrame.headerLength }

    private mutating func dropPreamble() {
        drop(SAMVFrame.preamble.count)
        skipNoise()
    }

    /// Drops bytes until the buffer begins with a preamble or with the part of one that has come so far.
    private mutating func skipNoise() {
        guard
            let start = buffer.indices.first(where: { index in
                let rest = buffer[index...].prefix(SAMVFrame.preamble.count)
                return SAMVFrame.preamble.starts(with: rest)
            })
        else { return removeAll() }
        if start > 0 { drop(start) }
    }

    /// Moves the rest to the front and overwrites what stood behind it.
    private mutating func drop(_ count: Int) {
        let rest = buffer.count - count
        for index in 0..<rest { buffer[index] = buffer[index + count] }
        for index in rest..<buffer.count { buffer[index] = 0 }
        buffer.removeLast(count)
    }
}
