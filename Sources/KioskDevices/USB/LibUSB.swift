/// libusb's status codes as `USBError`, and the two owners of its pointers: the context and a device handle.

import CLibUSB

extension USBError {
    init(libusb code: Int32, _ action: String) {
        let mapped: Code =
            switch code {
            case LIBUSB_ERROR_NO_DEVICE.rawValue: .noDevice
            case LIBUSB_ERROR_ACCESS.rawValue: .accessDenied
            case LIBUSB_ERROR_BUSY.rawValue: .busy
            case LIBUSB_ERROR_PIPE.rawValue: .stalled
            case LIBUSB_ERROR_TIMEOUT.rawValue: .timedOut
            case LIBUSB_ERROR_OVERFLOW.rawValue: .overflow
            case LIBUSB_ERROR_IO.rawValue: .damaged
            case LIBUSB_ERROR_NO_MEM.rawValue: .outOfMemory
            case LIBUSB_ERROR_NOT_FOUND.rawValue, LIBUSB_ERROR_NOT_SUPPORTED.rawValue: .unsupported
            default: .other
            }
        self.init(mapped, "\(action): \(String(cString: libusb_error_name(code)))")
    }

    /// Nil for a completed transfer.
    init?(transfer status: libusb_transfer_status, _ action: String) {
        switch status {
        case LIBUSB_TRANSFER_COMPLETED: return nil
        case LIBUSB_TRANSFER_TIMED_OUT: self.init(.timedOut, action)
        case LIBUSB_TRANSFER_CANCELLED: self.init(.cancelled, action)
        case LIBUSB_TRANSFER_STALL: self.init(.stalled, action)
        case LIBUSB_TRANSFER_NO_DEVICE: self.init(.noDevice, action)
        case LIBUSB_TRANSFER_OVERFLOW: self.init(.overflow, action)
        default: self.init(.damaged, action)
        }
    }
}

/// Throws for a negative libusb return value.
@discardableResult
func checkLibUSB(_ code: Int32, _ action: @autoclosure () -> String) throws(USBError) -> Int32 {
    guard code >= 0 else { throw USBError(libusb: code, action()) }
    return code
}

/// Owns one libusb device handle and the interfaces claimed on it. Its calls may block for a control transfer:
/// use it on a `USBExecutor` only. No transfer may be in flight when it is destroyed.
///
/// `@unchecked Sendable`: libusb handles may be used from any thread, and this one has a single owner.
struct USBDeviceHandle: ~Copyable, @unchecked Sendable {
    let pointer: OpaquePointer
    private var claimed: Set<UInt8> = []

    init(opening device: OpaquePointer) throws(USBError) {
        var opened: OpaquePointer?
        try checkLibUSB(libusb_open(device, &opened), "open")
        guard let opened else { throw USBError(.other, "open returned no handle") }
        pointer = opened
        // Not supported everywhere; claiming then reports what matters.
        _ = libusb_set_auto_detach_kernel_driver(opened, 1)
    }

    mutating func claim(_ interface: UInt8) throws(USBError) {
        guard !claimed.contains(interface) else { return }
        try checkLibUSB(libusb_claim_interface(pointer, Int32(interface)), "claim interface \(interface)")
        claimed.insert(interface)
    }

    func setAlternate(interface: UInt8, alternate: UInt8) throws(USBError) {
        try checkLibUSB(
            libusb_set_interface_alt_setting(pointer, Int32(interface), Int32(alternate)),
            "set interface \(interface) alternate \(alternate)")
    }

    func clearHalt(_ address: UInt8) throws(USBError) {
        try checkLibUSB(libusb_clear_halt(pointer, address), "clear halt")
    }

    func reset() throws(USBError) {
        let code = libusb_reset_device(pointer)
        // NOT_FOUND: the device is there again, but as a new one that must be opened anew.
        if code == LIBUSB_ERROR_NOT_FOUND.rawValue { throw USBError(.noDevice, "reset: enumerated anew") }
        try checkLibUSB(code, "reset")
    }

    deinit {
        // Releasing gives the interface back to the kernel driver it was taken from.
        for interface in claimed { _ = libusb_release_interface(pointer, Int32(interface)) }
        libusb_close(pointer)
    }
}
