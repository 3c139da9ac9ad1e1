// What real libusb makes of descriptors that lie, of a failing bus and of a kernel driver that holds the interface.

import Foundation
import KioskDevices
import KioskEmulation
import Testing

extension USBIntegrationTests {
    @Suite("Faulty bus", .serialized)
    struct FaultyBusTests {
        private let host: UMockdevHost

        init() throws {
            try #require(
                ProcessInfo.processInfo.environment["LD_PRELOAD"]?.contains("umockdev") == true,
                "libusb must run on umockdev: run these tests by `make test`")
            host = try USBIntegrationTests.testbed.get()
        }

        private func plugged(_ device: any EmulatedUSBDevice, _ body: (USBContext) async throws -> Void) async throws {
            try host.plug(device, name: "faulty")
            defer { if host.isPlugged(name: "faulty") { try? host.unplug(name: "faulty") } }
            try await body(try USBContext())
        }

        @Test("Malformed descriptors are listed or left out, and whatever is listed can be opened and closed")
        func malformedDescriptors() async throws {
            for entry in MalformedDescriptors.all {
                try await plugged(entry.makeDevice()) { bus in
                    let devices = try await bus.devices()
                    #expect(devices.count <= 1, "\(entry)")
                    for info in devices {
                        let transport = try await bus.open(info)
                        #expect(await transport.string(1) == nil, "\(entry)")
                        await transport.close()
                    }
                }
            }
        }

        @Test("A string that lies is read without harm and never longer than a descriptor can be")
        func malformedStrings() async throws {
            for (name, bytes) in MalformedDescriptors.strings {
                for index: UInt8 in [0, 1] {
                    let device = FaultyDevice(
                        KioskEmulation.SAMVReader(times: .none), stringDescriptors: [index: bytes])
                    try await plugged(device) { bus in
                        let transport = try await bus.open(try #require(try await bus.devices().first))
                        let text = await transport.string(1)
                        #expect((text ?? "").utf16.count <= 127, "\(name)")
                        await transport.close()
                    }
                }
            }
        }

        @Test("A kernel driver is detached for a claim and gets its interface back at the close")
        func kernelDriver() async throws {
            let device = FaultyDevice(KioskEmulation.SAMVReader(times: .none), kernelDrivers: [0: "usbhid"])
            try await plugged(device) { bus in
                let info = try #require(try await bus.devices().first)
                for _ in 0..<2 {
                    #expect(host.isKernelDriverBound(name: "faulty", interface: 0))
                    let transport = try await bus.open(info)
                    try await transport.claim(interface: 0)
                    #expect(!host.isKernelDriverBound(name: "faulty", interface: 0))
                    await transport.close()
                }
                #expect(host.isKernelDriverBound(name: "faulty", interface: 0))
            }
        }

        @Test("Each way in which a bus fails has its own error, and the device works again afterwards")
        func busFaults() async throws {
            let device = FaultyDevice(KioskEmulation.SAMVReader(times: .none))
            try await plugged(device) { bus in
                let info = try #require(try await bus.devices().first)
                let endpoint = try #require(
                    info.configuration?.interfaces.first?.endpoints.first { $0.address == 0x81 })
                let transport = try await bus.open(info)
                try await transport.claim(interface: 0)
                for (fault, code) in [
                    (BusFault.babble, USBError.Code.overflow), (.damaged, .damaged), (.stall, .stalled),
                    (.silence, .timedOut), (.gone, .noDevice),
                ] {
                    device.inject(fault, at: .endpoint(0x81), for: fault == .silence ? .untilClearHalt : .transfers(1))
                    do {
                        _ = try await transport.read(from: endpoint, maximum: 64, timeoutMilliseconds: 100)
                        Issue.record("\(fault) went unnoticed")
                    } catch let error as USBError {
                        #expect(error.code == code, "\(fault)")
                    }
                    if fault == .gone { break }
                    try await transport.clearHalt(endpoint)
                    device.inject(.emptyPacket, at: .endpoint(0x81))
                    #expect(try await transport.read(from: endpoint, maximum: 64, timeoutMilliseconds: 5000) == [])
                }
                await transport.close()
                while host.isPlugged(name: "faulty") { await Task.yield() }
                #expect(try await bus.devices().isEmpty)
            }
        }
    }
}
