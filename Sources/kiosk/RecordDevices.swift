// `kiosk devices record`: what goes over the bus during one read of a card or one photograph, as a file.

import ArgumentParser
import Foundation
import KioskCore
import KioskDevices

struct Record: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Record the USB transfers of one card read (or one photograph) to a file.",
        discussion: """
            Cards and pictures are masked unless --unmasked is given. The file is readable by its owner alone; it is \
            written even when the read fails, which is when it is most useful. Ctrl-C leaves nothing behind. Exits with 0 when the read went well, \
            64 when the file is there already, 69 when USB or the device cannot be used, 73 when the file cannot be \
            written, 78 when a profile is wrong.
            """)

    @Argument(help: "The recording to write; it must not exist.") var file: String
    @Option(name: .long, help: "The folder of hardware profiles.") var profiles = "hardware-profiles"
    @Option(name: .long, help: "Give up after this many seconds.") var seconds = 30
    @Flag(name: .long, help: "Record the document camera instead of the ID-card reader.") var camera = false
    @Flag(name: .long, help: "Record the chip-card reader instead of the ID-card reader.") var chip = false
    @Flag(name: .long, help: "Keep the card's text and photo, or the picture. Treat the file as personal data.")
    var unmasked = false

    func validate() throws {
        guard (1...3600).contains(seconds) else { throw ValidationError("--seconds must be from 1 to 3600") }
        guard !(camera && chip) else { throw ValidationError("--camera or --chip, one recording each") }
    }

    func run() async throws {
        let loaded: [HardwareProfile]
        do {
            loaded = try HardwareProfile.load(folder: profiles)
        } catch {
            report("\(error)")
            throw KioskExit.configuration
        }
        // Before anybody lays a card down.
        let output: RecordingFile
        do throws(RecordingFileError) {
            output = try RecordingFile(path: file)
        } catch {
            throw problem(error)
        }
        let bus: RecordingBus
        do {
            let usb = try USBContext()
            let mask = try await mask(on: usb, loaded)
            bus = RecordingBus(usb, clock: SystemClock()) { _ in mask }
        } catch {
            report("USB cannot be used: \(error)")
            throw KioskExit.unavailable
        }
        let fault = await limited(seconds) { () async -> Fault? in
            if camera { return await photograph(on: bus, loaded) }
            return chip ? await readChip(on: bus, loaded) : await read(on: bus, loaded)
        }
        let recording = bus.finish(isMasked: !unmasked)
        do throws(RecordingFileError) {
            try output.write(recording.jsonLines())
        } catch {
            throw problem(error)
        }
        if !recording.isComplete { report("the recording was cut off: it would have been too large") }
        report("recorded to \(file)" + (unmasked ? ", with personal data" : ""))
        if let fault {
            report("\(fault.kind)" + (fault.detail.isEmpty ? "" : ": \(fault.detail)"))
            throw KioskExit.unavailable
        }
    }

    /// 64 for a file that is there, otherwise EX_CANTCREAT.
    private func problem(_ error: RecordingFileError) -> any Error {
        if error == .exists { return ValidationError("\(file): \(error)") }
        report("cannot write \(file): \(error)")
        return ExitCode(73)
    }

    /// For the one device that is driven: of any other only strings are read.
    private func mask(on usb: USBContext, _ profiles: [HardwareProfile]) async throws(USBError) -> USBRecordingMask {
        if camera {
            let found = try await profiles.documentCameras.find(on: usb)
            return USBRecordingMask(driver: found.map { .uvc($0.settings) })
        }
        if chip {
            let found = try await profiles.chipCardReaders.find(on: usb)
            return USBRecordingMask(driver: found.map { .ccid($0.settings) })
        }
        let found = try await profiles.identityCardReaders.find(on: usb)
        if case .serial(let path) = found?.device {
            throw USBError(.unsupported, "the reader is the serial line \(path)")
        }
        return USBRecordingMask(driver: found.map { .samv($0.settings) })
    }

    private func read(on bus: RecordingBus, _ profiles: [HardwareProfile]) async -> Fault? {
        let reader = SAMVReader(bus: bus, choice: profiles.identityCardReaders, clock: SystemClock())
        report("lay a card on the reader")
        let fault = await faultOf { () async throws(Fault) in
            _ = try await reader.readCard { report("leave the card where it is") }
        }
        await reader.close()
        return fault
    }

    private func readChip(on bus: RecordingBus, _ profiles: [HardwareProfile]) async -> Fault? {
        let reader = CCIDReader(bus: bus, choice: profiles.chipCardReaders, clock: SystemClock())
        report("put a social-security card into the chip reader")
        let fault = await faultOf { () async throws(Fault) in
            let request = CardRequest(accepts: [.socialSecurityCard])
            _ = try await SocialSecurityCardReader(reader).readCard(request) { report("leave the card where it is") }
        }
        await reader.close()
        return fault
    }

    private func photograph(on bus: RecordingBus, _ profiles: [HardwareProfile]) async -> Fault? {
        let camera = DocumentCameraDriver(bus: bus, choice: profiles.documentCameras, clock: SystemClock())
        report("leave a sheet of paper under the camera")
        let fault = await faultOf { () async throws(Fault) in _ = try await camera.capture() }
        await camera.close()
        return fault
    }

    private func faultOf(_ body: () async throws(Fault) -> Void) async -> Fault? {
        do throws(Fault) {
            try await body()
            return nil
        } catch {
            return error
        }
    }

    /// Cancels `body` after so many seconds.
    private func limited(_ seconds: Int, _ body: @escaping @Sendable () async -> Fault?) async -> Fault? {
        await withTaskGroup(of: Fault??.self) { group in
            group.addTask { .some(await body()) }
            group.addTask {
                try? await ContinuousClock().sleep(for: .seconds(seconds))
                return .none
            }
            var result: Fault?
            while let ended = await group.next() {
                if let ended {
                    result = ended
                    group.cancelAll()
                    break
                }
                // The time is up: the body ends with what a cancelled driver throws.
                group.cancelAll()
            }
            return result
        }
    }
}
