/// The keys of a hardware profile, in one place for the loader and for the JSON Schema.

/// What may stand at a key.
indirect enum ProfileShape: Sendable {
    case text
    /// `0x0e`
    case byte
    case number(ClosedRange<Int>)
    /// A whole number out of a few.
    case choice([Int])
    case flag
    case word([String])
    /// `"0400:c35a"`
    case identifiers
    case list(ProfileShape, atMost: Int)
    case mapping([ProfileKey])
}

struct ProfileKey: Sendable {
    var name: String
    var shape: ProfileShape
    var isRequired = false
    /// One sentence, for the editor.
    var meaning: String

    init(_ name: String, _ shape: ProfileShape, required: Bool = false, _ meaning: String) {
        self.name = name
        self.shape = shape
        isRequired = required
        self.meaning = meaning
    }
}

/// A whole number among a driver's settings.
struct ProfileNumber<Settings> {
    var name: String
    var range: ClosedRange<Int>
    var path: WritableKeyPath<Settings, Int>
    var meaning: String

    init(
        _ name: String, _ range: ClosedRange<Int>, _ path: WritableKeyPath<Settings, Int>,
        _ meaning: String
    ) {
        self.name = name
        self.range = range
        self.path = path
        self.meaning = meaning
    }

    var key: ProfileKey { ProfileKey(name, .number(range), meaning) }
}

enum ProfileGrammar {
    static let maximumFileBytes = 64 << 10
    static let maximumFiles = 200
    static let maximumTextCharacters = 400

    // libusb waits without end when it is told 0.
    private static let timeout = 1...600_000

    static func profile(_ driver: HardwareProfile.DriverName) -> [ProfileKey] {
        [
            ProfileKey(
                "name", .text, required: true, "What the technician knows the model by; no two profiles share it."),
            ProfileKey(
                "kind", .word(HardwareProfile.Kind.allCases.map(\.rawValue)), required: true,
                "What the terminal uses the device for."),
            ProfileKey(
                "driver", .word(HardwareProfile.DriverName.allCases.map(\.rawValue)), required: true,
                "Who speaks with the device."),
            ProfileKey(
                "match", .list(.mapping(match), atMost: 32), required: true,
                "Ways to recognise the device; one is enough, and everything in it must hold."),
            ProfileKey("parameters", .mapping(parameters(driver)), "What differs from the driver's own values."),
            ProfileKey(
                "provenance", .mapping(provenance), required: true, "What is known of the model, and from where."),
        ]
    }

    static let match = [
        ProfileKey("devices", .list(.identifiers, atMost: 64), "idVendor:idProduct, in quotes; one of them."),
        ProfileKey("class", .byte, "bInterfaceClass, as 0x0e."),
        ProfileKey("subclass", .byte, "bInterfaceSubClass of the same interface."),
        ProfileKey("protocol", .byte, "bInterfaceProtocol of the same interface."),
        ProfileKey("endpoints", .list(.byte, atMost: 30), "Addresses that the interface has, as [0x02, 0x81]."),
        ProfileKey(
            "manufacturer", .text, "A part of the manufacturer's name that the device tells; case does not count."),
        ProfileKey("product", .text, "A part of the product's name that the device tells."),
        ProfileKey("serial", .text, "A part of the serial number that the device tells."),
        ProfileKey("serial-port", .text, "A device node, with * and ? for any characters; nothing else beside it."),
        ProfileKey("uri", .text, "How the address of a print queue's device begins; nothing else beside it."),
    ]

    static let provenance = [
        ProfileKey("certain", .list(.text, atMost: 50), required: true, "What is known for certain."),
        ProfileKey("assumed", .list(.text, atMost: 50), "What is taken as true until a real device was tried."),
        ProfileKey("sources", .list(.text, atMost: 50), "Standards and documents."),
    ]

    static func parameters(_ driver: HardwareProfile.DriverName) -> [ProfileKey] {
        switch driver {
        case .samv: samv
        case .ccid: ccid.map(\.key)
        case .uvc: uvc.map(\.key)
        case .cups: []
        }
    }

    // MARK: - sam-v

    enum TransportName: String, CaseIterable {
        case usb, hid, serial
    }

    /// SetCOMBaud of GA/T 467 knows these.
    static let baudRates = [9600, 19200, 38400, 57600, 115_200]

    static var samv: [ProfileKey] {
        [
            ProfileKey(
                "transport", .word(TransportName.allCases.map(\.rawValue)),
                "usb: four endpoints or one pair, by the descriptors; hid: reports; serial: a line, 8N1."),
            ProfileKey("baud", .choice(baudRates), "Bits a second, with transport: serial."),
            ProfileKey("reports", .mapping(reports), "Shape of the reports, with transport: hid."),
            ProfileKey(
                "commands",
                .mapping(
                    SAMVSettings.Command.allCases.map {
                        ProfileKey($0.rawValue, .list(.byte, atMost: 2), "CMD and PARA, as [0x20, 0x01].")
                    }), "Commands whose bytes differ from GA/T 467."),
            ProfileKey(
                "same-card", .word(SAMVSettings.SameCardRule.allCases.map(\.rawValue)),
                "What find answers while a card that was read still lies there."),
            ProfileKey("rf-byte", .byte, "Sent once after opening (61 FF), when the model needs it."),
        ] + samvTimings.map(\.key)
    }

    static let reports = [
        ProfileKey("output-id", .byte, "Id of the reports to the reader; left out when they have none."),
        ProfileKey("input-id", .byte, "Id of the reports from the reader; left out when they have none."),
        ProfileKey(
            "output-bytes", .number(1...1024), required: true, "Bytes of a report to the reader, without its id."),
        ProfileKey(
            "input-bytes", .number(1...1024), required: true, "Bytes of a report from the reader, without its id."),
        ProfileKey(
            "counts-bytes", .flag, required: true, "Whether a report's first byte counts the bytes of the frame in it."),
    ]

    static var samvTimings: [ProfileNumber<SAMVTimings>] {
        [
            .init("find-ms", timeout, \.find, "Longest wait for the answer to find."),
            .init("select-ms", timeout, \.select, "Longest wait for the answer to select."),
            .init("read-ms", timeout, \.read, "Longest wait for the answer to read."),
            .init("status-ms", timeout, \.status, "Longest wait for the answer to status, identify and reset."),
            .init("poll-interval-ms", 10...10_000, \.pollInterval, "Between two searches for a card."),
            .init("drain-quiet-ms", 1...10_000, \.drainQuiet, "A pipe that is silent this long is empty."),
            .init("drain-limit-ms", timeout, \.drainLimit, "Emptying a pipe ends after this, however much comes."),
            .init("retries", 0...20, \.retries, "How often a card that failed is tried again."),
            .init("retry-window-ms", timeout, \.retryWindow, "Within this time."),
            .init("comeback-ms", timeout, \.comeback, "A reader that was reset is back within this."),
            .init("removal-ms", timeout, \.removal, "A card that is gone this long has been taken away."),
        ]
    }

    // MARK: - ccid, uvc

    static var ccid: [ProfileNumber<CCIDSettings>] {
        [
            .init("power-on-ms", timeout, \.powerOn, "Power-on to ATR."),
            .init("exchange-ms", timeout, \.exchange, "One message to its answer; a time extension starts it anew."),
            .init(
                "extension-limit-ms", timeout, \.extensionLimit,
                "Everything asked of one card, with all its time extensions."),
            .init("poll-interval-ms", 10...10_000, \.pollInterval, "Between two questions for the slot's state."),
            .init("retries", 0...20, \.retries, "How often a card that failed is powered on again."),
        ]
    }

    static var uvc: [ProfileNumber<CameraSettings>] {
        [
            .init("discarded-frames", 0...100, \.discardedFrames, "Frames to let pass while exposure settles."),
            .init("capture-timeout-ms", timeout, \.captureTimeout, "From the start of the stream to a whole frame."),
            .init("control-timeout-ms", timeout, \.controlTimeout, "For one control request."),
        ]
    }
}
