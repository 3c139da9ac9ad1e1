// The control socket's words for the chip reader and its cards.

extension EmulatorStage {
    static let chipReaderName = "chipreader"

    var chipReaderStatus: ControlAnswer.Status.ChipReader? {
        chipReader.map { reader in
            .init(
                plugged: host.isPlugged(name: Self.chipReaderName), faulty: reader.isFaulty, chip: reader.card?.id,
                verifyAttempts: chips.reduce(0) { $0 + $1.verifyAttempts })
        }
    }

    func moveChip(_ words: [String]) throws(EmulationError) {
        let reader = try requireChipReader()
        switch words.dropFirst().first {
        case "put" where words.count == 3:
            guard let chip = chips.first(where: { $0.id == words[2] }) else {
                throw EmulationError(.name, "no chip \(words[2]); there are \(chips.map(\.id).joined(separator: ", "))")
            }
            reader.insert(chip)
        case "pull" where words.count == 2: reader.pull()
        default: throw notUnderstood(words)
        }
    }

    func changeChipReader(_ words: [String]) throws(EmulationError) {
        let reader = try requireChipReader()
        switch words.dropFirst().first {
        case "unplug" where words.count == 2: try unplug(Self.chipReaderName)
        case "plug" where words.count == 2: try plug(reader, Self.chipReaderName)
        case "silent" where words.count == 2: reader.inject(.silence)
        case "fault" where words.count == 3 || words.count == 4:
            guard let armed = CCIDFault.armed(by: words[2]) else {
                throw EmulationError(.command, "no fault \(words[2]); there are \(CCIDFault.words)")
            }
            let times = words.count == 4 ? Int(words[3]).flatMap { $0 > 0 ? $0 : nil } : nil
            guard (words.count == 4) == (times != nil) else { throw notUnderstood(words) }
            reader.inject(armed.fault, at: armed.step, skipping: armed.skipping, times: times)
        case "ok" where words.count == 2:
            reader.clearFaults()
            try plug(reader, Self.chipReaderName)
        default: throw notUnderstood(words)
        }
    }

    private func requireChipReader() throws(EmulationError) -> CCIDReaderModel {
        guard let chipReader else { throw EmulationError(.command, "there is no chip reader") }
        return chipReader
    }
}

extension CCIDFault {
    static let words =
        "wrong-sequence, wrong-slot, wrong-type, length-too-large, length-too-short, truncated, no-data, "
        + "empty-transfer, one-byte-packets, oversized, silence, late, endless-extension, stall, stall-out, damaged, "
        + "babble, pulled, pulled-N, wrong-ts, wrong-tck, short-atr, endless-td, wrong-lrc, wrong-number, error-XX"

    /// `error-FE` and the like carry bError in hexadecimal; `pulled-3` pulls the card at the third exchange with it.
    /// What spoils an exchange is armed for those, what spoils an answer to reset for IccPowerOn.
    static func armed(by word: String) -> (fault: CCIDFault, step: CCIDStep?, skipping: Int)? {
        switch word {
        case "wrong-sequence": (.wrongSequence, nil, 0)
        case "wrong-slot": (.wrongSlot, nil, 0)
        case "wrong-type": (.wrongMessageType, nil, 0)
        case "length-too-large": (.wrongLength(16), nil, 0)
        case "length-too-short": (.wrongLength(-1), .transfer, 0)
        case "truncated": (.truncated(7), nil, 0)
        case "no-data": (.noData, .transfer, 0)
        case "empty-transfer": (.emptyTransfer, nil, 0)
        case "one-byte-packets": (.oneBytePackets, nil, 0)
        case "oversized": (.oversized(4096), .transfer, 0)
        case "silence": (.silence, nil, 0)
        case "late": (.late(.seconds(5)), .transfer, 0)
        case "endless-extension": (.endlessTimeExtension, .transfer, 0)
        case "stall": (.stall, nil, 0)
        case "stall-out": (.stallOut, nil, 0)
        case "damaged": (.damaged, nil, 0)
        case "babble": (.babble, nil, 0)
        case "pulled": (.cardPulled, .transfer, 0)
        case "wrong-ts": (.wrongTS, .powerOn, 0)
        case "wrong-tck": (.wrongTCK, .powerOn, 0)
        case "short-atr": (.truncatedATR(3), .powerOn, 0)
        case "endless-td": (.endlessTD, .powerOn, 0)
        case "wrong-lrc": (.wrongLRC, .transfer, 0)
        case "wrong-number": (.wrongSendNumber, .transfer, 0)
        default: parameterised(word)
        }
    }

    private static func parameterised(_ word: String) -> (fault: CCIDFault, step: CCIDStep?, skipping: Int)? {
        if word.hasPrefix("error-"), let code = UInt8(word.dropFirst("error-".count), radix: 16) {
            return (.error(code), nil, 0)
        }
        if word.hasPrefix("pulled-"), let exchange = Int(word.dropFirst("pulled-".count)), exchange > 0 {
            return (.cardPulled, .transfer, exchange - 1)
        }
        return nil
    }
}
