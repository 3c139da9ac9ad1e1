/// What a hardware profile says about a chip-card reader of the CCID class; times in milliseconds.

public struct CCIDSettings: Hashable, Sendable {
    /// Power-on to ATR.
    public var powerOn = 3000
    /// One message to its answer; a time extension starts it anew.
    public var exchange = 5000
    /// All time extensions of one message together end here, and so does what is asked of a card under power.
    public var extensionLimit = 30_000
    /// Asking for the slot's state when the reader has no interrupt endpoint.
    public var pollInterval = 250
    /// A card that failed is powered on again at most this often.
    public var retries = 2

    public init() {}
}
