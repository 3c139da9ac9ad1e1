/// The matters a terminal offers, by code.

public struct MatterLibrary: Sendable {
    public let matters: [Matter]
    /// Files that could not be read as matters, by file name without extension: said on the welcome page, not hidden.
    public let unavailable: [String]

    public init(matters: [Matter], unavailable: [String] = []) {
        self.matters = matters.sorted { $0.code < $1.code }
        self.unavailable = unavailable.sorted()
    }

    public func matter(_ code: String) -> Matter? {
        matters.first { $0.code == code }
    }
}
