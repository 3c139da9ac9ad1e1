// Puts a terminal together: settings to ports.

import Crypto
import Foundation
import KioskCore
import KioskDevices
import KioskShell
import KioskVault
import Logging

struct Terminal {
    let settings: TerminalConfiguration
    let enrolment: EnrolmentFolder
    let library: MatterLibrary
    let diagnostics: [MatterDiagnostic]
    let profiles: [HardwareProfile]
    let clock = SystemClock()

    /// Reads everything that a terminal is told at its start. Throws `ConfigurationProblem`.
    init(_ settings: TerminalConfiguration) throws {
        self.settings = settings
        do {
            enrolment = try EnrolmentFolder.load(settings.enrolment)
            let loaded = try Self.loadMatters(settings.matters)
            (library, diagnostics) = (loaded.library, loaded.diagnostics)
            profiles = try HardwareProfile.load(folder: settings.profiles)
        } catch {
            throw ConfigurationProblem("\(error)")
        }
    }

    static func loadMatters(_ folder: String) throws -> MatterLoader.Result {
        MatterLoader.load(try MatterFolder.read(folder)) { text in
            SHA256.hash(data: Data(text.utf8)).map { byte in
                let hex = String(byte, radix: 16)
                return byte < 16 ? "0" + hex : hex
            }.joined()
        }
    }

    func reader(on bus: any USBBus) throws -> SAMVReader {
        let choice = profiles.identityCardReaders
        guard !choice.entries.isEmpty else {
            throw ConfigurationProblem("\(settings.profiles) has no profile of an identity-card reader")
        }
        return SAMVReader(bus: bus, choice: choice, clock: clock)
    }

    /// Nil when no profile names a chip reader: not every terminal has one.
    func chipReader(on bus: any USBBus) -> CCIDReader? {
        let choice = profiles.chipCardReaders
        return choice.entries.isEmpty ? nil : CCIDReader(bus: bus, choice: choice, clock: clock)
    }

    func camera(on bus: any USBBus) throws -> DocumentCameraDriver {
        let choice = profiles.documentCameras
        guard !choice.entries.isEmpty else {
            throw ConfigurationProblem("\(settings.profiles) has no profile of a document camera")
        }
        return DocumentCameraDriver(bus: bus, choice: choice, clock: clock)
    }

    var photoDecoder: PhotoHelper? {
        settings.photoHelper.map(PhotoHelper.init)
    }

    /// The camera for faces and what compares with it; nil where staff confirm the holder. Throws when only one is there.
    func faces(on bus: any USBBus) throws -> (camera: DocumentCameraDriver, verifier: FaceHelper)? {
        let choice = profiles.faceCameras
        switch (settings.faceHelper, choice.entries.isEmpty) {
        case (nil, _): return nil
        case (_?, true):
            throw ConfigurationProblem(
                "“faceHelper” is set, but \(settings.profiles) has no profile of a face camera: add one, or remove it")
        case (let path?, false):
            let camera = DocumentCameraDriver(bus: bus, choice: choice, clock: clock)
            return (camera, FaceHelper(path: path, camera: camera))
        }
    }

    var printer: CupsPrinter {
        CupsPrinter(queue: settings.printer, server: settings.cupsServer, clock: clock)
    }

    var vaultSettings: VaultSettings {
        var vault = VaultSettings(folder: settings.data)
        if let megabytes = settings.minimumFreeMegabytes { vault.minimumFreeBytes = Int64(megabytes) << 20 }
        return vault
    }

    var pages: PageBuilder {
        PageBuilder(library: library, policy: settings.policy, verifyURL: enrolment.enrolment.publicURL)
    }
}
