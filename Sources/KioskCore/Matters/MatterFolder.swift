/// The folder of matter files on disk.

internal import FoundationEssentials

public enum MatterFolder {
    public struct ReadError: Error, CustomStringConvertible {
        public let path: String
        public var description: String {
            "cannot read the matters folder \(path): check that it exists and is readable, or pass another one"
        }
    }

    /// Every `.yaml` of the folder and of the folders in it. A file that is not UTF-8 comes as an empty text, which the
    /// loader reports.
    public static func read(_ folder: String) throws(ReadError) -> [MatterSource] {
        var sources: [MatterSource] = []
        var folders = [""]
        let names = try list(folder)
        for name in names where isFolder(folder + "/" + name) { folders.append(name + "/") }
        for below in folders {
            for name in below.isEmpty ? names : try list(folder + "/" + below)
            where name.hasSuffix(".yaml") && !name.hasPrefix(".") {
                let data = FileManager.default.contents(atPath: folder + "/" + below + name)
                sources.append(
                    MatterSource(path: below + name, text: data.flatMap { String(data: $0, encoding: .utf8) } ?? ""))
            }
        }
        return sources
    }

    private static func list(_ folder: String) throws(ReadError) -> [String] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw ReadError(path: folder)
        }
        return names.filter { !$0.hasPrefix(".") }.sorted()
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder
    }
}
