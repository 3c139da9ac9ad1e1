/// The folder of matter files on disk.

internal import FoundationEssentials

public enum MatterFolder {
    public struct ReadError: Error, CustomStringConvertible {
        public let path: String
        public var description: String {
            "cannot read the matters folder \(path): check that it exists and is readable, or pass another one"
        }
    }

    /// Every `.yaml` of the folder, of `archetypes/` and of `sections/`. A file that is not UTF-8 comes as an empty text,
    /// which the loader reports.
    public static func read(_ folder: String) throws(ReadError) -> [MatterSource] {
        var sources: [MatterSource] = []
        for below in ["", "archetypes/", "sections/"] {
            guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder + "/" + below) else {
                throw ReadError(path: folder + "/" + below)
            }
            for name in names where name.hasSuffix(".yaml") && !name.hasPrefix(".") {
                let data = FileManager.default.contents(atPath: folder + "/" + below + name)
                sources.append(
                    MatterSource(path: below + name, text: data.flatMap { String(data: $0, encoding: .utf8) } ?? ""))
            }
        }
        return sources
    }
}
