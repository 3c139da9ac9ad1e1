/// A drawn page: its pixels, and where everything on it stands.

public import KioskCore

/// One screen of a page. A page longer than the screen has several.
public struct PageImage: Sendable {
    /// Something a finger or the focus can reach.
    public struct Target: Hashable, Sendable {
        public enum Role: Hashable, Sendable {
            case action, tile, option, field
            /// Shows another screen of the same page: the number to render next.
            case scroll(Int)
        }

        /// An action's or node's id; an option's is `node.option`; `scroll.up` and `scroll.down`.
        public var id: String
        public var role: Role
        public var rect: PixelRect
        /// Nil for fields and scrolling, and for what cannot be pressed now.
        public var event: SessionEvent?
    }

    public let bitmap: Bitmap
    /// Which screen this is, from 0; what was asked for, clamped to what there is.
    public let scroll: Int
    public let pageCount: Int
    /// In drawing order. With a dialog open, only the dialog's.
    public let targets: [Target]
    /// Where each node of this screen stands.
    public let nodes: [String: PixelRect]
    /// The first screen each node stands on.
    public let screenOfNode: [String: Int]
    /// Texts that did not stand in their place. Empty on a good page.
    public let cutTexts: [String]
    /// Characters the fonts have no glyph for, as in rare names.
    public let unknownGlyphs: Int

    /// What a finger at a pixel means; within `reach` pixels of a target, the nearest counts.
    public func target(x: Int, y: Int, reach: Int = 0) -> Target? {
        func distance(_ rect: PixelRect) -> Int {
            let dx = max(rect.x - x, 0, x - (rect.x + rect.width - 1))
            let dy = max(rect.y - y, 0, y - (rect.y + rect.height - 1))
            return max(dx, dy)
        }
        return targets.map { ($0, distance($0.rect)) }.filter { $0.1 <= reach }.min { $0.1 < $1.1 }?.0
    }
}
