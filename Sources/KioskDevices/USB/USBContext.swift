/// The machine's USB bus through libusb: enumeration, opening and hot-plug.

import CLibUSB

/// One context a process. Its blocking calls run on a queue of its own; transfers complete on an event thread. Making
/// one looks the bus over and blocks for some milliseconds; letting it go waits for the event thread.
public actor USBContext: USBBus {
    private let executor = USBExecutor(label: "usb.context")
    private let events: USBEventThread
    /// The devices of the last enumeration. A kept `libusb_device` stands for one plugging-in and is never another's,
    /// whatever address the next device gets.
    private var attached: [OpaquePointer: Attachment] = [:]
    private var nextAttachment: UInt64 = 1

    nonisolated public var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    public init() throws(USBError) {
        events = try USBEventThread()
    }

    public func devices() throws(USBError) -> [USBDeviceInfo] {
        var found: [USBDeviceInfo] = []
        var present: Set<UInt64> = []
        try forEachDevice { device in
            let attachment = attached[device] ?? Attachment(device, number: nextAttachment, events: events)
            nextAttachment = max(nextAttachment, attachment.number + 1)
            attached[device] = attachment
            present.insert(attachment.number)
            if let info = Self.describe(device, attachment: attachment.number) { found.append(info) }
            return true
        }
        attached = attached.filter { present.contains($0.value.number) }
        return found
    }

    public func open(_ info: USBDeviceInfo) throws(USBError) -> any USBTransport {
        var opened: Result<USBDevice, USBError>?
        try forEachDevice { device in
            guard attached[device]?.number == info.attachment,
                Self.describe(device, attachment: info.attachment) == info
            else { return true }
            do throws(USBError) {
                let handle = try USBDeviceHandle(opening: device)
                opened = .success(USBDevice(handle: handle, info: info, events: events))
            } catch {
                opened = .failure(error)
            }
            return false
        }
        guard let opened else { throw USBError(.noDevice, "\(info.location) is not plugged in any more") }
        return try opened.get()
    }

    nonisolated public func hotplugEvents() -> AsyncStream<USBHotplugEvent> {
        events.hotplugEvents()
    }

    /// `body` returns false to stop.
    private func forEachDevice(_ body: (OpaquePointer) -> Bool) throws(USBError) {
        var list: UnsafeMutablePointer<OpaquePointer?>?
        let count = libusb_get_device_list(events.context, &list)
        guard count >= 0, let list else {
            throw USBError(libusb: Int32(clamping: count), "list devices")
        }
        defer { libusb_free_device_list(list, 1) }
        for index in 0..<count {
            if let device = list[index], !body(device) { return }
        }
    }

    private static func describe(_ device: OpaquePointer, attachment: UInt64) -> USBDeviceInfo? {
        var raw = libusb_device_descriptor()
        guard libusb_get_device_descriptor(device, &raw) >= 0 else { return nil }
        // libusb keeps the 18 bytes in host order; on the wire and in our parser they are little-endian.
        let bytes: [UInt8] = [
            raw.bLength, raw.bDescriptorType, UInt8(truncatingIfNeeded: raw.bcdUSB),
            UInt8(truncatingIfNeeded: raw.bcdUSB >> 8), raw.bDeviceClass, raw.bDeviceSubClass, raw.bDeviceProtocol,
            raw.bMaxPacketSize0, UInt8(truncatingIfNeeded: raw.idVendor), UInt8(truncatingIfNeeded: raw.idVendor >> 8),
            UInt8(truncatingIfNeeded: raw.idProduct), UInt8(truncatingIfNeeded: raw.idProduct >> 8),
            UInt8(truncatingIfNeeded: raw.bcdDevice), UInt8(truncatingIfNeeded: raw.bcdDevice >> 8),
            raw.iManufacturer, raw.iProduct, raw.iSerialNumber, raw.bNumConfigurations,
        ]
        guard let descriptor = try? USBDeviceDescriptor(bytes) else { return nil }
        return USBDeviceInfo(
            location: USBLocation(device: device), descriptor: descriptor,
            configuration: configurationBytes(device).flatMap { try? USBConfiguration($0) },
            attachment: attachment)
    }

    /// The active configuration as one run of descriptors, put together again from libusb's cached tree: reading it
    /// needs no permission and no transfer.
    private static func configurationBytes(_ device: OpaquePointer) -> [UInt8]? {
        var pointer: UnsafeMutablePointer<libusb_config_descriptor>?
        guard libusb_get_active_config_descriptor(device, &pointer) >= 0, let pointer else { return nil }
        defer { libusb_free_config_descriptor(pointer) }
        let configuration = pointer.pointee
        var bytes: [UInt8] = [
            9, 2, 0, 0, configuration.bNumInterfaces, configuration.bConfigurationValue,
            configuration.iConfiguration, configuration.bmAttributes, configuration.MaxPower,
        ]
        bytes += extra(configuration.extra, configuration.extra_length)
        for interface in UnsafeBufferPointer(start: configuration.interface, count: Int(configuration.bNumInterfaces)) {
            let settings = UnsafeBufferPointer(start: interface.altsetting, count: Int(interface.num_altsetting))
            for setting in settings {
                bytes += [
                    9, 4, setting.bInterfaceNumber, setting.bAlternateSetting, setting.bNumEndpoints,
                    setting.bInterfaceClass, setting.bInterfaceSubClass, setting.bInterfaceProtocol,
                    setting.iInterface,
                ]
                bytes += extra(setting.extra, setting.extra_length)
                // libusb leaves the count and no endpoints where it gave a damaged descriptor up.
                let count = setting.endpoint == nil ? 0 : Int(setting.bNumEndpoints)
                for endpoint in UnsafeBufferPointer(start: setting.endpoint, count: count) {
                    bytes += [
                        7, 5, endpoint.bEndpointAddress, endpoint.bmAttributes,
                        UInt8(truncatingIfNeeded: endpoint.wMaxPacketSize),
                        UInt8(truncatingIfNeeded: endpoint.wMaxPacketSize >> 8), endpoint.bInterval,
                    ]
                    bytes += extra(endpoint.extra, endpoint.extra_length)
                }
            }
        }
        guard let total = UInt16(exactly: bytes.count) else { return nil }
        bytes[2] = UInt8(truncatingIfNeeded: total)
        bytes[3] = UInt8(truncatingIfNeeded: total >> 8)
        return bytes
    }

    private static func extra(_ start: UnsafePointer<UInt8>?, _ length: Int32) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: start, count: start == nil ? 0 : max(0, Int(length)))
    }
}

/// Owns one reference to a plugged-in device.
private final class Attachment {
    let number: UInt64
    private let device: OpaquePointer
    /// Keeps the context open longer than the reference.
    private let events: USBEventThread

    init(_ device: OpaquePointer, number: UInt64, events: USBEventThread) {
        self.device = libusb_ref_device(device)
        self.number = number
        self.events = events
    }

    deinit { libusb_unref_device(device) }
}
