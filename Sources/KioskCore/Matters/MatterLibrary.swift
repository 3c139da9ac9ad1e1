/// The matters a terminal offers, by code, with the names by which they are found.

public struct MatterLibrary: Sendable {
    public let matters: [Matter]
    /// Files that could not be read as matters, by file name without extension: said on the welcome page, not hidden.
    public let unavailable: [String]
    /// Department names by the letters of the code, in the order of `departments.yaml`.
    public let departments: [Named]
    /// Life events in the order of `life-events.yaml`.
    public let events: [Named]

    /// Something with a key and a name.
    public struct Named: Codable, Hashable, Sendable {
        public var key: String
        public var name: Localized

        public init(key: String, name: Localized) {
            self.key = key
            self.name = name
        }
    }

    private let byCode: [String: Int]

    public init(
        matters: [Matter], unavailable: [String] = [], departments: [Named] = [], events: [Named] = []
    ) {
        self.matters = matters.sorted { $0.code < $1.code }
        self.unavailable = unavailable.sorted()
        self.departments = departments
        self.events = events
        byCode = Dictionary(
            self.matters.enumerated().map { ($1.code, $0) }, uniquingKeysWith: { first, _ in first })
    }

    public func matter(_ code: String) -> Matter? {
        byCode[code].map { matters[$0] }
    }
}
