/// One attached device at the end of its USB/IP connection: takes the controller's requests and answers them.

import Glibc

/// Used by the connection's own thread only.
final class USBIPLink {
    private struct Pending {
        var request: USBIPRequest
        /// An isochronous transfer ends no sooner than this.
        var due: Duration?
    }

    /// What a host may have waiting; one that wants more is cut off.
    private static let mostPending = 1024
    private static let mostPendingBytes = 64 << 20
    /// How often a device that had nothing yet is asked again: at once after a transfer, ever less often in silence.
    private static let shortestPause = Duration.milliseconds(1)
    private static let longestPause = Duration.milliseconds(8)

    private let device: any EmulatedUSBDevice
    private let connection: UnixConnection
    private let isPaced: Bool
    private let time: any MonotonicTime
    private let frame: Duration
    private var pipe = EmulatedControlPipe()
    private var pending: [Pending] = []
    private var pendingBytes = 0
    /// When the isochronous endpoint's queue runs dry.
    private var isochronousEnd: [UInt8: Duration] = [:]
    private var pause = USBIPLink.shortestPause

    /// `isPaced`: isochronous transfers take the bus time they would take.
    init(
        device: any EmulatedUSBDevice, connection: UnixConnection, isPaced: Bool, time: any MonotonicTime
    ) {
        self.device = device
        self.connection = connection
        self.isPaced = isPaced
        self.time = time
        frame = USBIPSpeed(of: device) == .high ? .microseconds(125) : .milliseconds(1)
    }

    /// Returns when the controller has closed the connection, sends what it may not, or the device has gone.
    func serve() {
        defer { connection.hangUp() }
        while true {
            guard let wait = answerPending() else { return }
            guard wait == nil || connection.hasInput(within: wait ?? .zero) else { continue }
            guard receiveMessage() else { return }
        }
    }

    private func receiveMessage() -> Bool {
        guard let header = connection.receive(exactly: USBIPMessage.headerLength),
            let message = USBIPMessage(header: header)
        else { return false }
        switch message {
        case .submit(var request):
            guard pending.count < Self.mostPending,
                pendingBytes + request.bufferLength <= Self.mostPendingBytes,
                let trailer = connection.receive(exactly: request.trailerLength), request.setTrailer(trailer)
            else { return false }
            pending.append(Pending(request: request))
            pendingBytes += request.bufferLength
            pause = Self.shortestPause
            return true
        case .unlink(let sequence, let target):
            let index = pending.firstIndex { $0.request.sequence == target }
            if let index { removePending(at: index) }
            return connection.send(USBIPMessage.unlinked(sequence: sequence, wasPending: index != nil))
        }
    }

    private func removePending(at index: Int) {
        pendingBytes -= pending.remove(at: index).request.bufferLength
    }

    /// Answers what can be answered; transfers of one endpoint end in the order they were submitted. Outer nil: the
    /// device or the controller is gone. Inner nil: nothing is waiting.
    private func answerPending() -> Duration?? {
        var busy: Set<UInt8> = []
        var nextDue: Duration?
        var hasAnswered = false
        var index = 0
        while index < pending.count {
            let request = pending[index].request
            let queue = request.endpoint & 0x0F == 0 ? 0 : request.endpoint
            guard !busy.contains(queue) else {
                index += 1
                continue
            }
            switch perform(request, due: pending[index].due) {
            case .answer(let bytes):
                removePending(at: index)
                hasAnswered = true
                guard connection.send(bytes) else { return nil }
            case .due(let end):
                pending[index].due = end
                nextDue = Swift.min(nextDue ?? end, end)
                busy.insert(queue)
                index += 1
            case .waiting:
                busy.insert(queue)
                index += 1
            case .gone:
                return nil
            }
        }
        guard !pending.isEmpty else { return .some(nil) }
        pause = hasAnswered ? Self.shortestPause : Swift.min(pause * 2, Self.longestPause)
        return .some(nextDue.map { Swift.max(.zero, Swift.min(pause, $0 - time.now())) } ?? pause)
    }

    // MARK: Transfers

    private enum Outcome {
        case answer([UInt8])
        case waiting
        case due(Duration)
        case gone
    }

    private func perform(_ request: USBIPRequest, due: Duration?) -> Outcome {
        if request.packetCount > 0 { return isochronous(request, due: due) }
        let transfer: EmulatedTransfer
        if request.endpoint & 0x0F == 0 {
            if isFirstAfterReset(request.setup) { pipe.reset(device) }
            transfer = pipe.transfer(device, setup: request.setup, data: request.data)
        } else {
            transfer = pipe.transfer(
                device, endpoint: request.endpoint, data: request.data, maximum: request.bufferLength)
        }
        switch transfer {
        case .done(let bytes) where request.isInput:
            let fitting = Array(bytes.prefix(request.bufferLength))
            return .answer(
                USBIPMessage.answer(to: request, status: 0, actualLength: fitting.count, input: fitting))
        case .done:
            return .answer(USBIPMessage.answer(to: request, status: 0, actualLength: request.bufferLength))
        case .notReady: return .waiting
        case .stall: return .answer(USBIPMessage.answer(to: request, status: -EPIPE, actualLength: 0))
        case .damaged: return .answer(USBIPMessage.answer(to: request, status: -EPROTO, actualLength: 0))
        case .babble: return .answer(USBIPMessage.answer(to: request, status: -EOVERFLOW, actualLength: 0))
        case .gone: return .gone
        }
    }

    /// vhci-hcd resets its port without telling the device. What Linux asks next, and only then, is 64 bytes of the
    /// device descriptor (drivers/usb/core/hub.c, GET_DESCRIPTOR_BUFSIZE).
    private func isFirstAfterReset(_ setup: [UInt8]) -> Bool {
        setup == [0x80, 6, 0, 1, 0, 0, 64, 0]
    }

    private func isochronous(_ request: USBIPRequest, due: Duration?) -> Outcome {
        if isPaced {
            let now = time.now()
            let end: Duration
            if let due {
                end = due
            } else {
                let start = Swift.max(now, isochronousEnd[request.endpoint] ?? now)
                end = start + frame * (request.packetCount * request.interval)
                isochronousEnd[request.endpoint] = end
            }
            guard end <= now else { return .due(end) }
        }
        var input: [UInt8] = []
        var packets: [(length: Int, status: Int32)] = []
        packets.reserveCapacity(request.packetCount)
        for packet in request.packets {
            guard request.isInput else {
                // No model listens to isochronous data.
                packets.append((packet.length, 0))
                continue
            }
            switch device.isochronous(endpoint: request.endpoint, maximum: packet.length) {
            case .done(let payload):
                let fitting = payload.prefix(packet.length)
                input += fitting
                packets.append((fitting.count, 0))
            case .notReady: packets.append((0, 0))
            case .stall, .damaged: packets.append((0, -EPROTO))
            case .babble: packets.append((0, -EOVERFLOW))
            case .gone: return .gone
            }
        }
        return .answer(USBIPMessage.answer(to: request, packets: packets, input: input))
    }
}
