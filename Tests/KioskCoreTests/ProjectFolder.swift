/// Finds the project's own data from a test.

import FoundationEssentials

enum ProjectFolder {
    static let root: String = {
        var parts = #filePath.split(separator: "/")
        parts.removeLast(3)
        return "/" + parts.joined(separator: "/")
    }()

    static var matters: String { root + "/matters" }
}
