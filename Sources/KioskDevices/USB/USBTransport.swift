/// The seam between drivers and the bus: what a driver may ask of an opened device, whoever carries it.

/// Where a device is plugged in at this moment. A device that is plugged in again has another address.
public struct USBLocation: Hashable, Codable, Sendable, CustomStringConvertible {
    public var bus: UInt8
    public var address: UInt8

    public init(bus: UInt8, address: UInt8) {
        self.bus = bus
        self.address = address
    }

    public var description: String { "\(bus):\(address)" }
}

/// A device as enumeration finds it, before it is opened.
public struct USBDeviceInfo: Hashable, Sendable {
    public var location: USBLocation
    public var descriptor: USBDeviceDescriptor
    /// Nil when its configuration descriptor cannot be parsed.
    public var configuration: USBConfiguration?
    /// Which plugging-in of the process's life it is: tells apart two devices that had one address in turn.
    public var attachment: UInt64

    public init(
        location: USBLocation, descriptor: USBDeviceDescriptor, configuration: USBConfiguration?,
        attachment: UInt64 = 0
    ) {
        self.location = location
        self.descriptor = descriptor
        self.configuration = configuration
        self.attachment = attachment
    }
}

public enum USBHotplugEvent: Hashable, Sendable {
    case arrived(USBLocation)
    case left(USBLocation)
}

/// Finds and opens devices.
public protocol USBBus: Sendable {
    func devices() async throws(USBError) -> [USBDeviceInfo]
    /// `noDevice` when the device that was enumerated is gone, even if another one has its address now.
    func open(_ device: USBDeviceInfo) async throws(USBError) -> any USBTransport
    /// Every arrival and removal from now on. Ends when the bus is closed.
    func hotplugEvents() -> AsyncStream<USBHotplugEvent>
}

/// The first bytes of a control transfer, USB 2.0 table 9-2, without its length.
public struct USBSetup: Hashable, Sendable {
    public var requestType: UInt8
    public var request: UInt8
    public var value: UInt16
    public var index: UInt16

    public init(requestType: UInt8, request: UInt8, value: UInt16, index: UInt16) {
        self.requestType = requestType
        self.request = request
        self.value = value
        self.index = index
    }
}

/// How an endpoint is streamed from.
public struct USBStreamRequest: Hashable, Sendable {
    public var endpoint: USBEndpoint
    /// Bytes of one isochronous packet, or of one bulk transfer.
    public var packetSize: Int
    /// Packets in one transfer; 1 for bulk.
    public var packetsPerTransfer: Int
    /// Transfers kept in flight.
    public var transfers: Int
    /// A transfer that takes longer is reported as `.idle` and queued again.
    public var transferTimeoutMilliseconds: Int

    public init(
        endpoint: USBEndpoint, packetSize: Int, packetsPerTransfer: Int, transfers: Int,
        transferTimeoutMilliseconds: Int
    ) {
        self.endpoint = endpoint
        self.packetSize = packetSize
        self.packetsPerTransfer = packetsPerTransfer
        self.transfers = transfers
        self.transferTimeoutMilliseconds = transferTimeoutMilliseconds
    }
}

public enum USBPacketStatus: Hashable, Sendable {
    case received
    /// The bus lost or damaged this packet; its bytes are not to be used.
    case damaged
    /// Nothing came within the transfer's time-out.
    case idle
}

public enum USBStreamAction: Hashable, Sendable {
    case more, stop
}

/// Called for each packet in order, from one thread at a time. Must not block.
public typealias USBPacketHandler = @Sendable (USBPacketStatus, RawSpan) -> USBStreamAction

/// One opened device. Every call ends by itself: at its deadline, on task cancellation, or when the device is gone.
public protocol USBTransport: Sendable {
    var info: USBDeviceInfo { get }
    /// The string descriptor in the device's first language; nil when it has none or does not answer.
    func string(_ index: UInt8) async -> String?
    /// Detaches a kernel driver when one is bound; closing gives the interface back to it.
    func claim(interface: UInt8) async throws(USBError)
    func setAlternate(interface: UInt8, alternate: UInt8) async throws(USBError)
    /// A device-to-host control transfer of at most `length` bytes.
    func controlIn(_ setup: USBSetup, length: Int, timeoutMilliseconds: Int) async throws(USBError) -> [UInt8]
    func controlOut(_ setup: USBSetup, data: [UInt8], timeoutMilliseconds: Int) async throws(USBError)
    /// Bulk or interrupt OUT, the whole of `bytes`.
    func write(_ bytes: [UInt8], to endpoint: USBEndpoint, timeoutMilliseconds: Int) async throws(USBError)
    /// Bulk or interrupt IN: what the device sends until a short packet or `maximum` bytes (rounded up to whole
    /// packets). Bytes that came before the time-out are returned, not lost.
    func read(from endpoint: USBEndpoint, maximum: Int, timeoutMilliseconds: Int) async throws(USBError) -> [UInt8]
    /// Keeps the endpoint's transfers queued and hands every packet to `handler` until it says `.stop`.
    /// Returns or throws only when no transfer is in flight any more.
    func stream(_ request: USBStreamRequest, handler: @escaping USBPacketHandler) async throws(USBError)
    func clearHalt(_ endpoint: USBEndpoint) async throws(USBError)
    /// Resets the port. Claimed interfaces stay claimed; `noDevice` when the device came back as another one.
    func reset() async throws(USBError)
    /// Cancels what is in flight, waits for it, releases the interfaces. Idempotent. Calls that come later throw
    /// `cancelled`.
    func close() async
}
