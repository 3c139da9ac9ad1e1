// A bus of devices that say who they are and nothing more.

import KioskDevices
import Synchronization

final class ListedBus: USBBus {
    struct Device {
        var info: USBDeviceInfo
        var strings: USBStrings
        var failure: USBError?
    }

    private let listed: [Device]
    private let opened = Mutex<[USBLocation]>([])

    init(_ devices: [Device]) {
        listed = devices
    }

    /// In the order in which they were opened.
    var openedLocations: [USBLocation] { opened.withLock { $0 } }

    func devices() async throws(USBError) -> [USBDeviceInfo] {
        listed.map(\.info)
    }

    func open(_ device: USBDeviceInfo) async throws(USBError) -> any USBTransport {
        opened.withLock { $0.append(device.location) }
        guard let found = listed.first(where: { $0.info == device }) else { throw USBError(.noDevice) }
        if let failure = found.failure { throw failure }
        return ListedTransport(info: device, strings: found.strings)
    }

    func hotplugEvents() -> AsyncStream<USBHotplugEvent> {
        AsyncStream { $0.finish() }
    }
}

extension ListedBus.Device {
    /// A device with one interface. `strings`: manufacturer, product and serial; nil for a device that has none.
    init(
        at address: UInt8, _ identifiers: DeviceMatcher.Identifiers, class interfaceClass: UInt8 = 0xFF,
        subclass: UInt8 = 0, protocol number: UInt8 = 0, deviceClass: UInt8 = 0, endpoints: [UInt8] = [],
        strings: USBStrings? = nil, failure: USBError? = nil
    ) throws {
        let low = { (number: UInt16) in UInt8(truncatingIfNeeded: number) }
        let has = strings != nil
        let descriptor = try USBDeviceDescriptor([
            18, 1, 0x00, 0x02, deviceClass, 0, 0, 64, low(identifiers.vendor), low(identifiers.vendor >> 8),
            low(identifiers.product), low(identifiers.product >> 8), 0x12, 0x03, has ? 1 : 0, has ? 2 : 0, has ? 3 : 0,
            1,
        ])
        var bytes: [UInt8] = [9, 2, 0, 0, 1, 1, 0, 0x80, 50]
        bytes += [9, 4, 0, 0, UInt8(endpoints.count), interfaceClass, subclass, number, 0]
        for endpoint in endpoints { bytes += [7, 5, endpoint, 2, 64, 0, 0] }
        bytes[2] = UInt8(bytes.count)
        info = USBDeviceInfo(
            location: USBLocation(bus: 1, address: address), descriptor: descriptor,
            configuration: try USBConfiguration(bytes))
        self.strings = strings ?? USBStrings()
        self.failure = failure
    }
}

/// Tells its strings; everything else is not there.
private struct ListedTransport: USBTransport {
    var info: USBDeviceInfo
    var strings: USBStrings

    func string(_ index: UInt8) async -> String? {
        switch index {
        case 1: strings.manufacturer
        case 2: strings.product
        case 3: strings.serial
        default: nil
        }
    }

    func claim(interface: UInt8) async throws(USBError) { throw USBError(.unsupported) }
    func setAlternate(interface: UInt8, alternate: UInt8) async throws(USBError) { throw USBError(.unsupported) }
    func controlIn(_ setup: USBSetup, length: Int, timeoutMilliseconds: Int) async throws(USBError) -> [UInt8] {
        throw USBError(.unsupported)
    }
    func controlOut(_ setup: USBSetup, data: [UInt8], timeoutMilliseconds: Int) async throws(USBError) {
        throw USBError(.unsupported)
    }
    func write(_ bytes: [UInt8], to endpoint: USBEndpoint, timeoutMilliseconds: Int) async throws(USBError) {
        throw USBError(.unsupported)
    }
    func read(from endpoint: USBEndpoint, maximum: Int, timeoutMilliseconds: Int) async throws(USBError) -> [UInt8] {
        throw USBError(.unsupported)
    }
    func stream(_ request: USBStreamRequest, handler: @escaping USBPacketHandler) async throws(USBError) {
        throw USBError(.unsupported)
    }
    func clearHalt(_ endpoint: USBEndpoint) async throws(USBError) { throw USBError(.unsupported) }
    func reset() async throws(USBError) { throw USBError(.unsupported) }
    func close() async {}
}
