/// What a USB transfer or request can fail with.

public struct USBError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// Unplugged, or never there.
        case noDevice
        /// The device node may not be opened: a udev rule is missing.
        case accessDenied
        /// Another process or driver holds the interface.
        case busy
        /// The endpoint is halted.
        case stalled
        case timedOut
        /// The task was cancelled.
        case cancelled
        /// The device sent more than was asked for.
        case overflow
        /// A transfer or an answer that came damaged.
        case damaged
        /// The device lacks the interface, endpoint or format.
        case unsupported
        /// usbfs memory (`usbcore.usbfs_memory_mb`) or process memory is used up.
        case outOfMemory
        /// A replayed recording has no such operation at this place.
        case notRecorded
        case other
    }

    public var code: Code
    /// For the log: technical, English, no payload.
    public var detail: String

    public init(_ code: Code, _ detail: String = "") {
        self.code = code
        self.detail = detail
    }

    public var description: String { detail.isEmpty ? code.rawValue : "\(code.rawValue): \(detail)" }
}
