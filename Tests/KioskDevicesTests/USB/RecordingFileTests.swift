import Foundation
import Testing

@testable import KioskDevices

@Suite("Recording file")
struct RecordingFileTests {
    /// Removed with its owner.
    private final class Folder {
        let path: String

        init() throws {
            let url = FileManager.default.temporaryDirectory.appending(path: "recording-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            path = url.path
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func entries() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path) }
    }

    @Test("It is not there until it is whole, and then for its owner alone", arguments: [true, false])
    func appears(isUnnamed: Bool) throws {
        let folder = try Folder()
        let path = folder.path + "/a.jsonl"
        let file = try RecordingFile(path: path, isUnnamed: isUnnamed)
        #expect(try folder.entries() == [])
        let bytes = [UInt8](repeating: 0x41, count: 300_000)
        try file.write(bytes)
        #expect(try Data(contentsOf: URL(filePath: path)) == Data(bytes))
        #expect(try folder.entries() == ["a.jsonl"])
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test("One that is given up leaves nothing", arguments: [true, false])
    func givenUp(isUnnamed: Bool) throws {
        let folder = try Folder()
        do { _ = try RecordingFile(path: folder.path + "/a.jsonl", isUnnamed: isUnnamed) }
        #expect(try folder.entries() == [])
    }

    @Test("What is there is never touched, whenever it came", arguments: [true, false])
    func overwrites(isUnnamed: Bool) throws {
        let folder = try Folder()
        let path = folder.path + "/a.jsonl"
        let file = try RecordingFile(path: path, isUnnamed: isUnnamed)
        try Data("other".utf8).write(to: URL(filePath: path))
        do {
            try file.write([1, 2, 3])
            Issue.record("written")
        } catch {
            #expect(error == .exists)
        }
        #expect(throws: RecordingFileError.exists) { _ = try RecordingFile(path: path, isUnnamed: isUnnamed) }
        #expect(try Data(contentsOf: URL(filePath: path)) == Data("other".utf8))
        // A link to nowhere is something as well.
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/b", withDestinationPath: "/nowhere")
        #expect(throws: RecordingFileError.exists) { _ = try RecordingFile(path: folder.path + "/b") }
    }

    @Test("A folder that is not there is told of at once", arguments: [true, false])
    func noFolder(isUnnamed: Bool) throws {
        let folder = try Folder()
        #expect(throws: RecordingFileError.failed("No such file or directory")) {
            _ = try RecordingFile(path: folder.path + "/none/a.jsonl", isUnnamed: isUnnamed)
        }
    }
}
