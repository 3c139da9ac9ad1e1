/// The pages where a material is photographed or promised for later.

import KioskCore

extension FlowPages {
    func capture(_ slot: CaptureSlot) -> PageBody {
        let material = plan.material(of: slot)
        let pages = flow.captures[slot.key] ?? []
        var nodes: [Node] = []
        if let promised = flow.deferred[slot.key], pages.isEmpty {
            nodes.append(
                Node(
                    "deferred",
                    .notice(
                        .information, title: words[.deferredTitle],
                        text: words(.deferredText, readable.date(promised)))))
        } else {
            nodes += cameraNodes(material, pageCount: pages.count)
            nodes += pages.enumerated().map { index, page in
                let number = String(index + 1)
                return Node(
                    "picture.\(page.id)",
                    .picture(
                        page: page, caption: words(.picture, number),
                        remove: Action(
                            id: "remove.\(page.id)", label: words(.pictureRemove, number), style: .destructive,
                            event: flow.device == .working ? nil : .removePicture(slot: slot.key, page: page.id))))
            }
            if canDefer(material, slot) {
                nodes.append(
                    Node(
                        "defer",
                        .notice(
                            .information, title: words[.deferTitle],
                            text: words(
                                .deferText, readable.date(today.adding(workingDays: SessionEngine.deferralWorkingDays)))
                        )))
            }
        }
        return PageBody(
            id: "capture.\(slot.key)", title: captureTitle(slot, material), nodes: nodes,
            actions: captureActions(slot, material: material, pageCount: pages.count))
    }

    private func cameraNodes(_ material: Material?, pageCount: Int) -> [Node] {
        let done = (title: words(.captureDoneTitle, String(pageCount)), text: words[.captureDoneText])
        let lay = material?.hint?[language] ?? words[.captureLay]
        let waiting = (
            title: words[.captureWaitingTitle],
            text: [lay, words[.captureWaitingText]].joined(separator: language == .zh ? "" : " ")
        )
        // Pages that are there already say more than a camera at rest.
        let activity: DeviceActivity =
            switch flow.device {
            case .idle, .waiting, .done: pageCount > 0 ? .done : .waiting
            case .working, .failed: flow.device
            }
        return DeviceNodes(
            picture: .paperUnderCamera, waiting: waiting,
            working: (words[.captureWorkingTitle], words[.captureWorkingText]), done: done
        ).nodes(activity, words: words)
    }

    private func captureActions(_ slot: CaptureSlot, material: Material?, pageCount: Int) -> [Action] {
        let isFree = flow.device != .working
        func take(_ label: Phrase, _ style: Action.Style) -> Action {
            Action(id: "take", label: words[label], style: style, event: isFree ? .takePicture : nil, key: "p")
        }
        var proceed = next
        if flow.deferred[slot.key] != nil, pageCount == 0 {
            return [proceed, take(.captureNow, .secondary)]
        }
        let later = Action(id: "defer", label: words[.handInLater], event: .deferMaterial(slot: slot.key), key: "l")
        if flow.device.fault != nil {
            proceed.style = .secondary
            return [take(.takeAgain, .primary)] + (pageCount > 0 ? [proceed] : [])
                + (canDefer(material, slot) ? [later] : []) + handOver
        }
        if !isFree { return [take(.takePicture, .primary)] }
        if pageCount > 0 { return [proceed, take(.takeAnother, .secondary)] }
        return [take(.takePicture, .primary)] + (canDefer(material, slot) ? [later] : [])
            + open(.checklist, .openChecklist, key: "m")
    }

    /// Only a `~` material of which nothing has been photographed, and not while the camera works.
    private func canDefer(_ material: Material?, _ slot: CaptureSlot) -> Bool {
        material?.mark == .deferrable && (flow.captures[slot.key] ?? []).isEmpty && flow.device != .working
    }

    private func captureTitle(_ slot: CaptureSlot, _ material: Material?) -> String {
        let title = material?.title[language] ?? slot.material
        guard let name = entryName(slot, material) else { return words(.captureTitle, title) }
        return words(.captureTitleFor, title, name)
    }

    /// The name of the person a card of a list entry belongs to.
    func entryName(_ slot: CaptureSlot, _ material: Material?) -> String? {
        guard let index = slot.entry, case .entryCards(let list)? = material?.source else { return nil }
        let entries = entries(of: list)
        guard entries.indices.contains(index) else { return nil }
        if let card = entries[index].card { return card.name }
        let nameField = flow.matter.field(list)?.fromCard.first { $0.value == .name }?.key
        guard let nameField, case .text(let name)? = entries[index].answers[nameField], !name.isEmpty else {
            return words(.listPerson, String(index + 1))
        }
        return name
    }
}
