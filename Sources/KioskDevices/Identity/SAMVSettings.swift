/// What a hardware profile says about a SAM-V reader: its transport, commands, habits and waits.

public struct SAMVSettings: Hashable, Sendable {
    /// How frames travel.
    public enum Transport: Hashable, Sendable {
        /// USB: four endpoints or one pair, whichever the descriptors show.
        case byDescriptors
        /// HID reports; every size is the profile's, none is guessed.
        case hid(HIDReports)
        /// A serial line or a USB serial bridge, 8N1.
        case serial(baud: Int)
    }

    /// How a HID reader packs frames into reports.
    public struct HIDReports: Hashable, Sendable {
        /// Report id sent before each report; nil when the device numbers none.
        public var outputID: UInt8?
        public var inputID: UInt8?
        /// Bytes of a report without its id.
        public var outputLength: Int
        public var inputLength: Int
        /// Whether the first byte of a report counts the bytes of the frame in it; otherwise LEN alone decides and the
        /// rest is padding.
        public var countsBytes: Bool

        public init(
            outputID: UInt8? = nil, inputID: UInt8? = nil, outputLength: Int, inputLength: Int, countsBytes: Bool
        ) {
            self.outputID = outputID
            self.inputID = inputID
            self.outputLength = outputLength
            self.inputLength = inputLength
            self.countsBytes = countsBytes
        }
    }

    /// The commands whose bytes differ between models.
    public enum Command: String, Hashable, Sendable, CaseIterable {
        case resetSAM = "reset"
        case samStatus = "status"
        case samIdentifier = "identify"
        case findCard = "find"
        case selectCard = "select"
        case readBase = "read"
        case readBaseWithFingerprints = "read-with-fingerprints"
        case setMaximumRFByte = "set-rf-byte"
    }

    /// CMD and PARA.
    public struct CommandBytes: Hashable, Sendable {
        public var command: UInt8
        public var parameter: UInt8

        public init(_ command: UInt8, _ parameter: UInt8) {
            self.command = command
            self.parameter = parameter
        }
    }

    /// What find answers while a card that was read is still there.
    public enum SameCardRule: String, Hashable, Sendable, CaseIterable {
        /// "No card" until it was lifted.
        case mustLift = "must-lift"
        /// It is found again.
        case foundAgain = "found-again"
    }

    public var transport = Transport.byDescriptors
    public var timings = SAMVTimings()
    /// Differences from GA/T 467's bytes.
    public var commands: [Command: CommandBytes] = [:]
    public var sameCard = SameCardRule.mustLift
    /// Sent once after opening (`61 FF`), when the model needs it.
    public var maximumRFByte: UInt8?

    public init() {}
}

/// The waits of a SAM-V reader, in milliseconds; a hardware profile may change each.
public struct SAMVTimings: Hashable, Sendable {
    public var find = 1000
    public var select = 1000
    public var read = 3000
    /// For status, identifier and reset.
    public var status = 1000
    /// Between two searches for a card.
    public var pollInterval = 250
    /// An IN pipe that is silent this long is empty.
    public var drainQuiet = 30
    /// A reader that is not quiet within this is not answering.
    public var drainLimit = 2000
    /// A card that failed is tried again at most `retries` times, within this time.
    public var retryWindow = 5000
    public var retries = 3
    /// A card that was found and is gone this long has been taken away.
    public var removal = 1500
    /// A reader that was reset is back within this.
    public var comeback = 3000

    public init() {}
}
