/// The times a session keeps, from the terminal's settings.

public struct SessionPolicy: Codable, Hashable, Sendable {
    /// Seconds without a sign of the citizen before the warning.
    public var idleAfter: Int
    /// Seconds the warning counts down before everything is wiped.
    public var warnFor: Int
    /// Seconds a draft can be taken up again with the same card.
    public var resumeWithin: Int

    /// Seconds an order is waited for before it counts as pending.
    public var payWithin: Int

    public init(idleAfter: Int = 120, warnFor: Int = 60, resumeWithin: Int = 1800, payWithin: Int = 180) {
        self.idleAfter = idleAfter
        self.warnFor = warnFor
        self.resumeWithin = resumeWithin
        self.payWithin = payWithin
    }
}
