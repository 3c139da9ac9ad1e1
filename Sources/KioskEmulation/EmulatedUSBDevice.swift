/// The seam every device model stands behind: one USB device as its host's controller sees it.

/// What a device answers to one transfer.
public enum EmulatedTransfer: Sendable, Equatable {
    /// Bytes for the host, or for an OUT transfer an empty array: taken.
    case done([UInt8])
    /// NAK: nothing yet; the host's controller asks again until the host cancels.
    case notReady
    case stall
    /// The device is not there any more.
    case gone
    /// A transfer or packet that the bus damaged (-EPROTO).
    case damaged
    /// The device sent more than the host asked for (-EOVERFLOW); none of it is of use.
    case babble
}

/// A device model, written once and reached in-process, through umockdev or through USB/IP.
///
/// Calls come from one thread at a time per device; a model keeps its own state under a lock because the control
/// socket changes it from another thread.
public protocol EmulatedUSBDevice: AnyObject, Sendable {
    /// 18 bytes, USB 2.0 table 9-8.
    var deviceDescriptor: [UInt8] { get }
    /// The whole configuration: every interface, class and endpoint descriptor.
    var configurationDescriptor: [UInt8] { get }
    /// String descriptors by index, without the header; index 0 (languages) is not among them.
    var strings: [UInt8: String] { get }
    /// A string descriptor as it goes over the bus, header and all; nil: the device has none of that index.
    func stringDescriptor(_ index: UInt8) -> [UInt8]?
    /// The kernel's drivers by interface number, as they are bound when the device is plugged in.
    var kernelDrivers: [UInt8: String] { get }
    /// The device has been plugged in: it has lost its power and has it again.
    func attached()
    /// A class or vendor request, or a standard one the adapter does not answer itself (it answers GET_DESCRIPTOR,
    /// SET_CONFIGURATION, SET_INTERFACE, GET_STATUS, CLEAR_FEATURE). `setup` is 8 bytes; `data` the OUT stage.
    func control(setup: [UInt8], data: [UInt8]) -> EmulatedTransfer
    /// Bulk or interrupt OUT.
    func out(endpoint: UInt8, data: [UInt8]) -> EmulatedTransfer
    /// Bulk or interrupt IN: at most `maximum` bytes.
    func input(endpoint: UInt8, maximum: Int) -> EmulatedTransfer
    /// One isochronous packet, at most `maximum` bytes; `.notReady` is an empty packet.
    func isochronous(endpoint: UInt8, maximum: Int) -> EmulatedTransfer
    func setInterface(_ number: UInt8, alternate: UInt8)
    func clearHalt(endpoint: UInt8)
    /// Bus reset.
    func reset()
}

extension EmulatedUSBDevice {
    /// English (United States) and ``strings``, which are cut where bLength ends.
    public func stringDescriptor(_ index: UInt8) -> [UInt8]? {
        guard index != 0 else { return [4, 3, 0x09, 0x04] }
        return strings[index].map { text in
            let units = text.utf16.prefix(126).flatMap { [UInt8](littleEndian: $0) }
            return [UInt8(units.count + 2), 3] + units
        }
    }

    public var kernelDrivers: [UInt8: String] { [:] }

    public func attached() { reset() }
}
