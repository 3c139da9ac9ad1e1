/// One libusb transfer and its buffer: allocated once, freed only when libusb is done with it.

import CLibUSB
import Glibc
import Synchronization

/// `@unchecked Sendable`: the pointers are written before submission and read after completion; between the two only
/// libusb touches them, and `phase` orders the hand-over.
final class USBTransfer: @unchecked Sendable {
    private enum Phase {
        case idle
        case inFlight(CheckedContinuation<Void, Never>)
        /// Cancelled before it was submitted.
        case cancelled
        case finished
    }

    private let transfer: UnsafeMutablePointer<libusb_transfer>
    private let buffer: UnsafeMutableBufferPointer<UInt8>
    private let phase = Mutex(Phase.idle)
    private var submitError: USBError?

    /// `payload` fills the start of a buffer of `capacity` bytes; the rest is zero.
    init(
        handle: borrowing USBDeviceHandle, endpoint: UInt8, type: libusb_transfer_type, payload: [UInt8],
        capacity: Int, timeoutMilliseconds: Int
    ) throws(USBError) {
        guard let length = Int32(exactly: max(capacity, payload.count)), let allocated = libusb_alloc_transfer(0)
        else { throw USBError(.outOfMemory, "allocate a transfer") }
        transfer = allocated
        buffer = .allocate(capacity: max(1, Int(length)))
        buffer.initialize(repeating: 0)
        for (index, byte) in payload.enumerated() { buffer[index] = byte }
        transfer.pointee.dev_handle = handle.pointer
        transfer.pointee.endpoint = endpoint
        transfer.pointee.type = UInt8(truncatingIfNeeded: type.rawValue)
        // Zero would mean no limit at all.
        transfer.pointee.timeout = UInt32(clamping: max(1, timeoutMilliseconds))
        transfer.pointee.buffer = buffer.baseAddress
        transfer.pointee.length = length
        transfer.pointee.callback = { finished in
            guard let data = finished?.pointee.user_data else { return }
            Unmanaged<USBTransfer>.fromOpaque(data).takeRetainedValue().complete()
        }
    }

    deinit {
        libusb_free_transfer(transfer)
        // It may have been a card's.
        if let start = buffer.baseAddress { explicit_bzero(start, buffer.count) }
        buffer.deallocate()
    }

    /// Submits it and waits for its end. Returns what was transferred with the error it ended by, if any.
    func run(
        _ action: String, isolation: isolated (any Actor)? = #isolation
    ) async -> (bytes: [UInt8], error: USBError?) {
        await withTaskCancellationHandler {
            await withCheckedContinuation { submit($0, action) }
        } onCancel: {
            cancel()
        }
        if let submitError { return ([], submitError) }
        let start = transfer.pointee.type == LIBUSB_TRANSFER_TYPE_CONTROL.rawValue ? 8 : 0
        let end = min(buffer.count, start + max(0, Int(transfer.pointee.actual_length)))
        return (Array(buffer[min(start, end)..<end]), USBError(transfer: transfer.pointee.status, action))
    }

    /// Asks libusb to end it; the end is still reported by completion. Any thread.
    func cancel() {
        phase.withLock { phase in
            switch phase {
            case .idle: phase = .cancelled
            case .inFlight: _ = libusb_cancel_transfer(transfer)
            case .cancelled, .finished: break
            }
        }
    }

    private func submit(_ continuation: CheckedContinuation<Void, Never>, _ action: String) {
        let failure: USBError? = phase.withLock { phase in
            if case .cancelled = phase {
                phase = .finished
                return USBError(.cancelled, action)
            }
            // libusb holds one reference while the transfer is in flight.
            let retained = Unmanaged.passRetained(self)
            transfer.pointee.user_data = retained.toOpaque()
            let code = libusb_submit_transfer(transfer)
            guard code >= 0 else {
                retained.release()
                phase = .finished
                return USBError(libusb: code, action)
            }
            phase = .inFlight(continuation)
            return nil
        }
        if let failure {
            submitError = failure
            continuation.resume()
        }
    }

    /// On the event thread.
    private func complete() {
        let continuation = phase.withLock { phase in
            guard case .inFlight(let continuation) = phase else { return nil as CheckedContinuation<Void, Never>? }
            phase = .finished
            return continuation
        }
        continuation?.resume()
    }
}
