// A citizen who uses the real session engine by nothing but its pages.

import KioskCore
import Testing

@testable import KioskShell

/// A citizen at a terminal without devices: presses what is on the page, types into its fields, and hands in results.
struct Citizen {
    var engine: SessionEngine
    let builder: PageBuilder

    init(_ library: MatterLibrary = SampleMatters.library) {
        engine = SessionEngine(
            library: library, policy: SessionPolicy(), at: PageSamples.now, makeID: { "session" })
        builder = PageBuilder(library: library, policy: SessionPolicy(), verifyURL: "https://office.example/verify")
    }

    var page: Page { builder.page(for: engine.state, today: PageSamples.today) }

    mutating func handle(_ event: SessionEvent) {
        _ = engine.handle(event, at: PageSamples.now)
    }

    /// Presses an action, option or tile by its id.
    mutating func press(_ id: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let tiles = page.nodes.compactMap { node -> (String, SessionEvent?)? in
            guard case .tile(_, _, let event) = node.content else { return nil }
            return (node.id, event)
        }
        let options = PageContents.options(of: page).map { ($0.id, Optional($0.option.event)) }
        let actions = PageContents.actions(of: page).map { ($0.id, $0.event) }
        let found = try #require(
            (tiles + options + actions).first { $0.0 == id }, "\(page.id) has no \(id)", sourceLocation: sourceLocation)
        let event = try #require(found.1, "\(id) cannot be pressed on \(page.id)", sourceLocation: sourceLocation)
        handle(event)
    }

    /// Finds a matter by its code, as a clerk would tell it.
    mutating func begin(_ code: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        try press("way.search", sourceLocation: sourceLocation)
        try type(code, into: "search", sourceLocation: sourceLocation)
        try press("matter.\(code)", sourceLocation: sourceLocation)
    }

    mutating func type(_ text: String, into field: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        _ = try #require(
            page.nodes.first { node in
                if case .field = node.content { node.id == field } else { false }
            }, "\(page.id) has no field \(field)", sourceLocation: sourceLocation)
        handle(.edit(field: field, text: text))
    }

    mutating func layCard(_ card: IdentityCard) {
        handle(.cardFound(generation: engine.state.generation))
        handle(.cardRead(card, photo: nil, generation: engine.state.generation))
    }

    mutating func photograph(_ id: String) throws {
        try press("take")
        let page = PageReference(
            id: id, sha256: "00", byteCount: 1, mediaType: "image/jpeg", width: 1, height: 1,
            takenAt: PageSamples.now, device: "test")
        handle(.pageCaptured(page, generation: engine.state.generation))
    }

    /// What the device or the office that is being waited for answers.
    mutating func answer(_ event: (Int) -> SessionEvent) { handle(event(engine.state.generation)) }

    func node(_ id: String) -> Node.Content? { page.nodes.first { $0.id == id }?.content }

    func action(_ id: String) -> Action? { PageContents.actions(of: page).first { $0.id == id } }
}
