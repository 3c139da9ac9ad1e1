// From "submit" to a case that survives power loss, against the least that any program must do for the same bytes.

import Foundation
import Glibc
import KioskCore
import KioskVault

struct Sealing {
    private static let runs = 20
    private static let pageBytes = 1_300_000

    /// The terminal's enrolment folder.
    let enrolment: String
    /// On the disk that is measured; emptied by the caller.
    let folder: String

    func measure() async throws -> [Measurement] {
        let clock = SystemClock()
        let vault = try await Vault.open(
            VaultSettings(folder: folder + "/store", minimumFreeBytes: 0),
            enrolment: try EnrolmentFolder.load(enrolment),
            at: clock.now())
        let pages = (0..<3).map { _ in Self.noise(Self.pageBytes) }
        var seal = Samples()
        var keep = Samples()
        var write = Samples()
        for _ in 0..<Self.runs {
            let session = UUID().uuidString.lowercased()
            try await vault.openDraft(session: session, reading: InventedCase.reading)
            var references: [PageReference] = []
            for page in pages {
                let start = ContinuousClock.now
                references.append(
                    try await vault.keepAttachment(
                        session: session, bytes: page, mediaType: "image/jpeg", width: 2048, height: 1536,
                        device: "bench", at: clock.now()))
                keep.append(milliseconds(since: start))
            }
            let content = InventedCase.content(pages: references, at: clock.now())
            let start = ContinuousClock.now
            _ = try await vault.seal(session: session, content: content, at: clock.now())
            seal.append(milliseconds(since: start))
            let bytes = pages.flatMap { $0 }
            write.append(try await onThread { try Self.plainWrite(bytes, to: folder + "/plain") })
        }
        await vault.close()
        let one = Array(pages[0])
        var writeOne = Samples()
        for _ in 0..<Self.runs {
            writeOne.append(try await onThread { try Self.plainWrite(one, to: folder + "/plain") })
        }
        return [
            Measurement(
                "store: submit to durable, three pages of 1.3 MB", seal, against: write,
                "write and fsync of the same bytes in one file"),
            Measurement(
                "store: one page of 1.3 MB encrypted and durable", keep, against: writeOne,
                "write and fsync of the same bytes"),
        ]
    }

    private static func plainWrite(_ bytes: [UInt8], to path: String) throws -> Double {
        let start = ContinuousClock.now
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw HallProblem("cannot write \(path)") }
        defer { close(descriptor) }
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw HallProblem("cannot write \(path)") }
            sent += count
        }
        guard fsync(descriptor) == 0 else { throw HallProblem("cannot sync \(path)") }
        return milliseconds(since: start)
    }

    /// JPEG does not compress, nor does this.
    private static func noise(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count { withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) } }
        return bytes
    }
}
