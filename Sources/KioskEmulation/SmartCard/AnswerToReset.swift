/// What a chip says when its contacts are powered (ISO 7816-3:2006, clause 8), put together from its parts.

public struct EmulatedAnswerToReset: Hashable, Sendable {
    /// Transmission protocols by their T value.
    public enum TransmissionProtocol: UInt8, Sendable, CaseIterable {
        case t0 = 0
        case t1 = 1
    }

    /// Offered protocols, the first being the one that holds until PPS asks for another. Never empty.
    public var protocols: [TransmissionProtocol]
    /// TA1: the fastest Fi and Di the card takes; nil leaves it out (11).
    public var fastestRate: UInt8?
    /// TA2 is there: protocol and rate hold at once and cannot be negotiated.
    public var isSpecific: Bool
    /// IFSC in TA3: how many bytes of information the card takes in one T=1 block; nil leaves it out (32).
    public var blockSize: UInt8?
    /// At most 15 bytes.
    public var historicalBytes: [UInt8]

    public init(
        protocols: [TransmissionProtocol] = [.t0], fastestRate: UInt8? = nil, isSpecific: Bool = false,
        blockSize: UInt8? = nil, historicalBytes: [UInt8] = Array("DEMO".utf8)
    ) {
        self.protocols = protocols.isEmpty ? [.t0] : protocols
        self.fastestRate = fastestRate
        self.isSpecific = isSpecific
        self.blockSize = blockSize
        self.historicalBytes = Array(historicalBytes.prefix(15))
    }

    /// TS to TCK; TCK only when another protocol than T=0 is offered.
    public var bytes: [UInt8] {
        let first = protocols[0].rawValue
        let hasT1 = protocols.contains(.t1)
        let hasTD1 = isSpecific || hasT1
        var answer: [UInt8] = [
            0x3B,
            (fastestRate == nil ? 0 : 0x10) | (hasTD1 ? 0x80 : 0) | UInt8(historicalBytes.count),
        ]
        if let fastestRate { answer.append(fastestRate) }
        if hasTD1 { answer.append((isSpecific ? 0x10 : 0) | (hasT1 ? 0x80 : 0) | first) }
        // TA2, bit 5 clear: the rate of TA1 holds.
        if isSpecific { answer.append(first) }
        if hasT1 {
            // TD2 announces TA3 and TB3 for T=1. TB3: BWI 4, CWI 5.
            answer.append((blockSize == nil ? 0 : 0x10) | 0x20 | 0x01)
            if let blockSize { answer.append(blockSize) }
            answer.append(0x45)
        }
        answer += historicalBytes
        if hasT1 { answer.append(answer.dropFirst().reduce(0, ^)) }
        return answer
    }
}
