// The standard requests that every attached device answers.

import KioskEmulation
import Testing

@Suite("Default control pipe")
struct EmulatedControlPipeTests {
    private let device = SAMVReader(times: .none)

    @Test("cuts descriptors to the length that was asked for")
    func descriptors() {
        var pipe = EmulatedControlPipe()
        #expect(
            pipe.transfer(device, setup: [0x80, 6, 0, 1, 0, 0, 8, 0], data: [])
                == .done(Array(device.deviceDescriptor.prefix(8))))
        #expect(
            pipe.transfer(device, setup: [0x80, 6, 0, 2, 0, 0, 0xFF, 0], data: [])
                == .done(device.configurationDescriptor))
        #expect(pipe.transfer(device, setup: [0x80, 6, 0, 3, 0, 0, 0xFF, 0], data: []) == .done([4, 3, 9, 4]))
        #expect(
            pipe.transfer(device, setup: [0x80, 6, 1, 3, 9, 4, 0xFF, 0], data: [])
                == .done([10, 3, 0x44, 0, 0x65, 0, 0x6D, 0, 0x6F, 0]))
        #expect(pipe.transfer(device, setup: [0x80, 6, 9, 3, 9, 4, 0xFF, 0], data: []) == .stall)
        #expect(pipe.transfer(device, setup: [0x80, 6], data: []) == .stall)
    }

    @Test("keeps an endpoint halted until the halt is cleared")
    func halt() {
        var pipe = EmulatedControlPipe()
        #expect(pipe.transfer(device, endpoint: 0x03, data: [1], maximum: 0) == .stall)
        #expect(pipe.transfer(device, setup: [0x82, 0, 0, 0, 0x03, 0, 2, 0], data: []) == .done([1, 0]))
        #expect(pipe.transfer(device, setup: [0x02, 1, 0, 0, 0x03, 0, 0, 0], data: []) == .done([]))
        #expect(pipe.transfer(device, setup: [0x82, 0, 0, 0, 0x03, 0, 2, 0], data: []) == .done([0, 0]))
        #expect(pipe.transfer(device, endpoint: 0x02, data: [], maximum: 0) == .done([]))
    }

    @Test("remembers configuration and alternate settings")
    func settings() {
        var pipe = EmulatedControlPipe()
        #expect(pipe.transfer(device, setup: [0x01, 11, 3, 0, 1, 0, 0, 0], data: []) == .done([]))
        #expect(pipe.transfer(device, setup: [0x81, 10, 0, 0, 1, 0, 1, 0], data: []) == .done([3]))
        #expect(pipe.transfer(device, setup: [0x00, 9, 1, 0, 0, 0, 0, 0], data: []) == .done([]))
        #expect(pipe.transfer(device, setup: [0x81, 10, 0, 0, 1, 0, 1, 0], data: []) == .done([0]))
        #expect(pipe.transfer(device, setup: [0x80, 8, 0, 0, 0, 0, 1, 0], data: []) == .done([1]))
    }
}
