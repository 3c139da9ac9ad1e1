/// Which pages a flow has, given its answers so far: a pure function of the flow state.

public struct FlowPlan: Sendable {
    /// A material with what is known about it now.
    public struct PlannedMaterial: Hashable, Sendable {
        public var material: Material
        /// False when no rule needs it: it is neither asked for nor listed.
        public var isNeeded: Bool
        /// What must be photographed for it; empty when a card covers it.
        public var slots: [CaptureSlot]

        public init(material: Material, isNeeded: Bool, slots: [CaptureSlot]) {
            self.material = material
            self.isNeeded = isNeeded
            self.slots = slots
        }
    }

    /// The pages from the notice to the end, in order. `rejected` and `window` are never among them.
    public let steps: [Step]
    public let materials: [PlannedMaterial]
    /// Notes whose rules hold now.
    public let notes: [Localized]
    private let flow: FlowState

    public init(_ flow: FlowState, today: CalendarDate) {
        self.flow = flow
        steps = []
        materials = []
        notes = []
    }

    /// Position of the current step, from 1; nil when it is not among the steps.
    public var progress: (step: Int, of: Int)? {
        steps.firstIndex(of: flow.step).map { ($0 + 1, steps.count) }
    }

    /// The fields of a page that are asked for now.
    public func fields(of page: FormPage) -> [Field] {
        page.fields
    }

    public func material(of slot: CaptureSlot) -> Material? {
        flow.matter.material(slot.material)
    }
}
