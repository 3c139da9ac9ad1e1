/// The matters a terminal offers, by code.

public struct MatterLibrary: Sendable {
    public let matters: [Matter]

    public init(matters: [Matter]) {
        self.matters = matters.sorted { $0.code < $1.code }
    }

    public func matter(_ code: String) -> Matter? {
        matters.first { $0.code == code }
    }
}
