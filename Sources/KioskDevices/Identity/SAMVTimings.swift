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
    /// Reading a pipe empty ends after this, however much comes.
    public var drainLimit = 2000
    /// A card that failed is tried again at most `retries` times, within this time.
    public var retryWindow = 5000
    public var retries = 3
    /// A card that was found and is gone this long has been taken away.
    public var removal = 1500

    public init() {}
}
