/// A ring of IN transfers that stays queued until its handler has what it wants.

import CLibUSB
import Glibc
import Synchronization

/// Runs on the event thread from submission until the last transfer is back.
///
/// `@unchecked Sendable`: `state` is locked; a slot's transfer and buffer are touched by libusb while in flight and by
/// the event thread in its callback, never by both.
final class USBStream: @unchecked Sendable {
    private final class Slot {
        unowned let stream: USBStream
        let transfer: UnsafeMutablePointer<libusb_transfer>
        let buffer: UnsafeMutableRawBufferPointer

        init(stream: USBStream, transfer: UnsafeMutablePointer<libusb_transfer>, bytes: Int) {
            self.stream = stream
            self.transfer = transfer
            buffer = .allocate(byteCount: bytes, alignment: 16)
        }

        deinit {
            libusb_free_transfer(transfer)
            // A picture of somebody's papers.
            if let start = buffer.baseAddress { explicit_bzero(start, buffer.count) }
            buffer.deallocate()
        }
    }

    private struct State {
        var inFlight = 0
        var isStopping = false
        var error: USBError?
        var continuation: CheckedContinuation<Void, Never>?
    }

    private let request: USBStreamRequest
    private let handler: USBPacketHandler
    private var slots: [Slot] = []
    private let state = Mutex(State())

    init(
        handle: borrowing USBDeviceHandle, request: USBStreamRequest, handler: @escaping USBPacketHandler
    ) throws(USBError) {
        self.request = request
        self.handler = handler
        let isIsochronous = request.endpoint.transferType == .isochronous
        let packets = isIsochronous ? request.packetsPerTransfer : 1
        let (bytes, overflow) = request.packetSize.multipliedReportingOverflow(by: packets)
        guard !overflow, bytes > 0, let length = Int32(exactly: bytes), let packetCount = Int32(exactly: packets)
        else { throw USBError(.unsupported, "stream transfer size") }
        for _ in 0..<request.transfers {
            guard let transfer = libusb_alloc_transfer(isIsochronous ? packetCount : 0) else {
                throw USBError(.outOfMemory, "allocate a transfer")
            }
            let slot = Slot(stream: self, transfer: transfer, bytes: bytes)
            transfer.pointee.dev_handle = handle.pointer
            transfer.pointee.endpoint = request.endpoint.address
            transfer.pointee.type = request.endpoint.transferType.rawValue
            transfer.pointee.timeout = UInt32(clamping: max(1, request.transferTimeoutMilliseconds))
            transfer.pointee.buffer = slot.buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
            transfer.pointee.length = length
            transfer.pointee.num_iso_packets = isIsochronous ? packetCount : 0
            if isIsochronous {
                for index in 0..<packetCount {
                    kiosk_libusb_iso_packet(transfer, index).pointee.length = UInt32(clamping: request.packetSize)
                }
            }
            // A slot lives in `slots`, and `run` keeps the stream until no transfer is in flight.
            transfer.pointee.user_data = Unmanaged.passUnretained(slot).toOpaque()
            transfer.pointee.callback = { finished in
                guard let data = finished?.pointee.user_data else { return }
                let slot = Unmanaged<Slot>.fromOpaque(data).takeUnretainedValue()
                slot.stream.complete(slot)
            }
            slots.append(slot)
        }
    }

    /// Returns when the handler said stop, the task was cancelled or a transfer failed for good, and every transfer
    /// is back.
    func run(isolation: isolated (any Actor)? = #isolation) async -> USBError? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { start($0) }
        } onCancel: {
            stop(USBError(.cancelled, "stream"))
        }
        return state.withLock { $0.error }
    }

    /// Any thread.
    func stop(_ error: USBError?) {
        state.withLock { stop(&$0, error) }
    }

    private func start(_ continuation: CheckedContinuation<Void, Never>) {
        let isOver = state.withLock { state in
            state.continuation = continuation
            for slot in slots {
                guard !state.isStopping else { break }
                let code = libusb_submit_transfer(slot.transfer)
                if code >= 0 {
                    state.inFlight += 1
                } else {
                    stop(&state, USBError(libusb: code, "start stream"))
                }
            }
            return state.inFlight == 0
        }
        if isOver { finish() }
    }

    private func stop(_ state: inout State, _ error: USBError?) {
        guard !state.isStopping else { return }
        state.isStopping = true
        state.error = error
        // Those that are not in flight answer NOT_FOUND.
        for slot in slots { _ = libusb_cancel_transfer(slot.transfer) }
    }

    private func finish() {
        let continuation = state.withLock { state in
            defer { state.continuation = nil }
            return state.continuation
        }
        continuation?.resume()
    }

    /// On the event thread.
    private func complete(_ slot: Slot) {
        var action = USBStreamAction.more
        var failure: USBError?
        if !state.withLock({ $0.isStopping }) {
            switch slot.transfer.pointee.status {
            case LIBUSB_TRANSFER_NO_DEVICE, LIBUSB_TRANSFER_STALL, LIBUSB_TRANSFER_CANCELLED:
                failure = USBError(transfer: slot.transfer.pointee.status, "stream")
            default:
                action = deliver(slot)
            }
        }
        let isOver = state.withLock { state in
            if let failure { stop(&state, failure) }
            if action == .stop { stop(&state, nil) }
            if !state.isStopping {
                let code = libusb_submit_transfer(slot.transfer)
                if code >= 0 { return false }
                stop(&state, USBError(libusb: code, "continue stream"))
            }
            state.inFlight -= 1
            return state.inFlight == 0
        }
        if isOver { finish() }
    }

    private func deliver(_ slot: Slot) -> USBStreamAction {
        let status = slot.transfer.pointee.status
        let bytes = UnsafeRawBufferPointer(slot.buffer)
        if request.endpoint.transferType == .isochronous {
            if status == LIBUSB_TRANSFER_TIMED_OUT {
                return handler(.idle, UnsafeRawBufferPointer(rebasing: bytes[0..<0]).bytes)
            }
            for index in 0..<slot.transfer.pointee.num_iso_packets {
                let packet = kiosk_libusb_iso_packet(slot.transfer, index).pointee
                let start = Int(index) * request.packetSize
                let length = min(Int(packet.actual_length), request.packetSize)
                let span = UnsafeRawBufferPointer(rebasing: bytes[start..<start + length]).bytes
                let isWhole =
                    status == LIBUSB_TRANSFER_COMPLETED && packet.status == LIBUSB_TRANSFER_COMPLETED
                    && packet.actual_length <= packet.length
                if handler(isWhole ? .received : .damaged, span) == .stop { return .stop }
            }
            return .more
        }
        let length = min(max(0, Int(slot.transfer.pointee.actual_length)), bytes.count)
        let span = UnsafeRawBufferPointer(rebasing: bytes[0..<length]).bytes
        switch status {
        case LIBUSB_TRANSFER_COMPLETED: return handler(.received, span)
        case LIBUSB_TRANSFER_TIMED_OUT where length == 0: return handler(.idle, span)
        // Bytes before a time-out are a payload without its end.
        default: return handler(.damaged, span)
        }
    }
}
