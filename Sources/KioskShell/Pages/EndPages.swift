/// The pages at the end: handing in, the numbers and the paper, and flows that stop early.

import KioskCore

extension FlowPages {
    var submit: PageBody {
        var nodes = device(
            .safe, waiting: (.submitWorkingTitle, .submitWorkingText),
            working: (.submitWorkingTitle, .submitWorkingText), done: (.submitDoneTitle, .submitDoneText))
        let hasFailed = flow.device.fault != nil
        if hasFailed {
            nodes.append(
                Node(
                    "not-lost",
                    .notice(.information, title: words[.submitKeptTitle], text: words[.submitKeptText])))
        }
        return PageBody(
            id: "submit", title: words[hasFailed ? .submitFailedTitle : .submitTitle], nodes: nodes,
            // No way back: what was signed may already be sealed, and must not be changed under the signature.
            actions: hasFailed ? [retry] : [], back: nil, startOver: hasFailed ? .askStartOver : nil)
    }

    /// The print step: the record as a certificate or slip, the receipt of the case, or the guide that was picked.
    var paper: PageBody {
        if printsRecord { return issued }
        if let accepted = flow.accepted {
            return flow.handsOver ? handedOver(accepted) : self.accepted(accepted)
        }
        return flow.matter.steps.contains(.guide) ? guidePaper : issued
    }

    /// 转窗口: the number, large, and where to go with it.
    private func handedOver(_ accepted: AcceptedCase) -> PageBody {
        PageBody(
            id: "handed-over", title: words[.handedOverTitle],
            nodes: [
                Node("ticket", .number(label: words[.handedOverNumber], value: accepted.receiptNumber)),
                Node(
                    "handed-over",
                    .notice(
                        .success, title: words[.handedOverNoticeTitle],
                        text: words(.handedOverNoticeText, flow.matter.department[language]))),
            ] + printer + reasonRows(flow.outcome), actions: printActions, back: nil, startOver: nil)
    }

    private var guidePaper: PageBody {
        let guided = flow.guided ?? flow.matter
        return PageBody(
            id: "guide-paper", title: words[.guidePaperTitle],
            nodes: printer + [
                Node("guided", .row(label: words[.guidePaperMatter], value: guided.title[language], change: nil))
            ], actions: printActions, back: nil, startOver: nil)
    }

    func accepted(_ accepted: AcceptedCase) -> PageBody {
        let content = flow.submittedContent
        let workdays = content?.workdays ?? flow.matter.workdays
        let number = Node("receipt-number", .number(label: words[.receiptNumber], value: accepted.receiptNumber))
        func notice(_ title: Phrase, _ text: Phrase) -> Node {
            guard flow.payment?.state != .pending else {
                return Node(
                    "accepted",
                    .notice(.warning, title: words[.acceptedUnpaidTitle], text: words[.acceptedUnpaidText]))
            }
            return Node("accepted", .notice(.success, title: words[title], text: words[text]))
        }
        // When the paper fails, the number and who can help come before the comfort.
        var nodes =
            flow.device.fault == nil
            ? [notice(.acceptedNoticeTitle, .acceptedNoticeText), number] + printer
            : [number] + printer + [notice(.printFaultAcceptedTitle, .printFaultAcceptedText)]
        let promises = (content?.materials ?? []).compactMap { material -> (CaseMaterial, CalendarDate)? in
            guard case .deferred(let day) = material.state else { return nil }
            return (material, day)
        }
        if !promises.isEmpty {
            nodes.append(Node("deferred", .heading(words[.acceptedDeferred])))
            nodes += promises.enumerated().map { index, promise in
                Node(
                    "deferred.\(index)",
                    .bullet(
                        promise.0.title[language],
                        note: words(.acceptedDeferredItem, readable.date(promise.1))))
            }
        }
        nodes += [
            Node("qr", .qrCode("\(verifyURL)?code=\(accepted.receiptNumber)", caption: words[.acceptedQR])),
            Node(
                "accepted-at",
                .row(label: words[.acceptedAt], value: readable.minute(accepted.acceptedAt), change: nil)),
            Node("result", .row(label: words[.resultBy], value: result(accepted, workdays: workdays), change: nil)),
        ]
        if let payment = flow.payment { nodes.append(paymentRow(payment)) }
        if let notes = content?.notes, !notes.isEmpty {
            nodes.append(Node("notes", .heading(words[.reviewNotes])))
            nodes += notes.enumerated().map { index, note in
                Node("note.\(index)", .bullet(note[language], note: nil))
            }
        }
        return PageBody(
            id: "accepted", title: words[.acceptedTitle], nodes: nodes, actions: printActions, back: nil,
            startOver: nil)
    }

    private func result(_ accepted: AcceptedCase, workdays: Int) -> String {
        guard workdays > 0 else { return words[.onTheSpot] }
        let day = accepted.acceptedAt.chinaDate.adding(workingDays: workdays)
        return words(.resultWorkdays, readable.date(day), readable.timeLimit(workdays))
    }

    var issued: PageBody {
        var nodes = printer
        if flow.device.fault != nil {
            nodes.append(
                Node(
                    "not-lost",
                    .notice(.success, title: words[.printFaultIssuedTitle], text: words[.printFaultIssuedText])))
        }
        if let record = flow.record {
            let code = record.verificationCode
            let url = record.verificationURL
            nodes += [
                Node("verification-code", .number(label: words[.issuedNumber], value: code)),
                Node("qr", .qrCode(url.contains(code) ? url : "\(url)?code=\(code)", caption: words[.issuedQR])),
            ]
        }
        if let accepted = flow.accepted {
            nodes.append(
                Node(
                    "receipt-number",
                    .row(label: words[.receiptNumber], value: accepted.receiptNumber, change: nil)))
        }
        return PageBody(
            id: "issued", title: words[.issuedTitle], nodes: nodes, actions: printActions, back: nil,
            startOver: nil)
    }

    private var printer: [Node] {
        device(
            .printer, waiting: (.printWaitingTitle, .printWaitingText),
            working: (.printWorkingTitle, .printWorkingText), done: (.printDoneTitle, .printDoneText))
    }

    private var printActions: [Action] {
        let isPrinting = flow.device == .working
        let again = Action(
            id: "print-again", label: words[.printAgain], event: isPrinting ? nil : .printAgain, key: "p")
        if flow.device.fault != nil {
            return [
                .primary(again.id, again.label, again.event, key: again.key),
                Action(id: "next", label: words[.finishWithoutPaper], event: .next),
            ]
        }
        return [.primary("next", words[.finishTaken], isPrinting ? nil : .next), again]
    }

    var finish: PageBody {
        PageBody(
            id: "finish", title: words[.finishTitle],
            nodes: [
                Node(
                    "take-all",
                    .device(
                        .cardOnReader, .done, title: words[.finishNoticeTitle], text: words[.finishNoticeText]))
            ],
            actions: [.primary("finish", words[.finish], .finish)], back: nil, startOver: nil)
    }

    /// Every reason at once, and everything that is needed.
    var rejected: PageBody {
        var nodes = [
            Node(
                "outcome",
                .notice(.warning, title: words[.rejectedNoticeTitle], text: words[.rejectedNoticeText]))
        ]
        nodes += reasonRows(flow.outcome)
        nodes.append(Node("what-next", .paragraph(words[.rejectedNext])))
        let needed = plan.materials.filter(\.isNeeded).map(\.material)
        if !needed.isEmpty {
            nodes.append(Node("materials", .heading(words[.noticeMaterials])))
            nodes += materialBullets(needed)
        }
        return PageBody(
            id: "rejected", title: words[.rejectedTitle], nodes: nodes,
            actions: [.primary("go-back", words[.goBackAndChange], .back, key: "b")]
                + open(.checklist, .openChecklist, key: "m") + open(.sampleForm, .openSample, key: "s")
                + [Action(id: "finish", label: words[.endHere], event: .finish, key: "n")])
    }

    var window: PageBody {
        let canHandOver = flow.canHandOver
        // What staff have said is not asked again.
        let isRefused = flow.confirmation.isRefused
        var actions = handOver
        if canHandOver { actions[0].style = .primary }
        return PageBody(
            id: "window", title: words[.windowTitle],
            nodes: [
                Node(
                    "outcome",
                    .notice(.information, title: words[.windowNoticeTitle], text: words[.windowNoticeText]))
            ] + reasonRows(flow.outcome)
                + (canHandOver
                    ? [Node("hand-over.text", .paragraph(words(.handOverText, words[.handOver])))] : [])
                + [Node("what-next", .paragraph(words(.windowNext, flow.matter.department[language])))],
            actions: actions
                + (isRefused ? [] : [Action(id: "go-back", label: words[.goBackAndChange], event: .back, key: "b")])
                + open(.checklist, .openChecklist, key: "m")
                + [Action(id: "finish", label: words[.endHere], event: .finish, key: "n")],
            back: isRefused ? nil : .back)
    }
}
