import Testing

@testable import KioskDevices

@Suite("SAM-V commands")
struct SAMVCommandTests {
    @Test(
        "Requests have the published bytes",
        arguments: [
            (SAMVSettings.Command.resetSAM, [0x00, 0x03, 0x10, 0xFF, 0xEC] as [UInt8]),
            (.samStatus, [0x00, 0x03, 0x11, 0xFF, 0xED]), (.samIdentifier, [0x00, 0x03, 0x12, 0xFF, 0xEE]),
            (.findCard, [0x00, 0x03, 0x20, 0x01, 0x22]), (.selectCard, [0x00, 0x03, 0x20, 0x02, 0x21]),
            (.readBase, [0x00, 0x03, 0x30, 0x01, 0x32]),
            (.readBaseWithFingerprints, [0x00, 0x03, 0x30, 0x10, 0x23]),
        ])
    func requests(name: SAMVSettings.Command, body: [UInt8]) {
        #expect(SAMVCommand(name).bytes == SAMVFrame.preamble + body)
    }

    @Test("The RF byte is the one request with data, as published")
    func maximumRFByte() {
        let bytes = SAMVCommand(.setMaximumRFByte, data: [0x50]).bytes
        #expect(bytes == SAMVFrame.preamble + [0x00, 0x04, 0x61, 0xFF, 0x50, 0xCA])
    }

    @Test("A model's own bytes take the place of the standard's, the checksum with them")
    func changes() {
        let changes: [SAMVSettings.Command: SAMVSettings.CommandBytes] = [.findCard: .init(0x00, 0x81)]
        #expect(SAMVCommand(.findCard, changes: changes).bytes == SAMVFrame.preamble + [0x00, 0x03, 0x00, 0x81, 0x82])
        #expect(SAMVCommand(.selectCard, changes: changes).bytes == SAMVCommand(.selectCard).bytes)
    }

    /// What a step answers when all is well.
    private static let answers: [(SAMVSettings.Command, SAMVResponse)] = [
        (.samStatus, .init(sw1: 0, sw2: 0, status: .done, data: [])),
        (.samIdentifier, .init(sw1: 0, sw2: 0, status: .done, data: [UInt8](repeating: 1, count: 16))),
        (.findCard, .init(sw1: 0, sw2: 0, status: .found, data: [0, 0, 0, 0])),
        (.selectCard, .init(sw1: 0, sw2: 0, status: .done, data: [UInt8](repeating: 0, count: 8))),
        (.readBase, .init(sw1: 0, sw2: 0, status: .done, data: [UInt8](repeating: 0, count: 1284))),
    ]

    @Test("No step of the sequence takes another step's answer for its own", arguments: answers.indices)
    func distinct(index: Int) {
        for other in Self.answers.indices {
            let isAnswer = SAMVCommand(Self.answers[index].0).isAnswered(by: Self.answers[other].1)
            #expect(isAnswer == (index == other), "\(Self.answers[other].0) for \(Self.answers[index].0)")
        }
    }
}
