/// The readers, the camera and the printers' fault files, moved by words: what the control socket commands.

import FoundationEssentials
import Synchronization

/// Safe from any thread. Plugging and unplugging block for some milliseconds.
public final class EmulatorStage: Sendable {
    public let reader: SAMVReader
    public let camera: UVCCamera
    /// Nil: the hall has none.
    public let chipReader: CCIDReaderModel?
    public let cards: [EmulatedCard]
    public let papers: [EmulatedPaper]
    /// Empty without a chip reader.
    public let chips: [EmulatedChipCard]
    private let black: EmulatedPaper
    let host: any EmulationHost
    private let printerFaults: String?
    /// One command at a time, so that a check and the act that follows it belong together.
    private let turn = Mutex(())

    /// The keywords that a printer's fault command looks for (RFC 8011, printer-state-reasons).
    public static let printerFaultNames = ["media-empty-error", "media-jam-error", "cover-open-error"]

    private static let readerName = "reader"
    private static let cameraName = "camera"

    /// Plugs the devices in. Of `papers`, the ones named `platen` and `black` become what an empty and a black page
    /// look like. `printerFaults` is the folder whose files make a printer fail.
    public init(
        host: any EmulationHost, cards: [EmulatedCard] = EmulatedCard.builtIn, papers: [EmulatedPaper] = [],
        chipReader: CCIDReaderModel? = nil, chips: [EmulatedChipCard] = EmulatedChipCard.builtIn(),
        printerFaults: String? = nil, readerTimes: SAMVReader.WireTimes = SAMVReader.WireTimes(),
        frameInterval: Duration = .zero, time: any MonotonicTime = SystemMonotonicTime()
    ) throws(EmulationError) {
        self.host = host
        self.cards = cards
        self.papers = papers.filter { $0.name != "platen" && $0.name != "black" }
        self.chipReader = chipReader
        self.chips = chipReader == nil ? [] : chips
        self.printerFaults = printerFaults
        black = papers.first { $0.name == "black" } ?? .black
        reader = SAMVReader(times: readerTimes, time: time)
        camera = UVCCamera(
            emptyPlaten: papers.first { $0.name == "platen" } ?? .emptyPlaten, frameInterval: frameInterval, time: time)
        try host.plug(reader, name: Self.readerName)
        try host.plug(camera, name: Self.cameraName)
        if let chipReader { try host.plug(chipReader, name: Self.chipReaderName) }
    }

    /// The words of every command, for help texts.
    public static let usage = """
        card put NAME | card lift
        paper put NAME | paper clear | paper black
        reader unplug | plug | silent | stuck | ok
        reader fault KIND [STEP] [TIMES]
        camera unplug | plug | silent | damage N | drop N | ok
        chip put NAME | chip pull
        chipreader unplug | plug | silent | ok
        chipreader fault KIND [TIMES]
        printer fail NAME | printer clear NAME | printer ok
        status | cards | papers | chips | environment
        """

    public func run(_ words: [String]) -> ControlAnswer {
        turn.withLock { _ in
            do throws(EmulationError) {
                return try perform(words)
            } catch {
                return ControlAnswer(error: error.detail)
            }
        }
    }

    private func perform(_ words: [String]) throws(EmulationError) -> ControlAnswer {
        switch words.first {
        case "card": try moveCard(words)
        case "paper": try movePaper(words)
        case "reader": try changeReader(words)
        case "camera": try changeCamera(words)
        case "printer": try changePrinter(words)
        case "chip": try moveChip(words)
        case "chipreader": try changeChipReader(words)
        case "status" where words.count == 1: break
        case "cards" where words.count == 1:
            return ControlAnswer(
                cards: cards.map { .init(name: $0.id, title: $0.title, titleEnglish: $0.titleEnglish) })
        case "papers" where words.count == 1:
            return ControlAnswer(
                papers: papers.map { .init(name: $0.name, title: $0.title, titleEnglish: $0.titleEnglish) })
        case "chips" where words.count == 1:
            return ControlAnswer(
                chips: chips.map { .init(name: $0.id, title: $0.title, titleEnglish: $0.titleEnglish) })
        case "environment" where words.count == 1:
            return ControlAnswer(environment: host.environment)
        default: throw notUnderstood(words)
        }
        return ControlAnswer(status: status)
    }

    private var status: ControlAnswer.Status {
        let fault: String? =
            switch camera.fault {
            case .silent: "silent"
            case .damagedPackets(let every): "damage \(every)"
            case .droppedPackets(let every): "drop \(every)"
            case .errorBit(let every): "error-bit \(every)"
            case nil: nil
            }
        return .init(
            reader: .init(
                plugged: host.isPlugged(name: Self.readerName), faulty: reader.isFaulty, card: reader.card?.id),
            camera: .init(
                plugged: host.isPlugged(name: Self.cameraName), fault: fault, paper: camera.paper.name,
                frames: camera.counters.frames),
            chipReader: chipReaderStatus,
            printerFaults: printerFaults.map { folder in
                Self.printerFaultNames.filter { FileManager.default.fileExists(atPath: folder + "/" + $0) }
            } ?? [])
    }

    private func moveCard(_ words: [String]) throws(EmulationError) {
        switch words.dropFirst().first {
        case "put" where words.count == 3:
            guard let card = cards.first(where: { $0.id == words[2] }) else {
                throw EmulationError(.name, "no card \(words[2]); there are \(cards.map(\.id).joined(separator: ", "))")
            }
            reader.place(card)
        case "lift" where words.count == 2: reader.liftCard()
        default: throw notUnderstood(words)
        }
    }

    private func movePaper(_ words: [String]) throws(EmulationError) {
        switch words.dropFirst().first {
        case "put" where words.count == 3:
            guard let paper = papers.first(where: { $0.name == words[2] }) else {
                let names = papers.map(\.name).joined(separator: ", ")
                throw EmulationError(.name, "no paper \(words[2]); there are \(names)")
            }
            camera.lay(paper)
        case "clear" where words.count == 2: camera.clearPlaten()
        case "black" where words.count == 2: camera.lay(black)
        default: throw notUnderstood(words)
        }
    }

    private func changeReader(_ words: [String]) throws(EmulationError) {
        switch words.dropFirst().first {
        case "unplug" where words.count == 2: try unplug(Self.readerName)
        case "plug" where words.count == 2: try plug(reader, Self.readerName)
        case "silent" where words.count == 2: reader.inject(.silence)
        case "stuck" where words.count == 2: reader.inject(.status(0x60))
        case "fault" where (3...5).contains(words.count):
            guard let fault = SAMVFault(word: words[2]) else {
                throw EmulationError(.command, "no fault \(words[2]); there are \(SAMVFault.words)")
            }
            let step = words.count > 3 ? SAMVStep(rawValue: words[3]) : nil
            let times = words.count > 4 ? Int(words[4]).flatMap { $0 > 0 ? $0 : nil } : nil
            guard (words.count > 3) == (step != nil), (words.count > 4) == (times != nil) else {
                throw notUnderstood(words)
            }
            reader.inject(fault, at: step, times: times)
        case "ok" where words.count == 2:
            reader.clearFaults()
            try plug(reader, Self.readerName)
        default: throw notUnderstood(words)
        }
    }

    private func changeCamera(_ words: [String]) throws(EmulationError) {
        let number = words.count == 3 ? Int(words[2]).flatMap { $0 > 0 ? $0 : nil } : nil
        switch (words.dropFirst().first, number) {
        case ("unplug", nil) where words.count == 2: try unplug(Self.cameraName)
        case ("plug", nil) where words.count == 2: try plug(camera, Self.cameraName)
        case ("silent", nil) where words.count == 2: camera.setFault(.silent)
        case ("damage", let every?): camera.setFault(.damagedPackets(every: every))
        case ("drop", let every?): camera.setFault(.droppedPackets(every: every))
        case ("ok", nil) where words.count == 2:
            camera.setFault(nil)
            try plug(camera, Self.cameraName)
        default: throw notUnderstood(words)
        }
    }

    private func changePrinter(_ words: [String]) throws(EmulationError) {
        guard let printerFaults else { throw EmulationError(.command, "no folder of printer faults was given") }
        let names: [String]
        switch words.dropFirst().first {
        case "ok" where words.count == 2: names = Self.printerFaultNames
        case "fail" where words.count == 3, "clear" where words.count == 3: names = [words[2]]
        default: throw notUnderstood(words)
        }
        for name in names {
            guard Self.printerFaultNames.contains(name) else {
                let known = Self.printerFaultNames.joined(separator: ", ")
                throw EmulationError(.name, "no printer fault \(name); there are \(known)")
            }
            let path = printerFaults + "/" + name
            do {
                if words[1] == "fail" {
                    try Data().write(to: URL(filePath: path))
                } else if FileManager.default.fileExists(atPath: path) {
                    try FileManager.default.removeItem(atPath: path)
                }
            } catch {
                throw EmulationError(.file, "cannot change \(path)")
            }
        }
    }

    /// Plugging in what is plugged in changes nothing.
    func plug(_ device: any EmulatedUSBDevice, _ name: String) throws(EmulationError) {
        guard !host.isPlugged(name: name) else { return }
        device.reset()
        try host.plug(device, name: name)
    }

    func unplug(_ name: String) throws(EmulationError) {
        guard host.isPlugged(name: name) else { return }
        try host.unplug(name: name)
    }

    func notUnderstood(_ words: [String]) -> EmulationError {
        EmulationError(.command, "not understood: \(words.joined(separator: " "))")
    }
}

extension SAMVFault {
    static let words =
        "card-lifted, wrong-checksum, length-too-large, length-too-short, noise, one-byte-packets, "
        + "coalesced, late, silence, no-photo, unknown-kind, status-XX"

    /// `status-41` and the like carry SW3 in hexadecimal.
    init?(word: String) {
        switch word {
        case "card-lifted": self = .cardLifted
        case "wrong-checksum": self = .wrongChecksum
        case "length-too-large": self = .lengthTooLarge
        case "length-too-short": self = .lengthTooShort
        case "noise": self = .noise([0x00, 0xAA, 0x55])
        case "one-byte-packets": self = .oneBytePackets
        case "coalesced": self = .coalesced
        case "late": self = .late(.seconds(5))
        case "silence": self = .silence
        case "no-photo": self = .noPhoto
        case "unknown-kind": self = .kindLetter(0x51)
        default:
            guard word.hasPrefix("status-"), let code = UInt8(word.dropFirst(7), radix: 16) else { return nil }
            self = .status(code)
        }
    }
}
