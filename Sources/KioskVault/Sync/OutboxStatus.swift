/// What a technician needs to know of the outbox. No personal data: numbers, times, reasons.

internal import FoundationEssentials
public import KioskCore

public struct OutboxStatus: Codable, Hashable, Sendable {
    public struct Parked: Codable, Hashable, Sendable {
        public var caseID: String
        public var receiptNumber: String
        /// The office's word and status, such as `409 conflict`.
        public var because: String
    }

    static let fileName = "outbox.json"

    /// When this was counted.
    public var at: Timestamp
    /// Cases by `OutboxState`; a state without a case is absent.
    public var counts: [String: Int] = [:]
    /// When the oldest case that has neither a receipt nor been parked was sealed.
    public var oldestUnsent: Timestamp?
    public var lastReceipt: Timestamp?
    /// The first fifty.
    public var parked: [Parked] = []
    /// Why the last try failed; nil after one that did not.
    public var lastProblem: String?

    init(at: Timestamp) {
        self.at = at
    }

    public func count(_ state: OutboxState) -> Int { counts[state.rawValue] ?? 0 }

    /// The status that a running terminal wrote last into its store's folder; nil when it never did.
    public static func read(storeFolder: String) throws(VaultError) -> OutboxStatus? {
        let path = "\(storeFolder)/\(fileName)"
        guard FileSystem.exists(path) else { return nil }
        let bytes = try FileSystem.read(path, limit: 256 << 10)
        guard let status = try? WireJSON.decode(OutboxStatus.self, from: bytes) else {
            throw VaultError(.fileSystem, "\(path) is not an outbox status")
        }
        return status
    }
}
