/// A device whose bus fails: any model, with stalls, babble, damage, silence and a pulled cable put between it and its
/// host.

import Synchronization

/// What the bus does to a transfer.
public enum BusFault: Hashable, Sendable {
    /// The endpoint stays halted until the host clears it; `.forever` halts it again at once.
    case stall
    /// The device sends more than was asked for.
    case babble
    /// CRC or bit-stuffing errors until the host's controller gives up.
    case damaged
    /// NAK without end: the host's time-out decides.
    case silence
    /// A zero-length packet; what the device had to say comes afterwards. An OUT transfer is carried out.
    case emptyPacket
    /// Of what the device says in this transfer only so many bytes arrive; the rest is lost. An OUT transfer is carried
    /// out.
    case cut(Int)
    /// The cable is pulled: this and every later transfer finds no device, until it is plugged in again.
    case gone
}

/// Stands before a model and lets transfers fail. Safe from any thread.
///
/// A transfer is counted when it ends: a host's polling of a device that has nothing to say counts once, when there is
/// an answer. A fault that is due does not wait for the device to have one.
public final class FaultyDevice: EmulatedUSBDevice {
    /// Where transfers are counted.
    public enum Place: Hashable, Sendable {
        /// Class and vendor requests on the default pipe. The standard ones never reach a device model.
        case control
        /// Bulk, interrupt or isochronous, by endpoint address.
        case endpoint(UInt8)
        /// Every transfer of the device.
        case any
    }

    /// How long a fault stays.
    public enum Span: Hashable, Sendable {
        case transfers(Int)
        /// CLEAR_FEATURE(ENDPOINT_HALT) on the endpoint.
        case untilClearHalt
        /// A bus reset, or plugging in.
        case untilReset
        case forever
    }

    private struct Rule {
        var fault: BusFault
        var place: Place
        /// Transfers that go well before.
        var spared: Int
        var span: Span

        func isAt(_ place: Place) -> Bool { self.place == .any || self.place == place }
    }

    private struct State {
        var rules: [Rule] = []
        var isGone = false
        var counts: [Place: Int] = [:]

        /// The first fault that is due.
        func fault(at place: Place) -> BusFault? {
            rules.first { $0.isAt(place) && $0.spared == 0 }?.fault
        }

        mutating func ended(at place: Place, with fault: BusFault?) {
            counts[place, default: 0] += 1
            if place != .any { counts[.any, default: 0] += 1 }
            if fault == .gone { isGone = true }
            let shown = rules.firstIndex { $0.isAt(place) && $0.spared == 0 && $0.fault == fault }
            for index in rules.indices where rules[index].isAt(place) && rules[index].spared > 0 {
                rules[index].spared -= 1
            }
            guard let shown, case .transfers(let count) = rules[shown].span else { return }
            if count > 1 {
                rules[shown].span = .transfers(count - 1)
            } else {
                rules.remove(at: shown)
            }
        }
    }

    public let device: any EmulatedUSBDevice
    public let deviceDescriptor: [UInt8]
    public let configurationDescriptor: [UInt8]
    public let kernelDrivers: [UInt8: String]
    private let stringDescriptors: [UInt8: [UInt8]]
    private let state = Mutex(State())

    /// Descriptors and kernel drivers that are not given are the device's own. `stringDescriptors` are whole, by index;
    /// 0 is that of the languages.
    public init(
        _ device: any EmulatedUSBDevice, deviceDescriptor: [UInt8]? = nil, configurationDescriptor: [UInt8]? = nil,
        stringDescriptors: [UInt8: [UInt8]] = [:], kernelDrivers: [UInt8: String]? = nil
    ) {
        self.device = device
        self.deviceDescriptor = deviceDescriptor ?? device.deviceDescriptor
        self.configurationDescriptor = configurationDescriptor ?? device.configurationDescriptor
        self.stringDescriptors = stringDescriptors
        self.kernelDrivers = kernelDrivers ?? device.kernelDrivers
    }

    /// The transfer after `spared` good ones fails, and those after it for as long as `span` says. Of several faults
    /// that are due the first one injected is shown. Silence ends no transfer, so it cannot be counted: `.transfers`
    /// means `.untilReset` for it.
    public func inject(
        _ fault: BusFault, at place: Place = .any, sparing spared: Int = 0, for span: Span = .transfers(1)
    ) {
        var rule = Rule(fault: fault, place: place, spared: Swift.max(0, spared), span: span)
        if fault == .silence, case .transfers = span { rule.span = .untilReset }
        state.withLock { $0.rules.append(rule) }
    }

    /// The cable stays pulled when it was.
    public func clearFaults() {
        state.withLock { $0.rules = [] }
    }

    /// Transfers at this place that have ended, well or not.
    public func transferCount(at place: Place) -> Int {
        state.withLock { $0.counts[place] ?? 0 }
    }

    // MARK: EmulatedUSBDevice

    public var strings: [UInt8: String] { device.strings }

    public func stringDescriptor(_ index: UInt8) -> [UInt8]? {
        stringDescriptors[index] ?? device.stringDescriptor(index)
    }

    public func control(setup: [UInt8], data: [UInt8]) -> EmulatedTransfer {
        carry(at: .control, isInput: setup.first.map { $0 & 0x80 != 0 } ?? false) {
            device.control(setup: setup, data: data)
        }
    }

    public func out(endpoint: UInt8, data: [UInt8]) -> EmulatedTransfer {
        carry(at: .endpoint(endpoint), isInput: false) { device.out(endpoint: endpoint, data: data) }
    }

    public func input(endpoint: UInt8, maximum: Int) -> EmulatedTransfer {
        carry(at: .endpoint(endpoint), isInput: true) { device.input(endpoint: endpoint, maximum: maximum) }
    }

    public func isochronous(endpoint: UInt8, maximum: Int) -> EmulatedTransfer {
        carry(at: .endpoint(endpoint), isInput: true) { device.isochronous(endpoint: endpoint, maximum: maximum) }
    }

    public func setInterface(_ number: UInt8, alternate: UInt8) {
        device.setInterface(number, alternate: alternate)
    }

    public func clearHalt(endpoint: UInt8) {
        state.withLock { state in
            state.rules.removeAll { $0.span == .untilClearHalt && $0.spared == 0 && $0.isAt(.endpoint(endpoint)) }
        }
        device.clearHalt(endpoint: endpoint)
    }

    public func reset() {
        state.withLock { state in
            state.rules.removeAll { $0.span == .untilReset && $0.spared == 0 }
        }
        device.reset()
    }

    public func attached() {
        state.withLock { state in
            state.rules.removeAll { $0.span == .untilReset && $0.spared == 0 }
            state.isGone = false
        }
        device.attached()
    }

    // MARK: Faults

    private func carry(at place: Place, isInput: Bool, _ transfer: () -> EmulatedTransfer) -> EmulatedTransfer {
        let fault = state.withLock { state in state.isGone ? .gone : state.fault(at: place) }
        var answer: EmulatedTransfer
        switch fault {
        case nil: answer = transfer()
        case .cut(let count):
            answer = transfer()
            if isInput, case .done(let bytes) = answer { answer = .done(Array(bytes.prefix(Swift.max(0, count)))) }
        case .emptyPacket: answer = isInput ? .done([]) : transfer()
        case .stall: answer = .stall
        case .babble: answer = .babble
        case .damaged: answer = .damaged
        case .silence: answer = .notReady
        case .gone: answer = .gone
        }
        if answer != .notReady { state.withLock { $0.ended(at: place, with: fault) } }
        return answer
    }
}
