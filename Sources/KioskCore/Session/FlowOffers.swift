/// What a citizen may do on the page of a flow beside going on: the engine and the pages ask the same questions.

extension FlowState {
    /// False until it was asked who acts for whom.
    var knowsApplicant: Bool {
        applicant != nil && (matter.identity != .agentAllowed || actsForOther != nil)
    }

    /// The fault of the page's device or of the office.
    public var fault: Fault? {
        if case .failed(let fault) = device { fault } else { nil }
    }

    /// 转窗口: from the window page, and from a page whose device or office has failed.
    public var canHandOver: Bool {
        guard accepted == nil, !handsOver, entry == nil else { return false }
        return switch step {
        case .window: true
        case .identify, .principalCard, .confirmHolder, .capture, .lookup, .payment: fault != nil
        default: false
        }
    }

    /// On without the record: only where the matter can do without it.
    public var canGoOnWithoutRecord: Bool {
        step == .lookup && fault != nil && matter.lookup?.isRequired == false
    }

    /// Staff instead of the machine: always a choice before the machine has decided.
    public var canAskStaff: Bool {
        step == .confirmHolder && holderCheck == nil && confirmation.way == .face && device != .working
    }

    /// Whether the session can be ended from this page.
    public var canFinish: Bool {
        switch step {
        case .finish, .rejected, .window, .rating: true
        case .print: device != .working
        case .identify, .principalCard, .confirmHolder, .lookup, .submit: fault != nil
        case .payment: fault != nil && payment == nil
        default: false
        }
    }

    /// Whether the page beside the flow may be opened from this page.
    public func canOpen(_ page: SidePage) -> Bool {
        guard accepted == nil, entry == nil, device != .working, device != .waiting, sideDevice != .working else {
            return false
        }
        return switch step {
        case .notice, .capture, .review, .rejected, .window, .lookup: true
        case .form, .list: page != .checklist
        default: false
        }
    }

    /// The order may be paid or not: asking the office again, or on without knowing.
    var isPaymentPending: Bool { payment?.state == .pending }
}
