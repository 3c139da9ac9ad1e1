/// The commands a card is ever given, and the only way to make bytes for a card.

/// A command of ISO/IEC 7816-4 that reads.
///
/// No other instruction can be written down: a PIN is never presented, and no retry counter of a card can change.
struct CardCommand: Hashable, Sendable {
    enum Instruction: UInt8, Hashable, Sendable, CaseIterable {
        case select = 0xA4
        case readBinary = 0xB0
        case readRecord = 0xB2
        case getResponse = 0xC0
        case getData = 0xCA
    }

    let instruction: Instruction
    let p1: UInt8
    let p2: UInt8
    let data: [UInt8]
    /// Ne: the most bytes to answer, 0 for none.
    let expectedLength: Int

    private init(
        _ instruction: Instruction, _ p1: UInt8, _ p2: UInt8, data: [UInt8] = [], expectedLength: Int = 0
    ) {
        self.instruction = instruction
        self.p1 = p1
        self.p2 = p2
        self.data = data
        self.expectedLength = min(max(0, expectedLength), 65_536)
    }

    /// An application by its name.
    static func select(application name: [UInt8]) -> CardCommand {
        CardCommand(.select, 0x04, 0x00, data: Array(name.prefix(16)), expectedLength: 256)
    }

    /// How a file's identifier is looked up: 00 anywhere, 02 under the present directory.
    enum FileSearch: UInt8, Hashable, Sendable, CaseIterable {
        case anywhere = 0x00
        case underDirectory = 0x02
    }

    static func select(file identifier: UInt16, _ search: FileSearch) -> CardCommand {
        CardCommand(
            .select, search.rawValue, 0x00,
            data: [UInt8(truncatingIfNeeded: identifier >> 8), UInt8(truncatingIfNeeded: identifier)],
            expectedLength: 256)
    }

    /// The first record with this identifier (P2 = 00).
    static func readRecord(identifier: UInt8) -> CardCommand {
        CardCommand(.readRecord, identifier, 0x00, expectedLength: 256)
    }

    /// The record with this number, from 1 (P2 = 04).
    static func readRecord(number: UInt8) -> CardCommand {
        CardCommand(.readRecord, number, 0x04, expectedLength: 256)
    }

    /// `offset` below 32,768; `length` from 1 to 65,536, above 256 as an extended command.
    static func readBinary(offset: UInt16, length: Int) -> CardCommand {
        CardCommand(
            .readBinary, UInt8(truncatingIfNeeded: offset >> 8) & 0x7F, UInt8(truncatingIfNeeded: offset),
            expectedLength: length)
    }

    static func getData(tag: UInt16) -> CardCommand {
        CardCommand(
            .getData, UInt8(truncatingIfNeeded: tag >> 8), UInt8(truncatingIfNeeded: tag), expectedLength: 256)
    }

    /// SW2 of `61xx`; 0 stands for 256.
    static func getResponse(length: UInt8) -> CardCommand {
        CardCommand(.getResponse, 0x00, 0x00, expectedLength: length == 0 ? 256 : Int(length))
    }

    /// The same command as `6Cxx` asks for it.
    func expecting(_ length: UInt8) -> CardCommand {
        CardCommand(instruction, p1, p2, data: data, expectedLength: length == 0 ? 256 : Int(length))
    }

    var needsExtendedLength: Bool { data.count > 255 || expectedLength > 256 }

    fileprivate var header: [UInt8] { [0x00, instruction.rawValue, p1, p2] }
}

/// What a card answered to a command.
struct CardResponse: Hashable, Sendable {
    var data: [UInt8]
    /// SW1 and SW2.
    var status: UInt16

    init(data: [UInt8], status: UInt16) {
        self.data = data
        self.status = status
    }

    /// Data with SW1 and SW2 behind it. Nil when even those are missing.
    init?(_ bytes: [UInt8]) {
        guard let status = bytes.bigEndian16(bytes.count - 2) else { return nil }
        self.init(data: bytes.dropLast(2), status: status)
    }

    var sw1: UInt8 { UInt8(truncatingIfNeeded: status >> 8) }
    var sw2: UInt8 { UInt8(truncatingIfNeeded: status) }

    /// Four hexadecimal digits, for the log.
    var hexadecimalStatus: String {
        let digits = String(status, radix: 16, uppercase: true)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}

/// What a command can be given to.
protocol CardChannel: Sendable {
    /// The whole answer: parts that wait in the card (`61xx`) are fetched, a wrong Le (`6Cxx`) is put right.
    func transmit(_ command: CardCommand) async throws(SmartCardError) -> CardResponse
}

/// Bytes on their way to a card. They are made from a `CardCommand`, from a request for protocol and speed, or from
/// the control fields of T=1, and from nothing else.
struct CardBytes: Hashable, Sendable {
    let bytes: [UInt8]

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The APDU (ISO/IEC 7816-4, 5.1), short where that is enough.
    init(apdu command: CardCommand) {
        var bytes = command.header
        let isExtended = command.needsExtendedLength
        func length(_ number: Int) -> [UInt8] {
            isExtended
                ? [UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)]
                : [UInt8(truncatingIfNeeded: number)]
        }
        if isExtended { bytes.append(0) }
        if !command.data.isEmpty { bytes += length(command.data.count) + command.data }
        // 256 and 65,536 are written as 0.
        if command.expectedLength > 0 { bytes += length(command.expectedLength) }
        self.init(bytes)
    }

    /// The command TPDU of T=0 (ISO/IEC 7816-3, 12.2). A command with data carries no Le: what the card has to say
    /// is fetched. Throws for a command that needs extended lengths.
    init(tpdu command: CardCommand) throws(SmartCardError) {
        guard !command.needsExtendedLength else {
            throw SmartCardError(.cardUnsupported, "extended lengths over T=0")
        }
        let third = command.data.isEmpty ? command.expectedLength : command.data.count
        self.init(command.header + [UInt8(truncatingIfNeeded: third)] + command.data)
    }

    init(_ selection: ProtocolSelection) {
        self.init(selection.request)
    }

    /// An I-block of T=1 (ISO/IEC 7816-3, 11.3) with part of a command.
    init(informationBlock part: CardBytes, sendNumber: UInt8, hasMore: Bool) {
        self.init(
            block: (sendNumber & 1) << 6 | (hasMore ? 0x20 : 0x00), information: Array(part.bytes.prefix(254)))
    }

    /// An R-block: asks for the block `receiveNumber`; `error` 0 none, 1 checksum or parity, 2 another.
    init(receiveReady receiveNumber: UInt8, error: UInt8) {
        self.init(block: 0x80 | (receiveNumber & 1) << 4 | error & 0x03, information: [])
    }

    /// An S-block.
    init(supervisory control: T1Block.Supervisory, isResponse: Bool, information: UInt8? = nil) {
        self.init(
            block: 0xC0 | (isResponse ? 0x20 : 0x00) | control.rawValue, information: information.map { [$0] } ?? [])
    }

    private init(block control: UInt8, information: [UInt8]) {
        let block = [0x00, control, UInt8(truncatingIfNeeded: information.count)] + information
        self.init(block + [block.reduce(0, ^)])
    }

    /// In parts of at most `size` bytes; never empty.
    func parts(of size: Int) -> [CardBytes] {
        let size = max(1, size)
        return stride(from: 0, to: max(1, bytes.count), by: size).map { start in
            CardBytes(Array(bytes.dropFirst(start).prefix(size)))
        }
    }

    func dropping(_ count: Int) -> CardBytes {
        CardBytes(Array(bytes.dropFirst(max(0, count))))
    }
}
