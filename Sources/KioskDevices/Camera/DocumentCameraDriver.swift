/// The document camera's port: negotiates the largest MJPEG frame, takes one undamaged picture and stops the stream.

public import KioskCore

/// How a camera is driven; a hardware profile may change each.
public struct CameraSettings: Hashable, Sendable {
    /// Frames to let pass first, while exposure settles.
    public var discardedFrames = 1
    /// From start of the stream to a whole frame, in milliseconds.
    public var captureTimeout = 3000
    /// For one control request, in milliseconds.
    public var controlTimeout = 1000

    public init() {}
}

/// Opens the camera on demand and keeps it open between captures; it streams during a capture only. One capture at a
/// time; a second caller waits.
///
/// A cancelled capture throws `timedOut` with the detail `cancelled`, after the stream has stopped.
public actor DocumentCameraDriver: DocumentCamera {
    /// Frames dropped as damaged since the start, for the technician.
    public private(set) var droppedFrames = 0

    private struct Connection {
        var transport: any USBTransport
        var description: UVCCameraDescription
        /// Product and serial.
        var name: String
    }

    private let bus: any USBBus
    private let choice: DeviceChoice<CameraSettings>
    private var settings = CameraSettings()
    private let clock: any KioskCore.Clock
    private let access = ExclusiveAccess()
    private var connection: Connection?

    public init(bus: any USBBus, choice: DeviceChoice<CameraSettings>, clock: any KioskCore.Clock) {
        self.bus = bus
        self.choice = choice
        self.clock = clock
    }

    /// A camera of one profile.
    public init(
        bus: any USBBus, matcher: DeviceMatcher, settings: CameraSettings = CameraSettings(),
        clock: any KioskCore.Clock
    ) {
        self.init(
            bus: bus, choice: DeviceChoice([.init(profile: "", matcher: matcher, settings: settings)]), clock: clock)
    }

    public func capture() async throws(Fault) -> CapturedPage {
        guard await access.enter() else { throw Self.cancelled }
        defer { access.leave() }
        // A camera that was unplugged and plugged in again between two captures shows only at the first request.
        let mayReopen = connection != nil
        let picture: Picture
        do throws(USBError) {
            picture = try await takePicture()
        } catch {
            guard error.code == .noDevice, mayReopen, !hasStreamed else { throw await failed(error) }
            await disconnect()
            do throws(USBError) {
                picture = try await takePicture()
            } catch {
                throw await failed(error)
            }
        }
        guard !picture.inspection.showsNothing else {
            let detail = "mean \(Int(picture.inspection.mean)), spread \(Int(picture.inspection.spread))"
            throw Fault(.pageBlank, responsible: .citizen, detail: detail)
        }
        return CapturedPage(
            jpeg: picture.jpeg, width: picture.inspection.width, height: picture.inspection.height,
            device: picture.device)
    }

    /// The fault for an error; forgets the camera, so that the next capture opens it afresh.
    private func failed(_ error: USBError) async -> Fault {
        let isOpening = connection == nil
        if error.code != .cancelled { await disconnect() }
        return Self.fault(error, isOpening: isOpening)
    }

    /// Opens the camera when it is not open and parses its descriptors; throws what is wrong. For `kiosk doctor`.
    public func check() async throws(Fault) {
        guard await access.enter() else { throw Self.cancelled }
        defer { access.leave() }
        guard connection == nil else { return }
        do throws(USBError) {
            try await connect()
        } catch {
            throw Self.fault(error, isOpening: true)
        }
    }

    /// Gives the camera back to the system; a capture that is under way is ended.
    public func close() async {
        await disconnect()
        // One that was just opening the camera has it now.
        guard await access.enter() else { return }
        defer { access.leave() }
        await disconnect()
    }

    // MARK: - One capture

    private struct Picture {
        var jpeg: [UInt8]
        var inspection: PageInspection
        var device: String
    }

    /// Whether the capture in progress got as far as a running stream.
    private var hasStreamed = false

    private func takePicture() async throws(USBError) -> Picture {
        hasStreamed = false
        if connection == nil { try await connect() }
        guard let connection, let choice = connection.description.best else {
            throw USBError(.unsupported, "no MJPEG format")
        }
        let control = try await negotiate(connection, choice.stream, choice.frame)
        guard let setting = choice.stream.setting(forPayload: control.maximumPayloadBytes) else {
            throw USBError(.unsupported, "no video endpoint")
        }
        let deadline = clock.now().milliseconds + Int64(settings.captureTimeout)
        var damaged = 0
        var discarded = settings.discardedFrames
        while true {
            let collector = FrameCollector(
                maximumBytes: Self.maximumFrameBytes(control, choice.frame), endpoint: setting.endpoint,
                maximumPayload: Int(control.maximumPayloadBytes), discardedFrames: discarded, deadline: deadline,
                clock: clock)
            try await stream(collector, connection.transport, choice.stream.number, setting)
            damaged += collector.droppedFrames
            droppedFrames += collector.droppedFrames
            guard let jpeg = collector.frame else {
                throw USBError(.timedOut, "no whole frame, \(damaged) damaged")
            }
            do throws(CodecError) {
                return Picture(jpeg: jpeg, inspection: try PageInspection(jpeg: jpeg), device: connection.name)
            } catch {
                // Lost in a way that no packet told: take the next frame.
                damaged += 1
                droppedFrames += 1
                discarded = 0
                // The collector looks at the clock between packets, and a small frame is over before that.
                guard clock.now().milliseconds < deadline else {
                    throw USBError(.timedOut, "no whole frame, \(damaged) damaged")
                }
            }
        }
    }

    /// Runs the stream until `collector` has a frame or its time is up, and stops the camera.
    private func stream(
        _ collector: FrameCollector, _ transport: any USBTransport, _ interface: UInt8,
        _ setting: UVCStreamingInterface.Setting
    ) async throws(USBError) {
        if setting.alternate != 0 {
            try await transport.setAlternate(interface: interface, alternate: setting.alternate)
        }
        hasStreamed = true
        var failure: USBError?
        do throws(USBError) {
            let isBulk = setting.endpoint.transferType == .bulk
            let nothing: [UInt8] = []
            var isRetry = false
            try await USBRecovery.withoutReset.run(on: transport, endpoints: isBulk ? [setting.endpoint] : []) {
                () async throws(USBError) in
                // What came of a frame before a halt is not the beginning of what comes after it.
                if isRetry { _ = collector.take(.damaged, nothing.span.bytes) }
                isRetry = true
                try await transport.stream(collector.request) { status, bytes in
                    collector.take(status, bytes)
                }
            }
        } catch {
            failure = error
        }
        // No bandwidth stops an isochronous stream, a cleared halt a bulk one (UVC 1.5 section 2.4.3).
        if failure?.code != .noDevice {
            do throws(USBError) {
                if setting.alternate != 0 {
                    try await transport.setAlternate(interface: interface, alternate: 0)
                } else {
                    try await transport.clearHalt(setting.endpoint)
                }
            } catch  where error.code == .noDevice {
                failure = failure ?? error
            } catch {
                // A whole picture is worth more than a clean stop; a camera that hangs shows at the next capture.
            }
        }
        if let failure { throw failure }
    }

    private func negotiate(
        _ connection: Connection, _ stream: UVCStreamingInterface, _ frame: UVCFrameSize
    ) async throws(USBError) -> UVCStreamControl {
        var wanted = UVCStreamControl(frame: frame, version: connection.description.version)
        do throws(USBError) {
            try await set(wanted, selector: 1, stream, connection.transport)
        } catch  where error.code == .stalled && wanted.bytes.count > 26 {
            // Cameras that name a later version than they implement.
            wanted = wanted.shortened()
            try await set(wanted, selector: 1, stream, connection.transport)
        }
        let answer = try await connection.transport.controlIn(
            USBSetup(requestType: 0xA1, request: 0x81, value: 0x0100, index: UInt16(stream.number)),
            length: wanted.bytes.count, timeoutMilliseconds: settings.controlTimeout)
        let agreed: UVCStreamControl
        do throws(CodecError) {
            agreed = try UVCStreamControl(answer: answer)
        } catch {
            throw USBError(.unsupported, error.description)
        }
        guard agreed.formatIndex == frame.formatIndex else { throw USBError(.unsupported, "camera refuses MJPEG") }
        try await set(agreed, selector: 2, stream, connection.transport)
        return agreed
    }

    private func set(
        _ control: UVCStreamControl, selector: UInt16, _ stream: UVCStreamingInterface, _ transport: any USBTransport
    ) async throws(USBError) {
        try await transport.controlOut(
            USBSetup(requestType: 0x21, request: 0x01, value: selector << 8, index: UInt16(stream.number)),
            data: control.bytes, timeoutMilliseconds: settings.controlTimeout)
    }

    private static func maximumFrameBytes(_ control: UVCStreamControl, _ frame: UVCFrameSize) -> Int {
        let announced = max(Int(control.maximumFrameBytes), Int(frame.maximumBytes))
        return announced > 0 ? announced : frame.width * frame.height * 2
    }

    // MARK: - The camera

    private func connect() async throws(USBError) {
        guard let found = try await choice.find(on: bus), case .usb(let device) = found.device else {
            throw USBError(.noDevice)
        }
        settings = found.settings
        guard let configuration = device.configuration else {
            throw USBError(.unsupported, "configuration descriptor")
        }
        let description: UVCCameraDescription
        do throws(CodecError) {
            description = try UVCCameraDescription(configuration)
        } catch {
            throw USBError(.unsupported, error.description)
        }
        guard let stream = description.best?.stream else { throw USBError(.unsupported, "no MJPEG format") }
        let transport = try await bus.open(device)
        do throws(USBError) {
            try await transport.claim(interface: description.controlInterface)
            try await transport.claim(interface: stream.number)
        } catch {
            await transport.close()
            throw error
        }
        let product = await transport.string(device.descriptor.productIndex)
        let serial = await transport.string(device.descriptor.serialIndex)
        connection = Connection(
            transport: transport, description: description,
            name: [product ?? "UVC camera", serial].compactMap { $0 }.joined(separator: " "))
    }

    private func disconnect() async {
        let closing = connection
        connection = nil
        await closing?.transport.close()
    }

    private static let cancelled = Fault(.timedOut, responsible: .citizen, detail: "cancelled")

    private static func fault(_ error: USBError, isOpening: Bool = false) -> Fault {
        switch error.code {
        case .cancelled: cancelled
        // One that may not be opened or has no picture to give is as good as none; the detail says which.
        case _ where isOpening: Fault(.cameraMissing, responsible: .technician, detail: error.description)
        case .noDevice: Fault(.cameraLost, responsible: .hallStaff, detail: error.description)
        default: Fault(.cameraSilent, responsible: .technician, detail: error.description)
        }
    }
}
