/// Where the parts of a loaded matter stand in its files, so that every later finding can name a line.

/// A part of a matter.
public enum MatterPlace: Hashable, Sendable {
    /// A key at the top of the matter file, such as `lookup`.
    case head(String)
    /// By page id (the key of its first field).
    case page(String)
    case pageWhen(String)
    /// By key; a sub-field of a list as `staff.name`.
    case field(String)
    case fieldWhen(String)
    case fieldValue(String)
    case fieldCheck(String, Int)
    case material(String)
    /// By index in `Matter.rules`.
    case rule(Int)
    case ruleWhen(Int)
    case condition(String)
    case consent(String)
    case question(Int)
}

public struct SourcePosition: Hashable, Sendable {
    /// Path below the matters folder.
    public var file: String
    /// From 1.
    public var line: Int
    /// From 1.
    public var column: Int

    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }
}

/// A matter with the positions of its parts. A part of a shared section stands in the section's file.
public struct LoadedMatter: Sendable {
    public var matter: Matter
    public var file: String
    /// The shared files it was made from, beside its own: archetype, sections, register.
    public var sharedFiles: [String]
    public var places: [MatterPlace: SourcePosition]

    /// The finding at a part; at the top of the file when the part has no place.
    public func diagnostic(_ message: String, at place: MatterPlace, hint: String? = nil) -> MatterDiagnostic {
        let position = places[place] ?? SourcePosition(file: file, line: 1, column: 1)
        return MatterDiagnostic(
            file: position.file, line: position.line, column: position.column, message: message, hint: hint)
    }
}
