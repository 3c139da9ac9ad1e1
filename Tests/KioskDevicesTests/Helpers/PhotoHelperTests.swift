import KioskCore
import Testing

@testable import KioskDevices

@Suite("Photo helper")
struct PhotoHelperTests {
    private static let record = [UInt8](repeating: 0x5A, count: 1024)

    /// 102 by 126; the pixel in column x of row y, from the top, is blue x, green y, red 200.
    private static var bitmap: [UInt8] {
        var bytes: [UInt8] = Array("BM".utf8) + [0xCE, 0x97, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0]
        bytes += [40, 0, 0, 0, 102, 0, 0, 0, 126, 0, 0, 0, 1, 0, 24, 0] + [UInt8](repeating: 0, count: 24)
        for y in (0..<126).reversed() {
            for x in 0..<102 { bytes += [UInt8(x), UInt8(y), 200] }
            bytes += [0, 0]
        }
        return bytes
    }

    private static var pixels: [UInt8] {
        (0..<126).flatMap { y in (0..<102).flatMap { x in [UInt8(x), UInt8(y), 200] } }
    }

    @Test("BMP and bare BGR become red, green, blue from the top", arguments: [bitmap, pixels])
    func pixelOrder(answer: [UInt8]) throws {
        let portrait = try CardPhoto.portrait(answer)
        #expect((portrait.width, portrait.height) == (102, 126))
        try #require(portrait.rgb.count == 38_556)
        for (x, y) in [(0, 0), (101, 0), (0, 125), (101, 125), (50, 60)] {
            let start = (y * 102 + x) * 3
            #expect(portrait.rgb[start..<start + 3] == [200, UInt8(y), UInt8(x)])
        }
    }

    @Test("A BMP of another kind is refused", arguments: [0, 1, 2, 10, 14, 18, 19, 22, 25, 26, 28, 30])
    func header(offset: Int) {
        var bytes = Self.bitmap
        bytes[offset] ^= 0x80
        #expect(throws: HelperError.malformed("BMP header")) { try CardPhoto.portrait(bytes) }
    }

    @Test("An answer of any other length is refused")
    func length() {
        for count in [0, 1, 54, 38_555, 38_557, 38_861, 38_863] {
            #expect(throws: HelperError.self) { try CardPhoto.portrait([UInt8](repeating: 0, count: count)) }
        }
    }

    @Test("A helper decodes a record")
    func decodes() async throws {
        let portrait = try await PhotoHelper(path: HelperPrograms.example("photo-helper")).decode(Self.record)
        #expect(portrait.rgb == [UInt8](repeating: 0x80, count: 38_556))
    }

    @Test(
        "Whatever a helper does wrong, the photo is undecoded and the technician is told why",
        arguments: [
            ("exit 0", "0 bytes"), ("exit 9", "status 9"), ("kill -SEGV $$", "signal 11"),
            ("/usr/bin/yes 230199199001010018", "too much"), ("echo 230199199001010018", "19 bytes"),
            ("while :; do :; done", "500 ms"),
            ("/usr/bin/head -c 38862 /dev/zero", "BMP header"),
        ])
    func faults(script: String, reason: String) async throws {
        let programs = try HelperPrograms()
        let helper = PhotoHelper(path: try programs.script(script), timeoutMilliseconds: 500)
        await Self.expect(reason) { try await helper.decode(Self.record) }
    }

    @Test("Without a helper, and with a record that is none")
    func noHelper() async throws {
        await Self.expect("No such file") { try await PhotoHelper(path: "/nowhere/helper").decode(Self.record) }
        await Self.expect("record has 0 bytes") {
            try await PhotoHelper(path: HelperPrograms.example("photo-helper")).decode([])
        }
    }

    @Test("An answer that nobody waits for any more is no fault of the helper")
    func cancelled() async throws {
        let programs = try HelperPrograms()
        let helper = PhotoHelper(path: try programs.script("/bin/sleep 1000"), timeoutMilliseconds: 600_000)
        let task = Task { try await helper.decode(Self.record) }
        task.cancel()
        await #expect(throws: Fault(.timedOut, responsible: .citizen, detail: "cancelled")) { try await task.value }
    }

    private static func expect(
        _ reason: String, sourceLocation: SourceLocation = #_sourceLocation, _ decode: () async throws -> Portrait
    ) async {
        do {
            _ = try await decode()
            Issue.record("decoded", sourceLocation: sourceLocation)
        } catch {
            let fault = error as? Fault
            #expect(fault?.kind == .photoUndecoded, sourceLocation: sourceLocation)
            #expect(fault?.responsible == .technician, sourceLocation: sourceLocation)
            #expect(fault?.detail.contains(reason) == true, "\(error)", sourceLocation: sourceLocation)
            #expect(fault?.detail.contains("230199") == false, sourceLocation: sourceLocation)
        }
    }
}
