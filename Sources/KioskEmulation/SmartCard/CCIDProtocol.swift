// The CCID wire format from the reader's side: messages, errors, descriptors (USB CCID 1.1, chapters 5 and 6).

/// A command of the host by what the reader does for it.
public enum CCIDStep: String, Codable, Sendable, CaseIterable {
    /// 62
    case powerOn
    /// 63
    case powerOff
    /// 65
    case slotStatus
    /// 6F
    case transfer
    /// 61, 6C and 6D
    case parameters
    /// Everything else.
    case other

    init(messageType: UInt8) {
        switch messageType {
        case 0x62: self = .powerOn
        case 0x63: self = .powerOff
        case 0x65: self = .slotStatus
        case 0x6F: self = .transfer
        case 0x61, 0x6C, 0x6D: self = .parameters
        default: self = .other
        }
    }
}

/// What a reader can do besides carrying bytes: dwFeatures without the exchange level (CCID 1.1, table 5.1-1).
public struct CCIDFeatures: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// The parameters follow the answer to reset.
    public static let automaticParameters = CCIDFeatures(rawValue: 0x02)
    public static let automaticActivation = CCIDFeatures(rawValue: 0x04)
    public static let automaticVoltage = CCIDFeatures(rawValue: 0x08)
    public static let automaticClock = CCIDFeatures(rawValue: 0x10)
    public static let automaticRate = CCIDFeatures(rawValue: 0x20)
    /// The reader negotiates with the card after the answer to reset.
    public static let automaticNegotiation = CCIDFeatures(rawValue: 0x40)
    /// The reader does PPS when the parameters are set.
    public static let automaticPPS = CCIDFeatures(rawValue: 0x80)
    /// The reader exchanges IFSD first in T=1.
    public static let automaticBlockSize = CCIDFeatures(rawValue: 0x400)
}

/// How a reader misbehaves: what becomes of one answer.
public enum CCIDFault: Hashable, Sendable {
    /// bSeq is that of the command before.
    case wrongSequence
    case wrongSlot
    /// bMessageType is that of another answer.
    case wrongMessageType
    /// dwLength promises this much more than comes (less when negative).
    case wrongLength(Int)
    /// Only this many bytes of the message come.
    case truncated(Int)
    /// The data are left out, and dwLength says so.
    case noData
    /// A transfer without bytes comes before the message.
    case emptyTransfer
    /// The message comes in transfers of one byte.
    case oneBytePackets
    /// This many bytes follow the data, counted in dwLength.
    case oversized(Int)
    /// No answer at all.
    case silence
    /// The answer comes this much later.
    case late(Duration)
    /// The reader asks for more time again and again, until the command is aborted.
    case endlessTimeExtension
    /// The bulk IN endpoint halts instead of answering.
    case stall
    /// The bulk OUT endpoint halts instead of taking the command.
    case stallOut
    /// The bus damages the answer.
    case damaged
    /// More comes than the host asked for.
    case babble
    /// The card is pulled out as the reader works for it.
    case cardPulled
    /// The command fails with this bError.
    case error(UInt8)
    /// TS of the answer to reset is neither 3B nor 3F.
    case wrongTS
    /// The answer to reset ends with a wrong TCK; one is appended where none belongs.
    case wrongTCK
    /// Only this many bytes of the answer to reset come.
    case truncatedATR(Int)
    /// Every TD of the answer to reset announces another one.
    case endlessTD
    /// T=1: the block's check byte is wrong.
    case wrongLRC
    /// T=1: the block's N(S) is the other one, with the right check byte.
    case wrongSendNumber
}

/// One complete message of the host.
struct CCIDCommand {
    static let headerLength = 10

    var messageType: UInt8
    var slot: UInt8
    var sequence: UInt8
    /// Bytes 7, 8 and 9.
    var parameters: (UInt8, UInt8, UInt8)
    var data: [UInt8]

    var step: CCIDStep { CCIDStep(messageType: messageType) }

    /// bMessageType of the answer.
    var answerType: UInt8 {
        switch messageType {
        case 0x62, 0x6F, 0x69: 0x80
        case 0x61, 0x6C, 0x6D: 0x82
        case 0x6B: 0x83
        case 0x73: 0x84
        default: 0x81
        }
    }
}

/// bError of a failed command (CCID 1.1, table 6.2-2); a field's offset is an error too.
enum CCIDError {
    static let notSupported: UInt8 = 0
    static let length: UInt8 = 1
    static let slot: UInt8 = 5
    static let powerSelect: UInt8 = 7
    static let protocolNumber: UInt8 = 7
    static let level: UInt8 = 8
    static let slotBusy: UInt8 = 0xE0
    static let protocolNotSupported: UInt8 = 0xF6
    static let mute: UInt8 = 0xFE
    static let aborted: UInt8 = 0xFF
}

/// Data rates and clock that this reader has, and its protocol data structures.
enum CCIDParameters {
    /// kHz.
    static let clock: UInt32 = 4000
    /// Bits a second at 4 MHz: 372, 93 and 31 clocks a bit.
    static let rates: [UInt32] = [10753, 43010, 129_032]
    static let defaultT0: [UInt8] = [0x11, 0x00, 0x00, 0x0A, 0x00]
    static let defaultT1: [UInt8] = [0x11, 0x10, 0x00, 0x4D, 0x00, 0x20, 0x00]

    /// Offset in the message of the first field that no reader could take; nil: all can be.
    static func badField(_ parameters: [UInt8]) -> UInt8? {
        let firstOffset = UInt8(CCIDCommand.headerLength)
        guard parameters.count == defaultT1.count else {
            return parameters[1] & 0xFD != 0 ? firstOffset + 1 : nil
        }
        if parameters[1] & 0xFC != 0x10 { return firstOffset + 1 }
        return parameters[5] == 0 || parameters[5] == 0xFF ? firstOffset + 5 : nil
    }
}
