// `kiosk devices`: what is plugged in and what would drive it.

import ArgumentParser
import Foundation
import KioskDevices

struct Devices: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the USB devices, and which hardware profile matches each and why.",
        discussion: "Exits with 69 when USB cannot be used, 78 when a profile is wrong.",
        subcommands: [Record.self])

    @Option(name: .long, help: "The folder of hardware profiles.") var profiles = "hardware-profiles"
    @Flag(name: .long, help: "Print JSON.") var json = false

    func run() async throws {
        let loaded: [HardwareProfile]
        do {
            loaded = try HardwareProfile.load(folder: profiles)
        } catch {
            report("\(error)")
            throw KioskExit.configuration
        }
        let reports: [DeviceReport]
        do {
            reports = try await DeviceInventory(bus: try USBContext(), profiles: loaded).list()
        } catch {
            report("USB cannot be used: \(error)")
            throw KioskExit.unavailable
        }
        if json {
            try printJSON(reports)
            return
        }
        if reports.isEmpty { print("No USB device is plugged in.") }
        for device in reports {
            let name = device.product ?? "unnamed device"
            let profile = device.profile.map { "\($0) (\(device.reason ?? ""))" } ?? "no profile"
            print("\(device.identifiers)  \(name)  \(profile)" + (device.problem.map { "  PROBLEM: \($0)" } ?? ""))
        }
    }
}

func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
}
