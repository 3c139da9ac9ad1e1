/// Something that a proof found, before it is known whether it is a cause or only follows from another finding.

internal import KioskCore

struct Finding {
    var place: MatterPlace
    /// UTF-8 bytes into the condition.
    var offset = 0
    var message: String
    var hint: String?
    /// The condition as it is written.
    var source: String?
    /// The names that the finding's own condition uses.
    var names: Set<String> = []
    /// Fields that nobody is asked, and named conditions that say nothing, because of it.
    var spoils: Set<String> = []

    /// Those that do not follow from another one; the first when they all seem to.
    static func causes(among findings: [Finding]) -> [Finding] {
        let causes = findings.enumerated().filter { index, finding in
            !findings.enumerated().contains { other, cause in
                other != index && !cause.spoils.isDisjoint(with: finding.names)
            }
        }
        // The same condition is wrong for the same reason wherever it stands.
        var seen: Set<String> = []
        let first = causes.filter { $0.element.source.map { seen.insert($0).inserted } ?? true }
        return first.isEmpty ? Array(findings.prefix(1)) : first.map(\.element)
    }
}
