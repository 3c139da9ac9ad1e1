/// Owns the libusb context, the one thread that handles its events, and the hot-plug callback.

import CLibUSB
import Glibc
import Synchronization

/// `@unchecked Sendable`: libusb contexts may be used from any thread, and everything else is behind a lock.
final class USBEventThread: @unchecked Sendable {
    /// What the event thread and the hot-plug callback reach.
    private final class Shared: @unchecked Sendable {
        struct Listeners {
            var next = 0
            var continuations: [Int: AsyncStream<USBHotplugEvent>.Continuation] = [:]
            var isFinished = false
        }

        /// Safe to share: libusb locks inside.
        let context: OpaquePointer
        let isStopping = Atomic(false)
        let listeners = Mutex(Listeners())

        init(context: OpaquePointer) {
            self.context = context
        }

        func report(_ event: USBHotplugEvent) {
            let continuations = listeners.withLock { Array($0.continuations.values) }
            for continuation in continuations { continuation.yield(event) }
        }
    }

    var context: OpaquePointer { shared.context }

    private let shared: Shared
    private let thread: pthread_t
    private let hotplug: libusb_hotplug_callback_handle?

    init() throws(USBError) {
        var created: OpaquePointer?
        try checkLibUSB(libusb_init(&created), "initialise libusb")
        guard let created else { throw USBError(.other, "libusb_init returned no context") }
        let shared = Shared(context: created)
        self.shared = shared

        var callback = libusb_hotplug_callback_handle()
        let registered = libusb_hotplug_register_callback(
            created,
            Int32(LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED.rawValue | LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT.rawValue),
            0, LIBUSB_HOTPLUG_MATCH_ANY, LIBUSB_HOTPLUG_MATCH_ANY, LIBUSB_HOTPLUG_MATCH_ANY,
            { _, device, event, data in
                guard let data, let device else { return 0 }
                let shared = Unmanaged<Shared>.fromOpaque(data).takeUnretainedValue()
                let location = USBLocation(device: device)
                shared.report(event == LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT ? .left(location) : .arrived(location))
                return 0
            },
            // Kept alive by `self.shared` until the callback is deregistered in deinit.
            Unmanaged.passUnretained(shared).toOpaque(), &callback)
        // Without udev or netlink there is no hot-plug; drivers then notice by a failing transfer.
        hotplug = registered == LIBUSB_SUCCESS.rawValue ? callback : nil

        var thread = pthread_t()
        let retained = Unmanaged.passRetained(shared)
        let started = pthread_create(
            &thread, nil,
            { data in
                guard let data else { return nil }
                let shared = Unmanaged<Shared>.fromOpaque(data).takeRetainedValue()
                while !shared.isStopping.load(ordering: .acquiring) {
                    // Interrupted by libusb_interrupt_event_handler; the limit only bounds a lost wake-up.
                    var limit = timeval(tv_sec: 60, tv_usec: 0)
                    let code = libusb_handle_events_timeout_completed(shared.context, &limit, nil)
                    // An error that persists must not turn this thread into a busy loop.
                    if code != LIBUSB_SUCCESS.rawValue, code != LIBUSB_ERROR_INTERRUPTED.rawValue {
                        var pause = timespec(tv_sec: 0, tv_nsec: 10_000_000)
                        nanosleep(&pause, nil)
                    }
                }
                return nil
            }, retained.toOpaque())
        self.thread = thread
        guard started == 0 else {
            retained.release()
            if let hotplug { libusb_hotplug_deregister_callback(created, hotplug) }
            libusb_exit(created)
            throw USBError(.outOfMemory, "start the event thread: errno \(started)")
        }
    }

    func hotplugEvents() -> AsyncStream<USBHotplugEvent> {
        AsyncStream(bufferingPolicy: .bufferingNewest(64)) { continuation in
            let token = shared.listeners.withLock { listeners -> Int? in
                guard !listeners.isFinished else { return nil }
                listeners.next += 1
                listeners.continuations[listeners.next] = continuation
                return listeners.next
            }
            guard let token else { return continuation.finish() }
            continuation.onTermination = { [shared] _ in
                shared.listeners.withLock { _ = $0.continuations.removeValue(forKey: token) }
            }
        }
    }

    /// Ends the streams that `hotplugEvents` gave out.
    func finishHotplugEvents() {
        let continuations = shared.listeners.withLock { listeners in
            listeners.isFinished = true
            return Array(listeners.continuations.values)
        }
        for continuation in continuations { continuation.finish() }
    }

    deinit {
        // Every open device keeps this object, so no handle is left when the context goes.
        finishHotplugEvents()
        if let hotplug { libusb_hotplug_deregister_callback(context, hotplug) }
        shared.isStopping.store(true, ordering: .releasing)
        libusb_interrupt_event_handler(context)
        pthread_join(thread, nil)
        libusb_exit(context)
    }
}

extension USBLocation {
    init(device: OpaquePointer) {
        self.init(bus: libusb_get_bus_number(device), address: libusb_get_device_address(device))
    }
}
