// The matters of the project, loaded once, and small changes to their files.

import Foundation
import KioskAuthoring
import KioskCore
import Testing

enum MatterFixtures {
    static let folder =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path + "/matters"

    static let sources: [MatterSource] = (try? MatterFolder.read(folder)) ?? []

    /// Shared files, stories and the files of these matters.
    static func sources(_ codes: Set<String>) -> [MatterSource] {
        sources.filter { source in
            let name = source.path.split(separator: "/").last.map { String($0.dropLast(".yaml".count)) } ?? ""
            return !name.contains { $0.isUppercase } || codes.contains(name)
        }
    }

    static func load(_ codes: Set<String>, replacing old: String = "", with new: String = "") -> MatterLoader.Result {
        MatterLoader.load(changed(codes, replacing: old, with: new)) { _ in "" }
    }

    /// The files with one text replaced wherever it stands.
    static func changed(_ codes: Set<String>, replacing old: String, with new: String) -> [MatterSource] {
        sources(codes).map { source in
            guard !old.isEmpty else { return source }
            return MatterSource(path: source.path, text: source.text.replacingOccurrences(of: old, with: new))
        }
    }

    static func matter(_ code: String) throws -> (loaded: LoadedMatter, library: MatterLibrary) {
        let result = load([code])
        return (try #require(result.loaded.first { $0.matter.code == code }), result.library)
    }
}
