/// The pages before the questions: notice and consent, the citizen's card, and for whom the matter is done.

import KioskCore

extension FlowPages {
    var notice: PageBody {
        let matter = flow.matter
        let readsCard = matter.identity != .none
        var nodes: [Node] = []
        if let summary = matter.summary {
            nodes.append(Node("summary", .paragraph(summary[language])))
        }
        // What happens to their data comes first: nobody should have to turn the page to learn what they agree to.
        nodes += [
            Node("privacy", .heading(words[.noticePrivacy])),
            Node("privacy.read", .bullet(words[readsCard ? .privacyRead : .privacyReadNoCard], note: nil)),
            Node("privacy.who", .bullet(words(.privacyWho, matter.department[language]), note: nil)),
            Node(
                "privacy.stay",
                .bullet(
                    words[.privacyStay], note: readsCard ? words(.privacyPowerCut, policy.resumeMinutes) : nil)),
            Node("materials", .heading(words[.noticeMaterials])),
        ]
        nodes += materialBullets(matter.materials)
        if matter.materials.isEmpty {
            nodes.append(Node("materials.none", .bullet(words[.noticeNoMaterials], note: nil)))
        }
        nodes += [
            Node("details", .heading(words[.noticeDetails])),
            Node(
                "time-limit",
                .row(label: words[.noticeTimeLimit], value: readable.timeLimit(matter.workdays), change: nil)),
            Node("fee", .row(label: words[.noticeFee], value: readable.fee(matter.fee), change: nil)),
            Node(
                "department",
                .row(label: words[.noticeDepartment], value: matter.department[language], change: nil)),
        ]
        if let basis = matter.basis {
            nodes.append(Node("basis", .row(label: words[.noticeBasis], value: basis[language], change: nil)))
        }
        if matter.reviewed == nil {
            nodes.append(Node("unreviewed", .paragraph(words[.noticeUnreviewed])))
        }
        return PageBody(
            id: "notice", title: words[.noticeTitle], nodes: nodes,
            actions: [
                .primary("next", words[.agree], .next),
                Action(id: "disagree", label: words[.disagree], event: .back),
            ])
    }

    var identify: PageBody {
        cardPage(
            id: "identify", title: .identifyTitle, waiting: (.identifyWaitingTitle, .identifyWaitingText),
            card: flow.holder)
    }

    var principalCard: PageBody {
        cardPage(
            id: "principal-card", title: .principalTitle, waiting: (.principalWaitingTitle, .principalWaitingText),
            card: flow.principal)
    }

    private func cardPage(id: String, title: Phrase, waiting: (Phrase, Phrase), card: IdentityCard?) -> PageBody {
        if let card, flow.device.fault == nil, flow.device != .waiting, flow.device != .working {
            return PageBody(
                id: id, title: words[title],
                nodes: [
                    Node(
                        "device",
                        .device(.cardOnReader, .done, title: words[.readTitle], text: words[.readText]))
                ] + cardRows(card), actions: [next])
        }
        return PageBody(
            id: id, title: words[title],
            nodes: device(
                .cardOnReader, waiting: waiting, working: (.readingTitle, .readingText), done: (.readTitle, .readText)),
            actions: flow.device.fault == nil ? [] : [retry])
    }

    private func cardRows(_ card: IdentityCard) -> [Node] {
        let facts: [(String, Phrase, String?)] = [
            ("name", .rowName, card.name), ("sex", .rowSex, readable.sex(card.sex)),
            ("nation", .rowNation, readable.nation(card.nationCode)),
            ("birth-date", .rowBirthDate, readable.date(card.birthDate)),
            ("number", .rowNumber, CitizenNumber.masked(card.number)),
        ]
        return facts.compactMap { id, label, value in
            value.map { Node("card.\(id)", .row(label: words[label], value: $0, change: nil)) }
        }
    }

    var agent: PageBody {
        func option(_ id: String, _ label: Phrase, _ actsForOther: Bool) -> Node.Option {
            .init(
                id: id, label: words[label], selected: flow.actsForOther == actsForOther,
                event: .answerAgent(actsForOther: actsForOther))
        }
        return PageBody(
            id: "agent", title: words[.agentTitle],
            nodes: [
                Node(
                    "agent",
                    .choice(
                        label: words[.agentQuestion],
                        options: [
                            option("self", .agentSelf, false), option("other", .agentOther, true),
                        ], multiple: false, required: true, error: nil)),
                Node("agent.hint", .paragraph(words[.agentHint])),
            ],
            actions: [
                .primary(next.id, next.label, flow.actsForOther == nil ? nil : next.event)
            ])
    }
}
