/// Replaces what a chip card said, and what was typed for it, in a reader's messages (CCID 1.1 chapter 6).

/// Takes messages in the order of the recording and gives each back in the same length.
struct CCIDRecordingMask {
    private static let headerLength = 10

    /// What a message was sent for.
    private struct Request {
        var type: UInt8
        /// The APDU's instruction; that before GET RESPONSE.
        var instruction: UInt8?
        /// Its data are a T=1 block.
        var isBlock = false
    }

    private var requests: [UInt8: Request] = [:]
    private var lastInstruction: UInt8?
    /// The block before this one said that the APDU goes on.
    private var isChaining = false
    private var outRest = 0
    private var inRest = 0

    // MARK: Out

    mutating func sent(_ bytes: [UInt8]) -> [UInt8] {
        guard outRest == 0 else {
            // An APDU in several transfers: nothing of it can be told apart.
            outRest = max(0, outRest - bytes.count)
            return [UInt8](repeating: 0, count: bytes.count)
        }
        guard let type = bytes.uint8(0), let length = bytes.littleEndian32(1), let sequence = bytes.uint8(6),
            let level = bytes.littleEndian16(8)
        else { return bytes }
        outRest = max(0, Int(length) - (bytes.count - Self.headerLength))
        var request = Request(type: type)
        var result = bytes
        // PC_to_RDR_Secure and Escape: PIN pads and vendor commands.
        if type == 0x69 || type == 0x6B { blank(&result, from: Self.headerLength) }
        if type == 0x6F {
            let data = Array(bytes.dropFirst(Self.headerLength))
            request.isBlock = Self.isBlock(data)
            let information = Self.headerLength + (request.isBlock ? 3 : 0)
            let control = request.isBlock ? bytes.uint8(Self.headerLength + 1) : nil
            // R- and S-blocks, and the later parts of a chain, belong to the instruction that is under way.
            let begins = control.map { $0 & 0x80 == 0 && !isChaining } ?? (level <= 1)
            if let control, control & 0x80 == 0 { isChaining = control & 0x20 != 0 }
            if begins, let instruction = bytes.uint8(information + 1), instruction != 0xC0 {
                lastInstruction = instruction
            }
            request.instruction = lastInstruction
            // VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER: what follows the header is a PIN.
            if let lastInstruction, [0x20, 0x21, 0x24, 0x2C].contains(lastInstruction) {
                blank(&result, from: information + (begins ? 5 : 0))
                if request.isBlock { Self.setCheck(&result) }
            }
        }
        requests[sequence] = request
        return result
    }

    // MARK: In

    /// Nothing more of the answer that begins with `bytes` will come.
    func isWhole(_ bytes: [UInt8]) -> Bool {
        guard inRest == 0 || isAnswer(bytes), let length = bytes.littleEndian32(1) else { return !bytes.isEmpty }
        return bytes.count >= Self.headerLength && bytes.count - Self.headerLength >= Int(length)
    }

    /// Begins as an answer to something that was sent does.
    private func isAnswer(_ bytes: [UInt8]) -> Bool {
        guard let type = bytes.uint8(0), let slot = bytes.uint8(5), let sequence = bytes.uint8(6) else { return false }
        return (0x80...0x84).contains(type) && slot == 0 && requests[sequence] != nil
    }

    mutating func received(_ bytes: [UInt8]) -> [UInt8] {
        // The rest of an answer that was cut off.
        guard inRest == 0 || isAnswer(bytes) else {
            inRest = max(0, inRest - bytes.count)
            return [UInt8](repeating: 0, count: bytes.count)
        }
        guard let type = bytes.uint8(0), let length = bytes.littleEndian32(1), let sequence = bytes.uint8(6),
            let chain = bytes.uint8(9), (0x80...0x84).contains(type)
        else { return [UInt8](repeating: 0, count: bytes.count) }
        inRest = max(0, Int(length) - (bytes.count - Self.headerLength))
        let end = min(bytes.count, Self.headerLength + Int(length))
        var result = bytes
        blank(&result, from: end)
        switch (type, requests[sequence]?.type) {
        // Slot status, parameters and clock; the ATR.
        case (0x81, _), (0x82, _), (0x84, _), (0x80, 0x62): break
        case (0x80, 0x6F):
            let data = Array(bytes[Self.headerLength..<end])
            let isWhole = inRest == 0 && (chain == 0 || chain == 2)
            let masked = answer(data, requests[sequence], isWhole: isWhole)
            result.replaceSubrange(Self.headerLength..<end, with: masked)
        default: blank(&result, from: Self.headerLength)
        }
        return result
    }

    private func answer(_ data: [UInt8], _ request: Request?, isWhole: Bool) -> [UInt8] {
        // SELECT and GET CHALLENGE say nothing of a person.
        if let instruction = request?.instruction, instruction == 0xA4 || instruction == 0x84 { return data }
        guard request?.isBlock == true, isWhole, Self.isBlock(data) else {
            return Self.maskedData(data, hasStatus: isWhole)
        }
        guard data[1] & 0x80 == 0 else { return data }
        let inner = Self.maskedData(Array(data[3..<data.count - 1]), hasStatus: data[1] & 0x20 == 0)
        var result = data[..<3] + inner + [0]
        result[result.endIndex - 1] = result.reduce(0, ^)
        return Array(result)
    }

    /// SW1 and SW2 stay.
    private static func maskedData(_ data: [UInt8], hasStatus: Bool) -> [UInt8] {
        let status = hasStatus ? min(2, data.count) : 0
        return invented(Array(data.dropLast(status))) + data.suffix(status)
    }

    /// Tag, length, value one after the other keep their tags and lengths (the social-security card's records); the
    /// values are an invented person's. Anything else is zero.
    private static func invented(_ data: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        while let tag = data.uint8(result.count), (0x01...0x0D).contains(tag),
            let length = data.uint8(result.count + 1),
            result.count + 2 + Int(length) <= data.count
        {
            result += [tag, length] + value(tag, length: Int(length))
        }
        return result.count == data.count ? result : [UInt8](repeating: 0, count: data.count)
    }

    private static func value(_ tag: UInt8, length: Int) -> [UInt8] {
        let text: [UInt8] =
            switch tag {
            case 0x05, 0x0D: [0x19, 0x70, 0x01, 0x01]
            case 0x06: [0x20, 0x99, 0x12, 0x31]
            case 0x08: Array("230199197001010019".utf8)
            case 0x09: Array("MASKED".utf8)
            case 0x0A: [0x31]
            case 0x0B: [0x01]
            default: []
            }
        let padding: UInt8 = tag == 0x09 ? 0x20 : 0x30
        return Array((text + [UInt8](repeating: padding, count: max(0, length - text.count))).prefix(length))
    }

    /// NAD, PCB, LEN, INF and an LRC that is right (ISO 7816-3 section 11.3).
    private static func isBlock(_ data: [UInt8]) -> Bool {
        data.count >= 4 && Int(data[2]) == data.count - 4 && data.reduce(0, ^) == 0
    }

    /// The LRC of the T=1 block in a message.
    private static func setCheck(_ message: inout [UInt8]) {
        guard message.count > headerLength else { return }
        message[message.count - 1] = message[headerLength..<message.count - 1].reduce(0, ^)
    }

    private func blank(_ bytes: inout [UInt8], from start: Int) {
        for index in bytes.indices.dropFirst(max(0, start)) { bytes[index] = 0 }
    }
}
