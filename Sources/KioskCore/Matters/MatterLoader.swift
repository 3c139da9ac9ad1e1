/// Reads matter files and the files they share into a library, strictly: a wrong file is named, never guessed at.

internal import Dispatch
internal import Synchronization
internal import Yams

/// One YAML file.
public struct MatterSource: Hashable, Sendable {
    /// Path below the matters folder: `MKT/MKT-001.yaml`, `archetypes/apply.yaml`, `sections/contact.yaml`.
    public var path: String
    public var text: String

    public init(path: String, text: String) {
        self.path = path
        self.text = text
    }

    var name: String { String(path.split(separator: "/").last?.dropLast(".yaml".count) ?? "") }
    /// The folder below the matters folder; empty for a file at the top.
    var folder: String { String(path.split(separator: "/").dropLast().joined(separator: "/")) }
    var isMatter: Bool {
        !["", "archetypes", "sections", "registers", "stories"].contains(folder) && !folder.contains("/")
    }
}

public struct MatterLoader {
    public struct Result: Sendable {
        /// Every matter whose files have no finding.
        public var library: MatterLibrary
        /// The same matters with the places of their parts, by code.
        public var loaded: [LoadedMatter]
        public var diagnostics: [MatterDiagnostic]
    }

    /// What one file came to.
    private struct Reading: Sendable {
        var loaded: LoadedMatter?
        var diagnostics: [MatterDiagnostic]
    }

    /// Loads every file, on all cores. `digest` gives the hex digest that becomes the version of a matter.
    public static func load(_ sources: [MatterSource], digest: @escaping @Sendable (String) -> String) -> Result {
        let sorted = sources.sorted { $0.path < $1.path }
        // The nodes of YAML in it are not marked Sendable. They are only read from here on, and hold no cache.
        nonisolated(unsafe) let shared = SharedFiles(sorted)
        let matters = sorted.filter(\.isMatter)
        let readings = Mutex<[Reading?]>(Array(repeating: nil, count: matters.count))
        DispatchQueue.concurrentPerform(iterations: matters.count) { index in
            let reading = read(matters[index], shared, digest: digest)
            readings.withLock { $0[index] = reading }
        }
        let done = readings.withLock { $0.compactMap { $0 } }
        let loaded = done.compactMap(\.loaded)
        return Result(
            library: MatterLibrary(
                matters: loaded.map(\.matter),
                unavailable: zip(matters, done).compactMap { $1.loaded == nil ? $0.name : nil },
                departments: shared.departments, events: shared.events),
            loaded: loaded, diagnostics: shared.diagnostics + done.flatMap(\.diagnostics))
    }

    // MARK: A matter

    static let matterKeys = [
        "code", "title", "kind", "audience", "archetype", "identity", "summary", "output", "basis", "workdays", "fee",
        "expired-card", "cards", "holder", "events", "words", "reviewed", "uses", "without", "lookup", "payment",
        "guide", "conditions", "pages", "materials", "rules", "questions",
    ]

    private static func read(
        _ source: MatterSource, _ shared: SharedFiles, digest: @escaping @Sendable (String) -> String
    ) -> Reading {
        let yaml = StrictYAML(file: source.path)
        var loaded: LoadedMatter?
        if let root = yaml.root(of: source.text) {
            let entries = yaml.mapping(root, allowed: matterKeys, what: "a matter")
            var assembly = MatterAssembly(
                yaml: yaml, entries: entries, root: root, source: source, shared: shared, digest: digest)
            loaded = assembly.matter()
            if let loaded { MatterCheck(loaded: loaded, entries: entries, yaml: yaml, assembly: assembly).run() }
        }
        return Reading(loaded: yaml.diagnostics.isEmpty ? loaded : nil, diagnostics: yaml.diagnostics)
    }
}
