/// What a device model is, how it is driven, and what is known of it.

/// One file of `hardware-profiles/`.
public struct HardwareProfile: Hashable, Sendable {
    public enum Kind: String, Codable, Sendable, CaseIterable {
        case identityCardReader = "id-card-reader"
        case chipCardReader = "chip-card-reader"
        case documentCamera = "document-camera"
        case faceCamera = "face-camera"
        case printer
    }

    /// The drivers by the names that profiles use.
    public enum DriverName: String, Codable, Sendable, CaseIterable {
        case samv = "sam-v"
        case ccid
        case uvc
        case cups

        /// What the driver can serve.
        public var kinds: [Kind] {
            switch self {
            case .samv: [.identityCardReader]
            case .ccid: [.chipCardReader]
            case .uvc: [.documentCamera, .faceCamera]
            case .cups: [.printer]
            }
        }
    }

    /// The driver with its parameters.
    public enum Driver: Hashable, Sendable {
        case samv(SAMVSettings)
        case ccid(CCIDSettings)
        case uvc(CameraSettings)
        /// A printer is driven by CUPS; the profile recognises it only.
        case cups

        public var name: DriverName {
            switch self {
            case .samv: .samv
            case .ccid: .ccid
            case .uvc: .uvc
            case .cups: .cups
            }
        }
    }

    public var name: String
    public var kind: Kind
    public var matcher: DeviceMatcher
    public var driver: Driver
    /// What is known of the model for certain, what is assumed until a real one was tried, and where both come from.
    public var certain: [String]
    public var assumed: [String]
    public var sources: [String]

    public init(
        name: String, kind: Kind, matcher: DeviceMatcher, driver: Driver, certain: [String] = [],
        assumed: [String] = [], sources: [String] = []
    ) {
        self.name = name
        self.kind = kind
        self.matcher = matcher
        self.driver = driver
        self.certain = certain
        self.assumed = assumed
        self.sources = sources
    }
}

extension Array where Element == HardwareProfile {
    /// What the identity-card reader's driver may open.
    public var identityCardReaders: DeviceChoice<SAMVSettings> {
        choice { if case .samv(let settings) = $0.driver { settings } else { nil } }
    }

    /// What the chip-card reader's driver may open.
    public var chipCardReaders: DeviceChoice<CCIDSettings> {
        choice { if case .ccid(let settings) = $0.driver { settings } else { nil } }
    }

    /// What the document camera's driver may open: never a camera that a profile of a face camera names.
    public var documentCameras: DeviceChoice<CameraSettings> { cameras(.documentCamera) }

    public var faceCameras: DeviceChoice<CameraSettings> { cameras(.faceCamera) }

    private func cameras(_ kind: HardwareProfile.Kind) -> DeviceChoice<CameraSettings> {
        choice { profile in
            guard profile.kind == kind, case .uvc(let settings) = profile.driver else { return nil }
            return settings
        }
    }

    private func choice<Settings>(_ settings: (HardwareProfile) -> Settings?) -> DeviceChoice<Settings> {
        var choice = DeviceChoice<Settings>([])
        for profile in self {
            if let settings = settings(profile) {
                choice.entries.append(.init(profile: profile.name, matcher: profile.matcher, settings: settings))
            } else {
                choice.rivals.append(profile.matcher)
            }
        }
        return choice
    }
}
