// `kiosk doctor`: one look at everything a terminal needs, for the technician.

import ArgumentParser
import Foundation
import KioskCore
import KioskDevices
import KioskVault

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check settings, matters, devices, printer, store and office.",
        discussion: "Exits with 0 when everything is well, 69 when something is not.")

    struct Finding: Codable {
        var what: String
        var good: Bool
        var detail: String
    }

    @OptionGroup var configuration: ConfigurationOption
    @Flag(name: .long, help: "Print JSON.") var json = false

    func run() async throws {
        let settings = try configuration.load()
        let terminal: Terminal
        do {
            terminal = try Terminal(settings)
        } catch {
            report("\(error)")
            throw KioskExit.configuration
        }
        var findings = [
            Finding(
                what: "matters", good: terminal.diagnostics.isEmpty,
                detail: terminal.diagnostics.first.map(\.description) ?? "\(terminal.library.matters.count) loaded")
        ]
        findings += await devices(of: terminal)
        let printerFault = await terminal.printer.fault()
        findings.append(
            Finding(
                what: "printer", good: printerFault == nil, detail: printerFault.map(Self.words) ?? settings.printer))
        findings += await storeAndOffice(of: terminal)
        if json {
            try printJSON(findings)
        } else {
            for finding in findings {
                print("\(finding.good ? "ok " : "BAD")  \(finding.what): \(finding.detail)")
            }
        }
        if findings.contains(where: { !$0.good }) { throw KioskExit.unavailable }
    }

    private func devices(of terminal: Terminal) async -> [Finding] {
        var findings: [Finding] = []
        do {
            let bus = try USBContext()
            let reader = try terminal.reader(on: bus)
            findings.append(await check("card reader") { () throws(Fault) in try await reader.check() })
            await reader.close()
            if let chipReader = terminal.chipReader(on: bus) {
                findings.append(await chipFinding(chipReader))
                await chipReader.close()
            }
            let camera = try terminal.camera(on: bus)
            findings.append(await check("document camera") { () throws(Fault) in try await camera.check() })
            await camera.close()
        } catch {
            findings.append(Finding(what: "USB", good: false, detail: "\(error)"))
        }
        return findings
    }

    /// A terminal may do without a chip reader, so one that is not there is no fault.
    private func chipFinding(_ reader: CCIDReader) async -> Finding {
        do throws(Fault) {
            try await reader.check()
        } catch  where error.kind == .readerMissing {
            return Finding(what: "chip reader", good: true, detail: "none is plugged in")
        } catch {
            return Finding(what: "chip reader", good: false, detail: Self.words(error))
        }
        return Finding(what: "chip reader", good: true, detail: "answers")
    }

    private func storeAndOffice(of terminal: Terminal) async -> [Finding] {
        var findings: [Finding] = []
        do {
            let status = try OutboxStatus.read(storeFolder: terminal.settings.data)
            findings.append(
                Finding(
                    what: "outbox", good: status?.parked.isEmpty ?? true,
                    detail: status.map { status in
                        "\(status.counts.map { "\($0.key) \($0.value)" }.sorted().joined(separator: ", "))"
                            + (status.lastProblem.map { "; last problem: \($0)" } ?? "")
                    } ?? "no case yet"))
            let transport = try HTTPTransport(terminal.enrolment)
            let office = OfficeClient(terminal: terminal.enrolment.enrolment.terminal, transport: transport)
            do throws(Fault) {
                _ = try await office.staffCall(id: "doctor")
                findings.append(Finding(what: "office", good: true, detail: "reached"))
            } catch {
                // An office that knows no such call has answered.
                findings.append(
                    Finding(what: "office", good: error.kind != .officeUnreachable, detail: Self.words(error)))
            }
            await transport.shutdown()
        } catch {
            findings.append(Finding(what: "store", good: false, detail: "\(error)"))
        }
        return findings
    }

    private func check(_ what: String, _ work: () async throws(Fault) -> Void) async -> Finding {
        do throws(Fault) {
            try await work()
            return Finding(what: what, good: true, detail: "answers")
        } catch {
            return Finding(what: what, good: false, detail: Self.words(error))
        }
    }

    private static func words(_ fault: Fault) -> String {
        "\(fault.kind) (\(fault.responsible) must act)" + (fault.detail.isEmpty ? "" : ": \(fault.detail)")
    }
}
