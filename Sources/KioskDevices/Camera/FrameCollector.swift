/// Receives a stream's packets on the event thread and keeps the first whole frame after those to discard.

import KioskCore
import Synchronization

final class FrameCollector: Sendable {
    private struct State {
        var assembler: UVCFrameAssembler
        var framesToDiscard: Int
        var frame: [UInt8]?
        var packetsSinceClock = 0
    }

    /// How the endpoint is to be streamed from: at most 4 MiB of transfers, a quarter of usbfs's default total.
    let request: USBStreamRequest

    private let isBulk: Bool
    private let maximumPayload: Int
    private let deadline: Int64
    private let clock: any KioskCore.Clock
    private let state: Mutex<State>

    /// `maximumPayload`: `dwMaxPayloadTransferSize`, 0 when the camera does not say. `deadline` in milliseconds.
    init(
        maximumBytes: Int, endpoint: USBEndpoint, maximumPayload: Int, discardedFrames: Int, deadline: Int64,
        clock: any KioskCore.Clock
    ) {
        isBulk = endpoint.transferType == .bulk
        self.maximumPayload = maximumPayload > 0 ? maximumPayload : .max
        self.deadline = deadline
        self.clock = clock
        state = Mutex(
            State(assembler: UVCFrameAssembler(maximumBytes: maximumBytes), framesToDiscard: discardedFrames))
        let budget = 4 << 20
        if isBulk {
            let wanted = maximumPayload > 0 ? min(maximumPayload, 512 << 10) : 64 << 10
            let size = ((wanted - 1) / endpoint.packetSize + 1) * endpoint.packetSize
            request = USBStreamRequest(
                endpoint: endpoint, packetSize: size, packetsPerTransfer: 1, transfers: min(16, max(2, budget / size)),
                transferTimeoutMilliseconds: 500)
        } else {
            let size = max(1, endpoint.bytesPerInterval)
            let packets = min(32, max(1, (256 << 10) / size))
            request = USBStreamRequest(
                endpoint: endpoint, packetSize: size, packetsPerTransfer: packets,
                transfers: min(16, max(2, budget / (size * packets))), transferTimeoutMilliseconds: 500)
        }
    }

    /// The frame, once the stream has ended; nil when the time was up first.
    var frame: [UInt8]? { state.withLock { $0.frame } }

    var droppedFrames: Int { state.withLock { $0.assembler.droppedFrames } }

    func take(_ status: USBPacketStatus, _ bytes: RawSpan) -> USBStreamAction {
        // One reader of the clock for many packets: there are 8,000 a second.
        var asksClock = status == .idle
        let hasFrame = state.withLock { state in
            state.packetsSinceClock += 1
            if isBulk || state.packetsSinceClock >= 64 {
                state.packetsSinceClock = 0
                asksClock = true
            }
            var completed: [UInt8]?
            switch status {
            case .idle: break
            case .damaged: state.assembler.packetLost()
            case .received:
                completed =
                    isBulk
                    ? state.assembler.bulkTransfer(
                        bytes, transferSize: request.packetSize, maximumPayload: maximumPayload)
                    : state.assembler.isochronousPacket(bytes)
            }
            guard let completed else { return false }
            if state.framesToDiscard > 0 {
                state.framesToDiscard -= 1
                return false
            }
            state.frame = completed
            return true
        }
        if hasFrame { return .stop }
        if asksClock, clock.now().milliseconds >= deadline { return .stop }
        return .more
    }
}
