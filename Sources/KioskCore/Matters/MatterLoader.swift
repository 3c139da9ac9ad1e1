/// Reads matter files and the files they share into a library, strictly: a wrong file is named, never guessed at.

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

    private let shared: SharedFiles
    private let digest: @Sendable (String) -> String
    private var diagnostics: [MatterDiagnostic] = []

    /// Loads every file. `digest` gives the hex digest that becomes the version of a matter.
    public static func load(_ sources: [MatterSource], digest: @escaping @Sendable (String) -> String) -> Result {
        let sorted = sources.sorted { $0.path < $1.path }
        let shared = SharedFiles(sorted)
        var loader = MatterLoader(shared: shared, digest: digest)
        var loaded: [LoadedMatter] = []
        var unavailable: [String] = []
        for source in sorted where source.isMatter {
            if let matter = loader.readMatter(source) {
                loaded.append(matter)
            } else {
                unavailable.append(source.name)
            }
        }
        return Result(
            library: MatterLibrary(
                matters: loaded.map(\.matter), unavailable: unavailable, departments: shared.departments,
                events: shared.events),
            loaded: loaded, diagnostics: shared.diagnostics + loader.diagnostics)
    }

    private init(shared: SharedFiles, digest: @escaping @Sendable (String) -> String) {
        self.shared = shared
        self.digest = digest
    }

    // MARK: A matter

    static let matterKeys = [
        "code", "title", "kind", "audience", "archetype", "identity", "summary", "output", "basis", "workdays", "fee",
        "expired-card", "events", "words", "reviewed", "uses", "without", "lookup", "payment", "guide", "conditions",
        "pages",
        "materials", "rules", "questions",
    ]

    private mutating func readMatter(_ source: MatterSource) -> LoadedMatter? {
        let yaml = StrictYAML(file: source.path)
        var loaded: LoadedMatter?
        if let root = yaml.root(of: source.text) {
            let entries = yaml.mapping(root, allowed: Self.matterKeys, what: "a matter")
            var assembly = MatterAssembly(
                yaml: yaml, entries: entries, root: root, source: source, shared: shared, digest: digest)
            loaded = assembly.matter()
            if let loaded { MatterCheck(loaded: loaded, entries: entries, yaml: yaml, assembly: assembly).run() }
        }
        diagnostics += yaml.diagnostics
        return yaml.diagnostics.isEmpty ? loaded : nil
    }
}
