/// The card's side of the T=1 block protocol (ISO 7816-3:2006, clause 11): one block in, one block out.

/// A value inside the card's state. Every block is answered: what is damaged or out of turn by an R-block.
struct T1CardEngine: Sendable {
    /// The longest chain of blocks that is put together: an extended APDU.
    private static let longestCommand = 65_544

    /// What the answer to reset told; S(RESYNCH) goes back to it.
    private let firstBlockSize: UInt8?
    /// IFSC: bytes of information the card takes in one block.
    private var blockSize: Int
    /// IFSD: bytes of information the host takes in one block.
    private var hostBlockSize = 32
    /// N(S) of the next I-block.
    private var sendNumber: UInt8 = 0
    /// N(S) that the host's next I-block must have.
    private var expectedNumber: UInt8 = 0
    private var command: [UInt8] = []
    /// What is still to be sent of an answer; nil when none is under way.
    private var rest: [UInt8]?
    private var lastBlock: [UInt8] = []
    /// S-requests that come before the answer, by PCB and information.
    private var requests: [(control: UInt8, information: [UInt8])] = []
    private var isAwaitingResponse = false

    init(blockSize: UInt8?) {
        firstBlockSize = blockSize
        self.blockSize = Int(blockSize ?? 32)
    }

    /// `requests` are the S-blocks the card sends before it answers a command: waiting time extensions, block sizes.
    mutating func answer(
        _ block: [UInt8], requests: [(control: UInt8, information: [UInt8])], application: ([UInt8]) -> [UInt8]
    ) -> [UInt8] {
        guard block.count >= 4, block.reduce(0, ^) == 0 else { return receiveReady(error: 1) }
        guard block[0] == 0, Int(block[2]) == block.count - 4, block[2] != 0xFF else { return receiveReady(error: 2) }
        let control = block[1]
        let information = Array(block[3..<block.count - 1])
        if control & 0x80 == 0 {
            return takeInformation(control, information, requests: requests, application: application)
        }
        return control & 0x40 == 0
            ? takeReceiveReady(control, information) : takeSupervisory(control, information)
    }

    private mutating func takeInformation(
        _ control: UInt8, _ information: [UInt8], requests: [(control: UInt8, information: [UInt8])],
        application: ([UInt8]) -> [UInt8]
    ) -> [UInt8] {
        guard control & 0x1F == 0, (control >> 6) & 1 == expectedNumber, information.count <= blockSize,
            rest?.isEmpty ?? true, !isAwaitingResponse, command.count + information.count <= Self.longestCommand
        else { return receiveReady(error: 2) }
        expectedNumber ^= 1
        command += information
        if control & 0x20 != 0 { return receiveReady(error: 0) }
        rest = application(command)
        command = []
        self.requests = requests
        return next()
    }

    private mutating func takeReceiveReady(_ control: UInt8, _ information: [UInt8]) -> [UInt8] {
        guard information.isEmpty, !lastBlock.isEmpty else { return receiveReady(error: 2) }
        // N(R) of the block after the last one acknowledges it; anything else asks for the last one again.
        if let rest, !rest.isEmpty, !isAwaitingResponse, (control >> 4) & 1 == sendNumber { return next() }
        return lastBlock
    }

    private mutating func takeSupervisory(_ control: UInt8, _ information: [UInt8]) -> [UInt8] {
        switch control {
        case 0xC0 where information.isEmpty:
            self = T1CardEngine(blockSize: firstBlockSize)
            return send(0xE0)
        case 0xC1 where information.count == 1 && (1...254).contains(information[0]):
            hostBlockSize = Int(information[0])
            return send(0xE1, information)
        case 0xC2 where information.isEmpty:
            command = []
            rest = nil
            requests = []
            isAwaitingResponse = false
            return send(0xE2)
        case _
        where isAwaitingResponse && control == requests[0].control | 0x20 && information == requests[0].information:
            if control == 0xE1 { blockSize = Int(information[0]) }
            requests.removeFirst()
            isAwaitingResponse = false
            return next()
        default:
            return receiveReady(error: 2)
        }
    }

    /// The next S-request, or else the next piece of the answer.
    private mutating func next() -> [UInt8] {
        if let request = requests.first {
            isAwaitingResponse = true
            return send(request.control, request.information)
        }
        let answer = rest ?? []
        let piece = Array(answer.prefix(hostBlockSize))
        rest = Array(answer.dropFirst(piece.count))
        let control = sendNumber << 6 | (rest?.isEmpty == false ? 0x20 : 0)
        sendNumber ^= 1
        return send(control, piece)
    }

    private mutating func receiveReady(error: UInt8) -> [UInt8] {
        send(0x80 | expectedNumber << 4 | error)
    }

    private mutating func send(_ control: UInt8, _ information: [UInt8] = []) -> [UInt8] {
        lastBlock = [0, control, UInt8(information.count)] + information
        lastBlock.append(lastBlock.reduce(0, ^))
        return lastBlock
    }
}
