/// What runs on a chip: commands in, answers out (ISO 7816-4), whatever protocol carried them.

/// A command APDU, taken apart (ISO 7816-3:2006, clause 12.1).
public struct ChipCommand: Hashable, Sendable {
    public var cla: UInt8
    public var ins: UInt8
    public var p1: UInt8
    public var p2: UInt8
    public var data: [UInt8]
    /// Ne, the most bytes the host takes; 0 when there is no Le field.
    public var expectedLength: Int

    public init(cla: UInt8, ins: UInt8, p1: UInt8, p2: UInt8, data: [UInt8] = [], expectedLength: Int = 0) {
        self.cla = cla
        self.ins = ins
        self.p1 = p1
        self.p2 = p2
        self.data = data
        self.expectedLength = expectedLength
    }

    /// Short and extended length fields, cases 1 to 4. Nil: the lengths do not fit the bytes.
    public init?(apdu: [UInt8]) {
        guard apdu.count >= 4 else { return nil }
        self.init(cla: apdu[0], ins: apdu[1], p1: apdu[2], p2: apdu[3])
        let body = Array(apdu.dropFirst(4))
        if body.isEmpty { return }
        if body.count == 1 {
            expectedLength = body[0] == 0 ? 256 : Int(body[0])
        } else if body[0] != 0 {
            let count = Int(body[0])
            guard body.count == 1 + count || body.count == 2 + count else { return nil }
            data = Array(body[1..<1 + count])
            if body.count == 2 + count { expectedLength = body[1 + count] == 0 ? 256 : Int(body[1 + count]) }
        } else {
            guard body.count >= 3 else { return nil }
            let count = Int(body[1]) << 8 | Int(body[2])
            if body.count == 3 {
                expectedLength = count == 0 ? 65536 : count
                return
            }
            guard count > 0, body.count == 3 + count || body.count == 5 + count else { return nil }
            data = Array(body[3..<3 + count])
            if body.count == 5 + count {
                let expected = Int(body[3 + count]) << 8 | Int(body[4 + count])
                expectedLength = expected == 0 ? 65536 : expected
            }
        }
    }
}

/// Data and status of an application's answer, before a protocol cuts it to what was asked for.
public struct ChipResponse: Hashable, Sendable {
    public var data: [UInt8]
    /// SW1 SW2.
    public var status: UInt16

    public init(_ status: UInt16, data: [UInt8] = []) {
        self.status = status
        self.data = data
    }
}

/// A value: what was selected and how many tries a PIN has left is its state.
public protocol ChipCardApplication: Sendable {
    /// Power came, or the card was reset: nothing is selected.
    mutating func reset()
    mutating func respond(to command: ChipCommand) -> ChipResponse
}

/// A chip on which there is nothing.
public struct BlankChip: ChipCardApplication {
    public init() {}

    public mutating func reset() {}

    public mutating func respond(to command: ChipCommand) -> ChipResponse {
        ChipResponse(command.ins == 0xA4 ? 0x6A82 : 0x6D00)
    }
}

/// A payment card: knows its own application and no other.
public struct BankCard: ChipCardApplication {
    private static let applications: [[UInt8]] = [
        Array("1PAY.SYS.DDF01".utf8), [0xA0, 0x00, 0x00, 0x03, 0x33, 0x01, 0x01, 0x01],
    ]

    private var pin = ChipPersonalNumber()

    public init() {}

    public mutating func reset() {}

    public mutating func respond(to command: ChipCommand) -> ChipResponse {
        guard command.cla == 0x00 else { return ChipResponse(0x6E00) }
        switch command.ins {
        case 0xA4:
            guard command.p1 == 0x04, Self.applications.contains(command.data) else { return ChipResponse(0x6A82) }
            // File control information: the name of the file (ISO 7816-4, table 10 and 5.3.3).
            let name = [0x84, UInt8(command.data.count)] + command.data
            return ChipResponse(0x9000, data: [0x6F, UInt8(name.count)] + name)
        case 0x20: return pin.verify()
        case 0xB2: return ChipResponse(0x6A83)
        default: return ChipResponse(0x6D00)
        }
    }
}

/// The retry counter behind VERIFY: every value is wrong, and the counter survives a reset, as on a real card.
struct ChipPersonalNumber: Sendable {
    private var triesLeft: UInt16 = 3

    mutating func verify() -> ChipResponse {
        guard triesLeft > 0 else { return ChipResponse(0x6983) }
        triesLeft -= 1
        return ChipResponse(0x63C0 | triesLeft)
    }
}
