// A device model that tells a test what the host asks of it, so that a test can act in the middle of a transfer.

import Foundation
import KioskCore
import KioskEmulation
import Synchronization

final class ObservedDevice: EmulatedUSBDevice {
    private struct Hooks {
        var onOut: (@Sendable ([UInt8]) -> Void)?
        var onPacket: (@Sendable () -> Void)?
    }

    private let device: any EmulatedUSBDevice
    private let hooks = Mutex(Hooks())

    init(_ device: any EmulatedUSBDevice) {
        self.device = device
    }

    /// Called with what a bulk OUT transfer carried, after the model has taken it.
    var onOut: (@Sendable ([UInt8]) -> Void)? {
        get { hooks.withLock { $0.onOut } }
        set { hooks.withLock { $0.onOut = newValue } }
    }

    /// Called after each isochronous packet.
    var onPacket: (@Sendable () -> Void)? {
        get { hooks.withLock { $0.onPacket } }
        set { hooks.withLock { $0.onPacket = newValue } }
    }

    var deviceDescriptor: [UInt8] { device.deviceDescriptor }
    var configurationDescriptor: [UInt8] { device.configurationDescriptor }
    var strings: [UInt8: String] { device.strings }

    func control(setup: [UInt8], data: [UInt8]) -> EmulatedTransfer { device.control(setup: setup, data: data) }

    func out(endpoint: UInt8, data: [UInt8]) -> EmulatedTransfer {
        let answer = device.out(endpoint: endpoint, data: data)
        onOut?(data)
        return answer
    }

    func input(endpoint: UInt8, maximum: Int) -> EmulatedTransfer { device.input(endpoint: endpoint, maximum: maximum) }

    func isochronous(endpoint: UInt8, maximum: Int) -> EmulatedTransfer {
        let answer = device.isochronous(endpoint: endpoint, maximum: maximum)
        onPacket?()
        return answer
    }

    func setInterface(_ number: UInt8, alternate: UInt8) { device.setInterface(number, alternate: alternate) }
    func clearHalt(endpoint: UInt8) { device.clearHalt(endpoint: endpoint) }
    func reset() { device.reset() }
}

/// The machine's time.
struct SystemClock: KioskCore.Clock {
    func now() -> Timestamp {
        Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    }

    func sleep(until time: Timestamp) async throws {
        let wait = time.milliseconds - now().milliseconds
        try await ContinuousClock().sleep(until: .now.advanced(by: .milliseconds(max(0, wait))))
    }
}
