/// What a USB device's default pipe answers by itself (USB 2.0 chapter 9), so that a model need not.

/// Configuration, alternate settings and halted endpoints of one attached device.
public struct EmulatedControlPipe: Sendable {
    public private(set) var configuration: UInt8 = 1
    private var alternates: [UInt8: UInt8] = [:]
    private var halted: Set<UInt8> = []

    public init() {}

    /// One control transfer. `data` is the OUT stage; the IN stage is cut to the length that `setup` asks for.
    public mutating func transfer(
        _ device: any EmulatedUSBDevice, setup: [UInt8], data: [UInt8]
    ) -> EmulatedTransfer {
        guard setup.count == 8 else { return .stall }
        let isStandard = setup[0] & 0x60 == 0
        let answer = isStandard ? standard(device, setup: setup, data: data) : nil
        switch answer ?? device.control(setup: setup, data: data) {
        case .done(let bytes):
            return .done(Array(bytes.prefix(Int(setup[6]) | Int(setup[7]) << 8)))
        case let other:
            return other
        }
    }

    /// Bulk or interrupt. An endpoint that has stalled stalls until its halt is cleared.
    public mutating func transfer(
        _ device: any EmulatedUSBDevice, endpoint: UInt8, data: [UInt8], maximum: Int
    ) -> EmulatedTransfer {
        guard !halted.contains(endpoint) else { return .stall }
        let answer =
            endpoint & 0x80 != 0
            ? device.input(endpoint: endpoint, maximum: maximum) : device.out(endpoint: endpoint, data: data)
        if answer == .stall { halted.insert(endpoint) }
        return answer
    }

    public mutating func setConfiguration(_ value: UInt8) {
        configuration = value
        alternates = [:]
        halted = []
    }

    public mutating func setInterface(_ device: any EmulatedUSBDevice, number: UInt8, alternate: UInt8) {
        alternates[number] = alternate
        device.setInterface(number, alternate: alternate)
    }

    public mutating func clearHalt(_ device: any EmulatedUSBDevice, endpoint: UInt8) {
        halted.remove(endpoint)
        device.clearHalt(endpoint: endpoint)
    }

    public mutating func reset(_ device: any EmulatedUSBDevice) {
        alternates = [:]
        halted = []
        device.reset()
    }

    /// Nil: a standard request that only the device can know.
    private mutating func standard(
        _ device: any EmulatedUSBDevice, setup: [UInt8], data: [UInt8]
    ) -> EmulatedTransfer? {
        let recipient = setup[0] & 0x1F
        switch (setup[0] & 0x80 != 0, setup[1]) {
        // An interface's descriptors belong to its class.
        case (true, 6) where recipient == 0:
            return descriptor(device, kind: setup[3], index: setup[2])
        case (true, 8):
            return .done([configuration])
        case (false, 9):
            setConfiguration(setup[2])
            return .done([])
        case (true, 10):
            return .done([alternates[setup[4]] ?? 0])
        case (false, 11):
            setInterface(device, number: setup[4], alternate: setup[2])
            return .done([])
        case (true, 0):
            let isHalted = recipient == 2 && halted.contains(setup[4])
            return .done([isHalted ? 1 : 0, 0])
        case (false, 1) where recipient == 2 && setup[2] == 0:
            clearHalt(device, endpoint: setup[4])
            return .done([])
        case (false, 3) where recipient == 2 && setup[2] == 0:
            halted.insert(setup[4])
            return .done([])
        default:
            return nil
        }
    }

    private func descriptor(_ device: any EmulatedUSBDevice, kind: UInt8, index: UInt8) -> EmulatedTransfer {
        switch kind {
        case 1:
            return .done(device.deviceDescriptor)
        case 2 where index == 0:
            return .done(device.configurationDescriptor)
        case 3:
            return device.stringDescriptor(index).map { .done($0) } ?? .stall
        default:
            return .stall
        }
    }
}
