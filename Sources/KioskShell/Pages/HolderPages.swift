/// The page of the trusted-identity step: the citizen before the camera, or waiting for staff who compare.

import KioskCore

extension FlowPages {
    var confirmHolder: PageBody {
        if flow.holderCheck != nil {
            return holderPage(
                [
                    Node(
                        "device",
                        .device(
                            holderPicture, .done, title: words[.holderDoneTitle], text: words[.holderDoneText]))
                ], [next])
        }
        return flow.confirmation.way == .face ? comparing : waitingForStaff
    }

    private var holderPicture: Node.DevicePicture {
        flow.confirmation.way == .face ? .faceBeforeCamera : .staffWithCitizen
    }

    private func holderPage(_ nodes: [Node], _ actions: [Action]) -> PageBody {
        PageBody(
            id: "confirm-holder",
            title: words[flow.confirmation.way == .face ? .holderFaceTitle : .holderStaffTitle], nodes: nodes,
            actions: actions)
    }

    // MARK: The camera

    private var comparing: PageBody {
        let failed = flow.confirmation.comparisons
        let left = String(SessionEngine.maximumComparisons - failed)
        let ready =
            failed == 0
            ? (words[.holderFaceReadyTitle], words[.holderFaceReadyText])
            : (words[.holderFaceAgainTitle], words(.holderFaceAgainText, left))
        let nodes = DeviceNodes(
            picture: .faceBeforeCamera, waiting: ready,
            working: (words[.holderFaceWorkingTitle], words[.holderFaceWorkingText]),
            done: (words[.holderDoneTitle], words[.holderDoneText])
        ).nodes(flow.device, words: words)
        let askStaff = Action(
            id: "ask-staff", label: words[.holderAskStaff], event: flow.canAskStaff ? .askStaffToConfirm : nil,
            key: "w")
        guard flow.device.fault == nil else { return holderPage(nodes, [retry, askStaff]) }
        let start = Action.primary(
            "compare", words[failed == 0 ? .holderStart : .holderStartAgain],
            flow.device == .working ? nil : .compareFace)
        return holderPage(nodes, [start, askStaff])
    }

    // MARK: Staff

    private var waitingForStaff: PageBody {
        // Who can help stands in the text: that staff can be called is what does not hold here.
        if flow.device.fault != nil {
            return holderPage(
                [
                    Node(
                        "device",
                        .device(
                            .staffWithCitizen, .failed, title: words[.holderNoStaffTitle],
                            text: words(.holderNoStaffText, words[.handOver])))
                ], [retry] + handOver)
        }
        let title: Phrase =
            switch (flow.device, flow.confirmation.call?.state) {
            case (.waiting, .acknowledged): .holderComingTitle
            case (.waiting, _): .holderRingingTitle
            default: .holderCallingTitle
            }
        return holderPage(
            [
                Node(
                    "device",
                    .device(.staffWithCitizen, .working, title: words[title], text: words[.holderStaffText]))
            ] + comparedCard, [])
    }

    /// What staff compare: the photograph where it can be shown, the name, and the number as staff have it.
    private var comparedCard: [Node] {
        guard let holder = flow.holder else { return [] }
        let portrait =
            flow.portrait.value.map { Node("portrait", .portrait($0, caption: words[.holderPortrait])) }
            ?? Node("no-portrait", .paragraph(words[.holderNoPortrait]))
        return [
            portrait,
            Node("card.kind", .row(label: words[.rowCardKind], value: holder.kind.title[language], change: nil)),
            Node("card.name", .row(label: words[.rowName], value: holder.name, change: nil)),
            Node(
                "card.number",
                .row(label: words[.rowNumber], value: CitizenNumber.masked(holder.number), change: nil)),
        ]
    }
}
