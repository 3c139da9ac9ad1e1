/// A chip card under power: carries commands in whatever its protocol and the reader's exchange level need.

import KioskCore

actor ChipCard: CardChannel {
    /// Bytes of one answer, however many parts it comes in.
    static let answerLimit = 65_536
    /// Parts of one answer.
    static let partLimit = 300

    private let link: CCIDLink
    private let answerToReset: AnswerToReset
    private let level: CCIDDescriptor.ExchangeLevel
    private let selected: TransmissionProtocol
    private let maximumMessageLength: Int
    /// When everything that is asked of the card must be answered.
    private let deadline: Int64
    private let clock: any KioskCore.Clock
    private var blocks: T1Protocol

    private init(
        link: CCIDLink, answerToReset: AnswerToReset, selected: TransmissionProtocol, deadline: Int64,
        clock: any KioskCore.Clock
    ) {
        self.link = link
        self.answerToReset = answerToReset
        self.selected = selected
        self.deadline = deadline
        self.clock = clock
        level = link.wiring.descriptor.exchangeLevel
        maximumMessageLength = link.wiring.descriptor.maximumMessageLength
        // Prologue and epilogue of a block take four bytes.
        blocks = T1Protocol(
            cardFieldSize: answerToReset.informationFieldSize,
            readerFieldSize: maximumMessageLength - CCIDMessage.headerLength - 4)
    }

    /// Powers the card on and agrees with it on protocol and speed, as far as the reader leaves that to us.
    /// `prefersDefaults`: at the speed every card begins with, for a card that failed. `limit`: milliseconds in which
    /// everything that is asked of it must be answered.
    static func powerOn(
        _ link: CCIDLink, prefersDefaults: Bool, limit: Int, clock: any KioskCore.Clock
    ) async throws(SmartCardError) -> ChipCard {
        let deadline = clock.now().milliseconds + Int64(limit)
        let descriptor = link.wiring.descriptor
        let answerToReset = try await activate(link)
        var selection = try ProtocolSelection(
            card: answerToReset, reader: descriptor, prefersDefaults: prefersDefaults)
        if !descriptor.features.contains(.automaticNegotiation) {
            if selection.needsRequest, !descriptor.features.contains(.automaticProtocolSelection) {
                let answer = try await link.perform(
                    .transfer(CardBytes(selection), part: .whole, waitingMultiplier: 0))
                do throws(CodecError) {
                    try selection.take(answer: answer.data)
                } catch {
                    throw SmartCardError(.cardFailed, error.description)
                }
            }
            let answer = try await link.exchange(
                .setParameters(TransmissionParameters(selection, card: answerToReset)))
            // bError 0 of a failed command: the reader has no such command and sees to it itself.
            if let failure = answer.failure, answer.error != 0 { throw failure }
        }
        let card = ChipCard(
            link: link, answerToReset: answerToReset, selected: selection.transmissionProtocol,
            deadline: deadline, clock: clock)
        if selection.transmissionProtocol == .t1, descriptor.exchangeLevel == .tpdu,
            !descriptor.features.contains(.automaticInformationFieldSize)
        {
            try await card.offerFieldSize()
        }
        return card
    }

    /// Tries the voltages the reader has, its own choice first.
    private static func activate(_ link: CCIDLink) async throws(SmartCardError) -> AnswerToReset {
        let descriptor = link.wiring.descriptor
        let choosesItself = descriptor.features.contains(.automaticVoltage) || descriptor.voltages.isEmpty
        var last = SmartCardError(.cardFailed, "no voltage")
        for voltage in (choosesItself ? [.automatic] : []) + descriptor.voltages {
            let answer = try await link.exchange(.powerOn(voltage))
            if let failure = answer.failure {
                // bError 7 names bPowerSelect: not this voltage.
                guard failure.code == .cardFailed || answer.error == 7 else { throw failure }
                last = SmartCardError(.cardFailed, "power on: \(failure.detail)")
                if failure.code == .cardFailed { _ = try await link.exchange(.powerOff) }
                continue
            }
            guard answer.cardState != .absent else { throw SmartCardError(.cardRemoved, "slot is empty") }
            do throws(CodecError) {
                return try AnswerToReset(answer.data)
            } catch {
                throw SmartCardError(.cardFailed, error.description)
            }
        }
        throw last
    }

    func transmit(_ command: CardCommand) async throws(SmartCardError) -> CardResponse {
        var response = try await send(command)
        var data = response.data
        var parts = 0
        while response.sw1 == 0x61 {
            parts += 1
            guard parts <= Self.partLimit else { throw SmartCardError(.cardFailed, "61xx without end") }
            response = try await send(.getResponse(length: response.sw2))
            guard data.count + response.data.count <= Self.answerLimit else {
                throw SmartCardError(.cardFailed, "an answer of more than 64 KiB")
            }
            data += response.data
        }
        return CardResponse(data: data, status: response.status)
    }

    /// One command, given once more when the card names the right Le.
    private func send(_ command: CardCommand) async throws(SmartCardError) -> CardResponse {
        let response = try await exchange(command)
        guard response.sw1 == 0x6C else { return response }
        let second = try await exchange(command.expecting(response.sw2))
        guard second.sw1 != 0x6C else { throw SmartCardError(.cardFailed, "6Cxx twice") }
        return second
    }

    private func exchange(_ command: CardCommand) async throws(SmartCardError) -> CardResponse {
        let bytes: [UInt8]
        switch (level, selected) {
        case (.tpdu, .t0):
            bytes = try await transfer(CardBytes(tpdu: command)).data
        case (.tpdu, .t1):
            try requireExtendedLength(of: command)
            bytes = try await run(blocks.start(CardBytes(apdu: command)))
        case (.shortAPDU, _):
            guard !command.needsExtendedLength else {
                throw SmartCardError(.cardUnsupported, "extended lengths through a reader for short ones")
            }
            bytes = try await transfer(CardBytes(apdu: command)).data
        case (.extendedAPDU, _):
            if selected == .t0, command.needsExtendedLength {
                throw SmartCardError(.cardUnsupported, "extended lengths over T=0")
            }
            try requireExtendedLength(of: command)
            bytes = try await transferInParts(CardBytes(apdu: command))
        case (.character, _):
            throw SmartCardError(.readerUnusable, "character level exchange")
        }
        guard let response = CardResponse(bytes) else {
            throw SmartCardError(.cardFailed, "an answer without status")
        }
        return response
    }

    private func requireExtendedLength(of command: CardCommand) throws(SmartCardError) {
        guard !command.needsExtendedLength || answerToReset.takesExtendedLength else {
            throw SmartCardError(.cardUnsupported, "the card takes no extended lengths")
        }
    }

    private func transfer(
        _ bytes: CardBytes?, part: CCIDBlockPart = .whole, waitingMultiplier: UInt8 = 0
    ) async throws(SmartCardError) -> CCIDAnswer {
        guard clock.now().milliseconds < deadline else {
            throw SmartCardError(.cardStuck, "the card takes too long")
        }
        return try await link.perform(.transfer(bytes, part: part, waitingMultiplier: waitingMultiplier))
    }

    /// An APDU in as many messages as the reader needs, and the answer likewise (CCID 1.1, 6.1.4 and 6.2.1).
    private func transferInParts(_ command: CardBytes) async throws(SmartCardError) -> [UInt8] {
        let parts = command.parts(of: maximumMessageLength - CCIDMessage.headerLength)
        var answer: CCIDAnswer?
        for (index, bytes) in parts.enumerated() {
            let part: CCIDBlockPart =
                switch (index == 0, index == parts.count - 1) {
                case (true, true): .whole
                case (true, false): .first
                case (false, true): .last
                case (false, false): .middle
                }
            answer = try await transfer(bytes, part: part)
            if index < parts.count - 1, answer?.parameter != CCIDBlockPart.continueAnswer.wireByte {
                throw SmartCardError(.cardFailed, "the reader takes no further part")
            }
        }
        var data = answer?.data ?? []
        var pieces = 0
        // 1 and 3: there is more; 0 and 2: that was all.
        while let parameter = answer?.parameter, parameter == 1 || parameter == 3 {
            pieces += 1
            guard pieces <= Self.partLimit, answer?.data.isEmpty == false else {
                throw SmartCardError(.cardFailed, "parts of an answer without end")
            }
            answer = try await transfer(nil, part: .continueAnswer)
            data += answer?.data ?? []
            // The status comes with the data.
            guard data.count <= Self.answerLimit + 2 else {
                throw SmartCardError(.cardFailed, "an answer of more than 64 KiB")
            }
        }
        return data
    }

    private func offerFieldSize() async throws(SmartCardError) {
        let largest = min(
            254, Int(clamping: link.wiring.descriptor.maximumInformationFieldSize),
            maximumMessageLength - CCIDMessage.headerLength - 4)
        guard let size = UInt8(exactly: largest), size > 32 else { return }
        _ = try await run(blocks.start(offering: size))
    }

    private func run(_ first: T1Protocol.Step) async throws(SmartCardError) -> [UInt8] {
        var step = first
        while case .send(let block, let multiplier) = step {
            var received: [UInt8]?
            do throws(SmartCardError) {
                received = try await transfer(block, waitingMultiplier: multiplier).data
            } catch  where error == Self.parityError {
                received = nil
            }
            step = try blocks.take(received)
        }
        guard case .done(let answer) = step else { return [] }
        return answer
    }

    /// XFR_PARITY_ERROR: the block came damaged, and T=1 asks for it again.
    private static let parityError = SmartCardError(.cardFailed, "bError FD")
}
