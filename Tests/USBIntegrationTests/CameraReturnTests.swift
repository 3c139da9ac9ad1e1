// Whatever the camera's driver is doing when it is closed, the kernel's own driver gets the camera back.

import Foundation
import KioskDevices
import KioskEmulation
import Synchronization
import Testing

extension USBIntegrationTests {
    enum CameraMoment: CaseIterable {
        case opening, streaming, idle
    }

    /// Hands an opened device over only when it is told to.
    private struct HesitantBus: USBBus {
        let bus: USBContext
        let opened: AsyncStream<Void>.Continuation
        let mayGoOn: AsyncStream<Void>

        func devices() async throws(USBError) -> [USBDeviceInfo] { try await bus.devices() }

        func open(_ device: USBDeviceInfo) async throws(USBError) -> any USBTransport {
            let transport = try await bus.open(device)
            opened.finish()
            await Task { for await _ in mayGoOn {} }.value
            return transport
        }

        func hotplugEvents() -> AsyncStream<USBHotplugEvent> { bus.hotplugEvents() }
    }

    @Test("A camera closed at any moment is the kernel driver's again", arguments: CameraMoment.allCases)
    func cameraIsGivenBack(moment: CameraMoment) async throws {
        let model = KioskEmulation.UVCCamera()
        model.lay(try Self.paper())
        let observed = ObservedDevice(model)
        let device = FaultyDevice(observed, kernelDrivers: [0: "uvcvideo", 1: "uvcvideo"])
        let (opened, openedSignal) = AsyncStream<Void>.makeStream()
        let (mayGoOn, goOn) = AsyncStream<Void>.makeStream()
        let (streams, streamsSignal) = AsyncStream<Void>.makeStream()
        observed.onPacket = { streamsSignal.finish() }
        try await plugged(["camera": device]) {
            func isBound() -> Bool {
                [0, 1].allSatisfy { host.isKernelDriverBound(name: "camera", interface: $0) }
            }
            #expect(isBound())
            let bus = HesitantBus(bus: try USBContext(), opened: openedSignal, mayGoOn: mayGoOn)
            let driver = DocumentCameraDriver(bus: bus, matcher: Self.cameraMatcher, clock: clock)
            let capturing = Task { try await driver.capture() }
            for await _ in opened {}
            if moment != .opening {
                goOn.finish()
                for await _ in streams {}
                #expect(!isBound())
            }
            if moment == .idle { _ = try await capturing.value }
            capturing.cancel()
            let closing = Task { await driver.close() }
            goOn.finish()
            await closing.value
            #expect(isBound())
            _ = try? await capturing.value
            #expect(isBound())
        }
    }
}
