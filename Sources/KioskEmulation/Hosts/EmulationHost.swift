/// What the emulated hall needs of a USB host: devices plugged in and out by name.

/// Safe from any thread; `plug` and `unplug` block for some milliseconds.
public protocol EmulationHost: AnyObject, Sendable {
    /// Add these to the environment of a process that is to see the devices.
    var environment: [String: String] { get }
    func isPlugged(name: String) -> Bool
    /// `name` is for later calls; it is not shown to the host's processes.
    func plug(_ device: any EmulatedUSBDevice, name: String) throws(EmulationError)
    /// Waiting transfers end at once.
    func unplug(name: String) throws(EmulationError)
    /// Unplugs everything. Idempotent.
    func close()
}

extension UMockdevHost: EmulationHost {}
