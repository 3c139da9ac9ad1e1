/// Where the store lies and how much room it must keep.

public struct VaultSettings: Hashable, Sendable {
    /// Absolute path; created with mode 0700 when its parent exists.
    public var folder: String
    /// No new draft is begun below this. Attachments and sealing go on down to a quarter of it, so that a citizen who
    /// has begun can finish.
    public var minimumFreeBytes: Int64
    /// Reserved on disk and given back when the disk is full; 0 reserves nothing.
    public var ballastBytes: Int

    public init(folder: String, minimumFreeBytes: Int64 = 1 << 30, ballastBytes: Int = 64 << 20) {
        self.folder = folder
        self.minimumFreeBytes = minimumFreeBytes
        self.ballastBytes = ballastBytes
    }
}
