import KioskCore
import Testing

@testable import KioskDevices

@Suite("Face helper")
struct FaceHelperTests {
    private struct Camera: DocumentCamera {
        var picture: Result<[UInt8], Fault>

        func capture() async throws(Fault) -> CapturedPage {
            CapturedPage(jpeg: try picture.get(), width: 1, height: 1, device: "face camera")
        }
    }

    private static let record = [UInt8](repeating: 0x5A, count: 1024)

    private static func verify(
        _ path: String, picture: Result<[UInt8], Fault> = .success([UInt8](repeating: 1, count: 300)),
        timeoutMilliseconds: Int = 60_000
    ) async throws -> HolderMatch {
        try await FaceHelper(path: path, camera: Camera(picture: picture), timeoutMilliseconds: timeoutMilliseconds)
            .verify(photoRecord: record)
    }

    @Test("Record and picture go to the helper behind their lengths")
    func question() {
        let question = FaceAnswer.question(photoRecord: [7, 8], jpeg: [UInt8](repeating: 9, count: 258))
        #expect(question == [0, 0, 0, 2, 7, 8, 0, 0, 1, 2] + [UInt8](repeating: 9, count: 258))
    }

    @Test("A helper compares")
    func compares() async throws {
        let match = try await Self.verify(HelperPrograms.example("face-helper"))
        #expect(match == HolderMatch(isSame: true, score: 0.93, matcher: "example 1.0"))
    }

    @Test("No face in sight is the person's to mend, in the matcher's eyes and in the camera's")
    func noFace() async throws {
        let helper = HelperPrograms.example("face-helper")
        await Self.expect(.faceNotFound, .citizen) { try await Self.verify(helper, picture: .success([1, 2, 3])) }
        let blank = Fault(.pageBlank, responsible: .citizen)
        await Self.expect(.faceNotFound, .citizen) { try await Self.verify(helper, picture: .failure(blank)) }
    }

    @Test("A camera that is missing says so itself")
    func camera() async throws {
        let fault = Fault(.cameraMissing, responsible: .technician)
        await Self.expect(.cameraMissing, .technician) {
            try await Self.verify(HelperPrograms.example("face-helper"), picture: .failure(fault))
        }
    }

    @Test(
        "Whatever a helper does wrong, the matcher failed",
        arguments: [
            "exit 0", "exit 1", "kill -ABRT $$", "while :; do :; done", "/usr/bin/yes", "echo 230199199001010018",
        ])
    func faults(script: String) async throws {
        let programs = try HelperPrograms()
        let path = try programs.script(script)
        await Self.expect(.faceMatcherFailed, .technician) {
            try await Self.verify(path, timeoutMilliseconds: 500)
        }
    }

    @Test(
        "Only the contract's answers are answers",
        arguments: [
            "", "{}", "[]", "true", "{\"same\": true}", "{\"same\": 1, \"score\": 0.5, \"matcher\": \"m\"}",
            "{\"same\": true, \"score\": 1.5, \"matcher\": \"m\"}",
            "{\"same\": true, \"score\": -0.1, \"matcher\": \"m\"}",
            "{\"same\": true, \"score\": 0.5, \"matcher\": \"\"}",
            "{\"same\": true, \"score\": 0.5, \"matcher\": \"\\u0007\"}",
            "{\"same\": true, \"score\": 0.5, \"matcher\": \"m\", \"name\": \"x\"}", "{\"noFace\": false}",
            "{\"noFace\": true, \"same\": false}", "{\"noFace\": true}\n{\"noFace\": true}", "{\"noFace\": true",
            "\u{FF}",
            "{\"same\": null, \"score\": 0.5, \"matcher\": \"m\"}",
            "{\"same\": true, \"score\": 1e400, \"matcher\": \"m\"}",
        ])
    func strict(line: String) {
        #expect(throws: HelperError.self) { try FaceAnswer(Array(line.utf8)) }
    }

    @Test("Both answers of the contract, with and without the line's end")
    func answers() throws {
        #expect(try FaceAnswer(Array("{\"noFace\": true}".utf8)) == .noFace)
        let match = HolderMatch(isSame: false, score: 0, matcher: "name 1.2")
        #expect(
            try FaceAnswer(Array("{\"same\": false, \"score\": 0, \"matcher\": \"name 1.2\"}\n".utf8))
                == .compared(match))
    }

    @Test("Random answers never trap")
    func random() {
        var generator = SeededGenerator(state: 11)
        let good = Array("{\"same\": true, \"score\": 0.93, \"matcher\": \"name 1.2\"}\n".utf8)
        for _ in 0..<2000 { _ = try? FaceAnswer(generator.mutated(good)) }
        _ = try? FaceAnswer([UInt8](repeating: UInt8(ascii: "["), count: FaceAnswer.maximumLength))
        #expect(throws: HelperError.self) { try FaceAnswer([UInt8](repeating: 0x20, count: 5000)) }
    }

    private static func expect(
        _ kind: Fault.Kind, _ responsible: Fault.Responsible, sourceLocation: SourceLocation = #_sourceLocation,
        _ verify: () async throws -> HolderMatch
    ) async {
        do {
            _ = try await verify()
            Issue.record("compared", sourceLocation: sourceLocation)
        } catch {
            let fault = error as? Fault
            #expect(fault?.kind == kind, "\(error)", sourceLocation: sourceLocation)
            #expect(fault?.responsible == responsible, sourceLocation: sourceLocation)
            #expect(fault?.detail.contains("230199") == false, sourceLocation: sourceLocation)
        }
    }
}
