/// Why the office says no to a terminal: a status and the body that goes with it.

import HTTPTypes
import KioskCore

struct Refusal: Error, Sendable {
    var status: HTTPResponse.Status
    var problem: WireProblem
    /// For a commit before its chunks: the body is this list instead of the problem.
    var missing: [String]?

    init(_ status: HTTPResponse.Status, _ problem: String, _ detail: String, missing: [String]? = nil) {
        self.status = status
        self.problem = WireProblem(problem: problem, detail: detail)
        self.missing = missing
    }

    static func malformed(_ detail: String) -> Refusal { Refusal(.unprocessableContent, "malformed", detail) }
    static func tooLarge(_ detail: String) -> Refusal { Refusal(.contentTooLarge, "too-large", detail) }
    static func notFound(_ detail: String) -> Refusal { Refusal(.notFound, "not-found", detail) }
}
