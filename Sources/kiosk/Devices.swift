// `kiosk devices`: what is plugged in, what would drive it and why, and what is wrong with it.

import ArgumentParser
import Foundation
import KioskCore
import KioskDevices
import KioskShell

struct Devices: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List what is plugged in, which hardware profile matches and why, and its health.",
        discussion: """
            Lists USB devices and the serial ports that a profile names. Nothing is claimed and nothing is sent to a \
            device, except with --probe; that needs the terminal to be stopped.

            --json prints a list of objects. What does not apply is left out.
              connection                     usb, serial or print-queue
              location {bus, address}        of a USB device
              path                           a serial line's node, a queue's name
              identifiers                    idVendor:idProduct
              manufacturer, product, serial  what the device calls itself
              firmware                       bcdDevice, as 1.00
              uri                            a queue's device
              profile, kind, driver, reason  what matched, and why; missing when nothing did
              health                         ok, faulty, or unknown when nothing matched
              problem, responsible, remedy   what is wrong, who must act (citizen, hallStaff, technician), and how
              samIdentifier, samStatus       of a probed ID-card reader: its security module, 90 is well
              transport                      how it is spoken to
              isRootHub                      a part of the machine's own bus

            Exits with 69 when USB cannot be used or something probed is faulty, 78 when a profile is wrong.
            """,
        subcommands: [Record.self])

    @Option(name: .long, help: "The folder of hardware profiles.") var profiles = "hardware-profiles"
    @Flag(name: .long, help: "Print JSON.") var json = false
    @Flag(name: .long, help: "List root hubs too.") var all = false
    @Flag(name: .long, help: "Ask the readers and cameras themselves.") var probe = false
    @Option(name: .long, help: "List this CUPS queue too.") var printer: String?
    @Option(name: .customLong("cups-server"), help: "Host, host:port or socket path of CUPS.") var cupsServer: String?
    @Flag(name: .long, help: "Print the JSON Schema of hardware profiles and end.") var schema = false

    func run() async throws {
        if schema {
            print(try ProfileSchema.text(), terminator: "")
            return
        }
        let loaded: [HardwareProfile]
        do {
            loaded = try HardwareProfile.load(folder: profiles)
        } catch {
            report("\(error)")
            throw KioskExit.configuration
        }
        var reports: [DeviceReport] = []
        do {
            let clock = SystemClock()
            let inventory = DeviceInventory(bus: try USBContext(), profiles: loaded)
            for device in try await inventory.list() where all || !device.isRootHub {
                reports.append(probe ? await inventory.probe(device, clock: clock) : device)
            }
            if let printer {
                reports.append(await inventory.report(onQueue: printer, server: cupsServer, clock: clock))
            }
        } catch {
            report("USB cannot be used: \(error)")
            throw KioskExit.unavailable
        }
        if json {
            try printJSON(reports)
        } else {
            print(DeviceTable(reports).text)
        }
        if probe, reports.contains(where: { $0.health == .faulty }) { throw KioskExit.unavailable }
    }
}

/// The listing for people: a row a device with aligned columns, under it why and what to do.
struct DeviceTable {
    private let reports: [DeviceReport]
    private let cells = CellWidth()

    init(_ reports: [DeviceReport]) {
        self.reports = reports
    }

    var text: String {
        guard !reports.isEmpty else { return "Nothing is plugged in." }
        let matched = reports.filter { $0.profile != nil || $0.health != .unknown }
        let others = reports.filter { $0.profile == nil && $0.health == .unknown }
        let rows =
            [["WHERE", "ID", "DEVICE", "FIRMWARE", "SERIAL", "DRIVER", "HEALTH"]] + matched.map(row)
            + others.map { [Self.place($0), $0.identifiers ?? "", "", $0.firmware ?? "", "", "-", "no profile"] }
        let widths = (0..<rows[0].count).map { column in rows.map { cells.width(of: $0[column]) }.max() ?? 0 }
        var lines: [String] = []
        for (index, row) in rows.enumerated() {
            lines.append(aligned(row, widths))
            // The first row is the heading.
            if index > 0, index <= matched.count { lines += remarks(matched[index - 1]) }
        }
        return lines.joined(separator: "\n")
    }

    private func row(_ report: DeviceReport) -> [String] {
        let name = [report.manufacturer, report.product].compactMap(\.self).joined(separator: " ")
        return [
            Self.place(report), report.identifiers ?? "", name.isEmpty ? report.uri ?? "unnamed" : name,
            report.firmware ?? "", report.serial ?? "", report.driver?.rawValue ?? "-",
            report.health == .good ? "ok" : "FAULTY",
        ]
    }

    private func remarks(_ report: DeviceReport) -> [String] {
        var lines: [String] = []
        if let profile = report.profile, let kind = report.kind {
            lines.append("    \(kind.rawValue): “\(profile)”, because of \(report.reason ?? "")")
        } else {
            lines.append("    no profile matches")
        }
        if let sam = report.samIdentifier {
            lines.append("    security module \(sam), status \(report.samStatus ?? "?"), by \(report.transport ?? "?")")
        }
        if let problem = report.problem {
            let person = report.responsible?.words ?? "technician"
            lines.append("    \(problem); \(person): \(report.remedy ?? "")")
        }
        return lines
    }

    private func aligned(_ row: [String], _ widths: [Int]) -> String {
        var line = ""
        for (cell, width) in zip(row, widths) {
            line += cell + String(repeating: " ", count: width - cells.width(of: cell) + 2)
        }
        while line.last == " " { line.removeLast() }
        return line
    }

    private static func place(_ report: DeviceReport) -> String {
        report.location.map { "usb \($0)" } ?? report.path ?? ""
    }
}

extension Fault.Responsible {
    fileprivate var words: String {
        switch self {
        case .citizen: "citizen"
        case .hallStaff: "hall staff"
        case .technician: "technician"
        }
    }
}

func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
}
