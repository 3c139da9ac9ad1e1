/// A case that an office worker writes down beside a matter: who comes, what they answer, and what must follow.

internal import KioskCore

public struct Story: Sendable {
    /// What somebody wrote, with the line where it stands.
    public struct Written<Value: Sendable>: Sendable {
        public var value: Value
        public var line: Int
        public var column: Int
    }

    public enum Outcome: String, CaseIterable, Sendable {
        case submitted, rejected, window, printed, finished
    }

    public var name: Written<String>
    public var scenario: Scenario
    /// Every form page in order, by id.
    public var pages: Written<[String]>?
    /// Form pages that are among those shown, by id.
    public var among: [Written<String>]
    /// Form pages that are not shown, by id.
    public var not: [Written<String>]
    /// The papers to be photographed, all of them, by key.
    public var papers: Written<[String]>?
    /// A part of each note that must be shown.
    public var notes: [Written<String>]
    public var outcome: Written<Outcome>
    /// A part of what is said when the case stops.
    public var reason: Written<String>?
}

/// The stories of one matter.
public struct StoryFile: Sendable {
    /// Path below the matters folder: `stories/MKT-001.yaml`.
    public var path: String
    public var matter: String
    public var stories: [Story]
}
