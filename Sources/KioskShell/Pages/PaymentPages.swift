/// The pages of paying and of rating.

import KioskCore

extension FlowPages {
    /// The code to scan, and what is known of the order. While it may be paid, nobody is asked to pay again.
    var payment: PageBody {
        switch flow.payment?.state {
        case .waiting: paymentWaiting
        case .pending: paymentPending
        case .paid: paymentPaid
        case nil: paymentOrdering
        }
    }

    private var subject: String { (flow.matter.payment?.subject ?? flow.matter.title)[language] }

    private func yuan(_ fen: Int) -> String { words(.yuan, Money(fen: Int64(fen)).grouped) }

    private var subjectRow: Node { Node("subject", .row(label: words[.paymentFor], value: subject, change: nil)) }

    private var paymentWaiting: PageBody {
        let order = flow.payment?.order
        return PageBody(
            id: "payment", title: words[.paymentTitle],
            nodes: [
                Node("amount", .number(label: words[.paymentAmount], value: yuan(order?.amount ?? 0))),
                Node("qr", .qrCode(order?.payURL ?? "", caption: words[.paymentScan])), subjectRow,
                Node("waiting", .notice(.information, title: words[.paymentWaitTitle], text: words[.paymentWaitText])),
            ],
            actions: [Action(id: "stop-waiting", label: words[.paymentStop], event: .back, key: "b")])
    }

    private var paymentPending: PageBody {
        var nodes = [
            Node("pending", .notice(.warning, title: words[.paymentPendingTitle], text: words[.paymentPendingText])),
            Node(
                "amount", .row(label: words[.paymentAmount], value: yuan(flow.payment?.order.amount ?? 0), change: nil)),
            subjectRow,
        ]
        let isAsking = flow.device == .working
        if isAsking || flow.device.fault != nil {
            nodes += device(
                .office, waiting: (.paymentAskingTitle, .paymentAskingText),
                working: (.paymentAskingTitle, .paymentAskingText), done: (.paymentAskingTitle, .paymentAskingText))
        }
        return PageBody(
            id: "payment", title: words[.paymentTitle], nodes: nodes,
            actions: [
                .primary("check", words[.paymentCheck], isAsking ? nil : .checkPayment, key: "r"),
                Action(id: "next", label: words[.paymentGoOn], event: isAsking ? nil : .next, key: "n"),
            ])
    }

    private var paymentPaid: PageBody {
        PageBody(
            id: "payment", title: words[.paymentTitle],
            nodes: [
                Node("paid", .notice(.success, title: words[.paymentPaidTitle], text: words[.paymentPaidText])),
                Node(
                    "amount",
                    .row(label: words[.paymentAmount], value: yuan(flow.payment?.order.amount ?? 0), change: nil)),
                subjectRow,
            ], actions: [next])
    }

    private var paymentOrdering: PageBody {
        let due = plan.amountDue.map {
            [Node("amount", .row(label: words[.paymentAmount], value: yuan($0), change: nil))]
        }
        let end =
            flow.canFinish ? [Action(id: "finish", label: words[.paymentGiveUp], event: .finish, key: "q")] : []
        return PageBody(
            id: "payment", title: words[.paymentTitle],
            nodes: device(
                .office, waiting: (.paymentOrderTitle, .paymentOrderText),
                working: (.paymentOrderTitle, .paymentOrderText), done: (.paymentOrderTitle, .paymentOrderText))
                + (due ?? []) + [subjectRow],
            actions: flow.device.fault == nil ? [] : [retry] + handOver + end)
    }

    /// What was paid, as a fact: on the check page and beside the receipt number.
    func paymentRow(_ payment: FlowState.PaymentProgress) -> Node {
        let amount = yuan(payment.order.amount)
        return Node(
            "payment.state",
            .row(
                label: subject, value: words(payment.state == .paid ? .paymentRowPaid : .paymentRowPending, amount),
                change: nil))
    }

    // MARK: Rating

    /// 好差评: five grades, reasons for the poor ones. Nobody has to answer.
    var rating: PageBody {
        let grade = flow.rating.grade
        let grades: [(Int, Phrase)] = [
            (5, .grade5), (4, .grade4), (3, .grade3), (2, .grade2), (1, .grade1),
        ]
        var nodes = [
            Node(
                "grade",
                .choice(
                    label: words[.ratingQuestion],
                    options: grades.map { value, label in
                        .init(
                            id: String(value), label: words[label], selected: grade == value,
                            event: .rate(grade: value))
                    }, multiple: false, required: true, error: nil))
        ]
        if let grade, SessionEngine.poorGrades.contains(grade) {
            nodes.append(
                Node(
                    "reasons",
                    .choice(
                        label: words[.ratingReasons],
                        options: ServiceRating.Reason.allCases.map { reason in
                            .init(
                                id: reason.rawValue, label: words[phrase(of: reason)],
                                selected: flow.rating.reasons.contains(reason), event: .rateReason(reason))
                        }, multiple: true, required: false, error: nil)))
        }
        return PageBody(
            id: "rating", title: words[.ratingTitle], nodes: nodes,
            actions: [
                grade == nil
                    ? Action(id: "next", label: words[.ratingSkip], event: .next, key: "n")
                    : .primary("next", words[.ratingSend], .next)
            ], back: nil, startOver: nil)
    }

    private func phrase(of reason: ServiceRating.Reason) -> Phrase {
        switch reason {
        case .slow: .reasonSlow
        case .hardToUnderstand: .reasonHard
        case .tooManyPapers: .reasonPapers
        case .broken: .reasonBroken
        case .unhelpful: .reasonUnhelpful
        case .other: .reasonOther
        }
    }
}
